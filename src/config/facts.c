/* Facts of economies that no benchmark holds: who is at work where. */
#include "base/memory.h"
#include "config/internal.h"
#include "io/csv_table.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

static const char workers_file[] = "facts/workers.csv";
static const double most_workers = 1e7; /* thousand: more than live */

enum { ECONOMY, YEAR, WORKERS };
static const ent_csv_column_t columns[] = {
    {"economy", 1}, {"year", 1}, {"workers_thousand", 1}, {"source", 0}, {NULL, 0}};

static int take_economy(void *data, const ent_csv_named_t *row)
{
    ent_benchmark_t *fine = data;
    double year, workers;
    int code = ent_csv_number(row, YEAR, 1900.0, 2100.0, NAN, "a year", &year);
    if (code == ENT_OK) {
        code =
            ent_csv_number(row, WORKERS, 0.0, most_workers, NAN, "thousand people, not negative", &workers);
    }
    for (int r = 0; code == ENT_OK && r < fine->n_region; r++) {
        if (strcmp(fine->region[r], row->cell[ECONOMY]) == 0) {
            fine->workers[r] = workers;
        }
    }
    return code;
}

void ent_config_read_workers(ent_config_reader_t *reader, ent_benchmark_t *fine)
{
    char *tried = NULL, *path = ent_locate_data(workers_file, reader->config->path, &tried, reader->ctx);
    free(tried);
    if (path == NULL || fine->n_region == 0) {
        free(path);
        return;
    }
    fine->workers = ent_calloc(reader->ctx, (size_t)fine->n_region, sizeof *fine->workers);
    for (int r = 0; fine->workers != NULL && r < fine->n_region; r++) {
        fine->workers[r] = NAN;
    }
    if (fine->workers != NULL) {
        const ent_csv_source_t source = {.path = path};
        (void)ent_csv_read_named(&source, columns, take_economy, fine, reader->ctx);
    }
    free(path);
}
