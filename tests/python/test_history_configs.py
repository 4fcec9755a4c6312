#!/usr/bin/python3
"""configs/history is what scripts/make_history_configs.py makes of korea-us-2025.yaml; rates on known days are those of
the law; the June config knows nothing that was announced later."""

import csv
import datetime
import os
import subprocess
import sys
import unittest
from pathlib import Path

try:
    import yaml  # noqa: F401
except ImportError as missing:
    print(f"skipped: {missing}")
    sys.exit(77)

PROGRAM = os.environ["ENTREPOT"]
SOURCE = Path(os.environ["ENTREPOT_SOURCE"])
FOLDER = SOURCE / "configs" / "history"
sys.path.insert(0, str(SOURCE / "scripts"))
import make_history_configs  # noqa: E402


def program(*arguments):
    return subprocess.run([PROGRAM, *map(str, arguments)], check=True, capture_output=True, text=True).stdout


def rate(day, partner, sector, column="collected", regime="history", config="us-2025"):
    """Rate of one flow on one day, in per cent."""
    text = program("tariffs", FOLDER / f"{config}.yaml", "--on", day, "--regime", regime, "--partner", partner,
                   "--format", "csv")
    row = next(row for row in csv.DictReader(text.splitlines()) if row["sector"] == sector)
    return 100 * float(row[column])


class HistoryConfigs(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.configs = {config["name"]: config for config in make_history_configs.configs()}

    def test_files_are_what_the_script_makes(self):
        for name, config in self.configs.items():
            text = (FOLDER / f"{name}.yaml").read_text(encoding="utf-8")
            self.assertEqual(text, make_history_configs.text_of(config), name)
            self.assertIn("no faults", program("check", FOLDER / f"{name}.yaml"))

    def test_episode_of_2018_is_what_its_script_makes(self):
        script = [sys.executable, SOURCE / "scripts" / "make_episode_2018.py", "--check"]
        self.assertEqual(subprocess.run(script, check=False).returncode, 0)
        for name in ("us-china-2018", "us-china-2018-related", "us-2025-related"):
            self.assertIn("no faults", program("check", FOLDER / f"{name}.yaml"))

    def test_known_rates_on_known_days(self):
        for day, partner, sector, low, high in (
                ("2024-06-15", "KOR", "motor_vehicles", 0.0, 0.2),
                ("2025-03-31", "KOR", "motor_vehicles", 0.0, 0.2),  # before 3 April
                ("2025-05-15", "KOR", "motor_vehicles", 23.0, 25.2),  # 25 on cars and parts, less what is not collected
                ("2025-03-31", "KOR", "iron_steel", 15.0, 25.2),  # 25 from 12 March
                ("2025-06-15", "KOR", "iron_steel", 32.0, 50.2),  # 50 from 4 June
                ("2025-06-15", "GBR", "iron_steel", 12.0, 26.0),  # stays at 25
                ("2025-05-15", "KOR", "textiles", 10.0, 11.5),  # 10 and the base rate
                ("2025-09-15", "KOR", "textiles", 14.5, 17.0),  # 15 on top from 7 August
                ("2025-05-15", "KOR", "electronics", 1.0, 3.0)):  # chips and computers are exempt
            self.assertTrue(low <= rate(day, partner, sector) <= high,
                            f"{day} {partner} {sector}: {rate(day, partner, sector)}")

    def test_china_on_top_of_its_base_rate(self):
        # in force on textiles, which no other action covers: 20, then 145, then 30 since Geneva
        base = rate("2024-06-15", "CHN", "textiles")
        wedge = 1 - (rate("2025-03-15", "CHN", "textiles") - base) / 20
        self.assertTrue(-1e-9 < wedge < 0.1, wedge)
        for day, added in (("2025-02-15", 10), ("2025-04-30", 145), ("2025-06-15", 30), ("2025-11-20", 20)):
            self.assertAlmostEqual(rate(day, "CHN", "textiles") - base, added * (1 - wedge), places=3, msg=day)

    def test_refunds_go_back_to_their_dates(self):
        self.assertGreater(rate("2025-11-15", "KOR", "motor_vehicles"), 23.0)
        self.assertAlmostEqual(rate("2025-11-15", "KOR", "motor_vehicles", "final"), 14.5, delta=1.0)
        self.assertAlmostEqual(rate("2025-08-15", "EU27", "motor_vehicles", "final"), 14.0, delta=1.5)
        self.assertAlmostEqual(rate("2025-08-15", "JPN", "textiles", "final"), 15.0, delta=1.0)

    def test_without_measures_rates_stand_still(self):
        for partner, sector in (("KOR", "motor_vehicles"), ("CHN", "machinery")):
            self.assertEqual(rate("2025-12-15", partner, sector, regime="no-measures"),
                             rate("2024-01-15", partner, sector, regime="no-measures"))

    def test_june_knows_june(self):
        june = self.configs["us-2025-june"]
        listed = june["measures"] + [m for regime in june["regimes"].values() for m in regime["measures"]]
        day = datetime.date(2025, 6, 30)
        for measure in listed:
            self.assertLessEqual(measure["announced"], day, measure["id"])
            self.assertLessEqual(measure.get("end_announced", day), day, measure["id"])
            self.assertLessEqual(measure.get("anticipated", {}).get("from", day), day, measure["id"])
        points = [point["date"] for path in june["paths"] for point in path["points"]]
        self.assertLessEqual(max(points), day)
        for regime, low, high in (("ten-per-cent-stays", 10.0, 11.5), ("country-rates", 24.5, 26.5)):
            got = rate("2025-08-15", "KOR", "textiles", regime=regime, config="us-2025-june")
            self.assertTrue(low <= got <= high, f"{regime}: {got}")

    def test_same_rates_in_both_until_june(self):
        for day in ("2025-02-15", "2025-04-20", "2025-06-20"):
            for partner in ("KOR", "CHN", "CAN"):
                self.assertEqual(rate(day, partner, "metal_products"),
                                 rate(day, partner, "metal_products", regime="ten-per-cent-stays",
                                      config="us-2025-june"))


if __name__ == "__main__":
    unittest.main()
