"""A damaged store is a fault with a remedy, in every command; converters that are whole go on."""

import json

import pytest

from mining.derived_tables import derive
from mining.github.archive import Archive
from tests.mining.conftest import TORCH, fetch, run, tables

DEEP = "[" * 100_000 + "]" * 100_000


@pytest.fixture
def mined(serve, small, store, clock):
    server = serve(small)
    fetch(server, store, clock)
    fetch(server, store, clock, converter=TORCH)
    derive(store)
    return store


RECORDS = ("", "{", "null", "[]", "5", '{"segments": 5}', '{"000001.jsonl.gz": 1}', '{"segments": {}}', DEEP, b"\xff")
ROUNDS = (
    "", "{", "null", "[1]", '{"full": 1, "question": {}, "since": null}', '{"full": true, "question": [], "since": null}',
    '{"full": false, "question": {"repository": "a/b", "labels": []}, "since": "soon"}', DEEP,
)  # fmt: skip


@pytest.mark.parametrize("text", RECORDS)
def test_a_damaged_complete_json_is_told_and_the_other_converter_is_derived(text, mined, capsys):
    path = mined / "raw" / "tf2onnx" / "0001" / "complete.json"
    path.write_bytes(text if isinstance(text, bytes) else text.encode())
    before = tables(mined)
    for table in ("issues.parquet", "events.parquet"):
        (mined / "tables" / table).unlink()
    assert run("derive", "--store", mined) == 1
    message = capsys.readouterr().err
    assert "0001" in message
    assert "fetch again" in message
    assert "Traceback" not in message
    assert tables(mined) == before


@pytest.mark.parametrize("text", ROUNDS)
def test_a_damaged_round_json_stops_only_its_converter(text, mined, serve, small, capsys):
    (mined / "raw" / "tf2onnx" / "0001" / "round.json").write_text(text)
    assert (
        run(
            "fetch",
            "--store",
            mined,
            "--converter",
            "tf2onnx",
            "--converter",
            "torch.onnx",
            "--api-url",
            serve(small).url,
        )
        == 1
    )
    told = capsys.readouterr()
    assert "round.json: is damaged; remove the folder of this round and fetch again" in told.err
    assert "tf2onnx: outcome unfinished" in told.out
    assert "torch.onnx: fetch incremental" in told.out


@pytest.mark.parametrize("change", [
    {"kind": "other"}, {"answer": None}, {"answer": {"data": {}}}, {"fetched": "soon"}, {"variables": 5},
    {"answer": {"data": {"repository": {"nameWithOwner": "a/b", "anyState": {"totalCount": 1}, "issues": {"nodes": None}}}}},
])  # fmt: skip
def test_an_answer_that_should_not_have_been_stored_is_named(change, mined, serve, small, capsys):
    current = Archive(mined, "tf2onnx").rounds()[0]
    (current.folder / "complete.json").unlink()
    envelope = next(current.envelopes())
    for path in current.segments():
        path.unlink()
    current.append([{**envelope, **change}], _Nothing())
    options = ("--store", mined, "--converter", "tf2onnx", "--api-url", serve(small).url)
    assert run("fetch", *options) == 1
    message = capsys.readouterr().err
    assert "000001.jsonl.gz: holds an answer that isn't GitHub's" in message
    assert "remove the folder of its round and fetch again" in message


class _Nothing:
    def clean(self, text):
        return text


def test_a_store_of_the_version_before_is_read(mined):
    """It kept the hashes alone, and entries without identifiers."""
    before = tables(mined)
    path = mined / "raw" / "tf2onnx" / "0001" / "complete.json"
    path.write_text(json.dumps(json.loads(path.read_text())["segments"]))
    assert run("derive", "--store", mined) == 0
    assert tables(mined) == before


@pytest.mark.parametrize("name", ["tables/issues.csv", "tables/snapshots.csv", "samples/x.csv"])
@pytest.mark.parametrize("content", [b"\xff\xfe", b"", b'a,"b\n'])
def test_tables_that_are_no_tables_are_faults(name, content, mined, capsys):
    (mined / "samples").mkdir(exist_ok=True)
    (mined / name).write_bytes(content)
    assert run("funnel", "--store", mined) == 1
    message = capsys.readouterr().err
    assert name in message
    assert "Traceback" not in message
