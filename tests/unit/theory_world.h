/* Small made-up worlds for the tests of the static theory. */
#ifndef ENTREPOT_TESTS_UNIT_THEORY_WORLD_H
#define ENTREPOT_TESTS_UNIT_THEORY_WORLD_H

#include <entrepot/theory.h>

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "ent_test.h"

#define WORLD_REGIONS 6
#define WORLD_SECTORS 4

typedef struct {
    int n_region, n_sector;
    const char *region[WORLD_REGIONS], *sector[WORLD_SECTORS];
    double flow[WORLD_SECTORS * WORLD_REGIONS * WORLD_REGIONS];
    double tariff[WORLD_SECTORS * WORLD_REGIONS * WORLD_REGIONS];
    double change[WORLD_SECTORS * WORLD_REGIONS * WORLD_REGIONS]; /* a counterfactual schedule */
    double input[WORLD_REGIONS * WORLD_SECTORS * WORLD_SECTORS];
    double theta[WORLD_SECTORS];
} world_t;

static inline size_t world_cell(const world_t *w, int s, int o, int d)
{
    return (size_t)((s * w->n_region + o) * w->n_region + d);
}

/* Uniform in (0, 1), the same everywhere. */
static inline double world_draw(unsigned long long *state)
{
    *state = *state * 6364136223846793005ULL + 1442695040888963407ULL;
    return ((double)(*state >> 11) + 0.5) / 9007199254740992.0;
}

/* A balanced world with inputs, deficits and tariffs, in which region 1 raises its tariffs by 20 points and
 * region 0 lets go of its own. */
static inline void world_make(world_t *w, int n_region, int n_sector)
{
    static const char *const regions[] = {"Ada", "Bex", "Cov", "Dun", "Elm", "Fay"};
    static const char *const sectors[] = {"Grain", "Cloth", "Steel", "Cars"};
    unsigned long long state = 7;

    memset(w, 0, sizeof *w);
    w->n_region = n_region;
    w->n_sector = n_sector;
    for (int r = 0; r < n_region; r++) {
        w->region[r] = regions[r];
    }
    for (int s = 0; s < n_sector; s++) {
        w->sector[s] = sectors[s];
        w->theta[s] = 2.0 + 2.5 * s;
        for (int o = 0; o < n_region; o++) {
            for (int d = 0; d < n_region; d++) {
                const size_t i = world_cell(w, s, o, d);

                w->flow[i] = (o == d ? 1000.0 : 100.0) * (0.5 + world_draw(&state));
                w->tariff[i] = o == d ? 0.0 : 0.15 * world_draw(&state);
                w->change[i] = o == d ? 0.0 : w->tariff[i] + (d == 1 ? 0.2 : 0.0);
                w->change[i] = d == 0 ? 0.0 : w->change[i];
            }
        }
    }
    for (int i = 0; i < n_region * n_sector * n_sector; i++) {
        w->input[i] = 0.12 * world_draw(&state);
    }
}

static inline ent_theory_input_t world_input(const world_t *w)
{
    return (ent_theory_input_t){.n_region = w->n_region,
                                .n_sector = w->n_sector,
                                .region = w->region,
                                .sector = w->sector,
                                .flow = w->flow,
                                .tariff = w->tariff,
                                .input_coefficient = w->input,
                                .theta = w->theta};
}

/* What was written to a stream made by tmpfile, which is closed; free it. */
static inline char *stream_text(FILE *stream)
{
    const long size = ftell(stream);
    char *text = calloc((size_t)size + 1, 1);

    rewind(stream);
    assert_int_equal(fread(text, 1, (size_t)size, stream), (size_t)size);
    fclose(stream);
    return text;
}

/* All of the context's messages as one text; free it. */
static inline char *context_text(const ent_context_t *ctx)
{
    FILE *stream = tmpfile();

    ent_context_print(ctx, stream);
    return stream_text(stream);
}

/* The context tells of `code` in words that contain `words`; it is cleared. */
static inline void assert_fault(ent_context_t *ctx, int actual, int code, const char *words)
{
    char *text = context_text(ctx);

    if (actual != code || strstr(text, words) == NULL) {
        print_error("code %d, expected %d; \"%s\" expected in:\n%s\n", actual, code, words, text);
        free(text);
        fail();
    }
    free(text);
    ent_context_clear(ctx);
}

/* Success, or the context's messages. */
static inline void assert_ok(const ent_context_t *ctx, int actual)
{
    if (actual != ENT_OK) {
        char *text = context_text(ctx);

        print_error("code %d: %s\n", actual, text);
        free(text);
        fail();
    }
}

#endif
