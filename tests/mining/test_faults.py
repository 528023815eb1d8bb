"""Whatever GitHub answers on the way, the tables are those of an undisturbed fetch, and the run's report says what happened."""

import json

import pytest

from datapackage.errors import StudyError
from demo.github_server.faults import Fault, asks
from demo.github_server.server import GitHubServer
from mining.derived_tables import derive
from mining.github.troubles import Trouble
from mining.store_tables import read_issues
from tests.mining.conftest import OTHER_SECRET, SECRET, FakeClock, fetch, new_store, tables

LIMITED = {"errors": [{"type": "RATE_LIMITED", "message": "API rate limit exceeded for user ID 1."}]}
SECONDARY = "You have exceeded a secondary rate limit. Please wait a few minutes before you try again."
WRONG = (
    "Something went wrong while executing your query. This may be the result of a timeout, or it could be a GitHub bug."
)
RESET = str(1714564800 + 600)  # ten minutes after the fake clock's start

CASES = {
    "403 primary": (
        Fault(403, {"X-RateLimit-Remaining": "0", "X-RateLimit-Reset": RESET}, {"message": "API rate limit exceeded"}),
        Trouble.PRIMARY_LIMIT,
        [601],
    ),
    "403 secondary": (Fault(403, {}, {"message": SECONDARY}), Trouble.SECONDARY_LIMIT, [60]),
    "403 secondary with Retry-After": (
        Fault(403, {"Retry-After": "17"}, {"message": SECONDARY}),
        Trouble.SECONDARY_LIMIT,
        [17],
    ),
    "429 with Retry-After": (Fault(429, {"Retry-After": "90"}, {"message": "slow"}), Trouble.SECONDARY_LIMIT, [90]),
    "429 with a date": (
        Fault(429, {"Retry-After": "Wed, 01 May 2024 12:05:00 GMT"}, {}),
        Trouble.SECONDARY_LIMIT,
        [300],
    ),
    "429 without Retry-After": (Fault(429, {}, {"message": "slow"}), Trouble.SECONDARY_LIMIT, [60]),
    "200 RATE_LIMITED": (
        Fault(200, {"X-RateLimit-Remaining": "0", "X-RateLimit-Reset": RESET}, LIMITED),
        Trouble.PRIMARY_LIMIT,
        [601],
    ),
    "200 RATE_LIMITED with null data": (Fault(200, {}, {"data": None, **LIMITED}), Trouble.PRIMARY_LIMIT, [60]),
    "500": (Fault(500), Trouble.SERVER_ERROR, [1]),
    "503 page": (Fault(503, {}, "<html>unicorn</html>"), Trouble.SERVER_ERROR, [1]),
    "502": (Fault(502), Trouble.TOO_LARGE, []),
    "504 page": (Fault(504, {}, "<html>"), Trouble.TOO_LARGE, []),
    "200 something went wrong": (Fault(200, {}, {"data": None, "errors": [{"message": WRONG}]}), Trouble.TOO_LARGE, []),
    "200 resource limit": (
        Fault(200, {}, {"data": {}, "errors": [{"type": "RESOURCE_LIMITS_EXCEEDED", "message": "Resource limits"}]}),
        Trouble.TOO_LARGE,
        [],
    ),
    "no answer": (Fault(delay=4), Trouble.TOO_LARGE, []),
    "connection closed": (Fault(drop=True), Trouble.CONNECTION, [1]),
    "body cut": (Fault(cut=0.5), Trouble.TRUNCATED, [1]),
    "JSON cut": (Fault(200, {}, '{"data": {"repository": {"issues'), Trouble.TRUNCATED, [1]),
    "empty body": (Fault(200, {}, ""), Trouble.TRUNCATED, [1]),
    "not JSON": (Fault(200, {}, "hello"), Trouble.TRUNCATED, [1]),
    "null": (Fault(200, {}, "null"), Trouble.TRUNCATED, [1]),
}


@pytest.fixture(scope="module")
def undisturbed(schema, small, tmp_path_factory):
    folder = new_store(tmp_path_factory.mktemp("undisturbed") / "store")
    with GitHubServer(small) as server:
        fetch(server, folder, FakeClock())
    derive(folder)
    return tables(folder)


@pytest.mark.parametrize("query", ["Issues(", "Timelines("])
@pytest.mark.parametrize("case", CASES)
def test_fault_is_overcome(case, query, serve, small, store, clock, undisturbed):  # noqa: PLR0917 - fixtures
    fault, trouble, waits = CASES[case]
    one = Fault(**{**vars(fault), "when": lambda request: query in request.get("query", "")})
    server = serve(small, [one])
    report = fetch(server, store, clock, timeout=2 if fault.delay else 30)
    derive(store)
    assert tables(store) == undisturbed
    assert report.troubles == {trouble: 1}
    assert clock.waits == pytest.approx(waits)
    assert report.waited == pytest.approx(sum(waits))


def test_limits_without_advice_are_waited_out_longer_each_time(serve, small, store, clock):
    fetch(serve(small, [Fault(429, {}, {"message": "slow"}) for _ in range(4)]), store, clock)
    assert clock.waits == [60, 120, 240, 480]


def test_page_is_halved_on_time_outs_and_grows_again(serve, small, store, clock):
    server = serve(small, [Fault(502), Fault(502)])
    fetch(server, store, clock, page=8)
    sizes = [request["variables"]["first"] for request in server.requests if "Issues(" in request["query"]]
    assert sizes[:3] == [8, 4, 2]
    assert sizes[3:8] == [2, 2, 2, 2, 4]
    assert clock.waits == []


def test_a_single_issue_that_times_out_is_tried_again_then_given_up(serve, small, store, clock, undisturbed):
    server = serve(small, [Fault(502) for _ in range(20)])
    with pytest.raises(StudyError, match="run the command again to continue"):
        fetch(server, store, clock, page=4)
    server.faults.clear()
    fetch(server, store, clock, page=4)
    derive(store)
    assert tables(store) == undisturbed


def test_failing_for_good_leaves_a_store_that_the_next_run_continues(serve, small, store, clock, undisturbed):
    server = serve(small)
    server.on_request = lambda number: server.faults.append(Fault(500, times=7)) if number == 3 else None
    with pytest.raises(StudyError, match="7 tries in a row failed"):
        fetch(server, store, clock)
    asked = len(server.requests)
    fetch(server, store, clock)
    assert server.requests[asked]["variables"]["after"] == "cursor:10"
    derive(store)
    assert tables(store) == undisturbed


def test_hidden_cross_reference_counts_as_an_entry(serve, small, store, clock):
    """GitHub nulls an entry that it may not show and says so in errors beside the data."""

    def hide(body):
        timeline = body["data"]["repository"]["issues"]["nodes"][1]["timelineItems"]
        timeline["nodes"][0] = None
        path = ["repository", "issues", "nodes", 1, "timelineItems", "nodes", 0]
        return {**body, "errors": [{"type": "FORBIDDEN", "message": "no", "path": path}]}

    def hidden(folder, server):
        report = fetch(server, folder, clock)
        derive(folder)
        return report, [issue.hidden_entries for issue in read_issues(folder)]

    _, before = hidden(store, serve(small))
    report, after = hidden(new_store(store.with_name("hidden")), serve(small, [Fault(edit=hide)]))
    assert sum(after) in (sum(before), sum(before) + 1)
    assert after[1] >= 1
    assert report.findings["answers_with_missing_parts"] == 1
    assert report.troubles == {}


def test_issue_listed_twice_counts_once(serve, small, store, clock, undisturbed):
    """The list may move between two pages; what was known of an issue is replaced, further pages of its timeline included."""
    seen = []

    def repeat(body):
        nodes = body["data"]["repository"]["issues"]["nodes"]
        nodes[:0] = seen
        seen[:] = json.loads(json.dumps(nodes))
        return body

    fetch(
        serve(small, [Fault(edit=repeat, when=lambda request: "Issues(" in request["query"]) for _ in range(3)]),
        store,
        clock,
    )
    derive(store)
    assert tables(store) == undisturbed


def test_issue_that_shrank_between_two_listings_is_complete(serve, small, store, clock):
    """Listed again with a timeline that fits its page, an issue has nothing pending any more."""
    pages = []

    def shrink(body):
        nodes = body["data"]["repository"]["issues"]["nodes"]
        if pages:
            again = json.loads(json.dumps(pages[0]))
            for node in again:
                node["timelineItems"] |= {
                    "nodes": [],
                    "totalCount": 0,
                    "pageInfo": {"hasNextPage": False, "endCursor": None},
                }
            nodes[:0] = again
        pages.append(json.loads(json.dumps(nodes)))
        return body

    server = serve(small, [Fault(edit=shrink), Fault(edit=shrink)])
    fetch(server, store, clock)
    derive(store)
    shrunk = {f"onnx/tensorflow-onnx#{node['number']}" for node in pages[0]}
    assert any(node["timelineItems"]["pageInfo"]["hasNextPage"] for node in pages[0])
    assert {issue.timeline_entries for issue in read_issues(store) if issue.issue in shrunk} == {0}
    assert {row.timeline_complete for row in read_issues(store)} == {"true"}
    asked = {
        value for request in server.requests for name, value in request["variables"].items() if name.startswith("id")
    }
    assert not asked & {node["id"] for node in pages[0]}


def test_issue_that_is_not_shown_is_counted_and_missed(serve, small, store, clock):
    def hide(body):
        body["data"]["repository"]["issues"]["nodes"][0] = None
        return {**body, "errors": [{"type": "FORBIDDEN", "message": "no"}]}

    first = [Fault(edit=hide, when=lambda r, kind=kind: asks(kind)(r) and r["variables"]["after"] is None, times=None)
             for kind in ("Issues", "RollCall")]  # fmt: skip
    report = fetch(serve(small, first), store, clock)
    assert derive(store)["hidden_issues"] == 1
    assert report.converters["tf2onnx"]["missing"] == "1 issue listed but not shown to the token"


def test_query_that_the_schema_refuses_is_not_tried_again(serve, small, store, clock):
    body = {"errors": [{"type": "undefinedField", "message": "Field 'x' doesn't exist on type 'Issue'"}]}
    server = serve(small, [Fault(200, {}, body)])
    with pytest.raises(StudyError, match="Field 'x' doesn't exist"):
        fetch(server, store, clock)
    assert len(server.requests) == 1


def test_list_that_does_not_advance_ends_the_run_and_the_next_one_goes_on(serve, small, store, clock, undisturbed):
    def stuck(body):
        body["data"]["repository"]["issues"]["pageInfo"] = {"hasNextPage": True, "endCursor": "cursor:5"}
        return body

    server = serve(small, [Fault(edit=stuck, when=asks("Issues"), times=None)])
    with pytest.raises(StudyError, match=r"doesn't advance.*run the command again"):
        fetch(server, store, clock)
    assert len(list(store.glob("raw/*/*/*.gz"))) == 2  # the first page, again after starting over
    server.faults.clear()
    fetch(server, store, clock)
    derive(store)
    assert tables(store) == undisturbed


def test_redirect_to_another_host_is_refused(serve, small, store, clock):
    with pytest.raises(StudyError, match="--api-url"):
        fetch(serve(small, [Fault(301, {"Location": "http://example.org/graphql"}, {})]), store, clock)


def test_wrong_address_is_told(serve, small, store, clock):
    with pytest.raises(StudyError, match="HTTP 404"):
        fetch(serve(small, [Fault(404, {}, {"message": "Not Found"})]), store, clock)


def test_tokens_rotate_when_one_is_used_up(serve, small, store, clock, undisturbed):
    used_up = Fault(headers={"X-RateLimit-Remaining": "0", "X-RateLimit-Reset": RESET})
    server = serve(small, [used_up])
    fetch(server, store, clock, secrets=(SECRET, OTHER_SECRET))
    used = [request["token"] for request in server.requests]
    assert used[0] == SECRET
    assert set(used[1:]) == {OTHER_SECRET}
    assert clock.waits == []
    derive(store)
    assert tables(store) == undisturbed


def test_both_tokens_used_up_wait_for_the_earlier_reset(serve, small, store, clock):
    later = str(int(RESET) + 300)
    faults = [Fault(headers={"X-RateLimit-Remaining": "0", "X-RateLimit-Reset": reset}) for reset in (later, RESET)]
    server = serve(small, faults)
    fetch(server, store, clock, secrets=(SECRET, OTHER_SECRET))
    assert clock.waits == [601]
    assert server.requests[2]["token"] == OTHER_SECRET


def test_secondary_limit_rests_every_token(serve, small, store, clock):
    fetch(serve(small, [Fault(403, {}, {"message": SECONDARY})]), store, clock, secrets=(SECRET, OTHER_SECRET))
    assert clock.waits == [60]


def test_refused_token_is_left_out_and_the_other_goes_on(serve, small, store, clock):
    server = serve(small, tokens=[OTHER_SECRET])
    report = fetch(server, store, clock, secrets=(SECRET, OTHER_SECRET))
    assert any("token 1 was refused" in warning for warning in report.warnings)
    assert report.converters["tf2onnx"]["outcome"] == "complete"


def test_no_valid_token_is_an_error(serve, small, store, clock):
    with pytest.raises(StudyError, match="refuses every token"):
        fetch(serve(small, tokens=["another-token"]), store, clock)


def test_nothing_listens(store, clock):
    url = type("Closed", (), {"url": "http://127.0.0.1:9"})
    with pytest.raises(
        StudyError, match=r"no connection to 127\.0\.0\.1:9 \(nothing answers at the host's port; 3 tries"
    ):
        fetch(url, store, clock)
    assert clock.waits == [1, 2]
    assert [line.partition(";")[2] for line in clock.said] == [
        " try 2 of 3 in 1 s, at 12:00:01 UTC", " try 3 of 3 in 2 s, at 12:00:03 UTC",
    ]  # fmt: skip
