"""Intervals against R, against exact enumeration, and in what must hold for any counts."""

import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy import stats

from methods.intervals import share_frame, stratified_share, wilson, wilson_finite

SAMPLES = st.integers(1, 400).flatmap(lambda n: st.tuples(st.integers(0, n), st.just(n)))


@pytest.mark.parametrize(
    ("count", "n", "low", "high"),
    [
        # R 4.2.2: prop.test(148, 200, correct = FALSE)$conf.int  → 0.675092544 0.7958616994
        (148, 200, 0.675092544, 0.7958616994),
        # R 4.2.2: prop.test(0, 100, correct = FALSE)$conf.int  → 0 0.03699349821
        (0, 100, 0.0, 0.03699349821),
        # Newcombe (1998), Statistics in Medicine 17:857-872, Table I: Wilson's interval for 81/263 is 0.2553 to 0.3662
        (81, 263, 0.2553, 0.3662),
    ],
)
def test_wilson_agrees_with_published_values(count: int, n: int, low: float, high: float) -> None:
    assert wilson(count, n) == pytest.approx((count / n, low, high), abs=5e-5)


@given(SAMPLES)
def test_wilson_contains_the_share_and_mirrors(sample: tuple[int, int]) -> None:
    count, n = sample
    share, low, high = wilson(count, n)
    assert 0 <= low <= share <= high <= 1
    mirrored = wilson(n - count, n)
    assert (1 - mirrored.high, 1 - mirrored.low) == pytest.approx((low, high))


@given(SAMPLES, st.integers(0, 1000))
def test_a_finite_population_narrows_the_interval(sample: tuple[int, int], rest: int) -> None:
    count, n = sample
    population = n + rest
    share, low, high = wilson_finite(count, n, population)
    wide = wilson(count, n)
    assert low <= share <= high
    assert high - low <= wide.high - wide.low + 1e-12
    # what the sample has seen is not undone by what it has not
    assert count / population - 1e-12 <= low
    assert high <= (count + rest) / population + 1e-12


def test_a_census_is_certain_and_a_huge_population_is_wilson() -> None:
    assert wilson_finite(7, 10, 10) == (0.7, 0.7, 0.7)
    assert wilson_finite(7, 10, 10**9) == pytest.approx(wilson(7, 10), abs=1e-8)
    with pytest.raises(ValueError, match="population of 9 cannot hold a sample of 10"):
        wilson_finite(7, 10, 9)


def test_the_finite_interval_covers_as_it_promises() -> None:
    """Exact coverage over all samples of 100 from 327, averaged over true shares (hypergeometric, no simulation)."""
    population, n = 327, 100
    bounds = np.array([wilson_finite(count, n, population)[1:] for count in range(n + 1)])
    coverage = []
    for cases in range(10, population - 9):
        weights = stats.hypergeom(population, cases, n).pmf(np.arange(n + 1))
        inside = (bounds[:, 0] <= cases / population) & (cases / population <= bounds[:, 1])
        coverage.append(weights[inside].sum())
    assert np.mean(coverage) == pytest.approx(0.95, abs=0.01)
    assert min(coverage) > 0.85


def test_strata_with_equal_rates_pool_to_the_plain_share() -> None:
    pooled = stratified_share([30, 20], [100, 100], [1000, 1000])
    assert pooled.share == pytest.approx(0.25)


def test_strata_are_weighted_with_their_populations() -> None:
    # Cochran (1977), §5.3 by hand: W = 3/4, 1/4; p = 0.5, 0.1; Σ W p = 0.4
    pooled = stratified_share([50, 10], [100, 100], [300, 100])
    assert pooled.share == pytest.approx(0.4)
    # the second stratum is a census: all variance is the first's, (3/4)²·(1-1/3)·0.25/99
    deviation = np.sqrt(0.75**2 * (2 / 3) * 0.25 / 99)
    assert pooled.high - pooled.low == pytest.approx(2 * 1.959964 * deviation, rel=0.02)


@given(st.lists(st.tuples(st.integers(2, 50), st.floats(0, 1), st.integers(0, 300)), min_size=1, max_size=4))
def test_a_stratified_share_lies_between_its_strata(strata: list[tuple[int, float, int]]) -> None:
    sizes = [n for n, _, _ in strata]
    counts = [round(n * share) for n, share, _ in strata]
    populations = [n + rest for n, _, rest in strata]
    share, low, high = stratified_share(counts, sizes, populations)
    shares = [count / n for count, n in zip(counts, sizes, strict=True)]
    assert min(shares) - 1e-9 <= share <= max(shares) + 1e-9
    assert low - 1e-9 <= share <= high + 1e-9


def test_an_empty_base_is_undefined_not_an_error() -> None:
    assert np.isnan(wilson(0, 0)).all()
    assert np.isnan(share_frame(pd.Series({"a": 0}), 0)[["share", "low", "high"]]).all(axis=None)
