"""The issues that the study's authors disclosed to the converters' developers: one sheet, without its titles and answers."""

import datetime as dt
from pathlib import Path
from typing import TypeVar

import pandas as pd

from datapackage.errors import Fault
from datapackage.reasons import Reason
from mining.published_archive.sheets import Cell, open_book, positions, rows

BOOK = "Theme2/submitted_issues.xlsx"
SHA256 = {BOOK: "b08560fa77dcb04e3b64ccc81ccf430d3f68fb5aeb43f9cf60716d0ab2273a9a"}
_SHEET = "Sheet1"
_COLUMNS = ("Date Opened", "Title", "Current Issue State", "Action Taken")
# a word of the title → where it failed and how; first hit wins
_KINDS = (
    ("segfault", ("conversion", "crash")),
    ("does not complete", ("conversion", "hang")),
    ("fusedmatmul", ("inference", "error")),
    ("inference fails", ("inference", "crash")),
    ("discrepanc", ("inference", "mismatch")),
)
# a word of the last column → what became of it
_ACTIONS = (
    ("pull request", "fixed"),
    ("following release", "fixed_later"),
    ("closed", "closed_as_stale"),
    ("n/a", "none"),
)
_STATES = ("open", "closed")
T = TypeVar("T")


def read_disclosures(archive: Path, faults: list[Fault]) -> pd.DataFrame:
    """Read the disclosed issues.

    Parameters
    ----------
    archive : Path
        Root of a clone of the study's archive.
    faults : list of Fault
        What is wrong is appended here.

    Returns
    -------
    DataFrame
        One row per issue, oldest first: opened, stage (conversion, inference), kind (crash, hang, error, mismatch), state (open,
        closed), action (none, fixed, fixed_later, closed_as_stale).
    """
    path = archive / BOOK
    found = []
    book = open_book(path)
    (place,) = positions(book, path, _SHEET, _COLUMNS)
    for cells in rows(book, path, _SHEET, first=False):
        if all(cell.value is None for cell in cells):
            continue
        opened, title, state, action = (cells[place[name]] for name in _COLUMNS)
        day = _day(opened, faults)
        kind = _first(title, _KINDS, faults)
        became = _first(action, _ACTIONS, faults)
        if state.text.lower() not in _STATES:
            faults.append(state.fault("is neither open nor closed", Reason.UNKNOWN_CODE))
        stage, how = kind or ("", "")
        found.append((day, stage, how, state.text.lower(), became or ""))
    frame = pd.DataFrame(found, columns=["opened", "stage", "kind", "state", "action"])
    return frame.sort_values("opened", ignore_index=True)


def _day(cell: Cell, faults: list[Fault]) -> str:
    if not isinstance(cell.value, dt.datetime):
        faults.append(cell.fault("must be a cell of the kind date", Reason.TYPE_ERROR))
        return ""
    return cell.value.date().isoformat()


def _first(cell: Cell, rules: tuple[tuple[str, T], ...], faults: list[Fault]) -> T | None:
    found = next((value for word, value in rules if word in cell.text.lower()), None)
    if found is None:
        faults.append(cell.fault("fits no rule for disclosed issues; add one", Reason.UNKNOWN_CODE))
    return found
