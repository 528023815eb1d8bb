"""The large files that the archive's snapshot lacks, on small made files of the form that the module describes."""

import json
import shutil
import stat
import zipfile
from pathlib import Path

import pytest

from datapackage.descriptor import refresh
from datapackage.errors import InputError
from datapackage.validation import validate
from mining.published_archive.command import import_archive
from mining.published_archive.large_results import (
    REAL_RESULTS,
    SEQUENCES,
    find_large_files,
    read_real_results,
    read_sequences,
)


def _json(path: Path, content: object) -> Path:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(json.dumps(content), encoding="utf-8")
    return path


def _zip(path: Path, members: dict[str, str]) -> Path:
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as book:
        for name, content in members.items():
            book.writestr(name, content)
    return path


def test_large_files_are_found_and_pointers_are_not(tmp_path: Path) -> None:
    _json(tmp_path / "Theme3" / REAL_RESULTS["tf2onnx"], [])
    (tmp_path / SEQUENCES).write_text("version https://git-lfs.github.com/spec/v1\noid sha256:0\nsize 9\n")
    assert set(find_large_files(tmp_path)) == {REAL_RESULTS["tf2onnx"]}
    _json(tmp_path / "copy" / REAL_RESULTS["tf2onnx"], [])
    with pytest.raises(InputError, match="keep one"):
        find_large_files(tmp_path)


def test_real_results_are_read(tmp_path: Path) -> None:
    entries = [
        {"model": "a", "result": 0, "error": None, "mad": 1e-3},
        {"model": "b", "result": 0, "error": None, "mad": 9e-4},
        {"model": "c", "result": 0, "error": None, "mad": float("nan")},
        {"model": "d", "result": 0, "error": None, "mismatch": True},
        {"model": "e", "result": 1, "error": "b''"},
    ]
    frame = read_real_results(_json(tmp_path / "r.json", entries), "tf2onnx")
    assert frame["reported"].tolist() == ["mismatch", "match", "match", "mismatch", "exception"]
    assert frame["max_abs_diff"].isna().tolist() == [False, False, True, True, True]
    assert frame["error_stage"].tolist()[-1] == "convert"
    assert set(frame["converter"]) == {"tf2onnx"}


def test_real_results_of_another_form_are_refused_with_all_faults(tmp_path: Path) -> None:
    entries = [
        3,
        {"result": 0},
        {"model": "a", "result": 1, "error": None},
        {"model": "b", "result": 1, "error": "something new"},
        {"model": "c", "result": 0, "error": None},
    ]
    with pytest.raises(InputError) as caught:
        read_real_results(_json(tmp_path / "r.json", entries), "tf2onnx")
    assert [(fault.row, fault.column) for fault in caught.value.faults] == [
        (1, "model"), (2, "model"), (3, "result"), (4, "error"), (5, "mad"),
    ]  # fmt: skip
    with pytest.raises(InputError, match="list of objects"):
        read_real_results(_json(tmp_path / "r.json", {}), "tf2onnx")


def test_the_importer_writes_what_a_clone_with_large_files_has(archive: Path, data: Path, tmp_path: Path) -> None:
    clone = tmp_path / "archive"
    shutil.copytree(archive, clone, copy_function=shutil.copyfile)
    entries = [{"model": "a", "result": 0, "error": None, "mad": 0.5}, {"model": "b", "result": 1, "error": "b''"}]
    _json(clone / REAL_RESULTS["tf2onnx"], entries)
    _zip(clone / SEQUENCES, {"tf2onnx/mismatch.json": json.dumps({"m": ["abc"]})})
    counts = import_archive(clone, data)
    assert counts["conversions-issta24-real"] == 2
    assert counts["conversions-issta24-sequences"] == 1
    refresh(data)
    assert validate(data) == []
    text = (data / "conversions/issta24-real.csv").read_text(encoding="utf-8")
    assert text.splitlines()[1:] == ["tf2onnx,a,mismatch,,,,0.5", "tf2onnx,b,exception,convert,command_failed,,"]
    before = (data / "datapackage.json").read_bytes()
    import_archive(clone, data)
    assert (data / "datapackage.json").read_bytes() == before


def test_sequences_are_read(tmp_path: Path) -> None:
    content = json.dumps({"m1": ["abc", "bc"], "m2": []})
    frame = read_sequences(_zip(tmp_path / SEQUENCES, {"results/torch/mismatch.json": content}))
    assert [tuple(row) for row in frame.to_numpy()] == [
        ("results/torch/mismatch", "m1", "abc"), ("results/torch/mismatch", "m1", "bc"),
    ]  # fmt: skip


@pytest.mark.parametrize("name", ["../out.json", "/etc/out.json", "a/../../out.json", "..\\out.json", "C:/out.json"])
def test_a_path_that_leads_out_is_refused(tmp_path: Path, name: str) -> None:
    path = _zip(tmp_path / SEQUENCES, {"ok.json": "{}", name: "{}"})
    with pytest.raises(InputError, match="leads out"):
        read_sequences(path)
    assert sorted(each.name for each in tmp_path.rglob("*")) == [SEQUENCES]


def test_a_link_is_refused(tmp_path: Path) -> None:
    path = tmp_path / SEQUENCES
    with zipfile.ZipFile(path, "w") as book:
        link = zipfile.ZipInfo("link.json")
        link.external_attr = (stat.S_IFLNK | 0o777) << 16
        book.writestr(link, "/etc/passwd")
    with pytest.raises(InputError, match="is a link"):
        read_sequences(path)


def test_expansion_is_bounded(tmp_path: Path) -> None:
    path = _zip(
        tmp_path / SEQUENCES, {"a.json": json.dumps({"m": ["x" * 900]}), "b.json": json.dumps({"m": ["y" * 900]})}
    )
    with pytest.raises(InputError, match="more than 500 bytes"):
        read_sequences(path, largest=500)
    with pytest.raises(InputError, match="unpacks to more"):
        read_sequences(path, total=1200)
    bomb = _zip(tmp_path / "bomb.zip", {"a.json": " " * 30_000_000})
    with pytest.raises(InputError, match="beyond reason"):
        read_sequences(bomb)


@pytest.mark.parametrize("content", ["[", "[]", '{"m": "abc"}', '{"m": [1]}'])
def test_sequences_of_another_form_are_refused(tmp_path: Path, content: str) -> None:
    with pytest.raises(InputError, match=r"a\.json"):
        read_sequences(_zip(tmp_path / SEQUENCES, {"a.json": content}))


def test_a_file_that_is_no_zip_is_named(tmp_path: Path) -> None:
    (tmp_path / SEQUENCES).write_bytes(b"PK no")
    with pytest.raises(InputError, match="cannot be read as a ZIP"):
        read_sequences(tmp_path / SEQUENCES)
