#!/usr/bin/env bash
# Wrong command lines: code 64, nothing printed, and words that say what is wrong.
source "$(dirname "$0")/lib.sh"
config=$source_folder/tests/fuzz/data/small.yaml
results=$source_folder/tests/fuzz/data/results.h5

# wrong WORDS ARGUMENT...
wrong() {
    local words=$1
    shift
    expect 64 "$words" "$program" "$@"
}

wrong "Usage" # nothing at all
wrong "there is no command 'rum'; did you mean 'run'" rum
wrong "there is no command 'zzzzzzzz'" zzzzzzzz
expect 0 "Commands" "$program" --help
expect 0 "entrepot " "$program" --version
expect 0 "Usage: entrepot run" "$program" run --help

# -- one value
wrong "is not of the form PATH=VALUE" check "$config" --set steps
wrong "is not of the form PATH=VALUE" check "$config" --set =3
settings=()
for i in $(seq 1001); do settings+=(--set "seed=$i"); done
wrong "at most 1000 settings" check "$config" "${settings[@]}"
for threads in 0 -1 x 1x "" 99999999999999999999; do
    wrong "--threads" run "$config" -o "$work/run.h5" --threads "$threads"
done
for time in 0 x 15x 1e99 -1 nan ""; do
    wrong "is no time" run "$config" -o "$work/run.h5" --max-walltime "$time"
done
expect 0 "" "$program" run "$config" --dry-run --max-walltime 2h
expect 0 "" "$program" run "$config" --dry-run --max-walltime 15m
expect 0 "" "$program" run "$config" --dry-run --max-walltime 90s
for month in 2025 2025-13 x; do
    wrong "is no month" backtest "$config" --observed none.csv --from "$month"
done
for level in x 0.9x 2 nan; do
    wrong "--level" compare "$results" --level "$level"
done
wrong 'there is no format "cvs"; did you mean csv' compare "$results" --format cvs
wrong 'there is no format "zzzzzz"' compare "$results" --format zzzzzz
wrong 'there is no "yaers"; did you mean years' compare "$results" --periods yaers
wrong 'there is no "zzzzzz"' compare "$results" --periods zzzzzz
expect 0 "" "$program" compare "$results" --periods all
wrong "unrecognized option" check "$config" --nonsense
wrong "" check "$config" --set

# -- the words of a command
wrong "name a config" check
wrong "one config at a time" check "$config" "$config"
wrong "there is no place for" describe this
wrong "name the results file" run "$config"
wrong "name the page" report "$results"
wrong "name a day" tariffs "$config"
wrong "name the observations" backtest "$config"
wrong "and --results plays nothing" backtest "$config" --observed x --results y -o z
wrong "a file or --config, not both" benchmark "$results" --config "$config"
wrong "name the targets" calibrate "$config"
wrong "neither --finish nor --method local" calibrate "$config" --targets x --predict y --finish
wrong "neither --finish nor --method local" calibrate "$config" --targets x --predict y --method local
wrong "keeps no state" calibrate "$config" --targets x --finish --method local
wrong "one of --optimal, --nash and --closed-form" theory "$config" --optimal USA --nash USA
wrong "name the year" decompose "$config"
wrong "at most" decompose "$config" --from 2025-01 --keep "$(seq -s, 200)"

# -- names that the input does not hold
for option in "--regime lwa" "--importer US" "--partner KO" "--sector car" "--on 2025-02-30" "--known x" "--loaded x"; do
    # shellcheck disable=SC2086
    wrong "${option%% *}" tariffs "$config" --on 2025-03-01 $option
done
for option in "--regime lwa" "--optimal US" "--nash US" "--region US" "--on x" "--path 0" "--path x" "--optimal USA --tariff-sectors car" \
    "--optimal USA --tariff-partners US" "--by all" "--deficits none" "--variant none" "--elasticity-set XX"; do
    # shellcheck disable=SC2086
    wrong "" theory "$config" $option
done
for option in "--origin US" "--destination US" "--sector car" "--by regions" "--table none"; do
    # shellcheck disable=SC2086
    wrong "" benchmark --config "$config" $option
done

# -- studies
wrong "say what to do" study
wrong "there is no" study plam
wrong "there is no" study zzzzzzzz
wrong "name a study file" study plan
wrong "name a study's folder" study run
wrong "name the merged file" study merge x
wrong "name the merged file" study slurm x
wrong "one study at a time" study run x y
for shard in 0/8 9/8 x 1 1/0 1/100000 3/8x -1/8; do
    wrong "such as 3/8" study run x --shard "$shard"
done
wrong "either --jobs" study run x --jobs 2 --shard 1/2
wrong "are no part of" study slurm x -o y --time 2 --notice 120
wrong "is not two names" study analyse x --factors a

# -- what is not there
expect 66 "" "$program" check "$work/none.yaml"
expect 66 "" "$program" compare "$work/none.h5"
expect 66 "" "$program" report "$work/none.h5" -o "$work/page.html"
expect 66 "" "$program" reproduce "$work/none.h5"
expect 66 "" "$program" study status "$work/none"
expect 66 "" "$program" study run "$work/none"
expect 66 "" "$program" study merge "$work/none" -o "$work/merged.h5"
expect 66 "" "$program" study plan "$work/none.yaml" -o "$work/none.study"
expect 66 "" "$program" calibrate "$config" --targets "$work/none.yaml"
expect 66 "" "$program" benchmark "$work/none.h5"
expect 66 "" "$program" run "$config" -o "$work/run.h5" --posterior "$work/none.h5"

finish "usage: all well"
