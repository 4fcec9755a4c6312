#!/usr/bin/python3
"""entrepot compare --by firms,passthrough: every number is what its definition gives from the results file."""

import json
import os
import subprocess
import tempfile
import unittest

import h5py
import numpy as np

PROGRAM = os.environ["ENTREPOT"]
SOURCE = os.environ["ENTREPOT_SOURCE"]


class CompareFirms(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.folder = tempfile.TemporaryDirectory()
        cls.path = os.path.join(cls.folder.name, "run.h5")
        command = [PROGRAM, "run", os.path.join(SOURCE, "configs/korea-us-2025.yaml"), "-o", cls.path, "--no-compare", "-q"]
        for setting in ("slots=30000", "replications=3", "repeats=0", "steps=18"):
            command += ["--set", setting]
        subprocess.run(command, check=True)

    @classmethod
    def tearDownClass(cls):
        cls.folder.cleanup()

    def tables(self, *words):
        command = [PROGRAM, "compare", self.path, "--format", "json", "--partner", "USA", *words]
        found = subprocess.run(command, check=True, capture_output=True, text=True).stdout
        return {table["name"]: table["rows"] for table in json.loads(found)["tables"]}

    def test_firms_are_sums_over_the_file(self):
        rows = self.tables("--by", "firms", "--periods", "year1")["firms"]
        with h5py.File(self.path) as file:
            scenario = list(file["scenario"].asstr()[...])
            sector = list(file["sector"].asstr()[...])
            home = list(file["region"].asstr()[...]).index("KOR")
            no_deal, deal = scenario.index("no-deal"), scenario.index("deal")
            exporters = file["exporters"][:, :, 11].astype(float)
            exports = file["class_exports"][:, :, :12].astype(float).sum(axis=2)
            jobs = file["jobs"][:, :, :12, home].astype(float).mean(axis=2)
            affiliates = file["affiliate_sales"][:, :, :12, home].astype(float).sum(axis=(2, 3))
            flows = file["exports"][:, :, :12].astype(float)
            origin = file["flow_origin"].asstr()[...] == "KOR"
        pick = {(r["quantity"], r["firm_class"], r["sector"]): r for r in rows}
        row = pick["exporters", "small", "all"]
        self.assertAlmostEqual(row["without"], exporters[no_deal, :, 2].sum(axis=1).mean(), delta=1e-3)
        self.assertAlmostEqual(row["difference"], (exporters[deal] - exporters[no_deal])[:, 2].sum(axis=1).mean(), delta=1e-3)
        row = pick["exporters", "all", "iron_steel"]
        self.assertAlmostEqual(row["with"], exporters[deal, :, :, sector.index("iron_steel")].sum(axis=1).mean(), delta=1e-3)
        row = pick["exports", "large", "all"]
        self.assertAlmostEqual(row["without"] / exports[no_deal, :, 0].sum(axis=1).mean(), 1.0, places=9)
        self.assertAlmostEqual(pick["jobs", "all", "all"]["with"] / jobs[deal].sum(axis=1).mean(), 1.0, places=9)
        self.assertAlmostEqual(pick["affiliate sales", "all", "all"]["with"] / affiliates[deal].mean(), 1.0, places=9)
        # jobs of a sector go by what its exports are of its revenue, and add up over classes
        with h5py.File(self.path) as file:
            revenue = file["revenue"][:, :, :12, home].astype(float).sum(axis=2)
            by_sector = file["jobs"][:, :, :12, home].astype(float).mean(axis=2)
            top = file["top10_share"][:, :, :12, home].astype(float).mean(axis=2)
        share = exports / revenue[:, :, None]
        expected = (share * by_sector[:, :, None]).sum(axis=3)[no_deal].mean(axis=0)
        for k, name in enumerate(("large", "medium", "small")):
            self.assertAlmostEqual(pick["jobs in exports", name, "all"]["without"] / expected[k], 1.0, places=9)
        self.assertAlmostEqual(pick["jobs in exports", "all", "all"]["without"] / expected.sum(), 1.0, places=9)
        self.assertAlmostEqual(pick["share of ten largest", "all", "all"]["with"], 100 * top[deal].mean(), places=9)
        # who entered a year before year 1 is not in the file
        self.assertNotIn(("survive one year", "all", "all"), pick)
        # classes share out the home region's exports of goods, every one of them
        goods = [i for i, name in enumerate(sector) if name != "services"]
        total = flows[no_deal][:, :, goods][..., origin].sum(axis=(1, 2, 3)).mean()
        self.assertAlmostEqual(sum(pick["exports", "all", sector[i]]["without"] for i in goods) / total, 1.0, places=5)

    def test_pass_through_follows_its_definition(self):
        tables = self.tables("--by", "passthrough")
        with h5py.File(self.path) as file:
            s = list(file["sector"].asstr()[...]).index("iron_steel")
            scenario = list(file["scenario"].asstr()[...]).index("deal")
            usa = list(file["region"].asstr()[...]).index("USA")
            flows = file["flow_destination"].asstr()[...] == "USA"
            price = np.log(file["export_price"][scenario, :, :, s][..., flows].astype(float))
            duty = np.log1p(file["tariff_rate"][scenario, :, :, s][..., flows].astype(float))
            base = np.log1p(file["benchmark_tariff"][s, flows])
            freight, value = 1.0 + file["benchmark_freight"][s, flows], file["benchmark_exports"][s, flows] / 12.0
            retail = np.log(file["retail_price"][scenario, :, :, usa, s].astype(float))
            sales = file["sales"][scenario, :, :, usa, s].astype(float).mean(axis=1)
        weight = freight * value

        def mean(x):
            """Over flows; one that ships nothing in a step has no price then and does not count."""
            used = np.where(np.isfinite(x), weight, 0.0)
            return (np.nan_to_num(x) * used).sum(axis=-1) / used.sum(axis=-1)

        onset = int(np.argmax(mean(duty)[0] - mean(base) > 0.02))
        self.assertGreater(onset, 0)
        before = slice(max(onset - 3, 0), onset)
        row = next(r for r in tables["pass_through_deal"] if r["sector"] == "iron_steel")
        share = (weight * np.exp(base)).sum() / sales
        for months in (3, 7, 12):
            t = onset + months
            rise = mean(duty)[:, t] - mean(duty)[:, before].mean(axis=1)
            border = 1.0 + (mean(price)[:, t] - mean(price)[:, before].mean(axis=1)) / rise
            shelf = (retail[:, t] - retail[:, before].mean(axis=1)) / (share * rise)
            self.assertAlmostEqual(row[f"border_{months}"], border.mean(), places=6)
            self.assertAlmostEqual(row[f"retail_{months}"], shelf.mean(), places=6)
        self.assertEqual(set(tables), {"pass_through_deal", "pass_through_no-deal"})

    def test_survival_is_of_those_who_entered_a_year_before(self):
        rows = self.tables("--by", "firms", "--periods", "horizon")["firms"]
        with h5py.File(self.path) as file:
            scenario = list(file["scenario"].asstr()[...]).index("no-deal")
            entered = file["entrants"][scenario].astype(float).sum(axis=(2, 3))
            stayed = file["survivors_one_year"][scenario].astype(float).sum(axis=(2, 3))
        # 18 steps: the last twelve begin in step 6, before which nobody is known to have entered a year ago
        self.assertFalse([r for r in rows if r["quantity"].startswith("survive")])
        ratio = stayed[:, 12:].sum() / entered[:, :6].sum()
        self.assertTrue(0.45 < ratio < 0.53, ratio)

    def test_unknown_names_are_refused(self):
        found = subprocess.run([PROGRAM, "compare", self.path, "--by", "firm"], capture_output=True, text=True)
        self.assertEqual(found.returncode, 64)
        self.assertIn("firms", found.stderr)


class Aftermath(unittest.TestCase):
    """A tariff of three years, through the program: what it leaves behind is printed, and is what the file has."""

    def test_the_gap_is_that_of_the_file(self):
        with tempfile.TemporaryDirectory() as folder:
            path = os.path.join(folder, "run.h5")
            command = [PROGRAM, "run", os.path.join(SOURCE, "configs/passing-tariff.yaml"), "-o", path, "-q"]
            for setting in ("replications=2", "repeats=0", "slots=12000"):
                command += ["--set", setting]
            printed = subprocess.run(command, check=True, capture_output=True, text=True).stdout
            self.assertIn("What is left once duties are the same", printed)
            command = [PROGRAM, "compare", path, "--by", "firms", "--periods", "years", "--format", "json"]
            firms = json.loads(subprocess.run(command, check=True, capture_output=True, text=True).stdout)["tables"]
            command = [PROGRAM, "compare", path, "--format", "json"]
            tables = json.loads(subprocess.run(command, check=True, capture_output=True, text=True).stdout)["tables"]
            with h5py.File(path) as file:
                number = file["exporters"][...].astype(float).sum(axis=(3, 4))
                same = np.all(file["tariff_rate"][0] == file["tariff_rate"][1], axis=(0, 2, 3))
                entered = file["entrants"][0, :, 12:24].astype(float).sum()
                stayed = file["survivors_one_year"][0, :, 24:36].astype(float).sum()
        last = int(np.flatnonzero(~same)[-1])
        self.assertLess(last, number.shape[2] - 13)
        rows = [r for t in tables if t["name"] == "aftermath" for r in t["rows"] if r["quantity"] == "exporters"]
        gap = (number[0] - number[1]).mean(axis=0)
        self.assertEqual([r["years"] for r in rows][:2], [0, 1])
        self.assertAlmostEqual(rows[0]["difference"], gap[last], delta=1e-2)
        self.assertAlmostEqual(rows[1]["difference"], gap[last + 12], delta=1e-2)
        self.assertAlmostEqual(rows[-1]["difference"], gap[-1], delta=1e-2)
        # fewer exporters on the last day and a year later, when failures of the lean years are still coming; then it closes
        self.assertLess(gap[last], 0)
        self.assertLess(gap[last + 12], gap[-1])
        self.assertLess(gap[-1], 0)
        row = next(r for r in firms[0]["rows"]
                   if (r["quantity"], r["firm_class"], r["sector"], r["period"]) == ("survive one year", "all", "all", "2027"))
        self.assertAlmostEqual(row["with"], 100 * stayed / entered, delta=0.5)


if __name__ == "__main__":
    unittest.main()
