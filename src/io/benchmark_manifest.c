/* The manifest of a folder of tables. */
#include "io/benchmark_folder.h"

#include "base/memory.h"
#include "base/number.h"
#include "io/csv_rows.h"

#include <ctype.h>
#include <stdlib.h>
#include <string.h>

/* ---- what a manifest may say ---- */

typedef struct {
    const char *word;
    ent_table_form_t form;
} form_word_t;

enum { MAX_WORDS = 3 };

/* One line of the manifest for each table; the first word is what an absent line means, unless it is needed.
 */
typedef struct {
    const char *key;
    int is_needed;
    form_word_t words[MAX_WORDS];
} form_key_t;

static const form_key_t form_keys[ENT_N_TABLES] = {
    [ENT_TABLE_FLOW] = {"flows", 0, {{"amounts", ENT_FORM_PLAIN}}},
    [ENT_TABLE_TARIFF] = {"tariffs",
                          1,
                          {{"fraction", ENT_FORM_PLAIN},
                           {"percent", ENT_FORM_PERCENT},
                           {"none", ENT_FORM_NONE}}},
    [ENT_TABLE_FREIGHT] = {"freight",
                           0,
                           {{"none", ENT_FORM_NONE},
                            {"fraction", ENT_FORM_PLAIN},
                            {"percent", ENT_FORM_PERCENT}}},
    [ENT_TABLE_INPUT] = {"inputs",
                         1,
                         {{"amounts", ENT_FORM_AMOUNTS},
                          {"coefficients", ENT_FORM_PLAIN},
                          {"none", ENT_FORM_NONE}}},
    [ENT_TABLE_VALUE_ADDED] = {"value_added",
                               0,
                               {{"derived", ENT_FORM_NONE},
                                {"amounts", ENT_FORM_AMOUNTS},
                                {"shares", ENT_FORM_PLAIN}}},
    [ENT_TABLE_FINAL_DEMAND] = {"final_demand", 0, {{"derived", ENT_FORM_NONE}, {"amounts", ENT_FORM_PLAIN}}},
    [ENT_TABLE_WEDGE] = {"collection", 0, {{"none", ENT_FORM_NONE}, {"fraction", ENT_FORM_PLAIN}}},
    [ENT_TABLE_ELASTICITY] = {"elasticities", 0, {{"theta", ENT_FORM_PLAIN}, {"sigma", ENT_FORM_SIGMA}}},
};

enum { KEY_TITLE, KEY_YEAR, KEY_UNIT, KEY_RATE, KEY_SOURCE, KEY_BALANCED, KEY_MISSING, KEY_REPORT, N_OWN };
static const char *const own_keys[N_OWN] = {"title",  "year",     "unit",          "usd_per_unit",
                                            "source", "balanced", "missing_cells", "balancing"};
enum { N_KEYS = ENT_N_TABLES + N_OWN };

const char *ent_manifest_table(ent_benchmark_table_id_t table)
{
    return form_keys[table].key;
}

/* ---- units ---- */

double ent_unit_scale(const char *unit, double usd_per_unit, char currency[4])
{
    static const struct {
        const char *word;
        double scale; /* million in one */
    } sizes[] = {{"thousand ", 1e-3}, {"million ", 1.0}, {"billion ", 1e3}, {"", 1e-6}};
    for (size_t i = 0; i < sizeof sizes / sizeof *sizes; i++) {
        const size_t n = strlen(sizes[i].word);
        if (strncmp(unit, sizes[i].word, n) != 0 || strlen(unit + n) != 3) {
            continue;
        }
        for (int c = 0; c < 3; c++) {
            if (!isupper((unsigned char)unit[n + (size_t)c])) {
                return 0.0;
            }
        }
        memcpy(currency, unit + n, 4);
        return strcmp(currency, "USD") == 0 ? sizes[i].scale : sizes[i].scale * usd_per_unit;
    }
    return 0.0;
}

/* ---- reading ---- */

typedef struct {
    ent_manifest_t *manifest;
    const char *path;
    ent_context_t *ctx;
    int line[N_KEYS]; /* on which the key stands; 0: not there */
    int unit_line;
    double rate; /* usd_per_unit */
} reader_t;

static const char *key_name(int key)
{
    return key < ENT_N_TABLES ? form_keys[key].key : own_keys[key - ENT_N_TABLES];
}

static int fault(const reader_t *r, int line, const char *key, const char *value, const char *nearest,
                 const char *rule)
{
    return ent_fault(r->ctx, ENT_ERR_DATA, r->path, line, 0, key, value, nearest, "%s", rule);
}

static int find_key(const reader_t *r, const ent_csv_row_t *row, int *key)
{
    const char *names[N_KEYS], *name = ent_csv_cell(row, 0);
    for (int k = 0; k < N_KEYS; k++) {
        names[k] = key_name(k);
        if (strcmp(names[k], name) == 0) {
            *key = k;
            return r->line[k] == 0 ? ENT_OK : fault(r, row->line, name, NULL, NULL, "a key is there once");
        }
    }
    return fault(r, row->line, name, ent_csv_cell(row, 1), ent_nearest(name, names, N_KEYS),
                 "is no key of a manifest");
}

static int read_form(reader_t *r, const ent_csv_row_t *row, int table)
{
    const form_key_t *key = &form_keys[table];
    const char *names[MAX_WORDS], *value = ent_csv_cell(row, 1);
    size_t n = 0;
    while (n < MAX_WORDS && key->words[n].word != NULL) {
        names[n] = key->words[n].word;
        if (strcmp(names[n], value) == 0) {
            r->manifest->form[table] = key->words[n].form;
            return ENT_OK;
        }
        n++;
    }
    return ent_fault(r->ctx, ENT_ERR_DATA, r->path, row->line, 0, key->key, value,
                     ent_nearest(value, names, n), "is %s%s%s%s%s", names[0], n > 1 ? " or " : "",
                     n > 1 ? names[1] : "", n > 2 ? " or " : "", n > 2 ? names[2] : "");
}

static int keep_text(const reader_t *r, const char **place, const char *value)
{
    *place = ent_strdup(r->ctx, value);
    return *place != NULL ? ENT_OK : ENT_ERR_NO_MEMORY;
}

static int read_year(const reader_t *r, const ent_csv_row_t *row)
{
    double year = 0.0;
    if (!ent_number_parse(ent_csv_cell(row, 1), &year) || year < 1800 || year > 2200 ||
        year != (double)(int)year) {
        return fault(r, row->line, "year", ent_csv_cell(row, 1), NULL, "is a year, such as 2022");
    }
    r->manifest->words.year = (int)year;
    return ENT_OK;
}

static int read_rate(reader_t *r, const ent_csv_row_t *row)
{
    if (!ent_number_parse(ent_csv_cell(row, 1), &r->rate) || !(r->rate > 0.0 && r->rate < 1e9)) {
        return fault(r, row->line, "usd_per_unit", ent_csv_cell(row, 1), NULL,
                     "is the USD that one unit of the currency is worth");
    }
    return ENT_OK;
}

static int read_flag(const reader_t *r, const ent_csv_row_t *row, const char *on, const char *off, int *flag)
{
    const char *value = ent_csv_cell(row, 1), *const names[] = {on, off};
    if (strcmp(value, on) != 0 && strcmp(value, off) != 0) {
        return ent_fault(r->ctx, ENT_ERR_DATA, r->path, row->line, 0, ent_csv_cell(row, 0), value,
                         ent_nearest(value, names, 2), "is %s or %s", on, off);
    }
    *flag = strcmp(value, on) == 0;
    return ENT_OK;
}

static int read_own(reader_t *r, const ent_csv_row_t *row, int key)
{
    ent_manifest_t *m = r->manifest;
    const char *value = ent_csv_cell(row, 1);
    int balanced = 1, code = ENT_OK;
    switch (key) {
    case KEY_TITLE:
        return keep_text(r, &m->words.title, value);
    case KEY_SOURCE:
        return keep_text(r, &m->words.source, value);
    case KEY_REPORT:
        return keep_text(r, &m->words.report, value);
    case KEY_YEAR:
        return read_year(r, row);
    case KEY_UNIT:
        return keep_text(r, (const char **)&m->unit, value);
    case KEY_RATE:
        return read_rate(r, row);
    case KEY_BALANCED:
        code = read_flag(r, row, "yes", "no", &balanced);
        m->unbalanced = !balanced;
        return code;
    default:
        return read_flag(r, row, "zero", "fault", &m->missing_zero);
    }
}

static int take_header(const ent_csv_row_t *row, void *data)
{
    const reader_t *r = data;
    return strcmp(ent_csv_cell(row, 0), "key") == 0 && strcmp(ent_csv_cell(row, 1), "value") == 0
               ? ENT_OK
               : fault(r, row->line, NULL, ent_csv_cell(row, 0), NULL,
                       "a manifest begins with the line key,value");
}

static int take_row(const ent_csv_row_t *row, void *data)
{
    reader_t *r = data;
    int key = 0;
    if (row->n != 2) {
        return fault(r, row->line, ent_csv_cell(row, 0), NULL, NULL,
                     "a row has a key and a value; a value with commas stands in quotes");
    }
    const int code = find_key(r, row, &key);
    if (code != ENT_OK) {
        return code;
    }
    r->line[key] = row->line;
    return key < ENT_N_TABLES ? read_form(r, row, key) : read_own(r, row, key - ENT_N_TABLES);
}

static int check_unit(reader_t *r)
{
    static const char rule[] =
        "is \"USD\", \"thousand USD\", \"million USD\" or \"billion USD\", or the same of another currency's "
        "three letters";
    ent_manifest_t *m = r->manifest;
    const int line = r->line[ENT_N_TABLES + KEY_UNIT];
    char currency[4] = "";
    if (m->unit == NULL) {
        return fault(r, 0, "unit", NULL, NULL,
                     "the manifest needs this key: of all amounts, such as million USD");
    }
    m->scale = ent_unit_scale(m->unit, r->rate > 0.0 ? r->rate : 1.0, currency);
    if (m->scale == 0.0) {
        return fault(r, line, "unit", m->unit, NULL, rule);
    }
    if (strcmp(currency, "USD") != 0 && r->rate == 0.0) {
        return fault(r, line, "unit", m->unit, NULL,
                     "another currency needs the key usd_per_unit: the USD that one unit of it is worth");
    }
    return ENT_OK;
}

static int check_whole(reader_t *r)
{
    int code = check_unit(r);
    for (int t = 0; t < ENT_N_TABLES; t++) {
        if (form_keys[t].is_needed && r->line[t] == 0) {
            code = ent_fault(r->ctx, ENT_ERR_DATA, r->path, 0, 0, form_keys[t].key, NULL, NULL,
                             "the manifest needs this key: %s, %s or %s", form_keys[t].words[0].word,
                             form_keys[t].words[1].word, form_keys[t].words[2].word);
        }
    }
    return code;
}

int ent_manifest_read(ent_manifest_t *manifest, const char *folder, ent_context_t *ctx)
{
    *manifest = (ent_manifest_t){.scale = 1.0};
    char *path = ent_format(ctx, "%s/manifest.csv", folder);
    if (path == NULL) {
        return ENT_ERR_NO_MEMORY;
    }
    for (int t = 0; t < ENT_N_TABLES; t++) {
        manifest->form[t] = form_keys[t].words[0].form;
    }
    reader_t r = {.manifest = manifest, .path = path, .ctx = ctx};
    int code = ent_csv_read(path, ENT_ERR_DATA, take_header, take_row, &r, ctx);
    if (code == ENT_OK || (code == ENT_ERR_DATA && r.line[ENT_N_TABLES + KEY_UNIT] > 0)) {
        const int whole = check_whole(&r);
        code = code == ENT_OK ? whole : code;
    }
    free(path);
    return code;
}

void ent_manifest_free(ent_manifest_t *manifest)
{
    ent_benchmark_words_free(&manifest->words);
    free(manifest->unit);
    *manifest = (ent_manifest_t){0};
}

/* ---- writing ---- */

static void put_line(const char *key, const char *value, FILE *stream)
{
    if (value != NULL) {
        fprintf(stream, "%s,", key);
        ent_csv_put(value, stream);
        (void)fputc('\n', stream);
    }
}

int ent_manifest_write(const ent_benchmark_t *benchmark, const ent_benchmark_words_t *words, FILE *stream)
{
    fprintf(stream, "key,value\n");
    put_line("title", words->title, stream);
    if (words->year != 0) {
        fprintf(stream, "year,%d\n", words->year);
    }
    put_line("source", words->source, stream);
    put_line("unit", "million USD", stream);
    for (int t = 0; t < ENT_N_TABLES; t++) {
        for (int w = 0; w < MAX_WORDS; w++) {
            if (form_keys[t].words[w].word != NULL && form_keys[t].words[w].form == ENT_FORM_PLAIN) {
                put_line(form_keys[t].key, form_keys[t].words[w].word, stream);
            }
        }
    }
    put_line("missing_cells", "zero", stream);
    put_line("balanced", benchmark->unbalanced ? "no" : "yes", stream);
    put_line("balancing", words->report, stream);
    return ferror(stream) ? ENT_ERR_IO : ENT_OK;
}
