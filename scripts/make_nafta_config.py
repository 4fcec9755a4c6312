#!/usr/bin/python3
"""Print configs/nafta.yaml: the tariff cuts of NAFTA as measures on the benchmark of 1993.

    scripts/make_nafta_config.py > configs/nafta.yaml

The counterfactual of Caliendo and Parro (2015) lowers the members' tariffs on each other. A cut from t to t' is a ceiling
of 0 on the share 1 - t'/t of the sector's trade, so that one measure holds all sectors of a pair.
"""

from pathlib import Path

import h5py

ROOT = Path(__file__).resolve().parent.parent
MEMBERS = ("Mexico", "Canada", "USA")
HEAD = """# NAFTA: the tariffs of 1993 and the cuts the members made on each other's goods until 2005, from the data of Caliendo
# and Parro (2015, Review of Economic Studies 82). Their tables through the program:
#
#     entrepot theory configs/nafta.yaml --regime nafta --deficits zero --allow-zero-own-trade
#
# The benchmark does not balance as published: it serves the static theory, which repairs it, and runs under partial
# closure. Printed by scripts/make_nafta_config.py: a cut from t to t' is a ceiling of 0 on 1 - t'/t of a sector's trade.

name: nafta
title: "NAFTA: the members' tariff cuts on the data of 1993"
benchmark: benchmark-cp2015.h5
elasticity_set: CP

start: 1994-01-01
steps: 24
seed: 1993
replications: 1
slots: 400000

home: Mexico

regions:
"""


def key(name):
    """Return a name the config accepts for a label."""
    return "".join(c if c.isalnum() else "_" for c in name).strip("_")


def main():
    """Print the config."""
    with h5py.File(ROOT / "data" / "benchmark-cp2015.h5") as file:
        names = {k: [label.decode() if isinstance(label, bytes) else label for label in file[k][...]]
                 for k in ("region", "sector")}
        before, after = file["tariff"][...], file["tariff_counterfactual"][...]
    print(HEAD, end="")
    for name in names["region"]:
        print(f"  {key(name)}: [\"{name}\"]")
    print("\nsectors:")
    for name in names["sector"]:
        print(f"  {key(name)}: [\"{name}\"]")
    print("\nsector_parameters:")
    for name in names["sector"][20:]:
        print(f"  {key(name)}: {{stocked: 0}}")
    print("\nregimes:\n  nafta:\n    measures:")
    for importer in MEMBERS:
        for partner in MEMBERS:
            if partner == importer:
                continue
            old = before[:, names["region"].index(partner), names["region"].index(importer)]
            new = after[:, names["region"].index(partner), names["region"].index(importer)]
            cuts = [f"{key(s)}: {1 - float(n) / float(o)!r}" for s, o, n in zip(names["sector"], old, new) if n < o]
            print(f"      - id: nafta-{importer}-{partner}\n        kind: ceiling\n        importer: {importer}\n"
                  f"        partners: [{partner}]\n        rate: 0\n        sectors: {{{', '.join(cuts)}}}\n"
                  "        announced: 1993-12-08\n        effective: 1994-01-01")
    print("  tariffs-of-1993: {}\n\nscenarios: [nafta, tariffs-of-1993]")


if __name__ == "__main__":
    main()
