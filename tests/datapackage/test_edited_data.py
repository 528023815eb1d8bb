"""Edits of a data folder, and files replaced together: killed anywhere, all are old or all are new, and it is said meanwhile."""

import threading
import time
from pathlib import Path

import pytest

from datapackage import transaction
from datapackage.errors import InputError
from datapackage.files import JOURNAL
from datapackage.tables import read_table
from datapackage.transaction import edited, finish, replace_all
from datapackage.validation import validate
from tests.conftest import edit
from tests.datapackage.killing import killed_at

OLD = {"one.csv": b"old 1", "deep/two.csv": b"old 2", "three.md": b"old 3"}
NEW = {"one.csv": b"new 1", "deep/two.csv": b"new 2", "four.md": b"new 4"}


def contents(folder: Path) -> dict[str, bytes]:
    return {
        path.relative_to(folder).as_posix(): path.read_bytes() for path in sorted(folder.rglob("*")) if path.is_file()
    }


def test_killed_anywhere_the_files_are_all_old_or_all_new(tmp_path: Path) -> None:
    endings = set()
    for step in range(1, 200):
        folder = tmp_path / str(step)
        for name, content in OLD.items():
            (folder / name).parent.mkdir(parents=True, exist_ok=True)
            (folder / name).write_bytes(content)
        killed = killed_at(step, lambda folder=folder: replace_all(folder, NEW))
        was_pending = (folder / JOURNAL).exists()
        mixed = {name: content for name, content in contents(folder).items() if not Path(name).name.startswith(".")}
        assert was_pending or mixed in (OLD, OLD | NEW), "a half-done change must say that it is"
        finish(folder)
        found = contents(folder)
        assert found in (OLD, OLD | NEW), f"step {step}"
        endings.add("new" if found == OLD | NEW else "old")
        if not killed:
            break
    else:
        pytest.fail("the change never came to its end")
    assert step > 15
    assert endings == {"old", "new"}


def test_nothing_is_read_while_a_change_is_half_done(data: Path) -> None:
    (data / JOURNAL).write_text("{}")
    with pytest.raises(InputError, match="labelling recover"):
        read_table(data, "failures")


def test_an_edit_that_leaves_faults_changes_nothing(data: Path) -> None:
    before = contents(data)
    with pytest.raises(InputError) as caught, edited(data) as stage:
        edit(stage / "failures.csv", "crash,shape_problem", "crush,shape_problem")
    assert str(data / "failures.csv") in str(caught.value), "the user's file is named, not the copy"
    assert contents(data) == before


def test_two_edits_at_once_follow_each_other(data: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Each copies the folder and puts its copy back; at the same time, one would undo the other."""
    monkeypatch.setattr(transaction, "_PATIENCE", 3600.0)  # however busy the machine is
    begun = threading.Event()

    def second() -> None:
        begun.set()
        with edited(data) as stage:
            edit(stage / "CHANGELOG.md", "\n## ", "\nsecond\n\n## ")

    other = threading.Thread(target=second)
    with edited(data) as stage:
        other.start()
        begun.wait()
        time.sleep(0.2)
        edit(stage / "samples.csv", "tf2onnx,242", "tf2onnx,243")
    other.join()
    assert "tf2onnx,243" in (data / "samples.csv").read_text()
    assert "second" in (data / "CHANGELOG.md").read_text()


def test_an_edit_of_tables_with_faults_is_refused(data: Path) -> None:
    edit(data / "samples.csv", "tf2onnx,242", "tf2onnx,243")  # not described: nobody said that it was meant
    with pytest.raises(InputError, match="edited since it was described"), edited(data):
        pass


def test_an_edit_is_described_and_sound(data: Path) -> None:
    with edited(data) as stage:
        edit(stage / "samples.csv", "tf2onnx,242", "tf2onnx,243")
    assert validate(data) == []
    assert "tf2onnx,243" in (data / "samples.csv").read_text()
    assert not list(data.glob(".*"))
