#!/usr/bin/python3
"""Plays an episode, January to June 2025 or 2018-19, with a mechanism off and on and prints simulated beside observed US imports: growth
on the year before by partner, and the distributed lag regression of imports on the collected rate.

Usage: bench/episodes.py [--episode 2018] [--slots N] [--worlds N] [NAME:KEY=VALUE,KEY=VALUE...]

NAME:KEY=VALUE is a variant, whose keys are parameters; `off` is always played. The regression, on cells (partner and
group of sectors) of both, is

    ln y_it = a_i + d_t + sum_B b_B [ln(1 + rate) that came k months ago, k in B] + e_it,

of both less the same a year before, which takes out a_i and the season, weighted with the trade of the first year, errors
clustered by cell. Simulated y is what is played (mean over worlds).

2018-19 lasts longer than a year, so that its y is not growth on the year before: observed, it is less the season of 2014 to 2017 and half of the
trend of these years; simulated, it is ln of what is played with the measures over without. d_t is by group and month, and electronics are left out of the
regression (their demand, not a tariff, moved them). Rates that are to come in one to three months have a coefficient too: buying ahead.
Needs h5py and numpy. A variant takes seconds at the default size.
"""

import argparse
import csv
import gzip
import os
import subprocess
import sys
import tempfile
from pathlib import Path

import h5py
import numpy as np

SOURCE = Path(__file__).resolve().parent.parent
PROGRAM = os.environ.get("ENTREPOT", str(SOURCE / "build" / "release" / "entrepot"))
BINS = [(0, 1), (2, 3), (4, 99)]
# the members that the observed file has; the config plays all
AHEAD_BINS = [(-3, -1), (0, 2), (3, 5), (6, 11), (12, 99)]
EU = "AUT BEL DEU ESP FRA IRL ITA NLD SWE".split()
PARTNERS = {"CHN": ["CHN"], "KOR": ["KOR"], "JPN": ["JPN"], "MEX": ["MEX"], "CAN": ["CAN"], "GBR": ["GBR"],
            "VNM": ["VNM"], "TWN": ["TWN"], "IND": ["IND"], "EU27": EU}
# groups whose sectors are the config's; metals (bullion) and chemicals (medicines) are left out, as is oil
GROUPS = {"machinery": (["machinery"], ["333"]), "electronics": (["electronics"], ["334"]),
          "electrical": (["electrical_equipment"], ["335"]), "metal_products": (["metal_products"], ["332"]),
          "textiles": (["textiles"], ["313", "314", "315", "316"]),
          "transport": (["motor_vehicles", "other_transport"], ["336"]),
          "other": (["other_manufactures"], ["321", "322", "323", "326", "327", "337", "339"])}

PARTNERS_2018 = {"CHN": ["CHN"], "KOR": ["KOR"], "JPN": ["JPN"], "MEX": ["MEX"], "CAN": ["CAN"], "EU27": ["EU27"], "GBR": ["GBR"],
                 "VNM": ["VNM"], "TWN": ["TWN"], "IND": ["IND"], "ASEAN": ["THA", "MYS", "IDN"], "CHE": ["CHE"], "BRA": ["BRA"]}
GROUPS_2018 = {"metals": (["iron_steel", "nonferrous_metals"], ["331"]), "metal_products": (["metal_products"], ["332"]),
               "machinery": (["machinery"], ["333"]), "electronics": (["electronics"], ["334"]),
               "electrical": (["electrical_equipment"], ["335"]), "transport": (["motor_vehicles", "other_transport"], ["336"]),
               "chemicals": (["chemicals", "pharmaceuticals"], ["325"]), "rubber_plastics": (["rubber_plastics"], ["326"]),
               "minerals": (["minerals"], ["327"]), "wood_paper": (["wood_paper"], ["321", "322", "323"]),
               "textiles": (["textiles"], ["313", "314", "315", "316"]),
               "food": (["food"], ["111", "112", "113", "114", "115", "311", "312"]),
               "other": (["other_manufactures"], ["337", "339"])}
SMALLEST = 3e8  # USD in 2017: smaller cells are left out of the regression of 2018-19


def observed(months, partners=None, groups=None):
    """{(partner, group): (value, duty)} by month, USD, of the shipped file; a group a partner lacks is left out."""
    partners, groups = partners or PARTNERS, groups or GROUPS
    with gzip.open(SOURCE / "data/observed/us-imports.csv.gz", "rt") as file:
        rows = list(csv.DictReader(file))
    found = {}
    for row in rows:
        found[row["flow"], row["product"], row["measure"]] = np.array([float(row[m] or 0) for m in months])
    cells = {}
    for partner, codes in partners.items():
        for group, (_, products) in groups.items():
            keys = [(f"{code}-USA", product) for code in codes for product in products]
            keys = [key for key in keys if (*key, "imports") in found and (*key, "duty") in found]
            if keys:
                cells[partner, group] = tuple(sum(found[*key, measure] for key in keys)
                                              for measure in ("imports", "duty"))
    return cells


def simulated(path, partners=None, groups=None, scenario=0):
    """The same of a results file, its first scenario, mean over worlds."""
    with h5py.File(path) as file:
        names = {axis: [text.decode() for text in file[axis][()]] for axis in ("flow", "sector")}
        values = {field: file[field][scenario].astype(float).mean(0) for field in ("imports", "duty")}
    cells = {}
    for partner in partners or PARTNERS:
        for group, (sectors, _) in (groups or GROUPS).items():
            at = [names["sector"].index(sector) for sector in sectors]
            flow = names["flow"].index(f"{partner}-USA")
            cells[partner, group] = tuple(values[field][:, at, flow].sum(1) for field in ("imports", "duty"))
    return cells


def regression(cells, without=()):
    """Coefficients by bin and clustered errors; of growth on the same month a year before."""
    keys = [key for key in cells if key[0] not in without and cells[key][0].min() > 0]
    value = np.stack([cells[key][0] for key in keys])
    rate = np.log1p(np.stack([cells[key][1] for key in keys]) / value)
    growth = np.log(value[:, 12:] / value[:, :-12])
    change = np.diff(rate, axis=1, prepend=rate[:, :1])
    columns = [growth]
    for first, last in BINS:
        lagged = np.zeros_like(value)
        for t in range(value.shape[1]):
            lagged[:, t] = change[:, max(t - last, 0):max(t - first + 1, 0)].sum(1)
        columns.append(lagged[:, 12:] - lagged[:, :-12])
    data = np.stack(columns, 2)
    weight = value[:, :12].sum(1)[:, None, None] * np.ones_like(data[:, :, :1])
    data = data - (data * weight).sum(0) / weight.sum(0)
    y, x = data[..., 0].ravel(), data[..., 1:].reshape(-1, len(BINS))
    w = weight.ravel()
    inverse = np.linalg.inv((x * w[:, None]).T @ x)
    b = inverse @ (x * w[:, None]).T @ y
    score = (x * (w * (y - x @ b))[:, None]).reshape(len(keys), -1, len(BINS)).sum(1)
    return b, np.sqrt(np.diag(inverse @ score.T @ score @ inverse))


def lagged_changes(rate, first, last):
    """Sum of the changes of the log rate that came first to last months ago, by cell and month; what is to come at the end is 0."""
    n = rate.shape[1]
    at = np.arange(n)
    begin, end = np.clip(at - last - 1, 0, n - 1), np.clip(at - first, 0, n - 1)
    return rate[:, end] - rate[:, begin]


def without_effects(data, weight, groups):
    """Less the mean of a cell and the weighted mean of a group in a month, alternately until neither is left."""
    for _ in range(30):
        data = data - data.mean(1, keepdims=True)
        for group in set(groups):
            at = [i for i, name in enumerate(groups) if name == group]
            data[at] -= (data[at] * weight[at, None, None]).sum(0) / weight[at].sum()
    return data


def lag_regression(y, rate, weight, groups):
    """Coefficients and clustered errors by AHEAD_BINS; y and log rate [cell, month]."""
    data = np.stack([y, *(lagged_changes(rate, *span) for span in AHEAD_BINS)], 2)
    data = without_effects(data, weight, groups)
    x, w = data[..., 1:], np.broadcast_to(weight[:, None], y.shape)
    inverse = np.linalg.inv(np.einsum("cti,ctj,ct->ij", x, x, w))
    b = inverse @ np.einsum("cti,ct,ct->i", x, data[..., 0], w)
    score = np.einsum("cti,ct->ci", x, w * (data[..., 0] - x @ b))
    return b, np.sqrt(np.diag(inverse @ score.T @ score @ inverse))


def without_season(value, n_quiet):
    """ln value less the season of the first years and half of their trend, which is let go on."""
    y = np.log(value)
    quiet = y[:, :n_quiet].reshape(len(y), -1, 12)
    season = (quiet - quiet.mean((1, 2), keepdims=True)).mean(1)
    y = y - np.tile(season, y.shape[1] // 12)
    at = np.arange(n_quiet) - (n_quiet - 1) / 2
    slope = (y[:, :n_quiet] * at).sum(1) / (at**2).sum()
    return y - 0.5 * slope[:, None] * (np.arange(y.shape[1]) - n_quiet + 1)


def episode_2018(options):
    """2018-19: data, then each variant, on the same cells with the same weights."""
    months = [f"{year}-{m:02}" for year in range(2014, 2020) for m in range(1, 13)]
    seen = observed(months, PARTNERS_2018, GROUPS_2018)
    keys = [key for key, (value, _) in seen.items()
            if value.min() > 0 and value[36:48].sum() > SMALLEST and key[1] != "electronics"]
    value = np.stack([seen[key][0] for key in keys])
    rate = np.log1p(np.stack([seen[key][1] for key in keys]) / value)
    y, weight = without_season(value, 48), value[:, 36:48].sum(1)
    print("elasticity by months since the change:", "  ".join(f"[{a}..{b if b < 99 else ''}]" for a, b in AHEAD_BINS))
    print("y by partner in half-years from January 2018, 100 log points")

    def show(name, y, rate):
        print(f"\n{name}")
        for label, at in (("all", keys), ("without China", [key for key in keys if key[0] != "CHN"])):
            at = [keys.index(key) for key in at]
            b, error = lag_regression(y[at, -36:], rate[at, -36:], weight[at], [keys[i][1] for i in at])
            print(f"  {label:14}", "  ".join(f"{v:6.2f} ({e:.2f})" for v, e in zip(b, error)))
        for partner in PARTNERS_2018:
            at = [i for i, key in enumerate(keys) if key[0] == partner]
            change = 100 * np.average(y[at] - y[at, -36:-24].mean(1)[:, None], axis=0, weights=weight[at])
            print(f"  {partner:14}", " ".join(f"{half:6.1f}" for half in change[-24:].reshape(4, 6).mean(1)))

    show("observed", y, rate)
    with tempfile.TemporaryDirectory() as folder:
        for variant in ["off:", *options.variants]:
            path = run(options, "us-china-2018", variant, folder)
            with_measures, without = (simulated(path, PARTNERS_2018, GROUPS_2018, scenario) for scenario in (0, 1))
            ratio, rates = [], []
            for key in keys:
                (a, duty), (b, duty_before) = with_measures[key], without[key]
                if min(a.min(), b.min()) <= 0:
                    sys.exit(f"{key}: nothing arrives in a month: more slots")
                ratio.append(np.log(a / b))
                rates.append(np.log((1 + duty / a) / (1 + duty_before / b)))
            show(variant.rstrip(":"), np.stack(ratio), np.stack(rates))


def growth(cells, partner):
    total = sum(value for (code, _), (value, _) in cells.items() if code == partner)
    return 100 * (total[12:] / total[:-12] - 1)


def run(options, config, variant, folder, *settings):
    """Play a config with the parameters of a variant, NAME:KEY=VALUE,...; the results file."""
    path = Path(folder) / "run.h5"
    command = [PROGRAM, "run", str(SOURCE / f"configs/history/{config}{options.variant}.yaml"), "--overwrite", "--no-compare", "-q", "-o", str(path),
               "--set", f"slots={options.slots}", "--set", f"slot_focus.USA={options.focus}", "--set", f"replications={options.worlds}", "--set", "repeats=1"]
    parameters = variant.partition(":")[2]
    for setting in [*settings, *options.set, *(f"parameters.{parameter}" for parameter in parameters.split(",") if parameter)]:
        command += ["--set", setting]
    subprocess.run(command, check=True, stdout=subprocess.DEVNULL)
    return path


def report(name, cells):
    print(f"\n{name}")
    for without, label in (((), "all"), (("CHN",), "without China")):
        b, error = regression(cells, without)
        print(f"  {label:14}", "  ".join(f"{v:6.2f} ({e:.2f})" for v, e in zip(b, error)))
    for partner in PARTNERS:
        print(f"  {partner:14}", " ".join(f"{v:6.0f}" for v in growth(cells, partner)))


def episode_2025(options):
    months = [f"2024-{m:02}" for m in range(1, 13)] + [f"2025-{m:02}" for m in range(1, 7)]
    print("elasticity by months since the change:", "  ".join(f"[{a}..{b if b < 99 else ''}]" for a, b in BINS),
          "; growth of months on the year before, per cent")
    report("observed", observed(months))
    with tempfile.TemporaryDirectory() as folder:
        for variant in ["off:", *options.variants]:
            cells = simulated(run(options, "us-2025", variant, folder, "record.flows.origins=[" + ", ".join(PARTNERS) + "]"))
            report(variant.rstrip(":"), {key: tuple(part[:18] for part in value) for key, value in cells.items()})


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--episode", choices=("2018", "2025"), default="2025")
    parser.add_argument("--variant", default="", metavar="-related", help="configs/history/NAME-related.yaml in place of NAME.yaml")
    parser.add_argument("--slots", type=int, default=12000)
    parser.add_argument("--focus", type=float, default=4, help="slots of a US market against others (default: 4, the config's)")
    parser.add_argument("--worlds", type=int, default=3)
    parser.add_argument("--set", action="append", default=[], metavar="PATH=VALUE", help="a key of the config, in every variant")
    parser.add_argument("variants", nargs="*", metavar="NAME:KEY=VALUE,...")
    options = parser.parse_args()
    if options.episode == "2018":
        episode_2018(options)
    else:
        episode_2025(options)


if __name__ == "__main__":
    sys.exit(main())
