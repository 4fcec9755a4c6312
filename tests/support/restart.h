/* The restart matrix: every kind of scenario x closure x threads x step at which a run is stopped. */
#ifndef ENTREPOT_TESTS_SUPPORT_RESTART_H
#define ENTREPOT_TESTS_SUPPORT_RESTART_H

/* Stops a run of each kind and closure after every `stride`-th step and goes on with other numbers of
 * threads; all values equal those of the undisturbed run. Fails the test when they do not; the number of
 * restarts compared. */
int ent_restart_matrix(int stride);

/* States that no engine writes, sealed again in one or both generations of a checkpoint: the older is gone on
 * from, or the replication played again, to the same values. */
void ent_restart_forged(void);

#endif
