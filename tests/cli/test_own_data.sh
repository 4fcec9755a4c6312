#!/usr/bin/env bash
# Benchmarks of own data: the two examples of docs/own-data.md, export and import to the same bytes, a matrix of 194
# countries, another year, and what is refused.
source "$(dirname "$0")/lib.sh"
examples=$source_folder/docs/examples/own-data
cd "$work" || exit 1
bench() { "$program" benchmark "$@"; }

# -- four regions, five sectors: refused with the cells, balanced when asked, then theory and run
cp -r "$examples" own-data && cd own-data || exit 1
expect 65 "112590 million USD are spent there (flows with freight and tariff), 113176 are used" bench import four-regions -o four.h5
grep -q "ALF, agri" "$work/stderr" || fail "the cell is not named"
[ "$(grep -c 'does not balance' "$work/stderr")" -eq 20 ] || fail "not every cell was told"
[ ! -e four.h5 ] || fail "a refused import left a file"
expect 0 "0.368 %" bench import four-regions -o four.h5 --balance
/usr/bin/python3 "$source_folder/scripts/build_benchmark.py" --check four.h5 >/dev/null || fail "the balanced file breaks a rule"
expect 73 "exists" bench import four-regions -o four.h5 --balance
expect 0 "" bench import four-regions -o again.h5 --balance --format csv
[ "$(grep -c , "$work/stdout")" -eq 121 ] || fail "csv has not every change: $(wc -l <"$work/stdout")"
cmp four.h5 again.h5 || fail "the same folder gave other bytes"
/usr/bin/python3 - <<'PYTHON' || fail "balancing is not what it says"
import csv, h5py, numpy as np
f = h5py.File("four.h5")
regions, sectors = ([c.decode() for c in f[k][:]] for k in ("region", "sector"))
def wide(name, *axes):
    rows = {tuple(r[a] for a in axes): r for r in csv.DictReader(open("four-regions/" + name))}
    return lambda *key: np.array([float(rows[key][c]) for c in (regions if name in ("flows.csv", "tariffs.csv") else sectors)])
flows, tariffs = wide("flows.csv", "sector", "origin"), wide("tariffs.csv", "sector", "origin")
for s, code in enumerate(sectors):
    for o, origin in enumerate(regions):
        assert np.array_equal(f["flow"][s, o], flows(code, origin))
        assert np.allclose(f["tariff"][s, o], tariffs(code, origin) / 100, rtol=1e-15)
# an RAS of its own: the same table
final, inputs = wide("final_demand.csv", "region"), wide("inputs.csv", "region", "input_sector")
flow, tariff = f["flow"][()], f["tariff"][()]
output, spent = flow.sum(axis=2).T, (flow * (1 + tariff)).sum(axis=1).T
for r, region in enumerate(regions):
    use = np.column_stack([np.array([inputs(region, i) for i in sectors]), final(region)])
    column = use.sum(axis=0)
    column[-1] = spent[r].sum() - column[:-1].sum()
    for _ in range(3000):
        use *= column / use.sum(axis=0)
        use *= (spent[r] / use.sum(axis=1))[:, None]
    assert np.allclose(f["input_coefficient"][r] * output[r], use[:, :-1], rtol=1e-9)
    assert np.allclose(f["final_demand"][r], use[:, -1], rtol=1e-9)
PYTHON
cat >four.yaml <<YAML
name: four
benchmark: four.h5
start: 2022-01-01
steps: 12
burn_in: 2
seed: 1
replications: 2
slots: 2000
home: ALF
elasticity_set: low
regions: {ALF: ALF, BET: BET, GAM: GAM, ROW: ROW}
sectors: {agri: agri, manuf: manuf, cars: cars, energy: energy, serv: serv}
regimes:
  duty:
    measures:
      - {id: duty, importer: BET, partners: [ALF], sectors: [cars], rate: 0.1, announced: 2022-03-01, effective: 2022-06-01}
  none: {}
scenarios: [duty, none]
YAML
expect 0 "welfare under duty" "$program" theory four.yaml
expect 0 "duty against none" "$program" run four.yaml -o four-run.h5 --quiet

# -- one sector: a matrix, with elasticities of substitution
expect 0 "6 regions, 1 sectors" bench import one-sector -o one.h5
/usr/bin/python3 - <<'PYTHON' || fail "the matrix is not what stands in the file"
import h5py
f = h5py.File("one.h5")
assert f["flow"][0, 0, 3] == float(open("one-sector/flows.csv").readlines()[1].split(",")[4])
assert f["elasticity"][0, 0] == 5.0 and f["value_added_share"][0, 0] == 1.0
PYTHON

# the page's config, as it stands there
sed -n '/^```yaml$/,/^```$/p' "$source_folder/docs/own-data.md" | sed '/^```/d' >one.yaml
expect 0 "welfare under duty" "$program" theory one.yaml
expect 0 "CHN" "$program" explain one.yaml

# -- an export is imported to the same bytes, also of a table that does not balance
for file in four.h5 one.h5 "$source_folder/data/benchmark-cp2015.h5"; do
    rm -rf out again
    expect 0 "" bench export "$file" -o out
    expect 0 "" bench import out -o back.h5
    expect 0 "" bench export back.h5 -o again
    diff -r out again || fail "$file: an import of the export exports other files"
    expect 0 "" bench import again -o twice.h5
    cmp back.h5 twice.h5 || fail "$file: import of an export gave other bytes"
    case $file in *cp2015*) ;; *) cmp "$file" back.h5 || fail "$file: other bytes than before" ;; esac
    /usr/bin/python3 -c '
import h5py, sys, numpy as np
a, b = (h5py.File(f) for f in sys.argv[1:])
for k in ("flow", "tariff", "freight", "input_coefficient", "value_added_share", "final_demand", "collection_wedge", "elasticity"):
    assert np.array_equal(a[k][()], b[k][()]), k' "$file" back.h5 || fail "$file: other values"
    rm back.h5 twice.h5
done
expect 73 "exists" bench export four.h5 -o out

# -- a matrix of 194 countries, long and wide, from gravity and without cells that are zero
mkdir big && awk 'BEGIN {
  print "code,name" >"big/regions.csv"; print "origin,destination,value" >"big/flows.csv"
  printf "origin" >"wide.csv"
  for (d = 1; d <= 194; d++) printf ",N%03d", d >"wide.csv"
  print "" >"wide.csv"
  for (o = 1; o <= 194; o++) {
    printf "N%03d,Country %d\n", o, o >"big/regions.csv"; printf "N%03d", o >"wide.csv"
    for (d = 1; d <= 194; d++) {
      value = o == d ? 9000 * (1 + o % 17) : (o * 7 + d * 3) % 5 ? int(30 * (1 + o % 17) * (1 + d % 17) / (1 + (o > d ? o - d : d - o))) : 0
      if (value > 0) printf "N%03d,N%03d,%d\n", o, d, value >"big/flows.csv"
      printf ",%d", value >"wide.csv"
    }
    print "" >"wide.csv"
  } }'
printf 'code,name\ngoods,Goods\n' >big/sectors.csv
printf 'sector,value\ngoods,5\n' >big/elasticities.csv
printf 'key,value\ntitle,194 countries\nyear,2019\nunit,thousand USD\ntariffs,none\ninputs,none\nmissing_cells,zero\n' >big/manifest.csv
expect 0 "194 regions, 1 sectors" bench import big -o big.h5
cp wide.csv big/flows.csv
expect 0 "194 regions, 1 sectors" bench import big -o big-wide.h5
cmp big.h5 big-wide.h5 || fail "long and wide give other bytes"
{
    printf 'name: big\nbenchmark: big.h5\nstart: 2020-01-01\nsteps: 6\nburn_in: 1\nseed: 1\nreplications: 1\nslots: 400\nhome: N001\n'
    printf 'elasticity_set: own\nregions: all\n'
    printf 'sectors: {goods: goods}\nregimes:\n  duty:\n    measures:\n'
    printf '      - {id: duty, importer: N001, partners: [N002], sectors: [goods], rate: 0.1, announced: 2020-01-01, effective: 2020-02-01}\n'
    printf '  none: {}\nscenarios: [duty, none]\n'
} >big.yaml
expect 0 "194 regions x 1 sectors" "$program" theory big.yaml
expect 0 "" "$program" run big.yaml -o big-run.h5 --quiet --no-compare

# -- another year: what was observed is there, the others grow with it, and the file balances
cat >observed.csv <<CSV
year,sector,origin,destination,value
2017,cars,ALF,BET,1000
2023,cars,ALF,BET,9000
2023,cars,BET,ALF,4500
2023,all,ALF,GAM,5000
CSV
expect 0 "7 cells were observed" bench rebase four.h5 --flows observed.csv --year 2023 -o moved.h5
/usr/bin/python3 - <<'PYTHON' || fail "the rebased file is not what it should be"
import h5py, numpy as np
old, new = h5py.File("four.h5"), h5py.File("moved.h5")
regions, sectors = ([c.decode() for c in old[k][:]] for k in ("region", "sector"))
a, b, g, r = range(4)
cars = sectors.index("cars")
before, after = old["flow"][()], new["flow"][()]
assert after[cars, a, b] == 9000 and after[cars, b, a] == 4500
assert np.isclose(after[:, a, g].sum(), 5000, rtol=1e-12)
assert np.allclose(after[:, a, g] / before[:, a, g], 5000 / before[:, a, g].sum(), rtol=1e-12)
# cars that stay in BET grow with BET's trade in cars, of which a part was observed
seen = {(a, b), (b, a), (a, g)}
pairs = [(b, o) for o in range(4) if o != b] + [(o, b) for o in range(4) if o != b]
growth = (sum((after if (o, d) in seen else before)[cars, o, d] for o, d in pairs)
          / sum(before[cars, o, d] for o, d in pairs))
assert np.isclose(after[cars, b, b] / before[cars, b, b], growth, rtol=1e-12)
assert np.array_equal(old["tariff"][()], new["tariff"][()])
assert np.array_equal(old["value_added_share"][()], new["value_added_share"][()])
assert new.attrs["year"] == 2023
PYTHON
/usr/bin/python3 "$source_folder/scripts/build_benchmark.py" --check moved.h5 >/dev/null || fail "the rebased file breaks a rule"
expect 0 "" bench rebase four.h5 --flows observed.csv --year 2023 --keep-others -o kept.h5
/usr/bin/python3 -c '
import h5py
old, new = h5py.File("four.h5")["flow"][()], h5py.File("kept.h5")["flow"][()]
assert (old != new).sum() == 7' || fail "--keep-others changed more than was observed"
expect 65 "the file has 2017 to 2023" bench rebase four.h5 --flows observed.csv --year 2019 -o no.h5
printf 'year,sector,origin,destination,value\n2023,car,ALF,BET,1\n2023,cars,ALF,BETA,-1\n2023,cars,ALF,BET,1\n2023,cars,ALF,BET,2\n' >bad.csv
expect 65 "nearest known name: cars" bench rebase four.h5 --flows bad.csv --year 2023 -o no.h5
for words in "nearest known name: BET" "stands on line 4 already" "bad.csv:2"; do
    grep -q "$words" "$work/stderr" || fail "the report on bad flows lacks \"$words\""
done
expect 64 "needs --usd-per-unit" bench rebase four.h5 --flows observed.csv --year 2023 --unit "million EUR" -o no.h5

# -- bad folders: every fault at once, with file, line, value, rule and nearest name
broken() { # CODE WORDS FILE SED-EXPRESSION: one file of the example altered
    rm -rf bad && cp -r four-regions bad
    sed -i "$4" "bad/$3"
    expect "$1" "$2" bench import bad -o no.h5 --balance
}
broken 65 "bad/flows.csv:2: agri, ALF, ROW: -5" flows.csv '2s/,[0-9]*$/,-5/'
grep -q "a flow is a finite number, not negative" "$work/stderr" || fail "a negative flow: $(cat "$work/stderr")"
broken 65 "nearest known name: manuf" flows.csv '6s/manuf/manof/'
broken 65 "nearest known name: BET" inputs.csv 's/^BET/BETT/'
broken 65 "stands on line 2 already" tariffs.csv '2{p}'
broken 65 "is no number" final_demand.csv '2s/,[0-9]*/,12 345/'
broken 65 "the first line has 6" flows.csv '3s/,[0-9]*$//'
broken 65 "the manifest needs this key" manifest.csv '/^unit/d'
broken 65 "needs this key: fraction, percent or none" manifest.csv '/^tariffs/d'
broken 65 "nearest known name: percent" manifest.csv 's/percent/per-cent/'
broken 65 "is no key of a manifest" manifest.csv '$atarif,none'
broken 65 "another currency needs the key usd_per_unit" manifest.csv 's/million USD/million EUR/'
broken 65 "most of these fractions are above 1" manifest.csv 's/tariffs,percent/tariffs,fraction/'
broken 65 "in thousands, or in another currency" final_demand.csv 's/,\([0-9][0-9]*\)/,\1000/g'
broken 65 "is not listed, the first of 1 such" final_demand.csv '2s/,[0-9]*/,/'
broken 65 "this word means everything elsewhere" regions.csv 's/^ROW/rest/'
broken 65 "a code is there once" sectors.csv '3{p}'
broken 65 "puts no tariff on what it sells to itself" tariffs.csv '2s/,0,/,7,/'
broken 65 "commas separate" flows.csv 's/,/;/g'
broken 65 "has no domestic sales" flows.csv 's/^\([a-z]*,GAM,[0-9]*,[0-9]*\),[0-9]*/\1,0/'
rm -rf bad && cp -r four-regions bad && rm bad/inputs.csv bad/final_demand.csv bad/manifest.csv
expect 66 "manifest.csv" bench import bad -o no.h5
rm -rf bad && cp -r four-regions bad && rm bad/inputs.csv bad/final_demand.csv
sed -i 's/manuf,BET/manuf,BTE/' bad/flows.csv
expect 65 "BTE" bench import bad -o no.h5
for words in bad/inputs.csv bad/final_demand.csv; do
    grep -q "$words" "$work/stderr" || fail "not all faults at once: $words"
done
# two currencies in one table
awk -F, 'NR == 1 { print "sector,origin,destination,value,unit"; for (i = 3; i <= NF; i++) d[i] = $i; next }
    { for (i = 3; i <= NF; i++) print $1 "," $2 "," d[i] "," $i "," (NR == 4 ? "million EUR" : "million USD") }' \
    four-regions/flows.csv >long.csv
rm -rf bad && cp -r four-regions bad && cp long.csv bad/flows.csv
expect 65 "a folder has one unit and one currency" bench import bad -o no.h5
sed -i 's/million EUR/million USD/' bad/flows.csv
expect 0 "" bench import bad -o long.h5 --balance
cmp four.h5 long.h5 || fail "long and wide give other bytes"
touch bad/freight.csv
expect 65 "the manifest does not say what its numbers are" bench import bad -o no.h5
[ ! -e no.h5 ] || fail "a refused folder left a file"

finish "own data come in, go out and move"
