"""PyTorch with the last digit of each rounded result moved at random: how far rounding alone may carry an output.

Monte Carlo arithmetic (Parker, Monte Carlo Arithmetic, UCLA 1997) by the operation: inputs, weights and each result move by
a unit in the last place, up, down or not at all. Two right executors of one graph differ by no less than such draws do. What
every executor gives to the bit stays: results of operations that only move, choose or truncate values, and whole numbers.
"""

import copy
from collections.abc import Callable, Sequence
from typing import Any

import numpy as np
import torch
from torch.utils._python_dispatch import TorchDispatchMode
from torch.utils._pytree import tree_map

_NARROW = (torch.float16, torch.bfloat16, torch.float32)
# Operations of ATen whose results are exact; views are known by their schema
EXACT = frozenset((
    "_to_copy", "_unsafe_view", "abs", "adaptive_max_pool1d", "adaptive_max_pool2d", "amax", "amin", "arange", "argmax",
    "argmin", "cat", "ceil", "clamp", "clamp_max", "clamp_min", "clone", "constant_pad_nd", "copy", "diagonal_copy",
    "embedding", "expand_copy", "fill", "flip", "floor", "fmax", "fmin", "full", "full_like", "gather", "hardtanh",
    "im2col", "index", "index_put", "index_select", "masked_fill", "masked_select", "max", "max_pool2d_with_indices",
    "max_pool3d_with_indices", "maximum", "min", "minimum", "neg", "new_full", "new_ones", "new_zeros", "nonzero",
    "ones", "ones_like", "pixel_shuffle", "reflection_pad1d", "reflection_pad2d", "relu", "repeat", "replication_pad1d",
    "replication_pad2d", "replication_pad3d", "roll", "round", "scalar_tensor", "scatter", "select_scatter", "sgn",
    "sign", "slice_scatter", "sort", "stack", "topk", "tril", "triu", "trunc", "upsample_nearest1d",
    "upsample_nearest2d", "upsample_nearest3d", "where", "zeros", "zeros_like",
))  # fmt: skip


class PerturbedMode(TorchDispatchMode):
    """Every rounded result of floating point is moved by at most a unit in its last place.

    Parameters
    ----------
    generator : torch.Generator
        Draws the directions.
    """

    def __init__(self, generator: torch.Generator) -> None:
        super().__init__()
        self.generator = generator

    def __torch_dispatch__(self, func: Any, types: Any, args: Any = (), kwargs: Any = None) -> Any:
        """Run an operation, and move what it rounds; views and operations in place are left alone."""
        result = func(*args, **(kwargs or {}))
        schema = func._schema
        if (
            schema.is_mutable
            or any(value.alias_info for value in schema.returns)
            or func.overloadpacket.__name__ in EXACT
        ):
            return result
        return tree_map(lambda value: moved(value, self.generator), result)


def moved(value: Any, generator: torch.Generator) -> Any:
    """Move a tensor's elements by a unit in the last place, up, down or not; whole numbers and other types stay."""
    if not isinstance(value, torch.Tensor) or value.dtype not in _NARROW:
        return value
    direction = torch.randint(-1, 2, value.shape, generator=generator).to(value.dtype)
    stays = (value == value.trunc()) | ~value.isfinite()
    return torch.where(stays, value, value * (1 + direction * torch.finfo(value.dtype).eps))


def perturbed(
    module: torch.nn.Module, run: Callable[[torch.nn.Module, Sequence[Any]], list[Any]]
) -> Callable[[Sequence[Any]], list[Any]]:
    """Return a function from a model's inputs to its outputs, anew perturbed in every call, by a fixed seed.

    Parameters
    ----------
    module : Module
        Left as it is.
    run : callable
        Takes a module and arrays, gives arrays.
    """
    generator = torch.Generator().manual_seed(0)

    def once(values: Sequence[Any]) -> list[Any]:
        twin = copy.deepcopy(module)
        with torch.no_grad():
            for weight in twin.parameters():
                weight.copy_(moved(weight, generator))
        given = [moved(torch.from_numpy(np.array(value)), generator).numpy() for value in values]
        with PerturbedMode(generator):
            return run(twin, given)

    return once
