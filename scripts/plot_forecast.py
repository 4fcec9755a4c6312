#!/usr/bin/python3
"""Draw what `entrepot forecast` tells of one partner and product: the observed months, a fan for two scenarios, and their paired
difference below on the same axis.

    entrepot forecast CONFIG --by months,pair --history 30 --format csv >forecast.csv
    scripts/plot_forecast.py forecast.csv PICTURE [TITLE]

PICTURE is .svg, .png or .pdf. The title is what the last month's difference says, unless one is given.
"""
import csv
import datetime
import sys

import matplotlib

matplotlib.use("Agg")
import matplotlib.dates as dates
import matplotlib.pyplot as plt

INK, GREY, GRID = "#1b1f23", "#5a626a", "#e7e5df"
FIRST, LAST, DIFFERENCE = "#1a63ad", "#b9500b", "#0a7a5c"
BILLION = 1e9


def tables(path):
    """Tables of a CSV with an empty line between them."""
    with open(path, encoding="utf-8", newline="") as file:
        lines = [line for line in file.read().split("\n") if not line.startswith("#")]
    table = []
    for line in [*lines, ""]:
        if line:
            table.append(line)
        elif table:
            yield list(csv.DictReader(table))
            table = []


def day(month):
    return datetime.date(int(month[:4]), int(month[5:7]), 15)


def series(rows, column):
    return [float(row[column]) / BILLION for row in rows]


def fan(axis, rows, colour, name, style):
    x = [day(row["month"]) for row in rows]
    axis.fill_between(x, series(rows, "q05"), series(rows, "q95"), color=colour, alpha=0.11, linewidth=0)
    axis.fill_between(x, series(rows, "q25"), series(rows, "q75"), color=colour, alpha=0.24, linewidth=0)
    axis.plot(x, series(rows, "q50"), color=colour, linewidth=2, linestyle=style)
    axis.annotate(f"{name} {float(rows[-1]['q50']) / BILLION:.1f}", (x[-1], float(rows[-1]["q50"]) / BILLION), xytext=(6, 0),
                  textcoords="offset points", va="center", color=colour, fontweight="bold")


def finding(pair, first, last):
    end = pair[-1]
    mean, low, high = (float(end[key]) / BILLION for key in ("level_mean", "level_q05", "level_q95"))
    month = day(end["month"]).strftime("%B %Y")
    if low <= 0.0 <= high:
        return f"In {month}, {first} and {last} cannot be told apart ({low:+.1f} to {high:+.1f} bn USD)"
    more = "more" if mean > 0.0 else "less"
    return f"In {month}, {first} brings {abs(mean):.1f} bn USD a month {more} than {last} ({abs(low):.1f} to {abs(high):.1f})"


def levels(axis, rows, names):
    observed = [row for row in rows if row["scenario"] == "observed"]
    x = [day(row["month"]) for row in observed]
    axis.plot(x, series(observed, "q50"), color=INK, linewidth=1.8)
    axis.plot(x[-1:], series(observed[-1:], "q50"), "o", color=INK, markersize=5)
    axis.annotate("observed", (x[len(x) // 3], float(observed[len(x) // 3]["q50"]) / BILLION), xytext=(0, -16), textcoords="offset points",
                  color=INK, fontweight="bold")
    for name, colour, style in zip(names, (FIRST, LAST), ("-", "--")):
        fan(axis, [row for row in rows if row["scenario"] == name], colour, name, style)
    axis.set_ylabel("bn USD a month", color=GREY)


def difference(axis, pair, names):
    x = [day(row["month"]) for row in pair]
    axis.fill_between(x, series(pair, "level_q05"), series(pair, "level_q95"), color=DIFFERENCE, alpha=0.2, linewidth=0)
    axis.plot(x, series(pair, "level_mean"), color=DIFFERENCE, linewidth=2)
    axis.axhline(0.0, color=INK, linewidth=0.8)
    axis.annotate(f"{names[0]} less {names[1]},\nthe same months", (x[0], 0.0), xytext=(-8, 8), textcoords="offset points", ha="right",
                  color=DIFFERENCE, fontweight="bold")
    axis.annotate(f"{float(pair[-1]['level_mean']) / BILLION:+.1f}", (x[-1], float(pair[-1]["level_mean"]) / BILLION), xytext=(6, 0),
                  textcoords="offset points", va="center", color=DIFFERENCE, fontweight="bold")


def main(path, picture, title=""):
    rows, pair = list(tables(path))[:2]
    key = (pair[0]["partner"], pair[0]["product"])
    rows, pair = ([row for row in table if (row["partner"], row["product"]) == key] for table in (rows, pair))
    names = list(dict.fromkeys(row["scenario"] for row in rows if row["scenario"] != "observed"))
    names = [names[0], names[-1]]
    plt.rcParams.update({"font.size": 10, "svg.fonttype": "none", "svg.hashsalt": "entrepot", "axes.spines.top": False,
                         "axes.spines.right": False})
    figure, (above, below) = plt.subplots(2, 1, figsize=(9, 6), sharex=True, height_ratios=(3, 1))
    levels(above, rows, names)
    difference(below, pair, names)
    for axis in (above, below):
        axis.grid(axis="y", color=GRID)
        axis.tick_params(colors=GREY)
        axis.margins(x=0.02)
    below.xaxis.set_major_locator(dates.MonthLocator(bymonth=(1, 7)))
    below.xaxis.set_major_formatter(dates.DateFormatter("%b %Y"))
    figure.suptitle(title or finding(pair, *names), x=0.02, ha="left", fontsize=13, fontweight="bold", color=INK)
    above.set_title(f"{key[0]}, {key[1]}: as the customs office counts. Inner band half of what is likely, outer band nine tenths.",
                    loc="left", fontsize=9, color=GREY)
    figure.subplots_adjust(left=0.08, right=0.86, top=0.88, bottom=0.07, hspace=0.12)
    figure.savefig(picture, dpi=130, metadata={"Date": None} if picture.endswith(".svg") else None)


if __name__ == "__main__":
    if len(sys.argv) not in (3, 4):
        sys.exit(__doc__)
    main(*sys.argv[1:])
