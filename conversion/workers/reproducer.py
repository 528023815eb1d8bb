"""Small models in ONNX Runtime, in ONNX's reference evaluator and in float64: whether they disagree, and the least that does.

``python -m conversion.workers.reproducer reduce`` and ``… run`` take JSON on standard input and give JSON on standard output.
"""

import io
import json
import sys
import time
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

import numpy as np
import onnx
from onnx import ModelProto

from conversion.workers import executors
from conversion.workers.differences import differences
from conversion.workers.float64_graph import in_float64
from conversion.workers.reduction import Feed, as_text, reduce_graph

TOLERANCE = 1e-3  # of 1 + size: beyond rounding of one operator on float32
# Which two executors must still disagree; the party is told by the campaign's row, where the framework has a vote
PAIRS: Mapping[str, tuple[str, str]] = {
    "runtime": (executors.ONNX_REFERENCE, executors.ORT_OFF),
    "reference": (executors.ONNX_REFERENCE, executors.ORT_OFF),
    "optimiser": (executors.ORT_OFF, executors.ORT_ALL),
}
_SHOWN = 8


def run(name: str, model: ModelProto, feed: Feed) -> list[Any]:
    """Run a model in one of the executors of `conversion.workers.executors`."""
    values = list(feed.values())
    if name == executors.ONNX_REFERENCE:
        return executors.model_in_evaluator(model)(values)
    if name == executors.ONNX_FLOAT64:
        wide = [executors.as_float64(value) for value in values]
        return executors.model_in_evaluator(in_float64(model))(wide)
    return executors.onnx_runtime(model.SerializeToString(), optimised=name == executors.ORT_ALL)(values)


def gap(expected: list[Any], actual: list[Any]) -> float:
    """Return the largest difference of outputs by 1 + the expected size; infinite where one alone is NaN or of another shape."""
    largest = 0.0
    for one, other in zip(expected, actual, strict=True):
        if one.shape != other.shape or one.dtype.kind != other.dtype.kind:
            return float("inf")
        found = differences(one, other)
        if found is not None:
            largest = max(largest, float("inf") if found["nan"] or found["infinite"] else found["max_rel1"])
    return largest


def disagree(pair: tuple[str, str]) -> Callable[[ModelProto, Feed], bool]:
    """Return a test whether two executors disagree on a model; one that fails in either shows nothing."""

    def fails(model: ModelProto, feed: Feed) -> bool:
        try:
            first, second = (run(name, model, feed) for name in pair)
        except Exception:
            return False
        return gap(first, second) > TOLERANCE

    return fails


def intermediate_values(model: ModelProto, feed: Feed) -> dict[str, Any]:
    """Return every value of a graph on a feed, by ONNX's reference evaluator."""
    copy = ModelProto()
    copy.CopyFrom(model)
    del copy.graph.output[:]
    names = [name for node in model.graph.node for name in node.output if name]
    copy.graph.output.extend(onnx.ValueInfoProto(name=name) for name in names)
    with np.errstate(all="ignore"):
        found = executors.evaluator_of(copy).run(None, feed)
    return dict(feed) | {name: np.asarray(value) for name, value in zip(names, found, strict=True)}


def reduce(model: ModelProto, inputs: list[Feed], party: str, seconds: float) -> dict[str, Any]:
    """Reduce a model to the least that shows the disagreement of a party, on the first input that shows it.

    Raises
    ------
    ValueError
        On no input do the executors disagree.
    """
    fails, deadline = disagree(PAIRS[party]), time.monotonic() + seconds
    for feed in inputs:
        if fails(model, feed):
            found = reduce_graph(model, intermediate_values(model, feed), fails, deadline=deadline)
            node = found.model.graph.node[-1]
            return {
                "nodes": len(found.model.graph.node),
                "operators": [each.op_type for each in found.model.graph.node],
                "attributes": {each.name: _attribute(each) for each in node.attribute},
                "types": sorted({value.dtype.name for value in found.feed.values()}),
                "model": as_text(found.model),
                "feed": {name: encoded(value) for name, value in found.feed.items()},
                "steps": list(found.steps),
                "complete": found.complete,
            }
    raise ValueError("the executors do not disagree on any input of the model")


def _attribute(attribute: onnx.AttributeProto) -> str:
    value = onnx.helper.get_attribute_value(attribute)
    return value.decode() if isinstance(value, bytes) else str(value) if isinstance(value, int | float | list) else "…"


def encoded(value: Any) -> dict[str, Any]:
    """Return an array as JSON that gives back every bit: type, shape, and numbers (floating point as hexadecimal text)."""
    flat = value.ravel().tolist()
    numbers = [float(number).hex() for number in flat] if value.dtype.kind == "f" else flat
    return {"dtype": value.dtype.name, "shape": list(value.shape), "values": numbers}


def decoded(stored: Mapping[str, Any]) -> Any:
    """Return the array that `encoded` stored."""
    numbers = [float.fromhex(number) if isinstance(number, str) else number for number in stored["values"]]
    return np.array(numbers, dtype=stored["dtype"]).reshape(stored["shape"])


def verdicts(model: ModelProto, feed: Feed) -> dict[str, Any]:
    """Return what each executor makes of a model: its first numbers, or the class of its error; and the gaps to float64."""
    told: dict[str, Any] = {}
    outputs = {}
    for name in (executors.ONNX_FLOAT64, executors.ONNX_REFERENCE, executors.ORT_OFF, executors.ORT_ALL):
        try:
            outputs[name] = run(name, model, feed)
        except Exception as error:
            told[name] = {"error": type(error).__name__}
            continue
        told[name] = {"outputs": [[str(number) for number in value.ravel()[:_SHOWN]] for value in outputs[name]]}
    pairs = [
        ("onnx_reference", "ort_off"),
        ("ort_off", "ort_all"),
        ("onnx_float64", "onnx_reference"),
        ("onnx_float64", "ort_off"),
    ]
    for first, second in pairs:
        if first in outputs and second in outputs:
            told[f"{first}|{second}"] = gap(outputs[first], outputs[second])
    return told


def _read(stored: Mapping[str, Any]) -> tuple[ModelProto, list[Feed]]:
    """Return a model with the inputs that a campaign kept, by the names of the graph."""
    model = onnx.load(stored["model"])
    initialised = {tensor.name for tensor in model.graph.initializer}
    names = [value.name for value in model.graph.input if value.name not in initialised]
    arrays = np.load(io.BytesIO(Path(stored["inputs"]).read_bytes()))
    count = len({key.partition("/")[0] for key in arrays})
    return model, [{name: arrays[f"{number}/{place}"] for place, name in enumerate(names)} for number in range(count)]


def main() -> None:
    """Answer one request."""
    request = json.loads(sys.stdin.read())
    if sys.argv[1:] == ["reduce"]:
        model, inputs = _read(request)
        answer = reduce(model, inputs, request["party"], request["seconds"])
    else:
        feed = {name: decoded(value) for name, value in request["feed"].items()}
        answer = verdicts(onnx.parser.parse_model(request["model"]), feed)
    sys.stdout.write(json.dumps(answer) + "\n")


if __name__ == "__main__":
    main()
