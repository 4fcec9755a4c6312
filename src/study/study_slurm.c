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

/* `srun PROGRAM study SUB FOLDER`, without the end of the line. */
static void put_step(const ent_slurm_options_t *options, const char *sub, const char *folder, FILE *stream)
{
    fputs("srun ", stream);
    put_quoted(options->program, stream);
    fprintf(stream, " study %s ", sub);
    put_quoted(folder, stream);
}

/* What follows srun sends the task back into the queue, so that srun cannot take the script's place. The task
 * is named by array and place: the number of its job may be that of the whole array. One that Slurm ends, as
 * a cancelled one, is no longer running; to put that back would undo what was asked for. */
static const char task_head[] =
    "# One shard a task. The same command again goes on: a requeued task loses at most a part.\n"
    "# Before the limit USR1 makes the program close its part and leave with 75; the task\n"
    "# goes back into the queue, further by a point at least.\n"
    "set -u\n"
    "export OMP_NUM_THREADS=\"${SLURM_CPUS_PER_TASK:-1}\"\n"
    "trap : TERM # srun has it too, and is waited for\n";
static const char task_tail[] =
    "code=$?\n"
    "task=${SLURM_ARRAY_JOB_ID}_$SLURM_ARRAY_TASK_ID\n"
    "if [ \"$code\" -eq 75 ] && [ \"$(squeue --noheader --format=%T --jobs=\"$task\")\" = RUNNING ]; then\n"
    "  scontrol requeue \"$task\"\n"
    "fi\n"
    "exit \"$code\"\n";

static void put_array(const ent_slurm_options_t *options, const ent_plan_file_t *plan, const char *folder,
                      FILE *stream)
{
    put_head(options, plan, "shards", stream);
    put_time(options->minutes, stream);
    fprintf(stream, "#SBATCH --array=1-%d", options->n_shards);
    if (options->chunk > 0) {
        fprintf(stream, "%%%d", options->chunk);
    }
    fprintf(stream,
            "\n#SBATCH --requeue --open-mode=append --signal=USR1@%d\n"
            "#SBATCH --output=\"%s/slurm/%%A_%%a.log\"\n",
            options->notice, folder);
    fputs(task_head, stream);
    put_step(options, "run", folder, stream);
    fprintf(stream, " --shard \"$SLURM_ARRAY_TASK_ID/%d\" --threads \"${SLURM_CPUS_PER_TASK:-1}\" --quiet\n",
            options->n_shards);
    fputs(task_tail, stream);
}

static void put_merge(const ent_slurm_options_t *options, const ent_plan_file_t *plan, const char *folder,
                      FILE *stream)
{
    put_head(options, plan, "merge", stream);
    put_time(options->minutes, stream);
    fprintf(stream, "#SBATCH --output=\"%s/slurm/merge_%%j.log\"\nset -u\nexec ", folder);
    put_step(options, "merge", folder, stream);
    fputs(" -o ", stream);
    put_quoted(options->merged, stream);
    fputs(" --overwrite\n", stream);
}

/* afterany: a point that cannot be played, or a task that Slurm gave up, must not cost the merge of the
 * others, which says what is missing. */
static void put_submit(const char *folder, FILE *stream)
{
    fputs("#!/bin/bash\n"
          "# Submit the array and the merge, which runs when every task has ended for good, well or\n"
          "# not. It leaves with 1 and says so in its log when points are missing; the same again\n"
          "# plays those.\n"
          "set -eu\n"
          "array=$(sbatch --parsable ",
          stream);
    put_quoted(folder, stream);
    fputs("/slurm/array.sh)\nsbatch --parsable --dependency=\"afterany:$array\" ", stream);
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
    if (code == 0 && folder != NULL && strpbrk(folder, "\n%\"\\") != NULL) {
        code = ent_fail(ctx, ENT_ERR_CONFIG, folder,
                        "Slurm takes no folder name with a line end, a quotation mark, \\ or %%");
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
