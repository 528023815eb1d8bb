"""Raters' sheets: written as workbook or CSV, and read as people return them.

Reading knows a sheet by its column Sheet, a column by its heading, an issue by its name; so rows and columns may be in any
order, hidden, added or missing. Everything wrong is told at once.
"""

import csv
import io
import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path

from datapackage.codebook import Codebook
from datapackage.errors import Fault, InputError
from datapackage.issues import parse_issue
from datapackage.reasons import Reason
from datapackage.sheets import neutral_cell, read_grids
from datapackage.spelling import fold
from labelling.columns import (
    DECIDED_BY,
    HEADINGS,
    ISSUE,
    NEEDED,
    RATIONALE,
    SHEET,
    TIME,
    TOOL,
    UNSURE,
    find_header,
    require_columns,
    shown_columns,
)
from labelling.labels import DIMENSIONS, Label, Problem, resolve
from labelling.texts import Text

ANSWERED = (*DIMENSIONS, UNSURE, RATIONALE, DECIDED_BY)
"""Columns that raters fill."""
_URL = re.compile(r"https?://github\.com/([^/\s]+/[^/\s]+)/issues/([0-9]+)\S*")
_YES, _NO = {"yes", "y", "x", "true", "wahr", "1", "?", "unsure"}, {"", "no", "n", "false", "falsch", "0", "sure"}
_TIME = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}T[0-9]{2}:[0-9]{2}:[0-9]{2}Z")


@dataclass
class Returned:
    """What a returned sheet holds.

    Attributes
    ----------
    identity : tuple of str
        Sample, round and rater.
    rows : dict
        Issue → file or sheet, and row, where it stands.
    labels : list of Label
        Complete labels.
    open : list of str
        Issues without any code yet.
    faults : list of Fault
        Everything wrong; `labels` is not to be used then.
    half : list of Fault
        Issues with some codes but not all.
    """

    identity: tuple[str, str, str]
    rows: dict[str, tuple[str, int]] = field(default_factory=dict)
    labels: list[Label] = field(default_factory=list)
    open: list[str] = field(default_factory=list)
    faults: list[Fault] = field(default_factory=list)
    half: list[Fault] = field(default_factory=list)

    def fault(self, issue: str, column: str, message: str, reason: Reason, *, value: str | None = None) -> Fault:
        """Return a fault at a column of an issue's row."""
        place, number = self.rows[issue]
        return Fault(place, message, number, HEADINGS[column], value, reason)


@dataclass(frozen=True, slots=True)
class Row:
    """A row of a sheet: its place, its number from 1, what it names as issue, and its cells by column.

    ``unreadable`` says of cells that hold no value of their own what to do (see `Grid`).
    """

    place: str
    number: int
    issue: str
    cells: Mapping[str, str]
    unreadable: Mapping[str, str]

    def fault(self, column: str, message: str, reason: Reason) -> Fault:
        """Return a fault at one of the row's cells."""
        value = self.cells.get(column) or None
        return Fault(self.place, message, self.number, HEADINGS.get(column, column), value, reason)


def csv_sheet(identity: str, issues: Sequence[str], texts: Mapping[str, Text]) -> str:
    """Return a rater's sheet as CSV, for those who work without a spreadsheet program."""
    columns = shown_columns(texts=bool(texts))
    stream = io.StringIO()
    writer = csv.DictWriter(stream, [column.heading for column in columns], lineterminator="\n")
    writer.writeheader()
    for number, issue in enumerate(issues, start=1):
        text = texts.get(issue, Text("", ""))
        row = {"No.": number, "Issue": neutral_cell(issue), "Sheet": identity}
        writer.writerow(
            row | ({"Title": neutral_cell(text.title), "Excerpt": neutral_cell(text.excerpt)} if texts else {})
        )
    return stream.getvalue()


def read_sheet(
    path: Path, codebook: Codebook, time: str, identity: Sequence[str | None] = (None, None, None)
) -> Returned:
    """Read a returned sheet.

    Parameters
    ----------
    path : Path
        Workbook or separated text.
    codebook : Codebook
        Codes and their spellings.
    time : str
        Moment of labels that tell none.
    identity : sequence of str or None
        Sample, round and rater where the sheet doesn't tell them; where it does, they must be the same.

    Raises
    ------
    InputError
        The file cannot be read, no sheet of it has the needed columns, or it doesn't tell whose it is.
    """
    rows = list(_rows(path))
    faults: list[Fault] = []
    whose = _identity(path, rows, identity, faults)
    returned = Returned(whose, faults=faults)
    for row in _without_copies(rows, returned.faults):
        returned.rows[row.issue] = (row.place, row.number)
        _read_row(row, codebook, time, returned)
    return returned


def _rows(path: Path) -> Iterator[Row]:
    grids = read_grids(path)
    headed = [(grid, *find_header(grid.rows)) for grid in grids]
    usable = [(grid, top, place) for grid, top, place in headed if set(NEEDED) <= set(place)]
    if not usable:
        grid, _, place = max(headed, key=lambda each: len(set(each[2]) & set(NEEDED)))
        require_columns(grid.place, place)
    for grid, top, place in usable:
        remarks: dict[int, list[str]] = {}
        for (row, _), text in sorted(grid.comments.items()):
            remarks.setdefault(row, []).append(text)
        for index, cells in enumerate(grid.rows[top + 1 :], start=top + 1):
            named = {name: cells[column] if column < len(cells) else "" for name, column in place.items()}
            unreadable = {
                name: grid.unreadable[index, column]
                for name, column in place.items()
                if name in (ISSUE, *ANSWERED) and (index, column) in grid.unreadable
            }
            if unreadable or any(named.get(name) for name in (ISSUE, *DIMENSIONS)):
                named[RATIONALE] = "\n".join(filter(None, [named.get(RATIONALE, ""), *remarks.get(index, ())]))
                yield Row(grid.place, index + 1, named[ISSUE], named, unreadable)


def _identity(
    path: Path, rows: Sequence[Row], given: Sequence[str | None], faults: list[Fault]
) -> tuple[str, str, str]:
    told: dict[str, Row] = {}
    for row in rows:
        if text := row.cells.get(SHEET, ""):
            told.setdefault(text, row)
    if len(told) > 1:
        message = f"the file holds rows of several sheets ({', '.join(told)}); return each sheet in a file of its own"
        faults += [row.fault(SHEET, message, Reason.MIXED_SHEETS) for row in told.values()]
    parts = next(iter(told), "").split("/")
    stated = parts if len(parts) == 3 else [None] * 3
    whose = [one or other for one, other in zip(given, stated, strict=True)]
    for option, one, other in zip(("sample", "round", "rater"), given, stated, strict=True):
        if one and other and one != other:
            message = f"is of {option} {other}, not {one}; name the right file, or leave out options that say otherwise"
            faults.append(
                Fault(str(path), message, column=HEADINGS[SHEET], value="/".join(parts), reason=Reason.OTHER_SHEET)
            )
    if not all(whose):
        message = "does not tell whose it is (column Sheet); name --sample, --round and --rater"
        raise InputError([*faults, Fault(str(path), message, reason=Reason.UNKNOWN_SHEET)])
    return str(whose[0]), str(whose[1]), str(whose[2])


def _without_copies(rows: Sequence[Row], faults: list[Fault]) -> Iterator[Row]:
    """Yield rows by issue; a second row of an issue must say the same, or nothing."""
    kept: dict[str, Row] = {}
    for row in rows:
        if row.unreadable:
            faults += [row.fault(name, message, Reason.FORMAT) for name, message in row.unreadable.items()]
            continue
        issue = _issue(row, faults)
        if issue is None:
            continue
        other = kept.get(issue)
        if other is None or not any(_said(other)):
            kept[issue] = replace(row, issue=issue)
        elif any(_said(row)) and _said(row) != _said(other):
            message = f"is labelled otherwise in {other.place}, row {other.number}; keep one of the two"
            faults.append(row.fault(ISSUE, message, Reason.DUPLICATE_ISSUE))
    yield from kept.values()


def _said(row: Row) -> list[str]:
    """Return what a rater wrote in a row."""
    return [fold(row.cells.get(name, "")) for name in ANSWERED]


def _issue(row: Row, faults: list[Fault]) -> str | None:
    text = row.issue.removeprefix("'")
    if match := _URL.fullmatch(text):
        text = f"{match[1]}#{match[2]}"
    try:
        return str(parse_issue(text))
    except ValueError:
        faults.append(row.fault(ISSUE, "is no issue; it must be owner/repo#number", Reason.FORMAT))
        return None


def _read_row(row: Row, codebook: Codebook, time: str, returned: Returned) -> None:
    if not any(row.cells.get(name) for name in DIMENSIONS):
        returned.open.append(row.issue)
        return
    codes, problems = resolve(codebook, row.cells)
    unsure = row.cells.get(UNSURE, "").casefold()
    if unsure not in _YES | _NO:
        problems.append(Problem(UNSURE, unsure, "must be yes, or empty", Reason.FORMAT))
    for problem in problems:
        told = returned.half if problem.reason == Reason.HALF_LABELLED else returned.faults
        told.append(row.fault(problem.dimension, problem.message, problem.reason))
    if problems:
        return
    moment, tool = row.cells.get(TIME, ""), row.cells.get(TOOL, "")
    returned.labels.append(
        Label(
            sample=returned.identity[0],
            round=returned.identity[1],
            issue=row.issue,
            rater=returned.identity[2],
            symptom=codes["symptom"],
            cause=codes["cause"],
            cause_detail=codes["cause_detail"],
            location=codes["location"],
            unsure=unsure in _YES,
            rationale=row.cells.get(RATIONALE, ""),
            time=moment if _TIME.fullmatch(moment) else time,
            tool=tool if tool == "terminal" else "sheet",
            decided_by=row.cells.get(DECIDED_BY, ""),
        )
    )
