#!/usr/bin/env python3
"""The NAFTA counterfactual in plain numpy: what bench/theory_bench.c is measured against.

    OMP_NUM_THREADS=1 python3 bench/theory_numpy.py tests/fixtures/cp2015/cp2015.h5 [build/theory_bench]

Two ways. `solve`: the same damped fixed point on (price, expenditure, wage) that src/economy/theory.c accelerates, written
as one would in numpy: everything that does not change is computed once, sums are tensor contractions. `solve_nested`: the
nesting that Caliendo and Parro (2015, section 4.1, after Alvarez and Lucas 2007) describe and packages follow: wages
outside, a fixed point of prices inside, expenditure as a linear system of sectors x regions for each guess of wages.
One solve goes from the raw data to the zero-deficit baseline, a second to the counterfactual, which is timed.
With the path of theory_bench the ratios of the times are printed.
"""
import re
import subprocess
import sys
import time

import h5py
import numpy as np


def solve(m, tariff, tolerance=1e-11, limit=20000):
    """Equilibrium with zero deficits at `tariff`, as hats from the raw data; arrays are [sector][region]."""
    theta = m["theta"][:, None]
    net = m["share"] * ((1 + tariff) / (1 + m["tariff"])) ** -theta[:, :, None] / (1 + tariff)
    duty = net * tariff
    diagonal = np.arange(net.shape[1])
    own = net[:, diagonal, diagonal]
    net[:, diagonal, diagonal] = 0
    va, a, alpha, labour = m["va"], m["a"], m["alpha"], m["labour"]
    ln_w = np.zeros(labour.size)
    ln_p = np.zeros(alpha.shape)
    x = m["expenditure"].copy()
    for iteration in range(1, limit + 1):
        ln_c = va * ln_w + np.einsum("kjn,kn->jn", a, ln_p)
        f = np.exp(-theta * ln_c)
        imported = np.einsum("jod,jo->jd", net, f)
        landed_duty = np.einsum("jod,jo->jd", duty, f)
        s = imported + landed_duty + own * f
        z = x / s
        exported = f * np.einsum("jod,jd->jo", net, z)
        y = exported + own * f * z
        income = np.exp(ln_w) * labour + (z * landed_duty).sum(axis=0)
        new_x = alpha * income + np.einsum("kjn,jn->kn", a, y)
        new_p = -np.log(s) / theta
        excess = np.log(exported.sum(axis=0) / (z * imported).sum(axis=0))
        error = max(np.abs(np.log(new_x / x)).max(), np.abs(new_p - ln_p).max(), np.abs(excess).max())
        if error < tolerance:
            break
        ln_p, x = new_p, new_x
        ln_w = ln_w + m["wage_step"] * excess
        ln_w -= np.log((np.exp(ln_w) * labour).sum() / labour.sum())
    net[:, diagonal, diagonal] = own
    flow = net * f[:, :, None] * z[:, None, :]
    return dict(ln_w=ln_w, ln_p=new_p, ln_c=ln_c, income=income, flow=flow, iterations=iteration, error=error)


def prices_given_wages(m, kappa, ln_w, ln_p, tolerance):
    """Fixed point of equations (10) and (11); returns ln c, ln P and the trade shares (12)."""
    theta = m["theta"][:, None]
    while True:
        ln_c = m["va"] * ln_w + np.einsum("kjn,kn->jn", m["a"], ln_p)
        term = m["share"] * (kappa * np.exp(ln_c)[:, :, None]) ** -theta[:, :, None]
        total = term.sum(axis=1)
        new = -np.log(total) / theta
        if np.abs(new - ln_p).max() < tolerance:
            return ln_c, new, term / total[:, None, :]
        ln_p = new


def expenditure_given_shares(m, net, tariff, ln_w):
    """Equation (13) as one linear system in the expenditure of every sector and region."""
    sectors, regions = m["alpha"].shape
    duty = (net * tariff).sum(axis=1)
    system = np.zeros((sectors, regions, sectors, regions))
    for n in range(regions):
        for k in range(sectors):
            system[k, n] -= m["a"][k, :, n, None] * net[:, n, :]
            system[k, n, :, n] -= m["alpha"][k, n] * duty[:, n]
            system[k, n, k, n] += 1.0
    size = sectors * regions
    right = m["alpha"] * (np.exp(ln_w) * m["labour"])
    start = time.process_time()
    x = np.linalg.solve(system.reshape(size, size), right.ravel()).reshape(sectors, regions)
    return x, time.process_time() - start


def solve_nested(m, tariff, tolerance=1e-7, damping=0.2, limit=5000):
    """Equilibrium with zero deficits at `tariff`: wages move by a fifth of the trade balance over value added."""
    kappa = (1 + tariff) / (1 + m["tariff"])
    ln_w = np.zeros(m["labour"].size)
    ln_p = np.zeros(m["alpha"].shape)
    linear = 0.0
    for iteration in range(1, limit + 1):
        ln_c, ln_p, share = prices_given_wages(m, kappa, ln_w, ln_p, tolerance)
        net = share / (1 + tariff)
        x, seconds = expenditure_given_shares(m, net, tariff, ln_w)
        linear += seconds
        flow = net * x[:, None, :]
        value_added = np.exp(ln_w) * m["labour"]
        excess = (flow.sum(axis=(0, 2)) - flow.sum(axis=(0, 1))) / value_added
        error = np.abs(excess).max()
        if error < tolerance:
            break
        ln_w = ln_w + np.log1p(damping * excess)
        ln_w -= np.log((np.exp(ln_w) * m["labour"]).sum() / m["labour"].sum())
    income = value_added + (flow * tariff).sum(axis=(0, 1))
    return dict(ln_w=ln_w, ln_p=ln_p, ln_c=ln_c, income=income, flow=flow, iterations=iteration, error=error, linear=linear)


def load(path):
    with h5py.File(path) as f:
        d = {k: f[k][...] for k in f}
    gross = d["flow"] * (1 + d["tariff"])
    expenditure = gross.sum(axis=1)
    output = d["flow"].sum(axis=2)
    share = gross / expenditure[:, None, :]
    va = d["value_added_share"].T
    a = np.ascontiguousarray(d["input_coefficient"].transpose(1, 2, 0))
    labour = (va * output).sum(axis=0)
    final = d["final_demand"].T
    cross = d["flow"] * (1 - np.eye(d["flow"].shape[1]))
    theta = d["theta"][:, None, None]
    home = np.einsum("jnn->jn", share)[:, None, :]
    sold = (cross * theta * (1 - share)).sum(axis=(0, 2)) / cross.sum(axis=(0, 2))
    bought = (cross * theta * home).sum(axis=(0, 1)) / cross.sum(axis=(0, 1))
    return dict(theta=d["theta"], tariff=d["tariff"], tariff_nafta=d["tariff_nafta"], share=share, va=va, a=a,
                alpha=final / final.sum(axis=0), labour=labour, expenditure=expenditure, wage_step=0.7 / (1 + sold + bought),
                region=[r.decode() for r in d["region"]])


def print_table(m, base, new):
    """CP's table: welfare, terms and volume of trade by the printed formula, real wages, exact real incomes."""
    c = np.exp(new["ln_c"] - base["ln_c"])
    flow0, flow1 = base["flow"], new["flow"]
    tot = (flow0.sum(axis=2) * (c - 1)).sum(axis=0) - (flow0 * (c[:, :, None] - 1)).sum(axis=(0, 1))
    vot = (m["tariff"] * (flow1 - flow0 * c[:, :, None])).sum(axis=(0, 1))
    p = (m["alpha"] * (new["ln_p"] - base["ln_p"])).sum(axis=0)
    real_wage = np.exp(new["ln_w"] - base["ln_w"] - p) - 1
    real_income = new["income"] / base["income"] * np.exp(-p) - 1
    print("region     welfare     tot     vot  real wage  real income (exact)")
    for name in ("Mexico", "Canada", "USA"):
        n = m["region"].index(name)
        t, v = 100 * tot[n] / base["income"][n], 100 * vot[n] / base["income"][n]
        print(f"{name:8s} {t + v:9.4f} {t:7.4f} {v:7.4f} {100 * real_wage[n]:10.4f} {100 * real_income[n]:10.4f}")


def timed(way, m):
    """The counterfactual by one way, after its table: processor seconds, and those in the dense linear systems."""
    base = way(m, m["tariff"])
    start = time.process_time()
    new = way(m, m["tariff_nafta"])
    seconds = time.process_time() - start
    linear = new.get("linear", 0.0)
    print_table(m, base, new)
    print(f"{way.__name__}: baseline_iterations={base['iterations']} iterations={new['iterations']} error={new['error']:.1e} "
          f"seconds={seconds:.4f} of_these_in_linear_systems={linear:.4f}")
    return seconds, linear


def main(path, bench=None):
    m = load(path)
    ways = {way.__name__: timed(way, m) for way in (solve, solve_nested)}
    if bench is not None:
        text = subprocess.run([bench, path], check=True, capture_output=True, text=True).stdout
        for memory, ours in re.findall(r"case=nafta memory=(\d+) .* seconds=([\d.]+)", text):
            for name, (seconds, linear) in ways.items():
                print(f"memory={memory} theory_seconds={ours} numpy={name} numpy_over_theory={seconds / float(ours):.2f} "
                      f"without_linear_systems={(seconds - linear) / float(ours):.2f}")


if __name__ == "__main__":
    main(*sys.argv[1:])
