#!/usr/bin/python3
"""Convert the data of Ignatenko, Lashkaripour, Macedoni and Simonovska (2025) to data/benchmark-liberation-day.h5.

    scripts/convert_liberation_day.py [--output FILE]
    scripts/convert_liberation_day.py --config > configs/liberation-day.yaml

194 economies and one sector of goods and services in 2023: bilateral trade, sales at home by what expenditure leaves, the
share of local sellers in the price of what is sold, and the tariffs the United States announced on 2 April 2025. The
steps are those of the paper's replication package, so that its published table comes out; docs/theory.md, section 10,
has the equations and what in them is a choice of the package.
"""

import argparse
import csv
import sys
from pathlib import Path

import numpy as np

sys.path.insert(0, str(Path(__file__).resolve().parent))
from benchmark_file import FORMAT_NAME, FORMAT_VERSION, benchmark_writer, hash_listing, open_source  # noqa: E402
from build_benchmark import ROOT, faults, read_rows  # noqa: E402

SOURCE = ROOT / "data" / "raw" / "liberation_day"
DEFAULT_FILE = ROOT / "data" / "benchmark-liberation-day.h5"
THOUSAND_TO_MILLION = 1e-3
HOME = "USA"
CITATION = ("Ignatenko, A., Lashkaripour, A., Macedoni, L. and Simonovska, I. (2025), Making America great again? The "
            "economic impacts of Liberation Day tariffs, Journal of International Economics")
SALES_SHARE = {"abroad": 0.12, "home": 0.26}  # of marketing and distribution in the sales of an economy's producers
TRADE_ELASTICITY = 4.0
SCALE_TIMES_TRADE = 0.67  # scale elasticity x trade elasticity; also trade elasticity / elasticity of firms
LABOUR_ELASTICITY = 0.5
LEAST_TARIFF = 0.1  # on everybody
ITERATIONS = 200
HEAD = """# The tariffs that the United States announced on 2 April 2025, on the data and by the model of Ignatenko, Lashkaripour,
# Macedoni and Simonovska (2025, Journal of International Economics). Their table 1 through the program:
#
#     entrepot theory configs/liberation-day.yaml                                         # case 1
#     entrepot theory configs/liberation-day.yaml --set theory.duties=lump_sum            # case 2
#     entrepot theory configs/liberation-day.yaml --closed-form USA --apply               # case 3
#
# One sector, no firms' data: it serves the static theory. Printed by scripts/convert_liberation_day.py --config.

name: liberation-day
title: "The tariffs announced on 2 April 2025, in the static theory"
benchmark: benchmark-liberation-day.h5
elasticity_set: ILMS

start: 2025-01-01
steps: 12
seed: 2025
replications: 1
slots: 100000

home: USA
regions: all
sectors: all
"""


def read_numbers(name):
    """Return a source table of numbers without its head; what is empty is zero."""
    with open_source(SOURCE / name) as handle:
        rows = list(csv.reader(handle))[1:]
    return np.array([[float(cell or 0.0) for cell in row] for row in rows])


def read_source():
    """Return codes, names, trade [exporter, importer] and GDP in million USD, and announced tariffs."""
    labels = read_rows(SOURCE / "country_labels.csv")
    codes = [row["iso3"] for row in labels]
    trade = read_numbers("trade_cepii.csv.xz") * THOUSAND_TO_MILLION
    gdp = read_numbers("gdp.csv")[:, 0] * THOUSAND_TO_MILLION**2
    tariff = np.maximum(read_numbers("tariffs.csv")[:, 0], LEAST_TARIFF)
    tariff[codes.index(HOME)] = 0.0
    if trade.shape != (len(codes), len(codes)) or gdp.shape != tariff.shape or np.trace(trade) != 0.0:
        raise ValueError("the tables do not fit one another")
    return codes, [row["CountryName"] for row in labels], trade, gdp, tariff


def local_shares(trade, gdp, home):
    """Return the shares of local sellers abroad and at home for which producers' sales have SALES_SHARE of them.

    The world is `home` and one economy of all others. Expenditure is GDP and the deficit net of local sales; what it
    leaves after imports is sold at home.
    """
    others = np.arange(len(gdp)) != home
    exports = np.array([trade[others, home].sum(), trade[home, others].sum()])
    within = trade[np.ix_(others, others)].sum()
    bought = np.array([within + exports[1], exports[0]])
    product = np.array([gdp[others].sum(), gdp[home]])
    share = np.array([SALES_SHARE["abroad"], SALES_SHARE["home"]])
    for _ in range(ITERATIONS):
        sold = np.array([within * (1 - share[0]) + exports[0] * (1 - share[1]), exports[1] * (1 - share[0])])
        spending = product + (1 - share) * (bought - sold)
        own = spending - exports[::-1]
        kept = own / (own + exports)
        mix = np.array([[kept[0], 1 - kept[0]], [1 - kept[1], kept[1]]])
        share = np.linalg.solve(mix, [SALES_SHARE["abroad"], SALES_SHARE["home"]])
    return share


def convert():
    """Return the arrays of the benchmark, values in million USD."""
    codes, names, trade, gdp, tariff = read_source()
    home = codes.index(HOME)
    abroad_share, home_share = local_shares(trade, gdp, home)
    local = np.full(len(codes), abroad_share)
    local[home] = home_share
    deficit = (1 - local) * (trade.sum(axis=0) - trade @ (1 - local))
    own = gdp + deficit - trade.sum(axis=0)
    flow = trade + np.diag(np.maximum(own, 0.0))
    expenditure = flow.sum(axis=0)
    product = flow @ (1 - local) + local * expenditure
    return {"codes": codes, "names": names, "flow": flow, "local": local, "expenditure": expenditure,
            "product": product, "tariff": tariff, "gdp": gdp,
            "no_own": [code for code, value in zip(codes, own) if value <= 0.0]}


def report(data):
    """Return what the data do and do not satisfy, as text."""
    return "\n".join([
        "Sales at home are what GDP and the deficit leave after imports; million USD, 2023.",
        f"  local sellers' share: {HOME} {data['local'][data['codes'].index(HOME)]:.6f}, others {data['local'][0]:.6f}",
        f"  imports above expenditure, no sales at home: {', '.join(data['no_own']) or 'none'}",
        f"  factor income over GDP: world {data['product'].sum() / data['gdp'].sum():.4f}, "
        f"median {np.median(data['product'] / data['gdp']):.4f}, largest {np.max(data['product'] / data['gdp']):.3f}"])


def write(path, data):
    """Write the converted benchmark to `path`."""
    codes, n = data["codes"], len(data["codes"])
    bilateral, million = ("sector", "origin", "destination"), "million USD per year"
    with benchmark_writer(path) as out:
        out.attribute("title", "Ignatenko et al. (2025): 194 economies, one sector, 2023")
        out.attribute("Conventions", "CF-1.10")
        out.attribute("entrepot_format", FORMAT_NAME)
        out.attribute("entrepot_format_version", FORMAT_VERSION)
        out.attribute("balanced", 1)
        out.attribute("references", CITATION)
        out.attribute("source_sha256", hash_listing(ROOT, [p for p in SOURCE.iterdir() if p.is_file()]))
        out.attribute("balance_report", report(data))
        for name, text in (("region", "economy"), ("origin", "economy a flow comes from"),
                           ("destination", "economy a flow goes to")):
            out.dimension(name, codes, text)
        out.dimension("sector", ["ALL"], "sector")
        out.dimension("input_sector", ["ALL"], "sector an input comes from")
        out.dimension("elasticity_set", ["ILMS"], "named set of trade elasticities")
        out.text("region_name", data["names"], "region", "name of the economy")
        out.text("sector_name", ["All goods and services"], "sector", "name of the sector")
        out.text("elasticity_source", [CITATION], "elasticity_set", "where the set is from")
        out.variable("flow", data["flow"][None], bilateral, million, "trade before tariff, sales at home on the diagonal")
        out.variable("tariff", np.zeros((1, n, n)), bilateral, "1", "applied ad valorem tariff: none before 2025")
        out.variable("freight", np.zeros((1, n, n)), bilateral, "1",
                     "freight and insurance as a fraction of basic price: none in this data set")
        out.variable("input_coefficient", np.zeros((n, 1, 1)), ("region", "input_sector", "sector"), "1",
                     "purchases of the input sector per unit of gross output: none in this data set")
        out.variable("value_added_share", np.ones((n, 1)), ("region", "sector"), "1",
                     "share of value added in gross output")
        out.variable("final_demand", data["expenditure"][:, None], ("region", "sector"), million, "expenditure")
        out.variable("gross_output", data["flow"].sum(axis=1)[:, None], ("region", "sector"), million, "sales before tariff")
        out.variable("local_share", data["local"], ("region",), "1",
                     "share of local sellers in the price before duty of what is bought abroad")
        out.variable("collection_wedge", np.zeros((1, n)), ("sector", "origin"), "1",
                     "share of the extra duty that is not collected: none in this data set")
        out.variable("elasticity", np.full((1, 1), TRADE_ELASTICITY), ("elasticity_set", "sector"), "1",
                     "trade elasticity theta of spending, positive")


def print_config(data):
    """Print configs/liberation-day.yaml."""
    home = data["codes"].index(HOME)
    print(HEAD)
    print(f"theory:\n  labour_elasticity: {LABOUR_ELASTICITY!r}\n  duties: income_tax\n"
          f"  scale_elasticity: {SCALE_TIMES_TRADE / TRADE_ELASTICITY!r}\n"
          f"  local_share: {{default: {data['local'][0]:.17g}, {HOME}: {data['local'][home]:.17g}}}\n"
          f"  firm_elasticity: {TRADE_ELASTICITY / SCALE_TIMES_TRADE!r}\n"
          "  numeraire: world_consumer_price\n  allow_zero_own_trade: true")
    rates = [f"{code}: {rate:.2f}" for code, rate in zip(data["codes"], data["tariff"]) if code != HOME]
    lines = [", ".join(rates[i:i + 10]) for i in range(0, len(rates), 10)]
    print("\nregimes:\n  announced:\n    measures:\n      - id: announced-2025-04-02\n"
          f"        importer: {HOME}\n        rates: {{" + ",\n          ".join(lines) + "}\n"
          "        announced: 2025-04-02\n        effective: 2025-04-09\n"
          "  before: {}\n\nscenarios: [announced, before]")


def main():
    """Run the command line; return the exit status."""
    parser = argparse.ArgumentParser(description="Convert the data of Ignatenko et al. (2025).")
    parser.add_argument("--output", type=Path, default=DEFAULT_FILE, help="file to write")
    parser.add_argument("--config", action="store_true", help="print the config instead")
    arguments = parser.parse_args()
    data = convert()
    if arguments.config:
        print_config(data)
        return 0
    write(arguments.output, data)
    print(report(data))
    found = faults(arguments.output)
    for fault in found:
        print(f"{arguments.output}: {fault}", file=sys.stderr)
    return 70 if found else 0


if __name__ == "__main__":
    sys.exit(main())
