/* entrepot study analyse: what a merged study says. */
#include "cli/commands.h"
#include "cli/common.h"
#include "study/study_analysis.h"

#include <argp.h>
#include <hdf5.h>
#include <math.h>
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

enum {
    KEY_METHOD = 256,
    KEY_OUTCOME,
    KEY_BELOW,
    KEY_ABOVE,
    KEY_FACTORS,
    KEY_WANT,
    KEY_LEVEL,
    KEY_BOOTSTRAP,
    KEY_SEED,
    KEY_OVERWRITE,
    KEY_FORMAT
};

static const struct argp_option command_options[] = {
    {"outcome", KEY_OUTCOME, "NAME", 0, "Outcome of the study (default: the first)", 0},
    {"method", KEY_METHOD, "LIST", 0,
     "sobol, morris, pawn, regression, tornado, prim, surface, convergence, replications (default: those "
     "that "
     "fit the design)",
     0},
    {"below", KEY_BELOW, "X", 0, "prim: outcomes below X are of interest", 0},
    {"above", KEY_ABOVE, "X", 0, "prim: outcomes above X are of interest", 0},
    {"factors", KEY_FACTORS, "A,B", 0, "surface: means over the values of these two factors", 0},
    {"want", KEY_WANT, "X", 0,
     "convergence, replications: half-width wanted; says how many rows or replications it needs", 0},
    {"level", KEY_LEVEL, "SHARE", 0, "Level of the intervals (default: 0.95)", 0},
    {"bootstrap", KEY_BOOTSTRAP, "N", 0, "Resamples (default: 500)", 0},
    {"seed", KEY_SEED, "N", 0, "Seed of the resamples (default: 1)", 0},
    {"format", KEY_FORMAT, "FORMAT", 0, "text, csv, latex, json or markdown (default: text)", 0},
    {"output", 'o', "FILE", 0, "Write the tables into an HDF5 file as well", 0},
    {"overwrite", KEY_OVERWRITE, NULL, 0, "Replace FILE if it exists", 0},
    {0}};

static double parse_real(struct argp_state *state, const char *option, const char *text, double low,
                         double high)
{
    char *end = NULL;
    const double value = strtod(text, &end);
    if (end == text || *end != '\0' || !(value >= low && value <= high)) {
        argp_error(state, "--%s: \"%s\" is no number between %g and %g", option, text, low, high);
    }
    return value;
}

static void parse_methods(struct argp_state *state, arguments_t *a, const char *text)
{
    char *copy = strdup(text), *rest = copy;
    for (const char *word; copy != NULL && (word = strsep(&rest, ",")) != NULL;) {
        int m = 0;
        while (m < ENT_N_STUDY_METHODS && strcmp(word, ent_study_method_names[m]) != 0) {
            m++;
        }
        if (m == ENT_N_STUDY_METHODS) {
            const char *nearest = ent_nearest(word, ent_study_method_names, ENT_N_STUDY_METHODS);
            argp_error(state, "--method: unknown method \"%s\"%s%s", word,
                       nearest != NULL ? "; nearest is " : "", nearest != NULL ? nearest : "");
        }
        a->methods |= 1u << m;
    }
    free(copy);
}

static error_t parse(int key, char *argument, struct argp_state *state)
{
    arguments_t *a = state->input;
    char *comma;
    switch (key) {
    case KEY_OUTCOME:
        a->outcome = argument;
        return 0;
    case KEY_METHOD:
        parse_methods(state, a, argument);
        return 0;
    case KEY_BELOW:
        a->options.below = parse_real(state, "below", argument, -1e300, 1e300);
        return 0;
    case KEY_ABOVE:
        a->options.above = parse_real(state, "above", argument, -1e300, 1e300);
        return 0;
    case KEY_FACTORS:
        free(a->factors);
        a->factors = strdup(argument);
        comma = a->factors != NULL ? strchr(a->factors, ',') : NULL;
        if (comma == NULL) {
            argp_error(state, "--factors: \"%s\" is not two names with a comma between", argument);
            return 0;
        }
        *comma = '\0';
        a->options.factors[0] = a->factors;
        a->options.factors[1] = comma + 1;
        return 0;
    case KEY_WANT:
        a->options.want = parse_real(state, "want", argument, 1e-300, 1e300);
        return 0;
    case KEY_LEVEL:
        a->options.level = parse_real(state, "level", argument, 0.5, 0.9999);
        return 0;
    case KEY_BOOTSTRAP:
        a->options.n_bootstrap = (int)parse_real(state, "bootstrap", argument, 2.0, 100000.0);
        return 0;
    case KEY_SEED:
        a->options.seed = (uint64_t)parse_real(state, "seed", argument, 0.0, 9e15);
        return 0;
    case KEY_FORMAT:
        a->format = ent_cli_format(state, argument);
        return 0;
    case 'o':
        a->output = argument;
        return 0;
    case KEY_OVERWRITE:
        a->overwrite = 1;
        return 0;
    case ARGP_KEY_ARG:
        if (a->path != NULL) {
            argp_error(state, "one merged file at a time, not also \"%s\"", argument);
        }
        a->path = argument;
        return 0;
    case ARGP_KEY_END:
        if (a->path == NULL) {
            argp_error(state, "name a merged file");
        }
        return 0;
    default:
        return ARGP_ERR_UNKNOWN;
    }
}

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

static int analyse(const arguments_t *a, ent_context_t *ctx)
{
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
    ent_study_data_free(&data);
    return code;
}

int ent_cmd_study_analyse(int argc, char **argv)
{
    static const struct argp parser = {
        command_options,
        parse,
        "FILE",
        "What a merged study says: which factor moves the outcome, where outcomes of "
        "interest lie, and whether there are points enough.",
        NULL,
        NULL,
        NULL};
    arguments_t a = {0};
    ent_context_t ctx;
    H5dont_atexit();
    ent_analysis_defaults(&a.options);
    int code = ent_cli_parse(&parser, argc, argv, &a);
    if (code != ENT_OK) {
        free(a.factors);
        return ent_exit_code(code);
    }
    ent_context_init(&ctx);
    code = ent_cli_finish(analyse(&a, &ctx), &ctx);
    ent_context_free(&ctx);
    free(a.factors);
    return code;
}
