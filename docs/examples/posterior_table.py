#!/usr/bin/python3
"""Particles of a posterior as the table of a study: a column for each parameter named, each particle as often as its weight says
(systematic resampling, Kitagawa 1996).

posterior_table.py posterior.h5 256 lambda stock >table.csv
"""
import sys

import h5py
import numpy as np

path, rows, *names = sys.argv[1:]
with h5py.File(path) as posterior:
    known = [name.decode() for name in posterior["parameter"][:]]
    missing = [name for name in names if name not in known]
    if missing or not names:
        sys.exit(f"{path} has {', '.join(known)}, not {', '.join(missing) or 'nothing'}")
    weight = posterior["weight"][:]
    value = posterior["value"][:][:, [known.index(name) for name in names]]
places = (np.arange(int(rows)) + 0.5) / int(rows)
chosen = np.minimum(np.searchsorted(np.cumsum(weight) / weight.sum(), places), len(weight) - 1)
print(",".join(names))
for row in value[chosen]:
    print(",".join(f"{x:.17g}" for x in row))
