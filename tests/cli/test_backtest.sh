#!/usr/bin/env bash
# entrepot backtest on a small run: scores are those of the months printed, files and pools agree, faults are told.
source "$(dirname "$0")/lib.sh"
config=$source_folder/configs/history/us-2025.yaml
observed=$source_folder/data/observed/history.csv
small=(--set replications=4 --set repeats=1 --set slots=20000)

backtest() {
    "$ENTREPOT" backtest "$config" --observed "$observed" "${small[@]}" --to 2025-06 "$@"
}

# -- RMSE of the table of scores is that of the months
backtest --format csv --by months >"$work/months.csv" || fail "months"
backtest --format csv --by scores -o "$work/kept.h5" >"$work/scores.csv" || fail "scores"
awk -F, 'FNR == 1 { for (i = 1; i <= NF; i++) at[FILENAME, $i] = i; next }
    FILENAME ~ /months/ { k = $2 "," $3; e = $at[FILENAME, "engine"] - $at[FILENAME, "observed"]; n[k]++; s[k] += e * e
        o = $at[FILENAME, "observed"]; z[k] += o * o
        within[k] += o >= $at[FILENAME, "q05"] && o <= $at[FILENAME, "q95"] }
    FILENAME ~ /scores/ && NF > 5 { k = $1 "," $2; rows++
        if (n[k] != $at[FILENAME, "n"]) { print "months of", k; bad = 1 }
        if ((sqrt(s[k] / n[k]) / $at[FILENAME, "rmse_engine"] - 1) ^ 2 > 1e-18) { print "RMSE of", k; bad = 1 }
        if ((sqrt(z[k] / n[k]) / $at[FILENAME, "rmse_no_change"] - 1) ^ 2 > 1e-18) { print "no change of", k; bad = 1 }
        if ((100 * within[k] / n[k] - $at[FILENAME, "within_90"]) ^ 2 > 1e-9) { print "coverage of", k; bad = 1 } }
    END { exit bad || rows != 10 }' "$work/months.csv" "$work/scores.csv" || fail "scores are not those of the months"

# -- the same from the file kept, at any number of threads, and nothing is overwritten
backtest --format csv --by scores --results "$work/kept.h5" >"$work/again.csv" || fail "from the file"
cmp -s "$work/scores.csv" "$work/again.csv" || fail "the file gives other scores than playing"
backtest --format csv --by months --threads 1 >"$work/one.csv"
cmp -s "$work/months.csv" "$work/one.csv" || fail "threads change months"
expect 73 "exists" backtest -o "$work/kept.h5"
expect 65 "other scenarios, regions" backtest --results "$work/kept.h5" --set replications=5

# -- observed growth: 2690 million in 21 days against 3200 in 21.5; pooled: sums over sums; missing months stay out
backtest --format csv --by months --day-elasticity 1 >"$work/days.csv"
awk -F, '$1 == "2025-06" && $2 == "KOR-USA" && $3 == "motor_vehicles" { found = ($4 - 100 * (2690 / 21 / (3200 / 21.5) - 1)) ^ 2 < 1e-8 }
    $3 == "iron_steel" { steel++ } END { exit !(found && steel == 1) }' "$work/days.csv" || fail "growth of cars in June"
backtest --format csv --by months --pool 3 --day-elasticity 1 >"$work/pooled.csv"
awk -F, '$1 == "2025-01" && $2 == "KOR-USA" && $3 == "motor_vehicles" {
        found = ($4 - 100 * ((2230 + 2760 + 2780) / 64 / ((3230 + 2410 + 3120) / 67) - 1)) ^ 2 < 1e-8 }
    $3 == "iron_steel" { steel++ } END { exit !(found && !steel) }' "$work/pooled.csv" || fail "cars of the first quarter"
backtest --format csv --by months --day-elasticity 0 | awk -F, '$1 == "2025-06" && $2 == "KOR-USA" && $3 == "motor_vehicles" {
    found = ($4 - 100 * (2690 / 3200 - 1)) ^ 2 < 1e-8 } END { exit !found }' || fail "growth by month"
# by default with the elasticity that months before 2025 show, between none and one
backtest --by months | grep -q "elasticity of 0.55 (standard error 0.14)" || fail "the elasticity of working days"
awk -F, '$1 == "2025-06" && $2 == "KOR-USA" && $3 == "motor_vehicles" {
    e = log((2690 / 3200) / (1 + $4 / 100)) / log(21 / 21.5); found = e > 0.54 && e < 0.56 } END { exit !found }' \
    "$work/months.csv" || fail "growth cleared of working days"
# Korea's exports to all the world are the sum of its flows
awk -F, '$2 == "KOR-WLD" && $3 == "total" { n++ } END { exit n != 6 }' "$work/months.csv" || fail "exports to the world"

# -- forecasts: later months, every sector of goods, quantiles in order
backtest --from 2025-07 --to 2025-12 --forecast "$work/forecast.csv" >"$work/stdout" || fail "forecast"
[ -s "$work/stdout" ] && fail "nothing is observed, yet scores are printed"
head -1 "$work/forecast.csv" | grep -qx "month,flow,sector,mean,q05,q25,q50,q75,q95" || fail "columns of the forecast"
awk -F, 'NR > 1 { n += $2 == "WLD-USA"; if (!($5 <= $6 && $6 <= $7 && $7 <= $8 && $8 <= $9)) bad = 1 }
    END { exit bad || n != 16 * 6 }' "$work/forecast.csv" || fail "rows of the forecast"
expect 73 "exists" backtest --forecast "$work/forecast.csv"

# -- faults
expect 64 "name the observations" "$ENTREPOT" backtest "$config"
expect 64 "is no month" backtest --from 2025-13
expect 64 "no such scenario" backtest --scenarios histoy
expect 64 "must sum to 1" backtest --scenarios history=0.5,no-measures=0.4
expect 66 "cannot be opened" "$ENTREPOT" backtest "$config" --observed "$work/none.csv"
expect 64 "day-elasticity" backtest --day-elasticity much
expect 66 "" backtest --posterior "$work/none.h5"
expect 78 "needs those months" backtest --from 2024-06
expect 65 "no observation in the months" backtest --from 2025-07 --to 2025-12
cat >"$work/bad.csv" <<'EOF'
month,flow,sector,value
2025-01,KOR-USA,motor_vehicle,1
2025-13,KOR-USA,total,1
2025-01,KOR-US,total,1
2025-01,KOR-USA,total,-1
2025-02,KOR-USA,total,
2025-02,KOR-USA,total,3
EOF
expect 65 "" "$ENTREPOT" backtest "$config" --observed "$work/bad.csv"
for words in "motor_vehicles" "2025-13" "ORIGIN-DESTINATION" "positive number" "given twice"; do
    grep -q -- "$words" "$work/stderr" || fail "the report of a bad file lacks \"$words\": $(cat "$work/stderr")"
done
printf 'month,flow,sector\n' >"$work/short.csv"
expect 65 "needs this column" "$ENTREPOT" backtest "$config" --observed "$work/short.csv"

finish "backtest: all well"
