#!/usr/bin/env bash
# Two programs play the same points of a study in turn: bench/study_paired.sh OLD NEW STUDY [OF [FIRST]]
# The points are cut into OF shards (default 20), of which the first FIRST (default OF / 2) are played by both, each shard by one
# after the other, so that a busy machine hits both alike. Printed: processor seconds (user and system) of each, and their ratio.
# Versions may cut shards differently; outcomes are compared for the points that both have played.
set -euo pipefail
[ $# -ge 3 ] || { sed -n 2,6p "$0" >&2; exit 64; }
old=$1 new=$2 study=$3 of=${4:-20}
first=${5:-$((of / 2))}
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
"$old" study plan "$study" -o "$work/old.study" >"$work/plan"
"$new" study plan "$study" -o "$work/new.study" >/dev/null

# seconds PROGRAM FOLDER SHARD: processor time of one part
seconds() {
    /usr/bin/python3 -c '
import resource, subprocess, sys
subprocess.run(sys.argv[1:], check=True)
used = resource.getrusage(resource.RUSAGE_CHILDREN)
print(used.ru_utime + used.ru_stime)' "$1" study run "$work/$2.study" --shard "$3/$of" --threads 1 -q
}
for part in $(seq "$first"); do
    echo "$(seconds "$old" old "$part") $(seconds "$new" new "$part")"
done | awk -v of="$of" '{ a += $1; b += $2; printf "shard %d of %d: %.1f s, %.1f s\n", NR, of, $1, $2; fflush() }
    END { printf "old %.1f s, new %.1f s of processor time: new / old = %.2f\n", a, b, b / a }'
for which in old new; do
    program=${!which}
    "$program" study merge "$work/$which.study" -o "$work/$which.h5" >/dev/null || true # the other parts are missing
done
/usr/bin/python3 - "$work/old.h5" "$work/new.h5" <<'PYTHON'
import h5py, numpy as np, sys
a, b = (h5py.File(name)["y"][:] for name in sys.argv[1:])
both = np.isfinite(a) & np.isfinite(b)
same = np.array_equal(a[both], b[both])
print(f"{both.any(axis=(1, 2)).sum()} points played by both: {'the same outcomes' if same else 'OTHER OUTCOMES'}")
sys.exit(not same or not both.any())
PYTHON
