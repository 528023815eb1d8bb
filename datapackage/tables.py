"""Typed reading and deterministic writing of the tables that the descriptor describes."""

import csv
import io
from collections.abc import Mapping
from numbers import Integral
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd

from datapackage.codebook import load_codebook
from datapackage.descriptor import load_descriptor, resource
from datapackage.errors import Fault, InputError
from datapackage.files import write_atomic
from datapackage.issues import parse_issue
from datapackage.reasons import Reason
from datapackage.validation import ExaminedFolder, examine

Folder = Path | ExaminedFolder
"""Where tables are read from: a data folder, or what was read when it was checked as a whole."""


def read_table(data: Folder, name: str) -> pd.DataFrame:
    """Read a table with the types that the descriptor gives its columns.

    Coded columns become categoricals in codebook order, dates ``datetime64``, moments the same in UTC, integers ``Int64``
    (nullable), numbers ``float64`` (``INF`` and ``NaN`` allowed), the rest strings with missing cells as missing values.

    Parameters
    ----------
    data : Path or ExaminedFolder
        The data folder; one that was examined gives its tables as they were then, without reading them again.
    name : str
        The table's name in the descriptor.

    Returns
    -------
    DataFrame
        One row per record, in file order, index 0…n-1.

    Raises
    ------
    InputError
        The table has faults; all of them are listed. Hashes are not looked at: an edited table is welcome.
    """
    if isinstance(data, ExaminedFolder):
        if name in data.tables:
            return data.tables[name].copy()
        data = data.path
    examined = examine(data, resource(load_descriptor(data), name), load_codebook(data))
    if examined.table is None or examined.faults:
        raise InputError(examined.faults)
    return examined.table


def folder_path(data: Folder) -> Path:
    """Return where a data folder lies."""
    return data.path if isinstance(data, ExaminedFolder) else data


def write_table(data: Path, name: str, frame: pd.DataFrame) -> None:
    """Write a table: columns in the descriptor's order, rows sorted by key, UTF-8, LF, in one step.

    Parameters
    ----------
    data : Path
        The data folder; it must hold the descriptor and the codebook.
    name : str
        The table's name in the descriptor.
    frame : DataFrame
        Holds at least the described columns.

    Raises
    ------
    InputError
        A described column is missing from `frame`, or a key occurs twice; the old file is then as it was.
    """
    entry = resource(load_descriptor(data), name)
    write_atomic(data / entry["path"], render_table(entry, frame))


def render_table(entry: Mapping[str, Any], frame: pd.DataFrame) -> str:
    """Return the text of a table as `write_table` stores it."""
    schema = entry["schema"]
    columns = [field["name"] for field in schema["fields"]]
    lacking = [column for column in columns if column not in frame.columns]
    if lacking:
        raise InputError(
            [Fault(entry["path"], "column to write is missing", column=c, reason=Reason.MISSING_LABEL) for c in lacking]
        )
    key = schema.get("primaryKey")
    text = pd.DataFrame({field["name"]: frame[field["name"]].map(_plain) for field in schema["fields"]}, dtype=object)
    if key:
        repeated = text[text.duplicated(key)]
        if len(repeated):
            message = "key stands twice; nothing was written"
            raise InputError(
                [
                    Fault(
                        entry["path"], message, column=", ".join(key), value=", ".join(row), reason=Reason.PRIMARY_KEY
                    )
                    for row in repeated[key].itertuples(index=False)
                ]
            )
        text = text.iloc[_key_order(frame, key)]
    stream = io.StringIO()
    writer = csv.writer(stream, lineterminator="\n")
    writer.writerow(columns)
    writer.writerows(text.itertuples(index=False))
    return stream.getvalue()


def records(frame: pd.DataFrame) -> list[dict[str, Any]]:
    """Return the rows of a frame as mappings from column to value, for loops over rows."""
    names = [str(column) for column in frame.columns]
    columns = (column.tolist() for _, column in frame.items())
    return [dict(zip(names, row, strict=True)) for row in zip(*columns, strict=True)]


def _key_order(frame: pd.DataFrame, key: list[str]) -> list[int]:
    columns = [[_sort_value(name, value) for value in frame[name]] for name in key]
    return sorted(range(len(frame)), key=lambda row: tuple(column[row] for column in columns))


def _sort_value(column: str, value: Any) -> Any:
    if column == "issue":
        return parse_issue(value)
    return int(value) if isinstance(value, Integral) else str(value)


def _plain(value: Any) -> str:
    if value is None or value is pd.NaT or value is pd.NA or value == "":
        return ""
    if isinstance(value, pd.Timestamp):
        return f"{value:%Y-%m-%d}" if value.tzinfo is None else f"{value.tz_convert('UTC'):%Y-%m-%dT%H:%M:%SZ}"
    if isinstance(value, bool | np.bool_):
        return "true" if value else "false"
    if isinstance(value, float):
        return _plain_float(value)
    return str(value)


def _plain_float(value: float) -> str:
    if pd.isna(value):
        return ""
    if value in (float("inf"), float("-inf")):
        return "INF" if value > 0 else "-INF"
    return repr(value)
