"""Failures per release as counts with exposure: releases stayed the newest for 29 to 224 days, and counts measure that too."""

from collections.abc import Iterator
from typing import Any, NamedTuple

import numpy as np
import pandas as pd
from numpy.typing import NDArray
from scipy import stats
from scipy.optimize import minimize_scalar

from methods.intervals import CONFIDENCE

DAYS_PER_YEAR = 365.25
RATE_DAYS = 30  # the period that readers are told of
_MOST_DISPERSION = 20.0

Floats = NDArray[np.float64]


class RateRatio(NamedTuple):
    """Failures per day, per doubling of a release's size.

    Attributes
    ----------
    n : int
        Releases.
    ratio, low, high : float
        Rate ratio and its interval.
    p : float
        Two-sided.
    dispersion : float
        Poisson: Pearson's χ² over its degrees of freedom (1 where the model holds); quasi-Poisson: the same, which widens
        the interval; negative binomial: α, the excess of the variance over μ as a multiple of μ².
    """

    n: int
    ratio: float
    low: float
    high: float
    p: float
    dispersion: float


def rate_models(table: pd.DataFrame, outcome: str = "all", *, confidence: float = CONFIDENCE) -> pd.DataFrame:
    """Model the failures of each release by its size.

    Parameters
    ----------
    table : DataFrame
        See `analysis.evolution.pipeline.per_release`; rows with ``used``, days > 0 and size > 0 enter.
    outcome : str
        Column of counts.
    confidence : float
        Confidence level.

    Returns
    -------
    DataFrame
        Index model (Poisson, quasi-Poisson, negative binomial, and the last adjusted for calendar time); columns of
        `RateRatio`. A model that cannot be fitted is NaN.

    Notes
    -----
    Log link, log days as offset, log₂ size as predictor (McCullagh & Nelder 1989, §6.2; Cameron & Trivedi 2013, §3). Failures
    of a release are taken as independent given the rate. Quasi-Poisson scales the variance with Pearson's χ² and uses
    Student's t, the interval to read for so few releases; the negative binomial's α is estimated by maximum likelihood and
    its interval, being asymptotic, is too narrow. Calendar time enters as a straight line in years.
    """
    used = _usable(table)
    y, days, size = used[outcome].to_numpy(float), used["days"].to_numpy(float), np.log2(used["size"].to_numpy(float))
    years = (used["released"] - used["released"].min()).dt.days.to_numpy(float) / DAYS_PER_YEAR
    plain, timed = _design(size), _design(size, years)
    models = {
        "Poisson": _fit(y, days, plain, confidence, quasi=False),
        "quasi-Poisson": _fit(y, days, plain, confidence, quasi=True),
        "negative binomial": _fit_negative_binomial(y, days, plain, confidence),
        "quasi-Poisson, with calendar time": _fit(y, days, timed, confidence, quasi=True),
    }
    return pd.DataFrame(models.values(), index=pd.Index(models, name="model"))


def fitted_rates(
    table: pd.DataFrame, sizes: Floats, outcome: str = "all", *, confidence: float = CONFIDENCE
) -> pd.DataFrame:
    """Failures per 30 days that the quasi-Poisson model expects of releases of given sizes.

    Parameters
    ----------
    table, outcome, confidence
        See `rate_models`.
    sizes : array
        Operators added and updated; above 0.

    Returns
    -------
    DataFrame
        size, rate, low, high: a confidence interval of the expected rate at each size, not of a single release. NaN where the
        model cannot be fitted.
    """
    y, days, design = _arrays(_usable(table), outcome)
    if not _identified(y, design):
        return pd.DataFrame({"size": sizes, "rate": np.nan, "low": np.nan, "high": np.nan})
    model = _glm(y, days, design)
    at = _design(np.log2(sizes))
    expected = at @ model.params
    variance = np.einsum("ij,jk,ik->i", at, model.cov_params(), at) * model.pearson_chi2 / model.df_resid
    reach = stats.t(model.df_resid).ppf((1 + confidence) / 2) * np.sqrt(variance)
    bounds = {"rate": expected, "low": expected - reach, "high": expected + reach}
    return pd.DataFrame({"size": sizes, **{name: RATE_DAYS * np.exp(values) for name, values in bounds.items()}})


def leave_one_out(table: pd.DataFrame, outcome: str = "all") -> pd.DataFrame:
    """Fit the quasi-Poisson model without each release in turn.

    Parameters
    ----------
    table, outcome
        See `rate_models`.

    Returns
    -------
    DataFrame
        Index label (the release left out); columns of `RateRatio`, residual (Pearson's, of the release in the full model,
        scaled to unit variance) and leverage.
    """
    used = _usable(table)
    rows = dict(_without_each(used, outcome))
    full = _glm(*_arrays(used, outcome))
    scale = np.sqrt(full.pearson_chi2 / full.df_resid) if full.df_resid > 0 else np.nan
    leverage = full.get_hat_matrix_diag()
    frame = pd.DataFrame.from_dict(rows, orient="index", columns=list(RateRatio._fields)).rename_axis("label")
    return frame.assign(residual=full.resid_pearson / (scale * np.sqrt(1 - leverage)), leverage=leverage)


def _without_each(used: pd.DataFrame, outcome: str) -> Iterator[tuple[str, RateRatio]]:
    for label in used["label"]:
        y, days, design = _arrays(used[used["label"] != label], outcome)
        yield str(label), _fit(y, days, design, CONFIDENCE, quasi=True)


def _usable(table: pd.DataFrame) -> pd.DataFrame:
    return table[table["used"] & (table["days"] > 0) & (table["size"] > 0)]


def _arrays(used: pd.DataFrame, outcome: str) -> tuple[Floats, Floats, Floats]:
    design = _design(np.log2(used["size"].to_numpy(float)))
    return used[outcome].to_numpy(float), used["days"].to_numpy(float), design


def _design(*columns: Floats) -> Floats:
    return np.column_stack([np.ones(len(columns[0])), *columns])


def _identified(y: Floats, design: Floats) -> bool:
    return bool(len(y) > design.shape[1] and y.sum() > 0 and np.linalg.matrix_rank(design) == design.shape[1])


def _glm(y: Floats, days: Floats, design: Floats, family: Any = None) -> Any:
    # imported here: no other chapter pays for it
    from statsmodels.genmod.families import Poisson  # noqa: PLC0415
    from statsmodels.genmod.generalized_linear_model import GLM  # noqa: PLC0415

    return GLM(y, design, family=family or Poisson(), offset=np.log(days)).fit()


def _fit(y: Floats, days: Floats, design: Floats, confidence: float, *, quasi: bool) -> RateRatio:
    if not _identified(y, design):
        return _undefined(len(y))
    model = _glm(y, days, design)
    dispersion = float(model.pearson_chi2 / model.df_resid)
    error = float(model.bse[1]) * (np.sqrt(dispersion) if quasi else 1.0)
    reference = stats.t(model.df_resid) if quasi else stats.norm()
    return _ratio(model, error, reference, confidence, dispersion)


def _fit_negative_binomial(y: Floats, days: Floats, design: Floats, confidence: float) -> RateRatio:
    from statsmodels.genmod.families import NegativeBinomial  # noqa: PLC0415

    if not _identified(y, design):
        return _undefined(len(y))

    def deviance(log_alpha: float) -> float:
        return -float(_glm(y, days, design, NegativeBinomial(alpha=np.exp(log_alpha))).llf)

    # a profile over log α; at the lower end the model is Poisson's
    best = minimize_scalar(deviance, bounds=(np.log(1e-6), np.log(_MOST_DISPERSION)), method="bounded")
    alpha = float(np.exp(best.x))
    model = _glm(y, days, design, NegativeBinomial(alpha=alpha))
    return _ratio(model, float(model.bse[1]), stats.norm(), confidence, alpha)


def _ratio(model: Any, error: float, reference: Any, confidence: float, dispersion: float) -> RateRatio:
    """Rate ratio of the second coefficient of a fitted model; `reference` is the distribution of its Wald statistic."""
    slope = float(model.params[1])
    reach = float(reference.ppf((1 + confidence) / 2)) * error
    low, high = np.exp([slope - reach, slope + reach])
    p = 2 * float(reference.sf(abs(slope / error)))
    return RateRatio(int(model.nobs), float(np.exp(slope)), float(low), float(high), p, dispersion)


def _undefined(n: int) -> RateRatio:
    return RateRatio(n, np.nan, np.nan, np.nan, np.nan, np.nan)
