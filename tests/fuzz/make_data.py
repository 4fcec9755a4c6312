#!/usr/bin/python3
"""Make what the fuzz targets start from: a benchmark of six regions (the shipped one aggregated), results of
a run of three steps, and the seed corpora. Usage: tests/fuzz/make_data.py [PROGRAM]   (after a change of a file format)"""
import gzip
import os
import re
import subprocess
import sys

import h5py
import numpy as np

HERE = os.path.dirname(os.path.abspath(__file__))
SOURCE = os.path.dirname(os.path.dirname(HERE))
sys.path.insert(0, os.path.join(SOURCE, "scripts"))
from benchmark_file import benchmark_writer, read_labels  # noqa: E402

REGIONS = ["KOR", "USA", "CHN", "JPN", "MEX"]  # and the rest
SETTINGS = ["steps=3", "burn_in=1", "replications=2", "repeats=1", "slots=300"]


def aggregate(path):
    """Write the small benchmark."""
    with h5py.File(os.path.join(SOURCE, "data/benchmark-2022.h5"), "r") as file:
        old = {name: file[name][()] for name in ("flow", "tariff", "freight", "elasticity", "value_added_share")}
        regions, sectors, sets = (read_labels(file, name) for name in ("region", "sector", "elasticity_set"))
    to_region = np.array([REGIONS.index(r) if r in REGIONS else len(REGIONS) for r in regions])
    n, m = len(REGIONS) + 1, len(sectors)

    def summed(values):
        total = np.zeros((m, n, n))
        np.add.at(total, (slice(None), to_region[:, None], to_region[None, :]), values)
        return total

    flow = summed(old["flow"])
    landed = summed(old["flow"] * (1 + old["freight"]))
    freight = np.divide(landed, flow, out=np.ones_like(flow), where=flow > 0) - 1
    tariff = summed(old["flow"] * (1 + old["freight"]) * old["tariff"])
    tariff = np.divide(tariff, landed, out=np.zeros_like(flow), where=landed > 0)
    output = landed.sum(axis=2).T  # [region][sector]
    spending = (landed * (1 + tariff)).sum(axis=1).T
    inputs = np.repeat((0.4 * spending / output.sum(axis=1, keepdims=True))[:, :, None], m, axis=2)
    used = np.einsum("rsu,ru->rs", inputs, output)
    with benchmark_writer(path) as out:
        out.attribute("Conventions", "CF-1.10")
        out.attribute("title", "Small benchmark for tests of hostile input")
        out.attribute("entrepot_format", "entrepot-benchmark")
        out.attribute("entrepot_format_version", 1)
        out.attribute("balanced", 1)
        names, groups = REGIONS + ["ROW"], sectors
        for name, labels in (("region", names), ("origin", names), ("destination", names), ("sector", groups),
                             ("input_sector", groups), ("elasticity_set", sets)):
            out.dimension(name, labels, name)
        out.text("region_name", names, "region", "Name")
        out.text("sector_name", groups, "sector", "Name")
        three = ("sector", "origin", "destination")
        out.variable("flow", flow, three, "million USD", "Flow")
        out.variable("tariff", tariff, three, "1", "Tariff")
        out.variable("freight", freight, three, "1", "Freight margin")
        out.variable("input_coefficient", inputs, ("region", "input_sector", "sector"), "1", "Inputs")
        out.variable("value_added_share", 1 - inputs.sum(axis=1), ("region", "sector"), "1", "Value added")
        out.variable("final_demand", spending - used, ("region", "sector"), "million USD", "Final demand")
        out.variable("collection_wedge", np.full((m, n), 0.05), ("sector", "origin"), "1", "Wedge")
        out.variable("elasticity", old["elasticity"], ("elasticity_set", "sector"), "1", "Elasticity")


CONFIG = b"""name: small
benchmark: small.h5
start: 2025-01-01
steps: 12
replications: 1
slots: 1000
home: KOR
regions: {KOR: [KOR], USA: [USA], JPN: [JPN], ROW: rest}
sectors: {services: [SERVICES], cars: [C29], goods: rest}
regimes:
  law: {measures: [{id: a, importer: USA, partners: [KOR], sectors: [goods], rate: 0.1, announced: 2025-02-01, effective: 2025-03-01}]}
  none: {}
scenarios: [law, none]
"""
STUDY = b"""study: all
model: ishigami
replications: 2
seed: 5
levers:
  - {name: a, path: a, values: [1, 2, 3]}
uncertainties:
  - {name: x1, path: x1, distribution: {kind: uniform, low: -3, high: 3}}
  - {name: x2, path: x2, distribution: {kind: lognormal, median: 1, sigma: 0.2, low: 0.5, high: 2}}
design: {kind: sobol, points: 64, seed: 3}
outcomes:
  - {name: y, outcome: y}
adaptive: {outcome: y, half_width: 0.1, level: 0.95, first: 8, most: 64}
"""
TARGETS = b"""calibration: small
parameters:
  - {name: theta, path: "uncertainty.parameters[theta].distribution", distribution: {kind: uniform, low: 0.7, high: 1.4}}
population: 10
generations: 2
set: {slots: 2000, steps: 14}
moments:
  - {name: end, kind: elasticity, flow: KOREA-WORLD, from: 2025-09, to: 2026-02, value: -0.6, error: 0.1, source: none}
"""
ODD = (float("nan"), float("inf"), -1.0, 0.0, 1e300, 5e-324)
CONFIG_STUDY = b"""study: tariffs
config: CONFIG
replications: 2
levers:
  - {name: rate, path: "regimes.law.measures[0].rate", values: [0, 0.1, 0.2]}
  - {name: steps, paths: [steps, burn_in], values: [6, 12]}
uncertainties:
  - {name: theta, path: parameters.trade_elasticity, distribution: {kind: triangular, low: 3, mode: 5, high: 8}}
design: {kind: latin_hypercube, points: 10}
outcomes:
  - {name: loss, outcome: exports, period: year1, scenario: law, base: none, partner: USA, view: change}
"""


def write(target, name, data):
    folder = os.path.join(HERE, "corpus", target)
    os.makedirs(folder, exist_ok=True)
    with open(os.path.join(folder, name), "wb") as file:
        file.write(data)


def text_of(path):
    with open(path, "rb") as file:
        return file.read()


def seeds(small, results):
    """The corpora: configs that ship, their measures, and files with a few numbers changed."""
    measures = re.compile(rb"\n    measures:\n((?:      .*\n|\s*\n)+)")
    for name in sorted(os.listdir(os.path.join(SOURCE, "configs"))):
        if not name.endswith(".yaml"):
            continue
        data = text_of(os.path.join(SOURCE, "configs", name))
        if len(data) < 60000:
            write("config", name, data)
            write("yaml", name, b"regimes.tariff.measures[0].rate=0.25\n" + data)
        for i, found in enumerate(measures.finditer(data)):
            if i < 3:
                write("measures", f"{name}.{i}", found.group(1))
    with open(os.path.join(HERE, "data/small.yaml"), "wb") as file:
        file.write(CONFIG)
    write("config", "small.yaml", CONFIG)
    history = text_of(os.path.join(SOURCE, "data/observed/history.csv")).split(b"\n")
    write("csv", "history.csv", b"\n".join(history[:12] + history[-12:]))
    write("csv", "quotes.csv", b'month,flow,sector,value,working_days\n2025-01,KOR-USA,total,"1,5",\n'
          b'2025-02,WLD-USA,cars,"2""",x\n2025-01,KOR-USA,total,-1,0\n2025-13,KOR-EUR,goods,nan,inf\n')
    write("csv", "gaps.csv", b"value,month,flow,sector\n,2024-01,KOR-USA,cars\n3,2049-12,KOR-USA,cars\n")
    write("study", "model.yaml", STUDY)
    write("study", "config.yaml", CONFIG_STUDY)
    for kind in (b"factorial", b"one_at_a_time", b"saltelli", b"morris", b"table"):
        write("study", kind.decode() + ".yaml", STUDY.replace(b"sobol, points: 64", kind + b", levels: 4, points: 4"))
    write("yaml", "paths", b"a.b[2].c={x: [1, 2], y: ~}\na: {b: [1, 2, {c: 3}]}\n")
    write("yaml", "anchors", b"x=1\na: &a [1, 2]\nb: *a\nc: !!str 3\nd: |\n  text\n  more\n")
    write("yaml", "deep", b"x=1\n" + b"[" * 200 + b"]" * 200)
    write("targets", "us-2025.yaml", text_of(os.path.join(SOURCE, "configs/calibrations/us-2025-targets.yaml")))
    write("targets", "small.yaml", TARGETS)
    checkpoint_seeds()
    sealed_seeds(small, results)
    observation_seeds()
    posterior = os.path.join(SOURCE, "data/posterior/us-2025.h5")
    for target, path in (("benchmark", small), ("results", results), ("posterior", posterior)):
        data = text_of(path)
        write(target, "cut", b"\1" + data[: len(data) // 4])
        if len(data) < 100000:
            write(target, "whole", b"\1" + data)
            write(target, "flipped", b"\1" + data[:5000] + bytes([data[5000] ^ 1]) + data[5001:])
        for i, value in enumerate(ODD):
            operations = b"".join(bytes([s, 0, s, i]) + np.float64(value).tobytes() for s in range(12))
            write(target, f"numbers-{i}", bytes([2 * (i % 2)]) + operations)


def checkpoint_seeds():
    """See fuzz_checkpoint.c for the first byte. Data sets of a part and a flight are some dozens, attributes follow."""
    write("checkpoint", "nothing", b"\1")
    write("checkpoint", "text", b"\1\x89HDF\r\n\x1a\nentrepot")
    for name, first in (("flight", 0), ("part", 2)):
        write("checkpoint", f"{name}-as-it-was", bytes([first]))
        write("checkpoint", f"{name}-flipped", bytes([first | 4, 0, 48, 0, 1, 0, 200, 7, 128]))
        for i, value in enumerate(ODD):
            number = np.float64(value).tobytes()
            write("checkpoint", f"{name}-numbers-{i}", bytes([first]) + b"".join(
                bytes([s, 7 * s % 256, 31 * s % 256, 8 * i]) + number for s in range(0, 180, 12)))
    for place in range(60, 78):  # attributes: format, replication, phase, step, sequence and others
        write("checkpoint", f"attribute-{place}", bytes([0, place, 0, 0, 0, place % 7 - 3 & 255] + 7 * [0]))


def sealed_seeds(small, results):
    """See fuzz_sealed.c: the file, and changes by place; seals of files are right, what HDF5 keeps of itself is not."""
    law = os.path.join(SOURCE, "data/law-us.h5")
    for kind, path in enumerate((small, results, law)):
        data = text_of(path)
        write("sealed", f"whole-{kind}", bytes([kind]))
        for mark in (b"TREE", b"HEAP", b"SNOD", b"GCOL", b"OHDR", b"OCHK", b"FRHP", b"BTHD"):
            place = data.find(mark, 8)
            if place >= 0:
                for step, change in ((5, 255), (8, 128), (17, 127)):
                    where = place + step
                    write("sealed", f"{mark.decode()}-{step}-{kind}",
                          bytes([kind, where >> 16 & 255, where >> 8 & 255, where & 255, change]))
    # found by fuzzing: a text longer than its room, and a chunk shorter than its checksum
    write("sealed", "text-overrun", bytes([1, 0, 0x0B, 0xAC, 0x10]))
    write("sealed", "chunk-of-no-bytes", bytes([1, 1, 0x36, 0x87, 0x20]))


def observation_seeds():
    data = text_of(os.path.join(SOURCE, "data/observed/korea-exports.csv"))
    write("observations", "korea.csv", data[:6000])
    write("observations", "korea.csv.gz", gzip.compress(data[:3000], mtime=0))
    write("observations", "cut.gz", gzip.compress(data[:3000], mtime=0)[:400])
    head = b"vintage,flow,product,measure,unit,basis,source,"
    write("observations", "gap", head + b"2023-01,2023-03\n2025-06,KOR-USA,total,exports,million USD,b,s,1,2\n")
    write("observations", "odd", head + b"2023-01,2023-02\n2025-06,KOR-USA,total,exports,million USD,b,s,-1,inf\n,,,,,,,,\n")


def main():
    program = sys.argv[1] if len(sys.argv) > 1 else os.path.join(SOURCE, "build/release/entrepot")
    os.makedirs(os.path.join(HERE, "data"), exist_ok=True)
    small, results = os.path.join(HERE, "data/small.h5"), os.path.join(HERE, "data/results.h5")
    aggregate(small)
    subprocess.run([program, "run", os.path.join(SOURCE, "configs/two-by-two.yaml"), "--set", f"benchmark={small}",
                    *[word for setting in SETTINGS for word in ("--set", setting)], "--quiet", "--no-compare",
                    "--overwrite", "-o", results], check=True)
    seeds(small, results)


if __name__ == "__main__":
    main()
