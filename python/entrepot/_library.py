"""libentrepot by ctypes: the structs and functions of entrepot/simulator.h and numbers.h that the package uses.

ctypes, because it is part of Python, needs no compiler where the package is installed, and releases the interpreter's
lock during every call."""
import ctypes
import ctypes.util
import os

c_int, c_char_p, c_double, c_size_t, c_void_p = (ctypes.c_int, ctypes.c_char_p, ctypes.c_double, ctypes.c_size_t,
                                                 ctypes.c_void_p)
POINTER = ctypes.POINTER

ERR_STOPPED = -8
SCENARIO, REGION, SECTOR, FLOW, STEP, OUTCOME = range(6)
SHAPES = (("sector", "flow"), ("destination", "sector"), ("origin", "sector"), ("region",), ("size_class", "sector"))


class FaultStruct(ctypes.Structure):
    _fields_ = [("code", c_int), ("file", c_char_p), ("line", c_int), ("column", c_int), ("key", c_char_p),
                ("value", c_char_p), ("rule", c_char_p), ("nearest", c_char_p)]


class Context(ctypes.Structure):
    _fields_ = [("faults", POINTER(FaultStruct)), ("n_faults", c_size_t), ("capacity", c_size_t),
                ("dropped", c_size_t), ("code", c_int), ("inputs", c_void_p), ("n_inputs", c_size_t),
                ("input_capacity", c_size_t)]


class Setting(ctypes.Structure):
    _fields_ = [("key", c_char_p), ("value", c_char_p)]


class Query(ctypes.Structure):
    _fields_ = [("size", c_size_t), ("outcome", c_char_p), ("period", c_char_p), ("scenario", c_char_p),
                ("base", c_char_p), ("origin", c_char_p), ("partner", c_char_p), ("sector", c_char_p),
                ("relative", c_int)]


class Summary(ctypes.Structure):
    _fields_ = [("n_worlds", c_int), ("mean", c_double), ("error", c_double), ("numerical", c_double),
                ("low", c_double), ("high", c_double)]


class Field(ctypes.Structure):
    _fields_ = [("name", c_char_p), ("unit", c_char_p), ("shape", c_int), ("aggregate", c_int), ("weight", c_int),
                ("long_name", c_char_p)]


Take = ctypes.CFUNCTYPE(c_int, c_void_p, c_void_p, c_int)

SIGNATURES = {
    "ent_version": (c_char_p, []),
    "ent_error_name": (c_char_p, [c_int]),
    "ent_context_init": (None, [POINTER(Context)]),
    "ent_context_free": (None, [POINTER(Context)]),
    "ent_field_table": (POINTER(Field), []),
    "ent_field_count": (c_int, []),
    "ent_simulator_open": (c_int, [POINTER(c_void_p), c_char_p, POINTER(Context)]),
    "ent_simulator_parse": (c_int, [POINTER(c_void_p), c_char_p, c_char_p, POINTER(Context)]),
    "ent_simulator_close": (None, [c_void_p]),
    "ent_simulator_set": (c_int, [c_void_p, c_int, POINTER(Setting), POINTER(Context)]),
    "ent_simulator_reading": (c_void_p, [c_void_p]),
    "ent_simulator_ask": (c_int, [c_void_p, c_int, c_int, POINTER(Query), POINTER(c_double), Take, c_void_p,
                                  POINTER(Context)]),
    "ent_reading_count": (c_int, [c_void_p, c_int]),
    "ent_reading_label": (c_char_p, [c_void_p, c_int, c_int]),
    "ent_reading_replications": (c_int, [c_void_p]),
    "ent_reading_world": (c_int, [c_void_p, c_int]),
    "ent_reading_chance": (c_int, [c_void_p, c_int]),
    "ent_reading_unit": (c_char_p, [c_void_p, c_char_p]),
    "ent_reading_field": (c_int, [c_void_p, c_char_p, c_int, c_int, POINTER(POINTER(ctypes.c_float)),
                                  POINTER(Context)]),
    "ent_reading_summary": (c_int, [c_void_p, POINTER(c_double), c_double, POINTER(Summary), POINTER(Context)]),
}


def _load():
    """ENTREPOT_LIBRARY, or the library the system finds."""
    path = os.environ.get("ENTREPOT_LIBRARY") or ctypes.util.find_library("entrepot") or "libentrepot.so.0"
    try:
        library = ctypes.CDLL(path)
    except OSError as error:
        raise ImportError(f"libentrepot cannot be loaded ({error}): install it, or let ENTREPOT_LIBRARY name "
                          "libentrepot.so") from error
    for name, (result, arguments) in SIGNATURES.items():
        function = getattr(library, name)
        function.restype, function.argtypes = result, arguments
    return library


lib = _load()
