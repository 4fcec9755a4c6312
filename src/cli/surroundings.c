#include "cli/surroundings.h"

#include <fcntl.h>
#include <omp.h>
#include <stdio.h>
#include <unistd.h>

/* libgomp keeps what it knows of a team's threads on the stack: tens of thousands overflow it. */
enum { MOST_THREADS = 4096 };

static void hold_streams(void)
{
    for (int stream = STDIN_FILENO; stream <= STDERR_FILENO; stream++) {
        if (fcntl(stream, F_GETFD) < 0 && open("/dev/null", O_RDONLY) < 0) { /* the lowest that is free */
            return;
        }
    }
}

void ent_cli_settle(void)
{
    hold_streams();
    if (omp_get_max_threads() > MOST_THREADS) {
        fprintf(stderr, "entrepot: OMP_NUM_THREADS is %d, more than the %d that can be: %d are used\n",
                omp_get_max_threads(), MOST_THREADS, omp_get_num_procs());
        omp_set_num_threads(omp_get_num_procs());
    }
}
