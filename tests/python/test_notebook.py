#!/usr/bin/python3
"""The notebook runs from top to bottom and shows the report's figures; examples run; tables of the program as DataFrames."""
import ast
import json
import math
import os
import shutil
import subprocess
import sys
import tempfile
import unittest

SOURCE = os.environ.get("ENTREPOT_SOURCE", os.path.abspath(os.path.join(os.path.dirname(__file__), "..", "..")))
BUILD = os.environ.get("ENTREPOT_BUILD", os.path.join(SOURCE, "build/release"))
os.environ["ENTREPOT_LIBRARY"] = os.path.join(BUILD, "libentrepot.so")
os.environ.setdefault("ENTREPOT", os.path.join(BUILD, "entrepot"))
sys.path[:0] = [os.path.join(SOURCE, "python"), os.path.join(SOURCE, "python/examples")]

import entrepot  # noqa: E402  pylint: disable=wrong-import-position
import posterior  # noqa: E402  pylint: disable=wrong-import-position
import sobol  # noqa: E402  pylint: disable=wrong-import-position
import numpy as np  # noqa: E402  pylint: disable=wrong-import-position

NODE = shutil.which("node") is not None
SMALLER = {"replications": 2, "repeats": 1, "slots": 5000}


def play(notebook):
    """Names after the code cells, and what each cell's last expression gave."""
    names, shown = {}, []
    for cell in notebook["cells"]:
        if cell["cell_type"] != "code":
            continue
        body = ast.parse("".join(cell["source"]))
        last = body.body.pop() if isinstance(body.body[-1], ast.Expr) else None
        exec(compile(body, cell["id"], "exec"), names)  # pylint: disable=exec-used
        if "SMALL" in names:
            names["SMALL"].update(SMALLER)
        if last is not None:
            shown.append(eval(compile(ast.Expression(last.value), cell["id"], "eval"), names))  # pylint: disable=eval-used
    return names, shown


class Notebook(unittest.TestCase):
    @unittest.skipUnless(NODE or os.environ.get("ENTREPOT_NEEDS_AXE") == "1", "figures need Node")
    def test_runs_and_shows_the_figures_of_the_report(self):
        with open(os.path.join(SOURCE, "python/examples/from-question-to-figure.ipynb"), encoding="utf-8") as file:
            names, shown = play(json.load(file))
        self.assertEqual(len(shown), 7)
        law, table, answers = shown[:3]
        self.assertGreater(law.loc["motor_vehicles", "no-deal"], law.loc["motor_vehicles", "deal"])
        self.assertGreater(table.loc["exports", "mean"], 0)
        self.assertTrue(answers["exports"].is_monotonic_decreasing)
        self.assertAlmostEqual(answers.loc[0.15, "exports"], table.loc["exports", "mean"], delta=0.6)  # rounded
        with tempfile.TemporaryDirectory() as folder:
            subprocess.run([os.environ["ENTREPOT"], "figures", names["file"], "-o", folder], check=True,
                           stdout=subprocess.DEVNULL)
            with open(os.path.join(folder, "opening.svg"), encoding="utf-8") as file:
                self.assertEqual(file.read(), names["figures"]["opening"].svg)
        shutil.rmtree(names["folder"])


class Examples(unittest.TestCase):
    def test_sobol_indices_of_a_known_function(self):
        first, total, n = sobol.indices(lambda x: x[0] + 2 * x[1] + 0 * x[2], [0, 0, 0], [1, 1, 1], 9)
        np.testing.assert_allclose(first, [0.2, 0.8, 0], atol=0.02)
        np.testing.assert_allclose(total, [0.2, 0.8, 0], atol=0.02)
        self.assertEqual(n, 512 * 5)

    def test_regression_finds_the_parameters_of_a_linear_model(self):
        draws = np.random.default_rng(1).uniform(0, 1, (400, 2))
        chance = 0.01 * np.random.default_rng(2).standard_normal((400, 2))
        sample = posterior.posterior(draws, draws @ [[1, 1], [1, -1]] + chance, np.array([0.8, -0.2]))
        np.testing.assert_allclose(sample.mean(axis=0), [0.3, 0.5], atol=0.005)
        self.assertTrue((sample.std(axis=0) < 0.02).all())

    def test_they_run(self):
        sobol.main(power="1")
        posterior.main(draws="8")


class Tables(unittest.TestCase):
    def test_tariffs_theory_and_forecast(self):
        config = os.path.join(SOURCE, "configs/two-by-two.yaml")
        law = entrepot.tariffs(law="us", on="2025-11-15", by="chapter", partner="KOR")
        self.assertEqual(law.attrs["units"]["rate"], "%")
        self.assertGreater(len(law), 90)
        self.assertEqual(list(entrepot.theory(config, by="region")["region"]), ["KOREA", "WORLD"])
        found = entrepot.forecast(os.path.join(SOURCE, "configs/history/us-2025.yaml"), ["pair", "months"],
                                  settings={"replications": 1, "repeats": 0, "slots": 3000}, to_month="2025-05",
                                  train_from="2023-01")
        self.assertEqual(list(found), ["pair", "months"])
        self.assertIn("scenario", found["months"])

    def test_a_dictionary_is_a_config_and_faults_have_their_place(self):
        with tempfile.TemporaryDirectory() as folder, self.assertRaises(entrepot.EntrepotError) as caught:
            entrepot.theory({"benchmark": "no-benchmark.h5"}, folder=folder)
        self.assertEqual(caught.exception.code, "config")
        with self.assertRaises(entrepot.EntrepotError) as caught:
            entrepot.tariffs(os.path.join(SOURCE, "configs/two-by-two.yaml"), on="2025-08-01", partner="KOREB")
        fault = caught.exception.faults[0]
        self.assertEqual((fault.file, fault.nearest), ("command line: --partner: KOREB", "KOREA"))

    def test_a_file_that_is_saved_is_compared(self):
        with tempfile.TemporaryDirectory() as folder:
            config = os.path.join(SOURCE, "configs/two-by-two.yaml")
            path = entrepot.save(config, os.path.join(folder, "run.h5"), slots=1000, replications=2, repeats=0, steps=24)
            found = entrepot.tables("compare", path, by=["summary", "payers"], outcomes="exports")
            mean = entrepot.compare(config, base="no-tariff", period="horizon", partner="WORLD", slots=1000,
                                    replications=2, repeats=0, steps=24)["mean"]["exports"]
        rows = found["comparison"]
        self.assertEqual(set(found), {"comparison", "payers"})
        self.assertEqual(rows[rows["period"] == "horizon"]["difference"].iloc[0], mean)
        self.assertTrue(all(math.isnan(error) for error in rows["numerical_error"]))  # no repeats: not measured


if __name__ == "__main__":
    unittest.main()
