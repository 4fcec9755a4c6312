#!/usr/bin/env python3
"""Make the files of observations that forecasts start from, data/observed/{us-imports.csv.gz,korea-exports.csv,
working-days.csv}, from committed tables.

One row is one series in one vintage (the month whose release it stood in), one column a month. An empty cell is a month
that is not known in that vintage; a later vintage holds only what is new or revised. Nothing after LAST is used.

Usage: scripts/make_observations.py [--folder FOLDER] [--check]
"""

import argparse
import calendar
import csv
import datetime
import gzip
import io
import lzma
import sys
from pathlib import Path

DATA = Path(__file__).resolve().parent.parent / "data"
RAW = DATA / "raw" / "us_imports_monthly" / "us_imports_naics3_partner_2013_202506.csv.xz"
FIRST, LAST, DAYS_UNTIL = "2013-01", "2025-06", "2030-12"
KEYS = ["vintage", "flow", "product", "measure", "unit", "basis", "source"]
CENSUS = "US Census Bureau, by way of us-imports-hs2 (MIT)"
PARTNERS = {
    "AUSTRALIA": "AUS", "AUSTRIA": "AUT", "BELGIUM": "BEL", "BRAZIL": "BRA", "CANADA": "CAN", "CHILE": "CHL",
    "CHINA": "CHN", "COLOMBIA": "COL", "EUROPEAN UNION": "EU27", "FRANCE": "FRA", "GERMANY": "DEU", "INDIA": "IND",
    "INDONESIA": "IDN", "IRELAND": "IRL", "ISRAEL": "ISR", "ITALY": "ITA", "JAPAN": "JPN", "KOREA, SOUTH": "KOR",
    "MALAYSIA": "MYS", "MEXICO": "MEX", "NETHERLANDS": "NLD", "RUSSIA": "RUS", "SAUDI ARABIA": "SAU",
    "SINGAPORE": "SGP", "SPAIN": "ESP", "SWEDEN": "SWE", "SWITZERLAND": "CHE", "TAIWAN": "TWN", "THAILAND": "THA",
    "UNITED KINGDOM": "GBR", "VIETNAM": "VNM", "TOTAL FOR ALL COUNTRIES": "WLD"}
WITH_UK_UNTIL = "2017-12"  # the table's European Union holds the United Kingdom until then


def months(first, last):
    while first <= last:
        yield first
        year, number = (int(part) for part in first.split("-"))
        first = f"{year + number // 12}-{number % 12 + 1:02d}"


def text_of(rows, columns):
    out = io.StringIO()
    writer = csv.writer(out, lineterminator="\n")
    writer.writerow(KEYS + columns)
    writer.writerows(rows)
    return out.getvalue()


def read_imports():
    """{(partner, product): {month: (value, duty)}}, the European Union without the United Kingdom."""
    table = {}
    with lzma.open(RAW, "rt", encoding="utf-8") as file:
        for row in csv.DictReader(file):
            code = PARTNERS.get(row["partner"])
            if code and FIRST <= row["month"] <= LAST:
                table.setdefault((code, row["naics3"]), {})[row["month"]] = (
                    int(row["imports_consumption_usd"]), int(row["calc_duty_usd"]))
    for (code, product), values in table.items():
        if code == "EU27":
            for month in values:
                if month <= WITH_UK_UNTIL:
                    uk = table.get(("GBR", product), {}).get(month, (0, 0))
                    values[month] = (values[month][0] - uk[0], values[month][1] - uk[1])
    return table


def us_imports():
    columns = list(months(FIRST, LAST))
    rows = []
    for (code, product), values in sorted(read_imports().items()):
        source = CENSUS + ("; the European Union less the United Kingdom until 2017" if code == "EU27" else "")
        for k, (measure, basis) in enumerate((("imports", "imports for consumption, customs value, by month of entry"),
                                              ("duty", "calculated duty, by month of entry"))):
            cells = [values.get(month, (0, 0))[k] for month in columns]
            rows.append([LAST, f"{code}-USA", "total" if product == "00" else product, measure, "USD", basis, source]
                        + cells)
    return text_of(rows, columns)


def korea_exports():
    """Korea's own monthly series: those of history.csv that are levels in million USD."""
    wanted = {("KOR-USA", "total"): "all goods", ("KOR-WLD", "total"): "all goods",
              ("KOR-USA", "motor_vehicles"): "cars without parts (MTI 741)",
              ("KOR-USA", "electronics"): "DRAM modules (HS 8473304060)",
              ("KOR-USA", "electrical_equipment"): "batteries (HS 850760)",
              ("KOR-USA", "iron_steel"): "iron and steel"}
    with open(DATA / "observed" / "history.csv", encoding="utf-8") as file:
        table = list(csv.DictReader(file))
    columns = list(months("2023-01", LAST))
    rows = []
    for (flow, sector), words in wanted.items():
        values = {r["month"]: r["value"] for r in table if (r["flow"], r["sector"]) == (flow, sector)}
        rows.append([LAST, flow, sector, "exports", "million USD", f"exports FOB, by month of shipment; {words}",
                     "Korea Customs Service and trade ministry: history.csv has the source of each month"]
                    + [values.get(month, "") for month in columns])
    return text_of(rows, columns)


def nth(year, month, weekday, n):
    """The n-th such weekday of a month, the last one for -1."""
    days = [d for d in range(1, calendar.monthrange(year, month)[1] + 1)
            if datetime.date(year, month, d).weekday() == weekday]
    return datetime.date(year, month, days[n - 1] if n > 0 else days[-1])


def federal_holidays(year):
    """5 U.S.C. 6103, each on the weekday it is kept on."""
    fixed = [(1, 1), (7, 4), (11, 11), (12, 25)] + ([(6, 19)] if year >= 2021 else [])
    for month, day in fixed:
        date = datetime.date(year, month, day)
        yield date + datetime.timedelta({5: -1, 6: 1}.get(date.weekday(), 0))
    for month, weekday, n in ((1, 0, 3), (2, 0, 3), (5, 0, -1), (9, 0, 1), (10, 0, 2), (11, 3, 4)):
        yield nth(year, month, weekday, n)


def american_days(month):
    year, number = (int(part) for part in month.split("-"))
    holidays = {day for y in (year, year + 1) for day in federal_holidays(y)}
    dates = [datetime.date(year, number, d + 1) for d in range(calendar.monthrange(year, number)[1])]
    return sum(day.weekday() < 5 and day not in holidays for day in dates)


def working_days():
    columns = list(months(FIRST, DAYS_UNTIL))
    with open(DATA / "observed" / "history.csv", encoding="utf-8") as file:
        korean = {r["month"]: r["working_days"] for r in csv.DictReader(file)
                  if (r["flow"], r["sector"]) == ("KOR-USA", "total")}
    return text_of([
        ["", "USA", "", "working_days", "days", "weekdays that are no federal holiday", "5 U.S.C. 6103"]
        + [american_days(month) for month in columns],
        ["", "KOR", "", "working_days", "days", "weekdays 1, Saturdays 1/2, public holidays 0", "history.csv"]
        + [korean.get(month, "") for month in columns]], columns)


def write(path, text):
    data = text.encode("utf-8")
    path.write_bytes(gzip.compress(data, 9, mtime=0) if path.suffix == ".gz" else data)


def read(path):
    data = path.read_bytes()
    return (gzip.decompress(data) if path.suffix == ".gz" else data).decode("utf-8")


def main():
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("--folder", type=Path, default=DATA / "observed")
    parser.add_argument("--check", action="store_true", help="compare with the files instead of writing them")
    arguments = parser.parse_args()
    made = {"us-imports.csv.gz": us_imports, "korea-exports.csv": korea_exports, "working-days.csv": working_days}
    for name, function in made.items():
        path, text = arguments.folder / name, function()
        if not arguments.check:
            write(path, text)
        elif read(path) != text:
            sys.exit(f"{path} is not what the committed tables give")


if __name__ == "__main__":
    main()
