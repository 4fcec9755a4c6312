/* Faults: kept in the order found, each with its place, so that one run of the program reports them all. */
#include <entrepot/context.h>

#include "base/printable.h"

#include <ctype.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

enum {
    MAX_FAULTS = 500, /* a file with more has one cause: the rest is counted, not kept */
    MAX_VALUE = 200,  /* bytes of a value quoted in a report */
    MAX_PATH = 4096,
    MAX_RULE = 4000,
    MAX_NAME = 64, /* longest name compared in ent_nearest */
    FIRST_CAPACITY = 16,
    EDIT_COST = 4,
    SWAP_COST = 3
};

typedef struct {
    int code;
    int exit_code;
    const char *name;
} error_entry_t;

static const error_entry_t error_table[] = {
    {ENT_OK, 0, "ok"},
    {ENT_ERR_USAGE, 64, "usage"},
    {ENT_ERR_DATA, 65, "data"},
    {ENT_ERR_NO_INPUT, 66, "no input"},
    {ENT_ERR_BUG, 70, "bug"},
    {ENT_ERR_NO_MEMORY, 71, "no memory"},
    {ENT_ERR_CANT_CREATE, 73, "cannot create"},
    {ENT_ERR_IO, 74, "input/output"},
    {ENT_ERR_STOPPED, 75, "stopped"},
    {ENT_ERR_CONFIG, 78, "config"},
    {ENT_ERR_PARTIAL, 1, "partial"},
    {ENT_ERR_CONVERGENCE, 1, "convergence"},
    {ENT_ERR_DIFFERS, 2, "differs"},
    {ENT_ERR_RANGE, 76, "out of range"},
};

static const error_entry_t *error_find(int code)
{
    for (size_t i = 0; i < sizeof error_table / sizeof error_table[0]; i++) {
        if (error_table[i].code == code) {
            return &error_table[i];
        }
    }
    return NULL;
}

int ent_exit_code(int code)
{
    const error_entry_t *entry = error_find(code);
    return entry != NULL ? entry->exit_code : 70;
}

const char *ent_error_name(int code)
{
    const error_entry_t *entry = error_find(code);
    return entry != NULL ? entry->name : "unknown";
}

static void fault_free(ent_fault_t *fault)
{
    free(fault->file);
    free(fault->key);
    free(fault->value);
    free(fault->rule);
    free(fault->nearest);
    memset(fault, 0, sizeof *fault);
}

void ent_context_init(ent_context_t *ctx)
{
    memset(ctx, 0, sizeof *ctx);
}

void ent_context_clear(ent_context_t *ctx)
{
    for (size_t i = 0; i < ctx->n_faults; i++) {
        fault_free(&ctx->faults[i]);
    }
    ctx->n_faults = 0;
    ctx->n_inputs = 0;
    ctx->dropped = 0;
    ctx->code = ENT_OK;
}

void ent_context_free(ent_context_t *ctx)
{
    ent_context_clear(ctx);
    free(ctx->faults);
    free(ctx->inputs);
    memset(ctx, 0, sizeof *ctx);
}

/* What is quoted of an input in one safe form; NULL stays NULL. */
static char *copy_printable(const char *text, size_t most)
{
    return text != NULL ? ent_printable(text, most) : NULL;
}

static char *format_text(const char *format, va_list arguments) ENT_PRINTF(1, 0);

static char *format_text(const char *format, va_list arguments)
{
    va_list again;
    va_copy(again, arguments);
    int length = vsnprintf(NULL, 0, format, again);
    va_end(again);
    char *text = length < 0 ? NULL : malloc((size_t)length + 1);
    if (text != NULL) {
        vsnprintf(text, (size_t)length + 1, format, arguments);
    }
    char *printable = copy_printable(text, MAX_RULE);
    free(text);
    return printable;
}

/* Room for one more fault, or NULL. */
static ent_fault_t *next_fault(ent_context_t *ctx)
{
    if (ctx->n_faults >= MAX_FAULTS) {
        return NULL;
    }
    if (ctx->n_faults == ctx->capacity) {
        size_t capacity = ctx->capacity == 0 ? FIRST_CAPACITY : 2 * ctx->capacity;
        ent_fault_t *faults = realloc(ctx->faults, capacity * sizeof *faults);
        if (faults == NULL) {
            return NULL;
        }
        ctx->faults = faults;
        ctx->capacity = capacity;
    }
    ent_fault_t *fault = &ctx->faults[ctx->n_faults++];
    memset(fault, 0, sizeof *fault);
    return fault;
}

/* Count the fault and give it its place; NULL when it is only counted. */
static ent_fault_t *begin_fault(ent_context_t *ctx, int code, const char *file)
{
    if (ctx->code == ENT_OK) {
        ctx->code = code;
    }
    ent_fault_t *fault = next_fault(ctx);
    if (fault == NULL) {
        ctx->dropped++;
        return NULL;
    }
    fault->code = code;
    fault->file = copy_printable(file, MAX_PATH);
    return fault;
}

int ent_fault(ent_context_t *ctx, int code, const char *file, int line, int column, const char *key,
              const char *value, const char *nearest, const char *rule_format, ...)
{
    ent_fault_t *fault = begin_fault(ctx, code, file);
    if (fault == NULL) {
        return code;
    }
    fault->line = line;
    fault->column = column;
    fault->key = copy_printable(key, MAX_VALUE);
    fault->value = copy_printable(value, MAX_VALUE);
    fault->nearest = copy_printable(nearest, MAX_VALUE);
    if (rule_format != NULL) {
        va_list arguments;
        va_start(arguments, rule_format);
        fault->rule = format_text(rule_format, arguments);
        va_end(arguments);
    }
    return code;
}

int ent_fail(ent_context_t *ctx, int code, const char *place, const char *format, ...)
{
    ent_fault_t *fault = begin_fault(ctx, code, place);
    if (fault != NULL && format != NULL) {
        va_list arguments;
        va_start(arguments, format);
        fault->rule = format_text(format, arguments);
        va_end(arguments);
    }
    return code;
}

static void print_fault(const ent_fault_t *fault, FILE *stream)
{
    if (fault->file != NULL) {
        fprintf(stream, "%s:", fault->file);
        if (fault->line > 0) {
            fprintf(stream, "%d:", fault->line);
            if (fault->column > 0) {
                fprintf(stream, "%d:", fault->column);
            }
        }
        fputc(' ', stream);
    }
    const char *rule = fault->rule != NULL ? fault->rule : ent_error_name(fault->code);
    if (fault->key == NULL && fault->value == NULL && fault->nearest == NULL) {
        fprintf(stream, "%s\n", rule);
        return;
    }
    fprintf(stream, "%s", fault->key != NULL ? fault->key : "(top level)");
    if (fault->value != NULL) {
        fprintf(stream, ": %s", fault->value);
    }
    fprintf(stream, "\n    rule: %s\n", rule);
    if (fault->nearest != NULL) {
        fprintf(stream, "    nearest known name: %s\n", fault->nearest);
    }
}

void ent_context_print(const ent_context_t *ctx, FILE *stream)
{
    for (size_t i = 0; i < ctx->n_faults; i++) {
        print_fault(&ctx->faults[i], stream);
    }
    if (ctx->dropped > 0) {
        fprintf(stream, "... and %zu more\n", ctx->dropped);
    }
    if (ctx->n_faults == 0 && ctx->dropped > 0) {
        fprintf(stream, "%s (the report itself found no memory)\n", ent_error_name(ctx->code));
    }
}

static size_t smallest(size_t a, size_t b, size_t c)
{
    size_t least = a < b ? a : b;
    return least < c ? least : c;
}

/* Cost of the edits that turn a into b (insert, delete, replace: EDIT_COST; swapped neighbours, the commonest
 * slip: SWAP_COST; letter case is free): optimal string alignment distance, row by row. */
static size_t edit_distance(const char *a, size_t length_a, const char *b, size_t length_b)
{
    size_t rows[3][MAX_NAME + 1];
    size_t *before = rows[0], *previous = rows[1], *current = rows[2];
    for (size_t j = 0; j <= length_b; j++) {
        previous[j] = j * EDIT_COST;
    }
    for (size_t i = 1; i <= length_a; i++) {
        current[0] = i * EDIT_COST;
        int a_here = tolower((unsigned char)a[i - 1]);
        int a_last = i > 1 ? tolower((unsigned char)a[i - 2]) : -1;
        for (size_t j = 1; j <= length_b; j++) {
            int b_here = tolower((unsigned char)b[j - 1]);
            int b_last = j > 1 ? tolower((unsigned char)b[j - 2]) : -2;
            size_t replaced = previous[j - 1] + (a_here == b_here ? 0 : EDIT_COST);
            current[j] = smallest(previous[j] + EDIT_COST, current[j - 1] + EDIT_COST, replaced);
            if (i > 1 && j > 1 && a_here == b_last && a_last == b_here &&
                before[j - 2] + SWAP_COST < current[j]) {
                current[j] = before[j - 2] + SWAP_COST;
            }
        }
        size_t *oldest = before;
        before = previous;
        previous = current;
        current = oldest;
    }
    return previous[length_b];
}

const char *ent_nearest(const char *name, const char *const *candidates, size_t n_candidates)
{
    size_t length = name != NULL ? strlen(name) : 0;
    if (length == 0 || length > MAX_NAME) {
        return NULL;
    }
    size_t allowed = EDIT_COST * (length / 3 > 0 ? length / 3 : 1);
    const char *best = NULL;
    size_t best_distance = SIZE_MAX;
    for (size_t i = 0; i < n_candidates; i++) {
        size_t candidate_length = candidates[i] != NULL ? strlen(candidates[i]) : 0;
        if (candidate_length == 0 || candidate_length > MAX_NAME) {
            continue;
        }
        size_t distance = edit_distance(name, length, candidates[i], candidate_length);
        if (distance <= allowed && distance < best_distance) {
            best = candidates[i];
            best_distance = distance;
        }
    }
    return best;
}
