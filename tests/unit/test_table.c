/* One table, five renderings. */
#ifndef _GNU_SOURCE
#define _GNU_SOURCE
#endif
#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <stdint.h>
#include <cmocka.h>

#include "base/table.h"
#include <jansson.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

static ent_context_t ctx;

static void fill(ent_table_t *table)
{
    ent_table_init(table, "exports", "Exports & more, %d", 2025);
    ent_table_column(table, "sector", ENT_COLUMN_TEXT, "", "sector");
    ent_table_column(table, "level", ENT_COLUMN_NUMBER, "million USD", "level");
    ent_table_row(table, 0);
    ent_table_text(table, 0, "iron, \"steel\"");
    ent_table_number(table, 1, -1234567.891, -1);
    ent_table_row(table, 0);
    ent_table_text(table, 0, "자동차_1");
    ent_table_number(table, 1, 0.125, 3);
    ent_table_row(table, 1);
    ent_table_text(table, 0, "total");
    ent_table_note(table, "Rounded by %s.", "error");
}

static char *render(ent_format_t format)
{
    char *text = NULL;
    size_t size = 0;
    ent_table_t table;
    FILE *stream = open_memstream(&text, &size);
    assert_non_null(stream);
    fill(&table);
    assert_int_equal(ent_tables_write(&table, 1, format, stream, &ctx), 0);
    fclose(stream);
    ent_table_free(&table);
    return text;
}

static void expect(ent_format_t format, const char *expected)
{
    char *text = render(format);
    assert_string_equal(text, expected);
    free(text);
}

static void text_is_aligned_also_in_korean(void **state)
{
    (void)state;
    expect(ENT_FORMAT_TEXT, "Exports & more, 2025\n"
                            "\n"
                            "sector               level\n"
                            "               million USD\n"
                            "--------------------------\n"
                            "iron, \"steel\"   -1,234,570\n"
                            "자동차_1             0.125\n"
                            "--------------------------\n"
                            "total                  n/a\n"
                            "\n"
                            "Rounded by error.\n");
}

static void csv_keeps_all_digits(void **state)
{
    (void)state;
    expect(ENT_FORMAT_CSV, "sector,level\n"
                           "\"iron, \"\"steel\"\"\",-1234567.891\n"
                           "자동차_1,0.125\n"
                           "total,\n");
}

static void latex_is_escaped(void **state)
{
    char *text = render(ENT_FORMAT_LATEX);
    (void)state;
    assert_non_null(strstr(text, "\\caption{Exports \\& more, 2025}"));
    assert_non_null(
        strstr(text, "\\begin{tabular}{lr}\n\\toprule\nsector & level \\\\\n & million USD \\\\\n"));
    assert_non_null(strstr(text, "iron, \"steel\" & $-$1,234,570 \\\\\n자동차\\_1 & 0.125 \\\\\n"));
    assert_non_null(strstr(text, "\\midrule\ntotal & -- \\\\\n\\bottomrule\n"));
    free(text);
}

static void markdown_has_units_in_its_heading(void **state)
{
    char *text = render(ENT_FORMAT_MARKDOWN);
    (void)state;
    assert_non_null(strstr(text, "| sector | level (million USD) |\n|---|---:|\n"));
    assert_non_null(strstr(text, "| 자동차\\_1 | 0.125 |\n"));
    free(text);
}

static void json_reads_back(void **state)
{
    char *text = render(ENT_FORMAT_JSON);
    json_t *document = json_loads(text, 0, NULL);
    (void)state;
    assert_non_null(document);
    const json_t *table = json_array_get(json_object_get(document, "tables"), 0);
    const json_t *rows = json_object_get(table, "rows");
    assert_int_equal(json_array_size(rows), 3);
    assert_true(json_real_value(json_object_get(json_array_get(rows, 0), "level")) == -1234567.891);
    assert_true(json_is_null(json_object_get(json_array_get(rows, 2), "level")));
    assert_string_equal(json_string_value(json_object_get(table, "caption")), "Exports & more, 2025");
    assert_string_equal(
        json_string_value(json_object_get(json_array_get(json_object_get(table, "columns"), 1), "unit")),
        "million USD");
    json_decref(document);
    free(text);
}

static void numbers_read_well(void **state)
{
    static const struct {
        double number;
        int decimals;
        const char *text;
    } cases[] = {{0.0, 0, "0"},
                 {-0.0004, 2, "0.00"},
                 {999.6, 0, "1,000"},
                 {-999.4, 0, "-999"},
                 {1234.5678, 2, "1,234.57"},
                 {-123456.0, -3, "-123,000"},
                 {INFINITY, 2, "n/a"},
                 {NAN, 0, "n/a"},
                 {100.0, 0, "100"},
                 {-1000.0, 0, "-1,000"}};
    char text[64];
    (void)state;
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        ent_format_number(text, sizeof text, cases[i].number, cases[i].decimals);
        assert_string_equal(text, cases[i].text);
    }
}

static void full_stream_is_an_error(void **state)
{
    ent_table_t table;
    FILE *stream = fopen("/dev/full", "w");
    (void)state;
    assert_non_null(stream);
    ent_context_init(&ctx);
    fill(&table);
    assert_int_equal(ent_tables_write(&table, 1, ENT_FORMAT_CSV, stream, &ctx), ENT_ERR_IO);
    ent_table_free(&table);
    fclose(stream);
    ent_context_free(&ctx);
}

static void misuse_is_noticed_when_writing(void **state)
{
    ent_table_t table;
    (void)state;
    ent_context_init(&ctx);
    ent_table_init(&table, "wrong", "Wrong");
    ent_table_column(&table, "a", ENT_COLUMN_TEXT, "", "a");
    ent_table_row(&table, 0);
    ent_table_text(&table, 1, "outside");
    assert_int_not_equal(ent_tables_write(&table, 1, ENT_FORMAT_TEXT, stderr, &ctx), 0);
    ent_table_free(&table);
    ent_context_free(&ctx);
}

static void formats_have_names(void **state)
{
    (void)state;
    assert_int_equal(ent_format_find("latex"), ENT_FORMAT_LATEX);
    assert_int_equal(ent_format_find("xml"), -1);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(text_is_aligned_also_in_korean),
        cmocka_unit_test(csv_keeps_all_digits),
        cmocka_unit_test(latex_is_escaped),
        cmocka_unit_test(markdown_has_units_in_its_heading),
        cmocka_unit_test(json_reads_back),
        cmocka_unit_test(numbers_read_well),
        cmocka_unit_test(full_stream_is_an_error),
        cmocka_unit_test(misuse_is_noticed_when_writing),
        cmocka_unit_test(formats_have_names),
    };
    return cmocka_run_group_tests_name("table", tests, NULL, NULL);
}
