/* `law`: the law by product line becomes measures of the config, one for each region and day on which its
 * mean rates change. Line by line it is exact; between lines of a sector the mean stands for all. */
#include "config/internal.h"

#include "base/memory.h"
#include "io/law_file.h"
#include "policy/lines.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

static const char *const law_keys[] = {"name", "importer", "known", "until", "without", "with"};
enum { MOST_DAYS = 2000, MOST_WITHOUT = 1000 };
static const double smallest_change = 1e-9, smallest_coverage = 1e-9;
static const double smallest_part = 0.01; /* of a sector's imports that product lines make up */

typedef struct {
    ent_config_reader_t *reader;
    const ent_yaml_t *node;
    ent_law_t law;
    ent_lines_t lines;
    ent_lines_day_t day;
    ent_lines_when_t when;
    ent_day_t until;
    unsigned char *without;                /* [n_measures of the law] */
    int importer, n_buckets;               /* region; regions x sectors */
    int *region, *bucket;                  /* [n_partners], [n_cells] */
    double *imports, *base, *sums, *rates; /* [n_buckets] USD, and the rates of the step before */
} lowering_t;

/* ---- the section ---- */

static void read_without(lowering_t *l, const ent_yaml_t *list)
{
    ent_context_t *ctx = l->reader->ctx;

    if (!ent_bind_is_list(ctx, list, MOST_WITHOUT)) {
        return;
    }
    for (size_t i = 0; i < list->n_children; i++) {
        const char *id = NULL;
        const int m = ent_bind_text(ctx, list->children[i], &id) ? ent_law_measure(&l->law, id) : -1;

        if (m >= 0) {
            l->without[m] = 1;
        } else if (id != NULL) {
            (void)ent_bind_fault(ctx, list->children[i], NULL, "the law has no measure of this name");
        }
    }
}

static void read_importer(lowering_t *l)
{
    const ent_yaml_t *node = ent_yaml_get(l->node, "importer");
    const ent_benchmark_t *fine = l->reader->fine;

    l->importer = -1;
    if (node != NULL) {
        (void)ent_config_bind_region(l->reader, node, &l->importer);
        return;
    }
    for (int i = 0; i < fine->n_region; i++) {
        if (strcmp(fine->region[i], l->law.measures[0].importer) == 0) {
            l->importer = l->reader->config->region_map[i];
        }
    }
    if (l->importer < 0) {
        (void)ent_bind_fault(l->reader->ctx, l->node, NULL,
                             "importer: the region whose law it is (the law names %s)",
                             l->law.measures[0].importer);
    }
}

/* The law itself, and on top of it a folder that is named from the config's. */
static int open_law(lowering_t *l, const char *name, const char *more)
{
    ent_context_t *ctx = l->reader->ctx;
    const char *path = l->reader->config->path, *slash = strrchr(path, '/');
    const int folder = slash != NULL ? (int)(slash - path) + 1 : 0;
    char *whole = more != NULL && more[0] != '/' ? ent_format(ctx, "%.*s%s", folder, path, more)
                  : more != NULL                 ? ent_strdup(ctx, more)
                                                 : NULL;
    char *own = strchr(name, '/') != NULL && name[0] != '/' ? ent_format(ctx, "%.*s%s", folder, path, name)
                                                            : ent_strdup(ctx, name);
    int code = own == NULL || (more != NULL && whole == NULL) ? ENT_ERR_NO_MEMORY : ENT_OK;

    code = code != ENT_OK ? code : ent_law_read(&l->law, own, whole, ctx);
    free(whole);
    free(own);
    return code;
}

static int read_section(lowering_t *l)
{
    ent_context_t *ctx = l->reader->ctx;
    const char *name = NULL, *more = NULL;
    const int is_map = l->node->text == NULL;

    if (is_map) {
        if (!ent_bind_is_map(ctx, l->node)) {
            return ENT_ERR_CONFIG;
        }
        ent_bind_known_keys(ctx, l->node, law_keys, ENT_COUNT(law_keys));
        (void)ent_bind_need(ctx, l->node, "name", "a law, such as us");
    }
    (void)ent_bind_text(ctx, ent_yaml_get(l->node, "with"), &more);
    if (!ent_bind_text(ctx, is_map ? ent_yaml_get(l->node, "name") : l->node, &name) ||
        open_law(l, name, more) != ENT_OK) {
        return ENT_ERR_CONFIG;
    }
    l->until = ENT_DAY_NEVER;
    l->when = (ent_lines_when_t){.known = ENT_DAY_NEVER};
    (void)ent_bind_day(ctx, ent_yaml_get(l->node, "known"), &l->when.known);
    (void)ent_bind_day(ctx, ent_yaml_get(l->node, "until"), &l->until);
    l->without = ent_calloc(ctx, (size_t)l->law.n_measures, 1);
    if (l->without == NULL) {
        return ENT_ERR_NO_MEMORY;
    }
    l->when.without = l->without;
    read_without(l, ent_yaml_get(l->node, "without"));
    read_importer(l);
    return l->importer >= 0 ? ent_lines_init(&l->lines, &l->law, ctx) : ENT_ERR_CONFIG;
}

/* ---- partners and sectors of the config ---- */

static int region_of_economy(const lowering_t *l, const char *code)
{
    const ent_benchmark_t *fine = l->reader->fine;

    for (int i = 0; i < fine->n_region; i++) {
        if (strcmp(fine->region[i], code) == 0) {
            return l->reader->config->region_map[i];
        }
    }
    return -1;
}

/* A partner by its own code or that of its largest member; the rest of the world for those without an economy
 * here. */
static int region_of_partner(const lowering_t *l, int partner)
{
    const char *code = l->law.partners[partner].code;
    const int own = region_of_economy(l, code);

    return own >= 0                  ? own
           : strcmp(code, "EU") == 0 ? region_of_economy(l, "DEU")
                                     : region_of_economy(l, "ROW");
}

static int sector_of(const lowering_t *l, int sector)
{
    const ent_benchmark_t *fine = l->reader->fine;
    const char *name = sector >= 0 ? l->law.sectors[sector] : "";

    for (int i = 0; i < fine->n_sector; i++) {
        if (strcmp(fine->sector[i], name) == 0) {
            return l->reader->config->sector_map[i];
        }
    }
    return ent_config_sector(l->reader->config, name);
}

/* A sector of which lines are next to nothing, such as services with electricity among them, pays no duty by
 * lines. */
static void drop_sectors(lowering_t *l)
{
    const ent_benchmark_t *b = l->reader->coarse;

    for (int s = 0; s < b->n_sector; s++) {
        double lines = 0.0, flow = 0.0;

        for (int o = 0; o < b->n_region; o++) {
            lines += 1e-6 * l->imports[o * b->n_sector + s];
            flow += o != l->importer ? b->flow[ent_cell(b, s, o, l->importer)] : 0.0;
        }
        for (int o = 0; lines < smallest_part * flow && o < b->n_region; o++) {
            l->imports[o * b->n_sector + s] = 0.0;
        }
    }
}

static void fill_buckets(lowering_t *l)
{
    const ent_law_trade_t *trade = &l->law.trade;
    const int n_sector = l->reader->config->n_sector;

    for (int p = 0; p < l->law.n_partners; p++) {
        l->region[p] = region_of_partner(l, p);
    }
    for (int c = 0; c < l->lines.n_cells; c++) {
        const int region = l->region[trade->partner[c]], line = l->lines.cell_line[c];
        const int sector = sector_of(l, l->lines.line_sector[line]);

        l->bucket[c] = region >= 0 && region != l->importer && sector >= 0 ? region * n_sector + sector : -1;
        if (l->bucket[c] >= 0) {
            l->imports[l->bucket[c]] += trade->imports[c];
            l->base[l->bucket[c]] += trade->imports[c] * l->lines.base[c];
        }
    }
    drop_sectors(l);
}

static int prepare(lowering_t *l)
{
    const ent_config_t *config = l->reader->config;
    ent_context_t *ctx = l->reader->ctx;
    const size_t n = (size_t)config->n_region * (size_t)config->n_sector;

    l->n_buckets = (int)n;
    l->region = ent_calloc(ctx, (size_t)l->law.n_partners, sizeof *l->region);
    l->bucket = ent_calloc(ctx, (size_t)l->lines.n_cells, sizeof *l->bucket);
    l->imports = ent_calloc(ctx, n, sizeof *l->imports);
    l->base = ent_calloc(ctx, n, sizeof *l->base);
    l->sums = ent_calloc(ctx, n, sizeof *l->sums);
    l->rates = ent_calloc(ctx, n, sizeof *l->rates);
    if (l->region == NULL || l->bucket == NULL || l->imports == NULL || l->base == NULL || l->sums == NULL ||
        l->rates == NULL) {
        return ENT_ERR_NO_MEMORY;
    }
    fill_buckets(l);
    return ent_lines_day_init(&l->day, &l->lines, 0, ctx);
}

/* ---- days ---- */

/* What begins and ends on a day for a region: news, loading, days that count back. */
typedef struct {
    ent_day_t announced, retroactive_to;
    int n, n_by_loading;
} news_t;

static int concerns(const lowering_t *l, const ent_law_measure_t *m, int region)
{
    for (int p = 0; p < l->law.n_partners; p++) {
        if (m->partner[p] && l->region[p] == region) {
            return 1;
        }
    }
    return 0;
}

static void add_news(news_t *news, const ent_law_measure_t *m, ent_day_t on)
{
    const int begins = m->effective == on;
    const ent_day_t known = begins || m->end_announced == ENT_DAY_ALWAYS ? m->announced : m->end_announced;

    news->n++;
    news->announced = known > news->announced ? known : news->announced;
    news->n_by_loading += begins && m->by_loading;
    if (begins && m->retroactive_to < news->retroactive_to) {
        news->retroactive_to = m->retroactive_to;
    }
}

static news_t news_of(const lowering_t *l, int region, ent_day_t on)
{
    news_t news = {ENT_DAY_ALWAYS, ENT_DAY_NEVER, 0, 0};

    for (int i = 0; i < l->law.n_measures; i++) {
        const ent_law_measure_t *m = &l->law.measures[i];

        if (!l->without[i] && (m->effective == on || m->end == on) && concerns(l, m, region)) {
            add_news(&news, m, on);
        }
    }
    if (news.n == 0) { /* a list changes on its own: known when it does */
        news.announced = on;
    }
    return news;
}

/* ---- measures ---- */

static int append_common(ent_config_t *config, int measure, ent_context_t *ctx)
{
    size_t capacity = (size_t)config->n_common;
    int *grown = ent_grow(ctx, config->common, &capacity, (size_t)config->n_common + 1, sizeof *grown);

    if (grown == NULL) {
        return ENT_ERR_NO_MEMORY;
    }
    config->common = grown;
    config->common[config->n_common++] = measure;
    return ENT_OK;
}

static ent_measure_t *new_measure(lowering_t *l)
{
    ent_config_t *config = l->reader->config;
    ent_context_t *ctx = l->reader->ctx;

    if (config->n_measures >= ENT_CONFIG_MAX_MEASURES) {
        (void)ent_bind_fault(ctx, l->node, NULL, "makes more than %d measures: set until, or fewer regions",
                             ENT_CONFIG_MAX_MEASURES);
        return NULL;
    }
    ent_measure_t *list = realloc(config->measures, ((size_t)config->n_measures + 1) * sizeof *list);
    if (list == NULL) {
        (void)ent_fail(ctx, ENT_ERR_NO_MEMORY, config->path, "no memory for the measures of a law");
        return NULL;
    }
    config->measures = list;
    ent_measure_t *m = &list[config->n_measures++];
    *m = (ent_measure_t){.importer = l->importer,
                         .kind = ENT_MEASURE_ADDITIVE,
                         .collected_in_full = 1,
                         .from_lines = 1,
                         .end = ENT_DAY_NEVER,
                         .end_announced = ENT_DAY_ALWAYS,
                         .retroactive_to = ENT_DAY_NEVER,
                         .latest = ENT_DAY_NEVER,
                         .anticipated_from = ENT_DAY_NEVER,
                         .line = l->node->line};
    m->rate = ent_calloc(ctx, (size_t)config->n_region, sizeof *m->rate);
    m->coverage = ent_calloc(ctx, (size_t)config->n_sector, sizeof *m->coverage);
    m->set = ent_format(ctx, "law-%.60s", config->region[l->importer]);
    return m->rate != NULL && m->coverage != NULL && m->set != NULL ? m : NULL;
}

/* The highest rate of a region's sectors; the others are shares of it. A sector is covered a very little
 * where its rate is nothing, so that the measure takes the place of the one before. */
static void fill_rates(const lowering_t *l, int region, ent_measure_t *m)
{
    const ent_config_t *config = l->reader->config;
    const double *rates = &l->rates[(size_t)region * (size_t)config->n_sector];
    double highest = 0.0;

    for (int s = 0; s < config->n_sector; s++) {
        highest = rates[s] > highest ? rates[s] : highest;
    }
    for (int o = 0; o < config->n_region; o++) {
        m->rate[o] = o == region ? highest : NAN;
    }
    for (int s = 0; s < config->n_sector; s++) {
        const double share = highest > 0.0 ? rates[s] / highest : 1.0;

        m->coverage[s] = share > smallest_coverage ? share : smallest_coverage;
    }
}

static int add_step(lowering_t *l, int region, ent_day_t on)
{
    const news_t news = news_of(l, region, on);
    ent_config_t *config = l->reader->config;
    ent_context_t *ctx = l->reader->ctx;
    ent_measure_t *m = new_measure(l);
    char day[16];

    if (m == NULL) {
        return ENT_ERR_NO_MEMORY;
    }
    ent_day_format(on, day);
    fill_rates(l, region, m);
    m->effective = on;
    m->announced = news.announced < on ? news.announced : on;
    m->retroactive_to = news.retroactive_to;
    m->basis = news.n_by_loading > 0 && news.n_by_loading == news.n ? ENT_BASIS_LOADING : ENT_BASIS_ARRIVAL;
    m->id = ent_format(ctx, "law-%.40s-%s", config->region[region], day);
    m->legal = ent_format(ctx, "law %.60s, mean over product lines", l->law.name);
    return m->id != NULL && m->legal != NULL ? append_common(config, config->n_measures - 1, ctx)
                                             : ENT_ERR_NO_MEMORY;
}

/* Rates of a day into l->rates; 1 where a region's differ from those before. */
static int change_rates(lowering_t *l, int region)
{
    const int n = l->reader->config->n_sector;
    int changed = 0;

    for (int b = region * n; b < (region + 1) * n; b++) {
        const double rate = l->imports[b] > 0.0 ? (l->sums[b] - l->base[b]) / l->imports[b] : 0.0;
        const double above = rate > 0.0 ? rate : 0.0;

        changed |= fabs(above - l->rates[b]) > smallest_change;
        l->rates[b] = above;
    }
    return changed;
}

static int add_day(lowering_t *l, ent_day_t on)
{
    l->when.arrive = l->when.loaded = on;
    ent_lines_move(&l->day, &l->when);
    ent_lines_sum(&l->day, l->bucket, l->n_buckets, NULL, NULL, l->sums);
    for (int region = 0; region < l->reader->config->n_region; region++) {
        if (region != l->importer && change_rates(l, region) && add_step(l, region, on) != ENT_OK) {
            return ENT_ERR_NO_MEMORY;
        }
    }
    return ENT_OK;
}

/* From the end of the base year on: what held then is in the benchmark's tariffs. */
static int add_days(lowering_t *l)
{
    ent_day_t days[MOST_DAYS];
    const ent_day_t first = ent_day_of(l->law.trade.base_year + 1, 1, 1);
    const ent_day_t last = l->until != ENT_DAY_NEVER ? l->until : ENT_DAY_NEVER - 1;
    const int n = ent_lines_days(&l->law, first + 1, last, days, MOST_DAYS);
    int code = add_day(l, first);

    for (int i = 0; code == ENT_OK && i < n && i < MOST_DAYS; i++) {
        code = add_day(l, days[i]);
    }
    return code;
}

/* ---- all ---- */

static void lowering_free(lowering_t *l)
{
    ent_lines_day_free(&l->day);
    if (l->lines.law != NULL) {
        ent_lines_free(&l->lines);
    }
    ent_law_free(&l->law);
    free(l->without);
    free(l->region);
    free(l->bucket);
    free(l->imports);
    free(l->base);
    free(l->sums);
    free(l->rates);
}

void ent_config_read_law(ent_config_reader_t *reader)
{
    lowering_t l = {.reader = reader, .node = ent_yaml_get(reader->root, "law")};

    if (l.node == NULL || reader->config->n_region == 0 || reader->config->n_sector == 0 ||
        reader->coarse->n_region == 0) {
        return;
    }
    if (read_section(&l) == ENT_OK && prepare(&l) == ENT_OK) {
        (void)add_days(&l);
    }
    lowering_free(&l);
}
