"""Options that several commands share, and what they stand for."""

import argparse
import datetime as dt
import re
import sys
from pathlib import Path

from labelling.project import STORE
from labelling.texts import CACHE


def store_option(parser: argparse.ArgumentParser) -> None:
    """Add ``--store DIR``."""
    parser.add_argument(
        "--store", type=Path, default=STORE, metavar="DIR", help="the store (default: store/ of the project)"
    )


def cache_option(parser: argparse.ArgumentParser) -> None:
    """Add ``--cache DIR``; `cache_of` tells what it means."""
    parser.add_argument(
        "--cache",
        type=Path,
        metavar="DIR",
        help="titles and bodies that `python -m mining hydrate` fetched (default: cache/ of the project, or cache/ of the store "
        "that --store names)",
    )


def cache_of(arguments: argparse.Namespace) -> Path:
    """Return the cache that the options mean: the one into which `python -m mining hydrate` writes with the same options."""
    if arguments.cache is not None:
        return Path(arguments.cache)
    return CACHE if arguments.store == STORE else Path(arguments.store) / "cache"


def sample_options(parser: argparse.ArgumentParser, *, round_name: str | None = "main") -> None:
    """Add ``--store DIR``, ``--sample NAME`` and, with a default name, ``--round NAME``."""
    store_option(parser)
    parser.add_argument("--sample", type=name, required=True, help="the sample, as drawn by `python -m mining sample`")
    if round_name is not None:
        parser.add_argument(
            "--round", type=name, default=round_name, help=f"the round of labelling (default: {round_name})"
        )


def name(text: str) -> str:
    """Read a name as it stands in the data: a to z, digits and hyphens."""
    if not re.fullmatch(r"[a-z0-9][a-z0-9-]*", text):
        raise argparse.ArgumentTypeError(f"must be a to z, digits and hyphens: {text!r}")
    return text


def names(text: str) -> tuple[str, ...]:
    """Read names with commas between them, each once."""
    found = tuple(name(part.strip()) for part in text.split(","))
    if len(set(found)) < len(found):
        raise argparse.ArgumentTypeError(f"names one twice: {text!r}")
    return found


def count(text: str) -> int:
    """Read a whole number from 0."""
    if not text.isascii() or not text.isdigit():
        raise argparse.ArgumentTypeError(f"{text!r} is no whole number from 0")
    return int(text)


def now() -> str:
    """Return the moment (UTC) as it stands in labels."""
    return dt.datetime.now(dt.UTC).strftime("%Y-%m-%dT%H:%M:%SZ")


def say(text: str = "") -> None:
    """Print a line for the user."""
    sys.stdout.write(f"{text}\n")
