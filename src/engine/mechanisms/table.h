/* What mechanisms bring to the engine, in one place: their rows of the state (model.h), their rows of the
 * scratch (workspace.h) and their hooks in a step (step.c). A mechanism is a file of this folder; with it off
 * its arrays have no length where they can, and its hooks leave at once. docs/developer.md has the recipe. */
#ifndef ENTREPOT_ENGINE_MECHANISMS_TABLE_H
#define ENTREPOT_ENGINE_MECHANISMS_TABLE_H

/* State that outlives a step: copied at a branch, kept in checkpoints. X(name, type, count) */
#define ENT_MECHANISM_STATE(X)                                                                               \
    /* plants.c */                                                                                           \
    X(moved, double, model->n_presences) /* share of the presence's benchmark sales moved to plants */       \
    X(plant_step, uint16_t, model->n_presences) /* step its own plant opens, 0: none decided */              \
    /* negotiations.c */                                                                                     \
    X(talks, double, model->config->negotiation.given ? ENT_N_TALKS : 0)                                     \
    /* commitments.c */                                                                                      \
    X(purchase_ring, double, model->config->n_purchases > 0 ? (long)model->n_cells * model->n_ages : 0)      \
    /* quotas.c */                                                                                           \
    X(quota_filled, double, model->n_quotas) /* million USD at customs value in this period */               \
    X(quota_pace, double, model->n_quotas)   /* mean arrivals a step */                                      \
    /* foresight.c */                                                                                        \
    X(seen, double, model->n_presences)     /* ln retail price smoothed demand answers, benchmark = 0 */     \
    X(seen_index, double, model->n_markets) /* the same of the market's inclusive cost */                    \
    X(dearest, double, model->n_presences)  /* remembered landed cost over the market's, less 1 */           \
    /* freight.c */                                                                                          \
    X(freight_ring, double, model->n_ages) /* ln of freight against the benchmark, by step of shipment */

/* Scratch of a step. X(name, type, count) */
#define ENT_MECHANISM_WORKSPACE(X)                                                                           \
    /* plants.c */                                                                                           \
    X(moving, float, model->n_presences) /* share of slots that move to a plant in this step */              \
    /* commitments.c */                                                                                      \
    X(left_to_spend, double, model->config->n_purchases > 0 ? model->n_markets : 0) /* share of spending */  \
    X(cell_bought, double, model->config->n_purchases > 0 ? model->n_cells : 0)     /* part of cell_value */ \
    /* bans.c */                                                                                             \
    X(ship_share, float, model->n_cells) /* of orders */                                                     \
    /* quotas.c: [n_quotas][ent_quota_length], and what the cell at hand expects, [regimes][2][length] */    \
    X(quota_closed, float, model->n_quotas *ent_quota_length(model)) /* share outside, by step from now */   \
    X(quota_path, float,                                                                                     \
      model->n_quotas > 0 ? 2L * n_threads * model->config->n_regimes * ent_quota_length(model) : 0)         \
    X(quota_full, int, model->n_quotas)     /* 1: no room is left after this step */                         \
    X(quota_open, double, model->n_quotas)  /* share of this step's arrivals that pays the rate inside */    \
    X(quota_value, double, model->n_quotas) /* arrivals of this step, million USD at customs value */        \
    /* foresight.c: rows of a market together, by type */                                                    \
    X(sales_ahead, float, (long)ENT_BELIEF_TYPES * model->n_presences) /* expected over smoothed */          \
    X(cost_ahead, float, (long)ENT_BELIEF_TYPES * model->n_presences)  /* over the market's */               \
    /* freight.c */                                                                                          \
    X(freight_moved, uint8_t, 1) /* 1: what it sets is no longer the benchmark's */

/* Hooks in a step. X(moment, function); those of a moment are called in this order, by one thread.
 *   NEWS     before agents look ahead
 *   PRICES   after the outlook and unit costs, before prices and orders: costs, visibility, demand
 *   ORDERED  orders are there, nothing is shipped
 *   SHIPPED  flows are known, duty is not */
#define ENT_STEP_HOOKS(X)                                                                                    \
    X(NEWS, ent_quotas_before)                                                                               \
    X(PRICES, ent_freight_price)                                                                             \
    X(PRICES, ent_invoice_prices)                                                                            \
    X(PRICES, ent_purchases_displace)                                                                        \
    X(PRICES, ent_open_plants)                                                                               \
    X(PRICES, ent_visibility_factors) /* sets what the next rows multiply */                                 \
    X(PRICES, ent_measures_visibility)                                                                       \
    X(ORDERED, ent_measures_cut)                                                                             \
    X(SHIPPED, ent_purchases_ship)                                                                           \
    X(SHIPPED, ent_quotas_clear)                                                                             \
    X(SHIPPED, ent_freight_follow)

#endif
