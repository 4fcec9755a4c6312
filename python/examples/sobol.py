#!/usr/bin/python3
"""Sobol indices of an outcome: which uncertain parameter matters, alone (first) and with all others (total).

Points of a scrambled Sobol sequence (scipy.stats.qmc); estimators of Saltelli and others 2010 (first) and Jansen 1999
(total), Computer Physics Communications 181. Every point plays the same draws, so that differences are the parameters'.

Usage: sobol.py [CONFIG] [POWER]     2^POWER rows, each (parameters + 2) simulations"""
import sys

import numpy as np
import pandas as pd
from scipy.stats import qmc

import entrepot

RANGES = {"parameters.trade_elasticity": (1.5, 5.0), "parameters.renewal_rate": (0.1, 1.0),
          "parameters.stockup_limit": (0.0, 2.0)}


def indices(simulate, low, high, power, seed=7):
    """First and total indices [parameter] of simulate(values [parameter])."""
    k, n = len(low), 2 ** power
    points = qmc.Sobol(2 * k, seed=seed).random_base2(power)
    a, b = (qmc.scale(part, low, high) for part in (points[:, :k], points[:, k:]))
    base, other = (np.array([simulate(row) for row in part]) for part in (a, b))
    variance = np.var(np.concatenate([base, other]))
    first, total = np.empty(k), np.empty(k)
    for i in range(k):
        mixed = a.copy()
        mixed[:, i] = b[:, i]
        changed = np.array([simulate(row) for row in mixed])
        first[i] = np.mean(other * (changed - base)) / variance
        total[i] = np.mean((base - changed) ** 2) / (2 * variance)
    return first, total, n * (k + 2)


def main(config="configs/two-by-two.yaml", power="6"):
    model = entrepot.Model(config, {"replications": 1, "repeats": 0, "slots": 1000, "steps": 24, "uncertainty": {}})
    low, high = np.array(list(RANGES.values())).T

    def simulate(values):
        return model.simulate(dict(zip(RANGES, values)), ["exports"], base=model.scenarios[-1], relative=True)["exports"]

    first, total, n = indices(simulate, low, high, int(power))
    print(f"{n} simulations")
    print(pd.DataFrame({"first": first, "total": total}, index=list(RANGES)).round(2))


if __name__ == "__main__":
    main(*sys.argv[1:])
