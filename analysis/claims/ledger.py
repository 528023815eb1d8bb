"""The ledger: every claim with its recomputation and verdict.

Verdicts, first that applies:

``pending``                  no chapter answers for the claim yet
``reproduced``               the recomputed value is one that the printed form stands for
``internally_inconsistent``  other printed numbers imply another value
``not_recomputable``         the data is not public, or not here, or bounds the number without contradicting it
``differs``                  the data yields another value; with a mechanism, or marked unexplained

A claim without recomputation and without a stated reason, and a difference with neither mechanism nor the mark, are
faults of the ledger, not verdicts; so is a mark on a claim that needs none. A mechanism that no claim needs is no fault, since
an edited copy of the data may agree with the paper; that each explains a claim of the study's own data is tested.

Evidence for a mechanism, strongest first: it explains `SEVERAL` different printed numbers at once, a `SAVED` output of the study
agrees with it, or it is a `SINGLE` match, which a search over many readings can find by chance.
"""

from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, replace

import pandas as pd

from analysis.claims.chapter import ClaimChapter, Mechanism, first_match, needing_complete_data
from analysis.claims.printed import Bounds, Value, agrees, show, with_unit
from analysis.dataset import Study
from datapackage.tables import records

VERDICTS = ("reproduced", "differs", "internally_inconsistent", "not_recomputable", "pending")
DISPUTED = ("differs", "internally_inconsistent")
UNEXPLAINED = "unexplained"
SEVERAL, SAVED, SINGLE = "several numbers", "saved output", "single match"


def verdict_name(verdict: str) -> str:
    """Return a verdict as readers see it everywhere: its code with spaces for underscores.

    >>> verdict_name("not_recomputable")
    'not recomputable'
    """
    return verdict.replace("_", " ")


def summary(frame: pd.DataFrame, total: int) -> str:
    """Return how many claims have which verdict, as lines for a terminal.

    Parameters
    ----------
    frame : DataFrame
        Rows of the ledger.
    total : int
        Claims of the whole ledger.
    """
    head = f"{len(frame)} printed claims" if len(frame) == total else f"{len(frame)} of {total} printed claims"
    lines = [f"  {count:4d}  {verdict_name(verdict)}" for verdict, count in _counted(frame).items() if count]
    decisions = int(frame["decision"].sum())
    if decisions:
        lines.append(f"  {decisions:4d}  of these change a finding (decision)")
    return "\n".join([head, *lines])


def _counted(frame: pd.DataFrame) -> dict[str, int]:
    """Return how many rows have which verdict, every verdict in its order."""
    return {verdict: int((frame["verdict"] == verdict).sum()) for verdict in VERDICTS}


@dataclass(frozen=True)
class Entry:
    """One row of the ledger; the attributes are its columns.

    `note` is about the claim, `explanation` about its mechanism and thus the same for all claims of a mechanism; `today` is what
    today's experiments show in the claim's place, on which no verdict hangs.
    """

    claim_id: str
    where: str
    quantity: str
    published: str
    unit: str
    recomputed: str = ""
    verdict: str = "pending"
    decision: bool = False
    mechanism: str = ""
    mechanism_value: str = ""
    evidence: str = ""
    explanation: str = ""
    note: str = ""
    today: str = ""
    chapter: str = ""


@dataclass(frozen=True)
class Ledger:
    """All claims with their verdicts.

    Attributes
    ----------
    frame : DataFrame
        One row per claim, in the paper's order; columns as in `Entry`.
    faults : tuple of str
        What the ledger itself lacks (see the module's text); empty when it is complete.
    """

    frame: pd.DataFrame
    faults: tuple[str, ...]

    @property
    def counts(self) -> pd.Series:
        """Claims by verdict, every verdict present."""
        return pd.Series(_counted(self.frame))

    def of(self, chapter: str) -> pd.DataFrame:
        """Return the rows of one chapter."""
        return self.frame[self.frame["chapter"] == chapter]

    def disputed(self, chapter: str) -> pd.DataFrame:
        """Return the rows of one chapter whose claims do not hold as printed."""
        own = self.of(chapter)
        return own[own["verdict"].isin(DISPUTED)]

    def verdict_numbers(self, chapter: str) -> dict[str, str]:
        """Return how many claims of a chapter have which verdict, as numbers of its text (``claims-reproduced``, …)."""
        counts = _counted(self.of(chapter))
        return {f"claims-{verdict.replace('_', '-')}": str(count) for verdict, count in counts.items()}


def build_ledger(study: Study, chapters: Sequence[ClaimChapter]) -> Ledger:
    """Recompute every claim and reach its verdict.

    Parameters
    ----------
    study : Study
        The data.
    chapters : sequence of ClaimChapter
        What each research question contributes.

    Raises
    ------
    InputError
        A table that a chapter reads has faults.
    """
    claims = study.claims
    printed = study.printed
    views = [_View.of(chapter, study, printed) for chapter in chapters]
    faults: list[str] = []
    entries = [
        _entry(row, next((view for view in views if view.chapter.owns(row["claim_id"])), None), faults)
        for row in records(claims.fillna(""))
    ]
    known = set(claims["claim_id"])
    for view in views:
        for done, claims_named in (("recomputed", view.values), ("marked unexplained", view.chapter.unexplained)):
            faults += [
                f"{claim}: {done} by {view.chapter.name}, but no such claim"
                for claim in claims_named
                if claim not in known
            ]
    frame = pd.DataFrame([asdict(entry) for entry in entries])
    frame["evidence"] = _evidence(frame, {m.name for chapter in chapters for m in chapter.mechanisms if m.corroborated})
    return Ledger(frame, tuple(faults))


@dataclass(frozen=True)
class _View:
    """A chapter applied to the data, once."""

    chapter: ClaimChapter
    values: Mapping[str, Value]
    mechanisms: tuple[tuple[str, str, Mapping[str, Value]], ...]
    implied: Mapping[str, tuple[Value, str]]
    unseen: Mapping[str, str]
    bounded: Mapping[str, str]
    remarks: Mapping[str, str]
    counterparts: Mapping[str, str]

    @classmethod
    def of(cls, chapter: ClaimChapter, study: Study, printed: pd.Series) -> "_View":
        with needing_complete_data(chapter.name, study.data):
            mechanisms = tuple((m.name, _words(m, study), m.apply(study)) for m in chapter.mechanisms)
            contradicted = [c for c in chapter.contradictions if c.claim in printed.index]
            implied = {c.claim: (c.implied(printed), c.explanation) for c in contradicted}
            remarks = chapter.remarks(study) if chapter.remarks else {}
            later = chapter.unseen(study), chapter.bounded(study)
            return cls(
                chapter, chapter.recompute(study), mechanisms, implied, *later, remarks, chapter.counterparts(study)
            )


def _words(mechanism: Mechanism, study: Study) -> str:
    chance = mechanism.chance(study) if mechanism.chance else ""
    return " ".join(part for part in (mechanism.explanation, mechanism.corroborated, chance) if part)


def _evidence(frame: pd.DataFrame, corroborated: set[str]) -> list[str]:
    """Rank each claim's mechanism by what speaks for it; empty where there is none."""
    explained = frame[~frame["mechanism"].isin(["", UNEXPLAINED])]
    numbers = explained.groupby("mechanism")["published"].nunique()
    words = {
        name: SEVERAL if count > 1 else SAVED if name in corroborated else SINGLE for name, count in numbers.items()
    }
    return [words.get(name, "") for name in frame["mechanism"]]


def _entry(row: Mapping[str, str], view: _View | None, faults: list[str]) -> Entry:
    claim = row["claim_id"]
    entry = Entry(claim, row["where"], row["quantity"], row["published"], row["unit"], note=row["note"])
    if view is None:
        return entry
    chapter = view.chapter
    value = view.values.get(claim)
    verdict = _verdict(row, value, view)
    found = _mechanism(row, view) if verdict in DISPUTED else None
    mechanism, mechanism_value, explanation = found or ("", "", "")
    if verdict == "differs" and found is None:
        mechanism = UNEXPLAINED if claim in chapter.unexplained or first_match(claim, view.unseen) else ""
    if verdict is None:
        faults.append(f"{claim}: neither a recomputation nor a stated reason")
    elif verdict == "differs" and not mechanism:
        faults.append(f"{claim}: differs ({row['published']} printed, {show(value)} recomputed), no mechanism, no mark")
    elif claim in chapter.unexplained and mechanism != UNEXPLAINED:
        why = f"{mechanism} explains it" if mechanism else f"it is {verdict_name(verdict)}"
        faults.append(f"{claim}: marked unexplained, but {why}")
    return replace(
        entry,
        recomputed=show(value),
        verdict=verdict or "",
        decision=claim in chapter.decisive and verdict in DISPUTED,
        mechanism=mechanism,
        mechanism_value=mechanism_value,
        explanation=explanation,
        note=" ".join(_notes(row, view, verdict, mechanism)),
        today=view.counterparts.get(claim, ""),
        chapter=chapter.name,
    )


def _verdict(row: Mapping[str, str], value: Value | None, view: _View) -> str | None:
    claim, published, unit = row["claim_id"], row["published"], row["unit"]
    if value is not None and not isinstance(value, Bounds) and agrees(value, published, unit):
        return "reproduced"
    if claim in view.implied and not agrees(view.implied[claim][0], published, unit):
        return "internally_inconsistent"
    if value is not None and not (isinstance(value, Bounds) and agrees(value, published, unit)):
        return "differs"
    return "not_recomputable" if first_match(claim, view.chapter.not_recomputable) else None


def _mechanism(row: Mapping[str, str], view: _View) -> tuple[str, str, str] | None:
    for name, explanation, values in view.mechanisms:
        value = values.get(row["claim_id"])
        if value is not None and agrees(value, row["published"], row["unit"]):
            return name, show(value), explanation
    return None


def _notes(row: Mapping[str, str], view: _View, verdict: str | None, mechanism: str) -> list[str]:
    claim, chapter = row["claim_id"], view.chapter
    notes = [row["note"]]
    if verdict == "internally_inconsistent":
        implied, why = view.implied[claim]
        notes.append(f"{why} (implies {with_unit(show(implied), row['unit'])}).")
    if verdict == "not_recomputable":
        notes.append(first_match(claim, view.bounded) or first_match(claim, chapter.not_recomputable))
    if mechanism == UNEXPLAINED:
        notes.append(chapter.unexplained.get(claim) or first_match(claim, view.unseen))
    notes.append(first_match(claim, chapter.notes))
    notes.append(view.remarks.get(claim) or "")
    return [note for note in notes if note]
