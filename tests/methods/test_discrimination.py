"""Areas under ROC curves against their definition and against published values; the sparse regression against its optimality."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from statsmodels.discrete.discrete_model import Logit

from methods.discrimination import auc, auc_difference
from methods.sparse_logistic import fit, fit_by_cross_validation, folds, largest_penalty

CASES = st.lists(st.tuples(st.integers(0, 5), st.booleans()), min_size=2, max_size=20)


@given(CASES)
def test_the_area_is_the_share_of_pairs_in_order(cases):
    scores, truth = (np.array(column) for column in zip(*cases, strict=True))
    if truth.all() or not truth.any():
        assert np.isnan(auc(scores, truth).area)
        return
    pairs = [(a > b) + 0.5 * (a == b) for a in scores[truth] for b in scores[~truth]]
    found = auc(scores, truth)
    assert found.area == pytest.approx(np.mean(pairs))
    assert 0 <= found.low <= found.area + 1e-12
    assert found.area - 1e-12 <= found.high <= 1


def placed(scores, truth):
    """Return for each pair of a positive and a negative case whether it is in order, ties counted half."""
    return np.array([[(a > b) + 0.5 * (a == b) for b in scores[~truth]] for a in scores[truth]])


def delong(psi):
    """S10 and S01 of DeLong et al. (1988), eq. 4 to 6; a kind of one case has none."""
    return sum(psi.mean(axis=1 - axis).var(ddof=1) / psi.shape[axis] for axis in (0, 1) if psi.shape[axis] > 1)


@pytest.mark.parametrize(("cases", "positives"), [(40, 17), (7, 3), (7, 2), (6, 1), (6, 5)])
@pytest.mark.parametrize(("confidence", "z"), [(0.95, 1.959963984540), (0.9, 1.644853626951)])
def test_delongs_variance_by_its_definition(cases, positives, confidence, z):
    generator = np.random.default_rng(positives)
    truth = np.arange(cases) < positives
    first, second = (generator.integers(0, 12, cases) + 2 * truth for _ in range(2))
    psi, other = placed(first, truth), placed(second, truth)
    area = psi.mean()
    assert 0 < area < 1
    half = z * np.sqrt(delong(psi)) / (area * (1 - area))
    bounds = [1 / (1 + np.exp(-(np.log(area / (1 - area)) + sign * half))) for sign in (-1, 1)]
    assert auc(first, truth, confidence=confidence) == pytest.approx((area, *bounds), rel=1e-9)
    # both areas' placements case by case, so that their covariance counts
    difference, reach = (psi - other).mean(), z * np.sqrt(delong(psi - other))
    expected = (difference, max(-1, difference - reach), min(1, difference + reach))
    found = auc_difference(first, second, truth, confidence=confidence)
    assert found == pytest.approx(expected, rel=1e-9)
    assert auc_difference(list(first), list(second), truth.astype(int), confidence=confidence) == found
    assert auc(list(first), list(truth.astype(int)), confidence=confidence) == auc(first, truth, confidence=confidence)


def test_areas_without_variance_are_points():
    assert auc([1, 2, 3, 4], [False, False, True, True]) == (1, 1, 1)
    assert auc([1, 2, 3, 4], [True, True, False, False]) == (0, 0, 0)
    assert auc([5, 5, 5], [True, False, False]) == (0.5, 0.5, 0.5)


def test_a_difference_stays_on_its_scale_and_needs_both_kinds():
    truth = [False, False, True, True]
    up, down = [1, 3, 2, 4], [4, 3, 2, 1]
    assert auc_difference(up, down, truth).high == 1
    assert auc_difference(down, up, truth).low == -1
    for kind in (True, False):
        assert np.isnan(auc_difference(up, down, [kind] * 4)).all()
        assert np.isnan(auc(up, [kind] * 4)).all()


def test_the_interval_covers():
    """Of normal scores one apart the area is Φ(1/√2) = 0.7602."""
    generator = np.random.default_rng(8)
    covered = 0
    for _ in range(300):
        truth = np.arange(60) < 25
        found = auc(generator.normal(size=60) + truth, truth)
        covered += found.low <= 0.7602 <= found.high
    assert covered >= 0.91 * 300


def test_a_score_does_not_differ_from_itself():
    found = auc_difference([1, 2, 3, 4], [1, 2, 3, 4], [False, True, False, True])
    assert found == (0, 0, 0)


@settings(max_examples=25, deadline=None)
@given(st.integers(0, 10_000), st.floats(0.02, 0.9))
def test_the_fit_is_optimal(seed, share):
    """Subgradient conditions: |gradient| = penalty where a coefficient is not 0, at most the penalty where it is."""
    generator = np.random.default_rng(seed)
    x = generator.normal(size=(60, 8))
    y = generator.random(60) < 1 / (1 + np.exp(-x[:, 0] + x[:, 1]))
    if y.all() or not y.any():
        return
    penalty = share * largest_penalty(x, y)
    model = fit(x, y, penalty)
    residual = 1 / (1 + np.exp(-model.scores(x))) - y
    gradient = x.T @ residual / 60
    assert abs(residual.mean()) < 1e-5
    held = model.coefficients != 0
    assert gradient[held] == pytest.approx(-penalty * np.sign(model.coefficients[held]), abs=1e-5)
    assert (np.abs(gradient[~held]) <= penalty + 1e-5).all()


def test_from_the_largest_penalty_on_nothing_is_left():
    generator = np.random.default_rng(2)
    x, y = generator.normal(size=(50, 5)), np.arange(50) % 3 == 0
    top = largest_penalty(x, y)
    assert not fit(x, y, 1.001 * top).coefficients.any()
    assert fit(x, y, 0.95 * top).coefficients.any()


def test_without_a_penalty_it_is_ordinary_logistic_regression():
    generator = np.random.default_rng(3)
    x = generator.normal(size=(200, 3))
    y = generator.random(200) < 1 / (1 + np.exp(-x[:, 0]))
    expected = Logit(y.astype(float), np.column_stack([np.ones(200), x])).fit(disp=0).params
    model = fit(x, y, 0.0)
    assert [model.intercept, *model.coefficients] == pytest.approx(expected, abs=1e-4)


def test_cross_validation_finds_the_feature_that_predicts():
    generator = np.random.default_rng(5)
    x = generator.random((300, 20)) < 0.3
    y = generator.random(300) < np.where(x[:, 7], 0.8, 0.2)
    model = fit_by_cross_validation(x, y, np.random.default_rng(1))
    assert np.abs(model.coefficients).argmax() == 7
    assert model.coefficients[7] > 1
    assert np.count_nonzero(model.coefficients) < 15
    again = fit_by_cross_validation(x.astype(float), y.astype(int), np.random.default_rng(1), penalties=12, count=5)
    assert (again.penalty, again.coefficients.tolist()) == (model.penalty, model.coefficients.tolist())


@pytest.mark.parametrize("seed", range(6, 12))
def test_the_penalty_is_the_one_of_least_loss_on_what_was_left_out(seed):
    generator = np.random.default_rng(seed)
    x = generator.normal(size=(80, 4))
    y = generator.random(80) < 1 / (1 + np.exp(-2 * x[:, 0]))
    model = fit_by_cross_validation(x, y, np.random.default_rng(2), penalties=6, count=3)
    dealt = folds(y, 3, np.random.default_rng(2))
    candidates = largest_penalty(x, y) * np.array([1, 10**-0.4, 10**-0.8, 10**-1.2, 10**-1.6, 0.01])
    losses = []
    for penalty in candidates:
        lost = 0.0
        for fold in range(3):
            scores = fit(x[dealt != fold], y[dealt != fold], penalty).scores(x[dealt == fold])
            lost += -np.log(1 / (1 + np.exp(-np.where(y[dealt == fold], scores, -scores)))).sum()
        losses.append(lost)
    assert model.penalty == pytest.approx(candidates[int(np.argmin(losses))])
    expected = fit(x, y, model.penalty)
    assert [model.intercept, *model.coefficients] == pytest.approx(
        [expected.intercept, *expected.coefficients], abs=0.01
    )


@pytest.mark.parametrize("columns", [0, 2])
def test_features_that_tell_nothing_leave_the_intercept(columns):
    y = np.arange(40) % 4 == 0
    model = fit_by_cross_validation(np.zeros((40, columns)), y, np.random.default_rng(1))
    assert (model.penalty, model.coefficients.tolist()) == (0, [0] * columns)
    assert model.intercept == pytest.approx(np.log(1 / 3), abs=1e-3)


def test_the_largest_penalty_is_the_steepest_slope_at_no_coefficients():
    # y less its mean is 1/2 or -1/2: (2 + 1 + 1 + 2)/2/4 of the first feature, (1 + 1 - 3 - 1)/2/4 of the second
    assert largest_penalty([[-2, -1], [-1, -1], [1, -3], [2, -1]], [0, 0, 1, 1]) == pytest.approx(0.75)
    assert largest_penalty([[2, 0], [1, 0], [-1, 0], [-2, 0]], [0, 0, 1, 1]) == pytest.approx(0.75)


def test_folds_hold_both_kinds_evenly():
    dealt = folds(np.arange(50) < 10, 5, np.random.default_rng(0))
    assert np.bincount(dealt[:10]).tolist() == [2] * 5
    assert np.bincount(dealt[10:]).tolist() == [8] * 5
    assert folds([1, 0, 0, 1], 2, np.random.default_rng(0)).tolist() in (
        [a, b, 1 - b, 1 - a] for a in (0, 1) for b in (0, 1)
    )
