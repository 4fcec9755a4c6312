/* `law`: the law by product line becomes measures of the config, one for each region and day on which its
 * mean rates change. Line by line it is exact; between lines of a sector the mean stands for all. */
#include "config/law_internal.h"

#include "base/memory.h"
#include "io/law_file.h"
#include "io/law_tables.h"

#include <stdlib.h>
#include <string.h>

static const char *const law_keys[] = {"name",  "importer",  "known",   "from", "base",
                                       "until", "collected", "without", "with"};
static const char *const regime_keys[] = {"without", "with"};
static const char union_codes[] =
    "AUT BEL BGR CYP CZE DEU DNK ESP EST FIN FRA GRC HRV HUN IRL ITA LTU LUX LVA "
    "MLT NLD POL PRT ROU SVK SVN SWE";
enum { MOST_WITHOUT = 1000 };
static const double smallest_part = 0.01; /* of a sector's imports that product lines make up */

/* ---- the section ---- */

static void read_without(ent_config_law_t *l, const ent_yaml_t *list, unsigned char *without)
{
    ent_context_t *ctx = l->reader->ctx;

    if (!ent_bind_is_list(ctx, list, MOST_WITHOUT)) {
        return;
    }
    for (size_t i = 0; i < list->n_children; i++) {
        const char *id = NULL;
        const int m = ent_bind_text(ctx, list->children[i], &id) ? ent_law_measure(&l->law, id) : -1;

        if (m >= 0) {
            without[m] = 1;
        } else if (id != NULL) {
            (void)ent_bind_fault(ctx, list->children[i], ent_law_nearest_measure(&l->law, id),
                                 "the law has no measure of this name");
        }
    }
}

/* The region of the economy whose law it is, and of nobody else: all that a region buys would fall under it.
 */
static void check_alone(ent_config_law_t *l)
{
    const ent_config_reader_t *reader = l->reader;
    int n = 0;

    for (int i = 0; i < reader->fine->n_region; i++) {
        n += reader->config->region_map[i] == l->importer;
    }
    if (n > 1) {
        (void)ent_bind_fault(
            reader->ctx, l->node, NULL,
            "the region %s holds %s and %d other economies, whose imports would fall under its law too: give "
            "%s a region of its own, or say importer: %s",
            reader->config->region[l->importer], l->law.measures[0].importer, n - 1,
            l->law.measures[0].importer, reader->config->region[l->importer]);
        l->importer = -1;
    }
}

static void read_importer(ent_config_law_t *l)
{
    const ent_yaml_t *node = ent_yaml_get(l->node, "importer");

    l->importer = -1;
    if (node != NULL) {
        (void)ent_config_bind_region(l->reader, node, &l->importer);
        return;
    }
    l->importer = ent_config_region_of_economy(l->reader, l->law.measures[0].importer);
    if (l->importer < 0) {
        (void)ent_bind_fault(l->reader->ctx, l->node, NULL,
                             "importer: the region whose law it is (the law names %s)",
                             l->law.measures[0].importer);
    } else {
        check_alone(l);
    }
}

/* The law itself, and on top of it a folder that is named from the config's. */
static int open_law(ent_config_law_t *l, const char *name, const char *more)
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

    code = code != ENT_OK ? code : ent_law_open(&l->law, own, whole, ctx);
    free(whole);
    free(own);
    return code;
}

static int read_name(ent_config_law_t *l)
{
    ent_context_t *ctx = l->reader->ctx;
    const ent_yaml_t *with = ent_yaml_get(l->node, "with");
    const char *name = NULL, *more = NULL;
    const int is_map = l->node->text == NULL;

    if (is_map) {
        if (!ent_bind_is_map(ctx, l->node)) {
            return ENT_ERR_CONFIG;
        }
        ent_bind_known_keys(ctx, l->node, law_keys, ENT_COUNT(law_keys));
        (void)ent_bind_need(ctx, l->node, "name", "a law, such as us");
    }
    if (with != NULL && with->kind == ENT_YAML_SCALAR) {
        (void)ent_bind_text(ctx, with, &more);
    }
    return ent_bind_text(ctx, is_map ? ent_yaml_get(l->node, "name") : l->node, &name)
               ? open_law(l, name, more)
               : ENT_ERR_CONFIG;
}

/* Own measures of every regime and of each, since all are worked out together. */
static int read_own(ent_config_law_t *l)
{
    const ent_yaml_t *with = ent_yaml_get(l->node, "with");
    const ent_yaml_t *regimes = ent_yaml_get(l->reader->root, "regimes");
    int code = with != NULL && with->kind != ENT_YAML_SCALAR ? ent_config_law_own(l, with, -1) : ENT_OK;

    for (size_t g = 0; regimes != NULL && regimes->kind == ENT_YAML_MAP && g < regimes->n_children; g++) {
        const ent_yaml_t *law = ent_yaml_get(regimes->children[g], "law");
        const int next = ent_config_law_own(l, ent_yaml_get(law, "with"), (int)g);

        code = code == ENT_OK || next == ENT_ERR_NO_MEMORY ? next : code;
    }
    return code;
}

/* The day whose law the benchmark's trade is taken to live under; the law begins on it where nothing else is
 * said, and cannot begin before. */
static void read_base_day(ent_config_law_t *l)
{
    const ent_yaml_t *node = ent_yaml_get(l->node, "base");

    if (!ent_bind_day(l->reader->ctx, node, &l->base_day)) {
        return;
    }
    if (l->from != ENT_DAY_NEVER && l->from < l->base_day) {
        (void)ent_bind_fault(l->reader->ctx, node, NULL, "a day not later than `from`");
    }
    l->from = l->from != ENT_DAY_NEVER ? l->from : l->base_day;
}

/* What nobody has announced by the day `known` is left out, but not what the config itself assumes. */
static int read_news(ent_config_law_t *l)
{
    const size_t n = (size_t)l->law.n_measures;
    ent_context_t *ctx = l->reader->ctx;

    l->known = l->from = l->until = l->base_day = ENT_DAY_NEVER;
    (void)ent_bind_day(ctx, ent_yaml_get(l->node, "known"), &l->known);
    (void)ent_bind_day(ctx, ent_yaml_get(l->node, "from"), &l->from);
    read_base_day(l);
    if (ent_bind_day(ctx, ent_yaml_get(l->node, "until"), &l->until) && l->from != ENT_DAY_NEVER &&
        l->until <= l->from) {
        (void)ent_bind_fault(ctx, ent_yaml_get(l->node, "until"), NULL, "a day later than `from`");
    }
    l->without = ent_calloc(ctx, n, 1);
    l->announced = ent_calloc(ctx, n, sizeof *l->announced);
    l->end_announced = ent_calloc(ctx, n, sizeof *l->end_announced);
    if (l->without == NULL || l->announced == NULL || l->end_announced == NULL) {
        return ENT_ERR_NO_MEMORY;
    }
    for (int i = 0; i < l->law.n_measures; i++) {
        ent_law_measure_t *m = &l->law.measures[i];

        l->announced[i] = m->announced;
        l->end_announced[i] = m->end_announced;
        if (i >= l->n_shipped) {
            m->announced = m->announced < l->known ? m->announced : l->known;
            m->end_announced = m->end_announced < l->known ? m->end_announced : l->known;
            l->without[i] = l->regime[i] >= 0;
        }
    }
    read_without(l, ent_yaml_get(l->node, "without"), l->without);
    return ENT_OK;
}

/* ---- partners and sectors of the config ---- */

/* A partner by its own code or that of its largest member; the rest of the world for those without an economy
 * here. */
static int region_of_partner(const ent_config_law_t *l, int partner)
{
    const char *code = l->law.partners[partner].code;
    const int own = ent_config_region_of_economy(l->reader, code);

    return own >= 0                  ? own
           : strcmp(code, "EU") == 0 ? ent_config_region_of_economy(l->reader, "DEU")
                                     : ent_config_region_of_economy(l->reader, "ROW");
}

static int sector_of(const ent_config_law_t *l, int sector)
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
static void drop_sectors(ent_config_law_t *l)
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

static void fill_buckets(ent_config_law_t *l)
{
    const ent_law_trade_t *trade = &l->law.trade;
    const int n_sector = l->reader->config->n_sector;

    for (int c = 0; c < l->lines.n_cells; c++) {
        const int region = l->region[trade->partner[c]], line = l->lines.cell_line[c];
        const int sector = sector_of(l, l->lines.line_sector[line]);

        l->bucket[c] = region >= 0 && region != l->importer && sector >= 0 ? region * n_sector + sector : -1;
        if (l->bucket[c] >= 0) {
            l->imports[l->bucket[c]] += trade->imports[c];
            l->base[l->bucket[c]] += trade->duty[c];
        }
    }
    drop_sectors(l);
}

/* Whether all economies of a region are members of the Union, whose trade is one partner's. */
static int is_of_union(const ent_config_law_t *l, int region)
{
    int n = 0;

    for (int i = 0; i < l->reader->fine->n_region; i++) {
        if (l->reader->config->region_map[i] == region) {
            n++;
            if (strstr(union_codes, l->reader->fine->region[i]) == NULL) {
                return 0;
            }
        }
    }
    return n > 0;
}

/* A region without a partner of its own whose members are all in the Union has the Union's rates. */
static int find_leaders(ent_config_law_t *l)
{
    const int n = l->reader->config->n_region, partner = ent_law_partner(&l->law, "EU");

    l->leader = ent_calloc(l->reader->ctx, (size_t)n, sizeof *l->leader);
    for (int r = 0; l->leader != NULL && r < n; r++) {
        int own = 0;

        for (int p = 0; p < l->law.n_partners; p++) {
            own |= l->region[p] == r;
        }
        l->leader[r] =
            !own && partner >= 0 && l->region[partner] >= 0 && is_of_union(l, r) ? l->region[partner] : r;
    }
    return l->leader != NULL ? ENT_OK : ENT_ERR_NO_MEMORY;
}

/* `collected`: by region or group, the share of what the law adds that is collected; 1 where none is given.
 */
static int read_collected(ent_config_law_t *l)
{
    ent_context_t *ctx = l->reader->ctx;
    const int n = l->reader->config->n_region;
    const ent_yaml_t *map = ent_yaml_get(l->node, "collected");
    double share;

    l->collected = ent_calloc(ctx, (size_t)n, sizeof *l->collected);
    unsigned char *in = ent_calloc(ctx, (size_t)n, 1);
    if (l->collected == NULL || in == NULL) {
        free(in);
        return ENT_ERR_NO_MEMORY;
    }
    for (int r = 0; r < n; r++) {
        l->collected[r] = 1.0;
    }
    for (size_t i = 0; map != NULL && ent_bind_is_map(ctx, map) && i < map->n_children; i++) {
        memset(in, 0, (size_t)n);
        const int named = ent_config_add_named(l->reader, map->children[i], in) &&
                          ent_bind_number(ctx, map->children[i], 0.0, 1.5, &share);
        for (int r = 0; named && r < n; r++) {
            l->collected[r] = in[r] ? share : l->collected[r];
        }
    }
    free(in);
    return ENT_OK;
}

static int find_regions(ent_config_law_t *l)
{
    l->region = ent_calloc(l->reader->ctx, (size_t)l->law.n_partners, sizeof *l->region);
    for (int p = 0; l->region != NULL && p < l->law.n_partners; p++) {
        l->region[p] = region_of_partner(l, p);
    }
    const int code = l->region != NULL ? find_leaders(l) : ENT_ERR_NO_MEMORY;
    return code != ENT_OK ? code : read_collected(l);
}

static int prepare(ent_config_law_t *l)
{
    const ent_config_t *config = l->reader->config;
    ent_context_t *ctx = l->reader->ctx;
    const size_t n = (size_t)config->n_region * (size_t)config->n_sector;
    int code = ent_lines_init(&l->lines, &l->law, ctx);

    if (code != ENT_OK) {
        return code;
    }
    l->n_buckets = (int)n;
    l->bucket = ent_calloc(ctx, (size_t)l->lines.n_cells, sizeof *l->bucket);
    l->imports = ent_calloc(ctx, n, sizeof *l->imports);
    l->base = ent_calloc(ctx, n, sizeof *l->base);
    if (l->bucket == NULL || l->imports == NULL || l->base == NULL) {
        return ENT_ERR_NO_MEMORY;
    }
    fill_buckets(l);
    return ent_config_law_days(l);
}

/* ---- all ---- */

void ent_config_law_free(ent_config_law_t *l)
{
    if (l == NULL) {
        return;
    }
    for (int v = 0; v < ENT_LAW_MOST_VINTAGES; v++) {
        ent_lines_day_free(&l->at[v]);
        free(l->sum[v]);
    }
    if (l->lines.law != NULL) {
        ent_lines_free(&l->lines);
    }
    ent_law_free(&l->law);
    void *const arrays[] = {l->regime, l->without, l->announced, l->end_announced, l->region,
                            l->bucket, l->leader,  l->imports,   l->base,          l->days,
                            l->common, l->stepped, l->collected};
    for (size_t i = 0; i < ENT_COUNT(arrays); i++) {
        free(arrays[i]);
    }
    free(l);
}

static int read_section(ent_config_law_t *l)
{
    int code = read_name(l);

    if (code == ENT_OK) {
        read_importer(l);
        code = l->importer >= 0 ? find_regions(l) : ENT_ERR_CONFIG;
    }
    if (code == ENT_OK) {
        l->n_shipped = l->law.n_measures;
        l->regime = ent_calloc(l->reader->ctx, (size_t)l->n_shipped, sizeof *l->regime);
        code = l->regime != NULL ? read_own(l) : ENT_ERR_NO_MEMORY;
    }
    if (code == ENT_OK) {
        code = ent_law_finish(&l->law, l->reader->ctx);
    }
    code = code != ENT_OK ? code : read_news(l);
    code = code != ENT_OK ? code : prepare(l);
    code = code != ENT_OK ? code : ent_config_law_base(l);
    return code != ENT_OK ? code : ent_config_law_common(l);
}

ent_config_law_t *ent_config_read_law(ent_config_reader_t *reader)
{
    const ent_yaml_t *node = ent_yaml_get(reader->root, "law");
    ent_config_law_t *l;

    if (node == NULL || reader->config->n_region == 0 || reader->config->n_sector == 0 ||
        reader->coarse->n_region == 0 || (l = ent_calloc(reader->ctx, 1, sizeof *l)) == NULL) {
        return NULL;
    }
    l->reader = reader;
    l->node = node;
    if (read_section(l) != ENT_OK) {
        ent_config_law_free(l);
        return NULL;
    }
    reader->config->law = ent_config_law_background(l);
    return l;
}

void ent_config_read_regime_law(ent_config_reader_t *reader, ent_config_law_t *l, const ent_yaml_t *node,
                                int g)
{
    ent_context_t *ctx = reader->ctx;

    if (node == NULL || !ent_bind_is_map(ctx, node)) {
        return;
    }
    ent_bind_known_keys(ctx, node, regime_keys, ENT_COUNT(regime_keys));
    if (ent_yaml_get(reader->root, "law") == NULL) {
        (void)ent_bind_fault(ctx, node, NULL, "it changes the law of the run, and there is none: give `law`");
        return;
    }
    unsigned char *without = l != NULL ? ent_calloc(ctx, (size_t)l->law.n_measures, 1) : NULL;
    if (without == NULL) {
        return;
    }
    for (int i = 0; i < l->law.n_measures; i++) {
        without[i] = (i < l->n_shipped || l->regime[i] != g) && l->without[i];
    }
    read_without(l, ent_yaml_get(node, "without"), without);
    reader->config->regimes[g].law = ent_config_law_words(l, without, g);
    (void)ent_config_law_differs(l, without, &reader->config->regimes[g]);
    free(without);
}
