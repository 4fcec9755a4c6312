#!/usr/bin/python3
"""Results are streamed: memory does not grow with replications, and `--timing` says what writing cost."""

import os
import re
import resource
import subprocess
import sys
import tempfile
import unittest
from pathlib import Path

PROGRAM = os.environ["ENTREPOT"]
SOURCE = os.environ["ENTREPOT_SOURCE"]
if "ENT_SANITIZE:STRING=\n" not in Path(os.environ["ENTREPOT_BUILD"], "CMakeCache.txt").read_text(encoding="utf-8"):
    print("skipped: sanitizers keep freed memory")
    sys.exit(77)
# every flow recorded: 2 scenarios x 48 steps x (7 fields x 16 sectors x 182 flows and more) floats
REPLICATION_BYTES = 2 * 48 * 7 * 16 * 182 * 4
SETTINGS = ["slots=4000", "repeats=0", "record={flows: {origins: all}}"]


def play(folder, replications):
    """Play so many replications; return the peak memory of the process in bytes and what it said."""
    command = [PROGRAM, "run", os.path.join(SOURCE, "configs/korea-us-2025.yaml"), "-o",
               os.path.join(folder, f"{replications}.h5"), "--replications", str(replications), "--threads", "2",
               "--timing", "--quiet", "--no-compare"]
    for setting in SETTINGS:
        command += ["--set", setting]
    before = resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss
    said = subprocess.run(command, check=True, capture_output=True, text=True).stderr
    after = resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss
    return max(before, after) * 1024, said


class Streaming(unittest.TestCase):
    def test_memory_does_not_grow_with_replications(self):
        with tempfile.TemporaryDirectory() as folder:
            few, said = play(folder, 3)
            many, _ = play(folder, 15)  # the largest of all children so far: at least `few`
        print(f"peak memory: 3 replications {few / 1e6:.1f} MB, 15 replications {many / 1e6:.1f} MB; the 12 more are"
              f" {12 * REPLICATION_BYTES / 1e6:.0f} MB of results")
        self.assertLess(many - few, REPLICATION_BYTES)
        shares = [float(x) for x in re.findall(r"([0-9.]+) %", said)]
        print(said.strip())
        self.assertEqual(len(shares), 3)
        self.assertAlmostEqual(sum(shares), 100.0, delta=0.1)
        self.assertGreater(shares[0], 0.0)


if __name__ == "__main__":
    unittest.main()
