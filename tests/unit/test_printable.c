/* One form for all that came from outside: letters stay, what steers is shown, length has an end. */
#include "ent_test.h"

#include "base/printable.h"
#include "base/table.h"

#include <stdlib.h>
#include <string.h>

static void expect(const char *text, size_t most, const char *expected)
{
    char *shown = ent_printable(text, most);
    assert_non_null(shown);
    assert_string_equal(shown, expected);
    free(shown);
}

static void letters_of_any_script_stay(void **data)
{
    (void)data;
    expect("", 10, "");
    expect("Korea, 한국, Österreich, 日本, 🜁", 100, "Korea, 한국, Österreich, 日本, 🜁");
}

static void what_steers_is_shown(void **data)
{
    (void)data;
    expect("\x1b[31mred\x07", 100, "\\x1b[31mred\\x07");
    expect("\xc2\x9b"
           "31m",
           100,
           "\\xc2\\x9b"
           "31m"); /* the one-character CSI */
    expect("a\xe2\x80\xae"
           "b",
           100,
           "a\\xe2\\x80\\xae"
           "b"); /* right to left from here */
    expect("a\xff\xc0\xaf\xed\xa0\x80z", 100, "a\\xff\\xc0\\xaf\\xed\\xa0\\x80z"); /* no UTF-8 */
    expect("cut \xed\x95", 100, "cut \\xed\\x95");
}

static void lines_are_one(void **data)
{
    (void)data;
    expect("a\nb\r\tc\xe2\x80\xa8"
           "d",
           100, "a b  c d");
}

static void length_has_an_end_between_characters(void **data)
{
    (void)data;
    expect("abcdef", 6, "abcdef");
    expect("abcdefg", 6, "abcdef...");
    expect("한국어", 4, "한국...");
    char *long_text = malloc(3000001);
    memset(long_text, 'x', 3000000);
    long_text[3000000] = '\0';
    char *shown = ent_printable(long_text, 200);
    assert_int_equal(strlen(shown), 203);
    free(shown);
    free(long_text);
}

/* What a table prints of hostile texts, in a format. */
static char *written(ent_format_t format)
{
    ent_table_t table;
    ent_context_t ctx;
    char *text = NULL;
    size_t size = 0;
    ent_context_init(&ctx);
    FILE *stream = open_memstream(&text, &size);
    ent_table_init(&table, "hostile", "A title\nwith \x1b[2J lines");
    ent_table_column(&table, "what", ENT_COLUMN_TEXT, "", "what");
    ent_table_row(&table, 0);
    ent_table_text(&table, 0, "=cmd|' /C calc'!A0\n| new row |");
    assert_int_equal(ent_tables_write(&table, 1, format, stream, &ctx), 0);
    ent_table_free(&table);
    fclose(stream);
    ent_context_free(&ctx);
    return text;
}

static void tables_hold_no_command(void **data)
{
    (void)data;
    for (int format = 0; format < 5; format++) {
        char *text = written((ent_format_t)format);
        assert_null(strchr(text, '\x1b'));
        assert_null(strstr(text, "\n| new row |"));
        free(text);
    }
    char *csv = written(ENT_FORMAT_CSV), *markdown = written(ENT_FORMAT_MARKDOWN);
    assert_non_null(strstr(csv, "\n'=cmd"));
    assert_non_null(strstr(markdown, "=cmd\\|"));
    free(csv);
    free(markdown);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(letters_of_any_script_stay),
        cmocka_unit_test(what_steers_is_shown),
        cmocka_unit_test(lines_are_one),
        cmocka_unit_test(length_has_an_end_between_characters),
        cmocka_unit_test(tables_hold_no_command),
    };
    return cmocka_run_group_tests_name("printable", tests, NULL, NULL);
}
