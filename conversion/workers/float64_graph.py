"""An ONNX graph with every type of floating point made float64: initialisers, constants, casts, inputs, outputs.

Initialisers keep the values that they have in float32, so constants that an exporter folded stay rounded.
"""

import numpy as np
import onnx
from onnx import AttributeProto, GraphProto, ModelProto, TensorProto, numpy_helper

from conversion.workers.graph_nodes import nested_graphs

_NARROW = {TensorProto.FLOAT, TensorProto.FLOAT16, TensorProto.BFLOAT16}
# Attributes that name a type
_TYPES = {"to", "dtype", "output_dtype", "stash_type", "softmax_precision"}


def in_float64(model: ModelProto) -> ModelProto:
    """Return a copy of the model in float64; types of values inside are left out, to be inferred."""
    copy = ModelProto()
    copy.CopyFrom(model)
    for graph in nested_graphs(copy.graph):
        _widen_graph(graph)
    for function in copy.functions:
        for node in function.node:
            for attribute in node.attribute:
                _widen_attribute(attribute)
    return copy


def _widen_graph(graph: GraphProto) -> None:
    del graph.value_info[:]
    for value in [*graph.input, *graph.output]:
        tensor = value.type.tensor_type
        if tensor.elem_type in _NARROW:
            tensor.elem_type = TensorProto.DOUBLE
    for tensor in graph.initializer:
        _widen_tensor(tensor)
    for node in graph.node:
        if node.op_type == "ConstantOfShape" and not node.attribute:  # its default is a float32 zero
            node.attribute.append(onnx.helper.make_attribute("value", numpy_helper.from_array(np.zeros(1))))
        for attribute in node.attribute:
            _widen_attribute(attribute, node.op_type)


def _widen_attribute(attribute: AttributeProto, operator: str = "") -> None:
    if attribute.type == AttributeProto.TENSOR:
        _widen_tensor(attribute.t)
    elif operator == "Constant" and attribute.name in {"value_float", "value_floats"}:
        numbers = attribute.f if attribute.name == "value_float" else list(attribute.floats)
        tensor = numpy_helper.from_array(np.asarray(numbers, dtype=np.float64))
        attribute.CopyFrom(onnx.helper.make_attribute("value", tensor))
    elif attribute.name in _TYPES and attribute.type == AttributeProto.INT and attribute.i in _NARROW:
        attribute.i = TensorProto.DOUBLE


def _widen_tensor(tensor: TensorProto) -> None:
    if tensor.data_type in _NARROW:
        values = numpy_helper.to_array(tensor).astype(np.float64)
        name = tensor.name
        tensor.CopyFrom(numpy_helper.from_array(values, name))
