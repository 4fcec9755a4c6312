#!/usr/bin/env bash
# Figures for papers: SVG (and PDF and PNG where rsvg-convert is installed) and CSV of every figure of a report.
# Needs Node 18 and npm. Usage: scripts/figures.sh RESULTS.h5 FOLDER [en|ko]
set -euo pipefail
[ $# -ge 2 ] || { sed -n '2,3s/^# //p' "$0" >&2; exit 64; }
here=$(cd "$(dirname "$0")/.." && pwd)
program=${ENTREPOT:-$here/build/release/entrepot}
page=$(mktemp --suffix=.html)
trap 'rm -f "$page"' EXIT

"$program" report "$1" -o "$page" --overwrite
[ -d "$here/src/report/node_modules" ] || (cd "$here/src/report" && npm ci --no-audit --no-fund --loglevel=error >&2)
node "$here/src/report/figures.mjs" "$page" "$2" "${3:-en}"
if command -v rsvg-convert >/dev/null; then
  for figure in "$2"/*.svg; do
    rsvg-convert -f pdf -o "${figure%.svg}.pdf" "$figure"
    rsvg-convert -z 2 -b white -o "${figure%.svg}.png" "$figure"
  done
fi
