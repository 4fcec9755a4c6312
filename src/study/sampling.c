#include "study/sampling.h"

#include "base/draws.h"
#include "base/memory.h"

#include <gsl/gsl_qrng.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

#define DESIGN_NAME(name, key, ...) key,
const char *const ent_design_names[ENT_N_DESIGNS] = {ENT_DESIGNS(DESIGN_NAME)};
#undef DESIGN_NAME

unsigned ent_design_takes(ent_design_kind_t kind)
{
#define DESIGN_TAKES(name, key, takes, form) takes,
    static const unsigned takes[ENT_N_DESIGNS] = {ENT_DESIGNS(DESIGN_TAKES)};
#undef DESIGN_TAKES
    return takes[kind];
}

ent_design_form_t ent_design_form(ent_design_kind_t kind)
{
#define DESIGN_FORM(name, key, takes, form) form,
    static const ent_design_form_t forms[ENT_N_DESIGNS] = {ENT_DESIGNS(DESIGN_FORM)};
#undef DESIGN_FORM
    return forms[kind];
}

/* What the draws of a design are for, as agent numbers of its stream. */
enum { FOR_ORDER = 1, FOR_PLACE, FOR_SCRAMBLE, FOR_START, FOR_SIGN, FOR_EXCHANGE };

static ent_draw4_t draw(const ent_design_t *design, uint64_t what, int32_t row, uint32_t column)
{
    return ent_draw4(ent_stream(design->seed, 0x64657369676eULL, what), what, row, ENT_PURPOSE_WORLD, column);
}

static double uniform(const ent_design_t *design, uint64_t what, int row, int column)
{
    const ent_draw4_t d = draw(design, what, row, (uint32_t)column);
    return ent_uniform(d.word[0], d.word[1]);
}

static double midpoint(int level, int levels)
{
    return (level + 0.5) / levels;
}

/* Fisher-Yates by the keys of (row, column). */
static void shuffle(const ent_design_t *design, int *order, int n, int column)
{
    for (int i = 0; i < n; i++) {
        order[i] = i;
    }
    for (int i = n - 1; i > 0; i--) {
        const int j = (int)(uniform(design, FOR_ORDER, i, column) * (i + 1));
        const int kept = order[i];
        order[i] = order[j];
        order[j] = kept;
    }
}

static int fill_factorial(const ent_design_t *design, int k, double *u, int n, ent_context_t *ctx)
{
    (void)ctx;
    for (int row = 0; row < n; row++) {
        int rest = row;
        for (int f = k - 1; f >= 0; f--) {
            u[(size_t)row * (size_t)k + (size_t)f] = midpoint(rest % design->levels, design->levels);
            rest /= design->levels;
        }
    }
    return 0;
}

static int fill_one_at_a_time(const ent_design_t *design, int k, double *u, int n, ent_context_t *ctx)
{
    (void)ctx;
    for (size_t i = 0; i < (size_t)n * (size_t)k; i++) {
        u[i] = 0.5;
    }
    for (int f = 0, row = 1; f < k; f++) {
        for (int l = 0; l < design->levels; l++, row++) {
            u[(size_t)row * (size_t)k + (size_t)f] = midpoint(l, design->levels);
        }
    }
    return 0;
}

static int fill_latin_hypercube(const ent_design_t *design, int k, double *u, int n, ent_context_t *ctx)
{
    int *order = ent_calloc(ctx, (size_t)n, sizeof *order);
    for (int f = 0; order != NULL && f < k; f++) {
        shuffle(design, order, n, f);
        for (int row = 0; row < n; row++) {
            u[(size_t)row * (size_t)k + (size_t)f] = (order[row] + uniform(design, FOR_PLACE, row, f)) / n;
        }
    }
    free(order);
    return order != NULL ? 0 : ENT_ERR_NO_MEMORY;
}

/* Sum over the other rows of distance^-16: large when some row is near. */
static double crowding(const double *u, int n, int k, int row)
{
    const double *own = u + (size_t)row * (size_t)k;
    double sum = 0.0;
    for (int r = 0; r < n; r++) {
        double d2 = 0.0;
        for (int f = 0; r != row && f < k; f++) {
            const double difference = own[f] - u[(size_t)r * (size_t)k + (size_t)f];
            d2 += difference * difference;
        }
        const double d4 = d2 * d2, d8 = d4 * d4;
        sum += r != row ? 1.0 / (d8 * d8) : 0.0;
    }
    return sum;
}

/* A Latin hypercube whose points keep apart: two rows exchange a factor where that leaves both less crowded,
 * which keeps one point in every stratum. The distance of the two is the same after it. */
static int fill_maximin(const ent_design_t *design, int k, double *u, int n, ent_context_t *ctx)
{
    static const double most_work = 1.25e8, most_a_row = 200.0;
    const double tries = fmin(most_work / ((double)n * k), most_a_row * n);
    int code = fill_latin_hypercube(design, k, u, n, ctx);
    for (int t = 0; code == 0 && n > 2 && t < tries; t++) {
        const int a = (int)(uniform(design, FOR_EXCHANGE, t, 0) * n),
                  b = (int)(uniform(design, FOR_EXCHANGE, t, 1) * n);
        const size_t f = (size_t)(uniform(design, FOR_EXCHANGE, t, 2) * k);
        double *x = u + (size_t)a * (size_t)k + f, *y = u + (size_t)b * (size_t)k + f;
        if (a == b) {
            continue;
        }
        const double before = crowding(u, n, k, a) + crowding(u, n, k, b), kept = *x;
        *x = *y;
        *y = kept;
        if (!(crowding(u, n, k, a) + crowding(u, n, k, b) < before)) {
            *y = *x;
            *x = kept;
        }
    }
    return code;
}

static uint32_t reverse_bits(uint32_t x)
{
    x = (x & 0x55555555u) << 1 | (x >> 1 & 0x55555555u);
    x = (x & 0x33333333u) << 2 | (x >> 2 & 0x33333333u);
    x = (x & 0x0f0f0f0fu) << 4 | (x >> 4 & 0x0f0f0f0fu);
    x = (x & 0x00ff00ffu) << 8 | (x >> 8 & 0x00ff00ffu);
    return x << 16 | x >> 16;
}

/* Nested uniform scrambling: a hash whose every bit depends on lower bits only, applied to the reversed
 * digits (constants of Vegdahl, as in Burley 2020). */
static uint32_t owen_scramble(uint32_t x, uint32_t seed)
{
    x = reverse_bits(x);
    x ^= x * 0x3d20adeau;
    x += seed;
    x *= (seed >> 16) | 1u;
    x ^= x * 0x05526c56u;
    x ^= x * 0x53a22864u;
    return reverse_bits(x);
}

/* Scrambled Sobol' points [n][dimensions]. The first point of the sequence, the origin, is taken in. */
static int fill_sobol(const ent_design_t *design, int dimensions, double *u, int n, ent_context_t *ctx)
{
    gsl_qrng *sequence = gsl_qrng_alloc(gsl_qrng_sobol, (unsigned)dimensions);
    double point[ENT_SOBOL_MAX_DIMENSIONS] = {0};
    uint32_t seed[ENT_SOBOL_MAX_DIMENSIONS];
    if (sequence == NULL) {
        return ent_fail(ctx, ENT_ERR_NO_MEMORY, "design", "no memory for a Sobol' sequence");
    }
    for (int d = 0; d < dimensions; d++) {
        seed[d] = draw(design, FOR_SCRAMBLE, 0, (uint32_t)d).word[0];
    }
    for (int row = 0; row < n; row++) {
        for (int d = 0; d < dimensions; d++) {
            const uint32_t digits = owen_scramble((uint32_t)(point[d] * 0x1p32), seed[d]);
            u[(size_t)row * (size_t)dimensions + (size_t)d] = ((double)digits + 0.5) * 0x1p-32;
        }
        gsl_qrng_get(sequence, point);
    }
    gsl_qrng_free(sequence);
    return 0;
}

static int fill_saltelli(const ent_design_t *design, int k, double *u, int n_rows, ent_context_t *ctx)
{
    const int n = n_rows / (k + 2);
    double *pair = ent_calloc(ctx, (size_t)n * 2 * (size_t)k, sizeof *pair);
    int code = pair == NULL ? ENT_ERR_NO_MEMORY : fill_sobol(design, 2 * k, pair, n, ctx);
    for (int base = 0; code == 0 && base < n; base++) {
        const double *a = pair + (size_t)base * 2 * (size_t)k, *b = a + k;
        double *row = u + (size_t)base * (size_t)(k + 2) * (size_t)k;
        for (int r = 0; r < k + 2; r++, row += k) {
            memcpy(row, r == k + 1 ? b : a, (size_t)k * sizeof *row);
            if (r > 0 && r <= k) {
                row[r - 1] = b[r - 1];
            }
        }
    }
    free(pair);
    return code;
}

static int fill_morris(const ent_design_t *design, int k, double *u, int n, ent_context_t *ctx)
{
    const int levels = design->levels, step = levels / 2;
    int *order = ent_calloc(ctx, (size_t)k, sizeof *order);
    int *place = ent_calloc(ctx, (size_t)k, sizeof *place);
    for (int t = 0; order != NULL && place != NULL && t < n / (k + 1); t++) {
        double *row = u + (size_t)t * (size_t)(k + 1) * (size_t)k;
        shuffle(design, order, k, t + 1);
        for (int f = 0; f < k; f++) {
            place[f] = (int)(uniform(design, FOR_START, t, f) * levels);
        }
        for (int r = 0; r <= k; r++, row += k) {
            if (r > 0) {
                int *moved = &place[order[r - 1]];
                *moved += *moved + step < levels ? step : -step;
            }
            for (int f = 0; f < k; f++) {
                row[f] = midpoint(place[f], levels);
            }
        }
    }
    const int code = order != NULL && place != NULL ? 0 : ENT_ERR_NO_MEMORY;
    free(order);
    free(place);
    return code;
}

static int fill_table(const ent_design_t *design, int k, double *u, int n, ent_context_t *ctx)
{
    (void)ctx;
    memcpy(u, design->table, (size_t)n * (size_t)k * sizeof *u);
    return 0;
}

/* ---- the table
 * ------------------------------------------------------------------------------------------------ */

/* Rows over k factors, as doubles since they may be too many. */

static double all_levels(const ent_design_t *design, int k)
{
    return pow(design->levels, k);
}

static double centre_and_levels(const ent_design_t *design, int k)
{
    return 1.0 + (double)k * design->levels;
}

static double as_many_as_points(const ent_design_t *design, int k)
{
    (void)k;
    return design->points;
}

static double pairs(const ent_design_t *design, int k)
{
    return (double)design->points * (k + 2);
}

static double paths(const ent_design_t *design, int k)
{
    return (double)design->points * (k + 1);
}

static double as_given(const ent_design_t *design, int k)
{
    (void)k;
    return design->n_table;
}

static const struct {
    double (*rows)(const ent_design_t *design, int k);
    int (*fill)(const ent_design_t *design, int k, double *u, int n, ent_context_t *ctx);
    int sobol_dimensions; /* of a Sobol' sequence it uses a factor; 0: none */
    int even_levels;      /* 1: two at least, and an even number */
} designs[ENT_N_DESIGNS] = {
    [ENT_DESIGN_FACTORIAL] = {all_levels, fill_factorial, 0, 0},
    [ENT_DESIGN_ONE_AT_A_TIME] = {centre_and_levels, fill_one_at_a_time, 0, 0},
    [ENT_DESIGN_LATIN_HYPERCUBE] = {as_many_as_points, fill_latin_hypercube, 0, 0},
    [ENT_DESIGN_MAXIMIN] = {as_many_as_points, fill_maximin, 0, 0},
    [ENT_DESIGN_SOBOL] = {as_many_as_points, fill_sobol, 1, 0},
    [ENT_DESIGN_SALTELLI] = {pairs, fill_saltelli, 2, 0},
    [ENT_DESIGN_MORRIS] = {paths, fill_morris, 0, 1},
    [ENT_DESIGN_TABLE] = {as_given, fill_table, 0, 0},
};

static int check(const ent_design_t *design, int k, ent_context_t *ctx)
{
    const int dimensions = designs[design->kind].sobol_dimensions * k;
    const double rows = designs[design->kind].rows(design, k);
    if (dimensions > ENT_SOBOL_MAX_DIMENSIONS) {
        return ent_fail(ctx, ENT_ERR_CONFIG, "design",
                        "%s needs %d dimensions for %d uncertainties; the Sobol' sequence here has %d: use "
                        "latin_hypercube or morris, or fewer uncertainties",
                        ent_design_names[design->kind], dimensions, k, ENT_SOBOL_MAX_DIMENSIONS);
    }
    if (designs[design->kind].even_levels && (design->levels < 2 || design->levels % 2 != 0)) {
        return ent_fail(ctx, ENT_ERR_CONFIG, "design", "%s needs an even number of levels, not %d",
                        ent_design_names[design->kind], design->levels);
    }
    if (rows > ENT_DESIGN_MAX_ROWS) {
        return ent_fail(ctx, ENT_ERR_CONFIG, "design", "%.3g rows are more than %d", rows,
                        ENT_DESIGN_MAX_ROWS);
    }
    return 0;
}

int ent_design(const ent_design_t *design, int n_factors, double **u, int *n, ent_context_t *ctx)
{
    const int k = n_factors;
    *u = NULL;
    *n = 0;
    int code = check(design, k, ctx);
    if (code != 0) {
        return code;
    }
    const int rows = k == 0 ? 1 : (int)designs[design->kind].rows(design, k);
    double *out = ent_calloc(ctx, (size_t)rows * (size_t)k + 1, sizeof *out);
    if (out == NULL) {
        return ENT_ERR_NO_MEMORY;
    }
    code = k > 0 ? designs[design->kind].fill(design, k, out, rows, ctx) : 0;
    if (code != 0) {
        free(out);
        return code;
    }
    *u = out;
    *n = rows;
    return 0;
}
