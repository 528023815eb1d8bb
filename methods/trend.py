"""Trend of a share over a numeric variable: a binomial GLM with one predictor."""

from collections.abc import Callable
from typing import NamedTuple

import numpy as np
from numpy.typing import ArrayLike, NDArray
from scipy import stats
from scipy.optimize import brentq, minimize_scalar
from scipy.special import expit, xlogy

from methods.intervals import CONFIDENCE

_STEEPEST = 40.0  # log-odds over the predictor's standard deviation; an interval that reaches it has no end
Floats = NDArray[np.float64]


class Trend(NamedTuple):
    """Result of `logistic_trend`.

    Attributes
    ----------
    n, events : int
        Cases; cases with the property.
    odds_ratio, low, high : float
        Odds ratio per unit of the predictor, with its profile-likelihood interval, widened where `dispersion` exceeds 1.
    p : float
        Test of no trend by the change in deviance: against χ², or F where `dispersion` exceeds 1.
    fit_p : float
        Goodness of fit: residual deviance against χ²; small where the shares do not follow a logistic curve.
    dispersion : float
        Pearson's χ² over its degrees of freedom (φ): about 1 where the groups scatter about the curve as binomial counts do;
        NaN for two groups.
    """

    n: int
    events: int
    odds_ratio: float
    low: float
    high: float
    p: float
    fit_p: float
    dispersion: float


def logistic_trend(
    x: ArrayLike, events: ArrayLike, totals: ArrayLike, *, per: float = 1.0, confidence: float = CONFIDENCE
) -> Trend:
    """Fit log-odds(share) = a + b·x/per to grouped counts and return the odds ratio exp(b).

    Use it to ask whether a share rises or falls over a number (size, age, year) without cutting the number into classes. An odds
    ratio of 1.4 per ten units multiplies the odds by 1.4 with every ten units. Read `fit_p` and `dispersion` with it: where the
    shares follow no such curve, the ratio is an average slope and no more.

    Parameters
    ----------
    x : array-like, shape (groups,)
        Predictor, one value per group.
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

    Where the groups scatter more than binomial counts (φ > 1, *ibid.* §4.5), the variance is taken as φ times the binomial
    one (R's ``quasibinomial``): the fall in log-likelihood that bounds the interval is φ·t²/2 with Student's t at the residual
    degrees of freedom instead of χ²/2, and the test is F. The estimate stays. φ ≤ 1 is taken for 1.

    Examples
    --------
    >>> trend = logistic_trend([10, 20, 30], [2, 6, 9], [20, 20, 20], per=10)
    >>> f"{trend.odds_ratio:.2f} [{trend.low:.2f}, {trend.high:.2f}], p = {trend.p:.3f}"
    '2.55 [1.22, 5.89], p = 0.012'
    """
    values, k, n = (np.asarray(numbers) for numbers in (x, events, totals))
    values, k, n = values[n > 0], k[n > 0], n[n > 0]
    cases, having = int(n.sum()), int(k.sum())
    if len(np.unique(values)) < 2 or having in {0, cases}:
        return Trend(cases, having, *[np.nan] * 6)
    spread = float(values.std())
    scaled = (values - values.mean()) / spread

    def profile(slope: float) -> float:
        return _profile_log_likelihood(slope, scaled, k, n)

    best = minimize_scalar(lambda slope: -profile(slope), bounds=(-_STEEPEST, _STEEPEST), options={"xatol": 1e-9})
    slope, fitted = float(best.x), -float(best.fun)
    groups_left = len(values) - 2
    dispersion = _dispersion(slope, scaled, k, n, groups_left)
    fall, p = _fall_and_p(max(0.0, 2 * (fitted - profile(0.0))), dispersion, groups_left, confidence)
    low, high = _profile_interval(profile, slope, fitted, fall)
    unit = per / spread
    saturated = float(np.sum(xlogy(k, k / n) + xlogy(n - k, 1 - k / n)))
    return Trend(
        cases,
        having,
        float(np.exp(slope * unit)),
        float(np.exp(low * unit)),
        float(np.exp(high * unit)),
        p,
        float(stats.chi2.sf(max(0.0, 2 * (saturated - fitted)), groups_left)),
        dispersion,
    )


def _dispersion(slope: float, x: Floats, k: Floats, n: Floats, groups_left: int) -> float:
    """Pearson's χ² of the fit over its degrees of freedom."""
    if not groups_left:
        return np.nan
    share = expit(_linear_predictor(slope, x, k, n))
    variance = n * share * (1 - share)
    # where a share is 0 or 1 to the last digit, so is the observed one: 0 over whatever is not 0
    scatter = (k - n * share) ** 2 / np.maximum(variance, np.finfo(float).tiny)
    return float(scatter.sum()) / groups_left


def _fall_and_p(gain: float, dispersion: float, groups_left: int, confidence: float) -> tuple[float, float]:
    """Fall in log-likelihood at the interval's ends, and the p-value of a gain in deviance, scaled where φ > 1."""
    if dispersion > 1:
        critical = float(stats.f.ppf(confidence, 1, groups_left))
        return dispersion * critical / 2, float(stats.f.sf(gain / dispersion, 1, groups_left))
    return float(stats.chi2.ppf(confidence, 1)) / 2, float(stats.chi2.sf(gain, 1))


def _linear_predictor(slope: float, x: Floats, k: Floats, n: Floats) -> Floats:
    """Log-odds of each group at a slope, the intercept chosen best."""
    line = slope * x
    # at the best intercept the expected number of events is the observed one, which lies within these ends
    crude = float(np.log(k.sum() / (n.sum() - k.sum())))
    reach = float(np.abs(line).max()) + 1.0
    intercept = brentq(lambda a: float(np.sum(n * expit(a + line)) - k.sum()), crude - reach, crude + reach)
    return np.asarray(intercept + line)


def _profile_log_likelihood(slope: float, x: Floats, k: Floats, n: Floats) -> float:
    """Log-likelihood (without the binomial coefficients) at a slope, the intercept chosen best."""
    predictor = _linear_predictor(slope, x, k, n)
    return float(np.sum(k * predictor - n * np.logaddexp(0.0, predictor)))


def _profile_interval(
    profile: Callable[[float], float], slope: float, fitted: float, fall: float
) -> tuple[float, float]:
    """Slopes at which the profile log-likelihood has fallen by `fall`; infinite where it never does."""
    ends = []
    for bound in (-_STEEPEST, _STEEPEST):
        if fitted - profile(bound) <= fall:
            ends.append(float(np.copysign(np.inf, bound)))
        else:
            ends.append(float(brentq(lambda b: fitted - profile(b) - fall, bound, slope)))
    return ends[0], ends[1]
