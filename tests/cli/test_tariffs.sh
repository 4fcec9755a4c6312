#!/usr/bin/env bash
# entrepot tariffs on the shipped config: known rates on known days, what measures make them, and wrong names.
source "$(dirname "$0")/lib.sh"
config=$source_folder/configs/korea-us-2025.yaml

# column DAY REGIME PARTNER SECTOR NAME: one number of the list of flows (benchmark, collected, final).
column() {
    "$ENTREPOT" tariffs "$config" --on "$1" --regime "$2" --partner "$3" --format csv |
        awk -F, -v s="$4" -v c="$5" 'NR == 1 { for (i = 1; i <= NF; i++) if ($i == c) k = i } $3 == s { print $k }'
}

# part DAY REGIME PARTNER SECTOR MEASURE NAME: one number of a measure's row (rate, covered, not_exempt, adds).
part() {
    "$ENTREPOT" tariffs "$config" --on "$1" --regime "$2" --partner "$3" --sector "$4" --format csv |
        awk -F, -v m="$5" -v c="$6" 'NR == 1 { for (i = 1; i <= NF; i++) if ($i == c) k = i } $1 == m { print $k }'
}

# -- Korean cars: the benchmark rate, 25 %, and 15 % all in: collected late, refunded to 1 November
base=$(column 2025-03-01 deal KOR motor_vehicles benchmark)
near "$base" 0.0006 0.001 "benchmark tariff on Korean cars"
near "$(column 2025-03-01 deal KOR motor_vehicles collected)" "$base" 1e-9 "Korean cars before the tariff"
near "$(part 2025-05-15 deal KOR motor_vehicles vehicles-and-parts-25-korea rate)" 25 1e-9 "Korean cars in May 2025"
near "$(column 2025-05-15 deal KOR motor_vehicles collected)" 0.245 0.02 "Korean cars in May 2025, collected"
may=$(column 2025-05-15 deal KOR motor_vehicles collected)
near "$(column 2025-11-15 deal KOR motor_vehicles collected)" "$may" 1e-9 "Korean cars, collected before the notice"
near "$(column 2025-11-15 deal KOR motor_vehicles final)" 0.145 0.01 "Korean cars after refunds"
near "$(column 2025-10-31 deal KOR motor_vehicles final)" "$may" 1e-9 "no refund before 1 November"
near "$(column 2025-12-04 deal KOR motor_vehicles collected)" 0.145 0.01 "Korean cars from the notice on"
near "$(column 2025-12-15 no-deal KOR motor_vehicles collected)" "$may" 1e-9 "Korean cars without a deal"

# -- Steel: 25 % from 12 March, 50 % from 4 June, in both regimes; the United Kingdom stays at 25 %
near "$(part 2025-03-12 deal KOR iron_steel steel-aluminium-25-korea rate)" 25 1e-9 "Korean steel in March"
near "$(part 2025-06-04 deal KOR iron_steel steel-aluminium-50-korea rate)" 50 1e-9 "Korean steel in June"
near "$(part 2025-06-04 no-deal KOR iron_steel steel-aluminium-50-korea rate)" 50 1e-9 "Korean steel in June, no deal"
near "$(part 2025-06-04 deal GBR iron_steel steel-aluminium-25 rate)" 25 1e-9 "British steel in June"

# -- Reciprocal rates; goods under Section 232 do not pay them
near "$(part 2025-06-01 deal KOR textiles reciprocal-10 adds)" 9 1.1 "Korean textiles, baseline"
near "$(part 2025-09-01 deal KOR textiles reciprocal-korea-15 rate)" 15 1e-9 "Korean textiles with the deal"
near "$(part 2025-09-01 no-deal KOR textiles reciprocal-korea-25 rate)" 25 1e-9 "Korean textiles without"
near "$(part 2025-06-01 deal KOR motor_vehicles reciprocal-10 adds)" 0 1e-9 "cars pay no reciprocal tariff"
near "$(column 2025-06-01 deal KOR pharmaceuticals collected)" 0 0.005 "Annex II exempts pharmaceuticals"
near "$(column 2025-06-01 deal CAN textiles collected)" 0.08 0.04 "USMCA leaves a third of Canadian goods"

# -- Japan: 15 % all in, so nothing is added to a benchmark tariff above 15 %, and the total is 15 % where all is covered
japan=$("$ENTREPOT" tariffs "$config" --on 2025-10-01 --partner JPN --sector textiles --format csv)
near "$(echo "$japan" | awk -F, '$1 == "benchmark tariff" { print $7 }')" 6 3 "base rate on Japanese textiles"
near "$(part 2025-10-01 deal JPN motor_vehicles autos-japan not_exempt)" 100 1e-9 "Japanese cars"
near "$(column 2025-10-01 deal JPN motor_vehicles collected)" 0.15 0.015 "Japanese cars at 15 % all in"
near "$(column 2025-09-15 deal JPN motor_vehicles collected)" 0.25 0.03 "Japanese cars the day before"

# -- China: fentanyl adds to the reciprocal rate
near "$(part 2025-04-20 deal CHN textiles reciprocal-china-125 rate)" 125 1e-9 "China in April"
near "$(part 2025-04-20 deal CHN textiles fentanyl-china-20 rate)" 20 1e-9 "China in April, fentanyl"
near "$(part 2025-05-14 deal CHN textiles reciprocal-10 rate)" 10 1e-9 "China after Geneva"
near "$(part 2025-11-10 deal CHN textiles fentanyl-china-truce rate)" 10 1e-9 "China in the truce"

# -- Loading day and knowledge
near "$("$ENTREPOT" tariffs "$config" --on 2025-04-20 --loaded 2025-04-04 --partner KOR --format csv |
    awk -F, '$3 == "textiles" { print $5 - $4 }')" 0 1e-9 "goods on the water before 5 April"
near "$("$ENTREPOT" tariffs "$config" --on 2025-06-20 --known 2025-04-08 --partner KOR --format csv |
    awk -F, '$3 == "textiles" { print $5 - $4 }')" 0.225 0.03 "what was known before the suspension"

# -- The table of all flows names every partner; every format can be written
expect 0 "" "$ENTREPOT" tariffs "$config" --on 2025-09-15
for name in KOR CHN JPN EU27 ASEAN mean motor_vehicles services; do
    grep -q "$name" "$work/stdout" || fail "the table lacks $name"
done
for format in text csv latex json markdown; do
    expect 0 "" "$ENTREPOT" tariffs "$config" --on 2025-09-15 --partner KOR --sector iron_steel --format $format
    [ -s "$work/stdout" ] || fail "nothing in $format"
done

# -- --set reaches the measures
near "$("$ENTREPOT" tariffs "$config" --on 2025-05-15 --set 'regimes.deal.measures[0].rate=0.2' --partner KOR --format csv |
    wc -l)" 17 0 "lines with --set"

# -- Wrong words
expect 64 "nearest known name: KOR" "$ENTREPOT" tariffs "$config" --on 2025-05-15 --partner KRO
expect 64 "nearest known name: machinery" "$ENTREPOT" tariffs "$config" --on 2025-05-15 --sector machinry
expect 64 "nearest known name: deal" "$ENTREPOT" tariffs "$config" --on 2025-05-15 --regime deel
expect 64 "YYYY-MM-DD" "$ENTREPOT" tariffs "$config" --on 2025-02-29
expect 64 "another region" "$ENTREPOT" tariffs "$config" --on 2025-05-15 --partner USA
expect 64 "before they arrive" "$ENTREPOT" tariffs "$config" --on 2025-05-15 --loaded 2025-06-01
expect 64 "no format" "$ENTREPOT" tariffs "$config" --on 2025-05-15 --format pdf
expect 64 "name a day" "$ENTREPOT" tariffs "$config"
expect 64 "PATH=VALUE" "$ENTREPOT" tariffs "$config" --on 2025-05-15 --set slots
expect 66 "cannot be opened" "$ENTREPOT" tariffs "$work/none.yaml" --on 2025-05-15
expect 78 "rule:" "$ENTREPOT" tariffs "$config" --on 2025-05-15 --set slots=many

# -- A threat needs the day it was dropped
cp -r "$source_folder/configs/calibrations" "$work/calibrations"
grep -v 'end_announced: 2025-01-20' "$config" >"$work/threat.yaml"
ENTREPOT_DATA=$source_folder/data expect 78 "end_announced" "$ENTREPOT" tariffs "$work/threat.yaml" --on 2025-05-15

finish "all tariffs as expected"
