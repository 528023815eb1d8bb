"""TensorFlow: models of every suite, eager and traced runs, float64, and the exporter tf2onnx."""

import hashlib
import importlib.metadata
import platform
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np
import onnx
import onnxruntime  # noqa: F401 - imported before the first fork
import tensorflow as tf
import tf2onnx.convert  # with its handlers and rewriters, which it would else import in each fork
from nnsmith.abstract.op import Input
from nnsmith.materialize.tensorflow import TFModelCPU

from conversion.workers import synthetic, trained_tensorflow
from conversion.workers.float64_tensorflow import float64_function
from conversion.workers.network import Instruction, Network, compute, simple_attributes
from conversion.workers.perturbed_tensorflow import perturbed_function
from conversion.workers.pipeline import run_task
from conversion.workers.stages import Report

TF2ONNX = "tf2onnx"
_PACKAGES = (
    "tensorflow-cpu",
    "tensorflow",
    "keras",
    "tf2onnx",
    "onnx",
    "onnxruntime",
    "nnsmith",
    "z3-solver",
    "numpy",
    "protobuf",
)


class TensorFlowCase:
    """A TensorFlow callable with its inputs.

    Parameters
    ----------
    call : callable
        Takes the inputs by position, gives a tensor or a sequence of tensors.
    inputs : list
        For each input the list of its arrays.
    description : mapping
        Fields of the row.
    """

    def __init__(self, call: Callable[..., Any], inputs: list[list[Any]], description: Mapping[str, Any]) -> None:
        self.call = lambda *values: tuple(tf.nest.flatten(call(*values)))
        self.inputs = inputs
        self.signature = [
            tf.TensorSpec(value.shape, value.dtype, name=f"input_{index}") for index, value in enumerate(inputs[0])
        ]
        self._eager(inputs[0])  # layers make their weights when they are first called
        self.function = tf.function(self.call, input_signature=self.signature, autograph=False)
        self.concrete = self.function.get_concrete_function()
        weights = [variable.numpy() for variable in self.concrete.variables]
        self.description: Mapping[str, Any] = {
            **description,
            "parameters": int(sum(weight.size for weight in weights)),
            "weights_sum": _weights_sum(weights),
        }

    def executors(self) -> Mapping[str, Callable[[Sequence[Any]], list[Any]]]:
        """Return the traced function, which tf2onnx converts and which is the reference, and the eager run."""
        return {"framework": lambda values: _arrays(self.concrete(*_tensors(values))), "eager": self._eager}

    def float64(self) -> Callable[[Sequence[Any]], list[Any]]:
        """Return the traced function's graph with every type of floating point made float64."""
        return float64_function(self.concrete)

    def perturbed(self) -> Callable[[Sequence[Any]], list[Any]]:
        """Return the traced function's graph with the last digits moved at random, anew in each call."""
        return perturbed_function(self.concrete)

    def export(self, exporter: str, opset: int, path: Path) -> None:
        """Export with tf2onnx, in process."""
        if exporter != TF2ONNX:
            raise ValueError(f"unknown exporter {exporter}")
        tf2onnx.convert.from_function(self.function, input_signature=self.signature, opset=opset, output_path=str(path))

    def _eager(self, values: Sequence[Any]) -> list[Any]:
        return _arrays(self.call(*_tensors(values)))


def _tensors(values: Sequence[Any]) -> list[Any]:
    return [tf.constant(value) for value in values]


def _arrays(outputs: Any) -> list[Any]:
    return [np.array(output.numpy()) for output in tf.nest.flatten(outputs)]


def _weights_sum(weights: Sequence[Any]) -> str:
    digest = hashlib.sha256()
    for weight in weights:
        digest.update(f"{weight.dtype}{weight.shape}".encode())
        digest.update(np.ascontiguousarray(weight).tobytes())
    return digest.hexdigest()[:16]


def _synthetic(task: Mapping[str, Any]) -> TensorFlowCase:
    graph, whole = _generated(task)
    call = _call(whole.instructions, whole.inputs, whole.leaves)
    return TensorFlowCase(call, whole.feeds, synthetic.describe(graph))


def network(task: Mapping[str, Any]) -> Network:
    """Generate a task's model as its instructions."""
    return _generated(task)[1]


def _generated(task: Mapping[str, Any]) -> tuple[Any, Network]:
    graph = synthetic.generate_graph("tensorflow", task)
    synthetic.seed_weights(task["seed"])
    model = TFModelCPU.from_gir(graph)
    operators = [each.iexpr.op for each in graph.insts if not isinstance(each.iexpr.op, Input)]
    instructions = tuple(
        Instruction(
            operator.name().removeprefix("core."),
            simple_attributes(operator),
            each.fwd_fn,
            tuple(each.inp_keys),
            tuple(each.out_keys),
        )
        for operator, each in zip(operators, model.net.instructions, strict=True)
    )
    feeds = synthetic.random_inputs(model.input_like, task)
    return graph, Network(instructions, tuple(model.input_like), tuple(graph.leaf_var()), feeds, _part)


def _call(instructions: Sequence[Instruction], takes: Sequence[str], gives: Sequence[str]) -> Callable[..., list[Any]]:
    """Return a function that runs instructions: NNSmith's own network does not track Keras 3's layers."""

    def call(*values: Any) -> list[Any]:
        known = compute(instructions, dict(zip(takes, values, strict=True)))
        return [known[name] for name in gives]

    return call


def _part(
    whole: Network, kept: Sequence[int], takes: Sequence[str], gives: Sequence[str], inputs: list[list[Any]]
) -> TensorFlowCase:
    return TensorFlowCase(_call([whole.instructions[place] for place in kept], takes, gives), inputs, {})


def _trained(task: Mapping[str, Any]) -> TensorFlowCase:
    return TensorFlowCase(*trained_tensorflow.make(task["model"], task["inputs"]))


SUITES: dict[str, Callable[[Mapping[str, Any]], TensorFlowCase]] = {
    "synthetic": _synthetic,
    "synthetic-all-types": _synthetic,
    "trained": _trained,
}


def on_one_thread() -> None:
    """Let the framework use one thread."""
    tf.config.threading.set_intra_op_parallelism_threads(1)
    tf.config.threading.set_inter_op_parallelism_threads(1)


def warm(folder: Path) -> None:
    """Do nothing: TensorFlow's first operation starts threads, which a fork would not have."""


def run(task: Mapping[str, Any], folder: Path, report: Report) -> None:
    """Run a task in this process, which ends with it."""
    on_one_thread()
    run_task(task, SUITES[task["suite"]], folder, report)


def versions() -> dict[str, str]:
    """Return the versions that a result rests on."""
    installed = {}
    for package in _PACKAGES:
        try:
            installed[package] = importlib.metadata.version(package)
        except importlib.metadata.PackageNotFoundError:
            continue
    return {"python": platform.python_version(), **installed, "onnx_opset": str(onnx.defs.onnx_opset_version())}
