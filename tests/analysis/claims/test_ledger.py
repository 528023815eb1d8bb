"""Verdicts follow from an invented paper and what a chapter says of it; what lacks an account is a fault, never a verdict."""

import csv
import json
import shutil
from collections.abc import Callable, Hashable
from pathlib import Path

import pandas as pd
import pytest

from analysis.claims.chapter import ClaimChapter, Contradiction, Mechanism, first_match
from analysis.claims.ledger import Entry, Ledger, build_ledger, summary, verdict_name
from analysis.claims.printed import Bounds
from analysis.dataset import Study
from datapackage.errors import StudyError
from tests.conftest import DATA

Paper = Callable[..., Study]
CLAIM = "t1.export.total"  # the paper prints 1
OTHER = "t1.graph.share"  # 42 percent
PRINTED = {
    CLAIM: {"where": "Table 1", "quantity": "failures of export", "published": "1", "unit": "count"},
    OTHER: {
        "where": "§2",
        "quantity": "share of the graph",
        "published": "42",
        "unit": "percent",
        "note": "read twice",
    },
    "t1.again": {"where": "§3", "quantity": "the same", "published": "1", "unit": "count"},
    "t9.none": {"where": "§4", "quantity": "of no chapter", "published": "7", "unit": "count"},
}


@pytest.fixture
def paper(tmp_path: Path) -> Paper:
    """Make a data folder of printed claims alone."""

    def printing(printed: dict[str, dict[str, str]]) -> Study:
        descriptor = json.loads((DATA / "datapackage.json").read_text(encoding="utf-8"))
        (claims,) = (entry for entry in descriptor["resources"] if entry["name"] == "claims")
        descriptor["resources"] = [claims]
        (tmp_path / "datapackage.json").write_text(json.dumps(descriptor), encoding="utf-8")
        shutil.copy(DATA / "codebook.yaml", tmp_path)
        path = tmp_path / claims["path"]
        path.parent.mkdir(exist_ok=True)
        columns = [field["name"] for field in claims["schema"]["fields"]]
        with path.open("w", encoding="utf-8", newline="") as stream:
            writer = csv.DictWriter(stream, columns, restval="", lineterminator="\n")
            writer.writeheader()
            writer.writerows({"claim_id": claim} | cells for claim, cells in printed.items())
        return Study(tmp_path)

    return printing


@pytest.fixture
def invented(paper: Paper) -> Study:
    return paper(PRINTED)


def _verdict(ledger: Ledger, claim: str = CLAIM) -> dict[Hashable, object]:
    return ledger.frame.set_index("claim_id").loc[claim].to_dict()


def _chapter(**parts: object) -> ClaimChapter:
    """Return a chapter that answers for the first claim alone."""
    defaults = {"name": "X", "patterns": (CLAIM,), "recompute": lambda _: {}}
    return ClaimChapter(**defaults | parts)  # type: ignore[arg-type]


def _slip(value: int) -> Mechanism:
    return Mechanism("m", "e", lambda _: {CLAIM: value})


@pytest.mark.parametrize(
    ("parts", "verdict", "fault"),
    [
        ({"recompute": lambda _: {CLAIM: 1}}, "reproduced", None),
        ({"recompute": lambda _: {CLAIM: 2}}, "differs", "differs (1 printed, 2 recomputed), no mechanism, no mark"),
        ({"recompute": lambda _: {CLAIM: 2}, "unexplained": {CLAIM: "tried"}}, "differs", None),
        ({"recompute": lambda _: {CLAIM: 2}, "unexplained": {CLAIM: ""}}, "differs", None),
        (
            {"recompute": lambda _: {CLAIM: 1}, "unexplained": {CLAIM: "tried"}},
            "reproduced",
            "marked unexplained, but it is reproduced",
        ),
        (
            {"recompute": lambda _: {CLAIM: 2}, "mechanisms": (_slip(1),), "unexplained": {CLAIM: "tried"}},
            "differs",
            "marked unexplained, but m explains it",
        ),
        (
            {"contradictions": (Contradiction(CLAIM, "e", lambda _: 5),), "unexplained": {CLAIM: "tried"}},
            "internally_inconsistent",
            "marked unexplained, but it is internally inconsistent",
        ),
        ({"not_recomputable": {"t1.*": "secret"}}, "not_recomputable", None),
        ({"not_recomputable": {"t9.*": "secret"}}, "", "neither a recomputation nor a stated reason"),
        (
            {"not_recomputable": {"t1.*": "secret"}, "unexplained": {CLAIM: "tried"}},
            "not_recomputable",
            "marked unexplained, but it is not recomputable",
        ),
        # what is known of a number that the data does not yield: inside it stays open, outside it is wrong
        (
            {"recompute": lambda _: {CLAIM: Bounds(0, 3)}, "not_recomputable": {"t1.*": "secret"}},
            "not_recomputable",
            None,
        ),
        ({"recompute": lambda _: {CLAIM: Bounds(2, 3)}, "unexplained": {CLAIM: "tried"}}, "differs", None),
        ({"recompute": lambda _: {CLAIM: Bounds(0, 3)}}, "", "neither a recomputation nor a stated reason"),
        # a contradiction counts only where the printed number is not the implied one
        (
            {"contradictions": (Contradiction(CLAIM, "e", lambda _: 1),), "recompute": lambda _: {CLAIM: 2}},
            "differs",
            "differs (1 printed, 2 recomputed), no mechanism, no mark",
        ),
        (
            {"contradictions": (Contradiction(CLAIM, "e", lambda _: 5),), "recompute": lambda _: {CLAIM: Bounds(0, 3)}},
            "internally_inconsistent",
            None,
        ),
        # and only where it is about a claim of this paper
        ({"contradictions": (Contradiction("t8.n", "e", lambda printed: int(printed["t8.n"])),),
          "recompute": lambda _: {CLAIM: 1}}, "reproduced", None),
        ({"recompute": lambda _: {CLAIM: 2}, "unseen": lambda _: {"t1.*": "later"}}, "differs", None),
        (
            {"recompute": lambda _: {CLAIM: 2}, "unseen": lambda _: {"t9.*": "later"}},
            "differs",
            "differs (1 printed, 2 recomputed), no mechanism, no mark",
        ),
        ({}, "", "neither a recomputation nor a stated reason"),
        ({"recompute": lambda _: {CLAIM: 2}, "mechanisms": (_slip(1),)}, "differs", None),
        (
            {"recompute": lambda _: {CLAIM: 2}, "mechanisms": (_slip(3), Mechanism("of others", "e", lambda _: {OTHER: 1}))},
            "differs",
            "differs (1 printed, 2 recomputed), no mechanism, no mark",
        ),
        ({"contradictions": (Contradiction(CLAIM, "e", lambda _: 5),)}, "internally_inconsistent", None),
        (
            {"recompute": lambda _: {CLAIM: 1}, "contradictions": (Contradiction(CLAIM, "e", lambda _: 5),)},
            "reproduced",
            None,
        ),
    ],
)  # fmt: skip
def test_verdicts_and_faults(parts: dict[str, object], verdict: str, fault: str | None, invented: Study) -> None:
    ledger = build_ledger(invented, [_chapter(**parts)])
    assert _verdict(ledger)["verdict"] == verdict
    assert ledger.faults == (() if fault is None else (f"{CLAIM}: {fault}",))
    assert _verdict(ledger, "t9.none")["verdict"] == "pending"


def test_all_faults_of_a_ledger_are_told_at_once(invented: Study) -> None:
    wrong = _chapter(recompute=lambda _: {CLAIM: 2, "t99.nothing": 1}, unexplained={"t99.none": "tried"})
    silent = _chapter(name="Y", patterns=(OTHER,), recompute=lambda _: {"t98.nothing": 1})
    assert build_ledger(invented, [wrong, silent]).faults == (
        f"{CLAIM}: differs (1 printed, 2 recomputed), no mechanism, no mark",
        f"{OTHER}: neither a recomputation nor a stated reason",
        "t99.nothing: recomputed by X, but no such claim",
        "t99.none: marked unexplained by X, but no such claim",
        "t98.nothing: recomputed by Y, but no such claim",
    )


def test_a_mechanism_that_no_claim_needs_is_no_fault_of_edited_data(invented: Study) -> None:
    ledger = build_ledger(invented, [_chapter(recompute=lambda _: {CLAIM: 1}, mechanisms=(_slip(1),))])
    row = _verdict(ledger)
    assert (row["verdict"], row["mechanism"], row["mechanism_value"], row["evidence"]) == ("reproduced", "", "", "")
    assert ledger.faults == ()


def test_a_row_of_the_ledger_says_all_that_is_known_of_its_claim(invented: Study) -> None:
    chapter = _chapter(
        patterns=("t1.graph.*",), recompute=lambda study: {OTHER: 40 + len(study.claims)},
        notes={"t9.*": "of others", "t1.*": "noted"}, decisive=(OTHER,),
        remarks=lambda study: {OTHER: f"remarked on {len(study.claims)}", CLAIM: "of others"},
        counterparts=lambda study: {OTHER: f"{len(study.claims)} today"},
        mechanisms=(
            Mechanism("first", "misses", lambda _: {OTHER: 43.0}),
            Mechanism("second", "hits", lambda study: {OTHER: 41.625 + len(study.claims) / 100}, corroborated="saved",
                      chance=lambda study: f"by chance of {len(study.claims)}"),
            Mechanism("third", "hits, too", lambda _: {OTHER: 42.0}),
        ),
    )  # fmt: skip
    assert _verdict(build_ledger(invented, [chapter]), OTHER) == {
        "where": "§2", "quantity": "share of the graph", "published": "42", "unit": "percent",
        "recomputed": "44", "verdict": "differs", "decision": True,
        "mechanism": "second", "mechanism_value": "41.66", "evidence": "saved output",
        "explanation": "hits saved by chance of 4", "note": "read twice noted remarked on 4", "today": "4 today", "chapter": "X",
    }  # fmt: skip


def test_a_claim_that_no_chapter_answers_for_is_shown_as_printed(invented: Study) -> None:
    ledger = build_ledger(invented, [_chapter(recompute=lambda _: {CLAIM: 1})])
    nothing = {"recomputed": "", "decision": False, "mechanism": "", "mechanism_value": "", "evidence": "",
               "explanation": "", "today": "", "chapter": ""}  # fmt: skip
    assert _verdict(ledger, OTHER) == PRINTED[OTHER] | nothing | {"verdict": "pending"}
    held = nothing | {"recomputed": "1", "verdict": "reproduced", "note": "", "chapter": "X"}
    assert _verdict(ledger) == PRINTED[CLAIM] | held


def test_a_difference_without_account_claims_no_mechanism(invented: Study) -> None:
    row = _verdict(build_ledger(invented, [_chapter(recompute=lambda _: {CLAIM: 2})]))
    assert [row[name] for name in ("mechanism", "mechanism_value", "evidence", "explanation", "note")] == [""] * 5
    row = _verdict(build_ledger(invented, [_chapter()]))
    assert (row["recomputed"], row["verdict"], row["mechanism"]) == ("", "", "")


def test_only_a_difference_on_which_a_finding_hangs_is_marked_decisive(invented: Study) -> None:
    contradiction = (Contradiction(CLAIM, "the others say so", lambda _: 5),)
    row = _verdict(build_ledger(invented, [_chapter(contradictions=contradiction, decisive=(CLAIM,))]))
    assert row["decision"] is True
    for parts in ({"recompute": lambda _: {CLAIM: 1}, "decisive": (CLAIM,)}, {"recompute": lambda _: {CLAIM: 2}}):
        assert _verdict(build_ledger(invented, [_chapter(**parts)]))["decision"] is False


def test_what_other_printed_numbers_imply_is_said_with_its_unit(invented: Study) -> None:
    contradicted = Contradiction(OTHER, "the others say so", lambda printed: int(printed[CLAIM]) + 4)
    row = _verdict(build_ledger(invented, [_chapter(patterns=(OTHER,), contradictions=(contradicted,))]), OTHER)
    assert row["note"] == "read twice the others say so (implies 5\u00a0%)."
    explained = Mechanism("m", "e", lambda _: {OTHER: 42})
    chapter = _chapter(patterns=(OTHER,), contradictions=(contradicted,), mechanisms=(explained,))
    row = _verdict(build_ledger(invented, [chapter]), OTHER)
    assert (row["mechanism"], row["mechanism_value"]) == ("m", "42")


def test_why_a_number_cannot_be_had_is_said_and_better_by_what_bounds_it(invented: Study) -> None:
    parts = {"not_recomputable": {CLAIM: "secret"}, "recompute": lambda _: {CLAIM: Bounds(0, 3)}}
    assert _verdict(build_ledger(invented, [_chapter(**parts)]))["note"] == "secret"
    bounded = lambda study: {"t9.*": "another", "t1.*": f"at most {len(study.claims) - 1}"}  # noqa: E731
    row = _verdict(build_ledger(invented, [_chapter(**parts, bounded=bounded)]))
    assert (row["note"], row["recomputed"]) == ("at most 3", "0 to 3")
    # where the number is had, nobody asks
    parts |= {"recompute": lambda _: {CLAIM: 1}, "bounded": bounded}
    assert _verdict(build_ledger(invented, [_chapter(**parts)]))["note"] == ""


@pytest.mark.parametrize(
    ("parts", "note"),
    [
        ({"unseen": lambda study: {"t1.*": f"imported after {len(study.claims)}"}}, "imported after 4"),
        ({"unexplained": {CLAIM: "tried in vain"}}, "tried in vain"),
        ({"unexplained": {CLAIM: "tried in vain"}, "unseen": lambda _: {CLAIM: "imported later"}}, "tried in vain"),
    ],
)
def test_a_difference_that_nothing_explains_says_what_was_tried(
    parts: dict[str, object], note: str, invented: Study
) -> None:
    row = _verdict(build_ledger(invented, [_chapter(recompute=lambda _: {CLAIM: 2}, **parts)]))
    assert (row["mechanism"], row["note"], row["evidence"]) == ("unexplained", note, "")


def test_what_was_tried_is_not_said_of_a_number_that_is_explained(invented: Study) -> None:
    chapter = _chapter(recompute=lambda _: {CLAIM: 2}, mechanisms=(_slip(1),), unseen=lambda _: {CLAIM: "later"})
    row = _verdict(build_ledger(invented, [chapter]))
    assert (row["mechanism"], row["explanation"], row["note"]) == ("m", "e", "")


@pytest.mark.parametrize(
    ("wrong", "corroborated", "evidence"),
    [
        ((CLAIM,), "", "single match"),
        ((CLAIM,), "a notebook saved it", "saved output"),
        ((CLAIM, "t1.again"), "", "single match"),  # one number, printed twice
        ((CLAIM, OTHER), "", "several numbers"),
        ((CLAIM, OTHER), "a notebook saved it", "several numbers"),
    ],
)
def test_a_mechanism_is_ranked_by_the_different_numbers_that_it_explains(
    wrong: tuple[str, ...], corroborated: str, evidence: str, invented: Study
) -> None:
    yielded = {claim: int(PRINTED[claim]["published"]) for claim in wrong}
    right = {claim: int(cells["published"]) for claim, cells in PRINTED.items()}
    chapter = _chapter(
        patterns=("*",), recompute=lambda _: right | dict.fromkeys(wrong, 60),
        mechanisms=(Mechanism("m", "e", lambda _: yielded, corroborated),),
    )  # fmt: skip
    found = build_ledger(invented, [chapter]).frame.set_index("claim_id")["evidence"]
    assert found.to_dict() == dict.fromkeys(PRINTED, "") | dict.fromkeys(wrong, evidence)


def test_a_claim_belongs_to_the_first_chapter_that_names_it(invented: Study) -> None:
    first, second = (
        _chapter(name=name, patterns=("t8.*", "t1.*"), recompute=lambda _, value=value: {CLAIM: value}, unexplained={CLAIM: "t"})
        for name, value in (("A", 1), ("B", 2))
    )  # fmt: skip
    assert _verdict(build_ledger(invented, [first, second]))["chapter"] == "A"
    row = _verdict(build_ledger(invented, [second, first]))
    assert (row["chapter"], row["recomputed"]) == ("B", "2")
    assert not first.owns("t9.none")


def test_the_first_pattern_that_fits_says_why() -> None:
    texts = {"t9.*": "of others", "t1.*": "first", CLAIM: "second"}
    assert first_match(CLAIM, texts) == "first"
    assert first_match("t2.n", texts) == ""


def test_claims_stand_in_the_papers_order_with_every_column(paper: Paper) -> None:
    backwards = dict(reversed(PRINTED.items()))
    frame = build_ledger(paper(backwards), [_chapter(recompute=lambda _: {CLAIM: 1})]).frame
    assert frame["claim_id"].tolist() == list(backwards)
    assert frame.columns.tolist() == list(Entry.__annotations__)


@pytest.mark.parametrize("part", ["recompute", "remarks", "unseen", "bounded", "counterparts"])
def test_rows_that_a_chapter_needs_and_the_data_lacks_are_told_by_chapter_and_folder(
    part: str, invented: Study
) -> None:
    def lacking(_: Study) -> dict[str, str]:
        raise KeyError("tf2onnx")

    with pytest.raises(StudyError) as caught:
        build_ledger(invented, [_chapter(**{part: lacking})])
    assert str(caught.value).startswith(f"X cannot be computed from {invented.data}: something it compares is missing")
    assert "tf2onnx" in str(caught.value)


def _of_chapters(verdicts: list[tuple[str, str, bool]]) -> Ledger:
    return Ledger(pd.DataFrame(verdicts, columns=["chapter", "verdict", "decision"]), ())


LEDGER = _of_chapters(
    [
        ("A", "not_recomputable", False), ("A", "not_recomputable", False), ("A", "differs", True), ("B", "reproduced", False),
        ("A", "internally_inconsistent", True), ("B", "differs", False),
    ]
)  # fmt: skip


def test_claims_are_counted_by_verdict_and_chapter() -> None:
    wanted = {"reproduced": 1, "differs": 2, "internally_inconsistent": 1, "not_recomputable": 2, "pending": 0}
    assert list(LEDGER.counts.items()) == list(wanted.items())
    assert LEDGER.of("B").index.tolist() == [3, 5]
    assert LEDGER.disputed("A").index.tolist() == [2, 4]
    assert LEDGER.verdict_numbers("A") == {
        "claims-reproduced": "0", "claims-differs": "1", "claims-internally-inconsistent": "1",
        "claims-not-recomputable": "2", "claims-pending": "0",
    }  # fmt: skip


def test_a_summary_counts_what_is_shown_in_the_order_of_verdicts() -> None:
    text = (
        "     1  reproduced\n     2  differs\n     1  internally inconsistent\n     2  not recomputable\n"
        "     2  of these change a finding (decision)"
    )
    assert summary(LEDGER.frame, 6) == "6 printed claims\n" + text
    assert summary(LEDGER.frame, 9) == "6 of 9 printed claims\n" + text
    assert summary(LEDGER.frame[LEDGER.frame["chapter"] == "B"], 6) == (
        "2 of 6 printed claims\n     1  reproduced\n     1  differs"
    )


def test_a_verdict_is_said_in_words() -> None:
    assert verdict_name("not_recomputable") == "not recomputable"
