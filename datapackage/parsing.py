"""The cells of a well-formed table as the types that the descriptor gives its columns."""

from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pandas as pd


def parse_table(data: Path, entry: Mapping[str, Any]) -> pd.DataFrame:
    """Read a table that is known to be well formed (see `read_table`)."""
    missing = entry["schema"].get("missingValues", [""])
    frame = pd.read_csv(data / entry["path"], dtype=str, keep_default_na=False, na_values=missing, encoding="utf-8")
    for field in entry["schema"]["fields"]:
        frame[field["name"]] = _typed(frame[field["name"]], field)
    return frame


def _typed(column: pd.Series, field: Mapping[str, Any]) -> pd.Series:
    enum = field.get("constraints", {}).get("enum")
    match field["type"]:
        case "integer":
            return pd.to_numeric(column).astype("Int64")
        case "number":
            return column.replace({"INF": "inf", "-INF": "-inf"}).astype("float64")
        case "date" | "datetime" as kind:
            return pd.to_datetime(column, format=field.get("format", "%Y-%m-%d"), utc=kind == "datetime")
        case "boolean":
            return column.map({"true": True, "false": False}).astype("boolean")
        case _ if enum is not None:
            return column.astype(pd.CategoricalDtype(enum, ordered=False))
    return column
