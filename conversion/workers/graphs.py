"""What a row tells of an ONNX graph, and the graph without its weights, which operator sequences are read from."""

import re
from collections import Counter
from collections.abc import Iterator
from typing import Any

import onnx
from onnx import AttributeProto, GraphProto, ModelProto, NodeProto, TensorProto

from conversion.workers.graph_nodes import OWN_DOMAINS, nested_graphs, operator_name

DEFAULT_DOMAIN = ""
_KEPT_ELEMENTS = 64  # shapes, axes and scalars stay readable


def describe(model: ModelProto) -> dict[str, Any]:
    """Return opset read back, other domains, IR version, number of nodes, and operators with the types of their inputs.

    ``operators`` maps an operator to the counts of its nodes by the types of their inputs, such as
    ``{"Conv": {"float32,float32": 3}}``; an unknown type is ``?``.
    """
    opsets = {entry.domain: entry.version for entry in model.opset_import}
    types = value_types(model)
    operators: dict[str, Counter[str]] = {}
    for node in _nodes(model.graph):
        name = operator_name(node)
        operators.setdefault(name, Counter())[
            ",".join(types.get(value, "?") if value else "" for value in node.input)
        ] += 1
    return {
        "opset_written": opsets.get(DEFAULT_DOMAIN, opsets.get("ai.onnx")),
        "other_domains": {domain: version for domain, version in opsets.items() if domain not in OWN_DOMAINS},
        "ir_version": model.ir_version,
        "onnx_nodes": sum(1 for _ in _nodes(model.graph)),
        "operators": {name: dict(sorted(counts.items())) for name, counts in sorted(operators.items())},
    }


def without_weights(model: ModelProto) -> ModelProto:
    """Return the graph with the contents of all but small tensors taken out; types and shapes stay.

    Initialisers are named and ordered by their first use, numbers in values' names given anew in order, nodes' names left out:
    tf2onnx gives them in the order of a set. So are notes, in which exporters write where the model's code lies.
    """
    copy = ModelProto()
    copy.CopyFrom(model)
    for tensor in _tensors(copy.graph):
        elements = 1
        for size in tensor.dims:
            elements *= size
        if elements > _KEPT_ELEMENTS:
            for field in (
                "raw_data",
                "float_data",
                "int32_data",
                "int64_data",
                "double_data",
                "uint64_data",
                "string_data",
            ):
                tensor.ClearField(field)
    _name_initialisers(copy.graph)
    _number_values(copy.graph)
    for graph in nested_graphs(copy.graph):
        for part in [graph, *graph.node, *graph.initializer, *graph.input, *graph.output]:
            part.ClearField("doc_string")
            part.ClearField("metadata_props")
        for node in graph.node:
            node.ClearField("name")
    copy.ClearField("doc_string")
    copy.ClearField("metadata_props")
    return copy


def _number_values(graph: GraphProto) -> None:
    """Give the numbers that tf2onnx appends to values' names anew, in the order of the nodes."""
    fixed = {value.name for value in [*graph.input, *graph.output]}
    numbers: dict[str, str] = {}
    for node in _nodes(graph):
        for names in (node.input, node.output):
            for index, name in enumerate(names):
                found = re.fullmatch(r"(.*)__\d+(:\d+)?", name)
                if found and name not in fixed:
                    names[index] = numbers.setdefault(name, f"{found[1]}__{len(numbers)}{found[2] or ''}")


def _name_initialisers(graph: GraphProto) -> None:
    """Rename and order a graph's own initialisers; those that are inputs or outputs too keep their names."""
    fixed = {value.name for value in [*graph.input, *graph.output]}
    own = {tensor.name for tensor in graph.initializer} - fixed
    names: dict[str, str] = {}
    for node in _nodes(graph):
        for index, value in enumerate(node.input):
            if value in own:
                node.input[index] = names.setdefault(value, f"initialiser_{len(names)}")
    for tensor in graph.initializer:
        if tensor.name in own:
            tensor.name = names.get(tensor.name, f"unused_{tensor.name}")
    place = {name: number for number, name in enumerate(names.values())}
    ordered = sorted(graph.initializer, key=lambda tensor: (place.get(tensor.name, len(place)), tensor.name))
    kept = [TensorProto.FromString(tensor.SerializeToString()) for tensor in ordered]
    del graph.initializer[:], graph.value_info[:]
    graph.initializer.extend(kept)


def value_types(model: ModelProto) -> dict[str, str]:
    """Name the type of each value, as far as shape inference knows it."""
    try:
        inferred = onnx.shape_inference.infer_shapes(model)
    except Exception:
        inferred = model
    types: dict[str, str] = {}
    for graph in nested_graphs(inferred.graph):
        for value in [*graph.input, *graph.output, *graph.value_info]:
            types[value.name] = _type_name(value.type.tensor_type.elem_type)
        for tensor in graph.initializer:
            types[tensor.name] = _type_name(tensor.data_type)
    return types


def _type_name(code: int) -> str:
    if code == TensorProto.UNDEFINED:
        return "?"
    name = str(TensorProto.DataType.Name(code)).lower()
    return {"float": "float32", "double": "float64"}.get(name, name)


def _nodes(graph: GraphProto) -> Iterator[NodeProto]:
    for inner in nested_graphs(graph):
        yield from inner.node


def _tensors(graph: GraphProto) -> Iterator[TensorProto]:
    for inner in nested_graphs(graph):
        yield from inner.initializer
        for node in inner.node:
            for attribute in node.attribute:
                if attribute.type == AttributeProto.TENSOR:
                    yield attribute.t
