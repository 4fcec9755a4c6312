#!/usr/bin/env python3
"""Do intervals called 95 % hold? Plays a small config with many seeds and counts how often mean +- 1.96 errors holds
the mean over all seeds: totals, sectors, destinations and payers, levels and differences.

    bench/coverage.py build/release/entrepot [--seeds 200] [--slots 1000 10000 100000] [--repeats 2 5 30]

The mean over the seeds stands for the truth; its own error widens no interval, since it is 1 / sqrt(seeds) of one.
`world` is the error of the mean as another seed would show it, `chance` that from worlds played twice, in the same
config with nothing drawn.
"""
import argparse
import collections
import csv
import io
import math
import os
import subprocess
import sys
import tempfile

CONFIG = """
name: coverage
benchmark: benchmark-2022.h5
calibration: horizon
start: 2025-01-01
steps: 12
burn_in: 3
seed: 1
replications: 8
repeats: 2
slots: 10000
home: KOR
regions: {KOR: [KOR], USA: [USA], CHN: [CHN], ROW: rest}
sectors: {services: [SERVICES], metals: [C24A, C24B], goods: rest}
regimes:
  tariff:
    measures:
      - {id: levy, importer: USA, partners: [KOR, CHN], sectors: [goods, metals], rate: 0.2, announced: 2025-01-01, effective: 2025-03-01}
  no-tariff: {}
scenarios: [tariff, no-tariff]
record:
  flows: {origins: [KOR], destinations: [USA]}
"""
DRAWN = """
uncertainty:
  parameters:
    - {name: theta, parameter: trade_elasticity, sectors: [goods], scale: true, distribution: {kind: lognormal, median: 1, sigma: 0.2, low: 0.667, high: 1.5}}
"""


def run(program, folder, config, seed, slots, replications, repeats):
    """Rows of the tidy comparison of one seed."""
    output = os.path.join(folder, "out.h5")
    subprocess.run([program, "run", config, "-o", output, "--overwrite", "-q", "--no-compare", "--threads", "1",
                    "--seed", str(seed), "--set", f"slots={slots}", "--set", f"replications={replications}",
                    "--set", f"repeats={repeats}"], check=True)
    rows = []
    for by in ("summary,sector,destination", "payers"):
        printed = subprocess.run([program, "compare", output, "--format", "csv", "--partner", "USA", "--by", by],
                                 check=True, capture_output=True, text=True).stdout
        rows += list(csv.DictReader(io.StringIO(printed)))
    return rows


def number(row, name):
    return float(row[name]) if row.get(name) not in (None, "", "NA", "n/a") else math.nan


def kind(row):
    return "payers" if "who" in row else {"summary": "totals", "sector": "sectors",
                                          "destination": "destinations"}[row["by"]]


def pairs(row, which):
    """(name, value, error) of a row."""
    label = tuple(row.get(key, "") for key in ("by", "outcome", "period", "destination", "sector", "who"))
    if "who" in row:
        yield label, number(row, "pays"), number(row, "error")
        return
    error = "error" if which == "world" else "numerical_error"
    yield label + ("difference",), number(row, "difference"), number(row, error)
    yield label + ("level",), number(row, "without"), number(row, "without_" + error)


def coverage(program, folder, which, seeds, slots, repeats):
    """Share of intervals that hold, by kind of number; numbers whose error was not measured are counted apart."""
    config = os.path.join(folder, which + ".yaml")
    with open(config, "w", encoding="utf-8") as file:
        file.write(CONFIG + (DRAWN if which == "world" else ""))
    seen = collections.defaultdict(list)
    for seed in range(1, seeds + 1):
        for row in run(program, folder, config, 7919 * seed, slots, max(8, repeats), repeats):
            for label, value, error in pairs(row, which):
                seen[kind(row), label].append((value, error))
    held, measured, known = collections.Counter(), collections.Counter(), collections.Counter()
    for (group, _), values in seen.items():
        values = [v for v in values if math.isfinite(v[0])]
        truth = sum(v for v, _ in values) / max(1, len(values))
        for value, error in values:
            known[group] += 1
            if math.isfinite(error) and (error > 0 or value != truth):
                measured[group] += 1
                held[group] += abs(value - truth) <= 1.96 * error
    return {group: (held[group] / max(1, measured[group]), measured[group] / known[group]) for group in known}


def main():
    parser = argparse.ArgumentParser(description=__doc__.split("\n", maxsplit=1)[0])
    parser.add_argument("program")
    parser.add_argument("--seeds", type=int, default=200)
    parser.add_argument("--slots", type=int, nargs="+", default=[1000, 10000, 100000])
    parser.add_argument("--repeats", type=int, nargs="+", default=[2, 5, 30])
    options = parser.parse_args()
    groups = ["totals", "sectors", "destinations", "payers"]
    print("error\tslots\trepeats\t" + "\t".join(groups) + "\tmeasured")
    worst = 0.0
    with tempfile.TemporaryDirectory() as folder:
        for which in ("world", "chance"):
            for slots in options.slots:
                for repeats in options.repeats:
                    found = coverage(options.program, folder, which, options.seeds, slots, repeats)
                    shares = [found[group][0] for group in groups if group in found]
                    least = min(found[group][1] for group in found)
                    worst = max([worst] + [abs(share - 0.95) for share in shares])
                    print(f"{which}\t{slots}\t{repeats}\t" + "\t".join(f"{100 * s:.1f}" for s in shares) +
                          f"\t{100 * least:.0f}", flush=True)
    print(f"farthest from 95 %: {100 * worst:.1f} points")
    return 0


if __name__ == "__main__":
    sys.exit(main())
