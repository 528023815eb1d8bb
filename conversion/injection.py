"""Rows with planted faults (``--inject``): the same runs read as if each party in turn had made the fault."""

from collections.abc import Iterable, Iterator
from typing import Any

from conversion.attribution import EXECUTORS, GRAPH64, ORT_ALL, ORT_OFF, REFERENCE, attribute, points
from conversion.records import Row
from datapackage.conversions import CONVERTER, REFERENCE_EVALUATOR, RUNTIME_KERNEL, RUNTIME_OPTIMISER

# Who runs the spoilt graph when a party is at fault
OWN = {
    CONVERTER: (ORT_ALL, ORT_OFF, REFERENCE, GRAPH64),
    RUNTIME_KERNEL: (ORT_ALL, ORT_OFF),
    RUNTIME_OPTIMISER: (ORT_ALL,),
    REFERENCE_EVALUATOR: (REFERENCE, GRAPH64),
}
COLUMNS = ("converter", "model", "kind", "operator", "size", "party", "effect", "attributed")
REORDERED = "reordered_"


def as_if(row: Row, planted: Row, party: str) -> Row:
    """Return the row that a campaign would have stored had this party made the planted fault."""
    spoilt = OWN[party]
    pairs = dict(row["pairs"])
    discrete = dict(row.get("discrete", {}))
    for executor in EXECUTORS:
        if executor in spoilt:
            for part, own in ((pairs, planted["pairs"]), (discrete, planted["discrete"])):
                for name in [name for name in part if name.split("|")[-1] == executor and "eager" not in name]:
                    del part[name]
                part.update({name: value for name, value in own.items() if name.split("|")[-1] == executor})
    return {**row, "pairs": pairs, "discrete": discrete}


def effect(row: Row, planted: Row) -> float | None:
    """Return how far the planted fault carries an output in exact arithmetic, at most, in multiples of the noise.

    The spoilt and the right graph are compared in float64. None where an integer or boolean changes; those have no multiple.
    """
    changes, largest = planted["pairs"].get("right|spoilt"), 0.0
    if changes is None:
        return None
    for point in points(row):
        change = changes[point.output]
        if change is None:
            continue
        if not isinstance(change, dict) or change["nan"][point.place] or change["infinite"][point.place]:
            return float("inf")
        moved = change["max_abs"][point.place]
        if moved and row["outputs"][point.output]["dtype"] in {"bool", "int64", "int32", "int8", "uint8", "int16"}:
            return float("inf")
        if moved:
            largest = max(largest, moved / point.noise)
    return largest


def table(rows: Iterable[Row]) -> Iterator[dict[str, Any]]:
    """Yield, for each planted fault and each party that may have made it, whom the attribution names."""
    for row in rows:
        clean = attribute(row)
        if clean is None:
            continue
        for planted in row.get("injected", ()):
            for party in OWN:
                found = attribute(as_if(row, planted, party))
                yield {
                    "converter": row["exporter"],
                    "model": row["model"],
                    "kind": planted["kind"],
                    "operator": planted["operator"],
                    "size": planted["size"],
                    "party": party,
                    "effect": effect(row, planted),
                    "attributed": found.party if found else None,
                    "clean": clean.party,
                }
