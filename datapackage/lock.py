"""The lock on a folder that one process at a time may write: the data, a mining store, a labelling project, a campaign."""

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from filelock import FileLock, Timeout

from datapackage.errors import StudyError


@contextmanager
def locked(folder: Path, held: str, *, file: Path | None = None, seconds: float = 0) -> Iterator[None]:
    """Hold a folder for this process, by a file.

    The system frees the lock with the process, however that ends. Where it has no such locks, the file itself marks the
    folder, and of a process that is gone a later one removes it.

    Parameters
    ----------
    folder : Path
        What is held.
    held : str
        What to say when another process holds the folder: which one, and what to do.
    file : Path, optional
        The file; ``lock`` in the folder by default. The folder that it lies in is made when it is missing.
    seconds : float
        How long to wait for another process.

    Raises
    ------
    StudyError
        Another process holds the folder.
    """
    file = file or folder / "lock"
    file.parent.mkdir(parents=True, exist_ok=True)
    lock = FileLock(file)
    try:
        lock.acquire(timeout=seconds)
    except Timeout:
        raise StudyError(f"{folder}: {held}") from None
    try:
        yield
    finally:
        lock.release()
