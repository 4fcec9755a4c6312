/* Beliefs about the regime: a public signal, read with an individual bias and a passing noise. Readings are
 * sorted into classes of equal probability, each represented by its mean, so that expectations are formed
 * once a class. */
#ifndef ENTREPOT_AGENTS_BELIEFS_H
#define ENTREPOT_AGENTS_BELIEFS_H

/* Mean of a standard normal within class `type` of `n_types` equal-probability classes. */
double ent_belief_class_mean(int type, int n_types);

/* Class of a standard normal reading. */
int ent_belief_class(double reading, int n_types);

/* Probabilities as an agent reads them: the odds of the first regime against all others are multiplied by
 * exp(shift); the others keep their proportions. probability [n_regimes] in place. Certainty (0 or 1) stays.
 */
void ent_belief_tilt(double *probability, int n_regimes, double shift);

#endif
