#!/usr/bin/python3
"""Benchmark replication through the program: the shipped config with its measures and uncertainty emptied.

Every bilateral sector flow above 1 bn USD a year stays within four standard errors of its data value in every year of
ten, every region's imports within 0.5 % and every sector's total within 1 %, stocks on.
"""

import os
import subprocess
import tempfile
import unittest

import h5py
import numpy as np

PROGRAM = os.environ["ENTREPOT"]
SOURCE = os.environ["ENTREPOT_SOURCE"]
YEARS, REPLICATIONS = 10, 200
LARGE = 1000.0  # million USD a year
EMPTY = [
    "measures=[]",
    "regimes.deal.measures=[]",
    "regimes.no-deal.measures=[]",
    "scenarios=[deal]",
    "uncertainty={}",
    "paths=[]",
    "record={flows: {origins: all}}",
    f"steps={12 * YEARS}",
    f"replications={REPLICATIONS}",
    "repeats=0",
    "slots=300000",
    "seed=3",
]


class BenchmarkReplication(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.folder = tempfile.TemporaryDirectory()
        path = os.path.join(cls.folder.name, "benchmark.h5")
        command = [PROGRAM, "run", os.path.join(SOURCE, "configs/korea-us-2025.yaml"), "-o", path, "--no-compare"]
        for setting in EMPTY:
            command += ["--set", setting]
        subprocess.run(command, check=True)
        with h5py.File(path) as file:
            # [scenario, replication, time, sector, flow] -> [replication, year, sector, flow]
            monthly = file["exports"][0].astype(float)
            cls.data = file["benchmark_exports"][...]
            cls.revenue = file["revenue"][0].astype(float)
            cls.destination = file["flow_destination"].asstr()[...]
        cls.year = monthly.reshape(REPLICATIONS, YEARS, 12, *monthly.shape[2:]).sum(axis=2)

    @classmethod
    def tearDownClass(cls):
        cls.folder.cleanup()

    def test_flows_stay_within_four_standard_errors(self):
        mean = self.year.mean(axis=0)
        # 14,680 flows and years: of so many independent normal numbers one lies beyond four standard errors in most
        # samples, so the seed is fixed; the share beyond two is the test of the whole distribution
        error = np.sqrt(self.year.var(axis=0, ddof=1) / REPLICATIONS)
        large = self.data > LARGE
        worst = (np.abs(mean - self.data) / np.where(error > 0, error, np.inf))[:, large]
        print(f"{large.sum()} flows above 1 bn USD, {YEARS} years: largest deviation {worst.max():.2f} standard errors,"
              f" {np.mean(worst > 2):.3%} beyond two")
        self.assertGreater(large.sum(), 500)
        self.assertLess(worst.max(), 4.0)
        self.assertLess(np.mean(worst > 2.0), 0.055)

    def test_imports_by_region_stay_within_half_a_per_cent(self):
        mean = self.year.mean(axis=0)
        for region in np.unique(self.destination):
            flows = self.destination == region
            ratio = mean[:, :, flows].sum(axis=(1, 2)) / self.data[:, flows].sum()
            print(f"{region}: imports {100 * (ratio - 1).min():+.3f} to {100 * (ratio - 1).max():+.3f} %")
            self.assertLess(np.abs(ratio - 1).max(), 0.005, region)

    def test_sector_totals_stay_within_one_per_cent(self):
        mean = self.year.mean(axis=0)
        ratio = mean.sum(axis=2) / self.data.sum(axis=1)
        print(f"sector totals: {100 * (ratio - 1).min():+.3f} to {100 * (ratio - 1).max():+.3f} %")
        self.assertLess(np.abs(ratio - 1).max(), 0.01)


if __name__ == "__main__":
    unittest.main()
