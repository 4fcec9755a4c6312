#!/usr/bin/python3
"""A results file as CSV for Stata: one row for each scenario, replication, month, flow and sector, with a do-file that
reads it, sets the monthly date and labels every variable with its long name and unit.

Usage: scripts/export_stata.py RESULTS.h5 FOLDER [FLOW...]

    . cd FOLDER
    . do results
"""

import os
import sys

import xarray as xr

# variables by flow; the others stay in the results file
FIELDS = ["exports", "export_quantity", "export_price", "imports", "duty", "refund", "tariff_rate"]


def main(path, folder, flows):
    data = xr.open_dataset(path)
    known = [str(flow) for flow in data["flow"].values]
    unknown = [flow for flow in flows if flow not in known]
    if unknown:
        sys.exit(f"{path}: no flow {', '.join(unknown)}; there are {', '.join(known)}")
    chosen = data[FIELDS].sel(flow=flows or known)
    table = chosen.to_dataframe().reset_index()
    table = table[["scenario", "replication", "time", "flow", "sector", *FIELDS]]
    begin = data["time"].to_index()
    table["month"] = [f"{t.year}m{t.month}" for t in begin[begin.get_indexer(table["time"])]]
    for key in ("world", "chance"):
        numbers = data[key].to_series()
        table[key] = numbers.loc[table["replication"]].to_numpy()
    os.makedirs(folder, exist_ok=True)
    columns = ["scenario", "world", "chance", "month", "flow", "sector", *FIELDS]
    table.to_csv(os.path.join(folder, "results.csv"), columns=columns, index=False, float_format="%.9g")
    with open(os.path.join(folder, "results.do"), "w", encoding="utf-8") as file:
        file.write('import delimited "results.csv", clear varnames(1) case(preserve) encoding("utf-8")\n')
        file.write("generate int date = monthly(month, \"YM\")\nformat date %tm\ndrop month\n")
        for field in FIELDS:
            label = f"{data[field].attrs['long_name']} ({data[field].attrs['units']})"
            file.write(f'label variable {field} "{label[:80]}"\n')
        file.write('label variable world "World drawn"\nlabel variable chance "0: first play of the world"\n')
        file.write(f'label data "{data.attrs.get("title", "Entrepot")[:80]}"\n')
        file.write("egen long panel = group(scenario world chance flow sector)\nxtset panel date\ncompress\n")


if __name__ == "__main__":
    if len(sys.argv) < 3:
        sys.exit(__doc__)
    main(sys.argv[1], sys.argv[2], sys.argv[3:])
