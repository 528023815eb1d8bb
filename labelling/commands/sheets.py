"""``python -m labelling sheets``: a sheet for each rater, blind to the others."""

import argparse
from collections.abc import Iterable, Mapping, Sequence

import pandas as pd

from datapackage.codebook import load_codebook
from datapackage.commandline import Command, data_option
from datapackage.errors import Fault, InputError
from datapackage.files import write_atomic
from datapackage.reasons import Reason
from datapackage.tables import read_table, records
from labelling.assignment import assign, ordered
from labelling.commands.options import cache_of, cache_option, count, names, sample_options, say
from labelling.labels import REQUIRED
from labelling.project import DRIFT, RETEST, SAMPLE, Project, Round, SampleIssue
from labelling.record import read_labels
from labelling.sheets import csv_sheet
from labelling.texts import read_texts
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
    cache_option(parser)
    parser.add_argument("--format", choices=("xlsx", "csv"), default="xlsx", help="form of the sheets (default: xlsx)")


def _sheets(arguments: argparse.Namespace) -> int:
    project, codebook = Project(arguments.store, arguments.sample), load_codebook(arguments.data)
    failures = _active(read_table(arguments.data, "failures"))
    with project.locked():
        added = _new_round(project, failures, arguments)
        shown = {issue for rater in added.raters for issue in added.assigned(rater)}
        texts = read_texts(cache_of(arguments), shown)
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
        for dimension in REQUIRED:
            found.setdefault((dimension, str(row[dimension])), []).append(row["issue"])
        if not pd.isna(row["cause_detail"]):
            found.setdefault(("cause_detail", f"{row['cause']}.{row['cause_detail']}"), []).append(row["issue"])
    return {key: ordered(issues, 1, "examples")[:2] for key, issues in found.items()}


SHEETS = Command(
    "sheets",
    "write a sheet for each rater, blind to the others",
    "Share the sample's issues among raters and write a workbook (or CSV) each: instructions, codebook, issues with dropdowns. "
    "Drift and retest issues stand hidden among the others. Order and choice follow from --seed.",
    _sheets_options,
    _sheets,
)
