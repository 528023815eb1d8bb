"""The three readings of the commit/PR filter, on timelines made for the purpose, and what must hold for any timeline."""

from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from mining.converters import Converter
from mining.filters import FILTERS, conditions, decide, population_faults
from mining.records import Decision, Event, Issue

REPOSITORY = "onnx/tensorflow-onnx"
CONVERTER = Converter("tf2onnx", REPOSITORY, (), ("question",))
ISSUE = Issue(
    "tf2onnx", f"{REPOSITORY}#1", "2020-01-01T00:00:00Z", "2020-02-01T00:00:00Z", "2020-02-01T00:00:00Z", "closed", "completed",
    "u0", "NONE", "", 0, 0, 5, 0, "true",
)  # fmt: skip


def event(kind: str, position: int = 1, **fields: str) -> Event:
    return Event("tf2onnx", ISSUE.issue, position, kind, "2020-01-02T00:00:00Z", **fields)


def pull(
    kind: str,
    position: int = 1,
    *,
    repository: str = REPOSITORY,
    number: int = 9,
    state: str = "merged",
    will: str = "",
) -> Event:
    return event(
        kind, position, source=f"{repository}#{number}", source_kind="pull_request", source_state=state,
        source_merged=str(state == "merged").lower(), will_close=will,
    )  # fmt: skip


COMMIT = {"commit": "a" * 40, "commit_repository": REPOSITORY}
# events → what each filter answers: kept, first reason
CASES = {
    "nothing": ([], (False, "no_evidence"), (False, "lacks_closed_with_commit"), (False, "no_fix_of_the_repository")),
    "closed by hand": ([event("closed")], (False, "no_evidence"), (False, None), (False, None)),
    "closed with a commit": (
        [event("closed", 3, **COMMIT)],
        (True, "closed_with_commit@3"),
        (False, "lacks_commit_references"),
        (True, "closed_by_commit@3"),
    ),
    "closed with a fork's commit": (
        [event("closed", commit="b", commit_repository="fork/tensorflow-onnx")],
        (True, None),
        (False, None),
        (False, None),
    ),
    "referenced by a commit": (
        [event("referenced", **COMMIT)],
        (True, "commit_references@1"),
        (False, None),
        (False, None),
    ),
    "referenced, commit gone": ([event("referenced")], (False, None), (False, None), (False, None)),
    "closed by a merged pull request": (
        [pull("closed")],
        (False, None),
        (False, None),
        (True, "closed_by_merged_pull_request@1"),
    ),
    "closed by it, opened again, closed by hand": (
        [pull("closed"), event("reopened", 2), event("closed", 3)],
        (False, None),
        (False, None),
        (False, None),
    ),
    "pull request of a namesake fork": (
        [pull("cross_referenced", repository="me/pytorch", will="true")],
        (True, "closed_cross_reference@1"),
        (False, None),
        (False, None),
    ),
    "open pull request": (
        [pull("cross_referenced", state="open", will="true")],
        (False, None),
        (False, None),
        (False, None),
    ),
    "closed issue of the repository": (
        [event("cross_referenced", source=f"{REPOSITORY}#5", source_kind="issue", source_state="closed")],
        (True, "closed_cross_reference@1"),
        (False, None),
        (False, None),
    ),
    "merged pull request that announces to close": (
        [pull("cross_referenced", will="true")],
        (True, None),
        (False, None),
        (True, "merged_pull_request_linked@1"),
    ),
    "merged pull request that only mentions": (
        [pull("cross_referenced", will="false")],
        (True, None),
        (False, None),
        (False, None),
    ),
    "connected": ([pull("connected")], (True, "connected@1"), (False, None), (True, "merged_pull_request_linked@1")),
    "connected, disconnected": (
        [pull("connected"), pull("disconnected", 2)],
        (True, "connected@1"),
        (False, None),
        (False, None),
    ),
    "another one disconnected": (
        [pull("connected"), pull("disconnected", 2, number=8)],
        (True, None),
        (False, None),
        (True, None),
    ),
    "connected, unmerged": ([pull("connected", state="closed")], (True, None), (False, None), (False, None)),
    "after the first hundred": (
        [event("closed", 101, **COMMIT)],
        (False, "evidence_after_first_100@101"),
        (False, None),
        (True, "closed_by_commit@101"),
    ),
    "at the hundredth": (
        [event("closed", 100, **COMMIT)],
        (True, "closed_with_commit@100"),
        (False, None),
        (True, None),
    ),
    "all four": (
        [
            event("closed", 1, **COMMIT),
            event("referenced", 2, **COMMIT),
            pull("cross_referenced", 3),
            pull("connected", 4),
        ],
        (True, "closed_with_commit@1"),
        (True, "closed_with_commit@1"),
        (True, None),
    ),
    "all four, the pull request of another repository": (
        [
            event("closed", 1, **COMMIT),
            event("referenced", 2, **COMMIT),
            pull("cross_referenced", 3, repository="fork/tensorflow-onnx"),
            pull("connected", 4),
        ],
        (True, None),
        (False, "lacks_pull_request_references"),
        (True, None),
    ),
    "all four, but an issue references it": (
        [
            event("closed", 1, **COMMIT),
            event("referenced", 2, **COMMIT),
            event(
                "cross_referenced",
                3,
                source=f"{REPOSITORY}#5",
                source_kind="issue",
                source_state="open",
                will_close="true",
            ),
            pull("connected", 4),
        ],
        (True, None),
        (False, "lacks_pull_request_references"),
        (True, None),
    ),
    "all four, the repository spelt otherwise": (
        [
            event("closed", 1, **COMMIT),
            event("referenced", 2, **COMMIT),
            pull("cross_referenced", 3, repository=REPOSITORY.upper(), will="true"),
        ],
        (True, None),
        (True, None),
        (True, "closed_by_commit@1"),
    ),
    "merged pull request of another repository connected": (
        [pull("connected", repository="fork/tensorflow-onnx")],
        (True, None),
        (False, None),
        (False, "no_fix_of_the_repository"),
    ),
    "closed by a merged pull request of another repository": (
        [pull("closed", repository="fork/tensorflow-onnx")],
        (False, None),
        (False, None),
        (False, "no_fix_of_the_repository"),
    ),
    "linked, unlinked under another spelling, linked again": (
        [pull("connected"), pull("disconnected", 2, repository=REPOSITORY.upper()), pull("connected", 3)],
        (True, None),
        (False, None),
        (True, "merged_pull_request_linked@3"),
    ),
    "duplicate": (
        [event("marked_as_duplicate"), event("closed", 2, **COMMIT)],
        (True, None),
        (False, None),
        (False, "marked_as_duplicate@1"),
    ),
    "duplicate, withdrawn": (
        [event("marked_as_duplicate"), event("unmarked_as_duplicate", 2), event("closed", 3, **COMMIT)],
        (True, None),
        (False, None),
        (True, None),
    ),
    "turned into a discussion": (
        [event("closed", 1, **COMMIT), event("converted_to_discussion", 2)],
        (True, None),
        (False, None),
        (False, "converted_to_discussion@2"),
    ),
}


@pytest.mark.parametrize("case", CASES)
def test_readings_of_the_filter(case):
    events, *expected = CASES[case]
    for name, (kept, reason) in zip(("archive", "paper", "strict"), expected, strict=True):
        found, reasons = FILTERS[name](ISSUE, events, CONVERTER)
        assert (name, found) == (name, kept)
        assert reasons
        if reason:
            assert reasons[0] == reason


@pytest.mark.parametrize(
    ("change", "reason"),
    [({"state_reason": "not_planned"}, "closed_as_not_planned"), ({"state_reason": "duplicate"}, "closed_as_duplicate"),
     ({"timeline_complete": "false"}, "timeline_incomplete")],
)  # fmt: skip
def test_strict_drops(change, reason):
    assert FILTERS["strict"](replace(ISSUE, **change), [event("closed", **COMMIT)], CONVERTER) == (False, [reason])


@pytest.mark.parametrize(
    ("change", "converter", "reasons"),
    [
        ({}, CONVERTER, []),
        ({"state": "open"}, CONVERTER, ["not_closed"]),
        ({"labels": "bug|Question"}, CONVERTER, ["excluded_label"]),
        ({"labels": "bug"}, Converter("c", REPOSITORY, ("module: onnx",)), ["converter_label_missing"]),
        ({"labels": "module: onnx"}, Converter("c", REPOSITORY, ("module: onnx", "other")), []),
        # GitHub's labels don't distinguish case
        ({"labels": "Module: ONNX"}, Converter("c", REPOSITORY, ("module: onnx",)), []),
        ({"labels": "module: onnx"}, Converter("c", REPOSITORY, ("Module: ONNX",)), []),
        ({"labels": "question"}, Converter("c", REPOSITORY, (), ("QUESTION",)), ["excluded_label"]),
        ({"state": "open", "labels": "question"}, CONVERTER, ["not_closed", "excluded_label"]),
        ({}, Converter("c", REPOSITORY, since=ISSUE.created), []),
        ({}, Converter("c", REPOSITORY, since="2020-01-02"), ["opened_before_since"]),
        ({}, Converter("c", REPOSITORY, since="2020-01-01"), []),
    ],
)
def test_population(change, converter, reasons):
    assert population_faults(replace(ISSUE, **change), converter) == reasons


events_strategy = st.lists(
    st.builds(
        lambda kind, commit, repository, state, will, source: event(
            kind, commit="c" if commit else "", commit_repository=repository, source=f"{repository}#{source}",
            source_kind="pull_request", source_state=state, source_merged=str(state == "merged").lower(), will_close=will),
        st.sampled_from(["closed", "reopened", "referenced", "cross_referenced", "connected", "disconnected", "labeled"]),
        st.booleans(), st.sampled_from([REPOSITORY, "me/pytorch", "x/y"]), st.sampled_from(["open", "closed", "merged"]),
        st.sampled_from(["true", "false", ""]), st.integers(1, 3),
    ),
    max_size=130,
).map(lambda events: [replace(entry, position=place) for place, entry in enumerate(events, start=1)])  # fmt: skip


@given(events_strategy)
def test_archive_never_looks_past_the_hundredth_entry(events):
    kept, _ = FILTERS["archive"](ISSUE, events, CONVERTER)
    assert kept == FILTERS["archive"](ISSUE, events[:100], CONVERTER)[0]


@given(events_strategy)
def test_paper_implies_archive_within_a_hundred_entries(events):
    events = events[:100]
    if FILTERS["paper"](ISSUE, events, CONVERTER)[0]:
        assert FILTERS["archive"](ISSUE, events, CONVERTER)[0]


@given(events_strategy)
def test_strict_evidence_is_of_the_repository(events):
    kept, reasons = FILTERS["strict"](ISSUE, events, CONVERTER)
    if kept:
        places = [int(reason.partition("@")[2]) for reason in reasons]
        assert all(events[place - 1].source_repository == REPOSITORY for place in places)


@given(events_strategy, st.integers(0, 130))
def test_entries_of_other_kinds_change_no_filter_but_by_position(events, place):
    more = [*events[:place], event("labeled", label="x"), *events[place:]]
    for name in ("paper", "strict"):
        assert FILTERS[name](ISSUE, events, CONVERTER)[0] == FILTERS[name](ISSUE, more, CONVERTER)[0]


@given(events_strategy)
def test_conditions_name_the_first_entry(events):
    for name, position in conditions(ISSUE, events).items():
        assert position == 0 or not conditions(ISSUE, events[: position - 1])[name]


def test_every_filter_drops_what_is_outside_the_population():
    decisions = decide(
        [replace(ISSUE, state="open")], {("tf2onnx", ISSUE.issue): [event("closed", **COMMIT)]}, {"tf2onnx": CONVERTER}
    )
    assert [(entry.filter, entry.kept, entry.reasons) for entry in decisions] == [
        (name, "false", "not_closed") for name in ("population", "archive", "paper", "strict")
    ]


def test_each_filter_decides_by_the_issues_own_timeline():
    other = replace(ISSUE, issue=f"{REPOSITORY}#2")
    events = {("tf2onnx", ISSUE.issue): [event("closed", **COMMIT)], ("torch.onnx", other.issue): [event("connected")]}
    decisions = decide([other, ISSUE, replace(ISSUE, converter="x")], events, {"tf2onnx": CONVERTER}, ["strict"])
    assert decisions == [
        Decision("tf2onnx", other.issue, "population", "true", "in_population"),
        Decision("tf2onnx", other.issue, "strict", "false", "no_fix_of_the_repository"),
        Decision("tf2onnx", ISSUE.issue, "population", "true", "in_population"),
        Decision("tf2onnx", ISSUE.issue, "strict", "true", "closed_by_commit@1"),
    ]


def test_issues_of_unknown_converters_are_left_out():
    assert decide([ISSUE], {}, {}) == []
