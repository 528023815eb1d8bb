"""How well a score tells two kinds of cases apart: the area under the ROC curve, its interval, and the difference of two."""

from typing import NamedTuple

import numpy as np
from numpy.typing import ArrayLike, NDArray
from scipy import stats

from methods.intervals import CONFIDENCE

Floats = NDArray[np.float64]


class Area(NamedTuple):
    """An area under the ROC curve, or a difference of two, with its interval; NaN where one kind of case is missing."""

    area: float
    low: float
    high: float


def auc(scores: ArrayLike, positive: ArrayLike, *, confidence: float = CONFIDENCE) -> Area:
    """Area under the ROC curve: how often a positive case scores higher than a negative one, ties counted half.

    0.5 is no better than chance, 1 tells all apart. Use it on cases that the score was not fitted to.

    Parameters
    ----------
    scores : array-like of float, shape (cases,)
        Higher means more likely positive.
    positive : array-like of bool, shape (cases,)
        The truth.
    confidence : float
        Of the interval.

    Notes
    -----
    Variance: DeLong, DeLong & Clarke-Pearson (1988), Biometrics 44:837-845; a single case of a kind adds nothing to it. Interval
    on the logit scale, so that it stays within 0 and 1 (Pepe 2003, The Statistical Evaluation of Medical Tests, §5.2.4); an area
    of 0 or 1, or of a score that is one for all, has no variance, and its interval is the point. Assumes independent cases.

    Examples
    --------
    >>> area, low, high = auc([0.9, 0.8, 0.7, 0.6, 0.55, 0.3, 0.2], [1, 1, 0, 1, 0, 0, 0])
    >>> f"{area:.3f} [{low:.3f}, {high:.3f}]"
    '0.917 [0.348, 0.996]'
    """
    truth = np.asarray(positive, dtype=bool)
    if truth.all() or not truth.any():
        return Area(np.nan, np.nan, np.nan)
    above, below = _placements(np.asarray(scores), truth)
    area = float(above.mean())
    variance = _variance(above, below)
    if variance == 0:
        return Area(area, area, area)
    half = stats.norm.ppf((1 + confidence) / 2) * np.sqrt(variance) / (area * (1 - area))
    centre = np.log(area / (1 - area))
    low, high = (1 / (1 + np.exp(-(centre + sign * half))) for sign in (-1, 1))
    return Area(area, float(low), float(high))


def auc_difference(first: ArrayLike, second: ArrayLike, positive: ArrayLike, *, confidence: float = CONFIDENCE) -> Area:
    """Difference of two areas on the same cases, first less second.

    Notes
    -----
    DeLong et al. (1988), as in `auc`: both areas' placements are taken case by case, so that what the scores have in common
    cancels. Normal interval, cut at -1 and 1.

    Examples
    --------
    >>> truth = [1, 1, 0, 1, 0, 0, 0]
    >>> found = auc_difference([0.9, 0.8, 0.7, 0.6, 0.55, 0.3, 0.2], [0.2, 0.9, 0.5, 0.6, 0.4, 0.7, 0.1], truth)
    >>> f"{found.area:+.3f} [{found.low:+.3f}, {found.high:+.3f}]"
    '+0.250 [-0.331, +0.831]'
    """
    truth = np.asarray(positive, dtype=bool)
    if truth.all() or not truth.any():
        return Area(np.nan, np.nan, np.nan)
    one, other = (_placements(np.asarray(scores), truth) for scores in (first, second))
    above, below = one[0] - other[0], one[1] - other[1]
    half = stats.norm.ppf((1 + confidence) / 2) * np.sqrt(_variance(above, below))
    difference = float(above.mean())
    return Area(difference, max(-1.0, float(difference - half)), min(1.0, float(difference + half)))


def _placements(scores: Floats, truth: NDArray[np.bool_]) -> tuple[Floats, Floats]:
    """Return for each case the share of cases of the other kind below it, of the positive ones and of the negative ones."""
    positive, negative = scores[truth], scores[~truth]
    ranks = stats.rankdata(scores)
    above = (ranks[truth] - stats.rankdata(positive)) / len(negative)
    below = (ranks[~truth] - stats.rankdata(negative)) / len(positive)
    return above, below


def _variance(above: Floats, below: Floats) -> float:
    return sum(float(each.var(ddof=1)) / len(each) if len(each) > 1 else 0.0 for each in (above, below))
