#!/usr/bin/python3
"""Configs on the law by product line: their rates are those of `entrepot tariffs --law us`, goods at sea included; regimes
change what they say and nothing else; the shipped ones hold no fault, say what they do and play; groups and included files."""

import csv
import io
import os
import subprocess
import sys
import tempfile
import unittest
from pathlib import Path

PROGRAM = os.environ["ENTREPOT"]
SOURCE = Path(os.environ["ENTREPOT_SOURCE"])
CONFIGS = ("eu-us", "canada", "vietnam", "china-us-2018", "korea-us-today")
FIXTURE = SOURCE / "tests" / "fixtures" / "law" / "collected.yaml"
PARTNERS = {"CHN": "CHN", "CAN": "CAN"}
ALL_COLLECTED = "law.collected={KOR: 1, JPN: 1, EU: 1, CAN: 1, MEX: 1}"


def entrepot(*arguments):
    return subprocess.run([PROGRAM, *map(str, arguments)], capture_output=True, text=True, check=False)


def table(*arguments):
    done = entrepot(*arguments, "--format", "csv")
    if done.returncode != 0:
        raise AssertionError(done.stderr)
    return list(csv.DictReader(io.StringIO(done.stdout)))


def of_config(config, on, *more):
    return {(row["partner"], row["sector"]): 100 * float(row["collected"])
            for row in table("tariffs", config, "--on", on, *more)}


class Configs(unittest.TestCase):
    def test_rates_are_the_laws(self):
        for on in ("2025-04-12", "2025-11-15"):
            made = of_config(FIXTURE, on, "--set", ALL_COLLECTED)
            for partner, code in PARTNERS.items():
                for row in table("tariffs", "--law", "us", "--on", on, "--partner", code, "--by", "sector"):
                    if row["sector"] not in ("all", "none", "D", "SERVICES") and (partner, row["sector"]) in made:
                        self.assertAlmostEqual(made[partner, row["sector"]], float(row["rate"]), places=5,
                                               msg=f"{on} {partner} {row['sector']}")

    def test_a_base_day_is_where_a_run_starts_at_rest(self):
        """On the base day nothing differs from the benchmark's tariffs, which are those of the law; later what the law adds."""
        config = SOURCE / "configs" / "history" / "us-china-2018.yaml"
        law = {on: {row["sector"]: float(row["rate"]) for row in table("tariffs", "--law", "us", "--on", on, "--partner", "CHN",
                                                                      "--by", "sector")} for on in ("2017-01-01", "2018-10-15")}
        first = table("tariffs", config, "--on", "2017-01-01", "--partner", "CHN")
        later = table("tariffs", config, "--on", "2018-10-15", "--partner", "CHN")
        for row, after in zip(first, later):
            self.assertEqual(row["benchmark"], row["collected"], row["sector"])
            if row["sector"] == "machinery":
                self.assertAlmostEqual(100 * (float(after["collected"]) - float(row["collected"])),
                                       law["2018-10-15"]["C28"] - law["2017-01-01"]["C28"], places=1)  # Hong Kong is in it

    def test_faults_of_a_base_day(self):
        config = SOURCE / "configs" / "history" / "us-china-2018.yaml"
        done = entrepot("check", config, "--set", "law.from=2016-01-01")
        self.assertNotEqual(done.returncode, 0)
        self.assertIn("a day not later than `from`", done.stderr)

    def test_goods_at_sea_are_spared(self):
        """China's 125 % spares what was loaded before 10 April, ends on 14 May for what arrives."""
        for on, loaded in (("2025-05-10", "2025-04-08"), ("2025-05-20", "2025-04-20")):
            law = next(row for row in table("tariffs", "--law", "us", "--on", on, "--loaded", loaded, "--partner", "CHN",
                                            "--by", "sector") if row["sector"] == "C28")
            said = entrepot("tariffs", FIXTURE, "--on", on, "--loaded", loaded, "--partner", "CHN", "--sector", "C28",
                            "--format", "csv").stdout.strip().splitlines()[-1].split(",")
            self.assertAlmostEqual(float(said[-2] if said[-1] == "" else said[-1]), float(law["rate"]), places=5)

    def test_a_regime_changes_what_it_says(self):
        config = SOURCE / "configs" / "korea-us-today.yaml"
        before = {name: of_config(config, "2026-12-15", "--regime", name) for name in ("kept", "lost")}
        after = {name: of_config(config, "2027-02-15", "--regime", name) for name in ("kept", "lost", "no-301")}
        self.assertEqual(before["kept"], before["lost"])
        self.assertEqual(before["kept"], after["kept"])
        cars, ships = ("KOR", "C29"), ("KOR", "C301")
        self.assertAlmostEqual(after["lost"][cars] - after["kept"][cars], 10, delta=0.6)
        self.assertAlmostEqual(after["lost"][ships] - after["kept"][ships], 12.5, delta=1)
        self.assertLess(after["no-301"][ships], 1)
        for cell, rate in after["kept"].items():
            if cell[0] != "KOR":
                self.assertEqual(after["lost"][cell], rate, cell)

    def test_without_a_measure_is_as_the_law_without_it(self):
        made = of_config(SOURCE / "configs" / "china-us-2018.yaml", "2019-07-01", "--regime", "none")
        left_out = "s301-1,s301-2,s301-3-10,s301-3-25,s301-4a-15,s301-4a-7.5"
        for row in table("tariffs", "--law", "us", "--on", "2019-07-01", "--partner", "CHN", "--by", "sector",
                         "--without", left_out):
            if row["sector"] in ("C26", "C28", "C31T33", "C13T15"):
                self.assertAlmostEqual(made["CHN", row["sector"]], float(row["rate"]), places=5)

    def test_shipped_configs_check_and_play(self):
        for name in CONFIGS:
            config = SOURCE / "configs" / f"{name}.yaml"
            said = entrepot("check", config)
            self.assertEqual(said.returncode, 0, said.stderr)
            self.assertIn("  law            us, ", said.stdout)
            text = [line for line in config.read_text(encoding="utf-8").splitlines() if line and line[0] != "#"]
            self.assertLessEqual(len(text), 32, name)
            with tempfile.TemporaryDirectory() as folder:
                path = Path(folder) / "run.h5"
                run = entrepot("run", config, "-o", path, "--quiet", "--set", "slots=2000", "--set", "replications=1",
                               "--set", "repeats=1", "--set", "steps=20")
                self.assertEqual(run.returncode, 0, run.stderr)
                self.assertIn("Summary", entrepot("compare", path).stdout)

    def test_the_study_of_2025_on_the_law(self):
        """Its rates on Korea are near those that were typed where no metals are in it."""
        typed, law = (of_config(SOURCE / "configs" / f"{name}.yaml", "2026-06-15", "--regime", "no-deal")
                      for name in ("korea-us-2025", "korea-us-2025-law"))
        for sector in ("motor_vehicles", "electronics", "machinery", "chemicals"):
            self.assertAlmostEqual(law["KOR", sector], typed["KOR", sector], delta=3, msg=sector)

    def test_words(self):
        said = entrepot("check", SOURCE / "configs" / "eu-us.yaml").stdout
        self.assertIn("what was announced by 2025-12-31", said)
        self.assertIn("eu-30 (set reciprocal) adds 30 % on goods from EU, all of them outside what autos", said)


class Parts(unittest.TestCase):
    def setUp(self):
        self.folder = tempfile.TemporaryDirectory()
        self.addCleanup(self.folder.cleanup)

    def config(self, name, text):
        path = Path(self.folder.name) / name
        path.write_text(text, encoding="utf-8")
        return path

    def over(self, more):
        return self.config("over.yaml", f"include: {FIXTURE}\n{more}")

    def faults(self, more, *words):
        done = entrepot("check", self.over(more))
        self.assertNotEqual(done.returncode, 0)
        for word in words:
            self.assertIn(word, done.stderr)

    def test_own_lines(self):
        own = ("regimes: {plain: {}, more: {law: {with: [{id: cars, partners: JPN, lines: ['8703'], rate: 0.4, "
               "effective: 2025-03-01}]}}}\n")
        config = self.over(own)
        plain, more = (of_config(config, "2025-03-02", "--regime", name) for name in ("plain", "more"))
        changed = {cell for cell in plain if abs(plain[cell] - more[cell]) > 1e-6}
        self.assertEqual(changed, {("JPN", "C29")})

    def test_a_group_is_its_members(self):
        measure = ("measures: [{{id: x, importer: USA, partners: {0}, rate: 0.1, effective: 2025-03-01}}]\n"
                   "groups: {{neighbours: [CAN, MEX]}}\n")
        named, listed = (of_config(self.over(measure.format(partners)), "2025-03-02")
                         for partners in ("neighbours", "[CAN, MEX]"))
        self.assertEqual(named, listed)

    def test_faults(self):
        self.faults("groups: {few: [DEU]}\nmeasures: [{id: x, importer: USA, partners: few, rate: 0.1, effective: 2025-03-01}]\n",
                    "a part of the region EU only")
        self.faults("groups: {few: [DEX]}\n", "no such economy", "DEU")
        self.faults("regimes: {a: {law: {without: [reciprocal-11]}}, b: {}}\n", "no measure of this name", "reciprocal-10")
        self.faults("regimes: {a: {law: {with: [{id: x, like: reciprocal-10, lines: ['870'], rate: 25, "
                    "partners: KOX, effective: 2025-13-01}]}}, b: {}}\n", "0870", "over.yaml:2", "not in per cent", "KOR",
                    "a day is")
        self.faults("regimes: {a: {law: {with: [{id: x, rate: 0.1, effective: 2024-06-01}]}}, b: {}}\n", "after the base year")
        self.faults("include: [a]\n")
        done = entrepot("check", self.config("circle.yaml", "include: circle.yaml\n"))
        self.assertIn("circle", done.stderr)
        done = entrepot("check", self.config("lost.yaml", "include: nowhere.yaml\n"))
        self.assertIn("no such file; looked for", done.stderr)

    def test_maps_are_put_together(self):
        said = entrepot("check", "--text", self.over("replications: 3\nrecord: ~\nparameters: {niches: 20}\n")).stdout
        self.assertIn("replications: 3", said)
        self.assertIn("niches: 20", said)
        self.assertIn("home: KOR", said)
        self.assertNotIn("record:", said)
        self.assertNotIn("include:", said)


if __name__ == "__main__":
    unittest.main()
