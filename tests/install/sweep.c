/* A sweep over a tariff: a config as text, every rate simulated in memory, a table of what it does to
 * exports. */
#include <entrepot/numbers.h>
#include <entrepot/run.h>
#include <entrepot/version.h>

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* What a replication is asked while it is there. */
typedef struct {
    ent_reading_t *reading;
    double *change;
} answers_t;

static int answer(void *data, int replication, const ent_replication_t *played, ent_context_t *ctx)
{
    answers_t *answers = data;
    const ent_query_t query = {
        .size = sizeof query, .outcome = "exports", .period = "year1", .base = "no-tariff", .relative = 1};
    int code = ent_reading_hold(answers->reading, replication, played->trajectory, ctx);
    if (code == 0) {
        code = ent_reading_value(answers->reading, &query, replication, &answers->change[replication], ctx);
    }
    (void)ent_reading_hold(answers->reading, replication, NULL, ctx);
    return code;
}

/* One row of the table. */
static int simulate(const char *text, const char *name, const char *rate, ent_context_t *ctx)
{
    const ent_setting_t settings[] = {
        {"regimes.tariff.measures[0].rate", rate}, {"replications", "3"}, {"slots", "2000"}};
    ent_config_t config;
    ent_benchmark_t benchmark;
    ent_model_t *model = NULL;
    answers_t answers = {NULL, NULL};
    ent_summary_t summary;
    int code = ent_config_parse(&config, &benchmark, text, name, 3, settings, ctx);
    if (code != 0) {
        return code;
    }
    const int n = ent_replication_count(&config);
    answers.change = calloc((size_t)n, sizeof *answers.change);
    code = answers.change == NULL ? ent_fail(ctx, ENT_ERR_NO_MEMORY, "sweep", "out of memory")
                                  : ent_model_init(&model, &config, &benchmark, ctx);
    code = code == 0 ? ent_reading_from_config(&answers.reading, &config, ctx) : code;
    code = code == 0 ? ent_run_each(model, NULL, 0, n, answer, &answers, ctx) : code;
    code = code == 0 ? ent_reading_summary(answers.reading, answers.change, 0.9, &summary, ctx) : code;
    if (code == 0) {
        printf("%s\t%.2f\n", rate, summary.mean);
    }
    ent_reading_close(answers.reading);
    ent_model_free(model);
    free(answers.change);
    ent_config_free(&config);
    ent_benchmark_free(&benchmark);
    return code;
}

static char *read_text(const char *path)
{
    FILE *file = fopen(path, "r");
    char *text = calloc(1, 65536);
    if (file == NULL || text == NULL || fread(text, 1, 65535, file) == 0) {
        free(text);
        text = NULL;
    }
    if (file != NULL) {
        fclose(file);
    }
    return text;
}

int main(int argc, char **argv)
{
    static const char *const rates[] = {"0.05", "0.15", "0.25"};
    char *text = argc == 2 ? read_text(argv[1]) : NULL;
    ent_context_t ctx;
    ent_context_init(&ctx);
    int code = text == NULL ? ent_fail(&ctx, ENT_ERR_NO_INPUT, "sweep", "no config that can be read") : 0;
    if (strcmp(ent_version(), ENT_VERSION) != 0) {
        fprintf(stderr, "built against %s, running with %s\n", ENT_VERSION, ent_version());
    }
    printf("rate\texports, %%\n");
    for (size_t i = 0; code == 0 && i < sizeof rates / sizeof rates[0]; i++) {
        code = simulate(text, argv[1], rates[i], &ctx);
    }
    ent_context_print(&ctx, stderr);
    ent_context_free(&ctx);
    free(text);
    return ent_exit_code(code);
}
