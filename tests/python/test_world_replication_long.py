#!/usr/bin/python3
"""The world of 81 economies and 28 sectors replicates its benchmark: configs/world.yaml with nothing happening, mechanisms
of firms on.

Standard errors over few replications: a flow's deviation over its error follows Student's law with REPLICATIONS - 1
degrees of freedom, and the shares beyond two and four errors are compared with that law's.
"""

import os
import resource
import subprocess
import tempfile
import time
import unittest

import h5py
import numpy as np
from scipy import stats

PROGRAM = os.environ["ENTREPOT"]
SOURCE = os.environ["ENTREPOT_SOURCE"]
STEPS, REPLICATIONS = 24, 16
LARGE = 1000.0  # million USD a year
EMPTY = [
    "measures=[]",
    "regimes.deal.measures=[]",
    "regimes.no-deal.measures=[]",
    "beliefs={}",
    "scenarios=[deal]",
    "uncertainty={}",
    "paths=[]",
    "mechanisms.plants=false",  # a dated plant moves flows, as it should
    "record={flows: {origins: all}}",
    f"steps={STEPS}",
    f"replications={REPLICATIONS}",
    "repeats=0",
    "seed=7",
]


class WorldReplication(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        with tempfile.TemporaryDirectory() as folder:
            path = os.path.join(folder, "world.h5")
            command = [PROGRAM, "run", os.path.join(SOURCE, "configs/world.yaml"), "-o", path, "--no-compare"]
            for setting in EMPTY:
                command += ["--set", setting]
            begin = time.monotonic()
            subprocess.run(command, check=True)
            memory = resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss / 1024
            print(f"world.yaml: {REPLICATIONS} replications of {STEPS} steps after 12 of burn-in in"
                  f" {time.monotonic() - begin:.0f} s, {memory:.0f} MiB")
            with h5py.File(path) as file:
                cls.data = file["benchmark_exports"][...]  # [sector, flow], a year
                destination = file["flow_destination"].asstr()[...]
                sums = np.zeros((REPLICATIONS,) + cls.data.shape)
                for r in range(REPLICATIONS):
                    sums[r] = file["exports"][0, r].astype(float).sum(axis=0)
        cls.year = sums * 12 / STEPS
        cls.destination = destination

    def test_flows_follow_the_law_of_their_errors(self):
        mean = self.year.mean(axis=0)
        error = np.sqrt(self.year.var(axis=0, ddof=1) / REPLICATIONS)
        large = self.data > LARGE
        ratio = np.abs(mean - self.data)[large] / error[large]
        two, four = (2 * stats.t.sf(x, REPLICATIONS - 1) for x in (2.0, 4.0))
        print(f"{large.sum()} flows above 1 bn USD: {np.mean(ratio > 2):.3%} beyond two standard errors (expected"
              f" {two:.3%}), {np.mean(ratio > 4):.4%} beyond four (expected {four:.4%}), largest {ratio.max():.1f}")
        self.assertGreater(large.sum(), 4000)
        self.assertLess(np.mean(ratio > 2), 1.25 * two)
        self.assertLess(np.mean(ratio > 4), 2.0 * four + 5 / large.sum())

    def assert_sums(self, name, sums, data, bias):
        """Relative deviations of sums stay within `bias` and four errors of Student's law."""
        mean = sums.mean(axis=0) / data - 1
        error = sums.std(axis=0, ddof=1) / np.sqrt(REPLICATIONS) / data
        print(f"{name}: {100 * mean.min():+.2f} to {100 * mean.max():+.2f} %, standard errors up to"
              f" {100 * error.max():.2f} %, largest deviation {np.max(np.abs(mean) / error):.1f} errors, weighted mean"
              f" {100 * np.average(mean, weights=data):+.3f} %")
        self.assertLess(np.max(np.abs(mean) - 4 * error), bias)

    def test_imports_by_region(self):
        regions = np.unique(self.destination)
        sums = np.stack([self.year[:, :, self.destination == r].sum(axis=(1, 2)) for r in regions], axis=1)
        data = np.array([self.data[:, self.destination == r].sum() for r in regions])
        self.assert_sums("imports by region", sums, data, 0.0025)

    def test_exports_by_sector(self):
        self.assert_sums("exports by sector", self.year.sum(axis=2), self.data.sum(axis=1), 0.0025)

    def test_world_exports_stay_within_a_quarter_per_cent(self):
        ratio = self.year.mean(axis=0).sum() / self.data.sum() - 1
        print(f"world exports {100 * ratio:+.3f} %")
        self.assertLess(abs(ratio), 0.0025)


if __name__ == "__main__":
    unittest.main()
