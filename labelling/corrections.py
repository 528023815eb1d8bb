"""Corrections of a failure that is in the data: deprecated, or labelled anew. A row is never deleted, a rating never replaced."""

from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pandas as pd

from datapackage.codebook import load_codebook
from datapackage.errors import Fault, InputError
from datapackage.reasons import Reason
from datapackage.rules import TAKEN_BACK
from datapackage.tables import read_table, write_table
from datapackage.transaction import edited
from labelling.finals import ADJUDICATION, CONSENSUS
from labelling.labels import DIMENSIONS, resolve
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
    failures, chosen = _row(data, key)
    if failures.loc[chosen, "status"].iloc[0] == "deprecated":
        message = f"is deprecated already: {failures.loc[chosen, 'status_reason'].iloc[0]}"
        raise InputError([Fault("failures.csv", message, column="status", value=key[1], reason=Reason.NOTHING_LEFT)])
    failures.loc[chosen, ["status", "status_reason"]] = ["deprecated", reason]
    with edited(data) as stage:
        write_table(stage, "failures", failures)
        return add_version(stage, day, f"`{key[1]}` of sample `{key[0]}` is deprecated: {reason}.", part=2)


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
    failures, chosen = _row(data, key)
    row = failures[chosen].iloc[0]
    before = {name: "" if pd.isna(row[name]) else str(row[name]) for name in DIMENSIONS}
    codebook = load_codebook(data)
    cause = codebook["cause"].resolve(texts.get("cause", before["cause"]))
    moved = cause is not None and cause.slug != before["cause"]
    codes, problems = resolve(codebook, {**before, **({"cause_detail": ""} if moved else {}), **texts})
    faults = [Fault(f"--{each.dimension.replace('_', '-')}", each.message, value=each.value, reason=each.reason)
              for each in problems]  # fmt: skip
    changed = {name: codes[name] for name in DIMENSIONS if not faults and codes[name] != before[name]}
    if not faults and not changed:
        faults = [
            Fault("failures.csv", "has these codes already; name another", value=key[1], reason=Reason.NOTHING_LEFT)
        ]
    if faults:
        raise InputError(faults)
    for name, code in changed.items():
        failures.loc[chosen, name] = code or None
    told = ", ".join(
        f"{name.replace('_', ' ')} {before[name] or 'none'} → {code or 'none'}" for name, code in changed.items()
    )
    with edited(data) as stage:
        write_table(stage, "failures", failures)
        _add_consensus(stage, moment)
        _add_ratings(stage, (key[0], str(row["issue"])), changed, moment)
        text = f"`{key[1]}` of sample `{key[0]}` relabelled ({told}): {reason}"
        return add_version(stage, moment[:10], text, part=2)


def _row(data: Path, key: tuple[str, str]) -> tuple[pd.DataFrame, pd.Series]:
    sample, issue = key
    failures = read_table(data, "failures").astype(object)
    chosen = (failures["sample"] == sample) & (failures["issue"].str.lower() == issue.lower())
    if not chosen.any():
        message = f"has no such issue in sample {sample}"
        raise InputError([Fault("failures.csv", message, value=issue, reason=Reason.UNKNOWN_ISSUE)])
    return failures, chosen


def _add_consensus(stage: Path, moment: str) -> None:
    raters = read_table(stage, "raters").astype(object)
    if CONSENSUS not in set(raters["rater"]):
        row = {
            "rater": CONSENSUS,
            "kind": "consensus",
            "training": None,
            "tool": None,
            "since": pd.Timestamp(moment[:10]),
        }
        write_table(stage, "raters", pd.concat([raters, pd.DataFrame([row]).astype(object)], ignore_index=True))


def _add_ratings(stage: Path, key: tuple[str, str], changed: Mapping[str, str], moment: str) -> None:
    ratings = read_table(stage, "ratings").astype(object)
    sample, issue = key
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
    if rows:
        write_table(stage, "ratings", pd.concat([ratings, pd.DataFrame(rows).astype(object)], ignore_index=True))
