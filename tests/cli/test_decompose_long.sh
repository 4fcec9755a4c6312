#!/usr/bin/env bash
# entrepot decompose on a small run: parts sum exactly, a cause that cannot act has no share, wrong names are told.
source "$(dirname "$0")/lib.sh"
config=$source_folder/configs/history/us-2025.yaml

decompose() {
    "$ENTREPOT" decompose "$config" --from 2025-01 --months 5 --format csv --keep reciprocal-not-on-232,reciprocal-not-on-232-korea \
        --set replications=2 --set repeats=0 --set slots=4000 --set burn_in=2 "$@"
}

# sums FILE: static theory, worlds, months, eight shares and rest make the engine, to rounding
sums() {
    awk -F, 'NR > 1 && $1 == "engine" { engine = $(NF - 1); next } NR > 1 && NF > 3 { sum += $(NF - 1); n++ }
        END { exit !(n == 12 && (sum - engine) ^ 2 < 1e-18) }' "$1" || fail "parts of $1 do not sum"
}

decompose --threads 2 >"$work/two.csv" || fail "two threads"
sums "$work/two.csv"
awk -F, 'NR > 1 && NF > 3 && $1 != "plants" { if ($(NF - 1) == 0) bad = 1 } END { exit bad }' "$work/two.csv" ||
    fail "a cause has no share: $(cat "$work/two.csv")"

# without stocks, buying ahead cannot act; without plants, they cannot
decompose --threads 1 --set mechanisms.plants=false --set mechanisms.tariff_jumping=false --set parameters.stocked=1 \
    --set parameters.stockup_limit=0 --set sector_parameters.pharmaceuticals.stockup_limit=0 --set parameters.stockdown_limit=0 >"$work/off.csv" || fail "causes off"
sums "$work/off.csv"
awk -F, '$1 == "plants" || $1 == "waiting" { n += $(NF - 1) == 0 } END { exit n != 2 }' "$work/off.csv" ||
    fail "a cause that cannot act has a share: $(cat "$work/off.csv")"

expect 64 "name the year" "$ENTREPOT" decompose "$config"
expect 64 "no such exemption" decompose --keep annex-3
expect 64 "no such scenario" decompose --with nothing
expect 64 "foreign region" decompose --partner KOR
expect 78 "does not play all the months" decompose --from 2025-09

finish "decompose: all well"
