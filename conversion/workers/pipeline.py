"""One task, stage by stage, inside a process of its own; what is known is reported as soon as it is known.

The stages are generate, reference, convert, check, load, run and compare; their end decides the outcome. Further executors
then run in stages of their own, ``examine:NAME``: a crash there is a status of that executor and no outcome.
"""

import hashlib
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any, Protocol

import numpy as np
import onnx

from conversion.workers import executors, graphs
from conversion.workers.differences import METRICS, differences, norm

Outputs = list[list[Any]]  # for each input of the model, the list of its outputs
Report = Callable[[Mapping[str, Any]], None]

INPUTS = "inputs.npz"  # kept where a task asks for it: arrays INPUT/PLACE
FRAMEWORK, EAGER, FLOAT64 = "framework", "eager", "float64"
# (expected, actual) of which differences are kept; those of the first list decide, so they are computed first
DECIDING_PAIRS = ((FRAMEWORK, executors.ORT_ALL), (EAGER, executors.ORT_ALL), (FRAMEWORK, EAGER))
FURTHER_PAIRS = (
    (FLOAT64, FRAMEWORK),
    (FLOAT64, EAGER),
    (FLOAT64, executors.ORT_ALL),
    (FLOAT64, executors.ORT_OFF),
    (FLOAT64, executors.ONNX_REFERENCE),
    (FLOAT64, executors.ONNX_FLOAT64),
    (executors.ORT_OFF, executors.ORT_ALL),
    (FRAMEWORK, executors.ORT_OFF),
    (FRAMEWORK, executors.ONNX_REFERENCE),
    (executors.ONNX_REFERENCE, executors.ORT_OFF),
)


class Case(Protocol):
    """A model with its inputs, as a framework's module makes it.

    Attributes
    ----------
    description : mapping
        Fields of the row that the model itself decides: nodes, parameters, sums over graph and weights.
    inputs : list
        For each input of the model, the list of its arrays in order.
    output_names : list of str or None
        Names for messages.
    """

    description: Mapping[str, Any]
    inputs: list[list[Any]]

    def executors(self) -> Mapping[str, Callable[[Sequence[Any]], list[Any]]]:
        """Return the framework's own ways to run: ``framework`` (the reference) first, ``eager`` where that is another."""
        ...

    def float64(self) -> Callable[[Sequence[Any]], list[Any]]:
        """Return the model in float64, on the framework itself."""
        ...

    def export(self, exporter: str, opset: int, path: Path) -> None:
        """Write the model as ONNX."""
        ...


class Stages:
    """Reports the beginning and end of each stage with its seconds."""

    def __init__(self, report: Report) -> None:
        self.report = report
        self.current = "start"

    @contextmanager
    def stage(self, name: str) -> Iterator[None]:
        """Run a stage; a stage that raises reports no end."""
        self.report({"begin": name})
        self.current = name
        begin = time.perf_counter()
        yield
        self.report({"end": name, "seconds": round(time.perf_counter() - begin, 4)})


def run_task(
    task: Mapping[str, Any], make_case: Callable[[Mapping[str, Any]], Case], folder: Path, report: Report
) -> None:
    """Run a task to its end, reporting fields as they are known; whatever a stage raises passes through.

    Parameters
    ----------
    task : mapping
        exporter, opset, examine (whether further executors run) and what `make_case` needs.
    make_case : callable
        Generates the model.
    folder : Path
        An empty folder; the model is written here as ``model.onnx``.
        A relative path keeps error texts free of where the campaign lies.
    report : callable
        Takes ``{"begin": stage}``, ``{"end": stage, "seconds": s}`` or ``{"fields": {...}}``.
    """
    stages, path = Stages(report), folder / "model.onnx"
    with stages.stage("generate"):
        case = make_case(task)
        types = [{"dtype": value.dtype.name, "shape": list(value.shape)} for value in case.inputs[0]]
        report({"fields": {**case.description, "inputs": types, "inputs_sum": _sum(case.inputs)}})
        if INPUTS in task.get("keep", {}):
            np.savez(
                folder / INPUTS,
                **{f"{n}/{m}": value for n, values in enumerate(case.inputs) for m, value in enumerate(values)},
            )
    outputs: dict[str, Outputs] = {}
    with stages.stage("reference"):
        for name, run in case.executors().items():
            outputs[name] = [run(values) for values in case.inputs]
            report({"fields": {"executors": {name: {"status": "ok", "sum": _sum(outputs[name])}}}})
        report({"fields": {"outputs": _describe_outputs(outputs[FRAMEWORK])}})
    with stages.stage("convert"):
        case.export(task["exporter"], task["opset"], path)
    try:
        _check(stages, path, folder, report)
        _load_run_compare(stages, path, case, outputs)
    except MemoryError:
        raise
    except Exception as error:
        report({"fields": {"status": "exception", "error": {"stage": stages.current, **describe_error(error)}}})
    if task.get("examine", True):
        _examine(case, path, outputs, stages)


def _load_run_compare(stages: Stages, path: Path, case: Case, outputs: dict[str, Outputs]) -> None:
    with stages.stage("load"):
        run = executors.OPENERS[executors.ORT_ALL](path)
    with stages.stage("run"):
        outputs[executors.ORT_ALL] = [run(values) for values in case.inputs]
        status = {"status": "ok", "sum": _sum(outputs[executors.ORT_ALL])}
        stages.report({"fields": {"executors": {executors.ORT_ALL: status}}})
    with stages.stage("compare"):
        _compare(outputs, stages.report)


def _check(stages: Stages, path: Path, folder: Path, report: Report) -> None:
    with stages.stage("check"):
        model = onnx.load(str(path))
        report({"fields": {**graphs.describe(model), "onnx_bytes": path.stat().st_size}})
        (folder / "graph.onnx").write_bytes(graphs.without_weights(model).SerializeToString(deterministic=True))
        try:
            onnx.checker.check_model(str(path))
        except Exception:
            report({"fields": {"loads_unchecked": _loads(path)}})
            raise


def _loads(path: Path) -> dict[str, str]:
    """Tell whether ONNX Runtime loads a model that the checker refuses, as experiments without a check would have seen."""
    try:
        executors.OPENERS[executors.ORT_ALL](path)
    except Exception as error:
        return {"status": "exception", **describe_error(error)}
    return {"status": "ok"}


class OutputsDisagree(Exception):  # noqa: N818 - the name is what a row shows as the error's type
    """The ONNX model's outputs cannot be compared with the reference: another number, shape or data type."""


def _compare(outputs: Mapping[str, Outputs], report: Report) -> None:
    disagreements = _disagreements(outputs[FRAMEWORK], outputs[executors.ORT_ALL])
    if disagreements:
        report({"fields": {"executors": {executors.ORT_ALL: {"disagreements": disagreements}}}})
    if not any(found["kind"] == "count" for found in disagreements):
        _report_pairs(outputs, DECIDING_PAIRS, report)
    if disagreements:
        kinds = [found["kind"] for found in disagreements]
        kind = next(kind for kind in ("count", "shape", "dtype") if kind in kinds)
        raise OutputsDisagree(f"outputs disagree in {kind}: {disagreements[kinds.index(kind)]}")


def _examine(case: Case, path: Path, outputs: dict[str, Outputs], stages: Stages) -> None:
    """Run the further executors; each reports a status, and the differences that it completes."""
    openers: dict[str, Callable[[], Callable[[Sequence[Any]], list[Any]]]] = {FLOAT64: case.float64}
    for name in executors.WITHOUT_EFFECT_ON_OUTCOME:
        openers[name] = lambda name=name: executors.OPENERS[name](path)  # type: ignore[misc]
    for name, opener in openers.items():
        with stages.stage(f"examine:{name}"):
            try:
                run = opener()
                outputs[name] = [run(values) for values in case.inputs]
            except Exception as error:
                stages.report({"fields": {"executors": {name: {"status": "exception", **describe_error(error)}}}})
                continue
            found = _disagreements(outputs[FRAMEWORK], outputs[name], any_precision="float64" in name)
            status = {"status": "ok", "sum": _sum(outputs[name])} | ({"disagreements": found} if found else {})
            stages.report({"fields": {"executors": {name: status}}})
            _report_pairs(outputs, [pair for pair in FURTHER_PAIRS if name in pair], stages.report)
            if name == FLOAT64 and executors.ORT_ALL in outputs:
                stages.report({"fields": {"discrete": _discrete(outputs)}})


def _disagreements(expected: Outputs, actual: Outputs, *, any_precision: bool = False) -> list[dict[str, Any]]:
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


def _report_pairs(outputs: Mapping[str, Outputs], pairs: Sequence[tuple[str, str]], report: Report) -> None:
    for expected, actual in pairs:
        if expected in outputs and actual in outputs:
            report({"fields": {"pairs": {f"{expected}|{actual}": _pair(outputs[expected], outputs[actual])}}})


def _pair(expected: Outputs, actual: Outputs) -> list[Any]:
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


def _discrete(outputs: Mapping[str, Outputs]) -> list[list[int] | None]:
    """Count by output and input the integers and booleans that the framework has alike in both precisions, ONNX otherwise.

    None stands for outputs of floating point, and for outputs of unlike shapes.
    """
    counts: list[list[int] | None] = []
    for index, first in enumerate(outputs[FRAMEWORK][0]):
        each = [[values[index] for values in outputs[name]] for name in (FRAMEWORK, FLOAT64, executors.ORT_ALL)]
        triples = list(zip(*each, strict=True))
        if first.dtype.kind not in "iub" or any(len({tensor.shape for tensor in triple}) > 1 for triple in triples):
            counts.append(None)
        else:
            counts.append([int(np.count_nonzero((one == wide) & (one != other))) for one, wide, other in triples])
    return counts


def _describe_outputs(outputs: Outputs) -> list[dict[str, Any]]:
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


def describe_error(error: BaseException) -> dict[str, str]:
    """Return type and text of an error, the text at a length that a row can hold."""
    text = str(error)
    if len(text) > 3000:
        text = f"{text[:2000]} … {text[-1000:]}"
    return {"type": type(error).__name__, "text": text}


def _sum(arrays: list[list[Any]]) -> str:
    """Return a checksum over the bytes, types and shapes of arrays."""
    digest = hashlib.sha256()
    for values in arrays:
        for value in values:
            digest.update(f"{value.dtype.name}{value.shape}".encode())
            digest.update(np.ascontiguousarray(value).tobytes())
    return digest.hexdigest()[:16]
