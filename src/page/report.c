#include "page/report.h"

#include "base/json_memory.h"
#include "page/report_assets.h"

#include <errno.h>
#include <openssl/evp.h>
#include <stdlib.h>
#include <string.h>

int ent_report_put_html(const char *text, FILE *stream)
{
    for (; *text != '\0'; text++) {
        const char *entity = *text == '&'    ? "&amp;"
                             : *text == '<'  ? "&lt;"
                             : *text == '>'  ? "&gt;"
                             : *text == '"'  ? "&quot;"
                             : *text == '\'' ? "&#39;"
                                             : NULL;
        if ((entity != NULL ? fputs(entity, stream) : fputc(*text, stream)) == EOF)
            return -1;
    }
    return 0;
}

int ent_report_put_json(const char *json, FILE *stream)
{
    /* In JSON these stand only inside strings, where an escape means the same. */
    for (; *json != '\0'; json++) {
        int special = *json == '<' || *json == '>' || *json == '&';
        if ((special ? fprintf(stream, "\\u%04x", (unsigned)*json) : fputc(*json, stream)) < 0)
            return -1;
    }
    return 0;
}

/* 'sha256-...' as a content security policy wants it. */
static int put_source_hash(ent_asset_t asset, FILE *stream)
{
    unsigned char digest[EVP_MAX_MD_SIZE], text[4 * EVP_MAX_MD_SIZE / 3 + 8];
    unsigned length = 0;
    if (EVP_Digest(asset.data, asset.size, digest, &length, EVP_sha256(), NULL) != 1)
        return -1;
    EVP_EncodeBlock(text, digest, (int)length);
    return fprintf(stream, "'sha256-%s'", (const char *)text) > 0 ? 0 : -1;
}

static int put_asset(ent_asset_t asset, FILE *stream)
{
    return fwrite(asset.data, 1, asset.size, stream) == asset.size ? 0 : -1;
}

static int put_data(const json_t *data, FILE *stream)
{
    char *text = json_dumps(data, JSON_COMPACT | JSON_ENSURE_ASCII | JSON_REAL_PRECISION(9));
    int rc = text != NULL ? ent_report_put_json(text, stream) : -1;
    free(text);
    return rc;
}

static int put_mark(const char *mark, size_t length, const json_t *data, const char *language, FILE *stream)
{
    const char *title = json_string_value(json_object_get(json_object_get(data, "run"), "title"));
    const struct {
        const char *name;
        int which;
    } marks[] = {{"LANG", 0},  {"TITLE", 1}, {"STYLE_HASH", 2}, {"SCRIPT_HASH", 3},
                 {"STYLE", 4}, {"DATA", 5},  {"SCRIPT", 6}};
    for (size_t i = 0; i < sizeof marks / sizeof marks[0]; i++) {
        if (strlen(marks[i].name) != length || memcmp(marks[i].name, mark, length) != 0)
            continue;
        switch (marks[i].which) {
        case 0:
            return ent_report_put_html(language, stream);
        case 1:
            return ent_report_put_html(title != NULL ? title : "", stream);
        case 2:
            return put_source_hash(ent_asset_style(), stream);
        case 3:
            return put_source_hash(ent_asset_script(), stream);
        case 4:
            return put_asset(ent_asset_style(), stream);
        case 5:
            return put_data(data, stream);
        default:
            return put_asset(ent_asset_script(), stream);
        }
    }
    return -1;
}

/* The page with its {{MARKS}} filled in. */
static int put_page(const json_t *data, const char *language, FILE *stream)
{
    ent_asset_t page = ent_asset_page();
    const char *at = page.data, *end = page.data + page.size;
    while (at < end) {
        const char *open = memmem(at, (size_t)(end - at), "{{", 2);
        const char *close = open != NULL ? memmem(open, (size_t)(end - open), "}}", 2) : NULL;
        const char *stop = close != NULL ? open : end;
        if (fwrite(at, 1, (size_t)(stop - at), stream) != (size_t)(stop - at))
            return -1;
        if (close == NULL)
            return 0;
        if (put_mark(open + 2, (size_t)(close - open - 2), data, language, stream) != 0)
            return -1;
        at = close + 2;
    }
    return 0;
}

int ent_report_write(const json_t *data, const char *language, FILE *stream, ent_context_t *ctx)
{
    ent_json_watch();
    int failed = put_page(data, language, stream) != 0 || fflush(stream) != 0;
    int rc = ent_json_check(ctx, "report");
    if (rc != 0)
        return rc;
    if (failed)
        return ent_fail(ctx, ENT_ERR_IO, "report", "could not be written: %s", strerror(errno));
    return 0;
}
