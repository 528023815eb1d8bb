"""The structure of an ONNX graph: which operator's result goes into which operator.

Rules, the study's where it has one:

- A node is an operator, named as in `conversion.workers.graphs`: the type alone in ONNX's own domain, else DOMAIN::TYPE.
- An edge leads from the node that gives a value to a node that takes it; values taken twice make one edge.
- Kept are the nodes on a path from an input of the graph to an output. Initialisers are no nodes; ``Constant`` nodes, and what
  is computed from constants alone, lie on no such path, so that an exporter that writes constants as nodes and one that writes
  them as initialisers yield the same structure. Inputs that an initialiser gives are none.
- Bodies of ``If``, ``Loop`` and ``Scan`` are entered (the study's script doesn't): what they capture comes from its giver,
  their own inputs from the node that holds the body; their outputs go where the holding node's go, which keeps its own edges.
"""

from collections.abc import Sequence
from dataclasses import dataclass, field

from onnx import GraphProto, ModelProto, NodeProto

from conversion.workers.graph_nodes import bodies, operator_name
from methods.labelled_graphs import LabelledGraph


def structure(model: ModelProto) -> LabelledGraph:
    """Return the operators on paths from a model's inputs to its outputs, with their edges.

    Parameters
    ----------
    model : ModelProto
        Its nodes in topological order, as ONNX demands; weights are not needed.

    Raises
    ------
    ValueError
        The nodes are not in topological order.
    """
    building = _Building()
    graph = model.graph
    initialised = {tensor.name for tensor in graph.initializer}
    building.inputs = {value.name for value in graph.input} - initialised
    building.known |= initialised | building.inputs | {tensor.values.name for tensor in graph.sparse_initializer}
    building.add(graph)
    outputs = [0] * len(building.labels)
    for value in graph.output:
        for place in building.givers.get(value.name, ()):
            outputs[place] += 1
    return LabelledGraph(
        tuple(building.labels), tuple(building.edges), tuple(building.reads), tuple(outputs)
    ).on_paths()


@dataclass
class _Building:
    """What is known of the values while nodes are added in order."""

    labels: list[str] = field(default_factory=list)
    edges: list[tuple[int, ...]] = field(default_factory=list)
    reads: list[int] = field(default_factory=list)  # how many inputs of the graph a node takes
    givers: dict[str, tuple[int, ...]] = field(default_factory=dict)
    inputs: set[str] = field(default_factory=set)
    known: set[str] = field(default_factory=set)

    def add(self, graph: GraphProto) -> None:
        for node in graph.node:
            place = self._add_node(node)
            results: list[list[int]] = [[place] for _ in node.output]
            for body in bodies(node):
                self.known |= {value.name for value in body.input} | {tensor.name for tensor in body.initializer}
                for value in body.input:
                    self.givers[value.name] = (place,)
                self.add(body)
                for places, value in zip(results, _results(node, body), strict=False):
                    places.extend(self.givers.get(value, ()))
            for name, places in zip(node.output, results, strict=True):
                self.givers[name] = tuple(sorted(set(places)))
                self.known.add(name)

    def _add_node(self, node: NodeProto) -> int:
        taken = {name for name in node.input if name}
        unknown = sorted(taken - self.known)
        if unknown:
            raise ValueError(f"{operator_name(node)} takes {', '.join(unknown)} before any node gives it")
        self.labels.append(operator_name(node))
        self.edges.append(tuple(sorted({place for name in taken for place in self.givers.get(name, ())})))
        self.reads.append(len(taken & self.inputs))
        return len(self.labels) - 1


def _results(node: NodeProto, body: GraphProto) -> Sequence[str]:
    """Return the body's outputs in the order of the node's; a loop's condition is none of them."""
    names = [value.name for value in body.output]
    return names[1:] if node.op_type == "Loop" else names
