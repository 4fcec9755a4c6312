#!/usr/bin/python3
"""configs/korea-us-full.yaml and world.yaml are what scripts/make_scale_configs.py makes of korea-us-2025.yaml, hold no
fault, and have the size they are there for."""

import os
import re
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
sys.path.insert(0, str(SOURCE / "scripts"))
import make_scale_configs  # noqa: E402


class ScaleConfigs(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.configs = {config["name"]: config for config in make_scale_configs.configs()}

    def test_files_are_what_the_script_makes(self):
        for name, config in self.configs.items():
            text = (SOURCE / "configs" / f"{name}.yaml").read_text(encoding="utf-8")
            self.assertEqual(text, make_scale_configs.text_of(config), name)

    def test_no_faults_and_full_size(self):
        for name, aggregation in (("korea-us-full", (14, 28)), ("world", (81, 28))):
            said = subprocess.run([PROGRAM, "check", SOURCE / "configs" / f"{name}.yaml"], check=True,
                                  capture_output=True, text=True).stdout
            found = re.search(r"aggregation +(\d+) regions x (\d+) sectors", said)
            self.assertEqual(tuple(map(int, found.groups())), aggregation)
            self.assertGreaterEqual(int(re.search(r"size +(\d+) slots", said).group(1)), 1000000)
        self.assertEqual(self.configs["korea-us-full"]["exporters"], {"firms": 69259, "per_agent": 1})

    def test_a_members_coverage_adds_up_to_its_groups(self):
        """Of the sector groups that are parted, members' covered imports sum to the group's, as far as digits go."""
        source = yaml.safe_load((SOURCE / "configs" / "korea-us-2025.yaml").read_text(encoding="utf-8"))
        parts = make_scale_configs.Parts(source, None)
        world, lists = parts.fine_world, ("steel_aluminium", "vehicles", "auto_parts")
        fine, coarse = parts.coverage(world, lists, False), parts.coverage(parts.coarse_world, lists, False)
        for group, members in parts.sectors.items():
            imports = {member: sum(value for (_, sector, _), value in world.imports.items() if sector == member)
                       for member in members}
            total = sum(imports.values())
            if total > 0:
                self.assertAlmostEqual(sum(fine[m] * imports[m] for m in members) / total, coarse[group], places=9)


if __name__ == "__main__":
    unittest.main()
