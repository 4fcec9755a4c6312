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

/* A place where a file may be: in a folder, or with `folder` NULL in that of the config. */
typedef struct {
    const char *folder, *between, *end;
} place_t;

/* The first of the places, up to the one without `between`, that has the file; a path from the root is
 * itself. */
static char *locate(const char *name, const char *config_path, const place_t *places, char **tried,
                    ent_context_t *ctx)
{
    search_t search = {.ctx = ctx};
    if (name[0] == '/') {
        try_absolute(&search, name);
    } else {
        char *own = folder_of(config_path, ctx);
        for (const place_t *at = places; at->between != NULL; at++) {
            try_place(&search, at->folder != NULL ? at->folder : own, at->between, name, at->end);
        }
        free(own);
    }
    *tried = search.tried;
    return search.found;
}

char *ent_locate_data(const char *name, const char *config_path, char **tried, ent_context_t *ctx)
{
    const char *named = getenv("ENTREPOT_DATA");
    const place_t places[] = {{NULL, "", ""},
                              {NULL, "../data/", ""},
                              {named != NULL ? named : "", "", ""},
                              {ENT_SOURCE_DIR, "data/", ""},
                              {ENT_INSTALL_DATA_DIR, "data/", ""},
                              {0}};
    return locate(name, config_path, places, tried, ctx);
}

char *ent_locate_calibration(const char *name, const char *config_path, char **tried, ent_context_t *ctx)
{
    static const place_t as_path[] = {{NULL, "", ""}, {0}};
    static const place_t as_name[] = {{NULL, "calibrations/", ".yaml"},
                                      {NULL, "", ".yaml"},
                                      {NULL, "../calibrations/", ".yaml"},
                                      {ENT_SOURCE_DIR, "configs/calibrations/", ".yaml"},
                                      {ENT_INSTALL_DATA_DIR, "configs/calibrations/", ".yaml"},
                                      {0}};
    return locate(name, config_path, is_path(name) ? as_path : as_name, tried, ctx);
}

char *ent_locate_config(const char *name, const char *config_path, char **tried, ent_context_t *ctx)
{
    static const place_t places[] = {
        {NULL, "", ""}, {ENT_SOURCE_DIR, "configs/", ""}, {ENT_INSTALL_DATA_DIR, "configs/", ""}, {0}};
    return locate(name, config_path, places, tried, ctx);
}
