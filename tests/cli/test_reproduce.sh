#!/usr/bin/env bash
# entrepot reproduce: the same bits again from the file alone; a changed value, config or benchmark is found.
source "$(dirname "$0")/lib.sh"
"$program" run "$source_folder/configs/two-by-two.yaml" -o "$work/run.h5" --set replications=3 --set repeats=1 \
    --set slots=4000 --no-compare --quiet || fail "the run"
expect 0 "reproduced bit by bit" "$program" reproduce --quiet --threads 1 "$work/run.h5"
expect 0 "reproduced bit by bit" "$program" reproduce --quiet --threads 3 "$work/run.h5"
! compgen -G "$work/run.h5.again*" >/dev/null || fail "the second results file was left"
expect 0 "reproduced bit by bit" "$program" reproduce --quiet -o "$work/kept.h5" "$work/run.h5"
[ -s "$work/kept.h5" ] || fail "-o did not keep the results"

# fewer worlds than the config's repeats: what is embedded is what was played
"$program" run "$source_folder/configs/two-by-two.yaml" -o "$work/few.h5" --replications 1 --set slots=4000 --no-compare --quiet ||
    fail "a run with fewer worlds"
expect 0 "reproduced bit by bit" "$program" reproduce --quiet "$work/few.h5"

# one value changed by a unit in the last place
cp "$work/run.h5" "$work/changed.h5"
/usr/bin/python3 - "$work/changed.h5" <<'EOF'
import sys
import h5py
import numpy as np
with h5py.File(sys.argv[1], "r+") as file:
    values = file["exports"][...]
    values[0, 1, 5].flat[1] = np.nextafter(values[0, 1, 5].flat[1], np.float32(np.inf))
    file["exports"][...] = values
EOF
expect 65 "without Entrepot's seal" "$program" reproduce --quiet "$work/changed.h5"
"$source_folder/scripts/seal.py" "$work/changed.h5"
expect 2 "exports: 1 values differ" "$program" reproduce --quiet "$work/changed.h5"
expect 66 "" "$program" reproduce --quiet "$work/missing.h5"
expect 64 "name a results file" "$program" reproduce
echo junk >"$work/junk.h5"
expect 65 "" "$program" reproduce --quiet "$work/junk.h5"

# a config whose calibration is another today
mkdir -p "$work/configs/calibrations"
sed -n '1,400p' "$source_folder/configs/two-by-two.yaml" >"$work/configs/small.yaml"
if grep -q '^calibration:' "$work/configs/small.yaml"; then
    name=$(sed -n 's/^calibration: *\([a-z]*\).*/\1/p' "$work/configs/small.yaml")
    cp "$source_folder/configs/calibrations/$name.yaml" "$work/configs/calibrations/"
    "$program" run "$work/configs/small.yaml" -o "$work/own.h5" --set replications=1 --set repeats=0 --set slots=4000 \
        --no-compare --quiet || fail "the run of the copy"
    sed -i 's/renewal_rate: .*/renewal_rate: 0.31/' "$work/configs/calibrations/$name.yaml"
    expect 65 "is not what it was" "$program" reproduce --quiet "$work/own.h5"
fi
finish "results are reproduced from their file"
