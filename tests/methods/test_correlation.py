"""Rank correlation against R, a textbook's table and brute force."""

from itertools import permutations, product

import numpy as np
import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st
from scipy import stats

from methods import correlation

values = st.lists(st.integers(0, 6), min_size=4, max_size=6)


def test_rho_and_exact_p_are_those_of_r() -> None:
    # R 4.2.2: cor.test(1:8, c(2,1,5,3,4,8,6,7), method = "spearman", exact = TRUE)
    #   rho 0.8333333  p-value 0.01537698413
    result = correlation.spearman(range(1, 9), [2, 1, 5, 3, 4, 8, 6, 7])
    assert result.rho == pytest.approx(0.8333333, abs=1e-7)
    assert result.p == pytest.approx(0.01537698413, abs=1e-10)
    assert result.exact


@pytest.mark.parametrize(("n", "critical"), [(6, 0.886), (8, 0.738), (10, 0.648), (11, 0.618), (12, 0.587)])
def test_critical_values_are_those_of_zars_table(n: int, critical: float) -> None:
    # Zar (2010), Biostatistical Analysis, 5th ed., Table B.20, α(2) = 0.05
    assert correlation.critical_rho(n) == pytest.approx(critical, abs=6e-4)


def test_no_correlation_of_three_cases_can_be_significant() -> None:
    assert np.isnan(correlation.critical_rho(3))


@settings(max_examples=30)
@given(values, st.randoms(use_true_random=False))
def test_the_exact_p_counts_all_permutations_ties_included(x: list[int], random: object) -> None:
    correlation.rank_product_distribution.cache_clear()  # else only the first run would count anything
    y = [value + random.randint(0, 3) for value in x]  # type: ignore[attr-defined]
    assume(len(set(x)) > 1 and len(set(y)) > 1)
    a, b = stats.rankdata(x), stats.rankdata(y)
    observed = abs(np.corrcoef(a, b)[0, 1])
    orders = np.array(list(permutations(b)))
    products = (orders - b.mean()) @ (a - a.mean()) / (len(a) * a.std() * b.std())
    share = np.mean(np.abs(products) >= observed - 1e-9)
    assert correlation.permutation_p(x, y) == (pytest.approx(float(share)), True)
    signed = np.corrcoef(a, b)[0, 1]
    greater = float(np.mean(products >= signed - 1e-9))
    assert correlation.permutation_p(x, y, alternative="greater") == (pytest.approx(greater), True)


@given(st.lists(st.tuples(st.integers(0, 9), st.integers(0, 9)), min_size=4, max_size=11))
def test_rho_is_scipys_and_its_interval_holds_it(pairs: list[tuple[int, int]]) -> None:
    x, y = (np.array(column, dtype=float) for column in zip(*pairs, strict=True))
    result = correlation.spearman(x, y)
    assert result.n == len(pairs)
    if np.ptp(x) == 0 or np.ptp(y) == 0:
        assert np.isnan([result.rho, result.low, result.high, result.p]).all()
        assert result.exact is False
        return
    assert result.rho == pytest.approx(stats.spearmanr(x, y).statistic, abs=1e-9)
    assert result.low - 1e-9 <= result.rho <= result.high + 1e-9
    assert correlation.spearman(x, -y).rho == pytest.approx(-result.rho)
    assert correlation.spearman(np.exp(x), y).p == pytest.approx(result.p)


def test_random_permutations_take_over_where_counting_would_last_too_long() -> None:
    x = np.arange(14.0)
    y = np.array([3, 1, 2, 5, 4, 9, 6, 7, 13, 8, 10, 12, 11, 14.0])
    p, exact = correlation.permutation_p(x, y)
    assert not exact
    assert p < 2e-4
    assert correlation.permutation_p(x, y) == (p, exact)


def test_twelve_cases_are_counted_and_thirteen_drawn() -> None:
    # of x and y with one odd case each, one pairing in n joins them
    for n, exact in ((12, True), (13, False)):
        p, counted = correlation.permutation_p(range(n), [0] * (n - 1) + [1], alternative="greater", draws=2000)
        assert counted is exact
        assert p == pytest.approx(1 / n, abs=0.03)


def test_random_permutations_as_strong_as_the_observed_order_count() -> None:
    """Of fourteen pairings of a single odd case all are alike but one."""
    odd = [0] * 13 + [1]
    p, _ = correlation.permutation_p(odd, odd, alternative="greater", draws=2000)
    assert p == pytest.approx(1 / 14, abs=0.03)
    even, _ = correlation.permutation_p(odd, odd[::-1], alternative="greater", draws=2000)
    assert even == 1


def test_whole_numbers_in_any_steps_have_a_distribution_of_their_products() -> None:
    correlation.rank_product_distribution.cache_clear()
    for x, y in (((2, 2), (1, 3)), ((3, 9, 6), (10, 10, 14)), ((5,), (7,))):
        expected, times = np.unique([np.dot(x, order) for order in permutations(y)], return_counts=True)
        sums, counts = correlation.rank_product_distribution(x, y)
        assert sums.tolist() == expected.tolist()
        assert counts.tolist() == times.tolist()


def test_values_are_standardised_along_the_last_axis_whatever_the_others() -> None:
    rows = np.array([[1.0, 2.0, 6.0], [40.0, 10.0, 70.0], [5.0, 5.0, 5.0]])
    expected = np.array([(row - row.mean()) / (row.std() * np.sqrt(3)) for row in rows[:2]] + [[np.nan] * 3])
    assert correlation.standardised(rows) == pytest.approx(expected, nan_ok=True)
    assert correlation.standardised(rows[0]) == pytest.approx(expected[0])
    cube = np.stack([rows, rows[::-1]])
    assert correlation.standardised(cube) == pytest.approx(np.stack([expected, expected[::-1]]), nan_ok=True)
    # 1e-9 long, which is taken for rounding; twice that is not
    rounding = np.array([1, 1, -1, -1]) * 5e-10
    assert np.isnan(correlation.standardised(rounding)).all()
    assert correlation.standardised(2 * rounding).tolist() == [0.5, 0.5, -0.5, -0.5]


@pytest.mark.parametrize(("confidence", "low", "high"), [(0.7, 1 / 3, 1), (0.1, 1 / 3, 0.6)])
def test_the_bootstraps_ends_are_the_quantiles_of_all_resamples(confidence: float, low: float, high: float) -> None:
    x, y = np.array([1, 2, 3, 4]), np.array([2, 1, 4, 3])
    resamples = np.array(list(product(range(4), repeat=4)))
    varied = resamples[(np.ptp(x[resamples], axis=1) > 0) & (np.ptp(y[resamples], axis=1) > 0)]
    values = [np.corrcoef(stats.rankdata(x[cases]), stats.rankdata(y[cases]))[0, 1] for cases in varied]
    exact = np.quantile(values, [(1 - confidence) / 2, (1 + confidence) / 2])
    assert exact == pytest.approx([low, high])
    assert correlation.bootstrap_interval(x, y, confidence=confidence) == pytest.approx((low, high))


@pytest.mark.parametrize(("rho", "critical"), [(0.8, 0.738), (-0.5, 0.738), (0.0, 0.738)])
def test_power_is_the_share_of_simulated_samples_beyond_the_critical_value(rho: float, critical: float) -> None:
    # Zar (2010), Table B.20, n = 8; Kruskal (1958): of a bivariate normal population r = 2·sin(πρ/6)
    r = 2 * np.sin(np.pi * rho / 6)
    x, noise = np.random.default_rng(3).standard_normal((2, 400, 8))
    y = r * x + np.sqrt(1 - r**2) * noise
    found = [stats.spearmanr(*sample).statistic for sample in zip(x, y, strict=True)]
    expected = np.mean(np.abs(found) >= critical - 5e-4)  # the table rounds
    assert correlation.power(rho, 8, simulations=400, seed=3) == expected


def test_students_t_takes_over_where_it_errs_by_less_than_the_draws() -> None:
    """Oracle: the same permutations drawn, at the largest number of cases that they are drawn for, ties included.

    Their own standard error is at most 0.0016; both are held to three of it.
    """
    generator = np.random.default_rng(5)
    size = correlation.DRAWN_UP_TO
    x = generator.integers(1, 19, size).astype(float)
    for strength in (0.0, 0.02, 0.05, 0.1):
        y = strength * x + generator.integers(0, 5, size)
        drawn, exact = correlation.permutation_p(x, y)
        approximate = stats.spearmanr(x, y).pvalue
        assert not exact
        assert approximate == pytest.approx(drawn, abs=0.005)


def test_at_the_bound_permutations_are_drawn_still() -> None:
    size = correlation.DRAWN_UP_TO
    y = (np.arange(size + 1) * 37) % 101
    drawn, _ = correlation.permutation_p(range(size), y[:size], draws=9)
    assert drawn * 10 == pytest.approx(round(drawn * 10))
    student, _ = correlation.permutation_p(range(size + 1), y, draws=9)
    assert student == stats.spearmanr(range(size + 1), y).pvalue


@given(st.lists(st.integers(0, 4), min_size=1, max_size=9))
def test_ranks_count_from_one_and_ties_share_theirs(values: list[int]) -> None:
    rows = np.array([values, values[::-1]], dtype=float)
    assert correlation.ranks(rows).tolist() == stats.rankdata(rows, axis=1).tolist()


@pytest.mark.parametrize(("alternative", "p"), [("two-sided", 0.2828389), ("greater", 0.1414195)])
def test_many_cases_have_the_p_of_rs_cor_test(alternative: correlation.Alternative, p: float) -> None:
    """Oracle: R 4.2.2, `cor.test(x, y, method = "spearman", exact = FALSE)`, which takes Student's t, too."""
    x = np.arange(120.0)
    y = (x * 37) % 101 + x / 10
    drawn, exact = correlation.permutation_p(x, y, alternative=alternative)
    assert not exact
    assert drawn == pytest.approx(p, abs=5e-8)
    assert correlation.permutation_p(x, x) == (0.0, False)


def test_power_is_the_level_without_correlation_and_grows_with_it() -> None:
    powers = [correlation.power(rho, 11) for rho in (0.0, 0.3, 0.6, 0.9)]
    assert powers[0] == pytest.approx(0.05, abs=0.01)
    assert powers == sorted(powers)


def test_eleven_cases_detect_a_strong_correlation_only() -> None:
    detectable = correlation.detectable_rho(11)
    # Fisher's z with Bonett and Wright's variance (1 + ρ²/2)/(n-3): ρ = 0.79 lies (1.96 + 0.84) standard errors from 0
    approximate = np.arctanh(detectable) / np.sqrt((1 + detectable**2 / 2) / 8)
    assert approximate == pytest.approx(1.96 + 0.84, abs=0.4)
    assert correlation.power(detectable, 11) == pytest.approx(0.8, abs=0.01)
    assert correlation.detectable_rho(12) < detectable


def test_lengths_must_agree() -> None:
    with pytest.raises(ValueError, match=r"\(3,\) and \(2,\)"):
        correlation.spearman([1, 2, 3], [1, 2])


def test_the_bootstrap_interval_is_seeded_and_holds_rho() -> None:
    x, y = [57, 7, 27, 19, 52, 12, 67, 12, 6, 9, 3], [11, 11, 15, 23, 35, 22, 24, 5, 14, 15, 17]
    low, high = correlation.bootstrap_interval(x, y)
    assert low < correlation.spearman(x, y).rho < high
    assert correlation.bootstrap_interval(x, y) == (low, high)
    assert correlation.bootstrap_interval(x, y, seed=1) != (low, high)


@pytest.mark.parametrize("alternative", ["two-sided", "greater"])
def test_no_p_of_random_permutations_is_smaller_than_one_of_all(alternative: correlation.Alternative) -> None:
    """The data's own order is one of those that the null holds equally probable."""
    p, exact = correlation.permutation_p(range(20), range(20), alternative=alternative, draws=199)
    assert not exact
    assert p == pytest.approx(1 / 200, rel=1e-12)
    falling, _ = correlation.permutation_p(range(20), range(20, 0, -1), alternative=alternative, draws=199)
    assert falling == pytest.approx(1 / 200 if alternative == "two-sided" else 1, rel=1e-12)


def test_the_seed_decides_random_permutations_and_simulations() -> None:
    x, y = range(14), [3, 1, 2, 5, 4, 9, 6, 7, 13, 8, 10, 12, 11, 0]
    once, again, other = (correlation.permutation_p(x, y, draws=2000, seed=seed) for seed in (1, 1, 2))
    assert once == again
    assert once != other
    assert correlation.spearman(x, y, seed=1).p == correlation.permutation_p(x, y, seed=1)[0]
    assert correlation.spearman(x, y, seed=1).p != correlation.spearman(x, y, seed=2).p
    powers = [correlation.power(0.5, 6, simulations=500, seed=seed) for seed in (1, 1, 2)]
    assert powers[0] == powers[1] != powers[2]


@pytest.mark.parametrize(
    ("rho", "n", "confidence", "low", "high"),
    [
        # tanh(atanh(rho) ± z·sqrt((1 + rho²/2)/(n - 3))), Bonett & Wright (2000), by hand
        (0.5, 10, 0.95, -0.232118518, 0.870475695),
        (0.5, 10, 0.9, -0.109659532, 0.836293490),
        (0.2, 4, 0.95, -0.944342812, 0.974875032),
        (1 - 1e-9, 9, 0.95, 0.999999993, 1.0),  # not yet 1
        (1.0, 9, 0.95, 1.0, 1.0),
        (-1.0, 9, 0.95, -1.0, -1.0),
    ],
)
def test_the_interval_is_bonett_and_wrights(rho: float, n: int, confidence: float, low: float, high: float) -> None:
    assert correlation.bonett_wright(rho, n, confidence=confidence) == pytest.approx((low, high), abs=1e-9)
    if abs(rho) == 1:
        result = correlation.spearman(range(n), np.arange(n) * rho, confidence=confidence)
        assert (result.low, result.high) == pytest.approx((rho, rho))


def test_three_cases_have_no_interval_and_a_smaller_confidence_a_narrower_one() -> None:
    assert np.isnan(correlation.bonett_wright(0.5, 3)).all()
    x, y = [57, 7, 27, 19, 52, 12, 67, 12, 6, 9, 3], [11, 11, 15, 23, 35, 22, 24, 5, 14, 15, 17]
    wide, narrow = (correlation.bootstrap_interval(x, y, draws=500, confidence=level) for level in (0.95, 0.5))
    assert wide[0] < narrow[0] < narrow[1] < wide[1]
    assert correlation.spearman(x, y, confidence=0.5)[2:4] == correlation.bonett_wright(
        correlation.spearman(x, y).rho, 11, confidence=0.5
    )


def test_a_stricter_level_asks_for_more() -> None:
    # Zar (2010), Biostatistical Analysis, 5th ed., Table B.20, α(2) = 0.01
    assert correlation.critical_rho(8, alpha=0.01) == pytest.approx(0.881, abs=6e-4)
    assert correlation.critical_rho(11, alpha=0.01) == pytest.approx(0.755, abs=6e-4)
    assert correlation.power(0.6, 8, alpha=0.01, simulations=2000) < correlation.power(0.6, 8, simulations=2000)
