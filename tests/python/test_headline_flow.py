#!/usr/bin/python3
"""The headline of a run speaks of the flow that the measures hit: other homes, partners and kinds of measures."""
import os
import re
import subprocess
import tempfile

SOURCE, PROGRAM = os.environ["ENTREPOT_SOURCE"], os.environ["ENTREPOT"]
CONFIG = """
name: headline
benchmark: {source}/data/benchmark-2022.h5
calibration: {source}/configs/calibrations/horizon.yaml
start: 2026-01-01
steps: 6
burn_in: 1
slots: 20000
replications: 2
repeats: 0
home: {home}
regions: {{{regions}, REST: rest}}
sectors: {{services: [SERVICES], cars: [C29], steel: [C24A], goods: rest}}
regimes:
  one: {{measures: [{one}]}}
  other: {{measures: [{other}]}}
scenarios: [one, other]
record: {{flows: {{origins: all, destinations: all}}}}
"""


def measure(importer, partner, words, name="m"):
    return f"{{id: {name}, importer: {importer}, partners: {partner}, effective: 2026-02-01, {words}}}"


CARS = "sectors: [cars], rate: 0.25"
ALL = "except_sectors: [services], rate: 0.2"
# home, regions in their order, measures of one regime, of the other, the partner that the headline is about
CASES = (
    ("KOR", "KOR: [KOR], CHN: [CHN], USA: [USA]", measure("USA", "[KOR]", CARS), "", "USA"),
    ("DEU", "FRA: [FRA], DEU: [DEU], GBR: [GBR]", measure("GBR", "[DEU, FRA]", ALL), "", "GBR"),
    ("CAN", "MEX: [MEX], USA: [USA], CAN: [CAN]", measure("USA", "all", "kind: floor, sectors: [steel], rate: 0.5"), "", "USA"),
    ("JPN", "USA: [USA], JPN: [JPN], CHN: [CHN]", "", measure("CHN", "[JPN]", ALL), "CHN"),
    ("USA", "CHN: [CHN], USA: [USA], KOR: [KOR]", measure("KOR", "[USA]", CARS), measure("KOR", "[USA]", "sectors: [cars], rate: 0.05", "o"), "KOR"),
    # the same duty in both regimes bears on no difference
    ("BRA", "USA: [USA], CHN: [CHN], BRA: [BRA]", measure("USA", "[BRA]", ALL) + ", " + measure("CHN", "[BRA]", CARS, "n"),
     measure("USA", "[BRA]", ALL, "o"), "CHN"),
    # two importers, of which one taxes little
    ("IND", "USA: [USA], EU: [DEU, FRA, ITA], IND: [IND]",
     measure("USA", "[IND]", "sectors: [steel], rate: 0.02") + ", " + measure("EU", "[IND]", ALL, "n"), "", "EU"),
    # a group as home, an exemption in one regime
    ("ASEAN", "USA: [USA], ASEAN: [VNM, THA, MYS], JPN: [JPN]",
     measure("JPN", "[ASEAN]", ALL + ", set: s") + ", " + measure("JPN", "[ASEAN]", "kind: exemption, set: s, rate: 0.9", "x"),
     measure("JPN", "[ASEAN]", ALL + ", set: s", "o"), "JPN"),
    # measures that are no duties
    ("GBR", "USA: [USA], GBR: [GBR], CHN: [CHN]", measure("CHN", "[GBR]", "kind: ban, sectors: [goods], rate: 1"), "", "CHN"),
    ("MEX", "CHN: [CHN], MEX: [MEX], USA: [USA]", measure("USA", "[MEX]", "kind: barrier, sectors: [goods, cars], rate: 0.3"), "", "USA"),
    ("FRA", "GBR: [GBR], FRA: [FRA], USA: [USA]",
     measure("USA", "[FRA]", "kind: quota, sectors: [goods], rate: 0, out_rate: 0.5, volume: 1000"), "", "USA"),
)


def headline(folder, case):
    home, regions, one, other, _ = case
    config, output = os.path.join(folder, "c.yaml"), os.path.join(folder, "c.h5")
    with open(config, "w", encoding="utf-8") as file:
        file.write(CONFIG.format(source=SOURCE, home=home, regions=regions, one=one, other=other))
    done = subprocess.run([PROGRAM, "run", config, "-o", output, "--overwrite", "--quiet"], capture_output=True, text=True)
    assert done.returncode == 0, done.stderr
    page = os.path.join(folder, "c.html")
    subprocess.run([PROGRAM, "report", output, "-o", page, "--overwrite"], check=True)
    with open(page, encoding="utf-8") as file:
        partner = re.search(r'"partner": ?(\d+)', file.read())
    names = [name.split(":")[0].strip() for name in re.sub(r"\[[^]]*\]", "", regions).split(",")] + ["REST"]
    return done.stdout.splitlines()[0], names[int(partner[1])]


def main():
    wrong = []
    with tempfile.TemporaryDirectory() as folder:
        for case in CASES:
            words, on_page = headline(folder, case)
            expected = f"Summary, {case[0]} to {case[4]}: one against other"
            if words != expected or on_page != case[4]:
                wrong.append((expected, words, on_page))
    assert not wrong, "\n".join(map(str, wrong))


if __name__ == "__main__":
    main()
