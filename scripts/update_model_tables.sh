#!/usr/bin/env bash
# Put the program's tables between their marks: those of `entrepot describe --odd` in docs/model.md, the kinds of measures in
# docs/policy.md. With `check` only compare.
set -euo pipefail
cd "$(dirname "$0")/.."
program=${ENTREPOT:-build/release/entrepot}
new=$(mktemp)
trap 'rm -f "$new"' EXIT

# put PAGE MARK CHECK OPTION...
put() {
  local page=$1 mark=$2 check=$3
  shift 3
  {
    sed "/^<!-- $mark: begin -->\$/q" "$page"
    "$program" describe "$@"
    sed -n "/^<!-- $mark: end -->\$/,\$p" "$page"
  } >"$new"
  if [ "$check" = check ]; then
    diff -u "$page" "$new" || { echo "$page has not the tables of this program: run scripts/update_model_tables.sh" >&2; exit 1; }
  else
    cp "$new" "$page"
  fi
}

put docs/model.md odd "${1:-write}" --odd
put docs/policy.md kinds "${1:-write}" --measures --format markdown
