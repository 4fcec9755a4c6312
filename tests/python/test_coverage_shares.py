"""The coverage shares written into configs/korea-us-2025.yaml are those scripts/coverage_shares.py computes."""

import os
import sys
import unittest
from pathlib import Path

try:
    import yaml
except ImportError as missing:
    print(f"skipped: {missing}")
    sys.exit(77)

SOURCE = Path(os.environ.get("ENTREPOT_SOURCE", Path(__file__).resolve().parents[2]))
sys.path.insert(0, str(SOURCE / "scripts"))
import coverage_shares  # noqa: E402

ALL, KOREA = "all", "KOR"
SECTION_232 = ("steel_aluminium", "vehicles", "auto_parts")
# measure -> (partners, lists whose shares it covers)
EXPECTED = {
    "steel-aluminium-25": (ALL, ("steel_aluminium",)),
    "steel-aluminium-25-korea": (KOREA, ("steel_aluminium",)),
    "steel-aluminium-50": (ALL, ("steel_aluminium",)),
    "steel-aluminium-50-korea": (KOREA, ("steel_aluminium",)),
    "vehicles-25": (ALL, ("vehicles",)),
    "vehicles-25-korea": (KOREA, ("vehicles",)),
    "vehicles-and-parts-25": (ALL, ("vehicles", "auto_parts")),
    "vehicles-and-parts-25-korea": (KOREA, ("vehicles", "auto_parts")),
    "autos-japan": (ALL, ("vehicles", "auto_parts")),
    "autos-european-union": (ALL, ("vehicles", "auto_parts")),
    "autos-united-kingdom": (ALL, ("vehicles", "auto_parts")),
    "autos-korea-15-all-in": (KOREA, ("vehicles", "auto_parts")),
    "copper-50": (ALL, ("copper",)),
    "copper-50-korea": (KOREA, ("copper",)),
    "annex-2": (ALL, ("annex2",)),
    "annex-2-korea": (KOREA, ("annex2",)),
    "reciprocal-not-on-232": (ALL, SECTION_232),
    "reciprocal-not-on-232-korea": (KOREA, SECTION_232),
    "farm-goods-exempt": (ALL, ("farm",)),
}
TOLERANCE = 0.012


class Shares(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.config = yaml.safe_load((SOURCE / "configs" / "korea-us-2025.yaml").read_text(encoding="utf-8"))
        cls.world = coverage_shares.World(cls.config)
        cls.lists = coverage_shares.Lists()
        regimes = cls.config["regimes"].values()
        cls.measures = {m["id"]: m for part in [cls.config, *regimes] for m in part["measures"]}

    def shares(self, partners, lists):
        chosen = set(self.world.regions) if partners == ALL else {partners}
        parts = [coverage_shares.sector_shares(self.world, self.lists, name, chosen) for name in lists]
        return {sector: sum(part[sector] for part in parts) for sector in self.world.sectors}

    def test_config_has_the_computed_shares(self):
        for measure, (partners, lists) in EXPECTED.items():
            computed = self.shares(partners, lists)
            written = self.measures[measure]["sectors"]
            for sector, share in computed.items():
                with self.subTest(measure=measure, sector=sector):
                    self.assertAlmostEqual(written.get(sector, 0.0), share, delta=TOLERANCE)

    def test_electronics_by_partner(self):
        rates = self.measures["electronics-exempt"]["rates"]
        for partner, rate in rates.items():
            with self.subTest(partner=partner):
                share = self.shares(partner, ("electronics",))["electronics"]
                self.assertAlmostEqual(rate, share, delta=TOLERANCE)

    def test_lists_do_not_overlap(self):
        for _, _, hs6 in list(self.world.imports)[::17]:
            self.assertLessEqual(sum(self.lists.shares(hs6).values()), 1.0 + 1e-12)


if __name__ == "__main__":
    unittest.main()
