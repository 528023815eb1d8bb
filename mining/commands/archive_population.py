"""``python -m mining archive-population``."""

import argparse

from datapackage.commandline import Command, data_option
from mining.store import locked, store_option


def _options(parser: argparse.ArgumentParser) -> None:
    store_option(parser)
    data_option(parser)


def _run(arguments: argparse.Namespace) -> int:
    # brings pandas, which the other commands need not
    from mining.archive_population import ORIGIN, write_archive_population  # noqa: PLC0415

    with locked(arguments.store):
        counts = write_archive_population(arguments.data, arguments.store)
    for converter, count in counts.items():
        print(f"{converter}: {count} issues")  # noqa: T201
    print(f"filters that this population allows: {', '.join(ORIGIN.filters)} ({ORIGIN.reason})")  # noqa: T201
    return 0


ARCHIVE_POPULATION = Command(
    "archive-population",
    "make a store of the study's own issue lists, offline",
    "Writes the issue lists of the study, imported from the full archive (data.zip), as the tables of a store, so that "
    "`filter --filter archive`, `funnel` and `sample` work on the study's own population. Needs an empty store.",
    _options,
    _run,
)
