/* CSV from outside: what is read whole, packed or as the Census Bureau answers, and what is refused. */
#include "ent_test.h"

#include "io/csv_table.h"
#include "io/csv_whole.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>
#include <zlib.h>

typedef struct {
    char folder[64], path[96];
    ent_context_t ctx;
    ent_csv_whole_t table;
} fixture_t;

static int setup(void **state)
{
    fixture_t *f = calloc(1, sizeof *f);
    assert_non_null(f);
    ent_context_init(&f->ctx);
    snprintf(f->folder, sizeof f->folder, "/tmp/ent_csv_XXXXXX");
    assert_non_null(mkdtemp(f->folder));
    snprintf(f->path, sizeof f->path, "%s/file", f->folder);
    *state = f;
    return 0;
}

static int teardown(void **state)
{
    fixture_t *f = *state;
    ent_csv_whole_free(&f->table);
    unlink(f->path);
    rmdir(f->folder);
    ent_context_free(&f->ctx);
    free(f);
    return 0;
}

static int read_text(fixture_t *f, const char *text)
{
    FILE *file = fopen(f->path, "w");
    assert_non_null(file);
    fputs(text, file);
    fclose(file);
    ent_csv_whole_free(&f->table);
    ent_context_clear(&f->ctx);
    return ent_csv_whole_read(&f->table, f->path, &f->ctx);
}

static void assert_table(const fixture_t *f)
{
    assert_int_equal(f->table.n_columns, 2);
    assert_int_equal(f->table.n_rows, 2);
    assert_int_equal(ent_csv_whole_column(&f->table, "a"), 0);
    assert_string_equal(ent_csv_text(&f->table, 0, 1), "x, y");
    assert_string_equal(ent_csv_text(&f->table, 1, 0), "");
    assert_string_equal(ent_csv_text(&f->table, 1, 1), "4");
    assert_int_equal(f->table.line[1], 3);
}

static void json_a_byte_order_mark_and_crlf_read_as_plain_rows_do(void **state)
{
    fixture_t *f = *state;
    assert_int_equal(read_text(f, "a,b\n1,\"x, y\"\n,4\n"), 0);
    assert_table(f);
    assert_int_equal(read_text(f, "\xef\xbb\xbf"
                                  "a,b\r\n1,\"x, y\"\r\n,4"),
                     0);
    assert_table(f);
    assert_int_equal(read_text(f, "[[\"a\",\"b\"],\n[\"1\",\"x, y\"],\n[\"\",\"4\"]]"), 0);
    assert_table(f);
}

static void every_row_of_another_length_is_told(void **state)
{
    fixture_t *f = *state;
    assert_int_equal(read_text(f, "a,b\n1\n1,2\n1,2,3\n"), ENT_ERR_DATA);
    assert_int_equal((int)f->ctx.n_faults, 2);
    assert_int_equal(read_text(f, "a,b\n1,\"2\n"), ENT_ERR_DATA);
    assert_int_equal(read_text(f, ""), ENT_ERR_DATA);
}

static void a_packed_file_reads_the_same_and_a_cut_one_is_refused(void **state)
{
    fixture_t *f = *state;
    struct stat status;
    gzFile packed = gzopen(f->path, "wb");
    assert_non_null(packed);
    gzputs(packed, "a,b\n1,\"x, y\"\n,4\n");
    assert_int_equal(gzclose(packed), Z_OK);
    assert_int_equal(ent_csv_whole_read(&f->table, f->path, &f->ctx), 0);
    assert_table(f);
    ent_csv_whole_free(&f->table);
    assert_int_equal(stat(f->path, &status), 0);
    assert_int_equal(truncate(f->path, status.st_size - 10), 0);
    assert_int_equal(ent_csv_whole_read(&f->table, f->path, &f->ctx), ENT_ERR_DATA);
}

static int take_none(void *data, const ent_csv_named_t *row)
{
    (void)data;
    (void)row;
    return 0;
}

/* A pipe that nobody writes to would be waited for without end. */
static void pipes_devices_and_folders_are_refused(void **state)
{
    static const ent_csv_column_t columns[] = {{"a", 1}, {NULL, 0}};
    fixture_t *f = *state;
    assert_int_equal(mkfifo(f->path, 0600), 0);
    const char *const paths[] = {f->path, f->folder, "/dev/null", "/no/such/file"};
    for (size_t i = 0; i < sizeof paths / sizeof *paths; i++) {
        const ent_csv_source_t source = {.path = paths[i]};
        ent_csv_whole_free(&f->table);
        assert_int_equal(ent_csv_whole_read(&f->table, paths[i], &f->ctx), ENT_ERR_NO_INPUT);
        assert_int_equal(ent_csv_read_named(&source, columns, take_none, NULL, &f->ctx), ENT_ERR_NO_INPUT);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(json_a_byte_order_mark_and_crlf_read_as_plain_rows_do, setup,
                                        teardown),
        cmocka_unit_test_setup_teardown(every_row_of_another_length_is_told, setup, teardown),
        cmocka_unit_test_setup_teardown(a_packed_file_reads_the_same_and_a_cut_one_is_refused, setup,
                                        teardown),
        cmocka_unit_test_setup_teardown(pipes_devices_and_folders_are_refused, setup, teardown),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
