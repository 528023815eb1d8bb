"""Shares that were read off with error: corrected for misclassification, and the error that would change a conclusion."""

from collections.abc import Mapping, Sequence
from functools import cache
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray
from scipy import stats

from methods.intervals import CONFIDENCE

DRAWS = 10_000
SEED = 20240916
_QUALITY = 30  # grid points of sensitivity, and of specificity, from a coin's 0.5 to 1
_SHARES = 100  # grid points of the share

Floats = NDArray[np.float64]


class Prior(NamedTuple):
    """What is believed of a reading's quality before the data; parameters of Beta distributions, cut off below 0.5.

    Attributes
    ----------
    sensitivity : (float, float)
        Of the chance that a case with the property is read as having it.
    specificity : (float, float)
        Of the chance that a case without it is read as not having it.
    """

    sensitivity: tuple[float, float]
    specificity: tuple[float, float]


class Stratum(NamedTuple):
    """Cases whose share is their own; all strata are read with the same quality.

    Attributes
    ----------
    patterns : mapping of (int, int) to int
        (readings that see the property, readings) → cases.
    population : int
        Cases of which these are a random sample; 0 where they tell of the readings' quality alone.
    """

    patterns: Mapping[tuple[int, int], int]
    population: int


class Corrected(NamedTuple):
    """Result of `corrected_share`.

    Attributes
    ----------
    share, low, high : float
        Posterior mean of the true share of the population (all strata that have one), and its credible interval.
    sensitivity, specificity : float
        Posterior means.
    error : float
        Monte-Carlo standard error of `share`.
    """

    share: float
    low: float
    high: float
    sensitivity: float
    specificity: float
    error: float


class Tipping(NamedTuple):
    """Result of `tipping_points`; each NaN where no such error moves the share to the threshold.

    Attributes
    ----------
    one_sided : float
        Chance of a wrong reading where only the kind of error exists that moves the true share to the threshold: cases without
        the property read as having it (threshold below the share), or with it as not having it.
    symmetric : float
        Chance of a wrong reading where both kinds are equally probable.
    cases : float
        Share of all cases whose reading would have to be wrong, all in the same direction.
    """

    one_sided: float
    symmetric: float
    cases: float


def corrected_share(
    strata: Sequence[Stratum],
    priors: Sequence[Prior],
    *,
    draws: int = DRAWS,
    seed: int = SEED,
    confidence: float = CONFIDENCE,
) -> list[Corrected]:
    """Share of a finite population that truly has a property which readings see with error.

    Use it where labels were given by people: the usual interval of a share tells what the draw of the sample leaves open and
    takes every label for true. Cases with several readings tell how good readings are; the prior tells the rest, and for
    cases that were read once it tells everything: compare several priors.

    Parameters
    ----------
    strata : sequence of Stratum
        At least one with a population.
    priors : sequence of Prior
        One result each.
    draws : int
        Draws from the posterior.
    seed : int
        Seed of the draws.
    confidence : float
        Level of the credible interval.

    Returns
    -------
    list of Corrected
        In the order of `priors`.

    Raises
    ------
    ValueError
        No stratum has a population, or one has fewer than its sample.

    Notes
    -----
    The latent-class model of Dawid & Skene (1979), Applied Statistics 28:20-28, for one code against the rest, every reading
    of the same quality and independent given the truth; with Beta priors as in Joseph, Gyorkos & Coupal (1995), American
    Journal of Epidemiology 141:263-272. The posterior stands on a grid of sensitivity, specificity (each above 0.5: a reading
    is right more often than wrong) and each stratum's share (uniform prior); cases not sampled are drawn from it. Errors that
    readers share go unseen, however many readings there are.

    Examples
    --------
    >>> strata = [Stratum({(1, 1): 148, (0, 1): 52}, population=569)]
    >>> certain, doubtful = corrected_share(strata, [Prior((1e6, 1), (1e6, 1)), Prior((18, 2), (18, 2))])
    >>> [f"{result.share:.2f} [{result.low:.2f}, {result.high:.2f}]" for result in (certain, doubtful)]
    ['0.74 [0.69, 0.79]', '0.80 [0.67, 0.96]']

    With errors in both directions the truth lies further from one half than what is seen.
    """
    if not any(stratum.population for stratum in strata):
        raise ValueError("at least one stratum must have a population")
    for stratum in strata:
        if 0 < stratum.population < (n := sum(stratum.patterns.values())):
            raise ValueError(f"a population of {stratum.population} cannot hold a sample of {n}")
    posteriors = [_Posterior.of(stratum) for stratum in strata]
    evidence = np.sum([posterior.evidence for posterior in posteriors], axis=0)
    results = []
    for prior in priors:
        weight = np.log(_mass(prior.sensitivity))[:, None] + np.log(_mass(prior.specificity)) + evidence
        weight = np.exp(weight - weight.max())
        results.append(_summary(posteriors, weight / weight.sum(), draws, np.random.default_rng(seed), confidence))
    return results


def rogan_gladen(share: float, sensitivity: float, specificity: float) -> float:
    """Undo errors of known frequency: the true share behind an observed one, cut to 0 and 1.

    Use it for a quick answer to "what if one in ten labels were wrong"; `corrected_share` adds what is not known.

    Notes
    -----
    (q + Sp - 1) / (Se + Sp - 1): Rogan & Gladen (1978), American Journal of Epidemiology 107:71-76.

    Examples
    --------
    >>> round(rogan_gladen(0.74, 0.9, 0.9), 3)
    0.8
    """
    return float(np.clip((share + specificity - 1) / (sensitivity + specificity - 1), 0, 1))


def tipping_points(share: float, threshold: float) -> Tipping:
    """Smallest error of the readings that would put the true share at a threshold.

    Use it beside `corrected_share`, since it needs no prior: is the error that a conclusion could not stand one that readers
    plausibly make?

    Parameters
    ----------
    share : float
        Observed.
    threshold : float
        Share at which the conclusion fails.

    Notes
    -----
    `rogan_gladen` solved for the error. Symmetric errors draw an observed share towards one half, so that the truth behind it
    lies farther out; they never explain a threshold between the share and one half, nor one beyond it.

    Examples
    --------
    >>> tipping = tipping_points(0.74, 2 / 3)
    >>> f"{tipping.one_sided:.2f}, {tipping.symmetric}, {tipping.cases:.3f}"
    '0.22, nan, 0.073'
    """
    above = share > threshold
    base = 1 - threshold if above else threshold
    one_sided = abs(share - threshold) / base if base else np.nan
    symmetric = (share - threshold) / (1 - 2 * threshold) if threshold != 1 / 2 else np.nan
    possible = 0 <= symmetric < 1 / 2
    return Tipping(float(one_sided), float(symmetric) if possible else np.nan, abs(share - threshold))


class _Posterior(NamedTuple):
    """A stratum on the grid: `evidence` (log; sensitivity × specificity), and the share's distribution at each point."""

    stratum: Stratum
    evidence: Floats
    cumulated: Floats

    @classmethod
    def of(cls, stratum: Stratum) -> "_Posterior":
        quality, shares = _grid(), _midpoints(_SHARES)
        log = np.zeros((_QUALITY, _QUALITY, _SHARES))
        for (seen, readings), cases in stratum.patterns.items():
            with_it = _chance(quality, seen, readings)[:, None, None]
            without = _chance(1 - quality, seen, readings)[None, :, None]
            log += cases * np.log(shares * with_it + (1 - shares) * without)
        scale = log.max(axis=-1, keepdims=True)
        density = np.exp(log - scale)
        cumulated = density.cumsum(axis=-1).reshape(-1, _SHARES)
        return cls(stratum, np.log(density.sum(axis=-1)) + scale[..., 0], cumulated / cumulated[:, -1:])

    def draw(self, cells: NDArray[np.int64], generator: np.random.Generator) -> NDArray[np.int64]:
        """Cases of the population that truly have the property, one number per cell of the grid of quality."""
        order = np.argsort(cells, kind="stable")
        chance, position = generator.random(len(cells)), np.empty(len(cells), dtype=np.int64)
        found, starts = np.unique(cells[order], return_index=True)
        for cell, chosen in zip(found, np.split(order, starts[1:]), strict=True):
            position[chosen] = np.searchsorted(self.cumulated[cell], chance[chosen])
        share = (position + generator.random(len(cells))) / _SHARES
        quality = _grid()
        sensitivity, specificity = quality[cells // _QUALITY], quality[cells % _QUALITY]
        rest = self.stratum.population - sum(self.stratum.patterns.values())
        total = generator.binomial(rest, share)
        for (seen, readings), cases in self.stratum.patterns.items():
            true = share * _chance(sensitivity, seen, readings)
            false = (1 - share) * _chance(1 - specificity, seen, readings)
            total = total + generator.binomial(cases, true / (true + false))
        return total


def _summary(
    posteriors: Sequence[_Posterior], weight: Floats, draws: int, generator: np.random.Generator, confidence: float
) -> Corrected:
    cells = generator.choice(weight.size, draws, p=weight.ravel())
    targets = [posterior for posterior in posteriors if posterior.stratum.population]
    total = sum(posterior.stratum.population for posterior in targets)
    shares = np.sum([posterior.draw(cells, generator) for posterior in targets], axis=0) / total
    low, high = np.quantile(shares, [(1 - confidence) / 2, (1 + confidence) / 2])
    quality = _grid()
    return Corrected(
        float(shares.mean()),
        float(low),
        float(high),
        float(weight.sum(axis=1) @ quality),
        float(weight.sum(axis=0) @ quality),
        float(shares.std() / np.sqrt(draws)),
    )


def _chance(quality: Floats, seen: int, readings: int) -> Floats:
    """Probability that just these `seen` of the readings see the property."""
    chance: Floats = quality**seen * (1 - quality) ** (readings - seen)
    return chance


@cache
def _mass(beta: tuple[float, float]) -> Floats:
    """Probability of each cell of the grid of quality; not an empty one anywhere, so that it has a logarithm."""
    edges = np.linspace(0.5, 1, _QUALITY + 1)
    mass: Floats = np.maximum(np.diff(stats.beta(*beta).cdf(edges)), 1e-300)
    return mass


def _grid() -> Floats:
    return 0.5 + _midpoints(_QUALITY) / 2


def _midpoints(number: int) -> Floats:
    points: Floats = (np.arange(number) + 0.5) / number
    return points
