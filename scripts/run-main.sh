#!/usr/bin/env bash
# The main job: set up, build, play Korea and the United States 2025 with the deal and without it, compare, and
# make the report.
# Usage: scripts/run-main.sh [OPTION OF entrepot run...]
set -euo pipefail
cd "$(dirname "$0")/.."

scripts/setup.sh
cmake --preset release >/dev/null
cmake --build --preset release --target installable # the program, and what `cmake --install` takes
mkdir -p results
build/release/entrepot run configs/korea-us-2025.yaml -o results/korea-us-2025.h5 --overwrite "$@"
[ ! -e results/korea-us-2025.h5 ] || # a dry run leaves none
  build/release/entrepot report results/korea-us-2025.h5 -o results/korea-us-2025.html --overwrite
