#!/usr/bin/env python3
"""Legal configs that nobody would write: each run ends with finite quantities of the right sign, or says which quantity
left its range (code 76), or why the config is refused (78). Whatever else it does is a fault.

From the source folder: /usr/bin/python3 tests/faults/legal.py [N] [--first SEED] [--program PROGRAM] [--keep]
Each seed is one config: parameters anywhere between their bounds (often at them), shocks, growth, rates, steps of a year,
closures, mechanisms and sizes. A seed can be played again alone: N = 1, --first SEED, --keep."""
import argparse
import collections
import copy
import csv
import os
import random
import shutil
import subprocess
import sys
import tempfile

import h5py
import numpy
import yaml

HERE = os.path.dirname(os.path.abspath(__file__))
FINE, REFUSED, OUT_OF_RANGE = 0, 78, 76
BALANCES = ("tariff_revenue",)  # duty less refunds: of either sign


def parameters(program):
    text = subprocess.run([program, "describe", "--parameters", "--format", "csv"], check=True, capture_output=True,
                          text=True).stdout
    return list(csv.DictReader(text.splitlines()))


def value_between(rng, low, high, default, whole):
    kind = rng.random()
    if kind < 0.4:
        value = rng.choice([low, high])
    elif kind < 0.7 or low < 0 or high <= 0:
        value = rng.uniform(low, high)
    else:
        value = min(high, max(low, default * 10 ** rng.uniform(-2, 2)))
    return round(value) if whole else value


def mutate(config, table, rng):
    """One legal config: a few parameters, and now and then everything else that moves quantities."""
    sectors = list(config["sectors"])
    for _ in range(rng.choice([1, 1, 2, 3, 5, 8])):
        row = rng.choice(table)
        value = value_between(rng, float(row["low"]), float(row["high"]), float(row["default"]),
                              row["type"].startswith(("whole", "integer", "flag")))
        if row["scope"] == "sector" and rng.random() < 0.6:
            config.setdefault("sector_parameters", {}).setdefault(rng.choice(sectors), {})[row["name"]] = value
        else:
            config.setdefault("parameters", {})[row["name"]] = value
    if rng.random() < 0.3:
        config["steps_per_year"] = rng.choice([1, 2, 4, 26, 52])
    if rng.random() < 0.2:
        config["steps"] = rng.choice([1, 3, 60, 300])
    if rng.random() < 0.4:
        config["closure"] = "partial"
    if rng.random() < 0.3:
        config["check"] = True
    if rng.random() < 0.3:
        config["slots"] = rng.choice([100, 200, 5000])
    if rng.random() < 0.3:
        for name in rng.sample(sorted(config["mechanisms"]), 3):
            config["mechanisms"][name] = False
    for shock in config["uncertainty"]["shocks"]:
        if rng.random() < 0.35:
            shock["log_change"]["value"] = rng.choice([-1, 1]) * rng.choice([0.5, 2, 4, 5, rng.uniform(0, 5)])
    for measures in (config["measures"], config["regimes"]["deal"]["measures"], config["regimes"]["no-deal"]["measures"]):
        for measure in measures:
            if "rate" in measure and rng.random() < 0.2:
                measure["rate"] = rng.choice([0, 0.5, 1, 2])
    config["seed"] = rng.randrange(10 ** 6)
    return config


def faults_of_values(path):
    """Names of recorded quantities that are infinite, of the wrong sign, or missing in part."""
    bad = []
    with h5py.File(path, "r") as file:
        for name, dataset in file.items():
            if not isinstance(dataset, h5py.Dataset) or dataset.dtype.kind != "f" or dataset.ndim < 3:
                continue
            values = dataset[()]
            missing = numpy.isnan(values)
            ratio = dataset.attrs.get("units", b"") in (b"1", "1")  # missing where nothing was sold
            if numpy.isinf(values).any() or (name not in BALANCES and (values[~missing] < 0).any()):
                bad.append(name)
            elif missing.any() and not missing.all() and not ratio:
                # what is not recorded is missing for all steps and replications, never here and there
                flat = missing.reshape(missing.shape[0] * missing.shape[1], missing.shape[2], -1)
                if not (flat == flat[:1, :1]).all():
                    bad.append(name + " (missing in part)")
    return bad


def play(program, folder, config):
    path, output = os.path.join(folder, "legal.yaml"), os.path.join(folder, "out.h5")
    with open(path, "w", encoding="utf-8") as file:
        yaml.safe_dump(config, file, sort_keys=False)
    if os.path.exists(output):
        os.remove(output)
    ran = subprocess.run([program, "run", path, "-o", output, "-q", "--no-compare", "--threads", "1"],
                         capture_output=True, text=True, errors="replace", timeout=600, check=False)
    shutil.rmtree(output + ".checkpoint", ignore_errors=True)
    if ran.returncode == FINE:
        return FINE, "; ".join(faults_of_values(output))
    if ran.returncode == OUT_OF_RANGE and all(word in ran.stderr for word in ("step ", "out of its range")):
        return OUT_OF_RANGE, ""
    if ran.returncode == REFUSED and "rule:" in ran.stderr:
        return REFUSED, ""
    return ran.returncode, "code %d: %s" % (ran.returncode, ran.stderr[-600:])


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("n", nargs="?", type=int, default=40)
    parser.add_argument("--first", type=int, default=0)
    parser.add_argument("--program", default=os.environ.get("ENTREPOT", "build/release/entrepot"))
    parser.add_argument("--keep", action="store_true", help="keep the configs of faults in legal-SEED.yaml")
    args = parser.parse_args()
    with open(os.path.join(HERE, "legal.yaml"), encoding="utf-8") as file:
        base = yaml.safe_load(file)
    base["benchmark"] = os.path.join(HERE, "..", "fuzz", "data", "small.h5")
    table = parameters(args.program)
    ends, n_faults = collections.Counter(), 0
    with tempfile.TemporaryDirectory(prefix="entrepot-legal-") as folder:
        for seed in range(args.first, args.first + args.n):
            config = mutate(copy.deepcopy(base), table, random.Random(seed))
            code, fault = play(args.program, folder, config)
            ends[code] += 1
            if fault:
                n_faults += 1
                print("seed %d: %s" % (seed, fault), flush=True)
                if args.keep:
                    shutil.copy(os.path.join(folder, "legal.yaml"), "legal-%d.yaml" % seed)
    print("%d legal configs: %d to their end, %d out of range, %d refused; %d faults"
          % (args.n, ends[FINE], ends[OUT_OF_RANGE], ends[REFUSED], n_faults))
    few = args.n >= 40 and (ends[FINE] < args.n // 4 or ends[OUT_OF_RANGE] == 0)
    if few:
        print("too few of a kind to be a test")
    return 1 if n_faults or few else 0


if __name__ == "__main__":
    sys.exit(main())
