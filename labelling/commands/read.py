"""``python -m labelling read``: what raters return, checked and recorded."""

import argparse
import hashlib
import re
from collections.abc import Callable, Iterator
from pathlib import Path

from datapackage.codebook import load_codebook
from datapackage.commandline import Command, data_option
from datapackage.errors import Fault, InputError
from datapackage.reasons import Reason
from labelling.columns import HEADINGS, ISSUE, SHEET
from labelling.commands.options import name, now, say, store_option
from labelling.finals import ADJUDICATION
from labelling.labels import Label
from labelling.project import Project
from labelling.record import keep, read_as
from labelling.sheets import Returned, read_sheet


def _read_options(parser: argparse.ArgumentParser) -> None:
    data_option(parser)
    parser.add_argument("files", nargs="+", type=Path, metavar="FILE", help="returned sheets: workbooks or CSV")
    store_option(parser)
    for option in ("sample", "round", "rater"):
        parser.add_argument(f"--{option}", type=name, help=f"the sheets' {option}, where they lost their column Sheet")
    parser.add_argument(
        "--partial", action="store_true", help="take complete rows, and leave half-labelled ones for later"
    )


def _read(arguments: argparse.Namespace) -> int:
    codebook, moment = load_codebook(arguments.data), now()
    given = (arguments.sample, arguments.round, arguments.rater)
    return take(arguments, lambda path: read_sheet(path, codebook, moment, given))


def take(arguments: argparse.Namespace, read: Callable[[Path], Returned]) -> int:
    """Read files and record their labels, all or none.

    Parameters
    ----------
    arguments : Namespace
        ``files``, ``store`` and ``partial``.
    read : callable
        Reads a file; may raise InputError.
    """
    moment = now()
    sheets: list[tuple[Path, Returned]] = []
    faults: list[Fault] = []
    for path in arguments.files:
        try:
            returned = read(path)
            faults += returned.faults + ([] if arguments.partial else returned.half)
            faults += _foreign(path, returned, Project(arguments.store, returned.identity[0]))
            sheets.append((path, returned))
        except InputError as error:
            faults += error.faults
    faults += _contradictions(sheets)
    if faults:
        raise InputError(faults)
    for path, returned in sheets:
        project = Project(arguments.store, returned.identity[0])
        with project.locked():
            added = keep(project, path, returned.labels, read_at=moment)
        left = len(project.round(returned.identity[1]).assigned(returned.identity[2])) - len(returned.labels)
        told = f"{added.new} new, {added.changed} changed, {added.known} known, {left} open"
        say(f"{path}: {'/'.join(returned.identity)}: {told}")
        half = {(fault.file, fault.row) for fault in returned.half}
        if half:
            say(f"  half labelled, not taken: rows {', '.join(str(row) for _, row in sorted(half, key=str))}")
    return 0


def _foreign(path: Path, returned: Returned, project: Project) -> list[Fault]:
    """Return faults for a sheet whose round, rater or issues the project doesn't know, or that is another rater's."""
    sample, occasion, rater = returned.identity
    if occasion == ADJUDICATION:
        message = f"holds decisions; read it with `python -m labelling adjudicate --sample {sample} --read {path}`"
        return [Fault(str(path), message, value="/".join(returned.identity), reason=Reason.OTHER_SHEET)]
    known = project.round(occasion)
    if rater not in known.raters:
        message = f"round {occasion} has no such rater; it has {', '.join(known.raters)}"
        return [Fault(str(path), message, value=rater, reason=Reason.UNKNOWN_RATER)]
    faults = []
    named = re.split(r"[^a-z0-9-]", path.stem.lower())[0].removeprefix(f"{occasion}-")
    if named in known.raters and named != rater:
        message = (
            f"holds the sheet of {rater}, but is named as {named}'s; ask who filled it, and rename it if it was {rater}"
        )
        faults.append(Fault(str(path), message, column=HEADINGS[SHEET], value=rater, reason=Reason.OTHER_SHEET))
    for other in read_as(project, hashlib.sha256(path.read_bytes()).hexdigest()) - {(occasion, rater)}:
        message = f"was read before, as what {other[1]} returned in round {other[0]}; name the right file"
        faults.append(Fault(str(path), message, value=rater, reason=Reason.OTHER_SHEET))
    assigned = set(known.assigned(rater))
    message = f"was not given to {rater} in round {occasion}; remove the row"
    return faults + [
        returned.fault(issue, ISSUE, message, Reason.UNASSIGNED_ISSUE, value=issue)
        for issue in returned.rows
        if issue not in assigned
    ]


def _contradictions(sheets: list[tuple[Path, Returned]]) -> Iterator[Fault]:
    """Yield faults for what two files say differently in one rater's name: one of them is somebody else's, or old."""
    said: dict[tuple[str, ...], tuple[Path, Label]] = {}
    for path, returned in sheets:
        for label in returned.labels:
            before, first = said.setdefault(label.key, (path, label))
            if not label.says_the_same(first):
                message = (
                    f"is labelled otherwise in {before}, which is {label.rater}'s sheet too; return the right one alone"
                )
                yield returned.fault(label.issue, ISSUE, message, Reason.OTHER_SHEET, value=label.issue)


READ = Command(
    "read",
    "read returned sheets, and list all faults",
    "Read what raters return, as workbook or CSV, in whatever order and locale. Nothing is taken unless all files are sound. The "
    "originals are kept; labels are appended, a changed label as a new revision; reading twice changes nothing.",
    _read_options,
    _read,
)
