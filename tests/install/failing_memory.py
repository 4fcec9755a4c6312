#!/usr/bin/python3
"""The two programs that use the library: every place where memory is asked for fails in turn.

    failing_memory.py [--every N] PROGRAM...

Whatever the program, libentrepot, GSL, NLopt, jansson, libcsv or the C++ library ask for may be refused: the program
ends with a documented exit code and a message, or, where it can do without, with the undisturbed answer; it never
aborts, and neither it nor these libraries keep a block. Two libraries of Debian 12 do not stand it themselves: HDF5
1.10 (many places), and libfyaml 0.7.12 (fy_parse_input_append uses what fy_input_create could not make). What they
ask for themselves is left to the fault campaign, which holds that such a crash is reported and leaves nothing."""
import argparse
import concurrent.futures
import os
import subprocess
import sys
import tempfile

BUILD = os.environ["ENTREPOT_BUILD"]
CONFIG = os.path.join(os.environ["ENTREPOT_SOURCE"], "configs/two-by-two.yaml")
OBJECTS = "libentrepot,libgsl,libnlopt,libjansson,libcsv,libstdc++"
ALLOWED = {65, 66, 70, 71, 73, 74, 78}


def play(program, folder, fault):
    """Exit code, what was printed and complained, memory asked for, blocks kept (None where it never got so far)."""
    with tempfile.TemporaryDirectory(dir=folder) as own:
        counts = os.path.join(own, "counts")
        environment = dict(os.environ, LD_PRELOAD=os.path.join(BUILD, "tests/libentrepot_inject.so"), OMP_NUM_THREADS="1",
                           ENTREPOT_FAULT=fault, ENTREPOT_FAULT_COUNT=counts, ENTREPOT_FAULT_OBJECTS=OBJECTS)
        output = [os.path.join(own, "out.h5")] if os.path.basename(program) == "back" else []
        done = subprocess.run([program, CONFIG, *output], env=environment, capture_output=True, text=True, timeout=120,
                              check=False)
        found = {}
        if os.path.exists(counts):
            with open(counts, encoding="ascii") as file:
                found = dict((line.split()[0], int(line.split()[1])) for line in file)
        left = sorted(name for name in os.listdir(own) if name.endswith((".tmp", ".lock")))
        return done.returncode, done.stdout, done.stderr, found.get("memory"), found.get("blocks"), left


def judge(outcome, answer):
    """What is wrong after a fault; None when nothing is."""
    code, printed, complaint, _, blocks, left = outcome
    if code < 0 or code not in ALLOWED | {0}:
        return f"ends with {code}: {complaint[-200:]}"
    if code == 0 and printed != answer:
        return f"ends well with another answer: {printed}"
    if code != 0 and not complaint.strip():
        return f"ends with {code} and says nothing"
    if blocks != 0:
        return f"keeps {blocks} blocks"
    return f"leaves {left}" if left else None


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--every", type=int, default=1)
    parser.add_argument("programs", nargs="+")
    options = parser.parse_args()
    n_wrong = 0
    with tempfile.TemporaryDirectory() as folder, concurrent.futures.ThreadPoolExecutor(2) as pool:
        for program in options.programs:
            whole = play(program, folder, "")
            if whole[0] != 0 or not whole[3] or whole[4] != 0:
                sys.exit(f"{program}: the undisturbed run: {whole}")
            places = range(1, whole[3] + 1, options.every)
            outcomes = pool.map(lambda at, program=program: play(program, folder, f"memory:{at}"), places)
            n_error = 0
            for at, outcome in zip(places, outcomes):
                wrong = judge(outcome, whole[1])
                n_error += outcome[0] != 0
                if wrong is not None:
                    n_wrong += 1
                    print(f"{os.path.basename(program)}: request {at} refused: {wrong}")
            print(f"{os.path.basename(program)}: {len(places)} of {whole[3]} requests refused, {n_error} ended it")
            if n_error == 0:
                sys.exit("no fault mattered: nothing was tested")
    sys.exit(n_wrong > 0)


if __name__ == "__main__":
    main()
