"""The lock on a folder that one process at a time may write: a mining store, a labelling project, a campaign."""

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from filelock import FileLock, Timeout

from datapackage.errors import StudyError


@contextmanager
def locked(folder: Path, held: str) -> Iterator[None]:
    """Hold a folder for this process, by a file ``lock`` in it.

    The system frees the lock with the process, however that ends. Where it has no such locks, the file itself marks the
    folder, and of a process that is gone a later one removes it.

    Parameters
    ----------
    folder : Path
        Made when it is missing.
    held : str
        What to say when another process holds the folder: which one, and what to do.

    Raises
    ------
    StudyError
        Another process holds the folder.
    """
    folder.mkdir(parents=True, exist_ok=True)
    lock = FileLock(folder / "lock")
    try:
        lock.acquire(blocking=False)
    except Timeout:
        raise StudyError(f"{folder}: {held}") from None
    try:
        yield
    finally:
        lock.release()
