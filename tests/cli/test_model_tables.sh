#!/usr/bin/env bash
# The tables in docs/model.md are those the program prints.
cd "${ENTREPOT_SOURCE:?}" && bash scripts/update_model_tables.sh check
