#!/bin/bash
# entrepot calibrate --method local: fewer plays than a sample, one particle, the same file at any number of threads.
set -euo pipefail

: "${ENTREPOT:?}" "${ENTREPOT_SOURCE:?}"
scratch=$(mktemp -d)
trap 'rm -rf "$scratch"' EXIT
cd "$scratch"
config=$ENTREPOT_SOURCE/configs/two-by-two.yaml

fail()
{
    echo "FAILED: $*" >&2
    exit 1
}

cat > targets.yaml <<'END'
calibration: small
parameters:
  - name: absorption
    path: parameters.absorption
    distribution: {kind: uniform, low: 0.05, high: 0.8}
population: 100
batch: 4
seed: 3
set: {slots: 2000, steps: 18}
moments:
  - {name: border, kind: border_pass_through, flow: KOREA-WORLD, from: 2025-10, to: 2026-03, value: 0.8, error: 0.05,
     source: none}
END

for threads in 1 3; do
    "$ENTREPOT" calibrate "$config" --targets targets.yaml --method local -o $threads.h5 --threads $threads \
        --format csv > $threads.csv
done
cmp 1.h5 3.h5 || fail "the place found depends on threads"
cmp 1.csv 3.csv || fail "the tables depend on threads"
[ ! -e 1.h5.state ] || fail "a local search left a state"
# The only moment is met to a tenth of its error, with fewer than 200 plays, by less absorption than the median's.
awk -F, '$1 == "border" { found = 1; exit !($5 > 0.795 && $5 < 0.805) } END { if (!found) exit 1 }' 1.csv ||
    fail "the moment is not met: $(grep ^border 1.csv)"
awk -F, '$1 == "0" { found = 1; exit !($3 < 200) } END { if (!found) exit 1 }' 1.csv ||
    fail "too many plays: $(grep ^0, 1.csv)"
awk -F, '$1 == "absorption" { found = 1; exit !($6 < 0.4) } END { if (!found) exit 1 }' 1.csv ||
    fail "absorption stayed: $(grep ^absorption 1.csv)"

code=0
"$ENTREPOT" calibrate "$config" --targets targets.yaml --method nearest -o x.h5 > /dev/null 2>&1 || code=$?
[ $code -eq 64 ] || fail "an unknown method: exit code $code, not 64"
echo "calibrate --method local: all as it should be"
