/* Job scripts that play a study's shards as a Slurm array and merge them when all are done. */
#include "study/study.h"

#include "base/memory.h"
#include "io/output.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

/* A word of the shell, whatever is in it. */
static void put_quoted(const char *text, FILE *stream)
{
    fputc('\'', stream);
    for (const char *c = text; *c != '\0'; c++) {
        if (*c == '\'') {
            fputs("'\\''", stream);
        } else {
            fputc(*c, stream);
        }
    }
    fputc('\'', stream);
}

static void put_time(int minutes, FILE *stream)
{
    fprintf(stream, "#SBATCH --time=%02d:%02d:00\n", minutes / 60, minutes % 60);
}

static void put_head(const ent_slurm_options_t *options, const ent_plan_file_t *plan, const char *what,
                     FILE *stream)
{
    fprintf(stream,
            "#!/bin/bash\n#SBATCH --job-name=%.40s-%s\n#SBATCH --nodes=1 --ntasks=1 --cpus-per-task=%d\n",
            plan->study.name, what, options->n_threads);
    if (options->partition != NULL) {
        fprintf(stream, "#SBATCH --partition=%s\n", options->partition);
    }
}

/* Signal 60 s before the limit and on preemption: the shard closes its part; the job is put back into the
 * queue and goes on where it stopped. */
static void put_array(const ent_slurm_options_t *options, const ent_plan_file_t *plan, const char *folder,
                      FILE *stream)
{
    put_head(options, plan, "shards", stream);
    put_time(options->minutes, stream);
    fprintf(stream, "#SBATCH --array=1-%d", options->n_shards);
    if (options->chunk > 0) {
        fprintf(stream, "%%%d", options->chunk);
    }
    fprintf(
        stream,
        "\n#SBATCH --requeue --open-mode=append --signal=USR1@60\n#SBATCH --output=%s/slurm/%%A_%%a.log\n",
        folder);
    fprintf(stream,
            "# One shard a task. The same command again goes on: a requeued task loses at most a part.\n"
            "set -u\nexport OMP_NUM_THREADS=\"${SLURM_CPUS_PER_TASK:-1}\"\n");
    fputs("exec srun ", stream);
    put_quoted(options->program, stream);
    fputs(" study run ", stream);
    put_quoted(folder, stream);
    fprintf(stream, " --shard \"$SLURM_ARRAY_TASK_ID/%d\" --threads \"${SLURM_CPUS_PER_TASK:-1}\" --quiet\n",
            options->n_shards);
}

static void put_merge(const ent_slurm_options_t *options, const ent_plan_file_t *plan, const char *folder,
                      FILE *stream)
{
    put_head(options, plan, "merge", stream);
    put_time(options->minutes, stream);
    fprintf(stream, "#SBATCH --output=%s/slurm/merge_%%j.log\nset -u\n", folder);
    fputs("exec srun ", stream);
    put_quoted(options->program, stream);
    fputs(" study merge ", stream);
    put_quoted(folder, stream);
    fputs(" -o ", stream);
    put_quoted(options->merged, stream);
    fputs(" --overwrite\n", stream);
}

static void put_submit(const char *folder, FILE *stream)
{
    fputs("#!/bin/bash\n# Submit the array and, when every task of it has ended well, the merge.\nset "
          "-eu\narray=$(sbatch "
          "--parsable ",
          stream);
    put_quoted(folder, stream);
    fputs("/slurm/array.sh)\nsbatch --parsable --dependency=\"afterok:$array\" --kill-on-invalid-dep=yes ",
          stream);
    put_quoted(folder, stream);
    fputs("/slurm/merge.sh >/dev/null\necho \"$array\"\n", stream);
}

enum { ARRAY, MERGE, SUBMIT, N_SCRIPTS };

static int write_script(int which, const ent_slurm_options_t *options, const ent_plan_file_t *plan,
                        const char *folder, ent_context_t *ctx)
{
    static const char *const names[N_SCRIPTS] = {"array.sh", "merge.sh", "submit.sh"};
    ent_output_t output;
    char *path = ent_format(ctx, "%s/slurm/%s", folder, names[which]);
    int code = path == NULL ? ENT_ERR_NO_MEMORY : ent_output_begin(&output, path, 1, ctx);
    if (code == 0) {
        FILE *stream = fopen(output.temporary, "w");
        if (stream != NULL && which == ARRAY) {
            put_array(options, plan, folder, stream);
        } else if (stream != NULL && which == MERGE) {
            put_merge(options, plan, folder, stream);
        } else if (stream != NULL) {
            put_submit(folder, stream);
        }
        const int bad = stream == NULL || ferror(stream);
        if ((stream != NULL && fclose(stream) != 0) || bad || chmod(output.temporary, 0755) != 0) {
            code = ent_fail(ctx, ENT_ERR_IO, path, "cannot be written: %s", strerror(errno));
            ent_output_abandon(&output);
        } else {
            code = ent_output_commit(&output, ctx);
        }
    }
    free(path);
    return code;
}

int ent_study_slurm(const ent_plan_file_t *plan, const ent_slurm_options_t *options, ent_context_t *ctx)
{
    char *folder = realpath(plan->folder, NULL), *scripts = NULL;
    int code = folder == NULL
                   ? ent_fail(ctx, ENT_ERR_NO_INPUT, plan->folder, "cannot be found: %s", strerror(errno))
                   : 0;
    if (code == 0 && folder != NULL && strpbrk(folder, "\n%") != NULL) {
        code = ent_fail(ctx, ENT_ERR_CONFIG, folder, "Slurm cannot take a folder name with a line end or %%");
    }
    scripts = code == 0 ? ent_format(ctx, "%s/slurm", folder) : NULL;
    if (code == 0 && (scripts == NULL || (mkdir(scripts, 0777) != 0 && errno != EEXIST))) {
        code = ent_fail(ctx, ENT_ERR_CANT_CREATE, scripts != NULL ? scripts : folder, "cannot be created: %s",
                        strerror(errno));
    }
    for (int i = 0; code == 0 && i < N_SCRIPTS; i++) {
        code = write_script(i, options, plan, folder, ctx);
    }
    free(scripts);
    free(folder);
    return code;
}
