"""A class's files of the page *Label it yourself*: read with all faults at once, compared by all pairs.

A file is what the page saves, or what became of it in a spreadsheet program: a row per report that the student has begun, with
the columns vignette, symptom, cause, cause_detail, location and rater. Codes may lack; a comparison takes what both have.
"""

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from itertools import combinations
from pathlib import Path

import pandas as pd

from datapackage.codebook import Codebook
from datapackage.errors import Fault, InputError
from datapackage.reasons import Reason
from datapackage.sheets import Grid, read_grids
from labelling.agreement import POOLED, Comparison, coefficients
from labelling.labels import DIMENSIONS, REQUIRED, resolve
from methods.agreement import mean_kappa

REPORT, RATER = "vignette", "rater"
NEEDED = (REPORT, "symptom", "cause", "location", RATER)
SHEETS = (".csv", ".xlsx")
_NAME = 40  # characters of a pseudonym that tables and figures have room for


@dataclass(frozen=True)
class Student:
    """What one student labelled.

    Attributes
    ----------
    name : str
        The pseudonym given on the page; the file's name where none was given.
    file : str
        Where the labels come from.
    codes : mapping
        Report → codes by dimension (`DIMENSIONS`), without those that lack.
    """

    name: str
    file: str
    codes: Mapping[str, Mapping[str, str]]


def files(paths: Sequence[Path]) -> list[Path]:
    """Return the files that are named, and those (.csv, .xlsx) of named folders in order; each once."""
    found: list[Path] = []
    for path in paths:
        inside = sorted(each for each in path.iterdir() if each.suffix.lower() in SHEETS) if path.is_dir() else [path]
        # a spreadsheet program leaves its lock beside an open file
        found += [each for each in inside if not each.name.startswith(("~$", ".~lock"))]
    return list(dict.fromkeys(found))


def read_class(paths: Sequence[Path], codebook: Codebook) -> list[Student]:
    """Read students' files.

    Parameters
    ----------
    paths : sequence of Path
        Files, or folders of them.
    codebook : Codebook
        Codes and their spellings.

    Returns
    -------
    list of Student
        In order of their names.

    Raises
    ------
    InputError
        A file can't be read or lacks a column, a text is no code, a report stands twice, two files are of one student, or there
        are fewer than two students; all faults of all files together.
    """
    students: list[Student] = []
    faults: list[Fault] = []
    for path in files(paths):
        try:
            students.append(_read(path, codebook, faults))
        except InputError as error:
            faults += error.faults
    faults += _same_names(students)
    if not faults and len(students) < 2:
        message = f"{len(students)} students; agreement needs two"
        faults = [Fault(", ".join(map(str, paths)), message, reason=Reason.NO_RATINGS)]
    if faults:
        raise InputError(faults)
    return sorted(students, key=lambda student: student.name.casefold())


def _read(path: Path, codebook: Codebook, faults: list[Fault]) -> Student:
    grid, columns = _table(path)
    codes: dict[str, Mapping[str, str]] = {}
    names: Counter[str] = Counter()
    for number, row in enumerate(grid.rows[1:], start=2):
        cells = {name: row[place] if place < len(row) else "" for name, place in columns.items()}
        report = cells[REPORT]
        if not report:
            if any(cells.values()):
                message = "the row names no report; restore its id or remove the row"
                faults.append(Fault(grid.place, message, number, REPORT, reason=Reason.MISSING_LABEL))
            continue
        if report in codes:
            message = "the report stands twice; keep one of the rows"
            faults.append(Fault(grid.place, message, number, REPORT, report, Reason.DUPLICATE_KEY))
            continue
        codes[report] = _codes(cells, codebook, Fault(grid.place, "", number), faults)
        names[" ".join(cells[RATER].split())] += 1
    given = sorted(name for name in names if name)
    if len(given) > 1:
        message = f"the file holds labels of several students: {', '.join(given)}; put each into a file of its own"
        faults.append(Fault(grid.place, message, column=RATER, reason=Reason.MIXED_SHEETS))
    if not codes:
        faults.append(Fault(grid.place, "holds no labels; label on the page and save again", reason=Reason.EMPTY_TABLE))
    return Student((given[0] if given else path.stem)[:_NAME], grid.place, codes)


def _table(path: Path) -> tuple[Grid, dict[str, int]]:
    """Return the sheet of a file that has the columns, and where each stands."""
    grids = [grid for grid in read_grids(path) if grid.rows] or [Grid(str(path), ((),), {})]
    headers = [{cell.casefold(): place for place, cell in reversed(list(enumerate(grid.rows[0])))} for grid in grids]
    found = [{name: header[name] for name in (*NEEDED, "cause_detail") if name in header} for header in headers]
    best = max(range(len(grids)), key=lambda number: (len(found[number]), -number))
    if lacking := [name for name in NEEDED if name not in found[best]]:
        message = "column is missing; the file is none that the page saves"
        raise InputError(
            [Fault(grids[best].place, message, column=name, reason=Reason.MISSING_LABEL) for name in lacking]
        )
    return grids[best], found[best]


def _codes(cells: Mapping[str, str], codebook: Codebook, place: Fault, faults: list[Fault]) -> dict[str, str]:
    """Return the codes of a row; what is no code becomes a fault, what lacks is left out."""
    codes, problems = resolve(codebook, cells)
    for problem in problems:
        if problem.reason is not Reason.HALF_LABELLED:
            faults.append(
                replace(
                    place, message=problem.message, column=problem.dimension, value=problem.value, reason=problem.reason
                )
            )
    return {name: codes[name] for name in DIMENSIONS if codes.get(name)}


def _same_names(students: Sequence[Student]) -> Iterator[Fault]:
    places: dict[str, list[str]] = {}
    for student in students:
        places.setdefault(student.name.casefold(), []).append(student.file)
    for student in students:
        others = [place for place in places[student.name.casefold()] if place != student.file]
        if others:
            message = f"is also the name in {', '.join(others)}; remove a copy, or change the rater in one of them"
            yield Fault(student.file, message, column=RATER, value=student.name, reason=Reason.DUPLICATE_KEY)


def alone(students: Sequence[Student]) -> dict[str, str]:
    """Return the reports that one student alone has labelled, with the student's name: nobody can agree on them."""
    counts = Counter(report for student in students for report in student.codes)
    return {report: student.name for student in students for report in sorted(student.codes) if counts[report] == 1}


def compare(students: Sequence[Student]) -> list[Comparison]:
    """Return every two students' codes of the reports that both labelled."""
    found = []
    for one, other in combinations(students, 2):
        both = sorted(one.codes.keys() & other.codes.keys())
        found.append(
            Comparison("raters", one.name, other.name, {name: (one.codes[name], other.codes[name]) for name in both})
        )
    return found


def pair_table(comparisons: Sequence[Comparison]) -> pd.DataFrame:
    """Return a row per pair of students and dimension: percent agreement and κ with their intervals, and n reports.

    Returns
    -------
    DataFrame
        Columns first, second, dimension, n, percent, kappa, low, high (of κ).
    """
    table = coefficients(comparisons, {})
    table = table[table["group"] == POOLED]
    keys = ["first", "second", "dimension", "n"]
    kappa = table[table["coefficient"] == "kappa"][[*keys, "value", "low", "high"]]
    percent = table[table["coefficient"] == "percent"][[*keys, "value"]]
    both = percent.rename(columns={"value": "percent"}).merge(kappa.rename(columns={"value": "kappa"}), on=keys)
    return both.reset_index(drop=True)


def class_kappa(students: Sequence[Student]) -> pd.DataFrame:
    """Return the class's agreement: the mean of κ over all pairs, with an interval, by dimension (see `mean_kappa`).

    A detail is compared within one cause only, which changes from pair to pair; it has no mean.
    """
    reports = sorted({report for student in students for report in student.codes})
    rows = []
    for dimension in REQUIRED:
        codes = {
            student.name: [student.codes.get(report, {}).get(dimension) for report in reports] for student in students
        }
        found = mean_kappa(list(codes.values()))
        rows.append((dimension, found.value, found.low, found.high, found.pairs, found.undefined))
    return pd.DataFrame(rows, columns=["dimension", "kappa", "low", "high", "pairs", "undefined"])


def said(students: Sequence[Student], dimension: str) -> pd.DataFrame:
    """Return the class's codes of a dimension: a row per report, a column per student, empty where a code lacks."""
    reports = sorted({report for student in students for report in student.codes})
    columns = {
        student.name: [student.codes.get(report, {}).get(dimension, "") for report in reports] for student in students
    }
    return pd.DataFrame(columns, index=pd.Index(reports, name="report"))
