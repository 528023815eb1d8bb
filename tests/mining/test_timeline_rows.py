"""What a node of GitHub's answers becomes in the tables: every cell, and nothing of who spoke but a pseudonym."""

from typing import Any

import pytest

from mining.pseudonyms import pseudonym
from mining.records import Event, Issue
from mining.timeline_rows import event_rows, issue_row

KEY = b"k" * 32
CREATED, CLOSED, UPDATED = "2024-05-01T12:00:00Z", "2024-05-02T12:00:00Z", "2024-05-03T12:00:00Z"
OWN = {"nameWithOwner": "onnx/tensorflow-onnx"}
ELSEWHERE = {"nameWithOwner": "else/where"}
NODE = {
    "repository": OWN, "number": 7, "createdAt": CREATED, "closedAt": CLOSED, "updatedAt": UPDATED, "state": "CLOSED",
    "stateReason": "NOT_PLANNED", "author": {"login": "Ann"}, "authorAssociation": "MEMBER",
    "labels": {"nodes": [{"name": "bug"}, None, {"name": "a|b"}]}, "comments": {"totalCount": 3}, "reactions": {"totalCount": 4},
    "timelineItems": {"totalCount": 5},
}  # fmt: skip
ISSUE = Issue(
    "tf2onnx", "onnx/tensorflow-onnx#7", CREATED, CLOSED, UPDATED, "closed", "not_planned", pseudonym(KEY, "ann"), "MEMBER",
    r"a\|b|bug", 3, 4, 5, 0, "false",
)  # fmt: skip


def test_an_issues_row_holds_what_its_node_says() -> None:
    assert issue_row("tf2onnx", NODE, KEY) == ISSUE


@pytest.mark.parametrize("labels", [None, {}, {"nodes": None}, {"nodes": []}])
def test_what_an_open_issue_of_a_deleted_account_lacks_is_empty(labels: object) -> None:
    node = NODE | {"closedAt": None, "state": "OPEN", "stateReason": None, "author": None, "labels": labels}
    row = issue_row("tf2onnx", node, KEY)
    assert (row.closed, row.state, row.state_reason, row.author, row.labels) == ("", "open", "", "", "")


def rows(*nodes: dict[str, Any] | None, first: int = 1) -> list[Event]:
    return event_rows(ISSUE, nodes, first, KEY)


def node(kind: str, **more: object) -> dict[str, Any]:
    return {"__typename": kind, "createdAt": CREATED, "actor": {"login": "Bob"}} | more


def event(kind: str, position: int = 1, **more: str) -> Event:
    actor = more.pop("actor", pseudonym(KEY, "bob"))
    return Event("tf2onnx", "onnx/tensorflow-onnx#7", position, kind, CREATED, actor, **more)


def test_positions_count_what_is_hidden_and_what_enters_no_table() -> None:
    found = rows(None, node("IssueComment"), node("ReopenedEvent"), node("CommentDeletedEvent", actor=None), first=101)
    assert found == [event("reopened", 103), event("comment_deleted", 104, actor="")]


def pull(number: int = 9, **more: object) -> dict[str, object]:
    return {
        "__typename": "PullRequest",
        "number": number,
        "repository": ELSEWHERE,
        "pullState": "MERGED",
        "merged": True,
    } | more


def issue(number: int = 8, repository: object = None) -> dict[str, object]:
    return {"__typename": "Issue", "number": number, "repository": repository or OWN, "issueState": "OPEN"}


PULL = {"source": "else/where#9", "source_kind": "pull_request", "source_state": "merged", "source_merged": "true"}
OTHER = {"source": "onnx/tensorflow-onnx#8", "source_kind": "issue", "source_state": "open"}
COMMIT = {"commit": "abc", "commit_repository": "else/where"}


@pytest.mark.parametrize(
    ("given", "wanted"),
    [
        # closed by a commit, by a pull request, by hand
        (node("ClosedEvent", closer={"__typename": "Commit", "oid": "abc", "repository": ELSEWHERE}, stateReason="COMPLETED"),
         event("closed", **COMMIT, state_reason="completed")),
        (node("ClosedEvent", closer=pull(merged=False, pullState="CLOSED"), stateReason=None),
         event("closed", **PULL | {"source_state": "closed", "source_merged": "false"})),
        (node("ClosedEvent", closer=None, stateReason="DUPLICATE"), event("closed", state_reason="duplicate")),
        (node("ClosedEvent", closer={"__typename": "ProjectV2"}, stateReason=None), event("closed")),
        # referenced
        (node("ReferencedEvent", commit={"oid": "abc"}, commitRepository=ELSEWHERE, isCrossRepository=True),
         event("referenced", **COMMIT, cross_repository="true")),
        (node("ReferencedEvent", commit=None, commitRepository=None, isCrossRepository=False),
         event("referenced", cross_repository="false")),
        (node("CrossReferencedEvent", source=pull(), isCrossRepository=True, willCloseTarget=True),
         event("cross_referenced", **PULL, cross_repository="true", will_close="true")),
        (node("CrossReferencedEvent", source=issue(), isCrossRepository=False, willCloseTarget=False),
         event("cross_referenced", **OTHER, cross_repository="false", will_close="false")),
        (node("CrossReferencedEvent", source=None, isCrossRepository=None, willCloseTarget=None), event("cross_referenced")),
        # a connection's other end, whichever way round it was made
        (node("ConnectedEvent", subject=issue(7), source=pull(), isCrossRepository=True),
         event("connected", **PULL, cross_repository="true")),
        (node("DisconnectedEvent", subject=pull(), source=issue(7), isCrossRepository=True),
         event("disconnected", **PULL, cross_repository="true")),
        (node("ConnectedEvent", subject=issue(7), source=issue(7, ELSEWHERE), isCrossRepository=True),
         event("connected", **OTHER | {"source": "else/where#7"}, cross_repository="true")),
        (node("ConnectedEvent", subject=issue(7), source=None, isCrossRepository=False),
         event("connected", cross_repository="false")),
        (node("ConnectedEvent", subject=None, source=None, isCrossRepository=False), event("connected", cross_repository="false")),
        # moved
        (node("TransferredEvent", fromRepository=ELSEWHERE), event("transferred", repository="else/where")),
        (node("TransferredEvent", fromRepository=None), event("transferred")),
        (node("ConvertedToDiscussionEvent", discussion={"number": 5, "repository": OWN}),
         event("converted_to_discussion", source="onnx/tensorflow-onnx#5", source_kind="discussion")),
        (node("ConvertedToDiscussionEvent", discussion=None), event("converted_to_discussion")),
        (node("MarkedAsDuplicateEvent", canonical=issue()), event("marked_as_duplicate", **OTHER)),
        (node("UnmarkedAsDuplicateEvent", canonical=pull()), event("unmarked_as_duplicate", **PULL)),
        (node("LabeledEvent", label={"name": "Bug"}), event("labeled", label="Bug")),
        (node("UnlabeledEvent", label=None), event("unlabeled")),
    ],
)  # fmt: skip
def test_an_events_row_holds_what_its_node_says(given: dict[str, Any], wanted: Event) -> None:
    assert rows(given) == [wanted]


def test_another_end_that_github_does_not_show_has_no_name() -> None:
    hidden = {"__typename": "Issue"}
    (row,) = rows(node("MarkedAsDuplicateEvent", canonical=hidden))
    assert (row.source, row.source_kind, row.source_state, row.source_merged) == ("", "issue", "", "")
