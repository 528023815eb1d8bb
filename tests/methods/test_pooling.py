"""Differences of many codes against published intervals and a Markov chain in R, and against what must hold."""

import numpy as np
import pandas as pd
import pytest
from scipy.integrate import quad
from scipy.special import betaln

from methods.intervals import newcombe
from methods.pooling import LARGEST, pooled_differences, simultaneous_differences


def _counts(*numbers: int) -> pd.Series:
    return pd.Series(numbers, index=list("abcd")[: len(numbers)])


def test_it_agrees_with_a_markov_chain_in_r() -> None:
    # R 4.2.2, base: Metropolis over (log alpha, log m) with log posterior sum(log(m)) + sum over groups of lgamma(a) -
    # lgamma(a + n) + sum(lgamma(a*m + n_k) - lgamma(a*m)), 1 <= a <= 1000, set.seed(1), 600,000 steps,
    # every 20th kept but the first 2000;
    # shares by rgamma(4, a*m + n_g). Means of the differences -0.03063 -0.02386 0.09331 -0.03881, of the largest 0.10349;
    # below 0.1: 0.85043 0.88132 0.57000 0.99004, largest 0.48736
    frame = pooled_differences(_counts(54, 31, 15, 0), _counts(58, 34, 3, 5), equivalence=0.1, draws=20_000)
    assert frame["pooled"].to_numpy() == pytest.approx([-0.03063, -0.02386, 0.09331, -0.03881, 0.10349], abs=0.003)
    assert frame["equivalent"].to_numpy() == pytest.approx([0.85043, 0.88132, 0.57000, 0.99004, 0.48736], abs=0.02)


@pytest.mark.parametrize(("x", "n", "y", "m"), [(3, 4, 1, 5), (5, 14, 8, 10), (0, 9, 9, 40)])
def test_of_two_codes_the_posterior_mean_is_an_integral(x: int, n: int, y: int, m: int) -> None:
    # Gelman et al. (2013), §5.1: given concentration a and common share s a group's share is Beta(a·s + x, a·(1 - s) + n - x);
    # the data's probability is the ratio of Beta functions, here summed over the grid of a and integrated over s
    weight, total = 0.0, 0.0
    for a in np.geomspace(1, 1000, 25):

        def density(s: float, a: float = a) -> float:
            log = sum(
                betaln(a * s + k, a * (1 - s) + size - k) - betaln(a * s, a * (1 - s)) for k, size in ((x, n), (y, m))
            )
            return float(np.exp(log))

        def difference(s: float, a: float = a) -> float:
            return density(s, a) * ((a * s + x) / (a + n) - (a * s + y) / (a + m))

        weight += quad(density, 0, 1)[0]
        total += quad(difference, 0, 1)[0]
    frame = pooled_differences(_counts(x, n - x), _counts(y, m - y), equivalence=0.1, draws=20_000)
    assert frame.loc["a", "pooled"] == pytest.approx(total / weight, abs=0.006)


def test_codes_that_one_group_lacks_count_nothing_there_whatever_their_order() -> None:
    first, second = pd.Series({"wrong": 8, "crash": 12}), pd.Series({"hang": 3, "crash": 17})
    frame = pooled_differences(first, second, equivalence=0.1, draws=100)
    assert frame.index.tolist() == ["wrong", "crash", "hang", LARGEST]
    assert frame.index.name == "code"
    assert frame["difference"].tolist() == pytest.approx([8 / 20, (12 - 17) / 20, -3 / 20, 8 / 20])
    full = simultaneous_differences(_counts(8, 12, 0), _counts(0, 17, 3))
    assert frame[["low", "high"]].to_numpy().tolist() == full[["low", "high"]].to_numpy().tolist()


def test_a_single_code_cannot_differ_and_has_the_whole_error() -> None:
    frame = pooled_differences(_counts(30), _counts(20), equivalence=0, confidence=0.9)
    assert frame["pooled"].tolist() == [0, 0]
    # nothing is smaller than no difference at all
    assert frame["equivalent"].tolist() == [0, 0]
    assert tuple(frame.loc["a", ["difference", "low", "high"]]) == newcombe(30, 30, 20, 20, confidence=0.9)
    nothing = simultaneous_differences(_counts(0), _counts(0))
    assert nothing.to_numpy().tolist() == [[0, 0, 0], [0, 0, 0]]


def test_swapping_the_groups_turns_the_sign() -> None:
    one = pooled_differences(_counts(30, 20), _counts(20, 30), equivalence=0.1, draws=20_000)
    other = pooled_differences(_counts(20, 30), _counts(30, 20), equivalence=0.1, draws=20_000)
    assert one.loc["a", "pooled"] == pytest.approx(-other.loc["a", "pooled"], abs=0.005)
    assert one.loc[LARGEST, "pooled"] == pytest.approx(other.loc[LARGEST, "pooled"], abs=0.005)
    assert one.loc["a", ["low", "high"]].to_numpy() == pytest.approx(-other.loc["a", ["high", "low"]].to_numpy())


def test_pooling_shrinks_and_much_data_does_not() -> None:
    few = pooled_differences(_counts(12, 8), _counts(8, 12), equivalence=0.1).loc["a"]
    many = pooled_differences(_counts(12_000, 8_000), _counts(8_000, 12_000), equivalence=0.1).loc["a"]
    assert 0 < few["pooled"] < few["difference"]
    assert many["pooled"] == pytest.approx(0.2, abs=0.01)
    assert many["equivalent"] == 0


def test_groups_that_are_alike_can_be_shown_to_be() -> None:
    frame = pooled_differences(_counts(600, 300, 100), _counts(600, 300, 100), equivalence=0.1)
    assert frame.loc[LARGEST, "equivalent"] > 0.99


def test_two_codes_have_newcombes_interval_at_half_the_error() -> None:
    # Newcombe (1998), Statistics in Medicine 17:873-890, Table II, case 56/70 against 48/80: method 10 gives 0.0524 to 0.3339
    # at 95 %, which Bonferroni makes of 90 % for two codes
    frame = simultaneous_differences(_counts(56, 14), _counts(48, 32), confidence=0.9)
    assert frame.loc["a", ["difference", "low", "high"]].to_numpy() == pytest.approx([0.2, 0.0524, 0.3339], abs=5e-5)
    assert frame.loc[LARGEST, ["difference", "low", "high"]].to_numpy() == pytest.approx(
        [0.2, 0.0524, 0.3339], abs=5e-5
    )


@pytest.mark.parametrize("other", [(0.06, 0.76, 0.07, 0.11), (0.06, 0.68, 0.15, 0.11)], ids=["alike", "8 points apart"])
def test_intervals_hold_for_the_most_different_code_and_for_the_largest_difference(other: tuple[float, ...]) -> None:
    shares, generator, runs = np.array([(0.06, 0.76, 0.07, 0.11), other]), np.random.default_rng(7), 400
    truth = shares[0] - shares[1]
    held, largest = 0, 0
    for _ in range(runs):
        counts = [_counts(*generator.multinomial(100, row)) for row in shares]
        frame = simultaneous_differences(*counts)
        codes = frame.drop(index=LARGEST)
        picked = int(np.argmax(codes["difference"].abs()))
        held += codes["low"].iloc[picked] <= truth[picked] <= codes["high"].iloc[picked]
        largest += frame.loc[LARGEST, "low"] <= np.abs(truth).max() <= frame.loc[LARGEST, "high"]
    # 0.03: over two and a half standard errors of 400 runs
    assert held / runs > 0.95 - 0.03
    assert largest / runs > 0.95 - 0.03


def test_the_largest_difference_is_at_least_what_one_interval_leaves_in_either_direction() -> None:
    up = simultaneous_differences(_counts(30, 35, 35), _counts(5, 47, 48))
    down = simultaneous_differences(_counts(5, 47, 48), _counts(30, 35, 35))
    assert up.loc["a", "low"] > 0 > up.loc["b", "low"]
    assert up.loc[LARGEST].tolist() == up.loc["a"].tolist()
    assert down.loc[LARGEST].tolist() == pytest.approx(up.loc["a"].tolist())


def test_codes_that_nobody_used_cost_no_width() -> None:
    one = simultaneous_differences(_counts(30, 20), _counts(20, 30))
    other = simultaneous_differences(_counts(30, 20, 0, 0), _counts(20, 30, 0, 0))
    assert one.loc["a", ["low", "high"]].tolist() == other.loc["a", ["low", "high"]].tolist()


def test_the_seed_alone_decides_the_draws() -> None:
    one, two, other = (
        pooled_differences(_counts(5, 9), _counts(8, 2), equivalence=0.1, seed=seed) for seed in (1, 1, 2)
    )
    pd.testing.assert_frame_equal(one, two)
    assert not np.allclose(one, other)
