"""The labelled failures (``Theme2/FailureAnalysis.xlsx``) as rows of ``failures.csv``.

A row of the sheet holds each code twice, as a number and as a name; both must tell the same code of the codebook. An
issue is known by its URL; the sheet's ``id`` is its position in the filtered population, newest first.
"""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

import pandas as pd

from datapackage.codebook import Code, Codebook, Dimension
from datapackage.errors import Fault
from datapackage.reasons import Reason
from datapackage.tables import records
from mining.published_archive.inputs import FAILURES_BOOK
from mining.published_archive.sheets import Cell, open_book, rows

SAMPLE = "issta24"
SHEETS: Mapping[str, tuple[str, str]] = {
    "torch.onnx": ("PyTorch", "pytorch/pytorch"),
    "tf2onnx": ("tf2onnx", "onnx/tensorflow-onnx"),
}
_URL = re.compile(r"https://github\.com/([^/\s]+/[^/\s]+)/issues/(\d+)/?")
_CAUSE_WITH_DETAILS = ("incompatibility", "type_problem")


@dataclass(frozen=True)
class Columns:
    """Positions (from 0) of the number and the name of each dimension in a main sheet."""

    number: int
    name: int


COLUMNS: Mapping[str, Columns] = {
    "cause": Columns(4, 5),
    "symptom": Columns(6, 7),
    "location": Columns(8, 9),
    "incompatibility": Columns(10, 11),
    "type_problem": Columns(12, 13),
}


def read_failures(archive: Path, codebook: Codebook, dates: pd.DataFrame, faults: list[Fault]) -> pd.DataFrame:
    """Read the 200 labelled failures.

    Parameters
    ----------
    archive : Path
        Root of the archive's clone.
    codebook : Codebook
        Codes and their spellings.
    dates : DataFrame
        ``issue_dates``: repository, number, created, created_earliest, created_latest.
    faults : list of Fault
        Receives everything that is wrong, with sheet, row and column.

    Returns
    -------
    DataFrame
        Columns of ``failures.csv``; unusable where `faults` grew.
    """
    path = archive / FAILURES_BOOK
    book = open_book(path)
    known = {
        f"{row['repository']}#{row['number']}": (row["created"], row["created_earliest"], row["created_latest"])
        for row in records(dates)
    }
    found: list[dict[str, object]] = []
    seen: dict[str, Cell] = {}
    for converter, (sheet, repository) in SHEETS.items():
        for cells in rows(book, path, sheet):
            issue = read_issue(cells[2], repository, faults)
            if issue is None:
                continue
            if issue in seen:
                faults.append(
                    cells[2].fault(f"stands in row {seen[issue].row} already; keep one", Reason.DUPLICATE_ISSUE)
                )
            seen[issue] = cells[2]
            if issue not in known:
                faults.append(
                    cells[2].fault("has no creation date; add it to published/issue_dates.csv", Reason.MISSING_DATE)
                )
                continue
            created, earliest, latest = known[issue]
            labels = _labels(cells, codebook, faults)
            rank = cells[0].number
            if rank is None:
                faults.append(
                    cells[0].fault("position in the population must be a whole number", Reason.INVALID_NUMBER)
                )
            found.append(
                {"issue": issue, "sample": SAMPLE, "converter": converter, "population_rank": rank, "created": created}
                | {"created_earliest": earliest, "created_latest": latest}
                | labels
            )
    return pd.DataFrame.from_records(found)


def read_issue(cell: Cell, repository: str, faults: list[Fault]) -> str | None:
    """Return the issue key that a URL cell names, or None with a fault."""
    match = _URL.fullmatch(cell.text)
    if match is None:
        message = f"must be the issue's URL, as https://github.com/{repository}/issues/NUMBER"
        faults.append(cell.fault(message, Reason.MISSING_URL if not cell.text else Reason.INVALID_URL))
        return None
    if match[1].casefold() != repository.casefold():
        faults.append(cell.fault(f"belongs to another repository than {repository}", Reason.WRONG_REPOSITORY))
        return None
    return f"{repository}#{match[2]}"


def read_code(
    dimension: Dimension, number: Cell, name: Cell | None, faults: list[Fault], *, required: bool = True
) -> str | None:
    """Return the code that a number, and its name where the sheet has one, tell; None with a fault otherwise.

    Parameters
    ----------
    dimension : Dimension
        Whose numbers and spellings hold.
    number : Cell
        The code as a number.
    name : Cell or None
        The code as a name; checked against the number.
    faults : list of Fault
        Receives unknown numbers, unknown names, and contradictions of the two.
    required : bool
        Whether an empty number is a fault.
    """
    if not number.text:
        if required:
            faults.append(number.fault(f"{dimension.name} is missing", Reason.MISSING_CODE))
        elif name is not None and name.text:
            faults.append(name.fault(f"{dimension.name} has a name without a number", Reason.CONTRADICTION))
        return None
    code = _by_number(dimension, number)
    if code is None:
        allowed = ", ".join(f"{c.number} {c.slug}" for c in dimension.codes if c.number is not None)
        faults.append(number.fault(f"is not a number of {dimension.name}; allowed: {allowed}", Reason.UNKNOWN_CODE))
    if name is None:
        return code.slug if code else None
    named = dimension.resolve(name.text)
    if named is None:
        message = f"is not a known spelling in {dimension.name}; correct it or add it to the codebook's aliases"
        faults.append(name.fault(message, Reason.UNKNOWN_CODE))
    elif code is not None and named.slug != code.slug:
        faults.append(
            name.fault(f"names {named.slug}, but its number {number.text} is {code.slug}", Reason.CONTRADICTION)
        )
    return code.slug if code else None


def _by_number(dimension: Dimension, cell: Cell) -> Code | None:
    return None if cell.number is None else dimension.by_number(cell.number)


def _labels(cells: list[Cell], codebook: Codebook, faults: list[Fault]) -> dict[str, str | None]:
    labels = {
        name: read_code(codebook[name], cells[COLUMNS[name].number], cells[COLUMNS[name].name], faults)
        for name in ("cause", "symptom", "location")
    }
    return labels | {"cause_detail": read_detail(labels["cause"], codebook, _detail_cells(cells), faults)}


def _detail_cells(cells: list[Cell]) -> dict[str, tuple[Cell, Cell | None]]:
    return {cause: (cells[COLUMNS[cause].number], cells[COLUMNS[cause].name]) for cause in _CAUSE_WITH_DETAILS}


def read_detail(
    cause: str | None, codebook: Codebook, cells: Mapping[str, tuple[Cell, Cell | None]], faults: list[Fault]
) -> str | None:
    """Return the finer code of a cause; a finer code of another cause, or a lacking one, is a fault."""
    detail = None
    for owner, (number, name) in cells.items():
        code = read_code(codebook.details[owner], number, name, faults, required=owner == cause)
        if code is not None and owner != cause:
            faults.append(number.fault(f"is a detail of {owner}, but the cause is {cause}", Reason.CONTRADICTION))
        elif code is not None:
            detail = code
    return detail
