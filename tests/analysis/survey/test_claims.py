"""RQ1's verdicts and the slips behind them; a changed answer changes its claims and no others."""

from pathlib import Path

import pytest

from analysis.claims.ledger import Ledger, build_ledger
from analysis.dataset import Study
from analysis.survey.claims import CLAIMS
from tests.conftest import edit


def _own(data: Path) -> Ledger:
    return build_ledger(Study(data), [CLAIMS])


def _moved(ledger: Ledger, data: Path) -> set[str]:
    before, after = (each.frame.set_index("claim_id")["recomputed"] for each in (ledger, _own(data)))
    chosen = before.index[[CLAIMS.owns(claim) for claim in before.index]]
    return set(chosen[before[chosen] != after[chosen]])


def test_every_claim_has_a_verdict_and_every_difference_a_mechanism(ledger: Ledger) -> None:
    own = ledger.of("RQ1")
    assert len(own) == 71
    assert own["verdict"].value_counts().to_dict() == {
        "reproduced": 40, "differs": 27, "internally_inconsistent": 2, "not_recomputable": 2,
    }  # fmt: skip
    assert (own.loc[own["verdict"] == "differs", "mechanism"] != "unexplained").all()
    assert not [fault for fault in ledger.faults if CLAIMS.owns(fault.partition(":")[0])]


@pytest.mark.parametrize(
    ("claim", "expected"),
    [
        ("intro.survey.n", ["108", "92", "responses before exclusion", "108"]),
        ("s4.sampling.needed", ["69", "68", "quantile rounded to 1.65", "69"]),
        ("s4.use.denominator", ["54", "53", "question-text row counted", "54"]),
        ("s4.problems.n", ["32", "33", "question-text row counted", "32"]),
        ("s4.framework.pytorch", ["89", "94.38", "both heading rows counted", "89.36"]),
        ("f1.none.share", ["41", "48.91", "users of both counted twice", "41.3"]),
        ("t04.simplicity.n", ["8", "7", "theme's name found in answers", "8"]),
        ("t04.direct.share", ["35", "43.33", "base of another question", "35.14"]),
        ("t05.other.n", ["3", "5", "other: none of the named themes", "3"]),
    ],
)
def test_the_mechanisms_yield_the_printed_numbers(ledger: Ledger, claim: str, expected: list[str]) -> None:
    row = ledger.frame.set_index("claim_id").loc[claim]
    assert row[["published", "recomputed", "mechanism", "mechanism_value"]].tolist() == expected


def test_the_rows_of_the_sheet_are_the_only_base_that_gives_all_printed_framework_shares(study: Study) -> None:
    """84 and 35 respondents and 19 mentions: 89, 37 and 20 percent leave one number of rows."""
    printed = {84: 89, 35: 37, 19: 20}
    fits = [n for n in range(1, 300) if all(abs(100 * count / n - share) <= 0.5 for count, share in printed.items())]
    assert fits == [len(study.survey.respondents) + 2]


def test_the_note_on_the_share_without_a_tool_holds(study: Study) -> None:
    printed = study.claims.set_index("claim_id")["published"]
    rest = int(printed["abs.survey.n"]) - int(printed["s4.use.denominator"])
    assert round(100 * rest / int(printed["abs.survey.n"])) == int(printed["f1.none.share"])


def test_no_other_printed_count_is_the_base_of_the_share_that_contradicts_table_4(study: Study) -> None:
    own = study.claims["claim_id"].map(CLAIMS.owns)
    claims = study.claims[own & (study.claims["unit"] == "count")]
    counts = claims.set_index("claim_id")["published"].astype(int)
    assert counts.index[(1300 / counts - 35).abs() <= 0.5].tolist() == ["s4.use.deploy.n"]


def test_a_changed_purpose_changes_its_claims_alone(data: Path, ledger: Ledger) -> None:
    edit(data / "survey/choices.csv", "r02,Q63,deployment\n", "r02,Q63,framework_to_framework\n")
    assert _moved(ledger, data) == {"s4.use.deploy.n", "s4.use.deploy.share", "s4.use.f2f.n", "s4.use.f2f.share"}


def test_a_changed_single_choice_changes_its_claims_alone(data: Path, ledger: Ledger) -> None:
    edit(data / "survey/responses.csv", "r02,3to5,1to2,", "r02,gt5,1to2,")
    assert _moved(ledger, data) == {"t03.ml_years.3to5", "t03.ml_years.gt5"}


def test_a_changed_theme_changes_its_claims_alone(data: Path, ledger: Ledger) -> None:
    edit(data / "survey/themes.csv", "r13,Q66,versions\n", "")  # this answer has other themes, and stays in the base
    assert _moved(ledger, data) == {"t05.versions.n", "t05.versions.share"}


def test_a_slip_that_no_longer_yields_the_print_is_no_mechanism(data: Path) -> None:
    edit(data / "survey/choices.csv", "r02,Q63,deployment\n", "")
    ledger = _own(data)
    assert any(fault.startswith("s4.use.denominator: differs (54 printed, 52 recomputed)") for fault in ledger.faults)


def test_a_changed_plan_changes_the_sample_size_alone(data: Path, ledger: Ledger) -> None:
    edit(data / "survey/questions.yaml", "margin: 0.10", "margin: 0.05")
    assert _moved(ledger, data) == {"s4.sampling.needed"}
