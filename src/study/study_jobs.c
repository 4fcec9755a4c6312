/* Job scripts that play a study's shards as an array job and merge them when all are done, for the schedulers
 * of one table of templates. */
#include "study/study.h"

#include "base/memory.h"
#include "io/output.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

/* ---- templates ---- */

/* In a template, {key} is put in (see `values`); a line that begins with ?key and a space is there only when
 * the key has a value. 'key' in braces is quoted for the shell. */
enum { ARRAY, MERGE, SUBMIT, N_SCRIPTS };
static const char *const script_names[N_SCRIPTS] = {"array.sh", "merge.sh", "submit.sh"};

typedef struct {
    const char *name, *title;
    const char *forbidden; /* signs that a folder may not have, since directives cannot quote them */
    int least;             /* tasks of an array */
    const char *script[N_SCRIPTS];
} template_t;

#define SUBMIT_HEAD                                                                                          \
    "#!/bin/bash\n"                                                                                          \
    "# Submit the array and the merge, which runs when every task has ended for good, well or\n"             \
    "# not. It leaves with 1 and says so in its log when points are missing; the same again\n"               \
    "# plays those.\n"                                                                                       \
    "set -eu\n"
#define AGAIN                                                                                                \
    "# One shard a task. The same command again goes on: an interrupted task loses at most a part.\n"
/* The program itself ends before the limit: no signal of the scheduler is needed. */
#define PLAY                                                                                                 \
    "set -u\n"                                                                                               \
    "export OMP_NUM_THREADS={threads}\n"                                                                     \
    "{'program'} study run {'folder'} --shard \"${index}/{shards}\" --threads {threads} --max-walltime "     \
    "{inside} --quiet\n"
#define PUT_TOGETHER "set -u\nexec {'program'} study merge {'folder'} -o {'merged'} --overwrite\n"

/* Slurm: what follows srun sends the task back into the queue, so that srun cannot take the script's place.
 * The task is named by array and place: the number of its job may be that of the whole array. One that Slurm
 * ends, as a cancelled one, is no longer running; to put that back would undo what was asked for. The merge
 * is after any end: a point that cannot be played, or a task that was given up, must not cost the merge of
 * the others. */
static const template_t templates[] = {
    {"slurm",
     "Slurm",
     "\n%\"\\",
     1,
     {"#!/bin/bash\n"
      "#SBATCH --job-name={name}-shards\n"
      "#SBATCH --nodes=1 --ntasks=1 --cpus-per-task={threads}\n"
      "?queue #SBATCH --partition={queue}\n"
      "#SBATCH --time={time}\n"
      "#SBATCH --array=1-{shards}{%chunk}\n"
      "#SBATCH --requeue --open-mode=append --signal=USR1@{notice}\n"
      "#SBATCH --output=\"{folder}/slurm/%A_%a.log\"\n"
      "# One shard a task. The same command again goes on: a requeued task loses at most a part.\n"
      "# Before the limit USR1 makes the program close its part and leave with 75; the task\n"
      "# goes back into the queue, further by a point at least.\n"
      "set -u\n"
      "export OMP_NUM_THREADS=\"${SLURM_CPUS_PER_TASK:-1}\"\n"
      "trap : TERM # srun has it too, and is waited for\n"
      "srun {'program'} study run {'folder'} --shard \"$SLURM_ARRAY_TASK_ID/{shards}\" --threads "
      "\"${SLURM_CPUS_PER_TASK:-1}\" --quiet\n"
      "code=$?\n"
      "task=${SLURM_ARRAY_JOB_ID}_$SLURM_ARRAY_TASK_ID\n"
      "if [ \"$code\" -eq 75 ] && [ \"$(squeue --noheader --format=%T --jobs=\"$task\")\" = RUNNING ]; "
      "then\n"
      "  scontrol requeue \"$task\"\n"
      "fi\n"
      "exit \"$code\"\n",
      "#!/bin/bash\n"
      "#SBATCH --job-name={name}-merge\n"
      "#SBATCH --nodes=1 --ntasks=1 --cpus-per-task={threads}\n"
      "?queue #SBATCH --partition={queue}\n"
      "#SBATCH --time={time}\n"
      "#SBATCH --output=\"{folder}/slurm/merge_%j.log\"\n"
      "set -u\n"
      "exec srun {'program'} study merge {'folder'} -o {'merged'} --overwrite\n",
      SUBMIT_HEAD "array=$(sbatch --parsable {'folder'}/slurm/array.sh)\n"
                  "sbatch --parsable --dependency=\"afterany:$array\" {'folder'}/slurm/merge.sh >/dev/null\n"
                  "echo \"$array\"\n"}},
    {"pbs",
     "PBS",
     "\n%\"\\' \t,:^",
     2,
     {"#!/bin/bash\n"
      "#PBS -N {name}\n"
      "#PBS -l select=1:ncpus={threads}\n"
      "#PBS -l walltime={time}\n"
      "?queue #PBS -q {queue}\n"
      "#PBS -J 1-{shards}{%chunk}\n"
      "#PBS -r y\n"
      "#PBS -j oe\n"
      "#PBS -o {folder}/pbs/\n" AGAIN
      "# Before the limit the program closes its part and leaves with 75; submit.sh again goes on.\n"
      "index=$PBS_ARRAY_INDEX\n" PLAY,
      "#!/bin/bash\n"
      "#PBS -N {name}-merge\n"
      "#PBS -l select=1:ncpus=1\n"
      "#PBS -l walltime={time}\n"
      "?queue #PBS -q {queue}\n"
      "#PBS -j oe\n"
      "#PBS -o {folder}/pbs/\n" PUT_TOGETHER,
      SUBMIT_HEAD "array=$(qsub {'folder'}/pbs/array.sh)\n"
                  "qsub -W \"depend=afterany:$array\" {'folder'}/pbs/merge.sh >/dev/null\n"
                  "echo \"$array\"\n"}},
    {"lsf",
     "LSF",
     "\n%\"\\",
     1,
     {"#!/bin/bash\n"
      "#BSUB -J \"{name}[1-{shards}]{%chunk}\"\n"
      "#BSUB -n {threads}\n"
      "#BSUB -R \"span[hosts=1]\"\n"
      "#BSUB -W {hours}\n"
      "?queue #BSUB -q {queue}\n"
      "#BSUB -Q \"75\"\n"
      "#BSUB -o \"{folder}/lsf/%J_%I.log\"\n" AGAIN
      "# Before the limit the program closes its part and leaves with 75, for which -Q puts the task back.\n"
      "index=$LSB_JOBINDEX\n" PLAY,
      "#!/bin/bash\n"
      "#BSUB -J \"{name}-merge\"\n"
      "#BSUB -n 1\n"
      "#BSUB -W {hours}\n"
      "?queue #BSUB -q {queue}\n"
      "#BSUB -o \"{folder}/lsf/merge_%J.log\"\n" PUT_TOGETHER,
      SUBMIT_HEAD "array=$(bsub <{'folder'}/lsf/array.sh | sed 's/^Job <\\([0-9]*\\)>.*/\\1/')\n"
                  "bsub -w \"ended($array)\" <{'folder'}/lsf/merge.sh >/dev/null\n"
                  "echo \"$array\"\n"}},
    {"sge",
     "Grid Engine",
     "\n%\"\\' \t,:$",
     1,
     {"#!/bin/bash\n"
      "#$ -S /bin/bash\n"
      "#$ -N {name}\n"
      "?parallel #$ -pe smp {threads}\n"
      "#$ -l h_rt={time}\n"
      "?queue #$ -q {queue}\n"
      "#$ -t 1-{shards}\n"
      "?chunk #$ -tc {chunk}\n"
      "#$ -r y\n"
      "#$ -j y\n"
      "#$ -o {folder}/sge/\n" AGAIN "# Before the limit the program closes its part and leaves with 75; 99 "
      "puts the task back into the queue.\n"
      "index=$SGE_TASK_ID\n" PLAY "code=$?\n"
      "[ \"$code\" -ne 75 ] || code=99\n"
      "exit \"$code\"\n",
      "#!/bin/bash\n"
      "#$ -S /bin/bash\n"
      "#$ -N {name}-merge\n"
      "#$ -l h_rt={time}\n"
      "?queue #$ -q {queue}\n"
      "#$ -j y\n"
      "#$ -o {folder}/sge/\n" PUT_TOGETHER,
      SUBMIT_HEAD "array=$(qsub -terse {'folder'}/sge/array.sh | sed 's/[.].*//')\n"
                  "qsub -hold_jid \"$array\" {'folder'}/sge/merge.sh >/dev/null\n"
                  "echo \"$array\"\n"}},
};
enum { N_TEMPLATES = sizeof templates / sizeof *templates };

/* ---- filling in ---- */

enum { N_VALUES = 14 };
typedef struct {
    struct {
        const char *key, *text;
    } list[N_VALUES];
    char name[64], threads[16], shards[16], time[32], hours[32], notice[16], inside[16], chunk[16],
        percent_chunk[20];
} values_t;

static void values_init(values_t *v, const ent_jobs_options_t *o, const char *study, const char *folder)
{
    *v = (values_t){0};
    snprintf(v->name, sizeof v->name, "%.40s", study);
    snprintf(v->threads, sizeof v->threads, "%d", o->n_threads);
    snprintf(v->shards, sizeof v->shards, "%d", o->n_shards);
    snprintf(v->time, sizeof v->time, "%02d:%02d:00", o->minutes / 60, o->minutes % 60);
    snprintf(v->hours, sizeof v->hours, "%02d:%02d", o->minutes / 60, o->minutes % 60);
    snprintf(v->notice, sizeof v->notice, "%d", o->notice);
    snprintf(v->inside, sizeof v->inside, "%d", 60 * o->minutes - o->notice);
    if (o->chunk > 0) {
        snprintf(v->chunk, sizeof v->chunk, "%d", o->chunk);
        snprintf(v->percent_chunk, sizeof v->percent_chunk, "%%%d", o->chunk);
    }
    const struct {
        const char *key, *text;
    } list[N_VALUES] = {{"name", v->name},
                        {"threads", v->threads},
                        {"shards", v->shards},
                        {"time", v->time},
                        {"hours", v->hours},
                        {"notice", v->notice},
                        {"inside", v->inside},
                        {"chunk", v->chunk},
                        {"%chunk", v->percent_chunk},
                        {"parallel", o->n_threads > 1 ? v->threads : ""},
                        {"queue", o->queue != NULL ? o->queue : ""},
                        {"folder", folder},
                        {"program", o->program},
                        {"merged", o->merged}};
    memcpy(v->list, list, sizeof list);
}

/* Text of the key of `n` letters; NULL when there is none. */
static const char *value_of(const values_t *v, const char *key, size_t n)
{
    for (int i = 0; i < N_VALUES; i++) {
        if (strlen(v->list[i].key) == n && strncmp(v->list[i].key, key, n) == 0) {
            return v->list[i].text;
        }
    }
    return NULL;
}

/* A word of the shell, whatever is in it. */
static void put_quoted(const char *text, FILE *stream)
{
    (void)fputc('\'', stream);
    for (const char *c = text; *c != '\0'; c++) {
        if (*c == '\'') {
            (void)fputs("'\\''", stream);
        } else {
            (void)fputc(*c, stream);
        }
    }
    (void)fputc('\'', stream);
}

/* The key at `brace`, put in; what follows it. A brace of the shell stays. */
static const char *put_key(const values_t *v, const char *brace, FILE *stream)
{
    const int quoted = brace[1] == '\'';
    const char *key = brace + 1 + quoted, *end = strpbrk(key, "}'\n");
    const char *text =
        end != NULL && *end == (quoted ? '\'' : '}') ? value_of(v, key, (size_t)(end - key)) : NULL;
    if (text == NULL) {
        (void)fputc('{', stream);
        return brace + 1;
    }
    if (quoted) {
        put_quoted(text, stream);
    } else {
        (void)fputs(text, stream);
    }
    return end + 1 + quoted;
}

/* 1: the line begins with ?key and the key has no value. *line is moved behind it. */
static int is_left_out(const values_t *v, const char **line)
{
    if (**line != '?') {
        return 0;
    }
    const char *space = strchr(*line, ' ');
    const char *text = value_of(v, *line + 1, (size_t)(space - *line - 1));
    *line = space + 1;
    return text == NULL || text[0] == '\0';
}

static void put_template(const values_t *v, const char *text, FILE *stream)
{
    while (*text != '\0') {
        const int left_out = is_left_out(v, &text);
        const char *end = strchr(text, '\n');
        while (!left_out && text <= end) {
            if (*text == '{') {
                text = put_key(v, text, stream);
            } else {
                (void)fputc(*text++, stream);
            }
        }
        text = end + 1;
    }
}

/* ---- files ---- */

static int write_script(const template_t *t, int which, const values_t *values, const char *folder,
                        ent_context_t *ctx)
{
    ent_output_t output;
    char *path = ent_format(ctx, "%s/%s/%s", folder, t->name, script_names[which]);
    int code = path == NULL ? ENT_ERR_NO_MEMORY : ent_output_begin(&output, path, 1, ctx);
    if (code == 0) {
        FILE *stream = fopen(output.temporary, "w");
        if (stream != NULL) {
            put_template(values, t->script[which], stream);
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

static int check_options(const template_t *t, const ent_jobs_options_t *options, const char *folder,
                         ent_context_t *ctx)
{
    if (strpbrk(folder, t->forbidden) != NULL) {
        return ent_fail(ctx, ENT_ERR_CONFIG, folder,
                        "%s takes no folder name with a line end%s, a quotation mark, \\ or %%", t->title,
                        strchr(t->forbidden, ' ') != NULL ? ", a space, comma, colon or dollar sign" : "");
    }
    if (options->n_shards < t->least) {
        return ent_fail(ctx, ENT_ERR_CONFIG, folder, "an array of %s has at least %d tasks: --shards",
                        t->title, t->least);
    }
    return 0;
}

static int make_folder(const char *path, ent_context_t *ctx)
{
    return mkdir(path, 0777) != 0 && errno != EEXIST
               ? ent_fail(ctx, ENT_ERR_CANT_CREATE, path, "cannot be created: %s", strerror(errno))
               : 0;
}

int ent_study_jobs(const ent_plan_file_t *plan, const char *scheduler, const ent_jobs_options_t *options,
                   ent_context_t *ctx)
{
    const template_t *t = NULL;
    values_t values;
    for (int i = 0; i < N_TEMPLATES; i++) {
        t = strcmp(templates[i].name, scheduler) == 0 ? &templates[i] : t;
    }
    if (t == NULL) {
        return ent_fail(ctx, ENT_ERR_USAGE, scheduler, "no scheduler of this name is known");
    }
    char *folder = realpath(plan->folder, NULL), *scripts = NULL;
    int code = folder == NULL
                   ? ent_fail(ctx, ENT_ERR_NO_INPUT, plan->folder, "cannot be found: %s", strerror(errno))
                   : check_options(t, options, folder, ctx);
    if (code == 0) {
        scripts = ent_format(ctx, "%s/%s", folder, t->name);
        code = scripts == NULL ? ENT_ERR_NO_MEMORY : make_folder(scripts, ctx);
    }
    if (code == 0) {
        values_init(&values, options, plan->study.name, folder);
    }
    for (int i = 0; code == 0 && i < N_SCRIPTS; i++) {
        code = write_script(t, i, &values, folder, ctx);
    }
    free(scripts);
    free(folder);
    return code;
}
