"""Which claims a reader asks for, and which chapters must be computed to answer."""

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from difflib import get_close_matches
from importlib import import_module
from types import MappingProxyType

import pandas as pd

from analysis.claims.chapter import ClaimChapter, matches
from analysis.claims.findings import FINDINGS
from datapackage.errors import StudyError

# by folder below analysis/, and imported only when asked for: each brings statistics of its own to load
CHAPTERS = MappingProxyType({"RQ1": "survey", "RQ2": "failures", "RQ3": "evolution", "RQ4": "conversions"})


@dataclass(frozen=True)
class Selection:
    """What a reader asks for; conditions hold together, and none selects every claim.

    Attributes
    ----------
    patterns : sequence of str
        Claim ids or shell patterns of them; a claim fits if one of them does.
    chapter : str or None
        A research question, such as ``RQ2``.
    finding : int or None
        Number of a finding of the paper: the claims that it prints and those that it rests on.
    verdict : str or None
        One of `analysis.claims.ledger.VERDICTS`.
    decision : bool
        Only differences that would change a finding.
    """

    patterns: Sequence[str] = ()
    chapter: str | None = None
    finding: int | None = None
    verdict: str | None = None
    decision: bool = False

    def asked(self, claims: pd.DataFrame) -> pd.DataFrame:
        """Return the claims that id and place select, before anything is computed.

        Parameters
        ----------
        claims : DataFrame
            What the paper prints; see `analysis.dataset.load_claims`.

        Raises
        ------
        StudyError
            A pattern fits no claim.
        """
        ids = claims["claim_id"].astype(str)
        unknown = [pattern for pattern in self.patterns if not any(matches(claim, (pattern,)) for claim in ids)]
        if unknown:
            raise StudyError("; ".join(_no_such_claim(pattern, ids.tolist()) for pattern in unknown))
        chosen = ids.map(lambda claim: not self.patterns or matches(claim, tuple(self.patterns)))
        if self.finding is not None:
            finding = FINDINGS[self.finding - 1]
            concerned = map(finding.concerns, ids, claims["where"].astype(str))
            chosen &= pd.Series(list(concerned), index=claims.index, dtype=bool)
        return claims[chosen]

    def chapters(self, asked: pd.DataFrame) -> Iterator[ClaimChapter]:
        """Yield the chapters that must be computed for the claims that are asked for."""
        for number in CHAPTERS if self.chapter is None else [self.chapter]:
            chapter = claim_chapter(number)
            if any(chapter.owns(claim) for claim in asked["claim_id"]):
                yield chapter

    def of(self, frame: pd.DataFrame) -> pd.DataFrame:
        """Return the rows of the ledger that verdict and mark select, of the chapter alone if one is asked for."""
        chosen = pd.Series(data=True, index=frame.index)
        if self.chapter is not None:
            chosen &= frame["chapter"] == self.chapter
        if self.verdict is not None:
            chosen &= frame["verdict"] == self.verdict
        if self.decision:
            chosen &= frame["decision"].astype(bool)
        return frame[chosen]


def claim_chapter(number: str) -> ClaimChapter:
    """Load a research question's part of the ledger, without what its tables and figures need."""
    chapter: ClaimChapter = import_module(f"analysis.{CHAPTERS[number]}.claims").CLAIMS
    return chapter


def _no_such_claim(pattern: str, ids: Sequence[str]) -> str:
    near = get_close_matches(pattern, ids, n=3)
    hint = f"did you mean {', '.join(near)}?" if near else "data/published/claims.csv lists them"
    if re.search(r"[*?\[]", pattern):
        return f"no claim's id fits {pattern!r}; data/published/claims.csv lists them"
    return f"no claim {pattern!r}; {hint}"
