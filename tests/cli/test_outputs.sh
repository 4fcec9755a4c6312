#!/usr/bin/env bash
# What an output may replace and what not; two that want the same one; kills, hang-ups and limits of the system; inputs that
# are hostile; quantities that leave their range.
source "$(dirname "$0")/lib.sh"
source "$(dirname "$0")/kills.sh"
cd "$work"
small_config small.yaml
cp "$source_folder/tests/fuzz/data/small.h5" mine.h5
sed -i "s|^benchmark:.*|benchmark: mine.h5|" small.yaml
run=("$program" run small.yaml -q --no-compare --replications 2 --set slots=400)

# -- links are followed, also to a file that is to come; what is no regular file stays as it is
ln -s real.h5 link.h5
expect 0 "" "${run[@]}" -o link.h5
[ -L link.h5 ] && [ -f real.h5 ] || fail "a link to a file to come was replaced"
expect 73 "exists already" "${run[@]}" -o link.h5
expect 0 "" "${run[@]}" -o link.h5 --overwrite
[ -L link.h5 ] || fail "a link was replaced"
ln -s /dev/null device.h5
expect 73 "no regular file" "${run[@]}" -o device.h5 --overwrite
"${run[@]}" -o device.h5 2>&1 | grep -q -- --overwrite && fail "--overwrite is advised for a device"
ln -s around.h5 round.h5 && ln -s round.h5 around.h5
expect 73 "too many links" "${run[@]}" -o round.h5 --overwrite
"${run[@]}" -o /dev/stdout --overwrite >stream.txt 2>stderr
[ $? -eq 73 ] && grep -q "standard stream" stderr || fail "standard output was replaced: $(cat stderr)"

# -- an input of the same command is never replaced
for input in small.yaml mine.h5 "$source_folder/configs/calibrations/horizon.yaml"; do
    before=$(sha256sum <"$input")
    expect 73 "input of this command" "${run[@]}" -o "$input" --overwrite
    [ "$before" = "$(sha256sum <"$input")" ] || fail "$input was replaced"
done
expect 73 "input of this command" "$program" compare real.h5 -o real.h5 --overwrite

# -- pipes and folders are no inputs
mkfifo pipe.yaml
expect 66 "no regular file" timeout 20 "$program" check pipe.yaml
expect 66 "folder" "$program" check .

# -- the same command twice: the second is told at once, and the first loses nothing
"$program" run small.yaml -q --no-compare -o twice.h5 --threads 1 --set slots=100000 --replications 200 2>first.err &
first=$!
for _ in $(seq 300); do [ -e twice.h5.lock ] && break; sleep 0.02; done
expect 73 "another process" "$program" run small.yaml -q --no-compare -o twice.h5 --set slots=100000 --replications 200

# -- a hang-up saves; the same command goes on
sleep 0.5
kill -HUP $first
wait $first
[ $? -eq 75 ] || fail "a hang-up does not save: $(cat first.err)"
[ -d twice.h5.checkpoint ] || fail "a hang-up left no checkpoint"
rm -r twice.h5.checkpoint

# -- so does the limit of processor time
(ulimit -S -t 1; exec "$program" run small.yaml -q --no-compare -o limit.h5 --threads 1 --set slots=100000 --replications 500) 2>limit.err
[ $? -eq 75 ] || fail "the limit of processor time does not save: $(cat limit.err)"
rm -rf limit.h5.checkpoint
[ -z "$(left .)" ] || fail "$(left .) stay"

# -- locks that HDF5 cannot have do not matter; where they are asked for, the message says how to do without
/usr/bin/python3 -c "
import fcntl, sys
file = open('real.h5', 'r+b')
fcntl.flock(file, fcntl.LOCK_EX)
sys.stdin.read()" < <(exec sleep 30 2>&-) &
holder=$!
sleep 0.3
expect 0 "" "$program" compare real.h5 --by summary
HDF5_USE_FILE_LOCKING=TRUE expect 65 "HDF5_USE_FILE_LOCKING=FALSE" "$program" compare real.h5 --by summary
kill $holder

# -- files that were altered and sealed again: told as damaged, never a crash, never a word of memory
cp real.h5 heap.h5
/usr/bin/python3 - heap.h5 <<'PYTHON'
import sys
data = bytearray(open(sys.argv[1], "rb").read())
at = data.find(b"GCOL")
assert at > 0
while at >= 0:  # every heap of texts says that it ends elsewhere, and its first object that it is larger
    data[at + 8:at + 16] = (1 << 40).to_bytes(8, "little")
    data[at + 24:at + 32] = (1 << 31).to_bytes(8, "little")
    at = data.find(b"GCOL", at + 4)
open(sys.argv[1], "wb").write(data)
PYTHON
/usr/bin/python3 "$source_folder/scripts/seal.py" heap.h5 >/dev/null
expect 65 "damaged" "$program" compare heap.h5
grep -qi memory stderr && fail "memory is blamed: $(cat stderr)"

# -- quantities that leave their range end a run, with the quantity, the step and the cell
grown=(--set 'parameters.demand_growth=0.2' --set steps=1200 --replications 1 --set repeats=0)
expect 76 "step [0-9]*, .* to .*: what an importer .* out of its range" "${run[@]}" "${grown[@]}" -o range.h5
[ ! -e range.h5 ] || fail "a run out of range left results"

# -- names and numbers that could be two things
sed 's/WORLD/total/' small.yaml >total.yaml
expect 78 "not the name of a group" "$program" check total.yaml
sed 's/^slots:.*/slots: 0400/' small.yaml >zero.yaml
expect 78 "does not begin with 0" "$program" check zero.yaml
sed -e 's/^\( *\)KOREA:.*/\1KOREA: [KOR]\n\1KOREA-US: [USA]\n\1US-WORLD: [JPN]/' small.yaml >hyphen.yaml
expect 78 "two flows would be called KOREA-US-WORLD" "$program" check hyphen.yaml
cat >places.yaml <<'STUDY'
study: places
model: ishigami
uncertainties:
  - {name: a, distribution: {kind: uniform, low: -3, high: 3}}
  - {name: b, distribution: {kind: uniform, low: 0, high: 1}}
  - {name: c, distribution: {kind: uniform, low: 0, high: 1}}
design: {kind: saltelli, points: 8, seed: 1}
STUDY
expect 78 "places from 0 to 1" "$program" study plan places.yaml -o places

# -- a crash is called one, with the system's own end; the name of the machine stays here
if [ -z "${ASAN_OPTIONS:-}" ]; then
    "$program" run small.yaml -q --no-compare -o crash.h5 --threads 1 --set slots=100000 --replications 200 2>crash.err &
    crashed=$!
    for _ in $(seq 300); do [ -e crash.h5.lock ] && break; sleep 0.02; done
    kill -SEGV $crashed
    wait $crashed
    [ $? -eq 139 ] && grep -q "please report" crash.err || fail "a crash: $(cat crash.err)"
    rm -rf crash.h5*
fi
/usr/bin/python3 - real.h5 <<'PYTHON' || fail "the name of the machine is in the file"
import h5py, sys
sys.exit(h5py.File(sys.argv[1])["provenance"].attrs["host"] not in (b"not kept", "not kept"))
PYTHON

# -- help that does not arrive
"$program" --help >/dev/full 2>stderr
[ $? -eq 74 ] || fail "a help page that did not arrive goes unnoticed"
expect 0 "Usage: entrepot compare" "$program" help compare

kill_runs 3
kill_studies 1
# -- quantities asked for by name: the same bits in a smaller file, and what needs others says n/a or why
expect 0 "" "${run[@]}" -o all.h5
expect 0 "" "${run[@]}" --set "record={flows: {origins: [KOREA]}, fields: [exports, duty]}" -o some.h5
/usr/bin/python3 - <<'PYTHON' || fail "record.fields changes what is recorded"
import h5py, numpy as np
whole, part = h5py.File("all.h5"), h5py.File("some.h5")
assert {"exports", "duty"} == {name for name in ("exports", "duty", "imports", "stock", "jobs") if name in part}
for name in ("exports", "duty"):
    np.testing.assert_array_equal(whole[name], part[name])
PYTHON
[ "$(stat -c %s some.h5)" -lt "$(stat -c %s all.h5)" ] || fail "leaving quantities out saves nothing"
expect 0 "" "$program" compare some.h5 --by summary --outcomes exports,revenue
grep -q "^revenue.*n/a" stdout || fail "revenue was not recorded: $(cat stdout)"
expect 0 "" "$program" reproduce some.h5
grep -q ": 2 quantities of" stdout || fail "reproduce compares other quantities: $(cat stdout)"
expect 0 "" "${run[@]}" --set "record={fields: [jobs]}" -o jobs.h5
expect 64 "a report needs exports" "$program" report jobs.h5 -o jobs.html
expect 78 "nearest known name: exports" "${run[@]}" --set "record={fields: [export]}" -o none.h5

finish "outputs, locks, limits and kills: as promised"
