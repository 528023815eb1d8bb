"""The survey's questionnaire: which questions there are, which options each has, and how the export spells them."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import cached_property, lru_cache
from pathlib import Path
from typing import Any

import pandas as pd
import yaml

from datapackage.errors import Fault, InputError
from datapackage.files import parse_yaml
from datapackage.reasons import Reason
from datapackage.spelling import fold

FILE = "survey/questions.yaml"
KINDS = ("single", "multiple", "open")
ARTEFACT = "export_artefact"
WITHOUT_THEME = "without_theme"
NOT_ON_SHEET = "not_on_sheet"
# What a record of a question can hold beside its options: an answer was given, but which one the export does not tell
_MARKS: Mapping[str, tuple[str, ...]] = {
    "single": (),
    "multiple": (ARTEFACT,),
    "open": (WITHOUT_THEME, NOT_ON_SHEET),
}
_KEYS = {"id", "name", "text", "kind", "options"}


@dataclass(frozen=True)
class Option:
    """An option of a closed question, or a theme of an open one.

    Attributes
    ----------
    slug, name : str
        As it stands in the tables; as a reader sees it.
    aliases : tuple of str
        How the export spells it, without the explanation in parentheses that may follow.
    """

    slug: str
    name: str
    aliases: tuple[str, ...]


@dataclass(frozen=True)
class Question:
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

    id: str
    name: str
    text: str
    kind: str
    options: tuple[Option, ...]

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


@dataclass(frozen=True)
class Plan:
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

    population: int
    confidence: float
    margin: float
    invited: Mapping[str, int]


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
    try:
        text = path.read_text(encoding="utf-8")
    except FileNotFoundError:
        raise InputError(
            [Fault(str(path), "file is missing; restore it from the repository", reason=Reason.MISSING_FILE)]
        ) from None
    except UnicodeDecodeError as error:
        raise InputError([Fault(str(path), f"not readable as UTF-8: {error}", reason=Reason.FORMAT)]) from error
    return _parse(str(path), text)


@lru_cache(maxsize=4)  # every table of the survey asks for it
def _parse(file: str, text: str) -> Questionnaire:
    try:
        document = parse_yaml(text)
    except yaml.YAMLError as error:
        raise InputError([Fault(file, f"not readable as YAML: {error}", reason=Reason.FORMAT)]) from error
    if not isinstance(document, dict) or not {"plan", "questions", "artefacts", "out_of_scope"} <= set(document):
        message = "must hold plan, questions, artefacts and out_of_scope"
        raise InputError([Fault(file, message, reason=Reason.FORMAT)])
    faults = list(_faults(file, document["questions"]))
    try:
        plan = Plan(**document["plan"])
    except TypeError as error:
        faults.append(Fault(file, f"plan is not complete: {error}", column="plan", reason=Reason.MISSING_KEY))
    if faults:
        raise InputError(faults)
    questions = {entry["id"]: _question(entry) for entry in document["questions"]}
    unread = tuple(column for columns in document["out_of_scope"].values() for column in columns)
    return Questionnaire(questions, plan, tuple(document["artefacts"]), unread)


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
        allowed = questionnaire[question].records
        if record not in allowed:
            message = f"is no option or theme of {question}; allowed: {', '.join(allowed)}"
            yield Fault(
                file, message, row=position + 2, column=column, value=str(record), reason=Reason.OPTION_OF_QUESTION
            )


def _faults(file: str, entries: list[dict[str, Any]]) -> Iterator[Fault]:
    seen: set[str] = set()
    for entry in entries:
        place = str(entry.get("id", "?"))
        for key in sorted(_KEYS - set(entry)):
            yield Fault(file, f"question lacks {key!r}", column=place, reason=Reason.MISSING_KEY)
        if place in seen:
            yield Fault(file, "question stands twice; keep one", column=place, reason=Reason.DUPLICATE_QUESTION)
        seen.add(place)
        if entry.get("kind") not in KINDS:
            message = f"is not a kind of question; allowed: {', '.join(KINDS)}"
            yield Fault(file, message, column=place, value=str(entry.get("kind")), reason=Reason.UNKNOWN_KIND)
        yield from _option_faults(file, place, entry.get("options", []))


def _option_faults(file: str, place: str, options: list[dict[str, Any]]) -> Iterator[Fault]:
    owner: dict[str, str] = {}
    for option in options:
        lacking = sorted({"slug", "name", "aliases"} - set(option))
        if lacking:
            yield Fault(
                file, f"option lacks {', '.join(lacking)}", column=place, value=str(option), reason=Reason.MISSING_KEY
            )
            continue
        for spelling in (f"slug {option['slug']}", *(fold(str(alias)) for alias in option["aliases"])):
            if spelling in owner:
                message = f"belongs to two options, {owner[spelling]} and {option['slug']}"
                yield Fault(file, message, column=place, value=spelling, reason=Reason.AMBIGUOUS_OPTION)
            owner[spelling] = str(option["slug"])


def _question(entry: Mapping[str, Any]) -> Question:
    options = tuple(
        Option(str(option["slug"]), str(option["name"]), tuple(str(alias) for alias in option["aliases"]))
        for option in entry["options"]
    )
    return Question(entry["id"], entry["name"], entry["text"], entry["kind"], options)
