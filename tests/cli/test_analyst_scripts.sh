#!/usr/bin/env bash
# The analysts' scripts run on a fresh results file: xarray and matplotlib, Stata's CSV, and R where it is installed,
# whose table must be that of entrepot compare.
source "$(dirname "$0")/lib.sh"

"$program" run "$source_folder/configs/korea-us-2025.yaml" -o "$work/run.h5" --set slots=8000 --set replications=4 \
    --set repeats=0 --set steps=14 --no-compare --quiet || fail "the run"

/usr/bin/python3 "$source_folder/scripts/plot_results.py" "$work/run.h5" "$work/python.png" || fail "plot_results.py"
[ "$(head -c 4 "$work/python.png" | tail -c 3)" = PNG ] || fail "plot_results.py made no PNG"

/usr/bin/python3 "$source_folder/scripts/export_stata.py" "$work/run.h5" "$work/stata" KOR-USA || fail "export_stata.py"
# 2 scenarios, 4 replications, 14 months, 1 flow, 16 sectors
[ "$(wc -l <"$work/stata/results.csv")" -eq $((2 * 4 * 14 * 16 + 1)) ] || fail "rows of the CSV for Stata"
head -1 "$work/stata/results.csv" | grep -q '^scenario,world,chance,month,flow,sector,exports,' || fail "its header"
grep -q 'deal,0,0,2025m1,KOR-USA,motor_vehicles,' "$work/stata/results.csv" || fail "its first month"
grep -q 'label variable duty "Duty collected on arrival (million USD per step)"' "$work/stata/results.do" || fail "labels"

if command -v Rscript >/dev/null && Rscript -e 'library(ncdf4)' >/dev/null 2>&1; then
    Rscript "$source_folder/scripts/read_results.R" "$work/run.h5" "$work/r.png" KOR-USA >"$work/r.txt" || fail "R"
    [ "$(head -c 4 "$work/r.png" | tail -c 3)" = PNG ] || fail "R made no PNG"
    r=$(awk '$1 == "motor_vehicles" { print $2 }' "$work/r.txt")
    ours=$("$program" compare "$work/run.h5" --by sector --outcomes exports --periods year1 --partner USA --format csv |
        awk -F, 'NR == 1 { for (i = 1; i <= NF; i++) if ($i == "without") c = i } $0 ~ /motor_vehicles/ { printf "%.0f", $c }')
    [ -n "$r" ] && [ "$r" = "$ours" ] || fail "R has exports of $r, entrepot compare $ours"
else
    echo "Rscript with ncdf4 is not installed: its script was not tried"
fi
finish "the analysts' scripts run"
