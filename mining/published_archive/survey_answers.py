"""Reading one cell of the survey's export: which options it names, and what in it cannot be accounted for.

Multiple choices stand in one cell, joined with commas, and an option's label may hold commas itself ("Crashes (e.g., …)").
So a label is matched whole, from its known beginning through the explanation in parentheses that may follow it.
"""

import re
from typing import NamedTuple

from datapackage.questions import ARTEFACT, Question, Questionnaire
from datapackage.spelling import fold

_EXPLANATION = r"(?:\s*\([^()]*\))?"


class Answer(NamedTuple):
    """What a cell holds.

    Attributes
    ----------
    records : tuple of str
        Slugs of the options chosen, in the order of the cell; `export_artefact` for a known text that is no option.
    unknown : tuple of str
        Texts that are neither; empty in a cell that can be used.
    """

    records: tuple[str, ...]
    unknown: tuple[str, ...]


def read_single(text: str, question: Question) -> Answer:
    """Read the cell of a single choice; an empty one has no record.

    Parameters
    ----------
    text : str
        The cell.
    question : Question
        Gives the options and their spellings.
    """
    if not text.strip():
        return Answer((), ())
    slug = question.spellings.get(fold(text))
    return Answer((), (text,)) if slug is None else Answer((slug,), ())


def read_multiple(text: str, question: Question, questionnaire: Questionnaire) -> Answer:
    """Read the cell of a multiple choice.

    Parameters
    ----------
    text : str
        Whole labels joined with commas.
    question : Question
        Gives the options and their spellings.
    questionnaire : Questionnaire
        Gives the texts that are no options.
    """
    known = dict(question.spellings) | {fold(artefact): ARTEFACT for artefact in questionnaire.artefacts}
    # the longest spelling first, so that a label which begins another one does not hide it
    spellings = "|".join(re.escape(spelling) for spelling in sorted(known, key=len, reverse=True))
    label = re.compile(rf"({spellings}){_EXPLANATION}\s*(?:,\s*|$)", re.IGNORECASE)
    rest, records, unknown = " ".join(text.split()), [], []
    while rest:
        match = label.match(rest)
        if match is None:
            part, _, rest = rest.partition(",")
            unknown.append(part.strip())
        else:
            records.append(known[fold(match[1])])
            rest = rest[match.end() :]
    return Answer(tuple(dict.fromkeys(records)), tuple(unknown))
