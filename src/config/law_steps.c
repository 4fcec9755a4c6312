/* From rates of the law by region, sector and day to measures: one begins where the rates of a region change.
 */
#include "config/law_internal.h"

#include "base/memory.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static const double smallest_change = 1e-9, smallest_coverage = 1e-9;
enum { MOST_DAYS = 4000 };

/* ---- days ---- */

static int compare_days(const void *a, const void *b)
{
    const ent_day_t x = *(const ent_day_t *)a, y = *(const ent_day_t *)b;

    return (x > y) - (x < y);
}

/* Goods at sea begin to pay, and last did not, on days of their own. */
static int add_loading_days(const ent_config_law_t *l, ent_day_t first, ent_day_t last, ent_day_t *days,
                            int n)
{
    for (int i = 0; i < l->law.n_measures && n + 2 < MOST_DAYS; i++) {
        const ent_law_measure_t *m = &l->law.measures[i];
        const ent_day_t both[2] = {m->loaded_before, m->entered_before};

        for (int k = 0; m->by_loading && k < 2; k++) {
            if (both[k] > first && both[k] <= last) {
                days[n++] = both[k];
            }
        }
    }
    return n;
}

/* Loading days that matter after a day. */
static void find_vintages(ent_config_law_t *l, ent_day_t first)
{
    l->n_vintages = 1;
    for (int i = 0; i < l->law.n_measures; i++) {
        const ent_law_measure_t *m = &l->law.measures[i];
        int known = !m->by_loading || m->entered_before <= first;

        for (int v = 1; v < l->n_vintages; v++) {
            known |= l->vintage[v] == m->loaded_before;
        }
        if (!known && l->n_vintages < ENT_LAW_MOST_VINTAGES) {
            l->vintage[l->n_vintages++] = m->loaded_before;
        }
    }
    l->vintage[0] = ENT_DAY_ALWAYS;
    qsort(l->vintage, (size_t)l->n_vintages, sizeof *l->vintage, compare_days);
}

static int n_parts(const ent_config_law_t *l)
{
    return 2 * l->n_vintages;
}

static int vintage_of(const ent_config_law_t *l, int place)
{
    return place / l->reader->config->n_region / 2;
}

static int is_fall(const ent_config_law_t *l, int place)
{
    return place / l->reader->config->n_region % 2;
}

/* From the end of the base year on, where nothing else is said: what held then is in the benchmark's tariffs.
 */
int ent_config_law_days(ent_config_law_t *l)
{
    const ent_day_t first = l->from != ENT_DAY_NEVER ? l->from : ent_day_of(l->law.trade.base_year + 1, 1, 1);
    const ent_day_t last = l->until != ENT_DAY_NEVER ? l->until : ENT_DAY_NEVER - 1;
    ent_day_t *days = ent_calloc(l->reader->ctx, MOST_DAYS, sizeof *days);

    if (days == NULL) {
        return ENT_ERR_NO_MEMORY;
    }
    l->days = days;
    find_vintages(l, first);
    days[0] = first;
    int n = 1 + ent_lines_days(&l->law, first + 1, last, days + 1, MOST_DAYS / 2);
    n = add_loading_days(l, first, last, days, n < MOST_DAYS / 2 ? n : MOST_DAYS / 2);
    qsort(days, (size_t)n, sizeof *days, compare_days);
    for (int i = 0; i < n; i++) {
        if (i == 0 || days[i] != days[i - 1]) {
            days[l->n_days++] = days[i];
        }
    }
    return ENT_OK;
}

/* ---- rates ---- */

/* Whether goods of a vintage may pay what earlier ones do not, on a day. */
static int is_apart(const ent_config_law_t *l, const unsigned char *without, int vintage, ent_day_t on)
{
    for (int i = 0; i < l->law.n_measures; i++) {
        const ent_law_measure_t *m = &l->law.measures[i];

        if (m->by_loading && !without[i] && m->loaded_before == l->vintage[vintage] && m->effective <= on &&
            on < m->entered_before) {
            return 1;
        }
    }
    return vintage == 0;
}

static int move_vintage(ent_config_law_t *l, const unsigned char *without, int v, ent_day_t on)
{
    const ent_lines_when_t when = {
        .arrive = on, .loaded = l->vintage[v], .known = l->known, .without = without};
    int code = ENT_OK;

    if (l->sum[v] == NULL) {
        l->sum[v] = ent_calloc(l->reader->ctx, (size_t)l->n_buckets, sizeof *l->sum[v]);
        code = l->sum[v] != NULL ? ent_lines_day_init(&l->at[v], &l->lines, 0, l->reader->ctx)
                                 : ENT_ERR_NO_MEMORY;
    }
    if (code == ENT_OK && ent_lines_move(&l->at[v], &when) > 0) {
        ent_lines_sum(&l->at[v], l->bucket, l->n_buckets, NULL, l->sum[v], NULL);
    }
    return code;
}

/* Regions that have another's rates. */
static void follow_leaders(const ent_config_law_t *l, double *parts)
{
    const ent_config_t *config = l->reader->config;

    for (int i = 0; i < n_parts(l) * config->n_region; i++) {
        const int region = i % config->n_region, leader = l->leader[region];

        if (leader != region) {
            memcpy(&parts[i * config->n_sector], &parts[(i - region + leader) * config->n_sector],
                   (size_t)config->n_sector * sizeof *parts);
        }
    }
}

/* Of what the law adds a share is collected. */
static void take_collected(const ent_config_law_t *l, double *rise)
{
    const int n_sector = l->reader->config->n_sector;

    for (int b = 0; b < l->n_buckets; b++) {
        rise[b] *= l->collected[b / n_sector];
    }
}

/* Duty of a day above that collected in the base year over imports, [n_parts][n_buckets]. */
static int find_parts(ent_config_law_t *l, const unsigned char *without, ent_day_t on, double *parts)
{
    const size_t n = (size_t)l->n_buckets;
    const double *before = l->base;

    for (int v = 0; v < l->n_vintages; v++) {
        double *rise = &parts[2 * (size_t)v * n], *fall = rise + n;

        memset(rise, 0, 2 * n * sizeof *rise);
        if (!is_apart(l, without, v, on)) {
            continue;
        }
        if (move_vintage(l, without, v, on) != ENT_OK) {
            return ENT_ERR_NO_MEMORY;
        }
        for (size_t b = 0; b < n; b++) {
            const double more = l->imports[b] > 0.0 ? (l->sum[v][b] - before[b]) / l->imports[b] : 0.0;

            rise[b] = fmax(0.0, more);
            fall[b] = fmax(0.0, -more);
        }
        take_collected(l, rise);
        before = l->sum[v];
    }
    follow_leaders(l, parts);
    return ENT_OK;
}

int ent_config_law_base(ent_config_law_t *l)
{
    ent_config_t *config = l->reader->config;
    const ent_benchmark_t *b = l->reader->coarse;

    if (l->base_day == ENT_DAY_NEVER) {
        return ENT_OK;
    }
    double *tariff = config->base_tariff = ent_calloc(l->reader->ctx, (size_t)l->n_buckets, sizeof *tariff);
    if (tariff == NULL || move_vintage(l, l->without, 0, l->base_day) != ENT_OK) {
        return ENT_ERR_NO_MEMORY;
    }
    config->base_importer = l->importer;
    for (int i = 0; i < l->n_buckets; i++) {
        const int o = i / b->n_sector, s = i % b->n_sector, leader = l->leader[o] * b->n_sector + s;
        const double paid =
            l->imports[leader] > 0.0 ? (l->sum[0][leader] - l->base[leader]) / l->imports[leader] : 0.0;

        tariff[i] = fmax(0.0, b->tariff[ent_cell(b, s, o, l->importer)] + paid);
    }
    memcpy(l->base, l->sum[0], (size_t)l->n_buckets * sizeof *l->base);
    return ENT_OK;
}

static int differ(const double *a, const double *b, int n)
{
    for (int i = 0; i < n; i++) {
        if (fabs(a[i] - b[i]) > smallest_change) {
            return 1;
        }
    }
    return 0;
}

/* ---- what is behind a day ---- */

typedef struct {
    ent_day_t announced, retroactive_to;
    int n;
} news_t;

static int concerns(const ent_config_law_t *l, const ent_law_measure_t *m, int region)
{
    for (int p = 0; p < l->law.n_partners; p++) {
        if (m->partner[p] && l->region[p] == l->leader[region]) {
            return 1;
        }
    }
    return 0;
}

static ent_day_t later(ent_day_t a, ent_day_t b)
{
    return a > b ? a : b;
}

static void add_act(const ent_config_law_t *l, news_t *news, int i, ent_day_t on)
{
    const ent_law_measure_t *m = &l->law.measures[i];
    const int begins = m->effective == on || (m->by_loading && m->entered_before == on);

    if (begins || m->end == on) {
        news->n++;
        news->announced =
            later(news->announced,
                  begins || l->end_announced[i] == ENT_DAY_ALWAYS ? l->announced[i] : l->end_announced[i]);
    }
    if (begins && m->retroactive_to < news->retroactive_to) {
        news->retroactive_to = m->retroactive_to;
    }
}

/* Of the measures that one of the two does not leave out. */
static news_t find_news(const ent_config_law_t *l, const unsigned char *left_out,
                        const unsigned char *without, int region, ent_day_t on)
{
    news_t news = {ENT_DAY_ALWAYS, ENT_DAY_NEVER, 0};

    for (int i = 0; i < l->law.n_measures; i++) {
        if (!(left_out[i] && without[i]) && concerns(l, &l->law.measures[i], region)) {
            add_act(l, &news, i, on);
        }
    }
    if (news.n == 0 || news.announced > on) { /* a list changes on its own: known when it does */
        news.announced = on;
    }
    return news;
}

/* ---- measures ---- */

/* A list of measures that grows: those of every regime or of one. */
typedef struct {
    const char *regime; /* NULL: every */
    int **list, *n;
} into_t;

static int append(const into_t *into, int measure, ent_context_t *ctx)
{
    size_t capacity = (size_t)*into->n;
    int *grown = ent_grow(ctx, *into->list, &capacity, (size_t)*into->n + 1, sizeof *grown);

    if (grown == NULL) {
        return ENT_ERR_NO_MEMORY;
    }
    *into->list = grown;
    grown[(*into->n)++] = measure;
    return ENT_OK;
}

static ent_measure_t *new_measure(ent_config_law_t *l)
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
                         .latest = ENT_DAY_NEVER,
                         .anticipated_from = ENT_DAY_NEVER,
                         .line = l->node->line};
    m->rate = ent_calloc(ctx, (size_t)config->n_region, sizeof *m->rate);
    m->coverage = ent_calloc(ctx, (size_t)config->n_sector, sizeof *m->coverage);
    return m->rate != NULL && m->coverage != NULL ? m : NULL;
}

/* The highest rate of a region's sectors; the others are shares of it. A sector is covered a very little
 * where its rate is nothing, so that the measure takes the place of the one before. */
static void fill_rates(const ent_config_t *config, int region, int fall, const double *rates,
                       ent_measure_t *m)
{
    double highest = 0.0;

    for (int s = 0; s < config->n_sector; s++) {
        highest = rates[s] > highest ? rates[s] : highest;
    }
    for (int o = 0; o < config->n_region; o++) {
        m->rate[o] = o != region ? NAN : fall ? -highest : highest;
    }
    for (int s = 0; s < config->n_sector; s++) {
        const double share = highest > 0.0 ? rates[s] / highest : 1.0;

        m->coverage[s] = share > smallest_coverage ? share : smallest_coverage;
    }
}

static int name_step(const ent_config_law_t *l, const into_t *into, int place, ent_measure_t *m)
{
    const ent_config_t *config = l->reader->config;
    ent_context_t *ctx = l->reader->ctx;
    const char *less = is_fall(l, place) ? "-less" : "";
    char day[16], loaded[32] = "";

    if (m->basis == ENT_BASIS_LOADING) {
        ent_day_format(m->loaded_from, day);
        snprintf(loaded, sizeof loaded, "-loaded-%s", day);
    }
    ent_day_format(m->effective, day);
    m->set = ent_format(ctx, "law-%.60s%s%s", config->region[l->importer], loaded, less);
    m->id = ent_format(ctx, "law-%.30s%s%.30s-%s%s%s", into->regime != NULL ? into->regime : "",
                       into->regime != NULL ? "-" : "", config->region[place % config->n_region], day, loaded,
                       less);
    m->legal = ent_format(ctx, "law %.60s, mean over product lines", l->law.name);
    return m->set != NULL && m->id != NULL && m->legal != NULL ? ENT_OK : ENT_ERR_NO_MEMORY;
}

/* `rates` [n_sector] of a region in a part, `place`, from a day on. */
static int add_step(ent_config_law_t *l, const into_t *into, int place, ent_day_t on, const news_t *news,
                    const double *rates)
{
    ent_config_t *config = l->reader->config;
    const int vintage = vintage_of(l, place);
    ent_measure_t *m = new_measure(l);

    if (m == NULL) {
        return ENT_ERR_NO_MEMORY;
    }
    fill_rates(config, place % config->n_region, is_fall(l, place), rates, m);
    m->effective = on;
    m->announced = news->announced;
    m->basis = vintage > 0 ? ENT_BASIS_LOADING : ENT_BASIS_ARRIVAL;
    m->loaded_from = l->vintage[vintage];
    m->retroactive_to = vintage == 0 && news->retroactive_to < on ? news->retroactive_to : ENT_DAY_NEVER;
    const int code = name_step(l, into, place, m);
    return code == ENT_OK ? append(into, config->n_measures - 1, l->reader->ctx) : code;
}

/* ---- every regime ---- */

static size_t size_of_day(const ent_config_law_t *l)
{
    return (size_t)n_parts(l) * (size_t)l->n_buckets;
}

static unsigned char *stepped_at(const ent_config_law_t *l, int day, int place)
{
    return &l->stepped[(size_t)day * (size_t)(n_parts(l) * l->reader->config->n_region) + (size_t)place];
}

static int common_day(ent_config_law_t *l, const into_t *into, int day, const double *nothing)
{
    const int n_sector = l->reader->config->n_sector, n_region = l->reader->config->n_region;
    double *rates = &l->common[(size_t)day * size_of_day(l)];
    int code = find_parts(l, l->without, l->days[day], rates);

    for (int place = 0; place < n_parts(l) * n_region && code == ENT_OK; place++) {
        const double *own = &rates[place * n_sector], *before = day > 0 ? own - size_of_day(l) : nothing;
        const int region = place % n_region;

        if (region != l->importer && differ(own, before, n_sector)) {
            const news_t news = find_news(l, l->without, l->without, region, l->days[day]);

            *stepped_at(l, day, place) = 1;
            code = add_step(l, into, place, l->days[day], &news, own);
        }
    }
    return code;
}

int ent_config_law_common(ent_config_law_t *l)
{
    ent_config_t *config = l->reader->config;
    ent_context_t *ctx = l->reader->ctx;
    const size_t days = (size_t)l->n_days;
    const into_t into = {NULL, &config->common, &config->n_common};
    double *nothing = ent_calloc(ctx, (size_t)config->n_sector, sizeof *nothing);

    l->common = ent_calloc(ctx, days * size_of_day(l), sizeof *l->common);
    l->stepped = ent_calloc(ctx, days * (size_t)(n_parts(l) * config->n_region), 1);
    int code = l->common != NULL && l->stepped != NULL && nothing != NULL ? ENT_OK : ENT_ERR_NO_MEMORY;
    for (int day = 0; code == ENT_OK && day < l->n_days; day++) {
        code = common_day(l, &into, day, nothing);
    }
    free(nothing);
    return code;
}

/* ---- one regime ---- */

/* `held` [n_parts][n_buckets]: what measures so far make of the rates. A measure of every regime that begins
 * takes their place, unless one of the regime begins with it. */
static int regime_day(ent_config_law_t *l, const into_t *into, const unsigned char *without, int day,
                      double *rates, double *held)
{
    const int n_sector = l->reader->config->n_sector, n_region = l->reader->config->n_region;
    const size_t size = (size_t)n_sector * sizeof *held;
    int code = find_parts(l, without, l->days[day], rates);

    for (int place = 0; place < n_parts(l) * n_region && code == ENT_OK; place++) {
        const int at = place * n_sector, region = place % n_region;

        if (*stepped_at(l, day, place)) {
            memcpy(&held[at], &l->common[(size_t)day * size_of_day(l) + (size_t)at], size);
        }
        if (region != l->importer && differ(&rates[at], &held[at], n_sector)) {
            const news_t news = find_news(l, l->without, without, region, l->days[day]);

            memcpy(&held[at], &rates[at], size);
            code = add_step(l, into, place, l->days[day], &news, &rates[at]);
        }
    }
    return code;
}

/* The first day on which the law of a regime may differ. */
static int first_difference(const ent_config_law_t *l, const unsigned char *without)
{
    ent_day_t first = ENT_DAY_NEVER;
    int day = 0;

    for (int i = 0; i < l->law.n_measures; i++) {
        const ent_law_measure_t *m = &l->law.measures[i];

        if (without[i] != l->without[i] && m->effective < first) {
            first = m->effective;
        }
    }
    while (day < l->n_days && l->days[day] < first) {
        day++;
    }
    return day;
}

int ent_config_law_differs(ent_config_law_t *l, const unsigned char *without, ent_regime_t *regime)
{
    ent_context_t *ctx = l->reader->ctx;
    const into_t into = {regime->name, &regime->measures, &regime->n_measures};
    double *rates = ent_calloc(ctx, size_of_day(l), sizeof *rates),
           *held = ent_calloc(ctx, size_of_day(l), sizeof *held);
    int code = rates != NULL && held != NULL ? ENT_OK : ENT_ERR_NO_MEMORY;

    const int first = code == ENT_OK ? first_difference(l, without) : 0;
    if (code == ENT_OK && first > 0) {
        memcpy(held, &l->common[(size_t)(first - 1) * size_of_day(l)], size_of_day(l) * sizeof *held);
    }
    for (int day = first; code == ENT_OK && day < l->n_days; day++) {
        code = regime_day(l, &into, without, day, rates, held);
    }
    free(rates);
    free(held);
    return code;
}
