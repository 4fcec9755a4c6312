#!/usr/bin/env bash
# Instructions per slot-step stay below the ceilings recorded in bench/instructions.tsv (gcc, release).
set -euo pipefail
cd "$ENTREPOT_SOURCE"
command -v valgrind >/dev/null || { echo "skipped: no valgrind"; exit 77; }
cache=$ENTREPOT_BUILD/CMakeCache.txt
if ! grep -q '^CMAKE_BUILD_TYPE:[A-Z]*=Release$' "$cache" || grep -q '^CMAKE_C_COMPILER:[A-Z]*=.*clang' "$cache"; then
  echo "skipped: ceilings are those of gcc's release build"
  exit 77
fi
bash bench/instructions.sh check
