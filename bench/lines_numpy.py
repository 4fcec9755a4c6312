#!/usr/bin/python3
"""The law by product line in plain numpy, from the same tables as scripts/build_law.py: what bench/lines_bench.c is
measured against, and a second opinion on its rates (tests/python/test_lines_numpy_long.py).

    /usr/bin/python3 bench/lines_numpy.py [build/release/bench/lines_bench]

One array over all cells of line and partner for each measure in force; sets in order, the measure that counts by a mask.
With the path of lines_bench the ratios of the processor times are printed.
"""

import csv
import re
import subprocess
import sys
import time
from datetime import date, timedelta
from pathlib import Path

import numpy as np

ROOT = Path(__file__).resolve().parent.parent
sys.path.insert(0, str(ROOT / "scripts"))
import build_law  # noqa: E402

NEVER, ALWAYS = "9999-12-31", "0000-01-01"


class Law:
    """Tables and trade as arrays over cells."""

    def __init__(self):
        self.partners = list(build_law.rows(build_law.LAW / "partners.csv"))
        self.code = [p["partner"] for p in self.partners]
        list_text, named = build_law.lists()
        line, first, cells, _ = build_law.trade(self.partners, named)
        self.line = np.array(line)
        self.cell_line = np.repeat(np.arange(len(line)), np.diff(first))
        self.partner = np.array([c[1] for c in cells])
        self.imports = np.array([c[2] for c in cells])
        self.duty = np.array([c[3] for c in cells])
        self.lists = {}
        for row in csv.DictReader(list_text.splitlines()):
            self.lists.setdefault(row["list"], []).append(row)
        self.measures = list(build_law.rows(build_law.LAW / "measures.csv"))
        self.conditions = {c["condition"]: np.full(len(self.partner), float(c["share"]))
                           for c in build_law.rows(build_law.LAW / "conditions.csv")}
        self._spread_shares()
        self.collected = np.divide(self.duty, self.imports, out=np.zeros_like(self.duty), where=self.imports > 0)
        self.ordinary = self.collected
        self.base = self._base_year()
        self.ordinary = np.maximum(0, self.collected - self.base)

    def _range(self, prefix):
        return slice(np.searchsorted(self.line, prefix), np.searchsorted(self.line, prefix + "~"))

    def _spread_shares(self):
        text = build_law.shares({p["census_code"]: p["partner"] for p in self.partners})
        by_partner = [self.partner == p for p in range(len(self.code))]
        first = np.searchsorted(self.cell_line, np.arange(len(self.line) + 1))
        for row in sorted(csv.DictReader(text.splitlines()), key=lambda r: (len(r["prefix"]), r["partner"] != "")):
            lines = self._range(row["prefix"])
            cells = slice(first[lines.start], first[lines.stop])
            values = self.conditions[row["condition"]]
            if row["partner"]:
                mask = by_partner[self.code.index(row["partner"])][cells]
                values[cells][mask] = float(row["share"])
            else:
                values[cells] = float(row["share"])

    def cover(self, names, day):
        """Share of each line that lists name on a day; the longest prefix decides within a list."""
        share = np.zeros(len(self.line))
        for name in names.split():
            if name == "all":
                return np.ones(len(self.line))
            one = np.zeros(len(self.line))
            rows = [r for r in self.lists[name] if day is None or
                    (r["from"] or ALWAYS) <= day <= (r["until"] or NEVER)]
            for row in sorted(rows, key=lambda r: len(r["prefix"])):
                one[self._range(row["prefix"])] = float(row["share"])
            share = np.maximum(share, one)
        return share

    def from_partners(self, names):
        mask = np.zeros(len(self.code), bool)
        for name in names.split():
            mask |= np.array([name in ("all", p["partner"], p["group"]) for p in self.partners])
        return mask

    def set_order(self):
        yields = {}
        for m in self.measures:
            yields.setdefault(m["set"], set()).update(m["yields_to"].split())
        order = []
        while len(order) < len(yields):
            order += [s for s in yields if s not in order and yields[s] <= set(order)]
        return order

    def cells(self, m, day):
        """Part of each cell's trade that a measure's lists and partners name."""
        share = self.cover(m["lists"], day)
        share[self.cover(m["except_lists"], None) > 0] = 0
        partners = self.from_partners(m["partners"]) & ~self.from_partners(m["except_partners"])
        return share[self.cell_line] * partners[self.partner]

    def rates(self, day):
        """What the law adds to the rate of every cell on a day, for goods loaded on it."""
        begun = [m for m in self.measures if m["effective"] <= day]
        total = np.zeros(len(self.partner))
        taken = {}
        for name in self.set_order():
            of_set = [(m, self.cells(m, day)) for m in begun if m["set"] == name]
            over = {m["id"]: np.zeros(len(self.partner), bool) for m, _ in of_set}
            for m, share in of_set:
                for old in m["replaces"].split():
                    if old in over:
                        over[old] |= share > 0
            of_set = [(m, np.where(over[m["id"]], 0, share)) for m, share in of_set if day < (m["end"] or NEVER)]
            exempt = np.zeros(len(self.partner))
            for m, share in of_set:
                if m["kind"] == "exemption":
                    exempt += share * (self.conditions[m["condition"]] if m["condition"] else 1)
            exempt = np.minimum(exempt, 1)
            free = np.ones(len(self.partner), bool)
            taken[name] = np.zeros(len(self.partner))
            duties = [(m, share) for m, share in reversed(of_set) if m["kind"] != "exemption"]
            for m, share in sorted(duties, key=lambda d: (-int(d[0]["priority"] or 0), -ordinal(d[0]["effective"]))):
                counts = free & (share > 0)
                free &= ~counts
                left = np.maximum(0, 1 - sum((taken[s] for s in m["yields_to"].split()), np.zeros(len(self.partner))))
                claim = self.conditions["usmca_claim"]
                part = share * (self.conditions[m["condition"]] if m["condition"] else 1) * left * (1 - exempt)
                part *= 1 - claim if m["usmca"] == "exempt" else 1
                rate = float(m["rate"])
                amount = np.maximum(0, rate - self.ordinary) if m["kind"] == "floor" else rate
                own = claim * self.conditions["us_content"] if m["usmca"] == "content" else 0
                taken[name][counts] = part[counts]
                total[counts] += (part * amount * (1 - own))[counts]
        return total

    def days(self, first, last):
        found = set()
        for m in self.measures:
            found |= {m["effective"], m["end"]}
            for name in m["lists"].split():
                for row in self.lists.get(name, ()):
                    found.add(row["from"])
                    if row["until"]:
                        found.add(str(date.fromisoformat(row["until"]) + timedelta(days=1)))
        return sorted(d for d in found if first <= d <= last)

    def _base_year(self):
        year = build_law.BASE_YEAR
        days = [f"{year}-01-01", *self.days(f"{year}-01-02", f"{year}-12-31"), f"{year + 1}-01-01"]
        whole = ordinal(days[-1]) - ordinal(days[0])
        return sum((self.rates(a) * ((ordinal(b) - ordinal(a)) / whole) for a, b in zip(days, days[1:])),
                   np.zeros(len(self.partner)))

    def by_partner(self, values):
        """Mean of a rate over each partner's trade."""
        return np.bincount(self.partner, values * self.imports) / np.bincount(self.partner, self.imports)


def ordinal(day):
    return date.fromisoformat(day).toordinal()


def main(bench=None):
    law = Law()
    start = time.process_time()
    rates = law.rates("2025-11-15")
    one = time.process_time() - start
    total = np.maximum(0, law.collected + rates - law.base)
    print(f"numpy case=one_day mean_rate={100 * (total * law.imports).sum() / law.imports.sum():.4f} seconds={one:.3f}")
    days = law.days("2018-01-01", "2026-12-31")
    start = time.process_time()
    for day in days:
        law.rates(day)
    every = time.process_time() - start
    print(f"numpy case=all_days days={len(days)} seconds={every:.2f}")
    if bench is not None:
        text = subprocess.run([bench], check=True, capture_output=True, text=True).stdout
        print(text, end="")
        for case, ours in (("one_day", one), ("all_days", every)):
            seconds = float(re.search(rf"case={case} .*seconds=([\d.]+)", text).group(1))
            print(f"case={case} numpy_over_lines={ours / seconds:.0f}")


if __name__ == "__main__":
    main(*sys.argv[1:])
