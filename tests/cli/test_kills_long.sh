#!/usr/bin/env bash
# 100 SIGKILLs: every same command completes, nothing is left behind (kills.sh).
source "$(dirname "$0")/lib.sh"
source "$(dirname "$0")/kills.sh"
cd "$work"
small_config small.yaml
[ ${#spaced[@]} -gt 0 ] || echo "process numbers do not repeat here: namespaces are not permitted"
kill_runs 60
kill_studies 40
finish "100 kills: all completed, nothing left"
