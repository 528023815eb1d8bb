"""A table's file as cells: decoded, split, and its form held against the columns that the descriptor names."""

import csv
import io
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any, NamedTuple

import pandas as pd

from datapackage.cells import typed
from datapackage.errors import Fault
from datapackage.reasons import Reason


class Cells(NamedTuple):
    """The cells of a table.

    Attributes
    ----------
    frame : DataFrame of str
        Described columns; an empty cell is a missing value. Without rows where `faults` holds any.
    faults : tuple of Fault
        What is wrong with the file's form.
    """

    frame: pd.DataFrame
    faults: tuple[Fault, ...]


def read_cells(path: Path, entry: Mapping[str, Any]) -> Cells:
    """Read a described table as text.

    Parameters
    ----------
    path : Path
        The CSV file: UTF-8 (a byte-order mark is passed over), commas, quotes doubled inside of quotes.
    entry : mapping
        The table's description.

    Returns
    -------
    Cells
        Cells and faults.
    """
    columns = [field["name"] for field in entry["schema"]["fields"]]
    nothing = pd.DataFrame({column: pd.Series([], dtype="str") for column in columns})
    if not path.is_file():
        message = "described but missing; restore it, or remove its entry from datapackage.json"
        return Cells(nothing, (Fault(str(path), message, reason=Reason.MISSING_FILE),))
    content = path.read_bytes()
    try:
        rows = list(csv.reader(io.StringIO(content.decode("utf-8-sig"), newline=""), strict=True))
    except UnicodeDecodeError as error:
        row = content.count(b"\n", 0, error.start) + 1
        value = repr(content[error.start : error.end])[2:-1]
        message = "is not UTF-8; save the file as UTF-8"
        return Cells(nothing, (Fault(str(path), message, row, value=value, reason=Reason.ENCODING_ERROR),))
    except csv.Error as error:
        message = f"is no CSV: {error}; look for a quote that is not closed or not doubled"
        return Cells(nothing, (Fault(str(path), message, reason=Reason.SOURCE_ERROR),))
    faults = tuple(_form_faults(str(path), rows, columns))
    if faults:
        return Cells(nothing, faults)
    by_column = zip(columns, zip(*rows[1:], strict=True), strict=True) if len(rows) > 1 else ()
    frame = pd.DataFrame({name: [cell or None for cell in cells] for name, cells in by_column}, dtype="str")
    return Cells(frame if len(frame) else nothing, ())


def as_typed(frame: pd.DataFrame, entry: Mapping[str, Any]) -> pd.DataFrame:
    """Return well-formed cells as the types of their columns."""
    return pd.DataFrame({field["name"]: typed(frame[field["name"]], field) for field in entry["schema"]["fields"]})


def _form_faults(file: str, rows: Sequence[Sequence[str]], columns: Sequence[str]) -> Iterator[Fault]:
    if not rows or not any(cell.strip() for cell in rows[0]):
        message = "the file is empty or begins with an empty row; restore the file or write its header row"
        yield Fault(file, message, reason=Reason.SOURCE_ERROR)
        return
    faults = list(_header_faults(file, rows[0], columns))
    yield from faults
    if faults:
        return  # which cell belongs to which column is not known
    for number, row in enumerate(rows[1:], start=2):
        if not any(row):
            yield Fault(file, "row is empty; remove it", number, reason=Reason.BLANK_ROW)
            continue
        for column in columns[len(row) :]:
            message = "cell is missing; give the row all its cells (an unquoted line break or too few commas?)"
            yield Fault(file, message, number, column, reason=Reason.MISSING_CELL)
        for cell in row[len(columns) :]:
            message = "the row has more cells than columns; remove the cell (an unquoted comma?)"
            yield Fault(file, message, number, value=cell, reason=Reason.EXTRA_CELL)


def _header_faults(file: str, header: Sequence[str], columns: Sequence[str]) -> Iterator[Fault]:
    for column, count in Counter(header).items():
        if count > 1:
            message = "column stands twice; keep one of the columns"
            yield Fault(file, message, 1, column, reason=Reason.DUPLICATE_LABEL)
        if column not in columns:
            message = "column is not described; remove the column or describe it in datapackage.json"
            yield Fault(file, message, 1, column or "(no name)", reason=Reason.EXTRA_LABEL)
    for column in columns:
        if column not in header:
            yield Fault(file, "column is missing; add the column", 1, column, reason=Reason.MISSING_LABEL)
    if sorted(header) == sorted(columns) and list(header) != list(columns):
        message = f"name and order the columns as in datapackage.json: {', '.join(columns)}"
        yield Fault(file, message, 1, reason=Reason.INCORRECT_LABEL)
