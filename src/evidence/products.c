#include "evidence/products.h"

#include "base/memory.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

/* ---- groups by name ---- */

static int expand_code(ent_combination_t *to, const char *code, double sign, const ent_csv_whole_t *products,
                       int product, int group, ent_context_t *ctx)
{
    const int all = strcmp(code, "goods") == 0;
    int found = 0, result = ENT_OK;

    for (int r = 0; result == ENT_OK && r < products->n_rows; r++) {
        const char *of = ent_csv_text(products, r, group), *name = ent_csv_text(products, r, product);

        if ((all && of[0] != '\0') || strcmp(of, code) == 0) {
            result = ent_combination_add(to, name, strlen(name), sign, ctx);
            found = 1;
        }
    }
    return found ? result : ent_combination_add(to, code, strlen(code), sign, ctx);
}

/* Codes that were added and taken away again leave, so that nothing is missed for what is not wanted. */
static void cancel(ent_combination_t *self)
{
    int n = 0;

    for (int i = 0; i < self->n; i++) {
        int same = 0;

        while (same < n && strcmp(self->code[same], self->code[i]) != 0) {
            same++;
        }
        if (same < n) {
            self->sign[same] += self->sign[i];
            free(self->code[i]);
        } else {
            self->code[n] = self->code[i];
            self->sign[n++] = self->sign[i];
        }
    }
    self->n = 0;
    for (int i = 0; i < n; i++) {
        if (self->sign[i] == 0.0) {
            free(self->code[i]);
        } else {
            self->code[self->n] = self->code[i];
            self->sign[self->n++] = self->sign[i];
        }
    }
}

int ent_products_expand(ent_combination_t *list, int n, const ent_csv_whole_t *products, ent_context_t *ctx)
{
    const int product = ent_csv_needs(products, "product", ctx),
              group = ent_csv_needs(products, "group", ctx);
    int code = product < 0 || group < 0 ? ENT_ERR_DATA : ENT_OK;

    for (int i = 0; code == ENT_OK && i < n; i++) {
        ent_combination_t full = {.name = list[i].name};

        for (int k = 0; code == ENT_OK && k < list[i].n; k++) {
            code = expand_code(&full, list[i].code[k], list[i].sign[k], products, product, group, ctx);
        }
        list[i].name = NULL;
        ent_combination_free(&list[i]);
        list[i] = full;
        if (code == ENT_OK) {
            cancel(&list[i]);
        }
    }
    return code;
}

/* ---- groups that a config and an office share ---- */

static int root_of(const int *parent, int s)
{
    while (parent[s] != s) {
        s = parent[s];
    }
    return s;
}

/* Sector of the config that a sector of the benchmark is in, or -1. */
static int config_sector(const char *code, size_t length, const ent_config_t *config,
                         const ent_benchmark_t *fine)
{
    for (int s = 0; s < fine->n_sector; s++) {
        if (strlen(fine->sector[s]) == length && strncmp(fine->sector[s], code, length) == 0) {
            return config->sector_map[s];
        }
    }
    return -1;
}

/* First sector of the config that a product belongs to, after joining all of them; -1 when it has none. */
static int join_sectors(const char *sectors, int *parent, const ent_config_t *config,
                        const ent_benchmark_t *fine)
{
    int first = -1;

    for (const char *at = sectors; *at != '\0';) {
        const size_t length = strcspn(at, " ");
        const int s = config_sector(at, length, config, fine);

        if (s >= 0) {
            first = first < 0 ? s : first;
            parent[root_of(parent, s)] = root_of(parent, first);
        }
        at += length + (at[length] == ' ');
    }
    return first;
}

static int name_group(ent_combination_t *product, const char *sector, ent_context_t *ctx)
{
    char *name =
        product->name == NULL ? ent_strdup(ctx, sector) : ent_format(ctx, "%s+%s", product->name, sector);

    free(product->name);
    product->name = name;
    return name != NULL ? ENT_OK : ENT_ERR_NO_MEMORY;
}

static int add_group(ent_goods_t *self, int root, const int *parent, const ent_csv_whole_t *products,
                     const int *of, const ent_config_t *config, ent_context_t *ctx)
{
    ent_combination_t *group = &self->product[self->n];
    const int column = ent_csv_whole_column(products, "product");
    int code = ENT_OK;

    for (int r = 0; code == ENT_OK && r < products->n_rows; r++) {
        const char *name = ent_csv_text(products, r, column);

        if (of[r] >= 0 && root_of(parent, of[r]) == root) {
            code = ent_combination_add(group, name, strlen(name), 1.0, ctx);
        }
    }
    if (code != ENT_OK || group->n == 0) {
        return code;
    }
    for (int s = 0; code == ENT_OK && s < config->n_sector; s++) {
        if (root_of(parent, s) == root) {
            self->sector[self->n * config->n_sector + s] = 1;
            code = name_group(group, config->sector[s], ctx);
        }
    }
    self->n++;
    return code;
}

static int joined_groups(ent_goods_t *self, const ent_csv_whole_t *products, const ent_config_t *config,
                         const ent_benchmark_t *fine, ent_context_t *ctx)
{
    const int column = ent_csv_needs(products, "sectors", ctx),
              name = ent_csv_needs(products, "product", ctx);
    int *parent = ent_calloc(ctx, (size_t)config->n_sector, sizeof *parent);
    int *of = ent_calloc(ctx, (size_t)products->n_rows, sizeof *of);
    int code = column < 0 || name < 0         ? ENT_ERR_DATA
               : parent == NULL || of == NULL ? ENT_ERR_NO_MEMORY
                                              : ENT_OK;

    for (int s = 0; code == ENT_OK && s < config->n_sector; s++) {
        parent[s] = s;
    }
    for (int r = 0; code == ENT_OK && r < products->n_rows; r++) {
        of[r] = join_sectors(ent_csv_text(products, r, column), parent, config, fine);
    }
    for (int s = 0; code == ENT_OK && s < config->n_sector; s++) {
        if (root_of(parent, s) == s) {
            code = add_group(self, s, parent, products, of, config, ctx);
        }
    }
    free(parent);
    free(of);
    return code;
}

/* Sectors of the config that a file names as they are. */
static int named_groups(ent_goods_t *self, const ent_observations_t *observations, const ent_config_t *config,
                        ent_context_t *ctx)
{
    int code = ENT_OK;

    for (int s = 0; code == ENT_OK && s < config->n_sector; s++) {
        int found = 0;

        for (int r = 0; r < observations->n_rows; r++) {
            found |= strcmp(observations->row[r].product, config->sector[s]) == 0;
        }
        if (found) {
            ent_combination_t *product = &self->product[self->n];

            self->sector[self->n * config->n_sector + s] = 1;
            self->n++;
            code = name_group(product, config->sector[s], ctx);
            code = code == ENT_OK
                       ? ent_combination_add(product, config->sector[s], strlen(config->sector[s]), 1.0, ctx)
                       : code;
        }
    }
    return code;
}

/* Is what is known of a series, in all vintages together, without a gap between its first month and its last?
 */
static int without_gap(const ent_observations_t *observations, int row, double *value)
{
    int first = -1, last = -1, n = 0;

    ent_observations_fold(observations, row, 0, value);
    for (int m = 0; m < observations->n_months; m++) {
        if (!isnan(value[m])) {
            first = first < 0 ? m : first;
            last = m;
            n++;
        }
    }
    return first < 0 || last - first + 1 == n;
}

/* Are the sector's series of every flow without a gap? */
static int is_whole(const ent_observations_t *observations, const char *sector, double *value)
{
    int whole = 1;

    for (int r = 0; r < observations->n_rows; r++) {
        const ent_observation_row_t *row = &observations->row[r];

        if (strcmp(row->product, sector) == 0) {
            whole &= without_gap(observations,
                                 ent_observations_find(observations, row->flow, sector, row->measure), value);
        }
    }
    return whole;
}

static int has_total(const ent_observations_t *observations)
{
    int found = 0;

    for (int r = 0; r < observations->n_rows; r++) {
        found |= strcmp(observations->row[r].product, "total") == 0;
    }
    return found;
}

/* Take the sectors named without a gap away from the total, and from the sectors of what is left. */
static int subtract_sectors(ent_goods_t *self, const ent_observations_t *observations,
                            const ent_config_t *config, ent_context_t *ctx)
{
    ent_combination_t *rest = &self->product[self->n];
    unsigned char *sector = self->sector + self->n * config->n_sector;
    double *value = ent_calloc(ctx, (size_t)observations->n_months, sizeof *value);
    int code = value == NULL ? ENT_ERR_NO_MEMORY : ent_combination_add(rest, "total", 5, 1.0, ctx);

    for (int i = 0; code == ENT_OK && i < self->n; i++) {
        const char *name = self->product[i].name;

        if (is_whole(observations, name, value)) {
            code = ent_combination_add(rest, name, strlen(name), -1.0, ctx);
            for (int s = 0; s < config->n_sector; s++) {
                sector[s] = sector[s] && !self->sector[i * config->n_sector + s];
            }
        }
    }
    free(value);
    return code;
}

/* What a total is beside the sectors named with it, where the config has other goods. A series with gaps is
 * no part of the sum: its sector stays in the rest. */
static int add_rest(ent_goods_t *self, const ent_observations_t *observations, const ent_config_t *config,
                    ent_context_t *ctx)
{
    ent_combination_t *rest = &self->product[self->n];
    unsigned char *sector = self->sector + self->n * config->n_sector;
    int any = 0, code = name_group(rest, ENT_OTHER_GOODS, ctx);

    for (int s = 0; s < config->n_sector; s++) {
        sector[s] = config->sector_parameters[s].stocked > 0.5;
    }
    code = code == ENT_OK ? subtract_sectors(self, observations, config, ctx) : code;
    for (int s = 0; s < config->n_sector; s++) {
        any |= sector[s];
    }
    if (code == ENT_OK && any && rest->n > 1) {
        self->n++;
    } else {
        ent_combination_free(rest);
        memset(sector, 0, (size_t)config->n_sector);
    }
    return code;
}

/* All goods: the total of a file that names sectors, the sum of the groups else. */
static int add_total(ent_goods_t *self, int named, const ent_config_t *config, ent_context_t *ctx)
{
    ent_combination_t *total = &self->product[self->n];
    int code = name_group(total, "total", ctx);

    for (int i = 0; i < self->n; i++) {
        for (int k = 0; code == ENT_OK && !named && k < self->product[i].n; k++) {
            code = ent_combination_add(total, self->product[i].code[k], strlen(self->product[i].code[k]), 1.0,
                                       ctx);
        }
    }
    if (code == ENT_OK && named) {
        code = ent_combination_add(total, "total", 5, 1.0, ctx);
    }
    for (int s = 0; s < config->n_sector; s++) {
        self->sector[self->n * config->n_sector + s] = config->sector_parameters[s].stocked > 0.5;
    }
    self->n++;
    return code;
}

int ent_goods_init(ent_goods_t *self, const ent_csv_whole_t *products, const ent_observations_t *observations,
                   const ent_config_t *config, const ent_benchmark_t *fine, ent_context_t *ctx)
{
    const size_t most = (size_t)config->n_sector + 2; /* the rest and the total */
    int code, named;

    *self = (ent_goods_t){.n_sector = config->n_sector};
    self->product = ent_calloc(ctx, most, sizeof *self->product);
    self->sector = ent_calloc(ctx, most * (size_t)config->n_sector, 1);
    if (self->product == NULL || self->sector == NULL) {
        return ENT_ERR_NO_MEMORY;
    }
    code = named_groups(self, observations, config, ctx);
    named = self->n > 0;
    if (code == ENT_OK && !named) {
        code = joined_groups(self, products, config, fine, ctx);
    }
    if (code == ENT_OK && named && has_total(observations)) {
        code = add_rest(self, observations, config, ctx);
    }
    return code == ENT_OK ? add_total(self, named, config, ctx) : code;
}

void ent_goods_free(ent_goods_t *self)
{
    for (int i = 0; self->product != NULL && i <= self->n && i < self->n_sector + 2; i++) {
        ent_combination_free(&self->product[i]);
    }
    free(self->product);
    free(self->sector);
    *self = (ent_goods_t){0};
}

/* ---- partners ---- */

static const char *const european_union[] = {"AUT", "BEL", "BGR", "CYP", "CZE", "DEU", "DNK", "ESP", "EST",
                                             "FIN", "FRA", "GRC", "HRV", "HUN", "IRL", "ITA", "LTU", "LUX",
                                             "LVA", "MLT", "NLD", "POL", "PRT", "ROU", "SVK", "SVN", "SWE"};
enum { N_UNION = sizeof european_union / sizeof *european_union };

static int in_union(const char *code)
{
    for (size_t i = 0; i < N_UNION; i++) {
        if (strcmp(european_union[i], code) == 0) {
            return 1;
        }
    }
    return 0;
}

typedef struct {
    const ent_observations_t *observations;
    const char *measure, *destination;
    const ent_config_t *config;
    const ent_benchmark_t *fine;
    ent_context_t *ctx;
} partners_t;

/* 1 when the file has goods from there, 0 when not, -1 out of memory. */
static int observed(const partners_t *p, const char *code)
{
    char *flow = ent_format(p->ctx, "%s-%s", code, p->destination);
    int found = flow == NULL ? -1 : ent_observations_find(p->observations, flow, "total", p->measure) >= 0;

    free(flow);
    return found;
}

/* The economies of a region that have series; those that have none are counted. */
static int add_region(const partners_t *p, int region, ent_combination_t *partner, int *n_unseen)
{
    int members = 0, code = ENT_OK, pooled;

    for (int e = 0; e < p->fine->n_region; e++) {
        members += p->config->region_map[e] == region && in_union(p->fine->region[e]);
    }
    pooled = members == N_UNION && observed(p, "EU27") > 0;
    if (pooled) {
        code = ent_combination_add(partner, "EU27", 4, 1.0, p->ctx);
    }
    for (int e = 0; code == ENT_OK && e < p->fine->n_region; e++) {
        const char *economy = p->fine->region[e];

        if (p->config->region_map[e] != region || (pooled && in_union(economy))) {
            continue;
        }
        const int found = observed(p, economy);
        code = found < 0 ? ENT_ERR_NO_MEMORY
               : found   ? ent_combination_add(partner, economy, strlen(economy), 1.0, p->ctx)
                         : ENT_OK;
        *n_unseen += found == 0;
    }
    return code;
}

/* What all others leave of the world. */
static int leave_rest(const partners_t *p, ent_combination_t *partner, int rest, int destination)
{
    int code = ENT_OK;

    if (observed(p, "WLD") <= 0) {
        return ENT_OK;
    }
    for (int k = 0; k < partner[rest].n; k++) {
        free(partner[rest].code[k]);
    }
    partner[rest].n = 0;
    code = ent_combination_add(&partner[rest], "WLD", 3, 1.0, p->ctx);
    for (int r = 0; r < p->config->n_region; r++) {
        for (int k = 0; code == ENT_OK && r != rest && r != destination && k < partner[r].n; k++) {
            code = ent_combination_add(&partner[rest], partner[r].code[k], strlen(partner[r].code[k]), -1.0,
                                       p->ctx);
        }
    }
    return code;
}

int ent_partners_of_config(ent_combination_t **partner, int *n_unseen, const ent_observations_t *observations,
                           const char *measure, int destination, const ent_config_t *config,
                           const ent_benchmark_t *fine, ent_context_t *ctx)
{
    const partners_t p = {observations, measure, config->region[destination], config, fine, ctx};
    int code = ENT_OK, rest = -1;

    *n_unseen = 0;
    *partner = ent_calloc(ctx, (size_t)config->n_region, sizeof **partner);
    if (*partner == NULL) {
        return ENT_ERR_NO_MEMORY;
    }
    for (int e = 0; e < fine->n_region; e++) {
        rest = strcmp(fine->region[e], "ROW") == 0 ? config->region_map[e] : rest;
    }
    for (int r = 0; code == ENT_OK && r < config->n_region; r++) {
        (*partner)[r].name = ent_strdup(ctx, config->region[r]);
        code = (*partner)[r].name == NULL ? ENT_ERR_NO_MEMORY : ENT_OK;
        if (code == ENT_OK && r != destination) {
            code = add_region(&p, r, &(*partner)[r], n_unseen);
        }
    }
    return code == ENT_OK && rest >= 0 && rest != destination ? leave_rest(&p, *partner, rest, destination)
                                                              : code;
}
