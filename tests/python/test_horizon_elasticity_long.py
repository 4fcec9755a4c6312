#!/usr/bin/python3
"""The calibrations against the elasticities of Boehm, Levchenko and Pandalai-Nayar (2023), through the program.

10 % on one origin in every goods sector, known from the start; frozen exporters' costs, everything else as shipped: the
tariff-exclusive elasticity of the hit imports, value-weighted over goods sectors, in year one and in year ten.
"""

import os
import subprocess
import tempfile
import unittest

import h5py
import numpy as np

PROGRAM = os.environ["ENTREPOT"]
SOURCE = os.environ["ENTREPOT_SOURCE"]
RATE = 0.10
MEASURE = (
    "[{id: ten, importer: USA, partners: [KOR], except_sectors: [services], kind: additive, rate: 0.10,"
    " announced: 2025-01-01, effective: 2025-01-01, collected_in_full: true}]"
)
SETTINGS = [
    "regimes={free: {measures: []}, taxed: {measures: " + MEASURE + "}}",
    "measures=[]",
    "beliefs={}",
    "scenarios=[free, taxed]",
    "uncertainty={}",
    "paths=[]",
    "record={flows: {origins: [KOR]}}",
    "steps=120",
    "replications=40",
    "repeats=0",
]


def elasticities(folder, calibration, extra=()):
    path = os.path.join(folder, calibration + ".h5")
    command = [PROGRAM, "run", os.path.join(SOURCE, "configs/korea-us-2025.yaml"), "-o", path, "--no-compare"]
    for setting in [*SETTINGS, f"calibration={calibration}", *extra]:
        command += ["--set", setting]
    subprocess.run(command, check=True)
    with h5py.File(path) as file:
        goods = file["sector"].asstr()[...] != "services"
        flow = list(file["flow"].asstr()[...]).index("KOR-USA")
        imports = file["imports"][:, :, :, :, flow][..., goods].astype(float).sum(axis=-1)
    year = imports.reshape(2, imports.shape[1], 10, 12).sum(axis=-1)
    ratio = np.log(year[1].mean(axis=0) / year[0].mean(axis=0)) / np.log(1 + RATE)
    return ratio[0], ratio[9]


class HorizonElasticity(unittest.TestCase):
    def hold(self, calibration, first_year, tenth_year, extra=()):
        with tempfile.TemporaryDirectory() as folder:
            first, tenth = elasticities(folder, calibration, extra)
        print(f"{calibration}: elasticity {first:.2f} in year one, {tenth:.2f} in year ten")
        self.assertTrue(first_year[0] <= first <= first_year[1])
        self.assertTrue(tenth_year[0] <= tenth <= tenth_year[1])

    def test_horizon_calibration(self):
        self.hold("horizon", (-0.95, -0.55), (-2.3, -1.7))

    def test_rapid_calibration_is_above_both(self):
        self.hold("rapid", (-1.6, -1.0), (-4.0, -3.2), ["replications=10"])


if __name__ == "__main__":
    unittest.main()
