"""Tables are written the same from any row order, read back as they were, and never half."""

from pathlib import Path

import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from datapackage import files
from datapackage.descriptor import load_descriptor, resource
from datapackage.errors import InputError
from datapackage.files import write_atomic
from datapackage.tables import read_table, render_table, write_table
from tests.conftest import DATA

ENTRY = resource(load_descriptor(DATA), "ratings")
CODES = st.sampled_from(["crash", "wrong_model", "hang"])
ROWS = st.lists(
    st.tuples(st.sampled_from(["a/b", "a/a"]), st.integers(1, 10**7), st.sampled_from(["r1", "r2"]), CODES),
    max_size=30, unique_by=lambda row: row[:3],
)  # fmt: skip


def _frame(rows: list[tuple[str, int, str, str]]) -> pd.DataFrame:
    records = [("s", "pilot", f"{repo}#{number}", rater, "symptom", code) for repo, number, rater, code in rows]
    frame = pd.DataFrame(records, columns=["sample", "round", "issue", "rater", "dimension", "code"])
    return frame.assign(revision=1, unsure=None, time=None, tool="sheet")


@given(ROWS, st.randoms(use_true_random=False))
def test_the_text_does_not_depend_on_the_order_of_rows(rows: list[tuple[str, int, str, str]], random: object) -> None:
    shuffled = list(rows)
    random.shuffle(shuffled)  # type: ignore[attr-defined]
    assert render_table(ENTRY, _frame(rows)) == render_table(ENTRY, _frame(shuffled))


@given(ROWS)
def test_issues_are_sorted_by_number_not_by_text(rows: list[tuple[str, int, str, str]]) -> None:
    lines = render_table(ENTRY, _frame(rows)).splitlines()[1:]
    keys = [(line.split(",")[2].split("#")[0], int(line.split(",")[2].split("#")[1])) for line in lines]
    assert keys == sorted(keys)


def test_reading_and_writing_again_gives_the_same_bytes(data: Path) -> None:
    for name in ("failures", "ratings", "samples", "issue_dates", "reference_distributions"):
        path = data / resource(load_descriptor(data), name)["path"]
        before = path.read_bytes()
        write_table(data, name, read_table(data, name).sample(frac=1, random_state=1).reset_index(drop=True))
        assert path.read_bytes() == before, name


def test_a_table_saved_with_windows_line_ends_reads_alike(data: Path) -> None:
    expected = read_table(data, "failures")
    path = data / "failures.csv"
    path.write_bytes(path.read_bytes().replace(b"\n", b"\r\n"))
    pd.testing.assert_frame_equal(read_table(data, "failures"), expected)


def test_types_follow_the_descriptor() -> None:
    failures = read_table(DATA, "failures")
    assert list(failures["location"].cat.categories[:2]) == ["load_model", "node_conversion"]
    assert str(failures["created"].dtype).startswith("datetime64")
    assert str(failures["population_rank"].dtype) == "Int64"
    assert failures["created"].isna().sum() == 24


def test_a_repeated_key_is_refused_and_the_old_file_kept(data: Path) -> None:
    before = (data / "ratings.csv").read_bytes()
    twice = pd.concat([_frame([("a/b", 1, "r1", "hang")])] * 2, ignore_index=True)
    with pytest.raises(InputError, match="a/b#1"):
        write_table(data, "ratings", twice)
    with pytest.raises(InputError, match="column to write is missing"):
        write_table(data, "ratings", twice.drop(columns="code"))
    assert (data / "ratings.csv").read_bytes() == before


@pytest.mark.parametrize("step", ["fsync", "replace"])
def test_a_failing_disk_leaves_the_old_file_and_no_litter(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, step: str
) -> None:
    target = tmp_path / "table.csv"
    write_atomic(target, "old")

    def fail(*_: object, **__: object) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(*((files.os, "fsync", fail) if step == "fsync" else (Path, "replace", fail)))
    with pytest.raises(OSError, match="No space left"):
        write_atomic(target, "new")
    monkeypatch.undo()
    assert target.read_text() == "old"
    assert [path.name for path in tmp_path.iterdir()] == ["table.csv"]


def test_a_replaced_file_keeps_its_mode(tmp_path: Path) -> None:
    target = tmp_path / "table.csv"
    target.write_text("old")
    target.chmod(0o640)
    write_atomic(target, "new")
    assert (target.read_text(), target.stat().st_mode & 0o777) == ("new", 0o640)
