#!/usr/bin/env bash
# Make the pictures of docs/gallery.md from a results file of the shipped run: every figure of the report. With `check`
# only see that the page and its pictures have every figure.
# Usage: scripts/make_gallery.sh RESULTS.h5 | check
set -euo pipefail
cd "$(dirname "$0")/.."
program=${ENTREPOT:-build/release/entrepot}
page=docs/gallery.md pictures=docs/images/gallery

if [ "${1:?name a results file, or check}" != check ]; then
  folder=$(mktemp -d)
  trap 'rm -rf "$folder"' EXIT
  "$program" figures "$1" -o "$folder"
  rm -rf $pictures
  mkdir -p $pictures
  cp "$folder"/*.svg $pictures/
fi
for definition in src/report/figures/*.vl.json; do
  name=$(basename "$definition" .vl.json)
  if ! grep -q "(images/gallery/$name\.svg)" $page || ! [ -s "$pictures/$name.svg" ]; then
    echo "$page lacks the figure $name" >&2
    exit 1
  fi
done
