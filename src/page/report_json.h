/* Parts of the report's data object. */
#ifndef ENTREPOT_PAGE_REPORT_JSON_H
#define ENTREPOT_PAGE_REPORT_JSON_H

#include "compare/compare.h"
#include "page/report_series.h"
#include <jansson.h>

/* A number to so many significant digits; null when not known. */
json_t *ent_json_rounded(double value, int digits);

/* Append {against, rows, headline: [period]} to `list`. */
int ent_report_comparison(json_t *list, const ent_comparison_t *comparison, const ent_report_series_t *series,
                          ent_context_t *ctx);

/* Who pays: comparison.payers = [period] {decimals, lines: [{name, mean, error, low, high}]}, null when the
 * flows into the market are not all recorded. */
int ent_report_payers(json_t *object, const ent_comparison_t *comparison, ent_context_t *ctx);

/* Exports of goods, step by step: comparison.opening = {left_out, with, without, difference}, each
 * [line][time] in million USD, lines the mean and the quantiles 5, 25, 50, 75 and 95 % over worlds. left_out
 * is the sector "services" where it pays under 0.05 % of duty and sells the same in both scenarios in every
 * world, else -1 and nothing is left out. Cost: a few sorts of the worlds per step. */
int ent_report_opening(json_t *object, const ent_report_series_t *series, int against, int base,
                       ent_context_t *ctx);

/* Exporters by size class: comparison.firms = [[quantity, class, unit, period, [value], [decimals]]], the
 * values without, with, difference, change, error, low, high, probability; null where not known. */
int ent_report_firms(json_t *object, const ent_comparison_t *comparison, ent_context_t *ctx);

/* The duty rate on home's exports to the partner by law: data.laws = {laws: [[id, reference]], rate:
 * [scenario][law][cell][time]}, cells as in the measures, all zero: null. data.laws is null without laws. */
int ent_report_laws(json_t *data, const ent_results_file_t *file, int partner, ent_context_t *ctx);

/* What was drawn for the worlds: data.draws = [{name, unit, mean, low, middle, high}]. */
int ent_report_draws(json_t *data, const ent_results_file_t *file, ent_context_t *ctx);

/* Where the numbers come from: data.provenance = [[name, text]], data.config = text. */
int ent_report_provenance(json_t *data, const ent_results_file_t *file, ent_context_t *ctx);

#endif
