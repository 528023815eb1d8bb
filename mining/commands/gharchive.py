"""``python -m mining gharchive``."""

import argparse
from pathlib import Path

from datapackage.commandline import Command
from mining.commands.fetch import converter_options
from mining.converters import load_converters, select
from mining.gharchive import read_hours
from mining.pseudonyms import load_key
from mining.records import Event
from mining.store import locked, store_option
from mining.store_tables import TABLES, write_rows


def _options(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("files", nargs="+", type=Path, metavar="FILES", help="hourly files, YYYY-MM-DD-H.json.gz")
    store_option(parser)
    converter_options(parser)


def _run(arguments: argparse.Namespace) -> int:
    converters = select(load_converters(arguments.converters), arguments.converter)
    with locked(arguments.store):
        events = read_hours(arguments.files, converters, load_key(arguments.store))
        path = arguments.store / TABLES / "gharchive_events"
        write_rows(path, Event, events)
    issues = len({(event.converter, event.issue) for event in events})
    print(f"{len(events)} events of {issues} issues: {path}.csv")  # noqa: T201
    return 0


GHARCHIVE = Command(
    "gharchive",
    "read issue events from GH Archive's hourly files, offline",
    "Reads hourly files of GH Archive (download them from gharchive.org) and writes the converters' issue events to "
    "store/tables/gharchive_events (CSV and Parquet) in the columns of the table events. The files tell when issues "
    "were closed, reopened, labelled and transferred; they lack commits, cross-references and linked pull requests, so "
    "the filters can't be applied to them.",
    _options,
    _run,
)
