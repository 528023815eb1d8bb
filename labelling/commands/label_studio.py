"""``python -m labelling label-studio export|import``."""

import argparse
from pathlib import Path

from datapackage.codebook import load_codebook
from datapackage.commandline import Command, data_option
from datapackage.errors import Fault, InputError
from datapackage.files import write_atomic
from datapackage.reasons import Reason
from labelling.commands.options import cache_of, cache_option, now, sample_options, say, store_option
from labelling.commands.read import take
from labelling.label_studio import interface, read_export, tasks
from labelling.project import Project
from labelling.texts import read_texts


def _options(parser: argparse.ArgumentParser) -> None:
    steps = parser.add_subparsers(title="steps", metavar="STEP", required=True, dest="step")
    export = steps.add_parser("export", help="write the labelling interface, and the tasks of each rater of a round")
    taken = steps.add_parser("import", help="read exports (JSON, JSON_MIN or CSV, with unlabelled tasks or without)")
    sample_options(export)
    data_option(export)
    export.add_argument("--out", type=Path, required=True, metavar="DIR", help="folder for interface and tasks")
    cache_option(export)
    data_option(taken)
    taken.add_argument("files", nargs="+", type=Path, metavar="FILE", help="exports, each of one rater's project")
    store_option(taken)
    taken.add_argument(
        "--partial", action="store_true", help="take complete labels, and leave half-labelled issues for later"
    )


def _run(arguments: argparse.Namespace) -> int:
    codebook = load_codebook(arguments.data)
    if arguments.step == "import":
        moment = now()
        return take(arguments, lambda path: read_export(path, codebook, moment))
    project = Project(arguments.store, arguments.sample)
    given = project.round(arguments.round)
    files = {arguments.out / "interface.xml": interface(codebook)}
    for rater in given.raters:
        issues = given.assigned(rater)
        identity = f"{project.sample}/{given.name}/{rater}"
        path = arguments.out / f"{given.name}-{rater}.json"
        files[path] = tasks(identity, issues, read_texts(cache_of(arguments), issues))
    if taken := [path for path in files if path.exists()]:
        raise InputError([Fault(str(path), "exists; name another folder", reason=Reason.EXISTS) for path in taken])
    for path, text in files.items():
        write_atomic(path, text)
        say(str(path))
    return 0


LABEL_STUDIO = Command(
    "label-studio",
    "the same task for Label Studio, and its exports back",
    "After `sheets` has made a round: write the labelling interface and a file of tasks for each rater, for a project each. What "
    "comes back is checked like a sheet.",
    _options,
    _run,
)
