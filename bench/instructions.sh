#!/usr/bin/env bash
# Instructions a slot-step takes (Valgrind's callgrind), which, unlike seconds, do not depend on the machine or on what
# else it does. Usage: bench/instructions.sh [check|record], from the source folder; ENTREPOT names the program.
# check compares with the ceilings in bench/instructions.tsv; record writes new ones, a tenth above what was counted.
set -euo pipefail
table=bench/instructions.tsv
program=${ENTREPOT:-build/release/entrepot}
slots=60000 steps=12 burn_in=12

# count KERNEL: instructions in ent_step per slot-step. The program plays two replications, timers off and on.
count() {
  local folder report asked
  folder=$(mktemp -d)
  report=$(valgrind --tool=callgrind --child-silent-after-fork=yes --toggle-collect=ent_step --callgrind-out-file="$folder/out" \
    "$program" bench configs/korea-us-2025.yaml --kernel "$1" --repeats 1 --threads 1 --format csv \
    --set slots=$slots --set steps=$steps --set burn_in=$burn_in 2>&1) || { echo "$report" >&2; return 1; }
  asked=$(sed -n 's/^slots,\([0-9]*\).*/\1/p' <<<"$report")
  sed -n 's/.*Collected : \([0-9]*\).*/\1/p' <<<"$report" |
    awk -v n="$asked" -v t=$((2 * (steps + burn_in))) '{ printf "%.1f\n", $1 / (n * t) }'
  rm -r "$folder"
}

kernels=(portable)
grep -qw avx2 /proc/cpuinfo && kernels+=(avx2) # what Valgrind itself can run, too
case "${1:-check}" in
record)
  printf 'kernel\tinstructions per slot-step\tceiling\n' >$table
  for kernel in "${kernels[@]}"; do
    n=$(count "$kernel")
    printf '%s\t%s\t%.0f\n' "$kernel" "$n" "$(awk "BEGIN { print 1.1 * $n }")" >>$table
  done
  cat $table
  ;;
check)
  failed=0
  for kernel in "${kernels[@]}"; do
    n=$(count "$kernel")
    ceiling=$(awk -F'\t' -v k="$kernel" '$1 == k { print $3 }' $table)
    echo "$kernel: $n instructions per slot-step, ceiling $ceiling"
    awk "BEGIN { exit !($n > 0 && $n <= $ceiling) }" || failed=1
  done
  exit $failed
  ;;
*)
  echo "usage: bench/instructions.sh [check|record]" >&2
  exit 64
  ;;
esac
