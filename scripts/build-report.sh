#!/usr/bin/env bash
# Build src/report/dist/report.js again after a change to the report's figures, words or script. Needs Node 18 and npm.
# Usage: scripts/build-report.sh [OUTPUT]
set -euo pipefail
cd "$(dirname "$0")/../src/report"
npm ci --no-audit --no-fund --loglevel=error
node build.mjs "$@"
