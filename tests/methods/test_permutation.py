"""Permutation within strata: margins kept, all markings equally often, p as the textbook has it."""

from collections import Counter
from fractions import Fraction
from itertools import combinations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy import stats

from methods.intervals import exact_share
from methods.permutation import against_null, exchangeable, shuffled_within

CASES = st.lists(st.tuples(st.booleans(), st.sampled_from("abc")), min_size=1, max_size=12)


@given(CASES, st.integers(0, 99))
def test_each_stratum_keeps_its_number_of_marks(cases, seed):
    marks, strata = (np.array(column) for column in zip(*cases, strict=True))
    shuffled = shuffled_within(marks, strata, 20, np.random.default_rng(seed))
    for stratum in set(strata):
        own = strata == stratum
        assert set(shuffled[own].sum(axis=0)) == {marks[own].sum()}
    fixed = ~exchangeable(marks, strata)
    assert (shuffled[fixed] == marks[fixed][:, None]).all()


def test_all_markings_of_a_stratum_are_equally_probable():
    shuffled = shuffled_within([True, True, False, False, False], [0] * 5, 20_000, np.random.default_rng(5))
    counts = Counter(tuple(np.flatnonzero(column)) for column in shuffled.T)
    assert set(counts) == set(combinations(range(5), 2))
    assert stats.chisquare(list(counts.values())).pvalue > 0.001


def test_p_agrees_with_the_exact_hypergeometric_tail():
    """A statistic whose null is known: marked cases among the first six of twenty."""
    marks = np.zeros(20, dtype=bool)
    marks[:5] = True
    shuffled = shuffled_within(marks, [0] * 20, 40_000, np.random.default_rng(3))
    found = against_null(4, shuffled[:6].sum(axis=0))
    exact = stats.hypergeom.sf(3, 20, 5, 6)
    assert found.p_low < exact < found.p_high
    assert found.mean == pytest.approx(5 * 6 / 20, abs=0.02)


def test_a_number_from_elsewhere_is_none_of_the_rearrangements():
    assert against_null(5, [1, 2, 3, 4], conditional=False).p == 0
    assert against_null(5, [1, 2, 3, 4]).p == pytest.approx(1 / 5)


def test_the_level_is_kept_under_the_null():
    """Of marks dealt at random, p is at most 0.2 in no more than a fifth of cases."""
    generator = np.random.default_rng(11)
    weights = generator.random(12)
    small = 0
    for _ in range(400):
        marks = generator.permutation(np.arange(12) < 5)
        null = weights @ shuffled_within(marks, [0] * 12, 49, generator)
        small += against_null(float(weights @ marks), null).p <= 0.2
    assert stats.binomtest(small, 400, 0.2, alternative="greater").pvalue > 0.001


@pytest.mark.parametrize("draws", [1, 19, 999])
def test_no_p_is_smaller_than_one_of_all_arrangements(draws):
    """The data is one of the arrangements: without it a test of 19 draws would reject at every level."""
    assert against_null(10, [1] * draws).p == pytest.approx(1 / (draws + 1), rel=1e-12)
    assert against_null(0, [1] * draws).p == 1


def test_a_draw_as_large_as_the_observed_one_counts_despite_rounding():
    assert against_null(0.1 + 0.2, [0.3, 0.2]).p == pytest.approx(2 / 3)
    assert against_null(0.3, [0.1 + 0.2, 0.2]).p == pytest.approx(2 / 3)
    assert against_null(0.3001, [0.3, 0.2]).p == pytest.approx(1 / 3)


def test_a_draw_that_falls_short_by_a_billionth_has_reached_the_observed_number():
    assert against_null(0, [-1e-9, -2e-9]).p == pytest.approx(2 / 3)


@pytest.mark.parametrize(
    ("draws", "confidence"), [(40, 0.95), (200, 0.95), (2000, 0.95), (10, 0.8), (30, 0.9), (7, 0.95), (1, 0.5)]
)
def test_the_range_of_the_null_leaves_as_many_out_on_either_side(draws, confidence):
    """Of 2,000 draws 50 lie below and 50 above what holds 95 %, whatever (1 - 0.95) / 2 is in binary."""
    null = np.random.default_rng(1).permutation(draws)
    found = against_null(0, null, confidence=confidence)
    below, above = (null < found.low).sum(), (null > found.high).sum()
    share = Fraction(str(1 - Fraction(str(confidence)))) / 2
    assert below == above == draws * share // 1
    mirrored = against_null(0, -null, confidence=confidence)
    assert (mirrored.low, mirrored.high) == (-found.high, -found.low)


def test_the_range_of_the_null_is_of_its_own_values():
    null = np.random.default_rng(1).permutation(np.arange(1, 42))
    found = against_null(41, null)
    # of 41 values one is less than 2.5 %, two are more
    assert (found.observed, found.mean, found.low, found.high, found.draws) == (41, 21, 2, 40, 41)
    half = against_null(41, null, confidence=0.5)
    assert (half.low, half.high) == (11, 31)
    assert (half.p_low, half.p_high) == pytest.approx(exact_share(1, 41, confidence=0.5)[1:])
    assert (found.p_low, found.p_high) == pytest.approx(exact_share(1, 41)[1:])


def test_the_generator_alone_decides_the_shuffles():
    marks, strata = [True, False] * 20, ["a"] * 25 + ["b"] * 15
    one, again, other = (shuffled_within(marks, strata, 5, np.random.default_rng(seed)) for seed in (1, 1, 2))
    assert (one == again).all()
    assert (one != other).any()
    assert (one[:, 0] != one[:, 1]).any()
    relabelled = shuffled_within(marks, ["x"] * 25 + ["y"] * 15, 5, np.random.default_rng(1))
    assert (one == relabelled).all()


def test_the_order_in_which_strata_are_listed_changes_no_shuffle():
    marks = np.random.default_rng(1).random(30) < 0.5
    strata = np.repeat(["a", "b", "c"], 10)
    turned = np.r_[20:30, 10:20, 0:10]
    one = shuffled_within(marks, strata, 20, np.random.default_rng(1))
    other = shuffled_within(marks[turned], strata[turned], 20, np.random.default_rng(1))
    assert (one[turned] == other).all()


def test_marks_of_noughts_and_ones_are_marks():
    marks = [1, 0, 1, 1]
    shuffled = shuffled_within(marks, list("aabb"), 9, np.random.default_rng(1))
    assert (~shuffled).sum() == 9
    assert exchangeable(marks, list("aabb")).tolist() == [True, True, False, False]


def test_no_cases_have_no_other_arrangement():
    assert shuffled_within([], [], 3, np.random.default_rng(1)).shape == (0, 3)


@pytest.mark.parametrize("marks", [[True] * 4, [False] * 4])
def test_where_all_or_none_are_marked_nothing_can_move(marks):
    assert not exchangeable(marks, list("aabb")).any()
    shuffled = shuffled_within(marks, list("aabb"), 3, np.random.default_rng(1))
    assert shuffled.T.tolist() == [marks] * 3
    assert exchangeable([True, False, True, False], list("aabb")).all()
