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

static int write_attribute(hid_t object, const char *name, hid_t file_type, hid_t memory_type, hid_t space,
                           const void *value)
{
    int rc = -1;
    hid_t attribute = H5Acreate2(object, name, file_type, space, H5P_DEFAULT, H5P_DEFAULT);
    if (attribute >= 0 && H5Awrite(attribute, memory_type, value) >= 0)
        rc = 0;
    if (attribute >= 0 && H5Aclose(attribute) < 0)
        rc = -1;
    return rc;
}

int ent_hdf5_text_attribute(hid_t object, const char *name, const char *text)
{
    int rc = -1;
    size_t length = strlen(text);
    hid_t type = H5Tcopy(H5T_C_S1);
    hid_t space = H5Screate(H5S_SCALAR);
    /* An empty text keeps one byte: netCDF knows no empty string attribute in a scalar space. */
    if (type >= 0 && space >= 0 && H5Tset_size(type, length > 0 ? length : 1) >= 0 &&
        H5Tset_strpad(type, H5T_STR_NULLTERM) >= 0 && H5Tset_cset(type, H5T_CSET_UTF8) >= 0)
        rc = write_attribute(object, name, type, type, space, text);
    ent_hdf5_close(&type);
    ent_hdf5_close(&space);
    return rc;
}

/* One-element attribute, as netCDF writes numbers. */
static int number_attribute(hid_t object, const char *name, hid_t file_type, hid_t memory_type,
                            const void *value)
{
    const hsize_t one = 1;
    hid_t space = H5Screate_simple(1, &one, NULL);
    int rc = space >= 0 ? write_attribute(object, name, file_type, memory_type, space, value) : -1;
    ent_hdf5_close(&space);
    return rc;
}

int ent_hdf5_integer_attribute(hid_t object, const char *name, long long value)
{
    return number_attribute(object, name, H5T_STD_I64LE, H5T_NATIVE_LLONG, &value);
}

int ent_hdf5_unsigned_attribute(hid_t object, const char *name, unsigned long long value)
{
    return number_attribute(object, name, H5T_STD_U64LE, H5T_NATIVE_ULLONG, &value);
}

int ent_hdf5_real_attribute(hid_t object, const char *name, double value)
{
    return number_attribute(object, name, H5T_IEEE_F64LE, H5T_NATIVE_DOUBLE, &value);
}

hid_t ent_hdf5_string_type(void)
{
    hid_t type = H5Tcopy(H5T_C_S1);
    if (type >= 0 && (H5Tset_size(type, H5T_VARIABLE) < 0 || H5Tset_cset(type, H5T_CSET_UTF8) < 0))
        ent_hdf5_close(&type);
    return type;
}

int ent_hdf5_write_strings(hid_t dataset, const char *const *strings)
{
    hid_t type = ent_hdf5_string_type();
    int rc = type >= 0 && H5Dwrite(dataset, type, H5S_ALL, H5S_ALL, H5P_DEFAULT, strings) >= 0 ? 0 : -1;
    ent_hdf5_close(&type);
    return rc;
}

hid_t ent_hdf5_dataset_list(void)
{
    hid_t list = H5Pcreate(H5P_DATASET_CREATE);
    if (list >= 0 && (H5Pset_obj_track_times(list, 0) < 0 ||
                      H5Pset_attr_creation_order(list, H5P_CRT_ORDER_TRACKED | H5P_CRT_ORDER_INDEXED) < 0))
        ent_hdf5_close(&list);
    return list;
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

int ent_hdf5_read_text_attribute(hid_t object, const char *name, char **text)
{
    int rc = -1;
    hid_t type = -1;
    *text = NULL;
    hid_t attribute = H5Aopen(object, name, H5P_DEFAULT);
    if (attribute < 0)
        return -1;
    type = H5Aget_type(attribute);
    if (type < 0 || H5Tget_class(type) != H5T_STRING || H5Tis_variable_str(type) != 0)
        goto out;
    *text = calloc(H5Tget_size(type) + 1, 1);
    if (*text == NULL)
        rc = ENT_ERR_NO_MEMORY;
    if (*text == NULL || H5Aread(attribute, type, *text) < 0)
        goto out;
    rc = 0;
out:
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
