"""Workbook sheets as rows of named cells, each cell with its place for a message."""

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import openpyxl
from openpyxl.utils import get_column_letter
from openpyxl.workbook import Workbook

from datapackage.errors import Fault, InputError
from datapackage.reasons import Reason


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
            return int(float(self.text)) if self.text else None
        except ValueError:
            return None


def open_book(path: Path) -> Workbook:
    """Open a workbook with the values that its formulas had when it was saved.

    Raises
    ------
    InputError
        The file is not a workbook.
    """
    try:
        return openpyxl.load_workbook(path, data_only=True)
    except Exception as error:  # openpyxl raises zipfile's, XML's and its own errors
        raise InputError([Fault(str(path), f"cannot be read as a workbook: {error}", reason=Reason.FORMAT)]) from error


def rows(book: Workbook, path: Path, sheet: str, *, header: int = 1, first: bool = True) -> Iterator[list[Cell]]:
    """Yield the rows below the header that have a value in their first column.

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
        False yields the rows without a value in their first column too.

    Raises
    ------
    InputError
        The sheet does not exist.
    """
    place = f"{path.name}[{sheet}]"
    if sheet not in book.sheetnames:
        raise InputError(
            [Fault(place, f"sheet is missing; the book has {', '.join(book.sheetnames)}", reason=Reason.MISSING_SHEET)]
        )
    worksheet = book[sheet]
    names = [f"{get_column_letter(index)} ({cell.value})" for index, cell in enumerate(worksheet[header], start=1)]
    for number, row in enumerate(worksheet.iter_rows(min_row=header + 1, values_only=True), start=header + 1):
        if row[0] is not None or not first:
            yield [Cell(value, place, number, name) for value, name in zip(row, names, strict=True)]
