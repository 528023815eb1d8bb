"""The labelled failures (``Theme2/FailureAnalysis.xlsx``) as rows of ``failures.csv``.

A row of the sheet holds each code twice, as a number and as a name; both must tell the same code of the codebook. An
issue is known by its URL; the sheet's ``id`` is its position in the filtered population, newest first.
"""

import re
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path

import pandas as pd
from openpyxl.workbook import Workbook

from datapackage.codebook import Code, Codebook, Dimension
from datapackage.errors import Fault, InputError
from datapackage.reasons import Reason
from datapackage.tables import records
from mining.published_archive.inputs import FAILURES_BOOK
from mining.published_archive.sheets import Cell, open_book, positions, rows

SAMPLE = "issta24"
SHEETS: Mapping[str, tuple[str, str]] = {
    "torch.onnx": ("PyTorch", "pytorch/pytorch"),
    "tf2onnx": ("tf2onnx", "onnx/tensorflow-onnx"),
}
_URL = re.compile(r"https://github\.com/([^/\s]+/[^/\s]+)/issues/(\d+)/?")
_CAUSE_WITH_DETAILS = ("incompatibility", "type_problem")


ID, URL = "id", "URL"
COLUMNS: Mapping[str, tuple[str, str]] = {
    "cause": ("Type By Number", "Type"),
    "symptom": ("Symptom by Number", "Symptoms"),
    "location": ("Component by number", "Component"),
    "incompatibility": ("Incomp. Type by Number", "Incomp. Type"),
    "type_problem": ("Type Prob. Type by Number", "Type Prob. Type"),
}
"""Header texts of the number and the name of each dimension in a main sheet."""
Row = Mapping[str, Cell]


def named_rows(book: Workbook, path: Path, sheet: str, dimensions: Sequence[str]) -> Iterator[Row]:
    """Yield the rows of a sheet of labels, cells by header text; a sheet without any row is an `InputError`."""
    names = [ID, URL, *(name for dimension in dimensions for name in COLUMNS[dimension])]
    (place,) = positions(book, path, sheet, names)
    found = False
    for cells in rows(book, path, sheet, key=place[ID]):
        found = True
        yield {name: cells[position] for name, position in place.items()}
    if not found:
        raise InputError(
            [Fault(f"{path.name}[{sheet}]", "has no row; take the archive's own file", reason=Reason.EMPTY_SHEET)]
        )


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
        for cells in named_rows(book, path, sheet, list(COLUMNS)):
            issue = read_issue(cells[URL], repository, faults)
            if issue is None:
                continue
            if issue in seen:
                faults.append(
                    cells[URL].fault(f"stands in row {seen[issue].row} already; keep one", Reason.DUPLICATE_ISSUE)
                )
            seen[issue] = cells[URL]
            if issue not in known:
                faults.append(
                    cells[URL].fault("has no creation date; add it to published/issue_dates.csv", Reason.MISSING_DATE)
                )
                continue
            created, earliest, latest = known[issue]
            labels = _labels(cells, codebook, faults)
            rank = cells[ID].number
            if rank is None or rank < 0:
                faults.append(
                    cells[ID].fault("position in the population must be a whole number", Reason.INVALID_NUMBER)
                )
            found.append(
                {"issue": issue, "sample": SAMPLE, "converter": converter, "population_rank": rank, "created": created}
                | {"created_earliest": earliest, "created_latest": latest}
                | labels
                | {"status": "active", "status_reason": None}
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


def _labels(cells: Row, codebook: Codebook, faults: list[Fault]) -> dict[str, str | None]:
    pair = {name: (cells[number], cells[text]) for name, (number, text) in COLUMNS.items()}
    labels = {name: read_code(codebook[name], *pair[name], faults) for name in ("cause", "symptom", "location")}
    details = {cause: pair[cause] for cause in _CAUSE_WITH_DETAILS}
    return labels | {"cause_detail": read_detail(labels["cause"], codebook, details, faults)}


def read_detail(
    cause: str | None,
    codebook: Codebook,
    cells: Mapping[str, tuple[Cell, Cell | None]] | Mapping[str, tuple[Cell, Cell]],
    faults: list[Fault],
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
