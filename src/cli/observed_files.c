#include "cli/observed_files.h"

#include "base/memory.h"
#include "config/internal.h"

#include <stdlib.h>
#include <string.h>

/* The path asked for, or that of a shipped file; owned by the caller. */
static char *find(const char *asked, const char *shipped, ent_context_t *ctx)
{
    char *tried = NULL, *path;

    if (asked != NULL) {
        return ent_strdup(ctx, asked);
    }
    path = ent_locate_data(shipped, ".", &tried, ctx);
    if (path == NULL) {
        (void)ent_fail(ctx, ENT_ERR_NO_INPUT, shipped, "is in none of the places for data: %s",
                       tried != NULL ? tried : "");
    }
    free(tried);
    return path;
}

/* What is observed by option, config, or default. */
static char *find_observed(ent_cli_observed_names_t *names, const ent_config_t *config, ent_context_t *ctx)
{
    char *tried = NULL, *path;

    if (names->observed != NULL || config == NULL || config->observed_file == NULL) {
        return find(names->observed, "observed/us-imports.csv.gz", ctx);
    }
    if (names->measure == NULL && config->observed_exports) {
        names->measure = "exports";
    }
    path = ent_locate_data(config->observed_file, config->path, &tried, ctx);
    if (path == NULL) {
        (void)ent_fault(ctx, ENT_ERR_NO_INPUT, config->path, 0, 0, "observed", config->observed_file, NULL,
                        "no such file of observations; looked for %s", tried != NULL ? tried : "it");
    }
    free(tried);
    return path;
}

int ent_cli_observed_open(ent_cli_observed_t *self, ent_cli_observed_names_t *names,
                          const ent_config_t *config, ent_context_t *ctx)
{
    char *observed = find_observed(names, config, ctx);
    char *days = find(names->days, "observed/working-days.csv", ctx);
    char *products = find(names->products, "observed/products.csv", ctx);
    int code = observed != NULL && days != NULL && products != NULL ? ENT_OK : ctx->code;

    *self = (ent_cli_observed_t){0};
    names->destination = names->destination != NULL ? names->destination : "USA";
    names->measure = names->measure != NULL ? names->measure : "imports";
    if (code == ENT_OK) {
        const int codes[] = {ent_observations_read(&self->observations, observed, ctx),
                             ent_observations_read(&self->days, days, ctx),
                             ent_csv_whole_read(&self->products, products, ctx)};

        for (int i = 0; i < 3; i++) {
            code = code == ENT_OK ? codes[i] : code;
        }
    }
    if (code == ENT_OK && strcmp(names->measure, "imports") != 0 && strcmp(names->measure, "exports") != 0) {
        code = ent_fault(ctx, ENT_ERR_USAGE, "command line", 0, 0, "--measure", names->measure, NULL,
                         "must be imports or exports");
    }
    free(observed);
    free(days);
    free(products);
    return code;
}

void ent_cli_observed_close(ent_cli_observed_t *self)
{
    ent_observations_free(&self->observations);
    ent_observations_free(&self->days);
    ent_csv_whole_free(&self->products);
}
