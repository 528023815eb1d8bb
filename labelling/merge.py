"""Agreed labels into ``data/``: all tables in one step, or none.

What a sample adds: its issues to ``failures.csv`` with their final labels, every revision of every rater's label to
``ratings.csv``, new raters to ``raters.csv``, the sizes of its populations to ``samples.csv``, a version to ``CHANGELOG.md``.
Rationales, and who decided a disagreement, stay in the store.
"""

from collections.abc import Sequence
from pathlib import Path

import pandas as pd

from datapackage.errors import Fault, InputError
from datapackage.reasons import Reason
from datapackage.rules import TAKEN_BACK
from datapackage.tables import read_table, records, write_table
from datapackage.transaction import edited
from labelling.finals import CONSENSUS, DISPUTED, STALE, Standing, standings
from labelling.labels import Label
from labelling.project import Project, Round
from labelling.record import read_labels
from labelling.versions import add_version

RATING_KEY = ("sample", "round", "issue", "rater", "dimension", "revision")


def merge(project: Project, data: Path, day: str, *, allow_overlap: bool = False) -> str:
    """Add a labelled sample to a data folder.

    Parameters
    ----------
    project : Project
        The sample's labelling.
    data : Path
        The data folder.
    day : str
        Today (UTC), for the changelog.
    allow_overlap : bool
        Take also issues that another sample has.

    Returns
    -------
    str
        The dataset's new version.

    Raises
    ------
    InputError
        An issue has no final label, the sample or an issue stands in the data already, a rater is known as of another kind, or
        the result would have faults; all faults together, and the data is as it was.
    """
    found, record = standings(project), read_labels(project)
    raters = _raters(project.rounds(), record)
    with edited(data) as stage:
        failures, known = read_table(stage, "failures"), read_table(stage, "raters")
        twice = _merged(project, stage) or _overlaps(found, failures, allowed=allow_overlap)
        if faults := [*_open(project, found), *twice, *_kinds(known, raters)]:
            raise InputError(faults)
        append_rows(stage, "samples", _sample_rows(project))
        append_rows(stage, "failures", _failure_rows(project, found))
        append_rows(stage, "raters", raters[~raters["rater"].isin(known["rater"])])
        append_rows(stage, "ratings", _rating_rows(record))
        people = int((raters["kind"] == "human").sum())
        text = f"Sample `{project.sample}`: {len(found)} failures, {len(record)} labels by {people} raters."
        return add_version(stage, day, text, part=1)


def merge_machines(project: Project, data: Path, day: str) -> str:
    """Add the ratings of machines that labelled a sample, or its population, after the sample was merged.

    Parameters
    ----------
    project, data, day
        See `merge`.

    Returns
    -------
    str
        The dataset's new version.

    Raises
    ------
    InputError
        The sample is not in the data yet, no machine has labelled anything new, or a machine's name is a person's.
    """
    rounds = [each for each in project.rounds() if each.kind == "machine"]
    record = [label for label in read_labels(project) if label.round in {each.name for each in rounds}]
    raters = _raters(rounds, record)
    with edited(data) as stage:
        rows = _unknown(_rating_rows(record), read_table(stage, "ratings"))
        known = read_table(stage, "raters")
        faults = _kinds(known, raters)
        if project.sample not in set(read_table(stage, "samples")["sample"]):
            message = "is not in the data yet; merge it first, its machines come with it"
            faults.append(Fault("samples.csv", message, value=project.sample, reason=Reason.UNKNOWN_SAMPLE))
        elif rows.empty:
            message = "has no label of a machine that the data lacks"
            faults.append(Fault(str(project.folder), message, value=project.sample, reason=Reason.NOTHING_LEFT))
        if faults:
            raise InputError(faults)
        append_rows(stage, "raters", raters[~raters["rater"].isin(known["rater"])])
        append_rows(stage, "ratings", rows)
        names = ", ".join(f"`{name}`" for name in dict.fromkeys(rows["rater"]))
        return add_version(stage, day, f"Sample `{project.sample}`: {len(rows)} ratings by {names}.", part=1)


def _unknown(rows: pd.DataFrame, ratings: pd.DataFrame) -> pd.DataFrame:
    """Return the rating rows that the data lacks."""
    had = set(_rating_keys(ratings))
    return rows[[key not in had for key in _rating_keys(rows)]]


def _rating_keys(rows: pd.DataFrame) -> list[tuple[str, ...]]:
    return [tuple(str(row[name]) for name in RATING_KEY) for row in records(rows)]


def _open(project: Project, found: Sequence[Standing]) -> list[Fault]:
    faults = []
    for each in found:
        if each.final is not None:
            continue
        message = {
            DISPUTED: "raters differ; decide it with `python -m labelling adjudicate`",
            STALE: "was labelled again after it was decided; adjudicate it again",
        }.get(each.state, f"is not labelled by {', '.join(each.waits_for) or 'anybody'} yet")
        faults.append(Fault(str(project.folder), message, value=each.issue, reason=Reason.HALF_LABELLED))
    return faults


def _merged(project: Project, data: Path) -> list[Fault]:
    if project.sample not in set(read_table(data, "samples")["sample"]):
        return []
    message = "is in the data already, and a sample is merged once; another one needs a name of its own"
    return [Fault("samples.csv", message, value=project.sample, reason=Reason.KNOWN_SAMPLE)]


def _overlaps(found: Sequence[Standing], failures: pd.DataFrame, *, allowed: bool) -> list[Fault]:
    samples: dict[str, list[str]] = {}
    for row in [] if allowed else records(failures):
        samples.setdefault(row["issue"].lower(), []).append(row["sample"])
    message = "stands in the data already (sample {}); --allow-overlap takes it all the same"
    return [
        Fault(
            "failures.csv", message.format(", ".join(samples[issue])), value=each.issue, reason=Reason.DUPLICATE_ISSUE
        )
        for each in found
        if (issue := each.issue.lower()) in samples
    ]


def _kinds(known: pd.DataFrame, raters: pd.DataFrame) -> list[Fault]:
    kinds = {row["rater"]: row["kind"] for row in records(known)}
    return [
        Fault("raters.csv", f"is a rater of kind {kinds[row['rater']]} there, not {row['kind']}; use another pseudonym",
              value=row["rater"], reason=Reason.OTHER_KIND)
        for row in records(raters)
        if kinds.get(row["rater"], row["kind"]) != row["kind"]
    ]  # fmt: skip


def append_rows(data: Path, name: str, rows: pd.DataFrame) -> None:
    """Add rows to a table of a data folder that is being edited; columns that they lack stay empty."""
    if len(rows):
        old = read_table(data, name).astype(object)
        write_table(data, name, pd.concat([old, rows.astype(object)]))


def _sample_rows(project: Project) -> pd.DataFrame:
    sizes = project.populations()
    used = dict.fromkeys(each.converter for each in project.issues())
    return pd.DataFrame([{"sample": project.sample, "converter": name, "population": sizes[name]} for name in used])


def _failure_rows(project: Project, found: Sequence[Standing]) -> pd.DataFrame:
    final = {each.issue: each.final for each in found if each.final is not None}
    return pd.DataFrame(
        [
            {"issue": each.issue, "sample": project.sample, "converter": each.converter,
             "population_rank": each.population_rank, "created": pd.Timestamp(each.created),
             "created_earliest": pd.Timestamp(each.created), "created_latest": pd.Timestamp(each.created),
             "symptom": final[each.issue].symptom, "cause": final[each.issue].cause,
             "cause_detail": final[each.issue].cause_detail or None, "location": final[each.issue].location,
             "status": "active"}
            for each in project.issues()
        ]
    )  # fmt: skip


def _rating_rows(record: Sequence[Label]) -> pd.DataFrame:
    """Return a row for each code that a label gives or changes; revisions count by dimension.

    A rater who changes the cause alone has rated the symptom once. A detail that is taken back becomes ``none``.
    """
    rows: list[dict[str, object]] = []
    last: dict[tuple[str, ...], tuple[str, int, bool]] = {}
    for label in record:
        taken_back = (
            {} if label.cause_detail or (*label.key, "cause_detail") not in last else {"cause_detail": TAKEN_BACK}
        )
        for dimension, code in (label.codes | taken_back).items():
            key = (*label.key, dimension)
            before = last.get(key)
            if before is not None and (before[0], before[2]) == (code, label.unsure):
                continue
            revision = before[1] + 1 if before else 1
            last[key] = (code, revision, label.unsure)
            rows.append(
                {"sample": label.sample, "round": label.round, "issue": label.issue, "rater": label.rater,
                 "dimension": dimension, "revision": revision, "code": code,
                 "unsure": None if label.rater == CONSENSUS else label.unsure,
                 "time": pd.Timestamp(label.time), "tool": "adjudication" if label.rater == CONSENSUS else label.tool}
            )  # fmt: skip
    return pd.DataFrame(rows)


def _raters(rounds: Sequence[Round], record: Sequence[Label]) -> pd.DataFrame:
    """Return who rated: kind, the first round (the training, where there are later ones), tool, first day."""
    first: dict[str, str] = {}
    for label in record:
        first[label.rater] = min(first.get(label.rater, label.time), label.time)
    rows: dict[str, dict[str, object]] = {}
    for each in rounds:
        for rater in each.raters:
            if rater in first and rater not in rows:
                later = any(rater in other.raters for other in rounds if other.number > each.number)
                training = each.name if later and each.kind == "human" else None
                rows[rater] = {"kind": each.kind, "training": training, "tool": each.tool or None}
    if CONSENSUS in first:
        rows[CONSENSUS] = {"kind": "consensus"}
    since = {rater: pd.Timestamp(first[rater]).date() for rater in rows}
    table = [{"rater": rater} | cells | {"since": since[rater]} for rater, cells in rows.items()]
    return pd.DataFrame(table)
