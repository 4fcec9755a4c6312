/* What the fuzz targets share. Each fuzz_NAME.c has the one function that libFuzzer calls; replay.c calls it
 * on files, which is the test of the committed corpora and what AFL++ runs. */
#ifndef ENTREPOT_TESTS_FUZZ_FUZZ_H
#define ENTREPOT_TESTS_FUZZ_FUZZ_H

#include <entrepot/context.h>
#include <stddef.h>
#include <stdint.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

/* A file of this process that is written anew on every call, in memory where the machine can. */
const char *fuzz_path(const char *name);
void fuzz_write(const char *path, const uint8_t *data, size_t size);

/* Small sealed files the targets start from: tests/fuzz/data. */
const char *fuzz_data(const char *name);

/* Copy `from` without its seal to `to`, put numbers from the input into its numeric data sets and attributes,
 * and seal it: a file that HDF5 and the seal find whole, with contents that nobody has checked. Each 12 bytes
 * of input: data set or attribute, place (3), double (8). */
void fuzz_numbers(const char *from, const char *to, const uint8_t *data, size_t size);

/* Copy `from` without its seal to `to`, change bytes of it and seal it: each 4 bytes of input: place (3),
 * change (1). */
void fuzz_bytes(const char *from, const char *to, const uint8_t *data, size_t size);

/* Print the faults where nobody looks: the report itself must bear any input. */
void fuzz_report(ent_context_t *ctx);

#endif
