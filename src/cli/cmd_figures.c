/* entrepot figures: the report's figures as files for papers, from the same definitions, without a browser.
 * Node runs the report's own script; rsvg-convert makes PDF and PNG of the SVG. */
#include "cli/commands.h"
#include "cli/common.h"
#include "page/report.h"
#include "page/report_assets.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <jansson.h>
#include <spawn.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

extern char **environ;

enum { MOST_PATH = 4096, FORMAT_SVG = 1, FORMAT_PDF = 2, FORMAT_PNG = 4 };

static const char *const format_names[] = {"svg", "pdf", "png", NULL}; /* in the order of their bits */
static const char *const languages[] = {"en", "ko", NULL};

typedef struct {
    const char *path, *folder;
    ent_report_options_t options;
    unsigned formats;
    int language, overwrite;
} arguments_t;

static const ent_cli_option_t command_options[] = {
    ENT_CLI_OPTION(arguments_t, folder, TEXT, "output", "FOLDER",
                   "Folder for the figures (default: results/figures)", .letter = 'o'),
    ENT_CLI_OPTION(arguments_t, formats, LIST, "format", "LIST",
                   "svg, pdf, png, several with commas between (default: svg)", .names = format_names),
    ENT_CLI_OPTION(arguments_t, language, CHOICE, "language", "CODE", "en or ko (default: en)",
                   .names = languages),
    ENT_CLI_PAIR(arguments_t, options),
    ENT_CLI_OVERWRITE(arguments_t, overwrite),
    {0}};

/* ---- programs
 * ----------------------------------------------------------------------------------------------- */

/* Run a program and wait; its exit code, 127 when it is not there. `silent`: its words are not shown. */
static int run_program(const char *const *words, int silent)
{
    posix_spawn_file_actions_t actions;
    pid_t child;
    int status = 0;
    posix_spawn_file_actions_init(&actions);
    if (silent) {
        posix_spawn_file_actions_addopen(&actions, STDOUT_FILENO, "/dev/null", O_WRONLY, 0);
        posix_spawn_file_actions_addopen(&actions, STDERR_FILENO, "/dev/null", O_WRONLY, 0);
    }
    const int failed =
        posix_spawnp(&child, words[0], &actions, NULL, (char *const *)(const void *)words, environ);
    posix_spawn_file_actions_destroy(&actions);
    if (failed != 0) {
        return 127;
    }
    while (waitpid(child, &status, 0) < 0 && errno == EINTR) {
    }
    return WIFEXITED(status) ? WEXITSTATUS(status) : 126;
}

/* What the figures need, all that is missing named at once. */
static int check_programs(const arguments_t *a, ent_context_t *ctx)
{
    int rc = 0;
    if (run_program((const char *const[]){"node", "--version", NULL}, 1) != 0) {
        rc = ent_fail(ctx, ENT_ERR_NO_INPUT, "node",
                      "figures are drawn by Node, which is not installed (Debian package nodejs)");
    }
    if ((a->formats & (FORMAT_PDF | FORMAT_PNG)) != 0 &&
        run_program((const char *const[]){"rsvg-convert", "--version", NULL}, 1) != 0) {
        rc = ent_fail(
            ctx, ENT_ERR_NO_INPUT, "rsvg-convert",
            "PDF and PNG are made by rsvg-convert, which is not installed (Debian package librsvg2-bin)");
    }
    return rc;
}

/* Said, not a fault: the text is there, but its letters may be boxes. */
static void report_fonts(const arguments_t *a)
{
    if (strcmp(a->options.language, "ko") != 0) {
        return;
    }
    FILE *list = popen("fc-list :lang=ko family 2>/dev/null", "r");
    const int found = list != NULL && fgetc(list) != EOF;
    if (list != NULL) {
        pclose(list);
    }
    if (!found) {
        fprintf(
            stderr,
            "entrepot: no font with Korean letters is installed (Debian package fonts-nanum); PDF and PNG "
            "will show boxes\n");
    }
}

/* FOLDER/NAME; empty, which no file can be, when it is too long. */
static void path_of(char path[MOST_PATH], const char *folder, const char *name)
{
    const int n = snprintf(path, MOST_PATH, "%s/%s", folder, name);
    if (n < 0 || n >= MOST_PATH) {
        path[0] = '\0';
    }
}

/* ---- files
 * -------------------------------------------------------------------------------------------------- */

static int put_file(const char *folder, const char *name, const char *data, size_t size, ent_context_t *ctx)
{
    char path[MOST_PATH];
    path_of(path, folder, name);
    FILE *file = fopen(path, "w");
    const int written = file != NULL && fwrite(data, 1, size, file) == size;
    if (file == NULL || fclose(file) != 0 || !written) {
        return ent_fail(ctx, ENT_ERR_IO, path, "could not be written: %s", strerror(errno));
    }
    return 0;
}

static int put_page(const arguments_t *a, const char *folder, ent_context_t *ctx)
{
    char path[MOST_PATH];
    ent_results_file_t file;
    json_t *data = NULL;
    int rc = ent_results_file_open(&file, a->path, ctx);
    if (rc != 0) {
        return rc;
    }
    rc = ent_report_data(&data, &file, &a->options, ctx);
    path_of(path, folder, "page.html");
    FILE *stream = rc == 0 ? fopen(path, "w") : NULL;
    if (rc == 0 && stream == NULL) {
        rc = ent_fail(ctx, ENT_ERR_IO, path, "could not be written: %s", strerror(errno));
    }
    if (rc == 0) {
        rc = ent_report_write(data, "en", stream, ctx);
    }
    if (stream != NULL && fclose(stream) != 0 && rc == 0) {
        rc = ent_fail(ctx, ENT_ERR_IO, path, "could not be written: %s", strerror(errno));
    }
    json_decref(data);
    ent_results_file_close(&file);
    return rc;
}

static int draw(const arguments_t *a, const char *folder, ent_context_t *ctx)
{
    static const char driver[] =
        "require('./report.js');\n"
        "const fs = require('fs'), path = require('path'), [, , language] = process.argv;\n"
        "drawFigures({ page: fs.readFileSync(path.join(__dirname, 'page.html'), 'utf8'), language,\n"
        "  save: (name, text) => fs.writeFileSync(path.join(__dirname, 'out', name), text) })\n"
        "  .catch((error) => { console.error(String(error)); process.exit(1); });\n";
    char out[MOST_PATH], path[MOST_PATH];
    const ent_asset_t script = ent_asset_script();
    path_of(out, folder, "out");
    path_of(path, folder, "driver.cjs");
    if (mkdir(out, 0777) != 0) {
        return ent_fail(ctx, ENT_ERR_CANT_CREATE, out, "cannot be made: %s", strerror(errno));
    }
    int rc = put_page(a, folder, ctx);
    if (rc == 0) {
        rc = put_file(folder, "report.js", script.data, script.size, ctx);
    }
    if (rc == 0) {
        rc = put_file(folder, "driver.cjs", driver, sizeof driver - 1, ctx);
    }
    if (rc == 0 && run_program((const char *const[]){"node", path, a->options.language, NULL}, 0) != 0) {
        rc = ent_fail(ctx, ENT_ERR_BUG, a->path, "its figures could not be drawn");
    }
    return rc;
}

static int ends_with(const char *name, const char *end)
{
    const size_t n = strlen(name), m = strlen(end);
    return n > m && strcmp(name + n - m, end) == 0;
}

/* One figure in another format beside its SVG. */
static int convert(const char *folder, const char *name, const char *format, ent_context_t *ctx)
{
    char from[MOST_PATH], to[MOST_PATH];
    path_of(from, folder, name);
    path_of(to, folder, name);
    memcpy(to + strlen(to) - 3, format, 3); /* svg, pdf and png are equally long */
    /* twice the size for PNG, on white */
    const char *const png[] = {"rsvg-convert", "-z", "2", "-b", "white", "-f", "png", "-o", to, from, NULL};
    const char *const pdf[] = {"rsvg-convert", "-f", "pdf", "-o", to, from, NULL};
    return run_program(strcmp(format, "png") == 0 ? png : pdf, 0) == 0
               ? 0
               : ent_fail(ctx, ENT_ERR_IO, to, "rsvg-convert could not make it");
}

/* Names in a folder, sorted; the caller frees each and the list. */
static int list_folder(const char *folder, struct dirent ***list)
{
    const int n = scandir(folder, list, NULL, alphasort);
    return n < 0 ? 0 : n;
}

static int convert_all(const arguments_t *a, const char *folder, ent_context_t *ctx)
{
    struct dirent **list = NULL;
    int rc = 0;
    const int n = list_folder(folder, &list);
    for (int i = 0; i < n; i++) {
        if (ends_with(list[i]->d_name, ".svg")) {
            if (rc == 0 && (a->formats & FORMAT_PDF) != 0) {
                rc = convert(folder, list[i]->d_name, "pdf", ctx);
            }
            if (rc == 0 && (a->formats & FORMAT_PNG) != 0) {
                rc = convert(folder, list[i]->d_name, "png", ctx);
            }
            if ((a->formats & FORMAT_SVG) == 0) {
                char path[MOST_PATH];
                path_of(path, folder, list[i]->d_name);
                unlink(path);
            }
        }
        free(list[i]);
    }
    free(list);
    return rc;
}

/* Every missing folder of a path. */
static int make_folder(const char *path, ent_context_t *ctx)
{
    char part[MOST_PATH];
    for (size_t i = 1; i <= strlen(path); i++) {
        if (path[i] == '/' || path[i] == '\0') {
            snprintf(part, sizeof part, "%.*s", (int)i, path);
            if (mkdir(part, 0777) != 0 && errno != EEXIST) {
                return ent_fail(ctx, ENT_ERR_CANT_CREATE, part, "cannot be made: %s", strerror(errno));
            }
        }
    }
    return 0;
}

static int copy_file(const char *from, const char *to, ent_context_t *ctx)
{
    const char *const words[] = {"cp", "--", from, to, NULL};
    if (rename(from, to) == 0 || run_program(words, 0) == 0) {
        return 0;
    }
    return ent_fail(ctx, ENT_ERR_CANT_CREATE, to, "cannot be written");
}

/* All or none: nothing is moved while one name is taken. */
static int move_all(const arguments_t *a, const char *from, ent_context_t *ctx)
{
    struct dirent **list = NULL;
    char source[MOST_PATH], target[MOST_PATH];
    int rc = make_folder(a->folder, ctx), moved = 0;
    const int n = rc == 0 ? list_folder(from, &list) : 0;
    for (int pass = 0; rc == 0 && pass < 2; pass++) {
        for (int i = 0; i < n; i++) {
            if (list[i]->d_name[0] == '.') {
                continue;
            }
            path_of(source, from, list[i]->d_name);
            path_of(target, a->folder, list[i]->d_name);
            if (pass == 0 && !a->overwrite && access(target, F_OK) == 0) {
                rc = ent_fail(ctx, ENT_ERR_CANT_CREATE, target, "exists already; --overwrite replaces it");
            } else if (pass == 1 && rc == 0) {
                rc = copy_file(source, target, ctx);
                moved += rc == 0;
            }
        }
    }
    for (int i = 0; i < n; i++) {
        free(list[i]);
    }
    free(list);
    if (rc == 0) {
        printf("%d files in %s\n", moved, a->folder);
    }
    return rc;
}

static int figures(void *arguments, ent_context_t *ctx)
{
    arguments_t *a = arguments;
    char folder[MOST_PATH], out[MOST_PATH];
    const char *temporary = getenv("TMPDIR");
    snprintf(folder, sizeof folder, "%s/entrepot-figures-XXXXXX", temporary != NULL ? temporary : "/tmp");
    a->options.language = languages[a->language];
    int rc = check_programs(a, ctx);
    if (rc != 0) {
        return rc;
    }
    if (mkdtemp(folder) == NULL) {
        return ent_fail(ctx, ENT_ERR_CANT_CREATE, folder, "cannot be made: %s", strerror(errno));
    }
    path_of(out, folder, "out");
    report_fonts(a);
    rc = draw(a, folder, ctx);
    if (rc == 0) {
        rc = convert_all(a, out, ctx);
    }
    if (rc == 0) {
        rc = move_all(a, out, ctx);
    }
    run_program((const char *const[]){"rm", "-rf", folder, NULL}, 0);
    return rc;
}

int ent_cmd_figures(int argc, char **argv)
{
    static const ent_cli_command_t command = {
        .options = command_options,
        .usage = "FILE",
        .words = "Make the report's figures as files for papers, with the data of each as CSV, from the same "
                 "definitions "
                 "and without a browser. Needs Node; PDF and PNG need rsvg-convert.",
        .subject = "results file",
        .subject_place = offsetof(arguments_t, path),
        .run = figures};
    arguments_t arguments = {.folder = "results/figures", .formats = FORMAT_SVG};
    return ent_cli_main(&command, argc, argv, &arguments);
}
