"""Paired shares against R."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from methods.paired import paired_difference


def test_the_sign_test_agrees_with_r() -> None:
    # R 4.2.2: binom.test(29, 47)$p.value → 0.1438651; binom.test(24, 39)$p.value → 0.1995909
    assert paired_difference(29, 18, 53).p == pytest.approx(0.1438651, abs=1e-7)
    assert paired_difference(24, 15, 53).p == pytest.approx(0.1995909, abs=1e-7)


def test_the_interval_is_agresti_and_mins() -> None:
    # by hand in R for 24 and 15 of 53: (24.5 - 15.5)/55 = 0.1636364 ± 1.959964 · √(40 - 81/55)/55
    result = paired_difference(24, 15, 53)
    assert (result.low, result.high) == pytest.approx((-0.05756, 0.38484), abs=5e-5)
    assert result.difference == pytest.approx(9 / 53)
    assert (result.first_only, result.second_only, result.n) == (24, 15, 53)


@given(st.integers(0, 50), st.integers(0, 50), st.integers(1, 50))
def test_exchanging_the_properties_turns_the_sign(first: int, second: int, rest: int) -> None:
    n = first + second + rest
    one, other = paired_difference(first, second, n), paired_difference(second, first, n)
    assert (one.difference, one.low, one.high) == pytest.approx((-other.difference, -other.high, -other.low))
    assert one.p == pytest.approx(other.p)


def test_edges_of_paired_shares() -> None:
    """Nothing discordant is no evidence; all discordant one way is as much as there can be, and no end leaves the scale."""
    assert paired_difference(0, 0, 5).p == 1
    # a fair coin that falls alike five times, two-sided: 2/2⁵
    result = paired_difference(5, 0, 5)
    assert (result.difference, result.p, result.high) == (1, pytest.approx(2 / 32), 1)
    assert paired_difference(0, 5, 5).low == -1
    # Agresti & Min (2005) by hand, 90 %: (24.5 - 15.5)/55 ± 1.644854 · √(40 - 81/55)/55
    narrower = paired_difference(24, 15, 53, confidence=0.9)
    assert (narrower.low, narrower.high) == pytest.approx((-0.0219939, 0.3492666), abs=5e-5)


def test_impossible_counts_are_refused() -> None:
    with pytest.raises(ValueError, match="3 cases cannot hold"):
        paired_difference(2, 2, 3)
