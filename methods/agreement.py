"""Agreement of two raters on nominal codes: percent, Cohen's κ, Krippendorff's α, Gwet's AC1, with intervals."""

from collections.abc import Sequence
from itertools import combinations
from typing import NamedTuple

import numpy as np
import pandas as pd
from numpy.typing import NDArray
from scipy import stats

from methods.intervals import CONFIDENCE, wilson

COEFFICIENTS = ("percent", "kappa", "alpha", "ac1")

Tables = NDArray[np.float64] | NDArray[np.int64]


def agreement(first: Sequence[str], second: Sequence[str], *, confidence: float = CONFIDENCE) -> pd.DataFrame:
    """Agreement of two raters who each gave every issue one code.

    Use it before anything is concluded from labels: what two people can't agree on, one of them can't have measured. Percent
    agreement is easy to read but rewards codes that are common anyway; κ, α and AC1 take off what chance would give, each with
    another idea of chance. Read several: where one code dominates, κ and α fall although hardly anybody disagrees, AC1 doesn't.

    Parameters
    ----------
    first, second : sequence of str, length n
        Codes of the two raters, issue by issue.
    confidence : float
        Confidence level.

    Returns
    -------
    DataFrame
        Index coefficient (percent, kappa, alpha, ac1); columns value, low, high, n, codes (codes in use).
        ``percent`` is a share with Wilson's interval. A coefficient that is undefined, as κ and α are when both raters use
        one and the same code throughout, is NaN; AC1 is then 1.

    Raises
    ------
    ValueError
        The raters rated different numbers of issues, or none.

    Notes
    -----
    κ: Cohen (1960), Educational and Psychological Measurement 20:37-46. α: Krippendorff (2011), Computing Krippendorff's
    Alpha-Reliability, nominal metric. AC1: Gwet (2008), British Journal of Mathematical and Statistical Psychology 61:29-48.
    Interval: Student's t on Fisher's z of the coefficient, with the jackknife's standard error over issues (Efron & Stein 1981,
    Annals of Statistics 9:586-596). It needs no draws, so that it is the same in every run; at the sizes of this study it
    covers what it promises where the percentile bootstrap covers less (``python -m benchmarks.coverage``). When the raters
    never disagree it collapses to a point, and the interval of ``percent`` is the one to read.

    Examples
    --------
    >>> first = ["crash"] * 7 + ["wrong"] * 3
    >>> second = ["crash"] * 6 + ["wrong"] * 4
    >>> agreement(first, second)[["value", "low", "high"]].round(2)
                 value   low  high
    coefficient
    percent       0.90  0.60  0.98
    kappa         0.78 -0.27  0.98
    alpha         0.79 -0.24  0.98
    ac1           0.82 -0.12  0.98

    Nine of ten issues alike, and still the data allows a κ of 0: ten issues are few.
    """
    if len(first) != len(second) or not len(first):
        raise ValueError(f"two raters must rate the same issues, at least one; got {len(first)} and {len(second)}")
    table = confusion(first, second)
    n, codes = int(table.sum()), len(table)
    values = coefficients(table[None])
    bounds = {name: jackknife_interval(table, name, confidence=confidence) for name in COEFFICIENTS}
    exact = wilson(float(np.trace(table)), n, confidence=confidence)
    bounds["percent"] = (exact.low, exact.high)
    rows = [(float(values[name][0]), *bounds[name], n, codes) for name in COEFFICIENTS]
    frame = pd.DataFrame(rows, index=pd.Index(COEFFICIENTS, name="coefficient"))
    return frame.set_axis(["value", "low", "high", "n", "codes"], axis=1)


def jackknife_interval(
    table: NDArray[np.int64], coefficient: str, *, confidence: float = CONFIDENCE
) -> tuple[float, float]:
    """Interval of a coefficient from leaving out one issue at a time (see `agreement`).

    Parameters
    ----------
    table : ndarray of int, shape (codes, codes)
        See `confusion`.
    coefficient : str
        One of `COEFFICIENTS`.
    confidence : float
        Confidence level.

    Returns
    -------
    low, high : float
        NaN where the coefficient is undefined, or is for some issue left out; a point where the raters always or never agree.

    Examples
    --------
    >>> low, high = jackknife_interval(np.array([[20, 4], [2, 34]]), "kappa")
    >>> f"[{low:.2f}, {high:.2f}]"
    '[0.56, 0.91]'
    """
    value = float(coefficients(table[None])[coefficient][0])
    if np.isnan(value) or abs(value) > 1 - 1e-12:
        return value, value
    n, (rows, columns) = int(table.sum()), np.nonzero(table)
    if n < 2:  # without the only issue nothing is left
        return np.nan, np.nan
    without = np.repeat(table[None], len(rows), axis=0)
    without[np.arange(len(rows)), rows, columns] -= 1
    weight = table[rows, columns]  # issues that share a cell leave the same table
    values = coefficients(without)[coefficient]
    variance = (n - 1) / n * float(weight @ (values - weight @ values / n) ** 2)
    reach = stats.t.ppf((1 + confidence) / 2, n - 1) * np.sqrt(variance) / (1 - value**2)
    return float(np.tanh(np.arctanh(value) - reach)), float(np.tanh(np.arctanh(value) + reach))


class MeanKappa(NamedTuple):
    """κ over all pairs of raters: its mean, its interval, how many pairs it is of, and of how many κ is undefined."""

    value: float
    low: float
    high: float
    pairs: int
    undefined: int


def mean_kappa(raters: Sequence[Sequence[str | None]], *, confidence: float = CONFIDENCE) -> MeanKappa:
    """Mean of Cohen's κ over all pairs of raters, with an interval.

    Use it for a group whose members count alike, such as a class: one number for how well people agree who read the same
    rules. Look at the pairs, too: a mean hides who stands apart.

    Parameters
    ----------
    raters : sequence of sequence of (str or None), each of length n
        Each rater's codes, issue by issue; None where a rater gave none. A pair is compared where both gave one.
    confidence : float
        Confidence level.

    Returns
    -------
    MeanKappa
        Pairs with fewer than two common issues, or whose κ is undefined because both use one and the same code, are left out of
        the mean and counted in ``undefined``. NaN where no pair is left; no interval where κ is undefined without some issue.

    Raises
    ------
    ValueError
        There are fewer than two raters, or they have lists of different lengths.

    Notes
    -----
    The mean is Light's κ (Light 1971, Psychological Bulletin 76:365-377). Interval: as in `agreement`, with the jackknife over
    issues, each left out for all pairs at once, since pairs share raters and issues; so it says what other issues of this kind
    would give with the same raters, not what other raters would. Of two raters both are those of `agreement`.

    Examples
    --------
    >>> codes = ["crash"] * 7 + ["wrong"] * 3, ["crash"] * 6 + ["wrong"] * 4, ["crash"] * 5 + ["wrong"] * 5
    >>> found = mean_kappa(codes)
    >>> f"{found.value:.2f} [{found.low:.2f}, {found.high:.2f}] of {found.pairs} pairs"
    '0.73 [0.03, 0.95] of 3 pairs'
    """
    lengths = {len(codes) for codes in raters}
    if len(raters) < 2 or len(lengths) != 1:
        raise ValueError(f"needs two raters or more with lists of one length; got {len(raters)} of lengths {lengths}")
    n = lengths.pop()
    stacks = [found for one, other in combinations(raters, 2) if (found := _leaving_one_out(one, other)) is not None]
    # row 0: all issues; row 1 + i: without issue i
    kappas = np.array(stacks).reshape(len(stacks), n + 1)
    kappas = kappas[~np.isnan(kappas[:, 0])]
    total = len(raters) * (len(raters) - 1) // 2
    if not len(kappas):
        return MeanKappa(np.nan, np.nan, np.nan, 0, total)
    shared = [sum(codes[issue] is not None for codes in raters) > 1 for issue in range(n)]
    rated = sum(shared)
    means = kappas.mean(axis=0)
    value = float(means[0])
    if abs(value) > 1 - 1e-12:
        return MeanKappa(value, value, value, len(kappas), total - len(kappas))
    without = means[1:][shared]  # an issue of one rater, or of none, changes nothing
    variance = (rated - 1) / rated * float(((without - without.mean()) ** 2).sum())
    reach = stats.t.ppf((1 + confidence) / 2, rated - 1) * np.sqrt(variance) / (1 - value**2)
    low, high = np.tanh(np.arctanh(value) - reach), np.tanh(np.arctanh(value) + reach)
    return MeanKappa(value, float(low), float(high), len(kappas), total - len(kappas))


def _leaving_one_out(first: Sequence[str | None], second: Sequence[str | None]) -> NDArray[np.float64] | None:
    """Return κ of all issues, then without each; None without a common issue."""
    both = [
        (issue, one, other)
        for issue, (one, other) in enumerate(zip(first, second, strict=True))
        if one is not None and other is not None
    ]
    if not both:
        return None
    codes = sorted({code for _, *pair in both for code in pair})
    table = confusion([one for _, one, _ in both], [other for _, _, other in both])
    tables = np.repeat(table[None], len(first) + 1, axis=0)
    for issue, one, other in both:
        tables[issue + 1, codes.index(one), codes.index(other)] -= 1
    if len(both) == 1:
        return np.full(len(first) + 1, np.nan)
    return coefficients(tables)["kappa"]


def confusion(first: Sequence[str], second: Sequence[str]) -> NDArray[np.int64]:
    """Table of the raters' codes, first rater in rows, over the codes in use in sorted order; shape (codes, codes).

    Look at it before the coefficients: it shows which codes are taken for which, and so which rule of a codebook to sharpen.

    Examples
    --------
    >>> confusion(["crash", "crash", "wrong"], ["crash", "wrong", "wrong"])
    array([[1, 1],
           [0, 1]])
    """
    codes = sorted({*first, *second})
    table = np.zeros((len(codes), len(codes)), dtype=np.int64)
    np.add.at(table, (np.searchsorted(codes, list(first)), np.searchsorted(codes, list(second))), 1)
    return table


def coefficients(tables: Tables) -> dict[str, NDArray[np.float64]]:
    """All four coefficients for a stack of confusion tables.

    Parameters
    ----------
    tables : ndarray, shape (tables, codes, codes)
        Counts.

    Returns
    -------
    dict of str to ndarray, shape (tables,)
        By coefficient; NaN where undefined.

    Examples
    --------
    >>> table = np.array([[[6, 1], [0, 3]]], dtype=float)
    >>> {name: float(values[0].round(2)) for name, values in coefficients(table).items()}
    {'percent': 0.9, 'kappa': 0.78, 'alpha': 0.79, 'ac1': 0.82}
    """
    n = tables.sum(axis=(1, 2))
    rows, columns = tables.sum(axis=2) / n[:, None], tables.sum(axis=1) / n[:, None]
    mean = (rows + columns) / 2
    observed = np.trace(tables, axis1=1, axis2=2) / n
    codes = tables.shape[1]
    chance = {
        "kappa": (rows * columns).sum(axis=1),
        # expected agreement of two different ones of the 2n ratings
        "alpha": (mean * (2 * n[:, None] * mean - 1)).sum(axis=1) / (2 * n - 1),
        "ac1": (mean * (1 - mean)).sum(axis=1) / (codes - 1) if codes > 1 else np.zeros_like(observed),
    }
    corrected = {name: _corrected(observed, expected) for name, expected in chance.items()}
    return {"percent": observed, **corrected}


def _corrected(observed: NDArray[np.float64], expected: NDArray[np.float64]) -> NDArray[np.float64]:
    with np.errstate(invalid="ignore"):  # 0/0 where both use one and the same code
        value: NDArray[np.float64] = (observed - expected) / (1 - expected)
    return value
