#!/usr/bin/python3
"""Benchmark replication through the program: the shipped config with its measures, dated plants and uncertainty emptied,
all mechanisms of firms on.

Every bilateral sector flow above 1 bn USD a year stays within four standard errors of its data value in every year of
ten, every region's imports within 0.5 % and every sector's total within 1 %, stocks on. The number of Korean exporters, their entry, exit and size distribution do not move,
and meet the facts in data/facts/korea_exporter_firm_facts.csv.
"""

import os
import subprocess
import tempfile
import unittest
from statistics import NormalDist

import h5py
import numpy as np

PROGRAM = os.environ["ENTREPOT"]
SOURCE = os.environ["ENTREPOT_SOURCE"]
YEARS, REPLICATIONS = 10, 200
LARGE = 1000.0  # million USD a year
EXPORTERS = 69259
CONCENTRATION = (0.366, 0.667)
SURVIVAL = (0.492, 0.163)
EMPTY = [
    "measures=[]",
    "regimes.deal.measures=[]",
    "regimes.no-deal.measures=[]",
    "scenarios=[deal]",
    "uncertainty={}",
    "paths=[]",
    "mechanisms.plants=false",  # a dated plant moves flows, as it should
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
            cls.exporters = file["exporters"][0].astype(float).sum(axis=(2, 3))
            cls.entrants = file["entrants"][0].astype(float).sum(axis=(2, 3))
            cls.gone = (file["leavers"][0].astype(float) + file["failures"][0]).sum(axis=(2, 3))
            cls.survivors = [file[name][0].astype(float).sum(axis=(2, 3)) for name in ("survivors_one_year", "survivors_five_years")]
            cls.class_exports = file["class_exports"][0].astype(float).sum(axis=3)
            home = list(file["region"].asstr()[...]).index("KOR")
            cls.top = [file[name][0, :, :, home].astype(float) for name in ("top10_share", "top100_share")]
        cls.year = monthly.reshape(REPLICATIONS, YEARS, 12, *monthly.shape[2:]).sum(axis=2)

    @classmethod
    def tearDownClass(cls):
        cls.folder.cleanup()

    def deviations(self, values):
        """|mean - data| in standard errors, over flows above LARGE."""
        error = np.sqrt(values.var(axis=0, ddof=1) / REPLICATIONS)
        away = np.abs(values.mean(axis=0) - self.data) / np.where(error > 0, error, np.inf)
        return away[..., self.data > LARGE]

    def test_flows_stay_within_four_standard_errors(self):
        decade, year = self.deviations(self.year.mean(axis=1)), self.deviations(self.year)
        print(f"{decade.size} flows above 1 bn USD: largest deviation over ten years {decade.max():.2f} standard errors, in"
              f" single years {year.max():.2f}, {np.mean(year > 2):.3%} of them beyond two")
        self.assertGreater(decade.size, 500)
        self.assertLess(decade.max(), 4.0)
        # of 14,680 single years about one lies beyond four by chance alone: the limit that all keep in 95 samples of 100
        limit = NormalDist().inv_cdf(1.0 - 0.05 / (2 * year.size))
        self.assertLess(year.max(), limit)
        self.assertLess(np.mean(year > 2.0), 0.055)

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

    def test_number_of_exporters_stays_at_its_fact(self):
        by_year = self.exporters.reshape(REPLICATIONS, YEARS, 12).mean(axis=2)
        error = by_year.std(axis=0, ddof=1) / np.sqrt(REPLICATIONS)
        away = by_year.mean(axis=0) - EXPORTERS
        print(f"exporters: {np.round(by_year.mean(axis=0))}, standard error {error.max():.0f}")
        # small failures come on top of exits: a fifth of a per cent is allowed beside the Monte Carlo error
        self.assertLess(np.max(np.abs(away) - 4.0 * error), 0.002 * EXPORTERS)

    def test_entry_balances_exit(self):
        entered = self.entrants.reshape(REPLICATIONS, YEARS, 12).sum(axis=2)
        gone = self.gone.reshape(REPLICATIONS, YEARS, 12).sum(axis=2)
        net = (entered - gone).mean(axis=0)
        error = (entered - gone).std(axis=0, ddof=1) / np.sqrt(REPLICATIONS)
        print(f"entrants {np.round(entered.mean(axis=0))}, leavers and failures {np.round(gone.mean(axis=0))}")
        self.assertLess(np.max(np.abs(net) - 4.0 * error), 0.002 * EXPORTERS)
        drift = entered.mean(axis=0)[-1] / entered.mean(axis=0)[0] - 1.0
        self.assertLess(abs(drift), 0.02)

    def test_entrants_survive_as_the_facts_say(self):
        for survivors, years, fact in zip(self.survivors, (1, 5), SURVIVAL):
            share = survivors[:, 12 * years :].sum() / self.entrants[:, : -12 * years].sum()
            print(f"survive {years} years: {share:.4f}, fact {fact}")
            # failures come on top of the exits that are calibrated
            self.assertLess(abs(share - fact), 0.02)

    def test_size_distribution_stays_at_its_facts(self):
        for shares, fact, name in zip(self.top, CONCENTRATION, ("ten", "hundred")):
            by_year = shares.reshape(REPLICATIONS, YEARS, 12).mean(axis=(0, 2))
            print(f"share of the {name} largest: {np.round(by_year, 4)}, fact {fact}")
            self.assertLess(np.max(np.abs(by_year - fact)), 0.02)
        exports = self.class_exports.reshape(REPLICATIONS, YEARS, 12, -1).sum(axis=(0, 2))
        share = exports / exports.sum(axis=1, keepdims=True)
        print(f"shares of large, medium, small: {np.round(share[0], 4)} to {np.round(share[-1], 4)}")
        self.assertLess(np.max(np.abs(share - share[0])), 0.01)


if __name__ == "__main__":
    unittest.main()
