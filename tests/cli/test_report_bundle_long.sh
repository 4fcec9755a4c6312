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
"$ENTREPOT" figures "$folder/run.h5" -o "$folder/figures" --language ko --format svg,pdf,png
for definition in figures/*.vl.json; do
  name=$(basename "$definition" .vl.json)
  grep -q '<path' "$folder/figures/$name.svg"
  if grep -Eq 'NaN|undefined|>@' "$folder/figures/$name.svg"; then
    echo "figure $name is not whole" >&2
    exit 1
  fi
  [ "$(wc -l <"$folder/figures/$name.csv")" -gt 1 ]
  [ "$(head -c 4 "$folder/figures/$name.pdf")" = %PDF ]
  [ "$(head -c 4 "$folder/figures/$name.png" | tail -c 3)" = PNG ]
done
if "$ENTREPOT" figures "$folder/run.h5" -o "$folder/figures" 2>"$folder/refused"; then
  echo "figures that exist were replaced unasked" >&2
  exit 1
fi
grep -q 'exists already' "$folder/refused"
