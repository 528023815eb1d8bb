"""Rank correlation of few cases: exact permutation test, intervals, and what such a sample could detect at all."""

from functools import cache, lru_cache
from typing import Literal, NamedTuple

import numpy as np
from numpy.typing import ArrayLike, NDArray
from scipy import stats
from scipy.optimize import brentq

from methods.intervals import CONFIDENCE

DRAWS = 10_000
PERMUTATIONS = 100_000
POWER = 0.8
SEED = 20240916
DRAWN_UP_TO = 100  # cases; above, the approximation errs by less than the draws do
EXACT_UP_TO = 12  # cases; memory and time of the exact distribution grow as 2^n
_SMALLEST = 4  # cases, below which an interval is undefined
_TOLERANCE = 1e-9
Alternative = Literal["two-sided", "greater"]

Floats = NDArray[np.float64]


class Correlation(NamedTuple):
    """Result of `spearman`.

    Attributes
    ----------
    n : int
        Cases.
    rho : float
        Spearman's ρ, from -1 to 1; NaN where either variable is constant.
    low, high : float
        Bonett and Wright's interval.
    p : float
        Two-sided permutation p-value.
    exact : bool
        Whether `p` counts all permutations rather than random ones.
    """

    n: int
    rho: float
    low: float
    high: float
    p: float
    exact: bool


def spearman(x: ArrayLike, y: ArrayLike, *, seed: int = SEED, confidence: float = CONFIDENCE) -> Correlation:
    """Correlate two variables by rank.

    Use it where both variables have an order but no straight line need connect them. Few cases leave wide intervals: read the
    interval first, then ask with `detectable_rho` what such a sample could have found at all.

    Parameters
    ----------
    x, y : array-like, shape (n,)
        Paired values.
    seed : int
        Seed of the permutations, where there are more than `EXACT_UP_TO` cases.
    confidence : float
        Confidence level.

    Raises
    ------
    ValueError
        The variables differ in length.

    Notes
    -----
    Interval: Fisher's z with variance (1 + ρ²/2)/(n-3), Bonett & Wright (2000), Psychometrika 65:23-28; it assumes roughly
    bivariate normal ranks (`bootstrap_interval` assumes less). The p-value assumes that under the null hypothesis every
    pairing is equally probable, which ordered cases with a common trend violate.

    Examples
    --------
    >>> result = spearman([1, 2, 3, 4, 5], [2, 1, 4, 3, 5])
    >>> f"{result.rho:.1f}, p = {result.p:.4f}"
    '0.8, p = 0.1333'
    """
    a, b = np.asarray(x), np.asarray(y)
    if a.shape != b.shape:
        raise ValueError(f"paired values are needed; got {a.shape} and {b.shape}")
    rho = float(rank_correlations(a[None], b[None])[0])
    if np.isnan(rho):
        return Correlation(len(a), np.nan, np.nan, np.nan, np.nan, exact=False)
    p, exact = permutation_p(a, b, seed=seed)
    return Correlation(len(a), rho, *bonett_wright(rho, len(a), confidence=confidence), p, exact)


def ranks(values: Floats) -> Floats:
    """Midranks along the last axis, from 1; by counting, which for few cases and many rows is faster than sorting.

    Examples
    --------
    >>> ranks(np.array([10.0, 20.0, 20.0, 40.0])).tolist()
    [1.0, 2.5, 2.5, 4.0]
    """
    n = values.shape[-1]
    excess = np.zeros(values.shape, dtype=np.int32)  # how many more values are smaller than are larger
    for other in range(n):
        excess += values > values[..., other, None]
        excess -= values < values[..., other, None]
    ranked: Floats = (excess + n + 1) / 2
    return ranked


def standardised(values: Floats) -> Floats:
    """Values along the last axis with mean 0 and length 1, so that products are correlations; NaN where constant.

    Whatever has no length beyond a billionth is constant, but for rounding.

    Examples
    --------
    >>> standardised(np.array([1.0, 2.0, 3.0])).round(3).tolist()
    [-0.707, 0.0, 0.707]
    """
    centred = values - values.mean(axis=-1, keepdims=True)
    length = np.sqrt((centred**2).sum(axis=-1, keepdims=True))
    with np.errstate(invalid="ignore"):
        scaled: Floats = np.where(length > _TOLERANCE, centred / length, np.nan)
    return scaled


def rank_correlations(x: Floats, y: Floats) -> Floats:
    """Spearman's ρ of each row of `x` with the same row of `y`; shapes (rows, n), result (rows,).

    Examples
    --------
    >>> x, y = np.array([[1.0, 2.0, 3.0], [1.0, 2.0, 3.0]]), np.array([[1.0, 3.0, 2.0], [3.0, 2.0, 1.0]])
    >>> rank_correlations(x, y).round(3).tolist()
    [0.5, -1.0]
    """
    product: Floats = (standardised(ranks(x)) * standardised(ranks(y))).sum(axis=1)
    return product


def bonett_wright(rho: float, n: int, *, confidence: float = CONFIDENCE) -> tuple[float, float]:
    """Interval of Spearman's ρ (see `spearman`); NaN below four cases, a point where |ρ| is 1 within a billionth.

    Examples
    --------
    >>> low, high = bonett_wright(0.36, 11)
    >>> f"[{low:.2f}, {high:.2f}]"
    '[-0.33, 0.80]'
    """
    if n < _SMALLEST:
        return np.nan, np.nan
    if abs(rho) > 1 - _TOLERANCE:
        return rho, rho
    reach = stats.norm.ppf((1 + confidence) / 2) * np.sqrt((1 + rho**2 / 2) / (n - 3))
    return float(np.tanh(np.arctanh(rho) - reach)), float(np.tanh(np.arctanh(rho) + reach))


def bootstrap_interval(
    x: ArrayLike, y: ArrayLike, *, draws: int = DRAWS, seed: int = SEED, confidence: float = CONFIDENCE
) -> tuple[float, float]:
    """Percentile bootstrap interval of Spearman's ρ, over cases.

    Use it beside `bonett_wright`, which assumes a shape of the data, to see whether the two tell the same story.

    Parameters
    ----------
    x, y, confidence
        See `spearman`.
    draws : int
        Resamples; those in which a variable is constant are left out.
    seed : int
        Seed of the resamples.

    Notes
    -----
    Efron & Tibshirani (1993), §13.3; known to be too narrow for few cases.

    Examples
    --------
    >>> low, high = bootstrap_interval([1, 2, 3, 4, 5, 6, 7, 8], [2, 1, 4, 3, 6, 5, 8, 7])
    >>> -1 <= low <= high <= 1
    True
    """
    a, b = np.asarray(x), np.asarray(y)
    chosen = np.random.default_rng(seed).integers(len(a), size=(draws, len(a)))
    values = rank_correlations(a[chosen], b[chosen])
    low, high = np.nanquantile(values, [(1 - confidence) / 2, (1 + confidence) / 2])
    return float(low), float(high)


def permutation_p(
    x: ArrayLike,
    y: ArrayLike,
    *,
    alternative: Alternative = "two-sided",
    draws: int = PERMUTATIONS,
    seed: int = SEED,
) -> tuple[float, bool]:
    """Permutation p-value of Spearman's ρ, and whether it is exact.

    How often would chance pair the values so that they correlate at least as strongly? Up to `EXACT_UP_TO` cases all pairings
    are counted, up to `DRAWN_UP_TO` random ones; above that, ρ√((n-2)/(1-ρ²)) is taken to follow Student's t with n-2 degrees
    of freedom (Kendall & Gibbons 1990, Rank Correlation Methods, §4.15).

    Parameters
    ----------
    x, y : array-like, shape (n,)
        Paired values, ties allowed, neither constant.
    alternative : str
        ``two-sided``, or ``greater`` where only a positive correlation speaks for the hypothesis.
    draws : int
        Random permutations where n is between `EXACT_UP_TO` and `DRAWN_UP_TO`; (b+1)/(m+1) after Davison & Hinkley (1997,
        §4.2).
    seed : int
        Seed of the permutations.

    Examples
    --------
    >>> p, exact = permutation_p([1, 2, 3, 4, 5], [2, 1, 4, 3, 5], alternative="greater")
    >>> f"{p:.4f}, exact: {exact}"
    '0.0667, exact: True'
    """
    a, b = ranks(np.asarray(x)), ranks(np.asarray(y))
    if len(a) > DRAWN_UP_TO:
        return float(stats.spearmanr(a, b, alternative=alternative).pvalue), False
    centre = a.sum() * b.sum() / len(a)

    def distance(difference: Floats) -> Floats:
        return np.abs(difference) if alternative == "two-sided" else difference

    observed = distance(np.asarray(a @ b - centre))
    if len(a) <= EXACT_UP_TO:
        sums, counts = rank_product_distribution(tuple(2 * a), tuple(2 * b))
        # doubled midranks are whole numbers, so the sums are exact; a quarter brings them back
        extreme = distance(sums / 4 - centre) >= observed - _TOLERANCE
        return float(counts[extreme].sum() / counts.sum()), True
    generator = np.random.default_rng(seed)
    sampled = generator.permuted(np.broadcast_to(b, (draws, len(b))), axis=1) @ a
    reached = int(np.sum(distance(sampled - centre) >= observed - _TOLERANCE))
    return (reached + 1) / (draws + 1), False


@cache
def rank_product_distribution(x: tuple[float, ...], y: tuple[float, ...]) -> tuple[Floats, Floats]:
    """Distribution of Σ xᵢ·y_π(i) over all permutations π.

    Parameters
    ----------
    x, y : tuple of float, length n
        Whole numbers, such as doubled midranks.

    Returns
    -------
    sums, counts : ndarray, shape (sums,)
        Possible sums, and how many of the n! permutations give each.

    Notes
    -----
    The generating function of the sums is a permanent, expanded over the subsets of `x` that the first k of `y` have used:
    2ⁿ·n additions of polynomials instead of n! sums (van de Wiel & Di Bucchianico 2001, Journal of Statistical Planning and
    Inference 92:133-145).

    Examples
    --------
    >>> sums, counts = rank_product_distribution((1.0, 2.0, 3.0), (1.0, 2.0, 3.0))
    >>> dict(zip(sums.tolist(), counts.tolist(), strict=True))
    {10.0: 1.0, 11.0: 2.0, 13.0: 2.0, 14.0: 1.0}
    """
    n = len(x)
    first, low, step = _reduced(x)
    second, low_second, step_second = _reduced(y)
    first, second = np.sort(first), np.sort(second)
    subsets = np.arange(1 << n)
    members = (subsets[:, None] >> np.arange(n) & 1).astype(bool)
    sizes = members.sum(axis=1)
    row = np.zeros(1 << n, dtype=np.int64)  # where a subset's polynomial stands among those of its size
    used, polynomials = subsets[:1], np.ones((1, 1))
    # from the smallest of `y`, so that the polynomials stay short as long as possible
    for k, value in enumerate(second, start=1):
        larger = subsets[sizes == k]
        row[larger] = np.arange(len(larger))
        grown = np.zeros((len(larger), int(first[n - k :] @ second[:k]) + 1))
        for position in range(n):
            source = np.flatnonzero(~members[used, position])
            shift = int(first[position] * value)
            reach = min(polynomials.shape[1], grown.shape[1] - shift)
            grown[row[used[source] | 1 << position], shift : shift + reach] += polynomials[source, :reach]
        used, polynomials = larger, grown
    reduced = np.flatnonzero(polynomials[0])
    sums = step * step_second * reduced + low * sum(y) + low_second * sum(x) - n * low * low_second
    return sums.astype(float), polynomials[0, reduced]


def _reduced(values: tuple[float, ...]) -> tuple[NDArray[np.int64], int, int]:
    """Whole numbers from 0 in their largest common step, with their minimum and that step: shorter polynomials."""
    numbers = np.asarray(values).astype(np.int64)
    low = int(numbers.min())
    step = max(1, int(np.gcd.reduce(numbers - low)))
    return (numbers - low) // step, low, step


def power(rho: float, n: int, *, alpha: float = 0.05, simulations: int = DRAWS, seed: int = SEED) -> float:
    """Probability that the two-sided permutation test finds a true rank correlation.

    Use it before a study, to choose the number of cases; after one, it tells what a null result was worth.

    Parameters
    ----------
    rho : float
        True Spearman correlation of a bivariate normal population.
    n : int
        Cases, without ties, at most `EXACT_UP_TO`.
    alpha : float
        Level of the test.
    simulations : int
        Simulated samples; the standard error is at most 0.5/√simulations.
    seed : int
        Seed; the same for every `rho`, so that power grows smoothly with it.

    Notes
    -----
    The population's product-moment correlation is r = 2·sin(πρ/6) (Pearson 1907; Kruskal 1958, JASA 53:814-861); of normal x and
    noise, y = r·x + √(1 - r²)·noise.

    Examples
    --------
    >>> f"{power(0.8, 11):.1f}"
    '0.8'
    """
    pearson = 2 * np.sin(np.pi * rho / 6)
    x, ranked, noise = _simulated(simulations, n, seed)
    y = pearson * x + np.sqrt(1 - pearson**2) * noise
    found = (ranked * standardised(ranks(y))).sum(axis=1)
    return float(np.mean(np.abs(found) >= critical_rho(n, alpha=alpha) - _TOLERANCE))


@lru_cache(maxsize=1)
def _simulated(simulations: int, n: int, seed: int) -> tuple[Floats, Floats, Floats]:
    """Return normal values, their standardised ranks and noise, the same for all true correlations."""
    x, noise = np.random.default_rng(seed).standard_normal((2, simulations, n))
    return x, standardised(ranks(x)), noise


def critical_rho(n: int, *, alpha: float = 0.05) -> float:
    """Smallest |ρ| of n cases without ties whose exact two-sided p-value is at most `alpha`; NaN where none is.

    Examples
    --------
    >>> f"{critical_rho(11):.3f}"
    '0.618'
    """
    order = tuple(float(rank) for rank in range(1, n + 1))
    sums, counts = rank_product_distribution(order, order)
    largest = n * (n + 1) * (2 * n + 1) / 6
    distance = np.abs(1 - (largest - sums) / ((n**3 - n) / 12))
    values = np.unique(np.round(distance, 12))
    p = np.array([counts[distance >= value - _TOLERANCE].sum() for value in values]) / counts.sum()
    significant = values[p <= alpha]
    return float(significant[0]) if len(significant) else np.nan


def detectable_rho(n: int, *, target: float = POWER, alpha: float = 0.05) -> float:
    """Smallest true ρ that n cases detect with probability `target` (see `power`).

    Examples
    --------
    >>> f"{detectable_rho(11):.2f}"
    '0.78'
    """
    return float(brentq(lambda rho: power(rho, n, alpha=alpha) - target, 0.0, 0.999, xtol=1e-3))
