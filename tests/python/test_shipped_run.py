#!/usr/bin/python3
"""The shipped Korea-US config through the program: accounting in every step, same data at any number of threads,
identical scenarios, front-loading before April 2025 and its return."""

import os
import re
import subprocess
import tempfile
import unittest

import h5py
import numpy as np

PROGRAM = os.environ["ENTREPOT"]
SOURCE = os.environ["ENTREPOT_SOURCE"]
CONFIG = os.path.join(SOURCE, "configs", "korea-us-2025.yaml")
NO_MEASURES = ["measures=[]", "regimes.deal.measures=[]", "regimes.no-deal.measures=[]", "uncertainty.dates=[]"]


def run(folder, name, settings, *options):
    path = os.path.join(folder, name + ".h5")
    command = [PROGRAM, "run", CONFIG, "-o", path, "--no-compare", "--quiet", *options]
    for setting in settings:
        command += ["--set", setting]
    subprocess.run(command, check=True)
    return path


def values(path):
    """All data sets but the provenance, which holds times and the machine."""
    found = {}

    def keep(name, item):
        if isinstance(item, h5py.Dataset) and not name.startswith("provenance"):
            found[name] = item[()].tobytes() if item.dtype.kind != "O" else repr(item[()]).encode()

    with h5py.File(path) as file:
        file.visititems(keep)
    return found


class ShippedRun(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.folder = tempfile.TemporaryDirectory()

    @classmethod
    def tearDownClass(cls):
        cls.folder.cleanup()

    def test_accounting_holds_in_every_step(self):
        run(self.folder.name, "checked", ["check=true", "replications=2", "repeats=0", "slots=20000"])

    def test_weeks_work_like_months(self):
        weeks = ["steps_per_year=52", "steps=60", "burn_in=26", "replications=1", "repeats=0", "slots=20000"]
        path = run(self.folder.name, "weeks", ["check=true", *weeks])
        with h5py.File(path) as file:
            usa = list(file["destination"].asstr()[...]).index("USA")
            year = file["market_imports"][0, 0, :52, usa, :].astype(float).sum()
        # imports of a year of weeks are those of a year of months, but for chance and the tariffs of 2025
        self.assertTrue(3.0e6 < year < 5.0e6)

    def test_threads_do_not_matter_and_the_seed_does(self):
        small = ["replications=3", "repeats=1", "slots=10000", "steps=14"]
        one = values(run(self.folder.name, "one", small, "--threads", "1"))
        for threads in ("2", "4"):
            other = values(run(self.folder.name, "threads" + threads, small, "--threads", threads))
            self.assertEqual(one.keys(), other.keys())
            for name in one:
                self.assertEqual(one[name], other[name], name)
        seeded = values(run(self.folder.name, "seed", [*small, "seed=2"]))
        self.assertNotEqual(one["exports"], seeded["exports"])

    def test_agents_over_threads_have_the_bits_of_one_thread(self):
        # one replication, all mechanisms: more threads than replications split its agents
        small = ["replications=1", "repeats=0", "slots=20000", "steps=8"]
        one = values(run(self.folder.name, "alone", small, "--threads", "1"))
        for threads in ("2", "3", "4", "8"):
            other = values(run(self.folder.name, "split" + threads, small, "--threads", threads))
            for name in one:
                self.assertEqual(one[name], other[name], name)

    def test_kernels_have_the_same_bits(self):
        said = set()
        for kernel in ("portable", "avx2", "avx512"):
            command = [PROGRAM, "bench", CONFIG, "--threads", "1", "--repeats", "1", "--kernel", kernel]
            command += ["--set", "slots=15000", "--set", "steps=12"]
            result = subprocess.run(command, capture_output=True, text=True)
            if "does not run the kernels" not in result.stderr:
                self.assertEqual(result.returncode, 0, result.stderr)
                said.add(re.search("Bits of what was recorded: ([0-9a-f]{16})", result.stdout).group(1))
        self.assertEqual(len(said), 1)

    def test_identical_scenarios_have_identical_bits(self):
        same = "scenarios=[{name: one, regime: deal}, {name: two, regime: deal}]"
        path = run(self.folder.name, "same", [same, "replications=2", "repeats=0", "slots=10000"])
        with h5py.File(path) as file:
            for name in ("exports", "imports", "duty", "stock", "retail_price", "revenue"):
                both = file[name][...]
                self.assertEqual(both[0].tobytes(), both[1].tobytes(), name)

    def test_imports_run_ahead_of_april_and_give_it_back(self):
        few = ["replications=8", "repeats=0", "steps=12", "slots=40000"]
        imports = []
        for name, settings in (("with", few), ("without", few + NO_MEASURES)):
            with h5py.File(run(self.folder.name, name, settings)) as file:
                goods = file["sector"].asstr()[...] != "services"
                usa = list(file["destination"].asstr()[...]).index("USA")
                market = file["market_imports"][0, :, :, usa, :][..., goods].astype(float)
                imports.append(market.sum(axis=-1).mean(axis=0))
        quarter = imports[0][:3].sum() / imports[1][:3].sum() - 1
        gap = np.cumsum(imports[0] - imports[1])
        print(f"first quarter {100 * quarter:+.1f} %; cumulative gap in bn USD {np.round(gap / 1000, 1)}")
        self.assertTrue(0.10 <= quarter <= 0.25)
        self.assertGreater(gap[2], 0)
        self.assertLess(gap[11], 0)


if __name__ == "__main__":
    unittest.main()
