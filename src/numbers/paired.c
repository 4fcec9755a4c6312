#include "numbers/paired.h"

#include "base/memory.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

/* ---- the partner ---- */

static int first_partner(const ent_ensemble_t *e, int origin)
{
    for (int f = 0; f < e->n_flow; f++) {
        if (ent_ensemble_exports(e, f, origin)) {
            return e->flow_destination[f];
        }
    }
    return -1;
}

/* Whether a measure is in force under one regime and not under the other. */
static int differs(const ent_config_t *config, int measure, int a, int b)
{
    int in[2] = {0, 0};
    for (int side = 0; side < 2; side++) {
        const ent_regime_t *regime = &config->regimes[side == 0 ? a : b];
        for (int i = 0; i < regime->n_measures; i++) {
            in[side] |= regime->measures[i] == measure;
        }
    }
    return in[0] != in[1];
}

/* How much a measure bears on `origin`: its rate times what it covers, and something where it has no rate. */
static double weight_of(const ent_config_t *config, const ent_measure_t *measure, int origin)
{
    const double least = 1e-9;
    double covered = 0.0;
    for (int s = 0; s < config->n_sector; s++) {
        covered += measure->coverage[s];
    }
    return isnan(measure->rate[origin]) ? 0.0 : (least + fabs(measure->rate[origin])) * covered;
}

/* The destination whose measures on `origin` differ most between the scenarios, the first of several; -1:
 * none. */
static int partner_by_law(const ent_ensemble_t *e, int origin, int scenario, int base)
{
    const ent_config_t *config = e->config;
    const int a = config->scenarios[scenario].regime, b = config->scenarios[base].regime;
    int partner = -1;
    double most = 0.0;
    for (int f = 0; f < e->n_flow; f++) {
        double weight = 0.0;
        for (int m = 0; ent_ensemble_exports(e, f, origin) && m < config->n_measures; m++) {
            if (config->measures[m].importer == e->flow_destination[f] && differs(config, m, a, b)) {
                weight += weight_of(config, &config->measures[m], origin);
            }
        }
        if (weight > most) {
            most = weight;
            partner = e->flow_destination[f];
        }
    }
    return partner;
}

/* Sum over steps and sectors of |a - b| times the mean of two weights, for one flow; without weights 1. */
static double distance(const ent_ensemble_t *e, int flow, const float *const pair[2],
                       const float *const weight[2])
{
    const size_t n = (size_t)e->n_time * (size_t)e->n_sector;
    double sum = 0.0;
    for (size_t i = 0; pair[0] != NULL && pair[1] != NULL && i < n; i++) {
        const size_t at = i * (size_t)e->n_flow + (size_t)flow;
        const double apart = fabs((double)pair[0][at] - (double)pair[1][at]);
        const double times = weight[0] != NULL && weight[1] != NULL
                                 ? 0.5 * ((double)weight[0][at] + (double)weight[1][at])
                                 : 1.0;
        sum += apart > 0.0 && times > 0.0 ? apart * times : 0.0;
    }
    return sum;
}

/* By what flows are told apart, in this order: duty paid, rates also where no goods came in, exports. */
enum { BY_DUTY, BY_RATE, BY_EXPORTS, N_WAYS };

/* The destination whose flow of one replication is farthest apart; -1 when none is. */
static int farthest(ent_reader_t *reader, int origin, const int scenario[2], int r, int way, int *partner,
                    ent_context_t *ctx)
{
    const ent_ensemble_t *e = reader->ensemble;
    const ent_field_id_t field = way == BY_EXPORTS ? ENT_FIELD_exports : ENT_FIELD_tariff_rate;
    const float *pair[2], *weight[2] = {NULL, NULL};
    double most = 0.0;
    int code = ENT_OK;
    for (int side = 0; code == ENT_OK && side < 2; side++) {
        code = ent_reader_field(reader, field, scenario[side], r, &pair[side], ctx);
        if (code == ENT_OK && way == BY_DUTY) {
            code = ent_reader_field(reader, ENT_FIELD_imports, scenario[side], r, &weight[side], ctx);
        }
    }
    *partner = -1;
    for (int f = 0; code == ENT_OK && f < e->n_flow; f++) {
        const double apart = ent_ensemble_exports(e, f, origin) ? distance(e, f, pair, weight) : 0.0;
        if (apart > most) {
            most = apart;
            *partner = e->flow_destination[f];
        }
    }
    return code;
}

static int partner_by_values(const ent_ensemble_t *e, int origin, int scenario, int base, int *partner,
                             ent_context_t *ctx)
{
    const int pair[2] = {scenario, base};
    ent_reader_t reader;
    int code = ent_reader_init(&reader, e, ctx);
    *partner = -1;
    for (int way = 0; way < N_WAYS; way++) {
        for (int r = 0; code == ENT_OK && *partner < 0 && r < e->n_replication; r++) {
            code = farthest(&reader, origin, pair, r, way, partner, ctx);
        }
    }
    ent_reader_free(&reader);
    return code;
}

int ent_default_partner(const ent_ensemble_t *ensemble, int origin, int scenario, int base, int *partner,
                        ent_context_t *ctx)
{
    const ent_ensemble_t *e = ensemble;
    const int first = first_partner(e, origin);
    int code = ENT_OK;
    *partner = -1;
    if (first < 0) {
        return ent_fail(ctx, ENT_ERR_USAGE, e->path, "no flow from %s is recorded", e->region[origin]);
    }
    if (base >= 0 && base != scenario && e->config != NULL) {
        *partner = partner_by_law(e, origin, scenario, base);
    } else if (base >= 0 && base != scenario) {
        code = partner_by_values(e, origin, scenario, base, partner, ctx);
    }
    *partner = *partner >= 0 ? *partner : first;
    return code;
}

int ent_find_partner(const ent_ensemble_t *ensemble, const char *name, int origin, int scenario, int base,
                     int *partner, ent_context_t *ctx)
{
    const ent_ensemble_t *e = ensemble;
    if (name == NULL) {
        return ent_default_partner(e, origin, scenario, base, partner, ctx);
    }
    *partner = -1;
    if (strcmp(name, "all") == 0) {
        return first_partner(e, origin) >= 0
                   ? ENT_OK
                   : ent_fail(ctx, ENT_ERR_USAGE, e->path, "no flow from %s is recorded", e->region[origin]);
    }
    const int code = ent_ensemble_region(e, "partner", name, partner, ctx);
    for (int f = 0; code == ENT_OK && f < e->n_flow; f++) {
        if (ent_ensemble_exports(e, f, origin) && e->flow_destination[f] == *partner) {
            return ENT_OK;
        }
    }
    return code != ENT_OK ? code
                          : ent_fail(ctx, ENT_ERR_USAGE, e->path, "the flow %s-%s is not recorded",
                                     e->region[origin], name);
}

/* ---- numbers ---- */

int ent_number_bind(ent_number_t *number, const ent_value_query_t *query, const ent_ensemble_t *ensemble,
                    ent_context_t *ctx)
{
    const ent_ensemble_t *e = ensemble;
    int code = ENT_OK;
    *number = (ent_number_t){.outcome = ent_outcome(query->outcome),
                             .base = -1,
                             .places = {e->home, -1, -1, -1},
                             .relative = query->relative};
    ent_places_t *places = &number->places;
    if (query->scenario != NULL) {
        code = ent_ensemble_scenario(e, query->scenario, &number->scenario, ctx);
    }
    if (code == ENT_OK && query->base != NULL) {
        code = ent_ensemble_scenario(e, query->base, &number->base, ctx);
    }
    if (code == ENT_OK && query->origin != NULL) {
        code = ent_ensemble_region(e, "origin", query->origin, &places->origin, ctx);
    }
    if (code == ENT_OK && ent_outcome_by_partner(number->outcome)) {
        code = ent_find_partner(e, query->partner, places->origin, number->scenario, number->base,
                                &places->partner, ctx);
    }
    if (code == ENT_OK && query->sector != NULL) {
        code = ent_ensemble_sector(e, query->sector, &places->sector, ctx);
    }
    if (code == ENT_OK && query->sector != NULL && !ent_outcome_by_sector(number->outcome)) {
        code = ent_fail(ctx, ENT_ERR_USAGE, e->path, "%s is not known by sector", number->outcome->name);
    }
    return code == ENT_OK ? ent_period_find(e, query->period, &number->period, ctx) : code;
}

int ent_number_value(const ent_number_t *number, ent_reader_t *reader, int replication, double *value,
                     ent_context_t *ctx)
{
    double without = NAN;
    int code = ent_outcome_value(number->outcome, reader, number->scenario, replication, &number->places,
                                 &number->period, value, ctx);
    if (code != ENT_OK || number->base < 0) {
        return code;
    }
    code = ent_outcome_value(number->outcome, reader, number->base, replication, &number->places,
                             &number->period, &without, ctx);
    *value -= without;
    if (number->relative) {
        *value = 100.0 * *value / without;
    }
    return code;
}

int ent_number_values(const ent_number_t *number, const ent_ensemble_t *ensemble, double *values,
                      ent_context_t *ctx)
{
    ent_reader_t reader;
    int code = ent_reader_init(&reader, ensemble, ctx);
    for (int r = 0; code == ENT_OK && r < ensemble->n_replication; r++) {
        code = ent_number_value(number, &reader, r, &values[r], ctx);
    }
    ent_reader_free(&reader);
    return code;
}

/* ---- all replications together ---- */

void ent_estimate_number(const ent_ensemble_t *ensemble, const double *values, double level, double *scratch,
                         ent_estimate_t *estimate)
{
    ent_estimate(values, ensemble->world, ensemble->chance, ensemble->n_replication, level, scratch,
                 estimate);
}

void ent_estimate_paired(const ent_ensemble_t *ensemble, const double *without, const double *with,
                         double level, double *scratch, ent_paired_t *paired)
{
    double *difference = scratch + ensemble->n_replication;
    for (int r = 0; r < ensemble->n_replication; r++) {
        difference[r] = with[r] - without[r];
    }
    ent_estimate_number(ensemble, without, level, scratch, &paired->without);
    ent_estimate_number(ensemble, with, level, scratch, &paired->with);
    ent_estimate_number(ensemble, difference, level, scratch, &paired->difference);
}
