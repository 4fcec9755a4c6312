/* Files of observations: what is read and written, what new months are checked for, sums and vintages. */
#include "ent_test.h"

#include "evidence/observations_add.h"
#include "numbers/observed.h"

#include <stdlib.h>
#include <string.h>

static ent_context_t ctx;
static char path[64];

static const char good[] =
    "vintage,flow,product,measure,unit,basis,source,2025-01,2025-02,2025-03\n"
    "2025-02,KOR-USA,total,imports,USD,\"consumption, customs\",Census,5000000,6000000,\n"
    "2025-02,KOR-USA,336,imports,USD,\"consumption, customs\",Census,2000000,2500000,\n"
    "2025-02,WLD-USA,total,imports,USD,\"consumption, customs\",Census,9000000,8000000,\n"
    "2025-03,KOR-USA,total,imports,USD,\"consumption, customs\",Census,,6100000,7000000\n";

static int setup(void **state)
{
    (void)state;
    ent_context_init(&ctx);
    snprintf(path, sizeof path, "/tmp/entrepot-test-XXXXXX");
    const int fd = mkstemp(path);
    assert_true(fd >= 0);
    close(fd);
    return 0;
}

static int teardown(void **state)
{
    (void)state;
    unlink(path);
    ent_context_free(&ctx);
    return 0;
}

static void write_text(const char *text)
{
    FILE *file = fopen(path, "w");

    assert_non_null(file);
    fputs(text, file);
    assert_int_equal(fclose(file), 0);
}

static int read_text(const char *text, ent_observations_t *observations)
{
    write_text(text);
    return ent_observations_read(observations, path, &ctx);
}

static int said(const char *words)
{
    int found = 0;

    for (size_t i = 0; i < ctx.n_faults; i++) {
        found |= ctx.faults[i].rule != NULL && strstr(ctx.faults[i].rule, words) != NULL;
    }
    return found;
}

enum { JANUARY = 12 * 2025, FEBRUARY, MARCH, APRIL, MAY };

static void a_later_vintage_stands_over_an_earlier_one(void **state)
{
    ent_observations_t o;
    int row;

    (void)state;
    assert_int_equal(read_text(good, &o), ENT_OK);
    row = ent_observations_find(&o, "KOR-USA", "total", "imports");
    assert_int_equal(row, 0);
    assert_close(ent_observations_value(&o, row, FEBRUARY, 0), 6.1e6, 0);
    assert_close(ent_observations_value(&o, row, FEBRUARY, FEBRUARY), 6e6, 0); /* as it stood */
    assert_close(ent_observations_value(&o, row, JANUARY, 0), 5e6, 0);
    assert_true(isnan(ent_observations_value(&o, row, MARCH, FEBRUARY)));
    assert_true(isnan(ent_observations_value(&o, row, APRIL, 0)));
    assert_int_equal(ent_observations_last(&o), MARCH);
    ent_observations_free(&o);
}

static void what_is_written_reads_the_same(void **state)
{
    ent_observations_t o;
    char *text = NULL;
    size_t size;
    FILE *stream = open_memstream(&text, &size);

    (void)state;
    assert_non_null(stream);
    assert_int_equal(read_text(good, &o), ENT_OK);
    assert_int_equal(ent_observations_write(&o, stream, &ctx), ENT_OK);
    assert_int_equal(fclose(stream), 0);
    assert_string_equal(text, good);
    free(text);
    ent_observations_free(&o);
}

static void every_fault_of_a_file_is_told(void **state)
{
    static const struct {
        const char *text, *words;
    } bad[] = {
        {"vintage,flow,product,measure,unit,basis,source,2025-01,2025-03\n2025-01,A-B,t,i,USD,b,s,1,2\n",
         "the column must be 2025-02"},
        {"vintage,flow,product,measure,unit,basis,source,2025-01,2025-01\n2025-01,A-B,t,i,USD,b,s,1,2\n",
         "the column must be 2025-02"},
        {"vintage,flow,product,measure,unit,basis,2025-01\n2025-01,A-B,t,i,USD,b,1\n", "needs this column"},
        {"vintage,flow,product,measure,unit,basis,source,2025-01\n2025-01,A-B,t,i,USD,b,s,-1\n", "0 or more"},
        {"vintage,flow,product,measure,unit,basis,source,2025-01\n2025-01,A-B,t,i,,b,s,1\n", "not be empty"},
        {"vintage,flow,product,measure,unit,basis,source,2025-01\nJanuary,A-B,t,i,USD,b,s,1\n",
         "must be a month"},
        {"vintage,flow,product,measure,unit,basis,source,2025-01\n2025-01,A-B,t,i,USD,b,s,1\n"
         "2025-02,A-B,t,i,million USD,b,s,1\n",
         "unit of the series"},
        {"vintage,flow,product,measure,unit,basis,source,2025-01\n2025-01,A-B,t,i,USD,b,s,1\n"
         "2025-02,A-B,t,i,USD,c,s,1\n",
         "basis of the series"},
        {"vintage,flow,product,measure,unit,basis,source,2025-01\n2025-02,A-B,t,i,USD,b,s,1\n"
         "2025-02,A-B,t,i,USD,b,s,2\n",
         "later than the vintage"},
        {"vintage,flow,product,measure,unit,basis,source,2025-01\n2025-01,A-B,t,i,USD,b,s\n", "has 7 cells"},
        {"", "is empty"},
        {"vintage,flow,product,measure,unit,basis,source,2025-01\n", "no series"},
    };

    (void)state;
    for (size_t i = 0; i < sizeof bad / sizeof *bad; i++) {
        ent_observations_t o;

        ent_context_clear(&ctx);
        assert_int_equal(read_text(bad[i].text, &o), ENT_ERR_DATA);
        if (!said(bad[i].words)) {
            print_error("case %zu does not say \"%s\"\n", i, bad[i].words);
            fail();
        }
        ent_observations_free(&o);
    }
}

static void sums_are_of_partners_and_products(void **state)
{
    ent_observations_t o;
    ent_combination_t *partner, *product;
    int n_partners, n_products;
    double value[3];

    (void)state;
    assert_int_equal(read_text(good, &o), ENT_OK);
    assert_int_equal(ent_combinations_parse(&partner, &n_partners, "KOR,others=rest", "WLD", "--p", &ctx),
                     ENT_OK);
    assert_int_equal(ent_combinations_parse(&product, &n_products, "total,not=total-336", "", "--p", &ctx),
                     ENT_OK);
    assert_int_equal(ent_observations_sum(&o, &partner[1], &product[0], "USA", "imports", 0, value, &ctx),
                     ENT_OK);
    assert_close(value[0], 4e6, 0);
    assert_true(isnan(value[2])); /* the world's March is not known */
    assert_int_equal(ent_observations_sum(&o, &partner[0], &product[1], "USA", "imports", 0, value, &ctx),
                     ENT_OK);
    assert_close(value[1], 3.6e6, 0);
    assert_int_equal(ent_observations_sum(&o, &partner[0], &product[0], "USA", "duty", 0, value, &ctx),
                     ENT_ERR_DATA);
    for (int i = 0; i < 2; i++) {
        ent_combination_free(&partner[i]);
        ent_combination_free(&product[i]);
    }
    free(partner);
    free(product);
    ent_observations_free(&o);
}

static void lists_that_are_none_are_refused(void **state)
{
    static const char *const bad[] = {"A,,B", "A,B=", "A=C+,B", "A,A", "=C"};

    (void)state;
    for (size_t i = 0; i < sizeof bad / sizeof *bad; i++) {
        ent_combination_t *list;
        int n;

        assert_int_equal(ent_combinations_parse(&list, &n, bad[i], "WLD", "--p", &ctx), ENT_ERR_USAGE);
        for (int k = 0; k < n; k++) {
            ent_combination_free(&list[k]);
        }
        free(list);
    }
}

/* ---- adding ---- */

static const char partners_text[] = "code,census_code\nKOR,5800\nWLD,-\n";

static int add_text(ent_observations_t *o, const char *text, int accept, ent_observations_added_t *added)
{
    ent_csv_whole_t partners, table;
    const ent_observations_add_options_t options = {.accept_outliers = accept, .partners = &partners};
    int code;

    assert_int_equal(read_text(good, o), ENT_OK);
    write_text(partners_text);
    assert_int_equal(ent_csv_whole_read(&partners, path, &ctx), ENT_OK);
    write_text(text);
    assert_int_equal(ent_csv_whole_read(&table, path, &ctx), ENT_OK);
    code = ent_observations_add(o, &table, &options, added, &ctx);
    ent_csv_whole_free(&table);
    ent_csv_whole_free(&partners);
    return code;
}

static void the_census_bureaus_answer_is_added_as_a_vintage(void **state)
{
    /* as the API answers, JSON and all; Chile (3370) is not among the partners */
    static const char text[] = "[[\"CTY_CODE\",\"NAICS\",\"CON_VAL_MO\",\"time\"],\n"
                               "[\"5800\",\"-\",\"7100000\",\"2025-03\"],\n"
                               "[\"5800\",\"-\",\"7300000\",\"2025-04\"],\n"
                               "[\"3370\",\"-\",\"900000\",\"2025-04\"],\n"
                               "[\"-\",\"-\",\"8000000\",\"2025-03\"]]\n";
    ent_observations_t o;
    ent_observations_added_t added;
    int row;

    (void)state;
    assert_int_equal(add_text(&o, text, 0, &added), ENT_OK);
    assert_int_equal(added.vintage, APRIL);
    assert_int_equal(added.n_new, 2);
    assert_int_equal(added.n_revised, 1);
    assert_int_equal(added.n_skipped, 1);
    assert_close(added.largest_revision, log(7.1 / 7.0), 1e-12);
    row = ent_observations_find(&o, "KOR-USA", "total", "imports");
    assert_close(ent_observations_value(&o, row, APRIL, 0), 7.3e6, 0);
    assert_close(ent_observations_value(&o, row, MARCH, 0), 7.1e6, 0);
    assert_close(ent_observations_value(&o, row, MARCH, MARCH), 7e6, 0); /* what was published before */
    ent_observations_free(&o);
}

static void new_months_that_are_wrong_are_refused(void **state)
{
#define PLAIN "month,flow,product,measure,value,unit,basis\n"
#define BASIS "USD,\"consumption, customs\"\n"
    static const struct {
        const char *text, *words;
    } bad[] = {
        {PLAIN "2025-05,KOR-USA,total,imports,7000000," BASIS, "month before it is missing"},
        {PLAIN "2025-04,KOR-USA,total,imports,7000000," BASIS "2025-04,KOR-USA,total,imports,7000000," BASIS,
         "given twice"},
        {PLAIN "2025-04,KOR-USA,total,imports,7000000,USD,general imports\n", "basis of the series"},
        {PLAIN "2025-04,KOR-USA,total,imports,7000,\"thousand USD\",\"consumption, customs\"\n",
         "unit of the series"},
        {PLAIN "2025-04,KOR-USA,total,imports,-7," BASIS, "0 or more"},
        {PLAIN "2025-04,KOR-USA,total,imports,7000," BASIS, "30 times"},
        {PLAIN "2025-04,KOR-USA,total,imports,0," BASIS, "30 times"},
        {PLAIN "2025-04,KOR-USA,total,imports,700000000," BASIS, "30 times"},
        {PLAIN "2025-03,KOR-USA,total,imports,7100000," BASIS, "vintage as late"},
        {PLAIN "2025-04,JPN-USA,total,imports,7100000," BASIS, "no value of a series"},
        {"CTY_CODE,NAICS,GEN_VAL_MO,time\n5800,-,7,2025-04\n", "another basis"},
        {"a,b\n1,2\n", "neither"},
    };

    (void)state;
    for (size_t i = 0; i < sizeof bad / sizeof *bad; i++) {
        ent_observations_t o;
        ent_observations_added_t added;

        ent_context_clear(&ctx);
        assert_true(add_text(&o, bad[i].text, 0, &added) != ENT_OK);
        assert_int_equal(o.n_rows, 4); /* as it was */
        if (!said(bad[i].words)) {
            print_error("case %zu does not say \"%s\"\n", i, bad[i].words);
            fail();
        }
        ent_observations_free(&o);
    }
}

static void an_outlier_that_is_vouched_for_is_taken(void **state)
{
    ent_observations_t o;
    ent_observations_added_t added;

    (void)state;
    assert_int_equal(add_text(&o, PLAIN "2025-04,KOR-USA,total,imports,7000," BASIS, 1, &added), ENT_OK);
    assert_int_equal(added.n_new, 1);
    ent_observations_free(&o);
}

int main(void)
{
#define T(name) cmocka_unit_test_setup_teardown(name, setup, teardown)
    const struct CMUnitTest tests[] = {
        T(a_later_vintage_stands_over_an_earlier_one),
        T(what_is_written_reads_the_same),
        T(every_fault_of_a_file_is_told),
        T(sums_are_of_partners_and_products),
        T(lists_that_are_none_are_refused),
        T(the_census_bureaus_answer_is_added_as_a_vintage),
        T(new_months_that_are_wrong_are_refused),
        T(an_outlier_that_is_vouched_for_is_taken),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
