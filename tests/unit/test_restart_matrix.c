/* Runs stopped and gone on with: a sample of the matrix of scenario kind, closure, threads and step. */
#include "ent_test.h"

#include "restart.h"

static void restarts_are_exact(void **state)
{
    (void)state;
    const int n = ent_restart_matrix(7);
    print_message("%d restarts compared\n", n);
    assert_true(n >= 15);
}

int main(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(restarts_are_exact)};
    return cmocka_run_group_tests_name("restart matrix", tests, NULL, NULL);
}
