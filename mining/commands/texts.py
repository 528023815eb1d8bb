"""``python -m mining hydrate``."""

import argparse
from collections.abc import Sequence
from pathlib import Path

from datapackage.commandline import DATA, Command
from mining.archived_texts import archived_texts
from mining.github.archive import Archive
from mining.github.options import connected, connection_options
from mining.hydrating import Outcome, by_status, hydrate, hydrate_offline
from mining.issue_lists import read_issue_column
from mining.store import STORE, store_option

CACHE = Path(__file__).resolve().parents[2] / "cache"
_PROBLEMS = ("moved", "deleted", "no_access", "incomplete")


def _options(parser: argparse.ArgumentParser) -> None:
    parser.add_argument(
        "table", nargs="?", type=Path, default=DATA / "failures.csv", metavar="TABLE",
        help="a CSV table with a column issue, such as a sample (default: data/failures.csv)",
    )  # fmt: skip
    parser.add_argument(
        "--cache", type=Path, metavar="DIR",
        help="the cache (default: cache/ of the project, or cache/ of the store that --store names)",
    )  # fmt: skip
    parser.add_argument("--refresh", action="store_true", help="fetch also what is cached")
    parser.add_argument(
        "--offline", action="store_true", help="take titles and bodies from the store's raw archive; no comments"
    )
    store_option(parser)
    connection_options(parser)


def cache_of(arguments: argparse.Namespace) -> Path:
    """Return the cache that the options mean."""
    if arguments.cache is not None:
        return Path(arguments.cache)
    return CACHE if arguments.store == STORE else Path(arguments.store) / "cache"


def _hydrate(arguments: argparse.Namespace) -> int:
    issues = read_issue_column(arguments.table)
    cache, outcomes = cache_of(arguments), list[Outcome]()
    try:
        if arguments.offline:
            outcomes += hydrate_offline(issues, _archived(arguments.store), cache)
        else:
            with connected(arguments) as (client, _, progress):
                for outcome in hydrate(client, issues, cache, refresh=arguments.refresh):
                    outcomes.append(outcome)
                    progress.show("hydrate", len(outcomes), len(issues), "issues")
    finally:
        _print_outcomes(outcomes, cache)
    return 0


def _archived(store: Path) -> dict[str, dict[str, str]]:
    texts: dict[str, dict[str, str]] = {}
    for folder in sorted((store / "raw").glob("*")):
        if any(current.complete for current in Archive(store, folder.name).rounds()):
            texts |= archived_texts(store, folder.name)
    return texts


def _print_outcomes(outcomes: Sequence[Outcome], cache: Path) -> None:
    for status, group in by_status(outcomes).items():
        print(f"{status} {len(group)}")  # noqa: T201
        if status in _PROBLEMS:
            for outcome in group:
                print(f"  {outcome.issue}" + (f" -> {outcome.detail}" if outcome.detail else ""))  # noqa: T201
    print(f"cache: {cache}")  # noqa: T201


HYDRATE = Command(
    "hydrate",
    "fetch titles, bodies and comments of labelled issues into an untracked cache; report what has vanished",
    "Brings the texts of the issues in TABLE into the cache, one JSON file an issue, for raters and teachers, and "
    "lists the issues that were moved, deleted or are not shown any more.",
    _options,
    _hydrate,
)
