/* Files of observations: what is read of them, and every rule a row can break. */
#include "ent_test.h"

#include "numbers/observed.h"

#include <stdlib.h>
#include <string.h>

static ent_context_t ctx;
static char path[64];
static char *regions[] = {"KOR", "USA", "EU-27"}, *sectors[] = {"cars", "goods"};
static const ent_config_t config = {.n_region = 3, .region = regions, .n_sector = 2, .sector = sectors};

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

static int read_text(const char *text, ent_observed_t *observed)
{
    FILE *file = fopen(path, "w");
    assert_non_null(file);
    fputs(text, file);
    assert_int_equal(fclose(file), 0);
    return ent_observed_read(observed, path, &config, &ctx);
}

static void rows_are_read_whatever_their_columns_order(void **state)
{
    ent_observed_t observed;
    const int june = 12 * 2025 + 5;

    (void)state;
    assert_int_equal(read_text("source,value,sector,month,flow,working_days\n"
                               "\"a, b\",1.5e3,total,2025-06,KOR-USA,20\n"
                               ",,total,2025-07,KOR-USA,\n"
                               ",2000,total,2025-05,KOR-USA,25\n"
                               ",7,cars,2025-06,WLD-EU-27,21\n"
                               ",8,goods,2025-06,EU-27-WLD,21\n",
                               &observed),
                     ENT_OK);
    assert_int_equal(observed.n_series, 3);
    assert_string_equal(observed.series[0].name, "KOR-USA");
    assert_int_equal(observed.series[0].sector, -1);
    assert_int_equal(observed.series[1].origin, -1);
    assert_int_equal(observed.series[1].destination, 2);
    assert_int_equal(observed.series[2].origin, 2);
    assert_int_equal(observed.series[2].destination, -1);
    assert_close(ent_observed_level(&observed, 0, june, 1, 0.0), 1500.0, 1e-15);
    assert_close(ent_observed_level(&observed, 0, june - 1, 2, 1.0), 3500.0 / 45.0, 1e-15);
    assert_close(ent_observed_ratio(&observed, 0, june, june - 1, 1, 1.0), (1500.0 / 20.0) / (2000.0 / 25.0),
                 1e-15);
    assert_true(isnan(ent_observed_level(&observed, 0, june + 1, 1, 0.0)));
    assert_true(isnan(ent_observed_level(&observed, 0, 0, 1, 0.0))); /* before the first month */
    assert_true(isnan(ent_observed_level(&observed, 0, 12 * 2060, 1, 0.0)));
    ent_observed_free(&observed);
}

static void months_are_parsed_and_printed(void **state)
{
    static const char *const bad[] = {"", "2025", "2025-13", "2025-00", "25-06-1", "2025-6", "2025-06-01"};
    char text[16];

    (void)state;
    assert_int_equal(ent_month_parse("2025-06"), 12 * 2025 + 5);
    ent_month_format(12 * 2025 + 5, text);
    assert_string_equal(text, "2025-06");
    for (size_t i = 0; i < sizeof bad / sizeof bad[0]; i++) {
        assert_int_equal(ent_month_parse(bad[i]), -1);
    }
}

static void broken_rows_are_told(void **state)
{
#define HEAD "month,flow,sector,value\n"
    static const struct {
        const char *text, *words;
        int line;
    } cases[] = {
        {"", "holds no observation", 0},
        {HEAD, "holds no observation", 0},
        {"month,flow,sector\n2025-06,KOR-USA,total\n", "needs this column", 1},
        {HEAD "2025-6,KOR-USA,total,1\n", "a month from 1990 to 2049", 2},
        {HEAD "1989-12,KOR-USA,total,1\n", "a month from 1990 to 2049", 2},
        {HEAD "2050-01,KOR-USA,total,1\n", "a month from 1990 to 2049", 2},
        {HEAD "2025-06,KOR-USA,total,1\n2025-06,KOR,total,1\n", "ORIGIN-DESTINATION", 3},
        {HEAD "2025-06,KOR-KOR,total,1\n", "ORIGIN-DESTINATION", 2},
        {HEAD "2025-06,WLD-WLD,total,1\n", "ORIGIN-DESTINATION", 2},
        {HEAD "2025-06,WLD-JPN,total,1\n", "ORIGIN-DESTINATION", 2},
        {HEAD "2025-06,KOR-USA,car,1\n", "a sector of the config, or total", 2},
        {HEAD "2025-06,KOR-USA,total,-1\n", "must be a positive number", 2},
        {HEAD "2025-06,KOR-USA,total,0\n", "must be a positive number", 2},
        {HEAD "2025-06,KOR-USA,total,many\n", "must be a positive number", 2},
        {HEAD "2025-06,KOR-USA,total,nan\n", "must be a positive number", 2},
        {HEAD "2025-06,KOR-USA,total,1e999\n", "must be a positive number", 2},
        {HEAD "2025-06,KOR-USA,total,0x10\n", "must be a positive number", 2},
        {HEAD "2025-06,KOR-USA,total,1\n2025-06,KOR-USA,total,1\n", "is given twice", 3},
        {HEAD "2025-06\n", "ORIGIN-DESTINATION", 2},
        {HEAD "2025-06,\"KOR\"-USA,total,1\n", "", 0},
        {HEAD "2025-06,KOR-USA,total,\"1\n", "", 0},
    };

    (void)state;
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        ent_observed_t observed;
        const int code = read_text(cases[i].text, &observed);

        if (code != ENT_ERR_DATA || ctx.n_faults == 0 || strstr(ctx.faults[0].rule, cases[i].words) == NULL ||
            (cases[i].line > 0 && ctx.faults[0].line != cases[i].line)) {
            ent_context_print(&ctx, stderr);
            fail_msg("%s: code %d, not told: %s", cases[i].text, code, cases[i].words);
        }
        ent_observed_free(&observed);
        ent_context_clear(&ctx);
    }
    ent_observed_t observed;
    assert_int_equal(ent_observed_read(&observed, "/nowhere.csv", &config, &ctx), ENT_ERR_NO_INPUT);
    ent_observed_free(&observed);
}

/* All faults of a file at once, each with its line; cells beyond those a row can have are left. */
static void all_faults_of_a_file_are_told(void **state)
{
    char text[4096] = HEAD "2025-06,KOR-USA,total,1";
    ent_observed_t observed;

    (void)state;
    assert_int_equal(read_text(HEAD "x,KOR-USA,car,-1\n2025-06,KOR-USB,total,1\n", &observed), ENT_ERR_DATA);
    assert_int_equal(ctx.n_faults, 4);
    assert_int_equal(ctx.faults[3].line, 3);
    assert_string_equal(ctx.faults[1].nearest, "cars");
    ent_observed_free(&observed);
    ent_context_clear(&ctx);
    for (int i = 0; i < 100; i++) {
        strcat(text, ",more");
    }
    strcat(text, "\n");
    assert_int_equal(read_text(text, &observed), ENT_OK);
    assert_int_equal(observed.n_series, 1);
    ent_observed_free(&observed);
}

int main(void)
{
#define CASE(name) cmocka_unit_test_setup_teardown(name, setup, teardown)
    const struct CMUnitTest tests[] = {
        CASE(rows_are_read_whatever_their_columns_order),
        CASE(months_are_parsed_and_printed),
        CASE(broken_rows_are_told),
        CASE(all_faults_of_a_file_are_told),
    };
    return cmocka_run_group_tests_name("observed", tests, NULL, NULL);
}
