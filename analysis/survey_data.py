"""The survey's tables, loaded together; `Survey` answers who answered what and who chose what."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from functools import cached_property

import pandas as pd

from datapackage.commandline import DATA
from datapackage.questions import NOT_ON_SHEET, Questionnaire, load_questionnaire
from datapackage.tables import Folder, folder_path, read_table

Respondents = frozenset[str]


@dataclass(frozen=True)
class Survey:
    """The survey, respondent by respondent.

    Attributes
    ----------
    questionnaire : Questionnaire
        Questions and options in our own words.
    responses : DataFrame
        One row per respondent: respondent, and a column for each single-choice question.
    choices : DataFrame
        Multiple choices: respondent, question, option.
    themes : DataFrame
        Coded themes of the open questions: respondent, question, theme.
    theme_words : DataFrame
        Answers that contain the name of a theme: respondent, question, theme.
    coding_sheets : DataFrame
        The sheets on which the themes were coded: question, rows, answers, first_offset.
    """

    questionnaire: Questionnaire
    responses: pd.DataFrame
    choices: pd.DataFrame
    themes: pd.DataFrame
    theme_words: pd.DataFrame
    coding_sheets: pd.DataFrame

    @cached_property
    def respondents(self) -> Respondents:
        """All respondents."""
        return frozenset(self.responses["respondent"])

    @cached_property
    def records(self) -> pd.DataFrame:
        """Every answer to every question, long: respondent, question, record (an option, a theme, or a mark)."""
        single = self.responses.astype(object).melt("respondent", var_name="question", value_name="record")
        parts = (
            single.dropna(subset="record"),
            self.choices.rename(columns={"option": "record"}),
            self.themes.rename(columns={"theme": "record"}),
        )
        return pd.concat([part.astype(str) for part in parts], ignore_index=True)

    @cached_property
    def _answers(self) -> Mapping[str, Mapping[str, Respondents]]:
        """Who gave each record to each question."""
        answers: dict[str, dict[str, Respondents]] = {}
        for (question, record), rows in self.records.groupby(["question", "record"])["respondent"]:
            answers.setdefault(str(question), {})[str(record)] = frozenset(rows)
        return answers

    def _who(self, question: str, records: Iterable[str]) -> Respondents:
        given = self._answers.get(question, {})
        return frozenset().union(*(given.get(record, ()) for record in records))

    def answered(self, *questions: str) -> Respondents:
        """Return who answered any of the questions, be it in a form that the export does not tell."""
        return frozenset().union(*(self._who(question, self._answers.get(question, ())) for question in questions))

    def chose(self, question: str, *options: str) -> Respondents:
        """Return who chose any of the options of a question, or any option at all where none is named."""
        return self._who(question, options or self.questionnaire[question].slugs)

    def on_sheet(self, question: str) -> Respondents:
        """Return whose answer to an open question stands on its coding sheet, with or without a theme."""
        return self._who(question, set(self._answers.get(question, ())) - {NOT_ON_SHEET})


def load_survey(data: Folder = DATA) -> Survey:
    """Load the survey.

    Raises
    ------
    InputError
        The questionnaire or a table has faults; those of the first faulty file are listed.
    """
    return Survey(
        load_questionnaire(folder_path(data)),
        *(
            read_table(data, f"survey_{name}")
            for name in ("responses", "choices", "themes", "theme_words", "coding_sheets")
        ),
    )
