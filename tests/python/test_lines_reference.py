#!/usr/bin/env python3
"""The engine of lines against published rates by country and day (data/tariffs/country-by-time.csv, trade-war-redux), with
that file's own lists and definitions: flat rates, no claims, no floors, Annex I on 5 April. Its law is not the law; the
engine has to get from it to the published numbers."""

import csv
import io
import lzma
import os
import shutil
import subprocess
import tempfile
import unittest
from collections import defaultdict
from pathlib import Path

SOURCE = Path(os.environ.get("ENTREPOT_SOURCE", Path(__file__).resolve().parents[2]))
PROGRAM = os.environ.get("ENTREPOT", str(SOURCE / "build/release/entrepot"))
PARTNERS = ("EU VNM IND GBR CHE THA AUS IDN SGP PHL ISR NOR CHL PER COL ARG CRI KHM BGD LKA PAK ECU GTM SLV HND DOM NIC TTO "
            "VEN NGA AGO DZA EGY IRQ KWT SAU ARE RUS").split()
LAST_DAY = "2026-02-07"  # the file's definitions change after it
DISTANCE = 0.2  # percentage points


def published():
    names = {"EUROPEAN UNION": "EU"}
    with open(SOURCE / "data/law/us/partners.csv", encoding="utf-8") as file:
        names.update({row["name"].upper(): row["partner"] for row in csv.DictReader(file)})
    rates = defaultdict(dict)
    with open(SOURCE / "data/tariffs/country-by-time.csv", encoding="utf-8") as file:
        for row in csv.DictReader(file):
            rates[row["date"]][names.get(row["country_name"])] = float(row["effective tariff"])
    return rates


class PublishedRates(unittest.TestCase):
    def setUp(self):
        self.folder = Path(tempfile.mkdtemp())
        self.addCleanup(shutil.rmtree, self.folder)
        shutil.copytree(SOURCE / "tests/fixtures/law/reference", self.folder / "law")
        shutil.copy(SOURCE / "data/law/us/partners.csv", self.folder / "law")
        with open(SOURCE / "data/law/us/partners.csv", encoding="utf-8") as file:
            code = {row["census_code"]: row["partner"] for row in csv.DictReader(file)}
        with lzma.open(SOURCE / "data/raw/law/us_imports_2024_hs10.csv.xz", "rt") as trade, \
                open(self.folder / "law/weights.csv", "w", encoding="utf-8") as file:
            file.write("line,partner,imports_usd,duty_usd\n")
            for row in csv.DictReader(trade):
                file.write(f"{row['hs10']},{code[row['partner']]},{row['imports_usd']},0\n")

    def test_partners_on_all_days(self):
        days = {day: rates for day, rates in published().items() if day <= LAST_DAY}
        self.assertEqual(len(days), 16)
        out = subprocess.run([PROGRAM, "tariffs", "--law", str(self.folder / "law"), "--over-time", "--format", "csv"],
                             check=True, capture_output=True, text=True).stdout
        ours = defaultdict(dict)
        for row in csv.DictReader(io.StringIO(out)):
            ours[row["day"]][row["partner"]] = float(row["law"])
        for day, rates in days.items():
            last = max(change for change in ours if change <= day)
            for partner in PARTNERS:
                self.assertAlmostEqual(ours[last][partner], rates[partner], delta=DISTANCE, msg=f"{partner} on {day}")


if __name__ == "__main__":
    unittest.main()
