"""Two shares of the same people, compared: whether more have the one property than the other."""

from typing import NamedTuple

import numpy as np
from scipy import stats

from methods.intervals import CONFIDENCE


class PairedDifference(NamedTuple):
    """Result of `paired_difference`.

    Attributes
    ----------
    first_only, second_only : int
        Cases with one property and not the other.
    n : int
        All cases.
    difference, low, high : float
        Share of the first less share of the second, with its interval.
    p : float
        Two-sided p-value of the exact sign test.
    """

    first_only: int
    second_only: int
    n: int
    difference: float
    low: float
    high: float
    p: float


def paired_difference(first_only: int, second_only: int, n: int, *, confidence: float = CONFIDENCE) -> PairedDifference:
    """Compare two properties of the same cases.

    Use it where the same people (issues, models) could have both properties. Comparing the two shares as if they came from
    different people would ignore that whoever has both, or neither, says nothing about which is the commoner.

    Parameters
    ----------
    first_only, second_only : int
        Cases with one property and not the other; together at most `n`.
    n : int
        All cases, at least 1.
    confidence : float
        Confidence level.

    Raises
    ------
    ValueError
        There are no cases, or fewer than those counted.

    Notes
    -----
    Exact McNemar (sign) test: which of the two a discordant case has is a fair coin under the null hypothesis (Agresti 2002,
    Categorical Data Analysis, §10.1). Interval: Wald's with half a case added to each cell (Agresti & Min 2005, Statistics
    in Medicine 24:729-740).

    Examples
    --------
    >>> result = paired_difference(12, 4, 50)
    >>> f"{result.difference:+.2f} [{result.low:+.2f}, {result.high:+.2f}], p = {result.p:.3f}"
    '+0.16 [+0.00, +0.30], p = 0.077'
    """
    if n < 1 or first_only + second_only > n:
        raise ValueError(f"{n} cases cannot hold {first_only} and {second_only} with one property alone")
    discordant = first_only + second_only
    p = float(stats.binomtest(first_only, discordant).pvalue) if discordant else 1.0
    b, c, total = first_only + 0.5, second_only + 0.5, n + 2
    center = (b - c) / total
    half = stats.norm.ppf((1 + confidence) / 2) * np.sqrt(b + c - (b - c) ** 2 / total) / total
    low, high = max(-1.0, center - half), min(1.0, center + half)
    return PairedDifference(first_only, second_only, n, (first_only - second_only) / n, float(low), float(high), p)
