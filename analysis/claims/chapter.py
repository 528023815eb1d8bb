"""What a research question says about its claims: recomputations, mechanisms, contradictions, and what cannot be had."""

from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from fnmatch import fnmatchcase
from pathlib import Path

import pandas as pd

from analysis.claims.printed import Value
from analysis.dataset import Study
from datapackage.errors import StudyError


@dataclass(frozen=True)
class Mechanism:
    """A supposed slip, as code: applied to the data, it must yield the printed numbers.

    Attributes
    ----------
    name : str
        Short name for the ledger.
    explanation : str
        One sentence for a reader: what was done to get the printed number.
    apply : callable
        Takes the study, returns what the slip yields, by claim; only claims that differ are looked up.
    corroborated : str
        What else speaks for it, such as an output that the study's notebooks saved; empty where nothing does.
    chance : callable, optional
        Where the slip was found by searching over readings: takes the study, tells how often such a search hits a number
        by chance.
    """

    name: str
    explanation: str
    apply: Callable[[Study], Mapping[str, Value]]
    corroborated: str = ""
    chance: Callable[[Study], str] | None = None


@dataclass(frozen=True)
class Contradiction:
    """Two places of the paper that cannot both be right, decided by arithmetic on printed numbers alone.

    Attributes
    ----------
    claim : str
        The claim that is contradicted.
    explanation : str
        One sentence: which other printed numbers imply what.
    implied : callable
        Takes the printed numbers (Series of str, index claim_id), returns the value that they imply for `claim`.
    """

    claim: str
    explanation: str
    implied: Callable[[pd.Series], Value]


@dataclass(frozen=True)
class ClaimChapter:
    """A research question's part of the ledger.

    Attributes
    ----------
    name : str
        Name of the chapter, such as ``RQ2``.
    patterns : tuple of str
        Claim ids that belong to it, as shell patterns; a claim belongs to the first chapter that matches.
    recompute : callable
        Takes the study, returns the recomputed values by claim id.
    mechanisms : tuple of Mechanism
        Tried in order on each claim that differs; the first that yields the printed number is the claim's.
    contradictions : tuple of Contradiction
        See `Contradiction`.
    unexplained : mapping of str to str
        Claim id → what was tried. Marks a difference as knowingly without mechanism.
    not_recomputable : mapping of str to str
        Shell pattern of claim ids → the reason why no public data yields the number.
    decisive : tuple of str
        Claim ids on which a finding hangs: a difference there is marked ``decision``.
    notes : mapping of str to str
        Shell pattern of claim ids → remark for the ledger.
    unseen : callable
        Takes the study, returns shell pattern of claim ids → why a difference there has no mechanism yet: it comes from
        data that was imported after this was written.
    bounded : callable
        Takes the study, returns shell pattern of claim ids → why the data that is there bounds a number without yielding it.
        Said in place of the reason in `not_recomputable`, which tells what is missing.
    remarks : callable, optional
        Remarks that hold numbers: takes the study, returns them by claim id. Why a verdict stands that could be contested.
    counterparts : callable, optional
        Takes the study, returns by claim id what today's experiments show in its place; no verdict hangs on it.
    """

    name: str
    patterns: tuple[str, ...]
    recompute: Callable[[Study], Mapping[str, Value]]
    mechanisms: tuple[Mechanism, ...] = ()
    contradictions: tuple[Contradiction, ...] = ()
    unexplained: Mapping[str, str] = field(default_factory=dict)
    not_recomputable: Mapping[str, str] = field(default_factory=dict)
    decisive: tuple[str, ...] = ()
    notes: Mapping[str, str] = field(default_factory=dict)
    unseen: Callable[[Study], Mapping[str, str]] = lambda _: {}
    bounded: Callable[[Study], Mapping[str, str]] = lambda _: {}
    remarks: Callable[[Study], Mapping[str, str]] | None = None
    counterparts: Callable[[Study], Mapping[str, str]] = lambda _: {}

    def owns(self, claim: str) -> bool:
        """Whether a claim belongs to this chapter."""
        return matches(claim, self.patterns)


@contextmanager
def needing_complete_data(name: str, data: Path) -> Iterator[None]:
    """Turn a look-up that finds nothing into an error that tells what the data lacks.

    The chapters are about the study's own sample; a table without, say, one of its two converters is sound by itself and
    still too little for them.

    Parameters
    ----------
    name : str
        What is being computed.
    data : Path
        The data folder.

    Raises
    ------
    StudyError
        In place of the look-up's own error.
    """
    try:
        yield
    except (KeyError, IndexError, ZeroDivisionError) as error:
        message = f"{name} cannot be computed from {data}: something it compares is missing ({error}); restore the study's rows"
        raise StudyError(message) from error


def matches(claim: str, patterns: tuple[str, ...]) -> bool:
    """Whether a claim id fits one of the shell patterns."""
    return any(fnmatchcase(claim, pattern) for pattern in patterns)


def first_match(claim: str, texts: Mapping[str, str]) -> str:
    """Return the text of the first pattern that fits a claim id; empty where none does."""
    return next((text for pattern, text in texts.items() if fnmatchcase(claim, pattern)), "")
