"""``python -m mining sample`` and ``validate-filter``."""

import argparse
import csv
import io
import re
from collections.abc import Sequence
from dataclasses import astuple, fields
from pathlib import Path

from datapackage.commandline import Command, data_option
from datapackage.errors import Fault, InputError
from datapackage.files import write_atomic
from datapackage.reasons import Reason
from mining.archived_texts import archived_texts
from mining.commands.fetch import converter_options
from mining.commands.filters import decisions_of, sampled_issues
from mining.converters import Converter, load_converters, select
from mining.filter_validation import RULE, estimate, read_sheet, sheet
from mining.filters import FILTERS
from mining.github.archive import Archive, archive_hash
from mining.github.options import positive
from mining.issue_lists import read_issue_column
from mining.records import Issue
from mining.sampling import STRATA, Drawn, Plan, Source, draw, manifest, newest_first
from mining.store import locked, store_option
from mining.store_tables import read_issues, read_snapshots

_NO_FILTER = "population"


def _sample_options(parser: argparse.ArgumentParser) -> None:
    store_option(parser)
    converter_options(parser)
    data_option(parser)
    parser.add_argument(
        "--name", type=_sample_name, required=True, help="the sample's name: a to z, digits and hyphens"
    )
    parser.add_argument("--n", type=positive, required=True, help="issues a converter")
    parser.add_argument(
        "--seed", type=_seed, required=True, help="a whole number from 0; the same seed draws the same issues"
    )
    parser.add_argument(
        "--filter",
        choices=[*FILTERS, _NO_FILTER],
        default="strict",
        help="the filter (default: strict; population: none)",
    )
    parser.add_argument(
        "--stratify", choices=list(STRATA), help="share the draws among strata in proportion to their sizes"
    )
    parser.add_argument(
        "--allow-overlap",
        action="store_true",
        help="draw also issues that the data or another sample of the store already has",
    )


def _sample(arguments: argparse.Namespace) -> int:
    converters = _fetched(arguments)
    store: Path = arguments.store
    target = store / "samples" / f"{arguments.name}.csv"
    with locked(store):
        if target.exists():
            raise InputError(
                [
                    Fault(
                        str(target), "exists; a sample is never drawn over: choose another --name", reason=Reason.EXISTS
                    )
                ]
            )
        taken = frozenset() if arguments.allow_overlap else frozenset(_taken(store, arguments.data))
        plan = Plan(arguments.name, arguments.n, arguments.seed, arguments.filter, arguments.stratify, taken,
                    arguments.allow_overlap)  # fmt: skip
        sources = _sources(store, converters, plan.filter)
        drawn = [row for source in sources for row in draw(
            source.population, source.converter, plan.n, plan.seed, stratify=plan.stratify, taken=taken
        )]  # fmt: skip
        # the table last: one without its manifest and population would count as a sample
        write_atomic(store / "populations" / f"{plan.name}.csv", _population_table(sources))
        write_atomic(target.with_suffix(".json"), manifest(plan, sources, drawn))
        write_atomic(target, _sample_table(plan.name, drawn))
    print(f"{len(drawn)} issues: {target}")  # noqa: T201
    for source in sources:
        if source.missing:
            print(f"warning: {source.converter.name} is not complete in the store: {source.missing}")  # noqa: T201
    return 0


def _sources(store: Path, converters: Sequence[Converter], filter_name: str) -> list[Source]:
    populations = _populations(store, converters, filter_name)
    missing = {snapshot.converter: snapshot.missing for snapshot in read_snapshots(store)}
    return [
        Source(converter, populations[converter.name], archive_hash(Archive(store, converter.name).snapshot()),
               missing.get(converter.name, ""))
        for converter in converters
    ]  # fmt: skip


def _fetched(arguments: argparse.Namespace) -> tuple[Converter, ...]:
    converters = select(load_converters(arguments.converters), arguments.converter)
    present = {issue.converter for issue in read_issues(arguments.store)}
    missing = [name for name in arguments.converter if name not in present]
    if missing or not present:
        message = "has no issues in the store; fetch it first"
        raise InputError(
            [Fault(str(arguments.store), message, value=name, reason=Reason.NOT_FETCHED) for name in missing or ["any"]]
        )
    return tuple(converter for converter in converters if converter.name in present)


def _populations(store: Path, converters: Sequence[Converter], filter_name: str) -> dict[str, list[Issue]]:
    """Return converter → the issues that a filter keeps."""
    kept = {
        (entry.converter, entry.issue)
        for entry in decisions_of(store, converters)
        if entry.filter == filter_name and entry.kept == "true"
    }
    issues = [issue for issue in read_issues(store) if (issue.converter, issue.issue) in kept]
    return {
        converter.name: [issue for issue in issues if issue.converter == converter.name] for converter in converters
    }


def _taken(store: Path, data: Path) -> set[str]:
    taken = set().union(*sampled_issues(store).values())
    path = data / "failures.csv"
    return taken | set(read_issue_column(path)) if path.is_file() else taken


def _sample_table(name: str, drawn: list[Drawn]) -> str:
    stream = io.StringIO()
    writer = csv.writer(stream, lineterminator="\n")
    writer.writerow(["sample", *(field.name for field in fields(Drawn))])
    writer.writerows([name, *astuple(row)] for row in drawn)
    return stream.getvalue()


def _population_table(sources: Sequence[Source]) -> str:
    """Return what the sample stands for, for whoever labels all of it: a row per issue, newest first."""
    stream = io.StringIO()
    writer = csv.writer(stream, lineterminator="\n")
    writer.writerow(["converter", "issue"])
    writer.writerows(
        (source.converter.name, issue.issue) for source in sources for issue in newest_first(source.population)
    )
    return stream.getvalue()


def _validate_options(parser: argparse.ArgumentParser) -> None:
    modes = parser.add_subparsers(title="steps", metavar="STEP", required=True, dest="step")
    drawing = modes.add_parser("draw", help="draw issues and write the sheet to label")
    reading = modes.add_parser("read", help="read the labelled sheet and print precision and recall")
    for step in (drawing, reading):
        store_option(step)
        converter_options(step)
        step.add_argument("--sheet", type=Path, required=True, metavar="FILE", help="the sheet (CSV)")
    drawing.add_argument("--n", type=positive, required=True, help="issues to label")
    drawing.add_argument("--seed", type=_seed, required=True, help="a whole number from 0")


def _validate(arguments: argparse.Namespace) -> int:
    converters = _fetched(arguments)
    if len(converters) != 1:
        known = ", ".join(converter.name for converter in converters)
        message = f"name one converter: a filter's quality differs between them ({known})"
        raise InputError([Fault("--converter", message, reason=Reason.ONE_CONVERTER)])
    population = _populations(arguments.store, converters, _NO_FILTER)[converters[0].name]
    return (_draw_sheet if arguments.step == "draw" else _read_sheet)(arguments, converters[0], population)


def _draw_sheet(arguments: argparse.Namespace, converter: Converter, population: list[Issue]) -> int:
    if arguments.sheet.exists():
        raise InputError(
            [Fault(str(arguments.sheet), "exists; labels aren't written over: name another", reason=Reason.EXISTS)]
        )
    titles = {issue: texts["title"] for issue, texts in archived_texts(arguments.store, converter.name).items()}
    write_atomic(arguments.sheet, sheet(population, arguments.n, arguments.seed, titles))
    print(f"{arguments.n} of {len(population)} issues: {arguments.sheet}; fill the column relevant with yes or no")  # noqa: T201
    return 0


def _read_sheet(arguments: argparse.Namespace, converter: Converter, population: list[Issue]) -> int:
    labels = read_sheet(arguments.sheet, {issue.issue for issue in population})
    decisions = decisions_of(arguments.store, (converter,))
    print(f"{len(labels)} labelled issues, {sum(labels.values())} relevant; 95 % Wilson intervals; rule: {RULE}")  # noqa: T201
    for name in FILTERS:
        kept = {entry.issue for entry in decisions if entry.filter == name and entry.kept == "true"}
        for found in estimate(labels, kept):
            value = f"{found.value:.3f} [{found.low:.3f}, {found.high:.3f}]"
            print(f"{name:<8} {found.measure:<9} {value}  ({found.hits} of {found.of})  {found.verdict}")  # noqa: T201
    return 0


def _sample_name(text: str) -> str:
    if not re.fullmatch(r"[a-z0-9][a-z0-9-]*", text):
        raise argparse.ArgumentTypeError(f"must be a to z, digits and hyphens: {text!r}")
    return text


def _seed(text: str) -> int:
    if not re.fullmatch(r"[0-9]{1,18}", text):
        raise argparse.ArgumentTypeError(f"must be a whole number from 0: {text!r}")
    return int(text)


SAMPLE = Command(
    "sample",
    "draw a sample that anybody can draw again, offline",
    "Draws --n issues a converter from those that a filter keeps and writes store/samples/NAME.csv with a manifest "
    "NAME.json (population size, seed, filter, hash of the archive), and the population to store/populations/NAME.csv. "
    "Issues of data/failures.csv and of other samples are left out.",
    _sample_options,
    _sample,
)
VALIDATE_FILTER = Command(
    "validate-filter",
    "measure the filters' precision and recall against labels, offline",
    "First `draw` a sheet of unfiltered issues, have a person label each as relevant or not, then `read` it: precision "
    "and recall of each filter with intervals, against the rule of 0.8 (reached, missed, or open: the interval holds "
    "0.8).",
    _validate_options,
    _validate,
)
