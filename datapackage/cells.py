"""One parser for each type of cell, for whoever checks a table and whoever reads it: what one refuses, the other does.

The forms are narrower than most parsers': ASCII digits without grouping or leading zeros, days with two-digit months, ``true``
and ``false`` in small letters. A spelling beside these would be read differently by other programs.
"""

import re
from collections.abc import Iterable, Mapping
from typing import Any, NamedTuple

import pandas as pd


class Form(NamedTuple):
    """How cells of a type are spelt.

    Attributes
    ----------
    pattern : str
        What the whole cell must match.
    message : str
        What to write instead, for a fault.
    """

    pattern: str
    message: str


_DAY = "(?:1[6-9]|2[0-2])[0-9]{2}-(?:0[1-9]|1[0-2])-(?:0[1-9]|[12][0-9]|3[01])"
_NUMBER = "-?(?:0|[1-9][0-9]*)(?:[.][0-9]+)?(?:[eE][+-]?[0-9]{1,3})?"
FORMS: Mapping[str, Form] = {
    "integer": Form("-?[1-9][0-9]{0,17}|0", "must be a whole number"),
    "number": Form(f"{_NUMBER}|-?INF|NaN", "must be a number, with a decimal point"),
    "date": Form(_DAY, "must be a date, as 2024-01-31"),
    "datetime": Form(f"{_DAY}T[0-9:]{{8}}Z", "must be a moment in UTC, as 2024-01-31T23:59:59Z"),
    "boolean": Form("true|false", "must be true or false"),
    "string": Form("(?s:.*)", "must be text"),
}
_MOMENTS = {"date": "%Y-%m-%d", "datetime": "%Y-%m-%dT%H:%M:%SZ"}
# control characters but tab and line feed, and marks that turn the direction of what follows
_HIDDEN = re.compile("[\x00-\x08\x0b-\x1f\x7f-\x9f\u202a-\u202e\u2066-\u2069]")


def hidden(cells: Iterable[str]) -> set[str]:
    """Return the cells that hold characters that are not seen: controls, escapes, changes of direction."""
    cells = set(cells)
    return {cell for cell in cells if _HIDDEN.search(cell)} if _HIDDEN.search("\n".join(cells)) else set()


def unmatched(cells: Iterable[str], pattern: str) -> set[str]:
    """Return the cells that a pattern does not match as a whole."""
    fullmatch = re.compile(pattern).fullmatch
    return {cell for cell in cells if not fullmatch(cell)}


def malformed(cells: Iterable[str], kind: str) -> set[str]:
    """Return the cells that are not of a type.

    Parameters
    ----------
    cells : iterable of str
        Without missing ones, which are of any type.
    kind : str
        One of `FORMS`.

    Examples
    --------
    >>> malformed(["true", "TRUE"], "boolean")
    {'TRUE'}
    """
    different = set(cells)
    wrong = unmatched(different, FORMS[kind].pattern)
    if kind in _MOMENTS:  # 31 April
        formed = pd.Series(sorted(different - wrong))
        wrong.update(formed[pd.to_datetime(formed, format=_MOMENTS[kind], errors="coerce").isna()])
    return wrong


def typed(cells: pd.Series, field: Mapping[str, Any]) -> pd.Series:
    """Return well-formed cells (see `malformed`) as the type of their column.

    Parameters
    ----------
    cells : Series of str
        Missing cells are missing values.
    field : mapping
        The column's description: type and constraints.

    Returns
    -------
    Series
        ``Int64``, ``float64``, ``datetime64``, ``boolean``, a categorical in the order of the allowed values, or strings.
    """
    enum = field.get("constraints", {}).get("enum")
    match field["type"]:
        case "integer":
            return pd.to_numeric(cells).astype("Int64")
        case "number":
            return cells.astype("float64")
        case "date" | "datetime" as kind:
            return pd.to_datetime(cells, format=_MOMENTS[kind], utc=kind == "datetime")
        case "boolean":
            return cells.map({"true": True, "false": False}).astype("boolean")
        case _ if enum is not None:
            return cells.astype(pd.CategoricalDtype(enum))
    return cells
