"""Intervals for a share: of a sample, of a finite population, and pooled over strata with design weights."""

import math
from functools import cache
from typing import NamedTuple

import numpy as np
import pandas as pd
from numpy.typing import ArrayLike
from scipy import stats
from statsmodels.stats.proportion import proportion_confint

CONFIDENCE = 0.95


class Share(NamedTuple):
    """A share with its interval; all three between 0 and 1, NaN where the base is empty."""

    share: float
    low: float
    high: float


def wilson(count: float, n: float, *, confidence: float = CONFIDENCE) -> Share:
    """Share with Wilson's score interval.

    Use it for any share of independent cases. Unlike the textbook's p ± 1.96·√(p(1-p)/n) it stays within 0 and 1 and is of use
    for few cases and for shares near the ends.

    Parameters
    ----------
    count : float
        Cases with the property; between 0 and `n`.
    n : float
        Cases; an effective size may be fractional. 0 gives NaN.
    confidence : float
        Confidence level.

    Returns
    -------
    Share

    Notes
    -----
    Wilson (1927), JASA 22:209-212; assumes independent draws from a large population. Recommended for small n by Brown,
    Cai & DasGupta (2001), Statistical Science 16:101-133.

    Examples
    --------
    >>> share, low, high = wilson(148, 200)
    >>> f"{share:.2f} [{low:.3f}, {high:.3f}]"
    '0.74 [0.675, 0.796]'
    """
    if n <= 0:
        return Share(np.nan, np.nan, np.nan)
    share, z = count / n, _normal_quantile(confidence)
    scale = 1 + z**2 / n
    centre = (share + z**2 / (2 * n)) / scale
    half = z * math.sqrt(share * (1 - share) / n + z**2 / (4 * n**2)) / scale
    # rounding error of the formula at the ends, where the bound is exact
    low = 0.0 if count == 0 else max(0.0, float(centre - half))
    high = 1.0 if count == n else min(1.0, float(centre + half))
    return Share(float(share), low, high)


@cache
def _normal_quantile(confidence: float) -> float:
    return float(stats.norm.isf((1 - confidence) / 2))


def exact_share(count: int, n: int, *, confidence: float = CONFIDENCE) -> Share:
    """Share with the exact interval of Clopper and Pearson.

    Use it where a bound must hold in every case, as for "no disagreement in 18 issues"; elsewhere it is wider than need be.

    Parameters
    ----------
    count, n, confidence
        See `wilson`.

    Returns
    -------
    Share

    Notes
    -----
    Clopper & Pearson (1934), Biometrika 26:404-413; never covers less than it promises.

    Examples
    --------
    >>> share, low, high = exact_share(18, 18)
    >>> f"{share:.0f} [{low:.3f}, {high:.0f}]"
    '1 [0.815, 1]'
    """
    if n <= 0:
        return Share(np.nan, np.nan, np.nan)
    low, high = proportion_confint(count, n, alpha=1 - confidence, method="beta")
    return Share(count / n, float(low), float(high))


def newcombe(x: float, n: float, y: float, m: float, *, confidence: float = CONFIDENCE) -> tuple[float, float, float]:
    """Difference of two independent shares, x/n less y/m, with Newcombe's interval.

    Use it for two groups; like Wilson's intervals, of which it is made, it holds for few cases and for shares near the ends.

    Parameters
    ----------
    x, y : float
        Cases with the property in either group.
    n, m : float
        Cases of either group; 0 gives NaN.
    confidence : float
        Confidence level.

    Returns
    -------
    difference, low, high : float
        From -1 to 1.

    Notes
    -----
    Newcombe (1998), Statistics in Medicine 17:873-890, method 10.

    Examples
    --------
    >>> difference, low, high = newcombe(56, 70, 48, 80)
    >>> f"{difference:.2f} [{low:.4f}, {high:.4f}]"
    '0.20 [0.0524, 0.3339]'
    """
    first, second = wilson(x, n, confidence=confidence), wilson(y, m, confidence=confidence)
    difference = first.share - second.share
    down = np.hypot(first.share - first.low, second.high - second.share)
    up = np.hypot(first.high - first.share, second.share - second.low)
    return difference, float(difference - down), float(difference + up)


def wilson_finite(count: int, n: int, population: int, *, confidence: float = CONFIDENCE) -> Share:
    """Share of a finite population, from a simple random sample without replacement.

    Use it where the question is about these N cases, not about cases to come: whoever has looked at half of a population
    knows half of the answer for certain, and the interval shrinks accordingly.

    Wilson's interval at the effective size n·(N-1)/(N-n), within the shares that the population can still have.

    Parameters
    ----------
    count : int
        Cases of the sample with the property.
    n : int
        Sample size.
    population : int
        Population size N; a census (N = n) has no uncertainty.
    confidence : float
        Confidence level.

    Raises
    ------
    ValueError
        The population is smaller than the sample.

    Notes
    -----
    The variance of a sample share without replacement is p(1-p)/n · (N-n)/(N-1) (Cochran 1977, Sampling Techniques,
    §3.2); an effective sample size puts it into Wilson's formula (Korn & Graubard 1998, Survey Methodology 24:193-201).

    Examples
    --------
    >>> share, low, high = wilson_finite(75, 100, 327)
    >>> f"{share:.2f} [{low:.3f}, {high:.3f}]"
    '0.75 [0.673, 0.814]'

    Of an unlimited population the same sample would give [0.657, 0.825].
    """
    if population < n:
        raise ValueError(f"a population of {population} cannot hold a sample of {n}")
    if n == 0:
        return Share(np.nan, np.nan, np.nan)
    if population == n:
        return Share(count / n, count / n, count / n)
    effective = n * (population - 1) / (population - n)
    share, low, high = wilson(count / n * effective, effective, confidence=confidence)
    return Share(share, max(low, count / population), min(high, (population - n + count) / population))


def stratified_share(
    counts: ArrayLike, sizes: ArrayLike, populations: ArrayLike, *, confidence: float = CONFIDENCE
) -> Share:
    """Share of a whole population, pooled over strata that were sampled at different rates.

    Use it where groups of unlike size were sampled alike: cases of the larger group then stand for more of the population, and
    counting all cases alike would answer for a population that nobody has.

    Parameters
    ----------
    counts, sizes, populations : array-like, shape (strata,)
        Cases with the property, sample size and population size of each stratum.
    confidence : float
        Confidence level.

    Returns
    -------
    Share
        Each stratum weighted with its population.

    Notes
    -----
    Estimate ΣW·p with variance ΣW²(1-f)p(1-p)/(n-1), W = N/ΣN, f = n/N (Cochran 1977, §5.3); interval by Wilson's formula at
    the effective size p(1-p)/variance (Dean & Pagano 2015, Journal of Survey Statistics and Methodology 3:484-503). At a
    share of 0 or 1, or with a stratum of one case, where that is undefined, the effective size is 1/ΣW²(1-f)/n, as if the
    strata's shares were equal.

    Examples
    --------
    >>> share, low, high = stratified_share([72, 76], [100, 100], [327, 242])
    >>> f"{share:.3f} [{low:.3f}, {high:.3f}]"
    '0.737 [0.684, 0.784]'
    """
    x, n, total = (np.asarray(values) for values in (counts, sizes, populations))
    if not n.all():
        return Share(np.nan, np.nan, np.nan)
    weight, sampled = total / total.sum(), n / total
    p = x / n
    estimate = float(weight @ p)
    equal = float(np.sum(weight**2 * (1 - sampled) / n))
    if equal == 0:  # a census of every stratum
        return Share(estimate, estimate, estimate)
    variance = 0.0 if (n == 1).any() else float(np.sum(weight**2 * (1 - sampled) * p * (1 - p) / (n - 1)))
    effective = estimate * (1 - estimate) / variance if variance > 0 else 1 / equal
    return wilson(estimate * effective, effective, confidence=confidence)


def share_frame(counts: pd.Series, n: int, *, confidence: float = CONFIDENCE) -> pd.DataFrame:
    """Shares of one base with Wilson's intervals.

    Parameters
    ----------
    counts : Series
        Cases per code.
    n : int
        The common base.
    confidence : float
        Confidence level.

    Returns
    -------
    DataFrame
        Index of `counts`; columns count, n, share, low, high.

    Examples
    --------
    >>> share_frame(pd.Series({"crash": 12, "wrong": 8}), 20).round(2)
           count   n  share   low  high
    crash     12  20    0.6  0.39  0.78
    wrong      8  20    0.4  0.22  0.61
    """
    shares = [wilson(int(count), n, confidence=confidence) for count in counts]
    frame = pd.DataFrame(shares, index=counts.index, columns=list(Share._fields))
    return pd.concat([counts.astype(int).rename("count"), pd.Series(n, counts.index, name="n"), frame], axis=1)
