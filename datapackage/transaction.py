"""Several files of a folder changed together: all of them or none, whenever the process dies.

The new contents are written beside the folder's files into ``.pending.new``, which is then renamed to ``.pending``: that is
the moment of decision. Before it, nothing has changed; after it, `finish` (also in a later process) puts each file in its place.
While ``.pending`` exists the folder is not to be read (`interrupted`).
"""

import json
import shutil
import tempfile
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path

from datapackage.descriptor import refresh
from datapackage.errors import InputError
from datapackage.files import PENDING, write_atomic
from datapackage.validation import validate

_NEW, _DONE = f"{PENDING}.new", f"{PENDING}.done"
_NAMES = "names.json"


def replace_together(folder: Path, contents: Mapping[str, bytes]) -> None:
    """Replace or add files.

    Parameters
    ----------
    folder : Path
        The folder; what an interrupted call left is finished first.
    contents : mapping
        Path relative to the folder, with slashes → content.
    """
    finish(folder)
    new = folder / _NEW
    new.mkdir()
    for number, content in enumerate(contents.values()):
        write_atomic(new / str(number), content)
    write_atomic(new / _NAMES, json.dumps(list(contents)))
    new.rename(folder / PENDING)
    finish(folder)


def finish(folder: Path) -> bool:
    """Bring an interrupted change to its end; return whether there was one that had been decided."""
    for leftover in (_NEW, _DONE):
        shutil.rmtree(folder / leftover, ignore_errors=True)
    pending = folder / PENDING
    if not pending.is_dir():
        return False
    for number, name in enumerate(json.loads((pending / _NAMES).read_text(encoding="utf-8"))):
        target = folder / name
        for leftover in target.parent.glob(f".{target.name}.*.tmp"):  # of a write that was killed
            leftover.unlink()
        write_atomic(target, (pending / str(number)).read_bytes())
    pending.rename(folder / _DONE)
    shutil.rmtree(folder / _DONE, ignore_errors=True)
    return True


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
    """
    finish(data)
    if faults := validate(data):
        raise InputError(faults)
    with tempfile.TemporaryDirectory() as temporary:
        stage = Path(temporary) / "data"
        shutil.copytree(data, stage)
        yield stage
        refresh(stage)
        if faults := validate(stage):
            raise InputError([replace(fault, file=fault.file.replace(str(stage), str(data))) for fault in faults])
        replace_together(data, dict(_changed(data, stage)))


def _changed(data: Path, stage: Path) -> Iterator[tuple[str, bytes]]:
    for path in sorted(stage.rglob("*")):
        name = path.relative_to(stage).as_posix()
        if path.is_file() and (not (data / name).is_file() or (data / name).read_bytes() != path.read_bytes()):
            yield name, path.read_bytes()
