"""Faults planted in an exported graph, and re-orderings that are none: what the attribution is calibrated and tested with.

A planted graph is given to those executors that the party at fault stands for: to all for a converter, to ONNX Runtime alone for a
kernel, to its optimised run alone for an optimiser. That choice is made later, from the same runs (`conversion.injection`).
"""

from collections.abc import Callable, Iterator, Mapping
from typing import Any, NamedTuple

import numpy as np
import onnx
from onnx import AttributeProto, ModelProto, NodeProto, TensorProto, helper, numpy_helper

SIZES = tuple(10.0**-exponent for exponent in range(1, 8))
_FLOATS = (TensorProto.FLOAT, TensorProto.DOUBLE, TensorProto.FLOAT16)


class Planted(NamedTuple):
    """A spoilt graph: what kind of fault, at which operator, of which relative size (None where the kind has none)."""

    kind: str
    operator: str
    size: float | None
    model: ModelProto


Shapes = Mapping[str, tuple[int, tuple[int, ...]]]  # name → element type and shape, where both are known
Spoil = Callable[[ModelProto, NodeProto, Shapes], bool]


def planted(model: ModelProto) -> Iterator[Planted]:
    """Yield planted graphs: each kind of fault at one operator where it fits, sizes in turn at one, then re-orderings.

    Parameters
    ----------
    model : ModelProto
        A correct graph; it is left as it is, and chooses the operators: the same graph, the same faults.
    """
    shapes, random = _shapes(model), np.random.default_rng(len(model.graph.node))
    for kind, spoil in {**FAULTS, **REORDERINGS}.items():
        found = _first(model, shapes, spoil, random)
        if found is not None:
            yield Planted(kind, found[0], None, found[1])
    places = [index for index, node in enumerate(model.graph.node) if _floating(shapes, node.output[0])]
    if places:
        place = int(random.choice(places))
        for size in SIZES:
            copy = _copy(model)
            _scale(copy, place, size)
            yield Planted("scale", model.graph.node[place].op_type, size, copy)


def _first(model: ModelProto, shapes: Shapes, spoil: Spoil, random: Any) -> tuple[str, ModelProto] | None:
    """Try the operators in random order; return the first that could be spoilt, and the spoilt graph."""
    for place in random.permutation(len(model.graph.node)):
        copy = _copy(model)
        node = copy.graph.node[int(place)]
        operator = node.op_type
        if spoil(copy, node, shapes):
            return operator, copy
    return None


# ---------------------------------------------------------------- faults


def _wrong_epsilon(model: ModelProto, node: NodeProto, shapes: Shapes) -> bool:
    for attribute in node.attribute:
        if attribute.name == "epsilon":
            attribute.f = 1e-3 if attribute.f < 1e-3 else 1e-5
            return True
    return False


def _wrong_axis(model: ModelProto, node: NodeProto, shapes: Shapes) -> bool:
    """Take another axis where the result has the same shape."""
    known = shapes.get(node.input[0]) if node.input else None
    if node.op_type not in {"Softmax", "LogSoftmax", "Hardmax", "ArgMax", "ArgMin"} or known is None:
        return False
    shape = known[1]
    for attribute in node.attribute:
        if attribute.name == "axis":
            old = attribute.i % len(shape)
            keeps_shape = not node.op_type.startswith("Arg")
            others = [
                axis
                for axis, length in enumerate(shape)
                if axis != old and length > 1 and (keeps_shape or length == shape[old])
            ]
            if others:
                attribute.i = others[-1]
                return True
    return False


def _wrong_rounding(model: ModelProto, node: NodeProto, shapes: Shapes) -> bool:
    swapped = {"Round": "Floor", "Floor": "Round", "Ceil": "Round"}
    if node.op_type not in swapped:
        return False
    node.op_type = swapped[node.op_type]
    return True


def _dropped_broadcast(model: ModelProto, node: NodeProto, shapes: Shapes) -> bool:
    """Use the first element of the smaller operand for all."""
    if node.op_type not in {"Add", "Sub", "Mul", "Div", "PRelu"} or any(name not in shapes for name in node.input):
        return False
    (kind, large), (_, small) = shapes[node.input[0]], shapes[node.input[1]]
    if kind not in _FLOATS or len(small) == 0 or int(np.prod(small)) < 2 or int(np.prod(small)) >= int(np.prod(large)):
        return False
    first = _slice(model, node, node.input[1], [0] * len(small), [1] * len(small))
    node.input[1] = first
    return True


def _half_pixel(model: ModelProto, node: NodeProto, shapes: Shapes) -> bool:
    if node.op_type != "Resize":
        return False
    modes = [attribute for attribute in node.attribute if attribute.name == "coordinate_transformation_mode"]
    old = modes[0].s.decode() if modes else "half_pixel"
    for attribute in modes:
        node.attribute.remove(attribute)
    node.attribute.append(
        helper.make_attribute("coordinate_transformation_mode", "asymmetric" if old != "asymmetric" else "half_pixel")
    )
    return True


_SWAPS = {
    "Add": "Sub", "Sub": "Add", "Max": "Min", "Min": "Max", "Sin": "Cos", "Cos": "Sin", "Greater": "GreaterOrEqual",
    "Less": "LessOrEqual", "ReduceMax": "ReduceMin", "ReduceMin": "ReduceMax", "Tanh": "Sigmoid", "Sigmoid": "Tanh",
    "ArgMax": "ArgMin", "ArgMin": "ArgMax", "And": "Or", "Or": "And",
}  # fmt: skip


def _swapped_operator(model: ModelProto, node: NodeProto, shapes: Shapes) -> bool:
    if node.op_type not in _SWAPS:
        return False
    node.op_type = _SWAPS[node.op_type]
    return True


FAULTS: Mapping[str, Spoil] = {
    "epsilon": _wrong_epsilon,
    "axis": _wrong_axis,
    "rounding_mode": _wrong_rounding,
    "broadcast": _dropped_broadcast,
    "half_pixel": _half_pixel,
    "operator": _swapped_operator,
}


# ---------------------------------------------------------------- re-orderings


def _contraction(model: ModelProto, node: NodeProto, shapes: Shapes) -> bool:
    """Sum a product of matrices, or a convolution over channels, in the reverse order."""
    if any(name not in shapes for name in node.input[:2]) or len(node.input) < 2:
        return False
    (kind, left), (_, right) = shapes[node.input[0]], shapes[node.input[1]]
    if node.op_type == "MatMul" and len(left) > 1 and len(right) > 1:
        axes, length = (len(left) - 1, len(right) - 2), left[-1]
    elif node.op_type == "Conv" and all(value.i == 1 for value in node.attribute if value.name == "group"):
        axes, length = (1, 1), left[1]
    else:
        return False
    if kind not in _FLOATS or length < 2:
        return False
    for place, axis in enumerate(axes):
        node.input[place] = _reverse(model, node, node.input[place], axis, length)
    return True


def _reduction(model: ModelProto, node: NodeProto, shapes: Shapes) -> bool:
    """Sum a reduction in the reverse order along every axis that it sums."""
    if node.op_type not in {"ReduceSum", "ReduceMean", "ReduceProd", "ReduceL2"} or node.input[0] not in shapes:
        return False
    kind, shape = shapes[node.input[0]]
    axes = _axes(model, node, len(shape))
    if kind not in _FLOATS or axes is None or all(shape[axis] < 3 for axis in axes):
        return False
    for axis in axes:
        node.input[0] = _reverse(model, node, node.input[0], axis, shape[axis])
    return True


def _association(model: ModelProto, node: NodeProto, shapes: Shapes) -> bool:
    """Make (a + b) + c of a + (b + c), or of (a + b) + c the other, for sums and products."""
    if node.op_type not in {"Add", "Mul"} or not _floating(shapes, node.output[0]):
        return False
    made = {name: other for other in model.graph.node for name in other.output}
    for place in (0, 1):
        inner = made.get(node.input[place])
        if inner is None or inner.op_type != node.op_type:
            continue
        a, b, c = inner.input[0], inner.input[1], node.input[1 - place]
        name = f"{node.output[0]}/inner"
        added = helper.make_node(node.op_type, [b, c], [name], name=f"{node.name}/inner")
        model.graph.node.insert(list(model.graph.node).index(node), added)
        del node.input[:]
        node.input.extend([a, name])
        return True
    return False


REORDERINGS: Mapping[str, Spoil] = {
    "reordered_contraction": _contraction,
    "reordered_reduction": _reduction,
    "reordered_association": _association,
}


# ---------------------------------------------------------------- the graph


def _copy(model: ModelProto) -> ModelProto:
    copy = ModelProto()
    copy.CopyFrom(model)
    return copy


def _shapes(model: ModelProto) -> Shapes:
    inferred = onnx.shape_inference.infer_shapes(model)
    found = {tensor.name: (tensor.data_type, tuple(tensor.dims)) for tensor in model.graph.initializer}
    for value in [*inferred.graph.value_info, *inferred.graph.input, *inferred.graph.output]:
        tensor = value.type.tensor_type
        if tensor.HasField("shape") and all(dimension.HasField("dim_value") for dimension in tensor.shape.dim):
            found[value.name] = (tensor.elem_type, tuple(dimension.dim_value for dimension in tensor.shape.dim))
    return found


def _floating(shapes: Shapes, name: str) -> bool:
    return name in shapes and shapes[name][0] in _FLOATS


def _scale(model: ModelProto, place: int, size: float) -> None:
    """Multiply an operator's first result by 1 + size."""
    node = model.graph.node[place]
    name = node.output[0]
    node.output[0] = f"{name}/right"
    cast = helper.make_node(
        "CastLike", [_constant(model, node, np.float64(1 + size)), f"{name}/right"], [f"{name}/factor"]
    )
    scaled = helper.make_node("Mul", [f"{name}/right", f"{name}/factor"], [name])
    for offset, added in enumerate((cast, scaled), start=1):
        model.graph.node.insert(list(model.graph.node).index(node) + offset, added)


def _reverse(model: ModelProto, node: NodeProto, name: str, axis: int, length: int) -> str:
    indices = _constant(model, node, np.arange(length, dtype=np.int64)[::-1].copy())
    return _before(model, node, "Gather", [name, indices], axis=axis)


def _slice(model: ModelProto, node: NodeProto, name: str, starts: list[int], ends: list[int]) -> str:
    constants = [_constant(model, node, np.array(values, dtype=np.int64)) for values in (starts, ends)]
    return _before(model, node, "Slice", [name, *constants])


def _before(model: ModelProto, node: NodeProto, operator: str, inputs: list[str], **attributes: Any) -> str:
    """Add an operator in front of another; return the name of its result."""
    name = f"planted_{len(model.graph.node)}"
    model.graph.node.insert(
        list(model.graph.node).index(node), helper.make_node(operator, inputs, [name], **attributes)
    )
    return name


def _constant(model: ModelProto, node: NodeProto, value: Any) -> str:
    name = f"planted_constant_{len(model.graph.initializer)}"
    model.graph.initializer.append(numpy_helper.from_array(np.asarray(value), name))
    return name


def _axes(model: ModelProto, node: NodeProto, rank: int) -> list[int] | None:
    """Return the axes that a reduction sums, or None where they are not known from the graph alone."""
    for attribute in node.attribute:
        if attribute.name == "axes":
            return [axis % rank for axis in attribute.ints]
    if len(node.input) < 2 or not node.input[1]:
        return list(range(rank))
    known = {tensor.name: numpy_helper.to_array(tensor) for tensor in model.graph.initializer}
    for other in model.graph.node:
        for attribute in other.attribute:
            if other.op_type == "Constant" and attribute.type == AttributeProto.TENSOR:
                known[other.output[0]] = numpy_helper.to_array(attribute.t)
    return [int(axis) % rank for axis in known[node.input[1]].reshape(-1)] if node.input[1] in known else None
