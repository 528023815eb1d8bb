"""One task, stage by stage, inside a process of its own; what is known is reported as soon as it is known.

The stages are generate, reference, convert, check, load, run and compare; their end decides the outcome. Further executors
then run in stages of their own, ``examine:NAME``: a crash there is a status of that executor and no outcome.
"""

from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any, Protocol

import numpy as np
import onnx

from conversion.workers import executors, graphs
from conversion.workers.examination import ExaminedCase, examine, examine_planted
from conversion.workers.outputs import (
    EAGER,
    FRAMEWORK,
    Outputs,
    checksum,
    describe_outputs,
    disagreements,
    report_pairs,
)
from conversion.workers.stages import Report, Stages, describe_error

INPUTS = "inputs.npz"  # kept where a task asks for it: arrays INPUT/PLACE
# (expected, actual) whose differences decide
DECIDING_PAIRS = ((FRAMEWORK, executors.ORT_ALL), (EAGER, executors.ORT_ALL), (FRAMEWORK, EAGER))


class Case(ExaminedCase, Protocol):
    """A model with its inputs, as a framework's module makes it.

    Attributes
    ----------
    description : mapping
        Fields of the row that the model itself decides: nodes, parameters, sums over graph and weights.
    """

    description: Mapping[str, Any]

    def executors(self) -> Mapping[str, Callable[[list[Any]], list[Any]]]:
        """Return the framework's own ways to run: ``framework`` (the reference) first, ``eager`` where that is another."""
        ...

    def export(self, exporter: str, opset: int, path: Path) -> None:
        """Write the model as ONNX."""
        ...


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
        report({"fields": {**case.description, "inputs": types, "inputs_sum": checksum(case.inputs)}})
        if INPUTS in task.get("keep", {}):
            np.savez(
                folder / INPUTS,
                **{f"{n}/{m}": value for n, values in enumerate(case.inputs) for m, value in enumerate(values)},
            )
    outputs: dict[str, Outputs] = {}
    with stages.stage("reference"):
        for name, run in case.executors().items():
            outputs[name] = [run(values) for values in case.inputs]
            report({"fields": {"executors": {name: {"status": "ok", "sum": checksum(outputs[name])}}}})
        report({"fields": {"outputs": describe_outputs(outputs[FRAMEWORK])}})
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
        draws = examine(case, path, outputs, stages)
        if task.get("inject"):
            examine_planted(case.inputs, path, outputs, draws, stages)


def _load_run_compare(stages: Stages, path: Path, case: Case, outputs: dict[str, Outputs]) -> None:
    with stages.stage("load"):
        run = executors.OPENERS[executors.ORT_ALL](path)
    with stages.stage("run"):
        outputs[executors.ORT_ALL] = [run(values) for values in case.inputs]
        status = {"status": "ok", "sum": checksum(outputs[executors.ORT_ALL])}
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
    found = disagreements(outputs[FRAMEWORK], outputs[executors.ORT_ALL])
    if found:
        report({"fields": {"executors": {executors.ORT_ALL: {"disagreements": found}}}})
    if not any(one["kind"] == "count" for one in found):
        report_pairs(outputs, DECIDING_PAIRS, report)
    if found:
        kinds = [one["kind"] for one in found]
        kind = next(kind for kind in ("count", "shape", "dtype") if kind in kinds)
        raise OutputsDisagree(f"outputs disagree in {kind}: {found[kinds.index(kind)]}")
