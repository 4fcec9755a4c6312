#!/usr/bin/env bash
# Installs the build into an empty folder and uses it from there as a stranger would: external.c through pkg-config and
# through find_package, each public header by itself, the program on an installed config. Only what is public may show.
set -euo pipefail

here=$ENTREPOT_SOURCE/tests/install
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
prefix=$work/prefix

# quiet COMMAND...: its output only when it fails
quiet() {
    "$@" >"$work/log" 2>&1 || { cat "$work/log"; echo "FAILED: $*"; exit 1; }
}

quiet cmake --install "$ENTREPOT_BUILD" --prefix "$prefix"
libentrepot=$(find "$prefix" -name libentrepot.so)
libraries=$(dirname "$libentrepot")
config=$prefix/share/entrepot/configs/two-by-two.yaml
export PKG_CONFIG_PATH=$libraries/pkgconfig LD_LIBRARY_PATH=$libraries

echo "through pkg-config"
read -ra flags < <(pkg-config --cflags --libs entrepot)
quiet cc -std=c17 -Wall -Wextra -Werror -o "$work/external" "$here/external.c" "${flags[@]}"
"$work/external" "$config"

echo "through find_package"
quiet cmake -S "$here" -B "$work/build" -G Ninja -DCMAKE_PREFIX_PATH="$prefix"
quiet cmake --build "$work/build"
"$work/build/external" "$config"

echo "a sweep in memory, and a run read back in C++"
"$work/build/sweep" "$config" | tee "$work/table"
awk 'NR > 2 && !($2 < last) { exit 1 } NR > 1 { last = $2 }' "$work/table" && [ "$(wc -l <"$work/table")" -eq 4 ] ||
    { echo "FAILED: exports do not fall as the rate rises"; exit 1; }
"$work/build/back" "$config" "$work/back.h5" | tee "$work/words"
grep -q "^exports of 2 scenarios: -[0-9]* (error [0-9]*) million USD" "$work/words" || { echo "FAILED: read back"; exit 1; }
if command -v valgrind >/dev/null; then
    quiet valgrind -q --leak-check=full --errors-for-leak-kinds=definite --error-exitcode=9 "$work/build/sweep" "$config"
fi

echo "the Python package"
PYTHONPATH=$prefix/lib/python3/dist-packages /usr/bin/python3 -c '
import sys, entrepot
assert entrepot.Model(sys.argv[1], {"replications": 1, "repeats": 0, "slots": 2000}).simulate(partner="WORLD")["exports"] > 0
' "$config"

echo "headers"
for header in "$prefix"/include/entrepot/*.h; do
    echo "#include <entrepot/$(basename "$header")>" >"$work/header.c"
    quiet cc -std=c17 -Wall -Wextra -Werror -fsyntax-only -I "$prefix/include" "$work/header.c"
    quiet c++ -std=c++17 -Wall -Wextra -Werror -fsyntax-only -I "$prefix/include" -x c++ "$work/header.c"
done

echo "symbols"
# gcc gives a named critical section a common symbol of its own
if nm -D --defined-only "$libentrepot" | awk '{print $3}' | grep -vE '^(\.gomp_critical_user_)?ent_'; then
    echo "FAILED: these names can be seen outside and do not begin with ent_"
    exit 1
fi

echo "program"
quiet "$prefix/bin/entrepot" check "$config"
[ ! -e "$prefix/share/entrepot/data/raw" ] || { echo "FAILED: raw data are installed"; exit 1; }
