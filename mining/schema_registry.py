"""Operators added and updated per operator set, computed from the schemas of the onnx package.

The registry holds every version of every operator of the default domain. The version that appears first is an addition,
every later one an update (a deprecation is one too). Experimental schemas are left out, as they belong to no released
standard: that is why Upsample counts as an addition of operator set 7, not 1.
"""

from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any, NamedTuple

import pandas as pd

from datapackage.errors import Fault, InputError, StudyError
from datapackage.reasons import Reason
from datapackage.tables import read_table, write_table

SOURCE = "schema_registry"


class Schema(NamedTuple):
    """One version of an operator: name, operator set that brought it, whether ONNX defines it as a function of others."""

    operator: str
    opset: int
    function: bool


def registered_schemas() -> list[Schema]:
    """Return every released version of the default domain's operators that the installed onnx package knows.

    Raises
    ------
    StudyError
        The onnx package is not installed.
    """
    try:
        from onnx import defs  # noqa: PLC0415  (a development dependency; no other command needs it)
    except ModuleNotFoundError:
        message = "the onnx package is missing; install requirements.txt"
        raise StudyError(message) from None
    schemas: list[Any] = list(defs.get_all_schemas_with_history())  # the stubs lack has_function
    experimental = defs.OpSchema.SupportType.EXPERIMENTAL
    return [
        Schema(schema.name, schema.since_version, schema.has_function or schema.has_context_dependent_function)
        for schema in schemas
        if schema.domain == "" and schema.support_level != experimental
    ]


def changes(schemas: Iterable[Schema], released: Mapping[int, pd.Timestamp]) -> pd.DataFrame:
    """Tell additions from updates.

    Parameters
    ----------
    schemas : iterable of Schema
        In any order.
    released : mapping of int to Timestamp
        Day of release by operator set.

    Returns
    -------
    DataFrame
        Columns of ``opsets.csv``, one row an operator and operator set, sorted by both.

    Raises
    ------
    InputError
        Lists every operator set without a day of release.
    """
    rows, seen = [], set()
    for schema in sorted(set(schemas), key=lambda schema: (schema.opset, schema.operator)):
        change = "updated" if schema.operator in seen else "added"
        seen.add(schema.operator)
        rows.append((schema.opset, released.get(schema.opset), schema.operator, change, SOURCE, schema.function))
    frame = pd.DataFrame(rows, columns=["opset", "released", "operator", "change", "source", "function"])
    undated = frame.loc[frame["released"].isna(), "opset"].unique()
    if len(undated):
        message = "has no day of release; add it to published/onnx_releases.csv"
        raise InputError([Fault("opsets", message, value=str(opset), reason=Reason.MISSING_DATE) for opset in undated])
    return frame.astype({"function": "boolean"})


def update_opsets(data: Path) -> pd.DataFrame:
    """Replace the registry's rows of ``opsets.csv`` by those of the installed onnx package; other rows stay.

    Days of release come from ``onnx_releases.csv``; for older operator sets, from the release notes' rows.

    Returns
    -------
    DataFrame
        The registry's rows.
    """
    table = read_table(data, "opsets")
    releases = read_table(data, "onnx_releases")
    others = table[table["source"] != SOURCE]
    days = dict(zip(others["opset"].astype(int), others["released"], strict=True))
    days |= dict(zip(releases["opset"].astype(int), releases["released"], strict=True))
    registry = changes(registered_schemas(), days)
    write_table(data, "opsets", pd.concat([others.astype(object), registry.astype(object)], ignore_index=True))
    return registry
