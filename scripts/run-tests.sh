#!/usr/bin/env bash
# Set up, build and run the tests. Usage: scripts/run-tests.sh [quick|long|all] [CTEST OPTION...]
set -euo pipefail
cd "$(dirname "$0")/.."

which=quick
case "${1:-}" in quick | long | all) which=$1; shift ;; esac

scripts/setup.sh
cmake --preset release >/dev/null
cmake --build --preset release
for label in quick long; do
  if [ "$which" = all ] || [ "$which" = "$label" ]; then
    ctest --test-dir build/release -L "$label" --output-on-failure -j "$(nproc)" "$@"
  fi
done
