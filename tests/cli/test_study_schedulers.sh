#!/usr/bin/env bash
# The shard from the environment of each scheduler, scripts for PBS, LSF and Grid Engine played by stand-ins that set
# what those set, points interleaved over levers, and what plan, status and analyse say of an interrupted study.
source "$(dirname "$0")/lib.sh"
cd "$work" || exit 1
for name in $(env | sed -n 's/^\(SLURM_ARRAY[A-Z_]*\|PBS_ARRAY[A-Z_]*\|LSB_JOBINDEX[A-Z_]*\|SGE_TASK[A-Z_]*\|ENTREPOT_SHARDS*\)=.*/\1/p'); do unset "$name"; done
small_config small.yaml
cat >two.yaml <<YAML
study: two
config: $work/small.yaml
replications: 1
set: {slots: 500, steps: 12}
levers: [{name: tariff, path: "regimes.tariff.measures[ten-per-cent].rate", values: [0, 0.1, 0.2]}]
uncertainties: [{name: lambda, path: parameters.renewal_rate, distribution: {kind: uniform, low: 0.1, high: 0.8}}]
design: {kind: latin_hypercube, points: 5, seed: 3}
outcomes: [{name: loss, outcome: exports, view: change, scenario: tariff, base: no-tariff, partner: WORLD}]
YAML
cat >quick.yaml <<YAML
study: two
model: ishigami
uncertainties:
  - {name: x1, distribution: {kind: uniform, low: 0, high: 1}}
  - {name: x2, distribution: {kind: uniform, low: 0, high: 1}}
  - {name: x3, distribution: {kind: uniform, low: 0, high: 1}}
design: {kind: saltelli, points: 3, seed: 7}
YAML
merge() { expect 0 "15 of 15" "$program" study merge "$1" -o "$2" --overwrite; }

# -- what a study will take
expect 0 "expected: .* a point (measured on the first), .* in all on one processor; .* MiB of memory a process, .* MiB of disk" \
    "$program" study plan two.yaml -o one.study
expect 0 "" "$program" study run one.study -q --threads 1
merge one.study one.h5

# -- an interrupted study speaks of every lever: three points are one of each, in every shard layout
"$program" study plan two.yaml -o part.study >/dev/null || fail "no plan"
"$program" study run part.study --shard 1/5 -q --threads 1 || fail "a shard"
"$program" study merge part.study -o part.h5 >/dev/null 2>&1
/usr/bin/python3 -c '
import h5py, numpy as np
f = h5py.File("part.h5")
played = f["point_status"][()] == 1
assert played.sum() == 3 and sorted(f["lever"][()][played]) == [0, 1, 2], f["lever"][()][played]' || fail "a shard holds one lever alone"
expect 1 "of 3 of 3 combinations of levers nothing is known" "$program" study analyse part.h5 --method convergence
grep -q "tariff=0.2: only 1 of 5 points played" stdout || fail "points played are not counted: $(cat stdout)"
expect 0 "" "$program" study run part.study --shard 2/5 -q
expect 0 "" "$program" study status part.study --format csv
/usr/bin/python3 -c '
import csv
row = list(csv.DictReader(open("stdout")))[0]
assert row["points"] == "15" and row["played"] == "6" and row["missing"] == "9", row
rate, left = float(row["rate"]), float(row["left"])
assert rate > 0 and abs(left * rate - 9) < 1e-6, row' || fail "the rate and the time left: $(cat stdout)"
expect 0 "% " "$program" study status part.study
grep -q "%%" stdout && fail "a unit of two signs of per cent"

# -- points of a lever that were not played do not stand still
/usr/bin/python3 - <<'PYTHON'
import h5py, numpy as np, shutil
shutil.copy("one.h5", "lever.h5")
with h5py.File("lever.h5", "r+") as f:
    y = f["y"][()]
    y[f["lever"][()] == 1] = np.nan
    f["y"][...] = y
PYTHON
/usr/bin/python3 "$source_folder/scripts/seal.py" lever.h5 || fail "no seal"
for method in regression tornado convergence; do
    got=0
    "$program" study analyse lever.h5 --method $method >stdout 2>stderr || got=$?
    [ $got -eq 1 ] || fail "$method of a lever without values left with $got"
    grep -q "tariff=0.1: no values: 5 of 5 points missing or failed" stdout || fail "$method: $(cat stdout)"
    grep -q "tariff=0.1: the outcome does not move" stdout && fail "$method: what was not played does not move"
done
expect 0 "tariff=0: the outcome does not move" "$program" study analyse one.h5 --method regression

# -- one study under every scheduler's environment: the same bytes
"$program" study plan quick.yaml -o fresh.study >/dev/null || fail "no plan"
plan() { cp -r fresh.study "$1"; }
rm -r one.study && plan one.study && "$program" study run one.study -q && merge one.study one.h5
# play NAME VARIABLES-OF-TASK...: the words of each task with @ for its number from 0 and # for that from 1
play() {
    local name=$1 words=() word
    shift
    plan "$name.study"
    for task in 0 1 2; do
        words=()
        for word in "$@"; do
            word=${word//@/$task}
            words+=("${word//#/$((task + 1))}")
        done
        env "${words[@]}" "$program" study run "$name.study" --threads 1 2>stderr || fail "$name, task $task: $(cat stderr)"
        grep -q "shard $((task + 1)) of 3, by " stderr || fail "$name does not say which shard: $(cat stderr)"
    done
    merge "$name.study" "$name.h5"
    cmp one.h5 "$name.h5" || fail "$name: other bytes"
}
play slurm SLURM_ARRAY_TASK_ID=# SLURM_ARRAY_TASK_COUNT=3 SLURM_ARRAY_TASK_MIN=1 SLURM_ARRAY_TASK_MAX=3 SLURM_ARRAY_TASK_STEP=1
play slurm0 SLURM_ARRAY_TASK_ID=@ SLURM_ARRAY_TASK_COUNT=3 SLURM_ARRAY_TASK_MIN=0 SLURM_ARRAY_TASK_MAX=2 SLURM_ARRAY_TASK_STEP=1
play pbs PBS_ARRAY_INDEX=# ENTREPOT_SHARDS=3
play torque PBS_ARRAYID=# ENTREPOT_SHARDS=3
play lsf LSB_JOBINDEX=# LSB_JOBINDEX_END=3 LSB_JOBINDEX_STEP=1
play sge SGE_TASK_ID=# SGE_TASK_FIRST=1 SGE_TASK_LAST=3 SGE_TASK_STEPSIZE=1
play condor _CONDOR_PROCNO=@ _CONDOR_NPROCS=3
play condor-queue ENTREPOT_INDEX=@ ENTREPOT_SHARDS=3
play kubernetes JOB_COMPLETION_INDEX=@ ENTREPOT_SHARDS=3
play aws AWS_BATCH_JOB_ARRAY_INDEX=@ AWS_BATCH_JOB_ARRAY_SIZE=3
play hand ENTREPOT_SHARD=# ENTREPOT_SHARDS=3 SLURM_ARRAY_TASK_ID=7

# tasks outside an array play all; --shard goes before; what cannot be known is asked for
plan whole.study
expect 0 "" env LSB_JOBINDEX=0 SGE_TASK_ID=undefined "$program" study run whole.study --threads 1
merge whole.study whole.h5
expect 0 "" env SLURM_ARRAY_TASK_ID=9 SLURM_ARRAY_TASK_COUNT=2 "$program" study run whole.study --shard 1/1
expect 64 "does not say of how many" env PBS_ARRAY_INDEX=1 "$program" study run whole.study
expect 0 "shard 2 of 9, by PBS_ARRAY_INDEX" env PBS_ARRAY_INDEX=2 "$program" study run whole.study --shards 9
expect 64 "is none of the 2 shards" env SLURM_ARRAY_TASK_ID=7 SLURM_ARRAY_TASK_COUNT=2 SLURM_ARRAY_TASK_MIN=3 "$program" study run whole.study
expect 0 "shard 7 of 9" env SLURM_ARRAY_TASK_ID=7 SLURM_ARRAY_TASK_COUNT=2 SLURM_ARRAY_TASK_MIN=3 "$program" study run whole.study --shards 9
expect 64 "name different shards" env JOB_COMPLETION_INDEX=0 PBS_ARRAY_INDEX=2 ENTREPOT_SHARDS=3 "$program" study run whole.study
expect 64 "neither --shard I/N nor a scheduler" "$program" study run whole.study --shards 9

# -- scripts, played by stand-ins: each runs the script once a task, with the variable its scheduler sets
mkdir bin
cat >bin/qsub <<'STUB'
#!/usr/bin/env bash
# PBS and Grid Engine: array.sh is played for its tasks, others once; dependencies have ended by then
for script; do :; done
if n=$(sed -n 's/^#PBS -J 1-\([0-9]*\).*/\1/p' "$script") && [ -n "$n" ]; then
    for i in $(seq "$n"); do PBS_ARRAY_INDEX=$i bash "$script" >>"$LOG" 2>&1 || echo "task $i: $?" >>"$LOG"; done
    echo "7[].server"
elif n=$(sed -n 's/^#\$ -t 1-\([0-9]*\).*/\1/p' "$script") && [ -n "$n" ]; then
    for i in $(seq "$n"); do SGE_TASK_ID=$i bash "$script" >>"$LOG" 2>&1 || echo "task $i: $?" >>"$LOG"; done
    echo "7.1-$n:1"
else
    echo "$*" >>"$LOG"
    bash "$script" >>"$LOG" 2>&1
    echo 8
fi
STUB
cat >bin/bsub <<'STUB'
#!/usr/bin/env bash
cat >script.$$
echo "$*" >>"$LOG"
n=$(sed -n 's/^#BSUB -J "[^[]*\[1-\([0-9]*\)\].*/\1/p' script.$$)
for i in $(seq "${n:-1}"); do LSB_JOBINDEX=$i bash script.$$ >>"$LOG" 2>&1 || echo "task $i: $?" >>"$LOG"; done
echo "Job <7> is submitted to queue <normal>."
STUB
chmod +x bin/*
for scheduler in pbs lsf sge; do
    plan "jobs-$scheduler.study"
    expect 0 "submit with: bash jobs-$scheduler.study/$scheduler/submit.sh" "$program" study $scheduler "jobs-$scheduler.study" \
        --shards 3 --time 90 --notice 60 --at-once 2 --partition fast --threads 2 -o "jobs-$scheduler.h5"
    LOG=$work/$scheduler.log PATH=$work/bin:$PATH bash "jobs-$scheduler.study/$scheduler/submit.sh" >ids || fail "$scheduler: $(cat "$scheduler.log")"
    [ "$(cat ids | sed 's/[^0-9].*//')" = 7 ] || fail "$scheduler: the array's number: $(cat ids)"
    cmp one.h5 "jobs-$scheduler.h5" || fail "$scheduler: other bytes: $(cat "$scheduler.log")"
    ls "jobs-$scheduler.study/shards" | grep -q "00003-of-00003" || fail "$scheduler: its tasks were not played"
done
for line in "jobs-pbs.study/pbs/array.sh:#PBS -J 1-3%2" "jobs-pbs.study/pbs/array.sh:#PBS -l walltime=01:30:00" \
    "jobs-pbs.study/pbs/merge.sh:#PBS -q fast" "jobs-lsf.study/lsf/array.sh:#BSUB -J \"two\[1-3\]%2\"" \
    "jobs-lsf.study/lsf/array.sh:#BSUB -Q \"75\"" "jobs-sge.study/sge/array.sh:#\$ -tc 2" \
    "jobs-sge.study/sge/array.sh:#\$ -pe smp 2" "jobs-sge.study/sge/array.sh:code=99" "jobs-pbs.study/pbs/array.sh:--max-walltime 5340"; do
    grep -q -- "${line#*:}" "${line%%:*}" || fail "${line%%:*} lacks ${line#*:}"
done
grep -q "depend=afterany:7\[\].server" pbs.log || fail "PBS: the merge does not wait"
grep -q "ended(7)" lsf.log || fail "LSF: the merge does not wait"
grep -q "hold_jid 7 " sge.log || fail "Grid Engine: the merge does not wait"
expect 0 "" "$program" study sge one.study --shards 2 -o sge.h5
grep -q "^#. -\(pe\|q\|tc\) " one.study/sge/array.sh && fail "options nobody gave stand in a script"
expect 78 "has at least 2 tasks" "$program" study pbs one.study --shards 1 -o pbs.h5
mkdir "a folder" && cp -r one.study "a folder/"
expect 78 "PBS takes no folder name" "$program" study pbs "a folder/one.study" --shards 2 -o pbs.h5
expect 0 "" "$program" study lsf "a folder/one.study" --shards 2 -o lsf.h5

finish "shards are found under every scheduler"
