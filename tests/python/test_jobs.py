"""Jobs are those of the home asked about: near its own workers in the facts file, or n/a, never by another's value added."""
import csv
import io
import os
import subprocess
import sys
import tempfile

SOURCE, PROGRAM = os.environ["ENTREPOT_SOURCE"], os.environ["ENTREPOT"]
CONFIG = """
name: jobs
benchmark: {source}/data/benchmark-2022.h5
calibration: {source}/configs/calibrations/horizon.yaml
start: 2026-01-01
steps: 12
burn_in: 1
slots: 2000
replications: 2
home: {home}
regions: {{{home}: [{members}], REST: rest}}
sectors: {{services: [SERVICES], goods: rest}}
{more}
regimes:
  one: {{measures: [{{id: levy, importer: REST, partners: [{home}], sectors: [goods], rate: 0.1, effective: 2026-06-01}}]}}
  other: {{}}
scenarios: [one, other]
"""
TOLERANCE = 0.15


def workers():
    with open(os.path.join(SOURCE, "data/facts/workers.csv"), encoding="utf-8") as file:
        return {row["economy"]: 1e3 * float(row["workers_thousand"]) for row in csv.DictReader(file)}


def jobs(folder, home, members, more=""):
    """Jobs of home in the first year without the measure; None: n/a."""
    config, output = os.path.join(folder, "c.yaml"), os.path.join(folder, "c.h5")
    with open(config, "w", encoding="utf-8") as file:
        file.write(CONFIG.format(source=SOURCE, home=home, members=", ".join(members), more=more))
    subprocess.run([PROGRAM, "run", config, "-o", output, "--overwrite", "--quiet", "--no-compare"], check=True)
    printed = subprocess.run([PROGRAM, "compare", output, "--outcomes", "jobs", "--by", "summary", "--format", "csv"],
                             check=True, capture_output=True, text=True).stdout
    row = next(row for row in csv.DictReader(io.StringIO(printed)) if row["outcome"] == "jobs")
    return float(row["without"]) if row["without"] not in ("", "NA", "n/a", "nan") else None


def main():
    known = workers()
    with tempfile.TemporaryDirectory() as folder:
        for home, members in (("KOR", ["KOR"]), ("CAN", ["CAN"]), ("DEU", ["DEU"]), ("VNM", ["VNM"]),
                              ("JPN", ["JPN"]), ("BENELUX", ["BEL", "NLD", "LUX"])):
            fact = sum(known[member] for member in members)
            found = jobs(folder, home, members)
            print(home, found, fact)
            assert found is not None and abs(found / fact - 1) < TOLERANCE, home
        # no fact of one member: n/a, until the config gives what a worker makes
        assert jobs(folder, "EAST", ["POL", "UKR"]) is None
        given = jobs(folder, "EAST", ["POL", "UKR"], "parameters: {value_added_per_worker: 20}")
        assert given is not None and given > 0


if __name__ == "__main__":
    sys.exit(main())
