"""Partially pooled differences against a Markov chain in R, and against what must hold."""

import numpy as np
import pandas as pd
import pytest

from methods.pooling import LARGEST, pooled_differences


def _counts(*numbers: int) -> pd.Series:
    return pd.Series(numbers, index=list("abcd")[: len(numbers)])


def test_it_agrees_with_a_markov_chain_in_r() -> None:
    # R 4.2.2, base: Metropolis over (log alpha, log m) with log posterior sum(log(m)) + sum over groups of lgamma(a) -
    # lgamma(a + n) + sum(lgamma(a*m + n_k) - lgamma(a*m)), 1 <= a <= 1000, set.seed(1), 600,000 steps,
    # every 20th kept but the first 2000;
    # shares by rgamma(4, a*m + n_g). Means of the differences -0.03063 -0.02386 0.09331 -0.03881, of the largest 0.10349;
    # below 0.1: 0.85043 0.88132 0.57000 0.99004, largest 0.48736; 95 % of the third [0.01297, 0.17958]
    frame = pooled_differences(_counts(54, 31, 15, 0), _counts(58, 34, 3, 5), equivalence=0.1, draws=20_000)
    assert frame["difference"].to_numpy() == pytest.approx([-0.03063, -0.02386, 0.09331, -0.03881, 0.10349], abs=0.003)
    assert frame["equivalent"].to_numpy() == pytest.approx([0.85043, 0.88132, 0.57000, 0.99004, 0.48736], abs=0.02)
    assert frame.loc["c", ["low", "high"]].to_numpy(float) == pytest.approx([0.01297, 0.17958], abs=0.006)


def test_swapping_the_groups_turns_the_sign() -> None:
    one = pooled_differences(_counts(30, 20), _counts(20, 30), equivalence=0.1, draws=20_000)
    other = pooled_differences(_counts(20, 30), _counts(30, 20), equivalence=0.1, draws=20_000)
    assert one.loc["a", "difference"] == pytest.approx(-other.loc["a", "difference"], abs=0.005)
    assert one.loc[LARGEST, "difference"] == pytest.approx(other.loc[LARGEST, "difference"], abs=0.005)


def test_pooling_shrinks_and_much_data_does_not() -> None:
    few = pooled_differences(_counts(12, 8), _counts(8, 12), equivalence=0.1).loc["a"]
    many = pooled_differences(_counts(12_000, 8_000), _counts(8_000, 12_000), equivalence=0.1).loc["a"]
    assert 0 < few["difference"] < 0.2
    assert many["difference"] == pytest.approx(0.2, abs=0.01)
    assert many["equivalent"] == 0


def test_groups_that_are_alike_can_be_shown_to_be() -> None:
    frame = pooled_differences(_counts(600, 300, 100), _counts(600, 300, 100), equivalence=0.1)
    assert frame.loc[LARGEST, "equivalent"] > 0.99


def test_the_seed_alone_decides_the_draws() -> None:
    one, two, other = (
        pooled_differences(_counts(5, 9), _counts(8, 2), equivalence=0.1, seed=seed) for seed in (1, 1, 2)
    )
    pd.testing.assert_frame_equal(one, two)
    assert not np.allclose(one, other)
