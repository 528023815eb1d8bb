"""Drafts of bug reports on stored reproducers, for a person to check and file; nothing is sent anywhere."""

import json
import math
from collections.abc import Mapping, Sequence
from typing import Any

from datapackage.conversions import (
    ARROW,
    BEFORE_THE_GRAPH,
    CONVERTER,
    FRAMEWORK,
    REFERENCE_EVALUATOR,
    RUNTIME_KERNEL,
    RUNTIME_OPTIMISER,
)

_EXPECTED: Mapping[str, str] = {
    RUNTIME_KERNEL: "ONNX Runtime gives another result than ONNX's reference evaluator, with its optimisations and without; the "
    "framework that the model was converted from agrees with the reference evaluator.",
    RUNTIME_OPTIMISER: "ONNX Runtime's result is right without its graph optimisations, and wrong with them.",
    REFERENCE_EVALUATOR: "ONNX's reference evaluator gives another result than ONNX Runtime; the framework that the model was "
    "converted from agrees with ONNX Runtime.",
    CONVERTER: "The graph that the converter writes gives another result than the framework, in ONNX Runtime and in ONNX's "
    "reference evaluator alike; the framework has the same result in float32 and in float64.",
    FRAMEWORK: "The framework's float32 result is further from its own float64 result than rounding explains; ONNX Runtime's is "
    "not.",
}
_AT: Mapping[str, str] = {
    RUNTIME_KERNEL: "ONNX Runtime",
    RUNTIME_OPTIMISER: "ONNX Runtime",
    REFERENCE_EVALUATOR: "onnx (reference evaluator)",
    FRAMEWORK: "the framework",
}
_SHOWN = 8  # numbers of an output
_RECORDED: Mapping[str, str] = {"framework": "framework", "float64": "framework in float64"}
_FRAMEWORKS = ("torch", "tensorflow-cpu", "tensorflow", "tf2onnx", "onnxscript")


def report(row: Mapping[str, str], verdicts: Mapping[str, Any], versions: Mapping[str, str]) -> str:
    """Return the draft of a bug report, for a person to check against the operator's specification, and to file or not.

    Parameters
    ----------
    row : mapping
        Of ``reproducers.csv``.
    verdicts : mapping
        What each executor makes of it, see `conversion.minimisation.reproducer.verdicts`.
    versions : mapping
        Package to version.
    """
    results = json.loads(row["results"]) if row["results"] else {}
    places, told = side_by_side(row, verdicts)
    numbers = "\n".join(f"| {name} | {text} |" for name, text in told.items())
    last = row["operator"].rpartition(" ")[2]
    named = row["framework_operator"] if row["party"] in BEFORE_THE_GRAPH and row["framework_operator"] else last
    used = ", ".join(
        f"{name} {versions[name]}"
        for name in ("onnx", "onnxruntime", *_FRAMEWORKS, "numpy", "python")
        if name in versions
    )
    feed = ", ".join(f"{name!r}: {_array(value)}" for name, value in json.loads(row["inputs"]).items())
    expected = ", ".join(_array(value) for value in results.get("framework", ()))
    return f"""# Draft: {named}: results differ ({row["types"]}; {row["attributes"] or "default attributes"})

For {_AT.get(row["party"], row["converter"])}, not filed: a person must check it against the specification and open issues first.

{_EXPECTED[row["party"]]} {_origin(row)}
{_specification(row["operator"])}

Versions: {used}. Found in a generated model ({row["task"]}) and reduced: {row["steps"]}.

```python
import numpy as np, onnx, onnx.parser, onnxruntime as ort
from onnx.reference import ReferenceEvaluator

nan, inf = np.nan, np.inf
model = onnx.parser.parse_model({row["model"]!r})
feed = {{{feed}}}
print("framework:", {f"[{expected}]" if expected else "'not recorded: it has no such operator'"})
print("reference evaluator:", ReferenceEvaluator(model).run(None, feed))
for level in (ort.GraphOptimizationLevel.ORT_DISABLE_ALL, ort.GraphOptimizationLevel.ORT_ENABLE_ALL):
    options = ort.SessionOptions()
    options.graph_optimization_level = level
    print(level, ort.InferenceSession(model.SerializeToString(), options, providers=["CPUExecutionProvider"]).run(None, feed))
```

| executor | {places} |
| --- | --- |
{numbers}
"""


def side_by_side(row: Mapping[str, str], verdicts: Mapping[str, Any]) -> tuple[str, dict[str, str]]:
    """Return what the framework made of a reproducer when it was found beside what each executor makes of it.

    Parameters
    ----------
    row : mapping
        Of ``reproducers.csv``.
    verdicts : mapping
        See `report`.

    Returns
    -------
    places : str
        Which numbers of the outputs are shown: those in which the executors differ most.
    told : dict
        Executor to its numbers, or the class of its error.
    """
    results = json.loads(row["results"]) if row["results"] else {}
    found = {_RECORDED[name]: {"outputs": values} for name, values in results.items()} | dict(verdicts)
    ran = [each["outputs"] for each in found.values() if "outputs" in each]
    shown = [_most_unlike([values["values"] for values in outputs]) for outputs in zip(*ran, strict=False)]
    told = {
        name: "; ".join(
            " ".join(_literal(values["values"][place]) for place in places if place < len(values["values"]))
            for places, values in zip(shown, each["outputs"], strict=False)
        )
        if "outputs" in each
        else each["error"]
        for name, each in found.items()
    }
    return "numbers " + "; ".join(", ".join(map(str, places)) for places in shown), told


def _most_unlike(outputs: Sequence[Sequence[Any]]) -> list[int]:
    """Return the places of an output at which its readings lie furthest apart, in ascending order; the first where none do."""
    readings = [[_number(number) for number in values] for values in outputs]
    spreads = [_spread(found) for found in zip(*readings, strict=False)]
    unlike = [place for place, spread in enumerate(spreads) if spread > 0] or range(len(spreads))
    return sorted(sorted(unlike, key=lambda place: -spreads[place])[:_SHOWN])


def _spread(found: Sequence[float | int]) -> float | int:
    """Return how far numbers lie apart; infinity where some and not all of them are the same infinity or no number."""
    if all(math.isnan(number) for number in found) or len(set(found)) == 1:
        return 0
    return max(found) - min(found) if all(math.isfinite(number) for number in found) else math.inf


def _origin(row: Mapping[str, str]) -> str:
    if not row["framework_operator"]:
        return ""
    attributes = f" ({row['framework_attributes']})" if row["framework_attributes"] else ""
    return f"In the framework: {row['framework_operator']}{attributes}, named as by the generator."


def _specification(operators: str) -> str:
    pages = [
        f"https://onnx.ai/onnx/operators/onnx__{name}.html" for name in dict.fromkeys(operators.split(ARROW)) if name
    ]
    return (
        f"What the specification asks for: {', '.join(pages)}"
        if pages
        else "The exporter wrote a constant; its graph has no operator."
    )


def _array(value: Mapping[str, Any]) -> str:
    numbers = ", ".join(_literal(number) for number in value["values"])
    return f"np.array([{numbers}], {value['dtype']!r}).reshape({tuple(value['shape'])})"


def _literal(number: Any) -> str:
    return repr(_number(number))


def _number(stored: Any) -> float | int:
    return float.fromhex(stored) if isinstance(stored, str) else stored
