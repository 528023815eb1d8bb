"""A model of lab 5 on every executor, inside the environment of PyTorch; `conversion.workers.server` runs it in a fork.

The model comes as source text that defines ``model(*inputs)`` with ``torch``, ``nn``, ``F`` and ``np`` at hand.
"""

from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np
import onnx
import torch

from conversion.workers import executors
from conversion.workers import torch_framework as framework
from conversion.workers.outputs import FLOAT64, FRAMEWORK
from conversion.workers.stages import Report, Stages, describe_error
from teaching.tensors_as_json import decoded, encoded

versions, warm = framework.versions, framework.warm


class Model(torch.nn.Module):
    """Calls the function that a source defines."""

    def __init__(self, function: Callable[..., torch.Tensor]) -> None:
        super().__init__()
        self.function = function

    def forward(self, *inputs: torch.Tensor) -> torch.Tensor:
        """Run the function."""
        return self.function(*inputs)


def run(task: Mapping[str, Any], folder: Path, report: Report) -> None:
    """Run the task's model on every executor and report the first output of each; what an executor raises is its status."""
    stages, path = Stages(report), folder / "model.onnx"
    with stages.stage("generate"):
        inputs = [decoded(value) for value in task["inputs"]]
        case = framework.TorchCase(Model(defined(task["source"])), [inputs], {})
    with stages.stage("reference"):
        _report(report, FRAMEWORK, case.executors()[FRAMEWORK](inputs))
    with stages.stage("convert"):
        case.export(task["exporter"], task["opset"], path)
        graph = onnx.load(str(path)).graph
        report({"fields": {"operators": [node.op_type for node in graph.node if node.op_type != "Constant"]}})
    openers: dict[str, Callable[[], Callable[[Sequence[Any]], list[Any]]]] = {FLOAT64: case.float64}
    for name in executors.OPENERS:
        openers[name] = lambda name=name: executors.OPENERS[name](path)  # type: ignore[misc]
    for name, opener in openers.items():
        with stages.stage(f"examine:{name}"):
            try:
                outputs = opener()(inputs)
            except Exception as error:
                report({"fields": {"executors": {name: {"status": "exception", **describe_error(error)}}}})
            else:
                _report(report, name, outputs)


def defined(source: str) -> Callable[..., torch.Tensor]:
    """Return the function ``model`` that a source defines.

    Raises
    ------
    TypeError
        It defines none.
    """
    variables: dict[str, Any] = {"torch": torch, "nn": torch.nn, "F": torch.nn.functional, "np": np}
    exec(compile(source, "model", "exec"), variables)  # noqa: S102 - what a student wrote, on the student's machine
    if not callable(variables.get("model")):
        raise TypeError("the source must define a function model(x)")
    function: Callable[..., torch.Tensor] = variables["model"]
    return function


def _report(report: Report, name: str, outputs: Sequence[Any]) -> None:
    report({"fields": {"executors": {name: {"status": "ok", "output": encoded(np.asarray(outputs[0]))}}}})
