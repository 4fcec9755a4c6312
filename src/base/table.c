#ifndef _GNU_SOURCE
#define _GNU_SOURCE
#endif
#include "base/table.h"

#include "base/printable.h"

#include <math.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

enum { MOST_TEXT = 4000 }; /* bytes of a cell, a caption, a note */

static char *copy_text(ent_table_t *table, const char *text)
{
    char *copy = ent_printable(text, MOST_TEXT);
    if (copy == NULL)
        table->failed = 1;
    return copy;
}

static char *format_text(ent_table_t *table, const char *format, va_list arguments)
{
    char *text = NULL;
    if (vasprintf(&text, format, arguments) < 0) {
        table->failed = 1;
        return NULL;
    }
    char *printable = copy_text(table, text);
    free(text);
    return printable;
}

/* Make room for one more element; 0 when memory is short. */
static int grow(ent_table_t *table, void **array, int n, size_t size)
{
    void *larger = realloc(*array, ((size_t)n + 1) * size);
    if (larger == NULL) {
        table->failed = 1;
        return 0;
    }
    *array = larger;
    return 1;
}

void ent_table_init(ent_table_t *table, const char *name, const char *caption_format, ...)
{
    va_list arguments;
    *table = (ent_table_t){0};
    table->name = copy_text(table, name);
    va_start(arguments, caption_format);
    table->caption = format_text(table, caption_format, arguments);
    va_end(arguments);
}

void ent_table_free(ent_table_t *table)
{
    for (int i = 0; i < table->n_columns; i++) {
        free(table->columns[i].key);
        free(table->columns[i].title);
        free(table->columns[i].unit);
    }
    for (int i = 0; i < table->n_rows * table->n_columns; i++)
        free(table->cells[i].text);
    for (int i = 0; i < table->n_notes; i++)
        free(table->notes[i]);
    free(table->columns);
    free(table->cells);
    free(table->rule);
    free(table->notes);
    free(table->name);
    free(table->caption);
    *table = (ent_table_t){0};
}

void ent_table_column(ent_table_t *table, const char *key, ent_column_kind_t kind, const char *unit,
                      const char *title_format, ...)
{
    va_list arguments;
    if (table->failed || table->n_rows > 0 ||
        !grow(table, (void **)&table->columns, table->n_columns, sizeof *table->columns)) {
        table->failed = 1;
        return;
    }
    ent_column_t *column = &table->columns[table->n_columns++];
    *column = (ent_column_t){.key = copy_text(table, key), .unit = copy_text(table, unit), .kind = kind};
    va_start(arguments, title_format);
    column->title = format_text(table, title_format, arguments);
    va_end(arguments);
}

void ent_table_row(ent_table_t *table, int rule_above)
{
    size_t n = (size_t)table->n_columns;
    if (table->failed)
        return;
    if (table->n_rows == table->capacity_rows) {
        int capacity = table->capacity_rows > 0 ? 2 * table->capacity_rows : 32;
        if (!grow(table, (void **)&table->cells, capacity - 1, n * sizeof *table->cells) ||
            !grow(table, (void **)&table->rule, capacity - 1, sizeof *table->rule))
            return;
        table->capacity_rows = capacity;
    }
    table->rule[table->n_rows] = (unsigned char)rule_above;
    for (size_t i = 0; i < n; i++)
        table->cells[(size_t)table->n_rows * n + i] = (ent_table_cell_t){.number = NAN};
    table->n_rows++;
}

static ent_table_cell_t *last_cell(ent_table_t *table, int column)
{
    if (table->failed || table->n_rows == 0 || column < 0 || column >= table->n_columns)
        return NULL;
    return &table->cells[(size_t)(table->n_rows - 1) * (size_t)table->n_columns + (size_t)column];
}

void ent_table_text(ent_table_t *table, int column, const char *text)
{
    ent_table_cell_t *cell = last_cell(table, column);
    if (cell == NULL) {
        table->failed = 1;
        return;
    }
    free(cell->text);
    cell->text = text != NULL ? copy_text(table, text) : NULL;
}

void ent_table_number(ent_table_t *table, int column, double number, int decimals)
{
    ent_table_cell_t *cell = last_cell(table, column);
    if (cell == NULL) {
        table->failed = 1;
        return;
    }
    cell->number = number;
    cell->decimals = decimals;
}

void ent_table_note(ent_table_t *table, const char *format, ...)
{
    va_list arguments;
    if (table->failed || !grow(table, (void **)&table->notes, table->n_notes, sizeof *table->notes))
        return;
    va_start(arguments, format);
    table->notes[table->n_notes++] = format_text(table, format, arguments);
    va_end(arguments);
}

/* Insert a comma before every third digit of the whole part. */
static void group_thousands(const char *plain, char *text, size_t size)
{
    size_t whole = strcspn(plain, ".");
    size_t out = 0;
    for (size_t i = 0; plain[i] != '\0' && out + 1 < size; i++) {
        text[out++] = plain[i];
        int digits_left = i < whole ? (int)(whole - 1 - i) : 0;
        if (digits_left > 0 && digits_left % 3 == 0 && plain[i] != '-' && out + 1 < size)
            text[out++] = ',';
    }
    text[out] = '\0';
}

void ent_format_number(char *text, size_t size, double number, int decimals)
{
    char plain[400];
    if (!isfinite(number)) {
        snprintf(text, size, "n/a");
        return;
    }
    if (decimals < 0) {
        double unit = pow(10.0, -decimals);
        number = nearbyint(number / unit) * unit;
    }
    snprintf(plain, sizeof plain, "%.*f", decimals > 0 ? decimals : 0, number);
    /* Nothing is left of a small negative number but its sign. */
    const char *shown = strspn(plain, "-0.") == strlen(plain) && plain[0] == '-' ? plain + 1 : plain;
    group_thousands(shown, text, size);
}
