/* entrepot check: read a config, report every fault, or say what the run is. */
#include "cli/commands.h"
#include "cli/common.h"

#include <limits.h>
#include <stdio.h>
#include <string.h>

typedef struct {
    const char *config;
    int quiet, text;
    ent_cli_settings_t settings;
} arguments_t;

static const ent_cli_option_t command_options[] = {
    ENT_CLI_SET(arguments_t, settings),
    ENT_CLI_SWITCH(arguments_t, text, "text", "Print the config as it stands after the settings"),
    {.name = "quiet",
     .letter = 'q',
     .help = "Say nothing when all is well",
     .kind = ENT_CLI_FLAG,
     .place = offsetof(arguments_t, quiet)},
    {0}};

static void print_day(const char *label, ent_day_t day)
{
    char text[16];
    ent_day_format(day, text);
    printf("%s%s", label, text);
}

/* Every change that a config makes to the law on a line of its own. */
static void print_law(const char *label, const char *words)
{
    if (words == NULL || words[0] == '\0') {
        return;
    }
    printf("  %-14s ", label);
    for (const char *c = words; *c != '\0'; c++) {
        if (strncmp(c, "; ", 2) == 0) {
            printf("\n  %-14s ", "");
            c++;
        } else {
            putchar(*c);
        }
    }
    putchar('\n');
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
    print_law("law", config->law);
    for (int g = 0; g < config->n_regimes; g++) {
        print_law(config->regimes[g].name, config->regimes[g].law);
    }
    printf("  %-14s %d worlds, %d of them played twice; %d draws, %d shocks, %d paths\n", "worlds",
           config->n_worlds, config->n_repeats, config->n_draws, config->n_shocks, config->n_paths);
    printf("  %-14s %ld slots, %d flows recorded, seed %llu\n", "size", config->n_slots, config->n_flows,
           (unsigned long long)config->seed);
    printf("  %-14s %s%s%s\n", "calibration", config->calibration != NULL ? config->calibration : "defaults",
           config->elasticity_set != NULL ? ", elasticities " : "",
           config->elasticity_set != NULL ? config->elasticity_set : "");
    printf("  %-14s %s\n", "hash", config->hash);
}

static int check(void *arguments, ent_context_t *ctx)
{
    const arguments_t *a = arguments;
    ent_config_t config = {0};
    ent_benchmark_t fine = {0};
    int code = ent_config_read(&config, &fine, a->config, a->settings.n, a->settings.settings, ctx);
    if (code == ENT_OK && !a->quiet) {
        code = ent_cli_notes(&config, &fine, INT_MAX, ctx);
    }
    if (code == ENT_OK && a->text) {
        printf("%s", config.text);
    } else if (code == ENT_OK && !a->quiet) {
        print_summary(&config, &fine);
    }
    ent_config_free(&config);
    ent_benchmark_free(&fine);
    return code;
}

int ent_cmd_check(int argc, char **argv)
{
    static const ent_cli_command_t command = {
        .options = command_options,
        .usage = "CONFIG",
        .words = "Read a config and report every fault with its place, value and rule.",
        .subject = "config",
        .subject_place = offsetof(arguments_t, config),
        .run = check};
    arguments_t arguments = {0};
    return ent_cli_main(&command, argc, argv, &arguments);
}
