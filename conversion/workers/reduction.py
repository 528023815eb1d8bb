"""Smaller graphs that still show a fault: delta debugging over the nodes of an ONNX graph, and over its inputs.

A part of a graph is a model of its own: what its nodes take from outside becomes an input with the value that it had in the whole
graph. So a part does not hang on what came before it, and a fault of one kernel is reduced to one node. All is deterministic, and a
deadline ends it with the smallest model found so far.

Source: A. Zeller, R. Hildebrandt, "Simplifying and Isolating Failure-Inducing Input", IEEE TSE 28(2), 2002 (ddmin).
"""

import time
from collections.abc import Callable, Mapping, Sequence
from functools import partial
from typing import Any, NamedTuple

import numpy as np
import onnx
from onnx import ModelProto, NodeProto, ValueInfoProto, helper, numpy_helper

from conversion.workers.graph_nodes import bodies

Feed = dict[str, "np.ndarray[Any, Any]"]
Fails = Callable[[ModelProto, Feed], bool]
_Cut = Callable[[Feed, int, slice], Feed]  # feed, length of the axes, piece that is left
_ROUNDED = 2  # digits that inputs are rounded to, where the fault stays


class Reduced(NamedTuple):
    """A model with the input on which it shows the fault.

    Attributes
    ----------
    model : ModelProto
        Its inputs have no initialisers.
    feed : dict
        Input name to array.
    steps : tuple of str
        What was done, in order, in words that a reader can follow.
    complete : bool
        False where the deadline ended the search.
    """

    model: ModelProto
    feed: Feed
    steps: tuple[str, ...]
    complete: bool


def taken_by(node: NodeProto) -> list[str]:
    """Return the names of the values that a node takes from outside itself, those that its bodies capture included."""
    names = [name for name in node.input if name]
    for body in bodies(node):
        own = {value.name for value in body.input} | {tensor.name for tensor in body.initializer}
        for inner in body.node:
            names.extend(name for name in taken_by(inner) if name not in own)
            own |= set(inner.output)
        names.extend(value.name for value in body.output if value.name not in own)
    return list(dict.fromkeys(names))


def part(model: ModelProto, kept: Sequence[int], values: Mapping[str, Any]) -> tuple[ModelProto, Feed]:
    """Return some nodes of a model as a model of their own, with the values that they take from outside.

    Parameters
    ----------
    model : ModelProto
        The whole.
    kept : sequence of int
        Places of the nodes, ascending.
    values : mapping
        The value of every input and of every node's output in the whole, by name.

    Raises
    ------
    KeyError
        A value from outside is not known.
    """
    graph = model.graph
    nodes = [graph.node[place] for place in kept]
    initialised = {tensor.name: tensor for tensor in graph.initializer}
    made = {name for node in nodes for name in node.output if name}
    taken = list(dict.fromkeys(name for node in nodes for name in taken_by(node)))
    feed = {name: np.asarray(values[name]) for name in taken if name not in made and name not in initialised}
    used = {name for node in nodes for name in taken_by(node)}
    outputs = [name for node in nodes for name in node.output if name and name not in used and name in values] or [
        name for node in nodes[-1:] for name in node.output if name
    ]
    return _model(
        model,
        nodes,
        feed,
        {name: values[name] for name in outputs},
        [initialised[n] for n in taken if n in initialised],
    ), feed


def reduce_graph(
    model: ModelProto,
    values: Mapping[str, Any],
    fails: Fails,
    *,
    deadline: float,
    clock: Callable[[], float] = time.monotonic,
) -> Reduced:
    """Return the smallest part of a model found that still shows the fault.

    Parameters
    ----------
    model : ModelProto
        Shows it with `values`.
    values : mapping
        See `part`.
    fails : callable
        Tells whether a model shows the fault on a feed; a model that can't be run does not.
    deadline : float
        By `clock`, when to stop.

    Raises
    ------
    ValueError
        The whole does not show the fault.
    """
    count = len(model.graph.node)
    tried: dict[tuple[int, ...], bool] = {}

    def shows(kept: Sequence[int]) -> bool:
        key = tuple(kept)
        if key not in tried:
            try:
                tried[key] = bool(kept) and fails(*part(model, kept, values))
            except KeyError:
                tried[key] = False
        return tried[key]

    def expired() -> bool:
        return clock() >= deadline

    everything = list(range(count))
    if not shows(everything):
        raise ValueError("the whole model does not show the fault")
    single = next((place for place in everything if not expired() and shows([place])), None)
    kept = [single] if single is not None else ddmin(everything, shows, expired)
    smallest, feed = part(model, kept, values)
    operators = ", ".join(node.op_type for node in smallest.graph.node)
    steps = [f"{count} nodes to {len(kept)}: {operators}"]
    feed, more = smaller_inputs(feed, lambda smaller: fails(with_feed(smallest, smaller), smaller), expired)
    return Reduced(with_feed(smallest, feed), feed, (*steps, *more), not expired())


def ddmin(kept: list[int], shows: Callable[[Sequence[int]], bool], expired: Callable[[], bool]) -> list[int]:
    """Return a set of places from which no single chunk can be taken, at the finest division.

    Parameters
    ----------
    kept : list of int
        Ascending; they show the fault.
    shows : callable
        Tells whether some of them do.
    expired : callable
        Tells when to stop.
    """
    chunks = 2
    while len(kept) > 1 and not expired():
        size = -(-len(kept) // chunks)
        pieces = [kept[start : start + size] for start in range(0, len(kept), size)]
        without = [[place for place in kept if place not in piece] for piece in pieces]
        found = next((smaller for smaller in (*pieces, *without) if not expired() and shows(smaller)), None)
        if found is not None and len(found) < len(kept):
            kept, chunks = found, max(2, min(chunks - 1, len(found)))
        elif chunks >= len(kept):
            break
        else:
            chunks = min(len(kept), 2 * chunks)
    return kept


def smaller_inputs(
    feed: Feed, shows: Callable[[Feed], bool], expired: Callable[[], bool]
) -> tuple[Feed, tuple[str, ...]]:
    """Cut axes, to the first place or by halves, those of equal length together and then each alone, while the fault stays.

    At last the numbers are rounded.

    Parameters
    ----------
    feed : dict
        Input name to array; shows the fault.
    shows : callable
        Tells whether another feed does.
    expired : callable
        Tells when to stop.

    Returns
    -------
    feed : dict
        The least found.
    steps : tuple of str
        What was done.
    """

    def still(smaller: Feed) -> bool:
        return not expired() and shows(smaller)

    steps: list[str] = []
    lengths = sorted({size for value in feed.values() for size in value.shape if size > 1}, reverse=True)
    for whole in lengths:
        # axes that had a shorter length before would be cut with these
        feed, start, end = _cut_down(feed, whole, _cut_equal, still, until=lengths)
        if end - start < whole:
            steps.append(f"axes of {whole} cut to {start}:{end}")
    for number, (name, value) in enumerate(list(feed.items())):
        for axis, whole in enumerate(value.shape):
            feed, start, end = _cut_down(feed, whole, partial(_cut_axis, name, axis), still)
            if end - start < whole:
                steps.append(f"axis {axis} of input {number}, of {whole}, cut to {start}:{end}")
    rounded = {
        name: np.round(value, _ROUNDED).astype(value.dtype) if value.dtype.kind == "f" else value
        for name, value in feed.items()
    }
    if any((rounded[name] != feed[name]).any() for name in feed) and still(rounded):
        feed = rounded
        steps.append(f"numbers rounded to {_ROUNDED} digits")
    return feed, tuple(steps)


def _cut_down(
    feed: Feed,
    whole: int,
    cut: _Cut,
    still: Callable[[Feed], bool],
    until: Sequence[int] = (),
) -> tuple[Feed, int, int]:
    """Cut axes of a length again and again while the fault stays; return the feed and the piece that is left of the axes."""
    start, length = 0, whole
    while length > 1:
        pieces = [(0, 1), (0, 2), (0, length // 2), (length // 2, length)]
        for first, last in dict.fromkeys(piece for piece in pieces if piece[1] - piece[0] < length):
            smaller = cut(feed, length, slice(first, last))
            if still(smaller):
                feed, start, length = smaller, start + first, last - first
                break
        else:
            break
        if length in until:
            break
    return feed, start, start + length


def _cut_equal(feed: Feed, length: int, places: slice) -> Feed:
    return {
        name: value[tuple(places if size == length else slice(None) for size in value.shape)]
        for name, value in feed.items()
    }


def _cut_axis(name: str, axis: int, feed: Feed, _: int, places: slice) -> Feed:
    return {**feed, name: feed[name][(slice(None),) * axis + (places,)]}


def with_feed(model: ModelProto, feed: Feed) -> ModelProto:
    """Return a model whose inputs are declared with the types and shapes of a feed, and whose outputs have axes of any length."""
    copy = ModelProto()
    copy.CopyFrom(model)
    for place, value in enumerate(model.graph.input):
        copy.graph.input[place].CopyFrom(_declared(value.name, feed[value.name]))
    for output in copy.graph.output:
        for size in output.type.tensor_type.shape.dim:
            size.Clear()
    return copy


def _model(
    whole: ModelProto, nodes: Sequence[NodeProto], feed: Feed, outputs: Mapping[str, Any], initialisers: Sequence[Any]
) -> ModelProto:
    graph = helper.make_graph(
        nodes,
        "part",
        [_declared(name, value) for name, value in feed.items()],
        [helper.make_tensor_value_info(name, _type(value), [None] * np.ndim(value)) for name, value in outputs.items()],
        initialisers,
    )
    made = helper.make_model(graph, opset_imports=whole.opset_import, functions=whole.functions)
    made.ir_version = whole.ir_version
    return made


def _declared(name: str, value: Any) -> ValueInfoProto:
    return helper.make_tensor_value_info(name, _type(value), value.shape)


def _type(value: Any) -> int:
    return int(helper.np_dtype_to_tensor_dtype(np.asarray(value).dtype))


def as_text(model: ModelProto) -> str:
    """Return a model in ONNX's text form, initialisers as constants so that their numbers stand in it."""
    copy = ModelProto()
    copy.CopyFrom(model)
    constants = [
        helper.make_node("Constant", [], [tensor.name], value=numpy_helper.from_array(numpy_helper.to_array(tensor)))
        for tensor in copy.graph.initializer
    ]
    nodes = [*constants, *copy.graph.node]
    del copy.graph.initializer[:], copy.graph.node[:]
    copy.graph.node.extend(nodes)
    return str(onnx.printer.to_text(copy))
