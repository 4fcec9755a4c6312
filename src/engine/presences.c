/* Firms of every origin and sector, and their presences in every market (docs/model.md, "Entities"): followed
 * firms one by one, the fringe pooled, captive flows and affiliates by themselves. */
#include "engine/model.h"

#include "base/memory.h"
#include "base/vmath.h"
#include "engine/kernel.h"

#include <math.h>
#include <stdlib.h>

void ent_size_shares(double shape, double offset, double share[ENT_RANKED_FIRMS])
{
    double sum = 0.0;
    for (int k = 0; k < ENT_RANKED_FIRMS; k++) {
        share[k] = ent_exp(-ent_log(k + 1.0 + offset) / shape);
        sum += share[k];
    }
    for (int k = 0; k < ENT_RANKED_FIRMS; k++) {
        share[k] /= sum;
    }
}

double ent_captive_share(const ent_config_t *config, int origin, int destination, int sector)
{
    double share = 0.0;
    for (int i = 0; config->mechanisms.captive && i < config->n_captive; i++) {
        const ent_captive_t *captive = &config->captive[i];
        if (origin != destination && captive->origins[origin] && captive->destinations[destination] &&
            captive->sectors[sector]) {
            share = captive->share; /* the later entry wins */
        }
    }
    return share;
}

/* Largest share of the benchmark flow owner -> host that plants in the host may take over. */
static double plant_share(const ent_config_t *config, int owner, int host, int sector)
{
    const ent_tariff_jumping_t *jumping = &config->tariff_jumping;
    double share = 0.0;
    if (owner == host) {
        return 0.0;
    }
    for (int i = 0; i < config->n_plants; i++) {
        const ent_plant_t *plant = &config->plants[i];
        if (!plant->invested && !config->mechanisms.plants) {
            continue;
        }
        share += plant->owner == owner && plant->host == host && plant->sector == sector ? plant->share : 0.0;
    }
    if (config->mechanisms.tariff_jumping && jumping->owners[owner] && jumping->hosts[host] &&
        jumping->sectors[sector]) {
        share = fmax(share, config->sector_parameters[sector].plant_share);
    }
    return share;
}

/* What invested plants can sell in the host beside what they take over, million USD a year. */
static double plants_add(const ent_config_t *config, int owner, int host, int sector)
{
    double added = 0.0;
    for (int i = 0; i < config->n_plants; i++) {
        const ent_plant_t *plant = &config->plants[i];
        added += plant->owner == owner && plant->host == host && plant->sector == sector ? plant->added : 0.0;
    }
    return added;
}

double ent_plant_reach(const ent_model_t *model, int presence, double capacity)
{
    const ent_cell_t *cell = &model->cell[model->presence_cell[presence]];
    const double spent = model->market[cell->market].expenditure * model->config->calendar.steps_per_year;
    return capacity / (spent * cell->basic_per_landed);
}

/* ---- numbering
 * ---------------------------------------------------------------------------------------------- */

/* What laying out presences needs while it runs. */
typedef struct {
    ent_model_t *model;
    int *first_firm; /* [n_markets + 1] by (origin, sector) */
    int *n_followed; /* [n_markets] most followed firms of (origin, sector) in any market */
    int n_laid;      /* affiliates so far */
    int *owner;      /* [n_region] regions in the order of their names' hashes */
} layout_t;

static double fringe_threshold_share(const layout_t *l, const ent_cell_t *cell)
{
    const double free_share = cell->share * (1.0 - cell->captive_share);
    return (double)l->model->market[cell->market].n_slots * free_share;
}

/* Firms of a cell large enough to be followed one by one there. */
static int followed_firms(const layout_t *l, const ent_cell_t *cell)
{
    const double threshold = l->model->config->global.fringe_threshold;
    const double *size =
        l->model->size_share + (size_t)l->model->market[cell->market].sector * ENT_RANKED_FIRMS;
    const double slots = fringe_threshold_share(l, cell);
    int n = 0;
    while (n < ENT_RANKED_FIRMS && slots * size[n] >= threshold) {
        n++;
    }
    return n;
}

/* Owners of affiliates in the market of a domestic cell; owner [n_region] gets them in a fixed order. */
static int owners_in(const layout_t *l, const ent_cell_t *cell, int *owner)
{
    const ent_market_t *market = &l->model->market[cell->market];
    int n = 0;
    for (int i = 0; i < l->model->n_region && cell->origin == market->destination; i++) {
        const int o = l->owner[i];
        const int source = l->model->cell_of[cell->market * l->model->n_region + o];
        if (source >= 0 && (plant_share(l->model->config, o, market->destination, market->sector) > 0.0 ||
                            plants_add(l->model->config, o, market->destination, market->sector) > 0.0)) {
            owner[n++] = o;
        }
    }
    return n;
}

static int by_name_hash(const ent_model_t *model, int a, int b)
{
    const uint64_t x = ent_name_hash(2, model->config->region[a]);
    const uint64_t y = ent_name_hash(2, model->config->region[b]);
    return x < y ? -1 : x > y;
}

static void order_owners(layout_t *l)
{
    for (int i = 0; i < l->model->n_region; i++) {
        int at = i;
        while (at > 0 && by_name_hash(l->model, i, l->owner[at - 1]) < 0) {
            l->owner[at] = l->owner[at - 1];
            at--;
        }
        l->owner[at] = i;
    }
}

/* Number the firms of every (origin, sector): as many followed as in the market where most are, the fringe,
 * then affiliates that produce there. */
static int lay_firms(layout_t *l, int *owner, ent_context_t *ctx)
{
    ent_model_t *model = l->model;
    const int S = model->n_sector, groups = model->n_markets;
    int *n_affiliates = ent_calloc(ctx, (size_t)groups, sizeof *n_affiliates);
    if (n_affiliates == NULL) {
        return ENT_ERR_NO_MEMORY;
    }
    for (int c = 0; c < model->n_cells; c++) {
        ent_cell_t *cell = &model->cell[c];
        const ent_market_t *market = &model->market[cell->market];
        const int group = cell->origin * S + market->sector;
        cell->captive_share =
            ent_captive_share(model->config, cell->origin, market->destination, market->sector);
        const int n = followed_firms(l, cell);
        l->n_followed[group] = n > l->n_followed[group] ? n : l->n_followed[group];
        model->n_presences += n + 1 + (cell->captive_share > 0.0);
        const int n_here = owners_in(l, cell, owner);
        n_affiliates[group] += n_here;
        model->n_affiliates += n_here;
    }
    model->n_presences += model->n_affiliates;
    for (int i = 0; i < groups; i++) {
        l->first_firm[i] = model->n_firms;
        model->n_firms += l->n_followed[i] + 1 + n_affiliates[i];
    }
    l->first_firm[groups] = model->n_firms;
    free(n_affiliates);
    model->firm = ent_calloc(ctx, (size_t)model->n_firms, sizeof *model->firm);
    if (model->firm == NULL) {
        return ENT_ERR_NO_MEMORY;
    }
    for (int i = 0; i < groups; i++) {
        const uint64_t key =
            ent_name_hash(ent_name_hash(3, model->config->region[i / S]), model->config->sector[i % S]);
        for (int f = l->first_firm[i]; f < l->first_firm[i + 1]; f++) {
            const int rank = f - l->first_firm[i];
            const int pooled = rank == l->n_followed[i];
            /* the fringe has a key of its own: its number of followed firms depends on slots */
            model->firm[f] = (ent_firm_t){.origin = i / S,
                                          .sector = i % S,
                                          .pooled = pooled,
                                          .owner = -1,
                                          .key = ent_mix64(key + (pooled ? 0 : (uint64_t)rank + 1))};
        }
    }
    return 0;
}

/* ---- presences
 * ---------------------------------------------------------------------------------------------- */

static int allocate_presences(ent_model_t *model, ent_context_t *ctx)
{
    const size_t n = (size_t)model->n_presences;
    model->presence_cell = ent_calloc(ctx, n, sizeof *model->presence_cell);
    model->presence_firm = ent_calloc(ctx, n, sizeof *model->presence_firm);
    model->presence_share = ent_calloc(ctx, n, sizeof *model->presence_share);
    model->presence_key = ent_calloc(ctx, n, sizeof *model->presence_key);
    model->presence_kind = ent_calloc(ctx, n, sizeof *model->presence_kind);
    model->presence_reach = ent_calloc(ctx, n, sizeof *model->presence_reach);
    model->presence_weight = ent_calloc(ctx, n, sizeof *model->presence_weight);
    model->presence_rank = ent_calloc(ctx, n, sizeof *model->presence_rank);
    model->affiliate = ent_calloc(ctx, (size_t)model->n_affiliates, sizeof *model->affiliate);
    return !model->presence_cell || !model->presence_firm || !model->presence_share || !model->presence_key ||
                   !model->presence_kind || !model->presence_reach || !model->presence_rank ||
                   !model->presence_weight || !model->affiliate
               ? ENT_ERR_NO_MEMORY
               : 0;
}

static void lay_presence(ent_model_t *model, int p, int c, int firm, ent_presence_kind_t kind, double share)
{
    const ent_cell_t *cell = &model->cell[c];
    const ent_market_t *market = &model->market[cell->market];
    model->presence_cell[p] = c;
    model->presence_firm[p] = firm;
    model->presence_kind[p] = (uint8_t)kind;
    model->presence_share[p] = cell->share * share;
    model->presence_reach[p] = kind == ENT_PRESENCE_CAPTIVE ? 0.0 : cell->share * share;
    model->presence_rank[p] = -1;
    model->presence_key[p] = ent_name_hash(model->firm[firm].key, model->config->region[market->destination]);
    model->firm[firm].output += cell->share * share * market->expenditure * cell->basic_per_landed;
}

/* Affiliates in the market of a domestic cell; returns the next presence. */
static int lay_affiliates(layout_t *l, int c, int p, int *next_firm, int *owner)
{
    ent_model_t *model = l->model;
    const ent_cell_t *cell = &model->cell[c];
    const ent_market_t *market = &model->market[cell->market];
    const int group = cell->origin * model->n_sector + market->sector;
    const int n = owners_in(l, cell, owner);
    for (int i = 0; i < n; i++, p++) {
        const int source = model->cell_of[cell->market * model->n_region + owner[i]];
        const int firm = next_firm[group]++;
        ent_firm_t *affiliate = &model->firm[firm];
        affiliate->owner = owner[i];
        affiliate->key = ent_name_hash(affiliate->key, model->config->region[owner[i]]);
        lay_presence(model, p, c, firm, ENT_PRESENCE_AFFILIATE, 0.0);
        model->affiliate[l->n_laid++] = (ent_affiliate_t){p, cell->market, owner[i], source};
        model->presence_reach[p] =
            model->cell[source].share *
                plant_share(model->config, owner[i], market->destination, market->sector) +
            ent_plant_reach(model, p,
                            plants_add(model->config, owner[i], market->destination, market->sector));
    }
    return p;
}

static void lay_cells_presences(layout_t *l, int *next_firm, int *owner)
{
    ent_model_t *model = l->model;
    int p = 0;
    for (int c = 0; c < model->n_cells; c++) {
        ent_cell_t *cell = &model->cell[c];
        const ent_market_t *market = &model->market[cell->market];
        const double *size = l->model->size_share + (size_t)market->sector * ENT_RANKED_FIRMS;
        const int group = cell->origin * model->n_sector + market->sector;
        const double open = 1.0 - cell->captive_share;
        const int n = followed_firms(l, cell);
        double rest = 1.0;
        cell->first_presence = p;
        for (int k = 0; k < n; k++, p++) {
            rest -= size[k];
            lay_presence(model, p, c, l->first_firm[group] + k, ENT_PRESENCE_FOLLOWED, open * size[k]);
            model->presence_rank[p] = k;
        }
        cell->fringe = p;
        lay_presence(model, p++, c, l->first_firm[group] + l->n_followed[group], ENT_PRESENCE_FRINGE,
                     open * rest);
        if (cell->captive_share > 0.0) {
            /* inside the largest firm, where there is one that is followed */
            cell->captive = p;
            lay_presence(model, p, c, l->first_firm[group], ENT_PRESENCE_CAPTIVE, cell->captive_share);
            model->presence_key[p] = ent_name_hash(model->presence_key[p], "captive");
            p++;
        }
        p = lay_affiliates(l, c, p, next_firm, owner);
        cell->n_presences = p - cell->first_presence;
    }
}

static void weigh_presences(ent_model_t *model)
{
    for (int p = 0; p < model->n_presences; p++) {
        const ent_cell_t *cell = &model->cell[model->presence_cell[p]];
        const double sales =
            model->presence_share[p] * model->market[cell->market].expenditure * cell->basic_per_landed;
        const double output = model->firm[model->presence_firm[p]].output;
        model->presence_weight[p] = output > 0.0 ? sales / output : 0.0;
    }
}

static int index_presences(ent_model_t *model, ent_context_t *ctx)
{
    for (int m = 0; m < model->n_markets; m++) {
        ent_market_t *market = &model->market[m];
        if (market->n_cells == 0) {
            continue;
        }
        const ent_cell_t *first = &model->cell[market->first_cell];
        const ent_cell_t *last = first + market->n_cells - 1;
        market->first_presence = first->first_presence;
        market->n_presences = last->first_presence + last->n_presences - first->first_presence;
        if (market->n_presences > UINT16_MAX) {
            return ent_fail(ctx, ENT_ERR_CONFIG, "engine layout",
                            "market %s %s would have %d presences, at most 65535: raise fringe_threshold",
                            model->config->region[market->destination], model->config->sector[market->sector],
                            market->n_presences);
        }
        if (market->n_slots > ENT_BLOCK_SLOTS && market->n_presences > model->n_shared) {
            model->n_shared = market->n_presences;
        }
        int lag = 0;
        for (const ent_cell_t *cell = first; cell <= last; cell++) {
            market->captive_share += cell->share * cell->captive_share;
            while (lag < cell->lag) {
                market->lag_begin[++lag] = cell->first_presence - market->first_presence;
            }
        }
        while (lag <= ENT_MAX_LAG) {
            market->lag_begin[++lag] = market->n_presences;
        }
    }
    return 0;
}

int ent_lay_presences(ent_model_t *model, ent_context_t *ctx)
{
    const size_t groups = (size_t)model->n_markets, S = (size_t)model->n_sector;
    layout_t l = {.model = model};
    model->size_share = ent_calloc(ctx, S * ENT_RANKED_FIRMS, sizeof *model->size_share);
    l.first_firm = ent_calloc(ctx, groups + 1, sizeof *l.first_firm);
    l.n_followed = ent_calloc(ctx, groups, sizeof *l.n_followed);
    l.owner = ent_calloc(ctx, (size_t)model->n_region, sizeof *l.owner);
    int *owner = ent_calloc(ctx, (size_t)model->n_region, sizeof *owner);
    int *next_firm = ent_calloc(ctx, groups, sizeof *next_firm);
    int code = ENT_ERR_NO_MEMORY;
    if (!model->size_share || !l.first_firm || !l.n_followed || !l.owner || !owner || !next_firm) {
        goto out;
    }
    for (size_t s = 0; s < S; s++) {
        const ent_sector_parameters_t *p = &model->config->sector_parameters[s];
        ent_size_shares(p->size_pareto_shape, p->size_rank_offset, model->size_share + s * ENT_RANKED_FIRMS);
    }
    order_owners(&l);
    code = lay_firms(&l, owner, ctx);
    if (code == 0) {
        code = allocate_presences(model, ctx);
    }
    if (code == 0) {
        for (size_t i = 0; i < groups; i++) {
            next_firm[i] = l.first_firm[i] + l.n_followed[i] + 1;
        }
        lay_cells_presences(&l, next_firm, owner);
        weigh_presences(model);
        code = index_presences(model, ctx);
    }
out:
    free(l.first_firm);
    free(l.n_followed);
    free(l.owner);
    free(owner);
    free(next_firm);
    return code;
}
