/* Anderson acceleration of a fixed point x = g(x) (Anderson 1965, J. ACM 12, 547-560; in the form of Walker &
 * Ni 2011, SIAM J. Numer. Anal. 49, 1715-1735, type II): the next point is the combination of the remembered
 * images whose residual is smallest in least squares. */
#ifndef ENTREPOT_ECONOMY_THEORY_ANDERSON_H
#define ENTREPOT_ECONOMY_THEORY_ANDERSON_H

#include <stddef.h>

#define THEORY_ANDERSON_MAX 16

typedef struct {
    size_t n;                                              /* unknowns */
    int memory, used, slot;                                /* columns allowed, filled, next to be written */
    int started;                                           /* last_f and last_g hold a point */
    double *difference_f;                                  /* [memory][n] differences of residuals */
    double *difference_g;                                  /* [memory][n] differences of images */
    double *last_f, *last_g;                               /* [n] residual and image of the last point */
    double *step;                                          /* [n] */
    double gram[THEORY_ANDERSON_MAX][THEORY_ANDERSON_MAX]; /* of difference_f */
} theory_anderson_t;

/* Doubles of memory that theory_anderson_init wants. */
size_t theory_anderson_size(size_t n, int memory);
void theory_anderson_init(theory_anderson_t *anderson, size_t n, int memory, double *block);

/* Forget everything: the map has changed. */
void theory_anderson_reset(theory_anderson_t *anderson);

/* x [n] the point, g [n] its image; x becomes the next point, no component moving by more than `limit`. */
void theory_anderson_step(theory_anderson_t *anderson, double *restrict x, const double *restrict g,
                          double limit);

#endif
