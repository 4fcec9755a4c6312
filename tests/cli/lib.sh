# What the shell tests share, sourced by each: where things are, a folder that goes away, failures that are counted.
set -u
source_folder=${ENTREPOT_SOURCE:-$(cd "$(dirname "${BASH_SOURCE[0]}")/../.." && pwd)}
program=${ENTREPOT:-$source_folder/build/release/entrepot}
export ENTREPOT=$program ENTREPOT_SOURCE=$source_folder
work=$(mktemp -d)
leave() { rm -rf "$work"; }
trap leave EXIT
n_failed=0

fail() {
    echo "FAILED: $*" >&2
    n_failed=$((n_failed + 1))
}

# expect CODE WORDS COMMAND...: the command ends with that code and says these words: on stderr; with code 0 or 2 (values
# differ) on either stream. Where its input is at fault it prints nothing else.
expect() {
    local code=$1 words=$2 got=0 streams=("$work/stderr")
    shift 2
    "$@" >"$work/stdout" 2>"$work/stderr" || got=$?
    [ $got -eq "$code" ] || fail "exit code $got, not $code: $*: $(head -c 600 "$work/stderr")"
    case $code in
    0 | 2) streams+=("$work/stdout") ;;
    64 | 65 | 66 | 78) [ ! -s "$work/stdout" ] || fail "something was printed: $*: $(head -c 300 "$work/stdout")" ;;
    esac
    [ -z "$words" ] || grep -q -- "$words" "${streams[@]}" || fail "lacks \"$words\": $*: $(head -c 600 "$work/stderr")"
}

# small_config FILE: configs/two-by-two.yaml on a benchmark that is read in no time, for what does not depend on its figures
small_config() {
    sed -e "s|^benchmark:.*|benchmark: $source_folder/tests/fuzz/data/small.h5|" \
        -e "s|^calibration:.*|calibration: $source_folder/configs/calibrations/horizon.yaml|" \
        "$source_folder/configs/two-by-two.yaml" >"$1"
}

# near ACTUAL EXPECTED TOLERANCE WHAT
near() {
    awk -v a="$1" -v e="$2" -v t="$3" 'BEGIN { exit !(a != "" && a - e <= t && e - a <= t) }' ||
        fail "$4: $1, expected $2 within $3"
}

# finish WORDS: the end of a test, well or not
finish() {
    [ $n_failed -eq 0 ] && echo "$*"
    exit $((n_failed > 0))
}
