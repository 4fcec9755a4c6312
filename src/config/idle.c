/* Parameters without effect under the mechanisms that a config chooses: one table of what each needs.
 * tests/unit/test_idle_parameters.c perturbs every parameter and holds the table to what it finds. */
#include "config/internal.h"

#include "engine/model.h"

#include <string.h>

typedef struct {
    const char *name;
    int (*acts)(const ent_config_t *config, int sector); /* sector -1: of the whole run */
    const char *why;                                     /* what is missing */
} need_t;

static double value_of(const ent_config_t *config, const ent_parameter_t *parameter, int sector)
{
    return ent_parameter_get(parameter, parameter->scope == ENT_SCOPE_GLOBAL
                                            ? (const void *)&config->global
                                            : (const void *)&config->sector_parameters[sector]);
}

/* Whether a parameter is above zero in a sector, or in a world that draws it. */
static int above_zero(const ent_config_t *config, const char *name, int sector)
{
    const ent_parameter_t *parameter = ent_parameter_find(name);
    int above = value_of(config, parameter, sector) > 0.0;
    for (int i = 0; i < config->n_draws && !above; i++) {
        const ent_draw_t *draw = &config->draws[i];
        above = draw->kind == ENT_DRAW_PARAMETER && draw->parameter == parameter &&
                (draw->sectors == NULL || draw->sectors[sector]);
    }
    return above;
}

/* Whether some measure is expected for a kind of news. */
static int any_expected(const ent_config_t *config, ent_news_t news)
{
    for (int m = 0; m < config->n_measures; m++) {
        if (config->measures[m].anticipated_from != ENT_DAY_NEVER && config->measures[m].news == news) {
            return 1;
        }
    }
    return 0;
}

static int inside_step(const ent_calendar_t *calendar, ent_day_t day)
{
    return day != ENT_DAY_ALWAYS && day != ENT_DAY_NEVER &&
           ent_step_begin(calendar, ent_step_of_day(calendar, day)) != day;
}

/* Whether some change is known ahead of which the news or the day falls inside a step. */
static int any_part_of_step(const ent_config_t *config)
{
    for (int i = 0; i < config->n_measures; i++) {
        const ent_measure_t *m = &config->measures[i];
        const ent_day_t heard = m->anticipated_from < m->announced ? m->anticipated_from : m->announced;
        const ent_day_t days[] = {heard, m->announced, m->effective, m->end, m->end_announced};
        for (size_t k = 0; heard < m->effective && k < ENT_COUNT(days); k++) {
            if (inside_step(&config->calendar, days[k])) {
                return 1;
            }
        }
    }
    return 0;
}

/* ---- what parameters need ---- */

#define NEEDS(what, condition)                                                                               \
    static int needs_##what(const ent_config_t *config, int sector)                                          \
    {                                                                                                        \
        (void)sector;                                                                                        \
        return (condition) != 0;                                                                             \
    }
NEEDS(entry, config->mechanisms.entry)
NEEDS(failure, config->mechanisms.failure)
NEEDS(entry_and_failure, config->mechanisms.entry && config->mechanisms.failure)
NEEDS(entry_or_failure, config->mechanisms.entry || config->mechanisms.failure)
NEEDS(investment, config->mechanisms.investment)
NEEDS(markups, config->mechanisms.markups)
NEEDS(no_markups, !config->mechanisms.markups)
NEEDS(days, any_part_of_step(config))
NEEDS(threat, any_expected(config, ENT_NEWS_THREAT))
NEEDS(hearsay, any_expected(config, ENT_NEWS_HEARSAY))
NEEDS(captive, config->mechanisms.captive && config->n_captive > 0)
NEEDS(tariff_jumping, config->mechanisms.tariff_jumping && config->tariff_jumping.owners != NULL)
NEEDS(general, config->closure == ENT_CLOSURE_GENERAL)
NEEDS(doubt, config->n_signals > 0 || config->negotiation.given)
NEEDS(stocks, config->sector_parameters[sector].stocked != 0.0)
NEEDS(choke, above_zero(config, "choke", sector))
NEEDS(stockup, above_zero(config, "stockup_limit", sector))
NEEDS(stockdown, above_zero(config, "stockdown_limit", sector))
NEEDS(volatility, above_zero(config, "productivity_volatility", sector))
#undef NEEDS

/* Whether some exchange rate may move. */
static int needs_exchange_rates(const ent_config_t *config, int sector)
{
    int moves = 0;
    (void)sector;
    for (int i = 0; i < config->n_paths; i++) {
        moves |= config->paths[i].kind == ENT_SHOCK_EXCHANGE_RATE;
    }
    for (int i = 0; i < config->n_shocks; i++) {
        moves |= config->shocks[i].kind == ENT_SHOCK_EXCHANGE_RATE;
    }
    for (int i = 0; i < config->n_investments; i++) {
        moves |= config->investments[i].exchange_rate_elasticity != 0.0;
    }
    return moves;
}

static const char *const off_entry = "mechanisms.entry is off";
static const char *const off_failure = "mechanisms.failure is off";
static const char *const off_both = "mechanisms.entry and mechanisms.failure are off";
static const char *const off_one = "it needs both mechanisms.entry and mechanisms.failure";
static const char *const off_captive = "mechanisms.captive is off, or no flow is captive";
static const char *const off_jumping = "mechanisms.tariff_jumping is off, or nobody may build";
static const char *const off_general = "closure is partial";
static const char *const off_doubt = "nobody doubts: there are no beliefs and no negotiation";
static const char *const off_stocks = "stocked is 0 there: ordered, delivered and sold in the same step";

static const need_t *needs(size_t *n)
{
    static const need_t table[] = {
        {"absorption", needs_no_markups,
         "with mechanisms.markups absorption follows a firm's share of its niche (set niches, "
         "niche_elasticity); this one moves no price but by the mean of productivity"},
        {"niches", needs_markups, "mechanisms.markups is off"},
        {"niche_elasticity", needs_markups, "mechanisms.markups is off"},
        {"captive_waiting", needs_captive, off_captive},
        {"captive_waiting", needs_stocks, off_stocks},
        {"captive_absorption", needs_captive, off_captive},
        {"plant_share", needs_tariff_jumping, off_jumping},
        {"plant_capital", needs_tariff_jumping, off_jumping},
        {"plant_dispersion", needs_tariff_jumping, off_jumping},
        {"plant_time_to_build", needs_tariff_jumping, off_jumping},
        {"plant_premium", needs_tariff_jumping, off_jumping},
        {"plant_review_rate", needs_tariff_jumping, off_jumping},
        {"plant_depreciation", needs_tariff_jumping, off_jumping},
        {"entry_response", needs_entry, off_entry},
        {"exit_response", needs_entry, off_entry},
        {"survival_one_year", needs_entry, off_entry},
        {"survival_five_years", needs_entry, off_entry},
        {"large_ranks", needs_entry, off_entry},
        {"exporter_size_dispersion", needs_entry, off_entry},
        {"exporter_spread", needs_entry, off_entry},
        {"initial_visibility", needs_entry, off_entry},
        {"visibility_growth", needs_entry_or_failure, off_both},
        {"credit", needs_entry_and_failure, off_one},
        {"credit", needs_stocks, "no small exporters are followed where stocked is 0"},
        {"credit_large", needs_failure, off_failure},
        {"profit_margin", needs_failure, off_failure},
        {"fixed_cost", needs_failure, off_failure},
        {"successor_rate", needs_failure, off_failure},
        {"investment_response", needs_investment, "mechanisms.investment is off"},
        {"wage_adjustment", needs_general, off_general},
        {"income_smoothing", needs_general, off_general},
        {"belief_bias", needs_doubt, off_doubt},
        {"belief_noise", needs_doubt, off_doubt},
        {"producer_invoicing", needs_exchange_rates, "no exchange rate moves"},
        {"productivity_persistence", needs_volatility, "productivity_volatility is 0 there"},
        {"target_stock", needs_stocks, off_stocks},
        {"stock_adjustment", needs_stocks, off_stocks},
        {"demand_smoothing", needs_stocks, off_stocks},
        {"stockup_cost", needs_stocks, off_stocks},
        {"stockup_cost", needs_stockup, "stockup_limit is 0 there"},
        {"stockup_limit", needs_stocks, off_stocks},
        {"stockdown_cost", needs_stocks, off_stocks},
        {"stockdown_cost", needs_stockdown, "stockdown_limit is 0 there"},
        {"stockdown_limit", needs_stocks, off_stocks},
        {"shipping_lag", needs_stocks, off_stocks},
        {"foresight", needs_stocks, off_stocks},
        {"choke", needs_stocks, off_stocks},
        {"choke_dispersion", needs_stocks, off_stocks},
        {"choke_dispersion", needs_choke, "choke is 0 there"},
        {"choke_memory", needs_stocks, off_stocks},
        {"choke_memory", needs_choke, "choke is 0 there"},
        {"news_law", needs_stocks, off_stocks},
        {"news_threat", needs_stocks, off_stocks},
        {"news_threat", needs_threat, "no measure is anticipated as a threat"},
        {"news_hearsay", needs_stocks, off_stocks},
        {"news_hearsay", needs_hearsay, "no measure is anticipated as hearsay"},
        {"news_days", needs_stocks, off_stocks},
        {"news_days", needs_days, "no change is known ahead by parts of a step"},
    };
    *n = ENT_COUNT(table);
    return table;
}

/* Whether what the parameter needs is there in one of the sectors flagged. */
static int acts_somewhere(const ent_config_t *config, const ent_parameter_t *parameter, const need_t *need,
                          const unsigned char *sectors)
{
    if (parameter->scope == ENT_SCOPE_GLOBAL) {
        return need->acts(config, -1);
    }
    for (int s = 0; s < config->n_sector; s++) {
        if ((sectors == NULL || sectors[s]) && need->acts(config, s)) {
            return 1;
        }
    }
    return 0;
}

const char *ent_parameter_idle(const ent_config_t *config, const ent_parameter_t *parameter,
                               const unsigned char *sectors)
{
    size_t n;
    const need_t *table = needs(&n);
    for (size_t i = 0; i < n; i++) {
        if (strcmp(table[i].name, parameter->name) == 0 &&
            !acts_somewhere(config, parameter, &table[i], sectors)) {
            return table[i].why;
        }
    }
    return NULL;
}

/* plant_share is read from the layout, which reserves the plants, and from the world, which opens them. */
int ent_parameter_same_in_all_worlds(const ent_parameter_t *parameter)
{
    return ent_bears_on_layout(parameter) && strcmp(parameter->name, "plant_share") != 0;
}
