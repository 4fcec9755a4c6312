#!/usr/bin/env python3
"""Make a benchmark of 2017 for checks, which does not ship: the benchmark of 2022 with US imports of goods moved to 2017.

    scripts/make_benchmark_2017.py -o FILE

The flow of a sector from an economy to the United States is that of the benchmark (imports of 2024) times what the observed imports of its group of
NAICS3 were in 2017 over 2024 (data/observed/us-imports.csv.gz). Members of the European Union without a series share what the members with one leave of it,
all others what all leave of the world. What trade with the others did is what `entrepot benchmark rebase` makes of it. Needs h5py.
"""

import argparse
import csv
import gzip
import os
import subprocess
import sys
import tempfile
from collections import defaultdict
from pathlib import Path

import h5py

ROOT = Path(__file__).resolve().parent.parent
PROGRAM = os.environ.get("ENTREPOT", str(ROOT / "build" / "release" / "entrepot"))
BASE = ROOT / "data" / "benchmark-2022.h5"
OBSERVED = ROOT / "data" / "observed" / "us-imports.csv.gz"
FROM, TO = "2024", "2017"
LARGEST = 3.0  # growth beyond it is cut: Russia's trade of 2022 cannot be balanced with what it sold in 2017
UNION = "AUT BEL BGR CYP CZE DEU DNK ESP EST FIN FRA GRC HRV HUN IRL ITA LTU LUX LVA MLT NLD POL PRT ROU SVK SVN SWE".split()
# sectors of the benchmark: NAICS3 that say how they grew
GROUPS = [("A01 A02 A03 C10T12", "111 112 113 114 115 311 312"), ("B05 B06 B07 B08 B09 C19", "211 212 324"),
          ("C13T15", "313 314 315 316"), ("C16 C17_18", "321 322 323"), ("C20 C21", "325"), ("C22", "326"), ("C23", "327"),
          ("C24A C24B", "331"), ("C25", "332"), ("C26", "334"), ("C27", "335"), ("C28", "333"), ("C29 C301 C302T309", "336"),
          ("C31T33", "337 339")]


def observed():
    """{(code, NAICS3): {year: USD}}"""
    sums = {}
    with gzip.open(OBSERVED, "rt", encoding="utf-8") as file:
        for row in csv.DictReader(file):
            if row["measure"] == "imports":
                years = defaultdict(float)
                for column, value in row.items():
                    if column[:4] in (FROM, TO) and column[4:5] == "-":
                        years[column[:4]] += float(value or 0)
                sums[row["flow"].removesuffix("-USA"), row["product"]] = years
    return sums


def growth_of(sums, economies, products):
    """Growth by economy of one group; the rest of the Union and of the world share theirs."""
    def total(codes, year):
        return sum(sums[code, product][year] for code in codes for product in products if (code, product) in sums)

    own = {code for code, product in sums if code not in ("EU27", "WLD")}
    members, outside = [c for c in UNION if c in own], [c for c in own if c not in UNION]
    rest = {year: (total(["EU27"], year) - total(members, year), total(["WLD"], year) - total(["EU27", *outside], year))
            for year in (FROM, TO)}
    growth = {}
    for code in economies:
        if code in own:
            then, now = total([code], TO), total([code], FROM)
        else:
            then, now = (rest[year][code not in UNION] for year in (TO, FROM))
        growth[code] = min(LARGEST, max(1 / LARGEST, then / now)) if now > 0 else 1.0
    return growth


def rows():
    with h5py.File(BASE) as file:
        text = {name: [item.decode() for item in file[name][()]] for name in ("origin", "destination", "sector")}
        flow = file["flow"][()]
    to = text["destination"].index("USA")
    sums = observed()
    for sectors, products in GROUPS:
        growth = growth_of(sums, text["origin"], products.split())
        for sector in sectors.split():
            for at, origin in enumerate(text["origin"]):
                value = float(flow[text["sector"].index(sector), at, to])
                if origin != "USA" and value > 0:
                    yield origin, "USA", sector, f"{value * growth[origin]:.6g}", TO


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("-o", "--output", required=True)
    options = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        flows = Path(folder) / "flows.csv"
        with open(flows, "w", encoding="utf-8", newline="") as file:
            writer = csv.writer(file)
            writer.writerow(["origin", "destination", "sector", "value", "year"])
            writer.writerows(rows())
        return subprocess.run([PROGRAM, "benchmark", "rebase", str(BASE), "--flows", str(flows), "--year", TO, "--overwrite",
                               "-o", options.output], check=False).returncode


if __name__ == "__main__":
    sys.exit(main())
