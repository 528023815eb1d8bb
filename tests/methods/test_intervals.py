"""Intervals against R, against exact enumeration, and in what must hold for any counts."""

import math
from fractions import Fraction

import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy import stats

from methods.intervals import exact_share, newcombe, share_frame, stratified_share, wilson, wilson_finite

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


Z = {0.95: 1.959963984540054, 0.9: 1.6448536269514722}  # Abramowitz & Stegun (1964), Table 26.5


def score_interval(share: float, size: float, confidence: float = 0.95) -> tuple[float, float]:
    """Shares t with (share - t)² = z²·t(1 - t)/size, which is what defines Wilson's interval: roots of a quadratic."""
    spread = Z[confidence] ** 2 / size
    a, b, c = 1 + spread, 2 * share + spread, share**2
    root = math.sqrt(b * b - 4 * a * c)
    return (b - root) / (2 * a), (b + root) / (2 * a)


@pytest.mark.parametrize(("count", "n", "population"), [(3, 6, 30), (2, 5, 40), (5, 6, 200), (1, 3, 30)])
def test_few_of_a_small_population_have_the_variance_of_draws_without_replacement(
    count: int, n: int, population: int
) -> None:
    # Cochran (1977), §3.2: the variance t(1 - t)/n · (N - n)/(N - 1) is that of n·(N - 1)/(N - n) draws with replacement
    size = Fraction(n * (population - 1), population - n)
    assert wilson_finite(count, n, population)[1:] == pytest.approx(score_interval(count / n, float(size)), abs=1e-9)


def test_a_share_that_the_population_cannot_have_lies_in_no_interval() -> None:
    # one of two drawn from three has the property: of all three one or two have it
    assert wilson_finite(1, 2, 3) == pytest.approx((1 / 2, 1 / 3, 2 / 3))
    assert wilson_finite(0, 2, 3) == pytest.approx((0, 0, 1 / 3))
    assert wilson_finite(2, 2, 3) == pytest.approx((1, 2 / 3, 1))
    assert wilson_finite(0, 5, 5) == (0, 0, 0)
    assert np.isnan(wilson_finite(0, 0, 5)).all()


def test_strata_of_few_cases_have_cochrans_variance() -> None:
    counts, sizes, populations = [2, 1], [4, 3], [9, 7]
    # Cochran (1977), §5.3: ΣW²(1 - f)p(1 - p)/(n - 1), in fractions
    strata = [
        (Fraction(x, n), n, Fraction(n, m), Fraction(m, 16)) for x, n, m in zip(counts, sizes, populations, strict=True)
    ]
    share = sum(w * p for p, _, _, w in strata)
    variance = sum(w**2 * (1 - f) * p * (1 - p) / (n - 1) for p, n, f, w in strata)
    assert share == Fraction(41, 96)
    expected = score_interval(41 / 96, float(share * (1 - share) / variance))
    assert stratified_share(counts, sizes, populations) == pytest.approx((41 / 96, *expected), abs=1e-9)


def test_strata_at_the_ends_have_the_size_of_draws_of_equal_shares() -> None:
    sizes, populations = [4, 3], [9, 7]
    equal = sum(Fraction(m, 16) ** 2 * (1 - Fraction(n, m)) / n for n, m in zip(sizes, populations, strict=True))
    _, high = score_interval(0, float(1 / equal))
    assert stratified_share([0, 0], sizes, populations) == pytest.approx((0, 0, high), abs=1e-9)
    assert stratified_share([4, 3], sizes, populations) == pytest.approx((1, 1 - high, 1), abs=1e-9)


@pytest.mark.parametrize("one", [0, 1])
def test_a_stratum_of_one_case_tells_nothing_of_its_spread(one: int) -> None:
    share = (9 * 2 / 4 + 7 * one) / 16
    equal = Fraction(9, 16) ** 2 * Fraction(5, 9) / 4 + Fraction(7, 16) ** 2 * Fraction(6, 7)
    low, high = score_interval(share, float(1 / equal))
    assert stratified_share([2, one], [4, 1], [9, 7]) == pytest.approx((share, low, high), abs=1e-9)


def test_a_census_of_all_strata_is_certain_and_an_unsampled_one_leaves_nothing_known() -> None:
    assert stratified_share([1, 2], [4, 3], [4, 3]) == pytest.approx((3 / 7,) * 3)
    assert np.isnan(stratified_share([1, 0], [4, 0], [9, 7])).all()


@pytest.mark.parametrize("confidence", [0.95, 0.9])
def test_every_interval_is_of_the_confidence_asked_for(confidence: float) -> None:
    low, high = score_interval(7 / 20, 20, confidence)
    assert wilson(7, 20, confidence=confidence) == pytest.approx((7 / 20, low, high), abs=1e-9)
    expected = {"count": 7, "n": 20, "share": 7 / 20, "low": low, "high": high}
    assert share_frame(pd.Series({"a": 7}), 20, confidence=confidence).loc["a"].to_dict() == pytest.approx(expected)
    finite = score_interval(0.5, 7.25, confidence)
    assert wilson_finite(3, 6, 30, confidence=confidence)[1:] == pytest.approx(finite, abs=1e-9)
    other = score_interval(4 / 10, 10, confidence)
    # Newcombe (1998), method 10: the distances of either share from its interval's ends, squared and added
    down, up = math.hypot(7 / 20 - low, other[1] - 0.4), math.hypot(high - 7 / 20, 0.4 - other[0])
    assert newcombe(7, 20, 4, 10, confidence=confidence) == pytest.approx((-0.05, -0.05 - down, -0.05 + up), abs=1e-9)
    # Clopper and Pearson's bounds by what defines them: as many cases or more, or fewer, have half the error each
    share, least, most = exact_share(7, 20, confidence=confidence)
    assert stats.binom.sf(6, 20, least) == pytest.approx((1 - confidence) / 2)
    assert stats.binom.cdf(7, 20, most) == pytest.approx((1 - confidence) / 2)
    assert share == 7 / 20
    size = (41 / 96) * (55 / 96) / (405 / 27648 + 392 / 32256)  # the variance of the test above
    pooled = stratified_share([2, 1], [4, 3], [9, 7], confidence=confidence)
    assert pooled[1:] == pytest.approx(score_interval(41 / 96, size, confidence), abs=1e-9)


def test_the_ends_of_the_scale_are_exact_for_every_base() -> None:
    """A bound of 1e-17, or of 1 + 2e-16, would be printed as a share that is not one."""
    for n in range(1, 100):
        assert wilson(0, n)[:2] == (0, 0)
        assert (wilson(n, n).share, wilson(n, n).high) == (1, 1)
        # cases at an effective size are a product, and may fall short of the whole by its rounding
        assert wilson(math.nextafter(n, 0), n).high <= 1


def test_a_frame_of_shares_counts_whole_cases_and_has_its_columns_without_codes() -> None:
    frame = share_frame(pd.Series({"a": 7.0, "b": 0.0}, name="issues"), 20)
    assert frame["count"].to_list() == [7, 0]
    assert frame["count"].dtype == int
    assert list(share_frame(pd.Series([], dtype=int), 20)) == ["count", "n", "share", "low", "high"]


def test_exact_bounds_at_the_ends() -> None:
    # Clopper & Pearson (1934): of 0 in n the upper bound is 1 - 0.025^(1/n)
    assert exact_share(0, 18) == pytest.approx((0, 0, 1 - 0.025 ** (1 / 18)))
    assert exact_share(18, 18) == pytest.approx((1, 0.025 ** (1 / 18), 1))
    assert (exact_share(0, 18).low, exact_share(18, 18).high) == (0, 1)
    # one case: the bound is 2.5 % itself
    assert exact_share(1, 1) == pytest.approx((1, 0.025, 1))
    assert np.isnan(exact_share(0, 0)).all()


def test_groups_without_the_property_differ_by_nothing_within_their_intervals() -> None:
    high = wilson(0, 10).high
    assert newcombe(0, 10, 0, 10) == pytest.approx((0, -high, high))
    assert newcombe(10, 10, 0, 10) == pytest.approx((1, 1 - math.hypot(high, high), 1))
    assert np.isnan(newcombe(0, 0, 1, 10)).all()
