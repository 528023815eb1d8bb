"""What became of a task, as a pure function of its stored row and a named criterion; and tables over many."""

from collections import Counter
from collections.abc import Iterable
from typing import NamedTuple

from conversion.criteria import Criterion, judge
from conversion.records import Row
from datapackage.conversions import EXCEPTION, REPORTED_MATCH, REPORTED_MISMATCH, STAGES, UNKNOWN, outcome
from datapackage.error_rules import error_class


class Classification(NamedTuple):
    """The evidence of a row, and the outcome that follows from it; columns of the tables ``conversions-*``."""

    reported: str
    outcome: str
    error_stage: str | None
    error_class: str | None
    error_operator: str | None
    difference: str | None


def classify(row: Row, by: Criterion) -> Classification:
    """Classify a row.

    Parameters
    ----------
    row : dict
        A stored row.
    by : Criterion
        Decides on rows whose outputs were compared.
    """
    error = row.get("error")
    if error is not None:
        stage = error["stage"] if error["stage"] in STAGES else UNKNOWN
        kind, operator = error_class(row["status"], stage, error["type"], error["text"])
        reported, difference = EXCEPTION, None
    else:
        differ, difference = judge(row, by)
        reported, stage, kind, operator = REPORTED_MISMATCH if differ else REPORTED_MATCH, None, None, None
    follows = outcome(reported, stage, kind, difference)
    assert follows is not None, row["id"]  # noqa: S101 - a row has either an error or a comparison
    return Classification(reported, follows, stage, kind, operator, difference)


def counts(rows: Iterable[Row], by: Criterion) -> Counter[tuple[str, str]]:
    """Count rows by converter and outcome."""
    return Counter((row["exporter"], classify(row, by).outcome) for row in rows)
