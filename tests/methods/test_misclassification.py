"""Shares corrected for misclassification: against a simulation in R, closed forms, and data with a known truth."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from methods.intervals import wilson_finite
from methods.misclassification import Prior, Stratum, corrected_share, rogan_gladen, tipping_points

CERTAIN = Prior((1e6, 1), (1e6, 1))


def test_it_agrees_with_importance_sampling_in_r() -> None:
    # R 4.2.2: se, sp, th, th2 from their priors by qbeta(runif(4e6, pbeta(.5, a, b), 1), a, b) and runif; weights are the product
    # of th*se^k*(1-se)^(n-k) + (1-th)*(1-sp)^k*sp^(n-k) over the cases (th2 for the second stratum); 2e5 draws by weight with
    # set.seed(1), the truth of sampled cases by rbinom from Bayes' rule, of the other 150 by rbinom(150, th), over 250:
    # mean 0.69152, 2.5 % 0.51600, 97.5 % 0.85200; mean sensitivity 0.91536, specificity 0.82574
    own = Stratum({(1, 1): 60, (0, 1): 25, (2, 2): 8, (1, 2): 3, (0, 2): 4}, population=250)
    quality_alone = Stratum({(2, 2): 9, (1, 2): 3, (0, 2): 6}, population=0)
    result = corrected_share([own, quality_alone], [Prior((18, 2), (8, 2))], draws=50_000)[0]
    assert (result.share, result.sensitivity, result.specificity) == pytest.approx(
        (0.69152, 0.91536, 0.82574), abs=0.002
    )
    assert (result.low, result.high) == pytest.approx((0.516, 0.852), abs=0.005)


def test_labels_without_error_give_the_share_of_a_finite_population() -> None:
    result = corrected_share([Stratum({(1, 1): 75, (0, 1): 25}, population=327)], [CERTAIN])[0]
    expected = wilson_finite(75, 100, 327)
    assert (result.share, result.low, result.high) == pytest.approx(expected, abs=0.015)


def test_a_census_read_with_hardly_an_error_leaves_little_open() -> None:
    result = corrected_share([Stratum({(1, 1): 30, (0, 1): 10}, population=40)], [CERTAIN])[0]
    assert (result.share, result.low, result.high) == pytest.approx((0.75, 0.75, 0.75), abs=0.06)


def test_many_readings_bring_the_closed_form() -> None:
    # ten thousand single readings with a known quality of 0.9: Rogan and Gladen's estimate
    known = Prior((9e5, 1e5), (9e5, 1e5))
    result = corrected_share([Stratum({(1, 1): 3_700, (0, 1): 6_300}, population=10**6)], [known])[0]
    assert result.share == pytest.approx(rogan_gladen(0.37, 0.9, 0.9), abs=0.01)


@pytest.mark.parametrize(("sensitivity", "specificity"), [(0.9, 0.95), (0.95, 0.85)])
def test_the_interval_holds_a_known_truth(sensitivity: float, specificity: float) -> None:
    generator = np.random.default_rng(7)
    prior, held, runs = Prior((18, 2), (18, 2)), 0, 60
    for _ in range(runs):
        truth = generator.random(300) < 0.7
        readings = generator.random((300, 3)) < np.where(truth, sensitivity, 1 - specificity)[:, None]
        patterns: dict[tuple[int, int], int] = {}
        for position, row in enumerate(readings[:120]):
            n = 3 if position < 30 else 1
            key = (int(row[:n].sum()), n)
            patterns[key] = patterns.get(key, 0) + 1
        result = corrected_share([Stratum(patterns, 300)], [prior], draws=1_000)[0]
        held += result.low <= truth.mean() <= result.high
    # of 60 runs at 95 %, fewer than 52 have a probability below 0.5 %
    assert held >= 52


@given(st.floats(0.02, 0.98), st.floats(0.02, 0.98))
def test_the_tipping_point_moves_the_share_to_the_threshold(share: float, threshold: float) -> None:
    tipping = tipping_points(share, threshold)
    error = tipping.one_sided
    quality = (1.0, 1 - error) if share > threshold else (1 - error, 1.0)
    if error < 0.99:
        assert rogan_gladen(share, *quality) == pytest.approx(threshold, abs=1e-6)
    if tipping.symmetric == tipping.symmetric and tipping.symmetric < 0.49:
        assert rogan_gladen(share, 1 - tipping.symmetric, 1 - tipping.symmetric) == pytest.approx(threshold, abs=1e-6)
    assert tipping.cases == pytest.approx(abs(share - threshold))


def test_no_symmetric_error_hides_a_share_nearer_to_one_half() -> None:
    assert np.isnan(tipping_points(0.74, 2 / 3).symmetric)
    assert tipping_points(0.33, 0.25).symmetric == pytest.approx(0.16)
    # four in ten readings wrong in either direction draw 0.25 to 0.45; none draws it beyond one half
    assert tipping_points(0.45, 0.25).symmetric == pytest.approx(0.4)
    assert np.isnan(tipping_points(0.6, 0.4).symmetric)
    assert np.isnan(tipping_points(0.6, 0.5).symmetric)
    assert tipping_points(0.25, 0.25) == (0, 0, 0)


def test_one_sided_errors_by_hand() -> None:
    # of the 4 in 10 without the property 1 in 4 is read as having it: 0.6 + 0.1
    assert tipping_points(0.7, 0.6).one_sided == pytest.approx(1 / 4)
    # of the 6 in 10 with it 1 in 6 is read as not having it
    assert tipping_points(0.5, 0.6).one_sided == pytest.approx(1 / 6)
    assert np.isnan(tipping_points(0.0, 0.0).one_sided)
    assert tipping_points(1.0, 0.0).one_sided == 1


def test_the_seed_decides_the_draws() -> None:
    strata = [Stratum({(1, 1): 30, (0, 1): 20}, population=200)]
    once, again, other = (
        corrected_share(strata, [Prior((18, 2), (18, 2))], draws=500, seed=seed)[0] for seed in (1, 1, 2)
    )
    assert once == again
    assert (once.low, once.high) != (other.low, other.high)


def test_a_smaller_confidence_has_a_narrower_interval() -> None:
    strata = [Stratum({(1, 1): 30, (0, 1): 20}, population=200)]
    wide, narrow = (corrected_share(strata, [CERTAIN], draws=2000, confidence=level)[0] for level in (0.95, 0.5))
    assert wide.low < narrow.low < narrow.high < wide.high


def test_populations_must_hold_their_samples() -> None:
    with pytest.raises(ValueError, match="population of 3 cannot hold a sample of 4"):
        corrected_share([Stratum({(1, 1): 4}, 3)], [CERTAIN])
    with pytest.raises(ValueError, match="at least one stratum"):
        corrected_share([Stratum({(1, 1): 4}, 0)], [CERTAIN])
