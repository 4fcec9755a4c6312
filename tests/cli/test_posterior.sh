#!/bin/bash
# entrepot run --posterior: worlds play particles, which are recorded as draws; one particle is the same as --set.
set -euo pipefail

: "${ENTREPOT:?}" "${ENTREPOT_SOURCE:?}"
scratch=$(mktemp -d)
trap 'rm -rf "$scratch"' EXIT
cd "$scratch"
config=$ENTREPOT_SOURCE/configs/two-by-two.yaml
few="--set slots=2000 --set steps=12 --set repeats=2 --set replications=5 --no-compare -q"

cat > targets.yaml <<'END'
calibration: small
parameters:
  - {name: theta, path: "uncertainty.parameters[theta].distribution", distribution: {kind: uniform, low: 0.7, high: 1.4}}
population: 10
generations: 2
set: {slots: 2000, steps: 14}
moments:
  - {name: end, kind: elasticity, flow: KOREA-WORLD, from: 2025-09, to: 2026-02, value: -0.6, error: 0.1, source: none}
END
"$ENTREPOT" calibrate "$config" --targets targets.yaml -o posterior.h5 -q > /dev/null
# shellcheck disable=SC2086
"$ENTREPOT" run "$config" --posterior posterior.h5 $few -o all.h5

# Every draw is a particle, the repeats those of their worlds, and no particle is taken more often than its weight allows.
/usr/bin/python3 - <<'END'
import h5py, math
with h5py.File("posterior.h5") as p, h5py.File("all.h5") as r:
    value, weight = p["value"][:, 0], p["weight"][...]
    draws = None
    def look(name, item):
        global draws
        if isinstance(item, h5py.Dataset) and name.split("/")[-1] in ("draws", "draw_value", "world_draws"):
            draws = item[...]
    r.visititems(look)
    assert draws is not None, list(r)
    draws = draws.ravel()
    assert len(draws) == 7, draws
    for x in draws:
        assert x in value, (x, value)
    assert draws[5] == draws[0] and draws[6] == draws[1], draws
    assert len(set(draws[:5])) > 1, draws
    for v, w in zip(value, weight):
        assert sum(draws[:5] == v) <= math.floor(5 * w) + 1 and sum(draws[:5] == v) >= math.floor(5 * w)
    open("first", "w").write(repr(float(draws[0])))
END

# World 0 under --set with the particle's value has the same bits as under the posterior.
# shellcheck disable=SC2086
"$ENTREPOT" run "$config" --set "uncertainty.parameters[theta].distribution=$(cat first)" $few -o one.h5
/usr/bin/python3 - <<'END'
import h5py, numpy as np
with h5py.File("all.h5") as a, h5py.File("one.h5") as b:
    for name in ("exports", "imports", "retail_price", "stock"):
        assert np.array_equal(a[name][:, 0], b[name][:, 0], equal_nan=True), name
    assert not np.array_equal(a["exports"][:, 1:5], b["exports"][:, 1:5])
END

# A parameter that cannot differ between worlds is reported.
sed -e 's/uncertainty.parameters\[theta\].distribution/parameters.renewal_rate/' targets.yaml > other.yaml
"$ENTREPOT" calibrate "$config" --targets other.yaml -o other.h5 -q > /dev/null
code=0
# shellcheck disable=SC2086
"$ENTREPOT" run "$config" --posterior other.h5 $few -o bad.h5 2> faults || code=$?
[ $code -eq 78 ] || { echo "a path of no distribution: exit code $code, not 78" >&2; exit 1; }
grep -q parameters.renewal_rate faults
[ ! -e bad.h5 ]
code=0
# shellcheck disable=SC2086
"$ENTREPOT" run "$config" --posterior all.h5 $few -o bad.h5 2> faults || code=$?
[ $code -eq 65 ] || { echo "a foreign file: exit code $code, not 65" >&2; exit 1; }
echo "posterior: all as it should be"
