"""A TensorFlow graph with every type of floating point made float64: the truth that float32 results are measured by.

The traced function is frozen (variables become constants) and its graph rewritten: types, constants, casts. Operators that
exist in float32 alone make the rewritten graph invalid: an executor's failure, never a verdict. Resizes give float32 by
definition; they are followed by a cast, so they count as rounded there. Local response normalisation, which generated
models often hold, is written out with a matrix product.
"""

from collections.abc import Callable, Sequence
from typing import Any

import numpy as np
import tensorflow as tf
from tensorflow.core.framework import graph_pb2, types_pb2
from tensorflow.python.framework.convert_to_constants import convert_variables_to_constants_v2

_NARROW = {types_pb2.DT_HALF, types_pb2.DT_BFLOAT16, types_pb2.DT_FLOAT}
# Their float32 result is no choice of an attribute
_FLOAT32_RESULT = {"ResizeBilinear", "ResizeBicubic", "ResizeArea"}


def float64_function(concrete: Any) -> Callable[[Sequence[Any]], list[Any]]:
    """Return a function from the inputs' arrays to the outputs', computed in float64.

    Parameters
    ----------
    concrete : ConcreteFunction
        The traced function, inputs by position.
    """
    frozen = convert_variables_to_constants_v2(concrete, lower_control_flow=False)
    definition = frozen.graph.as_graph_def()
    for node in [node for node in definition.node if node.op == "LRN"]:
        channels = frozen.graph.get_operation_by_name(node.name).inputs[0].shape[-1]
        if channels is not None:
            _write_out_normalisation(definition, node, channels)
    widened = widen(definition)
    session = session_of(widened)
    inputs, outputs = ([tensor.name for tensor in side] for side in (frozen.inputs, frozen.outputs))

    def run(values: Sequence[Any]) -> list[Any]:
        wide = [value.astype(np.float64) if value.dtype.kind == "f" else value for value in values]
        return [np.asarray(output) for output in session.run(outputs, dict(zip(inputs, wide, strict=True)))]

    return run


def session_of(definition: Any) -> Any:
    """Return a session on one thread that runs a graph definition as it stands, without rewriting it."""
    graph = tf.Graph()
    with graph.as_default():
        tf.graph_util.import_graph_def(definition, name="")
    config = tf.compat.v1.ConfigProto(intra_op_parallelism_threads=1, inter_op_parallelism_threads=1)
    config.graph_options.rewrite_options.disable_meta_optimizer = True
    return tf.compat.v1.Session(graph=graph, config=config)


def widen(graph: Any) -> Any:
    """Return a copy of a graph definition in float64."""
    copy = graph_pb2.GraphDef()
    copy.CopyFrom(graph)
    for node in [*copy.node, *(node for function in copy.library.function for node in function.node_def)]:
        _widen_node(node)
    _cast_results(copy)
    return copy


def _widen_node(node: Any) -> None:
    for value in node.attr.values():
        if value.HasField("type") and value.type in _NARROW:
            value.type = types_pb2.DT_DOUBLE
        elif value.HasField("list"):
            for index, kind in enumerate(value.list.type):
                if kind in _NARROW:
                    value.list.type[index] = types_pb2.DT_DOUBLE
        elif value.HasField("tensor") and value.tensor.dtype in _NARROW:
            numbers = tf.make_ndarray(value.tensor).astype(np.float64)
            value.tensor.CopyFrom(tf.make_tensor_proto(numbers, shape=numbers.shape))


def _cast_results(graph: Any) -> None:
    """Put a cast to float64 behind each operator whose result is float32 whatever it is given."""
    renamed = {node.name: f"{node.name}/as_float64" for node in graph.node if node.op in _FLOAT32_RESULT}
    for node in graph.node:
        for index, source in enumerate(node.input):
            if source.split(":")[0] in renamed:
                node.input[index] = renamed[source.split(":")[0]]
    for name, cast in renamed.items():
        node = graph.node.add(name=cast, op="Cast", input=[name])
        node.attr["SrcT"].type = types_pb2.DT_FLOAT
        node.attr["DstT"].type = types_pb2.DT_DOUBLE


def _write_out_normalisation(graph: Any, node: Any, channels: int) -> None:
    """Replace ``LRN`` by x / (bias + alpha · Σ x²)^beta, the sum over neighbouring channels: a product with a banded matrix."""
    radius, bias = node.attr["depth_radius"].i, node.attr["bias"].f
    alpha, beta = node.attr["alpha"].f, node.attr["beta"].f
    places = np.arange(channels)
    band = (np.abs(places[:, None] - places[None, :]) <= radius).astype(np.float32)
    source, name = str(node.input[0]), str(node.name)

    def part(step: str) -> str:
        return f"{name}/{step}"

    constants = {
        "band": band,
        "flat": np.array([-1, channels], dtype=np.int32),
        "alpha": np.float32(alpha),
        "bias": np.float32(bias),
    }
    for label, value in {**constants, "beta": np.float32(beta)}.items():
        constant = graph.node.add(name=part(label), op="Const")
        constant.attr["value"].tensor.CopyFrom(tf.make_tensor_proto(value))
        constant.attr["dtype"].type = constant.attr["value"].tensor.dtype
    steps = (
        ("square", "Square", [source]),
        ("rows", "Reshape", [part("square"), part("flat")]),
        ("sums", "MatMul", [part("rows"), part("band")]),
        ("shape", "Shape", [source]),
        ("placed", "Reshape", [part("sums"), part("shape")]),
        ("scaled", "Mul", [part("placed"), part("alpha")]),
        ("moved", "AddV2", [part("scaled"), part("bias")]),
        ("power", "Pow", [part("moved"), part("beta")]),
    )
    for step, operator, inputs in steps:
        added = graph.node.add(name=part(step), op=operator, input=inputs)
        added.attr["T"].type = types_pb2.DT_FLOAT
    node.Clear()
    node.name, node.op = name, "RealDiv"
    node.input.extend([source, part("power")])
    node.attr["T"].type = types_pb2.DT_FLOAT
