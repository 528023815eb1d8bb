"""The coding of the survey's open questions (``Theme1/survey_analysis.xlsx``), joined to the respondents by their answers.

One sheet a question: an answer, then the themes that the study's coders gave it. The text joins a row to its respondent
and goes no further.
"""

import html
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path

import pandas as pd
from openpyxl.workbook import Workbook

from datapackage.errors import Fault, InputError
from datapackage.questions import NOT_ON_SHEET, WITHOUT_THEME, Question, Questionnaire
from datapackage.reasons import Reason
from datapackage.spelling import fold
from mining.published_archive.inputs import CODING_BOOK
from mining.published_archive.sheets import Cell, heads, open_book, positions, rows

SHEETS: Mapping[str, str] = {
    "Q64": "Deployment Consideration",
    "Q66": "How to address ONNX issues",
    "Q78": "Use case",
}
# What a spreadsheet program or pandas reads as an empty cell: the export has lost it, a coding sheet may still have it
_MISSING = frozenset({"na", "n/a", "nan", "null"})
_ANSWERS, _THEMES = "Raw data", "Themes"
_KEY = ["respondent", "question", "theme"]

OpenAnswers = Mapping[str, Mapping[str, str]]
Record = tuple[str, str, str]


def read_themes(
    archive: Path, questionnaire: Questionnaire, answers: OpenAnswers, faults: list[Fault]
) -> Mapping[str, pd.DataFrame]:
    """Read the coding sheets.

    Parameters
    ----------
    archive : Path
        Root of the archive's clone.
    questionnaire : Questionnaire
        Themes and their spellings.
    answers : mapping of str to mapping of str to str
        Text by respondent, by question; '' where there is none. Respondents in the order of the export.
    faults : list of Fault
        Receives unknown themes, and coded answers that none or several respondents gave.

    Returns
    -------
    mapping of str to DataFrame
        ``survey_themes``, ``survey_theme_words``, ``survey_coding_sheets``.
    """
    path = archive / CODING_BOOK
    book = open_book(path)
    coded: list[Record] = []
    worded: list[Record] = []
    sheets = []
    for question_id, sheet in SHEETS.items():
        question = questionnaire[question_id]
        _check_header(book, path, sheet)
        found = _join(rows(book, path, sheet), answers[question_id], faults)
        for respondent, cells in found.items():
            coded += [(respondent, question_id, theme) for theme in _themes(cells[1:], question, faults)]
            worded += [(respondent, question_id, theme) for theme in themes_named(cells[0].text, question)]
        unseen = [name for name, text in answers[question_id].items() if text and name not in found]
        coded += [(name, question_id, NOT_ON_SHEET) for name in unseen]
        sheets.append((question_id, book[sheet].max_row, len(found), _first_offset(found, list(answers[question_id]))))
    return {
        "survey_themes": pd.DataFrame(coded, columns=_KEY),
        "survey_theme_words": pd.DataFrame(worded, columns=_KEY),
        "survey_coding_sheets": pd.DataFrame(sheets, columns=["question", "rows", "answers", "first_offset"]),
    }


def _check_header(book: Workbook, path: Path, sheet: str) -> None:
    """Make sure that answers stand in the first column; the themes stand below one heading, in all columns from there."""
    (place,) = positions(book, path, sheet, [_ANSWERS, _THEMES])
    heads(book, path, sheet, {_ANSWERS: 0})
    if place[_THEMES] < place[_ANSWERS]:
        raise InputError(
            [Fault(f"{path.name}[{sheet}]", "must have the answers first", row=1, reason=Reason.MISSING_COLUMN)]
        )


def themes_named(text: str, question: Question) -> list[str]:
    """Return the themes whose name, in one of its spellings, stands in a text."""
    words = fold(text)
    return list(dict.fromkeys(slug for spelling, slug in question.spellings.items() if spelling in words))


def _join(sheet: Iterable[list[Cell]], answers: Mapping[str, str], faults: list[Fault]) -> dict[str, list[Cell]]:
    """Cells of each answer's row, by the respondent who gave the answer."""
    owners: dict[str, list[str]] = {}
    for respondent, text in answers.items():
        owners.setdefault(_plain(text), []).append(respondent)
    found: dict[str, list[Cell]] = {}
    for cells in sheet:
        text = _plain(cells[0].text)
        if not text or text in _MISSING:
            continue
        names = owners.get(text, [])
        if len(names) != 1 or names[0] in found:
            message = "must be the answer of exactly one respondent of the export, and stand on the sheet once"
            faults.append(
                Fault(cells[0].sheet, message, row=cells[0].row, column=cells[0].column, reason=Reason.UNMATCHED_ANSWER)
            )
        else:
            found[names[0]] = cells
    return found


def _themes(cells: Iterable[Cell], question: Question, faults: list[Fault]) -> list[str]:
    themes = []
    for cell in cells:
        slug = question.spellings.get(fold(cell.text))
        if cell.text and slug is None:
            message = f"is no theme of {question.id}; correct it or add it to the aliases in survey/questions.yaml"
            faults.append(cell.fault(message, Reason.UNKNOWN_THEME))
        elif slug is not None:
            themes.append(slug)
    return list(dict.fromkeys(themes)) or [WITHOUT_THEME]


def _first_offset(found: Mapping[str, list[Cell]], respondents: Sequence[str]) -> int | None:
    if not found:
        return None
    first = min(found, key=respondents.index)
    return found[first][0].row - (respondents.index(first) + 1)


def _plain(text: str) -> str:
    """Text without the export's HTML entities, case and spacing, in which the two books differ."""
    return fold(html.unescape(text))
