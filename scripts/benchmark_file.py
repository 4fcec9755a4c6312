"""Write and read Entrepot benchmark files: HDF5 laid out by the netCDF-4 conventions.

A file is written under a temporary name and renamed when whole; its last dataset is `complete`.
Nothing in it depends on the clock, so the same inputs give the same bytes.
"""

import hashlib
import lzma
import os
from contextlib import contextmanager

import h5py
import numpy as np

FORMAT_NAME = "entrepot-benchmark"
FORMAT_VERSION = 1
TEXT = h5py.string_dtype("utf-8")


def describe(dataset, units, long_name):
    """Give a dataset the two attributes every variable has."""
    dataset.attrs.create("units", units, dtype=TEXT)
    dataset.attrs.create("long_name", long_name, dtype=TEXT)


class BenchmarkWriter:
    """Adds dimension scales and variables to an open benchmark file."""

    def __init__(self, file):
        self.file = file

    def attribute(self, name, value):
        """Set a global attribute: a text or an integer."""
        self.file.attrs.create(name, value, dtype=TEXT if isinstance(value, str) else np.int32)

    def dimension(self, name, labels, long_name):
        """Write the string coordinate `name` and make it a dimension scale."""
        dataset = self._text(name, labels, long_name)
        dataset.make_scale(name)

    def text(self, name, labels, dimension, long_name):
        """Write a string variable along one dimension."""
        dataset = self._text(name, labels, long_name)
        dataset.dims[0].attach_scale(self.file[dimension])

    def variable(self, name, values, dimensions, units, long_name, **attributes):
        """Write a float64 variable with its dimensions, unit and description."""
        values = np.ascontiguousarray(values, dtype=np.float64)
        expected = tuple(self.file[d].shape[0] for d in dimensions)
        if values.shape != expected:
            raise ValueError(f"{name}: shape {values.shape}, dimensions ask for {expected}")
        if not np.all(np.isfinite(values)):
            raise ValueError(f"{name}: {np.count_nonzero(~np.isfinite(values))} values are not finite")
        chunks = (1,) + values.shape[1:] if values.ndim == 3 else values.shape
        dataset = self.file.create_dataset(name, data=values, chunks=chunks, compression="gzip",
                                           compression_opts=9, shuffle=True, fletcher32=True,
                                           track_times=False)
        for axis, dimension in enumerate(dimensions):
            dataset.dims[axis].attach_scale(self.file[dimension])
        describe(dataset, units, long_name)
        for key, text in attributes.items():
            dataset.attrs.create(key, text, dtype=TEXT)

    def _text(self, name, labels, long_name):
        dataset = self.file.create_dataset(name, data=[str(label) for label in labels], dtype=TEXT,
                                           track_times=False)
        describe(dataset, "1", long_name)
        return dataset


SEAL = b"\nentrepot-seal sha256 "


def seal(path):
    """Seal a finished file (src/io/seal.h), in place of the seal it may have, and sync it."""
    with open(path, "rb+") as handle:
        data = handle.read()
        length = len(SEAL) + 65
        if data[-length:].startswith(SEAL):
            data = data[:-length]
        handle.seek(len(data))
        handle.write(SEAL + hashlib.sha256(data).hexdigest().encode() + b"\n")
        handle.truncate()
        os.fsync(handle.fileno())


@contextmanager
def benchmark_writer(path):
    """Yield a BenchmarkWriter; on success mark the file complete, sync it and put it in place."""
    temporary = f"{path}.tmp"
    try:
        with h5py.File(temporary, "w", libver=("earliest", "v110")) as file:
            yield BenchmarkWriter(file)
            file.flush()
            mark = file.create_dataset("complete", data=np.int8(1), track_times=False)
            describe(mark, "1", "1 when the file was written to its end")
        seal(temporary)
        os.replace(temporary, path)
    except BaseException:
        if os.path.exists(temporary):
            os.remove(temporary)
        raise


def read_labels(file, name):
    """Return a string variable as a list of str."""
    return [value.decode("utf-8") for value in file[name][()]]


def open_source(path):
    """Open a CSV source as text, compressed by xz or not."""
    if path.suffix == ".xz":
        return lzma.open(path, "rt", encoding="utf-8", newline="")
    return open(path, encoding="utf-8", newline="")


def hash_listing(root, paths):
    """Return one line `sha256  path` per input, the paths relative to `root`, sorted."""
    lines = []
    for path in sorted(paths):
        digest = hashlib.sha256(path.read_bytes()).hexdigest()
        lines.append(f"{digest}  {path.relative_to(root).as_posix()}")
    return "\n".join(lines)
