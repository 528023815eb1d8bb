"""A table's file becomes cells of a type, or faults that name file, row, column, value and remedy; on small tables."""

from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from datapackage.cells import hidden, malformed, typed, unmatched
from datapackage.constraints import cell_faults
from datapackage.errors import Fault
from datapackage.reading import as_typed, read_cells
from datapackage.reasons import Reason

Write = Callable[[str | bytes], Path]


def entry(*fields: Mapping[str, Any], **more: Any) -> dict[str, Any]:
    """Describe a table; a field without a type is a string."""
    return {"name": "t", "path": "t.csv", **more, "schema": {"fields": [{"type": "string", **f} for f in fields]}}


TWO = entry({"name": "a"}, {"name": "b"})


@pytest.fixture
def write(tmp_path: Path) -> Write:
    def to(content: str | bytes) -> Path:
        path = tmp_path / "t.csv"
        path.write_bytes(content.encode() if isinstance(content, str) else content)
        return path

    return to


def test_cells_are_read_as_they_stand(write: Write) -> None:
    path = write('a,b\nx,"one, ""two""\nthree"\n,007\n')
    frame, faults = read_cells(path, TWO)
    assert not faults
    assert frame.columns.tolist() == ["a", "b"]
    assert frame.fillna("missing").to_numpy().tolist() == [["x", 'one, "two"\nthree'], ["missing", "007"]]
    assert [str(kind) for kind in frame.dtypes] == ["str", "str"]
    assert frame["a"].isna().tolist() == [False, True]


def test_ends_of_lines_within_quotes_and_empty_columns_stay(write: Write) -> None:
    frame, faults = read_cells(write('a,b\n"x\r\ny",\n'), TWO)
    assert (frame["a"].tolist(), faults) == (["x\r\ny"], ())
    assert [str(kind) for kind in frame.dtypes] == ["str", "str"]


@pytest.mark.parametrize("content", [b"\xef\xbb\xbfa,b\r\nx,\xc3\xa9\r\n", "a,b\nx,é\n", "a,b\nx,é"])
def test_a_byte_order_mark_and_the_ends_of_lines_do_not_matter(content: str | bytes, write: Write) -> None:
    frame, faults = read_cells(write(content), TWO)
    assert (frame.to_numpy().tolist(), faults) == ([["x", "é"]], ())


def test_a_table_may_have_no_rows(write: Write) -> None:
    frame, faults = read_cells(write("a,b\n"), TWO)
    assert (frame.columns.tolist(), len(frame), faults) == (["a", "b"], 0, ())
    assert [str(kind) for kind in frame.dtypes] == ["str", "str"]


EMPTY = "the file is empty or begins with an empty row; restore the file or write its header row"
SHORT = "cell is missing; give the row all its cells (an unquoted line break or too few commas?)"
LONG = "the row has more cells than columns; remove the cell (an unquoted comma?)"
FORM = {
    "": [(None, None, None, "source-error", EMPTY)],
    " , \na,b\n": [(None, None, None, "source-error", EMPTY)],
    'a,b\n"x,1\n': [
        (None, None, None, "source-error", "is no CSV: unexpected end of data; look for a quote that is not closed or not doubled")
    ],
    "a,b\nx,1\n\ny,2\n,\n": [
        (3, None, None, "blank-row", "row is empty; remove it"),
        (5, None, None, "blank-row", "row is empty; remove it"),
    ],
    "a,b\nx\ny,2\n": [(2, "b", None, "missing-cell", SHORT)],
    "a,b\nx,1,2,3\n": [(2, None, "2", "extra-cell", LONG), (2, None, "3", "extra-cell", LONG)],
    "b,a\nx,1\n": [(1, None, None, "incorrect-label", "name and order the columns as in datapackage.json: a, b")],
    "a\nx\n": [(1, "b", None, "missing-label", "column is missing; add the column")],
    "a,b,c,\nx,1,2,3\n": [
        (1, "c", None, "extra-label", "column is not described; remove the column or describe it in datapackage.json"),
        (1, "(no name)", None, "extra-label", "column is not described; remove the column or describe it in datapackage.json"),
    ],
    "a,b,b\nx,1,2\n": [(1, "b", None, "duplicate-label", "column stands twice; keep one of the columns")],
}  # fmt: skip


@pytest.mark.parametrize("content", FORM)
def test_a_broken_form_is_told_and_nothing_is_read(content: str, write: Write) -> None:
    path = write(content)
    frame, faults = read_cells(path, TWO)
    assert (frame.columns.tolist(), len(frame)) == (["a", "b"], 0)
    told = [(fault.row, fault.column, fault.value, str(fault.reason), fault.message) for fault in faults]
    assert told == FORM[content]
    assert {fault.file for fault in faults} == {str(path)}


@pytest.mark.parametrize(("content", "row"), [(b"a,b\nx,1\ny,caf\xe9\n", 3), (b"\n\xe9", 2), (b"\xe9,b\n", 1)])
def test_bytes_that_are_no_utf_8_are_told_with_their_row(content: bytes, row: int, write: Write) -> None:
    path = write(content)
    frame, faults = read_cells(path, TWO)
    assert len(frame) == 0
    assert faults == (
        Fault(str(path), "is not UTF-8; save the file as UTF-8", row, None, "\\xe9", Reason.ENCODING_ERROR),
    )


def test_a_table_that_is_not_there_is_told(tmp_path: Path) -> None:
    path = tmp_path / "t.csv"
    message = "described but missing; restore it, or remove its entry from datapackage.json"
    frame, faults = read_cells(path, TWO)
    assert frame.columns.tolist() == ["a", "b"]
    assert faults == (Fault(str(path), message, reason=Reason.MISSING_FILE),)


def told(cells: list[str | None], field: Mapping[str, Any]) -> list[tuple[int | None, str | None, str]]:
    frame = pd.DataFrame({"a": pd.Series(cells, dtype="str")})
    found = list(cell_faults("t.csv", frame, entry({"name": "a", **field})))
    assert {(fault.file, fault.column) for fault in found} <= {("t.csv", "a")}
    return [(fault.row, fault.value, f"{fault.message} [{fault.reason}]") for fault in found]


HIDDEN = "holds characters that are not seen; type the cell anew [hidden-character]"
REQUIRED = "must not be empty [constraint-error]"
TWICE = "stands above already and must not repeat [unique-error]"
NUMBER = "must be a whole number [type-error]"
CONSTRAINTS: list[tuple[list[str | None], dict[str, Any], list[tuple[int | None, str | None, str]]]] = [
    (["x", None, "\0"], {}, [(4, "\0", HIDDEN)]),
    (["x", None, None], {"constraints": {"required": True}}, [(3, "", REQUIRED), (4, "", REQUIRED)]),
    (["1", "one", "one"], {"type": "integer"}, [(3, "one", NUMBER), (4, "one", NUMBER)]),
    (["x", "z"], {"constraints": {"enum": ["x", "y"]}}, [(3, "z", "must be one of: x, y [constraint-error]")]),
    (["ab", "abc"], {"constraints": {"pattern": "[a-z]{2}"}}, [(3, "abc", "must match [a-z]{2} [constraint-error]")]),
    (["9", "10", "11", None], {"type": "integer", "constraints": {"minimum": 10, "maximum": 10}},
     [(2, "9", "must be at least 10 [constraint-error]"), (4, "11", "must be at most 10 [constraint-error]")]),
    (["0.5", "1e1", "-1"], {"type": "number", "constraints": {"minimum": 0, "maximum": 9}},
     [(4, "-1", "must be at least 0 [constraint-error]"), (3, "1e1", "must be at most 9 [constraint-error]")]),
    (["2020-01-01", "2019-12-31"], {"type": "date", "constraints": {"minimum": "2020-01-01", "maximum": "2020-01-01"}},
     [(3, "2019-12-31", "must be at least 2020-01-01 [constraint-error]")]),
    (["x", "y", "x", None, None], {"constraints": {"unique": True}}, [(4, "x", TWICE)]),
    # what is of no type is told once, and not measured besides
    (["x", "x"], {"type": "integer", "constraints": {"minimum": 5, "unique": True}}, [(2, "x", NUMBER), (3, "x", NUMBER)]),
]  # fmt: skip


@pytest.mark.parametrize(("cells", "field", "faults"), CONSTRAINTS)
def test_a_cell_that_its_column_does_not_allow_is_told(
    cells: list[str | None], field: dict[str, Any], faults: list[tuple[int | None, str | None, str]]
) -> None:
    assert told(cells, field) == faults


def test_an_issue_is_a_repository_and_a_number_wherever_it_stands() -> None:
    frame = pd.DataFrame({"issue": pd.Series(["onnx/onnx#1", "onnx#1"], dtype="str")})
    assert [fault.row for fault in cell_faults("t.csv", frame, entry({"name": "issue"}))] == [3]


def test_a_key_stands_once_and_its_missing_parts_count() -> None:
    table = entry({"name": "a"}, {"name": "b"}, {"name": "c"})
    table["schema"]["primaryKey"] = ["a", "b"]
    frame = pd.DataFrame({"a": ["x", "x", "x", "x"], "b": ["1", None, "1", None], "c": list("pqrs")}, dtype="str")
    message = "key stands above already; keep one row per key"
    assert list(cell_faults("t.csv", frame, table)) == [
        Fault("t.csv", message, 4, "a, b", "x, 1", Reason.PRIMARY_KEY),
        Fault("t.csv", message, 5, "a, b", "x, ", Reason.PRIMARY_KEY),
    ]


@pytest.mark.parametrize(("table", "faults"), [({}, 1), ({"mayBeEmpty": False}, 1), ({"mayBeEmpty": True}, 0)])
def test_a_table_without_rows_is_told_unless_it_may_be(table: dict[str, Any], faults: int) -> None:
    frame = pd.DataFrame({"a": pd.Series([], dtype="str")})
    found = list(cell_faults("t.csv", frame, entry({"name": "a"}, **table)))
    assert found == [Fault("t.csv", "has no rows; restore them", reason=Reason.EMPTY_TABLE)] * faults


def test_each_column_gets_its_type() -> None:
    cells = {
        "integer": ["1", None], "number": ["INF", "-INF"], "date": ["2020-01-31", None], "boolean": ["true", "false"],
        "datetime": ["2020-01-31T01:02:03Z", None], "string": ["1", None], "code": ["b", None],
    }  # fmt: skip
    fields = [{"name": name, "type": name} for name in cells if name != "code"]
    described = entry(*fields, {"name": "code", "constraints": {"enum": ["b", "a"]}})
    frame = as_typed(pd.DataFrame(cells, dtype="str"), described)
    assert frame.columns.tolist() == list(cells)
    kinds = {name: str(kind).replace("[us", "[s").replace("[ns", "[s") for name, kind in frame.dtypes.items()}
    assert kinds == {
        "integer": "Int64", "number": "float64", "date": "datetime64[s]", "boolean": "boolean",
        "datetime": "datetime64[s, UTC]", "string": "str", "code": "category",
    }  # fmt: skip
    assert frame["integer"].tolist() == [1, pd.NA]
    assert frame["number"].tolist() == [np.inf, -np.inf]
    assert frame["boolean"].tolist() == [True, False]
    assert frame["date"].iloc[0] == pd.Timestamp("2020-01-31")
    assert frame["datetime"].iloc[0] == pd.Timestamp("2020-01-31T01:02:03Z")
    assert frame["code"].cat.categories.tolist() == ["b", "a"]
    assert not frame["code"].cat.ordered


@pytest.mark.parametrize("cell", ["\0", "\x1b[31m", "\u202e", "\u2066", "\x7f", "\x9f", "\r"])
def test_what_is_not_seen_is_found_among_others(cell: str) -> None:
    assert hidden(iter(["a\tb", f"x{cell}", "a\nb"])) == {f"x{cell}"}


@given(st.lists(st.text(alphabet="ab\0\n\t\u202e", max_size=3)))
def test_what_is_seen_is_left_alone(cells: list[str]) -> None:
    assert hidden(cells) == {cell for cell in cells if "\0" in cell or "\u202e" in cell}


def test_a_pattern_is_of_the_whole_cell() -> None:
    assert unmatched(["ab", "abc", "xab", "ab\n"], "ab") == {"abc", "xab", "ab\n"}


@pytest.mark.parametrize(
    ("kind", "good", "bad"),
    [("datetime", "2020-02-29T23:59:59Z", "2020-02-29T24:00:00Z"), ("date", "2020-02-29", "2021-02-29")],
)
def test_moments_exist(kind: str, good: str, bad: str) -> None:
    assert malformed([good, bad, "x"], kind) == {bad, "x"}


def test_typed_keeps_places() -> None:
    cells = pd.Series(["2", None, "1"], index=[5, 3, 9], dtype="str")
    assert typed(cells, {"type": "integer"}).dropna().to_dict() == {5: 2, 9: 1}
