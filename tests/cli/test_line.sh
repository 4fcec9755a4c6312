#!/usr/bin/env bash
# entrepot line and entrepot tariffs --law: one line law by law, over time, all lines by partner and set, a folder of
# one's own on top, wrong names and faulty tables.
source "$(dirname "$0")/lib.sh"

# cell ROW COLUMN: one number of the CSV on stdin, rows known by their first or second field
cell() {
    /usr/bin/python3 -c '
import csv, sys
rows = [r for r in csv.reader(sys.stdin) if r]
print(next((r[rows[0].index(sys.argv[2])] for r in rows if sys.argv[1] in r[:2]), ""))' "$1" "$2"
}

# -- steel goods from China: what a form shows, and what shares make of it
line=("$program" line 7326.90.8688 --partner CHN --on 2026-09-15 --format csv)
near "$("${line[@]}" | cell "rate on a form" adds)" 77.9 1e-9 "steel goods from China on a form"
near "$("${line[@]}" | cell "mean rate" adds)" 66.0 0.05 "steel goods from China in the mean"
near "$("${line[@]}" --answer exclusion_claim=yes | cell "rate on a form" adds)" 52.9 1e-9 "with an exclusion"
near "$("${line[@]}" --ordinary 3.4 | cell "rate on a form" adds)" 78.4 1e-9 "with another ordinary duty"
near "$("${line[@]}" --known 2026-03-01 | cell "rate on a form" adds)" 77.9 1e-9 "steel of 2025 as known in March 2026"

# -- Korean cars: 25 % collected until December, back to 1 November after refunds; the days of change
korea=("$program" line 8703.23 --partner KOR --format csv)
near "$("${korea[@]}" --on 2025-11-15 | cell "rate on a form" adds)" 25 1e-9 "Korean cars in November"
near "$("${korea[@]}" --on 2025-11-15 --final | cell "rate on a form" adds)" 15 1e-9 "Korean cars in November, refunded"
near "$("${korea[@]}" --over-time | cell 2025-04-03 form_rate)" 25 1e-9 "Korean cars in April"
near "$("${korea[@]}" --over-time | cell 2025-12-04 form_rate)" 15 1e-9 "Korean cars in December"
expect 0 "2025-12-04" "$program" line 8703.23 --partner KOR --on 2025-11-15
"$program" line 8703 --partner KOR --on 2025-11-15 --format json | /usr/bin/python3 -m json.tool >/dev/null || fail "no JSON"

# -- goods on the ship when a duty by loading begins
sea=("$program" line 3304.99.5000 --partner KOR --ordinary 0 --format csv --on 2025-08-12)
near "$("${sea[@]}" | cell "rate on a form" adds)" 15 1e-9 "cosmetics loaded in August"
near "$("${sea[@]}" --loaded 2025-08-01 | cell "rate on a form" adds)" 10 1e-9 "cosmetics at sea"

# -- sums: sets add up to the law, which partners share out; a measure never made
law() { "$program" tariffs --law us --on 2025-11-15 --format csv "$@"; }
sets=$(law --by set --partner KOR | cell all adds)
near "$(law | cell KOR law)" "$sets" 1e-9 "sets and partners"
near "$(law --by chapter --partner KOR | cell all rate)" "$(law | cell KOR rate)" 1e-9 "chapters and partners"
near "$(law --by sector --partner KOR | cell all rate)" "$(law | cell KOR rate)" 1e-9 "sectors and partners"
near "$(law --by line --chapter 87 --partner KOR | cell all rate)" "$(law --by chapter --partner KOR | cell 87 rate)" 1e-9 \
    "lines and chapters"
near "$(law --chapter 87 --partner KOR --by set --without vehicles-25,parts-25 | cell reciprocal adds)" 14.8 0.3 \
    "cars without Section 232 pay the reciprocal rate"
expect 0 "8473.30.1140" "$program" tariffs --law us --partner KOR --on 2025-11-15 --costliest 5

# -- measures of one's own on top
own=$work/own
mkdir -p "$own/lists"
printf 'prefix\n8473.30\n' >"$own/lists/chips.csv"
printf 'id,set,kind,legal,partners,lists,rate,announced,effective\n%s\n' \
    "chips-30,chips,additive,a guess,KOR TWN,chips,0.3,2026-01-01,2026-12-01" >"$own/measures.csv"
near "$("$program" line 8473.30 --partner KOR --on 2026-12-15 --with "$own" --format csv | cell chips-30 adds)" 30 1e-9 \
    "a measure of one's own"

# -- a folder that is a law by itself
small=$work/small
cp -r "$own" "$small"
sed -i '2s/.*/chips-30,chips,additive,x,AAA,chips,0.3,2026-01-01,2026-12-01/' "$small/measures.csv"
printf 'partner,name,group\nAAA,Aland,\n' >"$small/partners.csv"
printf 'prefix,sector\n84,machinery\n' >"$small/sectors.csv"
printf 'line,partner,imports_usd,duty_usd,year\n84733011,AAA,3e6,0,2025\n84501100,AAA,1e6,50000,2025\n' >"$small/weights.csv"
near "$("$program" tariffs --law "$small" --on 2026-12-01 --format csv | cell AAA rate)" 23.75 1e-9 "a law of one's own"
near "$("$program" tariffs --law "$small" --on 2026-12-01 --by sector --format csv | cell machinery change)" 22.5 1e-9 \
    "its sectors"

# -- a config that stands on the law: the mean of its lines
cat >"$work/law.yaml" <<'END'
name: law-test
benchmark: benchmark-2022.h5
calibration: horizon
start: 2025-01-01
steps: 24
replications: 2
slots: 2000
home: KOR
regions: {KOR: [KOR], USA: [USA], CHN: [CHN], ROW: rest}
sectors: {cars: [C29], services: [SERVICES], goods: rest}
law: {name: us, until: 2026-12-31}
END
config=("$program" tariffs "$work/law.yaml" --format csv --partner KOR)
cars=$(law --by sector --partner KOR | cell C29 change)
near "$("${config[@]}" --on 2025-11-15 --sector cars | cell law-KOR-2025-11-13 adds)" "$cars" 1e-6 "cars of a config and of lines"
near "$("${config[@]}" --on 2025-11-15 --sector cars --final | cell "owed after refunds" adds)" 15.1 0.1 "cars of a config, refunded"
near "$("${config[@]}" --on 2025-01-15 --sector cars | cell "rate collected" adds)" 0.06 0.01 "cars before the law of 2025"
near "$("${config[@]}" --on 2025-11-15 --sector services | cell "rate collected" adds)" 0 0.01 "services pay nothing"
expect 0 "no faults" "$program" check "$work/law.yaml"
sed -i 's/until: 2026-12-31/until: 2026-12-31, without: [vehicles]/' "$work/law.yaml"
expect 78 "no measure of this name" "$program" check "$work/law.yaml"

# -- wrong words and faulty tables: all at once, nothing printed
expect 64 "dropped the zero in front" "$program" line 2032940 --partner KOR --on 2025-11-15
expect 64 "nearest known name: KOR" "$program" line 8703 --partner KRO --on 2025-11-15
expect 64 "exists in the calendar" "$program" line 8703 --partner KOR --on 2025-11-31
expect 64 "no such condition" "$program" line 8703 --partner KOR --on 2025-11-30 --answer colour=red
expect 64 "name a country" "$program" line 8703 --on 2025-11-30
expect 64 "no such measure" "$program" tariffs --law us --on 2025-11-15 --without nothing
expect 64 "go with --law" "$program" tariffs "$source_folder/configs/korea-us-2025.yaml" --on 2025-11-15 --by set
expect 64 "name a config, or a law" "$program" tariffs --on 2025-11-15
expect 66 "a law is a file" "$program" tariffs --law nowhere --on 2025-11-15
printf 'prefix\n847\n8473x\n' >"$own/lists/chips.csv"
sed -i '2s/0.3/30/' "$own/measures.csv"
expect 65 "not in per cent" "$program" line 8473 --partner KOR --on 2026-12-15 --with "$own"
grep -q "digits only" "$work/stderr" && grep -q "0847" "$work/stderr" || fail "not all faults at once"
head -c 500000 "$source_folder/data/law-us.h5" >"$work/cut.h5"
expect 65 "" "$program" tariffs --law "$work/cut.h5" --on 2025-11-15

finish "the law by product line is as the tables say"
