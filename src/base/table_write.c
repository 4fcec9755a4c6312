/* The renderings of a table: text, CSV, LaTeX (booktabs), JSON, Markdown. */
#ifndef _GNU_SOURCE
#define _GNU_SOURCE
#endif
#include "base/json_memory.h"
#include "base/table.h"

#include <errno.h>
#include <jansson.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

const char *const ent_format_names[5] = {"text", "csv", "latex", "json", "markdown"};

int ent_format_find(const char *name)
{
    for (int i = 0; i < 5; i++)
        if (strcmp(ent_format_names[i], name) == 0)
            return i;
    return -1;
}

static const ent_table_cell_t *cell_at(const ent_table_t *table, int row, int column)
{
    return &table->cells[(size_t)row * (size_t)table->n_columns + (size_t)column];
}

/* The cell as people read it. */
static const char *shown_cell(const ent_table_t *table, int row, int column, char *buffer, size_t size)
{
    const ent_table_cell_t *cell = cell_at(table, row, column);
    if (cell->text != NULL || table->columns[column].kind == ENT_COLUMN_TEXT)
        return cell->text != NULL ? cell->text : "";
    ent_format_number(buffer, size, cell->number, cell->decimals);
    return buffer;
}

/* ---- text ---- */

/* Columns a UTF-8 text takes on a terminal; East Asian characters take two. */
static int width_of(const char *text)
{
    int width = 0;
    for (const unsigned char *c = (const unsigned char *)text; *c != '\0'; c++) {
        if ((*c & 0xc0) == 0x80)
            continue;
        width += *c >= 0xe1 && (*c > 0xe1 || c[1] >= 0x84) && *c != 0xe2 && *c < 0xf0 ? 2 : 1;
    }
    return width;
}

static void put_padded(const char *text, int width, int right, FILE *stream)
{
    int padding = width - width_of(text) > 0 ? width - width_of(text) : 0;
    if (right)
        fprintf(stream, "%*s%s", padding, "", text);
    else
        fprintf(stream, "%s%*s", text, padding, "");
}

/* Nothing is padded at the end of a line. */
static int cell_width(const ent_table_t *table, const int *widths, int column)
{
    int is_last = column == table->n_columns - 1;
    return is_last && table->columns[column].kind == ENT_COLUMN_TEXT ? 0 : widths[column];
}

static void text_widths(const ent_table_t *table, int *widths)
{
    char buffer[512];
    for (int c = 0; c < table->n_columns; c++) {
        int unit = width_of(table->columns[c].unit);
        widths[c] = width_of(table->columns[c].title);
        if (unit > widths[c])
            widths[c] = unit;
        for (int r = 0; r < table->n_rows; r++) {
            int width = width_of(shown_cell(table, r, c, buffer, sizeof buffer));
            if (width > widths[c])
                widths[c] = width;
        }
    }
}

static void text_rule(const int *widths, int n_columns, FILE *stream)
{
    int total = 2 * (n_columns - 1);
    for (int c = 0; c < n_columns; c++)
        total += widths[c];
    for (int i = 0; i < total; i++)
        fputc('-', stream);
    fputc('\n', stream);
}

static int has_units(const ent_table_t *table)
{
    for (int c = 0; c < table->n_columns; c++)
        if (table->columns[c].unit[0] != '\0')
            return 1;
    return 0;
}

static void text_heading(const ent_table_t *table, const int *widths, int units, FILE *stream)
{
    for (int c = 0; c < table->n_columns; c++) {
        const ent_column_t *column = &table->columns[c];
        fputs(c > 0 ? "  " : "", stream);
        put_padded(units ? column->unit : column->title, cell_width(table, widths, c),
                   column->kind == ENT_COLUMN_NUMBER, stream);
    }
    fputc('\n', stream);
}

static void write_text(const ent_table_t *table, const int *widths, FILE *stream)
{
    char buffer[512];
    fprintf(stream, "%s\n\n", table->caption);
    text_heading(table, widths, 0, stream);
    if (has_units(table))
        text_heading(table, widths, 1, stream);
    text_rule(widths, table->n_columns, stream);
    for (int r = 0; r < table->n_rows; r++) {
        if (table->rule[r])
            text_rule(widths, table->n_columns, stream);
        for (int c = 0; c < table->n_columns; c++) {
            fputs(c > 0 ? "  " : "", stream);
            put_padded(shown_cell(table, r, c, buffer, sizeof buffer), cell_width(table, widths, c),
                       table->columns[c].kind == ENT_COLUMN_NUMBER, stream);
        }
        fputc('\n', stream);
    }
    if (table->n_notes > 0)
        fputc('\n', stream);
    for (int i = 0; i < table->n_notes; i++)
        fprintf(stream, "%s\n", table->notes[i]);
}

/* ---- CSV (RFC 4180): one heading line of keys, all digits, empty where not known ---- */

/* What a spreadsheet would take for a formula: a text gets an apostrophe before it, as one types it there. */
static int looks_like_formula(const char *text)
{
    return text[0] != '\0' && strchr("=+-@", text[0]) != NULL && text[1] != '\0' && text[1] != ' ';
}

static void csv_text(const char *text, FILE *stream)
{
    if (looks_like_formula(text)) {
        fputc('\'', stream);
    }
    if (strpbrk(text, ",\"\r\n") == NULL) {
        fputs(text, stream);
        return;
    }
    fputc('"', stream);
    for (; *text != '\0'; text++) {
        if (*text == '"')
            fputc('"', stream);
        fputc(*text, stream);
    }
    fputc('"', stream);
}

/* The shortest of the usual forms that reads back as the same number. */
static void csv_number(double number, FILE *stream)
{
    char text[40];
    if (!isfinite(number))
        return;
    snprintf(text, sizeof text, "%.15g", number);
    if (strtod(text, NULL) != number)
        snprintf(text, sizeof text, "%.17g", number);
    fputs(text, stream);
}

static void write_csv(const ent_table_t *table, FILE *stream)
{
    for (int c = 0; c < table->n_columns; c++) {
        fputs(c > 0 ? "," : "", stream);
        csv_text(table->columns[c].key, stream);
    }
    fputs("\n", stream);
    for (int r = 0; r < table->n_rows; r++) {
        for (int c = 0; c < table->n_columns; c++) {
            const ent_table_cell_t *cell = cell_at(table, r, c);
            fputs(c > 0 ? "," : "", stream);
            if (table->columns[c].kind == ENT_COLUMN_NUMBER)
                csv_number(cell->number, stream);
            else if (cell->text != NULL)
                csv_text(cell->text, stream);
        }
        fputs("\n", stream);
    }
}

/* ---- LaTeX with booktabs ---- */

static void latex_text(const char *text, FILE *stream)
{
    for (; *text != '\0'; text++) {
        if (strchr("&%$#_{}", *text) != NULL)
            fprintf(stream, "\\%c", *text);
        else if (*text == '\\')
            fputs("\\textbackslash{}", stream);
        else if (*text == '~' || *text == '^')
            fprintf(stream, "\\%c{}", *text);
        else
            fputc(*text, stream);
    }
}

static void latex_number(const char *text, FILE *stream)
{
    if (text[0] == '-') {
        fputs("$-$", stream);
        text++;
    }
    latex_text(strcmp(text, "n/a") == 0 ? "--" : text, stream);
}

static void latex_heading(const ent_table_t *table, int units, FILE *stream)
{
    for (int c = 0; c < table->n_columns; c++) {
        const char *text = units ? table->columns[c].unit : table->columns[c].title;
        fputs(c > 0 ? " & " : "", stream);
        latex_text(text, stream);
    }
    fputs(" \\\\\n", stream);
}

static void write_latex(const ent_table_t *table, FILE *stream)
{
    char buffer[512];
    fputs("% needs \\usepackage{booktabs,graphicx}\n\\begin{table}\n\\centering\n\\caption{", stream);
    latex_text(table->caption, stream);
    /* a table wider than the page is drawn smaller, no other */
    fprintf(stream,
            "}\n\\label{tab:%s}\n\\resizebox{\\ifdim\\width>\\linewidth\\linewidth\\else\\width\\fi}{!}{%%\n"
            "\\begin{tabular}{",
            table->name);
    for (int c = 0; c < table->n_columns; c++)
        fputc(table->columns[c].kind == ENT_COLUMN_NUMBER ? 'r' : 'l', stream);
    fputs("}\n\\toprule\n", stream);
    latex_heading(table, 0, stream);
    if (has_units(table))
        latex_heading(table, 1, stream);
    fputs("\\midrule\n", stream);
    for (int r = 0; r < table->n_rows; r++) {
        if (table->rule[r])
            fputs("\\midrule\n", stream);
        for (int c = 0; c < table->n_columns; c++) {
            const char *text = shown_cell(table, r, c, buffer, sizeof buffer);
            fputs(c > 0 ? " & " : "", stream);
            if (table->columns[c].kind == ENT_COLUMN_NUMBER)
                latex_number(text, stream);
            else
                latex_text(text, stream);
        }
        fputs(" \\\\\n", stream);
    }
    fputs("\\bottomrule\n\\end{tabular}}\n", stream);
    for (int i = 0; i < table->n_notes; i++) {
        fputs(i == 0 ? "\n\\smallskip\n\\parbox{\\linewidth}{\\footnotesize\n" : "\\par\n", stream);
        latex_text(table->notes[i], stream);
        fputs(i == table->n_notes - 1 ? "}\n" : "\n", stream);
    }
    fputs("\\end{table}\n", stream);
}

/* ---- Markdown ---- */

static void markdown_text(const char *text, FILE *stream)
{
    for (; *text != '\0'; text++) {
        if (strchr("|*_`\\<[]", *text) != NULL)
            fputc('\\', stream);
        fputc(*text, stream);
    }
}

static void write_markdown(const ent_table_t *table, FILE *stream)
{
    char buffer[512];
    fputs("**", stream);
    markdown_text(table->caption, stream);
    fputs("**\n\n|", stream);
    for (int c = 0; c < table->n_columns; c++) {
        fputc(' ', stream);
        markdown_text(table->columns[c].title, stream);
        if (table->columns[c].unit[0] != '\0') {
            fputs(" (", stream);
            markdown_text(table->columns[c].unit, stream);
            fputc(')', stream);
        }
        fputs(" |", stream);
    }
    fputs("\n|", stream);
    for (int c = 0; c < table->n_columns; c++)
        fputs(table->columns[c].kind == ENT_COLUMN_NUMBER ? "---:|" : "---|", stream);
    fputc('\n', stream);
    for (int r = 0; r < table->n_rows; r++) {
        fputc('|', stream);
        for (int c = 0; c < table->n_columns; c++) {
            fputc(' ', stream);
            markdown_text(shown_cell(table, r, c, buffer, sizeof buffer), stream);
            fputs(" |", stream);
        }
        fputc('\n', stream);
    }
    for (int i = 0; i < table->n_notes; i++) {
        fputc('\n', stream);
        markdown_text(table->notes[i], stream);
        fputc('\n', stream);
    }
}

/* ---- JSON ---- */

static json_t *json_cell(const ent_table_t *table, int row, int column)
{
    const ent_table_cell_t *cell = cell_at(table, row, column);
    if (table->columns[column].kind == ENT_COLUMN_TEXT)
        return cell->text != NULL ? json_string(cell->text) : json_null();
    if (!isfinite(cell->number))
        return json_null();
    /* Whole numbers up to 2^53 are counts and read better without a point. */
    if (cell->number == floor(cell->number) && fabs(cell->number) < 9007199254740992.0 && cell->decimals == 0)
        return json_integer((json_int_t)cell->number);
    return json_real(cell->number);
}

static json_t *json_table(const ent_table_t *table)
{
    json_t *columns = json_array(), *rows = json_array(), *notes = json_array();
    for (int c = 0; c < table->n_columns; c++) {
        const ent_column_t *column = &table->columns[c];
        json_array_append_new(columns, json_pack("{s:s, s:s, s:s}", "key", column->key, "title",
                                                 column->title, "unit", column->unit));
    }
    for (int r = 0; r < table->n_rows; r++) {
        json_t *row = json_object();
        for (int c = 0; c < table->n_columns; c++)
            json_object_set_new(row, table->columns[c].key, json_cell(table, r, c));
        json_array_append_new(rows, row);
    }
    for (int i = 0; i < table->n_notes; i++)
        json_array_append_new(notes, json_string(table->notes[i]));
    return json_pack("{s:s, s:s, s:o, s:o, s:o}", "name", table->name, "caption", table->caption, "columns",
                     columns, "rows", rows, "notes", notes);
}

static int write_json(const ent_table_t *tables, int n_tables, FILE *stream, ent_context_t *ctx)
{
    ent_json_watch();
    json_t *list = json_array();
    for (int i = 0; i < n_tables; i++)
        json_array_append_new(list, json_table(&tables[i]));
    json_t *document = json_pack("{s:o}", "tables", list);
    int rc = document != NULL && json_dumpf(document, stream, JSON_INDENT(1) | JSON_REAL_PRECISION(17)) == 0
                 ? 0
                 : -1;
    json_decref(document);
    fputc('\n', stream);
    int short_of_memory = ent_json_check(ctx, "tables");
    return short_of_memory != 0 ? short_of_memory : rc;
}

/* ---- all ---- */

static int write_one(const ent_table_t *table, ent_format_t format, FILE *stream)
{
    int *widths;
    switch (format) {
    case ENT_FORMAT_CSV:
        write_csv(table, stream);
        return 0;
    case ENT_FORMAT_LATEX:
        write_latex(table, stream);
        return 0;
    case ENT_FORMAT_MARKDOWN:
        write_markdown(table, stream);
        return 0;
    case ENT_FORMAT_TEXT:
    case ENT_FORMAT_JSON:
        break;
    }
    widths = calloc((size_t)table->n_columns + 1, sizeof *widths);
    if (widths == NULL)
        return -1;
    text_widths(table, widths);
    write_text(table, widths, stream);
    free(widths);
    return 0;
}

int ent_tables_write(const ent_table_t *tables, int n_tables, ent_format_t format, FILE *stream,
                     ent_context_t *ctx)
{
    int rc = 0;
    for (int i = 0; i < n_tables; i++)
        if (tables[i].failed)
            return ent_fail(ctx, ENT_ERR_NO_MEMORY, "tables", "no memory to fill a table");
    if (format == ENT_FORMAT_JSON)
        rc = write_json(tables, n_tables, stream, ctx);
    for (int i = 0; i < n_tables && rc == 0 && format != ENT_FORMAT_JSON; i++) {
        if (i > 0)
            fputc('\n', stream);
        rc = write_one(&tables[i], format, stream);
    }
    if (fflush(stream) != 0 || ferror(stream))
        return ent_fail(ctx, ENT_ERR_IO, stream == stdout ? "standard output" : "tables",
                        "the tables could not be written: %s", strerror(errno));
    return rc == 0 || rc == ENT_ERR_NO_MEMORY
               ? rc
               : ent_fail(ctx, ENT_ERR_NO_MEMORY, "tables", "no memory to write the tables");
}
