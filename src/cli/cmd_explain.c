/* entrepot explain: what a config will simulate, in words. */
#include "cli/commands.h"
#include "cli/common.h"
#include "cli/tariff_tables.h"
#include "engine/distribution.h"
#include "policy/kinds.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

typedef struct {
    const char *config;
    ent_cli_settings_t settings;
} arguments_t;

static const ent_cli_option_t command_options[] = {ENT_CLI_SET(arguments_t, settings), {0}};

static void put_day(const char *before, ent_day_t day)
{
    char text[16];
    ent_day_format(day, text);
    printf("%s%s", before, text);
}

/* ---- what is played ---- */

/* The economies of a region, or the first of many. */
static void put_region(const ent_config_t *c, const ent_benchmark_t *fine, int region)
{
    int n = 0, last = 0;
    for (int i = 0; i < c->n_fine_region; i++) {
        n += c->region_map[i] == region;
        last = c->region_map[i] == region ? i : last;
    }
    if (n == 1) {
        printf("%s (%s)", c->region[region], fine->region_name[last]);
    } else {
        printf("%s (%d economies)", c->region[region], n);
    }
}

static void put_run(const ent_config_t *c, const ent_benchmark_t *fine)
{
    printf("%s: %s\n\n", c->name, c->title);
    printf("Exporters of ");
    put_region(c, fine, c->home);
    printf(" and their buyers abroad are played step by step");
    put_day(", from ", c->calendar.start);
    printf(" for %d steps of 1/%d year, after %d steps in which stocks and orders settle.\nThe world is ",
           c->n_steps, c->calendar.steps_per_year, c->n_burn_in);
    const int shown = c->n_region < 12 ? c->n_region : 12;
    for (int r = 0; r < shown; r++) {
        printf("%s", r > 0 ? ", " : "");
        put_region(c, fine, r);
    }
    printf("%s; the sectors are ", shown < c->n_region ? " and others" : "");
    for (int s = 0; s < c->n_sector; s++) {
        printf("%s%s", s > 0 ? ", " : "", c->sector[s]);
    }
    printf(".\n%s\n", c->closure == ENT_CLOSURE_GENERAL
                          ? "Incomes, spending and wages answer (general closure)."
                          : "Spending and wages stay as in the benchmark (partial closure).");
}

/* ---- measures ---- */

/* Names of the flagged or covered, at most eight. */
static void put_partners(const ent_config_t *c, const ent_measure_t *m)
{
    int n = 0, all = 0;
    for (int r = 0; r < c->n_region; r++) {
        all += r != m->importer && !isnan(m->rate[r]);
    }
    if (all == c->n_region - 1 && all > 2) {
        printf("everybody");
        return;
    }
    for (int r = 0; r < c->n_region; r++) {
        if (!isnan(m->rate[r]) && r != m->importer && n++ < 8) {
            printf("%s%s", n > 1 ? ", " : "", c->region[r]);
        }
    }
    printf("%s", n > 8 ? " and others" : "");
}

static void put_covered(const ent_config_t *c, const ent_measure_t *m)
{
    int n = 0;
    for (int s = 0; s < c->n_sector; s++) {
        if (m->coverage[s] > 0.0 && n++ < 8) {
            printf("%s%s", n > 1 ? ", " : "", c->sector[s]);
            if (m->coverage[s] < 1.0) {
                printf(" (%.3g %% of it)", 100.0 * m->coverage[s]);
            }
        }
    }
    printf("%s", n > 8 ? " and others" : "");
}

static double rate_of(const ent_config_t *c, const ent_measure_t *m)
{
    for (int r = 0; r < c->n_region; r++) {
        if (r != m->importer && !isnan(m->rate[r])) {
            return m->rate[r];
        }
    }
    return NAN;
}

static void put_measure(const ent_config_t *c, const ent_measure_t *m)
{
    if (m->from_lines) {
        return; /* told as law */
    }
    printf("  %s: %s, ", m->id, c->region[m->importer]);
    if (!ent_kind(m->kind)->no_rate) {
        printf("%.6g %s, ", m->kind == ENT_MEASURE_SUPPLIER ? rate_of(c, m) : 100.0 * rate_of(c, m),
               m->kind == ENT_MEASURE_SUPPLIER ? "times" : "%");
    }
    printf("on ");
    put_covered(c, m);
    printf(" from ");
    put_partners(c, m);
    put_day("; announced ", m->announced);
    put_day(m->hazard > 0.0 ? ", in force on a day nobody knows from " : ", in force from ", m->effective);
    if (m->end != ENT_DAY_NEVER) {
        put_day(" until ", m->end);
    }
    printf(".\n     %s.\n", ent_kind_sentence(m->kind));
}

/* What is in force in a regime, besides what is in force in all. */
static void put_regimes(const ent_config_t *c)
{
    if (c->n_common > 0) {
        printf("\nIn every scenario:\n");
    }
    if (c->law != NULL) {
        printf("  law: %s.\n", c->law);
    }
    for (int i = 0; i < c->n_common; i++) {
        put_measure(c, &c->measures[c->common[i]]);
    }
    for (int s = 0; s < c->n_scenarios; s++) {
        const ent_regime_t *regime = &c->regimes[c->scenarios[s].regime];
        printf("\nScenario %s plays %s%s%s\n", c->scenarios[s].name,
               c->scenarios[s].negotiated ? "talks, which without a deal lead to " : "", regime->name,
               regime->n_measures > 0 ? ":" : ", which adds nothing.");
        if (regime->law != NULL && regime->law[0] != '\0') {
            printf("  law: %s.\n", regime->law);
        }
        for (int i = 0; i < regime->n_measures; i++) {
            put_measure(c, &c->measures[regime->measures[i]]);
        }
    }
    if (c->n_scenarios > 1) {
        printf("\nEvery world is played under each of them with the same chance; the difference is %s minus "
               "%s.\n",
               c->scenarios[0].name, c->scenarios[c->n_scenarios - 1].name);
    }
}

/* ---- rates that bear on home ---- */

static int hits_home(const ent_config_t *c, int importer)
{
    for (int m = 0; m < c->n_measures; m++) {
        const ent_measure_t *measure = &c->measures[m];
        if (measure->importer == importer && importer != c->home && !isnan(measure->rate[c->home])) {
            return 1;
        }
    }
    return 0;
}

static int put_rates(const ent_config_t *c, const ent_benchmark_t *coarse, ent_context_t *ctx)
{
    const double days = 365.25 * c->n_steps / c->calendar.steps_per_year;
    ent_tariff_query_t query = {.config = c,
                                .benchmark = coarse,
                                .partner = c->home,
                                .sector = -1,
                                .on = c->calendar.start + (ent_day_t)days - 1,
                                .known = ENT_DAY_NEVER};
    int code = ENT_OK;
    query.loaded = query.on;
    for (int importer = 0; code == ENT_OK && importer < c->n_region; importer++) {
        for (int s = 0; code == ENT_OK && hits_home(c, importer) && s < c->n_scenarios; s++) {
            printf("\n%s, scenario %s, at the end of the run:\n\n", c->region[importer],
                   c->scenarios[s].name);
            query.importer = importer;
            query.regime = c->scenarios[s].regime;
            code = ent_tariff_tables_write(&query, ENT_FORMAT_TEXT, stdout, ctx);
        }
    }
    return code;
}

/* ---- what is uncertain ---- */

static void put_range(const ent_distribution_t *d)
{
    printf(", 5 to 95 %% between %.4g and %.4g", ent_distribution_quantile(d, 0.05),
           ent_distribution_quantile(d, 0.95));
}

static void put_draw(const ent_config_t *c, const ent_draw_t *d)
{
    printf("  %s: ", d->name);
    if (d->kind == ENT_DRAW_PARAMETER) {
        printf("%s%s", d->scale ? "a factor on " : "", d->parameter->name);
        put_range(&d->distribution);
    } else if (d->kind == ENT_DRAW_ELASTICITY_SET) {
        printf("which set of trade elasticities holds");
    } else if (d->kind == ENT_DRAW_BELIEF) {
        printf("how much people believe in the first regime (logit)");
        put_range(&d->distribution);
    } else {
        printf("days by which %s comes later", c->measures[d->measure].id);
        put_range(&d->distribution);
    }
    printf("\n");
}

static void put_uncertainty(const ent_config_t *c)
{
    static const char *const shocks[] = {[ENT_SHOCK_DEMAND] = "demand",
                                         [ENT_SHOCK_EXCHANGE_RATE] = "the exchange rate",
                                         [ENT_SHOCK_COST] = "cost"};
    int hazards = 0;
    for (int m = 0; m < c->n_measures; m++) {
        hazards += c->measures[m].hazard > 0.0;
    }
    printf("\nUncertain, drawn anew in each of %d worlds:%s\n", c->n_worlds,
           c->n_draws + c->n_shocks + hazards == 0 ? " nothing but chance in who buys from whom." : "");
    for (int i = 0; i < c->n_draws; i++) {
        put_draw(c, &c->draws[i]);
    }
    for (int i = 0; i < c->n_shocks; i++) {
        printf("  %s: a shock to %s", c->shocks[i].name, shocks[c->shocks[i].kind]);
        put_day(" from ", c->shocks[i].begin);
        put_range(&c->shocks[i].log_change);
        printf(" (log change)\n");
    }
    if (hazards > 0) {
        printf("  the days of %d measures\n", hazards);
    }
    printf("%d of the worlds are played twice with other chance, which tells the numerical error.\n",
           c->n_repeats);
    if (c->n_signals > 0) {
        put_day("What will hold is not known to firms before ", c->resolved);
        printf(": they weigh the regimes by the config's signals.\n");
    } else {
        printf(
            "Firms know from the first day which regime holds; a measure they learn when it is announced.\n");
    }
}

/* ---- the command ---- */

static int explain(void *arguments, ent_context_t *ctx)
{
    const arguments_t *a = arguments;
    ent_config_t config = {0};
    ent_benchmark_t fine = {0}, coarse = {0};
    int code = ent_config_read(&config, &fine, a->config, a->settings.n, a->settings.settings, ctx);
    code = code == ENT_OK ? ent_config_benchmark(&config, &fine, &coarse, ctx) : code;
    code = code == ENT_OK ? ent_cli_notes(&config, &fine, 2, ctx) : code;
    if (code == ENT_OK) {
        put_run(&config, &fine);
        put_regimes(&config);
        put_uncertainty(&config);
        code = put_rates(&config, &coarse, ctx);
    }
    ent_benchmark_free(&coarse);
    ent_benchmark_free(&fine);
    ent_config_free(&config);
    return code;
}

int ent_cmd_explain(int argc, char **argv)
{
    static const ent_cli_command_t command = {
        .options = command_options,
        .usage = "CONFIG",
        .words =
            "Tell in words what a config will simulate: who, when, which measures in which scenario, what is "
            "uncertain, and the rates that bear on home.",
        .subject = "config",
        .subject_place = offsetof(arguments_t, config),
        .run = explain};
    arguments_t arguments = {0};
    return ent_cli_main(&command, argc, argv, &arguments);
}
