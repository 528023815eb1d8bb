"""The issue lists (``data.zip``): closed issues of each converter with their timelines, before and after the commit/PR filter.

Each list holds GitHub's REST answers of 2023 with one key added, ``timeline``: its first page, of at most 100 entries. What
is taken over: keys, dates, labels, and the timeline entries that the filter looks at. Titles, bodies and logins are not.
"""

import datetime as dt
import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import pandas as pd

from datapackage.errors import Fault, InputError
from datapackage.issues import IssueKey
from datapackage.reasons import Reason
from mining.converters import Converter
from mining.filters import ARCHIVE_PAGE, archive
from mining.published_archive.failures import SHEETS
from mining.published_archive.large_files import Source
from mining.published_archive.python_json import items
from mining.records import Event, Issue, is_moment, join_labels

FILES: Mapping[tuple[str, str], str] = {
    ("torch.onnx", "all"): "all_pytorch_issues.json",
    ("torch.onnx", "filtered"): "filt_pytorch_issues.json",
    ("tf2onnx", "all"): "all_tf2onnx_issues.json",
    ("tf2onnx", "filtered"): "filt_tf2onnx_issues.json",
}
ISSUE_COLUMNS = (
    "converter", "list", "position", "issue", "created", "closed", "updated", "latest", "state", "labels",
    "pull_request", "timeline_entries", "timeline_cut", "kept", "evidence",
)  # fmt: skip
EVENT_COLUMNS = (
    "converter", "position", "entry", "issue", "event", "created", "commit", "source", "source_kind", "source_state",
)  # fmt: skip
_KINDS = frozenset({"closed", "referenced", "cross_referenced", "connected"})
_URL = re.compile(r"https://github\.com/([^/\s]+/[^/\s]+)/(?:issues|pull)/([1-9][0-9]*)/?")
_COMMIT = re.compile(r"[0-9a-f]{7,64}")
_NAME = re.compile(r"[A-Za-z0-9_.-]+(?:/[A-Za-z0-9_.-]+)?")
_STATES = ("open", "closed")
Row = dict[str, Any]


@dataclass(frozen=True)
class IssueLists:
    """What the lists hold.

    Attributes
    ----------
    issues : DataFrame
        A row per entry of a list, in its order; `ISSUE_COLUMNS`.
    events : DataFrame
        A row per timeline entry of the kinds that the filter looks at, of the unfiltered lists; `EVENT_COLUMNS`.
    """

    issues: pd.DataFrame
    events: pd.DataFrame


class _Entry:
    """One entry of a list, and faults at it."""

    def __init__(self, place: str, position: int, entry: Mapping[str, Any], faults: list[Fault]) -> None:
        self.fields = entry
        self._place, self._row, self._faults = place, position + 1, faults

    def fault(self, column: str, message: str, reason: Reason = Reason.INVALID) -> None:
        """Report a fault at a key of this entry; no value is shown where it could be somebody's text."""
        self._faults.append(Fault(self._place, message, row=self._row, column=column, reason=reason))

    def moment(self, key: str, *, required: bool = True) -> str:
        """Return a moment, or '' where it may be null."""
        value = self.fields.get(key)
        if value is None and not required:
            return ""
        if not isinstance(value, str) or not is_moment(value):
            self.fault(key, "must be a moment, as 2023-01-31T12:00:00Z")
            return ""
        return value

    def records(self, key: str) -> list[Mapping[str, Any]]:
        """Return a list of objects."""
        value = self.fields.get(key)
        if not isinstance(value, list) or not all(isinstance(each, dict) for each in value):
            self.fault(key, "must be a list of objects")
            return []
        return value


def read_issue_lists(sources: Mapping[str, Source], faults: list[Fault]) -> IssueLists | None:
    """Read the four lists.

    Parameters
    ----------
    sources : mapping of str to Source
        See `mining.published_archive.large_files.find_sources`.
    faults : list of Fault
        Receives entries of another form; `row` counts the entries of a list from 1.

    Returns
    -------
    IssueLists or None
        None where the lists are not there.
    """
    if not all(name in sources for name in FILES.values()):
        return None
    issues: list[Row] = []
    events: list[Row] = []
    for (converter, kind), name in FILES.items():
        before = len(issues)
        try:
            for issue, timeline in _read(sources[name], converter, kind, faults):
                issues.append(issue)
                events += timeline if kind == "all" else []
        except InputError as error:
            faults += error.faults
            continue
        if len(issues) == before:
            faults.append(
                Fault(sources[name].place, "holds no issue; take the archive's own file", reason=Reason.EMPTY_FILE)
            )
    return IssueLists(
        pd.DataFrame(issues, columns=list(ISSUE_COLUMNS)), pd.DataFrame(events, columns=list(EVENT_COLUMNS))
    )


def _read(source: Source, converter: str, kind: str, faults: list[Fault]) -> Iterator[tuple[Row, list[Row]]]:
    with source.open() as stream:
        for position, fields in enumerate(items(source.place, stream)):
            if not isinstance(fields, dict):
                faults.append(
                    Fault(source.place, "must be an object, one per issue", row=position + 1, reason=Reason.INVALID)
                )
                continue
            before = len(faults)
            entry = _Entry(source.place, position, fields, faults)
            key = _key(entry, SHEETS[converter][1])
            timeline = [_event(entry, converter, str(key), *each) for each in enumerate(entry.records("timeline"), 1)]
            row = _issue(entry, key, timeline)
            if len(faults) == before:
                place = {"converter": converter, "list": kind, "position": position}
                yield place | row, [_event_row(event, position) for event in timeline if event.event in _KINDS]


def _key(entry: _Entry, repository: str) -> IssueKey:
    number, url = entry.fields.get("number"), entry.fields.get("html_url")
    match = _URL.fullmatch(url) if isinstance(url, str) else None
    if match is None:
        entry.fault("html_url", f"must be the issue's page, as https://github.com/{repository}/issues/NUMBER")
    elif match[1].casefold() != repository.casefold():
        entry.fault("html_url", f"belongs to another repository than {repository}", Reason.WRONG_REPOSITORY)
    if isinstance(number, bool) or not isinstance(number, int) or number < 1:
        entry.fault("number", "must be a whole number of 1 or more")
        number = 1
    elif match is not None and int(match[2]) != number:
        entry.fault("number", "is not the number in html_url", Reason.CONTRADICTION)
    return IssueKey(repository, number)


def _issue(entry: _Entry, key: IssueKey, timeline: Sequence[Event]) -> Row:
    created, updated = entry.moment("created_at"), entry.moment("updated_at", required=False)
    closed = entry.moment("closed_at", required=False)
    state = entry.fields.get("state", "closed")
    if state not in _STATES:
        entry.fault("state", "must be open or closed")
    if closed and created and closed < created:
        entry.fault("closed_at", "is before created_at", Reason.CONTRADICTION)
    labels = [label.get("name") for label in entry.records("labels")]
    if not all(isinstance(label, str) and label.isprintable() for label in labels):
        entry.fault("labels", "each must have a name of printable characters")
        labels = []
    names = {str(label) for label in labels}
    issue = _filter_issue(str(key), created, closed)
    kept, reasons = archive(issue, timeline, Converter("", key.repository))
    return {
        "issue": str(key), "created": created, "closed": closed or None, "updated": updated or None,
        "latest": max([created, updated, closed, *(event.created for event in timeline)]),
        "state": state, "labels": join_labels(sorted(names)) or None,
        "pull_request": bool(entry.fields.get("pull_request")), "timeline_entries": len(timeline),
        "timeline_cut": len(timeline) >= ARCHIVE_PAGE, "kept": kept, "evidence": reasons[0] if kept else None,
    }  # fmt: skip


def _filter_issue(key: str, created: str, closed: str) -> Issue:
    """Return an issue as the filters take it; the archive's filter reads the events alone."""
    return Issue("", key, created, closed, "", "closed", "", "", "", "", 0, 0, 0, 0, "")


def _event(entry: _Entry, converter: str, issue: str, position: int, fields: Mapping[str, Any]) -> Event:
    kind = fields.get("event")
    if not isinstance(kind, str):
        entry.fault("timeline", f"entry {position} has no event")
        kind = ""
    event = Event(converter, issue, position, kind.replace("-", "_"), _first_moment(fields))
    commit = fields.get("commit_id")
    if event.event in ("closed", "referenced") and commit:
        if isinstance(commit, str) and _COMMIT.fullmatch(commit):
            event.commit = commit
        else:
            entry.fault("timeline", f"entry {position}: commit_id must be a commit's name or null")
    if event.event == "cross_referenced":
        _set_source(entry, event, fields.get("source"))
    return event


def _first_moment(fields: Mapping[str, Any]) -> str:
    for key in ("created_at", "submitted_at"):
        value = fields.get(key)
        if isinstance(value, str) and is_moment(value):
            return value
    return ""


def _set_source(entry: _Entry, event: Event, source: object) -> None:
    """Set what a cross-reference comes from; GitHub leaves it out where the source is hidden or gone."""
    issue = source.get("issue") if isinstance(source, dict) else None
    if issue is None:
        return
    if not isinstance(issue, dict):
        entry.fault("timeline", f"entry {event.position}: source.issue must be an object")
        return
    repository = issue.get("repository", ...)
    if repository is ...:
        return
    name = repository.get("name") if isinstance(repository, dict) else None
    state = issue.get("state")
    if (
        not isinstance(repository, dict)
        or not isinstance(name, str)
        or not _NAME.fullmatch(name)
        or state not in _STATES
    ):
        entry.fault("timeline", f"entry {event.position}: the source must have repository.name and state")
        return
    full, number = repository.get("full_name"), issue.get("number")
    # the filter reads the bare name; where the full one is another, the repository was renamed since
    owner = full.partition("/")[0] if isinstance(full, str) and _NAME.fullmatch(full) and "/" in full else "unknown"
    known = isinstance(number, int) and not isinstance(number, bool) and number > 0
    event.source = f"{owner}/{name}#{number}" if known else f"{owner}/{name}"
    event.source_kind = "pull_request" if issue.get("pull_request") else "issue"
    event.source_state = state


def _event_row(event: Event, position: int) -> Row:
    names = ("issue", "event", "created", "commit", "source", "source_kind", "source_state")
    cells = {name: getattr(event, name) or None for name in names}
    return {"converter": event.converter, "position": position, "entry": event.position} | cells


def check_ranks(lists: IssueLists, failures: pd.DataFrame, faults: list[Fault]) -> None:
    """Check that a failure's rank is its position in the filtered list.

    Parameters
    ----------
    lists : IssueLists
        The lists.
    failures : DataFrame
        Columns of ``failures.csv``.
    faults : list of Fault
        Receives the ranks at which another issue stands.
    """
    filtered = lists.issues[lists.issues["list"] == "filtered"]
    at = {(row[0], row[1]): row[2] for row in filtered[["converter", "position", "issue"]].itertuples(index=False)}
    for row in failures[["converter", "population_rank", "issue"]].itertuples(index=False):
        found = at.get((row[0], row[1]))
        if found != row[2]:
            place = f"{SHEETS[row[0]][0]} and {FILES[row[0], 'filtered']}"
            message = (
                f"position {row[1]} of the filtered list holds {found or 'no issue'}; both must be the published ones"
            )
            faults.append(Fault(place, message, column="id", value=row[2], reason=Reason.CONTRADICTION))


def with_exact_dates(lists: IssueLists, failures: pd.DataFrame, faults: list[Fault]) -> pd.DataFrame:
    """Return the failures with the days of creation that the lists tell.

    Parameters
    ----------
    lists, failures : IssueLists, DataFrame
        As in `check_ranks`.
    faults : list of Fault
        Receives days that lie outside what was known before.

    Returns
    -------
    DataFrame
        As `failures`; created, created_earliest and created_latest are one day where the lists hold the issue.
    """
    created = lists.issues.drop_duplicates("issue").set_index("issue")["created"]
    exact = failures.copy()
    for index, row in failures.iterrows():
        if row["issue"] not in created.index:
            continue
        day = pd.Timestamp(dt.date.fromisoformat(str(created[row["issue"]])[:10]))
        if not row["created_earliest"] <= day <= row["created_latest"]:
            message = f"was created on {day:%Y-%m-%d} by the issue lists, outside the days of published/issue_dates.csv"
            faults.append(
                Fault("issue lists", message, column="created_at", value=row["issue"], reason=Reason.CONTRADICTION)
            )
        exact.loc[index, ["created", "created_earliest", "created_latest"]] = day
    return exact
