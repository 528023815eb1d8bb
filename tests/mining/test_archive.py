"""The raw archive: damage is noticed, told and never derived from."""

import gzip

import pytest

from datapackage.errors import InputError
from mining.derived_tables import derive
from mining.github.archive import Archive, archive_hash
from tests.mining.conftest import fetch, run, tables


@pytest.fixture
def mined(serve, small, store, clock):
    fetch(serve(small), store, clock)
    derive(store)
    return store


def _cut(path):
    path.write_bytes(path.read_bytes()[:-20])


def _change(path):
    path.write_bytes(gzip.compress(gzip.decompress(path.read_bytes()).replace(b"CLOSED", b"OPENED")))


@pytest.mark.parametrize("spoil", [_cut, _change, lambda path: path.unlink(), lambda path: path.write_bytes(b"")])
def test_damage_is_told_and_the_tables_stay(spoil, mined):
    before = tables(mined)
    spoil(mined / "raw" / "tf2onnx" / "0001" / "000002.jsonl.gz")
    with pytest.raises(InputError, match="fetch again") as caught:
        derive(mined)
    assert "000002" in str(caught.value)
    assert tables(mined) == before


@pytest.mark.parametrize("spoil", [_cut, lambda path: path.unlink()])
def test_unfinished_round_with_damage_is_not_continued(spoil, mined, serve, small, clock):
    folder = mined / "raw" / "tf2onnx" / "0001"
    (folder / "complete.json").unlink()
    spoil(folder / "000001.jsonl.gz")
    with pytest.raises(InputError, match="fetch again"):
        fetch(serve(small), mined, clock)


def test_a_round_whose_beginning_was_cut_off_does_not_count(mined):
    archive = Archive(mined, "tf2onnx")
    (archive.folder / "0002").mkdir()
    (archive.folder / "0002" / ".round.json.x.tmp").write_text("{")
    assert [entry.number for entry in archive.rounds()] == [1]


def test_hash_tells_archives_apart(mined, serve, small, clock):
    before = archive_hash(Archive(mined, "tf2onnx").snapshot())
    assert archive_hash(Archive(mined, "tf2onnx").snapshot()) == before
    fetch(serve(small), mined, clock)
    assert archive_hash(Archive(mined, "tf2onnx").snapshot()) != before


def test_tables_edited_by_hand_are_told_cell_by_cell(mined, capsys):
    path = mined / "tables" / "issues.csv"
    lines = path.read_text().splitlines()
    cells = lines[1].split(",")
    cells[2] = "yesterday"
    lines[1] = ",".join(cells)
    lines[2] += ",more"
    path.write_text("\n".join(lines) + "\n")
    assert run("filter", "--store", mined) == 1
    message = capsys.readouterr().err
    assert "row 2, column created, value 'yesterday'" in message
    assert "row 3" in message
