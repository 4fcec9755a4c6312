#!/bin/bash
# Bad input through the program: exit code, and a report with place, value, rule and nearest known name.
set -u
ENTREPOT=${ENTREPOT:?path of the program}
SOURCE=${ENTREPOT_SOURCE:?source folder}
WORK=$(mktemp -d)
trap 'rm -rf "$WORK"' EXIT
failures=0

cp "$SOURCE/configs/two-by-two.yaml" "$WORK/base.yaml"
mkdir "$WORK/calibrations"
cp "$SOURCE"/configs/calibrations/*.yaml "$WORK/calibrations/"
ln -s "$SOURCE/data/benchmark-2022.h5" "$WORK/benchmark-2022.h5"

fail() {
    echo "FAIL: $1"
    sed 's/^/    /' "$WORK/stderr"
    failures=$((failures + 1))
}

# expect NAME CODE WORD... : the last program run left this code, and stderr holds every word
expect() {
    local name=$1 code=$2
    shift 2
    [ "$rc" -eq "$code" ] || fail "$name: exit code $rc, not $code"
    for word in "$@"; do
        grep -qF -- "$word" "$WORK/stderr" || fail "$name: the report lacks: $word"
    done
    [ ! -s "$WORK/stdout" ] || [ "$code" -eq 0 ] || fail "$name: something was written to standard output"
}

run() {
    "$ENTREPOT" "$@" >"$WORK/stdout" 2>"$WORK/stderr"
    rc=$?
}

# edited NAME CODE SED-SCRIPT WORD... : check the base config after an edit
edited() {
    local name=$1 code=$2 script=$3
    shift 3
    sed "$script" "$WORK/base.yaml" >"$WORK/bad.yaml"
    if cmp -s "$WORK/base.yaml" "$WORK/bad.yaml"; then
        echo "FAIL: $name: the edit changed nothing"
        failures=$((failures + 1))
    fi
    run check "$WORK/bad.yaml"
    expect "$name" "$code" "$@"
}

run check "$WORK/base.yaml"
expect "sound config" 0

# firms
edited "misspelt mechanism" 78 '$a mechanisms: {entri: true}' "mechanisms.entri" "nearest known name: entry"
edited "entry without exporters" 78 '$a mechanisms: {entry: true}' "there is no section \`exporters\`"
edited "plants without plants" 78 '$a mechanisms: {plants: true}' "there is no section \`plants\`"
edited "no exporters" 78 '$a exporters: {firms: 0}' "exporters.firms: 0"
edited "captive beyond all" 78 '$a captive: [{share: 1.5}]' "captive[0].share: 1.5"
edited "a plant at home, before the start, closed before it opens" 78 \
    '$a plants: [{id: p, owner: KOREA, host: KOREA, sector: goods, opened: 1999-01-01, full: 1998-01-01, share: 2}]' \
    "plants[0].host" "not in KOREA itself" "plants[0].opened" "after the first step played" "plants[0].full" \
    "plants[0].share: 2"
edited "half a plant" 78 '$a plants: [{id: p, owner: KOR}]' "plants[0].host" "missing"

# keys and types
edited "a directive, which libfyaml may read for ever" 78 '1i %TAG ! x' "has no directives"
edited "misspelt key" 78 's/^steps:/stpes:/' "bad.yaml:" "stpes: 36" "no such key" "nearest known name: steps" "missing"
edited "misspelt nested key" 78 's/effective:/efective:/' "measures[0].efective" "nearest known name: effective"
edited "key given twice" 78 's/^seed: 1/seed: 1\nseed: 2/' "seed" "once"
edited "per cent" 78 's/rate: 0.10/rate: 15%/' "regimes.tariff.measures[0].rate: 15%" "write 0.15 for 15 per cent"
edited "nan" 78 's/rate: 0.10/rate: nan/' "rate: nan" "finite number"
edited "negative rate" 78 's/rate: 0.10/rate: -0.1/' "rate: -0.1" "not negative"
edited "rate in per cent" 78 's/rate: 0.10/rate: 25/' "write 0.25 for 25 per cent"
edited "text for a number" 78 's/^steps: 36/steps: many/' "steps: many" "plain decimal number"
edited "number in quotes" 78 's/^steps: 36/steps: "36"/' "without quotes"
edited "fraction for a whole number" 78 's/^slots: 20000/slots: 0.5/' "slots: 0.5"
edited "list for a number" 78 's/^seed: 1/seed: [1]/' "seed" "a number is wanted"
edited "not YAML" 78 's/^regions:/regions: [/' "not valid YAML"

# dates
edited "no such day" 78 's/effective: 2025-07-01/effective: 2025-02-30/' "2025-02-30" "YYYY-MM-DD"
edited "announced too late" 78 's/announced: 2025-04-01/announced: 2025-08-01/' "announced: 2025-08-01" "on or before"
edited "start inside a month" 78 's/^start: 2025-01-01/start: 2025-01-15/' "first day of a step"

# names
edited "unknown region" 78 's/^home: KOREA/home: KORAE/' "home: KORAE" "nearest known name: KOREA"
edited "unknown sector" 78 's/sectors: \[goods\]/sectors: [godos]/' "godos" "nearest known name: goods"
edited "unknown economy" 78 's/\[KOR\]/[KRO]/' "regions.KOREA[0]: KRO" "nearest known name: KOR"
edited "unknown parameter" 78 's/parameter: trade_elasticity/parameter: trade_elastcity/' "nearest known name: trade_elasticity"
edited "unknown scenario" 78 's/\[tariff, no-tariff\]/[tarif, no-tariff]/' "scenarios[0]: tarif" "nearest known name: tariff"

# aggregations
edited "economy lost" 78 's/WORLD: rest/WORLD: [USA]/' "regions" "in none" "AGO, ARE"
edited "economy twice" 78 's/WORLD: rest/WORLD: rest\n  AGAIN: [KOR]/' "KOR is in KOREA already"
edited "sector lost" 78 's/goods: rest/goods: [C29]/' "sectors" "in none"

# measures that never apply
edited "no trade hit" 78 's/sectors: \[goods\]/sectors: {goods: 0}/' "never apply"
edited "importer taxes itself" 78 's/partners: \[KOREA\]/partners: [WORLD]/' "no partner of its own measure"

# several at once, in one report
edited "three faults" 78 's/^seed: 1/seed: x/; s/rate: 0.10/rate: 10%/; s/^home: KOREA/home: NOWHERE/' \
    "seed: x" "rate: 10%" "home: NOWHERE" "3 faults"

# settings
run check "$WORK/base.yaml" --set parameters.candidats=4
expect "unknown setting" 78 "--set parameters.candidats" "nearest known name: candidates"
run check "$WORK/base.yaml" --set 'regimes.tariff.measures[3].rate=0.2'
expect "no such item" 78 "numbered from 0"
run check "$WORK/base.yaml" --set nonsense
expect "setting without =" 64 "PATH=VALUE"
run check "$WORK/base.yaml" --set 'regimes.tariff.measures[ten-per-cent].rate=0.2'
expect "setting by id" 0

# the benchmark file
edited "missing benchmark" 66 's/benchmark-2022.h5/no-such-file.h5/' "benchmark: no-such-file.h5" "looked for"
head -c 200000 "$SOURCE/data/benchmark-2022.h5" >"$WORK/cut.h5"
edited "cut benchmark" 65 's/benchmark-2022.h5/cut.h5/' "cut.h5" "without Entrepot's seal"
cp "$SOURCE/data/benchmark-2022.h5" "$WORK/flipped.h5"
echo "not a benchmark" >"$WORK/text.h5"
edited "foreign benchmark" 65 's/benchmark-2022.h5/text.h5/' "text.h5" "no HDF5 file"
if /usr/bin/python3 -c 'import h5py' 2>/dev/null; then
    /usr/bin/python3 - "$WORK" "$SOURCE/data/benchmark-2022.h5" <<'PYTHON'
import sys, shutil, h5py
work, source = sys.argv[1:]
with h5py.File(f"{work}/foreign.h5", "w") as f:
    f["x"] = [1, 2, 3]
shutil.copy(source, f"{work}/unfinished.h5")
with h5py.File(f"{work}/unfinished.h5", "a") as f:
    del f["complete"]
shutil.copy(source, f"{work}/negative.h5")
with h5py.File(f"{work}/negative.h5", "a") as f:
    f["flow"][3, 4, 5] = -1.0
PYTHON
    edited "unsealed HDF5" 65 's/benchmark-2022.h5/negative.h5/' "without Entrepot's seal"
    "$SOURCE/scripts/seal.py" "$WORK/foreign.h5" "$WORK/unfinished.h5" "$WORK/negative.h5"
    edited "another program's HDF5" 65 's/benchmark-2022.h5/foreign.h5/' "no benchmark"
    edited "unfinished benchmark" 65 's/benchmark-2022.h5/unfinished.h5/' "not written to its end"
    edited "negative flow" 65 's/benchmark-2022.h5/negative.h5/' "flow[3,4,5]: -1" "not negative"
fi
printf '\1' | dd of="$WORK/flipped.h5" bs=1 seek=100000 conv=notrunc status=none
edited "one byte changed" 65 's/benchmark-2022.h5/flipped.h5/' "damaged: its bytes are not those that were sealed"
run benchmark "$WORK/cut.h5"
expect "benchmark command, cut file" 65 "without Entrepot's seal"
run benchmark --origin KRO
expect "benchmark command, unknown code" 64 "nearest known name: KOR"

# the calibration file
edited "missing calibration" 66 's/^calibration: horizon/calibration: horizont/' "calibration: horizont" "looked for"
sed 's/renewal_rate: 0.3/renewal_rat: 30%/' "$WORK/calibrations/horizon.yaml" >"$WORK/calibrations/broken.yaml"
edited "broken calibration" 78 's/^calibration: horizon/calibration: broken/' "broken.yaml:" "nearest known name: renewal_rate"

# the command line
run check "$WORK/no-such-config.yaml"
expect "missing config" 66 "no-such-config.yaml"
run chekc
expect "unknown command" 64 "check"
run check
expect "no config" 64 "name a config"
run check --no-such-option
expect "unknown option" 64 "no-such-option"
run benchmark --table flwos
expect "unknown table" 64 "flows"
run describe --format jsn
expect "unknown format" 64 "json"
run run "$WORK/bad.yaml" -o "$WORK/out.h5"
[ "$rc" -ne 0 ] && [ ! -e "$WORK/out.h5" ] || fail "run of a bad config: no failure, or something was written"

[ "$failures" -eq 0 ] && echo "all as expected"
exit $((failures > 0))
