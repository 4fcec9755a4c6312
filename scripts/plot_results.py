#!/usr/bin/python3
"""A walk through a results file with xarray and matplotlib: fan charts of exports by scenario.

Usage: scripts/plot_results.py results/korea-us-2025.h5 docs/images/korea-us-2025.png [FLOW] [SECTOR...]
"""

import sys

import matplotlib

matplotlib.use("Agg")
import matplotlib.pyplot as plt
import xarray as xr

COLOURS = ["#0072B2", "#D55E00", "#009E73", "#CC79A7"]  # Okabe and Ito: safe for colour-blind readers


def main(path, picture, flow="KOR-USA", sectors=("motor_vehicles", "iron_steel", "electronics", "machinery")):
    data = xr.open_dataset(path)
    start = data["benchmark_exports"].sel(flow=flow) / 12.0
    # first plays only: every world counts once
    exports = data["exports"].sel(flow=flow).isel(replication=(data["chance"] == 0).values)
    figure, axes = plt.subplots(1, len(sectors), figsize=(3.2 * len(sectors), 3.0), sharey=True)
    for axis, sector in zip(axes, sectors):
        for colour, scenario in zip(COLOURS, data["scenario"].values):
            relative = 100.0 * (exports.sel(scenario=scenario, sector=sector) / start.sel(sector=sector) - 1.0)
            low, middle, high = (relative.quantile(q, dim="replication") for q in (0.05, 0.5, 0.95))
            if colour == COLOURS[0]:  # one band; the ranges of the others are thin lines
                axis.fill_between(data["time"].values, low, high, color=colour, alpha=0.2, linewidth=0)
            else:
                axis.plot(data["time"].values, low, data["time"].values, high, color=colour, linewidth=0.7, linestyle="--")
            axis.plot(data["time"].values, middle, color=colour, label=str(scenario))
        axis.axhline(0.0, color="0.6", linewidth=0.8)
        axis.set_title(sector.replace("_", " "), fontsize=10)
        axis.tick_params(axis="x", labelrotation=45, labelsize=8)
    axes[0].set_ylabel("% of the benchmark")
    axes[0].legend(frameon=False, fontsize=9)
    figure.suptitle(f"Exports {flow}, median and 5-95 % over worlds", fontsize=11)
    figure.tight_layout()
    figure.savefig(picture, dpi=130)


if __name__ == "__main__":
    if len(sys.argv) < 3:
        sys.exit(__doc__)
    main(sys.argv[1], sys.argv[2], *sys.argv[3:4], **({"sectors": sys.argv[4:]} if len(sys.argv) > 4 else {}))
