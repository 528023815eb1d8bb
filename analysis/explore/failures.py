"""What the page embeds of the labelled failures: keys, dates and codes; no title and no text of an issue."""

from typing import Any

import pandas as pd

from datapackage.codebook import Codebook
from datapackage.tables import records

DIMENSIONS = ("symptom", "cause", "location")


def document(failures: pd.DataFrame, codebook: Codebook) -> dict[str, Any]:
    """Return the failures of all samples.

    Parameters
    ----------
    failures : DataFrame
        See `analysis.dataset.load_failures`.
    codebook : Codebook
        Names of the codes.

    Returns
    -------
    dict
        ``names`` (dimension → code → name; details under ``detail``), in the codebook's order, and ``failures``: issue,
        sample, converter, from and to (the days between which it was created, ISO), year (null where these lie in two),
        symptom, cause, detail, location.
    """
    names = {name: {code.slug: code.name for code in codebook[name].codes} for name in DIMENSIONS}
    details = {code.slug: code.name for detail in codebook.details.values() for code in detail.codes}
    return {
        "names": {**names, "detail": details},
        "failures": [_failure(row) for row in records(failures)],
    }


def _failure(row: dict[str, Any]) -> dict[str, Any]:
    earliest, latest = (pd.Timestamp(row[name]) for name in ("created_earliest", "created_latest"))
    return {
        "issue": row["issue"],
        "sample": row["sample"],
        "converter": row["converter"],
        "from": earliest.date().isoformat(),
        "to": latest.date().isoformat(),
        "year": earliest.year if earliest.year == latest.year else None,
        "symptom": row["symptom"],
        "cause": row["cause"],
        "detail": "" if pd.isna(row["cause_detail"]) else row["cause_detail"],
        "location": row["location"],
    }
