#!/bin/bash
# entrepot calibrate: the same file at any number of threads and after an interruption; faults of a targets file.
set -euo pipefail

: "${ENTREPOT:?}" "${ENTREPOT_SOURCE:?}"
scratch=$(mktemp -d)
trap 'rm -rf "$scratch"' EXIT
cd "$scratch"
config=two-by-two.yaml
sed -e "s|^benchmark:.*|benchmark: $ENTREPOT_SOURCE/tests/fuzz/data/small.h5|" \
    -e "s|^calibration:.*|calibration: $ENTREPOT_SOURCE/configs/calibrations/horizon.yaml|" \
    "$ENTREPOT_SOURCE/configs/two-by-two.yaml" > "$config" # read in no time

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
population: 12
generations: 3
batch: 5
seed: 3
set: {slots: 2000, steps: 18}
moments:
  - {name: end, kind: elasticity, flow: KOREA-WORLD, from: 2026-01, to: 2026-06, value: -0.9, error: 0.1, source: none}
  - {name: before, kind: front_loading, flow: KOREA-WORLD, from: 2025-05, to: 2025-06, value: 5, error: 5, source: none}
END

"$ENTREPOT" calibrate "$config" --targets targets.yaml -o one.h5 --threads 1 --format csv > one.csv
"$ENTREPOT" calibrate "$config" --targets targets.yaml -o three.h5 --threads 3 --format csv > three.csv
cmp one.h5 three.h5 || fail "the posterior depends on threads"
cmp one.csv three.csv || fail "the tables depend on threads"
grep -q '^end,elasticity,-0.9,' one.csv || fail "no line for the moment"

# Stopped as soon as a state is there, and continued.
for attempt in 1 2 3 4 5; do # until the signal comes before the end
    rm -f parts.h5
    "$ENTREPOT" calibrate "$config" --targets targets.yaml -o parts.h5 --threads 1 > /dev/null 2>&1 &
    child=$!
    for _ in $(seq 1000); do
        [ ! -e parts.h5.state ] && [ ! -e parts.h5 ] || break
        sleep 0.01
    done
    kill -INT $child 2> /dev/null || true
    code=0
    wait $child || code=$?
    [ $code -ne 75 ] || break
done
[ -e parts.h5.state ] || fail "no state was saved"
[ $code -eq 75 ] || fail "stopped with exit code $code, not 75"
[ ! -e parts.h5 ] || fail "a posterior of a stopped calibration"
cp parts.h5.state early.h5.state
"$ENTREPOT" calibrate "$config" --targets targets.yaml -o early.h5 --finish > /dev/null
/usr/bin/python3 -c '
import h5py
with h5py.File("early.h5") as early, h5py.File("one.h5") as whole:
    n = len(early["tolerance"])
    assert 1 <= n < len(whole["tolerance"]), n
    assert list(early["tolerance"]) == list(whole["tolerance"][:n])
' || fail "a finished calibration is not the beginning of the whole"
code=0
"$ENTREPOT" calibrate "$config" --targets targets.yaml -o none.h5 --finish > /dev/null 2>&1 || code=$?
[ $code -eq 66 ] || fail "nothing to finish: exit code $code, not 66"
"$ENTREPOT" calibrate "$config" --targets targets.yaml -o parts.h5 --threads 2 > /dev/null
cmp one.h5 parts.h5 || fail "the resumed posterior differs"
[ ! -e parts.h5.state ] || fail "the state was left behind"
code=0
"$ENTREPOT" calibrate "$config" --targets targets.yaml -o limit.h5 --max-walltime 0.05 > /dev/null 2>&1 || code=$?
[ $code -eq 75 ] && [ ! -e limit.h5 ] || fail "a time limit: exit code $code, not 75"
"$ENTREPOT" calibrate "$config" --targets targets.yaml -o limit.h5 > /dev/null
cmp one.h5 limit.h5 || fail "a time limit changed the posterior"

code=0
"$ENTREPOT" calibrate "$config" --targets targets.yaml -o one.h5 > /dev/null 2>&1 || code=$?
[ $code -eq 73 ] || fail "an existing posterior: exit code $code, not 73"

sed -e 's/kind: elasticity/kind: elastic/' -e 's/error: 5/error: 0/' -e 's/theta\]/theta]/' -e 's/^seed/sead/' targets.yaml > bad.yaml
code=0
"$ENTREPOT" calibrate "$config" --targets bad.yaml -o bad.h5 > /dev/null 2> faults || code=$?
[ $code -eq 78 ] || fail "a faulty targets file: exit code $code, not 78"
for word in elastic sead error; do
    grep -q "$word" faults || fail "no report of $word"
done
sed -e 's/KOREA-WORLD/KOREA-WORLDS/' -e 's/to: 2026-06/to: 2027-06/' targets.yaml > bad.yaml
code=0
"$ENTREPOT" calibrate "$config" --targets bad.yaml -o bad.h5 > /dev/null 2> faults || code=$?
[ $code -eq 78 ] || fail "moments the config does not play: exit code $code, not 78"
grep -q WORLDS faults || fail "no report of an unknown region"
grep -q month faults || fail "no report of a month that is not played"
echo "calibrate: all as it should be"
