"""The ways an ONNX graph is run: ONNX Runtime with and without its optimisations, ONNX's reference evaluator, in float64.

An executor takes the path of a model and gives a function from a feed (input name to array) to the list of outputs.
"""

from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np
import onnx
import onnxruntime
from onnx.reference import ReferenceEvaluator

from conversion.workers.evaluator_operators import Pad
from conversion.workers.float64_graph import in_float64
from conversion.workers.graph_nodes import OWN_DOMAINS

Feed = Mapping[str, Any]
Run = Callable[[Sequence[Any]], list[Any]]

ORT_ALL, ORT_OFF, ONNX_REFERENCE, ONNX_FLOAT64 = "ort_all", "ort_off", "onnx_reference", "onnx_float64"
WITHOUT_EFFECT_ON_OUTCOME = (ORT_OFF, ONNX_REFERENCE, ONNX_FLOAT64)


def onnx_runtime(model: Path | bytes, *, optimised: bool) -> Run:
    """Create a session on one thread of the CPU; with every optimisation (ONNX Runtime's default), or with none."""
    options = onnxruntime.SessionOptions()
    options.intra_op_num_threads = options.inter_op_num_threads = 1
    options.log_severity_level = 3
    levels = onnxruntime.GraphOptimizationLevel
    options.graph_optimization_level = levels.ORT_ENABLE_ALL if optimised else levels.ORT_DISABLE_ALL
    source = model if isinstance(model, bytes) else str(model)
    session = onnxruntime.InferenceSession(source, options, providers=["CPUExecutionProvider"])
    names = [value.name for value in session.get_inputs()]
    return lambda values: [np.asarray(output) for output in session.run(None, feed(names, values))]


def reference_evaluator(path: Path) -> Run:
    """Create ONNX's reference evaluator, which runs each operator as the specification's own Python code says."""
    return _evaluate(onnx.load(str(path)))


def float64_evaluator(path: Path) -> Run:
    """Create the reference evaluator on the graph with every type of floating point made float64."""
    run = _evaluate(in_float64(onnx.load(str(path))))
    return lambda values: run([as_float64(value) for value in values])


def as_float64(value: Any) -> Any:
    """Return floating point as float64 and everything else as it is."""
    return value.astype(np.float64) if value.dtype.kind == "f" else value


def feed(names: Sequence[str], values: Sequence[Any]) -> dict[str, Any]:
    """Name the inputs, by their place.

    Raises
    ------
    ValueError
        The ONNX graph has another number of inputs than the model.
    """
    if len(names) != len(values):
        raise ValueError(f"the ONNX graph has {len(names)} inputs, the model {len(values)}")
    return {name: np.asarray(value) for name, value in zip(names, values, strict=True)}


def evaluator_of(model: onnx.ModelProto) -> ReferenceEvaluator:
    """Return ONNX's reference evaluator on a model, with the operators that it has not whole."""
    version = max((entry.version for entry in model.opset_import if entry.domain in OWN_DOMAINS), default=0)
    return ReferenceEvaluator(model, new_ops=[Pad] if version >= 11 else None)  # its pads were attributes before


def _evaluate(model: onnx.ModelProto) -> Run:
    evaluator = evaluator_of(model)
    initialised = {value.name for value in model.graph.initializer}
    names = [value.name for value in model.graph.input if value.name not in initialised]

    def run(values: Sequence[Any]) -> list[Any]:
        with np.errstate(all="ignore"):
            return [np.asarray(output) for output in evaluator.run(None, feed(names, values))]

    return run


def model_in_onnx_runtime(model: onnx.ModelProto) -> Run:
    """Create a session with every optimisation for a model in memory."""
    return onnx_runtime(model.SerializeToString(), optimised=True)


def model_in_evaluator(model: onnx.ModelProto) -> Run:
    """Create the reference evaluator for a model in memory."""
    return _evaluate(model)


OPENERS: Mapping[str, Callable[[Path], Run]] = {
    ORT_ALL: lambda path: onnx_runtime(path, optimised=True),
    ORT_OFF: lambda path: onnx_runtime(path, optimised=False),
    ONNX_REFERENCE: reference_evaluator,
    ONNX_FLOAT64: float64_evaluator,
}
