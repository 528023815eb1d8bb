"""``python -m mining fetch`` and ``derive``."""

import argparse
from collections import Counter
from collections.abc import Sequence
from pathlib import Path

from datapackage.commandline import Command
from datapackage.errors import InputError, StudyError
from mining.converters import CONVERTERS_FILE, Converter, load_converters, select
from mining.derived_tables import derive
from mining.github.archive import Archive
from mining.github.client import Client, Unreachable
from mining.github.fetching import PAGE, count_issues, fetch_converter, next_question
from mining.github.options import connected, connection_options, positive
from mining.github.progress import Progress, estimate
from mining.github.report import RunReport
from mining.github.round_state import replay
from mining.store import demand_fetched, locked, store_option


def converter_options(parser: argparse.ArgumentParser) -> None:
    """Add ``--converter`` and ``--converters``."""
    parser.add_argument(
        "--converter",
        action="append",
        default=[],
        metavar="NAME",
        help="only this converter; may be repeated (default: all)",
    )
    parser.add_argument(
        "--converters",
        type=Path,
        default=CONVERTERS_FILE,
        metavar="FILE",
        help="list of converters (default: mining/converters.yaml)",
    )


def _fetch_options(parser: argparse.ArgumentParser) -> None:
    store_option(parser)
    converter_options(parser)
    parser.add_argument("--full", action="store_true", help="fetch everything again, for a frozen snapshot")
    parser.add_argument(
        "--dry-run", action="store_true", help="print what it would cost and stop (one request a converter)"
    )
    parser.add_argument(
        "--page", type=_page, default=PAGE, metavar="N", help=f"issues a request, 1 to 100 (default: {PAGE})"
    )
    connection_options(parser)


def _fetch(arguments: argparse.Namespace) -> int:
    converters = select(load_converters(arguments.converters), arguments.converter)
    demand_fetched(arguments.store)
    with locked(arguments.store), connected(arguments) as (client, report, progress):
        affordable, failed = _print_budget(client, converters, arguments, progress)
        if not arguments.dry_run:
            try:
                failed += _fetch_all(client, affordable, arguments, progress)
                failed += _derive_what_is_complete(arguments.store, report)
            finally:
                path = report.write(arguments.store)
                print("\n".join([*report.lines(), f"report: {path}"]))  # noqa: T201
    if failed:
        raise StudyError("\n".join(failed))
    return 0


def _print_budget(
    client: Client, converters: Sequence[Converter], arguments: argparse.Namespace, progress: Progress
) -> tuple[list[Converter], list[str]]:
    """Print what each converter will cost; return those that could be asked for, and why others couldn't."""
    affordable, failed = [], []
    for converter in converters:
        try:
            progress.say(_budget(client, converter, arguments))
        except Unreachable:
            raise
        except StudyError as error:
            client.report.converters[converter.name] = {"outcome": "unfinished"}
            failed.append(_named(converter, error))
            if len(converters) > 1:
                progress.say(f"{converter.name}: left out of this run; the reason follows at its end")
        else:
            affordable.append(converter)
    return affordable, failed


def _budget(client: Client, converter: Converter, arguments: argparse.Namespace) -> str:
    archive = Archive(arguments.store, converter.name)
    rounds = archive.rounds()
    resumed = bool(rounds) and not rounds[-1].complete and not (arguments.full and not rounds[-1].full)
    full, since = (
        (rounds[-1].full, rounds[-1].since) if resumed else next_question(archive, converter, full=arguments.full)
    )
    total = count_issues(client, converter, full=full, since=since)
    done = min(total, replay(rounds[-1]).issues) if resumed else 0
    cost = estimate(total - done, arguments.page, 1)
    kind = ("resumes a " if resumed else "") + ("full" if full else "incremental") + " fetch"
    return (
        f"{converter.name}: {kind}, {cost.issues} issues; {cost.requests} requests, {cost.points} points, "
        f"about {cost.minutes} min, more for long timelines"
    )


def _fetch_all(
    client: Client, converters: Sequence[Converter], arguments: argparse.Namespace, progress: Progress
) -> list[str]:
    """Fetch each converter; return what went wrong, in words."""
    failed = []
    for converter in converters:
        archive = Archive(arguments.store, converter.name)
        try:
            rounds = fetch_converter(client, archive, converter, progress, full=arguments.full, page=arguments.page)
        except StudyError as error:
            client.report.converters[converter.name] = {"outcome": "unfinished"}
            failed.append(_named(converter, error))
            if isinstance(error, Unreachable):
                break
            continue
        missing = [text for current in rounds for text in current.shortfall]
        if missing:
            words = "; ".join(dict.fromkeys(missing))
            failed.append(f"{converter.name}: incomplete: {words}; the next fetch reads everything again")
    return failed


def _named(converter: Converter, error: StudyError) -> str:
    return str(error) if str(error).startswith(f"{converter.name}: ") else f"{converter.name}: {error}"


def _derive_what_is_complete(store: Path, report: RunReport) -> list[str]:
    """Rebuild the tables; return why those of some converters couldn't be."""
    raw = store / "raw"
    if not any(path.is_file() for path in raw.glob("*/*/complete.json")):
        return []
    try:
        report.findings.update(derive(store))
    except InputError as error:
        return [f"{store}: {error}"]
    return []


def _derive_options(parser: argparse.ArgumentParser) -> None:
    store_option(parser)


def _derive(arguments: argparse.Namespace) -> int:
    demand_fetched(arguments.store)
    with locked(arguments.store):
        findings: Counter[str] = derive(arguments.store)
    print("\n".join(f"{name} {count}" for name, count in sorted(findings.items())))  # noqa: T201
    return 0


def _page(text: str) -> int:
    value = positive(text)
    if value > 100:
        raise argparse.ArgumentTypeError(f"GitHub allows 100 issues a request at most: {text!r}")
    return value


FETCH = Command(
    "fetch",
    "bring the closed issues of converters, with their timelines, into the store",
    "Fetches the closed issues of the converters in mining/converters.yaml with their complete timelines, archives "
    "every answer, and rebuilds the tables store/tables/issues and events (CSV and Parquet). A run that was interrupted, by "
    "whatever, is continued by the same command. A later run asks only for issues updated since the one before; a new "
    "reference to an issue is no update, nor is the loss of a converter's label seen: --full sees both.",
    _fetch_options,
    _fetch,
)
DERIVE = Command(
    "derive",
    "rebuild the tables of the store from its raw archive, offline",
    "Rebuilds store/tables/issues and events (CSV and Parquet) from the raw archive; equal archives give equal bytes.",
    _derive_options,
    _derive,
)
