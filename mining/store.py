"""The store, the untracked folder that holds everything fetched and derived, and the lock on it."""

import argparse
import fcntl
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from datapackage.errors import StudyError

STORE = Path(__file__).resolve().parents[1] / "store"


@contextmanager
def locked(store: Path) -> Iterator[None]:
    """Hold the store for this process; the lock goes with the process, however it ends.

    Raises
    ------
    StudyError
        Another process holds it.
    """
    store.mkdir(parents=True, exist_ok=True)
    with (store / "lock").open("w") as stream:
        try:
            fcntl.flock(stream, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            raise StudyError(
                f"{store}: another run is using this store; wait for it, or name another with --store"
            ) from None
        yield


def store_option(parser: argparse.ArgumentParser) -> None:
    """Add ``--store DIR``."""
    parser.add_argument(
        "--store", type=Path, default=STORE, metavar="DIR", help="the store (default: store/ of the project)"
    )
