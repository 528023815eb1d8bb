"""Rows with planted faults (``--inject``): the same runs read as if each party in turn had made the fault."""

from collections.abc import Iterable, Iterator
from typing import Any

from conversion.attribution import GRAPH64, ORT_ALL, ORT_OFF, REFERENCE, attribute, points
from conversion.records import Row
from datapackage.conversions import (
    CONVERTER,
    DIFFERENCE_NONE,
    REFERENCE_EVALUATOR,
    ROUNDING,
    RUNTIME_KERNEL,
    RUNTIME_OPTIMISER,
)

# Who runs the spoilt graph when a party is at fault
OWN = {
    CONVERTER: (ORT_ALL, ORT_OFF, REFERENCE, GRAPH64),
    RUNTIME_KERNEL: (ORT_ALL, ORT_OFF),
    RUNTIME_OPTIMISER: (ORT_ALL,),
    REFERENCE_EVALUATOR: (REFERENCE, GRAPH64),
}
COLUMNS = (
    "converter", "nodes", "model", "kind", "operator", "size", "effect", "effect_discrete", *(f"as_{party}" for party in OWN),
)  # fmt: skip


def as_if(row: Row, planted: Row, party: str) -> Row:
    """Return the row that a campaign would have stored had this party made the planted fault."""

    def mixed(right: Row, spoilt: Row) -> Row:
        return {
            name: value
            for part, wanted in ((right, False), (spoilt, True))
            for name, value in part.items()
            if (name.split("|")[-1] in OWN[party]) == wanted
        }

    return {
        **row,
        "pairs": mixed(row["pairs"], planted["pairs"]),
        "discrete": mixed(row.get("discrete", {}), planted["discrete"]),
    }


def effect(row: Row, planted: Row) -> tuple[float | None, bool]:
    """Return how far a planted fault carries the outputs in exact arithmetic: spoilt and right graph are compared in float64.

    Returns
    -------
    tuple of float or None, and bool
        The largest change of an output of floating point in multiples of its noise, None where an element turns NaN or
        infinite; whether an integer or boolean changes that rounding does not.
    """
    changes, largest, beyond = planted["pairs"]["right|spoilt"], 0.0, False
    for point in points(row):
        change = changes[point.output]
        if change is None:
            continue
        if not isinstance(change, dict) or change["nan"][point.place] or change["infinite"][point.place]:
            beyond = True
        elif point.size > 0:
            largest = max(largest, change["max_abs"][point.place] / point.noise)
    counts = planted["discrete"].get(GRAPH64, ())
    discrete = any(count > 0 for output in counts if output is not None for count in output)
    return None if beyond else largest, discrete


def table(rows: Iterable[Row]) -> Iterator[dict[str, Any]]:
    """Yield a planted fault a row, and whom the attribution names had each party made it.

    Models whose own outputs are attributed to somebody, or undecided, are left out: a planted fault is not the only one there.
    """
    for row in rows:
        clean = attribute(row)
        if clean is None or clean.party not in (ROUNDING, DIFFERENCE_NONE):
            continue
        for planted in row.get("injected", ()):
            named = {party: attribute(as_if(row, planted, party)) for party in OWN}
            yield {
                "converter": row["exporter"],
                "nodes": row["nodes"],
                "model": row["model"],
                "kind": planted["kind"],
                "operator": planted["operator"],
                "size": planted["size"],
                **dict(zip(("effect", "effect_discrete"), effect(row, planted), strict=True)),
                **{f"as_{party}": found.party if found else None for party, found in named.items()},
            }
