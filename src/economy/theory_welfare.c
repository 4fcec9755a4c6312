/* What a welfare change is made of: terms of trade, volume of trade, trade costs, transfers. */
#include <entrepot/theory.h>

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "theory_internal.h"

/* One equilibrium on the path, world value added as numeraire. Borrowed or owned by the path. */
typedef struct {
    double *flow, *tariff;                         /* [sector][origin][destination] */
    double *log_cost;                              /* [sector][region] of unit cost */
    double *log_trade_cost;                        /* [sector][origin][destination] */
    double *income, *deficit;                      /* [region] */
    double *expenditure, *output;                  /* [sector][region] */
    double *log_wage, *log_employment, *wage_bill; /* [region] */
} point_t;

static int welfare_allocate(ent_theory_welfare_t *welfare, const ent_theory_t *model, ent_context_t *ctx)
{
    const size_t r = (size_t)model->n_region, cells = r * r * (size_t)model->n_sector;
    double **const arrays[] = {&welfare->terms_of_trade,
                               &welfare->volume_of_trade,
                               &welfare->trade_cost,
                               &welfare->terms_of_trade_sum,
                               &welfare->volume_of_trade_sum,
                               &welfare->trade_cost_sum,
                               &welfare->transfer,
                               &welfare->employment,
                               &welfare->scale,
                               &welfare->local_sales,
                               &welfare->market_size,
                               &welfare->first_order,
                               &welfare->remainder,
                               &welfare->total};
    const size_t sizes[] = {cells, cells, cells, r, r, r, r, r, r, r, r, r, r, r};

    memset(welfare, 0, sizeof *welfare);
    welfare->n_region = model->n_region;
    welfare->n_sector = model->n_sector;
    for (size_t i = 0; i < sizeof sizes / sizeof *sizes; i++) {
        *arrays[i] = calloc(sizes[i], sizeof(double));
        if (*arrays[i] == NULL) {
            return ent_fail(ctx, ENT_ERR_NO_MEMORY, THEORY_PLACE,
                            "no memory for the welfare parts of %zu flows", cells);
        }
    }
    return ENT_OK;
}

void ent_theory_welfare_free(ent_theory_welfare_t *welfare)
{
    free(welfare->terms_of_trade);
    free(welfare->volume_of_trade);
    free(welfare->trade_cost);
    free(welfare->terms_of_trade_sum);
    free(welfare->volume_of_trade_sum);
    free(welfare->trade_cost_sum);
    free(welfare->transfer);
    free(welfare->employment);
    free(welfare->scale);
    free(welfare->local_sales);
    free(welfare->market_size);
    free(welfare->first_order);
    free(welfare->remainder);
    free(welfare->total);
    memset(welfare, 0, sizeof *welfare);
}

static int point_init(point_t *point, const ent_theory_t *model, ent_context_t *ctx)
{
    const size_t r = (size_t)model->n_region, markets = r * (size_t)model->n_sector, flows = markets * r;
    double *block = calloc(3 * flows + 3 * markets + 5 * r, sizeof *block);

    if (block == NULL) {
        return ent_fail(ctx, ENT_ERR_NO_MEMORY, THEORY_PLACE, "no memory for a path of %zu flows", flows);
    }
    *point = (point_t){.flow = block,
                       .tariff = block + flows,
                       .log_trade_cost = block + 2 * flows,
                       .log_cost = block + 3 * flows,
                       .income = block + 3 * flows + markets,
                       .deficit = block + 3 * flows + markets + r,
                       .log_wage = block + 3 * flows + markets + 2 * r,
                       .log_employment = block + 3 * flows + markets + 3 * r,
                       .wage_bill = block + 3 * flows + markets + 4 * r,
                       .expenditure = block + 3 * flows + markets + 5 * r,
                       .output = block + 3 * flows + 2 * markets + 5 * r};
    return ENT_OK;
}

static void point_free(point_t *point)
{
    free(point->flow);
    memset(point, 0, sizeof *point);
}

static void point_from_benchmark(point_t *point, const ent_theory_t *model)
{
    const size_t r = (size_t)model->n_region, flows = r * r * (size_t)model->n_sector;

    memcpy(point->flow, model->flow, flows * sizeof *point->flow);
    memcpy(point->tariff, model->tariff, flows * sizeof *point->tariff);
    memcpy(point->income, model->income, r * sizeof *point->income);
    memcpy(point->deficit, model->deficit, r * sizeof *point->deficit);
    memcpy(point->wage_bill, model->value_added, r * sizeof *point->wage_bill);
    memcpy(point->expenditure, model->expenditure, flows / r * sizeof *point->expenditure);
    memcpy(point->output, model->output, flows / r * sizeof *point->output);
}

static void point_from_result(point_t *point, const ent_theory_t *model, const ent_theory_result_t *result)
{
    const size_t n = (size_t)result->n_region, sectors = (size_t)result->n_sector;
    const double unit = 1.0 / result->numeraire_scale;

    for (size_t i = 0; i < n * n * sectors; i++) {
        point->flow[i] = result->flow[i] * unit;
        point->tariff[i] = result->tariff[i];
        point->log_trade_cost[i] = log(result->trade_cost_hat[i]);
    }
    for (size_t r = 0; r < n; r++) {
        point->income[r] = result->income[r] * unit;
        point->deficit[r] = result->deficit[r] * unit;
        point->log_wage[r] = log(result->wage_hat[r] * unit);
        point->log_employment[r] = log(result->employment_hat[r]);
        point->wage_bill[r] = result->wage_hat[r] * unit * result->employment_hat[r] * model->value_added[r];
        for (size_t s = 0; s < sectors; s++) {
            point->expenditure[s * n + r] = result->expenditure[r * sectors + s] * unit;
            point->output[s * n + r] = result->output[r * sectors + s] * unit;
            point->log_cost[s * n + r] = log(result->cost_hat[r * sectors + s] * unit);
        }
    }
}

/* Parts of one flow: the importer's and, in terms of trade, the exporter's. All are in million USD divided by
 * the income of the region whose welfare it is. */
typedef struct {
    double exporter_terms, importer_terms, volume, trade_cost;
} flow_parts_t;

/* CP equations (15)-(16) as they print them: benchmark weights, hats less one. */
static flow_parts_t first_order_parts(const point_t *a, const point_t *b, size_t i, size_t origin,
                                      size_t destination, size_t market)
{
    const double rise = expm1(b->log_cost[market] - a->log_cost[market]);
    const double barrier = expm1(b->log_trade_cost[i] - a->log_trade_cost[i]);
    const double flow = a->flow[i], tariff = a->tariff[i];

    return (flow_parts_t){
        .exporter_terms = flow * rise / a->income[origin],
        .importer_terms = -flow * rise / a->income[destination],
        .volume = tariff * (b->flow[i] - flow * (1.0 + rise)) / a->income[destination],
        .trade_cost = -flow * (1.0 + tariff) * barrier / a->income[destination],
    };
}

/* The same differentials over a short piece of the path, weights the mean of its two ends. */
static flow_parts_t trapezoid_parts(const point_t *a, const point_t *b, size_t i, size_t origin,
                                    size_t destination, size_t market)
{
    const double rise = b->log_cost[market] - a->log_cost[market];
    const double barrier = b->log_trade_cost[i] - a->log_trade_cost[i];
    const double import_a = a->flow[i] / a->income[destination],
                 import_b = b->flow[i] / b->income[destination];
    const double duty_rate_a = a->tariff[i] / a->income[destination];
    const double duty_rate_b = b->tariff[i] / b->income[destination];

    return (flow_parts_t){
        .exporter_terms = 0.5 * (a->flow[i] / a->income[origin] + b->flow[i] / b->income[origin]) * rise,
        .importer_terms = -0.5 * (import_a + import_b) * rise,
        .volume = 0.5 * (duty_rate_a + duty_rate_b) * (b->flow[i] - a->flow[i]) -
                  0.5 * (a->tariff[i] * import_a + b->tariff[i] * import_b) * rise,
        .trade_cost = -0.5 * ((1.0 + a->tariff[i]) * import_a + (1.0 + b->tariff[i]) * import_b) * barrier,
    };
}

/* A log change as the formula wants it: itself along a path, the relative change to first order. */
static double differential(double log_change, int first_order)
{
    return first_order ? expm1(log_change) : log_change;
}

/* Share of a value in income: of the benchmark to first order, else the mean of the piece's ends. */
static double income_share(double value_a, double value_b, const point_t *a, const point_t *b, size_t r,
                           int first_order)
{
    return first_order ? value_a / a->income[r] : 0.5 * (value_a / a->income[r] + value_b / b->income[r]);
}

static double log_ratio(double after, double before)
{
    return after > 0.0 && before > 0.0 ? log(after / before) : 0.0;
}

/* What local sellers of a flow gain, and what of its duty prices do not bear. */
static void add_local(const ent_theory_t *model, const point_t *a, const point_t *b, size_t s, size_t o,
                      size_t d, int first_order, ent_theory_welfare_t *welfare)
{
    const size_t n = (size_t)model->n_region, i = (s * n + o) * n + d;
    const double share = income_share(a->flow[i], b->flow[i], a, b, d, first_order);
    const double own = b->log_cost[s * n + d] - a->log_cost[s * n + d];
    const double theirs = b->log_cost[s * n + o] - a->log_cost[s * n + o];

    if (o != d) {
        welfare->local_sales[d] += theory_local(model, d) * share *
                                   (differential(own, first_order) - differential(theirs, first_order));
    }
    welfare->market_size[d] += (1.0 - theory_duty_exponent(model, d)) * share * (b->tariff[i] - a->tariff[i]);
}

/* Employment, scale and entry of a region. */
static void add_switches(const ent_theory_t *model, const point_t *a, const point_t *b, size_t r,
                         int first_order, ent_theory_welfare_t *welfare)
{
    const size_t n = (size_t)model->n_region;
    const double wage = b->log_wage[r] - a->log_wage[r], work = b->log_employment[r] - a->log_employment[r];

    welfare->employment[r] += income_share(a->wage_bill[r], b->wage_bill[r], a, b, r, first_order) *
                              differential(work, first_order);
    for (size_t s = 0; s < (size_t)model->n_sector; s++) {
        const size_t m = s * n + r;
        const double staff = log_ratio(b->output[m], a->output[m]) - wage;
        const double size = log_ratio(b->expenditure[m], a->expenditure[m]) - wage;

        welfare->scale[r] += model->options.scale_elasticity *
                             income_share(a->output[m], b->output[m], a, b, r, first_order) *
                             differential(staff, first_order);
        welfare->market_size[r] -= (1.0 - theory_duty_exponent(model, r)) *
                                   income_share(a->expenditure[m], b->expenditure[m], a, b, r, first_order) *
                                   differential(size, first_order);
    }
}

/* Add the parts of the piece from a to b. */
static void add_piece(const ent_theory_t *model, const point_t *a, const point_t *b, int first_order,
                      ent_theory_welfare_t *welfare)
{
    const size_t n = (size_t)welfare->n_region, sectors = (size_t)welfare->n_sector;

    for (size_t s = 0; s < sectors; s++) {
        for (size_t o = 0; o < n; o++) {
            for (size_t d = 0; d < n; d++) {
                const size_t i = (s * n + o) * n + d;
                const size_t sold = (o * n + d) * sectors + s, bought = (d * n + o) * sectors + s;
                const flow_parts_t parts = first_order ? first_order_parts(a, b, i, o, d, s * n + o)
                                                       : trapezoid_parts(a, b, i, o, d, s * n + o);

                /* what a region sells itself it also buys: the two terms cancel */
                if (o != d) {
                    welfare->terms_of_trade[sold] += (1.0 - theory_local(model, d)) * parts.exporter_terms;
                    welfare->terms_of_trade[bought] += (1.0 - theory_local(model, d)) * parts.importer_terms;
                }
                add_local(model, a, b, s, o, d, first_order, welfare);
                welfare->volume_of_trade[bought] += parts.volume;
                welfare->trade_cost[bought] += parts.trade_cost;
            }
        }
    }
    for (size_t r = 0; r < n; r++) {
        const double weight =
            first_order ? 1.0 / a->income[r] : 0.5 * (1.0 / a->income[r] + 1.0 / b->income[r]);

        welfare->transfer[r] += weight * (b->deficit[r] - a->deficit[r]);
        add_switches(model, a, b, r, first_order, welfare);
    }
}

/* Sums over partners and sectors, and what they leave of the total. */
static void add_up(const ent_theory_result_t *result, ent_theory_welfare_t *welfare)
{
    const size_t n = (size_t)welfare->n_region, cells = n * (size_t)welfare->n_sector;

    for (size_t r = 0; r < n; r++) {
        for (size_t i = r * cells; i < (r + 1) * cells; i++) {
            welfare->terms_of_trade_sum[r] += welfare->terms_of_trade[i];
            welfare->volume_of_trade_sum[r] += welfare->volume_of_trade[i];
            welfare->trade_cost_sum[r] += welfare->trade_cost[i];
        }
        welfare->first_order[r] = welfare->terms_of_trade_sum[r] + welfare->volume_of_trade_sum[r] +
                                  welfare->trade_cost_sum[r] + welfare->transfer[r];
        welfare->first_order[r] +=
            welfare->employment[r] + welfare->scale[r] + welfare->local_sales[r] + welfare->market_size[r];
        welfare->total[r] = welfare->n_step > 0 ? log(result->welfare_hat[r]) : result->welfare_hat[r] - 1.0;
        welfare->remainder[r] = welfare->total[r] - welfare->first_order[r];
    }
}

static int integrate(const ent_theory_t *model, const ent_theory_result_t *result, point_t *from, point_t *to,
                     ent_theory_welfare_t *welfare, ent_context_t *ctx)
{
    ent_theory_result_t between = {0};
    theory_work_t work;
    int n_path_steps, ret = theory_work_init(&work, model, ctx);

    for (size_t i = 0; ret == ENT_OK && i < work.n_flow; i++) {
        work.target_tariff[i] = result->tariff[i];
        work.target_log_cost[i] = log(result->trade_cost_hat[i]);
    }
    for (int k = 1; ret == ENT_OK && k <= welfare->n_step; k++) {
        const point_t swap = *from;

        if (k < welfare->n_step) {
            ret = theory_solve_state(model, &work, (double)k / welfare->n_step, &n_path_steps, ctx);
            if (ret == ENT_OK) {
                ret = theory_fill_result(model, &work, &between, ctx);
            }
        }
        if (ret == ENT_OK) {
            point_from_result(to, model, k < welfare->n_step ? &between : result);
            add_piece(model, from, to, 0, welfare);
            *from = *to;
            *to = swap;
        }
    }
    ent_theory_result_free(&between);
    theory_work_free(&work);
    return ret;
}

int ent_theory_welfare(const ent_theory_t *model, const ent_theory_result_t *result, int n_step,
                       ent_theory_welfare_t *welfare, ent_context_t *ctx)
{
    point_t from = {0}, to = {0};
    int ret;

    ent_theory_welfare_free(welfare);
    if (n_step < 0 || result->n_region != model->n_region || result->n_sector != model->n_sector) {
        return ent_fail(ctx, ENT_ERR_USAGE, THEORY_PLACE,
                        "pieces must not be negative (%d) and the result must be of this model", n_step);
    }
    ret = welfare_allocate(welfare, model, ctx);
    if (ret == ENT_OK) {
        ret = point_init(&from, model, ctx);
    }
    if (ret == ENT_OK) {
        ret = point_init(&to, model, ctx);
    }
    if (ret == ENT_OK) {
        welfare->n_step = n_step;
        point_from_benchmark(&from, model);
        if (n_step == 0) {
            point_from_result(&to, model, result);
            add_piece(model, &from, &to, 1, welfare);
        } else {
            ret = integrate(model, result, &from, &to, welfare, ctx);
        }
    }
    if (ret == ENT_OK) {
        add_up(result, welfare);
    } else {
        ent_theory_welfare_free(welfare);
    }
    point_free(&from);
    point_free(&to);
    return ret;
}
