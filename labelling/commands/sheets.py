"""``python -m labelling sheets`` and ``read``: out to the raters and back."""

import argparse
from collections.abc import Callable, Iterable, Mapping, Sequence
from pathlib import Path

import pandas as pd

from datapackage.codebook import load_codebook
from datapackage.commandline import Command, data_option
from datapackage.errors import Fault, InputError
from datapackage.files import write_atomic
from datapackage.reasons import Reason
from datapackage.tables import read_table, records
from labelling.assignment import assign, ordered
from labelling.commands.options import count, name, names, now, sample_options, say
from labelling.project import DRIFT, RETEST, SAMPLE, STORE, Project, Round, SampleIssue
from labelling.record import keep, read_labels
from labelling.sheets import Returned, csv_sheet, read_sheet
from labelling.texts import CACHE, read_texts
from labelling.workbook import Material, workbook


def _sheets_options(parser: argparse.ArgumentParser) -> None:
    sample_options(parser)
    data_option(parser)
    parser.add_argument("--raters", type=names, required=True, metavar="A,B", help="pseudonyms of the raters; no names")
    parser.add_argument("--n", type=count, help="issues of this round (default: all that no earlier round had)")
    parser.add_argument("--again", action="store_true", help="give out issues again that earlier rounds had")
    parser.add_argument(
        "--overlap", type=count, help="issues that every rater gets, the others go to one each (default: all issues)"
    )
    parser.add_argument("--drift", type=count, default=0, help="hidden issues with agreed labels of an earlier sample")
    parser.add_argument(
        "--retest", type=count, default=0, help="hidden issues that the rater labelled in an earlier round"
    )
    parser.add_argument(
        "--seed", type=count, default=1, help="a whole number; the same seed gives the same sheets (default: 1)"
    )
    parser.add_argument(
        "--cache", type=Path, default=CACHE, metavar="DIR", help="titles and bodies (python -m mining hydrate)"
    )
    parser.add_argument("--format", choices=("xlsx", "csv"), default="xlsx", help="form of the sheets (default: xlsx)")


def _sheets(arguments: argparse.Namespace) -> int:
    project, codebook = Project(arguments.store, arguments.sample), load_codebook(arguments.data)
    failures = _active(read_table(arguments.data, "failures"))
    with project.locked():
        added = _new_round(project, failures, arguments)
        shown = {issue for rater in added.raters for issue in added.assigned(rater)}
        texts = read_texts(arguments.cache, shown)
        _check_blindness(added, texts)
        material = Material(codebook, texts, _examples(failures[~failures["issue"].isin(shown)]))
        sheets = {
            project.sheet(added.name, rater, arguments.format): _sheet(
                f"{project.sample}/{added.name}/{rater}", added.assigned(rater), material, arguments.format
            )
            for rater in added.raters
        }
        if taken := [path for path in sheets if path.exists()]:
            message = "exists; a sheet is never written over: choose another --round, or move it away"
            raise InputError([Fault(str(path), message, reason=Reason.EXISTS) for path in taken])
        project.add_round(added)
        for path, content in sheets.items():
            write_atomic(path, content)
    for rater, path in zip(added.raters, sheets, strict=True):
        say(f"{rater}: {len(added.assigned(rater))} issues: {path}")
    if not texts:
        say("without titles and excerpts; `python -m mining hydrate` fetches them for whoever has a token")
    return 0


def _check_blindness(added: Round, texts: Mapping[str, object]) -> None:
    """Refuse hidden issues that their empty titles would give away."""
    hidden = {issue for rater in added.raters for issue in added.assigned(rater, DRIFT, RETEST)}
    if lacking := sorted(hidden - set(texts)) if texts else []:
        message = (
            "has no title in the cache, while others have: raters could tell it apart; fetch titles of drift issues with "
            "`python -m mining hydrate data/failures.csv`, or name an empty --cache"
        )
        raise InputError([Fault("--cache", message, value=issue, reason=Reason.NOT_BLIND) for issue in lacking])


def _sheet(identity: str, issues: Sequence[str], material: Material, kind: str) -> str | bytes:
    if kind == "csv":
        return csv_sheet(identity, issues, material.texts)
    return workbook(identity, issues, material)


def _new_round(project: Project, failures: pd.DataFrame, arguments: argparse.Namespace) -> Round:
    issues = _round_issues(project, arguments)
    in_sample = {each.issue for each in project.issues()}
    rounds = project.rounds()
    agreed = set(failures["issue"]) - in_sample
    drift = _first(agreed, arguments.drift, arguments.seed, "drift", "--drift")
    retest = {}
    for rater in arguments.raters if arguments.retest else ():
        own = {label.issue for label in read_labels(project) if label.rater == rater} & in_sample
        own -= {each.issue for each in issues}
        retest[rater] = _first(own, arguments.retest, arguments.seed, f"retest {rater}", "--retest")
    shares = assign(
        issues, arguments.raters, seed=arguments.seed, overlap=arguments.overlap, drift=drift, retest=retest
    )
    return Round(arguments.round, len(rounds) + 1, arguments.seed, shares)


def _round_issues(project: Project, arguments: argparse.Namespace) -> list[SampleIssue]:
    had = {
        issue
        for each in project.rounds()
        if each.kind == "human"
        for rater in each.raters
        for issue in each.assigned(rater, SAMPLE)
    }
    issues = [each for each in project.issues() if arguments.again or each.issue not in had]
    if arguments.n is not None and arguments.n > len(issues):
        message = f"asks for more than the {len(issues)} issues that are left; --again gives out issues again"
        raise InputError([Fault("--n", message, value=str(arguments.n), reason=Reason.TOO_MANY)])
    if not issues and not (arguments.drift or arguments.retest):
        message = "every issue of the sample was given out; --again gives them out again"
        raise InputError([Fault("--sample", message, value=project.sample, reason=Reason.NOTHING_LEFT)])
    return issues if arguments.n is None else issues[: arguments.n]


def _first(issues: Iterable[str], wanted: int, seed: int, purpose: str, option: str) -> list[str]:
    found = ordered(set(issues), seed, purpose)
    if wanted > len(found):
        message = f"asks for more than the {len(found)} issues there are ({purpose})"
        raise InputError([Fault(option, message, value=str(wanted), reason=Reason.TOO_MANY)])
    return found[:wanted]


def _active(failures: pd.DataFrame) -> pd.DataFrame:
    return failures[failures["status"] == "active"]


def _examples(failures: pd.DataFrame) -> dict[tuple[str, str], list[str]]:
    """Return issues of the data for each code, in the order of their hashes."""
    found: dict[tuple[str, str], list[str]] = {}
    for row in records(failures):
        for dimension in ("symptom", "cause", "location"):
            found.setdefault((dimension, str(row[dimension])), []).append(row["issue"])
        if not pd.isna(row["cause_detail"]):
            found.setdefault(("cause_detail", f"{row['cause']}.{row['cause_detail']}"), []).append(row["issue"])
    return {key: ordered(issues, 1, "examples")[:2] for key, issues in found.items()}


def _read_options(parser: argparse.ArgumentParser) -> None:
    data_option(parser)
    parser.add_argument("files", nargs="+", type=Path, metavar="FILE", help="returned sheets: workbooks or CSV")
    parser.add_argument(
        "--store", type=Path, default=STORE, metavar="DIR", help="the store (default: store/ of the project)"
    )
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
    if faults:
        raise InputError(faults)
    for path, returned in sheets:
        project = Project(arguments.store, returned.identity[0])
        with project.locked():
            added = keep(project, path, returned.labels)
        left = len(project.round(returned.identity[1]).assigned(returned.identity[2])) - len(returned.labels)
        say(
            f"{path}: {'/'.join(returned.identity)}: {added.new} new, {added.changed} changed, {added.known} known, {left} open"
        )
        half = {(fault.file, fault.row) for fault in returned.half}
        if half:
            say(f"  half labelled, not taken: rows {', '.join(str(row) for _, row in sorted(half, key=str))}")
    return 0


def _foreign(path: Path, returned: Returned, project: Project) -> list[Fault]:
    """Return faults for a sheet whose round, rater or issues the project doesn't know."""
    _, occasion, rater = returned.identity
    known = project.round(occasion)
    if rater not in known.raters:
        message = f"round {occasion} has no such rater; it has {', '.join(known.raters)}"
        return [Fault(str(path), message, value=rater, reason=Reason.UNKNOWN_RATER)]
    assigned = set(known.assigned(rater))
    message = f"was not given to {rater} in round {occasion}; remove the row"
    named = [*returned.open, *(label.issue for label in returned.labels)]
    return [
        Fault(str(path), message, value=issue, reason=Reason.UNASSIGNED_ISSUE)
        for issue in named
        if issue not in assigned
    ]


SHEETS = Command(
    "sheets",
    "write a sheet for each rater, blind to the others",
    "Share the sample's issues among raters and write a workbook (or CSV) each: instructions, codebook, issues with dropdowns. "
    "Drift and retest issues stand hidden among the others. Order and choice follow from --seed.",
    _sheets_options,
    _sheets,
)
READ = Command(
    "read",
    "read returned sheets, and list all faults",
    "Read what raters return, as workbook or CSV, in whatever order and locale. Nothing is taken unless all files are sound. The "
    "originals are kept; labels are appended, a changed label as a new revision; reading twice changes nothing.",
    _read_options,
    _read,
)
