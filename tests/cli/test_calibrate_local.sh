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
  - name: theta
    path: uncertainty.parameters[theta].distribution
    distribution: {kind: uniform, low: 0.5, high: 1.6}
population: 100
batch: 4
seed: 3
set: {slots: 2000, steps: 18}
moments:
  - {name: end, kind: elasticity, flow: KOREA-WORLD, from: 2026-01, to: 2026-06, value: -0.9, error: 0.1, source: none}
END

for threads in 1 3; do
    "$ENTREPOT" calibrate "$config" --targets targets.yaml --method local -o $threads.h5 --threads $threads \
        --format csv > $threads.csv
done
cmp 1.h5 3.h5 || fail "the place found depends on threads"
cmp 1.csv 3.csv || fail "the tables depend on threads"
[ ! -e 1.h5.state ] || fail "a local search left a state"
# The only moment is met: mean within 0.01 of the target, with fewer than 200 plays.
awk -F, '$1 == "end" { found = 1; exit !($5 > -0.91 && $5 < -0.89) } END { if (!found) exit 1 }' 1.csv ||
    fail "the moment is not met: $(grep ^end 1.csv)"
awk -F, '$1 == "0" { found = 1; exit !($3 < 200) } END { if (!found) exit 1 }' 1.csv ||
    fail "too many plays: $(grep ^0, 1.csv)"
"$ENTREPOT" run "$config" --posterior 1.h5 --set slots=2000 --set steps=18 -q --no-compare -o run.h5 ||
    fail "a run with what was found"

code=0
"$ENTREPOT" calibrate "$config" --targets targets.yaml --method nearest -o x.h5 > /dev/null 2>&1 || code=$?
[ $code -eq 64 ] || fail "an unknown method: exit code $code, not 64"
echo "calibrate --method local: all as it should be"
