/* entrepot-mpi: a study's points over the ranks of one allocation. Every rank plays a shard of its own and
 * writes its own parts; a rank that dies takes nothing with it but the part under way, and the same command
 * goes on, on any number of ranks. */
#include "study/study.h"

#include <hdf5.h>
#include <mpi.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* A handler can reach nothing but a global. */
static volatile int stop_asked;

static void ask_stop(int signal_number)
{
    (void)signal_number;
    stop_asked = 1;
}

static int usage(int rank)
{
    if (rank == 0) {
        fprintf(
            stderr,
            "Usage: mpirun -n RANKS entrepot-mpi FOLDER [THREADS [PART_SECONDS]]\n"
            "Play what is not there yet of the study planned in FOLDER (entrepot study plan), a shard on "
            "each "
            "rank.\nTHREADS of each rank, default 1; PART_SECONDS of work a kill may cost, default 20.\n");
    }
    return ent_exit_code(ENT_ERR_USAGE);
}

static int play(const char *folder, int threads, double part_seconds, int rank, int n_ranks)
{
    ent_context_t ctx;
    ent_plan_file_t plan;
    ent_context_init(&ctx);
    const ent_shard_options_t options = {.shard = rank + 1,
                                         .n_shards = n_ranks,
                                         .n_threads = threads,
                                         .part_seconds = part_seconds,
                                         .stop = &stop_asked};
    int code = ent_plan_open(&plan, folder, &ctx);
    if (code == 0) {
        code = ent_shard_run(&plan, &options, &ctx);
        ent_plan_close(&plan);
    }
    if (code != 0) {
        fprintf(stderr, "rank %d:\n", rank);
        ent_context_print(&ctx, stderr);
    }
    ent_context_free(&ctx);
    return code == 0 ? 0 : ent_exit_code(code);
}

int main(int argc, char **argv)
{
    int rank = 0, n_ranks = 1, worst = 0;
    H5dont_atexit();
    if (MPI_Init(&argc, &argv) != MPI_SUCCESS) {
        fprintf(stderr, "entrepot-mpi: MPI could not be started\n");
        return ent_exit_code(ENT_ERR_BUG);
    }
    MPI_Comm_rank(MPI_COMM_WORLD, &rank);
    MPI_Comm_size(MPI_COMM_WORLD, &n_ranks);
    const int threads = argc > 2 ? atoi(argv[2]) : 1;
    const double part_seconds = argc > 3 ? atof(argv[3]) : 20.0;
    int mine = argc < 2 || argc > 4 || threads < 1 || part_seconds < 0.0 ? usage(rank) : 0;
    if (mine == 0) {
        signal(SIGTERM, ask_stop);
        signal(SIGUSR1, ask_stop);
        signal(SIGXFSZ, SIG_IGN); /* a limit on file sizes shall be a failed write like a full disk */
        mine = play(argv[1], threads, part_seconds, rank, n_ranks);
    }
    /* the worst of the ranks' codes is the program's */
    MPI_Allreduce(&mine, &worst, 1, MPI_INT, MPI_MAX, MPI_COMM_WORLD);
    MPI_Finalize();
    return worst;
}
