/* A benchmark as a folder of CSV files: a manifest that says what is in them, labels, and a file for each
 * table of io/benchmark_tables.h, long (a row for each cell) or wide (a column for each label of one axis).
 */
#ifndef ENTREPOT_IO_BENCHMARK_FOLDER_H
#define ENTREPOT_IO_BENCHMARK_FOLDER_H

#include "economy/balance.h"
#include "io/benchmark_tables.h"

/* How the numbers of a table are meant. */
typedef enum {
    ENT_FORM_NONE,    /* no file: zeros, or made of the other tables */
    ENT_FORM_PLAIN,   /* as the benchmark holds them; amounts in the manifest's unit */
    ENT_FORM_AMOUNTS, /* amounts where the benchmark holds shares of output */
    ENT_FORM_PERCENT,
    ENT_FORM_SIGMA /* elasticity of substitution: theta + 1 */
} ent_table_form_t;

/* What manifest.csv says (columns key, value). */
typedef struct {
    ent_benchmark_words_t words; /* title, source, year, report; strings owned */
    char *unit;                  /* as written, such as "million USD" */
    double scale;                /* million USD in one unit */
    ent_table_form_t form[ENT_N_TABLES];
    int unbalanced;   /* 1: "balanced,no": for the static theory, which repairs it */
    int missing_zero; /* 1: "missing_cells,zero" */
} ent_manifest_t;

/* Read FOLDER/manifest.csv; every fault is recorded. ENT_ERR_NO_INPUT, ENT_ERR_DATA, ENT_ERR_NO_MEMORY. Free
 * with ent_manifest_free, also after failure. */
int ent_manifest_read(ent_manifest_t *manifest, const char *folder, ent_context_t *ctx);
void ent_manifest_free(ent_manifest_t *manifest);
/* The manifest of an export: every table as the benchmark holds it. */
int ent_manifest_write(const ent_benchmark_t *benchmark, const ent_benchmark_words_t *words, FILE *stream);

/* What a manifest calls a table, such as "final_demand". */
const char *ent_manifest_table(ent_benchmark_table_id_t table);

/* Labels and tables of a folder into arrays of a benchmark, in the forms they are in: percentages, amounts
 * and sigmas are not converted yet. Cells nobody listed are faults, or zero as the manifest says. All faults
 * of all files are recorded, with file, line, value, rule and nearest label. */
int ent_folder_read(ent_benchmark_t *benchmark, const ent_manifest_t *manifest, const char *folder,
                    ent_context_t *ctx);

/* Observed bilateral flows of a year from a CSV file with the columns origin, destination and value, and
 * perhaps sector (a code, or all), year and unit. Rows of other years are left out; a file without rows of
 * the year is a fault that names those it has. `unit` such as "million USD" with `usd_per_unit` of its
 * currency. *flows is freed by the caller. All faults are recorded. */
int ent_observed_flows_read(ent_observed_flow_t **flows, size_t *n, const char *path, int year,
                            const char *unit, double usd_per_unit, const ent_benchmark_t *benchmark,
                            ent_context_t *ctx);

/* Million USD in one unit ("USD", "thousand USD", "million EUR", ...), 0 when the text is no unit. The
 * currency's three letters go into `currency`. */
double ent_unit_scale(const char *unit, double usd_per_unit, char currency[4]);

/* Import FOLDER: read, convert, fill in what is derived, check, and with `balance` not NULL balance. Without
 * it a table that does not balance is refused with its cells. ENT_ERR_NO_INPUT, ENT_ERR_DATA,
 * ENT_ERR_NO_MEMORY. `words` receives what the file's attributes say, freed with ent_benchmark_words_free. */
int ent_benchmark_import(ent_benchmark_t *benchmark, ent_benchmark_words_t *words, const char *folder,
                         ent_balance_t *balance, ent_context_t *ctx);

/* Write a benchmark as FOLDER, which must not exist: numbers with all digits, so that its import gives the
 * same bits. ENT_ERR_CANT_CREATE, ENT_ERR_IO, ENT_ERR_NO_MEMORY. */
int ent_benchmark_export(const ent_benchmark_t *benchmark, const ent_benchmark_words_t *words,
                         const char *folder, ent_context_t *ctx);

#endif
