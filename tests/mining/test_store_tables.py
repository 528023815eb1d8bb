"""The store's tables are read as they were written, and all that is wrong in one is told at once."""

import csv
import datetime as dt
from collections.abc import Callable
from dataclasses import astuple, replace
from pathlib import Path

import duckdb
import pytest

from datapackage.errors import Fault, InputError
from datapackage.reasons import Reason
from mining.records import Event, Issue, Row, Snapshot
from mining.store_tables import TABLES, read_events, read_issues, read_snapshots, write_rows

MOMENT = "2024-05-01T12:34:56Z"
ISSUE = Issue("tf2onnx", "a/b#1", MOMENT, "", MOMENT, "open", "", "u1", "NONE", 'say "hi", naïve|☃', 3, 0, 5, 0, "true")
OTHER = replace(ISSUE, issue="a/b#2", closed=MOMENT, labels="two\r\nlines", comments=12)
REBUILD = "rebuild the table with `python -m mining derive`"


@pytest.fixture
def table(tmp_path: Path) -> Callable[..., Path]:
    """Write a table of the store; return its path."""

    def write(name: str, kind: type[Row], *rows: Row) -> Path:
        path = tmp_path / TABLES / f"{name}.csv"
        path.parent.mkdir(exist_ok=True)
        write_rows(path, kind, rows)
        return path

    return write


def faults(action: Callable[[], object]) -> tuple[Fault, ...]:
    with pytest.raises(InputError) as caught:
        action()
    return caught.value.faults


def test_issues_are_read_as_they_were_written(table: Callable[..., Path], tmp_path: Path) -> None:
    path = table("issues", Issue, ISSUE, OTHER)
    assert read_issues(tmp_path) == [ISSUE, OTHER]
    assert sorted(each.name for each in path.parent.iterdir()) == ["issues.csv", "issues.parquet"]
    text = path.read_bytes().decode("utf-8")
    assert text.startswith("converter,issue,created,closed,updated,")
    assert text.count("\n") == 4
    assert text.count("\r\n") == 1, "the one within a label"


def test_parquet_holds_the_same_rows_with_types(table: Callable[..., Path]) -> None:
    path = table("issues", Issue, ISSUE, OTHER).with_suffix(".parquet")
    with duckdb.connect() as connection:
        found = connection.read_parquet(str(path))
        names, rows = found.columns, found.fetchall()
        codecs = connection.sql(f"select distinct compression from parquet_metadata('{path}')").fetchall()  # noqa: S608
    assert names == list(Issue.__dataclass_fields__)
    moment = dt.datetime(2024, 5, 1, 12, 34, 56)
    wanted = [[moment if cell == MOMENT else cell or None for cell in astuple(row)] for row in (ISSUE, OTHER)]
    for row in wanted:
        row[11] = row[13] = 0
    assert [list(row) for row in rows] == wanted
    assert codecs == [("ZSTD",)]


def test_equal_tables_have_equal_bytes_in_the_rows_order(table: Callable[..., Path]) -> None:
    many = [replace(ISSUE, issue=f"a/b#{number}", comments=number % 7) for number in range(3_000, 0, -1)]
    path = table("issues", Issue, *many).with_suffix(".parquet")
    first = path.read_bytes()
    table("issues", Issue, *many)
    assert path.read_bytes() == first
    with duckdb.connect() as connection:
        found = connection.read_parquet(str(path)).fetchall()
    assert [row[1] for row in found] == [row.issue for row in many]


def test_what_is_being_written_lies_beside_the_table_where_it_is_swept(
    table: Callable[..., Path], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    seen: list[str] = []
    read = Path.read_bytes

    def look(self: Path) -> bytes:
        if self.suffix == ".parquet":
            seen.append(self.parent.relative_to(tmp_path).as_posix())
        return read(self)

    monkeypatch.setattr(Path, "read_bytes", look)
    table("issues", Issue, ISSUE)
    (folder,) = seen
    assert folder.startswith(f"{TABLES}/.parquet.")
    assert not (tmp_path / folder).exists()


def test_events_are_grouped_by_issue_in_their_order(table: Callable[..., Path], tmp_path: Path) -> None:
    events = [
        Event(converter, issue, position, "closed", MOMENT)
        for converter, issue, position in (("x", "a/b#1", 2), ("y", "a/b#1", 1), ("x", "a/b#2", 1), ("x", "a/b#1", 9))
    ]
    table("events", Event, *events)
    assert read_events(tmp_path) == {
        ("x", "a/b#1"): [events[0], events[3]], ("y", "a/b#1"): [events[1]], ("x", "a/b#2"): [events[2]],
    }  # fmt: skip


def test_snapshots_are_read_as_they_were_written(table: Callable[..., Path], tmp_path: Path) -> None:
    snapshot = Snapshot("x", "a/b", 12, "one issue")
    table("snapshots", Snapshot, snapshot)
    assert read_snapshots(tmp_path) == [snapshot]


@pytest.mark.parametrize(
    ("read", "name"), [(read_issues, "issues"), (read_events, "events"), (read_snapshots, "snapshots")]
)
def test_a_missing_table_is_named(read: Callable[[Path], object], name: str, tmp_path: Path) -> None:
    message = "is missing; run `python -m mining fetch`, or `derive` if the raw archive is there"
    path = tmp_path / TABLES / f"{name}.csv"
    assert faults(lambda: read(tmp_path)) == (Fault(str(path), message, reason=Reason.MISSING_FILE),)


def test_a_table_that_is_no_text_or_has_other_columns_is_named(table: Callable[..., Path], tmp_path: Path) -> None:
    path = table("issues", Issue, ISSUE)
    path.write_bytes(path.read_bytes().replace("ï".encode(), b"\xef"))
    (fault,) = faults(lambda: read_issues(tmp_path))
    assert (fault.file, fault.row, fault.reason) == (str(path), None, Reason.FORMAT)
    assert fault.message.startswith("is not CSV in UTF-8 ('utf-8' codec can't decode byte 0xef")
    assert fault.message.endswith(REBUILD)
    table("issues", Issue, ISSUE)
    path.write_text(path.read_text(encoding="utf-8").replace("updated", "changed"), encoding="utf-8")
    message = f"columns differ from this version's; {REBUILD}"
    assert faults(lambda: read_issues(tmp_path)) == (Fault(str(path), message, row=1, reason=Reason.INCORRECT_LABEL),)


def test_every_cell_that_cannot_be_is_told_with_its_row(table: Callable[..., Path], tmp_path: Path) -> None:
    path = table("issues", Issue, ISSUE, OTHER, ISSUE, ISSUE)
    with path.open(encoding="utf-8", newline="") as stream:
        header, first, second, third, fourth = csv.reader(stream)
    first[2], first[10] = "yesterday", "-3"
    second[3], second[12] = "2024-13-01T00:00:00Z", ""
    with path.open("w", encoding="utf-8", newline="") as stream:
        csv.writer(stream).writerows([header, first, second, [*third, "more"], fourth[:-1]])

    def fault(row: int, column: str, value: str, what: str) -> Fault:
        return Fault(str(path), f"is not a {what}; {REBUILD}", row=row, column=column, value=value, reason=Reason.TYPE)

    assert faults(lambda: read_issues(tmp_path)) == (
        fault(2, "created", "yesterday", "moment"),
        fault(2, "comments", "-3", "whole number"),
        fault(3, "closed", "2024-13-01T00:00:00Z", "moment"),
        fault(3, "timeline_entries", "", "whole number"),
        Fault(str(path), f"has not one cell a column; {REBUILD}", row=4, reason=Reason.CELLS),
        Fault(str(path), f"has not one cell a column; {REBUILD}", row=5, reason=Reason.CELLS),
    )
