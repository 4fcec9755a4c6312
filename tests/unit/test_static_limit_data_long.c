/* The static limit on real data: general closure, no noise, frozen tariffs, phi = 0, no stocks, contracts,
 * export and retail prices re-set every step. After thirty years the engine's flows and real incomes are
 * those of the static theory: for NAFTA on the data of 1993, for the Korea-US deal and for 10 % by one region
 * on all.
 *
 * The engine plays with and without the tariffs on the same draws; the ratio is compared, over years 11 to 30
 * of eight replications. What is left is sampling, because importers' slots are finite. Its size is the
 * ratio's spread over five-year pieces; a flow may be off by 1 % and two of its standard errors. The limit
 * without sampling is in test_closure_limit.c. */
#include "ent_test.h"

#include "static_world.h"

#include <entrepot/run.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

enum {
    YEAR = 12,
    STEPS = 30 * YEAR,
    FIRST_YEAR = 10,
    BATCH_YEARS = 5,
    BATCHES = (30 - FIRST_YEAR) / BATCH_YEARS,
    REPLICATIONS = 8
};
static const double tolerance = 0.01, bias = 0.0005; /* of a flow */
static const double large = 1000.0;                  /* million USD a year: cells above it are compared */

/* Also from threads, out of which cmocka cannot jump. */
static void assert_ok(const ent_context_t *ctx, int code)
{
    if (code != ENT_OK) {
        ent_context_print(ctx, stderr);
        abort();
    }
}

/* ---- the frictionless config: a shallow copy, so that the original is freed as it was read ---- */

typedef struct {
    ent_config_t config;
    int *members;
    ent_regime_t regimes[2];
    ent_scenario_t scenarios[2];
    double *numbers; /* rates, coverages */
} frozen_t;

static void remove_frictions(ent_config_t *c, const ent_benchmark_t *b, long n_slots, int focus)
{
    const size_t size = (size_t)c->n_sector * sizeof *c->sector_parameters;
    ent_sector_parameters_t *parameters = malloc(size);
    c->sector_parameters = memcpy(parameters, c->sector_parameters, size);
    for (int s = 0; s < c->n_sector; s++) {
        ent_sector_parameters_t *p = &parameters[s];
        p->stocked = p->shipping_lag = p->local_cost_share = p->absorption = p->switching_cost = 0.0;
        p->productivity_volatility = p->utilisation_cost = 0.0;
        p->renewal_rate = p->retail_reset_rate = p->price_reset_rate = 1200.0;
        p->demand_elasticity = 1.0;
        p->capacity_limit = 10.0;
    }
    c->global.importer_size_dispersion = c->global.demand_growth = 0.0;
    c->global.candidates = 4.0; /* any number has the same stationary law; few are fast */
    c->mechanisms = (ent_mechanisms_t){0};
    c->closure = ENT_CLOSURE_GENERAL;
    c->rebate_revenue = 1;
    c->n_steps = STEPS;
    c->n_burn_in = c->n_repeats = c->n_draws = c->n_shocks = c->n_paths = c->n_signals = c->checked = 0;
    c->n_worlds = REPLICATIONS;
    c->n_slots = n_slots;
    c->resolved = ENT_DAY_NEVER;
    /* slots in proportion to spending: a flow of a billion is then as well known in a large market as in a
     * small one */
    c->slot_focus = calloc((size_t)c->n_region, sizeof *c->slot_focus);
    for (int d = 0; d < c->n_region; d++) {
        for (int s = 0; s < c->n_sector; s++) {
            c->slot_focus[d] += ent_benchmark_expenditure(b, d, s);
        }
        c->slot_focus[d] = (d == focus ? 5.0 : 1.0) * sqrt(c->slot_focus[d]);
    }
    c->flows = malloc((size_t)(c->n_region * c->n_region) * sizeof *c->flows);
    c->n_flows = 0;
    for (int o = 0; o < c->n_region; o++) {
        for (int d = 0; d < c->n_region; d++) {
            c->flows[c->n_flows++] = (ent_flow_t){o, d};
        }
    }
}

/* One measure for each importer and sector whose tariffs differ from the benchmark's, since long ago. */
static void freeze_tariffs(frozen_t *f, const ent_benchmark_t *b, const double *tariff)
{
    ent_config_t *c = &f->config;
    const int R = c->n_region, S = c->n_sector;
    c->measures = calloc((size_t)(R * S), sizeof *c->measures);
    f->members = calloc((size_t)(R * S), sizeof *f->members);
    f->numbers = calloc((size_t)(R * S) * (size_t)(R + S), sizeof(double));
    c->n_measures = 0;
    for (int d = 0; d < R; d++) {
        for (int s = 0; s < S; s++) {
            ent_measure_t *m = &c->measures[c->n_measures];
            int differs = 0;
            *m = (ent_measure_t){.id = "frozen", .legal = "", .importer = d, .kind = ENT_MEASURE_ADDITIVE};
            m->rate = f->numbers + (size_t)c->n_measures * (size_t)(R + S);
            m->coverage = m->rate + R;
            for (int o = 0; o < R; o++) {
                const double extra = tariff[ent_cell(b, s, o, d)] - b->tariff[ent_cell(b, s, o, d)];
                m->rate[o] = extra != 0.0 && o != d ? extra : NAN;
                differs |= extra != 0.0 && o != d;
            }
            if (!differs) {
                continue;
            }
            m->coverage[s] = 1.0;
            m->collected_in_full = 1;
            ent_day_parse("1980-01-01", &m->announced);
            m->effective = m->announced;
            m->end = m->retroactive_to = m->anticipated_from = ENT_DAY_NEVER;
            m->end_announced = ENT_DAY_ALWAYS;
            f->members[c->n_measures] = c->n_measures;
            c->n_measures++;
        }
    }
    c->n_common = 0;
    f->regimes[0] = (ent_regime_t){.name = "with", .n_measures = c->n_measures, .measures = f->members};
    f->regimes[1] = (ent_regime_t){.name = "without"};
    f->scenarios[0] = (ent_scenario_t){.name = "with", .regime = 0};
    f->scenarios[1] = (ent_scenario_t){.name = "without", .regime = 1};
    c->regimes = f->regimes;
    c->scenarios = f->scenarios;
    c->n_regimes = c->n_scenarios = 2;
}

static void frozen_free(frozen_t *f)
{
    free(f->config.sector_parameters);
    free(f->config.flows);
    free(f->config.slot_focus);
    free(f->config.measures);
    free(f->members);
    free(f->numbers);
}

static long slots_wanted(long otherwise)
{
    const char *text = getenv("ENT_STATIC_LIMIT_SLOTS");
    return text != NULL ? atol(text) : otherwise;
}

/* ---- what the engine says: sums over five years, by replication ---- */

typedef struct {
    size_t n;               /* quantities: flows, then real incomes, then wages */
    double *with, *without; /* [batch][n] */
} sample_t;

static void sum_years(const ent_trajectory_t *t, ent_field_id_t field, size_t row, int batch, double *sum)
{
    const int first = FIRST_YEAR + batch * BATCH_YEARS;
    for (int step = first * YEAR; step < (first + BATCH_YEARS) * YEAR; step++) {
        for (size_t i = 0; i < row; i++) {
            sum[i] += (double)t->value[field][(size_t)step * row + i];
        }
    }
}

static void play_replication(const ent_model_t *model, const frozen_t *frozen, int replication,
                             sample_t *sample)
{
    const size_t R = (size_t)frozen->config.n_region, cells = R * R * (size_t)frozen->config.n_sector;
    ent_context_t ctx;
    ent_trajectory_t both[2] = {0};
    ent_context_init(&ctx);
    for (int i = 0; i < 2; i++) {
        assert_ok(&ctx, ent_trajectory_init(&both[i], &frozen->config, &ctx));
    }
    assert_ok(&ctx, ent_play(model, replication, &(ent_run_options_t){.n_threads = 1}, both, NULL, &ctx));
    for (int i = 0; i < 2; i++) {
        for (int batch = 0; batch < BATCHES; batch++) {
            double *sum = (i == 0 ? sample->with : sample->without) +
                          (size_t)(replication * BATCHES + batch) * sample->n;
            sum_years(&both[i], ENT_FIELD_exports, cells, batch, sum);
            sum_years(&both[i], ENT_FIELD_welfare, R, batch, sum + cells);
            sum_years(&both[i], ENT_FIELD_wage, R, batch, sum + cells + R);
        }
        ent_trajectory_free(&both[i]);
    }
    ent_context_free(&ctx);
}

static void play(const frozen_t *frozen, const ent_benchmark_t *fine, sample_t *sample)
{
    const size_t R = (size_t)frozen->config.n_region;
    ent_context_t ctx;
    ent_model_t *model = NULL;
    ent_context_init(&ctx);
    assert_ok(&ctx, ent_model_init(&model, &frozen->config, fine, &ctx));
    sample->n = R * R * (size_t)frozen->config.n_sector + 2 * R;
    sample->with = calloc(sample->n * REPLICATIONS * BATCHES, sizeof(double));
    sample->without = calloc(sample->n * REPLICATIONS * BATCHES, sizeof(double));
#pragma omp parallel for schedule(dynamic, 1)
    for (int replication = 0; replication < REPLICATIONS; replication++) {
        play_replication(model, frozen, replication, sample);
    }
    ent_model_free(model);
    ent_context_free(&ctx);
}

/* ---- comparison ---- */

typedef struct {
    double ratio, error; /* with over without and its standard error, relative */
} estimate_t;

/* Ratio of sums. Its standard error is from the spread over batches, five years of a replication each:
 * within one, errors last a year or so. */
static estimate_t estimate(const sample_t *sample, size_t at)
{
    const int n = REPLICATIONS * BATCHES;
    double with = 0.0, without = 0.0, squares = 0.0;
    for (int i = 0; i < n; i++) {
        with += sample->with[(size_t)i * sample->n + at];
        without += sample->without[(size_t)i * sample->n + at];
    }
    const double ratio = with / without;
    for (int i = 0; i < n; i++) {
        const double rest =
            sample->with[(size_t)i * sample->n + at] - ratio * sample->without[(size_t)i * sample->n + at];
        squares += rest * rest;
    }
    return (estimate_t){ratio, sqrt(squares / (n - 1) * n) / with};
}

typedef struct {
    int n, n_beyond, n_failed; /* cells compared; beyond 1 %; beyond 1 % and two standard errors */
    int n_known;               /* cells whose standard error is below 0.25 % */
    double worst, worst_error, largest_error, mean_gap, sum_squares, traded, traded_gap;
    int s, o, d;
} gaps_t;

static void add_gap(gaps_t *gaps, double gap, double error, double flow)
{
    gaps->n++;
    gaps->n_beyond += gap > tolerance;
    gaps->n_failed += gap > tolerance + 2.0 * error;
    gaps->n_known += error < 0.0025;
    gaps->mean_gap += gap;
    gaps->sum_squares += gap * gap / (error * error + bias * bias);
    gaps->traded += flow;
    gaps->traded_gap += flow * gap;
    gaps->largest_error = fmax(gaps->largest_error, error);
}

static void compare_flows(const ent_static_t *theory, const ent_theory_result_t *result,
                          const sample_t *sample, gaps_t *gaps)
{
    const ent_theory_t *m = &theory->model;
    const size_t R = (size_t)m->n_region;
    *gaps = (gaps_t){0};
    for (int s = 0; s < m->n_sector; s++) {
        for (size_t i = 0; i < R * R; i++) {
            const size_t cell = (size_t)s * R * R + i;
            if (m->flow[cell] <= large) {
                continue;
            }
            const estimate_t e = estimate(sample, cell);
            const double gap = fabs(e.ratio / (result->flow[cell] / m->flow[cell]) - 1.0);
            add_gap(gaps, gap, e.error, m->flow[cell]);
            if (gap > gaps->worst) {
                gaps->worst = gap;
                gaps->worst_error = e.error;
                gaps->s = s;
                gaps->o = (int)(i / R);
                gaps->d = (int)(i % R);
            }
        }
    }
    gaps->mean_gap /= gaps->n;
    gaps->traded_gap /= gaps->traded;
}

static double compare_welfare(const ent_static_t *theory, const ent_theory_result_t *result,
                              const sample_t *sample)
{
    const size_t R = (size_t)theory->model.n_region, cells = R * R * (size_t)theory->model.n_sector;
    double worst = 0.0;
    for (size_t r = 0; r < R; r++) {
        const estimate_t e = estimate(sample, cells + r), w = estimate(sample, cells + R + r);
        const double gap = 100.0 * (e.ratio - result->welfare_hat[r]);
        print_message(
            "  %-14s real income: engine %+.4f %% (se %.4f), theory %+.4f %%; wage %+.3f, %+.3f %%\n",
            theory->model.region[r], 100.0 * (e.ratio - 1.0), 100.0 * e.error,
            100.0 * (result->welfare_hat[r] - 1.0), 100.0 * (w.ratio - 1.0),
            100.0 * (result->wage_hat[r] - 1.0));
        worst = fmax(worst, fabs(gap));
    }
    return worst;
}

/* `focus`: a region whose markets get more slots than their spending calls for, or NULL. */
static void check_case(ent_static_world_kind_t kind, const char *focus)
{
    ent_static_world_t world;
    sample_t sample;
    gaps_t gaps;
    ent_static_world_init(&world, kind);
    const ent_theory_t *model = &world.theory.model;
    frozen_t frozen = {.config = world.config};
    remove_frictions(&frozen.config, world.theory.benchmark, slots_wanted(500000),
                     focus != NULL ? ent_config_region(&world.config, focus) : -1);
    freeze_tariffs(&frozen, world.theory.benchmark, world.tariff);
    play(&frozen, &world.fine, &sample);
    compare_flows(&world.theory, &world.result, &sample, &gaps);
    print_message("%s: %d measures, %d replications of %ld slots\n", world.name, frozen.config.n_measures,
                  REPLICATIONS, frozen.config.n_slots);
    const double welfare_gap = compare_welfare(&world.theory, &world.result, &sample);
    print_message(
        "%s: %d flows above 1 bn USD; gap: mean %.3f %%, weighted with the flows %.3f %%, largest %.2f %% "
        "(se %.2f %%; %s from %s to %s); %d beyond 1 %%, %d beyond 1 %% and two se; se: %d below 0.25 %%, "
        "largest %.2f %%; root mean square of gap / se %.2f; real income within %.4f points\n",
        world.name, gaps.n, 100.0 * gaps.mean_gap, 100.0 * gaps.traded_gap, 100.0 * gaps.worst,
        100.0 * gaps.worst_error, model->sector[gaps.s], model->region[gaps.o], model->region[gaps.d],
        gaps.n_beyond, gaps.n_failed, gaps.n_known, 100.0 * gaps.largest_error,
        sqrt(gaps.sum_squares / gaps.n), welfare_gap);
    free(sample.with);
    free(sample.without);
    frozen_free(&frozen);
    ent_static_world_free(&world);
    assert_true(welfare_gap < 0.02);
    assert_int_equal(gaps.n_failed, 0);
    assert_true(gaps.n_beyond <= gaps.n / 200);
    assert_true(gaps.n_known > gaps.n * 9 / 10);
    assert_true(gaps.mean_gap < 0.001);
}

static void nafta(void **state)
{
    (void)state;
    check_case(ENT_WORLD_NAFTA, "Mexico");
}

static void korea_us_deal(void **state)
{
    (void)state;
    check_case(ENT_WORLD_DEAL, NULL);
}

static void ten_per_cent_on_all(void **state)
{
    (void)state;
    check_case(ENT_WORLD_BLANKET, NULL);
}

/* Without arguments every case; with one, the cases of that name. */
int main(int argc, char **argv)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(nafta), cmocka_unit_test(korea_us_deal),
                                       cmocka_unit_test(ten_per_cent_on_all)};
    if (argc > 1) {
        cmocka_set_test_filter(argv[1]);
    }
    return cmocka_run_group_tests(tests, NULL, NULL);
}
