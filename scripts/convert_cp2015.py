#!/usr/bin/python3
"""Convert the data of Caliendo and Parro (2015) to data/benchmark-cp2015.h5, in the layout of the other benchmark.

    scripts/convert_cp2015.py [--output FILE]

31 regions and 40 sectors in 1993, with the tariffs of 1993 and the counterfactual of the NAFTA cuts. The numbers are
taken as they are, from USD to million USD: nothing is balanced. Trade is before tariffs; freight and collection
wedges are zero. Where the data do not balance, `balance_report` says by how much.
"""

import argparse
import sys
from pathlib import Path

import numpy as np

sys.path.insert(0, str(Path(__file__).resolve().parent))
from benchmark_file import FORMAT_NAME, FORMAT_VERSION, benchmark_writer, hash_listing  # noqa: E402
from build_benchmark import ROOT, faults, read_rows  # noqa: E402

SOURCE = ROOT / "data" / "raw" / "cp2015"
DEFAULT_FILE = ROOT / "data" / "benchmark-cp2015.h5"
MILLION = 1e6
CITATION = ("Caliendo, L. and Parro, F. (2015), Estimates of the Trade and Welfare Effects of NAFTA, Review of "
            "Economic Studies 82(1), 1-44")


def read_set(name):
    """Return the members of a set file, one per line."""
    return (SOURCE / f"set_{name}.txt").read_text(encoding="utf-8").split("\n")[:-1]


def read_table(name, keys, sets, column="value"):
    """Return one column of a source table as an array over `keys`, in the order of `sets`; every cell must be there."""
    index = {key: {label: i for i, label in enumerate(sets[key])} for key in sets}
    table = np.full([len(sets[key]) for key in keys], np.nan)
    for row in read_rows(SOURCE / f"{name}.csv.xz"):
        table[tuple(index[key][row[key]] for key in keys)] = float(row[column])
    if np.isnan(table).any():
        raise ValueError(f"{name}: {np.isnan(table).sum()} cells are missing")
    return table


def convert():
    """Return the arrays of the benchmark, values in million USD."""
    regions, sectors = read_set("regions"), read_set("sectors")
    sets = {"region": regions, "exporter": regions, "importer": regions, "sector": sectors, "input": sectors}
    bilateral = ("sector", "exporter", "importer")
    inputs = read_table("intermediate_consumption", ("region", "input", "sector"), sets)
    value_added = read_table("value_added", ("region", "sector"), sets)
    cost = inputs.sum(axis=1) + value_added
    return {"regions": regions, "sectors": sectors,
            "flow": read_table("trade", bilateral, sets) / MILLION,
            "tariff": read_table("trade", bilateral, sets, "tariff"),
            "tariff_counterfactual": read_table("trade", bilateral, sets, "tariff_cfl"),
            "inputs": inputs / cost[:, None, :], "value_added": value_added / MILLION,
            "value_added_share": value_added / cost, "gross_output": cost / MILLION,
            "demand": read_table("final_consumption", ("region", "sector"), sets) / MILLION,
            "deficit": read_table("deficit", ("region",), sets, "D") / MILLION,
            "theta": read_table("theta", ("sector",), sets)}


def report(data):
    """Return what the data do and do not satisfy, as text."""
    spending = data["flow"] * (1 + data["tariff"])
    expenditure = spending.sum(axis=1).T
    use = np.einsum("dsk,dk->ds", data["inputs"], data["gross_output"]) + data["demand"]
    gap = expenditure - use
    revenue = (data["flow"] * data["tariff"]).sum(axis=(0, 1))
    income = data["value_added"].sum(axis=1) + revenue + data["deficit"]
    sales = data["flow"].sum(axis=2).T
    order = np.argsort(-np.abs(gap).ravel(), kind="stable")[:20]
    cells = [np.unravel_index(cell, gap.shape) for cell in order]
    negative = [f"{data['regions'][d]} {data['sectors'][s]} -> {data['sectors'][k]} "
                f"{data['inputs'][d, s, k] * data['gross_output'][d, k]:,.1f}"
                for d, s, k in np.argwhere(data["inputs"] < 0)]
    return "\n".join(
        ["Data of Caliendo and Parro (2015) as published: nothing was balanced. Million USD, 1993.",
         f"  gross output less sales before tariff, largest relative gap "
         f"{np.abs(data['gross_output'] / sales - 1).max():.3g}",
         f"  final consumption less value added, tariff revenue and deficit, largest relative gap "
         f"{np.abs(data['demand'].sum(axis=1) / income - 1).max():.3g}",
         f"  negative inputs, kept: {', '.join(negative) or 'none'}",
         f"  expenditure with tariffs less intermediate and final use, sum of absolute gaps "
         f"{np.abs(gap).sum():,.0f}, {np.abs(gap).sum() / expenditure.sum():.2%} of expenditure; largest cells:"]
        + [f"  {data['regions'][d] + ' ' + data['sectors'][s]:<36} use {use[d, s]:>14,.1f}  expenditure "
           f"{expenditure[d, s]:>14,.1f}" for d, s in cells])


def write(path, data):
    """Write the converted benchmark to `path`."""
    regions, sectors = data["regions"], data["sectors"]
    with benchmark_writer(path) as out:
        out.attribute("title", "Caliendo and Parro (2015): 31 regions, 40 sectors, 1993, with the NAFTA tariff cuts")
        out.attribute("Conventions", "CF-1.10")
        out.attribute("entrepot_format", FORMAT_NAME)
        out.attribute("entrepot_format_version", FORMAT_VERSION)
        out.attribute("balanced", 0)
        out.attribute("references", CITATION)
        out.attribute("source_sha256", hash_listing(ROOT, [p for p in SOURCE.iterdir() if p.is_file()]))
        out.attribute("balance_report", report(data))
        for name, text in (("region", "region"), ("origin", "region a flow comes from"),
                           ("destination", "region a flow goes to")):
            out.dimension(name, regions, text)
        out.dimension("sector", sectors, "sector")
        out.dimension("input_sector", sectors, "sector an input comes from")
        out.dimension("elasticity_set", ["CP"], "named set of trade elasticities")
        out.text("region_name", ["Rest of the world" if name == "Row" else name for name in regions], "region",
                 "name of the region")
        out.text("sector_name", sectors, "sector", "name of the sector")
        out.text("elasticity_source", [CITATION], "elasticity_set", "where the set is from")
        write_variables(out, data)


def write_variables(out, data):
    """Write the numeric variables."""
    bilateral, regional = ("sector", "origin", "destination"), ("region", "sector")
    million = "million USD per year"
    out.variable("flow", data["flow"], bilateral, million, "trade before tariff, domestic sales on the diagonal")
    out.variable("tariff", data["tariff"], bilateral, "1", "applied ad valorem tariff of 1993, a fraction")
    out.variable("tariff_counterfactual", data["tariff_counterfactual"], bilateral, "1",
                 "tariff of 1993 with the NAFTA members' tariffs on each other of 2005, a fraction")
    out.variable("freight", np.zeros_like(data["flow"]), bilateral, "1",
                 "freight and insurance as a fraction of basic price: none in this data set")
    out.variable("input_coefficient", data["inputs"], ("region", "input_sector", "sector"), "1",
                 "purchases of the input sector, tariff included, per unit of gross output")
    out.variable("value_added_share", data["value_added_share"], regional, "1",
                 "share of value added in gross output")
    out.variable("value_added", data["value_added"], regional, million, "value added")
    out.variable("final_demand", data["demand"], regional, million, "final consumption, tariff included")
    out.variable("gross_output", data["gross_output"], regional, million, "value added and intermediate consumption")
    out.variable("deficit", data["deficit"], ("region",), million, "imports less exports before tariff")
    out.variable("collection_wedge", np.zeros(data["flow"].shape[:2]), ("sector", "origin"), "1",
                 "share of the extra duty that is not collected: none in this data set")
    out.variable("elasticity", data["theta"][None, :], ("elasticity_set", "sector"), "1",
                 "trade elasticity theta of tariff-inclusive spending, positive")


def main():
    """Run the command line; return the exit status."""
    parser = argparse.ArgumentParser(description="Convert the data of Caliendo and Parro (2015).")
    parser.add_argument("--output", type=Path, default=DEFAULT_FILE, help="file to write")
    arguments = parser.parse_args()
    data = convert()
    write(arguments.output, data)
    print(report(data))
    found = faults(arguments.output)
    for fault in found:
        print(f"{arguments.output}: {fault}", file=sys.stderr)
    return 70 if found else 0


if __name__ == "__main__":
    sys.exit(main())
