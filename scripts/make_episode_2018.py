#!/usr/bin/env python3
"""Put the measures of configs/history/us-china-2018.yaml that no law by line has between its marks: threats and dated rises that were called
off, and China's answers.

    scripts/make_episode_2018.py [--check]

The share of a sector's imports from China that a list covers is what the law of the config makes of it: the program
(ENTREPOT, or build/release/entrepot) is asked for the rates before and after the day of each list. China's answers are
the rise of its rate on US goods by NAICS3 over that of March 2018, from July over the lowest to March 2019, so that its general cuts are no part of
it, weighted with its imports (data/raw/episodes).
"""

import csv
import io
import os
import subprocess
import sys
import tempfile
from collections import defaultdict
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
CONFIG = ROOT / "configs" / "history" / "us-china-2018.yaml"
ANSWERS = ROOT / "data" / "raw" / "episodes" / "china_tariffs_on_us_naics3.csv"
PROGRAM = os.environ.get("ENTREPOT", str(ROOT / "build" / "release" / "entrepot"))
BEGIN, END = "# measures: begin (scripts/make_episode_2018.py)\n", "# measures: end\n"
# list: days before and after, what it adds on the second
LISTS = {"1": ("2018-07-01", "2018-07-10", 0.25), "2": ("2018-08-15", "2018-08-25", 0.25), "3": ("2019-05-01", "2019-06-20", 0.15),
         "4A": ("2019-08-15", "2019-09-05", 0.15)}
# Days are those of the notices; probabilities are judgements made before anything was played.
# (id, notice, lists, rate, announced, day, dropped or decided, expected from, probability, kind of news)
NEWS = [
    ("list-1-proposed", "83 FR 14906, public on 3 April 2018", ["1"], 0.25, "2018-06-15", "2018-07-06", "2018-06-15", "2018-04-03", 0.5, "threat"),
    ("list-2-proposed", "USTR, 15 June 2018", ["2"], 0.25, "2018-08-07", "2018-08-23", "2018-08-07", "2018-06-15", 0.5, "threat"),
    ("list-3-proposed", "83 FR 33608, public on 10 July 2018", ["3"], 0.10, "2018-09-17", "2018-10-01", "2018-09-17", "2018-07-10", 0.5, "threat"),
    ("list-3-in-january", "83 FR 47974: 25 % from 1 January 2019; put off on 1 December 2018", ["3"], 0.15, "2018-09-17", "2019-01-01",
     "2018-12-01", None, None, None),
    ("list-3-in-march", "83 FR 65198: from 2 March 2019 without an agreement; put off on 24 February (84 FR 7966)", ["3"], 0.15, "2019-02-24",
     "2019-03-02", "2019-02-24", "2018-12-01", 0.3, "threat"),
    ("list-4-proposed", "84 FR 22564: 25 % on what was left; dropped on 29 June 2019", ["4A", "4B"], 0.25, "2019-06-29", "2019-07-15",
     "2019-06-29", "2019-05-13", 0.3, "threat"),
    ("lists-to-30", "84 FR 46212: 30 % on lists 1 to 3 from 1, then 15 October 2019; dropped on 11 October", ["1", "2", "3"], 0.05, "2019-08-23",
     "2019-10-15", "2019-10-11", None, None, None),
    ("list-4B", "84 FR 45821: 15 % from 15 December 2019; suspended on 13 December (84 FR 69447)", ["4B"], 0.15, "2019-08-23", "2019-12-15",
     "2019-12-13", None, None, None),
]
NAICS = {"motor_vehicles": ["336"], "other_transport": ["336"], "iron_steel": ["331"], "nonferrous_metals": ["331"],
         "electronics": ["334"], "electrical_equipment": ["335"], "machinery": ["333"], "chemicals": ["325"], "rubber_plastics": ["326"],
         "minerals": ["327"], "wood_paper": ["321", "322", "323"], "metal_products": ["332"],
         "textiles": ["313", "314", "315", "316"], "food": ["111", "112", "114", "311", "312"], "energy_mining": ["211", "212", "324"],
         "other_manufactures": ["337", "339"]}
# day, first month that has it whole, what it answers
ANSWER_DAYS = [("2018-04-02", "2018-04", "metals"), ("2018-07-06", "2018-07", "list 1"), ("2018-08-23", "2018-09", "list 2"),
               ("2018-09-24", "2018-10", "list 3"), ("2019-01-01", "2019-01", "cars suspended"), ("2019-06-01", "2019-06", "list 3 at 25 %"),
               ("2019-09-01", "2019-09", "list 4A")]


def rates(day, text):
    """Rates on goods from China by sector, of the config's law alone."""
    done = subprocess.run([PROGRAM, "tariffs", text, "--on", day, "--loaded", day, "--partner", "CHN", "--format", "csv"],
                          capture_output=True, text=True, check=True)
    return {row["sector"]: float(row["collected"]) for row in csv.DictReader(io.StringIO(done.stdout))}


def coverage(path):
    shares = {}
    for name, (before, after, rate) in LISTS.items():
        old, new = rates(before, path), rates(after, path)
        shares[name] = {sector: max(0.0, (new[sector] - old[sector]) / rate) for sector in NAICS}
    shares["4B"] = {sector: max(0.0, 1.0 - sum(listed[sector] for listed in shares.values())) for sector in NAICS}
    return shares


def sectors(values):
    return "{" + ", ".join(f"{sector}: {min(1.0, value):.3f}" for sector, value in values.items() if value > 0.004) + "}"


def news_lines(shares):
    for name, notice, lists, rate, announced, day, dropped, since, probability, kind in NEWS:
        covered = {sector: sum(shares[part][sector] for part in lists) for sector in NAICS}
        yield (f"    - {{id: {name}, legal: '{notice}', importer: USA, partners: [CHN], sectors: {sectors(covered)}, rate: {rate},\n"
               f"       announced: {announced}, effective: {day}, end: {day}, end_announced: {dropped}")
        yield f", anticipated: {{from: {since}, probability: {probability}, news: {kind}}}}}\n" if since else "}\n"


def normal(rate, month):
    """What all pay: before July 2018 the rate of March, from then on the lowest, that after the general cuts."""
    return rate["2018-03"] if month < "2018-07" else min(value for key, value in rate.items() if key <= "2019-03")


def answer_lines():
    rate, weight = defaultdict(dict), {}
    with open(ANSWERS, encoding="utf-8") as file:
        for row in csv.DictReader(file):
            rate[row["naics3"]][row["month"]] = float(row["rate_percent"])
            weight[row["naics3"]] = float(row["weight_usd"])
    for i, (day, month, what) in enumerate(ANSWER_DAYS):
        rise = {}
        for sector, parts in NAICS.items():
            total = sum(weight[part] for part in parts)
            rise[sector] = sum(weight[part] * max(0.0, rate[part][month] - normal(rate[part], month)) for part in parts) / total / 100
        most = max(rise.values())
        yield (f"    - {{id: answer-{i + 1}, legal: 'to {what}', importer: CHN, partners: [USA], "
               f"sectors: {sectors({sector: value / most for sector, value in rise.items()})}, rate: {most:.4f},\n"
               f"       announced: {day}, effective: {day}" + (f", end: {ANSWER_DAYS[i + 1][0]}" if i + 1 < len(ANSWER_DAYS) else "") + "}\n")


def main():
    text = CONFIG.read_text(encoding="utf-8")
    before, rest = text.split(BEGIN)
    after = rest.split(END)[1]
    with tempfile.TemporaryDirectory() as folder:
        bare = Path(folder) / CONFIG.name
        bare.write_text(before + after, encoding="utf-8")
        shares = coverage(str(bare))
    new = before + BEGIN + "    measures:\n" + "".join([*news_lines(shares), *answer_lines()]) + END + after
    if "--check" in sys.argv[1:]:
        return 0 if new == text else f"{CONFIG} is not what the script makes"
    CONFIG.write_text(new, encoding="utf-8")
    return 0


if __name__ == "__main__":
    sys.exit(main())
