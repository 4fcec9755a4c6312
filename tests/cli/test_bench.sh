#!/usr/bin/env bash
# entrepot bench: figures are there and above zero, the same bits on every kernel, wrong usage refused.
set -euo pipefail
cd "$ENTREPOT_SOURCE"
fail() { echo "FAILED: $*" >&2; exit 1; }
bench() { "$ENTREPOT" bench configs/two-by-two.yaml --repeats 1 --set steps=6 --set slots=30000 "$@"; }

bits=
for kernel in portable avx2 avx512; do
  text=$(bench --kernel $kernel --threads 1 2>/dev/null) || continue # this processor lacks it
  now=$(grep -o 'recorded: [0-9a-f]*' <<<"$text")
  [ -n "$now" ] && [ "${bits:=$now}" = "$now" ] || fail "$kernel: $now, before $bits"
done
[ -n "$bits" ] || fail "no kernel ran"

bench --threads 2 --format csv | awk -F, '
  $1 == "time" { time = $2 } $1 == "rate" { rate = $2 } $1 == "slots" { slots = $2 } /^2,/ { threads = $2 }
  END { exit !(time > 0 && rate > 0 && threads > 0 && slots > 29000 && time * rate > 999 && time * rate < 1001) }' ||
  fail "figures"

refused() { # EXIT WORDS... : the command fails with that code and says so
  local code=0 said
  said=$("$ENTREPOT" bench "${@:3}" 2>&1 >/dev/null) || code=$?
  [ $code = "$1" ] || fail "exit $code instead of $1: ${*:3}"
  grep -q -- "$2" <<<"$said" || fail "no word of \"$2\": $said"
}
refused 64 "name a config" --threads 2
refused 64 "number between 1 and" configs/two-by-two.yaml --threads none
refused 64 "number between 1 and" configs/two-by-two.yaml --repeats 0
refused 64 'kernels named "sse9"' configs/two-by-two.yaml --kernel sse9
refused 64 "one config at a time" configs/two-by-two.yaml configs/nafta.yaml
refused 78 "slots" configs/two-by-two.yaml --set slots=-4
