#!/usr/bin/env bash
# doctor finds a sound machine sound, and says what is not.
set -o pipefail
source "$(dirname "$0")/lib.sh"

"$program" doctor "$work" >"$work/out" || fail "a sound machine: $(cat "$work/out")"
grep -Eq "reference +(ok|warning)" "$work/out" || fail "the reference was not compared"
[ "$(ls -A "$work")" = out ] || fail "doctor left something behind: $(ls -A "$work")"
"$program" doctor /proc >"$work/out"
[ $? -eq 1 ] && grep -q "writing  *FAILED" "$work/out" || fail "a folder that cannot be written"
mkdir "$work/data"
echo "$(printf '%064d' 0) 1000" >"$work/data/doctor.txt"
ENTREPOT_DATA=$work/data "$program" doctor "$work" >"$work/out"
[ $? -eq 1 ] && grep -q "reference  *FAILED" "$work/out" || fail "another reference is not noticed"
numbers=$(cut -d' ' -f2 "$source_folder/data/doctor.txt")
echo "$(printf '%064d' 0) $numbers" >"$work/data/doctor.txt"
ENTREPOT_DATA=$work/data "$program" doctor "$work" >"$work/out" && grep -q "reference  *warning" "$work/out" ||
    fail "the same numbers with other bits are a warning"
OMP_NUM_THREADS=4000 "$program" doctor "$work" | grep -q "threads  *warning" || fail "too many threads are not noticed"
"$program" doctor --format json "$work" | /usr/bin/python3 -c 'import json, sys; json.load(sys.stdin)' || fail "no JSON"
finish "the doctor is well"
