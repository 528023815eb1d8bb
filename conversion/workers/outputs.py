"""What executors gave, described and compared: fields of a row, from which criteria and the attribution later decide."""

import hashlib
from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np

from conversion.workers.differences import METRICS, differences, norm
from conversion.workers.stages import Report

Outputs = list[list[Any]]  # for each input of the model, the list of its outputs
FRAMEWORK, EAGER, FLOAT64 = "framework", "eager", "float64"


def disagreements(expected: Outputs, actual: Outputs, *, any_precision: bool = False) -> list[dict[str, Any]]:
    """Return where outputs differ in number, shape or type, once an output and kind; precision is a type, unless asked."""
    found: dict[tuple[int, str], dict[str, Any]] = {}
    for one, other in zip(expected, actual, strict=True):
        if len(one) != len(other):
            return [{"kind": "count", "expected": len(one), "actual": len(other)}]
        for index, (a, b) in enumerate(zip(one, other, strict=True)):
            if a.shape != b.shape:
                found[index, "shape"] = {"expected": list(a.shape), "actual": list(b.shape)}
            if a.dtype != b.dtype and not (any_precision and a.dtype.kind == b.dtype.kind == "f"):
                found[index, "dtype"] = {"expected": a.dtype.name, "actual": b.dtype.name}
    return [{"kind": kind, "output": index, **values} for (index, kind), values in sorted(found.items())]


def report_pairs(outputs: Mapping[str, Outputs], pairs: Sequence[tuple[str, str]], report: Report) -> None:
    """Report the differences of those pairs whose two sides are known."""
    for expected, actual in pairs:
        if expected in outputs and actual in outputs:
            report({"fields": {"pairs": {f"{expected}|{actual}": pair(outputs[expected], outputs[actual])}}})


def pair(expected: Outputs, actual: Outputs) -> list[Any]:
    """Return for each output its differences, one list over the inputs a metric; None where all inputs agree to the bit."""
    found: list[Any] = []
    for index in range(len(expected[0])):
        tensors = [
            (one[index], other[index]) for one, other in zip(expected, actual, strict=True) if index < len(other)
        ]
        if len(tensors) < len(expected) or any(a.shape != b.shape for a, b in tensors):
            found.append("incomparable")
            continue
        each = [differences(a, b) for a, b in tensors]
        if all(values is None for values in each):
            found.append(None)
        else:
            zeros = dict.fromkeys(METRICS, 0.0)
            found.append({metric: [(values or zeros)[metric] for values in each] for metric in METRICS})
    return found


def discrete_wrong(outputs: Mapping[str, Outputs], name: str, draws: Sequence[Outputs]) -> list[list[int] | None]:
    """Count, by output and input, an executor's wrong integers and booleans.

    Wrong is one that the framework has alike in both precisions and in every draw, and the executor otherwise. None stands for
    outputs of floating point, and for outputs of unlike shapes.
    """
    counts: list[list[int] | None] = []
    for index, first in enumerate(outputs[FRAMEWORK][0]):
        if any(len(values) <= index for values in outputs[name]):
            counts.append(None)
            continue
        one, wide, other, *moved = (
            [values[index] for values in run] for run in (outputs[FRAMEWORK], outputs[FLOAT64], outputs[name], *draws)
        )
        if first.dtype.kind not in "iub" or any(
            a.shape != b.shape for run in (wide, other) for a, b in zip(one, run, strict=True)
        ):
            counts.append(None)
            continue
        sure = [np.logical_and.reduce([a == run[place] for run in (wide, *moved)]) for place, a in enumerate(one)]
        counts.append([int(np.count_nonzero(known & (a != b))) for known, a, b in zip(sure, one, other, strict=True)])
    return counts


def describe_outputs(outputs: Outputs) -> list[dict[str, Any]]:
    """Return type, shape, and by input the largest size and the numbers of NaN and of infinities, of each output."""
    described = []
    for index, first in enumerate(outputs[0]):
        tensors = [values[index] for values in outputs]
        numbers = [tensor.astype(np.float64) if tensor.dtype.kind in "fiu" else None for tensor in tensors]
        described.append(
            {
                "dtype": first.dtype.name,
                "shape": list(first.shape),
                "norm": [norm(tensor) for tensor in tensors],
                "nan": [0 if values is None else int(np.isnan(values).sum()) for values in numbers],
                "infinite": [0 if values is None else int(np.isinf(values).sum()) for values in numbers],
                "constant": all(tensor.tobytes() == first.tobytes() for tensor in tensors),
                "spread": max((differences(first, tensor) or {"max_abs": 0})["max_abs"] for tensor in tensors)
                if all(tensor.shape == first.shape for tensor in tensors)
                else None,
            }
        )
    return described


def checksum(arrays: list[list[Any]]) -> str:
    """Return a checksum over the bytes, types and shapes of arrays."""
    digest = hashlib.sha256()
    for values in arrays:
        for value in values:
            digest.update(f"{value.dtype.name}{value.shape}".encode())
            digest.update(np.ascontiguousarray(value).tobytes())
    return digest.hexdigest()[:16]
