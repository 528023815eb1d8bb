"""Text for spreadsheet programs, and what they make of it: written so that it stays text, read however people saved it."""

import codecs
import csv
import datetime as dt
import io
from collections.abc import Collection, Mapping
from dataclasses import dataclass, field
from pathlib import Path

import openpyxl
from openpyxl.cell.cell import Cell, MergedCell
from openpyxl.worksheet.worksheet import Worksheet

from datapackage.errors import Fault, InputError
from datapackage.reasons import Reason

_FORMULA_STARTS = ("=", "+", "-", "@", "＝", "＋", "－", "＠")


def neutral_cell(text: str) -> str:
    """Return text that no spreadsheet program takes for a formula.

    An apostrophe is put before =, +, -, @, their full-width forms, tab, carriage return and line feed at the beginning
    (source: OWASP, "CSV Injection"); control characters become spaces.

    Examples
    --------
    >>> neutral_cell("=1+1")
    "'=1+1"
    >>> neutral_cell("Export fails")
    'Export fails'
    """
    plain = "".join(" " if ord(character) < 32 or ord(character) == 127 else character for character in text).strip()
    return "'" + plain if plain.startswith(_FORMULA_STARTS) else plain


def neutral_lines(text: str) -> str:
    r"""Return text of several lines, each as `neutral_cell` gives it: a line's beginning can be a cell's in another program.

    Examples
    --------
    >>> neutral_lines("ann: Crash\n   =1+1").splitlines()
    ['ann: Crash', "   '=1+1"]
    """
    indents = [(len(line) - len(line.lstrip(" ")), line) for line in text.split("\n")]
    return "\n".join(" " * indent + neutral_cell(line) for indent, line in indents)


def shortened(text: str, limit: int) -> str:
    """Return the text with at most `limit` characters, cut between words and marked with an ellipsis.

    Spreadsheet programs refuse cells of more than 32,767 characters, and nobody reads a cell of a thousand.

    Examples
    --------
    >>> shortened("Export of a quantised model fails", 20)
    'Export of a …'
    """
    if len(text) <= limit:
        return text
    cut = text[: limit - 1]
    return (cut.rsplit(None, 1)[0] if " " in cut else cut).rstrip() + " …"


@dataclass(frozen=True)
class Grid:
    """The cells of one sheet as text.

    Attributes
    ----------
    place : str
        File, or ``file[sheet]``, for messages.
    rows : tuple of tuple of str
        Cells by row, stripped; an empty cell is ''.
    comments : mapping
        (row, column), both from 0, to the text of the cell's comment.
    unreadable : mapping
        (row, column) of cells that look filled, or may be, but hold no value of their own, to what to do: cells that are merged
        with another one, formulas that no program has computed.
    """

    place: str
    rows: tuple[tuple[str, ...], ...]
    comments: Mapping[tuple[int, int], str]
    unreadable: Mapping[tuple[int, int], str] = field(default_factory=dict)


def read_grids(path: Path) -> list[Grid]:
    """Read every sheet of a workbook, or a text file with separated cells, as people save them.

    A text file may be UTF-8 with or without a byte-order mark, UTF-16, or Windows-1252, with commas, semicolons or tabs, and
    begin with Excel's ``sep=`` line. Hidden rows and sheets are read like others; formulas count with the value that they had.

    Raises
    ------
    InputError
        The file is missing, or is neither.
    """
    try:
        content = path.read_bytes()
    except FileNotFoundError:
        raise InputError([Fault(str(path), "file is missing", reason=Reason.MISSING_FILE)]) from None
    if content.startswith(b"PK"):
        return _workbook_grids(path, content)
    if content.startswith(b"\xd0\xcf\x11\xe0"):
        message = "is an old workbook (.xls) or one with a password; save it as .xlsx without a password"
        raise InputError([Fault(str(path), message, reason=Reason.FORMAT)])
    return [Grid(str(path), _separated(_decoded(content)), {})]


def _workbook_grids(path: Path, content: bytes) -> list[Grid]:
    try:
        formulas = [_formulas(sheet) for sheet in openpyxl.load_workbook(io.BytesIO(content)).worksheets]
        book = openpyxl.load_workbook(io.BytesIO(content), data_only=True)
    except Exception as error:  # openpyxl raises zipfile's, XML's and its own errors
        message = f"cannot be read as a workbook ({error}); save it as .xlsx or CSV"
        raise InputError([Fault(str(path), message, reason=Reason.FORMAT)]) from error
    return [
        _grid(f"{path}[{sheet.title}]", sheet, there) for sheet, there in zip(book.worksheets, formulas, strict=True)
    ]


def _formulas(sheet: Worksheet) -> set[tuple[int, int]]:
    return {at for at, cell in filled_cells(sheet).items() if cell.data_type == "f"}


def filled_cells(sheet: Worksheet) -> dict[tuple[int, int], Cell | MergedCell]:
    """Return the cells that the file holds, by place from 0.

    `iter_rows` would make every cell up to the last one that was ever touched, which may stand in row 1,048,576.
    """
    return {(row - 1, column - 1): cell for (row, column), cell in sheet._cells.items()}


def _grid(place: str, sheet: Worksheet, formulas: Collection[tuple[int, int]]) -> Grid:
    written = filled_cells(sheet)
    texts = {at: text for at, cell in written.items() if (text := cell_text(cell.value))}
    comments = {at: cell.comment.text.strip() for at, cell in written.items() if cell.comment is not None}
    message = "is a formula that was never computed; type the value, or save the file with a spreadsheet program"
    unreadable = {at: message for at in formulas if at not in texts}
    for (row, column), cell in written.items():
        if isinstance(cell, MergedCell):  # all of a merged range but its first cell
            merged = next(each.coord for each in sheet.merged_cells.ranges if cell.coordinate in each)
            unreadable[row, column] = f"is one of the merged cells {merged}; unmerge them and fill each"
    rows: list[tuple[str, ...]] = [()] * (1 + max((row for row, _ in texts), default=-1))
    columns: dict[int, dict[int, str]] = {}
    for (row, column), text in texts.items():
        columns.setdefault(row, {})[column] = text
    for row, cells in columns.items():
        rows[row] = tuple(cells.get(column, "") for column in range(max(cells) + 1))
    return Grid(place, tuple(rows), comments, unreadable)


def cell_text(value: object) -> str:
    """Return a cell's value as a person sees it: whole numbers without a decimal point, no surrounding space."""
    if value is None:
        return ""
    if isinstance(value, bool):
        return "TRUE" if value else "FALSE"
    if isinstance(value, float) and value.is_integer():
        return str(int(value))
    if isinstance(value, dt.datetime):
        return value.strftime("%Y-%m-%dT%H:%M:%SZ")
    return str(value).strip()


def _decoded(content: bytes) -> str:
    if content.startswith((codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)):
        return content.decode("utf-16", errors="replace")
    if content[1:2] == b"\0":  # Latin letters in UTF-16 without a mark
        return content.decode("utf-16-le", errors="replace")
    try:
        return content.decode("utf-8-sig")
    except UnicodeDecodeError:
        return content.decode("cp1252", errors="replace")


def _separated(text: str) -> tuple[tuple[str, ...], ...]:
    lines = text.splitlines(keepends=True)
    if lines and lines[0].strip().lower().startswith("sep="):
        lines = lines[1:]
    first = next((line for line in lines if line.strip()), "")
    delimiter = max(",;\t", key=lambda mark: len(next(csv.reader([first], delimiter=mark), [])))
    reader = csv.reader(io.StringIO("".join(lines), newline=""), delimiter=delimiter)
    return tuple(tuple(cell.strip() for cell in row) for row in reader)
