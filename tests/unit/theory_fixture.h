/* The 1993 data of Caliendo & Parro (2015) as ent_theory wants them, read from
 * tests/fixtures/cp2015/cp2015.h5. */
#ifndef ENTREPOT_TESTS_UNIT_THEORY_FIXTURE_H
#define ENTREPOT_TESTS_UNIT_THEORY_FIXTURE_H

#include <entrepot/theory.h>

#include <hdf5.h>
#include <stdlib.h>
#include <string.h>

typedef struct {
    int n_region, n_sector;
    char **region, **sector;
    double *flow, *tariff, *tariff_nafta, *input_coefficient, *value_added_share, *final_demand, *theta;
} theory_fixture_t;

/* Numbers of one data set; NULL when it cannot be read. */
static double *fixture_numbers(hid_t file, const char *name)
{
    const hid_t set = H5Dopen2(file, name, H5P_DEFAULT), space = H5Dget_space(set);
    const hssize_t n = H5Sget_simple_extent_npoints(space);
    double *values = n > 0 ? malloc((size_t)n * sizeof *values) : NULL;

    if (values != NULL && H5Dread(set, H5T_NATIVE_DOUBLE, H5S_ALL, H5S_ALL, H5P_DEFAULT, values) < 0) {
        free(values);
        values = NULL;
    }
    H5Sclose(space);
    H5Dclose(set);
    return values;
}

static char **fixture_names(hid_t file, const char *name, int *n)
{
    const hid_t set = H5Dopen2(file, name, H5P_DEFAULT), space = H5Dget_space(set), type = H5Tcopy(H5T_C_S1);
    char **names;

    *n = (int)H5Sget_simple_extent_npoints(space);
    names = calloc(*n > 0 ? (size_t)*n : 1, sizeof *names);
    H5Tset_size(type, H5T_VARIABLE);
    H5Tset_cset(type, H5T_CSET_UTF8);
    H5Dread(set, type, H5S_ALL, H5S_ALL, H5P_DEFAULT, names);
    H5Tclose(type);
    H5Sclose(space);
    H5Dclose(set);
    return names;
}

static void theory_fixture_free(theory_fixture_t *f)
{
    for (int i = 0; i < f->n_region; i++) {
        free(f->region[i]);
    }
    for (int i = 0; i < f->n_sector; i++) {
        free(f->sector[i]);
    }
    free(f->region);
    free(f->sector);
    free(f->flow);
    free(f->tariff);
    free(f->tariff_nafta);
    free(f->input_coefficient);
    free(f->value_added_share);
    free(f->final_demand);
    free(f->theta);
    memset(f, 0, sizeof *f);
}

/* 0 on success. */
static int theory_fixture_read(theory_fixture_t *f, const char *path)
{
    const hid_t file = H5Fopen(path, H5F_ACC_RDONLY, H5P_DEFAULT);

    memset(f, 0, sizeof *f);
    if (file < 0) {
        return -1;
    }
    f->region = fixture_names(file, "region", &f->n_region);
    f->sector = fixture_names(file, "sector", &f->n_sector);
    f->flow = fixture_numbers(file, "flow");
    f->tariff = fixture_numbers(file, "tariff");
    f->tariff_nafta = fixture_numbers(file, "tariff_nafta");
    f->input_coefficient = fixture_numbers(file, "input_coefficient");
    f->value_added_share = fixture_numbers(file, "value_added_share");
    f->final_demand = fixture_numbers(file, "final_demand");
    f->theta = fixture_numbers(file, "theta");
    H5Fclose(file);
    return f->theta == NULL || f->final_demand == NULL || f->flow == NULL ? -1 : 0;
}

static ent_theory_input_t theory_fixture_input(const theory_fixture_t *f)
{
    return (ent_theory_input_t){
        .n_region = f->n_region,
        .n_sector = f->n_sector,
        .region = (const char *const *)f->region,
        .sector = (const char *const *)f->sector,
        .flow = f->flow,
        .tariff = f->tariff,
        .input_coefficient = f->input_coefficient,
        .value_added_share = f->value_added_share,
        .final_demand = f->final_demand,
        .theta = f->theta,
    };
}

/* The paper's setting: final-demand shares as packaged, own trade may be zero, no aggregate deficits. */
static void theory_fixture_options(ent_theory_options_t *options)
{
    ent_theory_options_init(options);
    options->deficit = ENT_THEORY_DEFICIT_ZERO;
    options->allow_zero_own_trade = 1;
    options->balance_tolerance = 1e30; /* shares truncated at zero: the data are no equilibrium */
}

/* Index of a region by name. */
static int theory_fixture_region(const theory_fixture_t *f, const char *name)
{
    for (int i = 0; i < f->n_region; i++) {
        if (strcmp(f->region[i], name) == 0) {
            return i;
        }
    }
    return -1;
}

#endif
