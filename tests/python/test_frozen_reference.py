#!/usr/bin/python3
"""The simple model is frozen: what runs without any optional mechanism has the bits that it had before those were built.

The hashes are those of the data sets named below, under general closure since wages
follow receipts in place of smoothed revenue, and with quality set at the cost a contract was signed on. They change only with a
change of the simple model itself, which CHANGELOG then says; `test_frozen_reference.py --print` prints new ones.
"""

import hashlib
import os
import subprocess
import sys
import tempfile
import unittest

import h5py

PROGRAM = os.environ["ENTREPOT"]
SOURCE = os.environ["ENTREPOT_SOURCE"]
FIELDS = (
    "exports export_quantity export_price imports duty refund tariff_rate revenue export_revenue output utilisation "
    "market_imports sales stock transit retail_price landed_cost tariff_revenue wage welfare draws"
).split()
RUNS = {
    "two-by-two": ("two-by-two.yaml", []),
    "two-by-two, general closure": ("two-by-two.yaml", ["closure=general", "replications=2", "repeats=0"]),
    "korea-us-2025, small": ("korea-us-2025.yaml", ["mechanisms={}", "parameters={}", "sector_parameters={}", "slots=40000", "steps=12", "replications=1", "repeats=0"]),
}
FROZEN = {
    "two-by-two": "a8111bdd39fcedb44072a9675efc042046afc9c08a61070eb1e10229e48f9f6b",
    "two-by-two, general closure": "50f685e8310eb99bffa6c3c2b2f0a4ccdd215b021b4a4224bc95ea36f2dcd048",
    "korea-us-2025, small": "0a8bff1ce9fbd5d595f11e7f730e8334790a0d0b325e1cbdfababf610e95e0b3",
}


def run(name):
    config, settings = RUNS[name]
    with tempfile.TemporaryDirectory() as folder:
        path = os.path.join(folder, "run.h5")
        command = [PROGRAM, "run", os.path.join(SOURCE, "configs", config), "-o", path, "--no-compare", "--quiet"]
        for setting in settings:
            command += ["--set", setting]
        subprocess.run(command, check=True)
        digest = hashlib.sha256()
        with h5py.File(path) as file:
            for field in FIELDS:
                if field in file:
                    digest.update(field.encode())
                    digest.update(file[field][()].tobytes())
        return digest.hexdigest()


class FrozenReference(unittest.TestCase):
    def test_the_simple_model_has_its_frozen_bits(self):
        for name in RUNS:
            with self.subTest(name):
                self.assertEqual(run(name), FROZEN[name])


if __name__ == "__main__":
    if sys.argv[1:] == ["--print"]:
        for name in RUNS:
            print(f'    "{name}": "{run(name)}",')
    else:
        unittest.main(verbosity=2)
