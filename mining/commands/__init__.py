"""The commands of ``python -m mining``, in the order of its help.

``make data`` imports the published archive with the core alone; what mines GitHub needs the packages that ``make
setup-mining`` brings, and says so where they are missing.
"""

import importlib.util
import sys
from collections.abc import Sequence

from datapackage.commandline import Command, main
from mining.commands.import_archive import IMPORT_ARCHIVE
from mining.commands.opsets import OPSETS

PROGRAM = "python -m mining"
_DESCRIPTION = "Bring converter failures into the tables of data/."
_NEEDED = ("duckdb", "github")
_MINING = (
    "fetch", "derive", "filter", "funnel", "sample", "validate-filter", "hydrate", "gharchive", "archive-population",
)  # fmt: skip
_ADVICE = "Mining GitHub needs packages beyond the core; run `make setup-mining` once."


def missing_packages() -> list[str]:
    """Return the packages that mining needs and this environment lacks."""
    return [name for name in _NEEDED if importlib.util.find_spec(name) is None]


def commands() -> tuple[Command, ...]:
    """Return the commands that this environment can run."""
    if missing_packages():
        return (IMPORT_ARCHIVE, OPSETS)
    # ruff: noqa: PLC0415 - these need the packages looked for above
    from mining.commands.archive_population import ARCHIVE_POPULATION
    from mining.commands.fetch import DERIVE, FETCH
    from mining.commands.filters import FILTER, FUNNEL
    from mining.commands.gharchive import GHARCHIVE
    from mining.commands.samples import SAMPLE, VALIDATE_FILTER
    from mining.commands.texts import HYDRATE

    mined = (FETCH, DERIVE, FILTER, FUNNEL, SAMPLE, VALIDATE_FILTER, HYDRATE, GHARCHIVE)
    return (IMPORT_ARCHIVE, OPSETS, *mined, ARCHIVE_POPULATION)


def run(argv: Sequence[str] | None = None) -> int:
    """Run ``python -m mining`` with these arguments, the process's own by default; return the exit code."""
    given = list(sys.argv[1:] if argv is None else argv)
    if not missing_packages():
        return main(PROGRAM, _DESCRIPTION, commands(), given)
    if given and given[0] in _MINING:
        sys.stderr.write(f"{PROGRAM}: error: {_ADVICE}\n")
        return 1
    return main(PROGRAM, f"{_DESCRIPTION} {_ADVICE} ({', '.join(_MINING)})", commands(), given)
