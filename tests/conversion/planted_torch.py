"""The real torch framework with faults planted in it; a task's ``planted`` names one."""

import ctypes
import json
import sys
import time
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

import numpy as np
import onnx
import torch
from onnx import TensorProto, helper

from conversion.minimisation.reproducer import reduce_task
from conversion.workers import torch_framework as real
from conversion.workers.network import Instruction, Network
from conversion.workers.pipeline import run_task
from conversion.workers.stages import Report
from datapackage.conversions import CONVERTER

versions, warm, on_one_thread = real.versions, real.warm, real.on_one_thread


class Planted(real.TorchCase):
    """A small model, and a converter that spoils what it writes."""

    def __init__(
        self, operator: Callable[[torch.Tensor], torch.Tensor], spoil: Callable[[Any], None], inputs: int
    ) -> None:
        module = _Module(operator)
        values = [[np.random.default_rng(index).random((2, 3), dtype=np.float32)] for index in range(inputs)]
        super().__init__(module, values, {"model_nodes": 2})
        self.spoil = spoil

    def export(self, exporter: str, opset: int, path: Path) -> None:
        """Export, then spoil."""
        super().export(exporter, opset, path)
        model = onnx.load(str(path))
        self.spoil(model)
        onnx.save(model, str(path))


class _Module(torch.nn.Module):
    def __init__(self, operator: Callable[[torch.Tensor], torch.Tensor]) -> None:
        super().__init__()
        self.operator = operator

    def forward(self, value: torch.Tensor) -> torch.Tensor:
        return self.operator(value + 1)


def _segfault(value: torch.Tensor) -> torch.Tensor:
    ctypes.string_at(0)
    return value


def _hang(value: torch.Tensor) -> torch.Tensor:
    time.sleep(3600)
    return value


def _memory(value: torch.Tensor) -> torch.Tensor:
    return torch.stack([torch.zeros(1 << 28) for _ in range(64)]).sum() + value


def _raise(_: Any) -> None:
    raise RuntimeError("the converter says no")


def _segfault_in_export(_: Any) -> None:
    ctypes.string_at(0)


def _wrong_result(model: Any) -> None:
    (node,) = [node for node in model.graph.node if node.op_type == "Add"]
    node.op_type = "Sub"


def _wrong_dtype(model: Any) -> None:
    output = model.graph.output[0]
    model.graph.node.append(helper.make_node("Cast", [output.name], ["cast"], to=TensorProto.DOUBLE))
    output.name = "cast"
    output.type.tensor_type.elem_type = TensorProto.DOUBLE


def _wrong_shape(model: Any) -> None:
    output = model.graph.output[0]
    model.graph.node.append(helper.make_node("Flatten", [output.name], ["flat"], axis=0))
    output.CopyFrom(helper.make_tensor_value_info("flat", TensorProto.FLOAT, [1, 6]))


def _no_operator(model: Any) -> None:
    model.graph.node[-1].op_type = "NoSuchOperator"


def _nothing(_: Any) -> None:
    pass


PLANTED: Mapping[str, tuple[Callable[[torch.Tensor], torch.Tensor], Callable[[Any], None]]] = {
    "segfault": (_segfault, _nothing),
    "hang": (_hang, _nothing),
    "memory": (_memory, _nothing),
    "exception": (torch.relu, _raise),
    "segfault_in_export": (torch.relu, _segfault_in_export),
    "wrong_result": (torch.relu, _wrong_result),
    "wrong_dtype": (torch.relu, _wrong_dtype),
    "wrong_shape": (torch.relu, _wrong_shape),
    "no_operator": (torch.relu, _no_operator),
    "nothing": (torch.relu, _nothing),
}


def run(task: Mapping[str, Any], folder: Path, report: Report) -> None:
    """Run a task with its planted fault, or a real one."""
    if "planted" not in task:
        return real.run(task, folder, report)
    operator, spoil = PLANTED[task["planted"]]
    return run_task(task, lambda task: Planted(operator, spoil, task["inputs"]), folder, report)


class SpoiltPart(real.TorchCase):
    """A part of a model, and a converter that writes Tanh for Sigmoid."""

    def export(self, exporter: str, opset: int, path: Path) -> None:
        """Export, then spoil."""
        super().export(exporter, opset, path)
        model = onnx.load(str(path))
        for node in model.graph.node:
            node.op_type = "Tanh" if node.op_type == "Sigmoid" else node.op_type
        onnx.save(model, str(path))


class _Weight(torch.nn.Module):
    """A weight, as a generated model holds it: a module, which float64 reaches."""

    def __init__(self) -> None:
        super().__init__()
        self.value = torch.nn.Parameter(torch.linspace(0.1, 0.9, 6).reshape(2, 3))

    def forward(self) -> torch.Tensor:
        return self.value


def network(_: Mapping[str, Any]) -> Network:
    """Return a model of four operators and a weight, the third of which the converter gets wrong."""
    functions = (
        ("Constant", _Weight(), (), "w"),
        ("Abs", torch.abs, ("x",), "a"),
        ("Add", torch.add, ("a", "w"), "b"),
        ("Sigmoid", torch.sigmoid, ("b",), "c"),
        ("Exp", torch.exp, ("c",), "d"),
    )
    instructions = tuple(Instruction(name, {}, function, takes, (gives,)) for name, function, takes, gives in functions)
    feeds = [[np.random.default_rng(index).random((2, 3), dtype=np.float32)] for index in range(2)]
    return Network(
        instructions,
        ("x",),
        ("d",),
        feeds,
        lambda whole, kept, takes, gives, inputs: SpoiltPart(
            real.Part([whole.instructions[place] for place in kept], takes, gives), inputs, {}
        ),
    )


if __name__ == "__main__":
    about = {"exporter": real.TORCHSCRIPT, "opset": 18, "inputs": 2}
    print(json.dumps(reduce_task(sys.modules[__name__], about, CONVERTER, 0, 600)))  # noqa: T201
