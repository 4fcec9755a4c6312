/* Shares of causes against their axioms. */
#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <stdint.h>
#include <cmocka.h>

#include "ent_test.h"
#include "numbers/shapley.h"

#include <math.h>

static void two_causes_share_their_interaction(void **state)
{
    /* alone 3 and 5, together 12: interaction 4, half each; 1 without both */
    const double value[] = {1.0, 4.0, 6.0, 13.0};
    double share[2];

    (void)state;
    ent_shapley(value, 2, share);
    assert_close(share[0], 5.0, 1e-15);
    assert_close(share[1], 7.0, 1e-15);
}

static void causes_that_add_get_what_they_add(void **state)
{
    const double adds[6] = {1.0, -2.0, 0.5, 4.0, 0.0, 8.0};
    double value[64], share[6];

    (void)state;
    for (int s = 0; s < 64; s++) {
        value[s] = 100.0;
        for (int i = 0; i < 6; i++) {
            value[s] += (s >> i & 1) != 0 ? adds[i] : 0.0;
        }
    }
    ent_shapley(value, 6, share);
    for (int i = 0; i < 6; i++) {
        assert_true(fabs(share[i] - adds[i]) < 1e-12);
    }
}

/* The mean over all 24 orders of what a cause adds when its turn comes; and the sum. */
static void shares_are_means_over_orders(void **state)
{
    double value[16], share[4], mean[4] = {0.0}, sum = 0.0;

    (void)state;
    for (int s = 0; s < 16; s++) {
        value[s] = sin(3.0 * s + 1.0) * (s + 1);
    }
    for (int code = 0; code < 256; code++) {
        const int order[4] = {code & 3, code >> 2 & 3, code >> 4 & 3, code >> 6};
        int acting = 0;

        if (((1 << order[0]) | (1 << order[1]) | (1 << order[2]) | (1 << order[3])) != 15) {
            continue;
        }
        for (int k = 0; k < 4; k++) {
            mean[order[k]] += (value[acting | 1 << order[k]] - value[acting]) / 24.0;
            acting |= 1 << order[k];
        }
    }
    ent_shapley(value, 4, share);
    for (int i = 0; i < 4; i++) {
        assert_close(share[i], mean[i], 1e-12);
        sum += share[i];
    }
    assert_close(sum, value[15] - value[0], 1e-13);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(two_causes_share_their_interaction),
        cmocka_unit_test(causes_that_add_get_what_they_add),
        cmocka_unit_test(shares_are_means_over_orders),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
