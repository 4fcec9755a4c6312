#!/usr/bin/env python3
"""Shares of each sector's US imports that the HS lists of the 2025 tariff actions cover.

Reads the regions and sectors of a config, US imports of 2024 by HS6 and partner, the HS-to-sector concordance and the
HS lists in data/tariffs, and prints

  1. the share of every sector's imports in every list, pooled over partners, and for partners asked for with --partner;
  2. partner-group averages of country rates (Annex I of EO 14257, annex of EO 14326), weighted with each group's
     imports outside Annex II and Section 232 goods;
  3. each partner's share of imports under each list, to compare with published trade-weighted rates.

Usage: scripts/coverage_shares.py [--config configs/korea-us-2025.yaml] [--partner KOR ...]
"""

import argparse
import csv
import lzma
from collections import defaultdict
from pathlib import Path

import yaml

ROOT = Path(__file__).resolve().parent.parent
TARIFFS = ROOT / "data" / "tariffs"
RAW = ROOT / "data" / "raw"

# Section 232 steel and aluminium reach finished goods outside the metal chapters by their metal content only, and often
# by a few of a heading's lines. 0.10 brings the rise in partners' average rates on 12 March 2025 nearest to the one in
# country-by-time.csv (Korea 5.4 % of imports covered, Japan 3.9, EU 2.7, Viet Nam 2.3).
DERIVATIVE_SHARE = 0.10
METAL_CHAPTERS = ("72", "73", "76")
# Copper derivatives (insulated wire) by their copper content; semi-finished copper in full.
COPPER_DERIVATIVE_SHARE = 0.5
# Lines of the HS lists that are a part of their HS6: only some of the ten-digit lines are meant.
PART_OF_HS6 = {
    ("aluminium", "847330"): 0.02,  # computer parts: two of many lines; the memory modules are not among them
    ("auto_parts", "850760"): 0.5,  # lithium-ion batteries: those for electric vehicles only
    ("auto_parts", "853710"): 0.2,  # control boards: those of vehicles only
    ("auto_parts", "841480"): 0.3,  # compressors: turbochargers and vehicle compressors only
    ("auto_parts", "841459"): 0.3,
    ("auto_parts", "841391"): 0.3,
}
# Steel and aluminium mill products of Proclamations 9704 and 9705, which the lists of derivatives leave out.
STEEL_MILL = tuple(str(h) for h in range(7206, 7230)) + ("730110", "7302", "7304", "7305", "7306")
ALUMINIUM_MILL = ("7601", "7604", "7605", "7606", "7607", "7608", "7609")
# Proclamation 10976: softwood timber and lumber 10 %; upholstered wooden furniture, kitchen cabinets 25 %.
LUMBER = ("440310", "440311", "440321", "440322", "440323", "440324", "440325", "440326", "440710", "440711", "440712",
          "440713", "440714", "440719")
FURNITURE = ("940161", "940340")
# EO 14360 of 14 November 2025, from 13 November: farm goods the United States hardly grows, beef, some fertilisers.
FARM = ("0201", "0202", "0702", "0709", "0714", "0801", "0802", "0803", "0804", "0805", "0807", "0810", "0901", "0902",
        "0903", "0904", "0905", "0906", "0907", "0908", "0909", "0910", "1801", "1803", "1804", "1805", "2009", "3101",
        "3102", "3104", "3105")

CENSUS_TO_ICIO = {"0003": "DEU", "4359": "SVK", "5820": "HKG"}  # any member stands for the EU27 pool


def read_csv(path):
    """Return the rows of a CSV file, plain or xz, as dictionaries."""
    opener = lzma.open if path.suffix == ".xz" else open
    with opener(path, "rt", encoding="utf-8") as file:
        return list(csv.DictReader(file))


def read_codes(name):
    """Return the HS codes of a list, with the zero that a spreadsheet took from chapters 01 to 09."""
    codes = [line.strip() for line in (TARIFFS / name).read_text(encoding="utf-8").splitlines()[1:] if line.strip()]
    return ["0" + code if len(code) in (5, 7, 9) else code for code in codes]


def group_of(entries):
    """Return fine code -> group, and the group that takes the rest."""
    members, rest = {}, None
    for group, value in entries.items():
        if value == "rest":
            rest = group
        else:
            for code in value if isinstance(value, list) else [value]:
                members[code] = group
    return members, rest


class World:
    """US imports by run region, run sector and HS6, in billion USD."""

    def __init__(self, config):
        regions, self.rest = group_of(config["regions"])
        sectors, rest_sector = group_of(config["sectors"])
        prefixes = {row["hs_prefix"]: row["sector"] for row in read_csv(RAW / "concordance_hs_icio.csv")}
        census = dict(CENSUS_TO_ICIO)
        for row in read_csv(RAW / "economies.csv"):
            if row["census_code"].isdigit():
                census.setdefault(row["census_code"], row["code"])
        self.imports = defaultdict(float)
        self.country_imports = defaultdict(lambda: defaultdict(float))
        for row in read_csv(RAW / "us_imports_2024" / "us_imports_2024_hs6.csv.xz"):
            hs6, code = row["hs6"].zfill(6), row["cty_code"].zfill(4)
            fine = next((prefixes[hs6[:n]] for n in range(6, 1, -1) if hs6[:n] in prefixes), "NONE")
            if fine == "NONE":
                continue
            region = regions.get(census.get(code, "ROW"), self.rest)
            value = float(row["imports_usd_2024"]) / 1e9
            self.imports[region, sectors.get(fine, rest_sector), hs6] += value
            self.country_imports[code][hs6] += value
        self.regions = list(config["regions"])
        self.sectors = list(config["sectors"])
        self.region_of = lambda code: regions.get(census.get(code, "ROW"), self.rest)


def starts(hs6, prefixes):
    """Whether an HS6 starts with one of the prefixes."""
    return any(hs6.startswith(prefix) for prefix in prefixes)


class Lists:
    """Share of each HS6 under each action. Lists do not overlap: Section 232 first, then Annex II, then electronics."""

    names = ("steel_aluminium", "vehicles", "auto_parts", "copper", "lumber", "furniture", "annex2", "electronics", "farm")

    def __init__(self):
        autos = read_codes("auto-tariffs.csv")
        self.steel = {code[:6] for code in read_codes("steel-tariffs.csv")}
        self.aluminium = {code[:6] for code in read_codes("alu-tariffs.csv")}
        self.vehicles = {code[:6] for code in autos if code[:4] in ("8703", "8704")}
        self.auto_parts = {code[:6] for code in autos} - self.vehicles
        self.copper = {code[:6] for code in read_codes("copper-list.csv")}
        self.annex2 = {code[:6] for code in read_codes("annex-II-exemptions.csv")}
        self.electronics = {code[:6] for code in read_codes("consumer_electronics_EO14257_apr11.csv")}
        self.cache = {}

    def metal(self, hs6):
        """Share under the steel and aluminium actions."""
        if starts(hs6, STEEL_MILL) or starts(hs6, ALUMINIUM_MILL):
            return 1.0
        if hs6 not in self.steel and hs6 not in self.aluminium:
            return 0.0
        return 1.0 if hs6[:2] in METAL_CHAPTERS else PART_OF_HS6.get(("aluminium", hs6), DERIVATIVE_SHARE)

    def raw(self, hs6):
        """Shares under each list as if it stood alone."""
        copper = 0.0 if hs6 not in self.copper else 1.0 if hs6[:2] == "74" else COPPER_DERIVATIVE_SHARE
        return {
            "vehicles": float(hs6 in self.vehicles),
            "auto_parts": PART_OF_HS6.get(("auto_parts", hs6), 1.0) * (hs6 in self.auto_parts),
            "steel_aluminium": self.metal(hs6),
            "copper": copper,
            "lumber": float(starts(hs6, LUMBER)),
            "furniture": float(starts(hs6, FURNITURE)),
            "annex2": float(hs6 in self.annex2),
            "electronics": float(hs6 in self.electronics),
            "farm": float(starts(hs6, FARM)),
        }

    def shares(self, hs6):
        """Shares under each list, what an earlier one took left out of the later ones."""
        if hs6 not in self.cache:
            left, out = 1.0, {}
            for name, share in self.raw(hs6).items():
                out[name] = left * share
                left -= out[name]
            self.cache[hs6] = out
        return self.cache[hs6]


def sector_shares(world, lists, name, partners):
    """Return sector -> share of imports under a list, over the given partners."""
    total, covered = defaultdict(float), defaultdict(float)
    for (region, sector, hs6), value in world.imports.items():
        if region in partners:
            total[sector] += value
            covered[sector] += value * lists.shares(hs6)[name]
    return {sector: covered[sector] / total[sector] if total[sector] > 0 else 0.0 for sector in world.sectors}


def print_sector_shares(world, lists, partners, title):
    """Print one line per list, as it goes into a config."""
    print(f"\n{title}")
    for name in Lists.names:
        shares = sector_shares(world, lists, name, partners)
        inside = ", ".join(f"{sector}: {share:.3f}" for sector, share in shares.items() if share >= 0.0005)
        print(f"  {name:16s} {{{inside}}}")


def country_rates(name, rate_column, key):
    """Return country key -> rate in per cent."""
    return {row[key].upper(): float(row[rate_column]) for row in read_csv(TARIFFS / name)}


def print_group_rates(world, lists):
    """Print the import-weighted country rates of groups that pool countries."""
    names = {}
    for row in read_csv(RAW / "us_imports_2024" / "us_imports_2024_hs6.csv.xz"):
        names[row["cty_code"].zfill(4)] = row["cty_name"].upper()
    alias = {"KOREA, SOUTH": "SOUTH KOREA", "BURMA": "MYANMAR (BURMA)"}
    annex = country_rates("reciprocal-tariffs-annex-I.csv", "tariff_rate", "CTY_CODE")
    august = country_rates("clean-august-7-tariffs.csv", "rtariff-aug", "country_name")
    sums = defaultdict(lambda: [0.0, 0.0, 0.0])
    for code, imports in world.country_imports.items():
        weight = sum(v * (1 - sum(lists.shares(h)[n] for n in Lists.names if n != "farm")) for h, v in imports.items())
        name = alias.get(names[code], names[code])
        rates = (annex.get(code.lstrip("0") if code != "0003" else code, 10.0), august.get(name, 10.0))
        total = sums[world.region_of(code)]
        total[0] += weight
        total[1] += weight * rates[0]
        total[2] += weight * rates[1]
    print("\nImport-weighted country rates, per cent (not listed: 10)")
    for region, (weight, first, second) in sums.items():
        print(f"  {region:6s} imports {weight:7.1f} bn   Annex I {first / weight:6.2f}   7 August {second / weight:6.2f}")


def print_partner_shares(world, lists):
    """Print how much of each partner's imports every list covers."""
    print("\nShare of the partner's goods imports under each list, per cent")
    print("  " + "partner".ljust(8) + "".join(f"{name[:12]:>13s}" for name in Lists.names))
    for region in world.regions:
        cells = [(h, v) for (r, _, h), v in world.imports.items() if r == region]
        total = sum(v for _, v in cells)
        if total > 0:
            line = [100 * sum(v * lists.shares(h)[name] for h, v in cells) / total for name in Lists.names]
            print(f"  {region:8s}" + "".join(f"{share:13.2f}" for share in line))


def main():
    """Print the tables."""
    parser = argparse.ArgumentParser(description=__doc__.split("\n", 1)[0])
    parser.add_argument("--config", type=Path, default=ROOT / "configs" / "korea-us-2025.yaml")
    parser.add_argument("--partner", action="append", default=[], help="a run region to show by itself")
    options = parser.parse_args()
    world = World(yaml.safe_load(options.config.read_text(encoding="utf-8")))
    lists = Lists()
    print_sector_shares(world, lists, set(world.regions), "Share of each sector's US imports, all partners")
    for partner in options.partner:
        print_sector_shares(world, lists, {partner}, f"Share of each sector's US imports from {partner}")
    print_group_rates(world, lists)
    print_partner_shares(world, lists)


if __name__ == "__main__":
    main()
