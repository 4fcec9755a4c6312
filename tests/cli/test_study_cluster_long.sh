#!/usr/bin/env bash
# One study as a process, as an array job under a real one-node Slurm (two tasks, one of them requeued while it plays),
# and on 1, 2 and 4 ranks of MPI, one of which loses a rank: the merged files are the same bytes (PEM). Skipped where
# neither is installed; ENTREPOT_NEEDS_CLUSTER=1 makes that a failure.
set -o pipefail
source "$(dirname "$0")/lib.sh"
mpi_program=$(dirname "$program")/entrepot-mpi
cluster=$work/cluster
n_run=0
leave() { [ ! -e "$cluster/slurm.conf" ] || "$source_folder/scripts/slurm_one_node.sh" down "$cluster"; rm -rf "$work"; }
chmod 755 "$work"
cd "$work"

cat >two.yaml <<YAML
study: two
config: $source_folder/configs/two-by-two.yaml
replications: 2
set: {slots: 20000, steps: 24}
levers:
  - {name: tariff, path: "regimes.tariff.measures[ten-per-cent].rate", values: [0.05, 0.25]}
uncertainties:
  - {name: lambda, path: parameters.renewal_rate, distribution: {kind: uniform, low: 0.1, high: 0.8}}
  - {name: stock, path: parameters.target_stock, distribution: {kind: triangular, low: 0.5, mode: 1.5, high: 3}}
design: {kind: sobol, points: 40, seed: 3}
outcomes:
  - {name: loss, outcome: exports, view: change, scenario: tariff, base: no-tariff, partner: WORLD}
YAML
"$program" study plan two.yaml -o one.study >/dev/null && "$program" study run one.study --threads 1 -q &&
  "$program" study merge one.study -o one.h5 >/dev/null || fail "the study in one process"

same() { cmp one.h5 "$1" && echo "$2: the same bytes" || fail "$2: other bytes"; }

# -- MPI
if command -v mpirun >/dev/null && [ -x "$mpi_program" ]; then
  n_run=$((n_run + 1))
  export OMPI_ALLOW_RUN_AS_ROOT=1 OMPI_ALLOW_RUN_AS_ROOT_CONFIRM=1
  ranks() { timeout 300 mpirun --oversubscribe --mca mpi_yield_when_idle 1 "$@" </dev/null; }
  for n in 1 2 4; do
    "$program" study plan two.yaml -o "mpi$n.study" >/dev/null
    if [ "$n" = 4 ]; then # a rank is lost, and the same command goes on
      ranks -n 4 "$mpi_program" mpi4.study 1 0 2>/dev/null &
      for _ in $(seq 300); do
        [ "$(ls mpi4.study/shards | grep -c h5)" -ge 3 ] && break
        sleep 0.02
      done
      pkill -KILL -n -f "$mpi_program mpi4.study" || fail "no rank to kill"
      wait $! && fail "mpirun did not notice a lost rank"
      [ "$(ls mpi4.study/shards | grep -c h5)" -ge 3 ] || fail "nothing was kept of a run that lost a rank"
    fi
    ranks -n "$n" "$mpi_program" "mpi$n.study" || fail "$n ranks left with $?"
    "$program" study merge "mpi$n.study" -o "mpi$n.h5" >/dev/null || fail "the merge of $n ranks"
    same "mpi$n.h5" "$n ranks"
  done
else
  echo "no MPI here"
fi

# -- Slurm
if command -v slurmctld >/dev/null && command -v munged >/dev/null && [ "$(id -u)" = 0 ]; then
  n_run=$((n_run + 1))
  "$source_folder/scripts/slurm_one_node.sh" up "$cluster" || fail "no cluster"
  export SLURM_CONF=$cluster/slurm.conf
  "$program" study plan two.yaml -o slurm.study >/dev/null
  "$program" study slurm slurm.study --shards 2 --time 10 -o slurm.h5 >/dev/null || fail "no job scripts"
  sed -i 's/ --quiet$/ --part-seconds 0 --quiet/' slurm.study/slurm/array.sh
  array=$(bash slurm.study/slurm/submit.sh) || fail "the scripts were not taken"
  for _ in $(seq 600); do # until the first task has something to lose
    [ "$(ls slurm.study/shards | grep -c '^00001-of-00002.*h5$')" -ge 2 ] && break
    sleep 0.1
  done
  scontrol requeue "${array}_1" || fail "the first task was not requeued"
  for _ in $(seq 2400); do
    [ -e slurm.h5 ] && [ -z "$(squeue --noheader)" ] && break
    # a requeued task waits two minutes by itself
    scontrol update jobid="${array}_1" starttime=now >/dev/null 2>&1
    sleep 0.1
  done
  grep -q . slurm.study/slurm/*_1.log 2>/dev/null && cat slurm.study/slurm/*_1.log
  [ -e slurm.h5 ] || fail "no merged file: $(squeue) $(tail -n 3 slurm.study/slurm/*.log "$cluster"/log/slurmctld.log)"
  same slurm.h5 "two Slurm tasks, one requeued"
else
  echo "no Slurm here"
fi

if [ $n_failed -eq 0 ] && [ $n_run -lt 2 ]; then
  [ "${ENTREPOT_NEEDS_CLUSTER:-0}" = 1 ] || exit 77
  fail "MPI or Slurm is missing"
fi
exit $((n_failed > 0))
