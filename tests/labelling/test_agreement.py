"""Agreement of raters as the command tells it: right numbers, drift and retest apart, advice by the stated rules."""

import csv
import random
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import pytest

from datapackage.codebook import load_codebook
from labelling.agreement import (
    FEW,
    POOLED,
    RULES,
    Comparison,
    Evidence,
    coefficients,
    confused,
    recommend,
    separating_rules,
    with_current_codes,
)
from labelling.labels import Label
from labelling.project import Project
from tests.conftest import Run
from tests.labelling.conftest import CODEBOOK, ISSUES, LABEL, fill


def comparison(pairs: list[tuple[str, str]], dimension: str = "symptom") -> Comparison:
    codes = {
        f"a/b#{number}": ({dimension: one}, {dimension: other}) for number, (one, other) in enumerate(pairs, start=1)
    }
    return Comparison("raters", "ann", "bob", codes)


def advice(pairs: list[tuple[str, str]]) -> tuple[str, tuple[str, str] | None]:
    both = comparison(pairs)
    found = recommend(both, coefficients([both], {}))
    assert [each.dimension for each in found] == ["symptom"]
    return found[0].rule, found[0].codes


CRASH, WRONG, HANG, SLOW = "crash", "wrong_model", "hang", "bad_performance"
SCATTERED = [(CRASH, WRONG), (CRASH, HANG), (CRASH, SLOW), (WRONG, HANG), (WRONG, SLOW), (HANG, SLOW)]
ALIKE = [(code, code) for code in (CRASH, WRONG, HANG, SLOW)]


@pytest.mark.parametrize(
    ("pairs", "expected"),
    [
        ([(CRASH, CRASH)] * (FEW - 1), ("label_more", None)),
        ([(CRASH, CRASH)] * FEW, ("go_on", None)),
        (ALIKE * 20, ("go_on", None)),
        (ALIKE * 5 + [(CRASH, WRONG), (WRONG, CRASH), (CRASH, WRONG), (HANG, SLOW)], ("refine", (CRASH, WRONG))),
        (ALIKE * 2 + SCATTERED * 2, ("train", None)),
        (ALIKE * 5 + [(CRASH, WRONG), (HANG, SLOW), (CRASH, SLOW)], ("go_on_with_care", None)),
    ],
    ids=["few", "one code", "alike", "one pair", "scattered", "tentative"],
)  # fmt: skip
def test_what_to_do_follows_the_stated_rules(
    pairs: list[tuple[str, str]], expected: tuple[str, tuple[str, str] | None]
) -> None:
    assert advice(pairs) == expected


def test_the_last_rule_always_hits() -> None:
    nothing = Evidence(0, 0, float("nan"), float("nan"), None, 0.0, 0)
    assert RULES[-1][1](nothing)


def test_confusions_are_counted_in_both_directions_with_the_rules_that_separate() -> None:
    both = comparison([(CRASH, WRONG), (WRONG, CRASH), (HANG, SLOW), (CRASH, CRASH)])
    assert confused([both, both], "symptom") == [((CRASH, WRONG), 4), ((SLOW, HANG), 2)]
    assert separating_rules(CODEBOOK, "symptom", (CRASH, HANG)) == [
        f"Crash: {' '.join(CODEBOOK['symptom']['crash'].rule.split())}", f"Hang: {CODEBOOK['symptom']['hang'].rule}"
    ]  # fmt: skip


def test_details_are_compared_under_one_cause_only() -> None:
    same = {"cause": "type_problem", "cause_detail": "tensor"}
    other = {"cause": "incompatibility", "cause_detail": "external"}
    both = Comparison("raters", "ann", "bob", {"a/b#1": (same, same), "a/b#2": (same, other)})
    assert both.pairs("cause_detail") == [("tensor", "tensor")]
    assert len(both.pairs("cause")) == 2


@pytest.fixture
def rated(sheets, read) -> Callable[..., list[dict[str, str]]]:
    """Two raters of all issues; `differ` are those of which the second says another symptom."""

    def label(differ: int, **options: str) -> None:
        changed = {issue for _, issue in ISSUES[:differ]}
        first, second = sheets(**options)
        kinds = {issue: ("Crash", "Hang", "Wrong model")[place % 3] for place, (_, issue) in enumerate(ISSUES)}

        def symptom(issue: str) -> dict[str, str]:
            return LABEL | {"Symptom": kinds.get(issue, "Crash")}

        fill(first, symptom)
        fill(second, lambda issue: symptom(issue) | ({"Symptom": "Unreported"} if issue in changed else {}))
        assert read(first, second).returncode == 0

    return label


def test_the_command_tells_agreement_by_converter(rated, invoke: Run, store: Path, tmp_path: Path) -> None:
    rated(6)
    result = invoke("labelling", "agreement", "--store", store, "--sample", "autumn", "--csv", tmp_path / "a.csv",
                    "--figures", tmp_path / "figures")  # fmt: skip
    assert result.returncode == 0, result.stderr
    with (tmp_path / "a.csv").open() as stream:
        rows = {(row["dimension"], row["group"], row["coefficient"]): row for row in csv.DictReader(stream)}
    assert float(rows["symptom", "torch.onnx", "percent"]["value"]) == 0.5
    assert float(rows["symptom", "tf2onnx", "percent"]["value"]) == 1
    assert float(rows["symptom", POOLED, "percent"]["value"]) == 0.75
    # by hand: p_e = 4 · 8 · (2·(8/24)(6/24) + ...) via marginals 8,8,8,0 and 6,6,6,6 → 0.25; κ = (0.75 − 0.25)/(1 − 0.25)
    assert float(rows["symptom", POOLED, "kappa"]["value"]) == pytest.approx(2 / 3)
    assert (tmp_path / "figures" / "main-ann-bob.png").read_bytes().startswith(b"\x89PNG")
    assert "2 × Crash" in result.stdout
    assert "Unreported" in result.stdout


def test_drift_and_retest_are_told_apart_and_do_not_enter_the_raters_agreement(
    sheets, read, invoke: Run, store: Path, project: Project
) -> None:
    first, second = sheets("--n", 6)
    read(fill(first), fill(second))
    first, second = sheets("--drift", 5, "--retest", 4, round_name="second")
    again = set(project.round("second").assigned("ann", "retest"))
    drifting = set(project.round("second").assigned("ann", "drift"))
    assert (len(again), len(drifting)) == (4, 5)
    fill(first, lambda issue: LABEL | ({"Symptom": "Hang"} if issue in again | drifting else {}))
    fill(second)
    assert read(first, second).returncode == 0
    table = store / "agreement.csv"
    invoke("labelling", "agreement", "--store", store, "--sample", "autumn", "--round", "second", "--csv", table)
    with table.open() as stream:
        rows = {(row["comparison"], row["second"], row["dimension"], row["coefficient"]): row for row in csv.DictReader(stream)
                if row["group"] == POOLED}  # fmt: skip
    assert (rows["raters", "bob", "symptom", "percent"]["n"], rows["raters", "bob", "symptom", "percent"]["value"]) == (
        "18",
        "1.0",
    )
    assert (rows["retest", "ann", "symptom", "percent"]["n"], rows["retest", "ann", "symptom", "percent"]["value"]) == (
        "4",
        "0.0",
    )
    assert rows["retest", "bob", "symptom", "percent"]["value"] == "1.0"
    assert rows["drift", "ann", "symptom", "percent"]["n"] == "5"


def test_nothing_rated_yet_is_said(sheets, invoke: Run, store: Path) -> None:
    sheets()
    result = invoke("labelling", "agreement", "--store", store, "--sample", "autumn")
    assert result.returncode == 1
    assert "no two raters" in result.stderr


def test_the_interval_covers_the_agreement_of_an_error_model() -> None:
    """Two raters who err independently with probability 0.2 towards any of the other three codes, true codes uniform: they
    agree with probability 0.8² + 3 · (0.2/3)² = 0.6533; chance 1/4; κ = 0.5378. 95 % intervals of 50 samples of 150 issues.
    """
    draw, truth, hit = random.Random(11), 0.53778, 0
    kinds = (CRASH, WRONG, HANG, SLOW)
    for _ in range(50):
        pairs = []
        for _ in range(150):
            code = draw.choice(kinds)
            pairs.append(
                tuple(code if draw.random() < 0.8 else draw.choice([k for k in kinds if k != code]) for _ in "ab")
            )
        frame = coefficients([comparison(pairs)], {})  # type: ignore[arg-type]
        kappa = frame[frame["coefficient"] == "kappa"].iloc[0]
        hit += kappa["low"] <= truth <= kappa["high"]
    assert 43 <= hit <= 50


def test_retired_codes_compare_as_what_took_their_place(data: Path, invoke: Run) -> None:
    base = ("--data", data, "symptom")
    assert invoke("labelling", "codebook", "merge", *base, "hang", "--into", "crash").returncode == 0
    parts = ("--part", "slow", "Slow", "Takes long.", "Time.", "--part", "large", "Large", "Takes space.", "Space.")
    proposal = data.parent / "p.csv"
    assert (
        invoke("labelling", "codebook", "split", *base, "bad_performance", *parts, "--proposal", proposal).returncode
        == 0
    )
    proposal.write_text(proposal.read_text().replace("bad_performance,\n", "bad_performance,slow\n"))
    result = invoke("labelling", "codebook", "split", *base, "bad_performance", *parts, "--mapping", proposal)
    assert result.returncode == 0, result.stderr
    book = load_codebook(data)
    assert [book["symptom"].current(slug) for slug in ("hang", "bad_performance", "slow", "no such")] == [
        "crash",
        None,
        "slow",
        None,
    ]
    label = Label(
        "s", "r", "a/b#1", "ann", HANG, "typo", "", "export", unsure=False, rationale="", time="", tool="sheet"
    )
    old, split, new = with_current_codes([label, replace(label, symptom=SLOW), replace(label, symptom="slow")], book)
    assert (old.symptom, split.symptom, new.symptom) == (CRASH, SLOW, "slow")
