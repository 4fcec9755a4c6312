#!/usr/bin/env python3
"""Make data/facts/households.csv: what each tenth of US households spends a year on the goods of each sector of the benchmark.

    scripts/make_households.py

From data/raw/us_households: personal consumption by type and tenth of households (BEA, distribution of personal consumption 2023), the
type of each line of the national accounts, and the bridge from those lines to commodities at purchasers' values, trade margins with
the goods they are on. A tenth's spending on a type is split over commodities as the whole country's is.
"""
import collections
import csv
import os

RAW = os.path.join(os.path.dirname(__file__), "..", "data", "raw", "us_households")
OUT = os.path.join(os.path.dirname(__file__), "..", "data", "facts", "households.csv")

# commodities of BEA's summary tables to sectors of the benchmark; all others are services. Forestry and fishing are to a consumer
# fish, primary metals hardly anything; medicines are chemicals that stand on the line of medical products
SECTOR = {"111CA": "A01", "113FF": "A03", "211": "B06", "212": "B08", "311FT": "C10T12", "313TT": "C13T15", "315AL": "C13T15",
          "321": "C16", "322": "C17_18", "323": "C17_18", "324": "C19", "325": "C20", "326": "C22", "327": "C23", "331": "C24A",
          "332": "C25", "333": "C28", "334": "C26", "335": "C27", "3361MV": "C29", "3364OT": "C302T309", "337": "C31T33", "339": "C31T33"}
MEDICINES = "40"  # the line of medical products
SOURCE = "BEA, personal consumption by tenth of households 2023 and its bridge to commodities"


def rows(name):
    with open(os.path.join(RAW, name), encoding="utf-8", newline="") as file:
        yield from csv.DictReader(file)


def split():
    """By type of consumption, the share of each sector in its purchasers' value."""
    type_of = {row["nipa_line"]: row["pce_mp"] for row in rows("pce_lines_to_types.csv")}
    value = collections.defaultdict(lambda: collections.defaultdict(float))
    for row in rows("pce_bridge.csv"):
        if row["nipa_line"] not in type_of:
            continue  # travel abroad, free financial services: of no type
        sector = SECTOR.get(row["bea_code"], "SERVICES")
        if sector == "C20" and row["nipa_line"] == MEDICINES:
            sector = "C21"
        value[type_of[row["nipa_line"]]][sector] += max(0.0, float(row["purchasers_value"]))
    return {kind: {sector: v / sum(sectors.values()) for sector, v in sectors.items()} for kind, sectors in value.items()}


def main():
    shares = split()
    spent = collections.defaultdict(float)
    for row in rows("pce_by_decile_2023.csv"):
        parts = [float(row[f"d{tenth}"]) for tenth in range(1, 11)]
        for tenth, part in enumerate(parts, 1):
            for sector, share in shares[row["pce_mp"]].items():
                spent[tenth, sector] += 1e3 * float(row["total_billions"]) * part / sum(parts) * share
    with open(OUT, "w", encoding="utf-8", newline="") as file:
        out = csv.writer(file, lineterminator="\n")
        out.writerow(["economy", "year", "households", "sector", "spending_million_usd", "source"])
        for (tenth, sector), value in sorted(spent.items()):
            out.writerow(["USA", 2023, f"tenth {tenth}", sector, f"{value:.1f}", SOURCE])


if __name__ == "__main__":
    main()
