#!/usr/bin/env bash
# Studies through the program: one process, shards in random order of which some are killed, refusals; the merged bytes
# are the same, and a point is what `entrepot run` makes of the same settings.
set -o pipefail
source "$(dirname "$0")/lib.sh"
export TMPDIR=$work
cd "$work"
small_config small.yaml

cat >two.yaml <<YAML
study: two
config: $work/small.yaml
replications: 2
set: {slots: 1500, steps: 14}
levers:
  - {name: tariff, path: "regimes.tariff.measures[ten-per-cent].rate", values: [0.05, 0.25]}
uncertainties:
  - {name: lambda, path: parameters.renewal_rate, distribution: {kind: uniform, low: 0.1, high: 0.8}}
  - {name: stock, path: parameters.target_stock, distribution: {kind: triangular, low: 0.5, mode: 1.5, high: 3}}
design: {kind: latin_hypercube, points: 16, seed: 3}
outcomes:
  - {name: loss, outcome: exports, view: difference, scenario: tariff, base: no-tariff, partner: WORLD}
  - {name: exports, outcome: exports, period: horizon, sector: goods}
YAML

# -- one process
expect 0 "32 points (2 combinations of levers x 16 rows" "$program" study plan two.yaml -o one.study
expect 0 "" "$program" study plan two.yaml -o one.study # the same again is no fault
expect 0 "" "$program" study run one.study -q
expect 0 "32" "$program" study status one.study --format csv
expect 0 "32 of 32 points" "$program" study merge one.study -o one.h5
expect 73 "exists already" "$program" study merge one.study -o one.h5

# -- eight shards in random order, two of them killed and started again
"$program" study plan two.yaml -o many.study >/dev/null
for shard in $(seq 8 | shuf --random-source=<(yes)); do
    if [ "$shard" = 3 ] || [ "$shard" = 6 ]; then
        "$program" study run many.study --shard "$shard/8" --part-seconds 0 -q &
        child=$!
        for _ in $(seq 3000); do
            [ "$(ls many.study/shards | grep -c "^0000$shard-of-00008\..*h5$")" -ge 1 ] && break
            sleep 0.01
        done
        kill -KILL $child 2>/dev/null
        wait $child 2>/dev/null
    fi
    expect 0 "" "$program" study run many.study --shard "$shard/8" -q
done
expect 0 "32 of 32 points" "$program" study merge many.study -o many.h5
cmp one.h5 many.h5 || fail "shards changed the merged bytes"

# -- threads, each with points of its own; three do not share 32 evenly
for threads in 1 3; do
    "$program" study plan two.yaml -o threads$threads.study >/dev/null
    expect 0 "" "$program" study run threads$threads.study --threads $threads -q
    expect 0 "32 of 32 points" "$program" study merge threads$threads.study -o threads$threads.h5
    cmp one.h5 threads$threads.h5 || fail "$threads threads changed the merged bytes"
done

# -- a point opens no file and makes none: as many calls for 4 points as for 32
file_calls() { # STUDY: opened, made, renamed or removed while it was played
    "$program" study plan "$1.yaml" -o "$1.traced" >/dev/null
    ASAN_OPTIONS=detect_leaks=0 strace -f -qq -o trace -e trace=%file "$program" study run "$1.traced" --threads 1 -q 2>"$work/stderr" || return
    grep -cE '(open|openat|creat|mkdir|rename|renameat2?|link|unlink|unlinkat)\(' trace
}
sed 's/points: 16/points: 2/' two.yaml >few.yaml
if strace -o trace true 2>/dev/null; then
    few=$(file_calls few) many=$(file_calls two)
    [ -n "$few" ] && [ "$few" -gt 5 ] && [ "$few" = "$many" ] || fail "4 points made $few calls for files, 32 points $many"
    sed -i '/\.gcda"/d' trace # what an instrumented program leaves of itself
    strange=$(grep -oE '(O_CREAT|creat\(|mkdir).*' trace | wc -l)
    named=$(grep -E 'O_CREAT|creat\(|mkdir' trace | grep -cE 'shards/00001-of-00001\.(lock|[0-9]{6})')
    [ "$strange" = "$named" ] || fail "made beside parts and their lock: $(grep -E 'O_CREAT|creat\(|mkdir' trace)"
fi

# -- local processes, and a stop that leaves what was played
"$program" study plan two.yaml -o jobs.study >/dev/null
expect 1 "are missing" "$program" study merge jobs.study -o none.h5
"$program" study run jobs.study --shard 1/1 -q 2>"$work/stderr" &
child=$!
for _ in $(seq 3000); do # until it listens to signals
    [ -e jobs.study/shards/00001-of-00001.lock ] && break
    sleep 0.01
done
kill -TERM $child
wait $child
code=$?
[ $code -eq 75 ] || [ $code -eq 0 ] || fail "a stopped study left with $code"
expect 0 "" "$program" study run jobs.study --jobs 2 -q
expect 0 "32 of 32" "$program" study merge jobs.study -o jobs.h5
cmp one.h5 jobs.h5 || fail "processes changed the merged bytes"
expect 0 "32 of 32" "$program" study merge jobs.study -o virtual.h5 --virtual

# -- time limits: a chain of short runs, the first too short for anything, however fast the machine
"$program" study plan two.yaml -o chain.study >/dev/null
code=75 links=0
while [ $code -eq 75 ] && [ $links -lt 200 ]; do
    code=0
    "$program" study run chain.study --jobs $((1 + links % 2)) --max-walltime "$(awk "BEGIN {print 0.001 * 1.15 ^ $links}")" -q 2>"$work/stderr" || code=$?
    links=$((links + 1))
done
[ $code -eq 0 ] && [ $links -gt 1 ] || fail "a chain of $links runs ended with $code: $(cat "$work/stderr")"
expect 0 "32 of 32" "$program" study merge chain.study -o chain.h5
cmp one.h5 chain.h5 || fail "time limits changed the merged bytes"
expect 64 "is no time" "$program" study run chain.study --max-walltime soon
/usr/bin/python3 - <<'PYTHON' || fail "the virtual file, or a point, has other values"
import csv, h5py, json, subprocess, os
one, virtual = h5py.File("one.h5"), h5py.File("virtual.h5")
assert (one["y"][:] == virtual["y"][:]).all()
# the same parameters by hand: 17 is the second lever's first row
point = 17
x = one["x"][point]
rate = one["factor_values"][0].decode().split("\n")[int(x[0])]
program = os.environ.get("ENTREPOT")
sets = [f"regimes.tariff.measures[ten-per-cent].rate={rate}", f"parameters.renewal_rate={x[1]:.17g}",
        f"parameters.target_stock={x[2]:.17g}", "repeats=0", "slots=1500", "steps=14", "replications=2"]
command = [program, "run", "small.yaml", "-o", "point.h5", "--no-compare", "-q"]
subprocess.run(command + [w for s in sets for w in ("--set", s)], check=True)
run = h5py.File("point.h5")
sectors, flows = [v.decode() for v in run["sector"][:]], [v.decode() for v in run["flow"][:]]
e = run["exports"][:].astype("f8")  # scenario, replication, time, sector, flow
flow = flows.index("KOREA-WORLD")
first = e[:, :, :12, :, flow].sum(axis=2)  # over time, in its order
for r in range(2):
    with_, without = (sum(first[s, r, i] for i in range(len(sectors))) for s in (0, 1))
    assert with_ - without == one["y"][point, r, 0], (with_ - without, one["y"][point, r, 0])
    goods = e[0, r, 2:14, sectors.index("goods"), flow].sum()
    assert abs(goods - one["y"][point, r, 1]) <= 1e-12 * goods
PYTHON

# -- refusals
sed 's/0.25/0.3/' two.yaml >other.yaml
expect 78 "the study file has changed" "$program" study plan other.yaml -o one.study
sed "s|small.yaml|two-by-two.yaml|" two.yaml >own.yaml
cp small.yaml two-by-two.yaml
expect 0 "" "$program" study plan own.yaml -o own.study
sed -i 's/^seed: 1$/seed: 2/' two-by-two.yaml
expect 78 "has changed since the plan" "$program" study run own.study -q
expect 78 "the config, its data or the fixed settings has changed" "$program" study plan own.yaml -o own.study
cp many.study/shards/00001-of-00008.000000.*.h5 own.study/shards/
expect 65 "belongs to another plan" "$program" study merge own.study -o own.h5
[ ! -e own.h5 ] || fail "a refused merge left a file"
part=$(ls many.study/shards/*.h5 | head -1)
truncate -s -100 "$part"
expect 65 "without Entrepot's seal" "$program" study merge many.study -o cut.h5
expect 65 "without Entrepot's seal" "$program" study run many.study -q
[ ! -e cut.h5 ] || fail "a merge of a cut part left a file"
rm "$part"
expect 0 "" "$program" study run many.study -q # what was in it is played again, and nothing else
expect 0 "32 of 32" "$program" study merge many.study -o cut.h5
cmp one.h5 cut.h5 || fail "a part that was cut changed the merged bytes"
points_of() { sed -n "s/^$1\.[0-9]*\.n\([0-9]*\)\.f.*h5$/\1/p" | awk '{n += $1} END {print n + 0}'; }
[ "$(ls many.study/shards | points_of 00001-of-00001)" = "$(basename "$part" | points_of 00001-of-00008)" ] ||
    fail "more was played than was cut"
# one writer a shard
locked() { /usr/bin/python3 -c '
import fcntl, subprocess, sys
lock = open(sys.argv[1], "w")
fcntl.lockf(lock, fcntl.LOCK_EX)
sys.exit(subprocess.run(sys.argv[2:]).returncode)' "$@"; }
expect 73 "another process plays this shard" locked one.study/shards/00001-of-00001.lock "$program" study run one.study -q
expect 74 "File too large" bash -c 'ulimit -f 8; exec "$@"' limit "$program" study merge one.study -o large.h5
[ -z "$(ls | grep large.h5)" ] || fail "a merge over a limit left $(ls | grep large.h5)"
cat >bad.yaml <<YAML
study: bad name
config: $work/small.yaml
levers: [{name: a, path: slots}]
uncertainties:
  - {name: b, path: parameters.renewal_rate, distribution: {kind: unifrom, low: 0, high: 1}}
  - {name: b, distribution: {kind: uniform, low: 2, high: 1}}
design: {kind: latin_hypercub, points: 4}
outcomes: [{name: y, outcome: export}]
colour: blue
YAML
expect 78 "nearest known name: uniform" "$program" study plan bad.yaml
for words in "nearest known name: latin_hypercube" "nearest known name: exports" "a lever is a list of values" \
    "colour" "a name is used once" "path"; do
    grep -q "$words" "$work/stderr" || fail "the report of a bad study file lacks \"$words\""
done
[ ! -e bad.study ] || fail "a bad study file left a folder"
sed 's/outcome: exports, period: horizon, sector: goods/outcome: exports, sector: godos/' two.yaml >typo.yaml
expect 78 "nearest known name: goods" "$program" study plan typo.yaml -o typo.study
sed 's/parameters.target_stock/parameters.target_stok/' two.yaml >path.yaml
expect 78 "target_stok" "$program" study plan path.yaml -o path.study
expect 64 "did you mean run" "$program" study rnu one.study
expect 64 "no I/N" "$program" study run one.study --shard 9/8
expect 66 "cannot be opened" "$program" study status nowhere.study

# -- scripts for Slurm: what they say; tests/cli/test_study_cluster_long.sh submits them
expect 0 "submit with" "$program" study slurm one.study --shards 1 --time 90 --notice 600 --at-once 7 -o slurm.h5
for line in "--array=1-1%7" "--time=01:30:00" "--signal=USR1@600" '--shard "$SLURM_ARRAY_TASK_ID/1"'; do
    grep -q -- "$line" one.study/slurm/array.sh || fail "the array script lacks $line"
done
grep -q "merge '$work/one.study' -o '$work/slurm.h5'" one.study/slurm/merge.sh || fail "the merge script: $(cat one.study/slurm/merge.sh)"
for script in one.study/slurm/*.sh; do bash -n "$script" || fail "$script is no script"; done
expect 64 "no part of --time" "$program" study slurm one.study --time 10 --notice 600 -o slurm.h5
expect 64 "either --jobs" "$program" study run one.study --jobs 2 --shard 1/2

# -- points that fail are kept as such and leave the others alone
cat >table.yaml <<YAML
study: table
config: $work/small.yaml
replications: 1
set: {slots: 1500, steps: 14}
uncertainties:
  - {name: closure, path: closure, values: [partial, odd, general]}
design: {kind: table, file: table.csv}
outcomes: [{name: exports, outcome: exports}]
YAML
printf 'closure\npartial\nodd\npartial\n' >table.csv
expect 0 "3 points" "$program" study plan table.yaml
expect 1 "1 points could not be played" "$program" study run table.study -q
expect 0 "point 1: .*closure" "$program" study missing table.study
expect 0 "" "$program" study run table.study -q
expect 1 "1 points could not be played" "$program" study run table.study -q --retry-failed
expect 1 "0 points are missing and 1 failed" "$program" study merge table.study -o table.h5

# -- replications by need
cat >adaptive.yaml <<YAML
study: adaptive
config: $work/small.yaml
set: {slots: 1500, steps: 14}
uncertainties: [{name: lambda, path: parameters.renewal_rate, distribution: {kind: uniform, low: 0.1, high: 0.8}}]
design: {kind: factorial, levels: 3}
outcomes: [{name: loss, outcome: exports, view: change, scenario: tariff, base: no-tariff, partner: WORLD}]
adaptive: {outcome: loss, half_width: 0.5, level: 0.9, first: 4, most: 64}
YAML
expect 0 "3 points" "$program" study plan adaptive.yaml
expect 0 "" "$program" study run adaptive.study -q
expect 0 "3 of 3" "$program" study merge adaptive.study -o adaptive.h5
/usr/bin/python3 - <<'PYTHON' || fail "replications by need"
import h5py, numpy as np
from scipy import stats
y = h5py.File("adaptive.h5")["y"][:, :, 0]
assert y.shape == (3, 64)
for row in y:
    known = row[np.isfinite(row)]
    n = len(known)
    assert 4 <= n <= 64 and np.isfinite(row[:n]).all()
    half = stats.t.ppf(0.95, n - 1) * known.std(ddof=1) / np.sqrt(n)
    assert half <= 0.5 or n == 64, (n, half)
assert {np.isfinite(row).sum() for row in y} != {64}
PYTHON

# -- test models: sizes that would show memory growing with points
peak() { /usr/bin/python3 -c '
import resource, subprocess, sys
subprocess.run(sys.argv[1:], check=True, stdout=subprocess.DEVNULL)
print(resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss)' "$@"; }
for n in 20 2000; do
    cat >ishigami.yaml <<YAML
study: ishigami$n
model: ishigami
uncertainties:
  - {name: x1, distribution: {kind: uniform, low: 0, high: 1}}
  - {name: x2, distribution: {kind: uniform, low: 0, high: 1}}
  - {name: x3, distribution: {kind: uniform, low: 0, high: 1}}
design: {kind: saltelli, points: $n, seed: 7}
YAML
    "$program" study plan ishigami.yaml >/dev/null || fail "the plan of a test model"
    eval "run$n=$(peak "$program" study run ishigami$n.study -q)"
    eval "merge$n=$(peak "$program" study merge ishigami$n.study -o ishigami$n.h5)"
done
# sanitizers keep freed memory
grep -qx "ENT_SANITIZE:STRING=" "$ENTREPOT_BUILD/CMakeCache.txt" 2>/dev/null || run2000=$run20 merge2000=$merge20
[ $((run2000 - run20)) -lt 4096 ] || fail "run took $run20 KiB for 100 points, $run2000 for 10,000"
[ $((merge2000 - merge20)) -lt 4096 ] || fail "merge took $merge20 KiB for 100 points, $merge2000 for 10,000"
echo "memory for 100 and 10,000 points: run $run20 and $run2000 KiB, merge $merge20 and $merge2000 KiB"

# -- analysis
expect 0 "Sobol' indices of y" "$program" study analyse ishigami2000.h5
expect 0 "study_sobol" "$program" study analyse ishigami2000.h5 --format json -o analysis.h5
/usr/bin/python3 - <<'PYTHON' || fail "the indices in the file are not Ishigami's"
import xarray as xr
d = xr.open_dataset("analysis.h5")
for exact, low, high in zip((0.3139, 0.4424, 0.0), d.study_sobol_first_low, d.study_sobol_first_high):
    assert low - 0.005 <= exact <= high + 0.005, (exact, low, high)
for exact, low, high in zip((0.5576, 0.4424, 0.2437), d.study_sobol_total_low, d.study_sobol_total_high):
    assert low - 0.005 <= exact <= high + 0.005, (exact, low, high)
PYTHON
expect 0 "tariff" "$program" study analyse one.h5 --outcome loss --method surface --factors tariff,lambda --format csv
expect 0 "restriction\|Box" "$program" study analyse ishigami2000.h5 --method prim --above 8
expect 64 "nearest known name: loss" "$program" study analyse one.h5 --outcome los
expect 64 "does not fit a latin_hypercube design" "$program" study analyse one.h5 --method sobol
expect 64 "what is of interest" "$program" study analyse one.h5 --method prim
# chance: the mean over rows by replication, as points share their draws; adaptive rows have unequal numbers
expect 0 "" "$program" study analyse one.h5 --method replications --want 2 --level 0.9 --format csv -o chance.h5
expect 0 "" "$program" study analyse adaptive.h5 --method replications --want 0.2 -o chance-adaptive.h5
/usr/bin/python3 - <<'PYTHON' || fail "convergence with replications"
import h5py, numpy as np
from scipy import stats
def check(merged, analysis, level, want):
    y, a = h5py.File(merged)["y"][:, :, 0], h5py.File(analysis)
    lever = h5py.File(merged)["lever"][:]
    n_seen, rows = 0, a["study_replications_n"][:].astype(int)
    for i, n in enumerate(rows):
        if i > 0 and n <= rows[i - 1]:
            n_seen += 1
        values = y[lever == n_seen]
        common = np.isfinite(values).sum(axis=1).min()
        assert n <= common and (i + 1 < len(rows) or n == common)
        means = values.mean(axis=0)[:n]
        own = np.sqrt(np.mean([np.nanvar(row, ddof=1) for row in values]))
        half = lambda sd, m: stats.t.ppf(0.5 + level / 2, m - 1) * sd / np.sqrt(m)
        for name, sd in (("", means.std(ddof=1)), ("row_", own)):
            assert np.isclose(a[f"study_replications_{name}half_width"][i], half(sd, n), rtol=1e-9), (i, n)
            m = a[f"study_replications_{name}needed"][i]
            if np.isinf(m):  # a thousand million and more
                assert half(sd, 1e9) > want
                continue
            assert half(sd, m) <= want and (m == 2 or half(sd, m - 1) > want), (m, half(sd, m))
        assert np.isclose(a["study_replications_mean"][i], means.mean(), rtol=1e-12)
    assert n_seen == lever.max()
check("one.h5", "chance.h5", 0.9, 2)
check("adaptive.h5", "chance-adaptive.h5", 0.95, 0.2)
PYTHON
expect 64 "one replication says nothing" "$program" study analyse ishigami2000.h5 --method replications

# a combination in which nothing moves is named; what too few rows are known for is left out unless asked for
cat >still.yaml <<YAML
study: still
config: $work/small.yaml
replications: 2
set: {slots: 1500, steps: 14}
levers: [{name: tariff, path: "regimes.tariff.measures[ten-per-cent].rate", values: [0, 0.2]}]
uncertainties: [{name: lambda, path: parameters.renewal_rate, distribution: {kind: uniform, low: 0.1, high: 0.8}}]
design: {kind: latin_hypercube, points: 5, seed: 3}
outcomes: [{name: loss, outcome: exports, view: change, scenario: tariff, base: no-tariff, partner: WORLD}]
YAML
expect 0 "10 points" "$program" study plan still.yaml
expect 0 "" "$program" study run still.study -q
expect 0 "10 of 10" "$program" study merge still.study -o still.h5
expect 0 "tariff=0: the outcome does not move" "$program" study analyse still.h5
expect 0 "pawn is left out: 5 rows are too few" "$program" study analyse still.h5
expect 65 "5 rows are too few" "$program" study analyse still.h5 --method pawn

# a table, as of a posterior: its values' ranks are their places, here those of the strata of a Latin hypercube
uniform='{kind: uniform, low: 0, high: 1}'
factors="uncertainties:
  - {name: x1, distribution: $uniform}
  - {name: x2, distribution: $uniform}
  - {name: x3, distribution: $uniform}"
printf 'study: cube\nmodel: ishigami\n%s\ndesign: {kind: latin_hypercube, points: 200, seed: 5}\n' "$factors" >cube.yaml
"$program" study plan cube.yaml >/dev/null && "$program" study run cube.study -q && "$program" study merge cube.study -o cube.h5 >/dev/null
/usr/bin/python3 -c '
import h5py
print("x3,x1,x2")
for x in h5py.File("cube.h5")["x"][:]: print(f"{x[2]:.17g},{x[0]:.17g},{x[1]:.17g}")' >cube.csv
printf 'study: cube\nmodel: ishigami\n%s\ndesign: {kind: table, file: cube.csv}\n' "$factors" >rows.yaml
"$program" study plan rows.yaml -o rows.study >/dev/null && "$program" study run rows.study -q && "$program" study merge rows.study -o rows.h5 >/dev/null
"$program" study analyse cube.h5 --method pawn --format csv >cube.txt
"$program" study analyse rows.h5 --method pawn --format csv | cmp - cube.txt || fail "a table has other indices than the design it was copied from"
expect 0 "x1" "$program" study analyse rows.h5 --method prim --above 5

# particles of a posterior as a table
posterior=$source_folder/data/posterior/us-2025.h5
/usr/bin/python3 "$source_folder/docs/examples/posterior_table.py" "$posterior" 240 lambda theta absorption >particles.csv || fail "no table of particles"
/usr/bin/python3 - "$posterior" <<'PYTHON' || fail "the table is not the posterior"
import h5py, numpy as np, sys
p, table = h5py.File(sys.argv[1]), np.loadtxt("particles.csv", delimiter=",", skiprows=1)
known = [name.decode() for name in p["parameter"][:]]
w, v = p["weight"][:] / p["weight"][:].sum(), p["value"][:]
for column, name in enumerate(("lambda", "theta", "absorption")):
    f = known.index(name)
    for particle in range(len(w)):  # as often as its weight says, to one
        assert abs((table[:, column] == v[particle, f]).sum() - 240 * w[v[:, f] == v[particle, f]].sum()) <= 1, (name, particle)
PYTHON
printf 'study: particles\nmodel: ishigami\n%s\ndesign: {kind: table, file: particles.csv}\n' "${factors//x1/lambda}" |
    sed 's/name: x2/name: theta/; s/name: x3/name: absorption/' >particles.yaml
expect 0 "240 points" "$program" study plan particles.yaml
# -- a disk that is full while a shard plays: nothing half-written, and the same command goes on
"$program" study plan cube.yaml -o full.study >/dev/null
expect 74 "File too large" bash -c 'ulimit -f 8; exec "$@"' limit "$program" study run full.study -q
[ -z "$(find full.study/shards -name "*.h5*")" ] || fail "a full disk left $(ls full.study/shards)"
expect 0 "" "$program" study run full.study -q
expect 0 "200 of 200" "$program" study merge full.study -o full.h5
cmp cube.h5 full.h5 || fail "a full disk changed the merged bytes"
expect 65 "entrepot-study is wanted" "$program" study analyse analysis.h5

finish "studies are sound"
