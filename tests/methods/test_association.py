"""Tests of association against R 4.2.2 and textbooks."""

from collections.abc import Callable
from itertools import combinations

import numpy as np
import pandas as pd
import pytest
from hypothesis import assume, given
from hypothesis import strategies as st
from scipy import stats

from methods.association import (
    association,
    benjamini_hochberg,
    compare_codes,
    cramers_v,
    fisher_freeman_halton,
    holm,
    odds_ratio,
)
from methods.intervals import newcombe

# Table 8 of the study, torch.onnx and tf2onnx
LOCATION = [[6, 78, 5, 0, 3, 8], [5, 70, 14, 1, 0, 10]]
# Job satisfaction by income: Agresti (2002), Categorical Data Analysis, p. 57; as in R's ?fisher.test
JOB = np.array([1, 2, 1, 0, 3, 3, 6, 1, 10, 10, 14, 9, 6, 7, 12, 11]).reshape(4, 4).T
TABLES = st.integers(2, 4).flatmap(
    lambda columns: st.lists(st.lists(st.integers(0, 12), min_size=columns, max_size=columns), min_size=2, max_size=4)
)


@pytest.mark.parametrize(
    ("table", "p"),
    [
        # R: fisher.test(matrix(c(6,78,5,0,3,8, 5,70,14,1,0,10), 2, byrow=TRUE), workspace=2e8)$p.value → 0.08967933544
        (LOCATION, 0.08967933544),
        # R: fisher.test(matrix(c(62,30,1,2,5, 50,35,2,3,10), 2, byrow=TRUE), workspace=2e8)$p.value → 0.4176015362
        ([[62, 30, 1, 2, 5], [50, 35, 2, 3, 10]], 0.4176015362),
        # R: fisher.test(Job)$p.value → 0.7826849389
        (JOB, 0.7826849389),
        # R: fisher.test(matrix(c(6,94,18,82), 2, byrow=TRUE))$p.value → 0.01525423131
        ([[6, 94], [18, 82]], 0.01525423131),
    ],
)
def test_fisher_freeman_halton_agrees_with_the_exact_p_of_r(table: list[list[int]], p: float) -> None:
    estimate, error = fisher_freeman_halton(table)
    assert abs(estimate - p) <= max(4 * error, 1e-9)


def test_cramers_v_agrees_with_the_noncentral_interval_of_r() -> None:
    # R: x <- chisq.test(loc, correct=FALSE) → X-squared 9.00872164, df 5;
    # uniroot(function(l) pchisq(9.00872164, 5, ncp=l) - 0.025, c(0, 100), tol=1e-12)$root → 19.42064235; √(λ/200) → 0.3116138825;
    # pchisq(9.00872164, 5) < 0.975, so the lower bound is 0
    v, low, high = cramers_v(LOCATION)
    assert (low, high) == pytest.approx((0, 0.3116138825), abs=1e-8)
    # Bergsma (2013), eq. 3, by hand: φ² = 9.00872164/200 - 5/199 = 0.0199179; min(r̃, c̃) - 1 = 1 - 1/199
    assert v == pytest.approx(np.sqrt(0.0199179820 / (1 - 1 / 199)), abs=1e-6)


def test_full_dependence_has_v_one_and_independence_v_zero() -> None:
    for few in (5, 50):  # Bergsma's correction takes off the same above and below the line, also of few cases
        assert cramers_v(np.diag([few, few, few]))[0] == pytest.approx(1, abs=1e-12)
        assert cramers_v(np.diag([few, few, few]))[2] == 1
    assert cramers_v(np.full((3, 3), 20))[:2] == (0, 0)


@given(TABLES, st.randoms(use_true_random=False))
def test_the_order_of_rows_and_columns_does_not_matter(table: list[list[int]], random: object) -> None:
    shuffled = [list(row) for row in table]
    random.shuffle(shuffled)  # type: ignore[attr-defined]
    a, b = association(table, draws=2000), association(np.array(shuffled)[:, ::-1], draws=2000)
    assert (a.n, a.dof) == (b.n, b.dof)
    assert a.v == pytest.approx(b.v, nan_ok=True)
    if not np.isnan(a.p):
        assert abs(a.p - b.p) <= 6 * np.hypot(a.p_error, b.p_error) + 2e-3


@given(TABLES)
def test_empty_rows_and_columns_change_nothing(table: list[list[int]]) -> None:
    padded = np.pad(np.array(table), ((0, 1), (1, 0)))
    assert association(padded, draws=500) == pytest.approx(association(table, draws=500), nan_ok=True)


def test_a_table_with_one_row_is_undefined() -> None:
    for table in ([[3, 4]], [[3], [4]], [[3, 4], [0, 0]], [3, 4]):
        n, statistic, dof, p, error, *v = association(table)
        assert (n, dof, error) == (7, 0, 0)
        assert np.isnan([statistic, p, *v]).all()


def test_a_table_of_two_by_two_has_pearsons_statistic_and_an_exact_p() -> None:
    # Pearson (1900): n(ad - bc)²/(product of the margins), without Yates' correction
    table = [[8, 4], [3, 7]]
    statistic = 22 * (8 * 7 - 4 * 3) ** 2 / (12 * 10 * 11 * 11)
    result = association(table)
    assert (result.n, result.statistic, result.dof) == (22, pytest.approx(statistic), 1)
    assert (result.p, result.p_error) == (pytest.approx(float(stats.fisher_exact(table).pvalue)), 0)
    # Bergsma (2013), eq. 3, of two rows and columns
    v = np.sqrt((statistic / 22 - 1 / 21) / (1 - 1 / 21))
    assert result.v == pytest.approx(v)
    # Steiger & Fouladi (1997): the statistic is at the lower tail; without any association it is not at the upper one
    assert (result.low, stats.chi2.sf(statistic, 1) > 0.025) == (0, True)
    assert stats.ncx2.cdf(statistic, 1, 22 * result.high**2) == pytest.approx(0.025, abs=1e-9)


def test_rows_and_columns_have_equal_parts_in_v() -> None:
    assert cramers_v(np.transpose(LOCATION)) == pytest.approx(cramers_v(LOCATION))
    assert cramers_v(np.transpose([[9, 1, 2], [2, 4, 3]])) == pytest.approx(cramers_v([[9, 1, 2], [2, 4, 3]]))


def test_tables_as_probable_as_the_observed_one_count() -> None:
    """Three tables have these margins, all equally probable: none can speak against independence."""
    assert fisher_freeman_halton([[1, 0, 0], [0, 1, 1]], draws=50) == (1, 0)


def test_where_each_column_has_one_case_there_is_no_v() -> None:
    table = [[1, 0, 0], [0, 1, 1]]
    result = association(table, draws=50)
    assert (result.n, result.p, result.low) == (3, 1, 0)
    assert np.isnan([result.v, cramers_v(np.transpose(table))[0]]).all()
    assert 0 < result.high <= 1


def test_whole_numbers_written_as_floats_are_counts() -> None:
    assert association(np.array(LOCATION, dtype=float), draws=99) == association(LOCATION, draws=99)
    assert fisher_freeman_halton(np.array(LOCATION, dtype=float), draws=99) == fisher_freeman_halton(LOCATION, draws=99)


def test_codes_are_compared_as_r_does() -> None:
    # R: fisher.test(matrix(c(6,94,18,82), 2, byrow=TRUE)) → p 0.01525423131, odds ratio 0.2924937531,
    # interval 0.09064118833 0.815196581
    row = compare_codes(pd.Series({"x": 6, "y": 94}), pd.Series({"x": 18, "y": 82})).loc["x"]
    expected = (0.01525423131, 0.2924937531, 0.09064118833, 0.815196581)
    assert tuple(row[["p", "odds_ratio", "odds_low", "odds_high"]]) == pytest.approx(
        expected, rel=5e-4
    )  # R searches to 1e-4


@pytest.mark.parametrize(("x", "n", "y", "m"), [(0, 9, 3, 8), (3, 9, 8, 8), (0, 9, 8, 8), (6, 9, 8, 8), (1, 30, 8, 8)])
def test_where_nothing_lies_below_the_odds_ratio_is_nought_and_its_mirror_endless(
    x: int, n: int, y: int, m: int
) -> None:
    # Cornfield (1956): at the upper end, a count as low as this has half the error
    ratio, low, high = odds_ratio(x, n, y, m, confidence=0.9)
    assert (ratio, low) == (0, 0)
    assert stats.nchypergeom_fisher.cdf(x, n + m, n, x + y, high) == pytest.approx(0.05)
    mirrored = odds_ratio(y, m, x, n, confidence=0.9)
    assert mirrored == pytest.approx((np.inf, 1 / high, np.inf))


@given(st.integers(1, 200), st.integers(1, 200), st.data())
def test_odds_ratios_agree_with_scipy(n: int, m: int, data: st.DataObject) -> None:
    x, y = data.draw(st.integers(0, n)), data.draw(st.integers(0, m))
    assume(0 < x + y < n + m)  # else there is nothing to compare
    oracle = stats.contingency.odds_ratio(np.array([[x, n - x], [y, m - y]]))
    expected = (oracle.statistic, *oracle.confidence_interval(0.9))
    assert tuple(odds_ratio(x, n, y, m, confidence=0.9)) == pytest.approx(expected, rel=1e-8)


def test_the_difference_has_newcombes_interval() -> None:
    # Newcombe (1998), Statistics in Medicine 17:873-890, Table II, case 56/70 against 48/80: method 10 gives 0.0524 to 0.3339
    frame = compare_codes(pd.Series({"x": 56, "y": 14}), pd.Series({"x": 48, "y": 32}))
    assert tuple(frame.loc["x", ["difference", "low", "high"]]) == pytest.approx((0.2, 0.0524, 0.3339), abs=5e-5)


@given(st.lists(st.floats(0, 1), min_size=1, max_size=6))
def test_holm_is_the_closed_test_of_bonferroni(p: list[float]) -> None:
    # Marcus, Peritz & Gabriel (1976), Biometrika 63:655-660: a hypothesis falls where every set of hypotheses with it does
    sets = [chosen for size in range(1, len(p) + 1) for chosen in combinations(range(len(p)), size)]
    of_sets = {chosen: min(1.0, len(chosen) * min(p[i] for i in chosen)) for chosen in sets}
    closed = [max(value for chosen, value in of_sets.items() if i in chosen) for i in range(len(p))]
    assert list(holm(pd.Series(p))) == pytest.approx(closed)


@given(st.lists(st.floats(0, 1), min_size=1, max_size=12))
def test_benjamini_and_hochbergs_correction_agrees_with_scipy(p: list[float]) -> None:
    assert list(benjamini_hochberg(pd.Series(p))) == pytest.approx(list(stats.false_discovery_control(p)))


def test_holm_agrees_with_r_and_passes_over_undefined_tests() -> None:
    # R: p.adjust(c(0.01, 0.04, 0.03, 0.005, 0.5), "holm") → 0.04 0.09 0.09 0.025 0.5
    adjusted = holm(pd.Series([0.01, 0.04, np.nan, 0.03, 0.005, 0.5]))
    assert list(adjusted) == pytest.approx([0.04, 0.09, np.nan, 0.09, 0.025, 0.5], nan_ok=True)


@pytest.mark.parametrize("draws", [19, 199])
def test_no_p_is_smaller_than_one_of_all_tables(draws: int) -> None:
    """The data is one of the tables that the null holds possible."""
    p, error = fisher_freeman_halton(np.diag([30, 30, 30]), draws=draws)
    assert p == pytest.approx(1 / (draws + 1), rel=1e-12)
    # the standard error of a share p of as many draws
    assert error == pytest.approx(np.sqrt(p * (1 - p) / draws), rel=1e-12)


def test_the_seed_and_the_draws_decide_the_p() -> None:
    once, again, other = (fisher_freeman_halton(LOCATION, draws=500, seed=seed) for seed in (1, 1, 2))
    assert once == again
    assert once != other
    whole = association(LOCATION, draws=500, seed=2)
    assert (whole.p, whole.p_error) == other
    assert (whole.n, whole.dof, whole.statistic) == (200, 5, pytest.approx(9.00872164))


@pytest.mark.parametrize("confidence", [0.9, 0.95])
def test_the_ends_of_v_have_the_observed_table_at_their_tails(confidence: float) -> None:
    # Steiger & Fouladi (1997): the noncentralities at which the statistic is the upper and the lower quantile
    table = [[20, 5, 3], [4, 9, 17], [2, 11, 6]]
    statistic, _, dof, _ = stats.chi2_contingency(table, correction=False)
    _, low, high = cramers_v(table, confidence=confidence)
    tail = (1 - confidence) / 2
    n = np.sum(table)
    assert stats.ncx2.sf(statistic, dof, n * 2 * low**2) == pytest.approx(tail, abs=1e-9)
    assert stats.ncx2.cdf(statistic, dof, n * 2 * high**2) == pytest.approx(tail, abs=1e-9)
    result = association(table, draws=20, confidence=confidence)
    assert (result.low, result.high) == (low, high)


def test_codes_that_one_sample_lacks_count_nothing_there_and_unused_ones_are_no_test() -> None:
    first, second = pd.Series({"x": 6, "y": 14, "unused": 0}), pd.Series({"y": 10, "z": 10})
    frame = compare_codes(first, second, confidence=0.9)
    assert frame[["first", "second"]].to_dict("index") == {
        "x": {"first": 6, "second": 0}, "y": {"first": 14, "second": 10}, "z": {"first": 0, "second": 10},
    }  # fmt: skip
    for code, row in frame.iterrows():
        expected = newcombe(row["first"], 20, row["second"], 20, confidence=0.9)
        assert tuple(row[["difference", "low", "high"]]) == pytest.approx(expected), code
        odds = odds_ratio(int(row["first"]), 20, int(row["second"]), 20, confidence=0.9)
        assert tuple(row[["odds_ratio", "odds_low", "odds_high"]]) == odds, code
    assert frame.index.name == "code"
    assert frame["first"].dtype == frame["second"].dtype == int
    assert list(frame["p_holm"]) == list(holm(frame["p"]))


def test_a_code_that_was_given_once_is_compared() -> None:
    frame = compare_codes(pd.Series({"x": 1.0, "y": 3.0}), pd.Series({"y": 4.0}))
    assert frame[["first", "second"]].to_numpy().tolist() == [[1, 0], [3, 4]]
    assert frame["first"].dtype == int


def test_two_samples_of_nothing_are_a_frame_without_codes() -> None:
    nothing = pd.Series({"x": 0})
    assert list(compare_codes(nothing, nothing)) == list(compare_codes(pd.Series({"x": 1}), nothing))
    assert compare_codes(nothing, nothing).empty


@pytest.mark.parametrize("correct", [holm, benjamini_hochberg])
def test_corrections_take_p_values_of_any_column(correct: Callable[[pd.Series], pd.Series]) -> None:
    adjusted = correct(pd.Series([0.5, None, 1.0], dtype=object))
    assert adjusted.dtype == float
    assert list(adjusted) == pytest.approx([1, np.nan, 1], nan_ok=True)


def test_undefined_tests_are_no_tests_for_benjamini_and_hochberg() -> None:
    # R: p.adjust(c(0.01, 0.04, 0.03), "BH") → 0.03 0.04 0.04
    adjusted = benjamini_hochberg(pd.Series([0.01, np.nan, 0.04, 0.03]))
    assert list(adjusted) == pytest.approx([0.03, np.nan, 0.04, 0.04], nan_ok=True)
