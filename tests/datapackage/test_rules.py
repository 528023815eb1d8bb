"""Each rule between columns, from every side: what it must find, and what it must leave alone."""

from collections.abc import Callable, Sequence

import numpy as np
import pandas as pd
import pytest

from datapackage import rules
from datapackage.codebook import Codebook, load_codebook
from datapackage.rules import RULES, Rule
from tests.conftest import DATA

DAY = "2019-05-02"
Found = list[tuple[int, str, str]]


@pytest.fixture(scope="module")
def codebook() -> Codebook:
    return load_codebook(DATA)


def found(check: rules.Check, frame: pd.DataFrame, codebook: Codebook) -> Found:
    """Position, column and value of what a rule finds; each is told in words."""
    violations = list(check(frame, codebook))
    for *_, message in violations:
        assert len(message.split()) > 2, message
        assert "None" not in message
    return [(int(position), column, value) for position, column, value, _ in violations]


def dates(*rows: Sequence[str | None], **columns: Sequence[object]) -> pd.DataFrame:
    frame = pd.DataFrame(rows, columns=["created", "created_earliest", "created_latest"]).apply(pd.to_datetime)
    return frame.assign(**columns)


@pytest.mark.parametrize(
    ("row", "expected"),
    [
        ((DAY, DAY, DAY), []),
        ((None, "2019-05-01", "2019-05-03"), []),
        (("2019-05-01", "2019-05-01", "2019-05-03"), []),
        (("2019-05-03", "2019-05-01", "2019-05-03"), []),
        (("2019-04-30", "2019-05-01", "2019-05-03"), [(0, "created", "2019-04-30")]),
        (("2019-05-04", "2019-05-01", "2019-05-03"), [(0, "created", "2019-05-04")]),
        ((None, "2019-05-03", "2019-05-01"), [(0, "created_earliest", "2019-05-03")]),
    ],
)
def test_a_day_lies_between_its_bounds(row: tuple[str | None, ...], expected: Found, codebook: Codebook) -> None:
    assert found(rules.dates_agree, dates(row), codebook) == expected


@pytest.mark.parametrize(
    ("days", "expected"),
    [
        # issues 3, 1, 2 of a repository, in this order of rows
        (["2019-05-03", "2019-05-01", "2019-05-02"], []),
        (["2019-05-01", "2019-05-01", "2019-05-01"], []),
        (["2019-05-02", "2019-05-04", "2019-05-05"], [(0, "created_latest", "2019-05-02"), (1, "created_earliest", "2019-05-04"),
                                                      (2, "created_earliest", "2019-05-05")]),
        (["2019-05-03", "2017-09-06", "2019-05-02"], [(1, "created_earliest", "2017-09-06")]),
        (["2019-05-03", "2017-09-07", "2019-05-02"], []),
        (["2999-01-01", "2019-05-01", "2019-05-02"], [(0, "created_latest", "2999-01-01")]),
    ],
)  # fmt: skip
def test_issues_are_opened_in_the_order_of_their_numbers(days: list[str], expected: Found, codebook: Codebook) -> None:
    frame = dates(*[(day, day, day) for day in days], issue=["a/b#3", "a/b#1", "a/b#2"])
    assert found(rules.opened_in_order, frame, codebook) == expected
    keyed = frame.drop(columns="issue").assign(repository="a/b", number=[3, 1, 2])
    assert found(rules.opened_in_order, keyed, codebook) == expected


def test_tomorrow_is_not_the_future_where_it_is_tomorrow_already(codebook: Codebook) -> None:
    today = pd.Timestamp.now("UTC").tz_localize(None).normalize()
    for days, count in ((1, 0), (2, 1)):
        day = f"{today + pd.Timedelta(days=days):%Y-%m-%d}"
        assert len(found(rules.opened_in_order, dates((day, day, day), issue=["a/b#1"]), codebook)) == count


def test_repositories_number_their_issues_apart_and_bounds_may_overlap(codebook: Codebook) -> None:
    apart = dates((DAY, DAY, DAY), ("2018-01-01",) * 3, issue=["a/b#1", "c/d#2"])
    assert found(rules.opened_in_order, apart, codebook) == []
    overlapping = dates(
        (None, "2019-05-01", "2019-05-09"), (None, "2019-05-01", "2019-05-02"), issue=["a/b#1", "a/b#2"]
    )
    assert found(rules.opened_in_order, overlapping, codebook) == []


@pytest.mark.parametrize(
    ("sample", "latest", "count"),
    [("issta24", "2023-07-07", 0), ("issta24", "2023-07-08", 1), ("later", "2023-07-08", 0)],
)
def test_the_study_collected_nothing_later(sample: str, latest: str, count: int, codebook: Codebook) -> None:
    frame = dates((None, DAY, latest), sample=[sample])
    assert found(rules.collected_after, frame, codebook) == [(0, "created_latest", latest)] * count


@pytest.mark.parametrize(
    ("cause", "detail", "sound"),
    [
        ("incompatibility", "external", True),
        ("incompatibility", None, True),
        ("incompatibility", "no such detail", False),
        ("shape_problem", "external", False),
        ("shape_problem", None, True),
    ],
)
def test_a_detail_is_one_of_its_cause(cause: str, detail: str | None, sound: bool, codebook: Codebook) -> None:
    frame = pd.DataFrame({"cause": [cause], "cause_detail": [detail]})
    expected = [] if sound else [(0, "cause_detail", str(detail))]
    assert found(rules.detail_belongs_to_cause, frame, codebook) == expected


@pytest.mark.parametrize(
    ("dimension", "code", "sound"),
    [
        ("symptom", "crash", True),
        ("symptom", "typo", False),  # a cause
        ("cause", "typo", True),
        ("location", "node_conversion", True),
        ("cause_detail", "external", True),
        ("cause_detail", "none", True),  # a detail that was taken back
        ("symptom", "none", False),
        ("severity", "crash", False),
    ],
)
def test_a_rating_is_a_code_of_its_dimension(dimension: str, code: str, sound: bool, codebook: Codebook) -> None:
    frame = pd.DataFrame({"dimension": [dimension], "code": [code]})
    assert found(rules.code_of_dimension, frame, codebook) == ([] if sound else [(0, "code", code)])


@pytest.mark.parametrize(
    ("status", "reason", "sound"),
    [("active", None, True), ("active", "why", False), ("deprecated", None, False), ("deprecated", "why", True)],
)
def test_what_is_left_out_says_why_and_nothing_else_does(
    status: str, reason: str | None, sound: bool, codebook: Codebook
) -> None:
    frame = pd.DataFrame({"status": [status], "status_reason": [reason]})
    assert found(rules.deprecated_for_a_reason, frame, codebook) == (
        [] if sound else [(0, "status_reason", reason or "")]
    )


@pytest.mark.parametrize(
    ("revisions", "expected"),
    [([1, 2, 3], []), ([3, 1, 2], []), ([1, 3], [(1, "revision", "3")]), ([2], [(0, "revision", "2")]),
     ([1, 1], [(1, "revision", "1")]), ([0, 1], [(0, "revision", "0"), (1, "revision", "1")])],
)  # fmt: skip
def test_revisions_of_a_rating_count_from_one(revisions: list[int], expected: Found, codebook: Codebook) -> None:
    about = {"sample": "s", "round": "r", "issue": "a/b#1", "rater": "ann", "dimension": "cause"}
    frame = pd.DataFrame([about | {"revision": revision} for revision in revisions])
    assert found(rules.revisions_count_up, frame, codebook) == expected
    for column in about:  # another rating's revisions are its own
        other = pd.concat([frame, frame.assign(**{column: "other"})], ignore_index=True)
        assert len(found(rules.revisions_count_up, other, codebook)) == 2 * len(expected)


def test_a_place_in_the_population_is_one_issues_alone(codebook: Codebook) -> None:
    frame = pd.DataFrame(
        {"sample": ["s", "s", "t", "s", "s", "s"], "converter": ["a", "a", "a", "b", "a", "a"],
         "population_rank": pd.array([5, 5, 5, 5, None, None], dtype="Int64")}
    )  # fmt: skip
    assert found(rules.issue_of_converter_once, frame, codebook) == [(1, "population_rank", "5")]


@pytest.mark.parametrize(("count", "sound"), [(0, True), (7, True), (8, False)])
def test_no_part_is_more_than_its_whole(count: int, sound: bool, codebook: Codebook) -> None:
    frame = pd.DataFrame({"count": [1, count], "total": [7, 7]})
    assert found(rules.part_of_total, frame, codebook) == ([] if sound else [(1, "count", str(count))])
    compared = pd.DataFrame({"mismatched_elements": [None, count], "compared_elements": [7, 7]}, dtype="Int64")
    assert found(rules.part_of_compared, compared, codebook) == (
        [] if sound else [(1, "mismatched_elements", str(count))]
    )


def test_an_operator_set_is_released_once_in_a_source(codebook: Codebook) -> None:
    frame = pd.DataFrame({"source": ["a", "a", "b", "a"], "opset": [9, 9, 9, 10],
                          "released": pd.to_datetime(["2019-01-22", "2019-01-23", "2019-01-24", "2019-05-01"])})  # fmt: skip
    assert found(rules.released_once, frame, codebook) == [(1, "released", "2019-01-23")]


@pytest.mark.parametrize(
    ("printed", "unit", "sound"),
    [("42", "percent", True), ("1e-7", "threshold", True), ("N/A", "count", True), ("archived", "count", True),
     ("42 %", "percent", False), ("n/a", "count", False), ("", "count", False),
     ("a; b", "ranking", True), ("rejected", "verdict", True), ("2023-01-06", "date", True), ("a; b", "count", False)],
)  # fmt: skip
def test_what_is_printed_as_a_number_is_one(printed: str, unit: str, sound: bool, codebook: Codebook) -> None:
    frame = pd.DataFrame({"published": [printed], "unit": [unit]})
    assert found(rules.printed_number, frame, codebook) == ([] if sound else [(0, "published", printed)])


INF, NONE = np.inf, np.nan


@pytest.mark.parametrize(
    ("kind", "reported", "absolute", "relative", "sound"),
    [
        ("finite", "match", 1e-3, 1.0, True),  # at the tolerance
        ("finite", "match", 1.1e-3, 1.0, False),
        ("finite", "match", 1e30, 1e-3, True),  # large outputs that differ by little of their size
        ("finite", "match", 1e30, 1.1e-3, False),
        ("finite", "match", 1e30, NONE, False),
        ("finite", "mismatch", 1e30, 1.0, True),
        ("finite", "match", INF, 0.0, False),
        ("finite", "match", NONE, NONE, False),
        ("infinite", "mismatch", INF, NONE, True),
        ("infinite", "mismatch", 5.0, NONE, False),
        ("infinite", "mismatch", NONE, NONE, False),
        ("nan", "match", NONE, NONE, True),
        ("nan", "match", 5.0, NONE, False),
        ("unrecorded", "match", NONE, NONE, True),
        ("unrecorded", "match", INF, NONE, False),
        (None, "exception", NONE, NONE, True),
        (None, "exception", 0.0, NONE, False),
    ],
)
def test_a_study_records_the_difference_that_it_reports(  # noqa: PLR0917 - five cells and their verdict
    kind: str | None, reported: str, absolute: float, relative: float, sound: bool, codebook: Codebook
) -> None:
    frame = pd.DataFrame(
        {"difference": [kind], "reported": [reported], "max_abs_diff": [absolute], "max_rel_diff": [relative]}
    )
    value = "" if np.isnan(absolute) else f"{absolute:g}"
    assert found(rules.differences_agree, frame, codebook) == ([] if sound else [(0, "max_abs_diff", value)])


@pytest.mark.parametrize(
    ("kind", "absolute", "sound"),
    [
        ("finite", 0.0, True),
        ("finite", NONE, False),
        ("finite", INF, False),
        ("infinite", NONE, True),  # nothing but infinite elements differs
        ("infinite", 5.0, True),
        ("infinite", INF, False),
        ("nan", NONE, True),
        ("nan", 5.0, False),
        (None, NONE, True),
        (None, 0.0, False),
    ],
)
def test_a_campaign_leaves_infinite_elements_out_of_the_largest_difference(
    kind: str | None, absolute: float, sound: bool, codebook: Codebook
) -> None:
    frame = pd.DataFrame({"difference": [kind], "max_abs_diff": [absolute]})
    value = "" if np.isnan(absolute) else f"{absolute:g}"
    assert found(rules.finite_differences_agree, frame, codebook) == ([] if sound else [(0, "max_abs_diff", value)])


def test_a_converter_has_one_repository(codebook: Codebook) -> None:
    frame = pd.DataFrame({"issue": ["a/b#1", "a/b#2", "c/d#3", "c/d#1"], "converter": ["x", "x", "x", "y"]})
    assert found(rules.repository_of_converter, frame, codebook) == [(2, "issue", "c/d#3")]


@pytest.mark.parametrize(
    ("evidence", "stands", "sound"),
    [
        (("exception", "convert", "other", None), "conversion_failure", True),
        (("exception", "convert", "other", None), "success", False),
        (("exception", "convert", None, None), "conversion_failure", False),  # follows from nothing
        (("match", None, None, "finite"), "success", True),
        (("match", None, None, None), "success", False),
    ],
)
def test_an_outcome_follows_from_its_evidence(
    evidence: tuple[str | None, ...], stands: str, sound: bool, codebook: Codebook
) -> None:
    frame = pd.DataFrame([evidence], columns=["reported", "error_stage", "error_class", "difference"]).assign(
        outcome=stands
    )
    assert found(rules.outcome_follows_evidence, frame, codebook) == ([] if sound else [(0, "outcome", stands)])


def test_a_fault_names_the_row_as_an_editor_counts_it(codebook: Codebook) -> None:
    rule = next(rule for rule in RULES if rule.check is rules.part_of_total)
    frame = pd.DataFrame({"count": [1, 8], "total": [7, 7]})
    (fault,) = rule.faults("table.csv", frame, codebook)
    assert (fault.file, fault.row, fault.column, fault.value, fault.reason) == (
        "table.csv",
        3,
        "count",
        "8",
        rule.reason,
    )


def test_a_rule_leaves_tables_without_its_columns_alone(codebook: Codebook) -> None:
    def never(*_: object) -> None:
        pytest.fail("the table lacks a column")

    check: Callable[..., None] = never
    rule = Rule("conversions-*", RULES[0].reason, check, ("outcome", "reported"))  # type: ignore[arg-type]
    assert list(rule.faults("t", pd.DataFrame({"outcome": ["success"]}), codebook)) == []
    assert rule.applies_to("conversions-2026")
    assert not rule.applies_to("failures")


def test_a_code_that_is_none_is_told_with_those_that_are(codebook: Codebook) -> None:
    frame = pd.DataFrame({"dimension": ["symptom", "colour"], "code": ["x", "crash"]})
    symptom, colour = (message for *_, message in rules.code_of_dimension(frame, codebook))
    assert symptom.startswith("is not a code of symptom; allowed: " + ", ".join(codebook.slugs("symptom")))
    assert colour == "is not a code of colour; allowed: none, the codebook has no such dimension"
