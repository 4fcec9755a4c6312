#!/usr/bin/python3
"""The simple model is frozen: what runs without any optional mechanism has the bits that it had before those were built.

The hashes are those of the data sets named below as the program wrote them at commit 1d6b77b, under general closure since wages
follow receipts in place of smoothed revenue. They change only with a
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
    "two-by-two": "14ab7537863fe54efcfac6b510b3fa4a412c909289d7788709bca246e4022715",
    "two-by-two, general closure": "615f6493984de3bad9e3ebe6e51aabe094238ec4c7730959b33363be54a0d6ef",
    "korea-us-2025, small": "aa6809c85170befbd47f381f638d40b562e84f17b280e8731ab916a676533aca",
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
