/* The parameter table: sound entries, every field of the structs reached, reading and writing. */
#include "ent_test.h"

#include <entrepot/parameters.h>

#include <string.h>

static void entries_are_sound(void **state)
{
    size_t n;
    const ent_parameter_t *table = ent_parameter_table(&n);
    (void)state;
    assert_true(n > 20);
    for (size_t i = 0; i < n; i++) {
        const ent_parameter_t *p = &table[i];
        assert_true(p->low < p->high);
        assert_true(p->default_value >= p->low && p->default_value <= p->high);
        assert_true(strlen(p->unit) > 0 && strlen(p->source) > 0 && strlen(p->description) > 0);
        if (p->integer) {
            assert_close(p->default_value, floor(p->default_value), 0.0);
        }
        assert_ptr_equal(ent_parameter_find(p->name), p);
    }
    assert_null(ent_parameter_find("no_such_parameter"));
}

static void every_field_has_one_entry(void **state)
{
    size_t n, n_sector = 0, n_global = 0;
    const ent_parameter_t *table = ent_parameter_table(&n);
    (void)state;
    for (size_t i = 0; i < n; i++) {
        *(table[i].scope == ENT_SCOPE_SECTOR ? &n_sector : &n_global) += 1;
        for (size_t k = 0; k < i; k++) {
            assert_string_not_equal(table[i].name, table[k].name);
        }
    }
    assert_int_equal(n_sector * sizeof(double), sizeof(ent_sector_parameters_t));
    assert_int_equal(n_global * sizeof(double), sizeof(ent_global_parameters_t));
}

static void defaults_fill_the_structs(void **state)
{
    ent_sector_parameters_t sector;
    ent_global_parameters_t global;
    (void)state;
    memset(&sector, 0xFF, sizeof sector);
    memset(&global, 0xFF, sizeof global);
    ent_sector_parameters_default(&sector);
    ent_global_parameters_default(&global);
    assert_close(sector.trade_elasticity, ent_parameter_find("trade_elasticity")->default_value, 0.0);
    assert_close(global.candidates, ent_parameter_find("candidates")->default_value, 0.0);
    size_t n;
    const ent_parameter_t *table = ent_parameter_table(&n);
    for (size_t i = 0; i < n; i++) {
        const void *base = table[i].scope == ENT_SCOPE_SECTOR ? (const void *)&sector : (const void *)&global;
        assert_close(ent_parameter_get(&table[i], base), table[i].default_value, 0.0);
    }
}

static void one_value_is_written_and_the_others_left(void **state)
{
    ent_sector_parameters_t sector, before;
    (void)state;
    ent_sector_parameters_default(&sector);
    before = sector;
    ent_parameter_set(ent_parameter_find("renewal_rate"), &sector, 0.125);
    assert_close(sector.renewal_rate, 0.125, 0.0);
    sector.renewal_rate = before.renewal_rate;
    assert_memory_equal(&sector, &before, sizeof sector);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(entries_are_sound),
        cmocka_unit_test(every_field_has_one_entry),
        cmocka_unit_test(defaults_fill_the_structs),
        cmocka_unit_test(one_value_is_written_and_the_others_left),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
