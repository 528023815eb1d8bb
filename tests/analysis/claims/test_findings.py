"""What becomes of a finding follows from the verdicts of the claims that it prints, and of those that it rests on."""

import pandas as pd
import pytest

from analysis.claims.findings import FINDINGS, Finding, findings_of, touching, verdict
from analysis.claims.ledger import Ledger

FINDING = Finding(3, "X", ("t1.*", "abs.n"))


def _ledger(*claims: tuple[str, str, str, bool]) -> Ledger:
    """Return a ledger of claims by id, place, verdict, and whether a finding hangs on the difference."""
    frame = pd.DataFrame(claims, columns=["claim_id", "where", "verdict", "decision"])
    return Ledger(frame.assign(unit="count", published="1", recomputed="2"), ())


def _printed(*verdicts: str) -> list[tuple[str, str, str, bool]]:
    """Return claims of the finding's sentence; a verdict with ``!`` is decisive."""
    return [
        (f"f3.{number}", "Finding 3, p. 7", text.rstrip("!"), text.endswith("!"))
        for number, text in enumerate(verdicts)
    ]


@pytest.mark.parametrize(
    ("verdicts", "wanted"),
    [
        (["reproduced", "reproduced"], "holds"),
        (["reproduced", "not_recomputable"], "holds as far as the data is public"),
        (["differs", "not_recomputable"], "holds as far as the data is public"),
        (["reproduced", "differs"], "holds with other numbers"),
        (["differs", "internally_inconsistent"], "holds with other numbers"),
        (["differs!", "reproduced"], "holds in part"),
        (["differs!", "differs"], "holds in part"),
        (["differs!", "internally_inconsistent!"], "does not hold as printed"),
        # what cannot be recomputed saves nothing, and condemns nothing
        (["differs!", "not_recomputable"], "does not hold as printed"),
        (["differs!", "reproduced", "not_recomputable"], "holds in part"),
        (["not_recomputable", "not_recomputable"], "cannot be recomputed"),
    ],
)
def test_a_finding_is_judged_by_the_claims_of_its_sentence(verdicts: list[str], wanted: str) -> None:
    others = [("f4.0", "Finding 4, p. 8", "differs", True), ("s5.n", "§5", "not_recomputable", False)]
    assert verdict(FINDING, _ledger(*_printed(*verdicts), *others)) == wanted
    assert verdict(FINDING, _ledger(*others, *_printed(*verdicts))) == wanted


@pytest.mark.parametrize(
    ("resting", "remark"),
    [
        ([("t1.a", "§5", "differs", False)], ""),
        ([("t2.a", "§5", "differs", True)], ""),  # it rests on others
        ([("t1.a", "§5", "differs", True)], "; a number that it rests on differs"),
        ([("t1.a", "§5", "differs", True), ("abs.n", "Abstract", "differs", True)], "; 2 numbers that it rests on differ"),
        ([(f"t1.{number}", "§5", "differs", True) for number in range(3)], "; 3 numbers that it rests on differ"),
    ],
)  # fmt: skip
def test_a_finding_that_holds_while_what_it_rests_on_does_not_says_so(
    resting: list[tuple[str, str, str, bool]], remark: str
) -> None:
    elsewhere = [("t2.b", "§6", "differs", True)]
    for printed, holding in (("reproduced", "holds"), ("differs", "holds with other numbers")):
        assert verdict(FINDING, _ledger(*_printed(printed), *resting, *elsewhere)) == holding + remark


def test_a_finding_that_is_a_verdict_is_shown_as_the_recomputed_one() -> None:
    ledger = _ledger(*_printed("reproduced", "differs", "differs!"))
    frame = ledger.frame.assign(
        unit=["verdict", "verdict", "count"],
        published=["kept", "rejected", "5"],
        recomputed=["kept", "undecided", "6"],
    )
    assert verdict(FINDING, Ledger(frame, ())) == "undecided, not rejected"
    kept = Ledger(frame.assign(verdict="reproduced", decision=False), ())
    assert verdict(FINDING, kept) == "holds"
    contradicted = Ledger(frame.assign(verdict=["reproduced", "internally_inconsistent", "reproduced"]), ())
    assert verdict(FINDING, contradicted) == "undecided, not rejected"


def test_a_claim_concerns_the_findings_that_print_it_and_those_that_rest_on_it() -> None:
    assert FINDING.concerns("f3.0", "Finding 3")
    assert FINDING.concerns("t1.a", "Table 1")
    assert not FINDING.concerns("f4.0", "Finding 4")
    assert findings_of("abs.survey.n", "Abstract") == (1, 2, 3)
    assert findings_of("s4.use.n", "Finding 8") == (2, 8)
    assert findings_of("s9.n", "§9") == ()


def test_decisive_differences_stand_by_their_first_finding_and_then_as_printed() -> None:
    assert FINDINGS[0].number == 1
    ledger = _ledger(
        ("f8.a", "Finding 8", "differs", True),
        ("abs.survey.n", "Abstract", "differs", True),
        ("f1.b", "Finding 1", "differs", True),
        ("f1.c", "Finding 1", "differs", False),
        ("s9.n", "§9", "differs", True),
        ("f1.a", "Finding 1", "differs", True),
    )
    found = touching(ledger)
    assert found.columns.tolist() == ["findings", *ledger.frame.columns]
    assert found[["findings", "claim_id"]].to_numpy().tolist() == [
        ["", "s9.n"], ["1, 2, 3", "abs.survey.n"], ["1", "f1.b"], ["1", "f1.a"], ["8", "f8.a"],
    ]  # fmt: skip
