"""Shares of a population from many labels of a machine and few of people (prediction-powered inference, PPI++).

People label a random part of what the machine labels. That part tells how far the machine is off, and the machine's labels of the
rest are corrected by it. The machine may be as bad as it likes: a bad one gains nothing, but costs nothing either.
"""

import math
from collections.abc import Sequence
from typing import NamedTuple

import numpy as np
from numpy.typing import ArrayLike, NDArray
from scipy.stats import norm

from methods.intervals import CONFIDENCE, Share, wilson

Floats = NDArray[np.float64]


class PoweredMean(NamedTuple):
    """Estimate of `prediction_powered_mean` with its interval, and the weight that the machine's labels got."""

    mean: float
    low: float
    high: float
    tuning: float


def prediction_powered_mean(
    labels: ArrayLike,
    predictions: ArrayLike,
    unlabelled: ArrayLike,
    *,
    tuning: float | None = None,
    confidence: float = CONFIDENCE,
) -> PoweredMean:
    """Mean of an unlimited population, from few labels and many predictions.

    Use it for any numeric quantity and large samples. For shares of codes, which are often small and of a population that is not
    large, use `prediction_powered_share`.

    Parameters
    ----------
    labels, predictions : array-like, shape (n,)
        What people and the machine say of the same cases.
    unlabelled : array-like, shape (m,)
        What the machine says of further cases, drawn from the same population.
    tuning : float, optional
        Weight of the predictions; 0 is the labels' mean, 1 untuned prediction-powered inference. Without it, the weight of least
        variance.
    confidence : float
        Confidence level.

    Returns
    -------
    PoweredMean

    Notes
    -----
    Angelopoulos, Bates, Fannjiang, Jordan & Zrnic (2023), Science 382:669-674; tuned after Angelopoulos, Duchi & Zrnic (2023),
    PPI++, arXiv:2311.01453: λ = cov(Y, f) / ((1 + n/m)·var(f)), within 0 and 1; estimate mean(Y) + λ(mean of f, unlabelled, less
    mean of f, labelled); variance λ²·var(f, unlabelled)/m + var(Y - λf)/n; normal interval. Assumes that the labelled cases are a
    random part of all.

    Examples
    --------
    >>> labels, predictions = [2.0, 3.5, 1.0, 4.0, 5.5, 2.5], [1.5, 3.0, 1.5, 4.5, 5.0, 3.0]
    >>> result = prediction_powered_mean(labels, predictions, [2, 4, 3.5, 1, 5, 2.5, 3, 4.5, 1.5, 2])
    >>> f"{result.mean:.2f} [{result.low:.2f}, {result.high:.2f}], weight {result.tuning:.2f}"
    '2.97 [2.21, 3.73], weight 0.64'
    """
    y, f, rest = (np.asarray(values) for values in (labels, predictions, unlabelled))
    n, m = len(y), len(rest)
    if tuning is None:
        spread = float(np.var(np.concatenate([f, rest]), ddof=1))
        covariance = float(np.mean(y * (f - f.mean())))
        tuning = min(max(covariance / ((1 + n / m) * spread), 0.0), 1.0) if spread > 0 else 0.0
    mean = float(y.mean() + tuning * (rest.mean() - f.mean()))
    error = math.sqrt(tuning**2 * float(np.var(rest)) / m + float(np.var(y - tuning * f)) / n)
    half = float(norm.ppf((1 + confidence) / 2)) * error
    return PoweredMean(mean, mean - half, mean + half, tuning)


class Audit(NamedTuple):
    """A stratum of a population, partly labelled by people and by a machine, for one code.

    Attributes
    ----------
    both, people, machine, neither : int
        Cases that people labelled, by who gives the code.
    predicted, unlabelled : int
        Cases to which the machine alone gives the code, of those that it alone labelled.
    population : int
        All cases of the stratum, whether labelled or not.
    """

    both: int
    people: int
    machine: int
    neither: int
    predicted: int
    unlabelled: int
    population: int

    @property
    def labelled(self) -> int:
        """Cases that people labelled."""
        return self.both + self.people + self.machine + self.neither


class Powered(NamedTuple):
    """Result of `prediction_powered_share`.

    Attributes
    ----------
    share, low, high : float
        Of the whole population.
    tuning : tuple of float
        Weight of the machine's labels in each stratum: 0 not used, 1 taken as they are.
    effective : float
        So many labels by people alone would be as exact.
    """

    share: float
    low: float
    high: float
    tuning: tuple[float, ...]
    effective: float


class _Spread(NamedTuple):
    """Per stratum: share, weight of the machine, weight of the stratum, variances of a label and of its error, sizes."""

    share: Floats
    tuning: Floats
    weight: Floats
    label: Floats
    error: Floats
    n: Floats
    seen: Floats
    population: Floats

    def powered(self) -> float:
        """Variance of the estimate."""
        first = (1 / self.seen - 1 / self.population) * self.label
        second = (1 / self.n - 1 / self.seen) * self.error
        return float(np.sum(self.weight**2 * (first + second)))

    def people(self) -> tuple[float, float]:
        """Variance of the people's estimate by labels alone, and the part that a census of so many takes off."""
        weighted = self.weight**2 * self.label
        return float(np.sum(weighted / self.n)), float(np.sum(weighted / self.population))


def prediction_powered_share(strata: Sequence[Audit], *, confidence: float = CONFIDENCE) -> Powered:
    """Share of a code in a finite population, from few labels by people and many by a machine.

    Use it where a machine has labelled all or many cases of a population and people a random part of them. Read `effective`
    beside the interval: it says what the machine was good for.

    Parameters
    ----------
    strata : sequence of Audit
        One stratum, or several that were sampled at rates of their own; each is weighted with its population.
    confidence : float
        Confidence level.

    Returns
    -------
    Powered
        NaN where a stratum has fewer than two labels by people.

    Raises
    ------
    ValueError
        A stratum's population is smaller than the cases seen in it.

    Notes
    -----
    The point estimate is PPI++'s (see `prediction_powered_mean`), whose tuned form is the regression estimator of two-phase
    sampling (Cochran 1977, Sampling Techniques, §12.6): with M cases seen by the machine, n of them by people, N in all, its
    variance is (1/M - 1/N)·S²(Y) + (1/n - 1/M)·S²(Y - bf), b = cov(Y, f)/var(f). Where the machine has seen all N, only its
    error remains uncertain; for N without limit this is PPI++'s variance.

    The difference of a person's code and a machine's is one of matched proportions. A machine that happens to be right in all n
    cases has an estimated error of 0, which is too little; so variances come from the table with a half added to each cell
    (Agresti & Min 2005, Statistics in Medicine 24:729-740). The interval is Wilson's at the effective size p(1-p)/variance,
    with p from one more case of each kind, and within the shares that are still possible.

    Each share is tuned and bounded for itself: shares of all codes need not add up to 1, and their intervals hold one by one.
    For k codes at once take `confidence` = 1 - 0.05/k (Bonferroni).

    Examples
    --------
    >>> result = prediction_powered_share([Audit(52, 8, 6, 34, predicted=230, unlabelled=469, population=569)])
    >>> f"{result.share:.2f} [{result.low:.2f}, {result.high:.2f}], as exact as {result.effective:.0f} labels by people"
    '0.55 [0.49, 0.61], as exact as 167 labels by people'
    """
    spread = _spread(strata)
    if spread is None:
        return Powered(np.nan, np.nan, np.nan, tuple(np.nan for _ in strata), np.nan)
    n, population = float(spread.n.sum()), float(spread.population.sum())
    share = min(max(float(spread.weight @ spread.share), 0.0), 1.0)
    variance = spread.powered()
    low, high = _interval(share, variance, n, confidence)
    known = sum(each.both + each.people for each in strata), sum(each.machine + each.neither for each in strata)
    low, high = max(low, known[0] / population), min(high, 1 - known[1] / population)
    alone, census = spread.people()
    effective = n * alone / (variance + census)
    return Powered(min(max(share, low), high), low, high, tuple(float(each) for each in spread.tuning), effective)


class Needed(NamedTuple):
    """Labels by people for an interval of a wanted width: with the machine's help, and without. Infinite where none suffice."""

    powered: float
    alone: float


def labels_needed(strata: Sequence[Audit], width: float, *, confidence: float = CONFIDENCE) -> Needed:
    """How many labels by people an interval of a given width takes, shared among the strata as now.

    Use it to plan: after a first round tells how good the machine is, see what a second is to cost.

    Parameters
    ----------
    strata : sequence of Audit
        What is labelled so far.
    width : float
        Of the whole interval, in shares: 0.1 is ± 5 points.
    confidence : float
        Confidence level.

    Returns
    -------
    Needed
        Whole numbers.

    Notes
    -----
    The variance of `prediction_powered_share` set equal to (width / 2z)² and solved for n. It takes the machine as it was
    in the labels so far, whose own uncertainty it passes over.

    Examples
    --------
    >>> labels_needed([Audit(52, 8, 6, 34, predicted=230, unlabelled=469, population=569)], 0.1)
    Needed(powered=144, alone=226)
    """
    spread = _spread(strata)
    if spread is None:
        return Needed(np.nan, np.nan)
    n = float(spread.n.sum())
    wanted = (width / (2 * float(norm.ppf((1 + confidence) / 2)))) ** 2
    alone, census = spread.people()
    powered = float(np.sum(spread.weight**2 * spread.error / spread.n))
    # what no label by people takes off: the machine has not seen all
    floor = float(np.sum(spread.weight**2 * (spread.label - spread.error) / spread.seen)) - census
    left = wanted - floor
    return Needed(
        math.ceil(n * powered / left - 1e-9) if left > 0 else math.inf,
        math.ceil(n * alone / (wanted + census) - 1e-9),
    )


def _spread(strata: Sequence[Audit]) -> _Spread | None:
    if any(each.labelled < 2 for each in strata):
        return None
    for each in strata:
        if each.labelled + each.unlabelled > each.population:
            raise ValueError(f"a population of {each.population} cannot hold {each.labelled + each.unlabelled} cases")
    rows = [_stratum(each) for each in strata]
    population = np.array([each.population for each in strata])
    n = np.array([each.labelled for each in strata])
    seen = n + np.array([each.unlabelled for each in strata])
    share, tuning, label, error = (np.array(column) for column in zip(*rows, strict=True))
    return _Spread(share, tuning, population / population.sum(), label, error, n, seen, population)


def _stratum(each: Audit) -> tuple[float, float, float, float]:
    """Return share, weight of the machine's labels, and the smoothed variances of a label and of its error."""
    n, seen = each.labelled, each.labelled + each.unlabelled
    said = (each.both + each.machine + each.predicted) / seen
    y, f = (each.both + each.people) / n, (each.both + each.machine) / n
    spread = said * (1 - said) * seen / (seen - 1)
    slope = min(max((each.both / n - y * f) / spread, 0.0), 1.0) if spread > 0 else 0.0
    a, b, c, d = (count + 0.5 for count in each[:4])
    size = a + b + c + d
    p, q = (a + b) / size, (a + c) / size
    label, machine, covariance = p * (1 - p), q * (1 - q), a / size - p * q
    unbiased = n / (n - 1)
    error = label - 2 * slope * covariance + slope**2 * machine
    return y + slope * (said - f), slope, label * unbiased, max(error, 0.0) * unbiased


def _interval(share: float, variance: float, n: float, confidence: float) -> tuple[float, float]:
    if variance == 0:  # people have seen every case
        return share, share
    shrunk = (share * n + 1) / (n + 2)  # as the variances are
    effective = shrunk * (1 - shrunk) / variance
    interval: Share = wilson(share * effective, effective, confidence=confidence)
    return interval.low, interval.high
