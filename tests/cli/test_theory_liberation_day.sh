#!/usr/bin/env bash
# entrepot theory with labour supply, tax relief, scale economies, local sales and pass-through: table 1 of Ignatenko,
# Lashkaripour, Macedoni and Simonovska (2025) to its printed digits; best tariffs in closed form; the config's rules.
source "$(dirname "$0")/lib.sh"
config=$source_folder/configs/liberation-day.yaml

theory() {
    "$ENTREPOT" theory "$config" "$@" >"$work/out.csv" || fail "entrepot theory $* failed"
}

# cell ROW COLUMN DIGITS: a number of the CSV as printed with so many digits
cell() {
    awk -F, -v k="$1" -v c="$2" -v d="$3" 'NR == 1 { for (i = 1; i <= NF; i++) if ($i == c) at = i }
        $1 == k { printf "%.*f", d, $at; exit }' "$work/out.csv"
}

# row NAME WELFARE DEFICIT EXPORTS IMPORTS EMPLOYMENT PRICES: to the digits given
row() {
    local name=$1 column
    shift
    for column in welfare deficit exports_gdp imports_gdp employment consumer_price; do
        local digits=${1#*.} found
        found=$(cell "$name" $column ${#digits})
        [ "$found" = "$1" ] || fail "$name, $column: $found, printed $1"
        shift
    done
}

# -- case 1: the announced tariffs, income-tax relief; the paper's average of others has expenditure as weights
theory --by outcome --format csv
row USA 1.13 -18.1 -52.7 -43.6 0.32 12.8
row "mean but USA" -0.58 11.6 -3.2 -3.3 -0.14 -4.7
row KOR -1.71 7.84 -5.39 -6.49 -0.37 -5.15
theory --by outcome --weights gdp --format csv
[ "$(cell "mean but USA" welfare 2)" = -0.67 ] || fail "mean of others by GDP"
theory --by outcome --weights equal --format csv
[ "$(cell "mean but USA" welfare 2)" = -0.37 ] || fail "simple mean of others"

# -- case 2: lump-sum rebate. Its welfare is utility to the last digit, which that of case 1 is not
theory --by outcome --set theory.duties=lump_sum --format csv
row USA -0.01 -18.4 -52.5 -43.3 -0.41 13.1
row "mean but USA" -0.57 11.7 -3.3 -3.4 -0.14 -4.8
[ "$(cell USA welfare 9)" = "$(cell USA utility 9)" ] || fail "welfare of the rebate is not its utility"

# -- case 3: the closed form at the benchmark
theory --by outcome --closed-form USA --apply --format csv
row USA 1.79 -19.1 -55.3 -45.6 0.51 12.6
row "mean but USA" -0.61 17.1 -4.2 -3.7 -0.16 -4.6
"$ENTREPOT" theory "$config" --closed-form USA >"$work/stdout" || fail "--closed-form"
grep -q "trade elasticity 4.00 (ILMS)" "$work/stdout" || fail "the closed form does not print its elasticity"

# -- the text table names the switches, and one region may stand alone
"$ENTREPOT" theory "$config" --by outcome --region KOR >"$work/stdout" || fail "--region KOR"
grep -q "^KOR " "$work/stdout" && ! grep -q "^JPN " "$work/stdout" || fail "--region KOR shows more than Korea"
grep -q "labour supply elasticity 0.5, duties in place of a tax on wages" "$work/stdout" || fail "switches are not named"

# -- parts of real income and the remainder are the change
theory --path 8 --format csv
for region in USA KOR; do
    awk -F, -v k=$region -v parts="terms_of_trade volume_of_trade trade_cost transfer employment_part scale local_sales market_size" \
        'NR == 1 { for (i = 1; i <= NF; i++) at[$i] = i; n = split(parts, part, " ") }
         $1 == k { for (i = 1; i <= n; i++) sum += $at[part[i]]; gap = sum - $at["cp_welfare"]; found = gap < 1e-9 && gap > -1e-9 }
         END { exit !found }' "$work/out.csv" || fail "$region: parts do not add up"
done

# -- reciprocal tariffs as one rule: everybody answers the USA in kind, which costs it what it gained
theory --by outcome --reciprocal USA --format csv
awk "BEGIN { exit !($(cell USA welfare 4) < 0) }" || fail "answered in kind, the USA still gains"
theory --by flow --reciprocal USA --format csv
awk -F, '$1 == "USA" && $2 == "KOR" { found = $5 == 26 } END { exit !found }' "$work/out.csv" || fail "Korea does not answer with 26 %"

# -- iterated: the formula at its own equilibrium, and between two players
theory --closed-form USA --iterate --format csv
[ "$(cell USA rate 1)" != "" ] || fail "--iterate"
"$ENTREPOT" theory "$config" --closed-form USA,CHN --iterate >"$work/stdout" || fail "--iterate, two players"
grep -q "the formula at the equilibrium it brings about: [0-9]* rounds" "$work/stdout" || fail "rounds are not told"

# -- bad input: all of it at once, with place and rule
bad() { # STATUS WORDS ARGUMENTS...
    local status=$1 words=$2
    shift 2
    expect "$status" "$words" "$ENTREPOT" theory "$config" "$@"
}
bad 78 "scale elasticity x trade elasticity stays below 1" --set theory.scale_elasticity=0.25
bad 78 "theory.labour_elasticity" --set theory.labour_elasticity=-1
bad 78 "income_tax" --set theory.duties=income-tax
bad 78 "give \`labour_elasticity\`" --set theory.labour_elasticity=0
bad 78 "a share below 1" --set theory.local_share=1
bad 78 "no such region in this run" --set 'theory.local_share={USSA: 0.2}'
bad 78 "labour_elasticity" --set theory.labor_elasticity=1
bad 64 "--apply goes with" --apply
bad 64 "--iterate goes with" --iterate
bad 64 "one rate on all sectors of all partners" --closed-form USA --by-sector
bad 64 "no such region at this resolution" --reciprocal USSA

finish "table 1 of Ignatenko et al. (2025), its rules and bad input: as they should be"
