/* What measures do to trade by the engine: logs of simulated with measures over without, same worlds, same
 * chance, split into response and anticipation. The one place where forecasts meet an ensemble. */
#ifndef ENTREPOT_NUMBERS_EFFECTS_H
#define ENTREPOT_NUMBERS_EFFECTS_H

#include <entrepot/run.h>

/* Of partner p's goods g to the destination, in scenario s, world w, month m from the config's first on:
 *
 *   response = ln(calm / none),  anticipation = ln(with / calm)
 *
 * with: as the config says; calm: nobody stocks up or waits (stockup_limit and stockdown_limit 0); none: the
 * first scenario, of which no measure is known or in force: purchases and plants that another scenario has or
 * lacks count in its response. Their sum is ln(with / none). */
typedef struct {
    int n_scenarios, n_worlds, n_partners, n_products, n_months, first_month;
    char hash[65]; /* of the config */
    char **scenario, **partner, **product;
    double *response,
        *anticipation; /* [scenario][world][partner][product][month]; 0 where nothing is traded */
} ent_effects_t;

typedef struct {
    const ent_config_t *config; /* with monthly steps and the flows recorded; left as it was */
    const ent_benchmark_t *fine;
    int n_goods;
    const char *const *good;       /* [n_goods] names of groups of sectors */
    const unsigned char *in_group; /* [n_goods][n_sector] flags */
    int destination;
    ent_field_id_t field; /* imports (on arrival) or exports (when shipped) */
    ent_day_t known;      /* measures announced after it do not exist; ENT_DAY_NEVER: all do */
    int n_threads;        /* 0: all processors */
} ent_effects_options_t;

/* Simulate every world three times. The bits do not depend on threads. Free with ent_effects_free, also after
 * failure. ENT_ERR_CONFIG when steps are not months or a flow to the destination is not recorded, and the
 * errors of ent_play. */
int ent_effects_simulate(ent_effects_t *self, const ent_effects_options_t *options, ent_context_t *ctx);

/* Keep them as CSV: config, scenario, world, partner, product, kind, one column a month. */
int ent_effects_write(const ent_effects_t *self, FILE *stream, ent_context_t *ctx);
/* ENT_ERR_NO_INPUT, ENT_ERR_DATA for rows that are missing, doubled or no numbers. */
int ent_effects_read(ent_effects_t *self, const char *path, ent_context_t *ctx);
void ent_effects_free(ent_effects_t *self);

static inline size_t ent_effects_at(const ent_effects_t *self, int scenario, int world, int partner,
                                    int product, int month)
{
    return ((((size_t)scenario * (size_t)self->n_worlds + (size_t)world) * (size_t)self->n_partners +
             (size_t)partner) *
                (size_t)self->n_products +
            (size_t)product) *
               (size_t)self->n_months +
           (size_t)month;
}

#endif
