#!/usr/bin/env python3
"""data/law-us.h5 is what scripts/build_law.py makes of the committed tables."""

import sys
import tempfile
import unittest
from pathlib import Path

import h5py
import numpy as np

ROOT = Path(__file__).resolve().parents[2]
sys.path.insert(0, str(ROOT / "scripts"))
import benchmark_file  # noqa: E402
import build_law  # noqa: E402


class Law(unittest.TestCase):
    def test_sources_are_those_it_was_built_from(self):
        with h5py.File(ROOT / "data/law-us.h5", "r") as file:
            self.assertEqual(file.attrs["source_sha256"], benchmark_file.hash_listing(ROOT, build_law.sources()))

    def test_built_again_it_is_the_same(self):
        with tempfile.TemporaryDirectory() as folder:
            path = Path(folder) / "law.h5"
            with h5py.File(path, "w") as new:
                build_law.write(new)
            with h5py.File(path, "r") as new, h5py.File(ROOT / "data/law-us.h5", "r") as old:
                self.assertEqual(set(old) - set(new), {"complete"})
                for name in new:
                    np.testing.assert_array_equal(new[name][()], old[name][()], err_msg=name)

    def test_trade_is_that_of_the_source(self):
        with h5py.File(ROOT / "data/law-us.h5", "r") as file:
            self.assertAlmostEqual(file["imports"][()].sum() / 3216.961412233e9, 1.0, places=12)
            self.assertTrue((np.diff(file["line"][()]) > 0).all())


if __name__ == "__main__":
    unittest.main()
