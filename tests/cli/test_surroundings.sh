#!/usr/bin/env bash
# Odd surroundings: a locale with a decimal comma, threads asked for that cannot be, a second signal while the first is answered,
# a limit on memory. The same values, or a clear end with nothing half-written.
source "$(dirname "$0")/lib.sh"
config=$work/small.yaml
small_config "$config"

run() {
    local name=$1
    shift
    "$@" "$ENTREPOT" run "$config" --set steps=6 --set slots=2000 --replications 3 --quiet -o "$work/$name.h5" \
        >"$work/$name.out" 2>"$work/$name.err"
}

# same NAME...: the files have the same values, the printed tables the same bytes
same() {
    local name
    for name in "$@"; do
        h5diff --exclude-path=/provenance "$work/plain.h5" "$work/$name.h5" >"$work/diff" 2>&1 || fail "$name: $(head -3 "$work/diff")"
        cmp -s "$work/plain.out" "$work/$name.out" || fail "$name prints other tables"
    done
}

run plain env LC_ALL=C || fail "the plain run: $(cat "$work/plain.err")"

# -- a decimal comma, in what is read and in what is printed
if localedef -i de_DE -f UTF-8 "$work/de_DE.UTF-8" 2>/dev/null; then
    [ "$(env LOCPATH="$work" LC_ALL=de_DE.UTF-8 /usr/bin/printf "%.1f" 0,5 2>/dev/null)" = 0,5 ] || fail "the locale has no comma"
    # glibc's newlocale loses 36 bytes where LOCPATH is set
    run comma env ASAN_OPTIONS=detect_leaks=0 LOCPATH="$work" LC_ALL=de_DE.UTF-8 LANG=de_DE.UTF-8 || fail "a decimal comma: $(cat "$work/comma.err")"
    same comma
else
    echo "not tried: a decimal comma (no locale sources here)"
fi
run nowhere env LC_ALL=xx_XX.UTF-8 || fail "a locale that is not there: $(cat "$work/nowhere.err")"
same nowhere

# -- threads
run none env OMP_NUM_THREADS=0 || fail "zero threads in the environment: $(cat "$work/none.err")"
run words env OMP_NUM_THREADS=many || fail "nonsense in the environment: $(cat "$work/words.err")"
same none words
for n in 0 -1 5000 two ''; do
    "$ENTREPOT" run "$config" --threads "$n" -o "$work/threads.h5" >/dev/null 2>"$work/err"
    [ $? -eq 64 ] || fail "--threads '$n' is not refused"
    grep -q -- "--threads" "$work/err" || fail "--threads '$n': $(cat "$work/err")"
    [ ! -e "$work/threads.h5" ] || fail "--threads '$n' wrote a file"
done

run crowd env OMP_NUM_THREADS=99999 || fail "99999 threads in the environment: $(cat "$work/crowd.err")"
grep -q "OMP_NUM_THREADS is 99999" "$work/crowd.err" || fail "99999 threads: $(cat "$work/crowd.err")"
same crowd

# -- standard streams that are closed or full: told, with the results whole, and no file in their place
for to in '>&-' '>/dev/full'; do
    eval "\"$ENTREPOT\" run \"$config\" --set steps=6 --set slots=2000 --replications 3 --quiet -o \"$work/stream.h5\" --overwrite $to" 2>"$work/err"
    code=$?
    [ $code -eq 74 ] || fail "standard output $to ends with $code"
    grep -q "standard output: the tables could not be written" "$work/err" || fail "$to: $(cat "$work/err")"
    grep -q "stream.h5 is whole" "$work/err" || fail "$to does not say that the results are there: $(cat "$work/err")"
    h5diff --exclude-path=/provenance "$work/plain.h5" "$work/stream.h5" >/dev/null || fail "$to: other results"
done
run shut bash -c 'exec "$@" 0<&- 2>&-' - || fail "closed input and errors"
same shut

# -- more memory than the machine has: the plan says so
"$ENTREPOT" run "$config" --set slots=900000000 --dry-run >"$work/plan" 2>"$work/err" || fail "a plan: $(cat "$work/err")"
needed=$(sed -n 's/^memory *\([0-9,]*\).*/\1/p' "$work/plan" | tr -d ,)
if [ "$needed" -gt $(($(getconf _PHYS_PAGES) * $(getconf PAGESIZE) / 1048576)) ]; then
    grep -q "memory.*MORE than the" "$work/plan" || fail "no word of memory: $(grep memory "$work/plan")"
fi

# -- little memory: a limit on the address space, at several places of the run
for megabytes in 28 32 36 40 44 48; do
    (ulimit -v $((megabytes * 1024)) && OMP_NUM_THREADS=1 run limit env OMP_STACKSIZE=256k) 2>/dev/null
    code=$?
    case $code in
    0) same limit && rm -f "$work/limit.h5" ;;
    65 | 66 | 70 | 71 | 73 | 74 | 127) [ -s "$work/limit.err" ] || fail "$megabytes MiB: ends with $code and says nothing" ;;
    *) fail "$megabytes MiB: ends with $code: $(cat "$work/limit.err")" ;;
    esac
    [ ! -e "$work/limit.h5" ] || fail "$megabytes MiB: ends with $code and leaves a file"
done

# -- a second signal
"$ENTREPOT" run "$config" --replications 100000 --quiet -o "$work/twice.h5" 2>"$work/err" &
pid=$!
for _ in $(seq 100); do
    compgen -G "$work/twice.h5.*.tmp" >/dev/null && break
    sleep 0.1
done
kill -TERM $pid
kill -TERM $pid
wait $pid
code=$?
case $code in 75 | 143) ;; *) fail "two signals end with $code: $(cat "$work/err")" ;; esac
[ ! -e "$work/twice.h5" ] || fail "two signals left a file that looks whole"

# -- a second signal while a checkpoint is written, which is all the time here; then the same command to the end
saving() {
    "$ENTREPOT" run "$config" --set steps=6 --set slots=5000 --replications 3 --quiet --no-compare --threads 2 \
        --checkpoint-every 0.000001 -o "$work/$1.h5" 2>"$work/err"
}
saving undisturbed || fail "saving after every step: $(cat "$work/err")"
for moment in 0.05 0.1 0.2 0.3; do
    saving signals &
    pid=$!
    sleep $moment
    pkill -TERM -P $pid 2>/dev/null && sleep 0.01 && pkill -TERM -P $pid 2>/dev/null
    wait $pid
    code=$?
    case $code in 0 | 75 | 143) ;; *) fail "two signals while saving end with $code: $(cat "$work/err")" ;; esac
    [ $code -ne 0 ] || break
done
[ -e "$work/signals.h5" ] || saving signals || fail "the run does not go on: $(cat "$work/err")"
h5diff --exclude-path=/provenance "$work/undisturbed.h5" "$work/signals.h5" >"$work/diff" 2>&1 ||
    fail "two signals while saving: $(head -3 "$work/diff")"

finish "all surroundings are borne"
