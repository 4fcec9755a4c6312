/* entrepot study analyse: what a merged study says. */
#include "cli/commands.h"
#include "cli/common.h"
#include "study/study_analysis.h"

#include <stdlib.h>
#include <string.h>

typedef struct {
    const char *path, *outcome, *output;
    char *factors;
    unsigned methods; /* 0: those that fit the design */
    int overwrite;
    ent_format_t format;
    ent_analysis_options_t options;
} arguments_t;

static void read_seed(struct argp_state *state, const char *text, void *arguments)
{
    ((arguments_t *)arguments)->options.seed = (uint64_t)ent_cli_real(state, "seed", text, 0.0, 9e15);
}

static void read_factors(struct argp_state *state, const char *text, void *arguments)
{
    arguments_t *a = arguments;
    free(a->factors);
    a->factors = strdup(text);
    char *comma = a->factors != NULL ? strchr(a->factors, ',') : NULL;
    if (comma == NULL) {
        argp_error(state, "--factors: \"%s\" is not two names with a comma between", text);
        return;
    }
    *comma = '\0';
    a->options.factors[0] = a->factors;
    a->options.factors[1] = comma + 1;
}

#define REAL(member, option, what, words, least, most)                                                       \
    {                                                                                                        \
        .name = (option), .value = (what), .help = (words), .kind = ENT_CLI_REAL,                            \
        .place = offsetof(arguments_t, member), .low = (least), .high = (most)                               \
    }

static const ent_cli_option_t command_options[] = {
    ENT_CLI_WORD(arguments_t, outcome, "outcome", "NAME", "Outcome of the study (default: the first)"),
    ENT_CLI_OPTION(
        arguments_t, methods, LIST, "method", "LIST",
        "sobol, morris, pawn, regression, tornado, prim, surface, convergence, replications (default: "
        "those that fit the "
        "design)",
        .names = ent_study_method_names),
    REAL(options.below, "below", "X", "prim: outcomes below X are of interest", -1e300, 1e300),
    REAL(options.above, "above", "X", "prim: outcomes above X are of interest", -1e300, 1e300),
    {.name = "factors",
     .value = "A,B",
     .help = "surface: means over the values of these two factors",
     .kind = ENT_CLI_OWN,
     .read = read_factors},
    REAL(options.want, "want", "X",
         "convergence, replications: half-width wanted; says how many rows or replications it needs", 1e-300,
         1e300),
    REAL(options.level, "level", "SHARE", "Level of the intervals (default: 0.95)", 0.5, 0.9999),
    ENT_CLI_OPTION(arguments_t, options.n_bootstrap, COUNT, "bootstrap", "N", "Resamples (default: 500)",
                   .low = 2, .high = 100000),
    {.name = "seed",
     .value = "N",
     .help = "Seed of the resamples (default: 1)",
     .kind = ENT_CLI_OWN,
     .read = read_seed},
    ENT_CLI_TABLES(arguments_t, format),
    ENT_CLI_OUTPUT(arguments_t, output, "Write the tables into an HDF5 file as well"),
    ENT_CLI_OVERWRITE(arguments_t, overwrite),
    {0}};

/* One table. Of methods that nobody asked for by name, those that too little is known for are left out. */
static int add_table(const arguments_t *a, const ent_study_data_t *data, ent_study_method_t method,
                     ent_table_t *tables, int *n, ent_context_t *ctx)
{
    ent_context_t own;
    ent_context_init(&own);
    int code = ent_analysis_table(data, method, &a->options, &tables[*n], a->methods != 0 ? ctx : &own);
    if (code == ENT_ERR_DATA && a->methods == 0) {
        fprintf(stderr, "%s is left out: %s\n", ent_study_method_names[method],
                own.n_faults > 0 && own.faults[0].rule != NULL ? own.faults[0].rule : "too little is known");
        ent_table_free(&tables[*n]);
        code = 0;
    } else {
        *n += 1;
    }
    if (code != 0 && a->methods == 0) {
        (void)ent_fail(ctx, code, data->path, "%s: %s", ent_study_method_names[method],
                       own.n_faults > 0 && own.faults[0].rule != NULL ? own.faults[0].rule
                                                                      : "no reason given");
    }
    ent_context_free(&own);
    return code;
}

static int analyse(void *arguments, ent_context_t *ctx)
{
    const arguments_t *a = arguments;
    ent_study_data_t data;
    ent_table_t tables[ENT_N_STUDY_METHODS];
    int n = 0;
    int code = ent_study_data_read(&data, a->path, ctx);
    if (code != 0) {
        return code;
    }
    code = ent_study_data_load(&data, a->outcome, ctx);
    const unsigned methods = a->methods != 0 ? a->methods : ent_analysis_methods(&data);
    for (int m = 0; code == 0 && m < ENT_N_STUDY_METHODS; m++) {
        if ((methods & 1u << m) != 0) {
            code = add_table(a, &data, (ent_study_method_t)m, tables, &n, ctx);
        }
    }
    if (code == 0) {
        code = ent_tables_write(tables, n, a->format, stdout, ctx);
    }
    if (code == 0 && a->output != NULL) {
        code = ent_analysis_write(tables, n, a->output, a->overwrite, ctx);
    }
    for (int i = 0; i < n; i++) {
        ent_table_free(&tables[i]);
    }
    const int unknown = code == 0 ? ent_analysis_unknown(&data) : 0;
    if (unknown > 0) {
        code = ent_fail(
            ctx, ENT_ERR_PARTIAL, data.path,
            "of %d of %d combinations of levers nothing is known, as their points are missing or failed: "
            "play them and merge again",
            unknown, data.n_combinations);
    }
    ent_study_data_free(&data);
    return code;
}

int ent_cmd_study_analyse(int argc, char **argv)
{
    static const ent_cli_command_t command = {.options = command_options,
                                              .usage = "FILE",
                                              .words = "What a merged study says: which factor moves the "
                                                       "outcome, where outcomes of interest lie, and whether "
                                                       "there are points enough.",
                                              .subject = "merged file",
                                              .subject_place = offsetof(arguments_t, path),
                                              .run = analyse};
    arguments_t a = {0};
    ent_analysis_defaults(&a.options);
    const int code = ent_cli_main(&command, argc, argv, &a);
    free(a.factors);
    return code;
}
