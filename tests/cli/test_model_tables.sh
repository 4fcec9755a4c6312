#!/usr/bin/env bash
# The tables in docs/model.md are those the program prints; the gallery has every figure of the report.
cd "${ENTREPOT_SOURCE:?}" && bash scripts/update_model_tables.sh check && bash scripts/make_gallery.sh check || exit 1

# The page keeps the seven elements and the eleven design concepts of ODD (Grimm et al. 2020), in their order.
elements='Purpose and patterns|Entities, state variables, scales|Process overview and scheduling|Design concepts|Initialisation|Input data|Submodels'
concepts='Basic principles|Emergence|Adaptation|Objectives|Learning|Prediction|Sensing|Interaction|Stochasticity|Collectives|Observation'
found=$(sed -n 's/^## [1-7]\. //p' docs/model.md | paste -sd'|')
[ "$found" = "$elements" ] || { echo "elements of ODD: $found"; exit 1; }
found=$(sed -n '/^## 4/,/^## 5/s/^\*\([A-Z][a-z ]*\)\.\*.*/\1/p' docs/model.md | paste -sd'|')
[ "$found" = "$concepts" ] || { echo "design concepts of ODD: $found"; exit 1; }
