#!/usr/bin/env bash
# What is no fault and may not be meant: told by check, in a line each, with the run going on; silence where all is meant.
source "$(dirname "$0")/lib.sh"

# config FILE MEASURES OTHER [HEAD]: the measures of one regime and of the other
config() {
    cat >"$1" <<EOT
name: notes
benchmark: $source_folder/data/benchmark-2022.h5
calibration: $source_folder/configs/calibrations/horizon.yaml
start: 2026-01-01
steps: 12
burn_in: 3
slots: 40000
replications: 2
home: JPN
regions: {JPN: [JPN], USA: [USA], MEX: [MEX], ROW: rest}
sectors: {services: [SERVICES], cars: [C29], steel: [C24A], goods: rest}
${4:-}
regimes:
  one: {measures: [$2]}
  other: {measures: [$3]}
scenarios: [one, other]
EOT
}

levy='{id: levy, set: s, importer: USA, partners: [JPN], sectors: [cars], rate: 0.1, effective: 2026-03-01}'

# told WORDS MEASURES OTHER [HEAD]
told() {
    config "$work/c.yaml" "$2" "$3" "${4:-}"
    expect 0 "$1" "$program" check "$work/c.yaml"
}

# silent MEASURES OTHER [HEAD]
silent() {
    config "$work/c.yaml" "$1" "$2" "${3:-}"
    expect 0 "" "$program" check "$work/c.yaml"
    ! grep -q "^note" "$work/stderr" || fail "a note where none is due: $(cat "$work/stderr")"
}

silent "$levy" ""

# an exemption for another partner, another sector, another time; and one that bites
silent "$levy, {id: x, set: s, kind: exemption, importer: USA, partners: [JPN], sectors: [cars], rate: 0.5, effective: 2026-03-01}" ""
told "x: changes no rate: its set has no duty" "$levy, {id: x, set: s, kind: exemption, importer: USA, partners: [MEX], sectors: [cars], rate: 1, effective: 2026-03-01}" ""
told "x: changes no rate" "$levy, {id: x, set: s, kind: exemption, importer: USA, partners: [JPN], sectors: [steel], rate: 1, effective: 2026-03-01}" ""
told "x: changes no rate" "$levy, {id: x, set: s, kind: exemption, importer: USA, partners: [JPN], sectors: [cars], rate: 1, effective: 2026-01-01, end: 2026-02-01}" ""
told "x: changes no rate" "$levy, {id: x, set: s, kind: repeal, importer: USA, partners: [MEX], effective: 2026-04-01}" ""
# a floor below every base rate, and one above
told "low: changes no rate: every benchmark tariff" "$levy, {id: low, kind: floor, importer: USA, partners: [JPN], sectors: [cars], rate: 0.001, effective: 2026-03-01}" ""
silent "$levy, {id: high, kind: floor, importer: USA, partners: [JPN], sectors: [steel], rate: 0.2, effective: 2026-03-01}" ""
# replaced on its first day
told "first: changes no rate" "{id: first, set: s, importer: USA, partners: [JPN], sectors: [cars], rate: 0.2, effective: 2026-03-01}, $levy" ""

# over before the run, and after it: a library of measures is used by many configs
told "old: has no effect here: it ends before the run begins (2025-10-01)" "$levy, {id: old, importer: USA, partners: [JPN], sectors: [cars], rate: 0.2, effective: 2018-03-01, end: 2020-01-01}" ""
told "late: has no effect here: the run is over" "$levy, {id: late, importer: USA, partners: [JPN], sectors: [cars], rate: 0.2, effective: 2090-01-01}" ""
expect 0 "" "$program" run "$work/c.yaml" -o "$work/late.h5"

# a later measure of a set that covers less
told "listed: takes the place of blanket on cars from JPN and covers 60 % of it less" \
    '{id: blanket, set: s, importer: USA, partners: all, sectors: [cars], rate: 0.1, effective: 2026-03-01}, {id: listed, set: s, importer: USA, partners: [JPN], sectors: {cars: 0.4}, rate: 0.5, effective: 2026-05-01}' ""

# duty that customs do not collect: told once, with the flow of which least is; silence where all is collected
medicines='id: pills, importer: USA, partners: [JPN], sectors: {services: 0, cars: 1, goods: 1}, rate: 1, effective: 2026-03-01'
low="sectors: {services: [SERVICES], cars: [C21], steel: [C24A], goods: rest}"
config "$work/c.yaml" "{$medicines}" ""
sed -i "s/^sectors:.*/$low/" "$work/c.yaml"
expect 0 "pills: of its duty on cars from JPN 12 % is collected" "$program" check "$work/c.yaml"
expect 0 "collected: the share that customs collect of the duty on goods that are not exempt" "$program" tariffs "$work/c.yaml" --on 2026-04-01 --partner JPN --sector cars
sed -i "s/rate: 1, eff/rate: 1, collected_in_full: true, eff/" "$work/c.yaml"
expect 0 "" "$program" check "$work/c.yaml"
! grep -q "^note" "$work/stderr" || fail "a note on duty that is collected in full"
config "$work/c.yaml" "{id: x, set: s, importer: USA, partners: [JPN], rate: 0.1, outside_wedge: true, effective: 2026-03-01}" ""
expect 78 "only an exemption takes goods out that the wedge may count" "$program" check "$work/c.yaml"

# scenarios that are the same, by the same measures or because what differs does nothing
told "other: does not differ from the scenario one" "" "" "measures: [$levy]"
told "other: does not differ" "" "{id: old, importer: USA, partners: [JPN], sectors: [cars], rate: 0.2, effective: 2018-03-01, end: 2020-01-01}" "measures: [$levy]"

# general closure: from when on real income can be read
told "closure: general: real income and wages before 2036-01-01 are not to be read" "$levy" "" "closure: general"

# parameters set or drawn that have no effect, with what they need; silence where they have one
told "fixed_cost: is set and has no effect here: mechanisms.failure is off" "$levy" "" "parameters: {fixed_cost: 0.05}"
silent "$levy" "" "parameters: {fixed_cost: 0.05}
mechanisms: {failure: true}"
drawn='uncertainty: {parameters: [{name: k, parameter: choke_memory, sectors: [goods], distribution: {kind: uniform, low: 1, high: 2}}]}'
told "k: a draw of choke_memory has no effect here: choke is 0 there" "$levy" "" "$drawn
sector_parameters: {cars: {choke: 2}}"
silent "$levy" "" "$drawn
sector_parameters: {goods: {choke: 2}}"
told "k: a draw of absorption has no effect here" "$levy" "" "uncertainty: {parameters: [{name: k, parameter: absorption, distribution: {kind: uniform, low: 0.1, high: 0.3}}]}
mechanisms: {markups: true}"
config "$work/c.yaml" "$levy" "" "uncertainty: {parameters: [{name: k, parameter: shipping_lag, distribution: {kind: uniform, low: 1, high: 2}}]}"
expect 78 "shipping_lag shapes what is laid out once for all worlds" "$program" check "$work/c.yaml"
config "$work/c.yaml" "$levy" "" "parameters: {niche_elasticity: 0.7}"
expect 78 "niche_elasticity is 0" "$program" check "$work/c.yaml"

# two floors of which one was repealed before the other began
config "$work/c.yaml" '{id: a, set: a, kind: floor, importer: USA, partners: [JPN], rate: 0.15, effective: 2026-01-01}, {id: court, set: a, kind: repeal, importer: USA, partners: [JPN], effective: 2026-02-20}, {id: b, set: b, kind: floor, importer: USA, partners: [JPN], rate: 0.12, effective: 2026-07-24}' ""
expect 0 "" "$program" check "$work/c.yaml"
sed -i 's/court, set: a, kind: repeal/court, set: c, kind: repeal/' "$work/c.yaml"
expect 78 "set has no duty\|never apply" "$program" check "$work/c.yaml"
config "$work/c.yaml" '{id: a, set: a, kind: floor, importer: USA, partners: [JPN], rate: 0.15, effective: 2026-01-01}, {id: b, set: b, kind: floor, importer: USA, partners: [JPN], rate: 0.12, effective: 2026-07-24}' ""
expect 78 "contradicts a" "$program" check "$work/c.yaml"

# per cent in place of a fraction, and a rate that is meant
config "$work/c.yaml" '{id: levy, importer: USA, partners: [JPN], sectors: [cars], rate: 10, effective: 2026-03-01}' ""
expect 78 "write 0.1 for 10 per cent" "$program" check "$work/c.yaml"
silent '{id: levy, importer: USA, partners: [JPN], sectors: [cars], rate: {of_value: 2.5}, effective: 2026-03-01}' ""
config "$work/c.yaml" '{id: levy, importer: USA, partners: [JPN], sectors: [cars], rate: {of_worth: 2.5}, effective: 2026-03-01}' ""
expect 78 "of_value" "$program" check "$work/c.yaml"

# too few slots for the flow that is asked about
config "$work/c.yaml" "$levy" ""
"$program" check "$work/c.yaml" --set slots=100 2>&1 | grep -q "slots hold goods of .* in USA" || fail "a flow of hardly a slot is not told"
! "$program" check "$work/c.yaml" --set slots=200000 2>&1 | grep -q "slots hold goods" || fail "a flow of thousands of slots is told"

# a run says how many there are, or which
config "$work/c.yaml" "" "" "measures: [$levy]"
expect 0 "note: .*does not differ" "$program" run "$work/c.yaml" -o "$work/same.h5" --no-compare
expect 0 "" "$program" run "$work/c.yaml" -o "$work/quiet.h5" --no-compare --quiet
! grep -q note "$work/stderr" || fail "a note although quiet was asked for"

finish "notes are told, and only where they are due"
