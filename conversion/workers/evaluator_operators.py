"""Operators that ONNX's reference evaluator has not whole, as the specification says them; given to it beside its own."""

from typing import Any

import numpy as np
from onnx.reference.op_run import OpRun


class Pad(OpRun):
    """Pad, since operator set 11: a negative pad removes elements, which the evaluator's own refuses."""

    op_domain = ""

    def _run(self, data: Any, pads: Any, constant_value: Any = None, axes: Any = None, mode: Any = None) -> tuple[Any]:
        axes = range(data.ndim) if axes is None else [int(axis) % data.ndim for axis in axes]
        before, after = np.zeros(data.ndim, dtype=int), np.zeros(data.ndim, dtype=int)
        for place, axis in enumerate(axes):
            before[axis], after[axis] = pads[place], pads[len(axes) + place]
        kept = tuple(
            slice(max(0, -int(first)), size - max(0, -int(last)))
            for first, last, size in zip(before, after, data.shape, strict=True)
        )
        widths = list(zip(np.maximum(before, 0), np.maximum(after, 0), strict=True))
        if mode in (None, "constant"):
            value = 0 if constant_value is None else np.asarray(constant_value).reshape(-1)[0]
            return (np.pad(data[kept], widths, constant_values=value).astype(data.dtype),)
        return (np.pad(data[kept], widths, mode=mode).astype(data.dtype),)
