"""The study's own population as a store: its issue lists, imported from the full archive, in the form of fetched issues.

So the study's population is one more population: filtered, counted and sampled by the same commands. Its timelines come
from REST and are cut after 100 entries. What they lack, and which filters therefore cannot be computed, stands in
``origin.json`` of the store.
"""

from pathlib import Path

import pandas as pd

from datapackage.descriptor import read_descriptor
from datapackage.errors import Fault, InputError
from datapackage.issues import parse_issue
from datapackage.reasons import Reason
from datapackage.tables import read_table, records
from mining.records import Event, Issue, Snapshot
from mining.store import Origin, write_origin
from mining.store_tables import TABLES, write_rows

ORIGIN = Origin(
    "issta24-archive",
    ("archive",),
    "REST's timelines do not tell which pull request is linked or merged, nor from which repository a commit comes",
)
_NEEDED = ("archive_issues", "archive_events")


def write_archive_population(data: Path, store: Path) -> dict[str, int]:
    """Write the study's issue lists as the tables of a store.

    Parameters
    ----------
    data : Path
        Data folder into which the full archive was imported.
    store : Path
        A store without fetched issues.

    Returns
    -------
    dict of str to int
        Issues by converter; an issue that stands twice in a list counts once.

    Raises
    ------
    InputError
        The data was made from a snapshot of the archive, or the store holds fetched issues.
    """
    described = {entry["name"] for entry in read_descriptor(data)["resources"]}
    if not described.issuperset(_NEEDED):
        message = (
            "has no issue lists; import a clone of the archive that has data.zip (python -m mining import-archive)"
        )
        raise InputError([Fault(str(data), message, reason=Reason.MISSING_TABLE)])
    if (store / "raw").exists():
        raise InputError(
            [Fault(str(store), "holds fetched issues; name another with --store", reason=Reason.USED_STORE)]
        )
    frame = read_table(data, "archive_issues").query("list == 'all'").drop_duplicates(["converter", "issue"])
    events = read_table(data, "archive_events").merge(frame[["converter", "position"]], on=["converter", "position"])
    issues = sorted((_issue(row) for row in _plain(frame)), key=lambda issue: issue.order)
    order = {(issue.converter, issue.issue): number for number, issue in enumerate(issues)}
    rows = sorted(
        (_event(row) for row in _plain(events)), key=lambda event: (order[event.converter, event.issue], event.position)
    )
    counts = {str(name): int(count) for name, count in frame["converter"].value_counts(sort=False).items() if count}
    repositories = {issue.converter: parse_issue(issue.issue).repository for issue in issues}
    snapshots = [Snapshot(name, repositories[name], 0) for name in sorted(repositories)]
    write_origin(store, ORIGIN)
    write_rows(store / TABLES / "issues", Issue, issues)
    write_rows(store / TABLES / "events", Event, rows)
    write_rows(store / TABLES / "snapshots", Snapshot, snapshots)
    return counts


def _plain(frame: pd.DataFrame) -> list[dict[str, str]]:
    """Rows with texts alone; an empty cell is ''."""
    return records(frame.astype(object).where(frame.notna(), ""))


def _issue(row: dict[str, str]) -> Issue:
    return Issue(
        row["converter"], row["issue"], row["created"], row["closed"], row["updated"], row["state"], "", "", "",
        row["labels"], 0, 0, int(row["timeline_entries"]), 0, str(not row["timeline_cut"]).lower(),
    )  # fmt: skip


def _event(row: dict[str, str]) -> Event:
    return Event(
        row["converter"], row["issue"], int(row["entry"]), row["event"], row["created"], commit=row["commit"],
        source=row["source"], source_kind=row["source_kind"], source_state=row["source_state"],
    )  # fmt: skip
