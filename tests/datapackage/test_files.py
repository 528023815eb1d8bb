"""A file is replaced in one step or stays as it was, and says where a disk was full."""

import hashlib
import os
from collections.abc import Callable
from pathlib import Path

import pytest
import yaml

from datapackage.files import parse_yaml, sha256, write_atomic


@pytest.fixture
def on_flush(monkeypatch: pytest.MonkeyPatch) -> Callable[[Callable[[], None]], None]:
    """Do something when a file is flushed to disk, before it takes its place."""
    return lambda action: monkeypatch.setattr("os.fsync", lambda handle: action() if handle >= 0 else None)


def full() -> None:
    raise OSError(28, "No space left on device")


@pytest.mark.parametrize("content", ["naïve\r\n☃\n", b"\xff\x00\n"])
def test_a_file_holds_what_was_written_in_folders_that_are_made(content: str | bytes, tmp_path: Path) -> None:
    path = tmp_path / "one" / "two" / "file"
    write_atomic(path, content)
    assert path.read_bytes() == (content if isinstance(content, bytes) else content.encode("utf-8"))
    write_atomic(path, "again")
    assert [each.name for each in path.parent.iterdir()] == ["file"]
    assert path.read_text(encoding="utf-8") == "again"


@pytest.mark.parametrize(("mask", "mode"), [(0o000, 0o666), (0o022, 0o644), (0o077, 0o600)])
def test_a_new_file_is_as_private_as_its_user_wants_and_a_replaced_one_as_it_was(
    mask: int, mode: int, tmp_path: Path
) -> None:
    before = os.umask(mask)
    try:
        write_atomic(tmp_path / "new", "")
        assert (tmp_path / "new").stat().st_mode & 0o777 == mode
        (tmp_path / "new").chmod(0o640)
        write_atomic(tmp_path / "new", "again")
        assert (tmp_path / "new").stat().st_mode & 0o777 == 0o640
    finally:
        assert os.umask(before) == mask, "the process keeps its mask"


def test_before_it_stands_a_file_lies_hidden_beside_its_place(
    tmp_path: Path, on_flush: Callable[[Callable[[], None]], None]
) -> None:
    """What a kill leaves is no table, and is found by what sweeps `.*.tmp`."""
    path = tmp_path / "table.csv"
    path.write_text("old", encoding="utf-8")
    seen: list[str] = []

    def look() -> None:
        assert path.read_text(encoding="utf-8") == "old"
        seen.extend(each.name for each in tmp_path.iterdir() if each != path)

    on_flush(look)
    write_atomic(path, "new")
    (name,) = seen
    assert name.startswith(".table.csv.")
    assert name.endswith(".tmp")


def test_a_full_disk_names_the_file_and_leaves_the_old_one_alone(
    tmp_path: Path, on_flush: Callable[[Callable[[], None]], None]
) -> None:
    path = tmp_path / "table.csv"
    path.write_text("old", encoding="utf-8")
    on_flush(full)
    with pytest.raises(OSError, match="No space left") as caught:
        write_atomic(path, "new")
    assert caught.value.filename == str(path)
    assert {each.name: each.read_text(encoding="utf-8") for each in tmp_path.iterdir()} == {"table.csv": "old"}


def test_whoever_clears_what_was_half_written_does_not_hide_the_reason(
    tmp_path: Path, on_flush: Callable[[Callable[[], None]], None]
) -> None:
    def cleared() -> None:
        for leftover in tmp_path.glob(".*.tmp"):
            leftover.unlink()
        full()

    on_flush(cleared)
    with pytest.raises(OSError, match="No space left"):
        write_atomic(tmp_path / "table.csv", "new")


def test_a_file_is_hashed_by_its_bytes(tmp_path: Path) -> None:
    (tmp_path / "file").write_bytes(b"a\r\n\xff")
    assert sha256(tmp_path / "file") == hashlib.sha256(b"a\r\n\xff").hexdigest()


def test_yaml_is_read_without_running_what_it_names() -> None:
    assert parse_yaml("a: [1, two]\n") == {"a": [1, "two"]}
    with pytest.raises(yaml.YAMLError):
        parse_yaml("!!python/object/apply:os.getcwd []")
    with pytest.raises(yaml.YAMLError):
        parse_yaml("a: [")
