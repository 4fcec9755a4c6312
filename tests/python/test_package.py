#!/usr/bin/python3
"""The Python package: its values are the program's to the bit, and what is wrong is said with place and rule."""
import gc
import os
import subprocess
import sys
import tempfile
import threading
import tracemalloc
import unittest
import zipfile

SOURCE = os.environ.get("ENTREPOT_SOURCE", os.path.abspath(os.path.join(os.path.dirname(__file__), "..", "..")))
BUILD = os.environ.get("ENTREPOT_BUILD", os.path.join(SOURCE, "build/release"))
os.environ["ENTREPOT_LIBRARY"] = os.path.join(BUILD, "libentrepot.so")
sys.path.insert(0, os.path.join(SOURCE, "python"))

import h5py  # noqa: E402  pylint: disable=wrong-import-position
import numpy as np  # noqa: E402  pylint: disable=wrong-import-position

import entrepot  # noqa: E402  pylint: disable=wrong-import-position

CONFIG = os.path.join(SOURCE, "configs/two-by-two.yaml")
SMALL = {"replications": 3, "repeats": 1, "slots": 2000}
TINY = {"replications": 1, "repeats": 0, "slots": 200, "steps": 12, "burn_in": 1}
RATE = "regimes.tariff.measures[0].rate"


def program(settings, folder):
    """What `entrepot run` writes."""
    path = tempfile.mktemp(".h5", dir=folder)
    options = [part for key, value in settings.items() for part in ("--set", f"{key}={value}")]
    subprocess.run([os.environ.get("ENTREPOT", os.path.join(BUILD, "entrepot")), "run", "--quiet", *options, CONFIG,
                    "-o", path], check=True, stdout=subprocess.DEVNULL)
    return path


def resident():
    """Memory of this process, kB."""
    with open("/proc/self/status", encoding="ascii") as file:
        return next(int(line.split()[1]) for line in file if line.startswith("VmRSS"))


class Values(unittest.TestCase):
    def test_run_is_the_program(self):
        with tempfile.TemporaryDirectory() as folder:
            data = entrepot.run(CONFIG, threads=2, **SMALL)
            with h5py.File(program(SMALL, folder), "r") as file:
                flows = [name.decode() for name in file["flow"][()]]
                for name in ("exports", "duty", "export_price"):
                    expected = file[name][()]
                    for k, flow in enumerate(flows):
                        origin, destination = flow.split("-")
                        ours = data[name].sel(origin=origin, destination=destination).values
                        np.testing.assert_array_equal(ours, expected[..., k])
                np.testing.assert_array_equal(data["stock"].values, file["stock"][()])
                self.assertEqual(list(data.scenario.values), ["tariff", "no-tariff"])
                self.assertEqual(data.exports.attrs["units"], "million USD per step")

    def test_simulate_is_the_program_from_two_threads(self):
        with tempfile.TemporaryDirectory() as folder:
            expected = {}
            for rate in (0.05, 0.2):
                with h5py.File(program({**SMALL, RATE: rate}, folder), "r") as file:
                    flows = [name.decode() for name in file["flow"][()]]
                    flow = file["exports"][()][0][:, :12, :, flows.index("KOREA-WORLD")]
                    expected[rate] = flow.astype(float)
        model = entrepot.Model(CONFIG, SMALL)
        other = entrepot.Model(CONFIG, SMALL)
        found = {}

        def work(own, key, rate):
            for _ in range(3):
                found[key] = own.replications({RATE: rate}, ["exports"], partner="WORLD")[0]

        jobs = [(model, "a", 0.05), (other, "b", 0.2), (model, "c", 0.2), (other, "d", 0.05)]
        threads = [threading.Thread(target=work, args=job) for job in jobs]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        self.assertEqual(found["a"].tobytes(), found["d"].tobytes())
        self.assertEqual(found["b"].tobytes(), found["c"].tobytes())
        self.assertNotEqual(found["a"].tobytes(), found["b"].tobytes())
        for key, rate in (("a", 0.05), ("b", 0.2)):
            np.testing.assert_allclose(found[key], expected[rate].sum(axis=(1, 2)), rtol=1e-12)
        self.assertEqual(model.simulate({RATE: 0.05}, partner="WORLD"), {"exports": np.mean(found["a"][:3])})

    def test_models_open_side_by_side(self):
        found = []
        threads = [threading.Thread(target=lambda: found.append(entrepot.Model(CONFIG, TINY).scenarios)) for _ in range(4)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        self.assertEqual(found, 4 * [["tariff", "no-tariff"]])

    def test_compare_has_errors_and_ranges(self):
        table = entrepot.compare(CONFIG, ["exports", "duty"], base="no-tariff", **SMALL)
        self.assertEqual(list(table.columns), ["mean", "error", "numerical", "low", "high", "unit", "worlds"])
        self.assertLess(table.loc["exports", "mean"], 0)
        self.assertGreater(table.loc["exports", "error"], 0)
        self.assertEqual(table.loc["exports", "unit"], "million USD")

    def test_a_dictionary_is_a_config(self):
        config = {"name": "own", "benchmark": "benchmark-2022.h5", "calibration": "horizon", "start": "2025-01-01",
                  "steps": 12, "burn_in": 1, "seed": 1, "replications": 1, "slots": 2000, "home": "KOREA",
                  "regions": {"KOREA": ["KOR"], "WORLD": "rest"}, "sectors": {"trade": "rest"}, "regimes": {"now": {}},
                  "scenarios": ["now"]}
        self.assertGreater(entrepot.Model(config, folder=os.path.join(SOURCE, "configs")).simulate(partner="WORLD")["exports"], 0)
        config["steps"] = "many"
        with self.assertRaises(entrepot.EntrepotError) as caught:
            entrepot.Model(config, folder=os.path.join(SOURCE, "configs"))
        fault = caught.exception.faults[0]
        self.assertEqual((caught.exception.code, fault.key, fault.value), ("config", "steps", "many"))
        self.assertTrue(fault.rule and fault.line)


class Refused(unittest.TestCase):
    def test_names_and_settings(self):
        model = entrepot.Model(CONFIG, {**TINY, "slots": 2000})
        with self.assertRaisesRegex(entrepot.EntrepotError, "did you mean exports"):
            model.simulate(outcomes=["exprots"])
        with self.assertRaisesRegex(entrepot.EntrepotError, "rate"):
            model.simulate({RATE: "free"})
        self.assertGreater(model.simulate(partner="WORLD")["exports"], 0)  # usable afterwards
        with self.assertRaisesRegex(entrepot.EntrepotError, "is no recorded quantity"):
            model.run(fields=["exprots"])

    def test_wrong_order_says_so(self):
        model = entrepot.Model(CONFIG, TINY)
        with self.assertRaisesRegex(entrepot.EntrepotError, "in use by another call"):
            model.replications(progress=lambda done, n: model.simulate())
        model.close()
        with self.assertRaisesRegex(entrepot.EntrepotError, "not opened, or is closed"):
            model.simulate()

    def test_an_exception_stops_the_run(self):
        seen = []

        def stop(done, n):
            seen.append((done, n))
            raise KeyboardInterrupt

        model = entrepot.Model(CONFIG, {**TINY, "replications": 4})
        with self.assertRaises(KeyboardInterrupt):
            model.replications(progress=stop)
        self.assertEqual(seen, [(1, 4)])


class Package(unittest.TestCase):
    def test_the_wheel_is_whole(self):
        """What `pip install ./python` unpacks, its record and its version."""
        folder = os.path.join(SOURCE, "python")
        with tempfile.TemporaryDirectory() as own:
            code = "import sys, _wheel; print(_wheel.build_wheel(sys.argv[1]))"
            name = subprocess.run([sys.executable, "-B", "-c", code, own], cwd=folder, check=True, capture_output=True,
                                  text=True).stdout.strip()
            with zipfile.ZipFile(os.path.join(own, name)) as wheel:
                names = wheel.namelist()
                record = wheel.read(next(n for n in names if n.endswith("RECORD"))).decode().splitlines()
        self.assertIn("entrepot/_model.py", names)
        self.assertEqual(sorted(line.split(",")[0] for line in record), sorted(names))
        self.assertIn(f"entrepot-{entrepot.__version__}-", name)


class Memory(unittest.TestCase):
    def test_a_thousand_calls_keep_nothing(self):
        model = entrepot.Model(CONFIG, TINY)
        settings = [{RATE: 0.05}, {RATE: 0.1}]
        traced, before = [], None
        tracemalloc.start()
        for n in (1000, 1000):  # the first fill what ctypes and the collector keep
            for i in range(n):
                model.simulate(settings[i % 2])
            gc.collect()
            traced.append(tracemalloc.get_traced_memory()[0])
            before = before or resident()
        tracemalloc.stop()
        grown = traced[1] - traced[0]
        self.assertLess(grown, 30000, "one object a call is 56,000")
        self.assertLess(resident() - before, 2000)


if __name__ == "__main__":
    unittest.main()
