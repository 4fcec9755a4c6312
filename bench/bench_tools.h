/* What the parts of entrepot_bench share: clocks, a world made in memory, the settings of the command line.
 */
#ifndef ENTREPOT_BENCH_BENCH_TOOLS_H
#define ENTREPOT_BENCH_BENCH_TOOLS_H

#include "engine/workspace.h"

#include "synthetic.h"

#include <stdio.h>

enum { MOST_SIZES = 16 };

typedef struct {
    long sizes[MOST_SIZES];
    int n_sizes;
    int n_regions, n_sectors;
    int n_steps;         /* timed steps of a run */
    int n_repeats;       /* runs; the fastest counts */
    int n_threads;       /* most threads of the scaling part */
    const char *kernel;  /* NULL: the fastest here */
    const char *python;  /* interpreter with numpy */
    const char *scripts; /* folder of peers_numpy.py */
    double memory;       /* bytes a size may need */
    const char *config;  /* NULL: a world made in memory; else its regions, sectors, frictions and measures */
} bench_options_t;

double bench_wall(void);        /* seconds, monotonic */
double bench_thread_time(void); /* seconds of processor time of this thread: other programs do not count */

/* A world of `n_slots` slots, every friction at the default of the parameter table, one sector in four
 * unstocked; markets of very different sizes; announced tariffs and beliefs that differ between importers. */
void bench_world_init(ent_synthetic_t *world, const bench_options_t *options, long n_slots);

/* What the machine does at its best: bytes per second of a triad over `n_threads`, exponentials per second of
 * one thread in cache. */
double bench_triad(int n_threads);
double bench_exponentials(void);

void bench_peers(const bench_options_t *options);

#endif
