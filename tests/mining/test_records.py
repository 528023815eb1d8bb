"""The tables' cells: labels go in and come out, moments are moments, and columns have the types that they are read with."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from mining.records import Event, Issue, Snapshot, column_types, columns, is_moment, join_labels, split_labels
from tests.mining.test_filters import ISSUE


@given(st.lists(st.text(min_size=1, max_size=8) | st.text("ab|\\\n", min_size=1, max_size=5)))
def test_labels_survive_their_cell_whatever_they_hold(labels: list[str]) -> None:
    assert split_labels(join_labels(labels)) == tuple(sorted(set(labels)))


def test_an_issue_knows_its_repository_and_its_place() -> None:
    assert (ISSUE.repository, ISSUE.order) == ("onnx/tensorflow-onnx", ("tf2onnx", "onnx/tensorflow-onnx", 1))
    assert ISSUE.label_names == ()
    event = Event("tf2onnx", ISSUE.issue, 1, "closed", "2020-01-01T00:00:00Z", source="a/b#3")
    assert event.source_repository == "a/b"


@pytest.mark.parametrize(
    ("text", "moment"),
    [
        ("2020-02-29T23:59:59Z", True),
        ("2021-02-29T00:00:00Z", False),
        ("2020-1-01T00:00:00Z", False),
        ("2020-01-01T00:00:00", False),
        ("2020-01-01 00:00:00Z", False),
        ("", False),
    ],
)
def test_moments_are_written_in_one_way(text: str, moment: bool) -> None:
    """Tables sort by their text, which orders moments of one length alone."""
    assert is_moment(text) is moment


def test_numbers_and_moments_are_no_text_to_sql() -> None:
    types = column_types(Issue)
    assert list(types) == columns(Issue)
    assert {name for name, sort in types.items() if sort == "TIMESTAMP"} == {"created", "closed", "updated"}
    numbers = {"comments", "reactions", "timeline_entries", "hidden_entries"}
    assert {name for name, sort in types.items() if sort == "BIGINT"} == numbers
    assert set(types.values()) == {"TIMESTAMP", "BIGINT", "VARCHAR"}
    assert column_types(Snapshot) == {
        "converter": "VARCHAR", "repository": "VARCHAR", "issues_any_state": "BIGINT", "missing": "VARCHAR",
    }  # fmt: skip
