"""A rater's sheet opened for editing: each change is on disk before the next key is read.

The file is replaced in one step, so that a kill leaves the last whole state; a file that another program has open, or has
changed meanwhile, is not written over.
"""

import csv
import hashlib
import io
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path

import openpyxl
from openpyxl.workbook import Workbook
from openpyxl.worksheet.worksheet import Worksheet

from datapackage.errors import Fault, InputError, StudyError
from datapackage.files import write_atomic
from datapackage.reasons import Reason
from datapackage.sheets import cell_text, filled_cells
from labelling.columns import HEADINGS, ISSUE, find_header, positions, require_columns


@dataclass
class EditRow:
    """A row of the sheet: its number from 1, and its cells by column."""

    number: int
    cells: dict[str, str] = field(default_factory=dict)

    def __getitem__(self, column: str) -> str:
        return self.cells.get(column, "")


class SheetFile:
    """A workbook or CSV file of issues to label.

    Parameters
    ----------
    path : Path
        The sheet.

    Raises
    ------
    InputError
        The file is no sheet, or a spreadsheet program has it open.
    """

    def __init__(self, path: Path) -> None:
        self.path = path
        self._refuse_if_open()
        content = self._content()
        self._digest = hashlib.sha256(content).hexdigest()
        self._table: _Book | _Text = _Book(path, content) if content.startswith(b"PK") else _Text(path, content)
        self.rows = [row for row in self._table.rows() if row[ISSUE]]

    @property
    def columns(self) -> frozenset[str]:
        """Known columns that the sheet has."""
        return frozenset(self._table.place)

    def put(self, row: EditRow, cells: Mapping[str, str]) -> None:
        """Set cells of a row, on disk too.

        Raises
        ------
        StudyError
            The file was changed by somebody else since it was read; nothing is written.
        """
        self._refuse_if_open()
        if hashlib.sha256(self._content()).hexdigest() != self._digest:
            raise StudyError(f"{self.path}: was changed by another program; close this one, and open the sheet again")
        for column, text in cells.items():
            self._table.put(row.number, column, text)
            row.cells[column] = text
        content = self._table.content()
        write_atomic(self.path, content)
        self._digest = hashlib.sha256(content).hexdigest()

    def _content(self) -> bytes:
        try:
            return self.path.read_bytes()
        except FileNotFoundError:
            raise InputError([Fault(str(self.path), "file is missing", reason=Reason.MISSING_FILE)]) from None

    def _refuse_if_open(self) -> None:
        locks = (self.path.with_name(f"~${self.path.name}"), self.path.with_name(f".~lock.{self.path.name}#"))
        if found := [lock for lock in locks if lock.exists()]:
            message = f"a spreadsheet program has it open ({found[0].name}); close it there first"
            raise InputError([Fault(str(self.path), message, reason=Reason.OPEN_ELSEWHERE)])


class _Book:
    """The sheet of a workbook that has the columns; everything else in the book is left as it is."""

    def __init__(self, path: Path, content: bytes) -> None:
        try:
            self._book: Workbook = openpyxl.load_workbook(io.BytesIO(content))
        except Exception as error:  # openpyxl raises zipfile's, XML's and its own errors
            message = f"cannot be read as a workbook: {error}"
            raise InputError([Fault(str(path), message, reason=Reason.FORMAT)]) from error
        found = [(sheet, *find_header(_texts(sheet))) for sheet in self._book.worksheets]
        self._sheet, above, self.place = max(found, key=lambda each: len(each[2]))
        self._top = above + 1
        require_columns(str(path), self.place)

    def rows(self) -> list[EditRow]:
        texts = {at: cell_text(cell.value) for at, cell in filled_cells(self._sheet).items()}
        return [
            EditRow(row + 1, {name: texts.get((row, column), "") for name, column in self.place.items()})
            for row in sorted({row for row, _ in texts if row >= self._top})
        ]

    def put(self, row: int, column: str, text: str) -> None:
        if column not in self.place:
            self.place[column] = self._sheet.max_column
            self._sheet.cell(self._top, self.place[column] + 1, HEADINGS[column])
        cell = self._sheet.cell(row, self.place[column] + 1)
        cell.value = text or None
        if text:
            cell.data_type = "s"

    def content(self) -> bytes:
        stream = io.BytesIO()
        self._book.save(stream)
        return stream.getvalue()


def _texts(sheet: Worksheet) -> Iterator[list[str]]:
    for values in sheet.iter_rows(values_only=True):
        yield [cell_text(value) for value in values]


class _Text:
    """A CSV file; its separator and byte-order mark stay."""

    def __init__(self, path: Path, content: bytes) -> None:
        try:
            text = content.decode("utf-8-sig")
        except UnicodeDecodeError as error:
            message = "is not UTF-8; save it as UTF-8 or as a workbook"
            raise InputError([Fault(str(path), message, reason=Reason.ENCODING_ERROR)]) from error
        self._mark = b"\xef\xbb\xbf" if content.startswith(b"\xef\xbb\xbf") else b""
        self._delimiter = max(",;\t", key=text.partition("\n")[0].count)
        self._lines = list(csv.reader(io.StringIO(text, newline=""), delimiter=self._delimiter))
        self.place = positions(self._lines[0]) if self._lines else {}
        require_columns(str(path), self.place)

    def rows(self) -> list[EditRow]:
        return [
            EditRow(number, {name: line[column].strip() for name, column in self.place.items() if column < len(line)})
            for number, line in enumerate(self._lines[1:], start=2)
        ]

    def put(self, row: int, column: str, text: str) -> None:
        if column not in self.place:
            self.place[column] = len(self._lines[0])
            self._lines[0].append(HEADINGS[column])
        line = self._lines[row - 1]
        line += [""] * (self.place[column] + 1 - len(line))
        line[self.place[column]] = text

    def content(self) -> bytes:
        stream = io.StringIO()
        csv.writer(stream, delimiter=self._delimiter, lineterminator="\n").writerows(self._lines)
        return self._mark + stream.getvalue().encode()
