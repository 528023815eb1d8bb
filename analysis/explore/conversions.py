"""What the page embeds of conversion experiments: counts by converter, size, outcome, error and operator."""

from collections.abc import Mapping, Sequence
from typing import Any

import pandas as pd

from datapackage.conversions import CAMPAIGN_OUTCOMES
from datapackage.tables import records

STUDY = "issta24-synthetic"
_ERROR = ["converter", "error_stage", "error_class", "error_operator"]
_REPRODUCER = [
    "reproducer",
    "party",
    "operator",
    "types",
    "attributes",
    "nodes",
    "nodes_before",
    "steps",
    "model",
    "inputs",
]
_OPERATOR = ["converter", "operator", "types", "graphs", "nodes", "unsuccessful"]


def document(
    study: pd.DataFrame,
    campaigns: Mapping[str, pd.DataFrame],
    operators: Mapping[str, pd.DataFrame],
    reproducers: pd.DataFrame,
) -> dict[str, Any]:
    """Return all campaigns.

    Parameters
    ----------
    study : DataFrame
        The study's record; see `analysis.dataset.load_conversions`.
    campaigns : mapping of str to DataFrame
        This project's own, likewise, by name.
    operators : mapping of str to DataFrame
        Their tables of operators, by the campaign's name.
    reproducers : DataFrame
        The table of that name: the smallest models that show a cause.

    Returns
    -------
    dict
        ``outcomes`` (in the order of a conversion), ``reproducers`` (columns as in the table, and ``commands``: those that make
        the model and its reduction again) and ``campaigns``: name, outcomes (converter, nodes or null, outcome, count),
        errors (converter, stage, class, operator, count) and operators (columns as in the table; empty where there is none).
    """
    found = [
        {
            "name": name,
            "outcomes": _counts(frame, ["converter", "nodes", "outcome"]),
            "errors": _counts(frame[frame["error_class"].notna()], _ERROR),
            "operators": _rows(operators[name], _OPERATOR) if name in operators else [],
        }
        for name, frame in {STUDY: study, **campaigns}.items()
    ]
    smallest = [
        {name: row[name] for name in _REPRODUCER} | {"commands": _commands(row)}
        for row in records(reproducers.astype(object).where(reproducers.notna(), None))
    ]
    return {"outcomes": list(CAMPAIGN_OUTCOMES), "campaigns": found, "reproducers": smallest}


def _commands(row: Mapping[str, Any]) -> list[str]:
    """Return the commands that make a reproducer again: its campaign, kept in a folder, and the reduction of its task."""
    return [f"{row['campaign']} --out campaigns/again", f"python -m conversion minimise campaigns/again {row['task']}"]


def _counts(frame: pd.DataFrame, by: Sequence[str]) -> list[list[Any]]:
    plain = frame[list(by)].astype({name: object for name in by if name != "nodes"})
    counted = plain.groupby(list(by), dropna=False, sort=True).size().reset_index(name="count")
    return _rows(counted, [*by, "count"])


def _rows(frame: pd.DataFrame, columns: Sequence[str]) -> list[list[Any]]:
    """Return rows as JSON takes them: whole numbers, texts, null where a cell is empty."""
    rows = frame[list(columns)].itertuples(index=False)
    return [[None if pd.isna(cell) else cell if isinstance(cell, str) else int(cell) for cell in row] for row in rows]
