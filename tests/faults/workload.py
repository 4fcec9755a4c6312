"""What the fault campaign runs: a small command, what it must leave behind, and how two of its outputs compare."""
import os
import shutil
import subprocess

import h5py
import numpy as np

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
            found[name] = item[()].tobytes() if item.dtype.kind != "O" else b"\0".join(np.ravel(item[()]))

    with h5py.File(path, "r", locking=False) as file:
        file.visititems(keep)
        if "complete" in file.attrs:
            found["complete"] = int(file.attrs["complete"][0]).to_bytes(1, "big")
    return found


def text(path):
    """A text file as it is."""
    with open(path, "rb") as file:
        return file.read()


def tree(folder):
    """Names and bytes of all files below a folder."""
    return {os.path.relpath(os.path.join(path, name), folder): text(os.path.join(path, name))
            for path, _, names in os.walk(folder) for name in names}


class Learned:
    """Contents of outputs that need not be taken apart: those with the bytes of one of two undisturbed plays, but for the bytes
    in which these two differ (times, and the seal over them)."""

    def __init__(self, contents):
        self.contents, self.bytes, self.varies, self.found = contents, None, None, None

    def learn(self, path):
        """Take up an undisturbed output."""
        new = np.fromfile(path, np.uint8)
        if self.bytes is None:
            self.bytes, self.varies, self.found = new, np.zeros(new.size, bool), self.contents(path)
        elif new.size == self.bytes.size:
            self.varies |= new != self.bytes

    def __call__(self, path):
        new = np.fromfile(path, np.uint8)
        if self.bytes is not None and new.size == self.bytes.size and not ((new != self.bytes) & ~self.varies).any():
            return self.found
        return self.contents(path)


class Workload:
    """A command that writes one file into a folder of its own, or prints (no output named). FOLDER in an argument is that
    folder. `prepared` is a folder whose contents are there before; `keeps` are names a command that failed may leave, to go
    on from."""

    def __init__(self, name, arguments, output=None, contents=None, prepared=None, keeps=()):
        self.name, self.arguments, self.output = name, arguments, output
        self.contents = Learned(contents)
        self.prepared, self.keeps = prepared, set(keeps)
        self.environment = {**os.environ, "OMP_NUM_THREADS": "1", "LC_ALL": "C"}

    def prepare(self, folder):
        """Put into `folder` what the command finds there."""
        if self.prepared is not None:
            shutil.copytree(self.prepared, folder, dirs_exist_ok=True)

    def untouched(self, folder):
        """Whether a folder is as the command found it: playing it again would be the undisturbed play."""
        return tree(folder) == (tree(self.prepared) if self.prepared is not None else {})

    def learn(self, folder):
        """Take up what an undisturbed play has left."""
        if self.output is not None:
            self.contents.learn(os.path.join(folder, self.output))

    def start(self, folder, **environment):
        """The command at work in `folder`."""
        command = [PROGRAM, *(word.replace("FOLDER", folder) for word in self.arguments)]
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
SHORT = ["--set", "steps=3", "--set", "burn_in=1", "--replications", "2", "--set", "repeats=1", "--set", "slots=400"]
TWO = "tests/faults/small.yaml"  # two regions and two sectors of a benchmark that is read in no time: every play reads it
USUAL = ["--threads", "1", "--quiet"]


def run_workload():
    return Workload("run", ["run", TWO, *USUAL], "run.h5", values)


def must(command):
    """Run what prepares a workload."""
    done = subprocess.run([PROGRAM, *command], cwd=SOURCE, check=False, capture_output=True)
    if done.returncode not in (0, 75):
        raise SystemExit(f"{command}: {done.returncode}: {done.stderr.decode()}")
    return done.returncode


def restart_workload(scratch):
    """A run that goes on from a replication in flight and one that is whole, and saves after every step. What it goes on from
    is left by one that ran out of memory, later and later until both are there."""
    name, prepared, counts = "run.h5", os.path.join(scratch, "stopped"), os.path.join(scratch, "stopped.counts")
    command = ["run", TWO, *USUAL, "--no-compare", "--checkpoint-every", "0.000001"]
    run = Workload("restart", command, name, values, keeps=[name + ".checkpoint"])
    os.mkdir(prepared)
    run.play(prepared, LD_PRELOAD=INJECT, ENTREPOT_FAULT_COUNT=counts)
    with open(counts, encoding="ascii") as file:
        n_calls = next(int(line.split()[1]) for line in file if line.startswith("memory "))
    for share in range(30, 100, 2):
        shutil.rmtree(prepared)
        os.mkdir(prepared)
        run.play(prepared, LD_PRELOAD=INJECT, ENTREPOT_FAULT=f"memory:{n_calls * share // 100}+")
        saved = os.path.join(prepared, name + ".checkpoint")
        found = os.listdir(saved) if os.path.isdir(saved) else []
        if {file.split("-")[0] for file in found} == {"part", "flight"}:
            run.prepared = prepared
            return run
    raise SystemExit("no run stopped with a replication whole and one in flight")


STUDY = """study: small
config: CONFIG
replications: 2
levers:
  - {name: tariff, path: "regimes.tariff.measures[0].rate", values: [0.05, 0.25]}
uncertainties:
  - {name: lambda, path: parameters.renewal_rate, distribution: {kind: uniform, low: 0.1, high: 0.8}}
design: {kind: latin_hypercube, points: 1, seed: 3}
outcomes:
  - {name: exports, outcome: exports, period: horizon, sector: goods}
"""


class StudyWorkload(Workload):
    """A study whose points are played; its values are those of the merged parts."""

    def merge(self, folder, take):
        """What `take` finds in the merged parts."""
        merged = os.path.join(folder, "merged")
        try:
            must(["study", "merge", os.path.join(folder, "small.study"), "-o", merged])
        except SystemExit as error:
            raise OSError(str(error)) from error
        found = take(merged)
        os.remove(merged)
        return found

    def learn(self, folder):
        self.merge(folder, self.contents.learn)

    def result(self, folder, code, printed):
        return self.merge(folder, self.contents) if code == 0 else None


def study_workloads(scratch):
    """Playing a study from its plan, every point a part of its own; and merging one that is played."""
    folders = [os.path.join(scratch, name) for name in ("planned", "played")]
    path = os.path.join(scratch, "small.yaml")
    with open(path, "w", encoding="ascii") as file:
        file.write(STUDY.replace("CONFIG", os.path.join(SOURCE, TWO)))
    run = ["study", "run", "FOLDER/small.study", "--quiet", "--part-seconds", "0", "--threads", "1"]
    for folder in folders:
        os.mkdir(folder)
        must(["study", "plan", path, "-o", os.path.join(folder, "small.study")])
    must([word.replace("FOLDER", folders[1]) for word in run])
    with open(os.path.join(folders[0], "small.study/shards/00001-of-00001.lock"), "wb"):
        pass  # every play leaves it
    return [StudyWorkload("study", run, contents=values, prepared=folders[0], keeps=["small.study"]),
            Workload("merge", ["study", "merge", "FOLDER/small.study"], "merged.h5", values, folders[1], ["small.study"])]


TARGETS = """calibration: small
parameters:
  - {name: theta, path: parameters.trade_elasticity, distribution: {kind: uniform, low: 2, high: 8}}
population: 10
generations: 2
batch: 5
quantile: 0.9
moments:
  - {name: end, kind: elasticity, flow: KOREA-WORLD, from: 2025-02, to: 2025-03, value: -0.6, error: 0.1, source: none}
"""


def calibrate_workload(scratch):
    """A calibration of two generations."""
    path = os.path.join(scratch, "targets.yaml")
    with open(path, "w", encoding="ascii") as file:
        file.write(TARGETS)
    return Workload("calibrate", ["calibrate", TWO, "--targets", path, "--quiet", "--threads", "1"],
                    "posterior.h5", values, keeps=["posterior.h5.state"])


def compare_workload(results):
    return Workload("compare", ["compare", results, "--format", "csv"], "table.csv", text)


def report_workload(results):
    return Workload("report", ["report", results], "page.html", text)


def talks_workload():
    """A run with all that governments and firms can do."""
    return Workload("talks", ["run", TALKS, *SHORT, *USUAL, "--no-compare"], "run.h5", values)


def printing_workloads(results):
    """Commands that only print."""
    return [
        Workload("check", ["check", TALKS]),
        Workload("describe", ["describe", "--format", "json"]),
        Workload("benchmark", ["benchmark", "--config", TWO]),
        Workload("tariffs", ["tariffs", TWO, "--on", "2025-08-01", "--importer", "WORLD"]),
        Workload("theory", ["theory", TWO, "--regime", "tariff"]),
        Workload("reproduce", ["reproduce", results, "--quiet"]),
    ]
