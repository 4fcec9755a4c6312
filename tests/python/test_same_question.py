#!/usr/bin/python3
"""The same question put otherwise has the same answer: a scenario more, another order, regions that nobody asks about merged,
twice the slots."""
import csv
import os
import subprocess
import tempfile
import unittest

SOURCE, PROGRAM = os.environ["ENTREPOT_SOURCE"], os.environ["ENTREPOT"]
CONFIG = """
name: question
benchmark: {source}/data/benchmark-2022.h5
calibration: {source}/configs/calibrations/horizon.yaml
start: 2026-01-01
steps: 12
burn_in: 2
slots: {slots}
replications: 6
repeats: 3
home: KOR
regions: {{KOR: [KOR], USA: [USA], {others}, REST: rest}}
sectors: {{services: [SERVICES], cars: [C29], goods: rest}}
regimes:
  levy:
    measures: [{{id: levy, importer: USA, partners: [KOR], except_sectors: [services], rate: 0.2, announced: 2026-02-01, effective: 2026-03-01}}]
  none: {{}}
  nothing: {{}}
scenarios: [{scenarios}]
record: {{flows: {{origins: all, destinations: [USA]}}}}
"""
APART = "FRA: [FRA], ITA: [ITA]"
WIDE = 4.0  # intervals of two runs that are independent leave each other's mean in a few of a thousand rows


class SameQuestion(unittest.TestCase):
    def setUp(self):
        self.folder = tempfile.TemporaryDirectory()

    def tearDown(self):
        self.folder.cleanup()

    def rows(self, scenarios="levy, none", others=APART, slots=6000):
        config, output = (os.path.join(self.folder.name, name) for name in ("c.yaml", "c.h5"))
        with open(config, "w", encoding="utf-8") as file:
            file.write(CONFIG.format(source=SOURCE, scenarios=scenarios, others=others, slots=slots))
        subprocess.run([PROGRAM, "run", config, "-o", output, "--overwrite", "--quiet", "--no-compare"], check=True,
                       stderr=subprocess.DEVNULL)
        printed = ""
        for by in "summary,sector,destination", "payers":
            printed += subprocess.run([PROGRAM, "compare", output, "--against", "levy", "--base", "none", "--partner", "USA",
                                       "--by", by, "--format", "csv"], check=True, capture_output=True, text=True).stdout
        return list(csv.reader(line for line in printed.splitlines() if line and line[0] != "#"))

    def test_a_scenario_more_and_another_order_change_nothing(self):
        rows = self.rows()
        self.assertGreater(len(rows), 20)
        self.assertEqual(rows, self.rows("levy, nothing, none"))
        self.assertEqual(rows, self.rows("none, levy"))

    def test_merged_regions_and_more_slots_stay_within_the_errors(self):
        first = self.levels(self.rows())
        for other in (self.rows(others="EUR: [FRA, ITA]"), self.rows(slots=12000)):
            other, n = self.levels(other), 0
            for key in first.keys() & other.keys():
                for level, error in (("with", "with_error"), ("difference", "error")):
                    a, b = ({name: float(row[name] or "nan") for name in (level, error)} for row in (first[key], other[key]))
                    spread = (a[error] ** 2 + b[error] ** 2) ** 0.5
                    if spread > 0:  # measured in both
                        self.assertLess(abs(a[level] - b[level]), WIDE * spread, (key, a, b))
                        n += 1
            self.assertGreater(n, 10)

    @staticmethod
    def levels(rows):
        """Rows of the tables of levels by what they are about."""
        rows = [dict(zip(rows[0], row)) for row in rows[1:] if len(row) == len(rows[0])]
        about = "by", "outcome", "period", "origin", "destination", "sector"
        return {tuple(row[name] for name in about): row for row in rows if row["by"] != "by"}


if __name__ == "__main__":
    unittest.main()
