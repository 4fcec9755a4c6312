/* Seals: the last bytes of a finished HDF5 file name the SHA-256 of all bytes before them, so that a file
 * that was cut, flipped or overwritten anywhere is refused before HDF5 sees it. HDF5 and netCDF readers do
 * not look beyond the end of their own data and open a sealed file as any other. A seal protects against
 * damage, not against somebody who makes a new one. */
#ifndef ENTREPOT_IO_SEAL_H
#define ENTREPOT_IO_SEAL_H

#include "base/hash.h"

/* Append the seal to a closed file open as `fd` for reading and writing; `path` names it in faults.
 * ENT_ERR_IO. Cost: one pass over the file. */
int ent_seal_add(int fd, const char *path, ent_context_t *ctx);

/* Check that `path` is an HDF5 file with an unbroken seal. `sha256` (may be NULL) receives the hash of what
 * is sealed. ENT_ERR_NO_INPUT when it cannot be opened, ENT_ERR_DATA when it is no HDF5 file, has no seal or
 * another one. Cost: one pass over the file. */
int ent_seal_check(const char *path, char sha256[ENT_SHA256_TEXT], ent_context_t *ctx);

#endif
