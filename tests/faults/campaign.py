#!/usr/bin/python3
"""Fault campaign: every call of a small run made to fail in turn, and the run killed at random moments.

    campaign.py [--sample N | --all] [--kills N] [--least N] [--seed N] [--kind KIND]... [--workload NAME]... [--jobs N]

Each injected fault must end in a documented exit code and a message, leave no half-written output, and the same command
afterwards must give the values of an undisturbed run. What does not is lost, printed, and makes the campaign fail."""
import argparse
import concurrent.futures
import os
import random
import shutil
import signal
import sys
import tempfile
import time

import workload

# Which exit codes a failing call of each kind may lead to; 0: the failure did not matter, the values must be right.
CRASHES = {-signal.SIGSEGV, -signal.SIGABRT, -signal.SIGBUS}
CODES = {
    "memory": {0, 71},
    "library": {0, 65, 66, 70, 71, 73, 74, 78} | CRASHES,  # HDF5 broke down, or left
    "hdf5": {0, 65, 71, 74},
    "open": {0, 65, 66, 73, 74},
    "read": {0, 65, 66, 74},
    "write": {0, 74},
    "short": {0},
    "sync": {0, 71, 74},  # 71: a text put together in memory
    "rename": {0, 73, 74},
    "size": {0, 74},
    "status": {0, 65, 66, 73, 74},
    "clock": {0},
}
KILLED = ("run", "restart", "study", "calibrate")  # those that go on
STICKY = {"memory", "hdf5", "open", "read", "write", "sync", "rename", "size", "clock"}  # also: this call and all later ones


class Campaign:
    def __init__(self, options, scratch):
        self.options, self.scratch = options, scratch
        self.random = random.Random(options.seed)
        self.n_injected = 0
        self.lost = []
        self.rows = []

    def folder(self, work):
        """A new folder with what the command finds there."""
        folder = tempfile.mkdtemp(dir=self.scratch)
        work.prepare(folder)
        return folder

    def counts(self, work):
        """Calls of each kind that an undisturbed run makes, its contents, and how long it takes."""
        folder = self.folder(work)
        path = os.path.join(self.scratch, work.name + ".counts")
        code, printed, complaint = work.play(folder, LD_PRELOAD=workload.INJECT, ENTREPOT_FAULT_COUNT=path)
        if code != 0:
            sys.exit(f"{work.name}: the undisturbed run ends with {code}: {complaint}")
        work.learn(folder)
        with open(path, encoding="ascii") as file:
            counts = dict((line.split()[0], int(line.split()[1])) for line in file)
        begin = time.monotonic()
        other = self.folder(work)
        work.play(other)
        seconds = time.monotonic() - begin
        work.learn(other)
        return counts, work.result(folder, 0, printed), seconds

    def judge(self, work, folder, outcome, allowed, reference, killed=False):
        """What is wrong after a fault; None when nothing is."""
        code, printed, complaint = outcome
        there = [name for _, _, names in os.walk(folder) for name in names]
        left = [name for name in os.listdir(folder) if name != work.output and name not in work.keeps]
        left += [name for name in there if name.endswith(".tmp") and name not in left]
        if killed or code == 70 or code in CRASHES:  # nobody is there to remove it
            left = [name for name in left if not name.endswith((".tmp", ".lock"))]
        if code is None:
            return "hangs"
        if code not in allowed:
            return f"ends with {code}"
        if code != 0 and not killed and not complaint.strip():
            return f"ends with {code} and says nothing"
        if left:
            return f"leaves {left}"
        try:
            result = work.result(folder, code, printed)
        except (OSError, KeyError) as error:
            return f"leaves an output that is not whole: {error}"
        if result is not None and result != reference:
            return "leaves other values"
        if code == 0 and result is None:
            return "says all is well without an output"
        if result is not None or work.untouched(folder):
            return None
        again, printed, complaint = work.play(folder)
        if again != 0:
            return f"cannot be repeated: {again}: {complaint}"
        try:
            if work.result(folder, again, printed) != reference:
                return "gives other values when repeated"
            left = [name for _, _, names in os.walk(folder) for name in names if name.endswith((".tmp", ".lock"))]
            left = [name for name in left if "-of-" not in name]  # a shard keeps its lock file
            return f"leaves {left} when repeated" if left else None
        except (OSError, KeyError) as error:
            return f"leaves an output that is not whole when repeated: {error}"

    def inject(self, work, fault, allowed, reference):
        folder = self.folder(work)
        outcome = work.play(folder, LD_PRELOAD=workload.INJECT, ENTREPOT_FAULT=fault)
        wrong = self.judge(work, folder, outcome, allowed, reference)
        shutil.rmtree(folder)
        return fault, outcome[0], wrong, outcome[2]

    def kill(self, work, delay, reference):
        folder = self.folder(work)
        process = work.start(folder)
        time.sleep(delay)
        process.send_signal(signal.SIGKILL)
        printed, complaint = process.communicate()
        allowed = {0, -signal.SIGKILL}
        outcome = process.returncode, printed, complaint.decode()
        wrong = self.judge(work, folder, outcome, allowed, reference, killed=True)
        shutil.rmtree(folder)
        return f"kill after {delay:.4f} s", process.returncode, wrong, complaint.decode()

    def chosen(self, kind, n):
        """The places to make fail: all, or an evenly spaced sample with the first and the last."""
        limit = n if self.options.all else min(n, self.options.sample)
        if self.options.all and kind == "library":
            limit = min(n, self.options.library)
        if limit <= 1:
            return list(range(1, limit + 1))
        return sorted({1 + round(i * (n - 1) / (limit - 1)) for i in range(limit)})

    def collect(self, work, kind, n_places, pending):
        codes = {}
        n = n_lost = 0
        for done in concurrent.futures.as_completed(pending):
            fault, code, wrong, complaint = done.result()
            n += 1
            codes[code] = codes.get(code, 0) + 1
            if wrong is not None:
                n_lost += 1
                self.lost.append(f"{work.name} {fault}: {wrong}: {complaint.strip()[-300:]}")
        self.n_injected += n
        self.rows.append((work.name, kind, n_places, n, n_lost, codes))
        ended = " ".join(f"{code}:{times}" for code, times in sorted(codes.items(), key=str))
        print(f"{work.name:9} {kind:9} {n_places:7} {n:8} {n_lost:5}   {ended}", flush=True)

    def play(self, work, pool):
        counts, reference, seconds = self.counts(work)
        for kind, n in counts.items():
            if n == 0 or (self.options.kind and kind not in self.options.kind):
                continue
            faults = [f"{kind}:{i}" for i in self.chosen(kind, n)]
            if kind in STICKY:
                some = faults[:: max(1, len(faults) // max(4, len(faults) // 4))]
                faults += [fault + "+" for fault in some]
            self.collect(work, kind, n, [pool.submit(self.inject, work, fault, CODES[kind], reference)
                                         for fault in faults])
        if self.options.kills > 0 and work.name in KILLED and not self.options.kind:
            delays = [self.random.uniform(0, 1.2 * seconds) for _ in range(-(-self.options.kills // len(KILLED)))]
            self.collect(work, "kill", 0, [pool.submit(self.kill, work, delay, reference) for delay in delays])


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--sample", type=int, default=30, help="places of each kind at most (30)")
    parser.add_argument("--all", action="store_true", help="every place of every kind but the libraries' memory")
    parser.add_argument("--library", type=int, default=500, help="places of the libraries' memory with --all (500)")
    parser.add_argument("--kills", type=int, default=10, help="SIGKILLs at random moments (10)")
    parser.add_argument("--least", type=int, default=0, help="fail when fewer faults than that were injected")
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--jobs", type=int, default=os.cpu_count())
    parser.add_argument("--kind", action="append", choices=sorted(CODES))
    parser.add_argument("--workload", action="append", help="run, restart, study, merge, calibrate, compare, report (these by "
                        "default), talks, check, describe, benchmark, tariffs, theory, reproduce")
    parser.add_argument("--instrumented", action="store_true",
                        help="the program counts its own coverage: libgcov, part of it, cannot bear a lack of memory")
    options = parser.parse_args()
    if options.instrumented:
        CODES["memory"].add(70)
    with tempfile.TemporaryDirectory() as scratch, concurrent.futures.ThreadPoolExecutor(options.jobs) as pool:
        campaign = Campaign(options, scratch)
        undisturbed = workload.run_workload()
        code, _, complaint = undisturbed.play(scratch)
        if code != 0:
            sys.exit(f"the undisturbed run ends with {code}: {complaint}")
        results = os.path.join(scratch, undisturbed.output)
        print("command   kind       places injected  lost   exit codes (code:times)")
        usual = [undisturbed, workload.restart_workload(scratch), *workload.study_workloads(scratch),
                 workload.calibrate_workload(scratch), workload.compare_workload(results), workload.report_workload(results)]
        others = [workload.talks_workload(), *workload.printing_workloads(results)]
        for work in usual + others:
            if work.name in options.workload if options.workload else work in usual:
                campaign.play(work, pool)
    for line in campaign.lost:
        print("LOST", line)
    places = sum(row[2] for row in campaign.rows)
    print(f"{campaign.n_injected} faults injected at {places} places that can fail, {len(campaign.lost)} lost")
    if campaign.n_injected < options.least:
        print(f"fewer than the {options.least} asked for")
    return 1 if campaign.lost or campaign.n_injected < options.least else 0


if __name__ == "__main__":
    sys.exit(main())
