"""The survey's questionnaire: which questions there are, which options each has, and how the export spells them."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property, lru_cache
from pathlib import Path
from typing import Annotated, Literal

import pandas as pd
from annotated_types import Ge, Gt, Lt, MinLen

from datapackage.documents import Document, Several, Slug, Text, checked, load_yaml, place, read_text
from datapackage.errors import Fault, InputError
from datapackage.reasons import Reason
from datapackage.spelling import fold

FILE = "survey/questions.yaml"
ARTEFACT = "export_artefact"
WITHOUT_THEME = "without_theme"
NOT_ON_SHEET = "not_on_sheet"
# What a record of a question can hold beside its options: an answer was given, but which one the export does not tell
_MARKS: Mapping[str, tuple[str, ...]] = {
    "single": (),
    "multiple": (ARTEFACT,),
    "open": (WITHOUT_THEME, NOT_ON_SHEET),
}


class Option(Document):
    """An option of a closed question, or a theme of an open one.

    Attributes
    ----------
    slug, name : str
        As it stands in the tables; as a reader sees it.
    aliases : tuple of str
        How the export spells it, without the explanation in parentheses that may follow.
    """

    slug: Slug
    name: Text
    aliases: Several[Text]


class Question(Document):
    """A question of the survey.

    Attributes
    ----------
    id, name : str
        The export's id; what it is about, for a reader.
    text : str
        What was asked, in our own words.
    kind : str
        ``single``, ``multiple`` or ``open``.
    options : tuple of Option
        In the order of the questionnaire.
    """

    id: Slug
    name: Text
    text: Text
    kind: Literal["single", "multiple", "open"]
    options: Several[Option]

    @property
    def slugs(self) -> tuple[str, ...]:
        """Slugs of the options in order."""
        return tuple(option.slug for option in self.options)

    @property
    def records(self) -> tuple[str, ...]:
        """Everything that a table may hold for this question: its options, then the marks of unknown answers."""
        return (*self.slugs, *_MARKS[self.kind])

    @cached_property
    def spellings(self) -> Mapping[str, str]:
        """Slug by spelling, folded for comparison."""
        return {fold(alias): option.slug for option in self.options for alias in option.aliases}

    def label(self, slug: str) -> str:
        """Return the name of an option."""
        return next(option.name for option in self.options if option.slug == slug)


class Plan(Document):
    """What the paper states about the survey's size.

    Attributes
    ----------
    population : int
        Persons whom the sample stands for.
    confidence, margin : float
        Wanted confidence level and margin of error (half the interval's width), as shares.
    invited : mapping of str to int
        Invitations sent, by group.
    """

    population: Annotated[int, Ge(1)]
    confidence: Annotated[float, Gt(0), Lt(1)]
    margin: Annotated[float, Gt(0), Lt(1)]
    invited: dict[Slug, Annotated[int, Ge(0)]]


@dataclass(frozen=True)
class Questionnaire:
    """All questions in order, the plan, and the parts of the export that are not taken over.

    Attributes
    ----------
    questions : mapping of str to Question
        By id.
    plan : Plan
        See `Plan`.
    artefacts : tuple of str
        Texts in a cell that are no option.
    out_of_scope : tuple of str
        Columns of the export that are not read.
    """

    questions: Mapping[str, Question]
    plan: Plan
    artefacts: tuple[str, ...]
    out_of_scope: tuple[str, ...]

    def __getitem__(self, question: str) -> Question:
        return self.questions[question]

    def of_kind(self, kind: str) -> tuple[Question, ...]:
        """Return the questions of one kind in order."""
        return tuple(question for question in self.questions.values() if question.kind == kind)


class QuestionsDocument(Document):
    """The form of ``survey/questions.yaml``."""

    plan: Plan
    questions: Annotated[Several[Question], MinLen(1)]
    artefacts: Several[Text]
    out_of_scope: dict[Slug, Several[Text]]


def load_questionnaire(data: Path) -> Questionnaire:
    """Read and check ``survey/questions.yaml``.

    Parameters
    ----------
    data : Path
        The data folder.

    Raises
    ------
    InputError
        The file is missing, is no YAML, or holds questions that lack a key, repeat an id or an option, share a spelling, or
        are of an unknown kind; all faults together.
    """
    path = data / FILE
    return _parse(str(path), read_text(path, "restore it from the repository"))


@lru_cache(maxsize=4)  # every table of the survey asks for it
def _parse(file: str, text: str) -> Questionnaire:
    document = checked(file, load_yaml(file, text), QuestionsDocument)
    faults = [*_question_faults(file, document.questions), *_unread_faults(file, document)]
    if faults:
        raise InputError(faults)
    unread = tuple(column for columns in document.out_of_scope.values() for column in columns)
    return Questionnaire({entry.id: entry for entry in document.questions}, document.plan, document.artefacts, unread)


def record_faults(file: str, frame: pd.DataFrame, questionnaire: Questionnaire, column: str) -> Iterator[Fault]:
    """Yield a fault for every row of a long table whose record is not one of its question's.

    Parameters
    ----------
    file : str
        The table's file, for messages.
    frame : DataFrame
        Columns ``question`` and `column`.
    questionnaire : Questionnaire
        The questions.
    column : str
        Column of the options or themes.
    """
    for position, (question, record) in enumerate(zip(frame["question"], frame[column], strict=True)):
        known = questionnaire.questions.get(question)
        allowed = () if known is None else known.records
        if record not in allowed:
            message = f"is no option or theme of {question}; allowed: {', '.join(allowed) or 'none, there is no such question'}"
            yield Fault(
                file, message, row=position + 2, column=column, value=str(record), reason=Reason.OPTION_OF_QUESTION
            )


def _question_faults(file: str, questions: Sequence[Question]) -> Iterator[Fault]:
    seen: set[str] = set()
    for position, question in enumerate(questions):
        path: tuple[str | int, ...] = ("questions", position)
        if question.id in seen:
            column = place([*path, "id"])
            yield Fault(
                file, "question stands twice; keep one", None, column, question.id, reason=Reason.DUPLICATE_QUESTION
            )
        seen.add(question.id)
        if question.kind != "open" and not question.options:
            message = f"a question of kind {question.kind} needs options"
            yield Fault(file, message, column=place([*path, "options"]), reason=Reason.MISSING_KEY)
        yield from _option_faults(file, place([*path, "options"]), question.options)


def _option_faults(file: str, path: str, options: Sequence[Option]) -> Iterator[Fault]:
    owner: dict[str, str] = {}
    for option in options:
        for spelling in (f"slug {option.slug}", *dict.fromkeys(fold(alias) for alias in option.aliases)):
            if spelling in owner:
                message = f"belongs to two options, {owner[spelling]} and {option.slug}"
                yield Fault(file, message, column=path, value=spelling, reason=Reason.AMBIGUOUS_OPTION)
            owner[spelling] = option.slug


def _unread_faults(file: str, document: QuestionsDocument) -> Iterator[Fault]:
    """Yield columns that are a question and out of scope, or out of scope for two reasons."""
    taken = {question.id for question in document.questions}
    for group, columns in document.out_of_scope.items():
        for position, column in enumerate(columns):
            if column in taken:
                path = place(["out_of_scope", group, position])
                yield Fault(file, "column stands elsewhere, too; keep one", None, path, column, Reason.REPEATED)
            taken.add(column)
