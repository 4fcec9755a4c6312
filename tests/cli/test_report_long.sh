#!/usr/bin/env bash
# The report of a small run of the shipped config, opened from disk by a headless browser.
# With axe where npm can fetch it. Skipped without Chromium: apt-get install chromium fonts-nanum
set -euo pipefail
command -v chromium >/dev/null || command -v chromium-browser >/dev/null || command -v google-chrome >/dev/null || exit 77

folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
# axe comes with the report's other packages; ENTREPOT_NEEDS_AXE=1 makes its absence a failure
axe=$ENTREPOT_SOURCE/src/report/node_modules/axe-core/axe.min.js
if [ ! -e "$axe" ] && command -v npm >/dev/null; then
  mkdir "$folder/axe"
  cp "$ENTREPOT_SOURCE"/src/report/package*.json "$folder/axe"
  (cd "$folder/axe" && timeout 300 npm ci --no-audit --no-fund --loglevel=error) || true
  axe=$folder/axe/node_modules/axe-core/axe.min.js
fi
if [ -e "$axe" ]; then
  export ENTREPOT_AXE=$axe
elif [ "${ENTREPOT_NEEDS_AXE:-0}" = 1 ]; then
  echo "axe could not be installed" >&2
  exit 1
fi

"$ENTREPOT" run "$ENTREPOT_SOURCE/configs/korea-us-2025.yaml" -o "$folder/run.h5" --set slots=20000 \
  --replications 20 --set repeats=5 -q --no-compare
"$ENTREPOT" report "$folder/run.h5" -o "$folder/report.html"

# an existing page is replaced only when told
status=0
"$ENTREPOT" report "$folder/run.h5" -o "$folder/report.html" 2>"$folder/message" || status=$?
[ "$status" -eq 73 ] && grep -q report.html "$folder/message"
"$ENTREPOT" report "$folder/run.h5" -o "$folder/korean.html" --lang ko
"$ENTREPOT" report "$folder/run.h5" -o "$folder/korean.html" --lang ko --overwrite

/usr/bin/python3 "$ENTREPOT_SOURCE/tests/cli/report_check.py" "$folder/run.h5" "$folder/report.html" "$folder/korean.html"

"$ENTREPOT_SOURCE/scripts/screenshot_report.py" "$folder/report.html" "$folder/report.png"
[ "$(head -c 4 "$folder/report.png" | tail -c 3)" = PNG ] && [ "$(stat -c %s "$folder/report.png")" -gt 20000 ]
