"""Whatever passes the check of an answer can be stored, replayed and derived; whatever doesn't is refused with its place."""

import copy
import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from demo.github_server.execution import Execution
from demo.github_server.population import generate
from mining.github.answers import BadAnswer, check_count, check_issues, check_roll_call, check_timelines
from mining.github.queries import COUNT, ISSUES, ROLL_CALL, asked_timelines, timelines_query
from mining.github.round_state import RoundState
from mining.timeline_rows import event_rows, issue_row

NAME = "onnx/tensorflow-onnx"
LISTING = {"owner": "onnx", "name": "tensorflow-onnx", "states": None, "labels": None, "since": None}
JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=5) | st.sampled_from(["²", "OPEN", "\ud83d", "a/b"]),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.sampled_from(["id", "nodes", "login", "x"]), inner, max_size=3),
    max_leaves=6,
)  # fmt: skip


@pytest.fixture(scope="module")
def answers(schema):
    """One good answer of each kind."""
    execution = Execution(generate(2, {NAME: 6}, lengths=[101, 40, 40]))
    issues = execution.run(ISSUES, {**LISTING, "first": 5, "after": None, "items": 100})
    listed = [node["id"] for node in issues["data"]["repository"]["issues"]["nodes"]]
    variables = {"items": 100, "id0": listed[0], "after0": "cursor:100", "id1": listed[1], "after1": None}
    return {
        "issues": (issues, {"after": None}),
        "timelines": (execution.run(timelines_query(2), variables), variables),
        "roll": (execution.run(ROLL_CALL, {**LISTING, "first": 3, "after": None}), {}),
        "count": (execution.run(COUNT, LISTING), {}),
    }


def check(kind, body, variables):
    if kind == "timelines":
        check_timelines(body, asked_timelines(variables))
    else:
        {"issues": check_issues, "roll": check_roll_call, "count": check_count}[kind](body)


def spots(value):
    for key in value if isinstance(value, dict) else range(len(value)) if isinstance(value, list) else ():
        yield value, key
        yield from spots(value[key])


@pytest.mark.parametrize("kind", ["issues", "timelines", "roll", "count"])
def test_a_good_answer_passes(kind, answers):
    check(kind, *answers[kind])


@pytest.mark.parametrize("kind", ["issues", "timelines", "roll", "count"])
@given(place=st.floats(0, 1, exclude_max=True), value=JSON, remove=st.booleans())
def test_a_spoilt_answer_is_refused_or_does_no_harm(kind, place, value, remove, answers):
    body, variables = copy.deepcopy(answers[kind])
    found = list(spots(body["data"]))
    box, key = found[int(place * len(found))]
    if remove:
        del box[key]
    else:
        box[key] = value
    try:
        check(kind, body, variables)
    except BadAnswer as bad:
        assert ": " in str(bad)
        return
    if kind in ("issues", "timelines") and body["data"].get("repository", True):
        derivable(kind, body, variables, answers)


def derivable(kind, body, variables, answers):
    state, times = RoundState(), {"fetched": "2024-05-01T12:00:00Z", "server_date": "2024-05-01T12:00:00Z"}
    first = body if kind == "issues" else answers["issues"][0]
    state.advance({"kind": "issues", "variables": {"after": None}, "answer": first, **times})
    rows = {}
    for node in first["data"]["repository"]["issues"]["nodes"]:
        if node is not None:
            rows[node["id"]] = issue_row("c", node, b"k" * 32)
            event_rows(rows[node["id"]], node["timelineItems"]["nodes"], 1, b"k" * 32)
    if kind == "timelines":
        state.advance({"kind": "timelines", "variables": variables, "answer": body, **times})
        for alias, identifier in asked_timelines(variables).items():
            node = body["data"].get(alias)
            if node:
                event_rows(rows[identifier], node["timelineItems"]["nodes"], 1, b"k" * 32)
    assert json.dumps([timeline.name for timeline in state.timelines.values()])
