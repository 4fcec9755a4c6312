/* The calls of HDF5 that the program makes: the n-th returns a failure without having been made. Those that
 * close something close it and report a failure all the same, as HDF5 does when a last write fails; so does
 * the one that gives memory back. */
#include "inject.h"

#include <hdf5.h>
#include <hdf5_hl.h>
#include <stddef.h>

#define CALL(type, name, parameters, arguments)                                                              \
    type name parameters                                                                                     \
    {                                                                                                        \
        static type(*next) parameters;                                                                       \
        if (next == NULL)                                                                                    \
            next = (type(*) parameters)inject_next(#name);                                                   \
        return inject_hit(INJECT_HDF5) ? (type)-1 : next arguments;                                          \
    }

#define GIVE_BACK(name, parameters, arguments)                                                               \
    herr_t name parameters                                                                                   \
    {                                                                                                        \
        static herr_t(*next) parameters;                                                                     \
        if (next == NULL)                                                                                    \
            next = (herr_t(*) parameters)inject_next(#name);                                                 \
        int fails = inject_hit(INJECT_HDF5);                                                                 \
        herr_t rc = next arguments;                                                                          \
        return fails ? -1 : rc;                                                                              \
    }
#define CLOSE(name) GIVE_BACK(name, (hid_t id), (id))

CLOSE(H5Aclose)
CLOSE(H5Dclose)
CLOSE(H5Fclose)
CLOSE(H5Gclose)
CLOSE(H5Pclose)
CLOSE(H5Sclose)
CLOSE(H5Tclose)
GIVE_BACK(H5Dvlen_reclaim, (hid_t t, hid_t s, hid_t p, void *buffer), (t, s, p, buffer))

CALL(hid_t, H5Acreate2, (hid_t o, const char *name, hid_t t, hid_t s, hid_t c, hid_t a),
     (o, name, t, s, c, a))
CALL(htri_t, H5Aexists, (hid_t o, const char *name), (o, name))
CALL(hid_t, H5Aget_space, (hid_t a), (a))
CALL(hid_t, H5Aget_type, (hid_t a), (a))
CALL(hid_t, H5Aopen, (hid_t o, const char *name, hid_t p), (o, name, p))
CALL(herr_t, H5Aread, (hid_t a, hid_t t, void *buffer), (a, t, buffer))
CALL(herr_t, H5Awrite, (hid_t a, hid_t t, const void *buffer), (a, t, buffer))
CALL(herr_t, H5DSattach_scale, (hid_t d, hid_t scale, unsigned i), (d, scale, i))
CALL(herr_t, H5DSset_scale, (hid_t d, const char *name), (d, name))
CALL(hid_t, H5Dcreate2, (hid_t f, const char *name, hid_t t, hid_t s, hid_t l, hid_t c, hid_t a),
     (f, name, t, s, l, c, a))
CALL(herr_t, H5Dget_num_chunks, (hid_t d, hid_t s, hsize_t *n), (d, s, n))
CALL(hid_t, H5Dget_space, (hid_t d), (d))
CALL(hid_t, H5Dget_type, (hid_t d), (d))
CALL(hid_t, H5Dopen2, (hid_t f, const char *name, hid_t p), (f, name, p))
CALL(herr_t, H5Dread, (hid_t d, hid_t t, hid_t m, hid_t f, hid_t p, void *buffer), (d, t, m, f, p, buffer))
CALL(herr_t, H5Dwrite, (hid_t d, hid_t t, hid_t m, hid_t f, hid_t p, const void *buffer),
     (d, t, m, f, p, buffer))
CALL(hid_t, H5Fcreate, (const char *path, unsigned flags, hid_t c, hid_t a), (path, flags, c, a))
CALL(herr_t, H5Fflush, (hid_t o, H5F_scope_t scope), (o, scope))
CALL(herr_t, H5Fget_filesize, (hid_t f, hsize_t *size), (f, size))
CALL(htri_t, H5Fis_hdf5, (const char *path), (path))
CALL(hid_t, H5Fopen, (const char *path, unsigned flags, hid_t a), (path, flags, a))
CALL(hid_t, H5Gcreate2, (hid_t f, const char *name, hid_t l, hid_t c, hid_t a), (f, name, l, c, a))
CALL(hid_t, H5Gopen2, (hid_t f, const char *name, hid_t a), (f, name, a))
CALL(htri_t, H5Lexists, (hid_t f, const char *name, hid_t a), (f, name, a))
CALL(hid_t, H5Pcreate, (hid_t c), (c))
CALL(herr_t, H5Pset_attr_creation_order, (hid_t p, unsigned order), (p, order))
CALL(herr_t, H5Pset_chunk, (hid_t p, int n, const hsize_t *dims), (p, n, dims))
CALL(herr_t, H5Pset_chunk_cache, (hid_t p, size_t slots, size_t bytes, double w0), (p, slots, bytes, w0))
CALL(herr_t, H5Pset_deflate, (hid_t p, unsigned level), (p, level))
#if H5_VERSION_GE(1, 10, 7)
CALL(herr_t, H5Pset_file_locking, (hid_t p, hbool_t use, hbool_t ignore), (p, use, ignore))
#endif
CALL(herr_t, H5Pset_fill_time, (hid_t p, H5D_fill_time_t time), (p, time))
CALL(herr_t, H5Pset_fill_value, (hid_t p, hid_t t, const void *value), (p, t, value))
CALL(herr_t, H5Pset_fletcher32, (hid_t p), (p))
CALL(herr_t, H5Pset_link_creation_order, (hid_t p, unsigned order), (p, order))
CALL(herr_t, H5Pset_obj_track_times, (hid_t p, hbool_t track), (p, track))
CALL(herr_t, H5Pset_shuffle, (hid_t p), (p))
CALL(hid_t, H5Screate, (H5S_class_t c), (c))
CALL(hid_t, H5Screate_simple, (int n, const hsize_t *dims, const hsize_t *most), (n, dims, most))
CALL(int, H5Sget_simple_extent_dims, (hid_t s, hsize_t *dims, hsize_t *most), (s, dims, most))
CALL(int, H5Sget_simple_extent_ndims, (hid_t s), (s))
CALL(hssize_t, H5Sget_simple_extent_npoints, (hid_t s), (s))
CALL(herr_t, H5Sselect_hyperslab,
     (hid_t s, H5S_seloper_t op, const hsize_t *start, const hsize_t *stride, const hsize_t *count,
      const hsize_t *block),
     (s, op, start, stride, count, block))
CALL(hid_t, H5Tcopy, (hid_t t), (t))
CALL(H5T_class_t, H5Tget_class, (hid_t t), (t))
CALL(H5T_cset_t, H5Tget_cset, (hid_t t), (t))
CALL(htri_t, H5Tis_variable_str, (hid_t t), (t))
CALL(herr_t, H5Tset_cset, (hid_t t, H5T_cset_t set), (t, set))
CALL(herr_t, H5Tset_size, (hid_t t, size_t size), (t, size))
CALL(herr_t, H5Tset_strpad, (hid_t t, H5T_str_t pad), (t, pad))
