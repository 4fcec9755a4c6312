#include "io/hdf5_write.h"

#include <math.h>
#include <string.h>

static const unsigned in_order = H5P_CRT_ORDER_TRACKED | H5P_CRT_ORDER_INDEXED;
static const unsigned deflate_level = 1; /* higher levels save little on float32 and cost much */

/* ---- files and groups ---- */

hid_t ent_hdf5_create(const char *path)
{
    hid_t file = -1, creation = H5Pcreate(H5P_FILE_CREATE), access = H5Pcreate(H5P_FILE_ACCESS);
    int sound = creation >= 0 && access >= 0 && H5Pset_link_creation_order(creation, in_order) >= 0 &&
                H5Pset_attr_creation_order(creation, in_order) >= 0 &&
                H5Pset_obj_track_times(creation, 0) >= 0;
#if H5_VERSION_GE(1, 10, 7)
    /* Network folders without locks must not stop a run; the temporary name is ours alone. */
    sound = sound && H5Pset_file_locking(access, 0, 1) >= 0;
#endif
    if (sound) {
        file = H5Fcreate(path, H5F_ACC_TRUNC, creation, access);
    }
    ent_hdf5_close(&access);
    ent_hdf5_close(&creation);
    return file;
}

hid_t ent_hdf5_create_group(hid_t place, const char *name)
{
    hid_t group = -1, list = H5Pcreate(H5P_GROUP_CREATE);
    if (list >= 0 && H5Pset_link_creation_order(list, in_order) >= 0 &&
        H5Pset_attr_creation_order(list, in_order) >= 0 && H5Pset_obj_track_times(list, 0) >= 0) {
        group = H5Gcreate2(place, name, H5P_DEFAULT, list, H5P_DEFAULT);
    }
    ent_hdf5_close(&list);
    return group;
}

/* ---- arrays ---- */

static int has_fill(const ent_hdf5_array_t *array)
{
    return array->kind == ENT_WRITTEN_REALS || array->kind == ENT_WRITTEN_FLOATS;
}

static int set_fill(hid_t list, const ent_hdf5_array_t *array)
{
    const double missing = NAN;
    return !has_fill(array) ||
           (H5Pset_fill_value(list, H5T_NATIVE_DOUBLE, &missing) >= 0 &&
            (array->space != ENT_HDF5_WHEN_WRITTEN || H5Pset_fill_time(list, H5D_FILL_TIME_ALLOC) >= 0));
}

static int set_chunk(hid_t list, const ent_hdf5_array_t *array)
{
    return array->chunk == NULL ||
           (H5Pset_chunk(list, array->rank, array->chunk) >= 0 && H5Pset_shuffle(list) >= 0 &&
            H5Pset_deflate(list, deflate_level) >= 0 && H5Pset_fletcher32(list) >= 0);
}

hid_t ent_hdf5_array_list(const ent_hdf5_array_t *array)
{
    hid_t list = H5Pcreate(H5P_DATASET_CREATE);
    if (list >= 0 &&
        (H5Pset_obj_track_times(list, 0) < 0 || H5Pset_attr_creation_order(list, in_order) < 0 ||
         (array->space == ENT_HDF5_AT_ONCE && H5Pset_alloc_time(list, H5D_ALLOC_TIME_EARLY) < 0) ||
         !set_fill(list, array) || !set_chunk(list, array))) {
        ent_hdf5_close(&list);
    }
    return list;
}

hid_t ent_hdf5_create_from(hid_t place, const ent_hdf5_array_t *array, hid_t list)
{
    hid_t dataset = -1, type = ent_hdf5_type(array->kind, 1), access = H5Pcreate(H5P_DATASET_ACCESS);
    hid_t space =
        array->rank > 0 ? H5Screate_simple(array->rank, array->length, NULL) : H5Screate(H5S_SCALAR);
    /* No chunk cache: chunks are written whole, so that a full disk is noticed by the write it meets. */
    if (list >= 0 && type >= 0 && access >= 0 && space >= 0 &&
        (array->chunk == NULL || H5Pset_chunk_cache(access, 1, 0, H5D_CHUNK_CACHE_W0_DEFAULT) >= 0)) {
        dataset = H5Dcreate2(place, array->name, type, space, H5P_DEFAULT, list, access);
    }
    ent_hdf5_close(&space);
    ent_hdf5_close(&access);
    ent_hdf5_close(&type);
    return dataset;
}

hid_t ent_hdf5_create_array(hid_t place, const ent_hdf5_array_t *array)
{
    hid_t list = ent_hdf5_array_list(array), dataset = ent_hdf5_create_from(place, array, list);
    ent_hdf5_close(&list);
    return dataset;
}

int ent_hdf5_write(hid_t dataset, ent_written_kind_t kind, const void *values)
{
    hid_t type = ent_hdf5_type(kind, 0);
    const int rc = type >= 0 && H5Dwrite(dataset, type, H5S_ALL, H5S_ALL, H5P_DEFAULT, values) >= 0 ? 0 : -1;
    ent_hdf5_close(&type);
    return rc;
}

int ent_hdf5_write_block(hid_t dataset, ent_written_kind_t kind, int rank, const hsize_t *start,
                         const hsize_t *count, const void *values)
{
    hid_t type = ent_hdf5_type(kind, 0), space = H5Dget_space(dataset),
          memory = H5Screate_simple(rank, count, NULL);
    const int rc = type >= 0 && space >= 0 && memory >= 0 &&
                           H5Sselect_hyperslab(space, H5S_SELECT_SET, start, NULL, count, NULL) >= 0 &&
                           H5Dwrite(dataset, type, memory, space, H5P_DEFAULT, values) >= 0
                       ? 0
                       : -1;
    ent_hdf5_close(&memory);
    ent_hdf5_close(&space);
    ent_hdf5_close(&type);
    return rc;
}

/* ---- attributes ---- */

static int write_attribute(hid_t object, const char *name, hid_t type, hid_t memory, hid_t space,
                           const void *value)
{
    hid_t attribute = space >= 0 ? H5Acreate2(object, name, type, space, H5P_DEFAULT, H5P_DEFAULT) : -1;
    const int rc = attribute >= 0 && H5Awrite(attribute, memory, value) >= 0 ? 0 : -1;
    return ent_hdf5_close(&attribute) != 0 ? -1 : rc;
}

int ent_hdf5_text_attribute(hid_t object, const char *name, const char *text)
{
    int rc = -1;
    const size_t length = strlen(text);
    hid_t type = H5Tcopy(H5T_C_S1), space = H5Screate(H5S_SCALAR);
    /* An empty text keeps one byte: netCDF knows no empty string attribute in a scalar space. */
    if (type >= 0 && H5Tset_size(type, length > 0 ? length : 1) >= 0 &&
        H5Tset_strpad(type, H5T_STR_NULLTERM) >= 0 && H5Tset_cset(type, H5T_CSET_UTF8) >= 0) {
        rc = write_attribute(object, name, type, type, space, text);
    }
    ent_hdf5_close(&type);
    ent_hdf5_close(&space);
    return rc;
}

static int numbers_attribute(hid_t object, const char *name, hid_t type, hid_t memory, hsize_t n,
                             const void *values)
{
    hid_t space = H5Screate_simple(1, &n, NULL);
    const int rc = write_attribute(object, name, type, memory, space, values);
    ent_hdf5_close(&space);
    return rc;
}

int ent_hdf5_integer_attribute(hid_t object, const char *name, long long value)
{
    return numbers_attribute(object, name, H5T_STD_I64LE, H5T_NATIVE_LLONG, 1, &value);
}

int ent_hdf5_unsigned_attribute(hid_t object, const char *name, unsigned long long value)
{
    return numbers_attribute(object, name, H5T_STD_U64LE, H5T_NATIVE_ULLONG, 1, &value);
}

int ent_hdf5_real_attribute(hid_t object, const char *name, double value)
{
    return numbers_attribute(object, name, H5T_IEEE_F64LE, H5T_NATIVE_DOUBLE, 1, &value);
}

int ent_hdf5_bytes_attribute(hid_t object, const char *name, int n, const signed char *values)
{
    return numbers_attribute(object, name, H5T_STD_I8LE, H5T_NATIVE_SCHAR, (hsize_t)n, values);
}

int ent_hdf5_fill_attribute(hid_t dataset, ent_written_kind_t kind)
{
    const double missing = NAN;
    hid_t type = ent_hdf5_type(kind, 1);
    const int rc = numbers_attribute(dataset, "_FillValue", type, H5T_NATIVE_DOUBLE, 1, &missing);
    ent_hdf5_close(&type);
    return rc;
}

int ent_hdf5_describe(hid_t dataset, const char *units, const char *long_name)
{
    return ent_hdf5_text_attribute(dataset, "units", units) == 0 &&
                   ent_hdf5_text_attribute(dataset, "long_name", long_name) == 0
               ? 0
               : -1;
}
