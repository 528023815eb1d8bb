"""A data folder edited on a copy: described and checked there, and put in place together, or not at all."""

import shutil
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path

from datapackage.descriptor import refresh
from datapackage.errors import InputError
from datapackage.transaction import finish, replace_all
from datapackage.validation import validate


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
        replace_all(data, dict(_changed(data, stage)))


def _changed(data: Path, stage: Path) -> Iterator[tuple[str, bytes]]:
    for path in sorted(stage.rglob("*")):
        name = path.relative_to(stage).as_posix()
        if path.is_file() and (not (data / name).is_file() or (data / name).read_bytes() != path.read_bytes()):
            yield name, path.read_bytes()
