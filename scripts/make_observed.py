#!/usr/bin/env python3
"""Make data/observed/history.csv, the series a backtest is scored on, from the raw observations beside it.

Columns: month, flow (origin-destination), sector (of the history config, or total), value (million USD, or an index
where the source says so), working_days (of the origin; of nobody for WLD), source. A missing month has an empty value.
Nothing after LAST is used, even where a raw file goes on.

Working days follow the ministry's rule, which gives every published number of 2024 and 2025 (checked on every run): a
weekday counts one, a Saturday a half, a public holiday and the first of May nothing.

Usage: scripts/make_observed.py [--output FILE] [--check]
"""

import argparse
import calendar
import csv
import datetime
import io
import sys
from pathlib import Path

OBSERVED = Path(__file__).resolve().parent.parent / "data" / "observed"
FIRST, LAST = "2023-01", "2025-06"
MILLION = 1000.0  # the raw files are in billion USD

HOLIDAYS = {datetime.date.fromisoformat(day) for day in """
    2023-01-01 2023-01-21 2023-01-22 2023-01-23 2023-01-24 2023-03-01 2023-05-01 2023-05-05 2023-05-27 2023-05-29
    2023-06-06 2023-08-15 2023-09-28 2023-09-29 2023-09-30 2023-10-02 2023-10-03 2023-10-09 2023-12-25
    2024-01-01 2024-02-09 2024-02-10 2024-02-12 2024-03-01 2024-04-10 2024-05-01 2024-05-06 2024-05-15 2024-06-06
    2024-08-15 2024-09-16 2024-09-17 2024-09-18 2024-10-01 2024-10-03 2024-10-09 2024-12-25
    2025-01-01 2025-01-27 2025-01-28 2025-01-29 2025-01-30 2025-03-01 2025-03-03 2025-05-01 2025-05-05 2025-05-06
    2025-06-03 2025-06-06""".split()}


def read(name):
    """Rows of a raw file, notes below an empty line left out."""
    text = (OBSERVED / name).read_text(encoding="utf-8").split("\n\n")[0]
    return list(csv.DictReader(io.StringIO(text)))


def working_days(month):
    """Days worked in a month of Korea's calendar."""
    year, number = (int(part) for part in month.split("-"))
    days = [datetime.date(year, number, d + 1) for d in range(calendar.monthrange(year, number)[1])]
    return sum((1.0 if d.weekday() < 5 else 0.5 if d.weekday() == 5 else 0.0) for d in days if d not in HOLIDAYS)


def check_working_days():
    for row in read("calendar_and_fx.csv"):
        published = row["korea_working_days"]
        if row["month"] <= LAST and published and float(published) != working_days(row["month"]):
            sys.exit(f"working days of {row['month']}: {working_days(row['month'])} by the rule, {published} published")


def months():
    month = FIRST
    while month <= LAST:
        yield month
        year, number = (int(part) for part in month.split("-"))
        month = f"{year + number // 12}-{number % 12 + 1:02d}"


def monthly(item, measure, reporter="KOR", bases=None):
    """{month: (value, source)} of single months of one item to the United States; the first row of a month wins."""
    found = {}
    for row in read("korea_trade_monthly.csv"):
        single = len(row["month"]) == 7 and row["month"][4] == "-" and row["month"][5:].isdigit()
        if (single and row["reporter"] == reporter and row["partner"] == "USA" and row["item"] == item
                and row["measure"] == measure and (bases is None or row["basis"] in bases)):
            found.setdefault(row["month"], (float(row["value"]), f"{row['basis']}: {row['source']}"))
    return found


def from_core(column):
    """{month: (value, source)} of a column of korea_us_core.csv."""
    return {row["month"]: (MILLION * float(row[column]), "korea_us_core.csv") for row in read("korea_us_core.csv")}


def with_year_before(levels, growth):
    """Levels, and where the year before is missing that of a month over one and its published growth."""
    full = dict(levels)
    for month, (percent, source) in growth.items():
        before = f"{int(month[:4]) - 1}{month[4:]}"
        if month in levels and before not in levels:
            full[before] = (levels[month][0] / (1.0 + percent / 100.0), f"level of {month} over growth, {source}")
    return full


def korean_total():
    levels = {m: (MILLION * v, s) for m, (v, s) in monthly("total", "level_usd_bn").items() if m < "2024"}
    levels.update(from_core("total_usd_bn"))
    return with_year_before(levels, monthly("total", "yoy_pct"))


def korean_exports():
    """Exports to all the world; of months that two rows give the first."""
    found = {}
    for row in read("korea_trade_monthly.csv"):
        if (row["reporter"], row["partner"], row["item"]) == ("KOR", "WLD", "total") and row["basis"] == "motie":
            found.setdefault(row["measure"], {}).setdefault(row["month"], (float(row["value"]), row["source"]))
    months_only = {kind: {m: v for m, v in rows.items() if m[4:] != "-FY" and len(m) == 7}
                   for kind, rows in found.items()}
    levels = {m: (MILLION * v, s) for m, (v, s) in months_only["level_usd_bn"].items()}
    return with_year_before(levels, months_only["yoy_pct"])


def millions(item):
    return {m: (MILLION * v, s) for m, (v, s) in monthly(item, "level_usd_bn").items()}


def korean_steel():
    final = ["customs (KITA)"]
    levels = {m: (MILLION * v, s) for m, (v, s) in monthly("steel", "level_usd_bn", bases=final).items()}
    return with_year_before(levels, monthly("steel", "yoy_pct", bases=final))


def chinese_total():
    """Levels where published; March by its growth only, on an index of its own (growth is all that is scored)."""
    levels = {m: (MILLION * v, s) for m, (v, s) in monthly("total", "level_usd_bn", reporter="CHN").items()}
    growth, source = monthly("total", "yoy_pct", reporter="CHN")["2025-03"]
    levels["2024-03"] = (100.0, "index, 2024-03 = 100")
    levels["2025-03"] = (100.0 + growth, f"index, 2024-03 = 100, {source}")
    return levels


# Yen for a dollar, mean of the month (Federal Reserve, G.5): Japan publishes growth in yen.
YEN = {"2024-05": 155.87, "2024-06": 157.86, "2025-05": 144.8, "2025-06": 144.5}


def japanese(item):
    """Growth in dollars from growth in yen, on an index of the year before = 100 (growth is all that is scored)."""
    found = {}
    for month, (percent, source) in monthly(item, "yoy_pct", reporter="JPN").items():
        before = f"{int(month[:4]) - 1}{month[4:]}"
        found[before] = (100.0, f"index, {before} = 100")
        found[month] = ((100.0 + percent) * YEN[before] / YEN[month],
                        f"index, {before} = 100, growth in yen over the yen's mean rates: {source}")
    return found


def american_imports():
    """Real goods imports as a per cent of trend: growth of this index is growth against trend."""
    found, year = {}, None
    for row in read("impact_F14_trade_deviation.csv"):
        name, *given = row["Date"].split()
        year = int(given[0]) if given else year
        month = f"{year}-{list(calendar.month_abbr).index(name):02d}"
        found[month] = (100.0 + float(row["Imports"]), "index, trend = 100: impact_F14_trade_deviation.csv")
    return found


def series():
    yield "KOR-USA", "total", korean_total()
    yield "KOR-WLD", "total", korean_exports()
    yield "KOR-USA", "motor_vehicles", from_core("autos_usd_bn")  # MTI 741: cars; parts are not among them
    yield "KOR-USA", "electronics", millions("DRAM modules (HS8473304060)")
    yield "KOR-USA", "electrical_equipment", millions("li-ion batteries (HS850760)")
    yield "KOR-USA", "iron_steel", korean_steel()
    yield "CHN-USA", "total", chinese_total()
    yield "JPN-USA", "total", japanese("total")
    yield "JPN-USA", "motor_vehicles", japanese("autos (value)")
    yield "WLD-USA", "total", american_imports()


def make():
    out = io.StringIO()
    writer = csv.writer(out, lineterminator="\n")
    writer.writerow(["month", "flow", "sector", "value", "working_days", "source"])
    for flow, sector, values in series():
        span = [m for m in months() if min(values) <= m <= max(values)]
        for month in span:
            value, source = values.get(month, (None, "not published"))
            days = f"{working_days(month):g}" if flow.startswith("KOR") else ""
            writer.writerow([month, flow, sector, "" if value is None else f"{value:.6g}", days, source])
    return out.getvalue()


def main():
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("--output", type=Path, default=OBSERVED / "history.csv")
    parser.add_argument("--check", action="store_true", help="compare with the file instead of writing it")
    arguments = parser.parse_args()
    check_working_days()
    text = make()
    if arguments.check:
        if arguments.output.read_text(encoding="utf-8") != text:
            sys.exit(f"{arguments.output} is not what the raw observations give")
        return
    arguments.output.write_text(text, encoding="utf-8")


if __name__ == "__main__":
    main()
