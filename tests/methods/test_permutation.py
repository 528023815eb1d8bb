"""Permutation within strata: margins kept, all markings equally often, p as the textbook has it."""

from collections import Counter
from itertools import combinations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy import stats

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
