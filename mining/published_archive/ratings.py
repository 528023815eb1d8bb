"""Independent ratings (pilot study and drift check) as rows of ``ratings.csv``.

The pilot's summary sheet holds the codes by position, the raters' own sheets hold the URLs and the codes again: the two
must agree. The drift sheets hold two blocks of codes side by side under one row of column names.
"""

from collections.abc import Iterable, Mapping
from pathlib import Path

import pandas as pd

from datapackage.codebook import Codebook
from datapackage.errors import Fault
from datapackage.reasons import Reason
from mining.published_archive.failures import SAMPLE, SHEETS, read_code, read_detail, read_issue
from mining.published_archive.inputs import FAILURES_BOOK, PILOT_BOOK
from mining.published_archive.sheets import Cell, open_book, rows

PILOT_RATERS: Mapping[str, str] = {"R1": "pilot-1", "R2": "pilot-2"}
_PILOT_SHEETS: Mapping[str, str] = {"torch.onnx": "PyTorch Issues", "tf2onnx": "tf2onnx Issues"}
_PILOT_COLUMNS: Mapping[str, tuple[int, int]] = {"cause": (4, 5), "symptom": (6, 7)}
# First column of a converter's block in the summary sheet: id, causes R1, R2, agreement, symptoms R1, R2
_SUMMARY_START: Mapping[str, int] = {"tf2onnx": 0, "torch.onnx": 9}
_SUMMARY_OFFSETS: Mapping[tuple[str, str], int] = {
    ("cause", "R1"): 1,
    ("cause", "R2"): 2,
    ("symptom", "R1"): 4,
    ("symptom", "R2"): 5,
}
_DRIFT_SHEETS: Mapping[str, str] = {"torch.onnx": "PT Drift Testing", "tf2onnx": "TF Drift Testing"}
# First column of each rater's block: cause, symptom, location, incompatibility, type problem
_DRIFT_RATERS: Mapping[str, int] = {"drift-a": 4, "drift-b": 9}

Record = dict[str, str]


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
    return pd.DataFrame.from_records([*_pilot(archive, codebook, faults), *_drift(archive, codebook, faults)])


def _pilot(archive: Path, codebook: Codebook, faults: list[Fault]) -> Iterable[Record]:
    path = archive / PILOT_BOOK
    book = open_book(path)
    for converter, stem in _PILOT_SHEETS.items():
        repository = SHEETS[converter][1]
        summary = _summary(rows(book, path, "Interrater", header=2), converter)
        for name, rater in PILOT_RATERS.items():
            rated: set[int] = set()
            for cells in rows(book, path, f"{stem} - {name}"):
                issue = read_issue(cells[2], repository, faults)
                if issue is None or cells[0].number is None:
                    continue
                rated.add(cells[0].number)
                for dimension, (number, label) in _PILOT_COLUMNS.items():
                    code = read_code(codebook[dimension], cells[number], cells[label], faults)
                    _compare(summary.get((cells[0].number, dimension, name)), cells[number], faults)
                    if code is not None:
                        yield _record("pilot", issue, rater, dimension, code)
            _report_unrated(summary, rated, name, faults)


def _summary(summary_rows: Iterable[list[Cell]], converter: str) -> dict[tuple[int, str, str], Cell]:
    start = _SUMMARY_START[converter]
    return {
        (position, dimension, name): cells[start + offset]
        for cells in summary_rows
        if (position := cells[start].number) is not None
        for (dimension, name), offset in _SUMMARY_OFFSETS.items()
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
        for cells in rows(book, path, sheet, header=2):
            issue = read_issue(cells[2], SHEETS[converter][1], faults)
            if issue is None:
                continue
            for rater, start in _DRIFT_RATERS.items():
                block = cells[start : start + 5]
                codes = {
                    dimension: read_code(codebook[dimension], cell, None, faults)
                    for dimension, cell in zip(("cause", "symptom", "location"), block[:3], strict=True)
                }
                details = {"incompatibility": (block[3], None), "type_problem": (block[4], None)}
                codes["cause_detail"] = read_detail(codes["cause"], codebook, details, faults)
                for dimension, code in codes.items():
                    if code is not None:
                        yield _record("drift", issue, rater, dimension, code)


def _record(occasion: str, issue: str, rater: str, dimension: str, code: str) -> Record:
    return {"sample": SAMPLE, "round": occasion, "issue": issue, "rater": rater, "dimension": dimension, "code": code}
