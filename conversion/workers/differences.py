"""Raw differences of two tensors, from which a criterion later decides; nothing here is a verdict.

Elements that are not comparable as numbers are counted apart and left out of every maximum: where one of the two is NaN
(``nan``), where they disagree on an infinity (``infinite``). Two NaN, or two equal infinities, are equal.
"""

import math
from typing import Any

import numpy as np

Array = np.ndarray[Any, Any]

# Relative tolerances for which the smallest sufficient absolute tolerance is kept: max(|a-b| - r·|a|)
RELATIVE = (1e-2, 1e-3, 1e-4, 1e-5)
METRICS = (
    "max_abs",
    "max_rel",
    "max_rel1",
    *(f"excess_{relative:.0e}" for relative in RELATIVE),
    "ulp",
    "rms",
    "unequal",
    "beyond_1e-7",
    "beyond_torch",
    "nan",
    "infinite",
)
_DIGITS = 9


def differences(expected: Array, actual: Array) -> dict[str, float] | None:
    """Return the raw differences of two tensors of one shape, or None where they are equal to the bit.

    Parameters
    ----------
    expected : array
        The reference.
    actual : array
        Of the same shape; of another type where the types disagree, or where `expected` is a truth in more digits.

    Returns
    -------
    dict or None
        max_abs, max_rel (by the expected size, where that is not 0), max_rel1 (by 1 + the expected size), excess_* (the
        absolute tolerance that would suffice beside that relative one, not below 0), ulp (in units of `actual`'s spacing,
        of the expected value rounded to its type; 0 for integers), rms (root of the mean squared difference), and counts of
        elements: unequal, beyond_1e-7 (absolute), beyond_torch (1e-7 + 1e-3·|expected|), nan, infinite.

    Examples
    --------
    >>> import numpy as np
    >>> differences(np.float32([1, 2]), np.float32([1, 2]))
    >>> found = differences(np.float32([1, np.nan]), np.float32([1.5, 0]))
    >>> found["max_abs"], found["max_rel1"], found["nan"]
    (0.5, 0.25, 1)
    """
    if expected.dtype == actual.dtype and expected.tobytes() == actual.tobytes():
        return None
    a, b = _wide(expected), _wide(actual)
    nan = np.isnan(a) != np.isnan(b)
    same = (a == b) | (np.isnan(a) & np.isnan(b))
    infinite = ~nan & ~same & (np.isinf(a) | np.isinf(b))
    usable = ~nan & ~infinite & ~(np.isnan(a) | np.isinf(a))
    size = np.abs(a[usable])
    gap = np.abs(a[usable] - b[usable])
    values = _maxima(size, gap)
    values["ulp"] = _largest_ulp(expected[usable], actual[usable])
    values["unequal"] = int(np.count_nonzero(~same))
    values["beyond_1e-7"] = int(np.count_nonzero(gap > 1e-7))
    values["beyond_torch"] = int(np.count_nonzero(gap > 1e-7 + 1e-3 * size))
    values["nan"] = int(np.count_nonzero(nan))
    values["infinite"] = int(np.count_nonzero(infinite))
    return {name: shortened(values[name]) for name in METRICS}


def _maxima(size: Any, gap: Any) -> dict[str, float]:
    known = size > 0
    values = {
        "max_abs": _largest(gap),
        "max_rel": _largest(gap[known] / size[known]),
        "max_rel1": _largest(gap / (1 + size)),
        "rms": _root_mean_square(gap),
    }
    for relative in RELATIVE:
        values[f"excess_{relative:.0e}"] = max(0.0, _largest(gap - relative * size))
    return values


def norm(tensor: Array) -> float:
    """Return the largest absolute value among the finite elements, 0 without one."""
    values = np.abs(_wide(tensor))
    return shortened(_largest(values[np.isfinite(values)]))


def shortened(value: float) -> float:
    """Return a number to nine significant digits, a whole one without a point: rows are stored by the million."""
    if not math.isfinite(value):
        return float(value)
    short = float(f"{float(value):.{_DIGITS}g}")
    return int(short) if short.is_integer() and abs(short) < 10**_DIGITS else short


def _wide(tensor: Array) -> Any:
    """Return the tensor in a type that subtracts without overflow; long double holds every 64-bit integer where it has 80 bits."""
    if tensor.dtype.kind == "c":
        return tensor.astype(np.complex128)
    if tensor.dtype.kind in "iu":
        return tensor.astype(np.longdouble)
    return tensor.astype(np.float64)


def _largest(values: Any) -> float:
    return float(values.max()) if values.size else 0.0


def _root_mean_square(gap: Any) -> float:
    """Scale first: the square of a large difference is infinite."""
    largest = _largest(gap)
    return largest * math.sqrt(float(np.mean((gap / largest) ** 2))) if largest > 0 else 0.0


_BITS = {2: np.int16, 4: np.int32, 8: np.int64}


def _largest_ulp(expected: Array, actual: Array) -> float:
    """Return the largest number of representable values between two tensors of floating point, as `actual`'s type counts."""
    if actual.dtype.kind != "f" or actual.dtype.itemsize not in _BITS or not actual.size:
        return 0.0
    with np.errstate(over="ignore"):
        first = _ordered(np.ascontiguousarray(expected.astype(actual.dtype)))
    second = _ordered(np.ascontiguousarray(actual))
    apart = np.where(first > second, first - second, second - first)
    return float(apart.astype(np.uint64).max()) if apart.size else 0.0


def _ordered(tensor: Array) -> Any:
    """Map floating point to unsigned integers in the same order, neighbours to neighbours, both zeros to one."""
    bits = tensor.view(_BITS[tensor.dtype.itemsize]).astype(np.int64)
    width = 8 * tensor.dtype.itemsize
    magnitude = (bits & ((1 << (width - 1)) - 1)).astype(np.uint64)
    middle = np.uint64(1 << 63)
    return np.where(bits < 0, middle - magnitude, middle + magnitude)
