#!/usr/bin/env python3
"""Write configs/history/us-2025.yaml and us-2025-june.yaml: the year 2025 as it came, and as it looked on 30 June.

    scripts/make_history_configs.py

Measures, mechanisms, parameters and the won are those of configs/korea-us-2025.yaml, played from January 2024 so that
growth on the year before is simulated on simulated.
"""

import copy
import csv
import datetime
import math
from pathlib import Path

import yaml

from make_scale_configs import SOURCE, Dumper

FOLDER = SOURCE.parent / "history"
OBSERVED = SOURCE.parent.parent / "data" / "observed"
JUNE = datetime.date(2025, 6, 30)  # the last day whose news us-2025-june.yaml knows
SUSPENDED_UNTIL = datetime.date(2025, 7, 9)  # EO 14266: ninety days

HEADS = {
    "us-2025": """# US tariffs of 2025 as they were announced and came, January 2024 to December 2025, against a year without them:
#
#     entrepot backtest configs/history/us-2025.yaml --observed data/observed/history.csv
#
""",
    "us-2025-june": """# The same up to 30 June 2025 with nothing that became public later. From then on two futures: ten per cent
# stay, or the suspended country rates of Annex I come back on 9 July.
#
#     entrepot backtest configs/history/us-2025-june.yaml --observed data/observed/history.csv \\
#         --scenarios ten-per-cent-stays=0.55,country-rates=0.45 --forecast june.csv
#
""",
}
TAIL = """# Printed by scripts/make_history_configs.py; comments and sources are in korea-us-2025.yaml, the rest in docs/validation.md.

"""

# Letters of July 2025: threats that deals took back, each held likely until then.
LETTERS = [
    # (partner, rate, expected from, probability, dropped)
    ("KOR", 0.25, (2025, 4, 9), 0.5, (2025, 7, 30)),
    ("JPN", 0.25, (2025, 7, 7), 0.5, (2025, 7, 22)),
    ("EU27", 0.30, (2025, 7, 12), 0.5, (2025, 7, 27)),
]
# US demand for electronics that no tariff hit: Korea's chip exports to all the world (data/observed) by quarter over
# their mean of 2024; chips and parts of computers are about six tenths of what the sector buys from Korea.
CHIPS = 0.6


def chip_boom():
    """Return the demand path of US electronics, from months up to June 2025 only."""
    quarters = {}
    with open(OBSERVED / "korea_trade_monthly.csv", encoding="utf-8") as file:
        for row in csv.DictReader(file):
            kind = (row["reporter"], row["partner"], row["item"], row["measure"])
            if kind == ("KOR", "WLD", "semiconductors", "level_usd_bn") and row["month"] <= f"{JUNE:%Y-%m}":
                year, month = (int(part) for part in row["month"].split("-"))
                quarters.setdefault((year, (month - 1) // 3), []).append(float(row["value"]))
    mean = sum(sum(values) for (year, _), values in quarters.items() if year == 2024) / 12.0
    points = [{"date": datetime.date(year, 3 * quarter + 2, 15),
               "log_change": round(CHIPS * math.log(sum(values) / 3.0 / mean), 4)}
              for (year, quarter), values in sorted(quarters.items())]
    return {"kind": "demand", "region": "USA", "sectors": ["electronics"], "points": points}


# Months to arrive: what is dear by weight goes by air and is through customs in the month it is shipped.
BY_AIR = ("electronics", "pharmaceuticals")
# Korean makers of batteries ship to their own plants in the United States, those of electronics to their own sales
# companies, as carmakers do to theirs: the cars' share, by judgement.
OWN_SALES = {"origins": ["KOR"], "destinations": ["USA"], "sectors": ["electronics", "electrical_equipment"],
             "share": 0.7}


def letter(partner, rate, since, probability, dropped):
    """Return a threat as a measure that ends on the day it would begin."""
    return {"id": f"letter-{partner}", "legal": "letters of 7 to 12 July 2025", "set": "reciprocal", "importer": "USA",
            "rates": {partner: rate}, "except_sectors": ["services"], "basis": "loading",
            "announced": datetime.date(*dropped), "effective": datetime.date(2025, 8, 1),
            "end": datetime.date(2025, 8, 1), "end_announced": datetime.date(*dropped),
            "anticipated": {"from": datetime.date(*since), "probability": probability}}


def measures(source):
    """Return every measure of the year as it came."""
    out = copy.deepcopy(source["measures"]) + copy.deepcopy(source["regimes"]["deal"]["measures"])
    for measure in out:
        if measure["id"] == "reciprocal-korea-15":
            measure["anticipated"] = {"from": datetime.date(2025, 4, 9), "probability": 0.5}
    return out + [letter(*row) for row in LETTERS]


def base(source, name, title):
    """Return what both configs share."""
    config = copy.deepcopy(source)
    config.update(name=name, title=title, start=datetime.date(2024, 1, 1), steps=24, burn_in=12, replications=60,
                  repeats=10, slots=100000)
    for key in ("regimes", "beliefs", "scenarios", "measures"):
        del config[key]
    draws = config["uncertainty"]
    del draws["beliefs"], draws["dates"]
    draws["shocks"] = [shock for shock in draws["shocks"] if shock["from"] <= datetime.date(2025, 1, 1)]
    for shock in draws["shocks"]:
        if shock["name"] == "us-electronics":
            shock["log_change"]["mean"] = 0  # the boom is in the path below
    config["paths"].append(chip_boom())
    for sector in BY_AIR:
        config["sector_parameters"].setdefault(sector, {})["shipping_lag"] = 0
    config["captive"].append(OWN_SALES)
    return config


def as_it_came(source):
    """Return the config of the year as it came, against none of it."""
    config = base(source, "us-2025", "US tariffs of 2025, as they came")
    config["regimes"] = {"history": {"measures": measures(source)}, "no-measures": {"measures": []}}
    config["scenarios"] = ["history", "no-measures"]
    return config


def as_of_june(source):
    """Return the config that knows what was public on 30 June 2025."""
    config = base(source, "us-2025-june", "US tariffs of 2025, as known on 30 June")
    known = [m for m in measures(source) if m["announced"] <= JUNE]
    annex = next(m for m in known if m["id"] == "reciprocal-annex-1")
    back = {key: annex[key] for key in ("set", "importer", "rates", "except_sectors", "basis")}
    back["rates"] = {partner: rate for partner, rate in back["rates"].items() if partner != "CHN"}  # has its own truce
    config["measures"] = known
    config["regimes"] = {
        "ten-per-cent-stays": {"measures": []},
        "country-rates": {"measures": [dict(id="annex-1-again", legal="EO 14257, Annex I, after EO 14266", **back,
                                            announced=datetime.date(2025, 4, 9), effective=SUSPENDED_UNTIL)]}}
    config["beliefs"] = {"signals": [
        {"date": datetime.date(2025, 4, 9), "ten-per-cent-stays": 0.5, "country-rates": 0.5},
        {"date": datetime.date(2025, 6, 4), "ten-per-cent-stays": 0.55, "country-rates": 0.45}],
        "resolved": SUSPENDED_UNTIL}
    config["scenarios"] = list(config["regimes"])
    for path in config["paths"]:
        path["points"] = [point for point in path["points"] if point["date"] <= JUNE]
    return config


def text_of(config):
    """Return a config as it stands in its file."""
    return HEADS[config["name"]] + TAIL + yaml.dump(config, Dumper=Dumper, sort_keys=False, default_flow_style=None,
                                                    width=118, allow_unicode=True)


def configs():
    """Return both configs."""
    source = yaml.safe_load(SOURCE.read_text(encoding="utf-8"))
    return [as_it_came(source), as_of_june(source)]


def main():
    """Write both configs."""
    FOLDER.mkdir(exist_ok=True)
    for config in configs():
        (FOLDER / f"{config['name']}.yaml").write_text(text_of(config), encoding="utf-8")


if __name__ == "__main__":
    main()
