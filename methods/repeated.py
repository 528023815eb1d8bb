"""The same cases under several conditions, right or wrong in each: whether the condition matters, and where."""

from itertools import pairwise
from typing import NamedTuple

import numpy as np
import pandas as pd
from numpy.polynomial.hermite_e import hermegauss
from numpy.typing import ArrayLike, NDArray
from scipy import stats
from scipy.optimize import minimize
from scipy.special import log_expit, logsumexp
from statsmodels.stats.contingency_tables import cochrans_q
from statsmodels.tools.numdiff import approx_hess

from methods.association import holm
from methods.intervals import CONFIDENCE, wilson
from methods.paired import paired_difference


class CochranQ(NamedTuple):
    """Result of `cochran_q`: the statistic, its degrees of freedom, p, cases that are not alike throughout, and all cases."""

    statistic: float
    df: int
    p: float
    varying: int
    n: int


def cochran_q(table: ArrayLike) -> CochranQ:
    """Test whether a share is the same under all conditions, the cases being the same ones.

    Comparing the shares as if each condition had cases of its own would ignore that a case which fails everywhere, or nowhere,
    says nothing about the conditions.

    Parameters
    ----------
    table : array, shape (n, k)
        A row a case, a column a condition; true where the case has the property. k >= 2.

    Raises
    ------
    ValueError
        There are fewer than two conditions or no cases.

    Notes
    -----
    Cochran (1950), The comparison of percentages in matched samples, Biometrika 37:256-266; χ² with k - 1 degrees of freedom,
    good where many cases vary. Without a varying case there is nothing to test: p = 1.

    Examples
    --------
    >>> cochran_q([[1, 1, 0], [1, 1, 0], [1, 0, 0], [1, 1, 1]] * 10).df
    2
    """
    cases = np.asarray(table)
    if cases.ndim != 2 or cases.shape[1] < 2 or cases.shape[0] == 0:
        raise ValueError("cochran_q needs at least one case and two conditions")
    varying = int(np.count_nonzero(cases.any(axis=1) & ~cases.all(axis=1)))
    if not varying:
        return CochranQ(0.0, cases.shape[1] - 1, 1.0, 0, cases.shape[0])
    found = cochrans_q(cases.astype(int))
    return CochranQ(float(found.statistic), int(found.df), float(found.pvalue), varying, cases.shape[0])


def steps(table: pd.DataFrame, *, confidence: float = CONFIDENCE) -> pd.DataFrame:
    """Compare each condition with the next, case by case.

    Parameters
    ----------
    table : DataFrame
        A row a case, a column a condition in order, true where the case has the property.
    confidence : float
        Confidence level of each interval.

    Returns
    -------
    DataFrame
        One row a step: before, after (conditions), gained, lost (cases), n, difference, low, high (of the shares, after less
        before), p (exact McNemar), p_holm (over all steps). See `methods.paired.paired_difference`.

    Examples
    --------
    >>> step = steps(pd.DataFrame({7: [False] * 8, 8: [True] * 6 + [False] * 2})).iloc[0]
    >>> f"{step['difference']:+.2f}, p = {step['p']:.3f}"
    '+0.75, p = 0.031'
    """
    rows = []
    for before, after in pairwise(table.columns):
        first, second = table[before].to_numpy(dtype=bool), table[after].to_numpy(dtype=bool)
        gained, lost = int(np.count_nonzero(second & ~first)), int(np.count_nonzero(first & ~second))
        found = paired_difference(gained, lost, len(table), confidence=confidence)
        rows.append((before, after, gained, lost, len(table), found.difference, found.low, found.high, found.p))
    columns = ["before", "after", "gained", "lost", "n", "difference", "low", "high", "p"]
    frame = pd.DataFrame(rows, columns=columns)
    return frame.assign(p_holm=holm(frame["p"]))


def shares(table: pd.DataFrame) -> pd.DataFrame:
    """Return the share under each condition: condition, count, n, share, low, high (Wilson's interval).

    Examples
    --------
    >>> shares(pd.DataFrame({7: [False] * 8, 8: [True] * 6 + [False] * 2}))[["condition", "count", "n"]].to_numpy().tolist()
    [[7, 0, 8], [8, 6, 8]]
    """
    rows = [(name, int(table[name].sum()), len(table), *wilson(int(table[name].sum()), len(table))) for name in table]
    return pd.DataFrame(rows, columns=["condition", "count", "n", "share", "low", "high"])


def mixed_logistic(
    outcome: ArrayLike, covariates: pd.DataFrame, cases: ArrayLike, *, nodes: int = 31, confidence: float = CONFIDENCE
) -> pd.DataFrame:
    """Fit a logistic model with an intercept of its own for each case.

    A case that fails under one condition tends to fail under the next; the intercepts take that up, so that a covariate's odds
    ratio is within a case, or for a covariate that is one number a case, between cases of the same intercept.

    Parameters
    ----------
    outcome : array of bool, shape (n,)
        Whether the observation has the property.
    covariates : DataFrame
        A row an observation, a column a covariate; a constant is added. Centre them, and scale them to about 1.
    cases : array, shape (n,)
        Which case each observation belongs to.
    nodes : int
        Of the Gauss-Hermite rule.
    confidence : float
        Confidence level.

    Returns
    -------
    DataFrame
        One row a covariate, and one named ``spread``, the standard deviation of the cases' intercepts (log odds): covariate,
        odds_ratio, low, high. For ``spread`` the column odds_ratio holds the standard deviation itself.

    Notes
    -----
    Maximum likelihood, the normal intercepts integrated out by Gauss-Hermite quadrature (Agresti 2002, Categorical Data
    Analysis, §12.6); Wald's intervals from the observed information.

    Examples
    --------
    Twelve cases under three conditions:

    >>> answers = ["001", "011", "000", "111", "010", "101", "011", "001", "110", "000", "111", "011"]
    >>> outcome = [answer == "1" for case in answers for answer in case]
    >>> conditions = pd.DataFrame({"condition": [-1, 0, 1] * len(answers)})
    >>> found = mixed_logistic(outcome, conditions, np.repeat(range(len(answers)), 3)).iloc[0]
    >>> f"{found['odds_ratio']:.1f} [{found['low']:.1f}, {found['high']:.1f}]"
    '2.3 [0.8, 6.2]'
    """
    design = np.column_stack([np.ones(len(covariates)), covariates.to_numpy(dtype=float)])
    sign = 2 * np.asarray(outcome) - 1
    names, index = np.unique(np.asarray(cases), return_inverse=True)
    points, weights = hermegauss(nodes)
    log_weights = np.log(weights)

    def loss(parameters: NDArray[np.float64]) -> float:
        linear = design @ parameters[:-1]
        at = log_expit(sign[:, None] * (linear[:, None] + np.exp(parameters[-1]) * points))
        each = np.zeros((len(names), nodes))
        np.add.at(each, index, at)
        return -float(logsumexp(each + log_weights, axis=1).sum())

    best = minimize(loss, np.zeros(design.shape[1] + 1)).x
    deviation = np.sqrt(np.diag(np.linalg.inv(approx_hess(best, loss))))
    reach = stats.norm.ppf((1 + confidence) / 2) * deviation
    with np.errstate(over="ignore"):  # where a covariate separates the outcomes, its odds ratio has no upper end
        estimates, low, high = np.exp([best, best - reach, best + reach])
    labels = ["constant", *covariates.columns, "spread"]
    frame = pd.DataFrame({"covariate": labels, "odds_ratio": estimates, "low": low, "high": high})
    return frame[frame["covariate"] != "constant"].reset_index(drop=True)
