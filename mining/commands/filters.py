"""``python -m mining filter`` and ``funnel``."""

import argparse
import csv
from collections import Counter
from collections.abc import Sequence
from pathlib import Path

from datapackage.commandline import Command, data_option
from datapackage.errors import Fault, InputError
from datapackage.files import write_atomic
from datapackage.reasons import Reason
from mining.commands.fetch import converter_options
from mining.converters import Converter, load_converters, select
from mining.filters import FILTERS, decide
from mining.funnel import Step, funnel, funnel_figure, funnel_text
from mining.published_counts import published_counts
from mining.records import Decision
from mining.store import locked, read_origin, store_option
from mining.store_tables import TABLES, read_events, read_issues, read_snapshots, write_rows


def decisions_of(store: Path, converters: Sequence[Converter]) -> list[Decision]:
    """Apply the filters to the store's issues of these converters."""
    return decide(
        read_issues(store), read_events(store), {each.name: each for each in converters}, allowed_filters(store)
    )


def allowed_filters(store: Path, asked: Sequence[str] = ()) -> tuple[str, ...]:
    """Return the filters to apply: those asked for, or all that the store's issues allow.

    Raises
    ------
    InputError
        A filter was asked for that needs what the issues lack.
    """
    origin = read_origin(store)
    allowed = tuple(FILTERS) if origin is None else tuple(name for name in FILTERS if name in origin.filters)
    faults = [
        Fault(str(store), f"cannot be filtered by this: {origin.reason}", value=name, reason=Reason.UNKNOWN_FILTER)
        for name in asked
        if origin is not None and name not in allowed
    ]
    if faults:
        raise InputError(faults)
    return tuple(name for name in allowed if name in asked) if asked else allowed


def sampled_issues(store: Path) -> dict[str, set[str]]:
    """Return converter → issues in the store's samples."""
    found: dict[str, set[str]] = {}
    for path in sorted((store / "samples").glob("*.csv")):
        try:
            with path.open(encoding="utf-8", newline="") as stream:
                rows = csv.DictReader(stream)
                names = set(rows.fieldnames or ())
                listed = [(row.get("converter") or "", row.get("issue") or "") for row in rows]
        except (UnicodeDecodeError, csv.Error) as error:
            message = f"is not CSV in UTF-8 ({error}); restore it or move it elsewhere"
            raise InputError([Fault(str(path), message, reason=Reason.FORMAT)]) from error
        if not {"issue", "converter"} <= names:
            message = "is not a sample: columns issue and converter are missing; move it elsewhere"
            raise InputError([Fault(str(path), message, row=1, reason=Reason.MISSING_LABEL)])
        for converter, issue in listed:
            found.setdefault(converter, set()).add(issue)
    return found


def _filter_options(parser: argparse.ArgumentParser) -> None:
    store_option(parser)
    converter_options(parser)
    parser.add_argument(
        "--filter", action="append", choices=tuple(FILTERS), metavar="NAME",
        help="apply this filter alone (repeatable; default: all that the store's issues allow)",
    )  # fmt: skip


def _filter(arguments: argparse.Namespace) -> int:
    converters = select(load_converters(arguments.converters), arguments.converter)
    with locked(arguments.store):
        names = allowed_filters(arguments.store, arguments.filter or ())
        decisions = decide(
            read_issues(arguments.store), read_events(arguments.store), {each.name: each for each in converters}, names
        )
        write_rows(arguments.store / TABLES / "decisions", Decision, decisions)
    counts = Counter((entry.converter, entry.filter) for entry in decisions if entry.kept == "true")
    for converter in dict.fromkeys(entry.converter for entry in decisions):
        applied = dict.fromkeys(entry.filter for entry in decisions)
        print(f"{converter}: " + ", ".join(f"{name} {counts[converter, name]}" for name in applied))  # noqa: T201
    print(f"reasons: {arguments.store / TABLES / 'decisions.csv'}")  # noqa: T201
    return 0


def _funnel_options(parser: argparse.ArgumentParser) -> None:
    store_option(parser)
    converter_options(parser)
    data_option(parser)
    parser.add_argument(
        "--figure",
        type=_figure_path,
        metavar="FILE",
        help="where to draw it, .svg or .png (default: funnel.svg in the store)",
    )


def _funnel(arguments: argparse.Namespace) -> int:
    converters = select(load_converters(arguments.converters), arguments.converter)
    store = arguments.store
    snapshots = {snapshot.converter: snapshot for snapshot in read_snapshots(store)}
    issues, events = read_issues(store), read_events(store)
    names = allowed_filters(store)
    decisions = decide(issues, events, {converter.name: converter for converter in converters}, names)
    sampled = sampled_issues(store)
    funnels: dict[str, list[Step]] = {
        converter.name: funnel(
            converter, snapshots[converter.name], issues=issues, events=events, decisions=decisions,
            sampled=len(sampled.get(converter.name, ())), published=published_counts(arguments.data, converter),
            filters=names,
        )
        for converter in converters
        if converter.name in snapshots
    }  # fmt: skip
    if not funnels:
        raise InputError(
            [Fault(str(store), "holds none of these converters; fetch them first", reason=Reason.EMPTY_STORE)]
        )
    path = arguments.figure or store / "funnel.svg"
    write_atomic(path, funnel_figure(funnels, path.suffix[1:]))
    print(funnel_text(funnels))  # noqa: T201
    for name in funnels:
        if snapshots[name].missing:
            print(f"warning: {name} is not complete in the store: {snapshots[name].missing}")  # noqa: T201
    print(f"figure: {path}")  # noqa: T201
    return 0


def _figure_path(text: str) -> Path:
    path = Path(text)
    if path.suffix not in (".svg", ".png"):
        raise argparse.ArgumentTypeError(f"must end in .svg or .png: {text!r}")
    return path


FILTER = Command(
    "filter",
    "decide for each fetched issue which filters keep it, with reasons, offline",
    "Writes store/tables/decisions (CSV and Parquet): for each issue whether it belongs to the population and whether "
    "the filters 'archive' (what the study's script does), 'paper' (what its Figure 4 says) and 'strict' (this "
    "project's) keep it, and why.",
    _filter_options,
    _filter,
)
FUNNEL = Command(
    "funnel",
    "print and draw how many issues each filter leaves, beside the paper's counts, offline",
    "Prints the counts of the paper's Figure 4 for the store and draws them.",
    _funnel_options,
    _funnel,
)
