#!/usr/bin/env bash
# kills N: N SIGKILLs of runs and studies at random moments, where the system lets us with process numbers that repeat as
# in a container. Every same command completes afterwards, and leaves nothing but its output. Sourced by the tests.

# Numbers of processes begin again at 1 in a namespace of their own.
spaced=()
unshare --pid --fork --mount-proc true 2>/dev/null && spaced=(unshare --pid --fork --mount-proc --kill-child)

# killed DELAY COMMAND...: the command, killed after so many seconds if it still runs
killed() {
    local delay=$1
    shift
    setsid "${spaced[@]}" "$@" >/dev/null 2>&1 &
    local group=$!
    sleep "$delay"
    kill -KILL -- "-$group" 2>/dev/null
    wait $group 2>/dev/null
}

# left FOLDER: temporary files, locks of outputs and folders of checkpoints in it
left() { find "$1" \( -name '*.tmp' -o -name '*.h5.lock' -o -name '*.checkpoint' -o -name '*.again-*' \) | head -3; }

moment() { awk -v r="$RANDOM" -v most="$1" 'BEGIN { print r / 32768 * most }'; }

kill_runs() {
    local run=("$program" run small.yaml -q --no-compare --threads 1 --checkpoint-every 0.01)
    local slower=(--set slots=8000 --replications 4)
    for _ in $(seq "$1"); do
        killed "$(moment 0.5)" "${run[@]}" "${slower[@]}" -o run.h5 --overwrite
        expect 0 "" "${spaced[@]}" "${run[@]}" "${slower[@]}" -o run.h5 --overwrite
        [ -z "$(left .)" ] || fail "a run left $(left .)"
    done
}

kill_studies() {
    cat >study.yaml <<STUDY
study: kills
config: small.yaml
set: {slots: 400, steps: 3, replications: 2}
uncertainties:
  - {name: sigma, path: parameters.slot_elasticity, distribution: {kind: uniform, low: 2, high: 3}}
outcomes: [{name: x, outcome: exports, view: difference, scenario: tariff, base: no-tariff, partner: WORLD}]
design: {kind: latin_hypercube, points: 12, seed: 1}
STUDY
    mkdir -p temporary
    for i in $(seq "$1"); do
        rm -rf plan
        expect 0 "" "$program" study plan study.yaml -o plan
        TMPDIR=$PWD/temporary killed "$(moment 0.4)" "$program" study run plan --threads 1
        expect 0 "" env TMPDIR="$PWD/temporary" "${spaced[@]}" "$program" study run plan --threads 1
        expect 0 "" "$program" study merge plan -o "merged-$i.h5"
        [ -z "$(left .)$(ls -A temporary)" ] || fail "a study left $(left .) $(ls -A temporary)"
    done
}
