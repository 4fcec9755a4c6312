#!/usr/bin/python3
"""Faults of the sections of a config that few runs have: each is reported with its place, its rule and code 78."""
import os
import subprocess
import sys
import tempfile
import unittest

PROGRAM = os.environ["ENTREPOT"]
SOURCE = os.environ["ENTREPOT_SOURCE"]

RETALIATION = "{region: WORLD, against: KOREA, kind: %s, from: 2025-08-01%s}"
SHOCK = "uncertainty: {shocks: [%s]}"
PATH = "paths: [%s]"
DRAW = "uncertainty: {parameters: [{name: t, parameter: trade_elasticity, sectors: [goods], distribution: %s}]}"

# (what is added to a sound config, words of the report)
FAULTS = [
    ("retaliation: 3", ["retaliation", "a list"]),
    ("retaliation: [3]", ["retaliation[0]", "a map"]),
    ("retaliation: [{}]", ["retaliation[0].region", "retaliation[0].against", "retaliation[0].kind", "retaliation[0].from"]),
    ("retaliation: [" + RETALIATION % ("angry", "") + "]", ["retaliation[0].kind: angry"]),
    ("retaliation: [" + RETALIATION % ("list", "") + "]", ["retaliation[0].rates", "missing"]),
    ("retaliation: [" + RETALIATION % ("best_response", "") + "]", ["retaliation[0].choices", "missing"]),
    ("retaliation: [" + RETALIATION % ("list", ", rates: {good: 0.1}") + "]",
     ["retaliation[0].rates.good", "no such sector", "nearest known name: goods"]),
    ("retaliation: [" + RETALIATION % ("list", ", rates: {goods: -1}") + "]", ["retaliation[0].rates.goods: -1"]),
    ("retaliation: [" + RETALIATION % ("reciprocal", ", choices: [0.1]") + "]",
     ["retaliation[0].choices", "only retaliation of kind"]),
    ("retaliation: [" + RETALIATION % ("reciprocal", ", share: 11") + "]", ["retaliation[0].share: 11"]),
    ("retaliation: [" + RETALIATION % ("reciprocal", ", regimes: [tarif]") + "]",
     ["retaliation[0].regimes[0]: tarif", "nearest known name: tariff"]),
    ("retaliation: [" + RETALIATION % ("reciprocal", ", sectors: [steel]") + "]", ["retaliation[0].sectors[0]: steel"]),
    ("retaliation: [{region: KOREA, against: KOREA, kind: reciprocal, from: 2025-08-01}]", ["nobody retaliates against itself"]),
    ("uncertainty: 3", ["uncertainty", "a map"]),
    ("uncertainty: {dats: []}", ["uncertainty.dats", "nearest known name: dates"]),
    ("uncertainty: {elasticity_set: {}}", ["uncertainty.elasticity_set.values", "missing"]),
    ("uncertainty: {elasticity_set: {values: []}}", ["at least one elasticity set"]),
    ("uncertainty: {elasticity_set: {values: [XX]}}", ["uncertainty.elasticity_set.values[0]: XX"]),
    ("uncertainty: {parameters: [{}]}", ["uncertainty.parameters[0].parameter", "missing"]),
    ("uncertainty: {parameters: [{name: x, parameter: tarde_elasticity}]}", ["nearest known name: trade_elasticity"]),
    (DRAW % "{}", ["distribution.kind", "missing"]),
    (DRAW % "{kind: normal}", ["distribution", "missing"]),
    (DRAW % "{kind: uniform, low: 3, high: 2}", ["low (3) is not above high (2)"]),
    (DRAW % "{kind: triangular, low: 1, mode: 9, high: 2}", ["is not above high"]),
    (DRAW % "{kind: normal, mean: 9, sigma: 1, low: 3, high: 5}", ["lies between low and high"]),
    (DRAW % "{kind: discrete}", ["values", "missing"]),
    (DRAW % "{kind: discrete, values: []}", ["at least one value"]),
    (DRAW % "{kind: discrete, values: [3, 4], weights: [1]}", ["as many weights as values"]),
    (DRAW % "{kind: discrete, values: [3, 4], weights: [0.4, 0.4]}", ["weights sum to 1"]),
    (DRAW % "{kind: gamma}", ["kind: gamma"]),
    ("uncertainty: {dates: [{}]}", ["uncertainty.dates[0].measure", "missing"]),
    ("uncertainty: {dates: [{name: d, measure: ten-per-cents, distribution: {kind: uniform, low: 0, high: 9}}]}",
     ["nearest known name: ten-per-cent"]),
    (SHOCK % "{}", ["uncertainty.shocks[0].kind", "missing"]),
    (SHOCK % "{name: s, kind: weather, region: KOREA}", ["kind: weather"]),
    (SHOCK % "{name: s, kind: exchange_rate, region: KOREA, sectors: [goods], from: 2025-02-01, until: 2025-01-01, "
     "distribution: {kind: normal, mean: 0, sigma: 0.1, low: -1, high: 1}}",
     ["an exchange rate acts on all sectors", "a shock ends after it begins"]),
    (PATH % "{}", ["paths[0].kind", "paths[0].region", "paths[0].points"]),
    (PATH % "3", ["paths[0]", "a map"]),
    (PATH % "{kind: demand, region: KOREA, points: []}", ["at least one point"]),
    (PATH % "{kind: demand, region: KORE, points: [{date: 2025-01-01}]}", ["paths[0].region: KORE", "log_change"]),
    (PATH % "{kind: demand, region: KOREA, points: [{log_change: 0.1}]}", ["paths[0].points[0].date"]),
    (PATH % "{kind: demand, region: KOREA, points: [{date: 2025-02-01, log_change: 0.1}, {date: 2025-01-01, log_change: 0}]}",
     ["in the order of their dates"]),
    (PATH % "{kind: demand, region: KOREA, points: [{date: 2025-02-30, log_change: 99}]}",
     ["date: 2025-02-30", "log_change: 99"]),
    ("beliefs: {signals: [{date: 2025-01-01, tariff: 0.4, no-tariff: 0.5}], resolved: 2025-05-01}",
     ["beliefs.signals[0]", "these sum to 0.9"]),
    ("beliefs: {signals: [{date: 2025-01-01, tarif: 1}], resolved: 2025-05-01}", ["nearest known name: tariff"]),
    ("beliefs: {signals: [{}]}", ["beliefs.signals[0].date", "beliefs.resolved"]),
    ("beliefs: {resolved: 2025-01-01}", ["without signals there is nothing to resolve"]),
    ("beliefs: {signals: [{date: 2025-03-01, tariff: 1}, {date: 2025-02-01, tariff: 1}], resolved: 2025-01-15}",
     ["signals come in the order of their dates", "the regime is revealed after the last signal"]),
    ("uncertainty: {beliefs: {kind: normal, mean: 0, sigma: 0.4, low: -1, high: 1}}", ["uncertainty.beliefs"]),
    ("negotiation: {}", ["negotiation.sides", "negotiation.from"]),
    ("negotiation: {sides: {KOREA: {}}, from: 2025-02-01}", ["a negotiation has two sides"]),
    ("negotiation: {sides: {KOREA: {}, KORAE: {}}, from: 2025-02-01}", ["nearest known name: KOREA"]),
    ("negotiation: {sides: {KOREA: {}, WORLD: {}}, from: 2025-05-01, deadline: 2025-04-01}", ["the deadline is past"]),
    ("mechanisms: {local_currency: true}\nclosure: general", ["mechanisms.local_currency", "one unit of account"]),
    ("plants: [{id: p, owner: KOREA, host: WORLD, sector: goods, opened: 2020-01-01, share: 0.1}]",
     ["plants[0].opened: 2020-01-01", "after the first step played"]),
    ("beliefs: {signals: [{date: 2025-01-01, tariff: 1.4, no-tariff: -0.4}], resolved: 2025-05-01}",
     ["beliefs.signals[0].tariff: 1.4", "beliefs.signals[0].no-tariff: -0.4", "between 0 and 1"]),
    ("commitments: 3", ["commitments"]),
    ("nonsense: 3", ["nonsense", "no such key"]),
]


class ConfigFaults(unittest.TestCase):
    def test_all(self):
        with open(os.path.join(SOURCE, "configs/two-by-two.yaml"), encoding="utf-8") as file:
            sound = file.read().split("# Each world draws")[0].replace(
                "benchmark: benchmark-2022.h5", "benchmark: " + os.path.join(SOURCE, "data/benchmark-2022.h5"))
        sound = sound.replace("calibration: horizon", "calibration: " + os.path.join(SOURCE, "configs/calibrations/horizon.yaml"))
        with tempfile.TemporaryDirectory() as folder:
            path = os.path.join(folder, "config.yaml")
            for added, words in [("", [])] + FAULTS:
                with self.subTest(added=added):
                    with open(path, "w", encoding="utf-8") as file:
                        file.write(sound + "\n" + added + "\n")
                    done = subprocess.run([PROGRAM, "check", path], capture_output=True, text=True, check=False)
                    self.assertEqual(done.returncode, 78 if words else 0, done.stderr)
                    for word in words:
                        self.assertIn(word, done.stderr)
                    if words:
                        self.assertIn("config.yaml:", done.stderr)


if __name__ == "__main__":
    sys.exit(0 if unittest.main(exit=False).result.wasSuccessful() else 1)
