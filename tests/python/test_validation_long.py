#!/usr/bin/python3
"""What docs/validation.md and docs/calibration.md claim of the shipped posterior: in January to June 2025 Korea's total and cars lie
within their 90 % bands in every month and are nearer than no change, the elasticity and the static theory; elasticities in
year one and ten, pass-through at the border and front-loading are where they were estimated."""

import csv
import io
import os
import subprocess
import unittest

PROGRAM = os.environ["ENTREPOT"]
SOURCE = os.environ["ENTREPOT_SOURCE"]
CONFIG = os.path.join(SOURCE, "configs/history/us-2025.yaml")
TARGETS = os.path.join(SOURCE, "configs/calibrations/us-2025-targets.yaml")
POSTERIOR = os.path.join(SOURCE, "data/posterior/us-2025.h5")
OBSERVED = os.path.join(SOURCE, "data/observed/history.csv")


def tables(*arguments):
    """Return the tables that a command prints, each a list of rows."""
    done = subprocess.run([PROGRAM, *arguments, "--format", "csv"], capture_output=True, text=True, check=True)
    return [list(csv.DictReader(io.StringIO(block))) for block in done.stdout.split("\n\n") if block.strip()]


class Validation(unittest.TestCase):
    def test_first_half_of_2025(self):
        months, scores = tables("backtest", CONFIG, "--observed", OBSERVED, "--posterior", POSTERIOR, "--to", "2025-06")
        for sector in ("total", "motor_vehicles"):
            of = [row for row in months if (row["flow"], row["sector"]) == ("KOR-USA", sector)]
            self.assertEqual(len(of), 6)
            for row in of:
                self.assertLessEqual(float(row["q05"]), float(row["observed"]), row)
                self.assertGreaterEqual(float(row["q95"]), float(row["observed"]), row)
            score = next(row for row in scores if (row["flow"], row["sector"]) == ("KOR-USA", sector))
            for other in ("no_change", "elasticity", "static"):
                self.assertLess(float(score["rmse_engine"]), float(score[f"rmse_{other}"]), f"{sector}: {other}")

    def test_structural_moments(self):
        _, moments = tables("calibrate", CONFIG, "--targets", TARGETS, "--predict", POSTERIOR)
        mean = {row["moment"]: float(row["mean"]) for row in moments}
        for name, low, high in (("elasticity-year-1", -1.1, -0.5), ("elasticity-year-10", -2.6, -1.5),
                                ("border", 0.90, 0.97), ("front-loading", 15.0, 22.0)):
            self.assertTrue(low <= mean[name] <= high, f"{name}: {mean[name]}")
        self.assertTrue(all(row["met"] == "yes" for row in moments), moments)


if __name__ == "__main__":
    unittest.main()
