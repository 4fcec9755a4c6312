"""A results file opens as it is in h5py, in xarray with both engines and in ncdump; it describes itself; and
its sums are the numbers the program prints."""

import csv
import hashlib
import json
import os
import re
import shutil
import subprocess
import sys
import tempfile
import unittest

try:
    import h5py
    import numpy as np
    import xarray as xr
except ImportError as missing:
    print(f"skipped: {missing}")
    sys.exit(77)

SOURCE = os.environ.get("ENTREPOT_SOURCE", os.path.join(os.path.dirname(__file__), "..", ".."))
CONFIG = os.environ.get("ENTREPOT_CONFIG", os.path.join(SOURCE, "configs", "two-by-two.yaml"))
ENTREPOT = os.environ.get("ENTREPOT", "entrepot")
ENGINES = ("netcdf4", "h5netcdf")


def entrepot(*arguments):
    done = subprocess.run([ENTREPOT, *arguments], capture_output=True, text=True, check=False)
    if done.returncode != 0:
        raise AssertionError(f"{arguments} ended with {done.returncode}:\n{done.stderr}")
    return done.stdout


def variables(path):
    found = {}
    with h5py.File(path) as file:
        file.visititems(lambda name, item: found.update({name: item[()]}) if isinstance(item, h5py.Dataset) else None)
    return found


def digest(path):
    """Bytes of every variable outside /provenance."""
    values = {}
    for name, value in variables(path).items():
        if not name.startswith("provenance/"):
            value = np.asarray(value)
            raw = b"\0".join(value.ravel()) if value.dtype == object else value.tobytes()
            values[name] = hashlib.sha256(raw).hexdigest()
    return values


class ResultsFile(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.folder = tempfile.mkdtemp(prefix="entrepot-")
        cls.path = os.path.join(cls.folder, "run.h5")
        cls.printed = entrepot("run", CONFIG, "-o", cls.path, "--replications", "4", "--quiet")
        cls.rows = list(csv.DictReader(entrepot("compare", cls.path, "--format", "csv").splitlines()))

    @classmethod
    def tearDownClass(cls):
        shutil.rmtree(cls.folder)

    def test_every_variable_has_units_and_long_name(self):
        def check(name, item):
            if isinstance(item, h5py.Dataset):
                self.assertIn("units", item.attrs, name)
                self.assertIn("long_name", item.attrs, name)
                self.assertTrue(len(item.attrs["long_name"]) > 0, name)

        with h5py.File(self.path) as file:
            file.visititems(check)

    def test_dimensions_are_scales(self):
        with h5py.File(self.path) as file:
            exports = file["exports"]
            self.assertEqual([len(dimension) for dimension in exports.dims], [1] * 5)
            self.assertEqual(
                [dimension[0].name for dimension in exports.dims],
                ["/scenario", "/replication", "/time", "/sector", "/flow"],
            )
            self.assertEqual(exports.dtype, np.dtype("<f4"))
            self.assertEqual(exports.compression, "gzip")
            self.assertTrue(exports.shuffle and exports.fletcher32)
            self.assertEqual(exports.chunks[:3], (1, 1, exports.shape[2]))
            self.assertEqual(int(file.attrs["complete"][0]), 1)

    def test_both_engines_read_the_same(self):
        first, second = (xr.open_dataset(self.path, engine=engine).load() for engine in ENGINES)
        self.assertTrue(first.equals(second))
        self.assertEqual(str(first.time.values[0])[:10], str(first.time_bounds.values[0, 0])[:10])
        self.assertFalse(np.isnan(first.exports).any())
        raw = variables(self.path)["exports"]
        self.assertTrue(np.array_equal(first.exports.values, raw))
        self.assertIn("flow_origin", first.exports.coords)

    def test_ncdump_lists_it(self):
        if shutil.which("ncdump") is None:
            self.skipTest("ncdump is not installed")
        header = subprocess.run(["ncdump", "-h", self.path], capture_output=True, text=True, check=True).stdout
        self.assertIn("float exports(scenario, replication, time, sector, flow)", header)
        self.assertIn("group: provenance", header)
        subprocess.run(["ncdump", self.path], stdout=subprocess.DEVNULL, check=True)

    def test_provenance_names_its_sources(self):
        with h5py.File(self.path) as file:
            provenance = file["provenance"]
            for name in ("version", "git", "seed", "generator", "config_sha256", "benchmark_sha256", "libraries",
                         "compiler_flags", "host", "wall_seconds", "n_failed"):
                self.assertIn(name, provenance.attrs)
            self.assertEqual(len(provenance.attrs["config_sha256"]), 64)
            self.assertEqual(len(provenance.attrs["benchmark_sha256"]), 64)
            self.assertIn("scenarios", provenance["config"][()].decode())

    def value(self, data, row, scenario):
        """Mean over worlds of what a row of the comparison says, from the file alone."""
        steps = (data.time.values >= np.datetime64(row["begin"])) & (data.time.values <= np.datetime64(row["end"]))
        period = data.isel(time=steps, replication=data.chance.values == 0).sel(scenario=scenario)
        exported = (data.flow_origin == row["origin"]) & (data.flow_destination != row["origin"])
        if row["destination"] not in ("all recorded", "all and home"):
            exported = exported & (data.flow_destination == row["destination"])
        flows = period.isel(flow=exported.values.nonzero()[0])
        if row["sector"] != "total":
            period, flows = period.sel(sector=[row["sector"]]), flows.sel(sector=[row["sector"]])

        def total(field):
            return flows[field].astype("f8").sum(("time", "sector", "flow"))

        outcome = {
            "exports": lambda: total("exports"),
            "quantity": lambda: total("export_quantity"),
            "duty": lambda: total("duty") - total("refund"),
            "price": lambda: total("exports") / total("export_quantity"),
            "revenue": lambda: period.revenue.sel(origin=row["origin"]).astype("f8").sum(("time", "sector")),
        }[row["outcome"]]()
        return float(outcome.mean("replication"))

    def test_printed_numbers_are_sums_of_the_file(self):
        data = xr.open_dataset(self.path, engine="netcdf4").load()
        self.assertGreater(len(self.rows), 20)
        for row in self.rows:
            if row["without"] == "":
                continue
            without = self.value(data, row, row["scenario_without"])
            with_ = self.value(data, row, row["scenario_with"])
            scale = max(abs(without), 1e-6)
            self.assertAlmostEqual(float(row["without"]) / scale, without / scale, delta=1e-9, msg=row)
            self.assertAlmostEqual(float(row["with"]) / scale, with_ / scale, delta=1e-9, msg=row)
            self.assertAlmostEqual(float(row["difference"]) / scale, (with_ - without) / scale, delta=1e-9, msg=row)

    def test_sectors_add_up_to_their_total(self):
        for outcome in ("exports", "revenue", "duty", "quantity"):
            for by in ("sector", "destination"):
                rows = [r for r in self.rows if (r["by"], r["outcome"], r["period"]) == (by, outcome, "horizon")]
                if not rows:
                    continue
                *parts, total = (float(row["with"]) for row in rows)
                self.assertAlmostEqual(sum(parts) / max(abs(total), 1e-6), total / max(abs(total), 1e-6), delta=1e-12)

    def test_text_shows_the_same_numbers_rounded(self):
        row = next(r for r in self.rows if (r["by"], r["outcome"], r["period"], r["sector"]) ==
                   ("sector", "exports", "year1", "total"))
        block = self.printed[self.printed.index("Exports by sector"):]
        shown = next(line for line in block.splitlines() if line.startswith("total")).split()
        for text, key in ((shown[1], "without"), (shown[2], "with"), (shown[3], "difference")):
            digits = len(text.split(".")[1]) if "." in text else 0
            plain = text.replace(",", "")
            zeros = len(plain) - len(plain.rstrip("0")) if digits == 0 else 0
            step = 10.0 ** (-digits if digits else max(zeros, 0))
            self.assertAlmostEqual(float(plain), float(row[key]), delta=0.5000001 * step, msg=(text, row[key]))

    def test_json_and_latex_and_markdown(self):
        document = json.loads(entrepot("compare", self.path, "--format", "json"))
        self.assertEqual(len(document["tables"][0]["rows"]), len(self.rows))
        self.assertTrue(all("unit" in column for column in document["tables"][0]["columns"]))
        latex = entrepot("compare", self.path, "--format", "latex")
        self.assertEqual(latex.count("\\begin{table}"), latex.count("\\end{table}"))
        self.assertIn("\\toprule", latex)
        markdown = entrepot("compare", self.path, "--format", "markdown")
        widths = {len(re.findall(r"(?<!\\)\|", line)) for line in markdown.splitlines() if line.startswith("|")}
        self.assertLessEqual(len(widths), 2)

    def test_same_bits_again_and_with_other_threads(self):
        again = os.path.join(self.folder, "again.h5")
        other = os.path.join(self.folder, "other.h5")
        run = ("run", CONFIG, "--replications", "4", "--quiet", "--no-compare")
        entrepot(*run, "-o", again, "--threads", "1")
        self.assertEqual(digest(self.path), digest(again))
        entrepot(*run, "-o", other, "--seed", "987654321")
        self.assertNotEqual(digest(self.path)["exports"], digest(other)["exports"])


if __name__ == "__main__":
    unittest.main()
