"""Two groups' distributions over the same codes, partially pooled: how far they differ, and whether that is practically nothing."""

import numpy as np
import pandas as pd
from numpy.typing import NDArray
from scipy.special import gammaln, logsumexp

from methods.intervals import CONFIDENCE

DRAWS = 4_000
SEED = 20240916
LARGEST = "largest"
_PROPOSALS = 4_000
_CONCENTRATIONS = np.geomspace(1, 1_000, 25)
_COLUMNS = ("difference", "low", "high", "equivalent")

Floats = NDArray[np.float64]


def pooled_differences(
    first: pd.Series,
    second: pd.Series,
    *,
    equivalence: float,
    draws: int = DRAWS,
    seed: int = SEED,
    confidence: float = CONFIDENCE,
) -> pd.DataFrame:
    """Differences of two distributions under partial pooling, and the probability that they are practically nothing.

    Use it where a test finds no difference and one wants to know whether there is none: state before the result which difference
    would not matter, and read how probable it is that all are smaller. The groups borrow from each other as far as they are
    alike, which tempers the largest of many differences; a test corrected for their number does the same to p-values.

    Parameters
    ----------
    first, second : Series of int
        Counts by code; codes that one lacks count 0 there.
    equivalence : float
        Difference of shares below which, in either direction, the groups count as alike (region of practical equivalence).
    draws : int
        Draws from the posterior.
    seed : int
        Seed of the draws.
    confidence : float
        Level of the credible intervals.

    Returns
    -------
    DataFrame
        Index code, then `LARGEST` (the largest absolute difference over the codes); columns difference (posterior mean, first
        less second), low, high, equivalent (posterior probability that the difference is below `equivalence`).

    Notes
    -----
    Hierarchical Dirichlet-multinomial model (Gelman et al. 2013, Bayesian Data Analysis, §5.1 and §23.2): a group's shares are
    Dirichlet(α·m), the common shares m Dirichlet(1), log α uniform on a grid from 1 (hardly pooled) to 1,000 (nearly
    alike). Importance sampling over m at every α, then resampling. Region of practical equivalence: Kruschke (2018), Advances
    in Methods and Practices in Psychological Science 1:270-280.

    Examples
    --------
    >>> first, second = pd.Series({"crash": 54, "wrong": 46}), pd.Series({"crash": 58, "wrong": 42})
    >>> row = pooled_differences(first, second, equivalence=0.1).loc["crash"]
    >>> f"{row['difference']:+.2f} [{row['low']:+.2f}, {row['high']:+.2f}], P(alike) = {row['equivalent']:.1f}"
    '-0.02 [-0.13, +0.07], P(alike) = 0.9'
    """
    codes = list(dict.fromkeys([*first.index, *second.index]))
    counts = np.array([series.reindex(codes, fill_value=0) for series in (first, second)], dtype=float)
    generator = np.random.default_rng(seed)
    shares = _posterior(counts, draws, generator)
    differences = shares[0] - shares[1]
    largest = np.abs(differences).max(axis=1)
    tails = [(1 - confidence) / 2, (1 + confidence) / 2]
    rows = {
        name: (values.mean(), *np.quantile(values, tails), (np.abs(values) < equivalence).mean())
        for name, values in zip([*codes, LARGEST], [*differences.T, largest], strict=True)
    }
    return pd.DataFrame.from_dict(rows, orient="index", columns=list(_COLUMNS)).astype(float).rename_axis("code")


def _posterior(counts: Floats, draws: int, generator: np.random.Generator) -> Floats:
    """Draws of each group's shares, shape (groups, draws, codes)."""
    # wide enough for any concentration: the common shares can't be known better than from all cases
    weight = 1 + counts.sum(axis=0) / 4
    common = np.maximum(generator.dirichlet(weight, _PROPOSALS), 1e-12)
    base = _CONCENTRATIONS[:, None, None] * common
    log = -np.log(common) @ (weight - 1) + np.zeros((len(_CONCENTRATIONS), 1))
    for group in counts:
        log += gammaln(_CONCENTRATIONS)[:, None] - gammaln(_CONCENTRATIONS + group.sum())[:, None]
        log += (gammaln(base + group) - gammaln(base)).sum(axis=-1)
    chosen = generator.choice(log.size, draws, p=np.exp(log - logsumexp(log)).ravel())
    parameters = base.reshape(-1, counts.shape[1])[chosen]
    gammas = generator.standard_gamma(parameters + counts[:, None, :])
    shares: Floats = gammas / gammas.sum(axis=-1, keepdims=True)
    return shares
