"""The cells of a table against the types, constraints and keys that the descriptor gives its columns."""

from collections.abc import Iterator, Mapping
from typing import Any

import numpy as np
import pandas as pd

from datapackage.cells import FORMS, hidden, malformed, matching, typed
from datapackage.errors import Fault
from datapackage.issues import KEY
from datapackage.reasons import Reason


def cell_faults(file: str, frame: pd.DataFrame, entry: Mapping[str, Any]) -> Iterator[Fault]:
    """Yield a fault for every cell that is not what its column asks for, and for every row whose key stands above it.

    Parameters
    ----------
    file : str
        The table's file, for messages.
    frame : DataFrame of str
        Its cells (see `datapackage.reading.read_cells`).
    entry : mapping
        Its description.
    """
    if frame.empty and not entry.get("mayBeEmpty", False):
        yield Fault(file, "has no rows; restore them", reason=Reason.EMPTY_TABLE)
    for field in entry["schema"]["fields"]:
        yield from _column_faults(file, frame[field["name"]], field)
    key = entry["schema"].get("primaryKey", [])
    if key:
        columns = ", ".join(key)
        for row in np.flatnonzero(frame.duplicated(key)):
            value = ", ".join(frame[key].iloc[row].fillna(""))
            yield Fault(
                file, "key stands above already; keep one row per key", int(row) + 2, columns, value, Reason.PRIMARY_KEY
            )


def _column_faults(file: str, cells: pd.Series, field: Mapping[str, Any]) -> Iterator[Fault]:
    def faults(wrong: pd.Series, message: str, reason: Reason) -> Iterator[Fault]:
        for row in np.flatnonzero(wrong):
            value = "" if pd.isna(cells.iloc[row]) else str(cells.iloc[row])
            yield Fault(file, message, int(row) + 2, field["name"], value, reason)

    constraints = field.get("constraints", {})
    concealed = hidden(cells)
    yield from faults(concealed, "holds characters that are not seen; type the cell anew", Reason.HIDDEN_CHARACTER)
    if constraints.get("required"):
        yield from faults(cells.isna(), "must not be empty", Reason.CONSTRAINT_ERROR)
    wrong = malformed(cells, field["type"])
    yield from faults(wrong, FORMS[field["type"]].message, Reason.TYPE_ERROR)
    unsound = wrong | concealed
    sound = cells.mask(unsound) if unsound.any() else cells
    for broken, message in _violations(sound, field, constraints):
        yield from faults(broken & sound.notna(), message, Reason.CONSTRAINT_ERROR)
    if constraints.get("unique"):
        repeated = sound.notna() & sound.duplicated()
        yield from faults(repeated, "stands above already and must not repeat", Reason.UNIQUE_ERROR)


def _violations(
    cells: pd.Series, field: Mapping[str, Any], constraints: Mapping[str, Any]
) -> Iterator[tuple[pd.Series, str]]:
    if (allowed := constraints.get("enum")) is not None:
        yield ~cells.isin(allowed), f"must be one of: {', '.join(allowed)}"
    pattern = constraints.get("pattern", KEY if field["name"] == "issue" else None)
    if pattern is not None:
        yield ~matching(cells, pattern), f"must match {pattern}"
    bare = {"type": field["type"]}
    for bound, words in (("minimum", "at least"), ("maximum", "at most")):
        if (limit := constraints.get(bound)) is not None:
            values, edge = typed(cells, bare), typed(pd.Series([str(limit)], dtype="str"), bare).iloc[0]
            beyond = values < edge if bound == "minimum" else values > edge
            yield beyond.fillna(False).astype(bool), f"must be {words} {limit}"
