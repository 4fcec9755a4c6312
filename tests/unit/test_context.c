/* Faults: what is kept, what is counted, how they read; nearest names; exit codes. */
#include "ent_test.h"

#include <entrepot/context.h>

#include <stdlib.h>
#include <string.h>

static int setup(void **state)
{
    ent_context_t *ctx = malloc(sizeof *ctx);
    ent_context_init(ctx);
    *state = ctx;
    return ctx == NULL;
}

static int teardown(void **state)
{
    ent_context_free(*state);
    free(*state);
    return 0;
}

/* What ent_context_print writes; the caller frees. */
static char *printed(const ent_context_t *ctx)
{
    char *text = NULL;
    size_t size = 0;
    FILE *stream = open_memstream(&text, &size);
    ent_context_print(ctx, stream);
    fclose(stream);
    return text;
}

static void first_code_is_kept(void **state)
{
    ent_context_t *ctx = *state;
    assert_int_equal(ctx->code, ENT_OK);
    assert_int_equal(ent_fail(ctx, ENT_ERR_DATA, "file", "one"), ENT_ERR_DATA);
    assert_int_equal(ent_fail(ctx, ENT_ERR_CONFIG, "file", "two"), ENT_ERR_CONFIG);
    assert_int_equal(ctx->code, ENT_ERR_DATA);
    assert_int_equal(ctx->n_faults, 2);
}

static void fault_reads_with_place_value_rule_and_nearest(void **state)
{
    ent_context_t *ctx = *state;
    (void)ent_fault(ctx, ENT_ERR_CONFIG, "a.yaml", 3, 7, "measures[0].rate", "15%", "rates", "write %g",
                    0.15);
    char *text = printed(ctx);
    assert_non_null(strstr(text, "a.yaml:3:7: measures[0].rate: 15%"));
    assert_non_null(strstr(text, "write 0.15"));
    assert_non_null(strstr(text, "rates"));
    free(text);
}

static void strings_may_be_missing(void **state)
{
    ent_context_t *ctx = *state;
    (void)ent_fault(ctx, ENT_ERR_DATA, NULL, 0, 0, NULL, NULL, NULL, NULL);
    char *text = printed(ctx);
    assert_non_null(strstr(text, "data"));
    free(text);
}

static void long_and_wild_values_stay_one_line(void **state)
{
    ent_context_t *ctx = *state;
    char value[1000];
    memset(value, 'x', sizeof value - 1);
    value[sizeof value - 1] = '\0';
    value[5] = '\n';
    value[6] = '\033';
    (void)ent_fault(ctx, ENT_ERR_CONFIG, "f", 1, 1, "k", value, NULL, "rule");
    assert_true(strlen(ctx->faults[0].value) < 300);
    assert_null(strpbrk(ctx->faults[0].value, "\n\033"));
}

static void cut_values_end_at_a_whole_character(void **state)
{
    ent_context_t *ctx = *state;
    char value[402] = "x";
    for (size_t i = 1; i + 1 < sizeof value; i += 2) {
        memcpy(value + i, "\xC3\xA9", 2);
    }
    value[401] = '\0';
    (void)ent_fault(ctx, ENT_ERR_CONFIG, "f", 1, 1, "k", value, NULL, "rule");
    size_t kept = strlen(ctx->faults[0].value) - strlen("...");
    assert_int_equal((unsigned char)ctx->faults[0].value[kept - 1], 0xA9);
}

static void thousands_of_faults_are_counted(void **state)
{
    ent_context_t *ctx = *state;
    for (int i = 0; i < 5000; i++) {
        (void)ent_fail(ctx, ENT_ERR_DATA, "file", "fault %d", i);
    }
    assert_int_equal(ctx->n_faults + ctx->dropped, 5000);
    assert_true(ctx->n_faults < 1000);
    char *text = printed(ctx);
    assert_non_null(strstr(text, "more"));
    free(text);
}

static void clear_forgets_and_free_may_come_twice(void **state)
{
    ent_context_t *ctx = *state;
    (void)ent_fail(ctx, ENT_ERR_DATA, "file", "one");
    ent_context_clear(ctx);
    assert_int_equal(ctx->n_faults, 0);
    assert_int_equal(ctx->code, ENT_OK);
    ent_context_free(ctx);
    ent_context_free(ctx);
}

static void nearest_name_is_found(void **state)
{
    static const char *const names[] = {"renewal_rate", "candidates", "KOR", "JPN", NULL, "", "C22", "C29"};
    (void)state;
    assert_string_equal(ent_nearest("candidats", names, 8), "candidates");
    assert_string_equal(ent_nearest("renewl_rat", names, 8), "renewal_rate");
    assert_string_equal(ent_nearest("kor", names, 8), "KOR");
    assert_string_equal(ent_nearest("KRO", names, 8), "KOR"); /* neighbours swapped: one edit */
    assert_string_equal(ent_nearest("C92", names, 8), "C29"); /* rather than C22 */
    assert_null(ent_nearest("ZZZ", names, 8));
    assert_null(ent_nearest("", names, 8));
    assert_null(ent_nearest("KOR", names, 0));
    char longer[300];
    memset(longer, 'a', sizeof longer - 1);
    longer[sizeof longer - 1] = '\0';
    assert_null(ent_nearest(longer, names, 8));
}

static void exit_codes_are_those_of_sysexits(void **state)
{
    static const int pairs[][2] = {
        {ENT_OK, 0},           {ENT_ERR_USAGE, 64},     {ENT_ERR_DATA, 65},        {ENT_ERR_NO_INPUT, 66},
        {ENT_ERR_BUG, 70},     {ENT_ERR_NO_MEMORY, 71}, {ENT_ERR_CANT_CREATE, 73}, {ENT_ERR_IO, 74},
        {ENT_ERR_STOPPED, 75}, {ENT_ERR_CONFIG, 78},    {ENT_ERR_PARTIAL, 1},      {12345, 70}};
    (void)state;
    for (size_t i = 0; i < sizeof pairs / sizeof *pairs; i++) {
        assert_int_equal(ent_exit_code(pairs[i][0]), pairs[i][1]);
        assert_non_null(ent_error_name(pairs[i][0]));
    }
}

#define CASE(f) cmocka_unit_test_setup_teardown(f, setup, teardown)

int main(void)
{
    const struct CMUnitTest tests[] = {
        CASE(first_code_is_kept),
        CASE(fault_reads_with_place_value_rule_and_nearest),
        CASE(strings_may_be_missing),
        CASE(long_and_wild_values_stay_one_line),
        CASE(cut_values_end_at_a_whole_character),
        CASE(thousands_of_faults_are_counted),
        CASE(clear_forgets_and_free_may_come_twice),
        CASE(nearest_name_is_found),
        CASE(exit_codes_are_those_of_sysexits),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
