"""What the program `entrepot` answers in tables, figures and files: laws, the static theory, forecasts, the report's figures.

The program is ENTREPOT, or the one found on the path, or the one beside the library that is loaded. It is started for
every call, so these are for questions, not for loops: loops are Model's."""
import contextlib
import dataclasses
import json
import os
import shutil
import subprocess
import tempfile
from typing import Any, Dict, Iterator, List, Mapping, Optional, Sequence, Union

import pandas as pd

from ._library import lib
from ._model import Config, EntrepotError, Fault

EXIT = {64: "usage", 65: "data", 66: "no_input", 70: "bug", 71: "no_memory", 73: "cant_create", 74: "io", 75: "stopped",
        78: "config"}
FORECAST = {"pair": "forecast_difference"}  # tables that are not called as they are asked for


def _program() -> str:
    beside = os.path.join(os.path.dirname(getattr(lib, "_name", "") or ""), "entrepot")
    found = os.environ.get("ENTREPOT") or shutil.which("entrepot") or (beside if os.access(beside, os.X_OK) else None)
    if found is None:
        raise FileNotFoundError("the program entrepot is not on the path: install it, or let ENTREPOT name it")
    return found


def _faults(text: str) -> List[Fault]:
    """Faults as the program prints them: a place, then what must hold and the nearest name, indented."""
    faults: List[Fault] = []
    for line in text.splitlines():
        name, _, words = line.strip().partition(": ")
        if line.startswith("    ") and faults:
            place = faults[-1].file or faults[-1].rule
            change = {"rule": {"file": place, "rule": words}, "nearest known name": {"nearest": words}}.get(name, {})
            faults[-1] = dataclasses.replace(faults[-1], **change)
        elif line.strip() and not line.startswith(("Try `", "entrepot: ")):
            faults.append(Fault(None, 0, None, None, line.strip(), None))
    return faults


def _start(words: Sequence[str]) -> str:
    done = subprocess.run([_program(), *words], check=False, text=True, stdin=subprocess.DEVNULL,
                          stdout=subprocess.PIPE, stderr=subprocess.PIPE)
    if done.returncode != 0:
        raise EntrepotError(EXIT.get(done.returncode, f"exit code {done.returncode}"),
                            _faults(done.stderr) or [Fault(None, 0, None, None, done.stderr.strip(), None)])
    return done.stdout


def _word(value: Any) -> str:
    if isinstance(value, (list, tuple)):
        return ",".join(map(_word, value))
    return os.fspath(value) if isinstance(value, os.PathLike) else str(value)


def _options(options: Mapping[str, Any]) -> List[str]:
    """Options by their long names, with _ for -: True is a switch, a list has commas between, None is not given."""
    words = []
    for name, value in options.items():
        if value is None or value is False:
            continue
        long = "--" + name.rstrip("_").replace("_", "-")
        words.append(long if value is True else f"{long}={_word(value)}")
    return words


def _settings(settings: Optional[Mapping[str, Any]]) -> List[str]:
    text = {key: value if isinstance(value, str) else json.dumps(value) for key, value in (settings or {}).items()}
    return [word for key, value in text.items() for word in ("--set", f"{key}={value}")]


@contextlib.contextmanager
def _file(config: Config, folder: Union[str, os.PathLike]) -> Iterator[str]:
    """Path of a config; a dictionary is written beside `folder`'s files, which it may name, and removed."""
    if not isinstance(config, Mapping):
        yield os.fspath(config)
        return
    with tempfile.NamedTemporaryFile("w", suffix=".yaml", prefix=".entrepot-", dir=folder) as file:
        json.dump(config, file, default=str)
        file.flush()
        yield file.name


def _frame(table: Mapping[str, Any]) -> pd.DataFrame:
    frame = pd.DataFrame(table["rows"], columns=[column["key"] for column in table["columns"]])
    for name in frame:
        if not any(isinstance(value, str) for value in frame[name]):
            frame[name] = pd.to_numeric(frame[name])  # not known: NaN, also where nothing is
    frame.attrs.update(caption=table["caption"], notes=table.get("notes", []),
                       units={column["key"]: column["unit"] for column in table["columns"] if column["unit"]})
    return frame


def tables(command: str, *subjects: Any, settings: Optional[Mapping[str, Any]] = None,
           **options: Any) -> Dict[str, pd.DataFrame]:
    """Any command of the program that prints tables: `{name: DataFrame}`.

    `tables("compare", "run.h5", by=["sector", "payers"])`; options are the program's long ones with _ for -. What was
    not measured is NaN. `frame.attrs` has caption, units by column, and notes. Faults raise EntrepotError."""
    words = [*command.split(), *map(_word, subjects), *_settings(settings), *_options(options), "--format=json"]
    return {table["name"]: _frame(table) for table in json.loads(_start(words))["tables"]}


def _one(found: Dict[str, pd.DataFrame]) -> pd.DataFrame:
    return next(iter(found.values()))


def tariffs(config: Optional[Config] = None, *, on: str, law: Optional[str] = None, settings=None,
            folder: Union[str, os.PathLike] = ".", **options: Any) -> pd.DataFrame:
    """Duties on a day, per cent of value: of a config by partner and sector, or of a `law` ("us") line by line.

    `tariffs(law="us", on="2025-11-15", by="chapter", partner="KOR")`, `tariffs("korea-us-2025.yaml", on="2025-11-15",
    regime="no-deal")`. Options are those of `entrepot tariffs`; `over_time=True` gives every day on which a law changes."""
    if config is None:
        return _one(tables("tariffs", law=law, on=on, settings=settings, **options))
    with _file(config, folder) as path:
        return _one(tables("tariffs", path, on=on, settings=settings, **options))


def theory(config: Config, *, settings=None, folder: Union[str, os.PathLike] = ".", **options: Any) -> pd.DataFrame:
    """The static theory's answer for a config: by="region" (welfare, wages, prices; per cent), "flow", "sector",
    "welfare" or "outcome". Options are those of `entrepot theory` (regime, on, optimal, nash, deficits, ...)."""
    with _file(config, folder) as path:
        return _one(tables("theory", path, settings=settings, **options))


def forecast(config: Config, by: Union[str, Sequence[str]] = "months", *, settings=None,
             folder: Union[str, os.PathLike] = ".", **options: Any) -> Union[pd.DataFrame, Dict[str, pd.DataFrame]]:
    """Observed trade told under every scenario of a config, in the office's unit: `by` "months" (fans), "pair" (paired
    difference), "years", "parts", "news" or "scales"; several in a list give a dictionary of DataFrames.

    Options are those of `entrepot forecast`: partners, goods, to_month, known, horizon, observed, measure. With
    `keep="effects.csv"` once and `effects="effects.csv"` afterwards the worlds are simulated once."""
    names = [by] if isinstance(by, str) else list(by)
    with _file(config, folder) as path:
        found = tables("forecast", path, settings=settings, by=names, **options)
    kept = {name: found[FORECAST.get(name, "forecast_" + name)] for name in names}
    return kept[by] if isinstance(by, str) else kept


def save(config: Config, path: Union[str, os.PathLike], *, overwrite: bool = False, threads: Optional[int] = None,
         folder: Union[str, os.PathLike] = ".", **settings: Any) -> str:
    """Simulate a config into a results file (HDF5) for `tables("compare", path)`, `figures` and the report. Settings as in
    `run`. The file is there whole or not at all."""
    plain = dict(settings)
    values = {**plain.pop("settings", {}), **plain}
    with _file(config, folder) as name:
        _start(["run", name, "--quiet", "--no-compare", *_settings(values),
                *_options({"output": path, "overwrite": overwrite, "threads": threads})])
    return os.fspath(path)


@dataclasses.dataclass(frozen=True)
class Figure:
    """A figure of the report: `svg` (text) and `data` (what it draws). A notebook shows it."""

    name: str
    svg: str
    data: pd.DataFrame

    def _repr_svg_(self) -> str:
        return self.svg


def figures(file: Union[str, os.PathLike], *, language: str = "en", **options: Any) -> Dict[str, Figure]:
    """The figures of the report of a results file, drawn from the same definitions: `{name: Figure}`. Needs Node."""
    with tempfile.TemporaryDirectory() as folder:
        _start(["figures", os.fspath(file), *_options({"output": folder, "language": language, "overwrite": True,
                                                       **options})])
        found = {}
        for name in sorted(os.listdir(folder)):
            stem, end = os.path.splitext(name)
            if end == ".svg":
                with open(os.path.join(folder, name), encoding="utf-8") as svg:
                    found[stem] = Figure(stem, svg.read(), pd.read_csv(os.path.join(folder, stem + ".csv")))
        return found
