"""``python -m labelling merge``, ``deprecate``, ``relabel``, ``recover``, ``history``: the dataset changes, and tells of it."""

import argparse

from datapackage.commandline import Command, data_option
from datapackage.errors import Fault, InputError
from datapackage.reasons import Reason
from datapackage.transaction import finish
from labelling.commands.options import name, now, sample_options, say, store_option
from labelling.corrections import deprecate, relabel
from labelling.history import history
from labelling.labels import DIMENSIONS
from labelling.merge import merge, merge_machines
from labelling.project import Project


def _merge_options(parser: argparse.ArgumentParser) -> None:
    sample_options(parser, round_name=None)
    data_option(parser)
    parser.add_argument(
        "--allow-overlap", action="store_true", help="take also issues that another sample of the data has"
    )
    parser.add_argument(
        "--machines", action="store_true", help="of a sample that is merged already, add what machines labelled since"
    )


def _merge(arguments: argparse.Namespace) -> int:
    if finish(arguments.data):
        say(f"{arguments.data}: an interrupted change was finished first")
    project = Project(arguments.store, arguments.sample)
    if arguments.machines:
        with project.locked():
            version = merge_machines(project, arguments.data, now()[:10])
        say(f"{arguments.data}: the machines' labels merged; the dataset is now version {version}")
        return 0
    with project.locked():
        version = merge(project, arguments.data, now()[:10], allow_overlap=arguments.allow_overlap)
    say(f"{arguments.data}: sample {arguments.sample} merged; the dataset is now version {version}")
    say(f"next: make generated; python -m analysis sample {arguments.sample} --against issta24")
    return 0


def _deprecate_options(parser: argparse.ArgumentParser) -> None:
    data_option(parser)
    parser.add_argument("issue", metavar="ISSUE", help="owner/repo#number")
    parser.add_argument("--sample", type=name, required=True, help="the sample that it is in")
    parser.add_argument("--reason", required=True, help="why; it is published in the changelog")


def _deprecate(arguments: argparse.Namespace) -> int:
    reason = " ".join(arguments.reason.split())
    if not reason:
        raise InputError([Fault("--reason", "must say why", reason=Reason.MISSING_REASON)])
    finish(arguments.data)
    version = deprecate(arguments.data, (arguments.sample, arguments.issue), reason, now()[:10])
    say(f"{arguments.issue} is deprecated; the dataset is now version {version}")
    return 0


def _relabel_options(parser: argparse.ArgumentParser) -> None:
    _deprecate_options(parser)
    for dimension in DIMENSIONS:
        option = f"--{dimension.replace('_', '-')}"
        parser.add_argument(option, dest=dimension, metavar="CODE", help=f"its new {dimension.replace('_', ' ')}")


def _relabel(arguments: argparse.Namespace) -> int:
    reason = " ".join(arguments.reason.split())
    if not reason:
        raise InputError([Fault("--reason", "must say why", reason=Reason.MISSING_REASON)])
    texts = {each: getattr(arguments, each) for each in DIMENSIONS if getattr(arguments, each) is not None}
    finish(arguments.data)
    version = relabel(arguments.data, (arguments.sample, arguments.issue), texts, reason, now())
    say(f"{arguments.issue} is relabelled; the dataset is now version {version}; next: make generated")
    return 0


def _recover(arguments: argparse.Namespace) -> int:
    done = finish(arguments.data)
    say(f"{arguments.data}: " + ("the interrupted change is finished" if done else "nothing was interrupted"))
    return 0


def _history_options(parser: argparse.ArgumentParser) -> None:
    data_option(parser)
    parser.add_argument("issue", metavar="ISSUE", help="owner/repo#number")
    store_option(parser)


def _history(arguments: argparse.Namespace) -> int:
    lines = history(arguments.store, arguments.data, arguments.issue)
    if not lines:
        message = "is in no sample of the data or of the store"
        raise InputError([Fault(str(arguments.data), message, value=arguments.issue, reason=Reason.UNKNOWN_ISSUE)])
    say("\n".join([arguments.issue, *lines]))
    return 0


MERGE = Command(
    "merge",
    "add an agreed sample to the data, all tables or none",
    "Add a sample whose issues all have a final label to failures.csv, ratings.csv, raters.csv and samples.csv, with descriptor, "
    "dictionary, version and changelog, in one step. Refuses issues that are disputed, half labelled, or in the data already.",
    _merge_options,
    _merge,
)
DEPRECATE = Command(
    "deprecate",
    "take a failure out of the analyses, with a reason; its row stays",
    "Mark a row of failures.csv as deprecated. Analyses leave it out and say so; it is never deleted.",
    _deprecate_options,
    _deprecate,
)
RELABEL = Command(
    "relabel",
    "give a failure of the data other codes, with a reason; earlier ratings stay",
    "Change codes of a row of failures.csv. The decision becomes a rating of the rater `consensus` beside the earlier ones, and "
    "a paragraph of the changelog.",
    _relabel_options,
    _relabel,
)
RECOVER = Command(
    "recover",
    "finish a change of the data that was interrupted",
    "Put the tables of an interrupted change in place, if it had been decided; otherwise remove what it left.",
    data_option,
    _recover,
)
HISTORY = Command(
    "history",
    "tell an issue's whole story",
    "Samples, rounds, every label with its time and rater, decisions with their reasons, and what the data holds.",
    _history_options,
    _history,
)
