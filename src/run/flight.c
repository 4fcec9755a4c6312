#include "run/flight.h"

#include "base/memory.h"

#include <stdio.h>
#include <stdlib.h>

/* Everything of a player that a checkpoint holds. */
static int list_blobs(const ent_player_t *player, const ent_replication_t *played, ent_blob_t *blobs,
                      char (*names)[32])
{
    const ent_model_t *model = player->model;
    const ent_config_t *config = model->config;
    int n = 0;
    blobs[n++] = (ent_blob_t){"state", player->state.arena_size, player->state.arena};
    if (player->branch.arena != NULL) {
        blobs[n++] = (ent_blob_t){"branch", player->branch.arena_size, player->branch.arena};
    }
    for (int s = 0; s < config->n_scenarios; s++) {
        for (int f = 0; f < ENT_N_FIELDS; f++) {
            const size_t size =
                ent_field_size((ent_field_id_t)f, model->n_region, model->n_sector, config->n_flows) *
                (size_t)config->n_steps * sizeof(float);
            if (size > 0) {
                snprintf(names[n], sizeof names[n], "s%02d_%02d", s, f);
                blobs[n] = (ent_blob_t){names[n], size, played->trajectory[s].value[f]};
                n++;
            }
        }
        snprintf(names[n], sizeof names[n], "s%02d_agreement", s);
        blobs[n] = (ent_blob_t){names[n], sizeof(ent_agreement_t), &played->trajectory[s].agreement};
        n++;
    }
    return n;
}

/* What is saved or restored, and how. */
typedef struct {
    ent_checkpoint_t *checkpoint;
    int replication;
    ent_player_t *player;
} flight_t;

typedef int (*flight_work_t)(const flight_t *flight, const ent_blob_t *blobs, int n_blobs,
                             ent_context_t *ctx);

static int with_blobs(const flight_t *flight, const ent_replication_t *played, flight_work_t work,
                      ent_context_t *ctx)
{
    const size_t most = 2 + (size_t)played->n_scenarios * (ENT_N_FIELDS + 1);
    ent_blob_t *blobs = ent_calloc(ctx, most, sizeof *blobs);
    char(*names)[32] = ent_calloc(ctx, most, sizeof *names);
    const int code = blobs == NULL || names == NULL
                         ? ENT_ERR_NO_MEMORY
                         : work(flight, blobs, list_blobs(flight->player, played, blobs, names), ctx);
    free(blobs);
    free(names);
    return code;
}

static int save(const flight_t *flight, const ent_blob_t *blobs, int n_blobs, ent_context_t *ctx)
{
    const ent_player_t *player = flight->player;
    const ent_flight_t stands = {.replication = flight->replication,
                                 .phase = player->phase,
                                 .step = player->state.step,
                                 .branch_step = player->branch.step};
    return ent_checkpoint_save_flight(flight->checkpoint, &stands, blobs, n_blobs, ctx);
}

/* Set the player to the phase and steps of what was restored. 0 when nobody could have got there: no such
 * step or phase, or a state that no engine wrote. */
static int is_sound(void *data, const ent_flight_t *flight)
{
    ent_player_t *player = data;
    const ent_model_t *model = player->model;
    const int n_scenarios = model->config->n_scenarios, last = model->config->n_steps;
    const int branch = model->branch_step < last ? model->branch_step : last;
    player->phase = flight->phase;
    player->state.step = flight->step;
    player->branch.step = flight->branch_step;
    if (flight->phase < (n_scenarios == 1) || flight->phase > n_scenarios ||
        !ent_state_sound(&player->state, model)) {
        return 0;
    }
    if (flight->phase == 0) {
        return flight->step <= branch;
    }
    return n_scenarios == 1 || (flight->step >= branch && flight->branch_step == branch &&
                                ent_state_sound(&player->branch, model));
}

static int restore(const flight_t *flight, const ent_blob_t *blobs, int n_blobs, ent_context_t *ctx)
{
    ent_flight_t stands;
    return ent_checkpoint_load_flight(flight->checkpoint, flight->replication, &stands, blobs, n_blobs,
                                      is_sound, flight->player, &flight->player->resumed, ctx);
}

int ent_flight_save(ent_checkpoint_t *checkpoint, int replication, ent_player_t *player,
                    ent_replication_t *played, ent_context_t *ctx)
{
    const flight_t flight = {checkpoint, replication, player};
    return with_blobs(&flight, played, save, ctx);
}

int ent_flight_restore(ent_checkpoint_t *checkpoint, int replication, ent_player_t *player,
                       ent_replication_t *played, ent_context_t *ctx)
{
    const flight_t flight = {checkpoint, replication, player};
    return with_blobs(&flight, played, restore, ctx);
}
