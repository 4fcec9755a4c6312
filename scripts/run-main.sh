#!/usr/bin/env bash
# The main job: set up, build, play Korea and the United States 2025 with the deal and without it, compare, make the
# report, and forecast: the observed months and where they go from there under each.
# Usage: scripts/run-main.sh [OPTION OF entrepot run...]
set -euo pipefail
cd "$(dirname "$0")/.."

scripts/setup.sh
cmake --preset release >/dev/null
cmake --build --preset release --target installable # the program, and what `cmake --install` takes
mkdir -p results
build/release/entrepot run configs/korea-us-2025.yaml -o results/korea-us-2025.h5 --overwrite "$@"
[ -e results/korea-us-2025.h5 ] || exit 0 # a dry run leaves none
build/release/entrepot report results/korea-us-2025.h5 -o results/korea-us-2025.html --overwrite

# the effect from fewer and smaller worlds: it is a change of observed levels, whose own uncertainty is larger
forecast=results/korea-us-2025-forecast
build/release/entrepot forecast configs/korea-us-2025.yaml --by months,pair --history 30 --set slots=50000 --set replications=12 \
  --set repeats=0 --keep $forecast-effects.csv --overwrite --format csv >$forecast.csv
/usr/bin/python3 scripts/plot_forecast.py $forecast.csv $forecast.svg
echo "$forecast.svg: the observed months, and from there with the deal and without it"
