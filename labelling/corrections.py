"""Corrections of a failure that is in the data: deprecated, or labelled anew. A row is never deleted, a rating never replaced."""

from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pandas as pd

from datapackage.codebook import Codebook, load_codebook
from datapackage.errors import Fault, InputError
from datapackage.reasons import Reason
from datapackage.rules import TAKEN_BACK
from datapackage.tables import read_table, write_table
from datapackage.transaction import edited
from labelling.finals import ADJUDICATION, CONSENSUS
from labelling.labels import DIMENSIONS, resolve
from labelling.merge import append_rows
from labelling.versions import add_version


def deprecate(data: Path, key: tuple[str, str], reason: str, day: str) -> str:
    """Take a failure out of the analyses, with a reason.

    Parameters
    ----------
    data : Path
        The data folder.
    key : tuple of str
        Sample and issue.
    reason : str
        Why; it is published.
    day : str
        Today (UTC).

    Returns
    -------
    str
        The dataset's new version.

    Raises
    ------
    InputError
        There is no such row, or it is deprecated already.
    """
    with edited(data) as stage:
        failures, chosen = _row(stage, key)
        row = failures[chosen].iloc[0]
        if row["status"] == "deprecated":
            message = f"is deprecated already: {row['status_reason']}"
            fault = Fault("failures.csv", message, column="status", value=key[1], reason=Reason.NOTHING_LEFT)
            raise InputError([fault])
        failures.loc[chosen, ["status", "status_reason"]] = ["deprecated", reason]
        write_table(stage, "failures", failures)
        return add_version(stage, day, f"`{row['issue']}` of sample `{key[0]}` is deprecated: {reason}", part=2)


def relabel(data: Path, key: tuple[str, str], texts: Mapping[str, str], reason: str, moment: str) -> str:
    """Give a failure other codes, by a decision that becomes a rating beside the earlier ones.

    Parameters
    ----------
    data : Path
        The data folder.
    key : tuple of str
        Sample and issue.
    texts : mapping of str to str
        Dimension → new code, by slug, name or alias; the others stay. Another cause drops the old one's detail.
    reason : str
        Why; it is published in the changelog.
    moment : str
        Now (UTC), as ``2026-11-02T09:30:00Z``.

    Returns
    -------
    str
        The dataset's new version.

    Raises
    ------
    InputError
        There is no such row, a text is no code, a required detail lacks, or nothing would change; the data is then as it was.
    """
    with edited(data) as stage:
        failures, chosen = _row(stage, key)
        row = failures[chosen].iloc[0]
        before = {name: "" if pd.isna(row[name]) else str(row[name]) for name in DIMENSIONS}
        changed = _changed_codes(load_codebook(stage), before, texts, key[1])
        for name, code in changed.items():
            failures.loc[chosen, name] = code or None
        told = ", ".join(
            f"{name.replace('_', ' ')} {before[name] or 'none'} → {code or 'none'}" for name, code in changed.items()
        )
        write_table(stage, "failures", failures)
        _add_consensus(stage, moment)
        _add_ratings(stage, (key[0], str(row["issue"])), changed, moment)
        text = f"`{row['issue']}` of sample `{key[0]}` relabelled ({told}): {reason}"
        return add_version(stage, moment[:10], text, part=2)


def _changed_codes(
    codebook: Codebook, before: Mapping[str, str], texts: Mapping[str, str], issue: str
) -> dict[str, str]:
    """Return the codes that differ, by dimension; '' for a detail that is gone."""
    cause = codebook["cause"].resolve(texts.get("cause", before["cause"]))
    moved = cause is not None and cause.slug != before["cause"]
    codes, problems = resolve(codebook, {**before, **({"cause_detail": ""} if moved else {}), **texts})
    faults = [
        Fault(f"--{each.dimension.replace('_', '-')}", each.message, value=each.value, reason=each.reason)
        for each in problems
    ]
    changed = {name: codes[name] for name in DIMENSIONS if not faults and codes[name] != before[name]}
    if not faults and not changed:
        message = "has these codes already; name another"
        faults = [Fault("failures.csv", message, value=issue, reason=Reason.NOTHING_LEFT)]
    if faults:
        raise InputError(faults)
    return changed


def _row(data: Path, key: tuple[str, str]) -> tuple[pd.DataFrame, pd.Series]:
    sample, issue = key
    failures = read_table(data, "failures").astype(object)
    chosen = (failures["sample"] == sample) & (failures["issue"].str.lower() == issue.lower())
    if not chosen.any():
        message = f"has no such issue in sample {sample}"
        raise InputError([Fault("failures.csv", message, value=issue, reason=Reason.UNKNOWN_ISSUE)])
    return failures, chosen


def _add_consensus(stage: Path, moment: str) -> None:
    if CONSENSUS not in set(read_table(stage, "raters")["rater"]):
        row = {"rater": CONSENSUS, "kind": "consensus", "training": None, "tool": None}
        append_rows(stage, "raters", pd.DataFrame([row | {"since": pd.Timestamp(moment[:10])}]))


def _add_ratings(stage: Path, key: tuple[str, str], changed: Mapping[str, str], moment: str) -> None:
    ratings, (sample, issue) = read_table(stage, "ratings"), key
    own = ratings[(ratings["sample"] == sample) & (ratings["round"] == ADJUDICATION) & (ratings["rater"] == CONSENSUS)]
    own = own[own["issue"] == issue]
    rows: list[dict[str, Any]] = []
    for dimension, code in changed.items():
        revision = max(own.loc[own["dimension"] == dimension, "revision"], default=0)
        if not code and not revision:
            continue  # nothing that a decision had said is taken back
        rows.append(
            {"sample": sample, "round": ADJUDICATION, "issue": issue, "rater": CONSENSUS, "dimension": dimension,
             "revision": revision + 1, "code": code or TAKEN_BACK, "unsure": None, "time": pd.Timestamp(moment),
             "tool": "adjudication"}
        )  # fmt: skip
    append_rows(stage, "ratings", pd.DataFrame(rows))
