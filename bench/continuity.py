#!/usr/bin/python3
"""Imports against the tariff: 0 to 60 % on Korea's goods in steps of one point, known from the start, year ten, and the largest step.

Usage: bench/continuity.py [--picture FILE.svg] [--worlds N] [--slots N] [NAME:KEY=VALUE,KEY=VALUE...]

Each NAME is a variant, whose keys are parameters; `shipped` is always played. All tariffs are scenarios of one run of
configs/korea-us-2025.yaml, so they have the same draws and differ by nothing but the rate. Needs h5py, numpy, and
matplotlib for the picture. Two minutes a variant on one core."""
import argparse
import os
import subprocess
import tempfile
from pathlib import Path

import h5py
import numpy as np

SOURCE = Path(__file__).resolve().parent.parent
PROGRAM = os.environ.get("ENTREPOT", str(SOURCE / "build" / "release" / "entrepot"))
RATES = range(0, 61)


def regime(rate):
    if rate == 0:
        return "t0: {measures: []}"
    return (f"t{rate}: {{measures: [{{id: on-{rate}, importer: USA, partners: [KOR], except_sectors: [services], rate: "
            f"{rate / 100}, announced: 2025-01-01, effective: 2025-01-01, collected_in_full: true}}]}}")


def played(keys, worlds, slots, folder):
    """Imports of year ten over those without a tariff, per cent, by rate; and the worlds' standard error."""
    settings = {"regimes": "{" + ", ".join(map(regime, RATES)) + "}", "measures": "[]", "beliefs": "{}", "paths": "[]",
                "scenarios": "[" + ", ".join(f"t{rate}" for rate in RATES) + "]", "uncertainty": "{}", "steps": 120,
                "record": "{flows: {origins: [KOR]}}", "replications": worlds, "repeats": 0, "slots": slots, "plants": "[]",
                **{f"parameters.{key}": value for key, value in keys.items()}}
    path = os.path.join(folder, "run.h5")
    words = [PROGRAM, "run", str(SOURCE / "configs/korea-us-2025.yaml"), "-o", path, "--overwrite", "--no-compare", "--quiet"]
    for key, value in settings.items():
        words += ["--set", f"{key}={value}"]
    subprocess.run(words, check=True, stderr=subprocess.DEVNULL)
    with h5py.File(path) as file:
        goods = file["sector"].asstr()[...] != "services"
        flow = list(file["flow"].asstr()[...]).index("KOR-USA")
        year = file["imports"][:, :, -12:, :, flow][..., goods].astype(float).sum(axis=(-1, -2))
    ratio = 100 * year / year[:1] - 100
    return ratio.mean(axis=1), ratio.std(axis=1, ddof=1) / np.sqrt(ratio.shape[1])


def draw(lines, path):
    import matplotlib
    matplotlib.use("svg")
    matplotlib.rcParams.update({"svg.hashsalt": "entrepot", "font.size": 11})
    from matplotlib import pyplot
    figure, axes = pyplot.subplots(figsize=(7, 4))
    for (name, (mean, _)), style in zip(lines.items(), ("--", "-", ":", "-.")):
        axes.plot(list(RATES), mean, style, label=name)
    axes.set(xlabel="tariff on Korea, per cent", ylabel="imports in year ten, per cent of free", xlim=(0, 60))
    axes.grid(axis="y", alpha=0.3)
    axes.legend(frameon=False)
    figure.savefig(path, bbox_inches="tight", metadata={"Date": None})


def main():
    parser = argparse.ArgumentParser(description=__doc__.split("\n", 1)[0])
    parser.add_argument("--picture")
    parser.add_argument("--worlds", type=int, default=8)
    parser.add_argument("--slots", type=int, default=40000)
    parser.add_argument("variants", nargs="*")
    given = parser.parse_args()
    lines = {}
    with tempfile.TemporaryDirectory() as folder:
        for word in ["shipped:", *given.variants]:
            name, _, keys = word.partition(":")
            pairs = dict(pair.split("=") for pair in keys.split(",") if pair)
            lines[name] = played(pairs, given.worlds, given.slots, folder)
    for name, (mean, error) in lines.items():
        steps = np.abs(np.diff(mean))
        at = int(steps.argmax())
        print(f"{name}: " + ", ".join(f"{rate} %: {mean[rate]:.1f}" for rate in (5, 10, 20, 24, 25, 30, 40, 60)))
        print(f"  largest step {steps[at]:.2f} points, from {at} to {at + 1} %; median {np.median(steps):.2f}; standard error "
              f"of the mean at most {error.max():.2f}")
    if given.picture:
        draw(lines, given.picture)


if __name__ == "__main__":
    main()
