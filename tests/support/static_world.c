#include "static_world.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static void must(const ent_context_t *ctx, int code)
{
    if (code != ENT_OK) {
        ent_context_print(ctx, stderr);
        abort();
    }
}

/* The paper's baseline without deficits in place of the data of 1993, which do not balance. */
static void put_baseline(ent_static_world_t *world, ent_context_t *ctx)
{
    static const ent_static_options_t options = {
        .full = 1, .elasticity_set = "CP", .allow_zero_own_trade = 1, .deficit = ENT_THEORY_DEFICIT_ZERO};
    ent_benchmark_t *fine = &world->fine;
    const size_t R = (size_t)fine->n_region, S = (size_t)fine->n_sector;
    ent_static_t baseline;

    must(ctx, ent_static_init(&baseline, &world->config, fine, &options, ctx));
    memcpy(fine->flow, baseline.model.flow, S * R * R * sizeof(double));
    for (size_t r = 0; r < R; r++) {
        for (size_t s = 0; s < S; s++) {
            fine->final_demand[r * S + s] = baseline.model.final_share[s * R + r] * baseline.model.income[r];
        }
    }
    fine->unbalanced = 0;
    ent_static_free(&baseline);
}

static void put_blanket(ent_static_world_t *world)
{
    const int R = world->config.n_region, usa = ent_config_region(&world->config, "USA");

    for (size_t i = 0; i < ent_static_cells(&world->theory); i++) {
        const int d = (int)(i % (size_t)R), o = (int)(i / (size_t)R) % R;

        world->tariff[i] = world->theory.benchmark->tariff[i] + (d == usa && o != usa ? 0.10 : 0.0);
    }
}

void ent_static_world_init(ent_static_world_t *world, ent_static_world_kind_t kind)
{
    static const ent_static_options_t options = {.allow_zero_own_trade = 1};
    static const char *const name[] = {"NAFTA", "Korea-US deal on 2026-06-01", "10 % by the USA on all"};
    const int nafta = kind == ENT_WORLD_NAFTA;
    ent_context_t ctx;
    ent_day_t day;
    double *cost;

    memset(world, 0, sizeof *world);
    world->name = name[kind];
    ent_context_init(&ctx);
    must(&ctx, ent_config_read(&world->config, &world->fine,
                               nafta ? "configs/nafta.yaml" : "configs/korea-us-2025.yaml", 0, NULL, &ctx));
    if (nafta) {
        put_baseline(world, &ctx);
    }
    must(&ctx, ent_static_init(&world->theory, &world->config, &world->fine, &options, &ctx));
    world->tariff = calloc(ent_static_cells(&world->theory), sizeof *world->tariff);
    cost = calloc(ent_static_cells(&world->theory), sizeof *cost);
    ent_day_parse(nafta ? "1995-06-01" : "2026-06-01", &day);
    must(&ctx, ent_static_rates(&world->theory, 0, day, world->tariff, cost, &ctx));
    free(cost);
    if (kind == ENT_WORLD_BLANKET) {
        put_blanket(world);
    }
    must(&ctx, ent_theory_solve(&world->theory.model, world->tariff, NULL, &world->result, &ctx));
    ent_context_free(&ctx);
}

void ent_static_world_free(ent_static_world_t *world)
{
    free(world->tariff);
    ent_theory_result_free(&world->result);
    ent_static_free(&world->theory);
    ent_benchmark_free(&world->fine);
    ent_config_free(&world->config);
}
