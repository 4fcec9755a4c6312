#!/usr/bin/python3
"""Governments through the program: retaliation moves both flows the right way, talks end as they should and say so, the
value of the four pillars adds up, purchases and barriers keep the accounts."""

import json
import os
import subprocess
import tempfile
import unittest

import h5py
import numpy as np

PROGRAM = os.environ["ENTREPOT"]
SOURCE = os.environ["ENTREPOT_SOURCE"]


def config(name):
    return os.path.join(SOURCE, "configs", name + ".yaml")


class Governments(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.folder = tempfile.TemporaryDirectory()

    @classmethod
    def tearDownClass(cls):
        cls.folder.cleanup()

    def run_config(self, name, *settings):
        path = os.path.join(self.folder.name, "run.h5")
        command = [PROGRAM, "run", config(name), "-o", path, "--overwrite", "--quiet", "--set", "check=true"]
        for setting in settings:
            command += ["--set", setting]
        self.printed = subprocess.run(command, check=True, capture_output=True, text=True).stdout
        return path

    def faults(self, name, *settings):
        command = [PROGRAM, "check", config(name)]
        for setting in settings:
            command += ["--set", setting]
        done = subprocess.run(command, capture_output=True, text=True)
        self.assertEqual(done.returncode, 78, done.stdout + done.stderr)
        return done.stdout + done.stderr

    def test_retaliation_lowers_the_flow_it_hits_and_leaves_the_other_at_its_tariff(self):
        both, small = "record={flows: {origins: all}}", "slots=8000"
        answer = "retaliation=[{region: KOREA, against: WORLD, kind: reciprocal, from: 2025-01-01, delay: 30}]"
        sums = {}
        for name, settings in (("calm", [both, small]), ("answer", [both, small, answer])):
            with h5py.File(self.run_config("two-by-two", *settings)) as file:
                flow = list(file["flow"].asstr()[...])
                goods = list(file["sector"].asstr()[...]).index("goods")
                last = file["exports"][:, :, 12:, goods, :].astype(float).sum(axis=2).mean(axis=1)
                sums[name] = {k: last[:, flow.index(k)] for k in ("KOREA-WORLD", "WORLD-KOREA")}
        # scenario 0 has the tariff, scenario 1 has not and is not answered
        self.assertLess(sums["answer"]["WORLD-KOREA"][0], 0.97 * sums["calm"]["WORLD-KOREA"][0])
        self.assertLess(sums["calm"]["KOREA-WORLD"][0], 0.97 * sums["calm"]["KOREA-WORLD"][1])
        self.assertEqual(sums["answer"]["WORLD-KOREA"][1], sums["calm"]["WORLD-KOREA"][1])
        # answered or not, what is under the tariff stays down
        self.assertLess(sums["answer"]["KOREA-WORLD"][0], 0.97 * sums["answer"]["KOREA-WORLD"][1])

    def test_a_list_is_in_force_as_stated_and_none_does_nothing(self):
        def rate(entry, sector):
            command = [PROGRAM, "tariffs", config("two-by-two"), "--set", "retaliation=[" + entry + "]"]
            command += ["--on", "2025-09-01", "--importer", "KOREA", "--partner", "WORLD", "--sector", sector]
            printed = subprocess.run([*command, "--format", "json"], check=True, capture_output=True, text=True).stdout
            rows = json.loads(printed)["tables"][0]["rows"]
            return sum(row["adds"] for row in rows if row["measure"].startswith("retaliation"))

        entry = "{region: KOREA, against: WORLD, kind: list, from: 2025-07-01, rates: {goods: 0.12}}"
        self.assertAlmostEqual(rate(entry, "goods"), 12.0)
        self.assertEqual(rate(entry, "services"), 0)
        self.assertEqual(rate("{region: KOREA, against: WORLD, kind: none, from: 2025-07-01}", "goods"), 0)

    def test_revenue_that_is_kept_is_not_spent(self):
        settings = ["closure=general", "replications=2", "repeats=0", "slots=10000"]
        welfare = {}
        for kept in (False, True):
            with h5py.File(self.run_config("two-by-two", *settings, f"rebate_revenue={str(not kept).lower()}")) as file:
                world = list(file["region"].asstr()[...]).index("WORLD")
                welfare[kept] = file["welfare"][:, :, -6:, world].astype(float).mean(axis=(1, 2))
        # scenario 0 has WORLD's tariff on KOREA, scenario 1 only the benchmark's duties
        given = welfare[False] - welfare[True]
        self.assertGreater(given[1], 0)
        self.assertGreater(given[0], 1.05 * given[1])

    def test_the_best_response_is_the_best_of_its_choices(self):
        def rate(choices):
            entry = "{region: KOREA, against: WORLD, kind: best_response, from: 2025-07-01, choices: [%s]}" % choices
            command = [PROGRAM, "tariffs", config("two-by-two"), "--set", "retaliation=[" + entry + "]"]
            command += ["--on", "2025-09-01", "--importer", "KOREA", "--partner", "WORLD", "--sector", "goods"]
            printed = subprocess.run([*command, "--format", "json"], check=True, capture_output=True, text=True).stdout
            rows = json.loads(printed)["tables"][0]["rows"]
            return sum(row["adds"] for row in rows if row["measure"].startswith("retaliation"))

        grid = [0, 0.1, 0.2, 0.3, 0.4, 0.5, 0.7, 1.0]
        best = rate(", ".join(map(str, grid))) / 100
        self.assertTrue(0 < best < 1)
        # against any other it wins, in whichever order they stand
        for other in grid:
            if abs(other - best) > 1e-9:
                self.assertAlmostEqual(rate(f"{other}, {best}") / 100, best)
                self.assertAlmostEqual(rate(f"{best}, {other}") / 100, best)

    def talks(self, *settings):
        small = ["replications=16", "repeats=0", "slots=6000", *settings]
        with h5py.File(self.run_config("korea-us-talks", *small)) as file:
            first = [file[name][0] for name in ("deal_time", "conceded_first", "conceded_second", "snapped_back")]
            self.assertTrue(np.isnan(file["deal_time"][1]).all())  # the fixed regime
        return first

    def test_talks_end_as_they_should(self):
        day, korea, usa, back = self.talks()
        deals = np.isfinite(day)
        self.assertTrue(8 <= deals.sum() <= 16)
        self.assertTrue((deals != (back == 1)).all())
        np.testing.assert_allclose(korea[deals] + usa[deals], 1.0)
        self.assertGreater(len(set(day[deals])), 1)
        self.assertIn("What came of the talks", self.printed)
        self.assertIn("2025-", self.printed.split("What came of the talks")[1])
        command = [PROGRAM, "compare", os.path.join(self.folder.name, "run.h5"), "--format", "json"]
        tables = json.loads(subprocess.run(command, check=True, capture_output=True, text=True).stdout)["tables"]
        row = next(table for table in tables if table["name"] == "agreements")["rows"][0]
        terms = np.sort(korea[deals])
        self.assertAlmostEqual(row["conceded_first"], terms.mean())
        self.assertAlmostEqual(row["terms_5"], terms[round(0.05 * (len(terms) - 1))])
        self.assertAlmostEqual(row["terms_95"], terms[round(0.95 * (len(terms) - 1))])
        self.assertLess(row["terms_5"], row["terms_95"])
        later, *_ = self.talks("negotiation.deadline=2026-03-01")
        self.assertGreater(np.nanmean(later), np.nanmean(day) + 60)
        pressed, more, *_ = self.talks("negotiation.sides.KOR.pressure=15")
        self.assertGreater(np.nanmean(more), np.nanmean(korea) + 0.02)
        self.assertGreaterEqual(np.isfinite(pressed).sum(), deals.sum())
        never, _, _, back = self.talks(
            "negotiation.deadline=never", "negotiation.sides.KOR.pressure=0", "negotiation.sides.USA.pressure=0"
        )
        self.assertTrue(np.isnan(never).all() and (back == 0).all())

    def test_the_pillars_add_up(self):
        path = self.run_config("korea-us-pillars", "replications=3", "repeats=1", "slots=10000")
        self.assertIn("interaction", self.printed)
        command = [PROGRAM, "compare", path, "--format", "json"]
        tables = json.loads(subprocess.run(command, check=True, capture_output=True, text=True).stdout)["tables"]
        rows = [table for table in tables if table["name"] == "decomposition"][0]["rows"]
        blocks = {}
        for row in rows:
            blocks.setdefault((row["outcome"], row["period"]), {})[row["part"]] = row["difference"]
        self.assertEqual({name for name, _ in blocks}, {"exports", "exports to partner", "revenue", "affiliate sales", "jobs"})
        for block in blocks.values():
            parts = [value for part, value in block.items() if part != "together"]
            self.assertEqual(len(parts), 5)
            np.testing.assert_allclose(sum(parts), block["together"], rtol=1e-9, atol=1e-6)
        self.assertGreater(blocks["exports to partner", "last year"]["tariffs"], 0)
        # a dearer won costs jobs, plants abroad sell on top of what moves there
        self.assertLess(blocks["jobs", "last year"]["currency"], 0)
        self.assertGreater(blocks["affiliate sales", "last year"]["investment"], 0)
        self.assertEqual(blocks["affiliate sales", "last year"]["tariffs"], 0)
        # as printed the rows add up too
        lines = [line.split() for line in self.printed.split("What each part is worth alone")[1].splitlines()]
        lines = [line for line in lines if line[:1] == ["jobs"] and "last" in line]
        figures = [float(line[line.index("jobs", 1) + 1].replace(",", "")) for line in lines]
        self.assertAlmostEqual(sum(figures[:-1]), figures[-1], delta=1e-6)

    def test_a_purchase_is_shipped_on_top_of_what_importers_order(self):
        bought = "purchases=[{id: grain, origin: KOREA, destination: WORLD, sector: goods, value: 24000, from: 2025-01-01}]"
        quiet = ["regimes={}", "scenarios=[baseline]", "replications=2", "repeats=0", "slots=5000"]
        with h5py.File(self.run_config("two-by-two", *quiet)) as file:
            without = file["exports"][0].astype(float).sum(axis=(2, 3))
        with h5py.File(self.run_config("two-by-two", *quiet, bought)) as file:
            with_it = file["exports"][0].astype(float).sum(axis=(2, 3))
        more = (with_it - without)[:, 0]
        np.testing.assert_allclose(more, 2000.0, rtol=1e-3)

    def test_contradictions_and_impossible_agreements_are_faults(self):
        floor = "{id: a, set: x, kind: floor, importer: WORLD, sectors: [goods], rate: 0.15, effective: 2025-02-01}"
        other = floor.replace("id: a, set: x", "id: b, set: y")
        self.assertIn("two all-in floors", self.faults("two-by-two", f"measures=[{floor}, {other}]"))
        abroad = "{id: i, home: KOREA, host: WORLD, sectors: [goods], value: %s, from: 2025-02-01, until: 2026-02-01}"
        self.assertIn("beyond the market", self.faults("two-by-two", f"investment=[{abroad % '9e7'}]"))
        quota = "{id: q, kind: quota, importer: WORLD, sectors: [goods], rate: 0, effective: 2025-02-01}"
        printed = self.faults("two-by-two", f"measures=[{quota}]")
        self.assertIn("a quota needs its volume", printed)
        self.assertIn("once it is full", printed)
        purchase = "{id: p, origin: WORLD, destination: KOREA, sector: goods, value: 9e7, from: 2025-01-01}"
        self.assertIn("beyond the market", self.faults("two-by-two", f"purchases=[{purchase}]"))
        printed = self.faults(
            "korea-us-talks", "negotiation.sides={KOR: {speed: 1}}", "negotiation.deadline=2025-01-01"
        )
        self.assertIn("a negotiation has two sides", printed)
        self.assertIn("the deadline is past", printed)
        self.assertIn("no such region", self.faults("korea-us-talks", "negotiation.sides={KOR: {}, USO: {}}"))


if __name__ == "__main__":
    unittest.main(verbosity=2)
