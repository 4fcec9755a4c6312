#!/usr/bin/env bash
# The reference pages of the library are made without a warning. Skipped where doxygen is not installed.
command -v doxygen >/dev/null || exit 77
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
sed -e "s|@PROJECT_SOURCE_DIR@|${ENTREPOT_SOURCE:?}|g; s|@CMAKE_CURRENT_BINARY_DIR@|$work|g; s|@PROJECT_VERSION@|test|g" \
    "$ENTREPOT_SOURCE/docs/Doxyfile.in" >"$work/Doxyfile"
doxygen "$work/Doxyfile" || exit 1
for header in "$ENTREPOT_SOURCE"/include/entrepot/*.h; do
    name=$(basename "$header" .h)
    [ -s "$work/library/html/${name}_8h.html" ] || { echo "no page of $name.h" >&2; exit 1; }
done
