#!/usr/bin/env bash
# Put the tables of `entrepot describe --odd` between the marks in docs/model.md. With `check` only compare.
set -euo pipefail
cd "$(dirname "$0")/.."
program=${ENTREPOT:-build/release/entrepot}
page=docs/model.md
new=$(mktemp)
trap 'rm -f "$new"' EXIT
{
  sed '/^<!-- odd: begin -->$/q' $page
  "$program" describe --odd
  sed -n '/^<!-- odd: end -->$/,$p' $page
} >"$new"
if [ "${1:-}" = check ]; then
  diff -u $page "$new" || { echo "$page has not the tables of this program: run scripts/update_model_tables.sh" >&2; exit 1; }
else
  cp "$new" $page
fi
