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
import tf2onnx
from nnsmith.materialize.tensorflow import TFModelCPU

from conversion.workers import synthetic, trained_tensorflow
from conversion.workers.float64_tensorflow import float64_function
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
    graph = synthetic.generate_graph("tensorflow", task)
    synthetic.seed_weights(task["seed"])
    model = TFModelCPU.from_gir(graph)
    instructions, names, leaves = model.net.instructions, list(model.input_like), graph.leaf_var()

    def call(*values: Any) -> list[Any]:
        """Run the graph: NNSmith's own network does not track Keras 3's layers."""
        known = dict(zip(names, values, strict=True))
        for instruction in instructions:
            outputs = instruction.fwd_fn(*[known[key] for key in instruction.inp_keys])
            known.update(zip(instruction.out_keys, outputs if isinstance(outputs, list) else [outputs], strict=False))
        return [known[leaf] for leaf in leaves]

    return TensorFlowCase(call, synthetic.random_inputs(model.input_like, task), synthetic.describe(graph))


def _trained(task: Mapping[str, Any]) -> TensorFlowCase:
    return TensorFlowCase(*trained_tensorflow.make(task["model"], task["inputs"]))


SUITES: dict[str, Callable[[Mapping[str, Any]], TensorFlowCase]] = {
    "synthetic": _synthetic,
    "synthetic-all-types": _synthetic,
    "trained": _trained,
}


def warm(folder: Path) -> None:
    """Do nothing: TensorFlow's first operation starts threads, which a fork would not have."""


def run(task: Mapping[str, Any], folder: Path, report: Report) -> None:
    """Run a task in this process, which ends with it."""
    tf.config.threading.set_intra_op_parallelism_threads(1)
    tf.config.threading.set_inter_op_parallelism_threads(1)
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
