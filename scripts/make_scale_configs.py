#!/usr/bin/env python3
"""Write configs/korea-us-full.yaml and configs/world.yaml: configs/korea-us-2025.yaml at the benchmark's own resolution.

    scripts/make_scale_configs.py

Measures, regimes, beliefs, uncertainty and paths are those of korea-us-2025.yaml. Every sector group is parted into the
benchmark's sectors; where a measure covers a share of a group's trade, a member's share is the group's times the member's
own coverage by the same HS lists over the group's (scripts/coverage_shares.py). world.yaml parts the groups of economies
too: a member has its group's rate.
"""

from pathlib import Path

import yaml

import coverage_shares

ROOT = Path(__file__).resolve().parent.parent
SOURCE = ROOT / "configs" / "korea-us-2025.yaml"
SECTION_232 = ("steel_aluminium", "vehicles", "auto_parts")
# beginning of a measure's id -> the HS lists that say which goods of a sector it covers; others cover members alike
LISTS = {
    "steel-aluminium": ("steel_aluminium",),
    "vehicles-and-parts-25": ("vehicles", "auto_parts"),
    "autos-": ("vehicles", "auto_parts"),
    "copper": ("copper",),
    "lumber": ("lumber",),
    "furniture": ("furniture",),
    "annex-2": ("annex2",),
    "fentanyl-not-on-232": SECTION_232,
    "reciprocal-not-on-232": SECTION_232,
    "reciprocal-not-on-wood": ("lumber", "furniture"),
    "farm-goods": ("farm",),
}
WRITTEN_DOWN = 0.012  # what shares in korea-us-2025.yaml are rounded by (tests/python/test_coverage_shares.py)
# every Korean exporter of 2024 is an agent (data/facts/korea_exporter_firm_facts.csv)
PER_AGENT = 1
# with 28 sectors the ten largest exporters have 37 % of goods exports and the hundred largest 67 % (36.6 and 66.7 in 2024)
SIZE_LAW = {"size_pareto_shape": 0.81, "size_rank_offset": -0.36}
WORLD_RECORD = {"flows": {"origins": ["KOR"], "destinations": ["USA"]}}

HEADS = {
    "korea-us-full": """# Korea and the United States, 2025, at full scale: korea-us-2025.yaml with the benchmark's 28 sectors and
# two million slots. One hundred worlds under deal and no deal, and what they cost (bench/README.md):
#
#     entrepot run configs/korea-us-full.yaml -o full.h5
#
""",
    "world": """# The world at the benchmark's own resolution: 81 economies x 28 sectors, 2,268 markets; measures as in
# korea-us-2025.yaml.
#
#     entrepot run configs/world.yaml -o world.h5
#
""",
}
TAIL = "# Printed by scripts/make_scale_configs.py; comments and sources are in korea-us-2025.yaml.\n\n"


class Parts:
    """How groups of the source config part into members, and how much of each member the HS lists cover."""

    def __init__(self, source, regions):
        self.sectors = {group: self.codes(value) for group, value in source["sectors"].items()}
        named = {code for value in source["regions"].values() if value != "rest" for code in self.codes(value)}
        self.region_names = list(source["regions"])
        self.regions = {group: [group] for group in source["regions"]}
        if regions == "all":
            economies = [row["code"] for row in coverage_shares.read_csv(coverage_shares.RAW / "economies.csv")]
            self.regions = {group: [e for e in economies if e not in named] if value == "rest" else self.codes(value)
                            for group, value in source["regions"].items()}
        fine = dict(source, sectors={code: code for codes in self.sectors.values() for code in codes})
        self.lists = coverage_shares.Lists()
        self.coarse_world, self.fine_world = coverage_shares.World(source), coverage_shares.World(fine)

    @staticmethod
    def codes(value):
        """Return the codes of a group as a list."""
        return list(value) if isinstance(value, list) else [value]

    def coverage(self, world, lists, korean):
        """Return sector -> share of imports under the lists, of Korea's or of all partners' goods."""
        partners = {"KOR"} if korean else set(world.regions)
        parts = [coverage_shares.sector_shares(world, self.lists, name, partners) for name in lists]
        return {sector: sum(part[sector] for part in parts) for sector in world.sectors}

    def cover(self, identity, shares):
        """Part a map of sector groups to covered shares."""
        lists = next((names for start, names in LISTS.items() if identity.startswith(start)), None)
        out = {}
        for group, share in shares.items():
            members = self.sectors[group]
            if lists is None or len(members) == 1:
                out.update({member: share for member in members})
                continue
            korean = "korea" in identity
            coarse = self.coverage(self.coarse_world, lists, korean)[group]
            fine = self.coverage(self.fine_world, lists, korean)
            # the group's share is that of the lists, as written down, or one of some partners only
            scale = 1.0 if abs(share - coarse) <= WRITTEN_DOWN else share / coarse
            covered = {member: round(min(1.0, scale * fine[member]), 3) for member in members}
            out.update({member: value for member, value in covered.items() if value > 0})
        return out

    def sector_list(self, groups):
        """Part a list of sector groups."""
        return [member for group in groups for member in self.sectors[group]]

    def region_list(self, groups):
        """Part a list of region groups."""
        return groups if groups == "all" else [member for group in groups for member in self.regions[group]]


def part_entry(parts, entry):
    """Part the regions and sectors named in a measure, shock or path."""
    out = dict(entry)
    for key in ("partners", "except", "regions", "origins", "destinations", "owners", "hosts"):
        if key in out:
            out[key] = parts.region_list(out[key])
    if "rates" in out:
        out["rates"] = {member: rate for group, rate in out["rates"].items() for member in parts.regions[group]}
    if "except_sectors" in out:
        out["except_sectors"] = parts.sector_list(out["except_sectors"])
    if isinstance(out.get("sectors"), dict):
        out["sectors"] = parts.cover(out["id"], out["sectors"])
    elif "sectors" in out:
        out["sectors"] = parts.sector_list(out["sectors"])
    return out


def part_plant(parts, plant):
    """Part a plant's sector: the plants of its members."""
    return [dict(plant, sector=member) for member in parts.sectors[plant["sector"]]]


def build(source, name, title, slots, regions):
    """Return the config of that name."""
    parts = Parts(source, regions)
    config = dict(source, name=name, title=title, replications=90, repeats=10, slots=slots, sectors="all")
    if regions == "all":
        config["regions"] = "all"
        config["record"] = WORLD_RECORD
    else:
        config["exporters"] = dict(source["exporters"], per_agent=PER_AGENT)
        config["parameters"] = dict(source["parameters"], **SIZE_LAW)
    config["sector_parameters"] = {member: values for group, values in source["sector_parameters"].items()
                                   for member in parts.sectors[group]}
    config["captive"] = [part_entry(parts, entry) for entry in source["captive"]]
    config["plants"] = [entry for plant in source["plants"] for entry in part_plant(parts, plant)]
    config["tariff_jumping"] = part_entry(parts, source["tariff_jumping"])
    config["measures"] = [part_entry(parts, measure) for measure in source["measures"]]
    config["regimes"] = {regime: {"measures": [part_entry(parts, measure) for measure in value["measures"]]}
                         for regime, value in source["regimes"].items()}
    config["uncertainty"] = dict(source["uncertainty"],
                                 shocks=[part_entry(parts, shock) for shock in source["uncertainty"]["shocks"]])
    return config


class Dumper(yaml.SafeDumper):
    """Collections without collections inside on one line; no aliases."""

    def ignore_aliases(self, data):
        return True


def text_of(config):
    """Return a config as it stands in its file."""
    return HEADS[config["name"]] + TAIL + yaml.dump(config, Dumper=Dumper, sort_keys=False, default_flow_style=None,
                                                    width=118, allow_unicode=True)


def configs():
    """Return both configs."""
    source = yaml.safe_load(SOURCE.read_text(encoding="utf-8"))
    return [build(source, "korea-us-full", "Korea and the United States, 2025, at full scale", 2000000, None),
            build(source, "world", "The world of 81 economies and 28 sectors, 2025", 1000000, "all")]


def main():
    """Write both configs."""
    for config in configs():
        (ROOT / "configs" / f"{config['name']}.yaml").write_text(text_of(config), encoding="utf-8")


if __name__ == "__main__":
    main()
