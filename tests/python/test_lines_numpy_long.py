#!/usr/bin/env python3
"""The rates of all lines against a second opinion in numpy that reads the source tables (bench/lines_numpy.py)."""

import csv
import io
import os
import subprocess
import sys
import unittest
from pathlib import Path

import numpy as np

SOURCE = Path(os.environ.get("ENTREPOT_SOURCE", Path(__file__).resolve().parents[2]))
PROGRAM = os.environ.get("ENTREPOT", str(SOURCE / "build/release/entrepot"))
sys.path.insert(0, str(SOURCE / "bench"))
import lines_numpy  # noqa: E402


class SecondOpinion(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.law = lines_numpy.Law()

    def by_partner(self, day):
        out = subprocess.run([PROGRAM, "tariffs", "--law", "us", "--on", day, "--format", "csv"], check=True,
                             capture_output=True, text=True).stdout
        rows = {r["partner"]: r for r in csv.DictReader(io.StringIO(out))}
        return np.array([[float(rows[p][c]) for c in ("law", "rate")] for p in self.law.code])

    def test_partners(self):
        for day in ("2019-09-01", "2025-11-15", "2026-09-29"):
            rates = self.law.rates(day)
            total = np.maximum(0, self.law.collected + rates - self.law.base)
            expected = 100 * np.column_stack([self.law.by_partner(rates), self.law.by_partner(total)])
            np.testing.assert_allclose(self.by_partner(day), expected, rtol=1e-9, atol=1e-9, err_msg=day)


if __name__ == "__main__":
    unittest.main()
