"""The GraphQL queries, and what they cost.

One query brings a page of issues with the first hundred entries of each timeline; a second kind goes on with several
long timelines at once, each from its own cursor; a third calls the roll, to see that no issue slipped out of sight while
the list was read. Every kind of timeline entry is asked for, because one of the filters
counts positions among all entries; entries that no filter looks at bring their kind alone.
"""

import hashlib
from collections.abc import Mapping
from typing import Any

EVENT_KINDS: Mapping[str, str] = {
    "ClosedEvent": "closed",
    "ReopenedEvent": "reopened",
    "ReferencedEvent": "referenced",
    "CrossReferencedEvent": "cross_referenced",
    "ConnectedEvent": "connected",
    "DisconnectedEvent": "disconnected",
    "TransferredEvent": "transferred",
    "ConvertedToDiscussionEvent": "converted_to_discussion",
    "MarkedAsDuplicateEvent": "marked_as_duplicate",
    "UnmarkedAsDuplicateEvent": "unmarked_as_duplicate",
    "LabeledEvent": "labeled",
    "UnlabeledEvent": "unlabeled",
    "CommentDeletedEvent": "comment_deleted",
}
"""GraphQL type of a timeline entry that enters the table → its name there (REST's, where REST has one)."""

TIMELINE_PAGE = 100
"""Timeline entries a request, GitHub's maximum."""

# `state` is an enumeration of its own for issues and for pull requests: one name can't stand for both in one selection
_FRAGMENTS = """
fragment Subject on ReferencedSubject {
  __typename
  ... on Issue { number issueState: state repository { nameWithOwner } }
  ... on PullRequest { number pullState: state merged repository { nameWithOwner } }
}
fragment Other on IssueOrPullRequest {
  __typename
  ... on Issue { number issueState: state repository { nameWithOwner } }
  ... on PullRequest { number pullState: state merged repository { nameWithOwner } }
}
fragment Timeline on IssueTimelineItemsConnection {
  totalCount
  pageInfo { hasNextPage endCursor }
  nodes {
    __typename
    ... on Node { id }
    ... on ClosedEvent {
      createdAt actor { login } stateReason
      closer {
        __typename
        ... on Commit { oid repository { nameWithOwner } }
        ... on PullRequest { number pullState: state merged repository { nameWithOwner } }
      }
    }
    ... on ReopenedEvent { createdAt actor { login } }
    ... on ReferencedEvent {
      createdAt actor { login } isCrossRepository isDirectReference
      commit { oid } commitRepository { nameWithOwner }
    }
    ... on CrossReferencedEvent {
      createdAt actor { login } isCrossRepository willCloseTarget source { ...Subject }
    }
    ... on ConnectedEvent { createdAt actor { login } isCrossRepository source { ...Subject } subject { ...Subject } }
    ... on DisconnectedEvent { createdAt actor { login } isCrossRepository source { ...Subject } subject { ...Subject } }
    ... on TransferredEvent { createdAt actor { login } fromRepository { nameWithOwner } }
    ... on ConvertedToDiscussionEvent { createdAt actor { login } discussion { number repository { nameWithOwner } } }
    ... on MarkedAsDuplicateEvent { createdAt actor { login } isCrossRepository canonical { ...Other } }
    ... on UnmarkedAsDuplicateEvent { createdAt actor { login } isCrossRepository canonical { ...Other } }
    ... on LabeledEvent { createdAt actor { login } label { name } }
    ... on UnlabeledEvent { createdAt actor { login } label { name } }
    ... on CommentDeletedEvent { createdAt actor { login } }
  }
}
"""

ISSUES = (
    """
query Issues(
  $owner: String!, $name: String!, $states: [IssueState!], $labels: [String!], $since: DateTime,
  $first: Int!, $after: String, $items: Int!
) {
  rateLimit { cost limit remaining resetAt }
  repository(owner: $owner, name: $name) {
    nameWithOwner
    anyState: issues(labels: $labels) { totalCount }
    issues(
      first: $first, after: $after, states: $states, labels: $labels, filterBy: { since: $since },
      orderBy: { field: CREATED_AT, direction: ASC }
    ) {
      totalCount
      pageInfo { hasNextPage endCursor }
      nodes {
        id number title body state stateReason(enableDuplicate: true) createdAt closedAt updatedAt
        author { login } authorAssociation
        repository { nameWithOwner }
        labels(first: 100) { nodes { name } }
        comments { totalCount }
        reactions { totalCount }
        timelineItems(first: $items) { ...Timeline }
      }
    }
  }
}
"""
    + _FRAGMENTS
)

ROLL_CALL = """
query RollCall(
  $owner: String!, $name: String!, $states: [IssueState!], $labels: [String!], $since: DateTime,
  $first: Int!, $after: String
) {
  rateLimit { cost limit remaining resetAt }
  repository(owner: $owner, name: $name) {
    issues(
      first: $first, after: $after, states: $states, labels: $labels, filterBy: { since: $since },
      orderBy: { field: CREATED_AT, direction: ASC }
    ) {
      totalCount
      pageInfo { hasNextPage endCursor }
      nodes { id number }
    }
  }
}
"""

COUNT = """
query Count($owner: String!, $name: String!, $states: [IssueState!], $labels: [String!], $since: DateTime) {
  rateLimit { cost limit remaining resetAt }
  repository(owner: $owner, name: $name) {
    nameWithOwner
    issues(states: $states, labels: $labels, filterBy: { since: $since }) { totalCount }
  }
}
"""

_CONTENT = """
fragment Content on Issue {
  number title body createdAt closedAt updatedAt author { login } repository { nameWithOwner }
  comments(first: 100, after: $after) {
    totalCount
    pageInfo { hasNextPage endCursor }
    nodes { id createdAt body author { login } authorAssociation }
  }
}
"""


def timelines_query(count: int) -> str:
    """Return the query for the next page of `count` timelines: variables ``$id0``, ``$after0``, …, ``$items``."""
    numbers = range(count)
    variables = ", ".join(f"$id{n}: ID!, $after{n}: String" for n in numbers)
    fields = "\n".join(
        f"  i{n}: node(id: $id{n}) {{ ... on Issue {{ id updatedAt"
        f" timelineItems(first: $items, after: $after{n}) {{ ...Timeline }} }} }}"
        for n in numbers
    )
    return (
        f"\nquery Timelines({variables}, $items: Int!) {{\n  rateLimit {{ cost limit remaining resetAt }}\n{fields}\n}}\n"
        + _FRAGMENTS
    )


def asked_timelines(variables: Mapping[str, Any]) -> dict[str, str]:
    """Return alias → issue of what a query of `timelines_query` with these variables asks for."""
    return {f"i{name[2:]}": value for name, value in variables.items() if name.startswith("id")}


def contents_query(count: int) -> str:
    """Return the query for texts of `count` issues: ``$owner0``, ``$name0``, ``$number0``, …, ``$after``."""
    numbers = range(count)
    variables = ", ".join(f"$owner{n}: String!, $name{n}: String!, $number{n}: Int!" for n in numbers)
    fields = "\n".join(
        f"  i{n}: repository(owner: $owner{n}, name: $name{n}) {{ issue(number: $number{n}) {{ ...Content }} }}"
        for n in numbers
    )
    return (
        f"\nquery Contents({variables}, $after: String) {{\n  rateLimit {{ cost limit remaining resetAt }}\n{fields}\n}}\n"
        + _CONTENT
    )


def query_hash(query: str) -> str:
    """Return the SHA-256 of a query's text, which the archive keeps beside every answer."""
    return hashlib.sha256(query.encode()).hexdigest()


def page_points(first: int) -> int:
    """Return the rate-limit points of a page of `first` issues.

    GitHub's rule: the number of requests that the connections stand for (one for the page, and for each issue one for
    its labels and one for its timeline), divided by 100 and rounded, at least 1. Source: GitHub documentation, "Rate
    limits and query limits for the GraphQL API", section "Predicting the point value of a query".
    """
    return max(1, round((1 + 2 * first) / 100))
