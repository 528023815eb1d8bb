"""What every reader of ONNX graphs asks of a node: its operator's name, and the graphs inside it."""

from collections.abc import Iterator
from functools import cache

from onnx import AttributeProto, GraphProto, NodeProto, defs, helper

OWN_DOMAINS = frozenset({"", "ai.onnx"})


def operator_name(node: NodeProto) -> str:
    """Return an operator's name: DOMAIN::TYPE outside ONNX's own domain."""
    return node.op_type if node.domain in OWN_DOMAINS else f"{node.domain}::{node.op_type}"


def bodies(node: NodeProto) -> Iterator[GraphProto]:
    """Yield the graphs that a node holds, such as the branches of an ``If``; not those inside them."""
    for attribute in node.attribute:
        if attribute.type == AttributeProto.GRAPH:
            yield attribute.g
        elif attribute.type == AttributeProto.GRAPHS:
            yield from attribute.graphs


def nested_graphs(graph: GraphProto) -> Iterator[GraphProto]:
    """Yield a graph and, one behind the other, all graphs inside its nodes."""
    yield graph
    for node in graph.node:
        for body in bodies(node):
            yield from nested_graphs(body)


def attribute_texts(node: NodeProto) -> dict[str, str]:
    """Return a node's attributes as text, defaults included; numbers, words and lists, tensors and graphs as ``…``.

    Defaults are those of the operator's newest version: exporters write some of them out, and others not.
    """
    texts = {name: _text(value) for name, value in _defaults(node.op_type, node.domain)}
    return texts | {attribute.name: _text(attribute) for attribute in node.attribute}


@cache
def _defaults(operator: str, domain: str) -> tuple[tuple[str, AttributeProto], ...]:
    if not defs.has(operator, domain):
        return ()
    attributes = defs.get_schema(operator, domain).attributes
    return tuple((name, one.default_value) for name, one in sorted(attributes.items()) if one.default_value.name)


def _text(attribute: AttributeProto) -> str:
    value = helper.get_attribute_value(attribute)
    if isinstance(value, bytes):
        return value.decode()
    return str(value) if isinstance(value, int | float | list) else "…"
