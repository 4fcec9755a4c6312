#!/usr/bin/python3
"""What is known of one country's exporters is nobody else's: n/a with the keys that set it, for any home but that country."""
import csv
import io
import os
import subprocess
import tempfile

SOURCE, PROGRAM = os.environ["ENTREPOT_SOURCE"], os.environ["ENTREPOT"]
CONFIG = """
name: exporters
benchmark: {source}/data/benchmark-2022.h5
calibration: {source}/configs/calibrations/horizon.yaml
start: 2026-01-01
steps: 12
burn_in: 1
slots: 2000
replications: 2
repeats: 0
home: HOME
regions: {{HOME: [{members}], REST: rest}}
sectors: {{services: [SERVICES], goods: rest}}
mechanisms: {{entry: true}}
exporters: {{firms: 40000, per_agent: 100}}
parameters: {{{parameters}}}
regimes:
  one: {{measures: [{{id: levy, importer: REST, partners: [HOME], sectors: [goods], rate: 0.1, effective: 2026-03-01}}]}}
  other: {{}}
scenarios: [one, other]
"""
COUNTS = {"exporters", "entrants", "leavers", "failures"}
SIZES = {"share of ten largest", "exports", "jobs in exports"}
SURVIVAL = "survival_one_year: 0.6, survival_five_years: 0.3"


def firms(folder, members, parameters=""):
    """Quantities of the first year that are n/a, those that are not, and the notes of the run."""
    config, output = os.path.join(folder, "c.yaml"), os.path.join(folder, "c.h5")
    with open(config, "w", encoding="utf-8") as file:
        file.write(CONFIG.format(source=SOURCE, members=members, parameters=parameters))
    notes = subprocess.run([PROGRAM, "check", config], check=True, capture_output=True, text=True).stderr
    subprocess.run([PROGRAM, "run", config, "-o", output, "--overwrite", "--quiet", "--no-compare"], check=True)
    printed = subprocess.run([PROGRAM, "compare", output, "--by", "firms", "--format", "csv"],
                             check=True, capture_output=True, text=True).stdout
    rows = [row for row in csv.DictReader(io.StringIO(printed)) if row["period"] == "year1"]
    missing = {row["quantity"] for row in rows if row["without"] in ("", "NA", "n/a", "nan")}
    return missing, {row["quantity"] for row in rows} - missing, notes


def main():
    with tempfile.TemporaryDirectory() as folder:
        missing, known, notes = firms(folder, "KOR")
        assert COUNTS | SIZES <= known and "exporters" not in notes, (missing, notes)
        for members in ("CAN", "KOR, JPN"):
            missing, known, notes = firms(folder, members)
            assert COUNTS | SIZES <= missing and "jobs" in known, (missing, known)
            assert "parameters.survival_one_year" in notes and "parameters.size_pareto_shape" in notes, notes
        missing, known, notes = firms(folder, "CAN", SURVIVAL)
        assert COUNTS <= known and SIZES <= missing and "survival" not in notes, (missing, notes)
        missing, known, notes = firms(folder, "CAN", SURVIVAL + ", size_pareto_shape: 1.05")
        assert COUNTS | SIZES <= known and "exporters" not in notes, (missing, notes)


if __name__ == "__main__":
    main()
