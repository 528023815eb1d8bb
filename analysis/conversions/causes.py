"""Distinct causes of wrong conversions, each reduced to a smallest model, and whether the onnx package's tests reach them.

A cause is a party, an operator (the framework's, where the fault lies before the graph), the types of its inputs and the pattern of
its attributes (`conversion.reproducers`). A test reaches a cause as far as it holds its operators; its operators along edges; the
last operator with these types; and with this pattern of attributes, too.
"""

import re
from collections.abc import Mapping
from typing import Any

import pandas as pd

from analysis.dataset import Study
from datapackage.conversions import ARROW, AT_FAULT, BEFORE_THE_GRAPH
from datapackage.tables import records
from methods.intervals import wilson

# columns that do not collide with the reproducers' own
OPERATORS, SEQUENCE, TYPES, ATTRIBUTES = REACHES = (
    "reaches_operators", "reaches_sequence", "reaches_types", "reaches_attributes",
)  # fmt: skip


def causes(reproducers: pd.DataFrame, tests: pd.DataFrame) -> pd.DataFrame:
    """Return the causes, in the order of `AT_FAULT`, with what the tests reach of each.

    Parameters
    ----------
    reproducers : DataFrame
        The table ``reproducers``.
    tests : DataFrame
        The table ``onnx-test-sequences``: kind, sequence, types, attributes, tests.

    Returns
    -------
    DataFrame
        The reproducers' columns, name (the operator that names the cause), and a column for each of `REACHES`: whether some
        test reaches it so.
    """
    texts = tests.astype(object).where(tests.notna(), "")
    single = texts[~texts["sequence"].str.contains(" ")]
    sequences = set(texts["sequence"])
    rows = [
        {**row, "name": _name(row), **_reached(row, sequences, single)}
        for row in records(reproducers.astype(object).where(reproducers.notna(), ""))
    ]
    frame = pd.DataFrame(rows, columns=[*reproducers.columns, "name", *REACHES])
    order = frame["party"].map({party: place for place, party in enumerate(AT_FAULT)})
    return (
        frame.assign(order=order)
        .sort_values(["order", "name", "reproducer"])
        .drop(columns="order")
        .reset_index(drop=True)
    )


def _name(row: Mapping[str, Any]) -> str:
    framework = row["party"] in BEFORE_THE_GRAPH and row["framework_operator"]
    return short_name(str(row["framework_operator"] if framework else row["operator"]))


def short_name(operators: str) -> str:
    """Return the generator's names of operators without the framework's, which the exporter tells.

    >>> short_name("torch.PTMatMul → Div")
    'PTMatMul → Div'
    """
    return re.sub(r"\b(?:torch|tensorflow)\.", "", operators)


def _reached(row: Mapping[str, Any], sequences: set[str], single: pd.DataFrame) -> dict[str, bool]:
    operators = [name for name in str(row["operator"]).split(ARROW) if name]
    if not operators:  # the exporter folded it to a constant
        return dict.fromkeys(REACHES, False)
    last = single[single["sequence"] == operators[-1]]
    asked = set(str(row["types"]).split())
    typed = last[last["types"].map(lambda types: asked <= set(types.split())).astype(bool)]
    return {
        OPERATORS: set(operators) <= sequences,
        SEQUENCE: " ".join(operators) in sequences,
        TYPES: len(typed) > 0,
        ATTRIBUTES: bool((typed["attributes"] == row["attributes"]).any()),
    }


def reached(frame: pd.DataFrame) -> pd.DataFrame:
    """Count the causes that tests reach, a row for each of `REACHES`: reach, count, n, share, low, high (Wilson)."""
    rows = []
    for reach in REACHES:
        count = int(frame[reach].sum())
        share, low, high = wilson(count, len(frame)) if len(frame) else (float("nan"),) * 3
        rows.append({"reach": reach, "count": count, "n": len(frame), "share": share, "low": low, "high": high})
    return pd.DataFrame(rows, columns=["reach", "count", "n", "share", "low", "high"])


def read(study: Study) -> pd.DataFrame:
    """Return the causes of a study's data."""
    return causes(study.reproducers, study.onnx_tests)
