"""What the fault campaign runs: a small command, what it must leave behind, and how two of its outputs compare."""
import os
import subprocess

import h5py

SOURCE = os.environ.get("ENTREPOT_SOURCE", os.path.abspath(os.path.join(os.path.dirname(__file__), "..", "..")))
BUILD = os.environ.get("ENTREPOT_BUILD", os.path.join(SOURCE, "build/release"))
PROGRAM = os.environ.get("ENTREPOT", os.path.join(BUILD, "entrepot"))
INJECT = os.path.join(BUILD, "tests/libentrepot_inject.so")
SECONDS = float(os.environ.get("ENTREPOT_FAULT_SECONDS", 60))  # longer is a program that hangs


def values(path):
    """The data sets of a results file outside /provenance, by name."""
    found = {}

    def keep(name, item):
        if isinstance(item, h5py.Dataset) and not name.startswith("provenance"):
            found[name] = item[()].tobytes() if item.dtype.kind != "O" else b"\0".join(item[()].reshape(-1))

    with h5py.File(path, "r", locking=False) as file:
        file.visititems(keep)
        found["complete"] = int(file.attrs["complete"][0]).to_bytes(1, "big")
    return found


def text(path):
    """A text file as it is."""
    with open(path, "rb") as file:
        return file.read()


class Workload:
    """A command that writes one file into a folder of its own, or prints (no output named)."""

    def __init__(self, name, arguments, output=None, contents=None):
        self.name, self.arguments, self.output, self.contents = name, arguments, output, contents
        self.environment = {**os.environ, "OMP_NUM_THREADS": "1", "LC_ALL": "C"}

    def start(self, folder, **environment):
        """The command at work in `folder`."""
        command = [PROGRAM, *self.arguments]
        if self.output is not None:
            command += ["-o", os.path.join(folder, self.output)]
        return subprocess.Popen(command, env={**self.environment, **environment}, stdin=subprocess.DEVNULL,
                                stdout=subprocess.PIPE, stderr=subprocess.PIPE, cwd=SOURCE)

    def play(self, folder, **environment):
        """Exit code (None: it hangs), what it printed and what it complained of."""
        with self.start(folder, **environment) as process:
            try:
                printed, complaint = process.communicate(timeout=SECONDS)
            except subprocess.TimeoutExpired:
                process.kill()
                printed, complaint = process.communicate()
                return None, printed, complaint.decode(errors="replace")
            return process.returncode, printed, complaint.decode(errors="replace")

    def result(self, folder, code, printed):
        """The contents of the output, None when there is none."""
        if self.output is None:
            return printed if code == 0 else None
        path = os.path.join(folder, self.output)
        return self.contents(path) if os.path.exists(path) else None


TALKS = "configs/korea-us-talks.yaml"
SMALL = ["--set", "steps=3", "--set", "burn_in=1", "--replications", "2", "--set", "repeats=1", "--set", "slots=400",
         "--threads", "1", "--quiet"]


def run_workload():
    return Workload("run", ["run", "configs/two-by-two.yaml", *SMALL], "run.h5", values)


def compare_workload(results):
    return Workload("compare", ["compare", results, "--format", "csv"], "table.csv", text)


def report_workload(results):
    return Workload("report", ["report", results], "page.html", text)


def talks_workload():
    """A run with all that governments and firms can do."""
    return Workload("talks", ["run", TALKS, *SMALL, "--no-compare"], "run.h5", values)


def printing_workloads(results):
    """Commands that only print."""
    return [
        Workload("check", ["check", TALKS]),
        Workload("describe", ["describe", "--format", "json"]),
        Workload("benchmark", ["benchmark", "--config", "configs/two-by-two.yaml"]),
        Workload("tariffs", ["tariffs", "configs/two-by-two.yaml", "--on", "2025-08-01", "--importer", "WORLD"]),
        Workload("theory", ["theory", "configs/two-by-two.yaml", "--regime", "tariff"]),
        Workload("reproduce", ["reproduce", results, "--quiet"]),
    ]
