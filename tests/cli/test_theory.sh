#!/usr/bin/env bash
# entrepot theory: Caliendo and Parro's tables, resolutions and variants, optimal and Nash tariffs, bad input.
source "$(dirname "$0")/lib.sh"
nafta=$source_folder/configs/nafta.yaml
korea=$source_folder/configs/korea-us-2025.yaml

# column FILE KEY COLUMN: a number of the row whose first word is KEY
column() {
    awk -F, -v k="$2" -v c="$3" 'NR == 1 { for (i = 1; i <= NF; i++) if ($i == c) at = i } $1 == k { print $at; exit }' "$1"
}

theory() {
    "$ENTREPOT" theory "$@" >"$work/out.csv" || fail "entrepot theory $* failed"
}

# nafta_table RULE: welfare, terms of trade, volume of trade, real wage from stdin, to the printed digits
nafta_table() {
    local region welfare terms volume wage
    theory "$nafta" --deficits "$1" --allow-zero-own-trade --format csv
    while read -r region welfare terms volume wage; do
        near "$(column "$work/out.csv" "$region" cp_welfare)" "$welfare" 0.005 "$region welfare, $1"
        near "$(column "$work/out.csv" "$region" terms_of_trade)" "$terms" 0.005 "$region terms of trade, $1"
        near "$(column "$work/out.csv" "$region" volume_of_trade)" "$volume" 0.005 "$region volume of trade, $1"
        near "$(column "$work/out.csv" "$region" real_wage)" "$wage" 0.005 "$region real wage, $1"
    done
}

# -- NAFTA with the deficits of the data, fixed: the tests of the R package cp2015, a program of its own
nafta_table fixed <<TABLE
Mexico 1.17 -0.41 1.59 1.64
Canada -0.04 -0.08 0.04 0.33
USA 0.08 0.05 0.04 0.12
TABLE

# -- and without deficits: the paper's table 2
nafta_table zero <<TABLE
Mexico 1.31 -0.41 1.72 1.72
Canada -0.06 -0.11 0.04 0.32
USA 0.08 0.04 0.04 0.11
TABLE
for region in Mexico Canada USA; do
    near "$(column "$work/out.csv" "$region" trade_balance_after)" 0 1e-3 "$region trade balance"
done
near "$(column "$work/out.csv" Mexico real_income)" 0.0073 0.00005 "Mexico's real income, exact"

# -- the paper's table 3: parts of welfare from the members and from the rest of the world
theory "$nafta" --deficits zero --allow-zero-own-trade --by welfare --format csv
part() { # REGION MEMBERS COLUMN: sum over partners that are members (1) or not (0)
    awk -F, -v r="$1" -v m="$2" -v c="$3" '$1 == r && ($2 ~ /^(Mexico|Canada|USA)$/) == m { sum += $c } END { print sum }' "$work/out.csv"
}
while read -r region terms terms_rest volume volume_rest; do
    near "$(part "$region" 1 4)" "$terms" 0.005 "$region terms of trade, members"
    near "$(part "$region" 0 4)" "$terms_rest" 0.005 "$region terms of trade, others"
    near "$(part "$region" 1 5)" "$volume" 0.005 "$region volume of trade, members"
    near "$(part "$region" 0 5)" "$volume_rest" 0.005 "$region volume of trade, others"
done <<TABLE
Mexico -0.39 -0.02 1.80 -0.08
Canada -0.09 -0.02 0.08 -0.04
USA 0.03 0.01 0.04 0.00
TABLE

# -- its abstract: trade within the bloc grows by 118 % for Mexico, 11 for Canada, 41 for the USA
theory "$nafta" --deficits zero --allow-zero-own-trade --by flow --format csv
while read -r region growth; do
    near "$(awk -F, -v d="$region" '$1 != d && $2 == d && $1 ~ /^(Mexico|Canada|USA)$/ { before += $6; after += $7 }
        END { print 100 * (after / before - 1) }' "$work/out.csv")" "$growth" 0.5 "$region imports from the bloc"
done <<TABLE
Mexico 118
Canada 11
USA 41
TABLE

# -- the same at the benchmark's own resolution, where the config maps nothing together
theory "$nafta" --deficits zero --allow-zero-own-trade --resolution full --elasticity-set CP --format csv
near "$(column "$work/out.csv" Mexico cp_welfare)" 1.3121 0.0001 "Mexico, full resolution"

# -- a regime without measures changes nothing
theory "$nafta" --regime tariffs-of-1993 --deficits zero --allow-zero-own-trade --format csv
near "$(column "$work/out.csv" Mexico real_income)" 0 1e-9 "no change"

# -- the parts of welfare of a region add up to its totals
theory "$korea" --on 2026-06-01 --format csv
mv "$work/out.csv" "$work/regions.csv"
theory "$korea" --on 2026-06-01 --by welfare --format csv
near "$(awk -F, '$1 == "KOR" { sum += $4 } END { printf "%.12f", sum }' "$work/out.csv")" \
    "$(column "$work/regions.csv" KOR terms_of_trade)" 1e-9 "Korea's terms of trade, summed over partners and sectors"
theory "$korea" --on 2026-06-01 --by flow --format csv
near "$(awk -F, '$1 != $2 && $1 == "KOR" { sum += $7 } END { print sum }' "$work/out.csv")" \
    "$(column "$work/regions.csv" KOR exports_after)" 1 "Korea's exports, summed over flows"

# -- certificate, variants, formats
for variant in full no-input-output armington; do
    "$ENTREPOT" theory "$korea" --variant $variant | grep -q "certificate: largest relative residual" || fail "$variant: no certificate"
done
for rule in fixed share zero; do
    theory "$korea" --deficits $rule --on 2026-06-01 --format csv
    near "$(awk -F, 'NR == 1 { for (i = 1; i <= NF; i++) if ($i == "trade_balance_after") at = i; next } { sum += $at } END { print sum }' "$work/out.csv")" \
        0 1e-2 "world deficits under the rule $rule"
done
for by in region flow sector welfare outcome; do
    for format in text csv latex json markdown; do
        "$ENTREPOT" theory "$korea" --by $by --format $format >"$work/stdout" || fail "--by $by --format $format"
    done
done
/usr/bin/python3 -c 'import json, sys; json.load(open(sys.argv[1]))' <(theory "$korea" --format json; cat "$work/out.csv") ||
    fail "not JSON"

# -- optimal and Nash tariffs carry their first-order residual
theory "$korea" --optimal USA --elasticity-set IS --format csv
near "$(column "$work/out.csv" USA derivative)" 0 1e-6 "first-order condition of the optimal tariff"
theory "$korea" --nash USA,CHN --elasticity-set IS --deficits zero --format csv
for region in USA CHN; do
    near "$(column "$work/out.csv" $region derivative)" 0 1e-6 "first-order condition of Nash tariffs, $region"
done
"$ENTREPOT" theory "$korea" --optimal USA --elasticity-set IS --by-sector --tariff-sectors textiles,food --deficits zero |
    grep -q "first-order residual [0-9.]*e-0[6-9]\|first-order residual [0-9.]*e-[1-9]" || fail "optimal tariffs by sector"

# -- the benchmark's own resolution takes less than two seconds of one processor
"$ENTREPOT" theory "$korea" --resolution full --elasticity-set IS --timing >"$work/stdout" 2>"$work/stderr" || fail "--timing"
near "$(awk '{ print $(NF - 3) }' "$work/stderr")" 0 2 "seconds of processor time at 81 x 28"

# -- measures that are not duties: a ban takes goods out, half of them like half the visibility, a barrier costs
two=$source_folder/configs/two-by-two.yaml
measure='regimes.tariff.measures[ten-per-cent]'
as_kind() { # KIND RATE ARGUMENT...: exports of goods to WORLD
    local kind=$1 rate=$2
    shift 2
    theory "$two" --on 2026-01-01 --set "$measure.kind=$kind" --set "$measure.rate=$rate" --format csv "$@"
}
as_kind ban 1 --by flow
near "$(awk -F, '$1 == "KOREA" && $2 == "WORLD" && $3 == "goods" { print $7 }' "$work/out.csv")" 0 0.01 "banned exports"
as_kind ban 0.5
near "$(column "$work/out.csv" WORLD real_income)" -0.1491 0.0001 "real income, half of the goods banned"
welfare=$(column "$work/out.csv" KOREA real_income)
as_kind supplier 0.5
near "$(column "$work/out.csv" KOREA real_income)" "$welfare" 1e-9 "real income, half the visibility"
as_kind barrier 0.1 --path 64
near "$(column "$work/out.csv" WORLD trade_cost)" -0.07 0.07 "trade costs of a barrier"
near "$(awk -F, '$1 == "WORLD" { print $4 + $5 + $6 + $7 - $3 }' "$work/out.csv")" 0 1e-8 "parts of a barrier's welfare"
near "$(awk -F, '$1 == "WORLD" { print $3 - 100 * log(1 + $2 / 100) }' "$work/out.csv")" 0 1e-4 "integral of a barrier's welfare"

# -- dynamic and static side by side, from a results file alone
"$ENTREPOT" run "$two" -o "$work/two.h5" --set replications=2 --set repeats=1 \
    --set slots=8000 >"$work/stdout" 2>"$work/stderr" || fail "entrepot run: $(cat "$work/stderr")"
(cd / && "$ENTREPOT" compare "$work/two.h5" --with-theory --format csv) >"$work/out.csv" || fail "compare --with-theory"
theory "$two" --regime tariff --by flow --format csv --on 2027-12-31 >/dev/null
change=$(awk -F, '$1 == "KOREA" && $2 == "WORLD" && $3 == "goods" { print $8 }' "$work/out.csv")
(cd / && "$ENTREPOT" compare "$work/two.h5" --with-theory --format csv) >"$work/out.csv"
near "$(column "$work/out.csv" goods horizon_static)" "$change" 1e-9 "static change of Korea's exports of goods"
# every sector and horizon: the engine's change is that of the plain comparison, the static one there too
(cd / && "$ENTREPOT" compare "$work/two.h5" --by sector --format csv) >"$work/plain.csv" || fail "compare --by sector"
for horizon in year1 2026 horizon; do
    for sector in goods services total; do
        near "$(column "$work/out.csv" $sector ${horizon}_dynamic)" "$(awk -F, -v p=$horizon -v s=$sector \
            '$2 == "exports" && $4 == p && $9 == s { print $15; exit }' "$work/plain.csv")" 1e-9 "$sector, $horizon"
    done
    near "$(column "$work/out.csv" goods ${horizon}_static)" "$change" 1e-9 "static change of goods, $horizon"
done

# -- bad input: reason, name, exit code
expect 64 "nearest known name: deal" "$ENTREPOT" theory "$korea" --regime dael
expect 64 "YYYY-MM-DD" "$ENTREPOT" theory "$korea" --on 2025-13-01
expect 64 "no such elasticity set" "$ENTREPOT" theory "$korea" --elasticity-set XX
expect 64 "there is no \"fulll\"; did you mean full" "$ENTREPOT" theory "$korea" --resolution fulll
expect 64 "a name is there once" "$ENTREPOT" theory "$korea" --nash USA,USA
expect 64 "no such name" "$ENTREPOT" theory "$korea" --optimal XYZ
expect 65 "Office from Ireland to Ireland: own trade must be above zero" "$ENTREPOT" theory "$nafta" --deficits zero
expect 78 "trade_elasticity" "$ENTREPOT" theory "$korea" --set parameters.trade_elasticity=0
expect 66 "" "$ENTREPOT" theory "$work/none.yaml"

expect 78 "a rate is not negative" "$ENTREPOT" theory "$two" --set "$measure.rate=-1.5"
expect 78 "which rate of a quota holds" "$ENTREPOT" theory "$two" --on 2026-01-01 --set "$measure.kind=quota" \
    --set "$measure.volume=1000" --set "$measure.out_rate=0.5"
expect 64 "best tariffs are sought among tariffs only" "$ENTREPOT" theory "$two" --optimal WORLD --regime tariff \
    --on 2026-01-01 --set "$measure.kind=ban"
expect 1 "the equilibrium was not found" "$ENTREPOT" theory "$two" --on 2026-01-01 --set "$measure.kind=ban" \
    --set "$measure.rate=1" --set "$measure.sectors=all"
expect 65 "does not balance" "$ENTREPOT" run "$nafta" -o "$work/nafta.h5" --set closure=general

# damaged FILE NAME INDEX VALUE: a copy of the benchmark with one value changed
damaged() {
    cp "$source_folder/data/benchmark-2022.h5" "$work/$1"
    /usr/bin/python3 -c '
import sys, h5py
with h5py.File(sys.argv[1], "r+") as f:
    f[sys.argv[2]][eval(sys.argv[3])] = float(sys.argv[4])' "$work/$1" "$2" "$3" "$4"
    "$source_folder/scripts/seal.py" "$work/$1"
}
damaged tariff.h5 tariff "(3, 4, 5)" -1.5
expect 65 "this is B05, AUT, BEL" "$ENTREPOT" theory "$korea" --set benchmark="$work/tariff.h5"
cp "$source_folder/data/benchmark-2022.h5" "$work/nobody.h5"
/usr/bin/python3 - "$work/nobody.h5" <<'PYTHON'
import sys, h5py
with h5py.File(sys.argv[1], "r+") as f:
    # nobody makes or uses the fourth sector: households buy what it bought, its users add the value themselves
    f["final_demand"][:] += f["input_coefficient"][:, :, 3] * f["gross_output"][:, 3:4]
    f["value_added_share"][:] += f["input_coefficient"][:, 3, :]
    f["input_coefficient"][:, 3, :] = 0
    f["flow"][3] = 0
    f["final_demand"][:, 3] = 0
    f["gross_output"][:, 3] = 0
PYTHON
"$source_folder/scripts/seal.py" "$work/nobody.h5"
expect 65 "B05: nobody produces this sector" "$ENTREPOT" theory "$korea" --set benchmark="$work/nobody.h5" --resolution full
damaged balance.h5 final_demand "(3, 4)" 1e9
expect 65 "supply and use differ" "$ENTREPOT" theory "$korea" --set benchmark="$work/balance.h5"
damaged elasticity.h5 elasticity "(0, 4)" 0
expect 65 "elasticity\[0,4\]: 0" "$ENTREPOT" theory "$korea" --set benchmark="$work/elasticity.h5"

finish "entrepot theory: all as expected"
