#!/usr/bin/python3
"""Mutation check: turn one arithmetic sign of the agents at a time (+ and -, * and /) and see whether the unit tests notice.

    scripts/mutate.py [--sample N] [--seed N] [--limit PERCENT] [--jobs N] [--file NAME] [--list]

Each mutant is compiled, linked into the tests of the agents and run until one fails; nothing in the tree is touched. Survivors
are listed; fails when fewer than the limit (90 %) are noticed. Sizes of allocations and copies are left to the sanitizers, and what
scripts/mutate.equivalent lists, with the reason, changes no result."""
import argparse
import concurrent.futures
import json
import os
import random
import re
import shlex
import subprocess
import sys
import tempfile

ROOT = os.path.dirname(os.path.dirname(os.path.abspath(__file__)))
BUILD = os.environ.get("ENTREPOT_BUILD", os.path.join(ROOT, "build/release"))
TESTS = ["test_agents", "test_rates", "test_schedule", "test_entry", "test_measures", "test_commitments",
         "test_negotiation", "test_exporters", "test_rate_parts", "test_engine"]
SWAP = {"+": "-", "-": "+", "*": "/", "/": "*"}
SIGN = re.compile(r"(?<=[^\s,(]) ([-+*/])(=?) (?=\S)")
SKIP = re.compile(r"alloc\(|memcpy\(|memset\(|^\s*(#|/\*|\*|//)")


def sites(path):
    """(line number from 0, position, sign) of each sign outside comments and texts."""
    with open(path, encoding="utf-8") as file:
        lines = file.read().split("\n")
    found, comment = [], False
    for number, line in enumerate(lines):
        if comment or line.lstrip().startswith("/*"):
            comment = "*/" not in line
            continue
        bare = re.sub(r"\"(\\.|[^\"\\])*\"", lambda text: "\"" * len(text.group()), line)
        bare = re.sub(r"/\*.*?(\*/|$)", lambda text: "\"" * len(text.group()), bare)
        if not SKIP.search(bare):
            found += [(number, match.start(1), match.group(1)) for match in SIGN.finditer(bare)]
    return lines, found


def commands():
    """Compile command by source, link command by test."""
    with open(os.path.join(BUILD, "compile_commands.json"), encoding="utf-8") as file:
        compile_of = {entry["file"]: entry["command"] for entry in json.load(file)
                      if re.search("/src/(agents|policy/(knowledge|rate|retaliation|schedule))", entry["file"]) and "entrepot_objects" in entry["command"]}
    link_of = {}
    for test in TESTS:
        printed = subprocess.run(["ninja", "-C", BUILD, "-t", "commands", "-s", f"tests/{test}"], check=True,
                                 capture_output=True, text=True).stdout
        link_of[test] = printed.strip().split("\n")[-1]
    return compile_of, link_of


def noticed(source, lines, site, compile_command, link_of):
    """The test that notices, "does not compile", or None."""
    number, position, sign = site
    changed = list(lines)
    changed[number] = changed[number][:position] + SWAP[sign] + changed[number][position + 1:]
    with tempfile.TemporaryDirectory() as folder:
        mutant, made = os.path.join(folder, os.path.basename(source)), os.path.join(folder, "mutant.o")
        with open(mutant, "w", encoding="utf-8") as file:
            file.write("\n".join(changed))
        words = shlex.split(compile_command)
        original = words[words.index("-o") + 1]
        words[words.index("-o") + 1] = made
        words = [mutant if word == source else word for word in words] + ["-I", os.path.dirname(source), "-O1"]
        if subprocess.run(words, cwd=BUILD, capture_output=True, check=False).returncode != 0:
            return "does not compile"
        environment = {**os.environ, "OMP_NUM_THREADS": "1", "ENTREPOT_SOURCE": ROOT, "ENTREPOT_BUILD": BUILD,
                       "ENTREPOT": os.path.join(BUILD, "entrepot")}
        for test, link in link_of.items():
            program = os.path.join(folder, test)
            command = link.replace(f" {original} ", f" {made} ").replace(f"-o tests/{test} ", f"-o {program} ")
            subprocess.run(command, cwd=BUILD, shell=True, check=True, capture_output=True)
            try:
                code = subprocess.run([program], cwd=ROOT, env=environment, capture_output=True, check=False,
                                      timeout=120).returncode
            except subprocess.TimeoutExpired:
                code = -1
            os.remove(program)
            if code != 0:
                return test
    return None


def equivalent():
    """Lines of code, stripped, whose signs may change without any result changing."""
    with open(os.path.join(ROOT, "scripts/mutate.equivalent"), encoding="utf-8") as file:
        return {line.split("\t")[0].strip() for line in file if line.strip() and not line.startswith("#")}


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--sample", type=int, default=0, help="so many mutants, drawn by the seed (all)")
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--limit", type=float, default=90.0)
    parser.add_argument("--jobs", type=int, default=os.cpu_count())
    parser.add_argument("--file", help="only the mutants of this file")
    parser.add_argument("--list", action="store_true", help="print the places, run nothing")
    options = parser.parse_args()
    compile_of, link_of = commands()
    known = equivalent()
    mutants = []
    for source in sorted(compile_of):
        lines, found = sites(source)
        if options.file is None or os.path.basename(source) == options.file:
            mutants += [(source, lines, site) for site in found if lines[site[0]].strip() not in known]
    if options.sample:
        mutants = random.Random(options.seed).sample(mutants, min(options.sample, len(mutants)))
    if options.list:
        for source, lines, site in mutants:
            print(f"{os.path.relpath(source, ROOT)}:{site[0] + 1}: {site[2]}: {lines[site[0]].strip()}")
        return 0
    n, n_noticed = 0, 0
    with concurrent.futures.ThreadPoolExecutor(options.jobs) as pool:
        pending = {pool.submit(noticed, source, lines, site, compile_of[source], link_of): (source, lines, site)
                   for source, lines, site in mutants}
        for done in concurrent.futures.as_completed(pending):
            source, lines, (number, _, sign) = pending[done]
            by = done.result()
            if by == "does not compile":
                continue
            n += 1
            n_noticed += by is not None
            if by is None:
                print(f"SURVIVED {os.path.relpath(source, ROOT)}:{number + 1}: {sign} -> {SWAP[sign]}: "
                      f"{lines[number].strip()}", flush=True)
    share = 100.0 * n_noticed / n if n else 0.0
    print(f"mutation: {n_noticed} of {n} changed signs in src/agents and the schedule of src/policy noticed, {share:.1f} % (limit {options.limit:g} %)")
    return 0 if share >= options.limit else 1


if __name__ == "__main__":
    sys.exit(main())
