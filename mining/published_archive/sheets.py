"""Workbook sheets as rows of named cells, each cell with its place for a message."""

import math
import zipfile
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import openpyxl
from openpyxl.utils import get_column_letter
from openpyxl.workbook import Workbook

from datapackage.errors import Fault, InputError
from datapackage.reasons import Reason

# the archive's largest sheet has 110 rows and 100 columns, its largest book 1 MB of XML
MOST_ROWS, MOST_COLUMNS = 10_000, 500
LARGEST_BOOK = 256 * 1024**2  # bytes, unpacked


@dataclass(frozen=True)
class Cell:
    """A cell's cached value and where it stands."""

    value: Any
    sheet: str
    row: int
    column: str

    def fault(self, message: str, reason: Reason) -> Fault:
        """Return a fault at this cell."""
        value = None if self.value is None else str(self.value)
        return Fault(self.sheet, message, row=self.row, column=self.column, value=value, reason=reason)

    @property
    def text(self) -> str:
        """The value as text without surrounding space; an empty cell and a formula without a value (#N/A) are ''."""
        text = "" if self.value is None else str(self.value).strip()
        return "" if text == "#N/A" else text

    @property
    def number(self) -> int | None:
        """The value as a whole number, or None where the cell is empty or holds none."""
        try:
            number = float(self.text) if self.text else math.nan
        except ValueError:
            return None
        return int(number) if number.is_integer() else None


def open_book(path: Path) -> Workbook:
    """Open a workbook with the values that its formulas had when it was saved.

    Raises
    ------
    InputError
        The file is not a workbook, or far larger than any of the archive's.
    """
    try:
        with zipfile.ZipFile(path) as parts:
            size = sum(part.file_size for part in parts.infolist())
        book = openpyxl.load_workbook(path, data_only=True) if size <= LARGEST_BOOK else None
    except Exception as error:  # openpyxl raises zipfile's, XML's and its own errors
        raise InputError([Fault(str(path), f"cannot be read as a workbook: {error}", reason=Reason.FORMAT)]) from error
    if book is None:
        raise InputError([Fault(str(path), f"unpacks to {size} bytes; do not use this file", reason=Reason.TOO_LARGE)])
    faults = [
        Fault(
            f"{path.name}[{sheet.title}]",
            f"reaches to {get_column_letter(sheet.max_column)}{sheet.max_row}; remove the cells beyond column "
            f"{get_column_letter(MOST_COLUMNS)} and row {MOST_ROWS}",
            reason=Reason.TOO_LARGE,
        )
        for sheet in book.worksheets
        if sheet.max_row > MOST_ROWS or sheet.max_column > MOST_COLUMNS
    ]
    if faults:
        raise InputError(faults)
    return book


def positions(
    book: Workbook, path: Path, sheet: str, names: Sequence[str], *, header: int = 1, times: int = 1
) -> list[Mapping[str, int]]:
    """Find columns by the texts of the header row.

    Parameters
    ----------
    book : Workbook
        See `open_book`.
    path : Path
        The workbook's file, for messages.
    sheet : str
        Sheet name.
    names : sequence of str
        Header texts; each must stand in the row exactly `times` times.
    header : int
        Row that holds them.
    times : int
        Blocks of these columns that stand side by side.

    Returns
    -------
    list of mapping of str to int
        For each block, positions from 0 by text.

    Raises
    ------
    InputError
        The sheet does not exist, or lacks a column or has it more often; all such columns are listed.
    """
    place = f"{path.name}[{sheet}]"
    cells = [_text(cell.value) for cell in _sheet(book, place, sheet)[header]]
    found = {name: [index for index, text in enumerate(cells) if text == name] for name in names}
    faults = [
        Fault(
            place,
            f"stands {len(found[name])} times in the row of column names, must stand {times} times; restore the header",
            row=header, column=name, reason=Reason.MISSING_COLUMN if len(found[name]) < times else Reason.REPEATED_COLUMN,
        )
        for name in names
        if len(found[name]) != times
    ]  # fmt: skip
    if faults:
        raise InputError(faults)
    return [{name: found[name][block] for name in names} for block in range(times)]


def heads(book: Workbook, path: Path, sheet: str, expected: Mapping[str, int], *, row: int = 1) -> None:
    """Check that a heading stands above the column at a position; blocks of equal columns are told apart by it.

    Raises
    ------
    InputError
        Another text, or none, stands there.
    """
    cells = [_text(cell.value) for cell in _sheet(book, f"{path.name}[{sheet}]", sheet)[row]]
    faults = [
        Fault(
            f"{path.name}[{sheet}]", f"must head this block of columns with {text!r}; restore the header", row=row,
            column=get_column_letter(index + 1), value=cells[index] if index < len(cells) else None, reason=Reason.MISSING_COLUMN,
        )
        for text, index in expected.items()
        if index >= len(cells) or cells[index] != text
    ]  # fmt: skip
    if faults:
        raise InputError(faults)


def _text(value: object) -> str:
    return "" if value is None else str(value).strip()


def _sheet(book: Workbook, place: str, sheet: str) -> Any:
    if sheet not in book.sheetnames:
        raise InputError(
            [Fault(place, f"sheet is missing; the book has {', '.join(book.sheetnames)}", reason=Reason.MISSING_SHEET)]
        )
    return book[sheet]


def rows(
    book: Workbook, path: Path, sheet: str, *, header: int = 1, first: bool = True, key: int = 0
) -> Iterator[list[Cell]]:
    """Yield the rows below the header that have a value in their key column.

    Parameters
    ----------
    book : Workbook
        See `open_book`.
    path : Path
        The workbook's file, for messages.
    sheet : str
        Sheet name.
    header : int
        Row that holds the column names; its texts name the columns in messages.
    first : bool
        False yields the rows without a value in their key column too.
    key : int
        Position of the key column.

    Raises
    ------
    InputError
        The sheet does not exist.
    """
    place = f"{path.name}[{sheet}]"
    worksheet = _sheet(book, place, sheet)
    names = [f"{get_column_letter(index)} ({cell.value})" for index, cell in enumerate(worksheet[header], start=1)]
    for number, row in enumerate(worksheet.iter_rows(min_row=header + 1, values_only=True), start=header + 1):
        if row[key] is not None or not first:
            yield [Cell(value, place, number, name) for value, name in zip(row, names, strict=True)]
