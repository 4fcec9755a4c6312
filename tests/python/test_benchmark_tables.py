#!/usr/bin/python3
"""entrepot benchmark: every table it prints is what the file says, summed by another program; bad requests are refused."""
import csv
import io
import os
import subprocess
import sys
import tempfile
import unittest

import h5py
import numpy as np

PROGRAM = os.environ["ENTREPOT"]
SOURCE = os.environ["ENTREPOT_SOURCE"]
FILE = os.path.join(SOURCE, "data/benchmark-2022.h5")


def ask(*arguments, code=0):
    """What the command prints, or complains of when it is to end with another code."""
    done = subprocess.run([PROGRAM, "benchmark", *arguments], capture_output=True, text=True, check=False, cwd=SOURCE)
    if done.returncode != code:
        raise AssertionError(f"{arguments}: ended with {done.returncode}: {done.stderr}")
    return done.stderr if code else done.stdout


def rows(*arguments):
    return list(csv.DictReader(io.StringIO(ask(*arguments, "--format", "csv"))))


class BenchmarkTables(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        with h5py.File(FILE, "r") as file:
            cls.v = {name: file[name][()] for name in ("flow", "tariff", "freight", "elasticity", "final_demand",
                                                       "value_added_share", "input_coefficient")}
            cls.region = [name.decode() for name in file["region"][()]]
            cls.sector = [name.decode() for name in file["sector"][()]]
            cls.sets = [name.decode() for name in file["elasticity_set"][()]]
        cls.at_port = cls.v["flow"] * (1 + cls.v["freight"])

    def near(self, text, expected):
        self.assertAlmostEqual(float(text), expected, delta=1e-9 * max(1.0, abs(expected)))

    def test_one_flow_by_sector(self):
        o, d = self.region.index("KOR"), self.region.index("USA")
        table = rows(FILE, "--origin", "KOR", "--destination", "USA", "--by", "sector")
        traded = [s for s in range(len(self.sector)) if self.v["flow"][s, o, d] > 0]  # an empty flow has no row
        self.assertEqual([row["sector"] for row in table], [self.sector[s] for s in traded])
        for s, row in zip(traded, table):
            self.near(row["flow"], self.v["flow"][s, o, d])
            self.near(row["freight"], 100 * self.v["freight"][s, o, d])
            self.near(row["tariff"], 100 * self.v["tariff"][s, o, d])
            self.near(row["landed"], self.at_port[s, o, d] * (1 + self.v["tariff"][s, o, d]))

    def test_what_goods_contain_of_a_country(self):
        """The same sum as one linear system, summed to four regions and sectors to be quick."""
        with tempfile.TemporaryDirectory() as folder:
            path = os.path.join(folder, "small.yaml")
            with open(path, "w", encoding="utf-8") as file:
                file.write(f"""
name: small
benchmark: {FILE}
calibration: {SOURCE}/configs/calibrations/horizon.yaml
start: 2025-01-01
steps: 12
replications: 1
slots: 1000
home: KOR
regions: {{KOR: KOR, USA: USA, MEX: MEX, ROW: rest}}
sectors: {{cars: C29, electronics: C26, services: SERVICES, goods: rest}}
regimes: {{none: {{}}}}
scenarios: [none]
""")
            table = rows("--config", path, "--destination", "USA", "--by", "origin,sector", "--content", "KOR")
            flows = {(row["origin"], row["sector"]): row for row in table}
            content = self.content_of("KOR", ("KOR", "USA", "MEX"), ("C29", "C26", "SERVICES"))
        names = {"cars": 0, "electronics": 1, "services": 2, "goods": 3}
        regions = {"KOR": 0, "USA": 1, "MEX": 2, "ROW": 3}
        self.assertEqual(len(flows), 16)
        for (origin, sector), row in flows.items():
            freighted = float(row["flow"]) * (1 + float(row["freight"]) / 100)
            self.near(row["content"], freighted * content[regions[origin], names[sector]])
        self.assertGreater(float(flows["MEX", "cars"]["content_share"]), float(flows["MEX", "services"]["content_share"]))

    def content_of(self, home, regions, sectors):
        group = lambda codes, names: np.array([names.index(c) if c in names else len(names) for c in codes])
        r, s = group(self.region, regions), group(self.sector, sectors)
        R, S = len(regions) + 1, len(sectors) + 1
        one_r, one_s = np.eye(R)[r], np.eye(S)[s]
        fold = lambda cells: np.einsum("kod,ka,ob,dc->abc", cells, one_s, one_r, one_r)
        port, spent = fold(self.at_port), fold(self.at_port * (1 + self.v["tariff"])).sum(axis=1)  # [s][d]
        output = self.at_port.sum(axis=2).T  # [region][sector]
        used = np.einsum("dku,du,db,ka,uc->bac", self.v["input_coefficient"], output, one_r, one_s, one_s)
        out = np.einsum("du,db,uc->bc", output, one_r, one_s)
        added = np.einsum("du,db,uc->bc", self.v["value_added_share"] * output, one_r, one_s) / out
        inputs = np.einsum("dku,kod->okdu", used / out[:, None, :], port / spent[:, None, :]).reshape(R * S, R * S)
        own = np.zeros((R, S))
        own[regions.index(home)] = added[regions.index(home)]
        return np.linalg.solve(np.eye(R * S) - inputs.T, own.ravel()).reshape(R, S)

    def test_sum_without_domestic_flows(self):
        (row,) = rows("--foreign")
        foreign = ~np.eye(len(self.region), dtype=bool)
        self.near(row["flow"], self.v["flow"][:, foreign].sum())
        (whole,) = rows()
        self.near(whole["flow"], self.v["flow"].sum())

    def test_selection_of_several(self):
        sectors = ["C26", "C29"]
        (row,) = rows("--sector", ",".join(sectors), "--destination", "USA,JPN", "--foreign")
        total = 0.0
        for name in ("USA", "JPN"):
            d = self.region.index(name)
            part = self.v["flow"][[self.sector.index(s) for s in sectors], :, d]
            total += part.sum() - part[:, d].sum()
        self.near(row["flow"], total)

    def test_shares_add_up(self):
        table = rows("--destination", "USA", "--by", "origin")
        self.assertAlmostEqual(sum(float(row["share_of_purchases"]) for row in table), 100.0, places=6)
        table = rows("--origin", "KOR", "--by", "destination")
        self.assertAlmostEqual(sum(float(row["share_of_sales"]) for row in table), 100.0, places=6)

    def test_regions(self):
        table = rows("--table", "regions")
        self.assertEqual([row["region"] for row in table], self.region)
        duty = self.at_port * self.v["tariff"]
        for r, row in enumerate(table):
            self.near(row["final_demand"], self.v["final_demand"][r].sum())
            self.near(row["output"], self.at_port[:, r, :].sum())
            self.near(row["duty"], duty[:, :, r].sum())
            self.near(row["value_added"], (self.at_port[:, r, :].sum(axis=1) * self.v["value_added_share"][r]).sum())

    def test_elasticities(self):
        table = rows("--table", "elasticities")
        for s, row in enumerate(table):
            for e, name in enumerate(self.sets):
                self.near(row[name], self.v["elasticity"][e, s])

    def test_aggregate_of_a_config(self):
        table = rows("--config", "configs/two-by-two.yaml", "--by", "origin,destination")
        self.near(sum(float(row["flow"]) for row in table), self.v["flow"].sum())
        home = self.region.index("KOR")
        self.near(table[0]["flow"], self.v["flow"][:, home, home].sum())

    def test_other_formats_have_the_numbers(self):
        for form in ("text", "latex", "json", "markdown"):
            self.assertIn("KOR", ask("--origin", "KOR", "--by", "origin", "--format", form))

    def test_bad_requests(self):
        for arguments, code, words in (
                (("--origin", "KORR"), 64, "KOR"),
                (("--sector", "C2"), 64, "no such sector"),
                (("--by", "colour"), 64, "colour"),
                (("--table", "flow"), 64, "flows"),
                (("--format", "txt"), 64, "text"),
                (("absent.h5",), 66, "absent.h5"),
                (("README.md",), 65, "no HDF5"),
                ((FILE, "--config", "configs/two-by-two.yaml"), 64, ""),
                (("--set", "slots"), 64, "PATH=VALUE"),
                (("--config", "absent.yaml"), 66, "absent.yaml")):
            with self.subTest(arguments=arguments):
                self.assertIn(words, ask(*arguments, code=code))


if __name__ == "__main__":
    sys.exit(0 if unittest.main(exit=False).result.wasSuccessful() else 1)
