/* entrepot check: read a config, report every fault, or say what the run is. */
#include "cli/commands.h"
#include "cli/common.h"

#include <entrepot/config.h>

#include <argp.h>
#include <stdlib.h>

typedef struct {
    const char *config;
    int quiet, text;
    ent_cli_settings_t settings;
} arguments_t;

enum { KEY_SET = 256, KEY_TEXT };

static const struct argp_option options[] = {
    {"set", KEY_SET, "PATH=VALUE", 0, "Set any key of the config before it is checked; may be repeated", 0},
    {"text", KEY_TEXT, NULL, 0, "Print the config as it stands after the settings", 0},
    {"quiet", 'q', NULL, 0, "Say nothing when all is well", 0},
    {0}};

static error_t parse(int key, char *argument, struct argp_state *state)
{
    arguments_t *arguments = state->input;
    switch (key) {
    case KEY_SET:
        ent_cli_add_setting(state, &arguments->settings, argument);
        return 0;
    case KEY_TEXT:
        arguments->text = 1;
        return 0;
    case 'q':
        arguments->quiet = 1;
        return 0;
    case ARGP_KEY_ARG:
        if (arguments->config != NULL) {
            argp_error(state, "one config at a time");
        }
        arguments->config = argument;
        return 0;
    case ARGP_KEY_NO_ARGS:
        argp_error(state, "which config?");
        return 0;
    default:
        return ARGP_ERR_UNKNOWN;
    }
}

static void print_day(const char *label, ent_day_t day)
{
    char text[16];
    ent_day_format(day, text);
    printf("%s%s", label, text);
}

static void print_summary(const ent_config_t *config, const ent_benchmark_t *fine)
{
    printf("%s: no faults\n", config->path);
    printf("  %-14s %s (%s)\n", "run", config->name, config->title);
    printf("  %-14s %s, %d economies x %d sectors, sha256 %.12s\n", "benchmark", config->benchmark_path,
           fine->n_region, fine->n_sector, fine->sha256);
    printf("  %-14s %d regions x %d sectors, home %s\n", "aggregation", config->n_region, config->n_sector,
           config->region[config->home]);
    printf("  %-14s %d steps of 1/%d year", "calendar", config->n_steps, config->calendar.steps_per_year);
    print_day(" from ", config->calendar.start);
    printf(", after %d of burn-in\n", config->n_burn_in);
    printf("  %-14s %d (%d of them in every regime), %d regimes, %d scenarios\n", "measures",
           config->n_measures, config->n_common, config->n_regimes, config->n_scenarios);
    printf("  %-14s %d worlds, %d of them played twice; %d draws, %d shocks, %d paths\n", "worlds",
           config->n_worlds, config->n_repeats, config->n_draws, config->n_shocks, config->n_paths);
    printf("  %-14s %ld slots, %d flows recorded, seed %llu\n", "size", config->n_slots, config->n_flows,
           (unsigned long long)config->seed);
    printf("  %-14s %s%s%s\n", "calibration", config->calibration != NULL ? config->calibration : "defaults",
           config->elasticity_set != NULL ? ", elasticities " : "",
           config->elasticity_set != NULL ? config->elasticity_set : "");
    printf("  %-14s %s\n", "hash", config->hash);
}

int ent_cmd_check(int argc, char **argv)
{
    static const struct argp parser = {
        options, parse, "CONFIG", "Read a config and report every fault with its place, value and rule.",
        NULL,    NULL,  NULL};
    arguments_t arguments = {0};
    ent_context_t ctx;
    ent_config_t config = {0};
    ent_benchmark_t fine = {0};
    int code = ent_cli_parse(&parser, argc, argv, &arguments);
    if (code != ENT_OK) {
        ent_cli_settings_free(&arguments.settings);
        return ent_exit_code(code);
    }
    ent_context_init(&ctx);
    code = ent_config_read(&config, &fine, arguments.config, arguments.settings.n,
                           arguments.settings.settings, &ctx);
    if (code == ENT_OK && arguments.text) {
        printf("%s", config.text);
    } else if (code == ENT_OK && !arguments.quiet) {
        print_summary(&config, &fine);
    }
    code = ent_cli_finish(code, &ctx);
    ent_config_free(&config);
    ent_benchmark_free(&fine);
    ent_context_free(&ctx);
    ent_cli_settings_free(&arguments.settings);
    return code;
}
