/* `theory`: what the static theory has beyond Caliendo and Parro, each off unless given. */
#include "config/internal.h"

#include "base/memory.h"

#include <string.h>

static const char *const theory_keys[] = {
    "labour_elasticity", "duties",          "scale_elasticity", "local_share",
    "pass_through",      "firm_elasticity", "numeraire",        "allow_zero_own_trade"};
static const char *const duties_names[] = {"lump_sum", "income_tax"};
static const char *const numeraire_names[] = {"world_value_added", "world_income", "home_wage",
                                              "home_consumer_price", "world_consumer_price"};
static const char everyone[] = "default";

enum { LARGEST_ELASTICITY = 100 };

/* A number for all regions, or a map of regions to numbers in which `default` is everybody else's. */
static double *bind_by_region(ent_config_reader_t *reader, const ent_yaml_t *node, double low, double high,
                              double otherwise)
{
    const int n = reader->config->n_region;
    double *values = ent_calloc(reader->ctx, (size_t)n, sizeof *values);
    const int map = node != NULL && node->kind == ENT_YAML_MAP;

    (void)ent_bind_number(reader->ctx, map ? ent_yaml_get(node, everyone) : node, low, high, &otherwise);
    for (int r = 0; values != NULL && r < n; r++) {
        values[r] = otherwise;
    }
    for (size_t i = 0; values != NULL && map && n > 0 && i < node->n_children; i++) {
        const ent_yaml_t *child = node->children[i];
        const int region = ent_config_region(reader->config, child->key);

        if (strcmp(child->key, everyone) == 0) {
            continue;
        }
        if (region < 0) {
            (void)ent_bind_fault(
                reader->ctx, child,
                ent_nearest(child->key, (const char *const *)reader->config->region, (size_t)n),
                "no such region in this run, nor `%s`", everyone);
        } else {
            (void)ent_bind_number(reader->ctx, child, low, high, &values[region]);
        }
    }
    return values;
}

/* Sectors' trade elasticities bound the scale economies that leave one equilibrium. */
static void check_scale(ent_config_reader_t *reader, const ent_yaml_t *node)
{
    const ent_config_t *config = reader->config;

    for (int s = 0; node != NULL && config->sector_parameters != NULL && s < config->n_sector; s++) {
        const double theta = config->sector_parameters[s].trade_elasticity;

        if (!(config->theory.scale_elasticity * theta < 1.0)) {
            (void)ent_bind_fault(
                reader->ctx, node, NULL,
                "scale elasticity x trade elasticity stays below 1, or equilibria are many; %s "
                "has a trade elasticity of %g",
                config->sector[s], theta);
            return;
        }
    }
}

/* Local sellers take less than the whole price. */
static void check_local(ent_config_reader_t *reader, const ent_yaml_t *node)
{
    const ent_theory_settings_t *theory = &reader->config->theory;

    for (int r = 0; theory->local_share != NULL && r < reader->config->n_region; r++) {
        if (theory->local_share[r] >= 1.0) {
            (void)ent_bind_fault(reader->ctx, node, NULL,
                                 "a share below 1: nothing would be left for what %s buys",
                                 reader->config->region[r]);
            return;
        }
    }
}

static void read_choices(ent_config_reader_t *reader, const ent_yaml_t *node)
{
    ent_theory_settings_t *theory = &reader->config->theory;
    int duties = 0, numeraire = 0;

    (void)ent_bind_choice(reader->ctx, ent_yaml_get(node, "duties"), "use of duties", duties_names,
                          ENT_COUNT(duties_names), &duties);
    (void)ent_bind_choice(reader->ctx, ent_yaml_get(node, "numeraire"), "numeraire", numeraire_names,
                          ENT_COUNT(numeraire_names), &numeraire);
    theory->duties = (ent_theory_rebate_t)duties;
    theory->numeraire = (ent_theory_numeraire_t)numeraire;
    if ((theory->numeraire == ENT_THEORY_WAGE || theory->numeraire == ENT_THEORY_CONSUMER_PRICE) &&
        reader->config->home < 0) {
        (void)ent_bind_fault(reader->ctx, ent_yaml_get(node, "numeraire"), NULL,
                             "the numeraire is that of `home`, which is missing");
    }
    if (theory->duties == ENT_THEORY_INCOME_TAX && theory->labour_elasticity == 0.0) {
        (void)ent_bind_fault(
            reader->ctx, ent_yaml_get(node, "duties"), NULL,
            "a tax on wages changes nothing while labour supply is fixed: give `labour_elasticity`");
    }
}

void ent_config_read_theory(ent_config_reader_t *reader)
{
    ent_theory_settings_t *theory = &reader->config->theory;
    const ent_yaml_t *node = ent_yaml_get(reader->root, "theory");

    if (!ent_bind_is_map(reader->ctx, node)) {
        return;
    }
    theory->given = 1;
    ent_bind_known_keys(reader->ctx, node, theory_keys, ENT_COUNT(theory_keys));
    (void)ent_bind_number(reader->ctx, ent_yaml_get(node, "labour_elasticity"), 0.0, LARGEST_ELASTICITY,
                          &theory->labour_elasticity);
    (void)ent_bind_number(reader->ctx, ent_yaml_get(node, "scale_elasticity"), 0.0, LARGEST_ELASTICITY,
                          &theory->scale_elasticity);
    (void)ent_bind_number(reader->ctx, ent_yaml_get(node, "firm_elasticity"), 0.0, LARGEST_ELASTICITY,
                          &theory->firm_elasticity);
    (void)ent_bind_flag(reader->ctx, ent_yaml_get(node, "allow_zero_own_trade"),
                        &theory->allow_zero_own_trade);
    theory->local_share = bind_by_region(reader, ent_yaml_get(node, "local_share"), 0.0, 1.0, 0.0);
    theory->pass_through = bind_by_region(reader, ent_yaml_get(node, "pass_through"), 0.01, 10.0, 1.0);
    read_choices(reader, node);
    check_scale(reader, ent_yaml_get(node, "scale_elasticity"));
    check_local(reader, ent_yaml_get(node, "local_share"));
}
