"""Invented raters with a known error model, who fill real sheets.

A rater knows the true code of a dimension with probability a, and otherwise draws one as often as it occurs. Two such raters give
the codes i and j with probability a²·p(i)·[i = j] + (1 - a²)·p(i)·p(j): their Cohen's κ is a², whatever the codes are.
"""

import random
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path

import openpyxl

from datapackage.codebook import Codebook
from demo.issues import Codes
from labelling.columns import HEADINGS
from labelling.workbook import ISSUES


class Rater:
    """A rater who errs.

    Parameters
    ----------
    failures : sequence of Codes
        What errors are drawn from: the codes as often as they occur.
    accuracy : float
        Probability of knowing a true code.
    seed : int
        Of the errors.
    """

    def __init__(self, failures: Sequence[Codes], accuracy: float, seed: int) -> None:
        self.failures = failures
        self.accuracy = accuracy
        self.draw = random.Random(seed)

    def label(self, truth: Codes) -> Codes:
        """Return what the rater says of an issue; each dimension errs by itself, a detail goes with its cause."""
        symptom, cause, location = (
            truth if self.draw.random() < self.accuracy else self.draw.choice(self.failures) for _ in range(3)
        )
        return Codes(symptom.symptom, cause.cause, cause.cause_detail, location.location)


def kappa(accuracy: float) -> float:
    """Return the κ of two raters of the same accuracy, by the model."""
    return accuracy**2


def names(codebook: Codebook, codes: Codes) -> Mapping[str, str]:
    """Return codes as they stand in a sheet: heading → name."""
    details = codebook.details[codes.cause] if codes.cause_detail else None
    return {
        HEADINGS["symptom"]: codebook["symptom"][codes.symptom].name,
        HEADINGS["cause"]: codebook["cause"][codes.cause].name,
        HEADINGS["cause_detail"]: details[codes.cause_detail].name if details else "",
        HEADINGS["location"]: codebook["location"][codes.location].name,
    }


def fill(path: Path, cells: Callable[[str], Mapping[str, str]]) -> int:
    """Fill a workbook as a rater does, and save it where it is.

    Parameters
    ----------
    path : Path
        A sheet of `python -m labelling sheets` or `adjudicate`.
    cells : callable
        Takes an issue, returns what the rater writes, by heading.

    Returns
    -------
    int
        Rows.
    """
    book = openpyxl.load_workbook(path)
    sheet = book[ISSUES]
    columns = {cell.value: position for position, cell in enumerate(sheet[1], start=1)}
    for row in range(2, sheet.max_row + 1):
        for heading, text in cells(str(sheet.cell(row, columns[HEADINGS["issue"]]).value)).items():
            sheet.cell(row, columns[heading]).value = text or None
    book.save(path)
    return int(sheet.max_row) - 1
