#include "compare/aftermath.h"

#include "base/memory.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>

static const double same_rate = 1e-6; /* ad valorem; rates are recorded in single precision */

static const struct {
    const char *name, *unit;
    ent_field_id_t field;
} quantities[] = {
    {"exporters", "firms", ENT_FIELD_exporters},
    {"exports", "million USD a year", ENT_FIELD_exports},
    {"jobs", "jobs", ENT_FIELD_jobs},
};
enum { N_QUANTITIES = sizeof quantities / sizeof quantities[0], MOST_MARKS = 16 };

static size_t size_of(const ent_results_file_t *file, ent_field_id_t field)
{
    return ent_field_size(field, file->n_region, file->n_sector, file->n_flow);
}

/* Two blocks of a field, and a row of numbers per replication for each mark and side. */
typedef struct {
    float *block[2];
    double *value; /* [MOST_MARKS][3][n_replication]: without, with, difference */
    double *scratch;
} work_t;

static int work_init(work_t *work, const ent_results_file_t *file, ent_context_t *ctx)
{
    size_t largest = size_of(file, ENT_FIELD_tariff_rate);
    for (int q = 0; q < N_QUANTITIES; q++) {
        const size_t n = size_of(file, quantities[q].field);
        largest = n > largest ? n : largest;
    }
    const size_t floats = largest * (size_t)file->n_time, n = (size_t)file->n_replication;
    *work = (work_t){{ent_calloc(ctx, floats, sizeof(float)), ent_calloc(ctx, floats, sizeof(float))},
                     ent_calloc(ctx, 3 * MOST_MARKS * n, sizeof(double)),
                     ent_calloc(ctx, n, sizeof(double))};
    return work->block[0] && work->block[1] && work->value && work->scratch ? 0 : ENT_ERR_NO_MEMORY;
}

static void work_free(work_t *work)
{
    free(work->block[0]);
    free(work->block[1]);
    free(work->value);
    free(work->scratch);
}

static int read_both(const ent_comparison_t *c, ent_field_id_t field, int r, work_t *work, ent_context_t *ctx)
{
    const int rc = ent_results_file_read(c->file, field, c->base, r, work->block[0], ctx);
    return rc != 0 ? rc : ent_results_file_read(c->file, field, c->against, r, work->block[1], ctx);
}

static int leaves_home(const ent_results_file_t *file, int flow)
{
    return file->flow_origin[flow] == file->home && file->flow_destination[flow] != file->home;
}

/* Whether some export of home pays another duty in a step. */
static int differ(const ent_results_file_t *file, const work_t *work, int step)
{
    for (int i = 0; i < file->n_sector * file->n_flow; i++) {
        const size_t at = (size_t)step * size_of(file, ENT_FIELD_tariff_rate) + (size_t)i;
        if (leaves_home(file, i % file->n_flow) &&
            fabs((double)work->block[0][at] - (double)work->block[1][at]) > same_rate) {
            return 1;
        }
    }
    return 0;
}

int ent_aftermath_begin(const ent_comparison_t *comparison, int *step, ent_context_t *ctx)
{
    const ent_results_file_t *file = comparison->file;
    work_t work;
    int last = -1;
    int rc = work_init(&work, file, ctx);
    *step = -1;
    /* a difference that lasts to the end is found in the first replication, and ends the search */
    for (int r = 0; rc == 0 && r < file->n_replication && last < file->n_time - 1; r++) {
        if (!file->whole[r]) {
            continue;
        }
        rc = read_both(comparison, ENT_FIELD_tariff_rate, r, &work, ctx);
        for (int t = file->n_time - 1; rc == 0 && t > last; t--) {
            last = differ(file, &work, t) ? t : last;
        }
    }
    if (rc == 0 && last >= 0 && last < file->n_time - 1) {
        *step = last + 1;
    }
    work_free(&work);
    return rc;
}

/* The steps shown: the last of the difference, a year on and every second year from then, the end. */
static int choose_marks(const ent_results_file_t *file, int begin, int *mark)
{
    const int year = file->steps_per_year, end = file->n_time - 1;
    int n = 0;
    mark[n++] = begin - 1;
    for (int t = begin - 1 + year; t < end && n < MOST_MARKS - 1; t += 2 * year) {
        mark[n++] = t;
    }
    mark[n++] = end;
    return n;
}

/* Home's total in a step; flows at a year's pace. */
static double total(const ent_results_file_t *file, ent_field_id_t field, const float *block, int step)
{
    const ent_shape_t shape = ent_field_table()[field].shape;
    const float *row = block + (size_t)step * size_of(file, field);
    double sum = 0.0;
    if (shape == ENT_SHAPE_FLOW) {
        for (int i = 0; i < file->n_sector * file->n_flow; i++) {
            sum += leaves_home(file, i % file->n_flow) ? (double)row[i] : 0.0;
        }
        return sum * file->steps_per_year;
    }
    const int first = shape == ENT_SHAPE_CLASS ? 0 : file->home * file->n_sector;
    const int n = shape == ENT_SHAPE_CLASS ? ENT_N_CLASSES * file->n_sector : file->n_sector;
    for (int i = first; i < first + n; i++) {
        sum += (double)row[i];
    }
    return sum;
}

static double *values(const ent_results_file_t *file, const work_t *work, int mark, int what)
{
    return work->value + (size_t)(3 * mark + what) * (size_t)file->n_replication;
}

static int read_quantity(const ent_comparison_t *c, int q, const int *mark, int n_marks, work_t *work,
                         ent_context_t *ctx)
{
    const ent_results_file_t *file = c->file;
    for (int r = 0; r < file->n_replication; r++) {
        const int rc = file->whole[r] ? read_both(c, quantities[q].field, r, work, ctx) : 0;
        if (rc != 0) {
            return rc;
        }
        for (int k = 0; k < n_marks; k++) {
            for (int side = 0; side < 2; side++) {
                values(file, work, k, side)[r] =
                    file->whole[r] ? total(file, quantities[q].field, work->block[side], mark[k]) : NAN;
            }
            values(file, work, k, 2)[r] = values(file, work, k, 1)[r] - values(file, work, k, 0)[r];
        }
    }
    return 0;
}

static void put_row(const ent_comparison_t *c, int q, int step, int mark, const work_t *work, int index,
                    ent_table_t *table)
{
    const ent_results_file_t *file = c->file;
    ent_comparison_row_t row = {0};
    ent_estimate_t *const estimate[] = {&row.without, &row.with, &row.difference};
    char day[16];
    for (int i = 0; i < 3; i++) {
        ent_estimate(values(file, work, index, i), file->world, file->chance, file->n_replication,
                     c->options.level, work->scratch, estimate[i]);
    }
    ent_day_format(file->end[mark] - 1, day);
    ent_table_row(table, index == 0 && table->n_rows > 0);
    ent_table_text(table, 0, quantities[q].name);
    ent_table_text(table, 1, quantities[q].unit);
    ent_table_text(table, 2, day);
    ent_table_number(table, 3, (double)(mark - step + 1) / file->steps_per_year, 2);
    ent_comparison_numbers(&row, table, 4);
}

int ent_aftermath_table(const ent_comparison_t *comparison, int step, ent_table_t *table, ent_context_t *ctx)
{
    const ent_results_file_t *file = comparison->file;
    int mark[MOST_MARKS];
    const int n_marks = choose_marks(file, step, mark);
    work_t work;
    ent_table_init(table, "aftermath", "What is left once duties are the same: %s against %s",
                   file->scenario[comparison->against], file->scenario[comparison->base]);
    ent_table_column(table, "quantity", ENT_COLUMN_TEXT, "", "quantity");
    ent_table_column(table, "unit", ENT_COLUMN_TEXT, "", "unit");
    ent_table_column(table, "day", ENT_COLUMN_TEXT, "", "day");
    ent_table_column(table, "years", ENT_COLUMN_NUMBER, "years", "after");
    ent_comparison_columns(comparison, table, "", "fall");
    int rc = work_init(&work, file, ctx);
    for (int q = 0; rc == 0 && q < N_QUANTITIES; q++) {
        if (!ent_results_file_has(file, quantities[q].field)) {
            continue;
        }
        rc = read_quantity(comparison, q, mark, n_marks, &work, ctx);
        for (int k = 0; rc == 0 && k < n_marks && isfinite(values(file, &work, 0, 0)[0]); k++) {
            put_row(comparison, q, step, mark[k], &work, k, table);
        }
    }
    work_free(&work);
    ent_table_note(
        table,
        "%s's exporters, exports (all recorded destinations) and jobs in single steps: the last in which "
        "its exports pay different duties, and later. A difference that is still there is hysteresis.",
        file->region[file->home]);
    return rc;
}
