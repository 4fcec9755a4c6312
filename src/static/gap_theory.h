/* The static side of `entrepot decompose`: what the theory says of every month under two regimes, what of it
 * the engine takes as given where it does not reckon incomes itself, and what follows for one flow when
 * nothing but the choice of suppliers is left to play. */
#ifndef ENTREPOT_STATIC_GAP_THEORY_H
#define ENTREPOT_STATIC_GAP_THEORY_H

#include <entrepot/config.h>
#include <entrepot/engine.h>

/* The flow and the year. */
typedef struct {
    int origin, destination;
    const unsigned char *goods; /* [n_sector] flags: counted */
    int first_step, n_months;
    int regime[2]; /* with the measures, and without */
} ent_gap_year_t;

/* Every array is [2 regimes][n_steps][...], steps 0 to the last of the year. Owned. */
typedef struct {
    ent_gap_year_t year;
    int n_steps, n_region, n_sector;
    double *rate;       /* [sector][origin][destination] mean over the month's days */
    double *cost;       /* the same of the change of trade cost by measures that are not duties */
    double *log_demand; /* [region][sector] ln of spending, duty paid, against the benchmark */
    double *log_cost;   /* [region][sector] ln of producers' unit cost against the benchmark */
    double exports[2];  /* of the flow over the year, million USD at the benchmark's price level */
} ent_gap_theory_t;

/* Solve the static theory, incomes, wages and input prices included, for every month at its mean tariffs and
 * the config's own elasticities. Errors: those of ent_static_init, ent_static_rates and ent_theory_solve.
 * Free with ent_gap_theory_free, also after failure. Cost: a solve per month with measures and the rates of a
 * day for every date of a measure. */
int ent_gap_theory_init(ent_gap_theory_t *self, const ent_config_t *config, const ent_benchmark_t *fine,
                        const ent_gap_year_t *year, ent_context_t *ctx);
void ent_gap_theory_free(ent_gap_theory_t *self);

/* Give the config the theory's spending and unit costs as dated paths, regime by regime: the engine then
 * plays the theory's incomes, wages and input prices month by month. What stands in it stays. Errors:
 * ENT_ERR_NO_MEMORY, after which the config can still be freed. */
int ent_gap_theory_give(const ent_gap_theory_t *self, ent_config_t *config, ent_context_t *ctx);

/* What an engine without frictions makes of the flow in one world of `model`, whose config has the theory's
 * rates and whatever paths: spending over landed cost by the logit, with the world's elasticities, demand
 * and exchange rates. With `monthly` suppliers are chosen at the end of a month for the next one and, when
 * costs have moved since, what is spent on them moves with slot_elasticity; without, at once:
 *
 *     pi'(t) = v x(t)^-theta / sum;   pi(t+1) = pi(t) + h (n-1)/n [pi'(t) - pi(t)];
 *     flow(t) = E(t) / (1 + tau(t)) pi(t) [x(t) / x(t-1)]^(1-sigma) / sum
 *
 * h the chance of a renewal in a month, n the candidates. Fills exports [2], million USD over the year.
 * Errors: those of drawing the world. Cost: drawing the world. */
int ent_gap_theory_world(const ent_gap_theory_t *self, const ent_model_t *model, int world, int monthly,
                         double exports[2], ent_context_t *ctx);

#endif
