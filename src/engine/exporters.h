/* The extensive margin in the engine: small exporters of the home region as agents, those of other regions by
 * their mean dynamics, and the accounts of firms. */
#ifndef ENTREPOT_ENGINE_EXPORTERS_H
#define ENTREPOT_ENGINE_EXPORTERS_H

#include "engine/workspace.h"

/* Share out the home region's small exporters over its foreign cells; each agent has a place in its cell,
 * twice as many places as there are exporters on average. */
int ent_lay_exporters(ent_model_t *model, ent_context_t *ctx);

/* Tables of tenure of a world, from its survival parameters. */
int ent_lay_tenure(ent_world_t *world, const ent_model_t *model, ent_context_t *ctx);

/* Mean absorption of every fringe, from the distribution of size and the niches of a world. */
int ent_lay_absorption(ent_world_t *world, const ent_model_t *model, ent_context_t *ctx);

/* The stationary distribution at the start: systematic samples of tenure and size in every cell. */
void ent_begin_exporters(ent_state_t *state, const ent_model_t *model, const ent_world_t *world);

/* What entering and staying are worth, by cell and belief type, against the rates in force; called for cells
 * whose rate some regime moves. `now` is the change of ln(1 + rate) in force, `after[n_regimes]` its average
 * over a contract's life under each regime. */
void ent_value_entry(const ent_model_t *model, const ent_world_t *world, ent_workspace_t *workspace, int cell,
                     int type, int certain, double discount, double now, const double *probability,
                     const double *after);

/* Accounts of firms (firms.c), in three parts: sums are set to nothing; then what every presence may expect
 * to sell, profits, cash and the capacity that beliefs call for, in loops that are shared by the threads of
 * the caller's parallel region (on return sales are known, cash not yet to every thread); then followed firms
 * that failed leave their customers. */
void ent_begin_accounts(const ent_model_t *model, ent_workspace_t *workspace);
void ent_keep_accounts(const ent_model_t *model, const ent_world_t *world, ent_state_t *state,
                       ent_workspace_t *workspace);
void ent_close_accounts(const ent_model_t *model, const ent_world_t *world, ent_state_t *state,
                        const ent_workspace_t *workspace);

/* Entry, exit and failure of small exporters; visibility of the fringe for the next step. A loop that is
 * shared by the threads of the caller's parallel region; wants what sales are expected. */
void ent_enter_and_leave(const ent_model_t *model, const ent_world_t *world, ent_state_t *state,
                         ent_workspace_t *workspace);

/* record_exporters.c: exporters of the home region by size class, and their concentration. */
void ent_record_exporters(const ent_model_t *model, const ent_state_t *state,
                          const ent_workspace_t *workspace, int step, ent_trajectory_t *trajectory);

/* Log of what a unit of visibility in a cell sells under partial adjustment's end, against the benchmark,
 * tariffs left out: theta (ln I - ln p) + demand, p the fringe's price. */
double ent_cell_appeal(const ent_model_t *model, const ent_world_t *world, const ent_state_t *state,
                       int cell);

#endif
