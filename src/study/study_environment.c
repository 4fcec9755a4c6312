/* Which shard a task of an array job plays, from the variables that its scheduler sets. */
#include "study/study.h"

#include <stdlib.h>
#include <string.h>

/* Names of variables; NULL: the scheduler sets none. The number of tasks is `count`, else it follows from
 * `first`, `last` and `step`, else it has to be told. */
typedef struct {
    const char *scheduler, *number;
    int base; /* number of the first task where `first` is not set */
    const char *count, *first, *last, *step;
    int outside; /* the number that tasks outside an array have; -1: none */
} scheduler_t;

static const char own_count[] = "ENTREPOT_SHARDS";

/* HTCondor numbers the nodes of its parallel universe; `queue N` sets nothing by itself, for which its submit
 * file has environment = "ENTREPOT_INDEX=$(Process) ENTREPOT_SHARDS=N". */
static const scheduler_t schedulers[] = {
    {"entrepot", "ENTREPOT_SHARD", 1, own_count, NULL, NULL, NULL, -1},
    {"entrepot", "ENTREPOT_INDEX", 0, own_count, NULL, NULL, NULL, -1},
    {"Slurm", "SLURM_ARRAY_TASK_ID", 1, "SLURM_ARRAY_TASK_COUNT", "SLURM_ARRAY_TASK_MIN", NULL,
     "SLURM_ARRAY_TASK_STEP", -1},
    {"PBS", "PBS_ARRAY_INDEX", 1, NULL, NULL, NULL, NULL, -1},
    {"Torque", "PBS_ARRAYID", 1, NULL, NULL, NULL, NULL, -1},
    {"LSF", "LSB_JOBINDEX", 1, NULL, NULL, "LSB_JOBINDEX_END", "LSB_JOBINDEX_STEP", 0},
    {"Grid Engine", "SGE_TASK_ID", 1, NULL, "SGE_TASK_FIRST", "SGE_TASK_LAST", "SGE_TASK_STEPSIZE", -1},
    {"HTCondor", "_CONDOR_PROCNO", 0, "_CONDOR_NPROCS", NULL, NULL, NULL, -1},
    {"Kubernetes", "JOB_COMPLETION_INDEX", 0, NULL, NULL, NULL, NULL, -1},
    {"AWS Batch", "AWS_BATCH_JOB_ARRAY_INDEX", 0, "AWS_BATCH_JOB_ARRAY_SIZE", NULL, NULL, NULL, -1},
};
enum { N_SCHEDULERS = sizeof schedulers / sizeof *schedulers };

/* The number a variable holds, -1: none (not set, or a word such as Grid Engine's "undefined"). */
static long number_of(const char *variable)
{
    const char *text = variable != NULL ? getenv(variable) : NULL;
    char *end = NULL;
    const long number = text != NULL && text[0] >= '0' && text[0] <= '9' ? strtol(text, &end, 10) : -1;
    return end != NULL && *end == '\0' && number <= 99999999 ? number : -1;
}

static int is_set(const scheduler_t *s)
{
    const long number = number_of(s->number);
    return number >= 0 && number != s->outside;
}

/* Number of tasks, 0: not known. `told`: by an option, which goes before. */
static long count_of(const scheduler_t *s, int told, long first, long step)
{
    const long own = number_of(own_count), count = number_of(s->count), last = number_of(s->last);
    return told > 0        ? told
           : own > 0       ? own
           : count > 0     ? count
           : last >= first ? (last - first) / step + 1
                           : 0;
}

/* Who tells the number of shards has numbered them from the base on, however few tasks were submitted. */
static int read_scheduler(const scheduler_t *s, int told, int *shard, int *n_shards, ent_context_t *ctx)
{
    const char *text = getenv(s->number);
    const int is_told = told > 0 || number_of(own_count) > 0;
    const long first = !is_told && number_of(s->first) >= 0 ? number_of(s->first) : s->base;
    const long step = !is_told && number_of(s->step) > 0 ? number_of(s->step) : 1;
    const long n = count_of(s, told, first, step), number = number_of(s->number);
    if (n == 0) {
        return ent_fault(ctx, ENT_ERR_USAGE, "environment", 0, 0, s->number, text, NULL,
                         "is the task of %s, which does not say of how many: --shards N, or the variable %s",
                         s->scheduler, own_count);
    }
    if (n > 99999 || number < first || (number - first) / step >= n || (number - first) % step != 0) {
        return ent_fault(
            ctx, ENT_ERR_USAGE, "environment", 0, 0, s->number, text, NULL,
            "is none of the %ld shards, which begin at %ld: when a part of an array is submitted again, "
            "--shards or %s says how many the whole has",
            n, first, own_count);
    }
    *shard = (int)((number - first) / step) + 1;
    *n_shards = (int)n;
    return 0;
}

int ent_shard_from_environment(int told, int *shard, int *n_shards, const char **variable, ent_context_t *ctx)
{
    *variable = NULL;
    for (int i = 0; i < N_SCHEDULERS; i++) {
        int own = 0, n = 0;
        if (!is_set(&schedulers[i])) {
            continue;
        }
        if (*variable != NULL && strncmp(*variable, "ENTREPOT_", 9) == 0) {
            return 0; /* said by hand: whatever stands around it */
        }
        const int code = read_scheduler(&schedulers[i], told, &own, &n, ctx);
        if (code != 0) {
            return code;
        }
        if (*variable != NULL && (own != *shard || n != *n_shards)) {
            return ent_fault(ctx, ENT_ERR_USAGE, "environment", 0, 0, schedulers[i].number,
                             getenv(schedulers[i].number), NULL,
                             "and %s name different shards: say --shard I/N", *variable);
        }
        *shard = own;
        *n_shards = n;
        *variable = schedulers[i].number;
    }
    return 0;
}
