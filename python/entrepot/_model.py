"""Models, runs and comparisons."""
import ctypes
import dataclasses
import json
import os
import threading
from typing import Any, Callable, Dict, List, Mapping, Optional, Sequence, Union

import numpy as np
import pandas as pd
import xarray as xr

from . import _library
from ._library import Query, Setting, Summary, Take, lib

Config = Union[str, os.PathLike, Mapping[str, Any]]
Progress = Callable[[int, int], Any]

_files = threading.Lock()  # HDF5 lets one thread of a process read files at a time


@dataclasses.dataclass(frozen=True)
class Fault:
    """What is wrong with an input: where (file, line, key), the value as written, the rule, the nearest known name."""

    file: Optional[str]
    line: int
    key: Optional[str]
    value: Optional[str]
    rule: Optional[str]
    nearest: Optional[str]

    def __str__(self) -> str:
        place = ":".join(str(part) for part in (self.file, self.line or None, self.key) if part is not None)
        words = f"{place}: " if place else ""
        words += f"{self.value!r}: " if self.value is not None else ""
        words += self.rule or ""
        return words + (f" (did you mean {self.nearest}?)" if self.nearest else "")


class EntrepotError(Exception):
    """The library refused a call. `code`: short name of the error ("config"); `faults`: all that was found."""

    def __init__(self, code: str, faults: List[Fault]):
        super().__init__("\n".join(map(str, faults)) or code)
        self.code, self.faults = code, faults


def _text(value: Optional[bytes]) -> Optional[str]:
    return None if value is None else value.decode("utf-8", "replace")


def _bytes(value: Optional[str]) -> Optional[bytes]:
    return None if value is None else value.encode()


class _Call:
    """A context for one call, released afterwards; a code other than 0 becomes an EntrepotError."""

    def __enter__(self):
        self.context = _library.Context()
        lib.ent_context_init(self.context)
        return self

    def check(self, code: int) -> None:
        if code != 0:
            found = [self.context.faults[i] for i in range(self.context.n_faults)]
            faults = [Fault(_text(f.file), f.line, _text(f.key), _text(f.value), _text(f.rule), _text(f.nearest))
                      for f in found]
            raise EntrepotError(_text(lib.ent_error_name(code)), faults)

    def __exit__(self, *_):
        lib.ent_context_free(self.context)


def _yaml(value: Any) -> str:
    """A value as the text a setting takes: YAML 1.2, of which JSON is a part."""
    if isinstance(value, str):
        return value
    if isinstance(value, np.generic):
        value = value.item()
    return json.dumps(value, default=str)


class Model:
    """A config laid out once and simulated as often as wanted, in memory.

    config    path of a YAML file, or a dictionary of the same keys (docs/config.md); files that a dictionary names are
              sought beside `folder`, where the program was installed too
    settings  keys of the config and their values, `{"replications": 4, "parameters.trade_elasticity": 5.0}`
    threads   1: state is kept from call to call; more: replications side by side; 0: all processors

    One call at a time works on a model, a second thread waits for its turn; models of several threads run side by side.
    Faults in the config raise EntrepotError with place and rule of each."""

    def __init__(self, config: Config, settings: Optional[Mapping[str, Any]] = None, *, threads: int = 1,
                 folder: Union[str, os.PathLike] = "."):
        self.settings: Dict[str, Any] = dict(settings or {})
        self.threads = threads
        self._lock = threading.RLock()
        self._handle = ctypes.c_void_p()
        with _files, _Call() as call:
            if isinstance(config, Mapping):
                name = os.path.join(os.fspath(folder), "dictionary.yaml")
                text = json.dumps(config, default=str)
                call.check(lib.ent_simulator_parse(self._handle, text.encode(), name.encode(), call.context))
            else:
                call.check(lib.ent_simulator_open(self._handle, os.fsencode(config), call.context))
        self._set({})

    def __del__(self):
        self.close()

    def close(self) -> None:
        """Give the memory back; a later call on the model raises EntrepotError."""
        handle, self._handle = getattr(self, "_handle", None), ctypes.c_void_p()
        if handle:
            lib.ent_simulator_close(handle)

    def _set(self, values: Mapping[str, Any]) -> None:
        pairs = {**self.settings, **values}
        settings = (Setting * max(len(pairs), 1))(*(Setting(key.encode(), _yaml(value).encode())
                                                    for key, value in pairs.items()))
        with _files, _Call() as call:
            call.check(lib.ent_simulator_set(self._handle, len(pairs), settings, call.context))

    # ---- labels ----

    def _reading(self):
        return lib.ent_simulator_reading(self._handle)

    def _labels(self, kind: int) -> List[str]:
        reading = self._reading()
        count = lib.ent_reading_count(reading, kind) if reading else 0
        return [_text(lib.ent_reading_label(reading, kind, i)) for i in range(count)]

    @property
    def scenarios(self) -> List[str]:
        return self._labels(_library.SCENARIO)

    @property
    def outcomes(self) -> List[str]:
        """Names that can be asked for."""
        return self._labels(_library.OUTCOME)

    def unit(self, outcome: str) -> Optional[str]:
        """Unit of an outcome's value ("million USD"); None where there is no such outcome."""
        return _text(lib.ent_reading_unit(self._reading(), outcome.encode())) if self._reading() else None

    # ---- simulating ----

    def _play(self, queries: Sequence[Mapping[str, Any]], take=None, progress: Optional[Progress] = None) -> np.ndarray:
        """Values [query, replication]. An exception in `take` or `progress`, Ctrl-C among them, stops the run."""
        reading = self._reading()
        n = lib.ent_reading_replications(reading) if reading else 0
        values = np.full((len(queries), n), np.nan)
        asked = (Query * max(len(queries), 1))()
        for query, names in zip(asked, queries):
            query.size = ctypes.sizeof(Query)
            for name, value in names.items():
                setattr(query, name, _bytes(value) if name != "relative" else int(value))
        raised: List[BaseException] = []
        done = [0]

        def after(_, played, replication):
            try:
                if take is not None:
                    take(played, replication)
                done[0] += 1
                if progress is not None:
                    progress(done[0], n)
            except BaseException as error:  # pylint: disable=broad-except
                raised.append(error)
            return len(raised)

        with _Call() as call:
            code = lib.ent_simulator_ask(self._handle, self.threads, len(queries), asked,
                                         values.ctypes.data_as(ctypes.POINTER(ctypes.c_double)), Take(after), None,
                                         call.context)
            if raised:
                raise raised[0]
            call.check(code)
        return values

    def replications(self, settings: Optional[Mapping[str, Any]] = None, outcomes: Sequence[str] = ("exports",), *,
                     progress: Optional[Progress] = None, **question: Any) -> np.ndarray:
        """Values [outcome, replication] under these settings, each in its outcome's unit; NaN: not known.

        question  period ("year1", "2026-03", "horizon"), scenario (the first), base (a scenario taken off, world by
                  world), origin (the config's home), partner, sector, relative (True: per cent of the base)
        progress  called with (replications done, in all) after each; an exception of it stops the run"""
        with self._lock:
            self._set(settings or {})
            return self._play([{"outcome": name, **question} for name in outcomes], progress=progress)

    def simulate(self, settings: Optional[Mapping[str, Any]] = None, outcomes: Sequence[str] = ("exports",),
                 **question: Any) -> Dict[str, float]:
        """Mean over worlds of each outcome under these settings, in its unit: `{name: value}`.

        Arguments are those of `replications`. Cost: that of the engine where only parameters differ from call to call;
        the layout is made anew where regions, sectors or slots do."""
        with self._lock:
            self._set(settings or {})
            values = self._play([{"outcome": name, **question} for name in outcomes])
            return {name: self._summary(row).mean for name, row in zip(outcomes, values)}

    def _summary(self, row: np.ndarray, level: float = 0.9) -> Summary:
        summary, row = Summary(), np.ascontiguousarray(row)
        with _Call() as call:
            call.check(lib.ent_reading_summary(self._reading(), row.ctypes.data_as(ctypes.POINTER(ctypes.c_double)),
                                               level, summary, call.context))
        return summary

    def compare(self, settings: Optional[Mapping[str, Any]] = None, outcomes: Sequence[str] = ("exports",), *,
                level: float = 0.9, progress: Optional[Progress] = None, **question: Any) -> pd.DataFrame:
        """A row an outcome: mean over worlds, error (its standard error), numerical (the part of chance), low and high
        (range of the share `level` of worlds), unit, worlds. Arguments are those of `replications`."""
        with self._lock:
            self._set(settings or {})
            values = self._play([{"outcome": name, **question} for name in outcomes], progress=progress)
            rows = []
            for name, row in zip(outcomes, values):
                s = self._summary(row, level)
                unit = "%" if question.get("relative") else self.unit(name)
                rows.append((name, s.mean, s.error, s.numerical, s.low, s.high, unit, s.n_worlds))
        columns = ["outcome", "mean", "error", "numerical", "low", "high", "unit", "worlds"]
        return pd.DataFrame(rows, columns=columns).set_index("outcome")

    def run(self, settings: Optional[Mapping[str, Any]] = None, fields: Optional[Sequence[str]] = None, *,
            progress: Optional[Progress] = None) -> xr.Dataset:
        """Recorded quantities by scenario, replication, time and what they are recorded of, float32, with units.

        fields    names of recorded quantities; None: all that the config records. Flows have an origin and a destination
                  to select by: `data.exports.sel(origin="KOR", destination="USA")`; flows not recorded are NaN
        `world` and `chance` say which world a replication plays and whether it repeats one (chance > 0): a mean over
        worlds is one over `data.sel(replication=data.chance == 0)`."""
        with self._lock:
            self._set(settings or {})
            return _Recorder(self, fields).run(progress)


class _Recorder:
    """Takes the recorded quantities of each replication as it is there."""

    def __init__(self, model: Model, fields: Optional[Sequence[str]]):
        self.model = model
        self.labels = {kind: model._labels(kind) for kind in range(5)}
        self.size = {"sector": len(self.labels[_library.SECTOR]), "flow": len(self.labels[_library.FLOW]), "size_class": 3}
        self.size.update(dict.fromkeys(("region", "origin", "destination"), len(self.labels[_library.REGION])))
        table = lib.ent_field_table()
        n = lib.ent_field_count()
        known = {_text(table[i].name): table[i] for i in range(n)}
        for name in fields or ():
            if name not in known:
                raise EntrepotError("usage", [Fault(None, 0, "fields", name, "is no recorded quantity", None)])
        self.fields = {name: known[name] for name in (fields if fields is not None else known)}
        self.n = lib.ent_reading_replications(model._reading())
        self.values: Dict[str, np.ndarray] = {}

    def shape(self, name: str):
        return tuple(self.size[part] for part in _library.SHAPES[self.fields[name].shape])

    def take(self, reading, replication: int) -> None:
        steps, scenarios = len(self.labels[_library.STEP]), len(self.labels[_library.SCENARIO])
        found = ctypes.POINTER(ctypes.c_float)()
        for name in self.fields:
            for scenario in range(scenarios):
                with _Call() as call:
                    call.check(lib.ent_reading_field(reading, name.encode(), scenario, replication, found, call.context))
                if not found or 0 in self.shape(name):
                    break
                if name not in self.values:
                    shape = (scenarios, self.n, steps, *self.shape(name))
                    self.values[name] = np.full(shape, np.nan, dtype=np.float32)
                part = self.values[name][scenario, replication]
                part[...] = np.ctypeslib.as_array(found, shape=part.shape)

    def array(self, name: str) -> xr.DataArray:
        field, values = self.fields[name], self.values[name]
        kept = _library.SHAPES[field.shape]
        if "flow" in kept:
            values, kept = self.by_pair(values), ("sector", "origin", "destination")
        about = {"units": _text(field.unit), "long_name": _text(field.long_name)}
        return xr.DataArray(values, dims=("scenario", "replication", "time", *kept), attrs=about)

    def by_pair(self, values: np.ndarray) -> np.ndarray:
        """[..., flow] as [..., origin, destination]."""
        regions = self.labels[_library.REGION]
        flows = self.labels[_library.FLOW]
        spread = np.full((*values.shape[:-1], len(regions), len(regions)), np.nan, dtype=np.float32)
        place = {f"{o}-{d}": (i, j) for i, o in enumerate(regions) for j, d in enumerate(regions)}
        for k, flow in enumerate(flows):
            i, j = place[flow]
            spread[..., i, j] = values[..., k]
        return spread

    def run(self, progress: Optional[Progress]) -> xr.Dataset:
        self.model._play([], self.take, progress)
        reading, labels = self.model._reading(), self.labels
        data = xr.Dataset({name: self.array(name) for name in self.values})
        coordinates = {"scenario": labels[_library.SCENARIO], "time": pd.to_datetime(labels[_library.STEP]),
                       "sector": labels[_library.SECTOR], "size_class": ["large", "medium", "small"]}
        coordinates.update(dict.fromkeys(("region", "origin", "destination"), labels[_library.REGION]))
        data = data.assign_coords({name: value for name, value in coordinates.items() if name in data.dims})
        return data.assign_coords(
            world=("replication", [lib.ent_reading_world(reading, r) for r in range(self.n)]),
            chance=("replication", [lib.ent_reading_chance(reading, r) for r in range(self.n)]))


def _settings(names: Mapping[str, Any]) -> Dict[str, Any]:
    """Keyword settings; keys with dots come in a dictionary `settings`."""
    plain = dict(names)
    return {**plain.pop("settings", {}), **plain}


def run(config: Config, *, fields: Optional[Sequence[str]] = None, threads: int = 0,
        progress: Optional[Progress] = None, **settings: Any) -> xr.Dataset:
    """Simulate a config: the Dataset of Model.run. `run("two-by-two.yaml", replications=4, slots=5000)`; keys with dots
    in a dictionary, `settings={"parameters.trade_elasticity": 5.0}`."""
    return Model(config, _settings(settings), threads=threads).run(fields=fields, progress=progress)


def compare(config: Config, outcomes: Sequence[str] = ("exports",), *, base: Optional[str] = None,
            scenario: Optional[str] = None, period: Optional[str] = None, origin: Optional[str] = None,
            partner: Optional[str] = None, sector: Optional[str] = None, relative: bool = False, level: float = 0.9,
            threads: int = 0, progress: Optional[Progress] = None, **settings: Any) -> pd.DataFrame:
    """Simulate a config and compare a scenario with `base`: the DataFrame of Model.compare, a row an outcome."""
    question = {"base": base, "scenario": scenario, "period": period, "origin": origin, "partner": partner,
                "sector": sector, "relative": relative}
    return Model(config, _settings(settings), threads=threads).compare(outcomes=outcomes, level=level,
                                                                       progress=progress, **question)
