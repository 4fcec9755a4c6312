#!/usr/bin/python3
"""Plays the episode of 2025 (January to June) with a mechanism off and on and prints simulated beside observed US imports: growth of months on
the year before by partner, and the distributed lag regression of imports on the collected rate.

Usage: bench/episodes.py [--slots N] [--worlds N] [NAME:KEY=VALUE,KEY=VALUE...]

NAME:KEY=VALUE is a variant, whose keys are parameters; `off` is always played. The regression, on cells (partner and
group of sectors) of both, is

    ln y_it = a_i + d_t + sum_B b_B [ln(1 + rate) that came k months ago, k in B] + e_it,

of both less the same a year before, which takes out a_i and the season, weighted with the trade of the first year, errors
clustered by cell. Simulated y is what is played (mean over worlds).
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
EU = "AUT BEL DEU ESP FRA IRL ITA NLD SWE".split()
PARTNERS = {"CHN": ["CHN"], "KOR": ["KOR"], "JPN": ["JPN"], "MEX": ["MEX"], "CAN": ["CAN"], "GBR": ["GBR"],
            "VNM": ["VNM"], "TWN": ["TWN"], "IND": ["IND"], "EU27": EU}
# groups whose sectors are the config's; metals (bullion) and chemicals (medicines) are left out, as is oil
GROUPS = {"machinery": (["machinery"], ["333"]), "electronics": (["electronics"], ["334"]),
          "electrical": (["electrical_equipment"], ["335"]), "metal_products": (["metal_products"], ["332"]),
          "textiles": (["textiles"], ["313", "314", "315", "316"]),
          "transport": (["motor_vehicles", "other_transport"], ["336"]),
          "other": (["other_manufactures"], ["321", "322", "323", "326", "327", "337", "339"])}


def observed(months):
    """{(partner, group): (value, duty)} by month, USD, of the shipped file; a group a partner lacks is left out."""
    with gzip.open(SOURCE / "data/observed/us-imports.csv.gz", "rt") as file:
        rows = list(csv.DictReader(file))
    found = {}
    for row in rows:
        found[row["flow"], row["product"], row["measure"]] = np.array([float(row[m] or 0) for m in months])
    cells = {}
    for partner, codes in PARTNERS.items():
        for group, (_, products) in GROUPS.items():
            keys = [(f"{code}-USA", product) for code in codes for product in products]
            keys = [key for key in keys if (*key, "imports") in found and (*key, "duty") in found]
            if keys:
                cells[partner, group] = tuple(sum(found[*key, measure] for key in keys)
                                              for measure in ("imports", "duty"))
    return cells


def simulated(path):
    """The same of a results file, its first scenario, mean over worlds."""
    with h5py.File(path) as file:
        names = {axis: [text.decode() for text in file[axis][()]] for axis in ("flow", "sector")}
        values = {field: file[field][0].astype(float).mean(0) for field in ("imports", "duty")}
    cells = {}
    for partner in PARTNERS:
        for group, (sectors, _) in GROUPS.items():
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


def growth(cells, partner):
    total = sum(value for (code, _), (value, _) in cells.items() if code == partner)
    return 100 * (total[12:] / total[:-12] - 1)


def play(options, parameters, folder):
    path = Path(folder) / "run.h5"
    command = [PROGRAM, "run", str(SOURCE / "configs/history/us-2025.yaml"), "--overwrite", "--no-compare", "-q", "-o", str(path),
               "--set", f"slots={options.slots}", "--set", f"replications={options.worlds}", "--set", "repeats=1",
               "--set", "record.flows.origins=[" + ", ".join(PARTNERS) + "]"]
    for parameter in parameters:
        command += ["--set", f"parameters.{parameter}"]
    subprocess.run(command, check=True, stdout=subprocess.DEVNULL)
    return simulated(path)


def report(name, cells):
    print(f"\n{name}")
    for without, label in (((), "all"), (("CHN",), "without China")):
        b, error = regression(cells, without)
        print(f"  {label:14}", "  ".join(f"{v:6.2f} ({e:.2f})" for v, e in zip(b, error)))
    for partner in PARTNERS:
        print(f"  {partner:14}", " ".join(f"{v:6.0f}" for v in growth(cells, partner)))


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--slots", type=int, default=12000)
    parser.add_argument("--worlds", type=int, default=3)
    parser.add_argument("variants", nargs="*", metavar="NAME:KEY=VALUE,...")
    options = parser.parse_args()
    months = [f"2024-{m:02}" for m in range(1, 13)] + [f"2025-{m:02}" for m in range(1, 7)]
    print("elasticity by months since the change:", "  ".join(f"[{a}..{b if b < 99 else ''}]" for a, b in BINS),
          "; growth of months on the year before, per cent")
    report("observed", observed(months))
    with tempfile.TemporaryDirectory() as folder:
        for variant in ["off:", *options.variants]:
            name, _, parameters = variant.partition(":")
            cells = play(options, [p for p in parameters.split(",") if p], folder)
            report(variant.rstrip(":"), {key: tuple(part[:18] for part in value) for key, value in cells.items()})


if __name__ == "__main__":
    sys.exit(main())
