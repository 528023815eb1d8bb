"""Permutation within strata: what a statistic of marked cases comes to when the marks are dealt anew."""

import math
from typing import NamedTuple

import numpy as np
import pandas as pd
from numpy.typing import ArrayLike, NDArray

from methods.intervals import CONFIDENCE, exact_share


class NullComparison(NamedTuple):
    """An observed number beside its null distribution.

    Attributes
    ----------
    observed : float
        The statistic of the data.
    mean, low, high : float
        Of the null distribution: mean, and the ends of the narrowest range that leaves no more than half of 1 - `confidence` of
        it out on either side.
    p : float
        Probability of a number as large as the observed one or larger under the null.
    p_low, p_high : float
        Interval of that probability: what is left of the Monte-Carlo error.
    draws : int
        Rearrangements.
    """

    observed: float
    mean: float
    low: float
    high: float
    p: float
    p_low: float
    p_high: float
    draws: int


def shuffled_within(
    marks: ArrayLike, strata: ArrayLike, draws: int, generator: np.random.Generator
) -> NDArray[np.bool_]:
    """Return markings in which each stratum has as many marked cases as in the data.

    Use it where marks could have fallen on other cases of the same stratum, and on no others: cases of unlike strata differ in
    something, such as size, that bears on the statistic.

    Parameters
    ----------
    marks : array-like of bool, shape (cases,)
        The data's marks.
    strata : array-like, shape (cases,)
        Stratum of each case.
    draws : int
        Markings.
    generator : Generator
        Source of the shuffles.

    Returns
    -------
    array of bool, shape (cases, draws)

    Examples
    --------
    >>> marks, strata = [True, False, False, True], ["small", "small", "large", "large"]
    >>> shuffled = shuffled_within(marks, strata, 100, np.random.default_rng(1))
    >>> shuffled.shape, set(shuffled[:2].sum(axis=0).tolist())
    ((4, 100), {1})
    """
    columns = np.repeat(np.asarray(marks, dtype=bool)[:, None], draws, axis=1)
    labels = np.asarray(strata)
    for stratum in np.unique(labels):  # in their own order, not the cases'
        own = np.flatnonzero(labels == stratum)
        columns[own] = generator.permuted(columns[own], axis=0)
    return columns


def exchangeable(marks: ArrayLike, strata: ArrayLike) -> NDArray[np.bool_]:
    """Tell which cases lie in a stratum with marked and unmarked ones; all others keep their marks in every shuffle.

    Examples
    --------
    >>> exchangeable([True, False, True], ["small", "small", "large"]).tolist()
    [True, True, False]
    """
    frame = pd.DataFrame({"marked": np.asarray(marks), "stratum": np.asarray(strata)})
    share = frame.groupby("stratum")["marked"].transform("mean")
    return ((share > 0) & (share < 1)).to_numpy()


def against_null(
    observed: float, null: ArrayLike, *, confidence: float = CONFIDENCE, conditional: bool = True
) -> NullComparison:
    """Compare an observed number with its null distribution, one-sided.

    Parameters
    ----------
    observed : float
        Of the data, or, with `conditional` False, a number from elsewhere.
    null : array-like, shape (draws,)
        The statistic after each rearrangement; one that falls short of the observed number by no more than a billionth,
        as sums in another order do, has reached it.
    confidence : float
        Of the null's range and of the interval of `p`.
    conditional : bool
        Whether the data is one of the rearrangements that the null holds equally probable: then it counts among them, so that
        the test keeps its level.

    Notes
    -----
    p = (b + 1) / (m + 1) with b of m rearrangements reaching the observed number (Davison & Hinkley 1997, Bootstrap Methods and
    their Application, §4.2; Phipson & Smyth 2010, doi:10.2202/1544-6115.1585), b / m for a number from elsewhere. Interval of
    the probability: Clopper and Pearson's for b of m.

    Examples
    --------
    >>> found = against_null(9, [3, 5, 9, 4, 2, 6, 1, 7, 5, 4])
    >>> f"p = {found.p:.3f} [{found.p_low:.3f}, {found.p_high:.3f}]"
    'p = 0.182 [0.003, 0.445]'
    """
    values = np.sort(np.asarray(null))
    reached, draws = int((values >= observed - 1e-9).sum()), len(values)
    outside = math.floor(draws * (1 - confidence) / 2 + 1e-9)  # a whole number despite rounding, where it is one
    low, high = values[outside], values[draws - 1 - outside]
    share, p_low, p_high = exact_share(reached, draws, confidence=confidence)
    p = (reached + 1) / (draws + 1) if conditional else share
    return NullComparison(float(observed), float(values.mean()), float(low), float(high), p, p_low, p_high, draws)
