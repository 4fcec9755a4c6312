#!/usr/bin/env bash
# The gates of quality: each prints its figure and fails below its limit; a table of all figures at the end.
# Usage: scripts/gates.sh [clang|cppcheck|analyzer|tidy|coverage|mutation|asan|tsan|valgrind|restarts|faults|fuzz|all]...
# Findings that are no faults stand, each with its reason, in scripts/gates.accepted; anything else fails.
# ENTREPOT_TIDY=quick leaves clang's own path analysis out of clang-tidy (nine tenths of its time; gcc's runs all the same),
# ENTREPOT_ASAN_LABEL=quick leaves the long tests out of the sanitizers' gate (hours), ENTREPOT_MUTANTS=N draws N of the
# changed signs, ENTREPOT_FUZZ_SECONDS=N fuzzes each target for N seconds (900).
set -uo pipefail
cd "$(dirname "$0")/.."

readonly line_limit=${ENTREPOT_LINE_LIMIT:-95} branch_limit=${ENTREPOT_BRANCH_LIMIT:-85}
readonly accepted=scripts/gates.accepted
jobs=$(nproc)
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT

sources() {
  git ls-files 'src/*.c' | grep -v kernel_isa # that one is included, once per instruction set
}

build() {
  cmake --preset "$1" >/dev/null && cmake --build --preset "$1" "${@:2}" >"$work/build" 2>&1 ||
    { cat "$work/build"; return 1; }
}

# judge TOOL FILE: findings, one a line as "file:line: ... [check]", less those accepted for that file and check.
judge() {
  sed -nE 's#^([^ :]+):[0-9]+(:[0-9]+)?: .*\[([A-Za-z0-9.+_-]+)[^]]*\]$#\1 \3#p' "$2" | sed "s#^$PWD/##" | sort | uniq -c >"$work/found"
  local n=0 n_accepted=0 times file check
  while read -r times file check; do
    if grep -qE "^$1 +$file +$check( |$)" "$accepted"; then
      n_accepted=$((n_accepted + times))
    else
      n=$((n + times))
      grep -F "$file:" "$2" | grep -F "[$check"
    fi
  done <"$work/found"
  echo "$1: $n findings, $n_accepted accepted with a reason in $accepted"
  [ "$n" -eq 0 ]
}

gate_cppcheck() {
  build release --target entrepot/fast >/dev/null 2>&1 || build release
  cppcheck -j "$jobs" --enable=warning,performance,portability --std=c11 --library=posix --quiet -I include -I src \
    -I build/release/generated -D_GNU_SOURCE --suppress=missingIncludeSystem \
    --template='{file}:{line}: {severity}: {message} [{id}]' src 2>"$work/cppcheck"
  judge cppcheck "$work/cppcheck"
}

# each_source BUILD FOLDER OPTION...: the compile commands of that build for the sources below FOLDER (a regular expression), each
# once, with these options in place of -O3, of errors for warnings and of an object file; what they print goes to $work/raw
each_source() {
  python3 - "$@" >"$work/commands" <<'PYTHON'
import json, re, shlex, sys
build, folder, options = sys.argv[1], sys.argv[2], sys.argv[3:]
with open(f"build/{build}/compile_commands.json", encoding="utf-8") as file:
    seen = set()
    for entry in json.load(file):
        source = entry["file"]
        if not re.search(folder, source) or source.endswith("kernel_isa.c") or source in seen:
            continue
        seen.add(source)
        words = shlex.split(re.sub(r" -o \S+", " -o /dev/null", entry["command"]))
        print(" ".join(map(shlex.quote, [*(w for w in words if w not in ("-O3", "-Werror")), *options])))
PYTHON
  (cd "build/$1" && xargs -P "$jobs" -d '\n' -n 1 sh -c 'eval "$0"' <"$work/commands") 2>"$work/raw"
}

# gcc's static analyzer, over the commands of the release build
gate_analyzer() {
  build release
  each_source release /src/ -O1 -fanalyzer -fanalyzer-verbosity=0
  sed -E 's#\[CWE-[0-9]+\] ##; s#^/.*/(src/)#\1#' "$work/raw" | grep -E '^src/.*\[-Wanalyzer' | sed 's#\[-W#[#' >"$work/analyzer"
  grep -E ' error: ' "$work/raw" && return 1
  judge analyzer "$work/analyzer"
}

# clang's warnings, over every source, without making code
gate_clang() {
  cmake --preset clang >/dev/null && cmake --build --preset clang --target entrepot_version >/dev/null || return 1
  each_source clang '/(src|tests|bench)/' -O0 -fsyntax-only
  grep -E '(error|warning): ' "$work/raw"
  echo "clang: $(wc -l <"$work/commands") sources, $(grep -cE '(error|warning): ' "$work/raw") warnings"
  [ -s "$work/commands" ] && ! grep -qE '(error|warning): ' "$work/raw"
}

gate_tidy() {
  build release
  local checks=()
  [ "${ENTREPOT_TIDY:-}" != quick ] || checks=(--checks=-clang-analyzer-*)
  sources | xargs -P "$jobs" -n 4 clang-tidy-14 --quiet "${checks[@]}" -p build/release 2>/dev/null | grep -E '(error|warning): ' |
    sed "s#,-warnings-as-errors##; s#^$PWD/##" | sort -u >"$work/tidy"
  judge tidy "$work/tidy"
}

gate_coverage() {
  build coverage || return 1
  find build/coverage -name '*.gcda' -delete
  ctest --test-dir build/coverage -L quick -E 'shipped_run|faults_campaign' --output-on-failure -j "$jobs" >"$work/ctest" || { tail -50 "$work/ctest"; return 1; }
  gcovr --root . --filter src/ --exclude-unreachable-branches --exclude-throw-branches -j "$jobs" build/coverage \
    >"$work/coverage.txt" --json-summary "$work/coverage.json" || return 1
  cp "$work/coverage.txt" "$work/coverage.json" build/coverage/
  python3 - "$work/coverage.json" "$line_limit" "$branch_limit" <<'PYTHON'
import json, sys
with open(sys.argv[1], encoding="utf-8") as file:
    figures = json.load(file)
for entry in sorted(figures["files"], key=lambda f: f["line_covered"] - f["line_total"])[:12]:
    missed = entry["line_total"] - entry["line_covered"]
    print(f"  {entry['filename']:40} {missed:4} lines, {entry['branch_total'] - entry['branch_covered']:4} branches not reached")
line, branch = figures["line_percent"], figures["branch_percent"]
print(f"coverage: lines {line:.1f} % (limit {sys.argv[2]}), branches {branch:.1f} % (limit {sys.argv[3]})")
sys.exit(line < float(sys.argv[2]) or branch < float(sys.argv[3]))
PYTHON
}

gate_mutation() {
  python3 scripts/mutate.py ${ENTREPOT_MUTANTS:+--sample "$ENTREPOT_MUTANTS"}
}

gate_asan() {
  build asan || return 1
  ASAN_OPTIONS=detect_leaks=1 ctest --test-dir build/asan -L "${ENTREPOT_ASAN_LABEL:-quick|long}" --output-on-failure \
    --no-tests=error -j "$jobs" | tee "$work/ctest" | tail -5
  local rc=$?
  echo "asan: $(grep -oE '[0-9]+% tests passed.*' "$work/ctest"), ${ENTREPOT_ASAN_LABEL:-quick|long}: code $rc"
  return $rc
}

# A sum that threads race for: a set-up that does not see it sees nothing.
planted_race() {
  cat >"$work/race.c" <<'C'
int main(void)
{
    long sum = 0;
#pragma omp parallel for num_threads(4)
    for (int i = 0; i < 100000; i++)
        sum += i;
    return sum < 0;
}
C
  clang -g -O1 -fsanitize=thread -fopenmp "$work/race.c" -o "$work/race" || return 1
  "$work/race" >"$work/tsan" 2>&1
  [ $? -eq 66 ] || { cat "$work/tsan"; echo "tsan: a planted race is not seen"; return 1; }
}

# clang's OpenMP, of which Archer tells the sanitizer what its barriers order
gate_tsan() {
  local archer tests="test_engine test_commitments test_measures test_exporters test_results test_restart_matrix"
  # shellcheck disable=SC2086
  build tsan --target $tests entrepot_program || return 1
  archer=$(ls /usr/lib/llvm-*/lib/libarcher.so 2>/dev/null | tail -1)
  [ -n "$archer" ] || { echo "tsan: no libarcher.so (libomp-dev)"; return 1; }
  export ENTREPOT_SLOW=1 OMP_TOOL_LIBRARIES=$archer TSAN_OPTIONS="ignore_noninstrumented_modules=1 halt_on_error=1 exitcode=66" OMP_NUM_THREADS=4
  local rc=0 name n=0
  planted_race || return 1
  for name in $tests; do
    n=$((n + 1))
    build/tsan/tests/$name >"$work/tsan" 2>&1 || { rc=1; tail -40 "$work/tsan"; echo "tsan: $name failed"; }
  done
  build/tsan/entrepot run configs/two-by-two.yaml --set steps=6 --set slots=4000 --replications 8 --threads 4 --quiet \
    -o "$work/run.h5" >/dev/null 2>"$work/tsan" || { rc=1; tail -40 "$work/tsan"; }
  cat >"$work/study.yaml" <<YAML
study: threads
config: $PWD/configs/two-by-two.yaml
replications: 2
set: {slots: 1500, steps: 6}
uncertainties: [{name: lambda, path: parameters.renewal_rate, distribution: {kind: uniform, low: 0.1, high: 0.8}}]
design: {kind: latin_hypercube, points: 22, seed: 3}
outcomes: [{name: exports, outcome: exports, partner: WORLD}]
YAML
  { build/tsan/entrepot study plan "$work/study.yaml" -o "$work/study" >/dev/null &&
    build/tsan/entrepot study run "$work/study" --threads 4 -q; } 2>"$work/tsan" || { rc=1; tail -40 "$work/tsan"; }
  echo "tsan: a planted race is seen; $n unit tests, a run and a study on 4 threads: code $rc"
  return $rc
}

# memcheck over the unit tests that take less than a second or so without it; the sanitizers have the others too
gate_valgrind() {
  build release || return 1
  local long="_long$|failing_|test_(config|gap|flipped_bytes|restart_matrix|theory.*|exporters|study_parts|negotiation|engine|closure_limit|commitments|decomposition|abc|calibration_file|config_rules|idle_parameters|compare|benchmark|lines|kinds|member_equals_single)$"
  find build/release/tests -maxdepth 1 -name 'test_*' -type f -executable |
    grep -vE "$long" | sort >"$work/tests"
  OMP_NUM_THREADS=1 ENTREPOT_SLOW=1 xargs -P "$jobs" -n 1 sh -c '
    timeout 600 valgrind --quiet --error-exitcode=99 --leak-check=full --errors-for-leak-kinds=definite \
      --suppressions=scripts/gates.valgrind "$1" >"$0/$(basename "$1").valgrind" 2>&1 ||
      { tail -40 "$0/$(basename "$1").valgrind"; echo "valgrind: $(basename "$1") failed"; exit 1; }' "$work" <"$work/tests"
  local rc=$?
  echo "valgrind: $(wc -l <"$work/tests") unit tests under memcheck: code $rc"
  return $rc
}

gate_restarts() {
  build release || return 1
  ctest --test-dir build/release -R restart_matrix -V >"$work/ctest" || { tail -30 "$work/ctest"; return 1; }
  echo "restarts: $(grep -oE '[0-9]+ restarts compared' "$work/ctest" | awk '{n += $1} END {print n}') compared by bytes"
}

gate_faults() {
  build release || return 1
  /usr/bin/python3 tests/faults/campaign.py --sample 120 --kills 200 --least 2000
}

gate_fuzz() {
  local rc=0
  scripts/fuzz.sh all "${ENTREPOT_FUZZ_SECONDS:-900}" | tee "$work/fuzz" || rc=1
  echo "fuzz: $(awk '{n += $4} END {print NR " targets, " n " executions"}' "$work/fuzz"): code $rc"
  return $rc
}

gates=("$@")
[ ${#gates[@]} -gt 0 ] || gates=(all)
[ "${gates[*]}" != all ] || gates=(clang cppcheck analyzer tidy coverage mutation asan tsan valgrind restarts faults fuzz)
failed=0
table=""
for gate in "${gates[@]}"; do
  declare -F "gate_$gate" >/dev/null || { echo "gates: there is no gate $gate" >&2; exit 64; }
  printf '== %s\n' "$gate"
  begin=$SECONDS verdict=passed
  "gate_$gate" | tee "$work/figures" || { verdict=FAILED failed=1; } # in a process of its own: what it exports ends there
  table+=$(printf '%-9s %-7s %6d s  %s' "$gate" $verdict $((SECONDS - begin)) "$(tail -1 "$work/figures" | sed "s/^$gate: //")")$'\n'
done
printf '== gates\n%s' "$table"
exit $failed
