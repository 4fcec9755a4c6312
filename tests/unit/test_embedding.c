/* What the library leaves as it found it in a program of somebody else. */
#include "ent_test.h"

#include "base/json_memory.h"
#include "base/table.h"

#include <gsl/gsl_errno.h>
#include <gsl/gsl_linalg.h>
#include <jansson.h>
#include <stdlib.h>

/* GSL's own handler would end the program here. */
static void test_gsl_returns_its_errors(void **state)
{
    gsl_matrix *oblong = gsl_matrix_calloc(2, 3);
    (void)state;
    assert_non_null(oblong);
    assert_int_equal(gsl_linalg_cholesky_decomp1(oblong), GSL_ENOTSQR);
    gsl_matrix_free(oblong);
}

static size_t n_mine;

static void *my_malloc(size_t size)
{
    n_mine++;
    return malloc(size);
}

static void *no_malloc(size_t size)
{
    (void)size;
    return NULL;
}

static void write_as_json(int expected)
{
    ent_context_t ctx;
    ent_table_t table;
    FILE *sink = fopen("/dev/null", "w");
    ent_context_init(&ctx);
    ent_table_init(&table, "name", "caption");
    ent_table_column(&table, "x", ENT_COLUMN_NUMBER, "1", "x");
    ent_table_row(&table, 0);
    ent_table_number(&table, 0, 1.5, 1);
    assert_int_equal(ent_tables_write(&table, 1, ENT_FORMAT_JSON, sink, &ctx), expected);
    ent_table_free(&table);
    ent_context_free(&ctx);
    fclose(sink);
}

/* The caller's allocator does the work while a document is written, and is in place afterwards. */
static void test_json_allocator_stays_the_callers(void **state)
{
    json_malloc_t now_malloc;
    json_free_t now_free;
    (void)state;
    json_set_alloc_funcs(my_malloc, free);
    write_as_json(0);
    assert_true(n_mine > 3);
    json_get_alloc_funcs(&now_malloc, &now_free);
    assert_ptr_equal(now_malloc, my_malloc);
    assert_ptr_equal(now_free, free);
    json_set_alloc_funcs(no_malloc, free);
    write_as_json(ENT_ERR_NO_MEMORY);
    json_get_alloc_funcs(&now_malloc, &now_free);
    assert_ptr_equal(now_malloc, no_malloc);
    json_set_alloc_funcs(malloc, free);
}

/* Watches that overlap put the caller's functions back when the last one ends. */
static void test_json_watches_overlap(void **state)
{
    ent_context_t ctx;
    json_malloc_t now_malloc;
    json_free_t now_free;
    (void)state;
    ent_context_init(&ctx);
    json_set_alloc_funcs(my_malloc, free);
    ent_json_watch();
    ent_json_watch();
    json_decref(json_string("inner"));
    assert_int_equal(ent_json_check(&ctx, "inner"), 0);
    json_get_alloc_funcs(&now_malloc, &now_free);
    assert_ptr_not_equal(now_malloc, my_malloc);
    assert_int_equal(ent_json_check(&ctx, "outer"), 0);
    json_get_alloc_funcs(&now_malloc, &now_free);
    assert_ptr_equal(now_malloc, my_malloc);
    json_set_alloc_funcs(malloc, free);
    ent_context_free(&ctx);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_gsl_returns_its_errors),
        cmocka_unit_test(test_json_allocator_stays_the_callers),
        cmocka_unit_test(test_json_watches_overlap),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
