#!/usr/bin/env bash
# A real Slurm cluster of one node for tests, without systemd and without touching the machine's own configuration:
# keys, state, logs and sockets stand in FOLDER, ports are free ones. Needs root and the Debian packages slurm-wlm and
# munge. A requeued task waits ten seconds (cred_expire), not Slurm's two minutes.
# Usage: scripts/slurm_one_node.sh up FOLDER | down FOLDER | show FOLDER
# After `up`: export SLURM_CONF=FOLDER/slurm.conf. `show` prints jobs and logs, for a test that failed.
set -euo pipefail

action=${1:?say up, down or show} folder=$(realpath -m "${2:?name a folder}")
node=$(uname -n | cut -d. -f1)
export SLURM_CONF=$folder/slurm.conf

# a port that nobody listens on, from the one given
free_port() {
  local port=$1
  while (: <"/dev/tcp/127.0.0.1/$port") 2>/dev/null; do
    port=$((port + 1))
  done
  echo "$port"
}

configure() {
  local memory cores port
  memory=$(awk '/^MemTotal/ {print int($2 / 1024 * 0.9)}' /proc/meminfo)
  cores=$(nproc)
  port=$(free_port $((20000 + $$ % 5000 * 2)))
  cat >"$SLURM_CONF" <<CONF
ClusterName=onenode
SlurmctldHost=$node(127.0.0.1)
SlurmUser=root
SlurmdUser=root
AuthType=auth/munge
CredType=cred/munge
AuthInfo=socket=$folder/munge/run/socket,cred_expire=10
SlurmctldPort=$port
SlurmdPort=$(free_port $((port + 1)))
StateSaveLocation=$folder/state
SlurmdSpoolDir=$folder/spool
SlurmctldPidFile=$folder/run/slurmctld.pid
SlurmdPidFile=$folder/run/slurmd.pid
SlurmctldLogFile=$folder/log/slurmctld.log
SlurmdLogFile=$folder/log/slurmd.log
ProctrackType=proctrack/linuxproc
TaskPlugin=task/none
JobAcctGatherType=jobacct_gather/none
AccountingStorageType=accounting_storage/none
JobCompType=jobcomp/filetxt
JobCompLoc=$folder/log/completed.txt
MpiDefault=none
ReturnToService=2
SelectType=select/cons_tres
SelectTypeParameters=CR_Core
SchedulerParameters=sched_interval=1
KillWait=30
NodeName=$node NodeAddr=127.0.0.1 CPUs=$cores RealMemory=$memory State=UNKNOWN
PartitionName=all Nodes=$node Default=YES MaxTime=INFINITE State=UP OverSubscribe=NO
CONF
  echo "CgroupPlugin=autodetect" >"$folder/cgroup.conf"
}

up() {
  mkdir -p "$folder"/{munge/run,state,spool,log,run}
  chmod 700 "$folder/munge"
  chmod 755 "$folder/munge/run" "$folder"
  head -c 256 /dev/urandom >"$folder/munge/key"
  chmod 400 "$folder/munge/key"
  configure
  munged --force --key-file="$folder/munge/key" --socket="$folder/munge/run/socket" --pid-file="$folder/run/munged.pid" \
    --log-file="$folder/log/munged.log" --seed-file="$folder/munge/seed" 2>/dev/null
  slurmctld -c
  slurmd -c
  for _ in $(seq 240); do
    if sinfo --noheader --format=%T 2>/dev/null | grep -q idle; then
      return 0
    fi
    sleep 0.5
  done
  echo "slurm_one_node: the node did not come up" >&2
  show >&2
  down
  return 1
}

down() {
  local name pid
  for name in slurmd slurmctld munged; do
    pid=$(cat "$folder/run/$name.pid" 2>/dev/null || true)
    [ -z "$pid" ] || kill "$pid" 2>/dev/null || true
    for _ in $(seq 100); do
      [ -n "$pid" ] && kill -0 "$pid" 2>/dev/null || break
      sleep 0.1
    done
  done
}

show() {
  local log
  timeout 20 scontrol show job || true
  for log in "$folder"/log/*; do
    [ ! -s "$log" ] || { echo "-- $log" && tail -n 60 "$log"; }
  done
}

case $action in
  up | down | show) "$action" ;;
  *)
    echo "slurm_one_node: say up, down or show, not $action" >&2
    exit 64
    ;;
esac
