"""Sizes of releases by source: what the study's reading of the release notes leaves out, and why."""

import pandas as pd

Operators = frozenset[str]


def compare_sources(opsets: pd.DataFrame) -> pd.DataFrame:
    """Count the changes of each operator set by both sources.

    Parameters
    ----------
    opsets : DataFrame
        See `analysis.dataset.load_opsets`.

    Returns
    -------
    DataFrame
        Index opset, those of both sources; columns notes_added, notes_updated, registry_added, registry_updated,
        functions (changes in the registry of operators that the notes never list).
    """
    last = last_noted(opsets)
    window = opsets[opsets["opset"] <= last]
    short = window["source"].map({"release_notes": "notes", "schema_registry": "registry"}).astype(str)
    table = pd.crosstab(window["opset"], short + "_" + window["change"].astype(str))
    columns = ["notes_added", "notes_updated", "registry_added", "registry_updated"]
    unlisted = window[window["operator"].isin(unlisted_operators(opsets)) & (window["source"] == "schema_registry")]
    functions = unlisted["opset"].value_counts().reindex(table.index, fill_value=0)
    return table.reindex(columns=columns, fill_value=0).assign(functions=functions)


def last_noted(opsets: pd.DataFrame) -> int:
    """Return the newest operator set that the release notes cover."""
    return int(opsets.loc[opsets["source"] == "release_notes", "opset"].max())


def largest_changes(opsets: pd.DataFrame) -> list[dict[str, object]]:
    """Return for each source the operator sets that add and that update most operators: source, added, updated."""
    return [
        {"source": str(source).replace("_", " ")}
        | {kind: int(part.loc[part["change"] == kind, "opset"].mode()[0]) for kind in ("added", "updated")}
        for source, part in opsets.groupby("source", observed=True)
    ]


def unlisted_operators(opsets: pd.DataFrame) -> Operators:
    """Operators that the registry knows by the notes' last operator set and that the notes list nowhere."""
    early = opsets[opsets["opset"] <= last_noted(opsets)]
    by_source = early.groupby("source", observed=True)["operator"]
    return _operators(by_source, "schema_registry") - _operators(by_source, "release_notes")


def function_operators(opsets: pd.DataFrame) -> Operators:
    """Operators that ONNX defines, in any version up to the notes' last operator set, as functions of other operators."""
    defined = opsets["function"].fillna(False).astype(bool)
    return frozenset(opsets.loc[defined & (opsets["opset"] <= last_noted(opsets)), "operator"])


def _operators(by_source, name: str) -> Operators:  # type: ignore[no-untyped-def]
    return frozenset(by_source.get_group(name)) if name in by_source.groups else frozenset()
