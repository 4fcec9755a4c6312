#!/usr/bin/env bash
# Fuzz one target, or each in turn, for so many seconds; a finding stops it and stays in build/fuzz/findings.
# Usage: scripts/fuzz.sh TARGET|all SECONDS          targets: the names of tests/fuzz/corpus
# Prints executions, coverage and findings of each. With AFL++: build with CC=afl-clang-fast and
#   afl-fuzz -i tests/fuzz/corpus/TARGET -o build/afl -- build/afl-build/tests/fuzz_TARGET
set -euo pipefail
cd "$(dirname "$0")/.."
[ $# -eq 2 ] || { sed -n 2,6p "$0" >&2; exit 64; }

cmake --preset fuzz >/dev/null
cmake --build --preset fuzz >build/fuzz/log 2>&1 || { tail -40 build/fuzz/log; exit 1; }
targets=$1
[ "$1" != all ] || targets=$(ls tests/fuzz/corpus)
mkdir -p build/fuzz/findings
failed=0
for target in $targets; do
  mkdir -p "build/fuzz/corpus/$target"
  most=16384
  [ -f "tests/fuzz/corpus/$target/whole" ] && most=131072
  if LSAN_OPTIONS=suppressions=tests/fuzz/leaks.accepted UBSAN_OPTIONS=print_stacktrace=1 ASAN_OPTIONS=detect_leaks=1 "build/fuzz/tests/fuzz_$target" -max_total_time="$2" \
    -timeout=20 -rss_limit_mb=4096 -max_len=$most -print_final_stats=1 -artifact_prefix="build/fuzz/findings/$target-" \
    "build/fuzz/corpus/$target" "tests/fuzz/corpus/$target" >"build/fuzz/$target.log" 2>&1; then
    result="no finding"
  else
    result="FINDING (build/fuzz/$target.log)"
    failed=1
  fi
  executions=$(sed -n 's/stat::number_of_executed_units: *//p' "build/fuzz/$target.log")
  edges=$(grep -oE 'cov: [0-9]+' "build/fuzz/$target.log" | tail -1)
  printf '%-12s %6s s  %10s executions  %s  %s\n' "$target" "$2" "${executions:-?}" "$edges" "$result"
done
exit $failed
