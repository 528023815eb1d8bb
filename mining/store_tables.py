"""Reading and writing the store's tables: CSV for people and programs, and Parquet with the same rows, typed."""

import csv
import io
import os
import tempfile
from collections.abc import Sequence
from dataclasses import astuple
from pathlib import Path
from typing import Any, TypeVar

import duckdb

from datapackage.errors import Fault, InputError
from datapackage.files import write_atomic
from datapackage.reasons import Reason
from mining.records import Decision, Event, Issue, Row, Snapshot, column_types, columns, is_moment

TABLES = "tables"
_R = TypeVar("_R", Issue, Event, Snapshot, Decision)


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
    # one thread, so that equal tables have equal bytes
    with tempfile.TemporaryDirectory(dir=source.parent, prefix=".parquet.") as folder:
        target = Path(folder) / "table.parquet"
        with duckdb.connect(config={"threads": 1}) as connection:
            types = dict(column_types(kind))
            # as it was written, not as its cells make it look
            table = connection.read_csv(os.fspath(source), auto_detect=False, header=True, columns=types)
            table.write_parquet(os.fspath(target), compression="zstd")
        return target.read_bytes()


def read_issues(store: Path) -> list[Issue]:
    """Read ``tables/issues.csv``.

    Raises
    ------
    InputError
        The table is missing or has faults; all of them are listed.
    """
    return _read(store / TABLES / "issues.csv", Issue)


def read_events(store: Path) -> dict[tuple[str, str], list[Event]]:
    """Read ``tables/events.csv``, grouped by converter and issue, in timeline order (errors as in `read_issues`)."""
    groups: dict[tuple[str, str], list[Event]] = {}
    for event in _read(store / TABLES / "events.csv", Event):
        groups.setdefault((event.converter, event.issue), []).append(event)
    return groups


def read_snapshots(store: Path) -> list[Snapshot]:
    """Read ``tables/snapshots.csv`` (errors as in `read_issues`)."""
    return _read(store / TABLES / "snapshots.csv", Snapshot)


def _read(path: Path, kind: type[_R]) -> list[_R]:
    if not path.is_file():
        message = "is missing; run `python -m mining fetch`, or `derive` if the raw archive is there"
        raise InputError([Fault(str(path), message, reason=Reason.MISSING_FILE)])
    try:
        with path.open(encoding="utf-8", newline="") as stream:
            reader = csv.DictReader(stream)
            names, rows = reader.fieldnames, list(reader)
    except (UnicodeDecodeError, csv.Error) as error:
        message = f"is not CSV in UTF-8 ({error}); rebuild the table with `python -m mining derive`"
        raise InputError([Fault(str(path), message, reason=Reason.FORMAT)]) from error
    if names != columns(kind):
        message = "columns differ from this version's; rebuild the table with `python -m mining derive`"
        raise InputError([Fault(str(path), message, row=1, reason=Reason.INCORRECT_LABEL)])
    faults = [fault for number, row in enumerate(rows, start=2) for fault in _row_faults(path, number, row, kind)]
    if faults:
        raise InputError(faults)
    whole = [name for name, sort in column_types(kind).items() if sort == "BIGINT"]
    typed: list[dict[str, Any]] = [{**row, **{name: int(row[name]) for name in whole}} for row in rows]
    return [kind(**row) for row in typed]


def _row_faults(path: Path, number: int, row: dict[str, str], kind: type[Row]) -> list[Fault]:
    remedy = "rebuild the table with `python -m mining derive`"
    if None in row or None in row.values():
        return [Fault(str(path), f"has not one cell a column; {remedy}", row=number, reason=Reason.CELLS)]
    faults = []
    for column, sort in column_types(kind).items():
        value = row[column]
        if sort == "BIGINT" and not value.isdecimal():
            faults.append(
                Fault(
                    str(path),
                    f"is not a whole number; {remedy}",
                    row=number,
                    column=column,
                    value=value,
                    reason=Reason.TYPE,
                )
            )
        if sort == "TIMESTAMP" and value and not is_moment(value):
            faults.append(
                Fault(
                    str(path), f"is not a moment; {remedy}", row=number, column=column, value=value, reason=Reason.TYPE
                )
            )
    return faults
