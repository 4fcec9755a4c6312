#!/usr/bin/env python3
"""The series that are scored are those of the raw observations, and none is later than June 2025."""

import csv
import gzip
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


class Observations(unittest.TestCase):
    """Files that forecasts start from."""

    def rows(self, name):
        path = ROOT / "data/observed" / name
        with (gzip.open(path, "rt", encoding="utf-8") if name.endswith(".gz") else open(path, encoding="utf-8")) as file:
            return list(csv.DictReader(file))

    def test_made_by_the_script(self):
        subprocess.run([ROOT / "scripts/make_observations.py", "--check"], check=True)

    def test_nothing_after_june_2025(self):
        for name in ("us-imports.csv.gz", "korea-exports.csv"):
            months = [key for key in self.rows(name)[0] if key[:2] == "20"]
            self.assertEqual(max(months), "2025-06")

    def test_products_sum_to_the_total(self):
        rows = [r for r in self.rows("us-imports.csv.gz") if (r["flow"], r["measure"]) == ("KOR-USA", "imports")]
        total = [r for r in rows if r["product"] == "total"][0]
        for month in ("2013-01", "2019-07", "2025-06"):
            self.assertEqual(sum(int(r[month]) for r in rows if r is not total), int(total[month]))

    def test_the_european_union_has_no_united_kingdom(self):
        value = {r["flow"]: r for r in self.rows("us-imports.csv.gz")
                 if (r["product"], r["measure"]) == ("total", "imports")}
        december, january = int(value["EU27-USA"]["2017-12"]), int(value["EU27-USA"]["2018-01"])
        self.assertLess(abs(january / december - 1), 0.15)  # the table as published falls by a fifth

    def test_every_group_has_sectors(self):
        for row in self.rows("products.csv"):
            self.assertEqual(row["group"] == "", row["sectors"] == "", row["product"])


if __name__ == "__main__":
    unittest.main()
