"""A TensorFlow graph in which the last digit of each rounded result moves at random; see `conversion.workers.perturbed_torch`.

Behind each operator that rounds stands y·(1 + ε·s), s one of -1 and 1 drawn an element, where y is no whole number.
"""

from collections.abc import Callable, Sequence
from typing import Any

import numpy as np
import tensorflow as tf
from tensorflow.core.framework import graph_pb2, types_pb2
from tensorflow.python.framework.convert_to_constants import convert_variables_to_constants_v2

from conversion.workers.float64_tensorflow import session_of

# Operators whose results are exact
EXACT = frozenset((
    "Abs", "BatchToSpaceND", "BroadcastTo", "Bitcast", "Cast", "Ceil", "ClipByValue", "Concat", "ConcatV2",
    "DepthToSpace", "Diag", "DiagPart", "ExpandDims", "Fill", "Floor", "Gather", "GatherNd", "GatherV2", "Identity",
    "IdentityN", "MatrixBandPart", "MatrixDiag", "MatrixDiagV3", "Max", "MaxPool", "MaxPool3D", "MaxPoolV2", "Maximum",
    "Min", "Minimum", "MirrorPad", "Neg", "NoOp", "OneHot", "OnesLike", "Pack", "Pad", "PadV2", "Range", "Relu",
    "Relu6", "Reshape", "ResizeNearestNeighbor", "Reverse", "ReverseV2", "Rint", "Roll", "Round", "ScatterNd", "Select",
    "SelectV2", "Sign", "Slice", "SpaceToBatchND", "SpaceToDepth", "Split", "SplitV", "Squeeze", "StopGradient",
    "StridedSlice", "Tile", "TopK", "TopKV2", "Transpose", "Unpack", "Where", "ZerosLike",
))  # fmt: skip
_SEED = 1


def perturbed_function(concrete: Any) -> Callable[[Sequence[Any]], list[Any]]:
    """Return a function from the inputs' arrays to the outputs', anew perturbed in every call, by fixed seeds.

    Parameters
    ----------
    concrete : ConcreteFunction
        The traced function, inputs by position.
    """
    frozen = convert_variables_to_constants_v2(concrete, lower_control_flow=False)
    definition, renamed = perturb(frozen.graph)
    session = session_of(definition)
    inputs = [tensor.name for tensor in frozen.inputs]
    outputs = [renamed.get(tensor.name, tensor.name) for tensor in frozen.outputs]
    return lambda values: [
        np.asarray(output) for output in session.run(outputs, dict(zip(inputs, values, strict=True)))
    ]


def perturb(graph: Any) -> tuple[Any, dict[str, str]]:
    """Return a graph's definition with moved results, and which tensor now stands for which."""
    definition = graph_pb2.GraphDef()
    definition.CopyFrom(graph.as_graph_def())
    renamed: dict[str, str] = {}
    for operation in graph.get_operations():
        if operation.type in EXACT:
            continue
        for tensor in operation.outputs:
            if tensor.dtype == tf.float32 and not (operation.type == "Const" and tensor.shape.rank == 0):
                renamed[tensor.name] = f"{operation.name}/moved{tensor.value_index}:0"
    for node in definition.node:
        for place, source in enumerate(node.input):
            name = source if ":" in source else f"{source}:0"
            if name in renamed:
                node.input[place] = renamed[name].removesuffix(":0")
    for number, (source, target) in enumerate(renamed.items()):
        _move(definition, source.removesuffix(":0"), target.removesuffix(":0"), number)
    return definition, renamed


def _move(definition: Any, source: str, target: str, number: int) -> None:
    """Add the operators that move one tensor by a unit in the last place."""
    half, scale = np.float32(0.5), np.float32(np.finfo(np.float32).eps)

    def add(step: str, operator: str, *inputs: str, **types: int) -> str:
        node = definition.node.add(name=step, op=operator, input=inputs)
        for name, kind in types.items():
            node.attr[name].type = kind
        return step

    def constant(step: str, value: Any) -> str:
        node = definition.node.add(name=step, op="Const")
        node.attr["value"].tensor.CopyFrom(tf.make_tensor_proto(value))
        node.attr["dtype"].type = node.attr["value"].tensor.dtype
        return step

    real, whole = types_pb2.DT_FLOAT, types_pb2.DT_INT32
    add(f"{target}/shape", "Shape", source, T=real, out_type=whole)
    add(f"{target}/drawn", "RandomUniform", f"{target}/shape", T=whole, dtype=real)
    definition.node[-1].attr["seed"].i, definition.node[-1].attr["seed2"].i = _SEED, number + 1
    add(f"{target}/centred", "Sub", f"{target}/drawn", constant(f"{target}/half", half), T=real)
    add(f"{target}/sign", "Sign", f"{target}/centred", T=real)
    add(f"{target}/scaled", "Mul", f"{target}/sign", constant(f"{target}/scale", scale), T=real)
    add(f"{target}/factor", "AddV2", f"{target}/scaled", constant(f"{target}/one", np.float32(1)), T=real)
    add(f"{target}/product", "Mul", source, f"{target}/factor", T=real)
    add(f"{target}/floor", "Floor", source, T=real)
    add(f"{target}/whole", "Equal", source, f"{target}/floor", T=real)
    add(target, "SelectV2", f"{target}/whole", source, f"{target}/product", T=real)
