#!/usr/bin/env bash
# entrepot new and explain: thirty configs over homes, partners and duties check, run and are explained without a word of
# warning; what is refused.
source "$(dirname "$0")/lib.sh"
cd "$work" || exit 1

n=0
for pair in "KOR USA" "DEU USA" "CAN USA" "JPN CHN" "MEX USA" "USA EU=DEU,FRA,ITA" "ASIA=KOR,JPN IND" "BRA CHN" "VNM USA" "CHN IND"; do
    set -- $pair
    for duties in "--duty 0.10:2025-04-05" "--duty 0.25:2025-03-04:C29,C24A" "--duty 0.15:2025-02-01:C26 --duty 0.05:2025-07-01 --years 1"; do
        n=$((n + 1))
        expect 0 "explain new$n.yaml" "$program" new --home "$1" --partner "$2" $duties -o "new$n.yaml"
        [ ! -s stderr ] || fail "new: $(cat stderr)"
        lines=$(wc -l <"new$n.yaml")
        [ "$lines" -ge 25 ] && [ "$lines" -le 35 ] || fail "new$n.yaml has $lines lines"
        expect 0 "Every world is played under each" "$program" explain "new$n.yaml" # it reads and checks the config
        # said where it is true: of some duties on Canada less than half is collected
        ! grep -v "is collected: the benchmark's collection_wedge" stderr || fail "explain: $(cat stderr)"
        grep -q "^  duty-1: ${2%%=*}, " stdout || fail "$pair: the duty is not told: $(cat stdout)"
    done
done
[ $n -eq 30 ] || fail "$n configs"
# rates as they were asked for: 25 % on top, and nothing where no duty is
awk '/scenario duties/ {d = 1} /scenario none/ {d = 0} /^C29/ && d {print $2}' stdout >rate
expect 0 "" "$program" explain new2.yaml
awk '/scenario duties/ {d = 1} /scenario none/ {d = 0} /^C29/ {r[d] = $2} END {exit !(r[1] - r[0] > 15 && r[1] - r[0] <= 25.05)}' stdout ||
    fail "the rate on cars is not 25 % more, less what is not collected: $(cat stdout)"
for i in 2 9 16 21; do
    expect 0 "" "$program" run "new$i.yaml" -o "run$i.h5" --quiet --no-compare --set slots=600 --set replications=1 --set repeats=1 --set steps=6
    [ ! -s stderr ] || fail "run: $(cat stderr)"
done

# a law behind the duties, and a law with and without some of it
for options in "--home VNM --partner USA --law us --duty 0.1:2026-01-01:C13T15 --duty 0.05:2026-06-01 --years 2" \
    "--home KOR --partner USA --law us --without vehicles-KOR,parts-KOR"; do
    n=$((n + 1))
    expect 0 "explain new$n.yaml" "$program" new $options -o "new$n.yaml"
    [ ! -s stderr ] || fail "new: $(cat stderr)"
    expect 0 "law: us, " "$program" explain "new$n.yaml"
    ! grep -v "is collected: the benchmark's collection_wedge" stderr || fail "explain: $(cat stderr)"
done
grep -q "without vehicles-KOR parts-KOR" stdout || fail "what the other future lacks is not told: $(cat stdout)"
expect 64 "needs the law it is about" "$program" new --home KOR --partner USA --without vehicles-KOR -o bad.yaml
expect 78 "nearest known name: vehicles-KOR" "$program" new --home KOR --partner USA --law us --without vehicels-KOR -o bad.yaml
# the law of the United States is not that of a region that holds them
expect 78 "holds USA and 78 other economies" "$program" new --home KOR --partner JPN --law us --without vehicles-KOR -o bad.yaml

# a small flow gets the slots that it takes, and what its market pays can be asked
expect 0 "" "$program" new --home NZL --partner JPN --duty 0.2:2026-04-01:C10T12 -o small.yaml
expect 0 "" "$program" check small.yaml
! grep -q "slots hold goods" stderr || fail "too few slots: $(cat stderr)"
expect 0 "" "$program" run small.yaml -o small.h5 -q --no-compare --set slots=3000 --set replications=1 --set repeats=0 --set steps=12
expect 0 "treasury" "$program" compare small.h5 --by payers,prices,treasury

# a benchmark of one's own, from another folder
expect 0 "" "$program" benchmark import "$source_folder/docs/examples/own-data/one-sector" -o own.h5
mkdir deep
expect 0 "" "$program" new --home CHN --partner DEU --duty 0.1:2022-06-01:goods --benchmark own.h5 -o deep/own.yaml
expect 0 "CHN (China)" "$program" explain deep/own.yaml

# -- what is refused, all at once
expect 64 "nearest known name: KOR" "$program" new --home KRO --partner USB --duty 0.1:2025-01-01:C92 -o bad.yaml
for words in "nearest known name: USA" "nearest known name: C29"; do grep -q "$words" stderr || fail "lacks $words: $(cat stderr)"; done
expect 64 "is home already" "$program" new --home KOR --partner KOR --duty 0.1:2025-01-01 -o bad.yaml
expect 64 "several codes need a name" "$program" new --home KOR,JPN --partner USA --duty 0.1:2025-01-01 -o bad.yaml
expect 64 "is no RATE:DATE" "$program" new --home KOR --partner USA --duty 10:2025-01-01 -o bad.yaml
expect 64 "2025-13-01" "$program" new --home KOR --partner USA --duty 0.1:2025-13-01 -o bad.yaml
expect 64 "is after the first duty" "$program" new --home KOR --partner USA --duty 0.1:2025-01-01 --start 2026-01-01 -o bad.yaml
[ ! -e bad.yaml ] || fail "a refused config was written"
expect 73 "exists" "$program" new --home KOR --partner USA --duty 0.1:2025-01-01 -o new1.yaml
"$program" new -o bad.yaml </dev/null >stdout 2>stderr
[ $? -eq 64 ] && grep -q "Whose exports" stderr || fail "without a terminal nothing is asked"
expect 78 "" "$program" explain new1.yaml --set replications=no

finish "thirty configs check, run and are explained"
