#!/usr/bin/python3
"""Progress as somebody at a terminal sees it: a bar that ends, nothing of it where the output is no terminal."""
import os
import pty
import subprocess
import sys
import tempfile
import unittest

PROGRAM = os.environ["ENTREPOT"]
SOURCE = os.environ["ENTREPOT_SOURCE"]
JOB = os.path.join(SOURCE, "tests/fuzz/data/small.yaml")
SMALL = ["--set", "slots=100", "--set", "steps=3", "--set", "burn_in=1", "--set", "replications=3", "--set", "repeats=1", "--threads", "1"]
TARGETS = """calibration: small
parameters:
  - {name: theta, path: parameters.trade_elasticity, distribution: {kind: uniform, low: 2, high: 8}}
population: 10
generations: 1
set: {slots: 100, steps: 4}
moments:
  - {name: end, kind: elasticity, flow: KOR-USA, from: 2025-03, to: 2025-04, value: -0.6, error: 0.5, source: none}
"""


def at_terminal(arguments):
    """Exit code and what the command wrote to standard error, a terminal."""
    master, slave = pty.openpty()
    words = b""
    with subprocess.Popen([PROGRAM, *arguments], stdout=subprocess.DEVNULL, stderr=slave, stdin=subprocess.DEVNULL) as process:
        os.close(slave)
        while True:
            try:
                piece = os.read(master, 4096)
            except OSError:  # the terminal is gone with the last that held it
                break
            if not piece:
                break
            words += piece
    os.close(master)
    return process.returncode, words.decode()


class Progress(unittest.TestCase):
    def setUp(self):
        self.folder = tempfile.TemporaryDirectory()
        self.addCleanup(self.folder.cleanup)

    def path(self, name):
        return os.path.join(self.folder.name, name)

    def test_run(self):
        code, words = at_terminal(["run", JOB, *SMALL, "-o", self.path("run.h5")])
        self.assertEqual(code, 0, words)
        for piece in ("#####", "1 of 4 replications", "4 of 4 replications, 0 s left"):
            self.assertIn(piece, words)
        self.assertTrue(words.endswith("\033[K"), repr(words[-40:]))

    def test_quiet_and_piped(self):
        code, words = at_terminal(["run", JOB, *SMALL, "--quiet", "-o", self.path("quiet.h5")])
        self.assertEqual((code, words), (0, ""))
        done = subprocess.run([PROGRAM, "run", JOB, *SMALL, "-o", self.path("piped.h5")], check=False, capture_output=True)
        notes = [line for line in done.stderr.splitlines() if not line.startswith(b"note: ")]
        self.assertEqual((done.returncode, notes), (0, []))

    def test_calibrate(self):
        with open(self.path("targets.yaml"), "w", encoding="ascii") as file:
            file.write(TARGETS)
        command = ["calibrate", JOB, "--targets", self.path("targets.yaml"), "--threads", "1"]
        code, words = at_terminal([*command, "-o", self.path("posterior.h5")])
        self.assertEqual(code, 0, words)
        self.assertIn("10 of 10 kept", words)
        self.assertTrue(words.endswith("\r\n"), repr(words[-40:]))

    def test_decompose(self):
        code, words = at_terminal(["decompose", JOB, *SMALL, "--from", "2025-01", "--months", "2"])
        self.assertEqual(code, 0, words)
        self.assertIn("1 of ", words)
        self.assertTrue(words.endswith("combinations\r\n"), repr(words[-40:]))


if __name__ == "__main__":
    sys.exit(0 if unittest.main(exit=False).result.wasSuccessful() else 1)
