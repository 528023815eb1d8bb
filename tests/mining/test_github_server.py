"""The stand-in itself: it refuses what GitHub's schema refuses, and holds what the tests rely on."""

import pytest
from graphql import parse, validate

from demo.github_server.execution import Execution
from demo.github_server.population import OTHER_KINDS, TABLE_KINDS, generate
from demo.github_server.schema import load_schema
from mining.github.queries import COUNT, EVENT_KINDS, ISSUES, contents_query, query_hash, timelines_query

pytestmark = pytest.mark.usefixtures("schema")


@pytest.mark.parametrize(
    "query",
    [ISSUES.replace("closedAt", "closedOn"), ISSUES.replace("$after: String", "$after: Int"), "{", "query { nothing }"],
)
def test_queries_that_the_schema_refuses_are_refused(query, small):
    answer = Execution(small).run(query, {"owner": "onnx", "name": "tensorflow-onnx", "first": 1, "items": 1})
    assert "data" not in answer
    assert answer["errors"]


@pytest.mark.parametrize("query", [ISSUES, COUNT, timelines_query(1), timelines_query(25), contents_query(20)])
def test_the_projects_queries_are_valid(query):
    assert validate(load_schema(), parse(query)) == []
    assert len(query_hash(query)) == 64


def test_every_kind_of_entry_is_the_schemas():
    union = {kind.name for kind in load_schema().get_type("IssueTimelineItems").types}
    assert set(EVENT_KINDS) | set(OTHER_KINDS) <= union
    assert set(EVENT_KINDS) == set(TABLE_KINDS)


def test_populations_are_reproducible_and_varied():
    first, second = (generate(3, {"a/b": 400}) for _ in range(2))
    assert repr(first) == repr(second)  # a connection names its own issue: comparing the nodes would not end
    lengths = [len(issue["timelineItems"]) for issue in first.repositories["a/b"]]
    assert min(lengths) == 0
    assert 100 < max(lengths) <= 350
    kinds = {entry["__typename"] for issue in first.repositories["a/b"] for entry in issue["timelineItems"] if entry}
    assert kinds == set(TABLE_KINDS) | set(OTHER_KINDS)


def test_pages_hold_a_hundred_at_most(small):
    variables = {"owner": "onnx", "name": "tensorflow-onnx", "first": 101, "items": 1}
    assert "exceeds" in Execution(small).run(ISSUES, variables)["errors"][0]["message"]
