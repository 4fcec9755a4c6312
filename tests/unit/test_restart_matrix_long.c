/* Runs stopped and gone on with: the whole matrix of scenario kind, closure, threads and step. */
#include "ent_test.h"

#include "restart.h"

static void restarts_are_exact(void **state)
{
    (void)state;
    const int n = ent_restart_matrix(1);
    print_message("%d restarts compared\n", n);
    assert_true(n >= 100);
}

int main(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(restarts_are_exact)};
    return cmocka_run_group_tests_name("restart matrix", tests, NULL, NULL);
}
