/* Runs stopped and gone on with: forged states, and a sample of the matrix of scenario kind, closure, threads
 * and step. */
#include "ent_test.h"

#include "restart.h"

static void restarts_are_exact(void **state)
{
    (void)state;
    const int n = ent_restart_matrix(7);
    print_message("%d restarts compared\n", n);
    assert_true(n >= 15);
}

static void forged_states_are_left_out(void **state)
{
    (void)state;
    ent_restart_forged();
}

int main(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(forged_states_are_left_out),
                                       cmocka_unit_test(restarts_are_exact)};
    return cmocka_run_group_tests_name("restart matrix", tests, NULL, NULL);
}
