"""Several files are replaced together: an error leaves all as they were, a kill is finished by the next run."""

import os
import subprocess
import sys
from pathlib import Path

import pytest

from datapackage.errors import InputError
from datapackage.files import JOURNAL
from datapackage.transaction import finish, replace_all

OLD = {"a.csv": "old a", "sub/b.csv": "old b", "gone/c.csv": "old c"}
NEW = {"a.csv": "new a", "sub/b.csv": "new b", "more/d.csv": "new d"}


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    for name, text in OLD.items():
        (tmp_path / name).parent.mkdir(exist_ok=True)
        (tmp_path / name).write_text(text)
    return tmp_path


def contents(folder: Path) -> dict[str, str]:
    return {path.relative_to(folder).as_posix(): path.read_text() for path in folder.rglob("*") if path.is_file()}


def test_all_are_replaced_and_removed(folder: Path) -> None:
    (folder / "a.csv").chmod(0o600)
    replace_all(folder, NEW, ["gone/c.csv"])
    assert contents(folder) == NEW
    assert (folder / "a.csv").stat().st_mode & 0o777 == 0o600
    assert not (folder / "gone").exists()
    assert finish(folder) is None


@pytest.mark.parametrize("call", range(4))
def test_an_error_before_the_renames_leaves_everything(
    folder: Path, call: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    calls = iter(range(100))
    real = os.fsync

    def full_disk(handle: int) -> None:
        if next(calls) == call:
            raise OSError(28, "No space left on device")
        real(handle)

    monkeypatch.setattr("os.fsync", full_disk)
    with pytest.raises(OSError, match="No space left"):
        replace_all(folder, NEW, ["gone/c.csv"])
    assert contents(folder) == OLD


KILLED = """
import sys
from pathlib import Path
import datapackage.transaction as transaction
count, real = int(sys.argv[2]), Path.replace
def stop(self, target):
    global count
    if self.name.endswith(".replacing"):
        count -= 1
        if count < 0:
            import os; os._exit(9)
    return real(self, target)
Path.replace = stop
from tests.datapackage.test_transaction import NEW
transaction.replace_all(Path(sys.argv[1]), NEW, ["gone/c.csv"])
"""


@pytest.mark.parametrize("renames", range(3))
def test_a_kill_between_the_renames_is_finished(folder: Path, renames: int) -> None:
    root = Path(__file__).resolve().parents[2]
    code = subprocess.run([sys.executable, "-c", KILLED, folder, str(renames)], cwd=root, check=False).returncode
    assert code == 9
    assert (folder / JOURNAL).exists()
    assert finish(folder) == 3 - renames + 1
    assert contents(folder) == NEW


REFUSED = """
import os, sys
from pathlib import Path
import datapackage.transaction as transaction
refused, kill, replace, unlink = sys.argv[2], int(sys.argv[3]), Path.replace, Path.unlink
def perhaps_killed(self):
    global kill
    kill -= 1
    if kill < 0:
        os._exit(9)
def held(self, target):
    perhaps_killed(self)
    if refused in Path(target).name and self.name.endswith(".replacing"):
        raise PermissionError(13, "Permission denied", str(self), None, str(target))
    return replace(self, target)
def kept(self, missing_ok=False):
    if self.name == refused:
        raise PermissionError(13, "Permission denied", str(self))
    return unlink(self, missing_ok=missing_ok)
Path.replace, Path.unlink = held, kept
from tests.datapackage.test_transaction import NEW
try:
    transaction.replace_all(Path(sys.argv[1]), NEW, ["gone/c.csv"])
except PermissionError as error:
    sys.exit(error.filename)
"""


def refuse(folder: Path, name: str, kill: int) -> subprocess.CompletedProcess[str]:
    """Replace while a file cannot be: another program holds it open, on Windows; kill the process at a rename."""
    root = Path(__file__).resolve().parents[2]
    command = [sys.executable, "-c", REFUSED, str(folder), name, str(kill)]
    return subprocess.run(command, cwd=root, check=False, capture_output=True, text=True)


@pytest.mark.parametrize("name", ["a.csv", "b.csv", "d.csv", "c.csv"])
def test_a_file_that_cannot_be_replaced_leaves_everything(folder: Path, name: str) -> None:
    (folder / "a.csv").chmod(0o640)
    done = refuse(folder, name, 1000)
    assert done.returncode == 1
    assert done.stderr.strip().endswith(name)
    assert not Path(done.stderr.strip()).name.startswith(".")
    assert contents(folder) == OLD
    assert (folder / "a.csv").stat().st_mode & 0o777 == 0o640
    replace_all(folder, NEW, ["gone/c.csv"])
    assert contents(folder) == NEW


def test_a_kill_while_all_is_taken_back_ends_with_the_old_or_the_new(folder: Path) -> None:
    ends = set()
    for kill in range(40):
        replace_all(folder, OLD, [name for name in NEW if name not in OLD and (folder / name).exists()])
        if refuse(folder, "d.csv", kill).returncode != 9:
            break
        finish(folder)
        now = contents(folder)
        assert now in (OLD, NEW), kill
        ends.add("old" if now == OLD else "new")
    else:
        pytest.fail("it never ran to its end")
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
    with pytest.raises(InputError, match="damaged"):
        finish(folder)
    assert contents(folder) == OLD | {JOURNAL: text}


def test_a_folder_that_holds_more_stays(folder: Path) -> None:
    (folder / "gone" / "mine.txt").write_text("mine")
    replace_all(folder, {}, ["gone/c.csv", "gone/c.csv", "never/there.csv"])
    assert contents(folder) == {name: OLD[name] for name in ("a.csv", "sub/b.csv")} | {"gone/mine.txt": "mine"}


def test_an_interrupted_change_is_finished_once_and_counted(folder: Path) -> None:
    (folder / ".a.csv.replacing").write_text("new a")
    (folder / JOURNAL).write_text('{"replace": ["a.csv", "sub/b.csv"], "remove": ["gone/c.csv", "never/there.csv"]}')
    assert finish(folder) == 2
    assert contents(folder) == {"a.csv": "new a", "sub/b.csv": "old b"}
    assert finish(folder) is None


def test_what_a_killed_change_left_beside_the_files_is_swept(folder: Path) -> None:
    for name in (".a.csv.replacing", "sub/.b.csv.replacing", "gone/.c.csv.restoring"):
        (folder / name).write_text("half")
    assert finish(folder) is None
    assert contents(folder) == OLD
