"""Trend of a share over a numeric variable: a binomial GLM with one predictor."""

from collections.abc import Callable
from typing import NamedTuple

import numpy as np
from numpy.typing import ArrayLike, NDArray
from scipy import stats
from scipy.optimize import brentq, minimize_scalar
from scipy.special import expit, xlogy

from analysis.statistics.intervals import CONFIDENCE

_STEEPEST = 40.0  # log-odds over the predictor's standard deviation; an interval that reaches it has no end
Floats = NDArray[np.float64]


class Trend(NamedTuple):
    """Result of `logistic_trend`.

    Attributes
    ----------
    n, events : int
        Cases; cases with the property.
    odds_ratio, low, high : float
        Odds ratio per unit of the predictor, with its profile-likelihood interval.
    p : float
        Likelihood-ratio test of no trend.
    fit_p : float
        Goodness of fit: residual deviance against χ²; small where the shares do not follow a logistic curve.
    """

    n: int
    events: int
    odds_ratio: float
    low: float
    high: float
    p: float
    fit_p: float


def logistic_trend(
    x: ArrayLike, events: ArrayLike, totals: ArrayLike, *, per: float = 1.0, confidence: float = CONFIDENCE
) -> Trend:
    """Fit log-odds(share) = a + b·x/per to grouped counts and return the odds ratio exp(b).

    Parameters
    ----------
    x : array-like, shape (groups,)
        Predictor, one value a group.
    events, totals : array-like, shape (groups,)
        Cases with the property, and all cases, of each group; groups without cases are left out.
    per : float
        Unit of the odds ratio: 10 gives it per ten units of `x`.
    confidence : float
        Confidence level.

    Returns
    -------
    Trend
        NaN where fewer than two groups have cases, or all or none of the cases have the property. A bound is 0 or
        infinite where the likelihood has no maximum (complete separation).

    Notes
    -----
    McCullagh & Nelder (1989), Generalized Linear Models, ch. 4: binomial family, logit link, maximum likelihood. Interval
    from the profile likelihood (Venables & Ripley 2002, §7.2; R's ``confint``), test by the change in deviance. Assumes
    independent cases and a constant odds ratio; `fit_p` questions the latter, given groups of sufficient size.
    """
    values, k, n = (np.asarray(numbers, dtype=float) for numbers in (x, events, totals))
    values, k, n = values[n > 0], k[n > 0], n[n > 0]
    cases, having = int(n.sum()), int(k.sum())
    if len(np.unique(values)) < 2 or having in {0, cases}:
        return Trend(cases, having, np.nan, np.nan, np.nan, np.nan, np.nan)
    spread = float(np.sqrt(np.cov(values, fweights=n.astype(int), ddof=0)))
    scaled = (values - np.average(values, weights=n)) / spread

    def profile(slope: float) -> float:
        return _profile_log_likelihood(slope, scaled, k, n)

    best = minimize_scalar(
        lambda slope: -profile(slope), bounds=(-_STEEPEST, _STEEPEST), method="bounded", options={"xatol": 1e-9}
    )
    slope, fitted = float(best.x), -float(best.fun)
    low, high = _profile_interval(profile, slope, fitted, confidence)
    unit = per / spread
    saturated = float(np.sum(xlogy(k, k / n) + xlogy(n - k, 1 - k / n)))
    groups_left = len(values) - 2
    return Trend(
        cases,
        having,
        float(np.exp(slope * unit)),
        float(np.exp(low * unit)),
        float(np.exp(high * unit)),
        float(stats.chi2.sf(max(0.0, 2 * (fitted - profile(0.0))), 1)),
        float(stats.chi2.sf(max(0.0, 2 * (saturated - fitted)), groups_left)) if groups_left else np.nan,
    )


def _profile_log_likelihood(slope: float, x: Floats, k: Floats, n: Floats) -> float:
    """Log-likelihood (without the binomial coefficients) at a slope, the intercept chosen best."""
    line = slope * x
    # at the best intercept the expected number of events is the observed one, which lies within these ends
    crude = float(np.log(k.sum() / (n.sum() - k.sum())))
    reach = float(np.abs(line).max()) + 1e-6
    intercept = brentq(lambda a: float(np.sum(n * expit(a + line)) - k.sum()), crude - reach, crude + reach, xtol=1e-13)
    predictor = intercept + line
    return float(np.sum(k * predictor - n * np.logaddexp(0.0, predictor)))


def _profile_interval(
    profile: Callable[[float], float], slope: float, fitted: float, confidence: float
) -> tuple[float, float]:
    """Slopes at which the profile likelihood has fallen by half the χ² quantile; infinite where it never does."""
    drop = float(stats.chi2.ppf(confidence, 1)) / 2
    ends = []
    for bound in (-_STEEPEST, _STEEPEST):
        if fitted - profile(bound) <= drop:
            ends.append(float(np.copysign(np.inf, bound)))
        else:
            ends.append(float(brentq(lambda b: fitted - profile(b) - drop, bound, slope)))
    return ends[0], ends[1]
