#!/usr/bin/python3
"""A posterior by regression on simulations (Beaumont, Zhang and Balding 2002, Genetics 162): parameters are drawn from
their priors and simulated, and regressed on what the simulations show; residuals are moved to what was observed.

What is observed here is a simulation at known parameters, so that the answer can be checked.

Usage: posterior.py [CONFIG] [DRAWS]"""
import sys

import numpy as np
import pandas as pd

import entrepot

PRIORS = {"parameters.stockup_limit": (0.0, 2.0), "parameters.renewal_rate": (0.1, 1.0)}
TRUTH = np.array([1.2, 0.5])
SHOWN = ["2025-05", "2025-06", "2025-12", "2026-12"]  # months whose imports are observed, about the duty of July 2025


def posterior(parameters, summaries, observed):
    """The nearest half of the draws, [draw, parameter], moved by a linear regression to the observed summaries."""
    away = (summaries - observed) / summaries.std(axis=0)
    near = np.argsort((away ** 2).sum(axis=1))[:len(away) // 2]
    design = np.column_stack([np.ones(len(near)), away[near]])
    slope = np.linalg.lstsq(design, parameters[near], rcond=None)[0]
    return parameters[near] - away[near] @ slope[1:]


def main(config="configs/two-by-two.yaml", draws="150"):
    model = entrepot.Model(config, {"replications": 8, "repeats": 0, "slots": 4000, "steps": 24, "uncertainty": {}},
                           threads=0)

    def shows(values):
        settings = dict(zip(PRIORS, values))
        return [model.simulate(settings, ["exports"], base=model.scenarios[-1], relative=True, period=month)["exports"]
                for month in SHOWN]

    low, high = np.array(list(PRIORS.values())).T
    parameters = np.random.default_rng(5).uniform(low, high, (int(draws), len(PRIORS)))
    sample = posterior(parameters, np.array([shows(row) for row in parameters]), np.array(shows(TRUTH)))
    table = pd.DataFrame({"truth": TRUTH, "prior sd": parameters.std(axis=0), "mean": sample.mean(axis=0),
                          "sd": sample.std(axis=0)}, index=list(PRIORS))
    print(table.round(2))


if __name__ == "__main__":
    main(*sys.argv[1:])
