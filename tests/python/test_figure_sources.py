#!/usr/bin/python3
"""Every number on every figure traces to variables of the results file and their units.

The figures are drawn by `entrepot figures`; each figure's numbers are then computed again from the file alone, and only
from the variables its definition names (usermeta.fields). The unit on its axis is that of these variables. Skipped
without Node, which draws the figures."""
import csv
import json
import os
import re
import shutil
import subprocess
import sys
import tempfile
import unittest

import h5py
import numpy as np
from scipy import stats

PROGRAM = os.environ["ENTREPOT"]
SOURCE = os.environ["ENTREPOT_SOURCE"]
FIGURES = os.path.join(SOURCE, "src", "report", "figures")
WORDS = json.load(open(os.path.join(SOURCE, "src", "report", "lang", "en.json")))
HOME, PARTNER, SCENARIOS = "KOR", "USA", ("deal", "no-deal")  # compared, base
COORDINATES = {"world", "chance", "scenario", "sector", "region", "flow", "destination", "origin", "firm_class", "law",
               "law_reference", "levied_flow", "time"}


class Source:
    """The results file; remembers which variables were read."""

    def __init__(self, path):
        self.file, self.read = h5py.File(path), set()
        self.world, self.chance = self.file["world"][:], self.file["chance"][:]
        self.first = self.chance == 0

    def names(self, name):
        return [text.decode() for text in self.file[name][:]]

    def __call__(self, name):
        self.read.add(name)
        values = self.file[name][:].astype(float)
        return values

    def flow(self, name, origin=HOME, destination=PARTNER):
        """[scenario, replication, time, sector] of one flow."""
        return self(name)[..., self.names("flow").index(f"{origin}-{destination}")]

    def market(self, name):
        return self(name)[:, :, :, self.names("destination").index(PARTNER), :]

    def producer(self, name):
        return self(name)[:, :, :, self.names("origin").index(HOME), :]

    def estimate(self, values):
        """Mean, error, range of 90 % and share below zero over worlds, chance taken out: [replication]; as
        src/numbers/statistics.h says."""
        known = values[self.first]
        pairs = [(v, values[self.first & (self.world == w)][0])
                 for v, w in zip(values[~self.first], self.world[~self.first])]
        chance = np.mean([0.5 * (a - b) ** 2 for a, b in pairs])
        total, mean, n, m = known.var(ddof=1), known.mean(), known.size, len(pairs)
        numerical = self.numerical_error(known, chance, total, n, m)
        error = stats.t.ppf(0.975, n - 1) / stats.norm.ppf(0.975) * np.sqrt(total / n) if total > 0 else None
        factor = np.sqrt(max(0.0, 1.0 - chance / total)) if total > 0 else 1.0
        worlds = mean + (known - mean) * factor
        low, high = np.quantile(worlds, [0.05, 0.95])
        if factor == 0.0 or not low <= mean <= high:
            low = high = None
        sure = factor > 0 or abs(mean) > 2 * numerical
        return dict(mean=mean, error=error, low=low, high=high, worlds=worlds,
                    probability=np.mean(worlds < 0) if sure else None)

    def numerical_error(self, known, chance, total, n, m):
        variance, degrees = (m * chance + (n - 1) * total) / (m + n - 1), m + n - 1
        repeated = np.isin(self.world[self.first], self.world[~self.first])
        if total > chance * stats.f.ppf(0.999 if m < 10 else 0.95, n - 1, m):
            variance, degrees = chance, m
        if known[repeated].var(ddof=1) < known[~repeated].var(ddof=1) * stats.f.ppf(0.001, m - 1, n - m - 1):
            variance, degrees = total, n - 1
        if variance == 0.0:
            return None
        return stats.t.ppf(0.975, degrees) / stats.norm.ppf(0.975) * np.sqrt(variance / n)


def with_total(values):
    """Sectors, then their sum."""
    return np.concatenate([values, values.sum(axis=-1, keepdims=True)], axis=-1)


def ratio(over, under):
    return np.divide(over, under, out=np.full_like(over, np.nan), where=under > 0)


def by_value(cost, amount):
    """The part of the difference in cost that comes of another unit value, at the mean of both amounts."""
    both = (amount[0] > 0.0) & (amount[1] > 0.0)
    unit = [np.divide(c, a, out=np.zeros_like(c), where=both) for c, a in zip(cost, amount)]
    return (unit[0] - unit[1]) * 0.5 * (amount[0] + amount[1])


STEPS = 15
YEAR = slice(STEPS - 12, STEPS)  # figures open at the last year


class FigureSources(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.folder = tempfile.TemporaryDirectory()
        cls.path = os.path.join(cls.folder.name, "run.h5")
        cls.figures = os.path.join(cls.folder.name, "figures")
        subprocess.run([PROGRAM, "run", os.path.join(SOURCE, "configs", "korea-us-2025.yaml"), "-o", cls.path, "--set",
                        "slots=12000", "--replications", "9", "--set", "repeats=4", "--set", f"steps={STEPS}", "-q",
                        "--no-compare"], check=True)
        subprocess.run([PROGRAM, "figures", cls.path, "-o", cls.figures], check=True, stdout=subprocess.DEVNULL)

    @classmethod
    def tearDownClass(cls):
        cls.folder.cleanup()

    def setUp(self):
        self.source = Source(self.path)
        self.sectors = [WORDS.get(f"sector.{name}", name.replace("_", " ")) for name in self.source.names("sector")]

    # ---- what a figure says

    def definition(self, name):
        with open(os.path.join(FIGURES, f"{name}.vl.json")) as file:
            return json.load(file)

    def rows(self, name):
        with open(os.path.join(self.figures, f"{name}.csv"), newline="") as file:
            return list(csv.DictReader(file))

    def close(self, shown, value, where, digits=5, scale=None):
        if shown == "" or shown is None:
            self.assertTrue(value is None or not np.isfinite(value), where)
            return
        tolerance = 10.0 ** (1 - digits) * max(abs(value), scale or 0.0) + 1e-12
        self.assertAlmostEqual(float(shown), value, delta=tolerance, msg=where)

    def traced(self, name, unit, whole=True):
        """The variables read are those the definition names; the axis bears their unit."""
        named = set(self.definition(name)["usermeta"]["fields"])
        read = self.source.read - COORDINATES
        self.assertLessEqual(read, named, name)
        if whole:
            self.assertEqual(read, named, name)
        for field in named:
            self.assertTrue(self.source.file[field].attrs["units"], field)
            self.assertTrue(self.source.file[field].attrs["long_name"], field)
        with open(os.path.join(self.figures, f"{name}.svg")) as file:
            texts = re.findall(r"<text[^>]*>([^<]*)</text>", file.read())
        self.assertIn(WORDS[f"unit.{unit}"], texts, name)

    def check_paths(self, name, values, keys, **match):
        """values [scenario, replication, time] against the rows of a figure, quantiles over worlds."""
        levels = [float(key[1:]) / 100 for key in keys]
        chosen = [row for row in self.rows(name) if all(row[key] == text for key, text in match.items())]
        days = [str(np.datetime64("2025-01-01") + int(day)) for day in self.source.file["time"][:]]
        scenarios = sorted({row["scenario"] for row in chosen})
        self.assertEqual(len(chosen), len(scenarios) * len(days), name)
        for row in chosen:
            worlds = values[SCENARIOS.index(row["scenario"])][self.source.first, days.index(row["date"])]
            worlds = worlds[np.isfinite(worlds)]
            for key, value in zip(keys, np.quantile(worlds, levels) if worlds.size else [np.nan] * len(keys)):
                self.close(row[key], value, (name, row["date"], key), scale=np.abs(worlds).max() if worlds.size else 0)

    # ---- paths

    FAN = ("q05", "q25", "q50", "q75", "q95")

    def test_fan(self):
        exports = with_total(self.source.flow("exports"))
        self.check_paths("fan", exports[..., -1], self.FAN)
        self.check_paths("fan-difference", (exports - exports[1])[..., -1], self.FAN)
        self.traced("fan", "million USD per month", whole=False)

    def test_opening(self):
        """Goods, the sectors of which some duty is paid, in billions; the difference is taken in each world."""
        source = self.source
        goods = [i for i, name in enumerate(source.names("sector")) if name != "services"]
        exports = source.flow("exports")[..., goods].sum(axis=-1)[:, source.first] / 1000
        values = {"Deal": exports[0], "No deal": exports[1], "Difference": exports[0] - exports[1]}
        rows = self.rows("opening")
        self.assertEqual(len(rows), 3 * STEPS)
        for scenario, worlds in values.items():
            chosen = [row for row in rows if row["scenario"] == scenario]
            self.assertEqual([row["date"] for row in chosen], sorted(row["date"] for row in chosen))
            for t, row in enumerate(chosen):
                scale = np.abs(worlds[:, t]).max()
                self.close(row["mean"], worlds[:, t].mean(), (scenario, t), scale=scale)
                for key in self.FAN:
                    self.close(row[key], np.quantile(worlds[:, t], float(key[1:]) / 100), (scenario, t, key), scale=scale)
        self.assertEqual(set(self.definition("opening")["usermeta"]["fields"]), {"exports"})

    def test_fan_by_sector(self):
        exports = self.source.flow("exports")
        for i, sector in enumerate(self.sectors):
            self.check_paths("fan-by-sector", exports[..., i], self.FAN, sector=sector)
            self.check_paths("fan-by-sector-difference", (exports - exports[1])[..., i], self.FAN, sector=sector)
        named = set(self.definition("fan-by-sector")["usermeta"]["fields"])
        self.assertLessEqual(self.source.read, named)

    def test_tariff(self):
        duty, imports = (with_total(self.source.flow(name))[..., -1] for name in ("duty", "imports"))
        self.check_paths("tariff", ratio(duty, imports), ("q05", "q50", "q95"))
        self.traced("tariff", "tariff")

    def test_duties(self):
        rows = self.rows("duties")
        for what, field in (("Duty", "duty"), ("Refund", "refund")):
            values = with_total(self.source.flow(field))[..., -1][:, self.source.first].mean(axis=1)
            for s, scenario in enumerate(SCENARIOS):
                shown = [row["mean"] for row in rows if row["what"] == what and row["scenario"] == scenario]
                self.assertEqual(len(shown), values.shape[1])
                for text, value in zip(shown, values[s]):
                    self.close(text, value, (what, scenario))
        self.traced("duties", "million USD per month")

    def test_stocks(self):
        self.check_paths("stocks", with_total(self.source.market("stock"))[..., -1], ("q05", "q50", "q95"))
        self.traced("stocks", "million USD at benchmark prices")

    def test_prices(self):
        sales = self.source.market("sales")
        for what, field in (("Retail price", "retail_price"), ("Landed cost", "landed_cost")):
            value = np.where(sales > 0, np.nan_to_num(self.source.market(field)) * sales, 0.0)
            self.check_paths("prices", ratio(value.sum(-1), sales.sum(-1)), ("q05", "q50", "q95"), what=what)
        self.traced("prices", "index")

    def test_laws(self):
        rate = self.source("law_rate")[:, :, self.source.names("levied_flow").index(f"{HOME}-{PARTNER}")]
        flow = self.source.names("flow").index(f"{HOME}-{PARTNER}")
        weight = self.source("benchmark_exports")[:, flow] * (1 + self.source("benchmark_freight")[:, flow])
        total = np.einsum("stcl,c->stl", rate, weight / weight.sum())
        laws = [law.replace("-", " ") for law in self.source.names("law")]
        rows = self.rows("laws")
        self.assertEqual(len(rows), total.size)
        for i, row in enumerate(rows):
            value = total[SCENARIOS.index(row["scenario"]), i % total.shape[1], laws.index(row["law"])]
            self.close(row["rate"], value, row)
        # the laws together are the rate the engine collects, to less than a day's part of a month for goods owing by
        # their loading date, in the months for which no world draws another date
        collected = self.source.flow("tariff_rate")
        self.assertLess(np.nanmin(np.abs(rate.sum(-1)[:, None] - collected), axis=1)[:, :10].max(), 2e-3)
        self.source.read.discard("tariff_rate")
        self.traced("laws", "tariff")

    # ---- estimates of the first year

    def difference(self, values):
        return self.source.estimate(values[0] - values[1])

    def check_estimate(self, row, levels, where):
        estimate = self.difference(levels)
        scale = np.abs(levels).max()
        self.close(row["without"], levels[1][self.source.first].mean(), where, 8)
        self.close(row["with"], levels[0][self.source.first].mean(), where, 8)
        for key in ("mean", "error", "low", "high"):
            if row.get(key) == "" and key in ("low", "high"):  # no range where chance explains the whole spread
                self.assertEqual(estimate["low"], estimate["high"], (where, key))
            elif key in row:
                self.close(row[key], estimate[key], (where, key), 8, scale=scale)
        if "probability" in row:
            self.close(row["probability"], estimate["probability"], (where, "probability"), 8)

    def test_sectors_and_dumbbell(self):
        year = self.source.flow("exports")[:, :, YEAR].sum(axis=2)
        for name in ("sectors", "dumbbell"):
            rows = self.rows(name)
            self.assertEqual(sorted(row["sector"] for row in rows), sorted(self.sectors))
            for row in rows:
                self.check_estimate(row, year[..., self.sectors.index(row["sector"])], (name, row["sector"]))
            self.traced(name, "million USD")

    def test_destinations(self):
        regions = self.source.names("region")
        shown = {WORDS.get(f"region.{region}", region).removeprefix("the "): region for region in regions}
        rows = self.rows("destinations")
        self.assertEqual(len(rows), len(regions) - 2)  # not home, not the partner
        for row in rows:
            year = self.source.flow("exports", destination=shown[row["destination"]])[:, :, YEAR].sum(axis=(2, 3))
            self.check_estimate(row, year, row["destination"])
        self.traced("destinations", "million USD")

    def test_distribution(self):
        year = self.source.flow("exports")[:, :, YEAR].sum(axis=(2, 3))
        worlds = self.difference(year)["worlds"]
        if np.ptp(worlds) == 0:
            worlds = (year[0] - year[1])[self.source.first]  # chance explains the spread: as played
        rows = self.rows("distribution")
        self.assertEqual(sum(int(row["worlds"]) for row in rows), worlds.size)
        for row in rows:
            low, high = float(row["from"]), float(row["to"])
            self.assertEqual(int(row["worlds"]), np.sum((worlds >= low) & (worlds < high)), row)
        self.traced("distribution", "million USD")

    def test_convergence(self):
        year = self.source.flow("exports")[:, :, YEAR].sum(axis=(2, 3))
        worlds = (year[0] - year[1])[self.source.first]
        rows = self.rows("convergence")
        self.assertEqual([int(row["n"]) for row in rows], list(range(2, worlds.size + 1)))
        for row in rows:
            n = int(row["n"])
            error = worlds[:n].std(ddof=1) / np.sqrt(n)
            self.close(row["mean"], worlds[:n].mean(), row, 7, scale=np.abs(worlds).max())
            self.close(row["error"], error, row, 7)
            self.close(row["low"], worlds[:n].mean() - 1.96 * error, row, 7, scale=np.abs(worlds).max())
        self.traced("convergence", "million USD")

    # ---- accounts

    def account(self):
        """Who pays, in every replication, from the file alone."""
        source, total = self.source, lambda values: np.nan_to_num(values)[:, :, YEAR].sum(axis=2)
        into = [i for i, flow in enumerate(source.names("flow")) if flow.endswith(f"-{PARTNER}")]
        home = [source.names("flow")[i] == f"{HOME}-{PARTNER}" for i in into]
        exports, quantity, imports, duty, refund = (
            total(source(name)[..., into]) for name in ("exports", "export_quantity", "imports", "duty", "refund"))
        sales, spending = source.market("sales"), total(source.market("retail_spending"))
        landed, sold = total(np.nan_to_num(source.market("landed_cost")) * sales), total(sales)
        net = duty - refund
        price, by_rate = by_value(exports, quantity), by_value(net, imports)
        cost = by_value(landed, sold).sum(-1)
        lines = dict(home=-price[..., home].sum((1, 2)), others=-price[..., np.invert(home)].sum((1, 2)),
                     buyers=by_value(spending, sold).sum(-1))
        lines["importers"] = cost - lines["buyers"]
        rates, volume = by_rate.sum((1, 2)), (net[0] - net[1] - by_rate).sum((1, 2))
        lines["rest"] = rates - lines["home"] - lines["others"] - cost
        lines.update(rates=rates, volume=volume, treasury=rates + volume)
        self.assertTrue(np.allclose(lines["treasury"], (net[0] - net[1]).sum((1, 2)), rtol=1e-9, atol=1e-6))
        return lines

    def test_payers(self):
        lines, rows = self.account(), self.rows("payers")
        self.assertEqual(len(rows), len(lines))
        decimals = max(len(row["mean"].partition(".")[2]) for row in rows)
        for row, (name, values) in zip(rows, lines.items()):
            estimate = self.source.estimate(values)
            # sums and rest follow from rounded lines
            self.assertAlmostEqual(float(row["mean"]), estimate["mean"], delta=3.0 * 10.0**-decimals, msg=name)
            for key in ("error", "low", "high"):
                self.close(row[key], estimate[key], (name, key), 6, scale=np.abs(values).max())
        # exactly, in units of the last decimal shown
        home, others, buyers, importers, rest, rates, volume, treasury = (
            round(float(row["mean"]) * 10**decimals) for row in rows)
        self.assertEqual(home + others + buyers + importers + rest, rates)
        self.assertEqual(rates + volume, treasury)
        self.traced("payers", "million USD")
        # all duty in the partner is in the account: the engine's own sum says the same
        partner = self.source.names("region").index(PARTNER)
        revenue = self.source("tariff_revenue")[:, :, YEAR, partner].sum(axis=-1)
        self.assertTrue(np.allclose(lines["treasury"], revenue[0] - revenue[1], rtol=1e-4, atol=0.5))

    def test_firms(self):
        source = self.source
        sums = lambda values: values[:, :, YEAR].sum(axis=2)
        fields = dict(Exporters=("exporters", lambda v: v[:, :, STEPS - 1]), Entrants=("entrants", sums),
                      Leavers=("leavers", sums), Failures=("failures", sums), Exports=("class_exports", sums),
                      Jobs=("jobs", lambda v: v[:, :, YEAR].mean(axis=2)))
        fields["Sales of plants abroad"] = ("affiliate_sales", sums)
        classes = source.names("firm_class")
        seen = set()
        for row in self.rows("firms"):
            if row["quantity"] == "Domestic sales":
                levels = sums(source.producer("revenue") - source.producer("export_revenue")).sum(-1)
            else:
                field, over_time = fields[row["quantity"]]
                values = source(field)
                if values.shape[3] == len(classes):
                    values = over_time(values).sum(-1)
                    levels = values.sum(-1) if row["class"] == "all" else values[..., classes.index(row["class"])]
                else:
                    levels = over_time(source.producer(field)).sum(-1)
            self.check_estimate(row, levels, (row["quantity"], row["class"]))
            seen.add(row["quantity"])
        self.assertEqual(len(seen), 8)
        self.traced("firms", "percent")

    def test_every_figure_is_traced_here(self):
        traced = {"opening", "fan", "fan-by-sector", "tariff", "duties", "stocks", "prices", "laws", "sectors", "dumbbell",
                  "destinations", "distribution", "convergence", "payers", "firms"}
        self.assertEqual({name[:-8] for name in os.listdir(FIGURES)}, traced)


if __name__ == "__main__":
    if shutil.which("node") is None:
        sys.exit(77)
    unittest.main()
