#!/usr/bin/python3
"""Build data/benchmark-2022.h5, the data-year equilibrium of 81 economies and 28 sectors.

    scripts/build_benchmark.py              build the file and print the balance report
    scripts/build_benchmark.py --output F   build it elsewhere
    scripts/build_benchmark.py --check [F]  verify an existing file; exit 65 if it breaks a rule

Flows and tariffs are OECD ICIO 2022 and Teti's Global Tariff Database; US imports of goods are moved to 2024 with
Census data; input coefficients come from the 2011 World Input-Output Table. data/SOURCES.md names every source;
each step is described on the function that takes it. Values are million USD a year at basic price.

Balance, for every region d and sector s, with flow X, freight f, tariff t, gross output Y, input coefficients a and
final demand F:

    Y[o,s] = sum_d X[s,o,d] (1+f[s,o,d])
    E[d,s] = sum_o X[s,o,d] (1+f[s,o,d]) (1+t[s,o,d]) = sum_k a[d,s,k] Y[d,k] + F[d,s]

Shapes: N = 81 regions, S = 28 sectors; flows are [sector, origin, destination], regional tables [region, ...].
"""

import argparse
import csv
import sys
from collections import defaultdict
from decimal import Decimal
from pathlib import Path

import h5py
import numpy as np

sys.path.insert(0, str(Path(__file__).resolve().parent))
from benchmark_file import (FORMAT_NAME, FORMAT_VERSION, benchmark_writer, hash_listing, open_source,  # noqa: E402
                            read_labels)

ROOT = Path(__file__).resolve().parent.parent
RAW = ROOT / "data" / "raw"
DEFAULT_FILE = ROOT / "data" / "benchmark-2022.h5"
ICIO = RAW / "icio" / "ICIO2022.mat"
US_IMPORTS = RAW / "us_imports_2024" / "us_imports_2024_hs6.csv.xz"
WIOD_USE = RAW / "wiod2011" / "input_output_2011.csv.xz"
WIOD_FINAL = RAW / "wiod2011" / "final_use_and_output_2011.csv.xz"
WEDGES = ROOT / "data" / "observed" / "eta_by_partner_gtap.csv"
FACTS = ROOT / "data" / "facts" / "korea_exporter_firm_facts.csv"

SERVICES = "SERVICES"
FINAL = "FINAL"
CENSUS_EU27 = "0003"          # pool of the 27 members
CENSUS_SLOVAKIA = "4359"      # a member with a file of its own: taken out of the pool
MIN_VALUE_ADDED_SHARE = 0.05  # lower bound of value added in gross output
GROWTH_BOUNDS = (0.5, 2.0)    # bounds on the 2022-2024 factor of partners that Census files do not cover
RAS_TOLERANCE = 1e-13
RAS_ITERATIONS = 20000
BALANCE_TOLERANCE = 1e-9
LARGE_CELL = 1000.0           # million USD: cells the report lists one by one
LISTED = 30

# (fact id, name in the facts file, year, unit)
EXPORTER_FACTS = [
    ("exporter_count", "number of exporters (quarterly, Q4)", "2024", "firms"),
    ("exporter_share_top10", "top-10 exporters' share", "2024", "fraction of exports"),
    ("exporter_share_top100", "top-100 exporters' share", "2024", "fraction of exports"),
    ("exporter_survival_1y", "exporter 1-year survival", "2024", "fraction of entrants"),
    ("exporter_survival_5y", "exporter 5-year survival", "2024", "fraction of entrants"),
]


# ---------------------------------------------------------------- sources

def read_rows(path):
    """Return a CSV source as a list of dicts."""
    with open_source(path) as handle:
        return list(csv.DictReader(handle))


def source_paths():
    """Return every input the benchmark is built from."""
    tables = [RAW / f"{name}.csv" for name in
              ("economies", "sectors", "concordance_hs_icio", "concordance_wiod_icio", "concordance_gtap_icio",
               "freight_margins", "zone_distance", "input_affinity", "elasticity_sets")]
    return tables + [ICIO, US_IMPORTS, WIOD_USE, WIOD_FINAL, WEDGES, FACTS]


def matlab_strings(file, dataset):
    """Return a MATLAB cell array of strings."""
    return ["".join(chr(unit) for unit in file[ref][()].ravel()) for ref in dataset[()].ravel()]


def read_icio(economies, sectors):
    """Return flows [S,N,N] in million USD and applied tariffs [S,N,N] as [sector, origin, destination].

    The MATLAB file holds [sector, importer, exporter]; its order of economies and sectors is checked, not assumed.
    """
    with h5py.File(ICIO, "r") as file:
        data = file["data"]
        if matlab_strings(file, data["countries"]) != [row["code"] for row in economies]:
            raise ValueError("economies.csv and ICIO2022.mat list different economies")
        if matlab_strings(file, data["sectors"]) != [row["icio_code"] for row in sectors]:
            raise ValueError("sectors.csv and ICIO2022.mat list different sectors")
        flow = data["Xjik_3D"][()].transpose(0, 2, 1).copy()
        tariff = data["tjik_3D"][()].transpose(0, 2, 1).copy()
    np.einsum("sii->si", tariff)[:] = 0.0
    return flow, tariff


def read_elasticities(codes):
    """Return trade elasticities theta [set, S]: minus the elasticity of tariff-inclusive spending, sigma - 1."""
    with h5py.File(ICIO, "r") as file:
        return np.array([file[f"data/sigma/{code}/epsilon_S"][()].ravel() for code in codes])


# ---------------------------------------------------------------- United States, 2024

def sector_of(hs6, concordance):
    """Return the sector of an HS6 code: the longest prefix in the concordance decides."""
    for length in range(6, 1, -1):
        sector = concordance.get(hs6[:length])
        if sector is not None:
            return sector
    raise ValueError(f"HS {hs6} is not in the concordance")


def read_us_imports(concordance):
    """Return {census code: {sector: [value, duty]}}, US imports and calculated duties of 2024 in million USD."""
    totals = defaultdict(lambda: defaultdict(lambda: np.zeros(2)))
    for row in read_rows(US_IMPORTS):
        amounts = np.array([float(row["imports_usd_2024"]), float(row["calc_duty_usd_2024"])]) / 1e6
        totals[row["cty_code"]][sector_of(row["hs6"], concordance)] += amounts
    for sector, amounts in totals[CENSUS_SLOVAKIA].items():
        totals[CENSUS_EU27][sector] = np.maximum(totals[CENSUS_EU27][sector] - amounts, 0.0)
    return totals


def us_goods(sectors):
    """Return the indices of sectors with a goods counterpart in customs data (not services, not mining support)."""
    return [s for s, code in enumerate(sectors) if code not in (SERVICES, "B09")]


def covered_partners(economies, imports):
    """Return {census code: [origin indices]} for the economies Census files cover; EU members share one code."""
    groups = defaultdict(list)
    for index, row in enumerate(economies):
        if row["census_code"] in imports:
            groups[row["census_code"]].append(index)
    return groups


def rest_imports(economies, imports, sector):
    """Return [value, duty] of the Census partners that ICIO counts in its rest of the world."""
    known = {row["census_code"] for row in economies}
    return sum((imports[code][sector] for code in imports if code not in known), np.zeros(2))


def move_us_imports(flow, tariff, economies, sectors, imports):
    """Move US goods imports to 2024 in place; return the growth factor given to uncovered partners, [S].

    Covered partners take the Census value and the collected rate (calculated duty over customs value). The members of
    a pooled partner share its value in proportion to their ICIO flows and have one rate. Economies without a Census
    file grow by the factor of all covered partners in the sector, within GROWTH_BOUNDS, and keep their ICIO-year
    tariffs. The rest of the world takes the larger of that and the sum of its own Census partners, and their rate.
    """
    usa = [row["code"] for row in economies].index("USA")
    groups = covered_partners(economies, imports)
    covered = [o for members in groups.values() for o in members]
    rest = [row["census_code"] for row in economies].index("rest")
    uncovered = [o for o, row in enumerate(economies) if not row["census_code"] and o != usa]
    growth = np.ones(len(sectors))
    for s in us_goods(sectors):
        before = flow[s, covered, usa].sum()
        for code, members in groups.items():
            value, duty = imports[code][sectors[s]]
            share = flow[s, members, usa]
            share = share / share.sum() if share.sum() > 0 else np.full(len(members), 1 / len(members))
            flow[s, members, usa] = value * share
            if value > 0:
                tariff[s, members, usa] = duty / value
        growth[s] = np.clip(flow[s, covered, usa].sum() / before, *GROWTH_BOUNDS)
        flow[s, uncovered, usa] *= growth[s]
        value, duty = rest_imports(economies, imports, sectors[s])
        flow[s, rest, usa] = max(flow[s, rest, usa] * growth[s], value)
        if value > 0:
            tariff[s, rest, usa] = duty / value
    return growth


# ---------------------------------------------------------------- freight, wedges, facts

def distance_class(zone_a, zone_b, table):
    """Return near (same zone), middle (a listed pair) or far; the rest of the world is far from everywhere."""
    if zone_a == zone_b and zone_a != "rest":
        return "near"
    return table.get((zone_a, zone_b)) or table.get((zone_b, zone_a)) or "far"


def freight_margins(economies, sectors):
    """Return freight and insurance as a fraction of basic price, [S,N,N]; zero within an economy."""
    table = {(row["zone_a"], row["zone_b"]): row["class"] for row in read_rows(RAW / "zone_distance.csv")}
    margins = {row["sector"]: row for row in read_rows(RAW / "freight_margins.csv")}
    zones = [row["zone"] for row in economies]
    classes = [[distance_class(a, b, table) for b in zones] for a in zones]
    freight = np.array([[[float(margins[sector][c]) for c in line] for line in classes] for sector in sectors])
    np.einsum("sii->si", freight)[:] = 0.0
    return freight


def measured_wedge(eta, group, code):
    """Return eta of a partner group and GTAP sector; of group `row`, or the mean of all groups, where it is missing."""
    for key in ((group, code), ("row", code)):
        if key in eta:
            return eta[key]
    values = [value for (_, other), value in sorted(eta.items()) if other == code]
    return sum(values) / len(values) if values else None


def collection_wedges(economies, sectors):
    """Return the share of statutory extra US duty that is not collected, [S,N], within [0,1].

    GTAP sectors are averaged with the written weights. Measured shares below zero (more collected than the statute
    asks) become zero. Services and the United States: zero.
    """
    eta = {(row["eta_group"], row["gtap_code"]): float(row["eta"]) for row in read_rows(WEDGES)}
    members = defaultdict(list)
    for row in read_rows(RAW / "concordance_gtap_icio.csv"):
        members[row["icio_sector"]].append((row["gtap_code"], float(row["weight"])))
    wedge = np.zeros((len(sectors), len(economies)))
    for o, economy in enumerate(economies):
        for s, sector in enumerate(sectors):
            found = [(measured_wedge(eta, economy["wedge_group"], code), weight) for code, weight in members[sector]]
            found = [(value, weight) for value, weight in found if value is not None and weight > 0]
            if found and economy["wedge_group"]:
                mean = sum(value * weight for value, weight in found) / sum(weight for _, weight in found)
                wedge[s, o] = min(max(mean, 0.0), 1.0)
    return wedge


def exporter_facts():
    """Return rows (id, value, unit, year, source) on Korean exporters."""
    rows = {(row["fact"], row["year"]): row for row in read_rows(FACTS)}
    facts = []
    for identifier, name, year, unit in EXPORTER_FACTS:
        row = rows[name, year]
        text = row["value"]
        value = float(Decimal(text[:-1]).scaleb(-2)) if text.endswith("%") else float(text)
        facts.append((identifier, value, unit, float(year), f"{name}, Korea: {row['source']}"))
    return facts


# ---------------------------------------------------------------- input-output structure

def wiod_classes(sectors):
    """Return (class index of each WIOD sector, class index of each of the S sectors, number of classes).

    A class is a set of WIOD and ICIO sectors that the concordance ties together, such as c12 with iron and steel,
    non-ferrous metals and metal products, or c17 to c35 with services.
    """
    pairs = [(row["wiod_sector"], row["icio_sector"]) for row in read_rows(RAW / "concordance_wiod_icio.csv")]
    of_wiod, of_icio, count = {}, {}, 0
    for wiod, icio in pairs:
        known = of_wiod.get(wiod, of_icio.get(icio))
        if known is None:
            known, count = count, count + 1
        of_wiod[wiod] = of_icio[icio] = known
    return of_wiod, np.array([of_icio[sector] for sector in sectors]), count


def read_wiod(of_wiod, count):
    """Return {country: (use [C,C], final use [C], gross output [C])} in million USD, summed to classes."""
    use = defaultdict(lambda: np.zeros((count, count)))
    final = defaultdict(lambda: np.zeros(count))
    output = defaultdict(lambda: np.zeros(count))
    for row in read_rows(WIOD_USE):
        use[row["country"]][of_wiod[row["input_sector"]], of_wiod[row["using_sector"]]] += float(row["total"])
    for row in read_rows(WIOD_FINAL):
        final[row["country"]][of_wiod[row["sector"]]] += float(row["final_use"])
        output[row["country"]][of_wiod[row["sector"]]] += float(row["gross_output"])
    return {country: (use[country], final[country], output[country]) for country in use}


def class_coefficients(wiod, country):
    """Return input coefficients [C,C] of a WIOD country; columns without output are the rest of the world's."""
    use, _, output = wiod[country]
    rest_use, _, rest_output = wiod["RoW"]
    fallback = rest_use / rest_output
    safe = np.where(output > 0, output, 1.0)
    return np.where(output > 0, use / safe, fallback)


def read_affinity(sectors):
    """Return weights [S, S+1] that tilt the split of an input class over its sectors; the last column is final use."""
    index = {code: i for i, code in enumerate(sectors + [FINAL])}
    affinity = np.ones((len(sectors), len(sectors) + 1))
    for row in read_rows(RAW / "input_affinity.csv"):
        affinity[index[row["input_sector"]], index[row["using_sector"]]] = float(row["weight"])
    return affinity


def split_shares(expenditure, classes, affinity):
    """Return each sector's share of its class in every using column, [S, S+1], columns summing to one by class.

    Shares are proportional to the region's expenditure on the sector times the affinity of sector and user; where
    that leaves a class empty the affinity is ignored, and where the region buys nothing of it shares are equal.
    """
    shares = expenditure[:, None] * affinity
    for c in range(classes.max() + 1):
        rows = np.flatnonzero(classes == c)
        total = shares[rows].sum(axis=0)
        plain = expenditure[rows] / expenditure[rows].sum() if expenditure[rows].sum() > 0 else 1 / len(rows)
        plain = np.broadcast_to(np.reshape(plain, (-1, 1)) if np.ndim(plain) else plain,
                                (len(rows), affinity.shape[1]))
        shares[rows] = np.where(total > 0, shares[rows] / np.where(total > 0, total, 1.0), plain)
    return shares


def raw_regional_table(wiod, economy, expenditure, output, classes, affinity):
    """Return the unbalanced coefficients [S,S] and final demand [S] of one region.

    Final demand has the 2011 composition and the total that the region's expenditure leaves after intermediate use.
    """
    coefficients = class_coefficients(wiod, economy["wiod_code"])
    final = np.maximum(wiod[economy["wiod_code"]][1], 0.0)
    shares = split_shares(expenditure, classes, affinity)
    inputs = coefficients[np.ix_(classes, classes)] * shares[:, :-1]
    scale = (1.0 - MIN_VALUE_ADDED_SHARE) / np.maximum(inputs.sum(axis=0), 1.0 - MIN_VALUE_ADDED_SHARE)
    inputs *= scale
    demand = final[classes] * shares[:, -1]
    total = expenditure.sum() - (inputs @ output).sum()
    return inputs, demand / demand.sum() * total, int((scale < 1.0).sum())


def ras(table, row_totals, column_totals):
    """Scale rows and columns of a non-negative table in turn until both totals hold (Bacharach 1970).

    The result is the table of least information distance from the first (Kullback-Leibler) with these totals.
    Ends on the rows, so those are exact.
    """
    table = table.copy()
    for _ in range(RAS_ITERATIONS):
        sums = table.sum(axis=0)
        table *= np.where(sums > 0, column_totals / np.where(sums > 0, sums, 1.0), 0.0)
        sums = table.sum(axis=1)
        factors = np.where(sums > 0, row_totals / np.where(sums > 0, sums, 1.0), 0.0)
        table *= factors[:, None]
        if np.abs(factors[row_totals > 0] - 1.0).max() < RAS_TOLERANCE:
            return table
    raise ValueError(f"balancing did not converge in {RAS_ITERATIONS} rounds")


def balance_region(inputs, demand, expenditure, output):
    """Return balanced (coefficients [S,S], final demand [S]) of one region.

    The use table [S, S+1] is balanced by RAS to the region's expenditure by row; by column each sector keeps its
    value-added share. Flows and tariffs are not touched. Sectors without output keep their raw coefficients.
    """
    if demand.sum() <= 0:
        raise ValueError(f"nothing is left for final demand: {demand.sum():.6g} million USD")
    use = np.column_stack([inputs * output, demand])
    balanced = ras(use, expenditure, use.sum(axis=0))
    made = output > 0
    coefficients = np.where(made, balanced[:, :-1] / np.where(made, output, 1.0), inputs)
    return coefficients, np.maximum(expenditure - coefficients @ output, 0.0)


# ---------------------------------------------------------------- report

def cell_lines(cells, limit=LISTED):
    """Return report lines for (label, before, after) cells, the largest change first."""
    cells = sorted(cells, key=lambda cell: (-abs(cell[2] - cell[1]), cell[0]))
    return [f"  {label:<36} {before:>14,.1f} -> {after:>14,.1f}  {after - before:>+14,.1f}"
            for label, before, after in cells[:limit]]


def report_us(before, after, regions, sectors):
    """Return lines on US imports before and after they were moved to 2024."""
    usa = regions.index("USA")
    cells = [(f"{sectors[s]} from {regions[o]}", before[s, o, usa], after[s, o, usa])
             for s in range(len(sectors)) for o in range(len(regions))
             if max(before[s, o, usa], after[s, o, usa]) > LARGE_CELL and before[s, o, usa] != after[s, o, usa]]
    lines = ["US imports of goods moved from ICIO 2022 to Census 2024, million USD at basic price"]
    lines += [f"  {'sector':<10} {'ICIO 2022':>12} {'2024':>12} {'from Korea':>12} {'2024':>12} {'US own 2022':>14}"]
    others = [o for o in range(len(regions)) if o != usa]
    kor = regions.index("KOR")
    for s, code in enumerate(sectors):
        lines.append(f"  {code:<10} {before[s, others, usa].sum():>12,.0f} {after[s, others, usa].sum():>12,.0f} "
                     f"{before[s, kor, usa]:>12,.0f} {after[s, kor, usa]:>12,.0f} {after[s, usa, usa]:>14,.0f}")
    goods = [s for s, code in enumerate(sectors) if code != SERVICES]
    lines.append(f"  {'goods':<10} {before[goods][:, others, usa].sum():>12,.0f} "
                 f"{after[goods][:, others, usa].sum():>12,.0f} {before[goods, kor, usa].sum():>12,.0f} "
                 f"{after[goods, kor, usa].sum():>12,.0f} {after[goods, usa, usa].sum():>14,.0f}")
    return lines + [f"  largest of {len(cells)} changed cells above {LARGE_CELL:,.0f}:"] + cell_lines(cells)


def report_balance(expenditure, raw, final, regions, sectors, output):
    """Return lines on the raw imbalance and on what balancing changed."""
    use_before = np.einsum("dsk,dk->dsk", raw["inputs"], output)
    use_after = np.einsum("dsk,dk->dsk", final["inputs"], output)
    supplied = use_before.sum(axis=2) + raw["demand"]
    gap = expenditure - supplied
    lines = ["Raw imbalance by cell: expenditure less intermediate and final use, million USD",
             f"  sum of absolute gaps {np.abs(gap).sum():,.0f}, {np.abs(gap).sum() / expenditure.sum():.4%} of "
             f"expenditure; goods alone {np.abs(gap[:, :-1]).sum():,.0f}, "
             f"{np.abs(gap[:, :-1]).sum() / expenditure[:, :-1].sum():.4%}",
             f"  cells above {LARGE_CELL:,.0f}: {(np.abs(gap) > LARGE_CELL).sum()} of {gap.size}; largest "
             "(use -> expenditure):"]
    lines += cell_lines([(f"{regions[d]} {sectors[s]}", supplied[d, s], expenditure[d, s])
                         for d in range(len(regions)) for s in range(len(sectors))])
    before = np.concatenate([use_before, raw["demand"][:, :, None]], axis=2)
    after = np.concatenate([use_after, final["demand"][:, :, None]], axis=2)
    users = sectors + ["final demand"]
    large = [(f"{regions[d]} {sectors[s]} -> {users[k]}", before[d, s, k], after[d, s, k])
             for d, s, k in np.argwhere(np.maximum(before, after) > LARGE_CELL)]
    change = np.array([b - a for _, a, b in large])
    size = np.array([a for _, a, _ in large])
    lines += ["What balancing changed in the use tables (flows and tariffs were not touched)",
              f"  sum of absolute changes {np.abs(after - before).sum():,.0f}, "
              f"{np.abs(after - before).sum() / before.sum():.4%} of all use; cells above {LARGE_CELL:,.0f}: "
              f"{len(large)}, changed by a median {np.median(np.abs(change) / np.maximum(size, 1e-9)):.2%}, "
              f"{(np.abs(change) > 0.25 * size).sum()} of them by more than a quarter; largest:"]
    lines += cell_lines(large)
    return lines


def report_oddities(flow, output, expenditure, final, regions, sectors, floored):
    """Return lines on empty cells, value-added bounds and small final demand."""
    own = [f"{sectors[s]}: " + " ".join(regions[o] for o in np.flatnonzero(np.einsum('ii->i', flow[s]) == 0))
           for s in range(len(sectors)) if (np.einsum("ii->i", flow[s]) == 0).any()]
    idle = [f"{regions[o]} {sectors[s]}" for o, s in np.argwhere(output == 0)]
    empty = [f"{regions[d]} {sectors[s]}" for d, s in np.argwhere(expenditure == 0)]
    share = final["demand"].sum(axis=1) / np.einsum("dk,dk->d", final["value_added"], output)
    extremes = np.argsort(share)
    show = [f"{regions[d]} {share[d]:.2f}" for d in list(extremes[:6]) + list(extremes[-4:])]
    return (["Economies without own trade (their demand is all imported), by sector"] + [f"  {line}" for line in own]
            + [f"Cells without output (raw coefficients kept): {len(idle)}" + ("; " + ", ".join(idle) if idle else ""),
               f"Cells without expenditure: {len(empty)}" + ("; " + ", ".join(empty) if empty else ""),
               f"Columns whose inputs were scaled to keep value added at {MIN_VALUE_ADDED_SHARE}: {floored}",
               "Final demand over value added, the extremes: " + ", ".join(show)])


# ---------------------------------------------------------------- build

def build():
    """Return every array of the benchmark and the balance report in one dict."""
    economies, sector_rows = read_rows(RAW / "economies.csv"), read_rows(RAW / "sectors.csv")
    sectors, regions = [row["code"] for row in sector_rows], [row["code"] for row in economies]
    flow, tariff = read_icio(economies, sector_rows)
    icio_flow = flow.copy()
    concordance = {row["hs_prefix"]: row["sector"] for row in read_rows(RAW / "concordance_hs_icio.csv")}
    imports = read_us_imports(concordance)
    growth = move_us_imports(flow, tariff, economies, sectors, imports)
    freight = freight_margins(economies, sectors)
    output = (flow * (1 + freight)).sum(axis=2).T
    expenditure = (flow * (1 + freight) * (1 + tariff)).sum(axis=1).T

    of_wiod, classes, count = wiod_classes(sectors)
    wiod, affinity = read_wiod(of_wiod, count), read_affinity(sectors)
    raw = {"inputs": [], "demand": []}
    final = {"inputs": [], "demand": []}
    floored = 0
    for d, economy in enumerate(economies):
        inputs, demand, bounded = raw_regional_table(wiod, economy, expenditure[d], output[d], classes, affinity)
        floored += bounded
        balanced = balance_region(inputs, demand, expenditure[d], output[d])
        for store, pair in ((raw, (inputs, demand)), (final, balanced)):
            store["inputs"].append(pair[0])
            store["demand"].append(pair[1])
    raw, final = ({key: np.array(value) for key, value in store.items()} for store in (raw, final))
    final["value_added"] = 1.0 - final["inputs"].sum(axis=1)

    left_out = sum(group["NONE"][0] for code, group in imports.items() if code != CENSUS_SLOVAKIA)
    report = report_us(icio_flow, flow, regions, sectors)
    report += [f"  left out: HS 98 and 99 (US goods returned, low-value estimates), {left_out:,.0f}; from Korea "
               f"{imports['5800']['NONE'][0]:,.0f}",
               "  growth of partners without a Census file: "
               + " ".join(f"{code} {growth[s]:.2f}" for s, code in enumerate(sectors) if growth[s] != 1)]
    report += report_balance(expenditure, raw, final, regions, sectors, output)
    report += report_oddities(flow, output, expenditure, final, regions, sectors, floored)
    sets = read_rows(RAW / "elasticity_sets.csv")
    return {"economies": economies, "sectors": sector_rows, "flow": flow, "tariff": tariff, "freight": freight,
            "inputs": final["inputs"], "value_added": final["value_added"], "demand": final["demand"],
            "output": output, "wedge": collection_wedges(economies, sectors), "sets": sets,
            "elasticity": read_elasticities([row["code"] for row in sets]), "facts": exporter_facts(),
            "report": "\n".join(report)}


def write(path, data):
    """Write the benchmark to `path`."""
    regions = [row["code"] for row in data["economies"]]
    codes = [row["code"] for row in data["sectors"]]
    with benchmark_writer(path) as out:
        out.attribute("title", "Entrepot benchmark: 81 economies, 28 sectors, 2022, with US goods imports of 2024")
        out.attribute("Conventions", "CF-1.10")
        out.attribute("entrepot_format", FORMAT_NAME)
        out.attribute("entrepot_format_version", FORMAT_VERSION)
        out.attribute("balanced", 1)
        out.attribute("source_sha256", hash_listing(ROOT, source_paths()))
        out.attribute("balance_report", data["report"])
        out.dimension("region", regions, "economy, ISO 3166-1 alpha-3; ROW is the rest of the world")
        out.dimension("origin", regions, "economy a flow comes from")
        out.dimension("destination", regions, "economy a flow goes to")
        out.dimension("sector", codes, "sector, ICIO code")
        out.dimension("input_sector", codes, "sector an input comes from, ICIO code")
        out.dimension("elasticity_set", [row["code"] for row in data["sets"]], "named set of trade elasticities")
        out.dimension("fact", [row[0] for row in data["facts"]], "named fact about Korean exporters")
        out.text("region_name", [row["name"] for row in data["economies"]], "region", "name of the economy")
        out.text("sector_name", [row["name"] for row in data["sectors"]], "sector", "name of the sector")
        write_variables(out, data)


def write_variables(out, data):
    """Write the numeric variables and their texts."""
    bilateral = ("sector", "origin", "destination")
    out.variable("flow", data["flow"], bilateral, "million USD per year",
                 "trade at basic price, before freight and tariff, domestic sales on the diagonal",
                 source="OECD ICIO 2022; US goods imports: US Census 2024, customs value")
    out.variable("tariff", data["tariff"], bilateral, "1", "applied ad valorem tariff, a fraction",
                 source="Global Tariff Database (Teti); US: Census 2024 calculated duty over customs value where "
                        "Census covers the partner")
    out.variable("freight", data["freight"], bilateral, "1",
                 "freight and insurance as a fraction of basic price",
                 source="data/raw/freight_margins.csv, own approximation at OECD ITIC magnitudes")
    out.variable("input_coefficient", data["inputs"], ("region", "input_sector", "sector"), "1",
                 "purchases of the input sector, freight and tariff included, per unit of gross output",
                 source="World Input-Output Database 2011, balanced")
    out.variable("value_added_share", data["value_added"], ("region", "sector"), "1",
                 "share of gross output that is not inputs: value added and net taxes on products")
    out.variable("final_demand", data["demand"], ("region", "sector"), "million USD per year",
                 "consumption, investment and government, freight and tariff included")
    out.variable("gross_output", data["output"], ("region", "sector"), "million USD per year",
                 "sales to all destinations, freight included")
    out.variable("collection_wedge", data["wedge"], ("sector", "origin"), "1",
                 "share of the extra US duty the law asks for in 2025 that is not collected",
                 source="The Budget Lab at Yale",
                 comment="Measured against rates before product exemptions: energy and pharmaceuticals, which the "
                         "2025 orders exempt, show 0.9 and more. Do not apply it on top of a listed exemption.")
    out.variable("elasticity", data["elasticity"], ("elasticity_set", "sector"), "1",
                 "trade elasticity theta of tariff-inclusive spending, positive")
    out.text("elasticity_source", [row["source"] for row in data["sets"]], "elasticity_set", "where the set is from")
    out.variable("fact_value", [row[1] for row in data["facts"]], ("fact",), "1",
                 "value of the fact in the unit fact_unit names")
    out.variable("fact_year", [row[3] for row in data["facts"]], ("fact",), "year", "year the fact is about")
    out.text("fact_unit", [row[2] for row in data["facts"]], "fact", "unit of the fact")
    out.text("fact_source", [row[4] for row in data["facts"]], "fact", "source of the fact")


# ---------------------------------------------------------------- check

def faults(path):
    """Return the rules a benchmark file breaks, as text; empty if none."""
    try:
        with h5py.File(path, "r") as file:
            if "complete" not in file or file["complete"][()] != 1:
                return ["the file was not written to its end"]
            found = file.attrs.get("entrepot_format")
            found = found.decode("utf-8") if isinstance(found, bytes) else found  # `entrepot benchmark import` writes so
            if found != FORMAT_NAME:
                return [f"entrepot_format is {found!r}, not {FORMAT_NAME!r}"]
            balanced = int(file.attrs["balanced"]) == 1
            names = ("flow", "tariff", "freight", "input_coefficient", "value_added_share", "final_demand",
                     "collection_wedge", "elasticity", "gross_output")
            arrays = {name: file[name][()] for name in names}
            same = read_labels(file, "region") == read_labels(file, "origin") == read_labels(file, "destination")
    except (OSError, KeyError) as error:
        return [f"cannot be read: {error}"]
    found = [] if same else ["region, origin and destination differ"]
    return found + share_faults(arrays) + (sign_faults(arrays) + balance_faults(arrays) if balanced else [])


def share_faults(a):
    """Return broken rules every benchmark must keep, data sets converted as published too."""
    rules = [("flow is non-negative", a["flow"].min() >= 0),
             ("tariff is non-negative", a["tariff"].min() >= 0),
             ("tariff is zero at home", np.einsum("sii->si", a["tariff"]).max() == 0),
             ("freight is non-negative", a["freight"].min() >= 0),
             ("freight is zero at home", np.einsum("sii->si", a["freight"]).max() == 0),
             ("value added is positive", a["value_added_share"].min() > 0),
             ("final demand is non-negative", a["final_demand"].min() >= 0),
             ("collection wedge lies in [0,1]", 0 <= a["collection_wedge"].min() <= a["collection_wedge"].max() <= 1),
             ("elasticities are positive", a["elasticity"].min() > 0),
             ("input and value-added shares sum to one",
              np.abs(a["input_coefficient"].sum(axis=1) + a["value_added_share"] - 1).max() < BALANCE_TOLERANCE)]
    return [rule for rule, holds in rules if not holds]


def sign_faults(a):
    """Return broken rules on signs that only a balanced benchmark must keep."""
    return [] if a["input_coefficient"].min() >= 0 else ["input coefficients are non-negative"]


def balance_faults(a):
    """Return broken rules on supply and use."""
    landed = a["flow"] * (1 + a["freight"])
    output, expenditure = landed.sum(axis=2).T, (landed * (1 + a["tariff"])).sum(axis=1).T
    use = np.einsum("dsk,dk->ds", a["input_coefficient"], output) + a["final_demand"]
    found = []
    for name, left, right in (("expenditure equals use", expenditure, use),
                              ("gross output equals sales", a["gross_output"], output)):
        worst = (np.abs(left - right) / np.maximum(np.abs(left), 1e-300)).max(where=left > 0, initial=0.0)
        if worst > BALANCE_TOLERANCE or np.abs(right[left == 0]).max(initial=0.0) > 0:
            found.append(f"{name}: off by {worst:.3g} relative")
    return found


def main():
    """Run the command line; return the exit status."""
    parser = argparse.ArgumentParser(description="Build or check the benchmark file.")
    parser.add_argument("--output", type=Path, default=DEFAULT_FILE, help="file to write")
    parser.add_argument("--check", nargs="?", const=DEFAULT_FILE, type=Path, metavar="FILE",
                        help="verify FILE instead of building")
    arguments = parser.parse_args()
    if arguments.check:
        found = faults(arguments.check)
        for fault in found:
            print(f"{arguments.check}: {fault}", file=sys.stderr)
        if not found:
            print(f"{arguments.check}: all rules hold")
        return 65 if found else 0
    data = build()
    write(arguments.output, data)
    print(data["report"])
    found = faults(arguments.output)
    for fault in found:
        print(f"{arguments.output}: {fault}", file=sys.stderr)
    return 70 if found else 0


if __name__ == "__main__":
    sys.exit(main())
