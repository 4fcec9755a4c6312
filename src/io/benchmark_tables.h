/* The tables a benchmark is made of, described once: reading and writing its HDF5 file, reading and writing a
 * folder of CSV files all go by this list. */
#ifndef ENTREPOT_IO_BENCHMARK_TABLES_H
#define ENTREPOT_IO_BENCHMARK_TABLES_H

#include <entrepot/benchmark.h>

/* What a dimension of a table counts. */
typedef enum {
    ENT_AXIS_SECTOR,
    ENT_AXIS_ORIGIN,
    ENT_AXIS_DESTINATION,
    ENT_AXIS_REGION,
    ENT_AXIS_INPUT, /* the sector an input comes from */
    ENT_AXIS_SET,   /* set of elasticities */
    ENT_N_AXES
} ent_axis_t;

/* Name of an axis: the dimension of the HDF5 file and the column of a CSV file. */
extern const char *const ent_axis_names[ENT_N_AXES];

/* Labels along an axis and their number; the array is the benchmark's own. */
char **ent_axis_labels(const ent_benchmark_t *benchmark, ent_axis_t axis);
int ent_axis_length(const ent_benchmark_t *benchmark, ent_axis_t axis);

typedef enum {
    ENT_TABLE_FLOW,
    ENT_TABLE_TARIFF,
    ENT_TABLE_FREIGHT,
    ENT_TABLE_INPUT,
    ENT_TABLE_VALUE_ADDED,
    ENT_TABLE_FINAL_DEMAND,
    ENT_TABLE_WEDGE,
    ENT_TABLE_ELASTICITY,
    ENT_N_TABLES
} ent_benchmark_table_id_t;

enum { ENT_TABLE_MAX_RANK = 3 };

typedef struct {
    const char *name; /* of the HDF5 data set */
    const char *file; /* of the CSV file */
    int rank;
    ent_axis_t axis[ENT_TABLE_MAX_RANK];
    size_t place;     /* of its array in ent_benchmark_t */
    double low, high; /* bounds, both allowed */
    const char *rule;
    const char *units, *long_name;
} ent_benchmark_table_t;

extern const ent_benchmark_table_t ent_benchmark_tables[ENT_N_TABLES];

/* The array of a table in a benchmark. */
double **ent_benchmark_array(ent_benchmark_t *benchmark, const ent_benchmark_table_t *table);

/* Number of cells; the labels of cell `i`, such as "C29, KOR, USA". */
size_t ent_benchmark_cells(const ent_benchmark_t *benchmark, const ent_benchmark_table_t *table);
void ent_benchmark_name_cell(const ent_benchmark_t *benchmark, const ent_benchmark_table_t *table, size_t i,
                             char *text, size_t size);

/* Largest relative gap between supply and use that a benchmark may have. */
#define ENT_BENCHMARK_LARGEST_GAP 1e-6

/* Write a benchmark into a sealed HDF5 file that ent_benchmark_read reads again bit by bit. `title`, `source`
 * and `report` (of balancing) become attributes, NULL: none. The bytes depend on the values only.
 * ENT_ERR_CANT_CREATE when the file exists and `overwrite` is 0, ENT_ERR_IO, ENT_ERR_NO_MEMORY. */
typedef struct {
    const char *title, *source, *report;
    int year; /* 0: not told */
} ent_benchmark_words_t;
int ent_benchmark_write(const ent_benchmark_t *benchmark, const ent_benchmark_words_t *words,
                        const char *path, int overwrite, ent_context_t *ctx);

/* The words of a file that ent_benchmark_read took: new strings or NULL, freed with ent_benchmark_words_free.
 * ENT_ERR_DATA, ENT_ERR_NO_MEMORY. */
int ent_benchmark_read_words(ent_benchmark_words_t *words, const char *path, ent_context_t *ctx);
void ent_benchmark_words_free(ent_benchmark_words_t *words);

#endif
