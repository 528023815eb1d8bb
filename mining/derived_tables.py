"""The tables ``issues`` and ``events``: rebuilt from the raw archive offline, byte for byte the same each time."""

import csv
import io
import os
import tempfile
from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import astuple
from pathlib import Path

import duckdb

from datapackage.errors import Fault, InputError
from datapackage.files import write_atomic
from mining.github.archive import Archive, Envelope, Round
from mining.pseudonyms import load_key
from mining.records import Event, Issue, Row, column_types, columns, is_moment
from mining.timeline_rows import event_rows, issue_row

TABLES = "tables"


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
        self._issues: dict[str, Issue] = {}
        self._events: dict[str, list[Event]] = {}
        self._received: Counter[str] = Counter()
        self.findings: Counter[str] = Counter()

    def take(self, envelope: Envelope) -> None:
        """Take one stored answer."""
        data = envelope["answer"]["data"]
        if envelope["kind"] == "issues":
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
        The store; ``tables/issues`` and ``tables/events`` are written as CSV and Parquet.

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
        findings.update(fold.findings)
    if not names or findings["unfinished_converters"] == len(names):
        message = "has no complete fetch yet; run `python -m mining fetch` until it says so"
        raise InputError([Fault(str(store), message, reason="incomplete-archive")])
    write_rows(store / TABLES / "issues", Issue, issues)
    write_rows(store / TABLES / "events", Event, events)
    return findings + Counter({"issues": len(issues), "events": len(events)})


def write_rows(path: Path, kind: type[Row], rows: Sequence[Row]) -> None:
    """Write a table twice: `path` with ``.csv`` (UTF-8, LF) and with ``.parquet`` (the same, typed)."""
    stream = io.StringIO()
    writer = csv.writer(stream, lineterminator="\n")
    writer.writerow(columns(kind))
    writer.writerows(astuple(row) for row in rows)
    text = path.with_suffix(".csv")
    write_atomic(text, stream.getvalue())
    write_atomic(path.with_suffix(".parquet"), _parquet(text, kind))


def _parquet(source: Path, kind: type[Row]) -> bytes:
    # one thread and the input's order, so that equal tables have equal bytes
    configuration: dict[str, str | bool | int | float | list[str]] = {"threads": 1, "preserve_insertion_order": True}
    with tempfile.TemporaryDirectory(dir=source.parent, prefix=".parquet.") as folder:
        target = Path(folder) / "table.parquet"
        with duckdb.connect(config=configuration) as connection:
            types = dict(column_types(kind))
            table = connection.read_csv(
                os.fspath(source), header=True, columns=types, delimiter=",", quotechar='"', escapechar='"',
                timestamp_format="%Y-%m-%dT%H:%M:%SZ",
            )  # fmt: skip
            table.write_parquet(os.fspath(target), compression="zstd")
        return target.read_bytes()


def read_issues(store: Path) -> list[Issue]:
    """Read ``tables/issues.csv``.

    Raises
    ------
    InputError
        The table is missing or has faults; all of them are listed.
    """
    return [Issue(**{**row, **_integers(row, ("comments", "reactions", "timeline_entries", "hidden_entries"))})  # type: ignore[arg-type]
            for row in _read(store / TABLES / "issues.csv", Issue)]  # fmt: skip


def read_events(store: Path) -> dict[tuple[str, str], list[Event]]:
    """Read ``tables/events.csv``, grouped by converter and issue, in timeline order (errors as in `read_issues`)."""
    groups: dict[tuple[str, str], list[Event]] = {}
    for row in _read(store / TABLES / "events.csv", Event):
        event = Event(**{**row, **_integers(row, ("position",))})  # type: ignore[arg-type]
        groups.setdefault((event.converter, event.issue), []).append(event)
    return groups


def _read(path: Path, kind: type[Row]) -> list[dict[str, str]]:
    if not path.is_file():
        message = "is missing; run `python -m mining fetch`, or `derive` if the raw archive is there"
        raise InputError([Fault(str(path), message, reason="missing-file")])
    with path.open(encoding="utf-8", newline="") as stream:
        reader = csv.DictReader(stream)
        if reader.fieldnames != columns(kind):
            message = "columns differ from this version's; rebuild the table with `python -m mining derive`"
            raise InputError([Fault(str(path), message, row=1, reason="incorrect-label")])
        rows = list(reader)
    faults = [fault for number, row in enumerate(rows, start=2) for fault in _row_faults(path, number, row, kind)]
    if faults:
        raise InputError(faults)
    return rows


def _row_faults(path: Path, number: int, row: dict[str, str], kind: type[Row]) -> list[Fault]:
    remedy = "rebuild the table with `python -m mining derive`"
    if None in row or None in row.values():
        return [Fault(str(path), f"has not one cell a column; {remedy}", row=number, reason="cells")]
    faults = []
    for column, sort in column_types(kind).items():
        value = row[column]
        if sort == "BIGINT" and not value.isdecimal():
            faults.append(
                Fault(
                    str(path), f"is not a whole number; {remedy}", row=number, column=column, value=value, reason="type"
                )
            )
        if sort == "TIMESTAMP" and value and not is_moment(value):
            faults.append(
                Fault(str(path), f"is not a moment; {remedy}", row=number, column=column, value=value, reason="type")
            )
    return faults


def _integers(row: dict[str, str], names: Sequence[str]) -> dict[str, int]:
    return {name: int(row[name]) for name in names}
