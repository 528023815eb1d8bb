"""The commands of ``python -m mining``, in the order of its help."""

import argparse
import importlib.util

from datapackage.commandline import Command
from datapackage.errors import StudyError
from mining.published_archive.command import IMPORT_ARCHIVE
from mining.schema_registry import OPSETS

_NEEDED = ("github", "duckdb")
_NAMES = (
    "fetch", "derive", "filter", "funnel", "sample", "validate-filter", "hydrate", "gharchive", "archive-population",
)  # fmt: skip


def _mining_commands() -> tuple[Command, ...]:
    # `make data` imports the published archive with the core alone; PyGithub and DuckDB come with `make setup-mining`
    if any(importlib.util.find_spec(name) is None for name in _NEEDED):
        return tuple(Command(name, "needs `make setup-mining`", _ADVICE, _anything, _advise) for name in _NAMES)
    # ruff: noqa: PLC0415 - these need the packages looked for above
    from mining.commands.archive_population import ARCHIVE_POPULATION
    from mining.commands.fetch import DERIVE, FETCH
    from mining.commands.filters import FILTER, FUNNEL
    from mining.commands.gharchive import GHARCHIVE
    from mining.commands.samples import SAMPLE, VALIDATE_FILTER
    from mining.commands.texts import HYDRATE

    return (FETCH, DERIVE, FILTER, FUNNEL, SAMPLE, VALIDATE_FILTER, HYDRATE, GHARCHIVE, ARCHIVE_POPULATION)


_ADVICE = "Mining GitHub needs packages beyond the core; run `make setup-mining` once."


def _anything(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("arguments", nargs=argparse.REMAINDER, help=argparse.SUPPRESS)


def _advise(_: argparse.Namespace) -> int:
    raise StudyError(_ADVICE)


COMMANDS = (IMPORT_ARCHIVE, OPSETS, *_mining_commands())
