"""A comparison does not depend on which side is named first, is about the importer whose measures differ, and takes any
recorded quantity of any exporter."""
import csv
import json
import os
import re
import subprocess
import tempfile
import unittest

PROGRAM, SOURCE = os.environ["ENTREPOT"], os.environ["ENTREPOT_SOURCE"]

# Europe and the United States: 15 per cent all-in, 30 per cent, nothing; flows are recorded in the order of regions, FRA first
CONFIG = """
name: three-ways
benchmark: {source}/data/benchmark-2022.h5
calibration: {source}/configs/calibrations/horizon.yaml
start: 2025-01-01
steps: 24
replications: 4
repeats: 2
slots: 6000
home: DEU
regions: {{DEU: DEU, FRA: FRA, USA: USA, CHN: [CHN, HKG], ROW: rest}}
sectors: {{cars: C29, machinery: C28, other_goods: rest, services: SERVICES}}
slot_focus: {{USA: 4}}
regimes:
  deal:
    measures:
      - {{id: all-in, importer: USA, partners: [DEU, FRA], except_sectors: [services], kind: floor, rate: 0.15,
         announced: 2025-07-27, effective: 2025-08-07}}
  threat:
    measures:
      - {{id: letter, importer: USA, partners: [DEU, FRA], except_sectors: [services], rate: 0.30,
         announced: 2025-07-12, effective: 2025-08-01}}
  nothing: {{}}
beliefs:
  signals: [{{date: 2025-07-12, deal: 0.34, threat: 0.33, nothing: 0.33}}]
  resolved: 2025-07-27
scenarios: [deal, threat, nothing]
record:
  flows: {{origins: [DEU, FRA], destinations: [USA]}}
"""


def run(*arguments):
    return subprocess.run([PROGRAM, *arguments], capture_output=True, text=True)


class Sides(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.folder = tempfile.TemporaryDirectory()
        cls.config, cls.results = (os.path.join(cls.folder.name, name) for name in ("c.yaml", "r.h5"))
        with open(cls.config, "w", encoding="utf-8") as file:
            file.write(CONFIG.format(source=SOURCE))
        done = run("run", cls.config, "-o", cls.results)
        assert done.returncode == 0, done.stderr

    @classmethod
    def tearDownClass(cls):
        cls.folder.cleanup()

    def rows(self, against, base, *options):
        done = run("compare", self.results, "--against", against, "--base", base, "--format", "csv", *options)
        self.assertEqual(done.returncode, 0, done.stderr)
        return list(csv.DictReader(line for line in done.stdout.splitlines() if line and line[0] != "#"))

    def test_differences_change_their_sign_and_nothing_else(self):
        for by, key in (("summary,sector,destination,origin", "difference"), ("firms", "difference"), ("payers", "pays"),
                        ("prices", "contribution"), ("treasury", "difference"), ("jobs", "difference")):
            one, other = (self.rows(*pair, "--by", by) for pair in (("deal", "threat"), ("threat", "deal")))
            self.assertGreater(len(one), 7)
            self.assertEqual(len(one), len(other))
            for a, b in zip(one, other):
                self.assertEqual(bool(a[key]), bool(b[key]))
                if a[key]:
                    self.assertEqual(float(a[key]), -float(b[key]), (by, a))

    def test_households_pay_for_what_they_buy(self):
        """Who buys cars only pays the cars' price, and two baskets make one."""
        path = os.path.join(self.folder.name, "households.csv")
        lines = ["economy,year,households,sector,spending_million_usd,source", "USA,2020,drivers,C29,100,mine", "USA,2020,others,C29,20,mine",
                 "USA,2020,others,C28,30,mine", "USA,2020,others,SERVICES,50,mine", "DEU,2020,others,C29,7,mine"]
        with open(path, "w", encoding="utf-8") as file:
            file.write("\n".join(lines) + "\n")
        usual = "--spending", path, "--periods", "horizon"
        drivers, others, everybody = self.rows("deal", "threat", "--by", "households", *usual)
        cars, machinery = self.rows("deal", "threat", "--by", "prices", "--periods", "horizon")[:2]
        self.assertAlmostEqual(float(drivers["prices"]), float(cars["price_change"]), delta=1e-9)
        expected = 0.2 * float(cars["price_change"]) + 0.3 * float(machinery["price_change"])
        self.assertAlmostEqual(float(others["prices"]), expected, delta=1e-9)
        self.assertAlmostEqual(float(drivers["pays"]) + float(others["pays"]), float(everybody["pays"]), delta=1e-9)
        self.assertEqual(float(everybody["spending"]), 200)
        back = self.rows("threat", "deal", "--by", "households", *usual)
        self.assertEqual([-float(row["prices"]) for row in back], [float(row["prices"]) for row in (drivers, others, everybody)])

    def test_households_nobody_has_counted(self):
        path = os.path.join(self.folder.name, "faulty.csv")
        with open(path, "w", encoding="utf-8") as file:
            file.write("economy,year,households,sector,spending_million_usd,source\nUSA,2020,all,C92,-5,mine\nUSA,2020,all,C92,5,mine\n")
        for options, words in ((("--spending", path), "no sector of the benchmark"), (("--spending", path), "not negative"),
                               (("--spending", path + "x"), "faulty.csvx"), (("--partner", "DEU", "--home", "FRA"), "known only for one market")):
            done = run("compare", self.results, "--by", "households", *options)
            self.assertNotEqual(done.returncode, 0)
            self.assertIn(words, done.stderr)
        self.assertEqual(len(self.rows("deal", "threat", "--by", "households", "--periods", "horizon")), 11)

    def test_jobs_direct_and_through_inputs_add_up(self):
        rows = self.rows("deal", "nothing", "--by", "jobs", "--periods", "horizon")
        self.assertEqual([row["sector"] for row in rows], ["cars", "machinery", "other_goods", "services", "all"])
        for row in rows:
            self.assertAlmostEqual(float(row["direct"]) + float(row["indirect"]), float(row["difference"]), delta=1e-6)
            self.assertAlmostEqual(float(row["with"]) - float(row["without"]), float(row["difference"]), delta=1e-6)
        for key in ("direct", "indirect", "without"):
            self.assertAlmostEqual(sum(float(row[key]) for row in rows[:-1]), float(rows[-1][key]), delta=1e-6)
        self.assertLess(float(rows[0]["indirect"]), 0.0)  # a duty on cars costs those jobs who make their parts

    def page(self, against, base):
        path = os.path.join(self.folder.name, "page.html")
        done = run("report", self.results, "--against", against, "--base", base, "-o", path, "--overwrite")
        self.assertEqual(done.returncode, 0, done.stderr)
        with open(path, encoding="utf-8") as file:
            return json.loads(re.search(r'<script[^>]*id="data"[^>]*>(.*?)</script>', file.read(), re.S)[1])

    def exchanged(self, one, other, where):
        """A number with its range, and the same of the sides exchanged."""
        minus = {"mean": "mean", "low": "high", "high": "low"}
        self.assertEqual(one.keys(), other.keys())
        for key, value in one.items():
            if key in minus:
                expected = other[minus[key]]
                self.assertEqual(value, -expected if expected else expected, (where, key))
            elif key not in ("negative", "negative_raw"):
                self.assertEqual(value, other[key], (where, key))

    def test_differences_on_the_page_change_their_sign_and_nothing_else(self):
        pages = self.page("deal", "threat"), self.page("threat", "deal")
        sides = [[c for c in page["comparisons"] if page["scenarios"][c["against"]] == name][0]
                 for page, name in zip(pages, ("deal", "threat"))]
        self.assertGreater(len(sides[0]["rows"]), 20)
        self.assertEqual(len(sides[0]["rows"]), len(sides[1]["rows"]))
        moved = 0
        for a, b in zip(sides[0]["rows"], sides[1]["rows"]):
            self.exchanged(a["difference"], b["difference"], (a["by"], a["outcome"], a["period"]))
            self.assertEqual((a["with"], a["without"]), (b["without"], b["with"]))
            moved += bool(a["difference"]["mean"])
        self.assertGreater(moved, 20)
        for a, b in zip(sides[0]["payers"], sides[1]["payers"]):
            for line, mirrored in zip(a["lines"], b["lines"]):
                self.exchanged(line, mirrored, line["name"])
        for a, b in zip(sides[0]["headline"], sides[1]["headline"]):
            for (n, mean, error), mirrored in zip(a["convergence"], b["convergence"]):
                self.assertEqual([n, -mean, error], mirrored)
        self.fans(*pages)

    def fans(self, one, other):
        """Paired differences by step: the 5th place is the 95th of the other side with another sign."""
        scenario, n = [one["scenarios"].index(name) for name in ("deal", "threat")], 0
        for name, measure in one["measures"].items():
            levels = measure["levels"]
            if "difference" not in measure or not levels:
                continue
            for cells, mirrored in zip(measure["difference"][scenario[0]],
                                       other["measures"][name]["difference"][scenario[1]]):
                for q in range(len(levels)):
                    low, high = cells[q], mirrored[len(levels) - 1 - q]
                    n += any(low)
                    self.assertEqual(low, [-v if v else v for v in high], (name, levels[q]))
        self.assertGreater(n, 0)

    def test_lines_add_up_over_a_third_scenario(self):
        pairs = ("deal", "threat"), ("deal", "nothing"), ("threat", "nothing")
        direct, one, other = ({(row["period"], row["who"]): float(row["pays"]) for row in self.rows(*pair, "--by", "payers")}
                              for pair in pairs)
        for (period, who), value in direct.items():
            duty = abs(direct[period, "duty by other rates"])
            # the second-order term: amounts that move with prices
            exact = 0.02 if who in ("buyers", "treasury") else 0.2
            self.assertLess(abs(one[period, who] - other[period, who] - value), exact * duty, (period, who))
            self.assertLess(abs(direct[period, "stocks and domestic suppliers"]), 0.5 * duty)

    def test_the_partner_is_whose_measures_differ(self):
        self.assertEqual({row["destination"] for row in self.rows("deal", "threat", "--by", "sector", "--outcomes", "exports")},
                         {"USA"})

    def test_any_quantity_of_any_exporter(self):
        rows = self.rows("deal", "nothing", "--home", "FRA", "--by", "summary", "--outcomes",
                         "exports,jobs,consumer_prices,market_imports", "--periods", "horizon")
        self.assertEqual([row["outcome"] for row in rows], ["exports", "jobs", "consumer_prices", "market_imports"])
        self.assertEqual(rows[0]["origin"], "FRA")
        self.assertLess(float(rows[0]["difference"]), 0.0)
        self.assertGreater(float(rows[2]["difference"]), 0.0)
        origins = self.rows("deal", "nothing", "--by", "origin", "--outcomes", "exports", "--periods", "horizon")
        of_france = next(row for row in origins if row["origin"] == "FRA")
        self.assertEqual(of_france["difference"], rows[0]["difference"])

    def test_what_is_meant_is_said(self):
        for arguments, words in ((("compare", self.config), "is a config, not the results of a run"),
                                 (("compare", self.results, "--base", "x"), "deal, threat, nothing"),
                                 (("compare", self.results, "--outcomes", "jobz"), "did you mean jobs")):
            done = run(*arguments)
            self.assertNotEqual(done.returncode, 0)
            self.assertIn(words, done.stderr)


if __name__ == "__main__":
    unittest.main()
