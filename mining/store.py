"""The store, the untracked folder that holds everything fetched and derived, and the lock on it."""

import argparse
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from filelock import FileLock, Timeout

from datapackage.errors import StudyError

STORE = Path(__file__).resolve().parents[1] / "store"


@contextmanager
def locked(store: Path) -> Iterator[None]:
    """Hold the store for this process and tidy it; the lock goes with the process, however it ends.

    Raises
    ------
    StudyError
        Another process holds it.
    """
    store.mkdir(parents=True, exist_ok=True)
    lock = FileLock(store / "lock")
    try:
        lock.acquire(blocking=False)
    except Timeout:
        raise StudyError(
            f"{store}: another run is using this store; wait for it, or name another with --store"
        ) from None
    try:
        _sweep(store)
        yield
    finally:
        lock.release()


def _sweep(store: Path) -> None:
    """Remove what a killed run left half written in the folders that are written under the lock only."""
    for folder in ("raw", "tables", "samples", "runs"):
        for leftover in [*(store / folder).rglob(".*.tmp"), *(store / folder).glob(".parquet.*")]:
            if leftover.is_dir():
                shutil.rmtree(leftover)
            else:
                leftover.unlink()


def store_option(parser: argparse.ArgumentParser) -> None:
    """Add ``--store DIR``."""
    parser.add_argument(
        "--store", type=Path, default=STORE, metavar="DIR", help="the store (default: store/ of the project)"
    )
