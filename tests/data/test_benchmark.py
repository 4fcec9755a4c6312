#!/usr/bin/python3
"""Tests of the shipped benchmark files and of the scripts that build them. Run: tests/data/test_benchmark.py"""

import hashlib
import subprocess
import sys
import tempfile
import unittest
from pathlib import Path

import h5py
import numpy as np

ROOT = Path(__file__).resolve().parents[2]
sys.path.insert(0, str(ROOT / "scripts"))
import benchmark_file  # noqa: E402
import build_benchmark  # noqa: E402
import convert_cp2015  # noqa: E402
import convert_liberation_day  # noqa: E402

DATA = ROOT / "data"
FILES = {"benchmark-2022.h5": build_benchmark.__file__, "benchmark-cp2015.h5": convert_cp2015.__file__,
         "benchmark-liberation-day.h5": convert_liberation_day.__file__}
CENSUS_KOREA_2024 = 130458.7  # million USD, imports for consumption, US Census Bureau
CENSUS_KOREA_UNSORTED = 2026.0  # of these in HS 98 and 99


def load(name):
    """Return every dataset of a benchmark file."""
    with h5py.File(DATA / name, "r") as file:
        return {key: (benchmark_file.read_labels(file, key) if file[key].dtype.kind == "O" else file[key][()])
                for key in file}


class Benchmark2022(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.b = load("benchmark-2022.h5")
        cls.usa, cls.kor = (cls.b["region"].index(code) for code in ("USA", "KOR"))

    def us_imports(self, sector, origin="KOR"):
        return self.b["flow"][self.b["sector"].index(sector), self.b["region"].index(origin), self.usa]

    def test_names(self):
        self.assertEqual((len(self.b["region"]), len(self.b["sector"])), (81, 28))
        self.assertEqual((self.b["sector"][0], self.b["sector"][-1]), ("A01", "SERVICES"))
        self.assertEqual(self.b["elasticity_set"], ["IS", "U4", "CP", "BSY", "GYY", "Shap", "FGO", "LL"])
        for other in ("origin", "destination"):
            self.assertEqual(self.b[other], self.b["region"])
        self.assertEqual(self.b["input_sector"], self.b["sector"])
        self.assertEqual(len(set(self.b["region"])), 81)

    def test_rules_of_check(self):
        self.assertEqual(build_benchmark.faults(DATA / "benchmark-2022.h5"), [])

    def test_balance(self):
        b = self.b
        landed = b["flow"] * (1 + b["freight"])
        output = landed.sum(axis=2).T
        expenditure = (landed * (1 + b["tariff"])).sum(axis=1).T
        use = np.einsum("dsk,dk->ds", b["input_coefficient"], output) + b["final_demand"]
        np.testing.assert_allclose(use, expenditure, rtol=1e-9)
        np.testing.assert_allclose(b["gross_output"], output, rtol=1e-12)

    def test_shares(self):
        total = self.b["input_coefficient"].sum(axis=1) + self.b["value_added_share"]
        np.testing.assert_allclose(total, 1.0, atol=1e-12)
        self.assertGreaterEqual(self.b["value_added_share"].min(), 0.05 - 1e-9)

    def test_korea_to_us_is_census(self):
        goods = self.b["flow"][:, self.kor, self.usa].sum() - self.us_imports("SERVICES") - self.us_imports("B09")
        self.assertAlmostEqual(goods, CENSUS_KOREA_2024 - CENSUS_KOREA_UNSORTED, delta=1.0)
        for sector, billions in (("C29", 44.45), ("C26", 19.89), ("C28", 15.14), ("C27", 11.82), ("C24A", 3.29)):
            self.assertAlmostEqual(self.us_imports(sector) / 1000, billions, delta=0.01, msg=sector)

    def test_services_are_icio(self):
        self.assertAlmostEqual(self.us_imports("SERVICES"), 23091.3198, delta=1e-3)

    def test_us_tariffs_are_collected_rates(self):
        c29 = self.b["sector"].index("C29")
        rate = self.b["tariff"][c29, :, self.usa]
        self.assertLess(rate[self.kor], 0.002)
        self.assertAlmostEqual(rate[self.b["region"].index("JPN")], 0.025, delta=0.001)
        self.assertEqual(rate[self.b["region"].index("DEU")], rate[self.b["region"].index("FRA")])

    def test_freight(self):
        steel, services = (self.b["sector"].index(code) for code in ("C24A", "SERVICES"))
        self.assertEqual(self.b["freight"][services].max(), 0.0)
        far, near = (self.b["freight"][steel, self.b["region"].index(code), self.usa] for code in ("KOR", "MEX"))
        self.assertGreater(far, near)
        trade = self.b["flow"] * (self.b["freight"] > 0)
        self.assertTrue(0.02 < (trade * self.b["freight"]).sum() / trade.sum() < 0.06)

    def test_exporter_facts(self):
        facts = dict(zip(self.b["fact"], self.b["fact_value"]))
        self.assertEqual(facts, {"exporter_count": 69259, "exporter_share_top10": 0.366,
                                 "exporter_share_top100": 0.667, "exporter_survival_1y": 0.492,
                                 "exporter_survival_5y": 0.163})

    def test_wedges(self):
        self.assertEqual(self.b["collection_wedge"][:, self.usa].max(), 0.0)
        self.assertAlmostEqual(self.b["collection_wedge"][self.b["sector"].index("C29"), self.kor], 0.0537, delta=1e-4)


class CaliendoParro(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.b = load("benchmark-cp2015.h5")

    def test_rules_of_check(self):
        self.assertEqual(build_benchmark.faults(DATA / "benchmark-cp2015.h5"), [])

    def test_only_nafta_tariffs_change(self):
        nafta = {self.b["region"].index(name) for name in ("Canada", "Mexico", "USA")}
        changed = np.argwhere(self.b["tariff"] != self.b["tariff_counterfactual"])
        self.assertEqual(len(changed), 116)
        self.assertTrue(all({o, d} <= nafta for _, o, d in changed))

    def test_income_identity(self):
        revenue = (self.b["flow"] * self.b["tariff"]).sum(axis=(0, 1))
        income = self.b["value_added"].sum(axis=1) + revenue + self.b["deficit"]
        np.testing.assert_allclose(self.b["final_demand"].sum(axis=1), income, rtol=1e-12)

    def test_gross_output_is_sales(self):
        np.testing.assert_allclose(self.b["flow"].sum(axis=2).T, self.b["gross_output"], rtol=1e-6)

    def test_deficit_is_imports_less_exports(self):
        deficit = self.b["flow"].sum(axis=(0, 1)) - self.b["flow"].sum(axis=(0, 2))
        np.testing.assert_allclose(deficit, self.b["deficit"], atol=1e-3)


class LiberationDay(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.b = load("benchmark-liberation-day.h5")
        cls.usa = cls.b["region"].index("USA")

    def test_rules_of_check(self):
        self.assertEqual(build_benchmark.faults(DATA / "benchmark-liberation-day.h5"), [])

    def test_trade_is_the_source_and_own_sales_are_what_is_left(self):
        flow, source = self.b["flow"][0], convert_liberation_day.read_source()[2]
        off = ~np.eye(len(flow), dtype=bool)
        np.testing.assert_allclose(flow[off], source[off], rtol=1e-12)
        np.testing.assert_allclose(self.b["final_demand"][:, 0], flow.sum(axis=0), rtol=1e-12)
        self.assertEqual([self.b["region"][i] for i in np.flatnonzero(np.diag(flow) == 0)], ["GMB", "MHL"])

    def test_producers_pay_the_targets_to_local_sellers(self):
        _, _, trade, gdp, _ = convert_liberation_day.read_source()
        abroad, home = convert_liberation_day.local_shares(trade, gdp, self.usa)
        others = np.arange(len(gdp)) != self.usa
        sold, bought = trade[self.usa, others].sum(), trade[others, self.usa].sum()
        spending = gdp[self.usa] + (1 - home) * (bought - (1 - abroad) * sold)
        own = spending - bought
        self.assertAlmostEqual((own * home + sold * abroad) / (own + sold), 0.26, delta=1e-12)
        np.testing.assert_allclose(self.b["local_share"][others], abroad, rtol=1e-12)
        self.assertAlmostEqual(self.b["local_share"][self.usa], home, delta=1e-12)

    def test_the_config_is_what_the_script_prints(self):
        text = subprocess.run([convert_liberation_day.__file__, "--config"], check=True, capture_output=True, text=True)
        self.assertEqual(text.stdout, (ROOT / "configs" / "liberation-day.yaml").read_text(encoding="utf-8"))


class Reproducibility(unittest.TestCase):
    def build(self, name, folder):
        path = Path(folder) / name
        subprocess.run([FILES[name], "--output", str(path)], check=True, stdout=subprocess.DEVNULL)
        return path

    def test_committed_files_are_the_listed_ones(self):
        for line in (DATA / "SHA256SUMS").read_text(encoding="utf-8").splitlines():
            digest, name = line.split()
            self.assertEqual(hashlib.sha256((DATA / name).read_bytes()).hexdigest(), digest, name)

    def test_sources_are_unchanged(self):
        for name in FILES:
            with h5py.File(DATA / name, "r") as file:
                listing = file.attrs["source_sha256"]
            paths = [ROOT / line.split("  ", 1)[1] for line in listing.splitlines()]
            self.assertEqual(benchmark_file.hash_listing(ROOT, paths), listing, name)

    def test_same_bytes_twice_and_same_values_as_committed(self):
        for name in FILES:
            with tempfile.TemporaryDirectory() as one, tempfile.TemporaryDirectory() as two:
                first, second = self.build(name, one), self.build(name, two)
                self.assertEqual(first.read_bytes(), second.read_bytes(), name)
                with h5py.File(first, "r") as new, h5py.File(DATA / name, "r") as old:
                    self.assertEqual(sorted(new), sorted(old))
                    for key in new:
                        if new[key].dtype.kind == "f":
                            np.testing.assert_allclose(new[key][()], old[key][()], rtol=1e-9, atol=1e-9, err_msg=key)

    def test_a_cut_file_is_refused(self):
        with tempfile.TemporaryDirectory() as folder:
            path = Path(folder) / "cut.h5"
            path.write_bytes((DATA / "benchmark-2022.h5").read_bytes()[:100000])
            self.assertNotEqual(build_benchmark.faults(path), [])

    def test_every_hs_code_has_a_sector(self):
        rows = build_benchmark.read_rows(build_benchmark.RAW / "concordance_hs_icio.csv")
        sectors = {row["code"] for row in build_benchmark.read_rows(build_benchmark.RAW / "sectors.csv")} | {"NONE"}
        self.assertEqual(len({row["hs_prefix"] for row in rows}), len(rows))
        self.assertTrue({row["sector"] for row in rows} <= sectors)
        concordance = {row["hs_prefix"]: row["sector"] for row in rows}
        for hs6, sector in (("870323", "C29"), ("854231", "C26"), ("847330", "C26"), ("850760", "C27"),
                            ("270900", "B06"), ("271019", "C19"), ("730630", "C24A"), ("731815", "C25"),
                            ("710812", "C24B"), ("711319", "C31T33"), ("890190", "C301"), ("300490", "C21")):
            self.assertEqual(build_benchmark.sector_of(hs6, concordance), sector, hs6)


if __name__ == "__main__":
    unittest.main()
