/* From rates of the law by region, sector and day to measures: one begins where the rates of a region change.
 */
#include "config/law_internal.h"

#include "base/memory.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

static const double smallest_change = 1e-9, smallest_coverage = 1e-9;
static const char *const part_suffix[ENT_N_PARTS] = {"", "-loading", "-less", "-loading-less"};
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

/* Whether any measure in force spares goods at sea. */
static int spares_any(const ent_config_law_t *l, const unsigned char *without, ent_day_t on)
{
    for (int i = 0; i < l->law.n_measures; i++) {
        const ent_law_measure_t *m = &l->law.measures[i];

        if (m->by_loading && !without[i] && m->effective <= on && on < m->entered_before) {
            return 1;
        }
    }
    return 0;
}

/* Duty of a day above that collected in the base year over imports, [ENT_N_PARTS][n_buckets]. */
static void find_parts(ent_config_law_t *l, const unsigned char *without, ent_day_t on, double *parts)
{
    const ent_config_t *config = l->reader->config;
    const size_t n = (size_t)l->n_buckets;
    const ent_lines_when_t now = {.arrive = on, .loaded = on, .known = l->known, .without = without};
    const ent_lines_when_t before = {
        .arrive = on, .loaded = ENT_DAY_ALWAYS, .known = l->known, .without = without};

    if (ent_lines_move(&l->loaded_now, &now) > 0) {
        ent_lines_sum(&l->loaded_now, l->bucket, l->n_buckets, NULL, l->now, NULL);
    }
    if (!spares_any(l, without, on)) {
        memcpy(l->before, l->now, n * sizeof *l->now);
    } else {
        (void)ent_lines_move(&l->loaded_before, &before);
        ent_lines_sum(&l->loaded_before, l->bucket, l->n_buckets, NULL, l->before, NULL);
    }
    for (size_t b = 0; b < n; b++) {
        const int has_trade = l->imports[b] > 0.0;
        const double arriving = has_trade ? (l->before[b] - l->base[b]) / l->imports[b] : 0.0;
        const double loading = has_trade ? (l->now[b] - l->before[b]) / l->imports[b] : 0.0;

        parts[b] = fmax(0.0, arriving);
        parts[ENT_PART_LOADING * n + b] = fmax(0.0, loading);
        parts[ENT_PART_FALL * n + b] = fmax(0.0, -arriving);
        parts[(ENT_PART_FALL | ENT_PART_LOADING) * n + b] = fmax(0.0, -loading);
    }
    for (int i = 0; i < ENT_N_PARTS * config->n_region; i++) {
        const int leader = l->leader[i % config->n_region], place = i - i % config->n_region + leader;

        memcpy(&parts[i * config->n_sector], &parts[place * config->n_sector],
               leader != i % config->n_region ? (size_t)config->n_sector * sizeof *parts : 0);
    }
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
    ent_day_t announced, retroactive_to, end_announced;
    int n, spares, ends; /* 1: goods at sea are spared; a measure that spares them ends */
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

/* Whether goods at sea are spared on a day, and whether a duty that spares them ends. */
static void add_loading(const ent_config_law_t *l, news_t *news, int i, ent_day_t on)
{
    const ent_law_measure_t *m = &l->law.measures[i];

    if (!m->by_loading || m->kind == ENT_LAW_EXEMPTION || on >= m->entered_before || on < m->loaded_before) {
        return;
    }
    news->spares |= m->effective <= on && on < m->end;
    if (m->end == on) {
        news->ends = 1;
        news->end_announced = later(news->end_announced, l->end_announced[i]);
    }
}

/* `left_out`: measures that are behind nothing; `without`: those that spare nobody. */
static news_t find_news(const ent_config_law_t *l, const unsigned char *left_out,
                        const unsigned char *without, int region, ent_day_t on)
{
    news_t news = {ENT_DAY_ALWAYS, ENT_DAY_NEVER, ENT_DAY_ALWAYS, 0, 0, 0};

    for (int i = 0; i < l->law.n_measures; i++) {
        if ((left_out[i] && without[i]) || !concerns(l, &l->law.measures[i], region)) {
            continue;
        }
        add_act(l, &news, i, on);
        if (!without[i]) {
            add_loading(l, &news, i, on);
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
    int *last; /* [ENT_N_PARTS][n_region] its latest measure, -1: none */
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
static void fill_rates(const ent_config_t *config, int region, int part, const double *rates,
                       ent_measure_t *m)
{
    double highest = 0.0;

    for (int s = 0; s < config->n_sector; s++) {
        highest = rates[s] > highest ? rates[s] : highest;
    }
    for (int o = 0; o < config->n_region; o++) {
        m->rate[o] = o != region ? NAN : (part & ENT_PART_FALL) != 0 ? -highest : highest;
    }
    for (int s = 0; s < config->n_sector; s++) {
        const double share = highest > 0.0 ? rates[s] / highest : 1.0;

        m->coverage[s] = share > smallest_coverage ? share : smallest_coverage;
    }
}

static int name_step(const ent_config_law_t *l, const into_t *into, int region, int part, ent_measure_t *m)
{
    const ent_config_t *config = l->reader->config;
    ent_context_t *ctx = l->reader->ctx;
    char day[16];

    ent_day_format(m->effective, day);
    m->set = ent_format(ctx, "law-%.60s%s", config->region[l->importer], part_suffix[part]);
    m->id = ent_format(ctx, "law-%.30s%s%.30s-%s%s", into->regime != NULL ? into->regime : "",
                       into->regime != NULL ? "-" : "", config->region[region], day, part_suffix[part]);
    m->legal = ent_format(ctx, "law %.60s, mean over product lines", l->law.name);
    return m->set != NULL && m->id != NULL && m->legal != NULL ? ENT_OK : ENT_ERR_NO_MEMORY;
}

/* A duty that spares goods at sea ends for goods that arrive: the measure of its part ends with it. */
static void end_last(ent_config_law_t *l, const into_t *into, int place, ent_day_t on, const news_t *news)
{
    ent_measure_t *last = &l->reader->config->measures[into->last[place]];

    if (last->effective < on && last->end > on) {
        last->end = on;
        last->end_announced = news->end_announced;
    }
}

/* `rates` [n_sector] of a region in a part, `place`, from a day on. */
static int add_step(ent_config_law_t *l, const into_t *into, int place, ent_day_t on, const news_t *news,
                    const double *rates)
{
    ent_config_t *config = l->reader->config;
    const int part = place / config->n_region, region = place % config->n_region;
    ent_measure_t *m = new_measure(l);

    if (m == NULL) {
        return ENT_ERR_NO_MEMORY;
    }
    fill_rates(config, region, part, rates, m);
    m->effective = on;
    m->announced = news->announced;
    m->retroactive_to = news->retroactive_to < on ? news->retroactive_to : ENT_DAY_NEVER;
    m->basis = (part & ENT_PART_LOADING) != 0 && news->spares ? ENT_BASIS_LOADING : ENT_BASIS_ARRIVAL;
    into->last[place] = config->n_measures - 1;
    const int code = name_step(l, into, region, part, m);
    return code == ENT_OK ? append(into, config->n_measures - 1, l->reader->ctx) : code;
}

static int *no_last(ent_config_law_t *l)
{
    const size_t n = ENT_N_PARTS * (size_t)l->reader->config->n_region;
    int *last = ent_calloc(l->reader->ctx, n, sizeof *last);

    for (size_t i = 0; last != NULL && i < n; i++) {
        last[i] = -1;
    }
    return last;
}

/* ---- every regime ---- */

static int common_place(ent_config_law_t *l, const into_t *into, int day, int place, const double *before)
{
    const int n_sector = l->reader->config->n_sector, n_region = l->reader->config->n_region;
    const double *rates =
        &l->common[(size_t)day * ENT_N_PARTS * (size_t)l->n_buckets + (size_t)(place * n_sector)];
    const int changed = differ(rates, before, n_sector), by_loading = (place / n_region) & ENT_PART_LOADING;

    if (place % n_region == l->importer || (!changed && !(by_loading && into->last[place] >= 0))) {
        return ENT_OK;
    }
    const news_t news = find_news(l, l->without, l->without, place % n_region, l->days[day]);
    const int ended = by_loading && into->last[place] >= 0 && news.ends;
    if (ended) {
        end_last(l, into, place, l->days[day], &news);
    }
    if (!changed && !ended) {
        return ENT_OK;
    }
    l->stepped[(size_t)day * ENT_N_PARTS * (size_t)n_region + (size_t)place] = 1;
    return add_step(l, into, place, l->days[day], &news, rates);
}

static int common_day(ent_config_law_t *l, const into_t *into, int day, const double *nothing)
{
    const int n_sector = l->reader->config->n_sector, n_region = l->reader->config->n_region;
    const size_t size = ENT_N_PARTS * (size_t)l->n_buckets;
    double *rates = &l->common[(size_t)day * size];
    int code = ENT_OK;

    find_parts(l, l->without, l->days[day], rates);
    for (int place = 0; place < ENT_N_PARTS * n_region && code == ENT_OK; place++) {
        code = common_place(l, into, day, place, day > 0 ? &rates[place * n_sector] - size : nothing);
    }
    return code;
}

int ent_config_law_common(ent_config_law_t *l)
{
    ent_config_t *config = l->reader->config;
    const size_t days = (size_t)l->n_days;
    const into_t into = {NULL, &config->common, &config->n_common, no_last(l)};
    int code;

    double *nothing = ent_calloc(l->reader->ctx, (size_t)config->n_sector, sizeof *nothing);
    l->common = ent_calloc(l->reader->ctx, days * ENT_N_PARTS * (size_t)l->n_buckets, sizeof *l->common);
    l->stepped = ent_calloc(l->reader->ctx, days * ENT_N_PARTS * (size_t)config->n_region, 1);
    code = l->common != NULL && l->stepped != NULL && into.last != NULL && nothing != NULL
               ? ENT_OK
               : ENT_ERR_NO_MEMORY;
    for (int day = 0; code == ENT_OK && day < l->n_days; day++) {
        code = common_day(l, &into, day, nothing);
    }
    free(nothing);
    free(into.last);
    return code;
}

/* ---- one regime ---- */

/* `held` [n_sector]: what measures so far make of the rates of a region in a part. A measure of every regime
 * that begins takes their place, unless one of the regime begins with it. */
static int regime_place(ent_config_law_t *l, const into_t *into, const unsigned char *without, int day,
                        int place, const double *rates, double *held)
{
    const int n_sector = l->reader->config->n_sector, n_region = l->reader->config->n_region;
    const size_t size = (size_t)n_sector * sizeof *held;

    if (l->stepped[(size_t)day * ENT_N_PARTS * (size_t)n_region + (size_t)place]) {
        memcpy(held,
               &l->common[(size_t)day * ENT_N_PARTS * (size_t)l->n_buckets + (size_t)(place * n_sector)],
               size);
    }
    const int changed = differ(rates, held, n_sector);
    if (place % n_region == l->importer || (!changed && into->last[place] < 0)) {
        return ENT_OK;
    }
    const news_t news = find_news(l, l->without, without, place % n_region, l->days[day]);
    if (((place / n_region) & ENT_PART_LOADING) != 0 && into->last[place] >= 0 && news.ends) {
        end_last(l, into, place, l->days[day], &news);
    }
    memcpy(held, rates, size);
    return changed ? add_step(l, into, place, l->days[day], &news, rates) : ENT_OK;
}

static int regime_day(ent_config_law_t *l, const into_t *into, const unsigned char *without, int day,
                      double *rates, double *held)
{
    const int n_sector = l->reader->config->n_sector, n_region = l->reader->config->n_region;
    int code = ENT_OK;

    find_parts(l, without, l->days[day], rates);
    for (int place = 0; place < ENT_N_PARTS * n_region && code == ENT_OK; place++) {
        code = regime_place(l, into, without, day, place, &rates[place * n_sector], &held[place * n_sector]);
    }
    return code;
}

int ent_config_law_differs(ent_config_law_t *l, const unsigned char *without, ent_regime_t *regime)
{
    ent_context_t *ctx = l->reader->ctx;
    const size_t size = ENT_N_PARTS * (size_t)l->n_buckets;
    const into_t into = {regime->name, &regime->measures, &regime->n_measures, no_last(l)};
    double *rates = ent_calloc(ctx, size, sizeof *rates), *held = ent_calloc(ctx, size, sizeof *held);
    int code = into.last != NULL && rates != NULL && held != NULL ? ENT_OK : ENT_ERR_NO_MEMORY;

    for (int day = 0; code == ENT_OK && day < l->n_days; day++) {
        code = regime_day(l, &into, without, day, rates, held);
    }
    free(into.last);
    free(rates);
    free(held);
    return code;
}
