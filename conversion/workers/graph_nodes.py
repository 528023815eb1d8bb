"""What every reader of ONNX graphs asks of a node: its operator's name, and the graphs inside it."""

from collections.abc import Iterator

from onnx import AttributeProto, GraphProto, NodeProto

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
