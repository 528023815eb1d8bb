"""Association of two categorical variables: exact or Monte-Carlo tests, an effect size with an interval, correction."""

from collections.abc import Callable
from typing import Any, NamedTuple

import numpy as np
import pandas as pd
from numpy.typing import ArrayLike, NDArray
from scipy import stats
from scipy.optimize import brentq
from scipy.special import gammaln

from methods.intervals import CONFIDENCE, newcombe

DRAWS = 50_000
SEED = 20240916  # the first day of ISSTA 2024; any fixed number would do
_LOG_ODDS = 700.0  # beyond every odds ratio that a number can hold


class Association(NamedTuple):
    """Result of `association`.

    Attributes
    ----------
    n : int
        Cases.
    statistic : float
        Pearson's χ² of the table.
    dof : int
        Its degrees of freedom.
    p : float
        P-value of the Fisher–Freeman–Halton test.
    p_error : float
        Monte-Carlo standard error of `p`; 0 where the test was exact.
    v, low, high : float
        Bias-corrected Cramér's V and its interval.
    """

    n: int
    statistic: float
    dof: int
    p: float
    p_error: float
    v: float
    low: float
    high: float


def association(
    table: ArrayLike, *, draws: int = DRAWS, seed: int = SEED, confidence: float = CONFIDENCE
) -> Association:
    """Test whether rows and columns of a table of counts are independent, and say how strongly they are not.

    Use it for a table of counts of any size. The p-value alone says whether chance could have made the table, and depends on
    the number of cases; V says how strong the association is, and its interval which strengths the data allows.

    Empty rows and columns are left out: they carry no information and change no statistic.

    Parameters
    ----------
    table : array-like, shape (rows, columns)
        Counts.
    draws : int
        Monte-Carlo draws where the table is larger than 2 × 2.
    seed : int
        Seed of the draws.
    confidence : float
        Confidence level of V's interval.

    Returns
    -------
    Association
        NaN statistics where fewer than two rows or columns have cases.

    See Also
    --------
    fisher_freeman_halton, cramers_v

    Examples
    --------
    >>> result = association([[12, 5, 3], [4, 9, 7]])
    >>> f"p = {result.p:.3f}, V = {result.v:.2f} [{result.low:.2f}, {result.high:.2f}]"
    'p = 0.044, V = 0.35 [0.00, 0.70]'
    """
    counts = _occupied(table)
    if min(counts.shape) < 2:
        return Association(int(counts.sum()), np.nan, 0, np.nan, 0.0, np.nan, np.nan, np.nan)
    statistic, _, dof, _ = stats.chi2_contingency(counts, correction=False)
    p, error = fisher_freeman_halton(counts, draws=draws, seed=seed)
    v, low, high = cramers_v(counts, confidence=confidence)
    return Association(int(counts.sum()), float(statistic), int(dof), p, error, v, low, high)


def fisher_freeman_halton(table: ArrayLike, *, draws: int = DRAWS, seed: int = SEED) -> tuple[float, float]:
    """P-value of the Fisher–Freeman–Halton test of independence, and its Monte-Carlo standard error.

    Use it instead of Pearson's χ² test where expected counts are small (below five, say) and that test's approximation fails.

    Parameters
    ----------
    table : array-like, shape (rows, columns)
        Counts, every row and column occupied.
    draws : int
        Random tables with the observed margins; a 2 × 2 table is tested exactly.
    seed : int
        Seed of the draws.

    Notes
    -----
    Freeman & Halton (1951), Biometrika 38:141-149: the share of tables with the same margins that are no more probable than
    the observed one. Monte-Carlo estimate (b+1)/(m+1) after Davison & Hinkley (1997, §4.2), tables drawn by Patefield's
    algorithm (AS 159) as in SciPy. Assumes independent cases, margins taken as fixed.

    Examples
    --------
    >>> p, error = fisher_freeman_halton([[8, 2], [1, 5]])
    >>> f"{p:.4f}, exact: {error == 0}"
    '0.0350, exact: True'
    """
    counts = np.asarray(table, dtype=int)
    if counts.shape == (2, 2):
        return float(stats.fisher_exact(counts).pvalue), 0.0
    distribution = stats.random_table(counts.sum(axis=1), counts.sum(axis=0))
    sampled = distribution.rvs(draws, random_state=np.random.default_rng(seed)).astype(int)
    # equally probable tables must count as equal despite rounding: compare with a relative tolerance, as R does
    extreme = int(np.sum(_log_weight(sampled) <= _log_weight(counts[None])[0] + 1e-7))
    p = (extreme + 1) / (draws + 1)
    return p, float(np.sqrt(p * (1 - p) / draws))


def cramers_v(table: ArrayLike, *, confidence: float = CONFIDENCE) -> tuple[float, float, float]:
    """Bias-corrected Cramér's V with an interval: 0 is independence, 1 is full dependence.

    The uncorrected V is never 0 in a sample, however independent the variables are; the correction takes that off.

    Parameters
    ----------
    table : array-like, shape (rows, columns)
        Counts, every row and column occupied.
    confidence : float
        Confidence level.

    Returns
    -------
    v, low, high : float
        `v` is NaN where each row, or each column, has one case: the correction leaves nothing.

    Notes
    -----
    Estimate: Bergsma (2013), Journal of the Korean Statistical Society 42:323-328. Interval: the noncentralities whose χ²
    distribution has the observed statistic at its upper and lower tail (Steiger & Fouladi 1997; Smithson 2003, §4.2), as
    V = √(λ / (n·min(r-1, c-1))); it is approximate where expected counts are small.

    Examples
    --------
    >>> [round(value, 2) for value in cramers_v([[12, 5, 3], [4, 9, 7]])]
    [0.35, 0.0, 0.7]
    """
    counts = np.asarray(table)
    statistic, _, dof, _ = stats.chi2_contingency(counts, correction=False)
    n, (r, c) = counts.sum(), counts.shape
    excess = max(0.0, statistic / n - dof / (n - 1))
    shrunk = min(r - (r - 1) ** 2 / (n - 1), c - (c - 1) ** 2 / (n - 1)) - 1
    scale = n * (min(r, c) - 1)
    tail = (1 - confidence) / 2
    low, high = (_noncentrality(statistic, dof, upper) for upper in (1 - tail, tail))
    v = np.sqrt(excess / shrunk) if shrunk > 0 else np.nan
    return float(v), float(np.sqrt(low / scale)), float(min(1.0, np.sqrt(high / scale)))


def compare_codes(first: pd.Series, second: pd.Series, *, confidence: float = CONFIDENCE) -> pd.DataFrame:
    """Compare two distributions over the same codes, one code at a time, corrected for many tests.

    Use it after a test of the whole table, to see where a difference lies. One question per code makes many tests, of which
    some would come out small by chance alone: read `p_holm`, and the interval of the difference before either.

    Parameters
    ----------
    first, second : Series
        Counts per code; the codes of both are compared, absent ones as 0.
    confidence : float
        Confidence level.

    Returns
    -------
    DataFrame
        Index code; columns first, second (counts), difference (of shares, first - second) with low and high,
        odds_ratio with odds_low and odds_high, p (Fisher's exact test), p_holm.

    Notes
    -----
    Interval of the difference: Newcombe (1998), Statistics in Medicine 17:873-890, method 10. Odds ratio: conditional
    maximum likelihood with the exact interval (Cornfield 1956). Correction: Holm (1979), Scandinavian Journal of
    Statistics 6:65-70. Codes that neither uses are left out.

    Examples
    --------
    >>> first, second = pd.Series({"crash": 12, "wrong": 8}), pd.Series({"crash": 5, "wrong": 15})
    >>> row = compare_codes(first, second).loc["crash"]
    >>> f"{row['difference']:+.2f} [{row['low']:+.2f}, {row['high']:+.2f}], p = {row['p']:.3f}, Holm: {row['p_holm']:.3f}"
    '+0.35 [+0.04, +0.58], p = 0.054, Holm: 0.107'
    """
    codes = list(dict.fromkeys([*first.index, *second.index]))
    a, b = (series.reindex(codes, fill_value=0) for series in (first, second))
    n, m = int(a.sum()), int(b.sum())
    used = [code for code in codes if a[code] + b[code] > 0]
    rows = [_compare(int(a[code]), n, int(b[code]), m, confidence) for code in used]
    frame = pd.DataFrame(rows, index=pd.Index(used, name="code"), columns=COMPARISON)
    frame["p_holm"] = holm(frame["p"])
    return frame


def holm(p: pd.Series) -> pd.Series:
    """Correct p-values for the number of tests, so that the chance of any false rejection stays at the level.

    The smallest of m p-values is multiplied by m, the next by m - 1, and so on; none may fall below a smaller one's.

    Parameters
    ----------
    p : Series
        P-values of one family; undefined ones (NaN) are no tests and stay undefined.

    Returns
    -------
    Series
        Adjusted p-values, same index.

    Notes
    -----
    Holm (1979), Scandinavian Journal of Statistics 6:65-70. (statsmodels' ``multipletests`` gives the same values, but runs
    the garbage collector at each call, which took longer than all tests of a chapter.)

    Examples
    --------
    >>> holm(pd.Series([0.01, 0.04, 0.03])).tolist()
    [0.03, 0.06, 0.06]
    """
    defined = p.astype(float).dropna().sort_values()
    steps = defined * np.arange(len(defined), 0, -1)
    return steps.cummax().clip(upper=1.0).reindex(p.index)


class OddsRatio(NamedTuple):
    """An odds ratio with its interval."""

    ratio: float
    low: float
    high: float


def odds_ratio(x: int, n: int, y: int, m: int, *, confidence: float = CONFIDENCE) -> OddsRatio:
    """Odds ratio of x of n cases against y of m, with its exact interval.

    Notes
    -----
    Conditional maximum likelihood, and the exact interval of Cornfield (1956): the odds ratios at which Fisher's noncentral
    hypergeometric distribution has the observed count as its mean, or at its upper or lower tail. (SciPy's
    ``contingency.odds_ratio`` gives the same in ten times the time.)

    Examples
    --------
    >>> "{:.2f} [{:.2f}, {:.2f}]".format(*odds_ratio(6, 100, 18, 100))
    '0.29 [0.09, 0.82]'
    """
    counts = np.arange(max(0, x + y - m), min(n, x + y) + 1)
    others = x + y - counts
    weight = -gammaln([counts + 1, n - counts + 1, others + 1, m - others + 1]).sum(axis=0)
    tail = (1 - confidence) / 2

    def solved(excess: Callable[[NDArray[np.float64]], Any]) -> float:
        def of(log_odds: float) -> float:
            tilted = weight + counts * log_odds
            probability = np.exp(tilted - tilted.max())
            return float(excess(probability / probability.sum()))

        return float(np.exp(brentq(of, -_LOG_ODDS, _LOG_ODDS)))

    lowest, highest = x == counts[0], x == counts[-1]
    return OddsRatio(
        0.0 if lowest else np.inf if highest else solved(lambda p: p @ counts - x),
        0.0 if lowest else solved(lambda p: p[counts >= x].sum() - tail),
        np.inf if highest else solved(lambda p: p[counts <= x].sum() - tail),
    )


COMPARISON = ["first", "second", "difference", "low", "high", "odds_ratio", "odds_low", "odds_high", "p"]


def _compare(x: int, n: int, y: int, m: int, confidence: float) -> tuple[float, ...]:
    difference, odds = newcombe(x, n, y, m, confidence=confidence), odds_ratio(x, n, y, m, confidence=confidence)
    return x, y, *difference, *odds, float(stats.fisher_exact(np.array([[x, n - x], [y, m - y]])).pvalue)


def _occupied(table: ArrayLike) -> NDArray[np.int64]:
    counts = np.atleast_2d(np.asarray(table))
    counts = counts[counts.sum(axis=1) > 0]
    occupied: NDArray[np.int64] = counts[:, counts.sum(axis=0) > 0]
    return occupied


def _log_weight(tables: NDArray[np.int64]) -> NDArray[np.float64]:
    """Logarithm of each table's probability given the margins, up to a constant."""
    log_factorials = gammaln(np.arange(tables.max() + 1) + 1.0)
    weight: NDArray[np.float64] = -log_factorials[tables].sum(axis=(1, 2))
    return weight


def _noncentrality(statistic: float, dof: int, quantile: float) -> float:
    """Noncentrality at which `statistic` is the given quantile; 0 where even the central distribution lies above it."""

    def excess(noncentrality: float) -> float:
        return float(stats.ncx2.cdf(statistic, dof, noncentrality)) - quantile

    if stats.chi2.cdf(statistic, dof) <= quantile:
        return 0.0
    top = max(4.0, statistic)
    while excess(top) > 0:
        top *= 2
    return float(brentq(excess, 1e-12, top))


def benjamini_hochberg(p: pd.Series) -> pd.Series:
    """Correct p-values so that among the rejected hypotheses the expected share of false rejections stays at the level.

    Use it where many hypotheses are screened and some false ones among those found are bearable; `holm` where none is.

    Parameters
    ----------
    p : Series
        P-values of one family; undefined ones (NaN) are no tests and stay undefined.

    Returns
    -------
    Series
        Adjusted p-values, same index.

    Notes
    -----
    Benjamini & Hochberg (1995), JRSS B 57:289-300; holds under independence and under positive dependence (Benjamini &
    Yekutieli 2001), which tests of sequences that contain each other have.

    Examples
    --------
    >>> benjamini_hochberg(pd.Series([0.01, 0.04, 0.03])).round(3).tolist()
    [0.03, 0.04, 0.04]
    """
    defined = p.astype(float).dropna().sort_values(ascending=False)
    m = len(defined)
    steps = defined * m / np.arange(m, 0, -1)
    return steps.cummin().reindex(p.index)
