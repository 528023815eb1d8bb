"""The one value that goes through every door: what one rater said of one issue.

Sheets, the terminal and Label Studio hold texts; `resolve` turns them into codes of the codebook, or into problems that
name the nearest code.
"""

import difflib
from collections.abc import Iterable, Mapping
from dataclasses import asdict, dataclass
from typing import Any

from datapackage.codebook import Code, Codebook, Dimension
from datapackage.reasons import Reason
from datapackage.spelling import fold

DIMENSIONS = ("symptom", "cause", "cause_detail", "location")
REQUIRED = ("symptom", "cause", "location")
"""Dimensions in which every label has a code; whether it has a detail depends on the cause."""
NAMES: Mapping[str, str] = {
    "symptom": "Symptom",
    "cause": "Root cause",
    "cause_detail": "Detail",
    "location": "Location",
}
NO_DETAIL = ("", "-", "–", "—", "none", "n/a")


@dataclass(frozen=True, slots=True)
class Label:
    """One rater's codes for one issue.

    Attributes
    ----------
    sample, round, issue, rater : str
        Whose label of what, and on which occasion.
    symptom, cause, location : str
        Codes of the codebook.
    cause_detail : str
        Finer code of the cause; empty where the cause has none.
    unsure : bool
        Whether the rater marked the issue.
    rationale : str
        The rater's reasons; they stay out of ``data/``.
    time : str
        Moment (UTC) as ``2026-11-02T09:30:00Z``.
    tool : str
        ``sheet``, ``terminal``, ``label_studio``, ``machine`` or ``adjudication``.
    revision : int
        1 for the first label of the issue by this rater in this round; 0 before it is recorded.
    decided_by : str
        Of an adjudication, who decided; `rationale` then says why.
    """

    sample: str
    round: str
    issue: str
    rater: str
    symptom: str
    cause: str
    cause_detail: str
    location: str
    unsure: bool
    rationale: str
    time: str
    tool: str
    revision: int = 0
    decided_by: str = ""

    @property
    def key(self) -> tuple[str, str, str, str]:
        """What a later label of the same kind shares: sample, round, issue, rater."""
        return self.sample, self.round, self.issue, self.rater

    @property
    def codes(self) -> dict[str, str]:
        """Codes by dimension, without an empty detail."""
        given = {"symptom": self.symptom, "cause": self.cause}
        given |= {"cause_detail": self.cause_detail} if self.cause_detail else {}
        return given | {"location": self.location}

    def says_the_same(self, other: "Label") -> bool:
        """Whether a rater who gave both would have changed nothing."""
        mine, theirs = ((each.codes, each.unsure, each.rationale, each.decided_by) for each in (self, other))
        return mine == theirs


@dataclass(frozen=True, slots=True)
class Problem:
    """What is wrong with a text that should be a code.

    Attributes
    ----------
    dimension, value, message : str
        Where, what, and what to do.
    reason : Reason
        Kind of fault.
    """

    dimension: str
    value: str
    message: str
    reason: Reason


def resolve(codebook: Codebook, texts: Mapping[str, str]) -> tuple[dict[str, str], list[Problem]]:
    """Return the codes that texts spell by slug, name or alias in any case, and what is wrong with the others.

    Parameters
    ----------
    codebook : Codebook
        Codes and spellings.
    texts : mapping
        Dimension (`DIMENSIONS`) → text; an empty text is a code that isn't given yet.

    Returns
    -------
    dict
        Dimension → code; ``cause_detail`` is '' where the cause has none or needs none.
    list of Problem
        One for each text that is no code, and one for each code that lacks, in the order in which codes are asked.
    """
    codes: dict[str, str] = {}
    problems: list[Problem] = []
    for dimension in REQUIRED:
        _resolve_one(codebook[dimension], dimension, texts.get(dimension, ""), codes, problems)
    cause, text = codes.get("cause"), texts.get("cause_detail", "").strip()
    plain = "" if text.casefold() in NO_DETAIL else text
    if cause is not None and cause in codebook.details and (plain or codebook["cause"][cause].detail_required):
        _resolve_one(codebook.details[cause], "cause_detail", plain, codes, problems)
    elif plain and cause is not None:
        named = codebook["cause"][cause].name
        message = f"{named} has no details; leave the cell empty, or correct the cause"
        problems.append(Problem("cause_detail", text, message, Reason.DETAIL_OF_CAUSE))
    else:
        codes["cause_detail"] = ""
    return codes, sorted(problems, key=lambda problem: DIMENSIONS.index(problem.dimension))


def _resolve_one(dimension: Dimension, name: str, text: str, codes: dict[str, str], problems: list[Problem]) -> None:
    code = dimension.resolve(text)
    if code is not None:
        codes[name] = code.slug
    elif text:
        problems.append(Problem(name, text, _what_instead(dimension, text), Reason.UNKNOWN_CODE))
    else:
        problems.append(Problem(name, "", f"{dimension.name} is not labelled yet", Reason.HALF_LABELLED))


def _what_instead(dimension: Dimension, text: str) -> str:
    """Return what to write for a text that is no code: the parts of a code that was split, or the nearest code."""
    old = next((code for code in dimension.retired if fold(text) in code.spellings), None)
    if old is not None:
        parts = [next((each.name for each in dimension.codes if each.slug == slug), slug) for slug in old.becomes]
        return f"is no code of {dimension.name} any more; it became {', '.join(parts)}: choose one"
    known, near = ", ".join(each.name for each in dimension.codes), nearest(dimension, text)
    return f"is no code of {dimension.name}; " + (f"did you mean {near.name}? " if near else "") + f"({known})"


def nearest(dimension: Dimension, text: str) -> Code | None:
    """Return the code whose spelling is closest to a text, or None where none is close."""
    spellings = {spelling: code for code in dimension.codes for spelling in code.spellings}
    close = difflib.get_close_matches(fold(text), spellings)
    return spellings[close[0]] if close else None


def to_record(label: Label) -> dict[str, Any]:
    """Return a label as it stands in a JSON line."""
    return asdict(label)


def from_record(record: Mapping[str, Any]) -> Label:
    """Return the label of a JSON line (see `to_record`); other keys are passed over."""
    return Label(**{name: record[name] for name in Label.__dataclass_fields__})


def latest(labels: Iterable[Label]) -> dict[tuple[str, str, str, str], Label]:
    """Return the last revision of each label, by `Label.key`."""
    return {label.key: label for label in sorted(labels, key=lambda label: label.revision)}
