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
SUSPENDED = datetime.date(2025, 4, 9)
SUSPENDED_UNTIL = datetime.date(2025, 7, 9)  # EO 14266: ninety days

GOODS = {"except_sectors": ["services"]}
# Chips are about half of what the sector electronics buys from Korea, by judgement; computers were not named.
MEDICINES = {"sectors": {"pharmaceuticals": 1, "electronics": 0.5}}

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
#         --scenarios ten-per-cent-stays=0.7,country-rates=0.3 --forecast june.csv
#
""",
}
TAIL = """# Printed by scripts/make_history_configs.py; comments and sources are in korea-us-2025.yaml, the rest in docs/validation.md.

"""

# What was threatened and did not come, or not on that day. Days are those of the news; probabilities are judgements,
# chosen on months up to June 2025 (docs/validation.md).
# (id, news, what is hit, rates, expected from, probability, day threatened, dropped)
THREATS = [
    ("post-of-november", "post of 25 November 2024: Canada, Mexico and China on the first day", GOODS,
     {"CAN": 0.25, "MEX": 0.25, "CHN": 0.10}, "2024-11-25", 0.25, "2025-01-20", "2025-01-20"),
    ("first-of-february", "remarks of 20 January 2025, paused on 3 February", GOODS,
     {"CAN": 0.25, "MEX": 0.25, "CHN": 0.10}, "2025-01-20", 0.3, "2025-02-01", "2025-02-01"),
    ("universal-at-inauguration", "campaign announcement of a universal tariff", GOODS,
     {"all": 0.20}, "2024-11-06", 0.05, "2025-02-01", "2025-01-20"),
    ("universal-in-april", "America First Trade Policy memorandum, 20 January 2025: reports by 1 April", GOODS,
     {"all": 0.20}, "2025-01-13", 0.03, "2025-04-02", "2025-04-02"),
    ("universal-on-loading", "the same, goods at sea spared as in the orders of 1 February", {"basis": "loading", **GOODS},
     {"all": 0.20}, "2025-01-13", 0.05, "2025-04-02", "2025-04-02"),
    ("medicines-and-chips", "speech of 27 January, remarks of 18 February 2025: 25 % or more", MEDICINES,
     {"all": 0.25}, "2025-01-27", 0.4, "2025-04-02", "2025-04-02"),
    ("letter-KOR", "letter of 7 July 2025", GOODS, {"KOR": 0.25}, "2025-07-07", 0.5, "2025-08-01", "2025-07-30"),
    ("letter-JPN", "letter of 7 July 2025", GOODS, {"JPN": 0.25}, "2025-07-07", 0.5, "2025-08-01", "2025-07-22"),
    ("letter-EU27", "letter of 12 July 2025", GOODS, {"EU27": 0.30}, "2025-07-12", 0.5, "2025-08-01", "2025-07-27"),
]
# That the suspended rates come back in July. Neither Korea nor Japan shipped ahead in June.
BACK_IN_JULY = 0.3
# Bullion flown to New York vaults, billion USD a month above what is usual (Census, FT-900 of December 2024 to March
# 2025: finished metal shapes; the trade balance with Switzerland). It is arbitrage between two exchanges, which nobody
# uses up and no importer of the model would buy: put in as it was observed.
BULLION = {"2024-12": 11.0, "2025-01": 20.5, "2025-02": 16.0, "2025-03": 8.0}
# Machines for the plants that Korean makers of batteries and cars were building in the United States, billion USD a
# month above the level of early 2025: general machinery was 1.49 in January 2024, 12.7 from January to October, 13.9 to
# November, 1.04 in January 2025 (data/observed/korea_trade_monthly.csv). The boom ended before any tariff.
PLANT_MACHINES = [("2024-01-01", "2024-05-01", 0.40), ("2024-05-01", "2025-01-01", 0.12)]
# Medicines are dear by weight: a month's stock costs little to keep, and makers can ship several months' sales at once.
MEDICINES_STOCKED = {"stockup_cost": 0.01, "stockup_limit": 4, "stock_adjustment": 2, "capacity_limit": 4}
# How far stocks are run down in waiting is known least: shelves were held nearly full, orders from China were not.
WAITING = {"name": "stockdown-limit", "parameter": "stockdown_limit", "scale": True,
           "distribution": {"kind": "lognormal", "median": 1.5, "sigma": 0.4, "low": 0.5, "high": 4}}
# Carmakers took most of the duty on the price to their own sales companies: Japan's cars to the United States were 20 %
# down in value and 3 % up in number in June 2025 (data/observed/korea_trade_monthly.csv).
INSIDE_CARMAKERS = 0.6
TRANSFER_PRICES = {"name": "transfer-prices", "parameter": "captive_absorption", "scale": True,
                   "distribution": {"kind": "uniform", "low": 0.4, "high": 1.6}}
# Announced for about 2 April on 14 and 18 February 2025.
CARS_EXPECTED = {"from": datetime.date(2025, 2, 14), "probability": 0.5}
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


def threat(name, news, goods, rates, since, probability, day, dropped):
    """Return a threat as a measure that ends on the day it would begin."""
    day, dropped, since = (datetime.date.fromisoformat(text) for text in (day, dropped, since))
    whom = {"partners": "all", "rate": rates["all"]} if "all" in rates else {"rates": rates}
    if since >= SUSPENDED:  # in place of the ten per cent, and as those on what is loaded
        whom = {"set": "reciprocal", "basis": "loading", **whom}
    return {"id": name, "legal": news, "importer": "USA", **whom, **goods, "announced": max(dropped, since),
            "effective": day, "end": day, "end_announced": dropped,
            "anticipated": {"from": since, "probability": probability,
                            **({"news": "hearsay"} if name.startswith("universal-") else {})}}


def suspended(annex, name, since, probability, day, dropped):
    """Return the country rates of Annex I, which may come back when a suspension ends (EO 14266)."""
    rates = {partner: rate for partner, rate in annex["rates"].items() if partner != "CHN"}  # has its own truce
    return threat(name, "EO 14266: suspended until " + day, GOODS, rates, since, probability, day, dropped)


def purchase(name, origin, sector, billion_a_month, since, until):
    """Return what the United States bought on top of what the model explains."""
    return {"id": name, "origin": origin, "destination": "USA", "sector": sector,
            "value": round(12000 * billion_a_month), "from": datetime.date.fromisoformat(since),
            "until": datetime.date.fromisoformat(until)}


def bullion():
    """Return the shipments of bullion."""
    firsts = [f"{month}-01" for month in BULLION] + ["2025-04-01"]
    return [purchase(f"bullion-{month}", "ROW", "nonferrous_metals", value, since, until)
            for (month, value), since, until in zip(BULLION.items(), firsts, firsts[1:])]


def plant_machines():
    """Return the machines of plants under construction."""
    return [purchase(f"plant-machines-{since[:4]}-{since[5:7]}", "KOR", "machinery", value, since, until)
            for since, until, value in PLANT_MACHINES]


def measures(source):
    """Return every measure of the year as it came, none expected before the news of it."""
    out = copy.deepcopy(source["measures"]) + copy.deepcopy(source["regimes"]["deal"]["measures"])
    out = [m for m in out if not m["id"].startswith("universal-")]
    for measure in out:
        measure.pop("anticipated", None)
        if measure["id"].startswith("vehicles-25"):
            measure["anticipated"] = CARS_EXPECTED
    annex = next(m for m in out if m["id"] == "reciprocal-annex-1")
    return out + [threat(*row) for row in THREATS] + [
        suspended(annex, "annex-1-in-july", "2025-04-09", BACK_IN_JULY, "2025-07-09", "2025-07-07")]


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
    config["purchases"] = plant_machines()
    config["sector_parameters"]["motor_vehicles"]["captive_absorption"] = INSIDE_CARMAKERS
    draws["parameters"] += [WAITING, TRANSFER_PRICES]
    for sector in BY_AIR:
        config["sector_parameters"].setdefault(sector, {})["shipping_lag"] = 0
    config["sector_parameters"]["pharmaceuticals"].update(MEDICINES_STOCKED)
    config["captive"].append(OWN_SALES)
    return config


def as_it_came(source):
    """Return the config of the year as it came, against none of it."""
    config = base(source, "us-2025", "US tariffs of 2025, as they came")
    config["regimes"] = {"history": {"measures": measures(source), "purchases": bullion()}, "no-measures": {"measures": []}}
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
    config["purchases"] += bullion()
    config["regimes"] = {
        "ten-per-cent-stays": {"measures": []},
        "country-rates": {"measures": [dict(id="annex-1-again", legal="EO 14257, Annex I, after EO 14266", **back,
                                            announced=datetime.date(2025, 4, 9), effective=SUSPENDED_UNTIL)]}}
    config["beliefs"] = {"signals": [
        {"date": SUSPENDED, "ten-per-cent-stays": 1 - BACK_IN_JULY, "country-rates": BACK_IN_JULY}],
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
