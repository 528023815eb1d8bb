"""Several files of one folder replaced together: all of them, or none.

Every new file is first written beside its target, to disk; then a journal lists the renames; then they are made. What fails
before the journal stands leaves every target as it was. A rename that the system refuses afterwards (another program holds
the file open, or it may not be changed) takes those before it back, under a journal of their own. What is killed after a
journal is finished by `finish`, since renames can be made again; until then the folder's tables are not read. One process at a
time changes a folder: a second one waits for the first, and sees what it did.
"""

import json
import os
import shutil
import tempfile
from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager, suppress
from dataclasses import replace
from pathlib import Path

from datapackage.descriptor import refresh
from datapackage.errors import Fault, InputError
from datapackage.files import JOURNAL, write_atomic
from datapackage.lock import locked
from datapackage.reasons import Reason
from datapackage.seal import seal
from datapackage.validation import validate

_REPLACING, _RESTORING = ".replacing", ".restoring"
_PATIENCE = 60.0  # seconds; the longest change, a merge of thousands of labels, takes a tenth of it


@contextmanager
def _held(folder: Path) -> Iterator[None]:
    """Hold a folder against other changes. The lock lies beside it: all that is in it is the dataset's."""
    whole = folder.resolve()
    beside = whole.with_name(f".{whole.name}.lock")
    with locked(folder, "another command is changing it; try again when it is done", file=beside, seconds=_PATIENCE):
        yield


def replace_all(folder: Path, files: Mapping[str, str | bytes], remove: Iterable[str] = ()) -> None:
    """Replace files, and remove others, in one go.

    Parameters
    ----------
    folder : Path
        What the paths are relative to.
    files : mapping of str to str or bytes
        Content by path; text is stored as UTF-8.
    remove : iterable of str
        Paths of files that are to go.

    Raises
    ------
    OSError
        Something cannot be written; every file is then as it was.
    StudyError
        Another process changes the folder, and goes on doing so.
    """
    with _held(folder):
        _replace_all(folder, files, remove)


def _replace_all(folder: Path, files: Mapping[str, str | bytes], remove: Iterable[str] = ()) -> None:
    staged: list[Path] = []
    try:
        for name, content in files.items():
            path = folder / name
            fresh = _beside(path)
            staged.append(fresh)
            write_atomic(fresh, content)
            if path.exists():
                fresh.chmod(path.stat().st_mode & 0o777)
        removed = sorted(set(remove))
        for name in removed:
            _check_removable(folder / name)
        before = {name: (folder / name).read_bytes() for name in (*files, *removed) if (folder / name).exists()}
        _write_journal(folder, sorted(files), removed)
    except BaseException:
        for fresh in staged:
            with suppress(OSError):
                fresh.unlink(missing_ok=True)
        raise
    try:
        _finish(folder)
    except OSError:
        with suppress(OSError):  # what cannot be taken back either is finished by the next `finish`
            _take_back(folder, before, files, removed)
        raise


def _take_back(folder: Path, before: Mapping[str, bytes], files: Iterable[str], removed: Iterable[str]) -> None:
    """Undo what was done of a replacement."""
    done = [name for name in files if not _beside(folder / name).exists()]
    lost = [name for name in (*done, *removed) if name in before and (name in done or not (folder / name).exists())]
    for name in lost:
        path, old = folder / name, _beside(folder / name, _RESTORING)
        write_atomic(old, before[name])
        if path.exists():
            old.chmod(path.stat().st_mode & 0o777)
    _write_journal(folder, lost, [name for name in done if name not in before], _RESTORING)
    _finish(folder)


def _write_journal(folder: Path, replaced: Iterable[str], removed: Iterable[str], suffix: str = _REPLACING) -> None:
    plan = {"replace": list(replaced), "remove": list(removed), "suffix": suffix}
    write_atomic(folder / JOURNAL, json.dumps(plan, indent=1) + "\n")


def finish(folder: Path) -> int | None:
    """Finish a replacement that was interrupted between its renames.

    Parameters
    ----------
    folder : Path
        As in `replace_all`.

    Returns
    -------
    int or None
        How many files were still to be replaced or removed; None where nothing was interrupted.

    Raises
    ------
    InputError
        The journal is damaged; nothing is touched.
    OSError
        A file cannot be replaced or removed; the rest is still to be done.
    StudyError
        Another process changes the folder, and goes on doing so.
    """
    with _held(folder):
        return _finish(folder)


def _finish(folder: Path) -> int | None:
    journal = folder / JOURNAL
    if not journal.is_file():
        _sweep(folder)
        return None
    try:
        plan = json.loads(journal.read_text(encoding="utf-8"))
        replace, remove = ([_inside(folder, name) for name in plan[key]] for key in ("replace", "remove"))
        suffix = {each: each for each in (_REPLACING, _RESTORING)}[plan.get("suffix", _REPLACING)]
    except (ValueError, KeyError, TypeError, AttributeError, RecursionError) as error:
        message = (
            "tells of an interrupted import, but is damaged; restore the folder (git checkout) and remove this file"
        )
        raise InputError([Fault(str(journal), message, reason=Reason.FORMAT)]) from error
    left = 0
    for path in replace:
        if (fresh := _beside(path, suffix)).exists():
            try:
                fresh.replace(path)
            except OSError as error:
                error.filename = str(path)  # the one beside it tells a user nothing
                raise
            left += 1
    for path in remove:
        left += path.exists()
        path.unlink(missing_ok=True)
        with suppress(OSError):  # a folder that is empty now goes, too
            path.parent.rmdir()
    journal.unlink()
    _sweep(folder)
    return left


def _sweep(folder: Path) -> None:
    """Remove what a call left that was killed while it staged."""
    for suffix in (_REPLACING, _RESTORING):
        for leftover in folder.rglob(f".*{suffix}*"):
            if leftover.is_file():
                leftover.unlink()


def _beside(path: Path, suffix: str = _REPLACING) -> Path:
    return path.with_name(f".{path.name}{suffix}")


def _inside(folder: Path, name: str) -> Path:
    path = folder / name
    if not path.resolve().is_relative_to(folder.resolve()):
        raise ValueError(name)
    return path


def _check_removable(path: Path) -> None:
    if path.exists() and not os.access(path.parent, os.W_OK):
        raise PermissionError(13, "Permission denied", str(path))


@contextmanager
def edited(data: Path) -> Iterator[Path]:
    """Edit a copy of a data folder; at the end it is described and checked, and what changed is put in place together.

    Yields
    ------
    Path
        The copy.

    Raises
    ------
    InputError
        The data folder has faults already, or the edited copy has; the folder is then as it was.
    StudyError
        Another process changes the folder, and goes on doing so.
    """
    with _held(data), tempfile.TemporaryDirectory() as temporary:
        _finish(data)
        if faults := validate(data):
            raise InputError(faults)
        stage = Path(temporary) / "data"
        shutil.copytree(data, stage)
        yield stage
        refresh(stage)
        if faults := validate(stage):
            raise InputError([replace(fault, file=fault.file.replace(str(stage), str(data))) for fault in faults])
        seal(stage)
        _replace_all(data, dict(_changed(data, stage)))


def _changed(data: Path, stage: Path) -> Iterator[tuple[str, bytes]]:
    for path in sorted(stage.rglob("*")):
        name = path.relative_to(stage).as_posix()
        if path.is_file() and (not (data / name).is_file() or (data / name).read_bytes() != path.read_bytes()):
            yield name, path.read_bytes()
