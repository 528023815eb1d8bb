"""From GitHub's answers to rows: pure functions of one node each."""

from collections.abc import Mapping, Sequence
from typing import Any

from mining.github.queries import EVENT_KINDS
from mining.pseudonyms import pseudonym
from mining.records import Event, Issue, join_labels

Node = Mapping[str, Any]


def issue_row(converter: str, node: Node, key: bytes) -> Issue:
    """Return the row of an issue from its node in a page of issues; `timeline_complete` is decided later."""
    return Issue(
        converter=converter,
        issue=f"{node['repository']['nameWithOwner']}#{node['number']}",
        created=node["createdAt"],
        closed=node["closedAt"] or "",
        updated=node["updatedAt"],
        state=node["state"].lower(),
        state_reason=(node["stateReason"] or "").lower(),
        author=pseudonym(key, (node["author"] or {}).get("login")),
        author_association=node["authorAssociation"],
        labels=join_labels([label["name"] for label in (node["labels"] or {}).get("nodes") or [] if label]),
        comments=node["comments"]["totalCount"],
        reactions=node["reactions"]["totalCount"],
        timeline_entries=node["timelineItems"]["totalCount"],
        hidden_entries=0,
        timeline_complete="false",
    )


def event_rows(issue: Issue, nodes: Sequence[Node | None], first: int, key: bytes) -> list[Event]:
    """Return the rows of those timeline entries that enter the table.

    Parameters
    ----------
    issue : Issue
        Whose timeline.
    nodes : sequence
        Entries in order; None where GitHub hides one.
    first : int
        Position of the first of them, from 1.
    key : bytes
        For pseudonyms.
    """
    return [
        _event_row(issue, node, position, key)
        for position, node in enumerate(nodes, start=first)
        if node is not None and node["__typename"] in EVENT_KINDS
    ]


def _event_row(issue: Issue, node: Node, position: int, key: bytes) -> Event:
    commit = node.get("commit") or {}
    closer = node.get("closer") or {}
    other = _other_end(issue, node)
    if closer.get("__typename") == "Commit":
        commit, commit_repository = closer, closer["repository"]
    else:
        commit_repository = node.get("commitRepository") or {}
    if closer.get("__typename") == "PullRequest":
        other = closer
    return Event(
        converter=issue.converter,
        issue=issue.issue,
        position=position,
        event=EVENT_KINDS[node["__typename"]],
        created=node["createdAt"],
        actor=pseudonym(key, (node.get("actor") or {}).get("login")),
        commit=commit.get("oid") or "",
        commit_repository=commit_repository.get("nameWithOwner") or "",
        source=_name(other),
        source_kind=_kind(node, other),
        source_state=_state(other),
        source_merged=_flag(other.get("merged")),
        cross_repository=_flag(node.get("isCrossRepository")),
        will_close=_flag(node.get("willCloseTarget")),
        label=(node.get("label") or {}).get("name") or "",
        state_reason=(node.get("stateReason") or "").lower(),
        repository=(node.get("fromRepository") or {}).get("nameWithOwner") or "",
    )


def _other_end(issue: Issue, node: Node) -> Node:
    """Return the other issue, pull request or discussion of an event.

    A connection names both ends, and which of them is called source depends on where it was made: take the one that
    isn't the issue itself.
    """
    if "subject" in node:
        ends = [end for end in (node["subject"], node.get("source")) if end and _name(end) != issue.issue]
        return ends[0] if ends else {}
    return node.get("source") or node.get("canonical") or node.get("discussion") or {}


def _name(other: Node) -> str:
    return f"{other['repository']['nameWithOwner']}#{other['number']}" if other.get("number") is not None else ""


def _kind(node: Node, other: Node) -> str:
    if not other:
        return ""
    if node["__typename"] == "ConvertedToDiscussionEvent":
        return "discussion"
    return "pull_request" if other.get("__typename") == "PullRequest" else "issue"


def _state(other: Node) -> str:
    return str(other.get("pullState") or other.get("issueState") or "").lower()


def _flag(value: bool | None) -> str:
    return "" if value is None else str(value).lower()
