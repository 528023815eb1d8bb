"""Files: written so that a reader never sees half of one, hashed, and parsed safely.

Invariant: after any interruption the target holds either its old bytes or its new bytes, complete.
"""

import hashlib
import os
import tempfile
from pathlib import Path
from typing import Any

import yaml

JOURNAL = ".replacing.json"
"""What a change of several files leaves in their folder while it is not done; see `datapackage.transaction`."""


def write_atomic(path: Path, content: str | bytes) -> None:
    """Replace `path` with `content` in one step (temporary file in the same folder, flush to disk, rename).

    Parameters
    ----------
    path : Path
        Target; missing parent folders are created.
    content : str or bytes
        Text is stored as UTF-8 with the line ends it has.

    Raises
    ------
    OSError
        The folder cannot be written; the old file is then as it was.
    """
    data = content.encode("utf-8") if isinstance(content, str) else content
    path.parent.mkdir(parents=True, exist_ok=True)
    handle, temporary = tempfile.mkstemp(dir=path.parent, prefix=f".{path.name}.", suffix=".tmp")
    try:
        with os.fdopen(handle, "wb") as stream:
            stream.write(data)
            stream.flush()
            os.fsync(stream.fileno())
        # mkstemp makes private files; a replaced file keeps its mode, a new one gets the user's default
        Path(temporary).chmod(path.stat().st_mode & 0o777 if path.exists() else 0o666 & ~_umask())
        Path(temporary).replace(path)
    except BaseException as error:
        Path(temporary).unlink(missing_ok=True)
        if isinstance(error, OSError):
            error.filename = str(path)  # a full disk names no file, and the temporary one tells a user nothing
        raise


def parse_yaml(text: str) -> Any:
    """Parse a YAML document without running anything that it names.

    libyaml reads the same documents ten times as fast as the Python loader, which a build without it falls back to.

    Raises
    ------
    yaml.YAMLError
        The text is not YAML.
    """
    return yaml.load(text, Loader=getattr(yaml, "CSafeLoader", yaml.SafeLoader))  # noqa: S506  (both loaders are safe)


def sha256(path: Path) -> str:
    """Return the SHA-256 of a file as lower-case hexadecimal."""
    with path.open("rb") as stream:
        return hashlib.file_digest(stream, "sha256").hexdigest()


def _umask() -> int:
    mask = os.umask(0)
    os.umask(mask)
    return mask
