"""The cells of a table against the types, constraints and keys that the descriptor gives its columns."""

from collections.abc import Callable, Collection, Iterator, Mapping, Set
from typing import Any

import numpy as np
import pandas as pd

from datapackage.cells import FORMS, hidden, malformed, unmatched
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
    if frame.empty and not entry.get("mayBeEmpty"):
        yield Fault(file, "has no rows; restore them", reason=Reason.EMPTY_TABLE)
    for field in entry["schema"]["fields"]:
        yield from _column_faults(file, frame[field["name"]], field)
    if key := entry["schema"].get("primaryKey"):
        columns = ", ".join(key)
        for row in np.flatnonzero(frame.duplicated(key)):
            value = ", ".join(frame[key].iloc[row].fillna(""))
            yield Fault(
                file, "key stands above already; keep one row per key", int(row) + 2, columns, value, Reason.PRIMARY_KEY
            )


def _column_faults(file: str, cells: pd.Series, field: Mapping[str, Any]) -> Iterator[Fault]:
    # most columns repeat few cells: each different one is looked at once
    different = {cell for cell in cells.unique().tolist() if isinstance(cell, str)}

    def faults(wrong: Collection[str], message: str, reason: Reason) -> Iterator[Fault]:
        for row, cell in enumerate(cells if wrong else (), start=2):
            if cell in wrong:
                yield Fault(file, message, row, field["name"], cell, reason)

    constraints = field.get("constraints", {})
    concealed = hidden(different)
    yield from faults(concealed, "holds characters that are not seen; type the cell anew", Reason.HIDDEN_CHARACTER)
    if constraints.get("required"):
        for row in np.flatnonzero(cells.isna()):
            yield Fault(file, "must not be empty", int(row) + 2, field["name"], "", Reason.CONSTRAINT_ERROR)
    wrong = malformed(different, field["type"])
    yield from faults(wrong, FORMS[field["type"]].message, Reason.TYPE_ERROR)
    sound = different - wrong - concealed
    for broken, message in _violations(sound, field, constraints):
        yield from faults(broken, message, Reason.CONSTRAINT_ERROR)
    if constraints.get("unique"):
        for row in np.flatnonzero(cells.isin(sound) & cells.duplicated()):
            message = "stands above already and must not repeat"
            yield Fault(file, message, int(row) + 2, field["name"], cells.iloc[row], Reason.UNIQUE_ERROR)


def _violations(
    cells: Set[str], field: Mapping[str, Any], constraints: Mapping[str, Any]
) -> Iterator[tuple[set[str], str]]:
    if (allowed := constraints.get("enum")) is not None:
        yield set(cells).difference(allowed), f"must be one of: {', '.join(allowed)}"
    pattern = constraints.get("pattern", KEY if field["name"] == "issue" else None)
    if pattern is not None:
        yield unmatched(cells, pattern), f"must match {pattern}"
    # days and moments are in order as text, too
    value: Callable[[object], Any] = {"integer": int, "number": float}.get(field["type"], str)
    if (limit := constraints.get("minimum")) is not None:
        yield {cell for cell in cells if value(cell) < value(limit)}, f"must be at least {limit}"
    if (limit := constraints.get("maximum")) is not None:
        yield {cell for cell in cells if value(cell) > value(limit)}, f"must be at most {limit}"
