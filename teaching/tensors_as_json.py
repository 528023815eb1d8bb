"""Arrays as JSON values, exact to the bit: how they go to the environment of PyTorch and back."""

from collections.abc import Mapping
from typing import Any

import numpy as np

Array = np.ndarray[Any, Any]


def encoded(array: Array) -> dict[str, Any]:
    """Return an array as type, shape and values; NaN and infinities become what Python's `json` writes and reads.

    Examples
    --------
    >>> encoded(np.float32([[1, 0.5]]))
    {'dtype': 'float32', 'shape': [1, 2], 'values': [1.0, 0.5]}
    """
    return {"dtype": array.dtype.name, "shape": list(array.shape), "values": array.ravel().tolist()}


def decoded(value: Mapping[str, Any]) -> Array:
    """Return the array that `encoded` took.

    Examples
    --------
    >>> decoded({"dtype": "int64", "shape": [2, 1], "values": [1, 2]})
    array([[1],
           [2]])
    """
    return np.array(value["values"], dtype=value["dtype"]).reshape(value["shape"])
