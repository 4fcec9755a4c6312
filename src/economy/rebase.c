/* A benchmark moved to another year by observed flows. */
#include "economy/balance.h"

#include "base/memory.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

typedef struct {
    ent_benchmark_t *b;
    const ent_rebase_options_t *options;
    double *after;      /* [cells] NaN: not observed */
    double *before_sum; /* [sector][region] exports and imports before */
    double *after_sum;  /* the same, after */
    double *spent;      /* [region][sector] expenditure before */
    ent_context_t *ctx;
} move_t;

static void move_free(move_t *m)
{
    free(m->after);
    free(m->before_sum);
    free(m->spent);
}

static int move_init(move_t *m, ent_benchmark_t *b, const ent_rebase_options_t *options, ent_context_t *ctx)
{
    const size_t markets = (size_t)b->n_sector * (size_t)b->n_region;
    const size_t cells = markets * (size_t)b->n_region;
    *m = (move_t){.b = b, .options = options, .ctx = ctx};
    m->after = ent_calloc(ctx, cells, sizeof *m->after);
    m->before_sum = ent_calloc(ctx, 2 * markets, sizeof *m->before_sum);
    m->spent = ent_calloc(ctx, markets, sizeof *m->spent);
    if (m->after == NULL || m->before_sum == NULL || m->spent == NULL) {
        return ENT_ERR_NO_MEMORY;
    }
    m->after_sum = m->before_sum + markets;
    for (size_t i = 0; i < cells; i++) {
        m->after[i] = NAN;
    }
    for (int r = 0; r < b->n_region; r++) {
        for (int s = 0; s < b->n_sector; s++) {
            m->spent[r * b->n_sector + s] = ent_benchmark_expenditure(b, r, s);
        }
    }
    return ENT_OK;
}

static int covered(const move_t *m, int sector)
{
    return m->options->covered == NULL || m->options->covered[sector];
}

static int refuse(const move_t *m, const ent_observed_flow_t *flow)
{
    char key[256], value[32];
    snprintf(key, sizeof key, "%.60s, %.60s, %.60s", flow->sector >= 0 ? m->b->sector[flow->sector] : "all",
             m->b->region[flow->origin], m->b->region[flow->destination]);
    snprintf(value, sizeof value, "%.10g", flow->value);
    return ent_fault(
        m->ctx, ENT_ERR_DATA, "rebase", 0, 0, key, value, NULL,
        "was observed without its sector, and the benchmark has no flow of this pair to share it "
        "out by: give it by sector");
}

/* A flow without its sector, over the sectors that no row of the pair names. */
static int share_out(move_t *m, const ent_observed_flow_t *flow)
{
    const ent_benchmark_t *b = m->b;
    double before = 0.0, left = flow->value;
    for (int s = 0; s < b->n_sector; s++) {
        const size_t cell = ent_cell(b, s, flow->origin, flow->destination);
        before += covered(m, s) && isnan(m->after[cell]) ? b->flow[cell] : 0.0;
        left -= covered(m, s) && !isnan(m->after[cell]) ? m->after[cell] : 0.0;
    }
    if (!(before > 0.0) && left > 0.0) {
        return refuse(m, flow);
    }
    for (int s = 0; s < b->n_sector; s++) {
        const size_t cell = ent_cell(b, s, flow->origin, flow->destination);
        if (covered(m, s) && isnan(m->after[cell])) {
            m->after[cell] = before > 0.0 ? b->flow[cell] * fmax(left, 0.0) / before : 0.0;
        }
    }
    return ENT_OK;
}

static int place_observed(move_t *m, const ent_observed_flow_t *observed, size_t n)
{
    int code = ENT_OK;
    for (size_t i = 0; i < n; i++) {
        if (observed[i].sector >= 0) {
            m->after[ent_cell(m->b, observed[i].sector, observed[i].origin, observed[i].destination)] =
                observed[i].value;
        }
    }
    for (size_t i = 0; i < n; i++) {
        const int here = observed[i].sector < 0 ? share_out(m, &observed[i]) : ENT_OK;
        code = code == ENT_OK ? here : code;
    }
    return code;
}

static void note_cell(ent_rebase_t *rebase, double before, double after)
{
    if (isnan(after)) {
        rebase->others_before += before;
    } else {
        rebase->observed_before += before;
        rebase->observed_after += after;
        rebase->n_observed++;
    }
}

/* Trade of each region by sector, before and after; what was not observed counts as it was. */
static void add_sums(move_t *m, ent_rebase_t *rebase)
{
    const ent_benchmark_t *b = m->b;
    const int nr = b->n_region;
    for (int s = 0; s < b->n_sector; s++) {
        for (int o = 0; o < nr; o++) {
            for (int d = 0; d < nr; d++) {
                const size_t cell = ent_cell(b, s, o, d);
                const double before = b->flow[cell], after = isnan(m->after[cell]) ? before : m->after[cell];
                note_cell(rebase, before, m->after[cell]);
                for (int side = 0; o != d && side < 2; side++) {
                    m->before_sum[s * nr + (side == 0 ? o : d)] += before;
                    m->after_sum[s * nr + (side == 0 ? o : d)] += after;
                }
            }
        }
    }
}

/* Growth of a flow that was not observed. */
static double growth(const move_t *m, int s, int o, int d)
{
    const int nr = m->b->n_region;
    const double before = m->before_sum[s * nr + o] + m->before_sum[s * nr + d];
    return m->options->keep_others || !(before > 0.0)
               ? 1.0
               : (m->after_sum[s * nr + o] + m->after_sum[s * nr + d]) / before;
}

static void put_flows(move_t *m, ent_rebase_t *rebase)
{
    ent_benchmark_t *b = m->b;
    for (int s = 0; s < b->n_sector; s++) {
        for (int o = 0; o < b->n_region; o++) {
            for (int d = 0; d < b->n_region; d++) {
                const size_t cell = ent_cell(b, s, o, d);
                if (isnan(m->after[cell])) {
                    b->flow[cell] *= growth(m, s, o, d);
                    rebase->others_after += b->flow[cell];
                } else {
                    b->flow[cell] = m->after[cell];
                }
            }
        }
    }
}

/* Final demand of a market grows with what is spent there: the table that balancing starts from. */
static void put_demand(const move_t *m)
{
    const ent_benchmark_t *b = m->b;
    for (int r = 0; r < b->n_region; r++) {
        for (int s = 0; s < b->n_sector; s++) {
            const double before = m->spent[r * b->n_sector + s], after = ent_benchmark_expenditure(b, r, s);
            double *demand = &b->final_demand[r * b->n_sector + s];
            *demand = before > 0.0 ? *demand * after / before : after;
        }
    }
}

int ent_benchmark_rebase(ent_benchmark_t *benchmark, const ent_observed_flow_t *observed, size_t n,
                         const ent_rebase_options_t *options, ent_rebase_t *rebase, ent_context_t *ctx)
{
    move_t m;
    *rebase = (ent_rebase_t){0};
    int code = move_init(&m, benchmark, options, ctx);
    code = code == ENT_OK ? place_observed(&m, observed, n) : code;
    if (code == ENT_OK) {
        add_sums(&m, rebase);
        put_flows(&m, rebase);
        put_demand(&m);
    }
    move_free(&m);
    return code;
}
