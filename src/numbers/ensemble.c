#include "numbers/ensemble.h"

#include "base/memory.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>

/* What an ensemble in memory owns. */
struct ent_ensemble_memory {
    char **scenario; /* [n_scenario] names belong to the config */
    char **flow;     /* [n_flow] owned */
    int *flow_origin, *flow_destination;
    int *world, *chance, *whole;
    ent_day_t *begin, *end;
    const ent_trajectory_t **held; /* [n_replication] */
};

/* ---- of a file ---- */

void ent_ensemble_from_file(ent_ensemble_t *ensemble, const ent_results_file_t *file)
{
    *ensemble = (ent_ensemble_t){.path = file->path,
                                 .name = file->name,
                                 .title = file->title,
                                 .n_scenario = file->n_scenario,
                                 .n_replication = file->n_replication,
                                 .n_time = file->n_time,
                                 .n_sector = file->n_sector,
                                 .n_region = file->n_region,
                                 .n_flow = file->n_flow,
                                 .n_worlds = file->n_worlds,
                                 .n_repeats = file->n_repeats,
                                 .steps_per_year = file->steps_per_year,
                                 .n_slots = file->n_slots,
                                 .home = file->home,
                                 .exporter_home = file->home,
                                 .scenario = file->scenario,
                                 .sector = file->sector,
                                 .sector_name = file->sector_name,
                                 .region = file->region,
                                 .region_name = file->region_name,
                                 .flow = file->flow,
                                 .flow_origin = file->flow_origin,
                                 .flow_destination = file->flow_destination,
                                 .world = file->world,
                                 .chance = file->chance,
                                 .whole = file->whole,
                                 .begin = file->begin,
                                 .end = file->end,
                                 .file = file};
}

/* ---- in memory ---- */

static void fill_flows(struct ent_ensemble_memory *memory, const ent_config_t *config, ent_context_t *ctx)
{
    for (int f = 0; f < config->n_flows; f++) {
        const ent_flow_t *flow = &config->flows[f];
        memory->flow_origin[f] = flow->origin;
        memory->flow_destination[f] = flow->destination;
        memory->flow[f] =
            ent_format(ctx, "%s-%s", config->region[flow->origin], config->region[flow->destination]);
    }
}

static int fill_memory(struct ent_ensemble_memory *memory, const ent_config_t *config, ent_context_t *ctx)
{
    fill_flows(memory, config, ctx);
    for (int f = 0; f < config->n_flows; f++) {
        if (memory->flow[f] == NULL) {
            return ENT_ERR_NO_MEMORY;
        }
    }
    for (int s = 0; s < config->n_scenarios; s++) {
        memory->scenario[s] = config->scenarios[s].name;
    }
    for (int r = 0; r < ent_replication_count(config); r++) {
        memory->world[r] = ent_replication_world(config, r);
        memory->chance[r] = ent_replication_chance(config, r);
    }
    for (int t = 0; t < config->n_steps; t++) {
        memory->begin[t] = ent_step_begin(&config->calendar, t);
        memory->end[t] = ent_step_begin(&config->calendar, t + 1);
    }
    return ENT_OK;
}

static int memory_init(struct ent_ensemble_memory *memory, const ent_config_t *config, ent_context_t *ctx)
{
    const size_t n = (size_t)ent_replication_count(config), flows = (size_t)config->n_flows;
    const size_t steps = (size_t)config->n_steps;
    memory->scenario = ent_calloc(ctx, (size_t)config->n_scenarios, sizeof *memory->scenario);
    memory->flow = ent_calloc(ctx, flows, sizeof *memory->flow);
    memory->flow_origin = ent_calloc(ctx, flows, sizeof(int));
    memory->flow_destination = ent_calloc(ctx, flows, sizeof(int));
    memory->world = ent_calloc(ctx, n, sizeof(int));
    memory->chance = ent_calloc(ctx, n, sizeof(int));
    memory->whole = ent_calloc(ctx, n, sizeof(int));
    memory->begin = ent_calloc(ctx, steps, sizeof(ent_day_t));
    memory->end = ent_calloc(ctx, steps, sizeof(ent_day_t));
    memory->held = ent_calloc(ctx, n, sizeof *memory->held);
    return memory->scenario && memory->flow && memory->flow_origin && memory->flow_destination &&
                   memory->world && memory->chance && memory->whole && memory->begin && memory->end &&
                   memory->held
               ? fill_memory(memory, config, ctx)
               : ENT_ERR_NO_MEMORY;
}

int ent_ensemble_from_config(ent_ensemble_t *ensemble, const ent_config_t *config, ent_context_t *ctx)
{
    struct ent_ensemble_memory *memory = ent_calloc(ctx, 1, sizeof *memory);
    *ensemble = (ent_ensemble_t){.config = config, .n_flow = config->n_flows, .memory = memory};
    const int code = memory == NULL ? ENT_ERR_NO_MEMORY : memory_init(memory, config, ctx);
    if (code != ENT_OK) {
        ent_ensemble_free(ensemble);
        return code;
    }
    *ensemble = (ent_ensemble_t){.path = config->path,
                                 .name = config->name,
                                 .title = config->title,
                                 .n_scenario = config->n_scenarios,
                                 .n_replication = ent_replication_count(config),
                                 .n_time = config->n_steps,
                                 .n_sector = config->n_sector,
                                 .n_region = config->n_region,
                                 .n_flow = config->n_flows,
                                 .n_worlds = config->n_worlds,
                                 .n_repeats = config->n_repeats,
                                 .steps_per_year = config->calendar.steps_per_year,
                                 .n_slots = config->n_slots,
                                 .home = config->home,
                                 .exporter_home = config->home,
                                 .scenario = memory->scenario,
                                 .sector = config->sector,
                                 .sector_name = config->sector,
                                 .region = config->region,
                                 .region_name = config->region,
                                 .flow = memory->flow,
                                 .flow_origin = memory->flow_origin,
                                 .flow_destination = memory->flow_destination,
                                 .world = memory->world,
                                 .chance = memory->chance,
                                 .whole = memory->whole,
                                 .begin = memory->begin,
                                 .end = memory->end,
                                 .config = config,
                                 .memory = memory};
    return ENT_OK;
}

void ent_ensemble_free(ent_ensemble_t *ensemble)
{
    struct ent_ensemble_memory *memory = ensemble->memory;
    if (memory != NULL) {
        for (int f = 0; memory->flow != NULL && f < ensemble->n_flow; f++) {
            free(memory->flow[f]);
        }
        free(memory->scenario);
        free(memory->flow);
        free(memory->flow_origin);
        free(memory->flow_destination);
        free(memory->world);
        free(memory->chance);
        free(memory->whole);
        free(memory->begin);
        free(memory->end);
        free(memory->held);
        free(memory);
    }
    *ensemble = (ent_ensemble_t){0};
}

void ent_ensemble_hold(ent_ensemble_t *ensemble, int replication, const ent_trajectory_t *trajectories)
{
    ensemble->memory->held[replication] = trajectories;
    ensemble->memory->whole[replication] = trajectories != NULL;
}

/* ---- labels ---- */

size_t ent_ensemble_size(const ent_ensemble_t *ensemble, ent_field_id_t field)
{
    return ent_field_size(field, ensemble->n_region, ensemble->n_sector, ensemble->n_flow);
}

int ent_ensemble_has(const ent_ensemble_t *ensemble, ent_field_id_t field)
{
    return ensemble->file != NULL ? ent_results_file_has(ensemble->file, field)
                                  : ent_ensemble_size(ensemble, field) > 0;
}

int ent_ensemble_exports(const ent_ensemble_t *ensemble, int flow, int origin)
{
    return ensemble->flow_origin[flow] == origin && ensemble->flow_destination[flow] != origin;
}

/* "deal, threat, nothing", as far as it goes. */
static void list_names(char *const *names, int n, char *text, size_t size)
{
    size_t used = 0;
    text[0] = '\0';
    for (int i = 0; i < n && used < size; i++) {
        used += (size_t)snprintf(text + used, size - used, "%s%s", i > 0 ? ", " : "", names[i]);
    }
}

static int find(const ent_ensemble_t *ensemble, const char *what, const char *kind, const char *name,
                char *const *names, int n, int *index, ent_context_t *ctx)
{
    char known[240];
    *index = ent_results_file_find(names, n, name);
    if (*index >= 0) {
        return ENT_OK;
    }
    list_names(names, n, known, sizeof known);
    return ent_fault(ctx, ENT_ERR_USAGE, ensemble->path, 0, 0, what, name,
                     ent_nearest(name, (const char *const *)names, (size_t)n), "is no %s of %s: %s", kind,
                     ensemble->file != NULL ? "this file" : "the config", known);
}

int ent_ensemble_scenario(const ent_ensemble_t *ensemble, const char *name, int *scenario, ent_context_t *ctx)
{
    return find(ensemble, "scenario", "scenario", name, ensemble->scenario, ensemble->n_scenario, scenario,
                ctx);
}

int ent_ensemble_region(const ent_ensemble_t *ensemble, const char *what, const char *name, int *region,
                        ent_context_t *ctx)
{
    return find(ensemble, what, "region", name, ensemble->region, ensemble->n_region, region, ctx);
}

int ent_ensemble_sector(const ent_ensemble_t *ensemble, const char *name, int *sector, ent_context_t *ctx)
{
    return find(ensemble, "sector", "sector", name, ensemble->sector, ensemble->n_sector, sector, ctx);
}

/* ---- reading ---- */

int ent_reader_init(ent_reader_t *reader, const ent_ensemble_t *ensemble, ent_context_t *ctx)
{
    const size_t n = (size_t)ensemble->n_scenario * ENT_N_FIELDS;
    const size_t places = (size_t)ensemble->n_flow + (size_t)ensemble->n_region + ENT_N_CLASSES;
    *reader = (ent_reader_t){.ensemble = ensemble,
                             .replication = -1,
                             .value = ent_calloc(ctx, n, sizeof *reader->value),
                             .room = ent_calloc(ctx, n, sizeof *reader->room),
                             .list = ent_calloc(ctx, places, sizeof *reader->list)};
    if (reader->value != NULL && reader->room != NULL && reader->list != NULL) {
        return ENT_OK;
    }
    free(reader->value);
    free(reader->room);
    free(reader->list);
    *reader = (ent_reader_t){0};
    return ENT_ERR_NO_MEMORY;
}

void ent_reader_free(ent_reader_t *reader)
{
    for (int i = 0; reader->room != NULL && i < reader->ensemble->n_scenario * ENT_N_FIELDS; i++) {
        free(reader->room[i]);
    }
    free(reader->room);
    free(reader->value);
    free(reader->list);
    *reader = (ent_reader_t){0};
}

/* Values of a file into the room at `slot`, which is made when it is first needed. */
static int read_slot(ent_reader_t *reader, ent_field_id_t field, int scenario, size_t slot,
                     ent_context_t *ctx)
{
    const ent_ensemble_t *e = reader->ensemble;
    const size_t n = ent_ensemble_size(e, field) * (size_t)e->n_time;
    if (!ent_ensemble_has(e, field)) {
        return ENT_OK;
    }
    if (reader->room[slot] == NULL) {
        reader->room[slot] = ent_calloc(ctx, n, sizeof(float));
    }
    if (reader->room[slot] == NULL) {
        return ENT_ERR_NO_MEMORY;
    }
    const int code =
        ent_results_file_read(e->file, field, scenario, reader->replication, reader->room[slot], ctx);
    reader->value[slot] = code == ENT_OK ? reader->room[slot] : NULL;
    return code;
}

int ent_reader_field(ent_reader_t *reader, ent_field_id_t field, int scenario, int replication,
                     const float **values, ent_context_t *ctx)
{
    const ent_ensemble_t *e = reader->ensemble;
    const size_t slot = (size_t)scenario * ENT_N_FIELDS + (size_t)field;
    int code = ENT_OK;
    *values = NULL;
    if (!e->whole[replication]) {
        return ENT_OK;
    }
    if (e->file == NULL) {
        *values = e->memory->held[replication][scenario].value[field];
        return ENT_OK;
    }
    for (int i = 0; replication != reader->replication && i < e->n_scenario * ENT_N_FIELDS; i++) {
        reader->value[i] = NULL;
    }
    reader->replication = replication;
    if (reader->value[slot] == NULL) {
        code = read_slot(reader, field, scenario, slot, ctx);
    }
    *values = reader->value[slot];
    return code;
}

/* ---- agreements ---- */

/* One variable of a file, [n_replication]. */
static int read_agreement(const ent_ensemble_t *e, int variable, int scenario, double *values,
                          ent_context_t *ctx)
{
    const hsize_t start[2] = {(hsize_t)scenario, 0}, count[2] = {1, (hsize_t)e->n_replication};
    return ent_results_file_block(e->file, ent_agreement_names[variable], 2, start, count, values, ctx);
}

static int read_agreements(const ent_ensemble_t *e, int scenario, ent_agreement_t *agreements,
                           ent_context_t *ctx)
{
    double *values = ent_calloc(ctx, (size_t)e->n_replication, sizeof *values);
    int code = values == NULL ? ENT_ERR_NO_MEMORY : ENT_OK;
    for (int k = 0; code == ENT_OK && k < ENT_N_AGREEMENT; k++) {
        code = read_agreement(e, k, scenario, values, ctx);
        for (int r = 0; code == ENT_OK && r < e->n_replication; r++) {
            double *const place[ENT_N_AGREEMENT] = {[ENT_AGREEMENT_DAY] = &agreements[r].day,
                                                    [ENT_AGREEMENT_FIRST] = &agreements[r].conceded[0],
                                                    [ENT_AGREEMENT_SECOND] = &agreements[r].conceded[1],
                                                    [ENT_AGREEMENT_BACK] = &agreements[r].snapped_back};
            *place[k] = e->whole[r] == 1 ? values[r] : NAN;
        }
    }
    free(values);
    return code;
}

int ent_ensemble_agreements(const ent_ensemble_t *ensemble, int scenario, ent_agreement_t *agreements,
                            ent_context_t *ctx)
{
    const ent_ensemble_t *e = ensemble;
    for (int r = 0; r < e->n_replication; r++) {
        agreements[r] = e->memory != NULL && e->whole[r] ? e->memory->held[r][scenario].agreement
                                                         : (ent_agreement_t){NAN, {NAN, NAN}, NAN};
    }
    return e->file != NULL && e->file->side[0] >= 0 ? read_agreements(e, scenario, agreements, ctx) : ENT_OK;
}
