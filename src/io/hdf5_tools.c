#ifndef _GNU_SOURCE
#define _GNU_SOURCE
#endif
#include "io/hdf5_tools.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

void ent_hdf5_quiet(ent_hdf5_quiet_t *saved)
{
    if (H5Eget_auto2(H5E_DEFAULT, &saved->function, &saved->data) < 0)
        *saved = (ent_hdf5_quiet_t){0};
    H5Eset_auto2(H5E_DEFAULT, NULL, NULL);
}

void ent_hdf5_unquiet(const ent_hdf5_quiet_t *saved)
{
    H5Eset_auto2(H5E_DEFAULT, saved->function, saved->data);
}

/* Keeps the first description met, which is the innermost when walking upward. */
static herr_t keep_reason(unsigned n, const H5E_error2_t *error, void *data)
{
    char **reason = data;
    (void)n;
    if (*reason == NULL && error->desc != NULL && error->desc[0] != '\0')
        *reason = strdup(error->desc);
    return 0;
}

int ent_hdf5_reason(char *words, size_t size)
{
    static const char mark[] = "error message = '";
    char *reason = NULL;
    H5Ewalk2(H5E_DEFAULT, H5E_WALK_UPWARD, keep_reason, &reason);
    H5Eclear2(H5E_DEFAULT);
    if (reason == NULL)
        return 0;
    /* System errors come as one long line with the system's own words inside. */
    const char *shown = reason;
    char *system_words = strstr(reason, mark);
    if (system_words != NULL) {
        shown = system_words + sizeof mark - 1;
        system_words[sizeof mark - 1 + strcspn(shown, "'")] = '\0';
    }
    const int locks = strstr(reason, "lock file") != NULL;
    snprintf(words, size, "%s%s", shown,
             locks
                 ? " (HDF5 cannot lock the file: another program holds it, or its file system has no locks; "
                   "with HDF5_USE_FILE_LOCKING=FALSE in the environment HDF5 does without)"
                 : "");
    free(reason);
    return 1;
}

int ent_hdf5_fail(ent_context_t *ctx, int code, const char *path, const char *what)
{
    char reason[ENT_HDF5_REASON];
    const int error = errno, known = ent_hdf5_reason(reason, sizeof reason);
    /* HDF5 says nothing about what failed outside it, and that is memory. */
    if (!known && error == ENOMEM)
        code = ENT_ERR_NO_MEMORY;
    ent_fail(ctx, code, path, "%s: %s", what,
             known                       ? reason
             : code == ENT_ERR_NO_MEMORY ? "no memory"
                                         : "unknown reason");
    return code;
}

hid_t ent_hdf5_open(const char *path)
{
    hid_t access = H5Pcreate(H5P_FILE_ACCESS), file = -1;
    int sound = access >= 0;
#if H5_VERSION_GE(1, 10, 7)
    sound = sound && H5Pset_file_locking(access, 0, 1) >= 0;
#endif
    if (sound) {
        file = H5Fopen(path, H5F_ACC_RDONLY, access);
    }
    ent_hdf5_close(&access);
    return file;
}

hid_t ent_hdf5_string_type(void)
{
    hid_t type = H5Tcopy(H5T_C_S1);
    if (type >= 0 && (H5Tset_size(type, H5T_VARIABLE) < 0 || H5Tset_cset(type, H5T_CSET_UTF8) < 0))
        ent_hdf5_close(&type);
    return type;
}

hid_t ent_hdf5_type(ent_written_kind_t kind, int in_file)
{
    switch (kind) {
    case ENT_WRITTEN_REALS:
        return H5Tcopy(in_file ? H5T_IEEE_F64LE : H5T_NATIVE_DOUBLE);
    case ENT_WRITTEN_FLOATS:
        return H5Tcopy(in_file ? H5T_IEEE_F32LE : H5T_NATIVE_FLOAT);
    case ENT_WRITTEN_INTEGERS:
        return H5Tcopy(in_file ? H5T_STD_I32LE : H5T_NATIVE_INT);
    case ENT_WRITTEN_BYTES:
        return H5Tcopy(in_file ? H5T_STD_I8LE : H5T_NATIVE_SCHAR);
    case ENT_WRITTEN_BLOB:
        return H5Tcopy(in_file ? H5T_STD_U8LE : H5T_NATIVE_UCHAR);
    default:
        return ent_hdf5_string_type();
    }
}

int ent_hdf5_close(hid_t *id)
{
    herr_t closed = 0;
    if (*id < 0)
        return 0;
    /* Every call of HDF5 forgets the error before it, and cleaning up comes before reporting. */
    hid_t pending = H5Eget_num(H5E_DEFAULT) > 0 ? H5Eget_current_stack() : -1;
    switch (H5Iget_type(*id)) {
    case H5I_DATASET:
        closed = H5Dclose(*id);
        break;
    case H5I_DATASPACE:
        closed = H5Sclose(*id);
        break;
    case H5I_DATATYPE:
        closed = H5Tclose(*id);
        break;
    case H5I_GROUP:
        closed = H5Gclose(*id);
        break;
    case H5I_ATTR:
        closed = H5Aclose(*id);
        break;
    case H5I_GENPROP_LST:
        closed = H5Pclose(*id);
        break;
    case H5I_FILE:
        closed = H5Fclose(*id);
        break;
    default:
        break;
    }
    *id = -1;
    if (pending >= 0)
        H5Eset_current_stack(pending);
    return closed < 0 ? -1 : 0;
}

/* ---- reading ---- */

/* A text of variable length, as h5py writes them, or of fixed length. */
static int attribute_text(hid_t attribute, hid_t type, char **text)
{
    char *raw = NULL;
    int rc = -1;
    if (H5Tis_variable_str(type) > 0) {
        if (H5Aread(attribute, type, &raw) >= 0 && raw != NULL) {
            *text = strdup(raw);
            rc = *text != NULL ? 0 : ENT_ERR_NO_MEMORY;
        }
        H5free_memory(raw);
        return rc;
    }
    *text = calloc(H5Tget_size(type) + 1, 1);
    if (*text == NULL) {
        return ENT_ERR_NO_MEMORY;
    }
    return H5Aread(attribute, type, *text) >= 0 ? 0 : -1;
}

int ent_hdf5_read_text_attribute(hid_t object, const char *name, char **text)
{
    hid_t attribute = H5Aopen(object, name, H5P_DEFAULT);
    hid_t type = attribute >= 0 ? H5Aget_type(attribute) : -1;
    *text = NULL;
    const int rc = type >= 0 && H5Tget_class(type) == H5T_STRING ? attribute_text(attribute, type, text) : -1;
    if (rc != 0) {
        free(*text);
        *text = NULL;
    }
    ent_hdf5_close(&type);
    ent_hdf5_close(&attribute);
    return rc;
}

int ent_hdf5_read_integer_attribute(hid_t object, const char *name, long long *value)
{
    int rc = -1;
    hid_t attribute = H5Aopen(object, name, H5P_DEFAULT);
    if (attribute < 0)
        return -1;
    hid_t space = H5Aget_space(attribute);
    if (space >= 0 && H5Sget_simple_extent_npoints(space) == 1 &&
        H5Aread(attribute, H5T_NATIVE_LLONG, value) >= 0)
        rc = 0;
    ent_hdf5_close(&space);
    ent_hdf5_close(&attribute);
    return rc;
}

int ent_hdf5_extent(hid_t dataset, int most, hsize_t *length)
{
    hid_t space = dataset >= 0 ? H5Dget_space(dataset) : -1;
    const int rank = space >= 0 ? H5Sget_simple_extent_ndims(space) : -1;
    const int sound =
        rank >= 0 && rank <= most && (rank == 0 || H5Sget_simple_extent_dims(space, length, NULL) == rank);
    ent_hdf5_close(&space);
    return sound ? rank : -1;
}

int ent_hdf5_read_block(hid_t dataset, hid_t type, int rank, const hsize_t *start, const hsize_t *count,
                        void *values)
{
    hid_t space = dataset >= 0 ? H5Dget_space(dataset) : -1,
          memory = space >= 0 ? H5Screate_simple(rank, count, NULL) : -1;
    const int rc = memory >= 0 && H5Sget_simple_extent_ndims(space) == rank &&
                           H5Sselect_hyperslab(space, H5S_SELECT_SET, start, NULL, count, NULL) >= 0 &&
                           H5Dread(dataset, type, memory, space, H5P_DEFAULT, values) >= 0
                       ? 0
                       : -1;
    ent_hdf5_close(&memory);
    ent_hdf5_close(&space);
    return rc;
}

int ent_hdf5_read_text(hid_t place, const char *name, char **text)
{
    int rc = -1;
    char *raw = NULL;
    hid_t type = ent_hdf5_string_type(), dataset = H5Dopen2(place, name, H5P_DEFAULT),
          space = dataset >= 0 ? H5Dget_space(dataset) : -1;
    *text = NULL;
    if (type >= 0 && space >= 0 && H5Sget_simple_extent_npoints(space) == 1 &&
        H5Dread(dataset, type, H5S_ALL, H5S_ALL, H5P_DEFAULT, &raw) >= 0) {
        *text = raw != NULL ? strdup(raw) : NULL; /* HDF5 gives none for a text that was never written */
        rc = raw == NULL || *text != NULL ? 0 : -1;
        H5free_memory(raw);
    }
    ent_hdf5_close(&space);
    ent_hdf5_close(&dataset);
    ent_hdf5_close(&type);
    return rc;
}
