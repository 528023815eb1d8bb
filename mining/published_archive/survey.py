"""The survey (``Theme1/interopSurvey.xlsx``) as the tables of ``data/survey``, without a word of the respondents' own.

The sheet's first row holds question ids, its second the wording, then one row a respondent.
"""

from collections.abc import Iterable, Mapping
from pathlib import Path

import pandas as pd

from datapackage.errors import Fault
from datapackage.questions import Question, Questionnaire
from datapackage.reasons import Reason
from mining.published_archive.inputs import SURVEY_BOOK
from mining.published_archive.sheets import Cell, open_book, rows
from mining.published_archive.survey_answers import Answer, read_multiple, read_single
from mining.published_archive.survey_themes import OpenAnswers, read_themes

SHEET = "Sheet1"
Row = dict[str, Cell]


def read_survey(archive: Path, questionnaire: Questionnaire, faults: list[Fault]) -> Mapping[str, pd.DataFrame]:
    """Read the survey's export and the coding of its open questions.

    Parameters
    ----------
    archive : Path
        Root of the archive's clone.
    questionnaire : Questionnaire
        Questions, options and their spellings.
    faults : list of Fault
        Receives everything that is wrong, with sheet, row and column: columns that are missing or not accounted for,
        answers that name no option, coded answers that no respondent gave, unknown themes.

    Returns
    -------
    mapping of str to DataFrame
        ``survey_responses``, ``survey_choices``, ``survey_themes``, ``survey_theme_words``, ``survey_coding_sheets``.
    """
    respondents = read_respondents(archive, questionnaire, faults)
    single = [_single(name, row, questionnaire.of_kind("single"), faults) for name, row in respondents.items()]
    chosen = [
        record
        for question in questionnaire.of_kind("multiple")
        for name, row in respondents.items()
        if question.id in row
        for record in _multiple(name, row[question.id], question, questionnaire, faults)
    ]
    return {
        "survey_responses": pd.DataFrame(single),
        "survey_choices": pd.DataFrame(chosen, columns=["respondent", "question", "option"]),
        **read_themes(archive, questionnaire, open_answers(respondents, questionnaire), faults),
    }


def read_respondents(archive: Path, questionnaire: Questionnaire, faults: list[Fault]) -> dict[str, Row]:
    """Read the export's rows below the wording: cells by question id, by pseudonym in file order (r01, r02, …)."""
    path = archive / SURVEY_BOOK
    book = open_book(path)
    body = list(rows(book, path, SHEET, first=False))
    ids = ["" if cell.value is None else str(cell.value) for cell in book[SHEET][1]]
    place = f"{path.name}[{SHEET}]"
    faults += _column_faults(place, ids, questionnaire)
    if len(body) < 2:
        faults.append(Fault(place, "has no row below the questions' wording", reason=Reason.EMPTY_SHEET))
    respondents = [row for row in body[1:] if any(cell.text for cell in row)]
    return {f"r{number:02}": dict(zip(ids, row, strict=True)) for number, row in enumerate(respondents, start=1)}


def open_answers(respondents: Mapping[str, Row], questionnaire: Questionnaire) -> OpenAnswers:
    """Return the answers in the respondents' own words: text by pseudonym, by question."""
    return {
        question.id: {name: row[question.id].text for name, row in respondents.items() if question.id in row}
        for question in questionnaire.of_kind("open")
    }


def _column_faults(place: str, ids: list[str], questionnaire: Questionnaire) -> Iterable[Fault]:
    for column in (*questionnaire.questions, *questionnaire.out_of_scope):
        if column not in ids:
            yield Fault(
                place, "question is missing from the export", row=1, column=column, reason=Reason.MISSING_COLUMN
            )
    for column in ids:
        if column not in questionnaire.questions and column not in questionnaire.out_of_scope:
            message = "is not accounted for; add it to survey/questions.yaml, as a question or as out of scope"
            yield Fault(place, message, row=1, column=column, reason=Reason.UNKNOWN_COLUMN)


def _single(name: str, row: Row, questions: Iterable[Question], faults: list[Fault]) -> dict[str, str | None]:
    record: dict[str, str | None] = {"respondent": name}
    for question in questions:
        answer = read_single(row[question.id].text, question) if question.id in row else Answer((), ())
        _report(row, answer, question, faults)
        record[question.id] = answer.records[0] if answer.records else None
    return record


def _multiple(
    name: str, cell: Cell, question: Question, questionnaire: Questionnaire, faults: list[Fault]
) -> Iterable[tuple[str, str, str]]:
    answer = read_multiple(cell.text, question, questionnaire)
    _report({question.id: cell}, answer, question, faults)
    return [(name, question.id, slug) for slug in answer.records]


def _report(row: Row, answer: Answer, question: Question, faults: list[Fault]) -> None:
    for text in answer.unknown:
        message = (
            f"{text!r} is no option of {question.id}; correct it or add it to the aliases in survey/questions.yaml"
        )
        faults.append(row[question.id].fault(message, Reason.UNKNOWN_OPTION))
