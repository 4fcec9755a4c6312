"""Folders of src/ know only those below them: every #include and every call between folders, against docs/developer.md.

Calls are read from the objects (nm): an undefined symbol of one folder that another defines is a call.
"""
import os
import re
import subprocess
import sys

SOURCE, BUILD = os.environ["ENTREPOT_SOURCE"], os.environ["ENTREPOT_BUILD"]
GUIDE = os.path.join(SOURCE, "docs", "developer.md")
NO_CODE = {"report"}  # the page's script and style


def order():
    """Folders from the lowest to the highest: the table under "Where things live"."""
    with open(GUIDE, encoding="utf-8") as file:
        section = file.read().split("## Where things live")[1].split("\n## ")[0]
    return [name for name in re.findall(r"^\| ([a-z]+) \|", section, re.M) if name not in {"folder"} | NO_CODE]


def sources():
    root = os.path.join(SOURCE, "src")
    return sorted(os.path.relpath(os.path.join(folder, name), SOURCE) for folder, _, names in os.walk(root)
                  for name in names if name.endswith((".c", ".h")))


def objects(source):
    """Objects of a source: one, or none where the build leaves it out; kernels have one an instruction set."""
    found = []
    for target in TARGETS:
        path = os.path.join(BUILD, "CMakeFiles", target, source + ".o")
        if os.path.exists(path):
            found.append(path)
    return found


def symbols(path):
    defined, called = set(), set()
    printed = subprocess.run(["nm", "-g", path], check=True, capture_output=True, text=True).stdout
    for line in printed.splitlines():
        words = line.split()
        (called if words[-2] in "Uw" else defined).add(words[-1])
    return defined, called


def folder(source):
    return source.split("/")[1]


def includes(source):
    with open(os.path.join(SOURCE, source), encoding="utf-8") as file:
        return re.findall(r'^#include "((?:[a-z0-9_]+/)+[a-z0-9_]+\.h)"', file.read(), re.M)


def upward(levels, edges):
    """Those of (source, other folder, what) that point up."""
    return [f"{source} ({folder(source)}) uses {what} of {other}, which stands above it"
            for source, other, what in edges if levels[other] > levels[folder(source)]]


def include_edges(files):
    return [(source, name.split("/")[0], name) for source in files for name in includes(source)
            if os.path.exists(os.path.join(SOURCE, "src", name))]


def call_edges(files):
    home, calls = {}, []
    for source in files:
        for path in objects(source):
            defined, called = symbols(path)
            home.update((symbol, folder(source)) for symbol in defined if symbol.startswith("ent_"))
            calls += [(source, symbol) for symbol in called]
    return [(source, home[symbol], symbol) for source, symbol in calls if symbol in home]


# Whoever wants a number asks numbers/: values of a file are read there alone, besides by the command that compares two files
# byte by byte, and only there does the estimator see them.
IN_NUMBERS = {"ent_results_file_read": {"src/cli/cmd_reproduce.c"}, "ent_estimate": set()}


def aside(edges):
    """Calls of what numbers/ is there for from elsewhere."""
    return [f"{source} calls {what}: numbers/ is there for it" for source, _, what in edges
            if what in IN_NUMBERS and folder(source) != "numbers" and source not in IN_NUMBERS[what]]


TARGETS = [name for name in os.listdir(os.path.join(BUILD, "CMakeFiles")) if name.endswith(".dir")]


def main():
    names = order()
    levels = {name: i for i, name in enumerate(names)}
    files = sources()
    unnamed = {folder(source) for source in files} - set(names) - NO_CODE
    assert not unnamed, f"docs/developer.md does not say where these stand: {sorted(unnamed)}"
    edges = include_edges(files) + call_edges(files)
    assert len(edges) > 1000, "the includes and calls were not read"
    # the test itself: turned upside down, nearly every edge is a fault
    inverted = {name: -i for name, i in levels.items()}
    assert len(upward(inverted, edges)) > 500
    assert {what for _, _, what in edges} >= set(IN_NUMBERS)
    faults = upward(levels, edges) + aside(edges)
    print("\n".join(faults))
    assert not faults, f"{len(faults)} includes or calls point up or go past numbers"


if __name__ == "__main__":
    sys.exit(main())
