"""PyTorch: models of every suite, the reference in float32 and float64, and the exporters dynamo and TorchScript."""

import copy
import hashlib
import importlib.metadata
import platform
import warnings
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np
import onnx
import onnxruntime  # noqa: F401 - imported before the first fork
import torch
import torch.onnx
from nnsmith.materialize.torch import TorchModelCPU
from torch.utils._python_dispatch import TorchDispatchMode
from torch.utils._pytree import tree_map

from conversion.workers import architectures, synthetic, trained_torch
from conversion.workers.network import Instruction, Network, compute, simple_attributes
from conversion.workers.perturbed_torch import perturbed
from conversion.workers.pipeline import run_task
from conversion.workers.stages import Report

DYNAMO, TORCHSCRIPT = "torch.onnx-dynamo", "torch.onnx-torchscript"
_NARROW = (torch.float16, torch.bfloat16, torch.float32)
_PACKAGES = ("torch", "torchvision", "timm", "transformers", "onnx", "onnxscript", "onnx-ir", "onnxruntime", "nnsmith")
_LIBRARIES = ("z3-solver", "numpy", "protobuf")


class TorchCase:
    """A torch module with its inputs.

    Parameters
    ----------
    module : Module
        Takes the inputs by position, gives a tensor or a sequence of tensors.
    inputs : list
        For each input the list of its arrays.
    description : mapping
        Fields of the row.
    """

    def __init__(self, module: torch.nn.Module, inputs: list[list[Any]], description: Mapping[str, Any]) -> None:
        self.module = Outputs(module).eval()
        self.inputs = inputs
        tensors = [*self.module.named_parameters(), *self.module.named_buffers()]
        self.description: Mapping[str, Any] = {
            **description,
            "parameters": sum(tensor.numel() for _, tensor in tensors),
            "weights_sum": _weights_sum(tensors),
        }

    def executors(self) -> Mapping[str, Callable[[Sequence[Any]], list[Any]]]:
        """Return the eager run, which is torch's reference."""
        return {"framework": lambda values: _run(self.module, values)}

    def float64(self) -> Callable[[Sequence[Any]], list[Any]]:
        """Return the module with parameters, inputs and everything computed in between in float64."""
        module = copy.deepcopy(self.module).double()

        def run(values: Sequence[Any]) -> list[Any]:
            with Float64Mode():
                return _run(
                    module, [value.astype(np.float64) if value.dtype.kind == "f" else value for value in values]
                )

        return run

    def perturbed(self) -> Callable[[Sequence[Any]], list[Any]]:
        """Return the eager run with the last digits moved at random, anew in each call."""
        return perturbed(self.module, _run)

    def export(self, exporter: str, opset: int, path: Path) -> None:
        """Export with dynamo (the default of torch.onnx) or TorchScript."""
        arguments = tuple(torch.from_numpy(np.array(value)) for value in self.inputs[0])
        names = [f"input_{index}" for index in range(len(arguments))]
        with warnings.catch_warnings(), torch.no_grad():
            warnings.simplefilter("ignore")
            if exporter == DYNAMO:
                program = torch.onnx.export(self.module, arguments, dynamo=True, opset_version=opset, verbose=False)
                assert program is not None  # noqa: S101 - the signature allows None for TorchScript's sake
                program.save(str(path), external_data=False)
            elif exporter == TORCHSCRIPT:
                torch.onnx.export(
                    self.module, arguments, str(path), dynamo=False, opset_version=opset, input_names=names
                )
            else:
                raise ValueError(f"unknown exporter {exporter}")


class Outputs(torch.nn.Module):
    """Flattens what a model gives, whatever its container, into a tuple of tensors."""

    def __init__(self, module: torch.nn.Module) -> None:
        super().__init__()
        self.module = module

    def forward(self, *arguments: torch.Tensor) -> tuple[torch.Tensor, ...]:
        """Run the module."""
        return tuple(_tensors(self.module(*arguments)))


def _tensors(value: Any) -> list[torch.Tensor]:
    if isinstance(value, torch.Tensor):
        return [value]
    if isinstance(value, Mapping):
        value = list(value.values())
    if isinstance(value, list | tuple):
        return [tensor for part in value for tensor in _tensors(part)]
    return []


def _run(module: torch.nn.Module, values: Sequence[Any]) -> list[Any]:
    with torch.no_grad():
        outputs = module(*(torch.from_numpy(np.array(value)) for value in values))
    return [output.detach().contiguous().numpy().copy() for output in outputs]


class Float64Mode(TorchDispatchMode):
    """Every type of floating point that an operation is asked for, or given, becomes float64."""

    def __torch_dispatch__(self, func: Any, types: Any, args: Any = (), kwargs: Any = None) -> Any:
        """Run an operation in float64; one that writes into its argument gets the argument itself."""
        mutates = func._schema.is_mutable

        def widen(value: Any) -> Any:
            if value in _NARROW if isinstance(value, torch.dtype) else False:
                return torch.float64
            if isinstance(value, torch.Tensor) and value.dtype in _NARROW and not mutates:
                return value.double()
            return value

        args, kwargs = tree_map(widen, (args, kwargs or {}))
        return func(*args, **kwargs)


def _weights_sum(tensors: Sequence[tuple[str, torch.Tensor]]) -> str:
    digest = hashlib.sha256()
    for name, tensor in tensors:
        digest.update(f"{name}{tensor.dtype}{tuple(tensor.shape)}".encode())
        digest.update(tensor.detach().contiguous().numpy().tobytes())
    return digest.hexdigest()[:16]


def _generated(task: Mapping[str, Any]) -> tuple[Any, TorchModelCPU]:
    graph = synthetic.generate_graph("torch", task)
    synthetic.seed_weights(task["seed"])
    return graph, TorchModelCPU.from_gir(graph)


def _synthetic(task: Mapping[str, Any]) -> TorchCase:
    graph, model = _generated(task)
    module = model.native_model
    module.debug_numeric = lambda _: None  # hangs on the data, which dynamo refuses
    return TorchCase(module, synthetic.random_inputs(model.input_like, task), synthetic.describe(graph))


class Part(torch.nn.Module):
    """Some instructions of a generated model.

    Parameters
    ----------
    instructions : sequence of Instruction
        In the order of computation.
    takes, gives : sequence of str
        Names of what it takes and gives.
    """

    def __init__(self, instructions: Sequence[Instruction], takes: Sequence[str], gives: Sequence[str]) -> None:
        super().__init__()
        functions = [each.function for each in instructions]
        self.weighted = torch.nn.ModuleList(each for each in functions if isinstance(each, torch.nn.Module))
        self.instructions = instructions
        self.takes, self.gives = takes, gives

    def forward(self, *values: torch.Tensor) -> tuple[torch.Tensor, ...]:
        """Run the instructions."""
        known = compute(self.instructions, dict(zip(self.takes, values, strict=True)))
        return tuple(known[name] for name in self.gives)


def network(task: Mapping[str, Any]) -> Network:
    """Generate a task's model as its instructions."""
    graph, model = _generated(task)
    instructions = tuple(
        Instruction(
            operator.name().removeprefix("core."), simple_attributes(operator), function, tuple(takes), tuple(gives)
        )
        for function, takes, gives, operator in model.native_model.instructions
    )
    feeds = synthetic.random_inputs(model.input_like, task)
    return Network(instructions, tuple(model.input_like), tuple(graph.leaf_var()), feeds, _part)


def _part(
    whole: Network, kept: Sequence[int], takes: Sequence[str], gives: Sequence[str], inputs: list[list[Any]]
) -> TorchCase:
    return TorchCase(Part([whole.instructions[place] for place in kept], takes, gives), inputs, {})


def _architecture(task: Mapping[str, Any]) -> TorchCase:
    return TorchCase(*architectures.make(task["model"], task["seed"], task["inputs"]))


def _trained(task: Mapping[str, Any]) -> TorchCase:
    return TorchCase(*trained_torch.make(task["model"], task["inputs"]))


SUITES: dict[str, Callable[[Mapping[str, Any]], TorchCase]] = {
    "synthetic": _synthetic,
    "synthetic-all-types": _synthetic,
    "architectures": _architecture,
    "trained": _trained,
}


def on_one_thread() -> None:
    """Let the framework use one thread, and algorithms whose results are the same each time."""
    torch.set_num_threads(1)
    torch.use_deterministic_algorithms(True, warn_only=True)


def warm(folder: Path) -> None:
    """Export a model of one operator, so that forks find imported and cached what an export needs: half of dynamo's time.

    On one thread no pool starts, so forks stay clean.
    """
    on_one_thread()
    case = TorchCase(torch.nn.ReLU(), [[np.ones(2, dtype=np.float32)]], {})
    for exporter in (DYNAMO, TORCHSCRIPT):
        case.export(exporter, 18, folder / "warm.onnx")
    _run(case.module, case.inputs[0])
    case.float64()(case.inputs[0])
    case.perturbed()(case.inputs[0])


def run(task: Mapping[str, Any], folder: Path, report: Report) -> None:
    """Run a task in this process, which ends with it."""
    run_task(task, SUITES[task["suite"]], folder, report)


def versions() -> dict[str, str]:
    """Return the versions that a result rests on."""
    installed = {}
    for package in (*_PACKAGES, *_LIBRARIES):
        try:
            installed[package] = importlib.metadata.version(package)
        except importlib.metadata.PackageNotFoundError:
            continue
    return {"python": platform.python_version(), **installed, "onnx_opset": str(onnx.defs.onnx_opset_version())}
