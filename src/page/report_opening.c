/* The page's first figure: exports of goods of the two compared scenarios and their paired difference. */
#include "page/report_json.h"

#include "base/memory.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

enum { N_LEVELS = 5, OPENING_DIGITS = 5 };

/* A duty that prints as 0.0 % is none: benchmark tables leave traces of one on services. */
static const double MOST_DUTY = 0.0005;
static const double levels[N_LEVELS] = {0.05, 0.25, 0.5, 0.75, 0.95};

typedef struct {
    const ent_report_series_t *series;
    int against, base, left_out;
    double *sum, *one; /* [n_worlds] */
} opening_t;

/* Whether a sector sells the same in both scenarios, in every world and step. */
static int never_moves(const opening_t *o, int cell)
{
    const ent_report_series_t *s = o->series;
    int moves = 0;
    for (int t = 0; t < s->file->n_time && !moves; t++) {
        ent_report_worlds(s, ENT_REPORT_EXPORTS, ENT_VIEW_DIFFERENCE, o->against, o->base, cell, t, o->one);
        for (int w = 0; w < s->n_worlds; w++)
            moves = moves || o->one[w] != 0.0;
    }
    return !moves;
}

/* Duty of a sector in both scenarios over all worlds and steps, as a part of its exports. */
static double duty_rate(const opening_t *o, int cell)
{
    const ent_report_series_t *s = o->series;
    double sum[2] = {0.0, 0.0};
    for (int k = 0; k < 4; k++)
        for (int t = 0; t < s->file->n_time; t++) {
            ent_report_worlds(s, k < 2 ? ENT_REPORT_EXPORTS : ENT_REPORT_DUTY, ENT_VIEW_LEVEL,
                              k % 2 == 0 ? o->against : o->base, o->base, cell, t, o->one);
            for (int w = 0; w < s->n_worlds; w++)
                sum[k / 2] += isnan(o->one[w]) ? 0.0 : o->one[w];
        }
    return sum[0] > 0.0 ? sum[1] / sum[0] : 0.0;
}

/* Services where customs have nothing to do with them, else -1. */
static int sector_left_out(const opening_t *o)
{
    const ent_results_file_t *file = o->series->file;
    for (int c = 0; c < file->n_sector; c++)
        if (strcmp(file->sector[c], "services") == 0 && duty_rate(o, c) < MOST_DUTY && never_moves(o, c))
            return c;
    return -1;
}

/* All sectors less the one left out, in every world: o->sum. */
static void goods_at(const opening_t *o, ent_view_t view, int scenario, int time)
{
    const ent_report_series_t *s = o->series;
    ent_report_worlds(s, ENT_REPORT_EXPORTS, view, scenario, o->base, s->n_cells - 1, time, o->sum);
    if (o->left_out < 0)
        return;
    ent_report_worlds(s, ENT_REPORT_EXPORTS, view, scenario, o->base, o->left_out, time, o->one);
    for (int w = 0; w < s->n_worlds; w++)
        o->sum[w] -= o->one[w];
}

/* Mean, then the quantiles at levels: [1 + N_LEVELS][time]. */
static json_t *paths(const opening_t *o, ent_view_t view, int scenario)
{
    const int n = o->series->n_worlds;
    json_t *lines = json_array();
    for (int i = 0; i <= N_LEVELS; i++)
        json_array_append_new(lines, json_array());
    for (int t = 0; t < o->series->file->n_time; t++) {
        double value[1 + N_LEVELS];
        goods_at(o, view, scenario, t);
        value[0] = ent_report_mean(o->sum, n);
        ent_report_quantiles(o->sum, n, levels, N_LEVELS, value + 1);
        for (int i = 0; i <= N_LEVELS; i++)
            json_array_append_new(json_array_get(lines, (size_t)i),
                                  ent_json_rounded(value[i], OPENING_DIGITS));
    }
    return lines;
}

int ent_report_opening(json_t *object, const ent_report_series_t *series, int against, int base,
                       ent_context_t *ctx)
{
    opening_t o = {.series = series, .against = against, .base = base, .left_out = -1};
    o.sum = ent_calloc(ctx, (size_t)series->n_worlds, sizeof *o.sum);
    o.one = ent_calloc(ctx, (size_t)series->n_worlds, sizeof *o.one);
    int rc = o.sum == NULL || o.one == NULL ? ENT_ERR_NO_MEMORY : 0;
    if (rc == 0) {
        o.left_out = sector_left_out(&o);
        json_t *opening =
            json_pack("{s:i, s:o, s:o, s:o}", "left_out", o.left_out, "with",
                      paths(&o, ENT_VIEW_LEVEL, against), "without", paths(&o, ENT_VIEW_LEVEL, base),
                      "difference", paths(&o, ENT_VIEW_DIFFERENCE, against));
        rc = json_object_set_new(object, "opening", opening) == 0 ? 0 : ENT_ERR_NO_MEMORY;
    }
    free(o.sum);
    free(o.one);
    return rc;
}
