/* Where the files that a config names are looked for. */
#include "base/memory.h"
#include "config/internal.h"

#include <entrepot/version.h>

#include <stdlib.h>
#include <string.h>
#include <unistd.h>

typedef struct {
    ent_context_t *ctx;
    char *tried;
    char *found;
} search_t;

/* Try <folder>/<between>/<name><end>. Folders that are empty are skipped. */
static void try_place(search_t *search, const char *folder, const char *between, const char *name,
                      const char *end)
{
    if (search->found != NULL || folder == NULL || folder[0] == '\0') {
        return;
    }
    char *path = ent_format(search->ctx, "%s/%s%s%s", folder, between, name, end);
    if (path != NULL && access(path, R_OK) == 0) {
        search->found = path;
        return;
    }
    if (path != NULL) {
        char *tried = search->tried == NULL ? ent_strdup(search->ctx, path)
                                            : ent_format(search->ctx, "%s, %s", search->tried, path);
        free(search->tried);
        search->tried = tried;
    }
    free(path);
}

static char *folder_of(const char *path, ent_context_t *ctx)
{
    const char *slash = strrchr(path, '/');
    if (slash == NULL) {
        return ent_strdup(ctx, ".");
    }
    return ent_format(ctx, "%.*s", slash == path ? 1 : (int)(slash - path), path);
}

static char *finish(search_t *search, char **tried)
{
    *tried = search->tried;
    return search->found;
}

static int is_path(const char *name)
{
    size_t length = strlen(name);
    return strchr(name, '/') != NULL || (length > 5 && strcmp(name + length - 5, ".yaml") == 0);
}

static void try_absolute(search_t *search, const char *name)
{
    if (access(name, R_OK) == 0) {
        search->found = ent_strdup(search->ctx, name);
    } else {
        search->tried = ent_strdup(search->ctx, name);
    }
}

char *ent_locate_data(const char *name, const char *config_path, char **tried, ent_context_t *ctx)
{
    search_t search = {.ctx = ctx};
    if (name[0] == '/') {
        try_absolute(&search, name);
        return finish(&search, tried);
    }
    char *folder = folder_of(config_path, ctx);
    try_place(&search, folder, "", name, "");
    try_place(&search, folder, "../data/", name, "");
    try_place(&search, getenv("ENTREPOT_DATA"), "", name, "");
    try_place(&search, ENT_SOURCE_DIR, "data/", name, "");
    try_place(&search, ENT_INSTALL_DATA_DIR, "data/", name, "");
    free(folder);
    return finish(&search, tried);
}

char *ent_locate_calibration(const char *name, const char *config_path, char **tried, ent_context_t *ctx)
{
    search_t search = {.ctx = ctx};
    if (name[0] == '/') {
        try_absolute(&search, name);
        return finish(&search, tried);
    }
    char *folder = folder_of(config_path, ctx);
    if (is_path(name)) {
        try_place(&search, folder, "", name, "");
    } else {
        try_place(&search, folder, "calibrations/", name, ".yaml");
        try_place(&search, folder, "", name, ".yaml");
        try_place(&search, folder, "../calibrations/", name, ".yaml");
        try_place(&search, ENT_SOURCE_DIR, "configs/calibrations/", name, ".yaml");
        try_place(&search, ENT_INSTALL_DATA_DIR, "configs/calibrations/", name, ".yaml");
    }
    free(folder);
    return finish(&search, tried);
}

char *ent_locate_config(const char *name, const char *config_path, char **tried, ent_context_t *ctx)
{
    search_t search = {.ctx = ctx};
    if (name[0] == '/') {
        try_absolute(&search, name);
        return finish(&search, tried);
    }
    char *folder = folder_of(config_path, ctx);
    try_place(&search, folder, "", name, "");
    try_place(&search, ENT_SOURCE_DIR, "configs/", name, "");
    try_place(&search, ENT_INSTALL_DATA_DIR, "configs/", name, "");
    free(folder);
    return finish(&search, tried);
}
