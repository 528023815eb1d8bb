"""An issue's whole story: where it was drawn, what each rater said and when, who decided, what the data holds."""

from collections.abc import Iterable, Iterator
from pathlib import Path

import pandas as pd

from datapackage.tables import read_table, records
from labelling.finals import CONSENSUS
from labelling.labels import DIMENSIONS, Label
from labelling.project import Project
from labelling.record import read_labels


def history(store: Path, data: Path, issue: str) -> list[str]:
    """Return the story of an issue as lines; empty when nobody ever touched it.

    Parameters
    ----------
    store : Path
        The store; samples that are not merged yet are told from it, with rationales.
    data : Path
        The data folder.
    issue : str
        Key; upper and lower case don't matter.
    """
    return [*_of_data(data, issue.lower()), *_of_store(store, issue.lower())]


def _of_data(data: Path, issue: str) -> Iterator[str]:
    failures, ratings = read_table(data, "failures"), read_table(data, "ratings")
    for row in records(failures[failures["issue"].str.lower() == issue]):
        codes = _codes([str(row[name]) for name in DIMENSIONS if not pd.isna(row[name])])
        gone = f", deprecated: {row['status_reason']}" if row["status"] == "deprecated" else ""
        yield f"data, sample {row['sample']} ({row['converter']}): {codes}{gone}"
    rated = ratings[ratings["issue"].str.lower() == issue]
    keys = ["sample", "round", "rater"]
    for (sample, occasion, rater), part in rated.groupby(keys, sort=False, observed=True):
        for row in records(part.sort_values(["revision", "dimension"])):
            when = "" if pd.isna(row["time"]) else f"{row['time']:%Y-%m-%d %H:%M} "
            unsure = ", unsure" if row["unsure"] is True else ""
            again = f", revision {row['revision']}" if row["revision"] > 1 else ""
            yield f"  {when}{rater} ({sample}, {occasion}): {row['dimension']} {row['code']}{unsure}{again}"


def _of_store(store: Path, issue: str) -> Iterator[str]:
    for folder in sorted((store / "labelling").glob("*")):
        project = Project(store, folder.name)
        told = False
        for each in project.rounds():
            for rater, assigned in each.raters.items():
                for one in assigned:
                    if one.issue.lower() == issue:
                        told = True
                        yield f"store, sample {project.sample}: given to {rater} in round {each.name} ({one.role})"
        labels = [label for label in read_labels(project) if label.issue.lower() == issue]
        if labels and not told:
            yield f"store, sample {project.sample}"
        for label in labels:
            yield _line(label)


def _line(label: Label) -> str:
    who = f"decided by {label.decided_by}" if label.rater == CONSENSUS else label.rater
    marks = [f"revision {label.revision}"] if label.revision > 1 else []
    marks += ["unsure"] if label.unsure else []
    noted = f" ({', '.join(marks)})" if marks else ""
    why = f": {' '.join(label.rationale.split())}" if label.rationale else ""
    when = label.time.replace("T", " ")[:16]
    return f"  {when} {who} ({label.round}, {label.tool}): {_codes(label.codes.values())}{noted}{why}"


def _codes(codes: Iterable[str]) -> str:
    return ", ".join(codes)
