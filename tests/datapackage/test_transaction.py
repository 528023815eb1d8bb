"""Several files are replaced together: an error leaves all as they were, a kill is finished by the next run."""

import os
from collections.abc import Callable
from pathlib import Path

import pytest

from datapackage.errors import Fault, InputError
from datapackage.files import JOURNAL
from datapackage.reasons import Reason
from datapackage.transaction import edited, finish, replace_all
from datapackage.validation import validate
from tests.conftest import edit

OLD = {"a.csv": "old a", "sub/b.csv": "old b", "gone/c.csv": "old c", "last.csv": "old last"}
NEW = {"a.csv": "new a", "sub/b.csv": "new b", "more/d.csv": "new d"}
GONE = ["gone/c.csv", "last.csv"]


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    place = tmp_path / "data"
    for name, text in OLD.items():
        (place / name).parent.mkdir(parents=True, exist_ok=True)
        (place / name).write_text(text)
    return place


def contents(folder: Path) -> dict[str, str]:
    return {path.relative_to(folder).as_posix(): path.read_text() for path in folder.rglob("*") if path.is_file()}


def modes(folder: Path) -> dict[str, int]:
    return {name: (folder / name).stat().st_mode & 0o777 for name in contents(folder)}


def test_all_are_replaced_and_removed(folder: Path) -> None:
    (folder / "a.csv").chmod(0o600)
    replace_all(folder, NEW, GONE)
    assert contents(folder) == NEW
    assert (folder / "a.csv").stat().st_mode & 0o777 == 0o600
    assert not (folder / "gone").exists()
    assert finish(folder) is None


@pytest.mark.parametrize("call", range(4))
@pytest.mark.parametrize("kept", [False, True])
def test_an_error_before_the_renames_leaves_everything(
    folder: Path, call: int, kept: bool, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The reason is told, also where what was written already cannot be removed."""
    calls = iter(range(100))
    real, unlink = os.fsync, Path.unlink

    def full_disk(handle: int) -> None:
        if next(calls) == call:
            raise OSError(28, "No space left on device")
        real(handle)

    def held(self: Path, missing_ok: bool = False) -> None:
        if kept and self.name.endswith(".replacing"):
            raise PermissionError(13, "Permission denied", str(self))
        unlink(self, missing_ok=missing_ok)

    with monkeypatch.context() as patched:
        patched.setattr("os.fsync", full_disk)
        patched.setattr(Path, "unlink", held)
        with pytest.raises(OSError, match="No space left"):
            replace_all(folder, NEW, GONE)
    left = contents(folder)
    if kept:
        assert finish(folder) is None
    else:
        assert left == OLD
    assert contents(folder) == OLD


def test_a_folder_that_keeps_its_files_is_told_before_anything_is_done(
    folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    kept = folder / "gone"
    monkeypatch.setattr("os.access", lambda path, mode: not (path == kept and mode == os.W_OK))
    with pytest.raises(PermissionError) as caught:
        replace_all(folder, NEW, GONE)
    assert (caught.value.errno, caught.value.strerror, caught.value.filename) == (
        13, "Permission denied", str(kept / "c.csv"),
    )  # fmt: skip
    assert contents(folder) == OLD
    # what is not there keeps nobody
    replace_all(folder, NEW, ["gone/never.csv", "last.csv"])
    assert contents(folder) == NEW | {"gone/c.csv": "old c"}


@pytest.fixture
def refuse(monkeypatch: pytest.MonkeyPatch) -> Callable[..., None]:
    """Make files refuse to be replaced or removed (another program holds them open, on Windows), or a kill come at a rename."""

    def refusing(*names: str, restoring: bool = False, kill: int = 1_000) -> None:
        replace, unlink = Path.replace, Path.unlink
        left = kill

        def denied(path: Path) -> PermissionError:
            return PermissionError(13, "Permission denied", str(path))

        def held(self: Path, target: Path) -> Path:
            nonlocal left
            left -= 1
            if left < 0:
                os._exit(9)
            if Path(target).name in names and self.name.endswith(".replacing"):
                raise denied(self)
            if restoring and self.name.endswith(".restoring"):
                raise denied(self)
            return replace(self, target)

        def kept(self: Path, missing_ok: bool = False) -> None:
            if self.name in names:
                raise denied(self)
            unlink(self, missing_ok=missing_ok)

        monkeypatch.setattr(Path, "replace", held)
        monkeypatch.setattr(Path, "unlink", kept)

    return refusing


@pytest.mark.parametrize("name", ["a.csv", "sub/b.csv", "more/d.csv", "gone/c.csv", "last.csv"])
def test_a_file_that_cannot_be_replaced_leaves_everything(
    folder: Path, name: str, refuse: Callable[..., None], monkeypatch: pytest.MonkeyPatch
) -> None:
    (folder / "a.csv").chmod(0o640)
    (folder / "gone" / "c.csv").chmod(0o600)
    before = modes(folder)
    refuse(Path(name).name)
    with pytest.raises(PermissionError) as caught:
        replace_all(folder, NEW, GONE)
    assert caught.value.filename == str(folder / name), "the one that a user knows"
    monkeypatch.undo()
    assert contents(folder) == OLD
    assert modes(folder) == before
    assert finish(folder) is None
    replace_all(folder, NEW, GONE)
    assert contents(folder) == NEW


def test_what_can_neither_be_done_nor_taken_back_is_finished_later(
    folder: Path, refuse: Callable[..., None], monkeypatch: pytest.MonkeyPatch
) -> None:
    refuse("b.csv", restoring=True)
    with pytest.raises(PermissionError) as caught:
        replace_all(folder, NEW, GONE)
    assert caught.value.filename == str(folder / "sub" / "b.csv"), "the first reason is told"
    assert (folder / JOURNAL).exists()
    monkeypatch.undo()
    assert finish(folder) == 2
    assert contents(folder) == OLD


def exit_code(action: Callable[[], object]) -> int:
    """Run in a process of its own and return how it ended: 0 done, 1 refused, 9 killed."""
    child = os.fork()
    if child == 0:  # pragma: no cover - the process that dies
        try:
            action()
        except PermissionError:
            os._exit(1)
        finally:
            os._exit(0)
    return os.waitstatus_to_exitcode(os.waitpid(child, 0)[1])


@pytest.mark.parametrize(
    ("kill", "left"),
    # three new files are written, then the journal; each takes its place with a rename
    [(0, None), (1, None), (2, None), (3, None), (4, 5), (5, 4), (6, 3)],
)
def test_a_kill_between_the_renames_is_finished(
    folder: Path, kill: int, left: int | None, refuse: Callable[..., None], monkeypatch: pytest.MonkeyPatch
) -> None:
    refuse(kill=kill)
    assert exit_code(lambda: replace_all(folder, NEW, GONE)) == 9
    monkeypatch.undo()
    assert (folder / JOURNAL).exists() == (left is not None)
    assert finish(folder) == left
    assert contents(folder) == (OLD if left is None else NEW)


def test_a_kill_while_all_is_taken_back_ends_with_the_old_or_the_new(
    folder: Path, refuse: Callable[..., None], monkeypatch: pytest.MonkeyPatch
) -> None:
    ends = set()
    for kill in range(40):
        replace_all(folder, OLD, [name for name in NEW if name not in OLD and (folder / name).exists()])
        refuse("d.csv", kill=kill)
        code = exit_code(lambda: replace_all(folder, NEW, GONE))
        monkeypatch.undo()
        if code != 9:
            break
        finish(folder)
        now = contents(folder)
        assert now in (OLD, NEW), kill
        ends.add("old" if now == OLD else "new")
    else:
        pytest.fail("it never ran to its end")
    assert code == 1
    assert ends == {"old", "new"}
    assert contents(folder) == OLD


@pytest.mark.parametrize(
    "text",
    [
        "{",
        "[]",
        '{"replace": ["../x"], "remove": []}',
        '{"replace": [], "remove": ["/etc/hostname"]}',
        '{"replace": []}',
        '{"replace": [], "remove": [], "suffix": ""}',
        "[" * 100_000,
    ],
)
def test_a_damaged_journal_is_named(folder: Path, text: str) -> None:
    (folder / JOURNAL).write_text(text)
    with pytest.raises(InputError) as caught:
        finish(folder)
    message = "tells of an interrupted import, but is damaged; restore the folder (git checkout) and remove this file"
    assert caught.value.faults == (Fault(str(folder / JOURNAL), message, reason=Reason.FORMAT),)
    assert contents(folder) == OLD | {JOURNAL: text}


def test_a_folder_that_holds_more_stays(folder: Path) -> None:
    (folder / "gone" / "mine.txt").write_text("mine")
    replace_all(folder, {}, ["gone/c.csv", "gone/c.csv", "never/there.csv"])
    assert contents(folder) == {name: OLD[name] for name in ("a.csv", "sub/b.csv", "last.csv")} | {
        "gone/mine.txt": "mine"
    }


def test_an_interrupted_change_is_finished_once_and_counted(folder: Path) -> None:
    (folder / ".a.csv.replacing").write_text("new a")
    (folder / ".last.csv.replacing").write_text("new last")
    (folder / JOURNAL).write_text(
        '{"replace": ["a.csv", "sub/b.csv", "last.csv"], "remove": ["gone/c.csv", "never/there.csv"]}'
    )
    assert finish(folder) == 3
    assert contents(folder) == {"a.csv": "new a", "sub/b.csv": "old b", "last.csv": "new last"}
    assert finish(folder) is None


def test_what_a_killed_change_left_beside_the_files_is_swept(folder: Path) -> None:
    for name in (".a.csv.replacing", "sub/.b.csv.replacing", "gone/.c.csv.restoring"):
        (folder / name).write_text("half")
    assert finish(folder) is None
    assert contents(folder) == OLD


def test_an_edit_puts_what_changed_in_place_and_leaves_the_rest_alone(small: Path) -> None:
    before = {name: (small / name).stat().st_mtime_ns for name in contents(small)}
    with edited(small) as stage:
        edit(stage / "samples.csv", "tf2onnx,242", "tf2onnx,243")
        (stage / "survey" / "notes.md").write_text("added")
    assert validate(small) == []
    assert "tf2onnx,243" in (small / "samples.csv").read_text()
    after = {name: (small / name).stat().st_mtime_ns for name in contents(small)}
    assert {name for name, moment in after.items() if before.get(name) != moment} == {
        "samples.csv", "datapackage.json", "survey/notes.md",
    }  # fmt: skip


def test_an_edit_that_leaves_faults_changes_nothing(small: Path) -> None:
    before = contents(small)
    with pytest.raises(InputError) as caught, edited(small) as stage:
        edit(stage / "failures.csv", "crash,shape_problem", "crush,shape_problem")
    assert {fault.file for fault in caught.value.faults} == {str(small / "failures.csv")}, "not the copy's"
    assert contents(small) == before
