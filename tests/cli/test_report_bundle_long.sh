#!/usr/bin/env bash
# The committed bundle is what its sources build, byte for byte, and the figures are drawn without a browser. Skipped without Node, npm or their registry.
set -euo pipefail
command -v node >/dev/null && command -v npm >/dev/null || exit 77
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
cp -r "$ENTREPOT_SOURCE/src/report" "$folder/report"
rm -rf "$folder/report/node_modules"
cd "$folder/report"
timeout 300 npm ci --no-audit --no-fund --loglevel=error >"$folder/log" 2>&1 || { cat "$folder/log" >&2; exit 77; }
node build.mjs "$folder/report.js"
if ! cmp "$folder/report.js" "$ENTREPOT_SOURCE/src/report/dist/report.js"; then
  echo "src/report/dist/report.js is not what its sources build: run scripts/build-report.sh" >&2
  exit 1
fi

"$ENTREPOT" run "$ENTREPOT_SOURCE/configs/korea-us-2025.yaml" -o "$folder/run.h5" --set slots=5000 --replications 6 \
  --set repeats=2 --set steps=18 -q --no-compare
"$ENTREPOT" report "$folder/run.h5" -o "$folder/report.html"
node figures.mjs "$folder/report.html" "$folder/figures" ko
for definition in figures/*.vl.json; do
  name=$(basename "$definition" .vl.json)
  grep -q '<path' "$folder/figures/$name.svg"
  if grep -Eq 'NaN|undefined|>@' "$folder/figures/$name.svg"; then
    echo "figure $name is not whole" >&2
    exit 1
  fi
  [ "$(wc -l <"$folder/figures/$name.csv")" -gt 1 ]
done
