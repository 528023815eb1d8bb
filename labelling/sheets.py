"""Raters' sheets: written as workbook or CSV, and read as people return them.

Reading knows a sheet by its column Sheet, a column by its heading, an issue by its name; so rows and columns may be in any
order, hidden, added or missing. Everything wrong is told at once.
"""

import csv
import io
import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from datapackage.codebook import Codebook
from datapackage.errors import Fault, InputError
from datapackage.issues import parse_issue
from datapackage.reasons import Reason
from datapackage.sheets import Grid, neutral_cell, read_grids
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
    positions,
    shown_columns,
)
from labelling.labels import DIMENSIONS, Label, Problem, resolve
from labelling.texts import Text

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
    labels: list[Label] = field(default_factory=list)
    open: list[str] = field(default_factory=list)
    faults: list[Fault] = field(default_factory=list)
    half: list[Fault] = field(default_factory=list)


@dataclass(frozen=True, slots=True)
class Row:
    """A row of a sheet that names an issue: its place, its number from 1, and its cells by column."""

    place: str
    number: int
    issue: str
    cells: Mapping[str, str]

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
        _read_row(row, codebook, time, returned)
    return returned


def _rows(path: Path) -> Iterator[Row]:
    grids = read_grids(path)
    headed = [(grid, *_header(grid)) for grid in grids]
    usable = [(grid, top, place) for grid, top, place in headed if set(NEEDED) <= set(place)]
    if not usable:
        grid, _, place = max(headed, key=lambda each: len(set(each[2]) & set(NEEDED)))
        message = "column is missing; restore it, or take the codes over into a fresh sheet"
        lacking = [name for name in NEEDED if name not in place]
        raise InputError(
            [Fault(grid.place, message, column=HEADINGS[name], reason=Reason.MISSING_LABEL) for name in lacking]
        )
    for grid, top, place in usable:
        for index, cells in enumerate(grid.rows[top + 1 :], start=top + 1):
            named = {name: cells[column] if column < len(cells) else "" for name, column in place.items()}
            if any(named.get(name) for name in (ISSUE, *DIMENSIONS)):
                remarks = [text for (row, _), text in sorted(grid.comments.items()) if row == index]
                named[RATIONALE] = "\n".join(filter(None, [named.get(RATIONALE, ""), *remarks]))
                yield Row(grid.place, index + 1, named[ISSUE], named)


def _header(grid: Grid) -> tuple[int, dict[str, int]]:
    """Return the row of a grid that names most columns (people put titles above), and where they stand."""
    found = [(positions(row), index) for index, row in enumerate(grid.rows[:20])]
    place, index = max(found, key=lambda each: (len(each[0]), -each[1]), default=({}, 0))
    return index, place


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
            message = f"is of {option} {other}, not {one}; leave out --{option}, or name the right file"
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
        issue = _issue(row, faults)
        if issue is None:
            continue
        codes = [row.cells.get(name, "").casefold() for name in DIMENSIONS]
        other = kept.get(issue)
        if other is None or not any(other.cells.get(name) for name in DIMENSIONS):
            kept[issue] = Row(row.place, row.number, issue, row.cells)
        elif any(codes) and codes != [other.cells.get(name, "").casefold() for name in DIMENSIONS]:
            message = f"is labelled otherwise in {other.place}, row {other.number}; keep one of the two"
            faults.append(row.fault(ISSUE, message, Reason.DUPLICATE_ISSUE))
    yield from kept.values()


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
