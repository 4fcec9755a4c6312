#!/usr/bin/env bash
# Fuzz one target, or all, as many at a time as there are processors, for so many seconds each. A finding stays in
# build/fuzz/findings or build/afl/out/TARGET.
# Usage: scripts/fuzz.sh [--engine libfuzzer|afl] TARGET|all SECONDS          targets: the names of tests/fuzz/corpus
# Prints executions, edges reached and findings of each. libFuzzer (the usual engine) also looks for leaks; AFL++ is Debian's
# package afl++. ENTREPOT_FUZZ_TIMEOUT: seconds after which an input counts as one that hangs (20).
set -euo pipefail
cd "$(dirname "$0")/.."
engine=libfuzzer
[ "${1:-}" != --engine ] || { engine=${2:-} && shift 2; }
case $engine in libfuzzer) preset=fuzz ;; afl) preset=afl ;; *) preset= ;; esac
[ $# -eq 2 ] && [ -n "$preset" ] || { sed -n 2,6p "$0" >&2; exit 64; }
export AFL_QUIET=1 AFL_NO_UI=1 AFL_SKIP_CPUFREQ=1 AFL_NO_AFFINITY=1 AFL_I_DONT_CARE_ABOUT_MISSING_CRASHES=1

[ "$engine" != afl ] || command -v afl-fuzz >/dev/null || { echo "fuzz: there is no afl-fuzz (scripts/setup.sh afl++)" >&2; exit 69; }
mkdir -p build/$preset
cmake --preset $preset >/dev/null
cmake --build --preset $preset >build/$preset/log 2>&1 || { tail -40 build/$preset/log; exit 1; }
targets=$1 seconds=$2 timeout=${ENTREPOT_FUZZ_TIMEOUT:-20}
[ "$targets" != all ] || targets=$(ls tests/fuzz/corpus)

# with_libfuzzer TARGET: sets executions, edges, log; fails on a finding
with_libfuzzer() {
  local most=16384 code=0
  [ ! -f "tests/fuzz/corpus/$1/whole" ] || most=131072
  mkdir -p build/fuzz/findings "build/fuzz/corpus/$1"
  log=build/fuzz/$1.log
  LSAN_OPTIONS=suppressions=tests/fuzz/leaks.accepted UBSAN_OPTIONS=print_stacktrace=1 ASAN_OPTIONS=detect_leaks=1 \
    "build/fuzz/tests/fuzz_$1" -max_total_time="$seconds" -timeout="$timeout" -rss_limit_mb=4096 -max_len=$most \
    -print_final_stats=1 -artifact_prefix="build/fuzz/findings/$1-" "build/fuzz/corpus/$1" "tests/fuzz/corpus/$1" >"$log" 2>&1 ||
    code=1
  executions=$(sed -n 's/stat::number_of_executed_units: *//p' "$log")
  edges=$(grep -oE 'cov: [0-9]+' "$log" | tail -1 | cut -d' ' -f2)
  return $code
}

with_afl() {
  local out=build/afl/out/$1 stats=build/afl/out/$1/default/fuzzer_stats code=0
  mkdir -p build/afl/out
  rm -rf "$out"
  log=build/afl/$1.log
  ASAN_OPTIONS=abort_on_error=1:symbolize=0:detect_leaks=0 UBSAN_OPTIONS=halt_on_error=1:abort_on_error=1 \
    afl-fuzz -V "$seconds" -t "$((timeout * 1000))" -m none -i "tests/fuzz/corpus/$1" -o "$out" -- "build/afl/tests/fuzz_$1" \
    >"$log" 2>&1 || code=1
  [ -f "$stats" ] || return 1
  executions=$(sed -nE 's/^execs_done *: *//p' "$stats")
  edges=$(sed -nE 's/^edges_found *: *//p' "$stats")
  [ "$code" -eq 0 ] && grep -qE '^saved_crashes *: 0$' "$stats" && grep -qE '^saved_hangs *: 0$' "$stats"
}

# play TARGET: fuzzes it and prints its line; fails on a finding
play() {
  local executions="" edges="" log="" result="no finding"
  "with_$engine" "$1" || result="FINDING ($log)"
  printf '%-12s %6s s  %10s executions  %6s edges  %s\n' "$1" "$seconds" "${executions:-?}" "${edges:-?}" "$result"
  [ "$result" = "no finding" ]
}

# as many at a time as there are processors
failed=0 running=0
for target in $targets; do
  if [ "$running" -ge "$(nproc)" ]; then
    wait -n || failed=1
    running=$((running - 1))
  fi
  play "$target" &
  running=$((running + 1))
done
for (( ; running > 0; running--)); do
  wait -n || failed=1
done
exit $failed
