#!/usr/bin/python3
"""Pass-through of the shipped calibration, as entrepot compare prints it: at the border 0.90 to 0.97 in the first quarter and
0.80 to 0.90 after a year, weighted with benchmark imports; on the shelf 0.15 to 0.30 after seven months for consumer goods."""

import json
import os
import subprocess
import tempfile
import unittest

import h5py
import numpy as np

PROGRAM = os.environ["ENTREPOT"]
SOURCE = os.environ["ENTREPOT_SOURCE"]
CONSUMER = ("motor_vehicles", "textiles", "food")


class PassThrough(unittest.TestCase):
    def test_shipped_calibration(self):
        with tempfile.TemporaryDirectory() as folder:
            path = os.path.join(folder, "run.h5")
            command = [PROGRAM, "run", os.path.join(SOURCE, "configs/korea-us-2025.yaml"), "-o", path, "--no-compare", "-q"]
            for setting in ("replications=20", "repeats=0", "steps=18"):
                command += ["--set", setting]
            subprocess.run(command, check=True)
            command = [PROGRAM, "compare", path, "--by", "passthrough", "--partner", "USA", "--format", "json"]
            tables = json.loads(subprocess.run(command, check=True, capture_output=True, text=True).stdout)["tables"]
            with h5py.File(path) as file:
                sectors = list(file["sector"].asstr()[...])
                flows = file["flow_destination"].asstr()[...] == "USA"
                imports = dict(zip(sectors, file["benchmark_exports"][:, flows].sum(axis=1)))
        rows = {r["sector"]: r for r in tables[0]["rows"]}
        self.assertGreater(len(rows), 8)
        weight = np.array([imports[s] for s in rows])
        border = {m: np.array([r[f"border_{m}"] for r in rows.values()]) for m in (3, 7, 12)}
        mean = {m: (border[m] * weight).sum() / weight.sum() for m in border}
        print("border, import-weighted:", {m: round(float(x), 3) for m, x in mean.items()})
        print("by sector after a year:", {s: round(r["border_12"], 3) for s, r in rows.items()})
        self.assertTrue(0.90 <= mean[3] <= 0.97)
        self.assertTrue(0.80 <= mean[12] <= 0.90)
        self.assertTrue(mean[3] > mean[7] > mean[12])
        for s, r in rows.items():
            # single sectors: a point more to either side, their worlds differ in exchange rates and productivity
            self.assertTrue(0.89 <= r["border_3"] <= 0.98, (s, r))
            self.assertTrue(0.78 <= r["border_12"] <= 0.92, (s, r))
        shelf = {s: r["retail_7"] for s, r in rows.items() if s in CONSUMER}
        print("retail after seven months:", {s: round(x, 3) for s, x in shelf.items()})
        for s, x in shelf.items():
            self.assertTrue(0.15 <= x <= 0.30, (s, x))


if __name__ == "__main__":
    unittest.main()
