"""The store, the untracked folder that holds everything fetched and derived, and the lock on it."""

import argparse
import json
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import asdict, dataclass
from pathlib import Path

from datapackage import lock
from datapackage.errors import Fault, InputError
from datapackage.files import write_atomic
from datapackage.reasons import Reason

STORE = Path(__file__).resolve().parents[1] / "store"
ORIGIN_FILE = "origin.json"


@dataclass(frozen=True)
class Origin:
    """Where the issues of a store come from that were not fetched.

    Attributes
    ----------
    name : str
        Of the population.
    filters : tuple of str
        Filters that can be computed from what it holds.
    reason : str
        Why the others cannot.
    """

    name: str
    filters: tuple[str, ...]
    reason: str


def write_origin(store: Path, origin: Origin) -> None:
    """Note where a store's issues come from."""
    write_atomic(store / ORIGIN_FILE, json.dumps(asdict(origin)) + "\n")


def read_origin(store: Path) -> Origin | None:
    """Return where a store's issues come from, or None where they were fetched.

    Raises
    ------
    InputError
        The note is damaged.
    """
    path = store / ORIGIN_FILE
    if not path.is_file():
        return None
    try:
        fields = json.loads(path.read_text(encoding="utf-8"))
        return Origin(str(fields["name"]), tuple(map(str, fields["filters"])), str(fields["reason"]))
    except (ValueError, KeyError, TypeError, RecursionError) as error:
        message = "is damaged; make the store again (python -m mining archive-population)"
        raise InputError([Fault(str(path), message, reason=Reason.FORMAT)]) from error


def demand_fetched(store: Path) -> None:
    """Refuse a store whose issues were not fetched: tables derived from what is fetched would replace them.

    Raises
    ------
    InputError
        The store holds another population, which is named.
    """
    origin = read_origin(store)
    if origin is not None:
        message = "holds a population that was not fetched; name another store with --store"
        raise InputError([Fault(str(store), message, value=origin.name, reason=Reason.USED_STORE)])


@contextmanager
def locked(store: Path) -> Iterator[None]:
    """Hold the store for this process and tidy it; the lock goes with the process, however it ends.

    Raises
    ------
    StudyError
        Another process holds it.
    """
    with lock.locked(store, "another run is using this store; wait for it, or name another with --store"):
        _sweep(store)
        yield


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
