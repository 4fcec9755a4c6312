#!/usr/bin/python3
"""Duty over imports on the law beside what was collected in 2025: bench/law_collected.py."""

import os
import subprocess
import sys
import unittest
from pathlib import Path

try:
    import h5py  # noqa: F401
except ImportError as missing:
    print(f"skipped: {missing}")
    sys.exit(77)

PROGRAM = os.environ["ENTREPOT"]
SOURCE = Path(os.environ["ENTREPOT_SOURCE"])


class Collected(unittest.TestCase):
    def test_simulated_duty_is_what_was_collected(self):
        done = subprocess.run([sys.executable, SOURCE / "bench" / "law_collected.py", PROGRAM, "--check"],
                              capture_output=True, text=True, check=False)
        self.assertEqual(done.returncode, 0, done.stdout + done.stderr)


if __name__ == "__main__":
    unittest.main()
