"""``python -m labelling adjudicate``: disagreements out as a sheet, decisions back."""

import argparse
from pathlib import Path

from datapackage.codebook import load_codebook
from datapackage.commandline import Command, data_option
from datapackage.errors import Fault, InputError
from datapackage.files import write_atomic
from datapackage.reasons import Reason
from labelling.adjudication import agreed_codes, identity, read_decisions, to_decide, what_raters_say
from labelling.columns import ISSUE, SAYS
from labelling.commands.options import cache_of, cache_option, now, sample_options, say
from labelling.finals import standings
from labelling.project import Project
from labelling.record import keep
from labelling.texts import read_texts
from labelling.workbook import Material, workbook


def _options(parser: argparse.ArgumentParser) -> None:
    sample_options(parser, round_name=None)
    data_option(parser)
    steps = parser.add_mutually_exclusive_group(required=True)
    steps.add_argument("--out", type=Path, metavar="FILE", help="write the issues that need a decision (.xlsx)")
    steps.add_argument("--read", type=Path, metavar="FILE", help="read the decisions")
    parser.add_argument(
        "--unsure", action="store_true", help="with --out: also issues on which raters agree, but one was unsure"
    )
    parser.add_argument(
        "--partial", action="store_true", help="with --read: take what is decided, leave the rest for later"
    )
    cache_option(parser)


def _run(arguments: argparse.Namespace) -> int:
    project = Project(arguments.store, arguments.sample)
    with project.locked():
        return _write(project, arguments) if arguments.read is None else _read(project, arguments)


def _write(project: Project, arguments: argparse.Namespace) -> int:
    found, codebook = standings(project), load_codebook(arguments.data)
    chosen = to_decide(found, unsure=arguments.unsure)
    waiting = sum(bool(each.waits_for) for each in found)
    if waiting:
        say(f"{waiting} issues wait for raters and are not in the sheet")
    if not chosen:
        say("nothing to decide")
        return 0
    if arguments.out.exists():
        raise InputError([Fault(str(arguments.out), "exists; name another file", reason=Reason.EXISTS)])
    cells = {each.issue: agreed_codes(codebook, each) | {SAYS: what_raters_say(codebook, each)} for each in chosen}
    issues = list(cells)
    material = Material(codebook, read_texts(cache_of(arguments), issues), {}, cells)
    write_atomic(arguments.out, workbook(identity(project.sample), issues, material))
    say(f"{len(chosen)} issues to decide: {arguments.out}")
    return 0


def _read(project: Project, arguments: argparse.Namespace) -> int:
    returned = read_decisions(arguments.read, load_codebook(arguments.data), now(), project.sample)
    known = {each.issue for each in standings(project)}
    message = "is not an issue of the sample; remove the row"
    faults = [*returned.faults, *([] if arguments.partial else returned.half)]
    faults += [
        returned.fault(label.issue, ISSUE, message, Reason.UNASSIGNED_ISSUE, value=label.issue)
        for label in returned.labels
        if label.issue not in known
    ]
    if faults:
        raise InputError(faults)
    added = keep(project, arguments.read, returned.labels)
    left = len(to_decide(standings(project), unsure=False))
    say(f"{arguments.read}: {added.new} decided, {added.changed} changed, {added.known} known; {left} left to decide")
    return 0


ADJUDICATE = Command(
    "adjudicate",
    "decide where raters differ: write the sheet, read the decisions",
    "Write a sheet of the issues on which raters differ, with all their labels and rationales, and read it back: the final "
    "labels, who decided, and why. Who and why stay in the store.",
    _options,
    _run,
)
