"""Independent ratings (pilot study and drift check) as rows of ``ratings.csv``.

The pilot's summary sheet holds the codes by position, the raters' own sheets hold the URLs and the codes again: the two
must agree. The drift sheets hold two blocks of codes side by side under one row of column names.
"""

from collections.abc import Iterable, Mapping
from pathlib import Path

import pandas as pd
from openpyxl.workbook import Workbook

from datapackage.codebook import Codebook
from datapackage.errors import Fault, InputError
from datapackage.reasons import Reason
from mining.published_archive.failures import (
    COLUMNS,
    ID,
    SAMPLE,
    SHEETS,
    URL,
    named_rows,
    read_code,
    read_detail,
    read_issue,
)
from mining.published_archive.inputs import FAILURES_BOOK, PILOT_BOOK
from mining.published_archive.sheets import Cell, heads, open_book, positions, rows

PILOT_RATERS: Mapping[str, str] = {"R1": "pilot-1", "R2": "pilot-2"}
_PILOT_SHEETS: Mapping[str, str] = {"torch.onnx": "PyTorch Issues", "tf2onnx": "tf2onnx Issues"}
_PILOT_DIMENSIONS = ("cause", "symptom")
_SUMMARY, _SUMMARY_HEADS = "Interrater", {"tf2onnx": "tf2onnxx", "torch.onnx": "PyTorch"}
# header texts of a converter's block in the summary sheet; the blocks stand side by side
_SUMMARY_COLUMNS: Mapping[tuple[str, str], str] = {
    ("cause", "R1"): "R1 causes",
    ("cause", "R2"): "R2 causes",
    ("symptom", "R1"): "R1 symptoms",
    ("symptom", "R2"): "R2 symptoms",
}
_DRIFT_SHEETS: Mapping[str, str] = {"torch.onnx": "PT Drift Testing", "tf2onnx": "TF Drift Testing"}
# each rater's block of codes stands below a heading
_DRIFT_RATERS: Mapping[str, str] = {"drift-a": "Rater A", "drift-b": "Rater B"}

Record = dict[str, object]


def read_ratings(archive: Path, codebook: Codebook, faults: list[Fault]) -> pd.DataFrame:
    """Read the pilot's and the drift check's ratings.

    Parameters
    ----------
    archive : Path
        Root of the archive's clone.
    codebook : Codebook
        Codes and their numbers.
    faults : list of Fault
        Receives everything that is wrong, with sheet, row and column.

    Returns
    -------
    DataFrame
        Columns of ``ratings.csv``.
    """
    records: list[Record] = []
    for read in (_pilot, _drift):
        try:
            records += read(archive, codebook, faults)
        except InputError as error:  # a book that cannot be read at all; the other is looked at all the same
            faults += error.faults
    return pd.DataFrame.from_records(records)


def _pilot(archive: Path, codebook: Codebook, faults: list[Fault]) -> Iterable[Record]:
    path = archive / PILOT_BOOK
    book = open_book(path)
    for converter, stem in _PILOT_SHEETS.items():
        repository = SHEETS[converter][1]
        summary = _summary(book, path, converter)
        for name, rater in PILOT_RATERS.items():
            rated: set[int] = set()
            for cells in named_rows(book, path, f"{stem} - {name}", _PILOT_DIMENSIONS):
                position = cells[ID].number
                issue = read_issue(cells[URL], repository, faults)
                if issue is None or position is None:
                    continue
                rated.add(position)
                for dimension in _PILOT_DIMENSIONS:
                    number, label = (cells[column] for column in COLUMNS[dimension])
                    code = read_code(codebook[dimension], number, label, faults)
                    _compare(summary.get((position, dimension, name)), number, faults)
                    if code is not None:
                        yield _record("pilot", issue, rater, dimension, code)
            _report_unrated(summary, rated, name, faults)


def _summary(book: Workbook, path: Path, converter: str) -> dict[tuple[int, str, str], Cell]:
    blocks = positions(book, path, _SUMMARY, [ID, *_SUMMARY_COLUMNS.values()], header=2, times=len(_SUMMARY_HEADS))
    heads(
        book, path, _SUMMARY,
        {head: block[ID] for head, block in zip(_SUMMARY_HEADS.values(), blocks, strict=True)},
    )  # fmt: skip
    block = blocks[list(_SUMMARY_HEADS).index(converter)]
    return {
        (position, dimension, name): cells[block[column]]
        for cells in rows(book, path, _SUMMARY, header=2, first=False)
        if (position := cells[block[ID]].number) is not None
        for (dimension, name), column in _SUMMARY_COLUMNS.items()
    }


def _compare(summary: Cell | None, own: Cell, faults: list[Fault]) -> None:
    if summary is None:
        faults.append(own.fault("its issue does not stand in the sheet Interrater", Reason.CONTRADICTION))
    elif summary.number != own.number:
        faults.append(
            own.fault(f"differs from {summary.sheet}, row {summary.row} ({summary.text})", Reason.CONTRADICTION)
        )


def _report_unrated(
    summary: Mapping[tuple[int, str, str], Cell], rated: set[int], name: str, faults: list[Fault]
) -> None:
    for (position, dimension, rater), cell in summary.items():
        if rater == name and dimension == "cause" and position not in rated:
            faults.append(
                cell.fault(f"position {position} does not stand in the sheet of {name}", Reason.CONTRADICTION)
            )


def _drift(archive: Path, codebook: Codebook, faults: list[Fault]) -> Iterable[Record]:
    path = archive / FAILURES_BOOK
    book = open_book(path)
    for converter, sheet in _DRIFT_SHEETS.items():
        (place,) = positions(book, path, sheet, [ID, URL], header=2)
        numbers = {dimension: COLUMNS[dimension][0] for dimension in COLUMNS}
        blocks = positions(book, path, sheet, list(numbers.values()), header=2, times=len(_DRIFT_RATERS))
        heads(
            book, path, sheet,
            {head: block[numbers["cause"]] for head, block in zip(_DRIFT_RATERS.values(), blocks, strict=True)},
        )  # fmt: skip
        for cells in rows(book, path, sheet, header=2, key=place[ID]):
            issue = read_issue(cells[place[URL]], SHEETS[converter][1], faults)
            if issue is None:
                continue
            for rater, block in zip(_DRIFT_RATERS, blocks, strict=True):
                cell = {dimension: cells[block[name]] for dimension, name in numbers.items()}
                codes = {
                    dimension: read_code(codebook[dimension], cell[dimension], None, faults)
                    for dimension in ("cause", "symptom", "location")
                }
                details = {cause: (cell[cause], None) for cause in ("incompatibility", "type_problem")}
                codes["cause_detail"] = read_detail(codes["cause"], codebook, details, faults)
                for dimension, code in codes.items():
                    if code is not None:
                        yield _record("drift", issue, rater, dimension, code)


def _record(occasion: str, issue: str, rater: str, dimension: str, code: str) -> Record:
    key = {"sample": SAMPLE, "round": occasion, "issue": issue, "rater": rater, "dimension": dimension, "revision": 1}
    # the sheets hold one label each and tell neither when it was given nor whether the rater was sure
    return key | {"code": code, "unsure": None, "time": None, "tool": "sheet"}


def raters_of(ratings: pd.DataFrame) -> pd.DataFrame:
    """Return the raters of the ratings as rows of ``raters.csv``; the sheets tell nothing of them."""
    raters = sorted(set(ratings["rater"])) if len(ratings) else []
    unknown = dict.fromkeys(("training", "tool", "since"))
    return pd.DataFrame.from_records(
        [{"rater": rater, "kind": "human"} | unknown for rater in raters], columns=["rater", "kind", *unknown]
    )
