#!/usr/bin/python3
"""Parameters are recovered: three made-up truths on a small config, each within the 90 % interval of its posterior.

The targets are the means of a truth's moments over 16 seeds, so that they carry little chance of their own; their errors are
the spread of one seed, which every attempt of the calibration carries. A tariff of 25 % and four large exporters in place of
Korea keep that spread small against what the parameters do.
"""

import csv
import io
import os
import subprocess
import tempfile
import unittest

import h5py

PROGRAM = os.environ["ENTREPOT"]
SOURCE = os.environ["ENTREPOT_SOURCE"]
CONFIG = os.path.join(SOURCE, "configs/two-by-two.yaml")
TRUTHS = ({"theta": 0.8, "renewal": 0.5}, {"theta": 1.1, "renewal": 1.1}, {"theta": 1.4, "renewal": 0.8})
LAWS = {"theta": (0.5, 1.7), "renewal": (0.3, 1.5)}
PATHS = {"theta": "uncertainty.parameters[theta].distribution", "renewal": "parameters.renewal_rate"}
MOMENTS = (("early", "2025-08", "2026-01"), ("late", "2026-09", "2027-06"))
SETTINGS = """
seed: 11
replications: 4
set:
  slots: 10000
  steps: 30
  regions: {KOREA: [CHN, DEU, JPN, KOR], WORLD: rest}
  "regimes.tariff.measures[ten-per-cent].rate": 0.25
parameters:
"""


def targets(values, errors, law, population, generations):
    text = f"calibration: truth\npopulation: {population}\ngenerations: {generations}" + SETTINGS
    for name, path in PATHS.items():
        low, high = law[name]
        text += f"  - {{name: {name}, path: '{path}', distribution: {{kind: uniform, low: {low}, high: {high}}}}}\n"
    text += "moments:\n"
    for (name, first, last), value, error in zip(MOMENTS, values, errors):
        text += f"  - {{name: {name}, kind: elasticity, flow: KOREA-WORLD, from: {first}, to: {last},\n"
        text += f"     value: {value:.6f}, error: {error:.6f}, source: made up}}\n"
    return text


def calibrate(folder, name, text):
    path = os.path.join(folder, name + ".yaml")
    with open(path, "w") as file:
        file.write(text)
    posterior = os.path.join(folder, name + ".h5")
    command = [PROGRAM, "calibrate", CONFIG, "--targets", path, "-o", posterior, "--format", "csv", "-q"]
    printed = subprocess.run(command, check=True, capture_output=True, text=True).stdout
    with h5py.File(posterior) as file:
        simulated = file["simulated"][...]
    rows = {}
    for block in printed.split("\n\n"):
        for row in csv.DictReader(io.StringIO(block)):
            if "parameter" in row:
                rows[row["parameter"]] = row
    return rows, simulated


class Recovery(unittest.TestCase):
    def test_three_truths(self):
        with tempfile.TemporaryDirectory() as folder:
            for i, truth in enumerate(TRUTHS):
                at_truth = {name: (value, value) for name, value in truth.items()}
                _, simulated = calibrate(folder, f"truth-{i}", targets((-1.0, -1.0), (1.0, 1.0), at_truth, 16, 1))
                values, errors = simulated.mean(axis=0), simulated.std(axis=0, ddof=1)
                print(f"truth {i}: {truth}, moments {values.round(3)}, spread over seeds {errors.round(3)}")
                rows, _ = calibrate(folder, f"found-{i}", targets(values, errors, LAWS, 40, 4))
                for name, value in truth.items():
                    low, high = float(rows[name]["posterior_q05"]), float(rows[name]["posterior_q95"])
                    print(f"  {name}: {value} in {low:.3f} to {high:.3f}")
                    self.assertTrue(low <= value <= high, (truth, rows[name]))
                # the data must say something: the interval of theta is well inside its prior
                width = float(rows["theta"]["posterior_q95"]) - float(rows["theta"]["posterior_q05"])
                prior = float(rows["theta"]["prior_q95"]) - float(rows["theta"]["prior_q05"])
                self.assertLess(width, 0.8 * prior)


if __name__ == "__main__":
    unittest.main()
