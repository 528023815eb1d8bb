"""The rows of the derived tables: an issue, and an event of its timeline.

Nothing here holds a title, a body or a login; those stay in the raw archive.
"""

import datetime as dt
import re
from collections.abc import Mapping
from dataclasses import dataclass, fields

from datapackage.issues import parse_issue

SEPARATOR = "|"
"""Between labels in one cell; a label's own ``|`` and ``\\`` are written ``\\|`` and ``\\\\``."""


@dataclass(slots=True)
class Event:
    """One event; the columns of ``events``, key converter, issue, position.

    Attributes
    ----------
    converter, issue : str
        Whose; `issue` as ``owner/repository#number``.
    position : int
        Place in the whole timeline, comments and all other entries counted, from 1.
    event : str
        Kind, see `mining.github.queries.EVENT_KINDS`.
    created : str
        When, UTC, ``YYYY-MM-DDTHH:MM:SSZ``.
    actor : str
        Pseudonym; empty for a deleted account.
    commit, commit_repository : str
        The commit that closed or referenced the issue.
    source, source_kind, source_state, source_merged : str
        The other issue or pull request (``owner/repository#number``); ``issue``, ``pull_request`` or ``discussion``;
        its state at fetch time (``open``, ``closed``, ``merged``); ``true`` or ``false`` for pull requests.
    cross_repository, will_close : str
        ``true``, ``false`` or empty: the reference comes from another repository; the source closes the issue when
        merged.
    label : str
        The label set or removed.
    state_reason : str
        Why the issue was closed by this event.
    repository : str
        The repository it was transferred from.
    """

    converter: str
    issue: str
    position: int
    event: str
    created: str
    actor: str = ""
    commit: str = ""
    commit_repository: str = ""
    source: str = ""
    source_kind: str = ""
    source_state: str = ""
    source_merged: str = ""
    cross_repository: str = ""
    will_close: str = ""
    label: str = ""
    state_reason: str = ""
    repository: str = ""

    @property
    def source_repository(self) -> str:
        """Repository of the other issue or pull request."""
        return self.source.partition("#")[0]


@dataclass(slots=True)
class Issue:
    """One issue; the columns of ``issues``, key converter, issue.

    Attributes
    ----------
    converter, issue : str
        Whose; ``owner/repository#number``.
    created, closed, updated : str
        UTC, ``YYYY-MM-DDTHH:MM:SSZ``; `closed` is empty for an open one.
    state, state_reason : str
        ``open`` or ``closed``; ``completed``, ``not_planned``, ``duplicate``, ``reopened`` or empty.
    author : str
        Pseudonym; empty for a deleted account.
    author_association : str
        The author's relation to the repository at fetch time, as GitHub names it.
    labels : str
        In alphabetical order, separated by `SEPARATOR`.
    comments, reactions : int
        How many.
    timeline_entries : int
        Length of the timeline, entries of every kind.
    hidden_entries : int
        Timeline entries that GitHub doesn't show to the token (references from private repositories).
    timeline_complete : str
        ``true`` when every entry was received, hidden ones apart.
    """

    converter: str
    issue: str
    created: str
    closed: str
    updated: str
    state: str
    state_reason: str
    author: str
    author_association: str
    labels: str
    comments: int
    reactions: int
    timeline_entries: int
    hidden_entries: int
    timeline_complete: str

    @property
    def label_names(self) -> tuple[str, ...]:
        """The labels, one by one."""
        return split_labels(self.labels)

    @property
    def repository(self) -> str:
        """``owner/repository``."""
        return parse_issue(self.issue).repository

    @property
    def order(self) -> tuple[str, str, int]:
        """Sort key: converter, repository, number."""
        return (self.converter, *parse_issue(self.issue))


@dataclass(slots=True)
class Snapshot:
    """One converter's last listing; the columns of ``snapshots``, key converter.

    Attributes
    ----------
    converter, repository : str
        Whose; the repository as GitHub names it now.
    issues_any_state : int
        Issues with the converter's label, open and closed, at the last answer.
    missing : str
        What GitHub counted but didn't hand out, in words; empty where everything was received.
    """

    converter: str
    repository: str
    issues_any_state: int
    missing: str = ""


@dataclass(slots=True)
class Decision:
    """What a filter did with an issue; the columns of ``decisions``, key converter, issue, filter.

    Attributes
    ----------
    converter, issue, filter : str
        Which.
    kept : str
        ``true`` or ``false``.
    reasons : str
        Why, separated by spaces; ``reason@position`` names the timeline entry that shows it.
    """

    converter: str
    issue: str
    filter: str
    kept: str
    reasons: str


Row = Issue | Event | Snapshot | Decision


def columns(kind: type[Row]) -> list[str]:
    """Return the column names of a table, in order."""
    return [field.name for field in fields(kind)]


def column_types(kind: type[Row]) -> Mapping[str, str]:
    """Return the SQL type of each column."""
    moments = {"created", "closed", "updated"}
    return {
        field.name: "TIMESTAMP" if field.name in moments else "BIGINT" if field.type is int else "VARCHAR"
        for field in fields(kind)
    }


def join_labels(labels: list[str]) -> str:
    """Return labels as one cell, sorted."""
    return SEPARATOR.join(
        label.replace("\\", "\\\\").replace(SEPARATOR, "\\" + SEPARATOR) for label in sorted(set(labels))
    )


def split_labels(cell: str) -> tuple[str, ...]:
    """Return the labels of a cell that `join_labels` made."""
    if not cell:
        return ()
    parts = re.findall(r"(?:^|\|)((?:\\.|[^\\|])*)", cell)
    return tuple(re.sub(r"\\(.)", r"\1", part) for part in parts)


def is_moment(text: str) -> bool:
    """Say whether a text is a moment as the tables write it."""
    try:
        return len(text) == 20 and dt.datetime.strptime(text, "%Y-%m-%dT%H:%M:%SZ") is not None
    except ValueError:
        return False
