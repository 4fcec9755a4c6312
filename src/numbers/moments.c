#include "numbers/moments.h"

#include <math.h>

enum { YEAR = 12 };

static double value(const ent_config_t *config, const ent_trajectory_t *trajectory, ent_field_id_t field,
                    int step, int at)
{
    const size_t size = ent_field_size(field, config->n_region, config->n_sector, config->n_flows);
    return (double)trajectory->value[field][(size_t)step * size + (size_t)at];
}

/* Exports of a flow or imports from it, and imports from all origins, summed over sectors. */
static double level(const ent_bound_moment_t *m, const ent_config_t *config, const ent_trajectory_t *t,
                    ent_field_id_t field, int step)
{
    double sum = 0.0;
    for (int s = 0; s < config->n_sector; s++) {
        if (m->sectors[s]) {
            sum += m->flow >= 0 ? value(config, t, field, step, s * config->n_flows + m->flow)
                                : value(config, t, ENT_FIELD_market_imports, step,
                                        m->destination * config->n_sector + s);
        }
    }
    return sum;
}

static void add_levels(const ent_bound_moment_t *m, const ent_config_t *config, const ent_trajectory_t *all,
                       ent_moment_sums_t *sums)
{
    const ent_trajectory_t *s = &all[m->scenario];
    for (int t = m->from; t <= m->to; t++) {
        if (m->kind == ENT_MOMENT_FRONT_LOADING) {
            sums->a += level(m, config, s, ENT_FIELD_imports, t);
            sums->b += level(m, config, &all[m->base], ENT_FIELD_imports, t);
        } else {
            sums->a += level(m, config, s, ENT_FIELD_exports, t) /
                       (m->kind == ENT_MOMENT_INDEX ? m->to - m->from + 1 : 1);
            sums->b += m->kind == ENT_MOMENT_GROWTH ? level(m, config, s, ENT_FIELD_exports, t - YEAR) : 0.0;
        }
    }
    for (int t = m->base_from; m->kind == ENT_MOMENT_INDEX && t <= m->base_to; t++) {
        sums->b += level(m, config, s, ENT_FIELD_exports, t) / (m->base_to - m->base_from + 1);
    }
}

/* One cell and step of an elasticity or of the pass-through at the border. */
static void add_cell(const ent_bound_moment_t *m, const ent_config_t *config, const ent_trajectory_t *all,
                     int t, int at, ent_moment_sums_t *sums)
{
    const ent_trajectory_t *s = &all[m->scenario], *b = &all[m->base];
    const double before = value(config, b, ENT_FIELD_imports, t, at);
    const double rate_s = value(config, s, ENT_FIELD_tariff_rate, t, at);
    const double rate_b = value(config, b, ENT_FIELD_tariff_rate, t, at);
    const double ratio = (1.0 + rate_s) / (1.0 + rate_b);
    if (!(before > 0.0) || !isfinite(ratio)) {
        return; /* nothing arrived, no rate */
    }
    if (m->kind == ENT_MOMENT_ELASTICITY) {
        sums->a += value(config, s, ENT_FIELD_imports, t, at);
        sums->b += before;
        sums->c += before * ratio;
    } else {
        const double price =
            value(config, s, ENT_FIELD_export_price, t, at) / value(config, b, ENT_FIELD_export_price, t, at);
        sums->a += isfinite(price) && price > 0.0 ? before * log(price * ratio) : 0.0;
        sums->b += isfinite(price) && price > 0.0 ? before * log(ratio) : 0.0;
    }
}

static void add_retail(const ent_bound_moment_t *m, const ent_config_t *config, const ent_trajectory_t *all,
                       int t, int sector, ent_moment_sums_t *sums)
{
    const int at = m->destination * config->n_sector + sector;
    const ent_trajectory_t *s = &all[m->scenario], *b = &all[m->base];
    const double sales = value(config, b, ENT_FIELD_sales, t, at);
    const double retail =
        value(config, s, ENT_FIELD_retail_price, t, at) / value(config, b, ENT_FIELD_retail_price, t, at);
    const double landed =
        value(config, s, ENT_FIELD_landed_cost, t, at) / value(config, b, ENT_FIELD_landed_cost, t, at);
    if (sales > 0.0 && isfinite(retail) && isfinite(landed) && retail > 0.0 && landed > 0.0) {
        sums->a += sales * log(retail);
        sums->b += sales * log(landed);
    }
}

static void add_prices(const ent_bound_moment_t *m, const ent_config_t *config, const ent_trajectory_t *all,
                       ent_moment_sums_t *sums)
{
    for (int t = m->from; t <= m->to; t++) {
        for (int s = 0; s < config->n_sector; s++) {
            if (m->sectors[s] && m->kind == ENT_MOMENT_RETAIL) {
                add_retail(m, config, all, t, s, sums);
            } else if (m->sectors[s]) {
                add_cell(m, config, all, t, s * config->n_flows + m->flow, sums);
            }
        }
    }
}

/* Sum of a field of exporters over classes and sectors. */
static double firms(const ent_bound_moment_t *m, const ent_config_t *config, const ent_trajectory_t *t,
                    ent_field_id_t field, int step)
{
    double sum = 0.0;
    for (int c = 0; c < ENT_N_CLASSES; c++) {
        for (int s = 0; s < config->n_sector; s++) {
            sum += m->sectors[s] ? value(config, t, field, step, c * config->n_sector + s) : 0.0;
        }
    }
    return sum;
}

static void add_firms(const ent_bound_moment_t *m, const ent_config_t *config, const ent_trajectory_t *all,
                      ent_moment_sums_t *sums)
{
    const ent_trajectory_t *s = &all[m->scenario];
    const int n = m->to - m->from + 1, n_base = m->base_to - m->base_from + 1;
    for (int t = m->from; t <= m->to; t++) {
        if (m->kind == ENT_MOMENT_SURVIVAL) {
            sums->a += firms(m, config, s, ENT_FIELD_leavers, t) + firms(m, config, s, ENT_FIELD_failures, t);
        } else if (m->kind == ENT_MOMENT_EXPORTERS) {
            sums->a += firms(m, config, s, ENT_FIELD_exporters, t) / n;
        } else {
            const ent_field_id_t field = m->top == 10 ? ENT_FIELD_top10_share : ENT_FIELD_top100_share;
            sums->a += value(config, s, field, t, config->home) / n;
            sums->b += 1.0 / n;
        }
    }
    if (m->kind == ENT_MOMENT_SURVIVAL) {
        sums->b += firms(m, config, s, ENT_FIELD_exporters, m->base_to);
    }
    for (int t = m->base_from; m->kind == ENT_MOMENT_EXPORTERS && t <= m->base_to; t++) {
        sums->b += firms(m, config, s, ENT_FIELD_exporters, t) / n_base;
    }
}

void ent_moment_add(const ent_bound_moment_t *moment, const ent_config_t *config,
                    const ent_trajectory_t *trajectories, ent_moment_sums_t *sums)
{
    switch (moment->kind) {
    case ENT_MOMENT_GROWTH:
    case ENT_MOMENT_INDEX:
    case ENT_MOMENT_FRONT_LOADING:
        add_levels(moment, config, trajectories, sums);
        return;
    case ENT_MOMENT_ELASTICITY:
    case ENT_MOMENT_BORDER:
    case ENT_MOMENT_RETAIL:
        add_prices(moment, config, trajectories, sums);
        return;
    default:
        add_firms(moment, config, trajectories, sums);
    }
}

double ent_moment_value(ent_moment_kind_t kind, const ent_moment_sums_t *sums)
{
    const double ratio = sums->a / sums->b;
    double result = ratio;
    switch (kind) {
    case ENT_MOMENT_GROWTH:
    case ENT_MOMENT_FRONT_LOADING:
        result = 100.0 * (ratio - 1.0);
        break;
    case ENT_MOMENT_ELASTICITY:
        result = log(ratio) / log(sums->c / sums->b);
        break;
    case ENT_MOMENT_SURVIVAL:
        result = 100.0 * (1.0 - ratio);
        break;
    case ENT_MOMENT_INDEX:
    case ENT_MOMENT_EXPORTERS:
    case ENT_MOMENT_TOP_SHARE:
        result = 100.0 * ratio;
        break;
    default:
        break;
    }
    return isfinite(result) ? result : NAN;
}
