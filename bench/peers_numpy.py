#!/usr/bin/python3
"""The small firm-market update of peers_bench.c in numpy: whole arrays, then blocks that stay in cache.

Prints million updates a second of both, and the last step's mean revenue of a firm in a market.
Usage: peers_numpy.py FIRMS MARKETS STEPS REPEATS
"""

import sys
import time

import numpy as np

PERSISTENCE, SPREAD, PASS, SIGMA = 0.9, 0.02, 0.8, 3.0  # as in peers_bench.c
BLOCK = 4000  # firms; the fastest of 1000 to 16000


def play(firms, markets, steps, block):
    """Play all steps, `block` firms of a market at a time; return seconds and mean revenue."""
    rng = np.random.Generator(np.random.SFC64(1))  # numpy's fastest
    productivity = np.ones((markets, firms))
    scratch, price, quantity = (np.empty(block) for _ in range(3))
    revenue = np.zeros(markets)
    begin = time.process_time()
    for _ in range(steps):
        revenue[:] = 0.0
        for market in range(markets):
            for first in range(0, firms, block):
                z = productivity[market, first:first + block]
                n = z.size
                shock = rng.standard_normal(out=scratch[:n])
                shock *= SPREAD
                shock += 1 - PERSISTENCE
                z *= PERSISTENCE
                z += shock
                np.power(z, -PASS, out=price[:n])
                np.power(price[:n], -SIGMA, out=quantity[:n])
                revenue[market] += np.dot(price[:n], quantity[:n])
    return time.process_time() - begin, revenue.mean() / firms


def main():
    """Time both ways, the fastest of the repeats."""
    firms, markets, steps, repeats = map(int, sys.argv[1:5])
    rates = []
    for block in (firms, BLOCK):
        results = [play(firms, markets, steps, block) for _ in range(repeats)]
        rates.append(firms * markets * steps / min(seconds for seconds, _ in results) / 1e6)
    print(*rates, results[0][1])


if __name__ == "__main__":
    main()
