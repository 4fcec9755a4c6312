#!/usr/bin/env python3
"""The series that are scored are those of the raw observations, and none is later than June 2025."""

import csv
import os
import subprocess
import unittest
from pathlib import Path

ROOT = Path(os.environ["ENTREPOT_SOURCE"])


class Observed(unittest.TestCase):
    def setUp(self):
        with open(ROOT / "data/observed/history.csv", encoding="utf-8") as file:
            self.rows = list(csv.DictReader(file))
        self.value = {(r["month"], r["flow"], r["sector"]): float(r["value"]) for r in self.rows if r["value"]}

    def test_made_by_the_script(self):
        subprocess.run([ROOT / "scripts/make_observed.py", "--check"], check=True)

    def test_nothing_after_june_2025(self):
        self.assertEqual(max(r["month"] for r in self.rows), "2025-06")

    def test_first_half_is_the_published_growth(self):
        def growth(sector):
            def half(year):
                return sum(self.value[f"{year}-{m:02d}", "KOR-USA", sector] for m in range(1, 7))
            return 100 * (half(2025) / half(2024) - 1)
        self.assertAlmostEqual(growth("total"), -3.6, delta=0.1)  # ministry: -3.7
        self.assertAlmostEqual(growth("motor_vehicles"), -16.5, delta=0.2)

    def test_a_missing_month_is_empty(self):
        self.assertNotIn(("2025-01", "KOR-USA", "iron_steel"), self.value)
        self.assertIn("2025-01", [r["month"] for r in self.rows if r["sector"] == "iron_steel"])


if __name__ == "__main__":
    unittest.main()
