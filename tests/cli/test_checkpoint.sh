#!/usr/bin/env bash
# A run stopped by signals, limits and kills goes on with the same command, on any number of threads, and ends with the
# values of an undisturbed one (ERS, ERP); twice the same is the same (REP), threads do not matter (PET), and a member
# equals itself in another ensemble (NCK).
set -o pipefail
source "$(dirname "$0")/lib.sh"
cd "$work"
small_config small.yaml
config=small.yaml

# same A B WORDS: equal values of every variable outside /provenance
same() {
    /usr/bin/python3 - "$1" "$2" <<'PYTHON' || fail "$3"
import sys, h5py, numpy as np
def variables(name):
    with h5py.File(name) as f:
        return {k: v[()].tobytes() if v.dtype != object else repr(v[()]) for k, v in f.items()
                if isinstance(v, h5py.Dataset)}
a, b = map(variables, sys.argv[1:])
different = [k for k in a if a[k] != b.get(k)] + [k for k in b if k not in a]
if different:
    sys.exit(f"{sys.argv[1:]}: {different}")
PYTHON
}

play() { "$program" run "$config" -q --no-compare --set slots=60000 --replications 6 --set repeats=2 "$@" 2>"$work/stderr"; }
play -o whole.h5 --threads 2 || fail "the undisturbed run"
[ ! -e whole.h5.checkpoint ] || fail "a whole run left a checkpoint"
play -o again.h5 --threads 2 && same whole.h5 again.h5 "REP: the same run twice"
play -o one.h5 --threads 1 && same whole.h5 one.h5 "PET: one thread"
play -o three.h5 --threads 3 && same whole.h5 three.h5 "PET: three threads"

# -- time limits: a chain of short runs on changing numbers of threads
links=0 code=75
while [ $code -eq 75 ] && [ $links -lt 300 ]; do
    # ever longer, for a machine that is busy with other things
    play -o chain.h5 --threads $((1 + (links * 2 + 1) % 3)) --max-walltime "$(awk "BEGIN {print 0.05 * 1.1 ^ $links}")"
    code=$?
    links=$((links + 1))
    [ $code -eq 75 ] || break
    grep -q "the same command goes on" "$work/stderr" || fail "a stopped run does not say that it can go on"
    [ ! -e chain.h5 ] || fail "a stopped run left a results file"
done
[ $code -eq 0 ] || fail "a chain of runs ended with $code: $(cat "$work/stderr")"
[ $links -gt 1 ] || fail "the time limit never stopped the run"
same whole.h5 chain.h5 "ERP: a chain of $links runs on changing numbers of threads"
[ ! -e chain.h5.checkpoint ] || fail "a chain of runs left its checkpoint"

# -- signals: TERM leaves with 75, USR1 saves and goes on, KILL loses what was not saved
for signal in TERM INT; do
    play -o "$signal.h5" --threads 2 &
    child=$!
    sleep 0.2
    kill -$signal "$(pgrep -P $child)" 2>/dev/null || kill -$signal $child
    wait $child
    code=$?
    [ $code -eq 75 ] || [ $code -eq 0 ] || fail "$signal: code $code, not 75: $(cat "$work/stderr")"
    [ $code -eq 0 ] || play -o "$signal.h5" --threads 1 || fail "$signal: the run did not go on: $(cat "$work/stderr")"
    same whole.h5 "$signal.h5" "ERS: stopped by $signal"
done
n_killed=0
for moment in 0.15 0.2 0.3 0.25 0.35; do
    "$program" run "$config" -q --no-compare --set slots=60000 --replications 6 --set repeats=2 -o kill.h5 --threads 2 \
        --checkpoint-every 0.05 2>/dev/null &
    child=$!
    sleep $moment
    kill -KILL $child 2>/dev/null && n_killed=$((n_killed + 1))
    wait $child 2>/dev/null
    [ -e kill.h5 ] && break
done
rm -f kill.h5.*.tmp
[ $n_killed -gt 0 ] || fail "no run was killed"
[ -e kill.h5 ] || play -o kill.h5 --threads 2 || fail "a killed run did not go on: $(cat stderr)"
same whole.h5 kill.h5 "ERS: killed $n_killed times"

# -- damage costs work, never a number; another config is refused
stopped() { rm -rf bad.h5*; play -o bad.h5 --threads 2 --max-walltime 0.05; [ $? -eq 75 ] || fail "no stop for damage"; }
stopped
n_files=$(ls bad.h5.checkpoint | wc -l)
[ "$n_files" -gt 0 ] || fail "nothing was saved"
for file in bad.h5.checkpoint/*; do
    size=$(stat -c %s "$file")
    printf '\377' | dd of="$file" bs=1 seek=$((size / 2)) conv=notrunc status=none
done
play -o bad.h5 --threads 2 || fail "a damaged checkpoint stopped the run"
same whole.h5 bad.h5 "a damaged checkpoint changed values"
# the same config in other digits is the same
stopped
"$program" run "$config" -q --no-compare --set slots=6e4 --replications 6 --set repeats=2.0 -o bad.h5 2>"$work/stderr" || fail "6e4 is not 60000: $(cat "$work/stderr")"
same whole.h5 bad.h5 "6e4 for 60000"
stopped
"$program" run "$config" -q --no-compare --set slots=50000 --replications 6 --set repeats=2 -o bad.h5 2>"$work/stderr"
[ $? -eq 78 ] || fail "a checkpoint of another config was not refused"
grep -q "another config, calibration or benchmark; what differs: slots:" "$work/stderr" || fail "the refusal has no reason: $(cat "$work/stderr")"
"$program" run "$config" -q --no-compare --set slots=50000 --replications 6 --set repeats=2 -o bad.h5 --restart 2>"$work/stderr" ||
    fail "--restart does not begin again: $(cat "$work/stderr")"

# -- NCK: member 1 of this ensemble is member 1 of a smaller one
"$program" run "$config" -q --no-compare --set slots=60000 --replications 2 --set repeats=0 -o two.h5 || fail "a smaller ensemble"
/usr/bin/python3 - <<'PYTHON' || fail "NCK: a member differs in another ensemble"
import h5py
a, b = h5py.File("whole.h5"), h5py.File("two.h5")
for name in ("exports", "imports", "revenue", "retail_price", "stock"):
    if name in a:
        assert a[name][:, 1].tobytes() == b[name][:, 1].tobytes(), name
PYTHON

finish "restarts are exact"
