"""Rebuilding ``issues``, ``events`` and ``snapshots`` from the raw archive: offline, the same bytes each time."""

from collections import Counter
from collections.abc import Iterable
from pathlib import Path

from datapackage.errors import Fault, InputError
from datapackage.reasons import Reason
from mining.github.archive import Archive, Envelope, Round
from mining.pseudonyms import load_key
from mining.records import Event, Issue, Snapshot
from mining.store_tables import TABLES, write_rows
from mining.timeline_rows import event_rows, issue_row


class Fold:
    """Answers in, rows out: the last listing of an issue counts, followed by the further pages of its timeline.

    Parameters
    ----------
    converter : str
        Name of the converter.
    key : bytes
        For pseudonyms.
    """

    def __init__(self, converter: str, key: bytes) -> None:
        self._converter = converter
        self._key = key
        self.snapshot = Snapshot(converter, "", 0)
        self._issues: dict[str, Issue] = {}
        self._events: dict[str, list[Event]] = {}
        self._received: Counter[str] = Counter()
        self.findings: Counter[str] = Counter()

    def take(self, envelope: Envelope) -> None:
        """Take one stored answer."""
        data = envelope["answer"]["data"]
        if envelope["kind"] == "issues":
            self.snapshot.repository = data["repository"]["nameWithOwner"]
            self.snapshot.issues_any_state = data["repository"]["anyState"]["totalCount"]
            for node in data["repository"]["issues"]["nodes"]:
                if node is None:
                    self.findings["hidden_issues"] += 1
                    continue
                identifier = node["id"]
                self._issues[identifier] = issue_row(self._converter, node, self._key)
                self._events[identifier] = []
                self._received[identifier] = 0
                self._take_timeline(identifier, node["timelineItems"])
            return
        for name, identifier in envelope["variables"].items():
            node = data.get(f"i{name[2:]}") if name.startswith("id") else None
            if node and "timelineItems" in node and identifier in self._issues:
                self._take_timeline(identifier, node["timelineItems"])

    def _take_timeline(self, identifier: str, connection: dict[str, object]) -> None:
        nodes = connection["nodes"]
        information = connection["pageInfo"]
        if not isinstance(nodes, list) or not isinstance(information, dict):
            raise TypeError("not a timeline")
        issue = self._issues[identifier]
        self._events[identifier] += event_rows(issue, nodes, self._received[identifier] + 1, self._key)
        self._received[identifier] += len(nodes)
        issue.hidden_entries += sum(node is None for node in nodes)
        issue.timeline_complete = str(not information["hasNextPage"]).lower()

    def rows(self) -> tuple[list[Issue], list[Event]]:
        """Return all rows, sorted by key."""
        # two nodes can carry one name only where a repository's name was taken over by another: the later one counts
        by_name = {issue.issue: identifier for identifier, issue in self._issues.items()}
        identifiers = sorted(by_name.values(), key=lambda identifier: self._issues[identifier].order)
        issues = [self._issues[identifier] for identifier in identifiers]
        events = [event for identifier in identifiers for event in self._events[identifier]]
        self.findings["deleted_authors"] = sum(not issue.author for issue in issues)
        self.findings["hidden_timeline_entries"] = sum(issue.hidden_entries for issue in issues)
        self.findings["incomplete_timelines"] = sum(issue.timeline_complete == "false" for issue in issues)
        self.findings["transferred_in"] = sum(event.event == "transferred" for event in events)
        return issues, events


def fold_rounds(converter: str, rounds: Iterable[Round], key: bytes) -> Fold:
    """Fold complete rounds, oldest first, checking each against its hashes."""
    fold = Fold(converter, key)
    for current in rounds:
        current.check()
        for envelope in current.envelopes():
            fold.take(envelope)
    return fold


def derive(store: Path) -> Counter[str]:
    """Rebuild the tables of every converter that has a complete fetch.

    Parameters
    ----------
    store : Path
        The store; ``tables/issues``, ``events`` and ``snapshots`` are written as CSV and Parquet.

    Returns
    -------
    Counter
        ``issues``, ``events`` and what the answers held that a reader should know.

    Raises
    ------
    InputError
        Nothing was fetched completely, or a part of the archive is damaged; the tables are then as they were.
    """
    key = load_key(store)
    names = sorted(path.name for path in (store / "raw").glob("*") if path.is_dir())
    issues: list[Issue] = []
    events: list[Event] = []
    snapshots: list[Snapshot] = []
    findings: Counter[str] = Counter()
    for name in names:
        archive = Archive(store, name)
        if not any(current.complete for current in archive.rounds()):
            findings["unfinished_converters"] += 1
            continue
        fold = fold_rounds(name, archive.snapshot(), key)
        found_issues, found_events = fold.rows()
        issues += found_issues
        events += found_events
        snapshots.append(fold.snapshot)
        findings.update(fold.findings)
    if not names or findings["unfinished_converters"] == len(names):
        message = "has no complete fetch yet; run `python -m mining fetch` until it says so"
        raise InputError([Fault(str(store), message, reason=Reason.INCOMPLETE_ARCHIVE)])
    write_rows(store / TABLES / "issues", Issue, issues)
    write_rows(store / TABLES / "events", Event, events)
    write_rows(store / TABLES / "snapshots", Snapshot, snapshots)
    return findings + Counter({"issues": len(issues), "events": len(events)})
