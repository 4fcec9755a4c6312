/* The small firm-market update that agent frameworks are measured with, three ways on one core: a firm's
 * productivity in a market follows an AR(1) (one normal), its price and the quantity sold are two powers, and
 * revenue is summed by market.
 *
 *   plain C with GSL      one firm at a time: ziggurat normals, pow
 *   numpy                 whole arrays, and blocks that stay in cache (peers_numpy.py)
 *   over our arrays       structure of arrays in blocks, Philox draws many at a time, the powers as
 * exponentials of one logarithm
 *
 * All in double, all 10^5 firms x 10 markets, the same model; mean revenues agree to sampling error. */
#include "bench_tools.h"

#include "base/draw_lanes.h"
#include "base/vmath.h"

#include <gsl/gsl_randist.h>
#include <gsl/gsl_rng.h>
#include <math.h>
#include <stdlib.h>

enum { FIRMS = 100000, MARKETS = 10, BLOCK = 1024 };
static const double PERSISTENCE = 0.9, SPREAD = 0.02, PASS = 0.8, SIGMA = 3.0;

typedef struct {
    double rate;    /* updates per second */
    double revenue; /* of a firm in a market, last step */
} peer_t;

static peer_t plain_loop(double *productivity, int n_steps)
{
    gsl_rng *rng = gsl_rng_alloc(gsl_rng_mt19937);
    double revenue = 0.0;
    for (int i = 0; i < FIRMS * MARKETS; i++) {
        productivity[i] = 1.0;
    }
    const double begin = bench_thread_time();
    for (int t = 0; t < n_steps; t++) {
        revenue = 0.0;
        for (int m = 0; m < MARKETS; m++) {
            double *z = productivity + (size_t)m * FIRMS;
            for (int f = 0; f < FIRMS; f++) {
                z[f] = PERSISTENCE * z[f] + (1.0 - PERSISTENCE) + gsl_ran_gaussian_ziggurat(rng, SPREAD);
                const double price = pow(z[f], -PASS);
                revenue += price * pow(price, -SIGMA);
            }
        }
    }
    const double taken = bench_thread_time() - begin;
    gsl_rng_free(rng);
    return (peer_t){(double)FIRMS * MARKETS * n_steps / taken, revenue / (FIRMS * MARKETS)};
}

/* Sine and cosine of a turn, |turn| <= 1/2: octant by rounding, Taylor series to full precision. */
static inline void turn(double x, double *sine, double *cosine)
{
    const double shift = 6755399441055744.0; /* 1.5 * 2^52 */
    const double shifted = x * 4.0 + shift, quarter = shifted - shift;
    const double r = (x - 0.25 * quarter) * 6.283185307179586477, z = r * r;
    double s = -1.0 / 39916800.0 + z * (1.0 / 6227020800.0),
           c = 1.0 / 479001600.0 - z * (1.0 / 87178291200.0);
    s = 1.0 / 362880.0 + z * s;
    s = -1.0 / 5040.0 + z * s;
    s = 1.0 / 120.0 + z * s;
    s = -1.0 / 6.0 + z * s;
    s = r + r * z * s;
    c = -1.0 / 3628800.0 + z * c;
    c = 1.0 / 40320.0 + z * c;
    c = -1.0 / 720.0 + z * c;
    c = 1.0 / 24.0 + z * c;
    c = 1.0 - z * (0.5 - z * c);
    const int64_t bits = ent_double_bits(shifted);
    const int64_t swap = -(bits & 1);
    const int64_t a = (ent_double_bits(c) & swap) | (ent_double_bits(s) & ~swap);
    const int64_t b = (ent_double_bits(s) & swap) | (ent_double_bits(c) & ~swap);
    *sine = ent_bits_double(a ^ (int64_t)((uint64_t)(bits & 2) << 62));
    *cosine = ent_bits_double(b ^ (int64_t)((uint64_t)((bits + 1) & 2) << 62));
}

/* Normals of the agents first .. first + n - 1 (Box and Muller 1958), n at most BLOCK: four of a Philox draw.
 */
static void normals(ent_stream_t stream, uint64_t first, int n, int32_t step, double *restrict normal)
{
    const int n_draws = (n + 3) / 4;
    uint64_t agent[BLOCK / 4];
    uint32_t word[4][BLOCK / 4];
    for (int i = 0; i < BLOCK / 4; i++) {
        agent[i] = first + (uint64_t)i;
    }
    ent_draw4_lanes(stream, agent, (n_draws + 15) / 16 * 16, step, ENT_PURPOSE_PRODUCTIVITY, 0,
                    (uint32_t *const[4]){word[0], word[1], word[2], word[3]});
    for (int k = 0; k < 4; k += 2) {
        double *restrict one = normal + k * n_draws, *restrict two = normal + (k + 1) * n_draws;
#pragma GCC ivdep
        for (int i = 0; i < n_draws; i++) {
            double sine, cosine;
            turn(((double)(int32_t)word[k + 1][i] + 0.5) * 0x1p-32, &sine, &cosine);
            const double radius =
                sqrt(-2.0 * ent_log(((double)(int32_t)(word[k][i] ^ 0x80000000u) + 2147483648.5) * 0x1p-32));
            one[i] = radius * sine;
            two[i] = radius * cosine;
        }
    }
}

static double block_revenue(double *restrict z, const double *restrict normal, int n)
{
    double sum[8] = {0};
    double value[BLOCK];
#pragma GCC ivdep
    for (int i = 0; i < n; i++) {
        z[i] = PERSISTENCE * z[i] + (1.0 - PERSISTENCE) + SPREAD * normal[i];
        const double log_price = -PASS * ent_log(z[i]);
        const double price = ent_exp(log_price), quantity = ent_exp(-SIGMA * log_price);
        value[i] = price * quantity;
    }
    for (int i = 0; i < n; i += 8) {
        for (int k = 0; k < 8; k++) {
            sum[k] += i + k < n ? value[i + k] : 0.0;
        }
    }
    return ((sum[0] + sum[4]) + (sum[2] + sum[6])) + ((sum[1] + sum[5]) + (sum[3] + sum[7]));
}

static peer_t our_arrays(double *productivity, int n_steps)
{
    const ent_stream_t stream = ent_stream(1, 0, 0);
    double normal[BLOCK + 16], revenue = 0.0;
    for (int i = 0; i < FIRMS * MARKETS; i++) {
        productivity[i] = 1.0;
    }
    const double begin = bench_thread_time();
    for (int t = 0; t < n_steps; t++) {
        revenue = 0.0;
        for (int i = 0; i < FIRMS * MARKETS; i += BLOCK) {
            const int n = FIRMS * MARKETS - i < BLOCK ? FIRMS * MARKETS - i : BLOCK;
            normals(stream, (uint64_t)i, n, t, normal);
            revenue += block_revenue(productivity + i, normal, n);
        }
    }
    const double taken = bench_thread_time() - begin;
    return (peer_t){(double)FIRMS * MARKETS * n_steps / taken, revenue / (FIRMS * MARKETS)};
}

/* The fastest of the repeats. */
static peer_t fastest(peer_t (*play)(double *, int), double *productivity, const bench_options_t *options)
{
    peer_t best = {0};
    for (int i = 0; i < options->n_repeats; i++) {
        const peer_t peer = play(productivity, options->n_steps);
        best = peer.rate > best.rate ? peer : best;
    }
    return best;
}

/* Whole arrays and blocks in numpy; rates 0 where there is none. */
static void numpy(const bench_options_t *options, peer_t *whole, peer_t *blocks)
{
    char command[512];
    snprintf(command, sizeof command,
             "OMP_NUM_THREADS=1 OPENBLAS_NUM_THREADS=1 '%s' '%s/peers_numpy.py' %d %d %d %d", options->python,
             options->scripts, FIRMS, MARKETS, options->n_steps, options->n_repeats);
    FILE *pipe = popen(command, "r");
    *whole = *blocks = (peer_t){0};
    if (pipe != NULL) {
        double rate[2], revenue;
        if (fscanf(pipe, "%lf %lf %lf", &rate[0], &rate[1], &revenue) == 3) {
            *whole = (peer_t){1e6 * rate[0], revenue};
            *blocks = (peer_t){1e6 * rate[1], revenue};
        }
        pclose(pipe);
    }
}

static void print_peer(const char *name, peer_t peer, peer_t ours)
{
    if (peer.rate > 0.0) {
        printf("%-34s %14.1f %12.2f %16.5f\n", name, peer.rate / 1e6, ours.rate / peer.rate, peer.revenue);
    } else {
        printf("%-34s %14s\n", name, "not here");
    }
}

void bench_peers(const bench_options_t *options)
{
    double *productivity = malloc((size_t)FIRMS * MARKETS * sizeof *productivity);
    if (productivity == NULL) {
        return;
    }
    peer_t whole, blocks;
    numpy(options, &whole, &blocks);
    const peer_t plain = fastest(plain_loop, productivity, options);
    const peer_t ours = fastest(our_arrays, productivity, options);
    printf(
        "\nThe small firm-market update of others, double, one core: %d firms x %d markets x %d steps\n%-34s "
        "%14s %12s %16s\n",
        FIRMS, MARKETS, options->n_steps, "", "M updates/s", "ours / it", "mean revenue");
    print_peer("plain C with GSL", plain, ours);
    print_peer("numpy", whole, ours);
    print_peer("numpy in blocks", blocks, ours);
    print_peer("over our arrays", ours, ours);
    fflush(stdout);
    free(productivity);
}
