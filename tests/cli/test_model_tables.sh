#!/usr/bin/env bash
# The tables in docs/model.md are those the program prints; the gallery has every figure of the report.
cd "${ENTREPOT_SOURCE:?}" && bash scripts/update_model_tables.sh check && bash scripts/make_gallery.sh check
