"""The paper's nine findings: the claims that each prints, the claims that each rests on, and what becomes of it.

A claim is printed in a finding when the paper says so (``where`` holds "Finding 4"). What else a finding rests on is listed
here, so that a difference far from its sentence is still counted as touching it.
"""

from dataclasses import dataclass

import pandas as pd

from analysis.claims.chapter import matches
from analysis.claims.ledger import DISPUTED, Ledger
from datapackage.tables import records

HOLDS = "holds"
HOLDS_WHERE_PUBLIC = "holds as far as the data is public"
HOLDS_WITH_OTHER_NUMBERS = "holds with other numbers"
HOLDS_IN_PART = "holds in part"
FAILS = "does not hold as printed"
NOT_RECOMPUTABLE = "cannot be recomputed"


@dataclass(frozen=True)
class Finding:
    """A finding of the paper.

    Attributes
    ----------
    number : int
        As the paper counts them, 1 to 9.
    chapter : str
        Name of its chapter, such as ``RQ2``.
    rests_on : tuple of str
        Claims beside those that it prints, as shell patterns.
    """

    number: int
    chapter: str
    rests_on: tuple[str, ...] = ()

    def printed_in(self, where: str) -> bool:
        """Whether a place of the paper (``where`` of a claim) is this finding's sentence."""
        return f"Finding {self.number}" in where

    def concerns(self, claim_id: str, where: str) -> bool:
        """Whether a claim is printed in this finding or one that it rests on."""
        return self.printed_in(where) or matches(claim_id, self.rests_on)


_LABELS = ("s5.pilot.kappa.*", "s5.drift.kappa")
FINDINGS = (
    Finding(1, "RQ1", ("abs.survey.n", "s4.other_tools")),
    Finding(2, "RQ1", ("abs.survey.n", "s4.use.*")),
    Finding(3, "RQ1", ("abs.survey.n", "s4.problems.*", "s4.noproblems.*", "s4.crash.*", "s4.perf.*")),
    Finding(4, "RQ2", ("abs.node_conversion.share", "s5.node_conversion.*", "t08.node_conversion.*", *_LABELS)),
    Finding(5, "RQ2", ("abs.wrong_model.share", "s5.crash_or_wrong.*", "t09.crash.*", "t09.wrong_model.*", *_LABELS)),
    Finding(6, "RQ2", ("s5.incompat_or_type.*", *_LABELS)),
    Finding(7, "RQ3", ("s61.*",)),
    Finding(8, "RQ4", ("t11.*", "s62.synthetic.*", "s62.real.*")),
    Finding(9, "RQ4", ("s62.sequences.*",)),
)


def findings_of(claim_id: str, where: str) -> tuple[int, ...]:
    """Return the numbers of the findings that a claim concerns, in order."""
    return tuple(finding.number for finding in FINDINGS if finding.concerns(claim_id, where))


def touching(ledger: Ledger) -> pd.DataFrame:
    """Return the differences that touch a finding: disputed claims marked ``decision``.

    Returns
    -------
    DataFrame
        Rows of the ledger by their first finding and then in the paper's order, with a first column ``findings`` (numbers,
        joined with commas); decisive claims that belong to none come first, with an empty text.
    """
    rows = ledger.frame[ledger.frame["decision"]]
    numbers = [findings_of(row["claim_id"], row["where"]) for row in records(rows)]
    named = rows.assign(findings=[", ".join(map(str, each)) for each in numbers])
    by_first = sorted(range(len(rows)), key=lambda place: numbers[place][:1])
    return named[["findings", *ledger.frame.columns]].iloc[by_first]


def verdict(finding: Finding, ledger: Ledger) -> str:
    """Say in words what becomes of a finding.

    Parameters
    ----------
    finding : Finding
        One of `FINDINGS`.
    ledger : Ledger
        Verdicts of all claims.

    Returns
    -------
    str
        From the claims that the finding prints: ``holds`` (all reproduced), ``holds as far as the data is public`` (all that
        can be recomputed), ``holds with other numbers`` (differences that change nothing), ``holds in part`` or ``does not
        hold as printed`` (a part, or all, of it differs decisively), ``cannot be recomputed``. Where the finding is itself a
        verdict, the recomputed and the printed one, as ``undecided, not rejected``. A finding that holds while a number that
        it rests on differs decisively has a remark.
    """
    frame = ledger.frame
    printed = frame[frame["where"].map(finding.printed_in)]
    if (printed["verdict"] == "not_recomputable").all():
        return NOT_RECOMPUTABLE
    judged = printed[(printed["unit"] == "verdict") & printed["verdict"].isin(DISPUTED)]
    if len(judged):
        return f"{judged['recomputed'].iloc[0]}, not {judged['published'].iloc[0]}"
    decisive = int(printed["decision"].sum())
    if decisive:
        return FAILS if decisive == int((printed["verdict"] != "not_recomputable").sum()) else HOLDS_IN_PART
    return _holding(printed) + _remark(finding, frame)


def _holding(printed: pd.DataFrame) -> str:
    if (printed["verdict"] == "not_recomputable").any():
        return HOLDS_WHERE_PUBLIC
    return HOLDS if (printed["verdict"] == "reproduced").all() else HOLDS_WITH_OTHER_NUMBERS


def _remark(finding: Finding, frame: pd.DataFrame) -> str:
    rests_on = frame["claim_id"].map(lambda claim: matches(claim, finding.rests_on))
    differing = int((rests_on & frame["decision"]).sum())
    if not differing:
        return ""
    return "; a number that it rests on differs" if differing == 1 else f"; {differing} numbers that it rests on differ"
