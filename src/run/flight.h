/* A replication in flight and its checkpoint. */
#ifndef ENTREPOT_RUN_FLIGHT_H
#define ENTREPOT_RUN_FLIGHT_H

#include "engine/player.h"

#include <entrepot/checkpoint.h>

/* Save a replication where its player stands. From one thread at a time. */
int ent_flight_save(ent_checkpoint_t *checkpoint, int replication, ent_player_t *player,
                    ent_replication_t *played, ent_context_t *ctx);

/* Restore a replication that the checkpoint holds in flight: player->resumed is 1 when there was one that an
 * engine can have left. From one thread at a time. */
int ent_flight_restore(ent_checkpoint_t *checkpoint, int replication, ent_player_t *player,
                       ent_replication_t *played, ent_context_t *ctx);

#endif
