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

from conversion.workers import executors, graphs, injection
from conversion.workers.differences import METRICS, differences, norm

Outputs = list[list[Any]]  # for each input of the model, the list of its outputs
Report = Callable[[Mapping[str, Any]], None]

FRAMEWORK, EAGER, FLOAT64, PERTURBED = "framework", "eager", "float64", "perturbed"
DRAWS = 3  # runs with moved last digits
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

    def perturbed(self) -> Callable[[Sequence[Any]], list[Any]]:
        """Return the reference with the last digits of what it rounds moved at random, anew in each call."""
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
        draws = _examine(case, path, outputs, stages)
        if task.get("inject"):
            _inject(case, path, outputs, draws, stages, task["seed"])


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


def _examine(case: Case, path: Path, outputs: dict[str, Outputs], stages: Stages) -> list[Outputs]:
    """Run the further executors; each reports a status, and the differences that it completes."""
    draws = _draw(case, outputs[FRAMEWORK], stages)
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
    if FLOAT64 in outputs:
        wrong = {name: _discrete(outputs, name, draws) for name in executors.OPENERS if name in outputs}
        stages.report({"fields": {"discrete": wrong}})
    return draws


def _inject(
    case: Case, path: Path, outputs: dict[str, Outputs], draws: list[Outputs], stages: Stages, seed: int
) -> None:
    """Run graphs with planted faults on every executor; a row keeps what `conversion.injection` reads."""
    with stages.stage("examine:injected"):
        if any(name not in outputs for name in (FLOAT64, *executors.OPENERS)):
            return
        found = []
        for planted in injection.planted(onnx.load(str(path)), seed):
            spoilt_path = path.with_name("spoilt.onnx")
            onnx.save(planted.model, str(spoilt_path))
            spoilt = {FRAMEWORK: outputs[FRAMEWORK], FLOAT64: outputs[FLOAT64]}
            try:
                for name, opener in executors.OPENERS.items():
                    run = opener(spoilt_path)
                    spoilt[name] = [run(values) for values in case.inputs]
            except Exception:  # noqa: S112 - a graph that doesn't run is no fault of the kind that is meant here
                continue
            pairs = {f"{FLOAT64}|{name}": _pair(spoilt[FLOAT64], spoilt[name]) for name in executors.OPENERS}
            pairs[f"{FRAMEWORK}|{executors.ORT_ALL}"] = _pair(spoilt[FRAMEWORK], spoilt[executors.ORT_ALL])
            pairs["right|spoilt"] = _pair(outputs[executors.ONNX_FLOAT64], spoilt[executors.ONNX_FLOAT64])
            found.append(
                {
                    **{"kind": planted.kind, "operator": planted.operator, "size": planted.size},
                    "pairs": {name: [_short(output) for output in pair] for name, pair in pairs.items()},
                    "discrete": {name: _discrete(spoilt, name, draws) for name in executors.OPENERS},
                }
            )
        stages.report({"fields": {"injected": found}})


def _short(output: Any) -> Any:
    """Keep of an output's differences what the attribution reads."""
    return {name: output[name] for name in ("max_abs", "nan", "infinite")} if isinstance(output, dict) else output


def _draw(case: Case, expected: Outputs, stages: Stages) -> list[Outputs]:
    """Run the reference with its last digits moved; the row keeps the largest of the draws' differences, metric by metric."""
    with stages.stage(f"examine:{PERTURBED}"):
        try:
            run = case.perturbed()
            draws = [[run(values) for values in case.inputs] for _ in range(DRAWS)]
            pairs = [_pair(expected, draw) for draw in draws]
        except Exception as error:
            stages.report({"fields": {"executors": {PERTURBED: {"status": "exception", **describe_error(error)}}}})
            return []
        largest = [_largest(output) for output in zip(*pairs, strict=True)]
        stages.report(
            {
                "fields": {
                    "executors": {
                        PERTURBED: {"status": "ok", "sum": _sum([values for draw in draws for values in draw])}
                    },
                    "pairs": {f"{FRAMEWORK}|{PERTURBED}": largest},
                }
            }
        )
        return draws


def _largest(output: Sequence[Any]) -> Any:
    """Return the elementwise largest of an output's differences, which are None where nothing moved."""
    known = [found for found in output if isinstance(found, dict)]
    if len(known) < sum(found is not None for found in output):
        return "incomparable"
    return (
        {name: [max(values) for values in zip(*(found[name] for found in known), strict=True)] for name in METRICS}
        if known
        else None
    )


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


def _discrete(outputs: Mapping[str, Outputs], name: str, draws: Sequence[Outputs]) -> list[list[int] | None]:
    """Count, by output and input, an executor's wrong integers and booleans.

    Wrong is one that the framework has alike in both precisions and in every draw, and the executor otherwise. None stands for outputs of
    floating point, and for outputs of unlike shapes.
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
