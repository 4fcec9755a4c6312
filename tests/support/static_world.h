/* Real worlds and changes of tariffs for tests of the engine's static limit. */
#ifndef ENTREPOT_TESTS_SUPPORT_STATIC_WORLD_H
#define ENTREPOT_TESTS_SUPPORT_STATIC_WORLD_H

#include "static/static_case.h"

typedef enum {
    ENT_WORLD_NAFTA, /* 31 regions x 40 sectors of 1993 without deficits, the members' cuts */
    ENT_WORLD_DEAL,  /* the shipped benchmark as configs/korea-us-2025.yaml has it, its deal on 2026-06-01 */
    ENT_WORLD_BLANKET, /* the same, 10 points by the USA on everything instead */
    ENT_N_STATIC_WORLDS
} ent_static_world_kind_t;

/* Config and benchmark as read, the theory at the config's resolution and the tariffs of the change. Holds
 * pointers into itself: do not copy. */
typedef struct {
    const char *name;
    ent_config_t config;
    ent_benchmark_t fine;
    ent_static_t theory;
    double *tariff; /* [sector][origin][destination] */
    ent_theory_result_t result;
} ent_static_world_t;

/* Read the world, solve the theory. The working directory is the source folder. Aborts with the reason when
 * something fails. */
void ent_static_world_init(ent_static_world_t *world, ent_static_world_kind_t kind);
void ent_static_world_free(ent_static_world_t *world);

#endif
