/* What new contracts are expected to cost over their lives. */
#ifndef ENTREPOT_ENGINE_CONTRACTS_H
#define ENTREPOT_ENGINE_CONTRACTS_H

#include "engine/workspace.h"

/* Inclusive retail costs of market m by belief type, at which qualities of new contracts are set:
 *
 *   phi w + (1 - phi) I^e,   I^e = (sum v (x^e)^-theta)^(-1/theta)
 *
 * x^e the price of a presence at the rate expected over a contract's life. Where nothing else than today's
 * rates is expected, I^e is the market's I as it stands, to the bit. Fills expected_cost, expected_inclusive,
 * log_inclusive_retail and inclusive_weight of the market after price_market has priced it. Cost: two
 * exponentials a presence and type where a change is expected, else a few numbers. */
void ent_expect_costs(const ent_model_t *model, const ent_world_t *world, const ent_state_t *state,
                      ent_workspace_t *workspace, int m);

#endif
