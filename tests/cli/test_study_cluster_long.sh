#!/usr/bin/env bash
# One study, two points of which cannot be played, as a process, on 1, 2 and 4 ranks of MPI, one of which loses a rank,
# and as an array job under a real one-node Slurm (two tasks, one requeued by hand and one warned as before its limit
# while they play; another array cancelled and submitted again): the merged files are the same bytes (PEM). Skipped
# where neither is installed; ENTREPOT_NEEDS_CLUSTER=1 makes that a failure.
set -uo pipefail
source_folder=${ENTREPOT_SOURCE:-$(cd "$(dirname "$0")/../.." && pwd)}
program=${ENTREPOT:-$source_folder/build/release/entrepot}
mpi_program=$(dirname "$program")/entrepot-mpi
has_mpi=0 has_slurm=0
command -v mpirun >/dev/null && [ -x "$mpi_program" ] && has_mpi=1
command -v slurmctld >/dev/null && command -v munged >/dev/null && [ "$(id -u)" = 0 ] && has_slurm=1
if [ $((has_mpi + has_slurm)) -lt 2 ]; then
  echo "MPI: $has_mpi, Slurm: $has_slurm"
  [ "${ENTREPOT_NEEDS_CLUSTER:-0}" != 1 ] || exit 1
  [ $((has_mpi + has_slurm)) -gt 0 ] || exit 77
fi

work=$(mktemp -d)
cluster=$work/cluster
one_node=$source_folder/scripts/slurm_one_node.sh
fail() { echo "FAILED: $*" | tee -a "$work/failed" >&2; } # also from what runs in the background
finish() { [ ! -e "$cluster/slurm.conf" ] || "$one_node" down "$cluster"; rm -rf "$work"; }
trap finish EXIT
chmod 755 "$work"
cd "$work"

# until SECONDS COMMAND...: waits until the command is true
until_true() {
  local end=$((SECONDS + $1))
  shift
  until "$@"; do
    [ $SECONDS -lt $end ] || return 1
    sleep 0.05
  done
}
# parts FOLDER [SHARD]: how many are there
parts() { find "$1/shards" -name "${2:-}*.h5" | wc -l; }
has_parts() { [ "$(parts "$1")" -ge "$2" ]; }

cat >two.yaml <<YAML
study: two
config: $source_folder/configs/two-by-two.yaml
replications: 2
set: {slots: 8000, steps: 24}
levers:
  - {name: tariff, path: "regimes.tariff.measures[ten-per-cent].rate", values: [0.05, 0.25]}
uncertainties:
  - {name: lambda, path: parameters.renewal_rate, distribution: {kind: uniform, low: 0.1, high: 0.8}}
  - {name: stock, path: parameters.target_stock, distribution: {kind: triangular, low: 0.5, mode: 1.5, high: 3}}
  - {name: closure, path: closure, values: [partial, odd, general]}
design: {kind: table, file: two.csv}
outcomes:
  - {name: loss, outcome: exports, view: change, scenario: tariff, base: no-tariff, partner: WORLD}
YAML
awk 'BEGIN { print "lambda,stock,closure"
  for (i = 0; i < 20; i++) printf "%.3f,%.2f,%s\n", 0.1 + 0.035 * i, 0.5 + i * 7 % 20 / 8, i == 7 ? "odd" : "partial" }' >two.csv

# plan FOLDER; merge FOLDER FILE: two points failed and none is missing, which is exit code 1; same FILE WHAT
plan() { "$program" study plan two.yaml -o "$1" >/dev/null || fail "the plan of $1"; }
merge() {
  "$program" study merge "$1" -o "$2" >merge.log 2>&1
  [ $? -eq 1 ] && grep -q "0 points are missing and 2 failed" merge.log || fail "the merge of $1: $(cat merge.log)"
}
same() { cmp one.h5 "$1" && echo "$2: the same bytes" || fail "$2: other bytes"; }

plan one.study
"$program" study run one.study --threads 1 -q 2>/dev/null
[ $? -eq 1 ] || fail "a study with points that cannot be played left with another code"
merge one.study one.h5

# -- MPI: a point that cannot be played stops no rank; a rank that is lost takes its part, and the same command goes on
ranks() { timeout 300 mpirun --oversubscribe --mca mpi_yield_when_idle 1 "$@" </dev/null >ranks.log 2>&1; }
rank_of() { pid=$(pgrep -n -f "^$mpi_program $1") && [ -e "$1/shards/00004-of-00004.lock" ]; }
on_ranks() {
  local n=$1 folder=mpi$1.study code pid
  plan "$folder"
  if [ "$n" = 4 ]; then
    ranks -n 4 "$mpi_program" "$folder" 1 0 &
    until_true 120 rank_of "$folder" || fail "no rank came to play: $(cat ranks.log)"
    kill -STOP "$pid" # what it plays is not put away before it is killed
    until_true 120 has_parts "$folder" 3 || fail "the other ranks do not play"
    kill -KILL "$pid"
    wait $! && fail "mpirun did not notice a lost rank"
    has_parts "$folder" 3 || fail "nothing was kept of a run that lost a rank"
    has_parts "$folder" 40 && fail "the run that lost a rank played all"
  fi
  ranks -n "$n" "$mpi_program" "$folder" # 1: points failed, in this run or the one before
  code=$?
  [ $code -eq 1 ] || { [ "$n" = 4 ] && [ $code -eq 0 ]; } || fail "$n ranks left with $code: $(cat ranks.log)"
  merge "$folder" "mpi$n.h5"
  same "mpi$n.h5" "$n ranks"
}
if [ $has_mpi = 1 ]; then
  export OMPI_ALLOW_RUN_AS_ROOT=1 OMPI_ALLOW_RUN_AS_ROOT_CONFIRM=1
  for n in 1 2 4; do on_ranks "$n"; done
fi

# -- Slurm
# submit FOLDER FILE: scripts, array and merge; the number of the array is printed
submit() {
  "$program" study slurm "$1" --shards 2 --time 10 -o "$2" >/dev/null || fail "no job scripts"
  sed -i 's/ --quiet$/ --part-seconds 0 --quiet/' "$1/slurm/array.sh"
  bash "$1/slurm/submit.sh" || fail "the scripts were not taken"
}
# interrupt FOLDER TASK COMMAND...: the command, while the task plays and is held; the signal that Slurm sends it is seen
# to arrive before it may go on
program_of() { pid=$(pgrep -f "^$program study run $work/$1 --shard $2/2 ") && [ -e "$1/shards/0000$2-of-00002.lock" ]; }
was_signalled() {
  local state pending
  read -r state pending < <(awk '/^State/ {s = $2} /^ShdPnd/ {p = $2} END {print s, p}' "/proc/$1/status" 2>/dev/null)
  [ "$state" != T ] || [ $((0x${pending:-0})) -ne 0 ]
}
interrupt() {
  local folder=$1 task=$2 pid
  shift 2
  until_true 120 program_of "$folder" "$task" || { fail "task $task did not start"; return; }
  kill -STOP "$pid"
  "$@" || fail "$*"
  until_true 60 was_signalled "$pid" || fail "no signal came to task $task"
  kill -CONT "$pid" 2>/dev/null
}
queue_is_empty() {
  local queue
  queue=$(squeue --noheader) && [ -z "$queue" ]
}
say_why() {
  for log in *.study/slurm/*.log; do echo "-- $log" && cat "$log"; done
  "$one_node" show "$cluster"
}
under_slurm() {
  local array log again="cancelled and again.study"
  "$one_node" up "$cluster" || { fail "no cluster"; return; }
  export SLURM_CONF=$cluster/slurm.conf
  plan slurm.study
  plan "$again"
  array=$(submit slurm.study slurm.h5)
  interrupt slurm.study 1 scontrol requeue "${array}_1" &
  interrupt slurm.study 2 scancel --signal=USR1 "${array}_2" &
  wait
  array=$(submit "$again" cancelled.h5)
  interrupt "$again" 1 scancel "$array"
  until_true 300 queue_is_empty || fail "the queue does not empty: $(squeue)"
  for log in slurm.study/slurm/[0-9]*_[12].log; do
    grep -q "stopped on request after .* of 20 points" "$log" || fail "$log: not stopped while it played"
  done
  grep -q "0 points are missing and 2 failed" slurm.study/slurm/merge_*.log || fail "the merge did not say what failed"
  same slurm.h5 "two Slurm tasks, one requeued and one warned"
  grep -q ": [1-9][0-9]* points are missing" "$again"/slurm/merge_*.log || fail "a cancelled array was played on"
  submit "$again" cancelled.h5 >/dev/null
  until_true 300 queue_is_empty || fail "the queue does not empty: $(squeue)"
  same cancelled.h5 "a cancelled array, submitted again"
}
if [ $has_slurm = 1 ]; then
  under_slurm
  [ ! -e failed ] || say_why
fi

[ ! -e failed ] || exit 1
[ $((has_mpi + has_slurm)) -eq 2 ] || exit 77
