"""Rebuilding ``issues``, ``events`` and ``snapshots`` from the raw archive: offline, the same bytes each time."""

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from datapackage.errors import Fault, InputError
from datapackage.reasons import Reason
from mining.github.answers import BadAnswer
from mining.github.archive import Archive, Envelope, Round
from mining.github.queries import asked_timelines
from mining.github.round_state import RoundState
from mining.pseudonyms import load_key
from mining.records import Event, Issue, Snapshot
from mining.store_tables import TABLES, read_events, read_issues, read_snapshots, write_rows
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
        self.snapshot = Snapshot(converter, "", 0, "")
        self._issues: dict[str, Issue] = {}
        self._events: dict[str, list[Event]] = {}
        self.findings: Counter[str] = Counter()

    def take(self, current: Round) -> None:
        """Take a round's stored answers (`InputError`: a part of it is damaged)."""
        before = dict(self._issues), dict(self._events)
        state, hidden, shown = RoundState(), 0, dict[str, int]()
        for envelope in current.envelopes():
            if envelope["kind"] == "issues" and envelope["variables"].get("after") is None:
                # a listing that is begun again counts from its start
                self._issues, self._events = dict(before[0]), dict(before[1])
                hidden, shown = 0, {}
            try:
                state.advance(envelope)
            except BadAnswer as bad:
                raise InputError([current.damaged(str(bad))]) from None
            if envelope["kind"] == "issues":
                hidden += self._take_listing(envelope["answer"]["data"]["repository"], shown)
            else:
                self._take_timelines(envelope, shown)
        self.findings["hidden_issues"] += hidden
        for identifier, timeline in state.timelines.items():
            self._issues[identifier].timeline_complete = str(timeline.whole).lower()

    def _take_listing(self, repository: dict[str, Any], shown: dict[str, int]) -> int:
        self.snapshot.repository = repository["nameWithOwner"]
        self.snapshot.issues_any_state = repository["anyState"]["totalCount"]
        nodes = repository["issues"]["nodes"]
        for node in nodes:
            if node is not None:
                self._issues[node["id"]] = issue_row(self._converter, node, self._key)
                self._begin_timeline(node["id"], shown)
                self._take_timeline(node["id"], node["timelineItems"], shown)
        return sum(node is None for node in nodes)

    def _take_timelines(self, envelope: Envelope, shown: dict[str, int]) -> None:
        variables = envelope["variables"]
        for alias, identifier in asked_timelines(variables).items():
            node = envelope["answer"]["data"].get(alias)
            if variables.get(f"after{alias[1:]}") is None:
                self._begin_timeline(identifier, shown)
            if node:
                self._take_timeline(identifier, node["timelineItems"], shown)

    def _begin_timeline(self, identifier: str, shown: dict[str, int]) -> None:
        self._events[identifier] = []
        self._issues[identifier].hidden_entries = 0
        shown[identifier] = 0

    def _take_timeline(self, identifier: str, connection: dict[str, Any], shown: dict[str, int]) -> None:
        nodes, issue = connection["nodes"], self._issues[identifier]
        self._events[identifier] += event_rows(issue, nodes, shown[identifier] + 1, self._key)
        shown[identifier] += len(nodes)
        issue.hidden_entries += sum(node is None for node in nodes)
        issue.timeline_entries = connection["totalCount"]

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


def fold_rounds(converter: str, rounds: Sequence[Round], key: bytes) -> Fold:
    """Fold complete rounds, oldest first, checking each against its hashes."""
    fold = Fold(converter, key)
    for current in rounds:
        current.check()
        fold.take(current)
    fold.snapshot.missing = "; ".join(text for current in rounds for text in current.shortfall)
    return fold


@dataclass
class _Tables:
    issues: list[Issue] = field(default_factory=list)
    events: list[Event] = field(default_factory=list)
    snapshots: list[Snapshot] = field(default_factory=list)

    def keep(self, store: Path, converter: str) -> None:
        """Take the rows over that the store's tables have of a converter, if they can be read."""
        try:
            issues, events, snapshots = read_issues(store), read_events(store), read_snapshots(store)
        except InputError:
            return
        self.issues += [issue for issue in issues if issue.converter == converter]
        self.events += [event for (name, _), rows in events.items() if name == converter for event in rows]
        self.snapshots += [snapshot for snapshot in snapshots if snapshot.converter == converter]

    def write(self, store: Path) -> None:
        write_rows(store / TABLES / "issues", Issue, self.issues)
        write_rows(store / TABLES / "events", Event, self.events)
        write_rows(store / TABLES / "snapshots", Snapshot, self.snapshots)


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
        Nothing was fetched completely (the tables are then as they were), or the archives of some converters are
        damaged: their rows are then as they were, those of the others are rebuilt.
    """
    key = load_key(store)
    names = sorted(path.name for path in (store / "raw").glob("*") if path.is_dir())
    tables, findings, faults, rebuilt = _Tables(), Counter[str](), list[Fault](), 0
    for name in names:
        try:
            rounds = Archive(store, name).rounds()
            if not any(current.complete for current in rounds):
                findings["unfinished_converters"] += 1
                continue
            fold = fold_rounds(name, Archive(store, name).snapshot(), key)
        except InputError as error:
            faults += error.faults
            tables.keep(store, name)
            continue
        rebuilt += 1
        issues, events = fold.rows()
        tables.issues += issues
        tables.events += events
        tables.snapshots.append(fold.snapshot)
        findings.update(fold.findings)
    if not rebuilt and not faults:
        message = "has no complete fetch yet; run `python -m mining fetch` until it says so"
        faults.append(Fault(str(store), message, reason=Reason.INCOMPLETE_ARCHIVE))
    if rebuilt:
        tables.write(store)
    if faults:
        raise InputError(faults)
    return findings + Counter({"issues": len(tables.issues), "events": len(tables.events)})
