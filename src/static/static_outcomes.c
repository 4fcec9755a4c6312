#include "static/static_outcomes.h"

#include <math.h>
#include <stdio.h>
#include <string.h>

static const double percent = 100.0;

enum { N_NUMBERS = sizeof(ent_static_outcome_t) / sizeof(double) };

static double change(double hat)
{
    return percent * (hat - 1.0);
}

/* Trade of the benchmark, own sales left out. */
static void trade_before(const ent_theory_t *m, int region, double *exports, double *imports)
{
    const size_t n = (size_t)m->n_region, r = (size_t)region;

    *exports = *imports = 0.0;
    for (size_t s = 0; s < (size_t)m->n_sector; s++) {
        for (size_t i = 0; i < n; i++) {
            *exports += i != r ? m->flow[(s * n + r) * n + i] : 0.0;
            *imports += i != r ? m->flow[(s * n + i) * n + r] : 0.0;
        }
    }
}

void ent_static_outcome(const ent_static_t *self, const ent_theory_result_t *result, int region,
                        ent_static_outcome_t *outcome)
{
    const ent_theory_t *m = &self->model;
    const double gdp_hat = result->wage_hat[region] * result->employment_hat[region];
    double exports, imports, deficit;

    trade_before(m, region, &exports, &imports);
    deficit = imports - exports;
    *outcome = (ent_static_outcome_t){
        .welfare = change(result->published_welfare_hat[region]),
        .utility = change(result->utility_hat[region]),
        .real_income = change(result->welfare_hat[region]),
        .deficit = deficit != 0.0 ? percent * (result->imports[region] - result->exports[region] - deficit) /
                                        fabs(deficit)
                                  : NAN,
        .exports = exports > 0.0 ? change(result->exports[region] / exports / gdp_hat) : NAN,
        .imports = imports > 0.0 ? change(result->imports[region] / imports / gdp_hat) : NAN,
        .employment = change(result->employment_hat[region]),
        .consumer_price = change(result->consumer_price_hat[region]),
        .duties = percent * result->revenue[region] / (gdp_hat * m->value_added[region]),
    };
}

static void outcome_columns(ent_table_t *table)
{
    ent_table_column(table, "region", ENT_COLUMN_TEXT, "", "region");
    ent_table_column(table, "welfare", ENT_COLUMN_NUMBER, "%", "welfare");
    ent_table_column(table, "utility", ENT_COLUMN_NUMBER, "%", "utility, exact");
    ent_table_column(table, "real_income", ENT_COLUMN_NUMBER, "%", "real income, exact");
    ent_table_column(table, "deficit", ENT_COLUMN_NUMBER, "%", "deficit");
    ent_table_column(table, "exports_gdp", ENT_COLUMN_NUMBER, "%", "exports/GDP");
    ent_table_column(table, "imports_gdp", ENT_COLUMN_NUMBER, "%", "imports/GDP");
    ent_table_column(table, "employment", ENT_COLUMN_NUMBER, "%", "employment");
    ent_table_column(table, "consumer_price", ENT_COLUMN_NUMBER, "%", "consumer prices");
    ent_table_column(table, "duties_gdp", ENT_COLUMN_NUMBER, "% of GDP", "duties");
}

static void outcome_row(ent_table_t *table, const char *name, const ent_static_outcome_t *o, int rule)
{
    const double numbers[] = {o->welfare, o->utility,    o->real_income,    o->deficit, o->exports,
                              o->imports, o->employment, o->consumer_price, o->duties};

    ent_table_row(table, rule);
    ent_table_text(table, 0, name);
    for (int c = 0; c < N_NUMBERS; c++) {
        ent_table_number(table, c + 1, numbers[c], 4);
    }
}

static double weight_of(const ent_theory_t *m, int region, ent_static_weight_t weight)
{
    switch (weight) {
    case ENT_STATIC_WEIGHT_EXPENDITURE:
        return m->income[region];
    case ENT_STATIC_WEIGHT_GDP:
        return m->value_added[region];
    default:
        return 1.0;
    }
}

/* Mean over the regions but one (-1: none), each number by itself. */
static void mean_outcome(const ent_static_t *self, const ent_theory_result_t *result, int but,
                         ent_static_weight_t weight, ent_static_outcome_t *mean)
{
    double sum[N_NUMBERS] = {0.0}, total[N_NUMBERS] = {0.0}, numbers[N_NUMBERS];

    for (int r = 0; r < self->model.n_region; r++) {
        const double w = weight_of(&self->model, r, weight);
        ent_static_outcome_t outcome;

        ent_static_outcome(self, result, r, &outcome);
        memcpy(numbers, &outcome, sizeof numbers);
        for (int c = 0; r != but && c < N_NUMBERS; c++) {
            if (!isnan(numbers[c])) {
                sum[c] += w * numbers[c];
                total[c] += w;
            }
        }
    }
    for (int c = 0; c < N_NUMBERS; c++) {
        numbers[c] = total[c] > 0.0 ? sum[c] / total[c] : NAN;
    }
    memcpy(mean, numbers, sizeof numbers);
}

const char *ent_static_numeraire_words(const ent_theory_t *model, char *buffer, size_t size)
{
    static const char *const words[] = {"world value added", "world income", "wage of ",
                                        "consumer prices of ", "world mean of consumer prices"};
    const ent_theory_numeraire_t numeraire = model->options.numeraire;
    const int regional = numeraire == ENT_THEORY_WAGE || numeraire == ENT_THEORY_CONSUMER_PRICE;

    snprintf(buffer, size, "%s%s", words[numeraire],
             regional ? model->region[model->options.numeraire_region] : "");
    return buffer;
}

/* Which switches are on. */
static void write_switches(const ent_theory_t *m, ent_table_t *table)
{
    char numeraire[96];

    ent_table_note(
        table, "labour supply elasticity %g, duties %s; scale elasticity %g; %s; %s; numeraire: %s",
        m->options.labour_elasticity,
        m->options.rebate == ENT_THEORY_INCOME_TAX ? "in place of a tax on wages" : "as equal sums",
        m->options.scale_elasticity, m->local_share != NULL ? "local sales" : "no local sales",
        m->duty_exponent != NULL ? "exponents of duties given" : "exponent of duties 1",
        ent_static_numeraire_words(m, numeraire, sizeof numeraire));
}

void ent_static_outcome_table(const ent_static_t *self, const ent_theory_result_t *result, int region,
                              int home, ent_static_weight_t weight, const char *regime, ent_table_t *table)
{
    static const char *const weights[] = {"expenditure", "GDP", "equal weights"};
    ent_static_outcome_t outcome;
    char others[80];

    ent_table_init(table, "theory_outcomes", "Static theory: outcomes under %s", regime);
    outcome_columns(table);
    for (int r = 0; r < self->model.n_region; r++) {
        if (region < 0 || r == region) {
            ent_static_outcome(self, result, r, &outcome);
            outcome_row(table, self->model.region[r], &outcome, 0);
        }
    }
    mean_outcome(self, result, -1, weight, &outcome);
    outcome_row(table, "mean of all", &outcome, 1);
    snprintf(others, sizeof others, "mean but %s", self->model.region[home]);
    mean_outcome(self, result, home, weight, &outcome);
    outcome_row(table, others, &outcome, 0);
    ent_table_note(table, "means by %s of the benchmark", weights[weight]);
    ent_table_note(table,
                   "welfare: real income and work with the weights Ignatenko et al. (2025) print; utility: "
                   "real income less the disutility of work, exact");
    ent_table_note(table, "deficit: change of imports less exports over its size before; GDP: value added");
    write_switches(&self->model, table);
}
