#!/usr/bin/python3
"""Compile the law of the United States by product line into data/law-us.h5, which `entrepot line` and
`entrepot tariffs --law us` read.

Law: data/law/us (measures, lists of HS prefixes, conditions, partners; docs/law.md says what each column means).
Estimates and trade: data/raw/law. Sectors: data/raw/concordance_hs_icio.csv. The tables go into the file as texts, so
that the program reads them as it reads a folder of one's own, with the same checks; trade goes in as numbers.

Usage: scripts/build_law.py [--output FILE]
"""

import argparse
import csv
import io
import os
import sys
from collections import defaultdict
from pathlib import Path

import h5py
import numpy as np

sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))
from benchmark_file import TEXT, describe, hash_listing, open_source, seal  # noqa: E402

ROOT = Path(__file__).resolve().parent.parent
LAW = ROOT / "data/law/us"
RAW = ROOT / "data/raw/law"
TRADE = RAW / "us_imports_2024_hs10.csv.xz"
DESCRIPTIONS = RAW / "hs10_descriptions.csv.xz"
CLAIMS = RAW / "usmca_claims_hs6.csv.xz"
METALS = RAW / "metal_content_shares_bea_hs10.csv.xz"
RENUMBERED = RAW / "hts_concordance.csv"
SECTORS = ROOT / "data/raw/concordance_hs_icio.csv"
BASE_YEAR = 2024
CONTENT = {"steel_content": "steel_share", "aluminium_content": "aluminum_share", "copper_content": "copper_share"}


def rows(path):
    with open_source(path) as source:
        yield from csv.DictReader(source)


def text_of(header, lines):
    """A table as CSV text."""
    out = io.StringIO()
    writer = csv.writer(out, lineterminator="\n")
    writer.writerow(header)
    writer.writerows(lines)
    return out.getvalue()


def lists():
    """All lists as one table, and the prefixes of ten digits they name."""
    lines, named = [], set()
    for path in sorted((LAW / "lists").glob("*.csv")):
        for row in rows(path):
            lines.append([path.stem, row["prefix"], row["share"], row["from"], row["until"]])
            if len(row["prefix"]) == 10:
                named.add(row["prefix"])
    return text_of(["list", "prefix", "share", "from", "until"], lines), named


def shorter(shares):
    """Shares by ten digits, where all codes of a prefix agree by that prefix."""
    for digits in (8, 6):
        by_prefix = defaultdict(list)
        for code in shares:
            by_prefix[code[:digits]].append(code)
        for prefix, codes in by_prefix.items():
            if len({shares[code] for code in codes}) == 1:
                value = shares[codes[0]]
                for code in codes:
                    del shares[code]
                shares[prefix] = value
    return shares


def shares(partner_of):
    """The judged rows of shares.csv, claims of preference by partner and HS6, metal content by line."""
    lines = [[r[c] for c in ("condition", "partner", "prefix", "share", "low", "high", "source")]
             for r in rows(LAW / "shares.csv")]
    for row in rows(CLAIMS):
        lines.append(["usmca_claim", partner_of[row["partner"]], row["hs6"],
                      f"{float(row['share_claimed_jul_dec_2025']):.4f}", "", "", ""])
    content = list(rows(METALS))
    for condition, column in CONTENT.items():
        by_line = {r["hs10"]: f"{min(1.0, float(r[column])):.3f}" for r in content if r[column] not in ("", "NA")}
        for prefix, share in sorted(shorter(by_line).items()):
            lines.append([condition, "", prefix, share, "", "", ""])
    return text_of(["condition", "partner", "prefix", "share", "low", "high", "source"], lines)


def renumbered(known, named):
    """New codes of the tariff schedule that a list names and trade does not know, by the old code they come from."""
    new = defaultdict(set)
    for row in rows(RENUMBERED):
        old, code = row["old_hts10"], row["new_hts10"]
        if old in known and code not in known and code in named and old[:8] == code[:8]:
            new[old].add(code)
    return new


def trade(partners, named):
    """Lines, first cells, partners, imports and duty; trade of a renumbered line is divided equally among its codes."""
    place = {row["census_code"]: i for i, row in enumerate(partners)}
    cells = [(r["hs10"], place[r["partner"]], float(r["imports_usd"]), float(r["duty_usd"])) for r in rows(TRADE)]
    new = renumbered({c[0] for c in cells}, named)
    split = []
    for code, partner, imports, duty in cells:
        codes = [code, *sorted(new.get(code, ()))]
        split += [(c, partner, imports / len(codes), duty / len(codes)) for c in codes]
    split.sort(key=lambda cell: cell[:2])
    line = sorted({cell[0] for cell in split})
    at = {code: i for i, code in enumerate(line)}
    first = np.zeros(len(line) + 1, dtype=np.int32)
    for cell in split:
        first[at[cell[0]] + 1] += 1
    return line, np.cumsum(first, dtype=np.int32), split, {c: old for old, codes in new.items() for c in codes}


def sectors():
    """The concordance; a prefix of an odd number of digits becomes its ten continuations."""
    given = {r["hs_prefix"]: r["sector"] for r in rows(SECTORS)}
    whole = {p: s for p, s in given.items() if len(p) % 2 == 0}
    for prefix, sector in given.items():
        if len(prefix) % 2:
            whole.update({f"{prefix}{d}": sector for d in range(10) if f"{prefix}{d}" not in whole})
    return sorted(whole.items())


def add(file, name, values, units, long_name):
    dataset = file.create_dataset(name, data=values, chunks=values.shape, compression="gzip", compression_opts=9,
                                  shuffle=True, fletcher32=True, track_times=False)
    describe(dataset, units, long_name)


def add_text(file, name, text, long_name):
    add(file, name, np.frombuffer(text.encode("utf-8"), dtype=np.int8), "1", long_name)


def write(file):
    partners = list(rows(LAW / "partners.csv"))
    list_text, named = lists()
    line, first, cells, from_old = trade(partners, named)
    words = {r["hs10"]: r["description"] for r in rows(DESCRIPTIONS)}
    file.attrs["entrepot_format"] = np.bytes_("entrepot-law")
    file.attrs.create("entrepot_format_version", 1, dtype=np.int32)
    file.attrs.create("base_year", BASE_YEAR, dtype=np.int32)
    file.attrs.create("source_sha256", hash_listing(ROOT, sources()), dtype=TEXT)
    for name in ("partners", "conditions", "lists", "measures"):
        add_text(file, f"table_{name}", (LAW / f"{name}.csv").read_text(encoding="utf-8"), f"{name}.csv")
    add_text(file, "table_rows", list_text, "rows of all lists: list, prefix, share, from, until")
    add_text(file, "table_shares", shares({r["census_code"]: r["partner"] for r in partners}),
             "shares of trade that meet a condition")
    add_text(file, "table_sectors", text_of(["prefix", "sector"], sectors()),
             "sector of each HS prefix; the longest prefix decides")
    add(file, "line", np.array([int(c) for c in line], dtype=np.int64), "1", "HS10 codes, ascending")
    add(file, "line_first", first, "1", "first cell of each line, and the number of cells")
    add_text(file, "line_description", "\n".join(words.get(c, words.get(from_old.get(c), "")) for c in line),
             "what each line is, one a row")
    add(file, "cell_partner", np.array([c[1] for c in cells], dtype=np.int16), "1", "row of table_partners, from 0")
    add(file, "imports", np.array([c[2] for c in cells]), "USD", "imports for consumption, customs value, base year")
    add(file, "duty", np.array([c[3] for c in cells]), "USD", "calculated duty, base year")


def sources():
    return [*LAW.glob("*.csv"), *(LAW / "lists").glob("*.csv"), TRADE, DESCRIPTIONS, CLAIMS, METALS, RENUMBERED, SECTORS]


def main():
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("--output", default=str(ROOT / "data/law-us.h5"))
    path = parser.parse_args().output
    temporary = f"{path}.tmp"
    with h5py.File(temporary, "w", libver=("earliest", "v110")) as file:
        write(file)
        file.flush()
        describe(file.create_dataset("complete", data=np.int8(1), track_times=False), "1",
                 "1 when the file was written to its end")
    seal(temporary)
    os.replace(temporary, path)
    print(f"{path}: {os.path.getsize(path)} bytes")


if __name__ == "__main__":
    main()
