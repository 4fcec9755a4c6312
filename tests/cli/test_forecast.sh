#!/usr/bin/env bash
# Observations listed and added to; forecasts on them with their parts; a sealed forecast scored; rolling origins.
. "$(dirname "$0")/lib.sh"
cd "$work" || exit 1
# two partners of the shipped file: read in no time
zcat "$source_folder/data/observed/us-imports.csv.gz" | grep -E "^vintage|,(KOR|WLD)-USA," >small.csv

# -- observations: what is shipped ends with June 2025 and knows its unit and basis
"$program" observed list --format csv >list.csv || fail "observed list"
awk -F, 'NR > 1 { n += $3 == "imports"; if ($6 > "2025-06" || $4 != "USD") bad = 1 } END { exit bad || n < 900 }' list.csv ||
    fail "series of the shipped observations"
"$program" observed show KOR-USA --format csv | grep -q "^2025-06," || fail "observed show"
expect 64 "no series" "$program" observed show KOR-USB
expect 64 "say list, show" "$program" observed look

# -- one month more, as the Census Bureau's API answers: a new vintage, the file before it as it was
cat >july.json <<'END'
[["CTY_CODE","NAICS","CON_VAL_MO","CAL_DUT_MO","time"],
["5800","-","9000000000","300000000","2030-01"]]
END
expect 65 "month before it is missing" "$program" observed add july.json --observed small.csv -o more.csv
[ ! -e more.csv ] || fail "something was written"
sed -i 's/2030-01/2025-06/' july.json
expect 0 "2030-01" "$program" observed add july.json --observed small.csv -o more.csv --vintage 2030-01
june() { "$program" observed show KOR-USA --observed more.csv --format csv "$@" | sed -n 's/^2025-06,\([^,]*\),.*/\1/p'; }
[ "$(june)" = 9000000000 ] || fail "the revised month: $(june)"
[ "$(june --vintage 2025-06)" = "$("$program" observed show KOR-USA --observed small.csv --format csv | sed -n 's/^2025-06,\([^,]*\),.*/\1/p')" ] ||
    fail "the month as it was published first"
expect 73 "exists" "$program" observed add july.json --observed small.csv -o more.csv --vintage 2030-01

# -- a forecast: fan, difference, years, parts
config=$source_folder/configs/history/us-2025.yaml
forecast() { "$program" forecast "$config" --set replications=2 --set repeats=0 --set slots=5000 --threads 2 --train-from 2023-01 --observed small.csv "$@"; }
forecast --to-month 2025-05 --horizon 4 --keep effects.csv --seal sealed.json --format csv >first.csv || fail "forecast"
again() { forecast --effects effects.csv --to-month 2025-05 --horizon 4 --format csv "$@"; }
again --by months,pair,years,parts | cmp - first.csv || fail "effects that were kept give another forecast"
again --by months,pair >drawn.csv
/usr/bin/python3 "$source_folder/scripts/plot_forecast.py" drawn.csv drawn.svg && grep -q "observed" drawn.svg && grep -qE "bn USD a month|cannot be told" drawn.svg ||
    fail "the picture"
again --by months >months.csv
awk -F, '$4 == "history" && $3 > "2025-05" { n++; if (!($5 < $6 && $6 < $7 && $7 < $8 && $8 < $9)) bad = 1 }
    $4 == "observed" && $3 > "2025-05" { bad = 1 } END { exit bad || n != 4 }' months.csv || fail "the fan"
# the config can name what is observed; measure and file as the options have them
korea=observed/korea-exports.csv
told() { "$program" forecast "$config" --set replications=1 --set repeats=0 --set slots=2000 --to-month 2025-05 --horizon 2 --by months --format csv "$@"; }
told --set "observed={file: $korea, measure: exports}" >named.csv || fail "observed: in the config"
told --observed "$source_folder/data/$korea" --measure exports | cmp - named.csv || fail "observed: gives another forecast than --observed"
expect 66 "no such file of observations" told --set observed=observed/none.csv
expect 78 "nearest known name: exports" told --set "observed={file: $korea, measure: exprots}"
awk -F, 'NR > 1 && $11 != 0 { n++ } END { exit !n }' <(again --by parts) || fail "a total is not told by its goods"
expect 64 "no mean and standard deviation" forecast --effects effects.csv --response '1;0.5'
forecast --effects effects.csv --to-month 2025-05 --by months | grep -q "1 later months: not used" ||
    fail "what is not used is not said"
# the last month known changes with the data, and nothing after it touches a figure
again --by months,parts --observed more.csv --vintage 2025-06 | cmp - <(again --by months,parts) || fail "vintage"
again --by months --observed more.csv | cmp - months.csv || fail "a month after the last one known was used"
# parts sum to the change, in logs and in dollars
again --by parts >parts.csv
awk -F, 'NR > 1 { s = $6 + $7 + $8 + $9 + $10 + $11 + $12 - $5; d = $14 + $15 + $16 + $17 + $18 + $19 + $20 - $13; n++
    if (s * s > 1e-18 || d * d > 1e-18 * $13 * $13 || $11 != 0 && $3 <= "2025-05") bad = 1 } END { exit bad || n != 17 }' parts.csv || fail "parts"
# exchanging scenarios negates the difference: means exactly, a quantile that of 1 - p
again --by pair --pair history,no-measures >pair.csv
again --by pair --pair no-measures,history >back.csv
paste -d, pair.csv back.csv | awk -F, 'NR > 1 { a = log(1 + $4 / 100) + log(1 + $19 / 100)
    b = log(1 + $5 / 100) + log(1 + $24 / 100); c = $10 + $25; n++
    if (a * a > 1e-20 || b * b > 1e-18 || c * c > 1e-12 * $10 * $10) bad = 1 } END { exit bad || n != 4 }' ||
    fail "exchanged scenarios"
again --by news | grep -q "^KOR,total,2025-05," || fail "news"
# one month's CSV is added: the same command then says what that month changed, and the fan begins after it
python3 - <<'END' || fail "a file without June, and June"
import csv
rows = list(csv.reader(open("small.csv")))
june = rows[0].index("2025-06")
at = {name: rows[0].index(name) for name in ("flow", "product", "measure", "unit", "basis")}
with open("may.csv", "w", newline="") as may, open("june.csv", "w", newline="") as new:
    csv.writer(may).writerows([["2025-05"] + row[1:june] if row is not rows[0] else row[:june] for row in rows])
    out = csv.writer(new)
    out.writerow(["month", "flow", "product", "measure", "value", "unit", "basis"])
    for row in rows[1:]:
        if row[june]:
            out.writerow(["2025-06"] + [row[at[name]] for name in ("flow", "product", "measure")] + [row[june]] +
                         [row[at[name]] for name in ("unit", "basis")])
END
expect 0 "" "$program" observed add june.csv --observed may.csv -o grown.csv --vintage 2025-06
monthly() { forecast --observed "$1" --effects effects.csv --horizon 3 --format csv --by "$2"; }
monthly may.csv news | grep -q "^KOR,total,2025-05," || fail "news of May"
monthly grown.csv news >grown_news.csv
grep -q "^KOR,total,2025-06," grown_news.csv || fail "news of the month that was added"
monthly small.csv news | cmp - grown_news.csv || fail "a month added is not the month shipped"
# before any measure was announced there is no effect of any in the scenario that came
forecast --to-month 2025-05 --horizon 2 --known 2020-01-01 --keep before.csv --by scales >stdout || fail "--known"
awk -F, 'NR > 1 && $2 == "history" { for (i = 7; i <= NF; i++) { n++; if ($i != 0) bad = 1 } } END { exit bad || !n }' before.csv ||
    fail "measures that nobody knew of have an effect"
awk -F, 'NR > 1 && $2 == "history" { for (i = 7; i <= NF; i++) if ($i != 0) n++ } END { exit !n }' effects.csv || fail "no effect"
expect 64 "YYYY-MM-DD" forecast --known yesterday
expect 65 "at most" forecast --effects effects.csv --to-month 2025-05 --horizon 30
expect 65 "the config's hash" "$program" forecast "$config" --effects effects.csv
expect 64 "must be a scenario" forecast --effects effects.csv --pair history,history-2
expect 64 "must be one of those" forecast --effects effects.csv --partners KORE
expect 66 "" forecast --effects effects.csv --observed none.csv

# -- sealed and scored: June 2025 came; a seal that was touched is refused
"$program" score sealed.json --observed small.csv --format csv >score.csv || fail "score"
awk -F, 'NR > 1 && $4 == "2025-06" { n++ } NR > 1 && $4 != "2025-06" { bad = 1 } END { exit bad || n != 2 }' score.csv ||
    fail "rows of the score"
sed 's/"log_mean":2/"log_mean":3/' sealed.json >touched.json
expect 65 "not what was sealed" "$program" score touched.json --observed small.csv

# -- rolling origins: the table's columns, and the engine beside the rules
backtest() { "$program" backtest "$@" --origins 2025-02:2025-04 --train-from 2021-01 --format csv; }
backtest --observed small.csv --partners KOR,ROW=rest --products total=goods --who no_change,level_season >simple.csv || fail "rolling origins"
awk -F, '$1 == 1 && $2 == "no change" { n = $4 } $1 == 1 && $2 == "level and season" { n++ } END { exit !(n > 1) }' simple.csv ||
    fail "rows of the scores"
backtest "$config" --observed small.csv --effects effects.csv --who level_season,conditioned | grep -q "^1,engine conditioned,3," ||
    fail "the engine's effect in rolling origins"
expect 64 "two months in order" "$program" backtest --origins 2025-05:2025-02
expect 65 "no series" backtest --observed small.csv --partners XXX

finish "forecast: all well"
