/* Files of unknown origin. A seal says that a file is as it was sealed, not by whom; HDF5 1.10 crashes or
 * loops on files that were altered and sealed again. So a child process, with a limit of time and memory,
 * opens every object of a file and reads every text first: when HDF5 breaks down, it is the child that does.
 */
#ifndef ENTREPOT_IO_VET_H
#define ENTREPOT_IO_VET_H

#include <entrepot/context.h>

/* ENT_ERR_DATA with the object at which HDF5 breaks down, or whose size no file of this length can have. 0
 * when it comes through, and also where no child can be had or it gets nowhere, and in a parallel region,
 * where none is made: open files of unknown origin outside. Cost: a fork, the texts and one number of each
 * array. */
int ent_vet(const char *path, ent_context_t *ctx);

#endif
