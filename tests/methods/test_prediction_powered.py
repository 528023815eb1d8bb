"""Prediction-powered shares against ppi-python and the textbook, and their coverage however good or bad the machine is."""

import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy.stats import norm

from benchmarks.coverage import powered_case
from methods.intervals import stratified_share, wilson, wilson_finite
from methods.prediction_powered import Audit, labels_needed, prediction_powered_mean, prediction_powered_share

# ppi-python 0.2.3 (its authors' package): numpy arrays from the counts, ppi_mean_pointestimate(y, f, u, lam=lam) and
# ppi_mean_ci(y, f, u, alpha=0.05, lam=lam); counts are (y=1, f=1), (1, 0), (0, 1), (0, 0), u=1, u=0
ORACLE = [
    ((52, 8, 6, 34, 230, 239), None, (0.5492736, 0.47583283, 0.62271437)),
    ((52, 8, 6, 34, 230, 239), 1.0, (0.51040512, 0.42432604, 0.5964842)),
    ((52, 8, 6, 34, 230, 239), 0.0, (0.6, 0.50398177, 0.69601823)),
    ((3, 9, 2, 46, 60, 440), None, (0.21061728, 0.11322092, 0.30801365)),
    ((3, 9, 2, 46, 60, 440), 1.0, (0.23666667, 0.12860342, 0.34472991)),
    ((20, 30, 30, 20, 250, 250), None, (0.5, 0.4020018, 0.5979982)),
    ((10, 40, 30, 20, 250, 250), 1.0, (0.6, 0.43139752, 0.76860248)),
]


def arrays(counts: tuple[int, ...]) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    both, people, machine, neither, yes, no = counts
    labels, predictions = np.repeat([1, 1, 0, 0], counts[:4]), np.repeat([1, 0, 1, 0], counts[:4])
    assert len(labels) == both + people + machine + neither
    return labels, predictions, np.repeat([1, 0], [yes, no])


@pytest.mark.parametrize(("counts", "tuning", "expected"), ORACLE)
def test_the_mean_agrees_with_its_authors_package(
    counts: tuple[int, ...], tuning: float | None, expected: tuple[float, ...]
) -> None:
    result = prediction_powered_mean(*arrays(counts), tuning=tuning)
    assert result[:3] == pytest.approx(expected, abs=1e-7)


def test_so_it_does_for_numbers_at_another_level() -> None:
    # the same package, alpha=0.1; tuned and untuned
    labels, predictions = [2.0, 3.5, 1.0, 4.0, 5.5, 2.5], [1.5, 3.0, 1.5, 4.5, 5.0, 3.0]
    rest = [2.0, 4.0, 3.5, 1.0, 5.0, 2.5, 3.0, 4.5, 1.5, 2.0]
    tuned = prediction_powered_mean(labels, predictions, rest, confidence=0.9)
    assert tuned[:3] == pytest.approx([2.96591499, 2.32816176, 3.60366823], abs=1e-7)
    plain = prediction_powered_mean(labels, predictions, rest, tuning=1, confidence=0.9)
    assert plain[:3] == pytest.approx([2.9, 2.16317411, 3.63682589], abs=1e-7)


@pytest.mark.parametrize("counts", [each[0] for each in ORACLE if each[1] is None])
def test_without_limit_the_share_is_the_published_one(counts: tuple[int, ...]) -> None:
    """Same estimate as the package's; the width differs by the form of the interval and the halves alone."""
    published = prediction_powered_mean(*arrays(counts))
    result = prediction_powered_share([Audit(*counts[:4], counts[4], counts[4] + counts[5], 10**9)])
    assert result.share == pytest.approx(published.mean, abs=1e-9)
    assert result.high - result.low == pytest.approx(published.high - published.low, rel=0.08)


def test_a_useless_machine_gives_what_people_alone_give() -> None:
    """The machine says the same of every case: nothing is gained, and the finite population still counts."""
    result = prediction_powered_share([Audit(75, 0, 25, 0, 227, 227, 327)])
    alone = wilson_finite(75, 100, 327)
    assert result.tuning == (0,)
    assert (result.share, result.low, result.high) == pytest.approx(alone, abs=0.01)
    assert result.effective == pytest.approx(100, rel=0.02)


def test_strata_weigh_by_their_populations() -> None:
    result = prediction_powered_share([Audit(72, 0, 28, 0, 227, 227, 327), Audit(76, 0, 24, 0, 142, 142, 242)])
    assert result[:3] == pytest.approx(stratified_share([72, 76], [100, 100], [327, 242]), abs=0.01)


def test_regression_estimator_by_hand() -> None:
    """Cochran's two-phase variance with everything seen by the machine: (1/n - 1/N)·S²(Y - bf), halves added, worked by hand.

    n = 100, N = 500, cells 40, 10, 5, 45; the machine says yes 200 times among 400. f̄ = 245/500 = 0.49, S²(f) = 0.250401;
    cov = 0.40 - 0.50·0.45 = 0.175; b = 0.698880; estimate 0.50 + b·(0.49 - 0.45) = 0.527955.
    """
    audit = Audit(40, 10, 5, 45, 200, 400, 500)
    b = 0.175 / (0.49 * 0.51 * 500 / 499)
    result = prediction_powered_share([audit])
    assert result.tuning[0] == pytest.approx(b)
    assert result.share == pytest.approx(0.5 + b * 0.04)
    p, q, both = 51 / 102, 46 / 102, 40.5 / 102
    error = (p * (1 - p) - 2 * b * (both - p * q) + b * b * q * (1 - q)) * 100 / 99
    variance = (1 / 100 - 1 / 500) * error
    assert (result.high - result.low) / 2 == pytest.approx(norm.ppf(0.975) * math.sqrt(variance), rel=0.02)
    label = p * (1 - p) * 100 / 99
    assert result.effective == pytest.approx(1 / (variance / label + 1 / 500))


SMALL = [
    [Audit(2, 1, 1, 3, 5, 11, 30)],
    [Audit(1, 0, 0, 1, 2, 3, 9)],
    [Audit(0, 2, 3, 1, 4, 9, 20)],  # a machine that is worse than none
    [Audit(2, 1, 1, 3, 5, 11, 30), Audit(4, 1, 0, 4, 3, 20, 29)],
    [Audit(3, 1, 0, 4, 6, 12, 20), Audit(1, 2, 1, 1, 2, 3, 40), Audit(5, 0, 1, 4, 9, 20, 100)],
]


def parts(each: Audit) -> tuple[float, float, float, float]:
    """Return a stratum's estimate, weight of the machine, and variances of a label and of its error, from its cases one by one."""
    labels, predictions, rest = arrays((*each[:4], each.predicted, each.unlabelled - each.predicted))
    said = np.concatenate([predictions, rest])
    slope = float(np.cov(labels, predictions, ddof=0)[0, 1] / np.var(said, ddof=1))
    slope = min(max(slope, 0.0), 1.0)
    # half a case more of each kind; the variance of n draws
    cells, scale = np.array(each[:4]) + 0.5, len(labels) / (len(labels) - 1)
    y, f = np.array([1, 1, 0, 0]), np.array([1, 0, 1, 0])
    label, error = (float(np.cov(values, aweights=cells, ddof=0)) * scale for values in (y, y - slope * f))
    return float(np.mean(labels) + slope * (said.mean() - predictions.mean())), slope, label, error


def two_phases(strata: list[Audit], n: list[float]) -> float:
    """Cochran (1977), §12.6: ΣW²[(1/M - 1/N)·S²(Y) + (1/n - 1/M)·S²(Y - bf)]."""
    total = sum(each.population for each in strata)
    variance = 0.0
    for each, labelled in zip(strata, n, strict=True):
        seen = each.labelled + each.unlabelled
        _, _, label, error = parts(each)
        first, second = 1 / seen - 1 / each.population, 1 / labelled - 1 / seen
        variance += (each.population / total) ** 2 * (first * label + second * error)
    return variance


@pytest.mark.parametrize("strata", SMALL)
@pytest.mark.parametrize("confidence", [0.95, 0.9])
def test_few_labels_have_the_variance_of_two_phases(strata: list[Audit], confidence: float) -> None:
    result = prediction_powered_share(strata, confidence=confidence)
    total, n = sum(each.population for each in strata), sum(each.labelled for each in strata)
    weights = np.array([each.population / total for each in strata])
    found = [parts(each) for each in strata]
    share = float(weights @ [each[0] for each in found])
    assert result.tuning == pytest.approx([each[1] for each in found])
    variance = two_phases(strata, [each.labelled for each in strata])
    # Wilson (1927) at the size p(1 - p)/variance, p from one more case of each kind
    shrunk = (share * n + 1) / (n + 2)
    expected = wilson(share * shrunk * (1 - shrunk) / variance, shrunk * (1 - shrunk) / variance, confidence=confidence)
    yes, no = (sum(sum(each[place] for place in places) for each in strata) for places in ((0, 1), (2, 3)))
    low, high = max(expected.low, yes / total), min(expected.high, 1 - no / total)
    assert (result.low, result.high) == pytest.approx((low, high), abs=1e-9)
    assert result.share == pytest.approx(min(max(share, low), high))
    # so many labels by people alone: ΣW²S²/n - ΣW²S²/N, all sizes in proportion
    alone = sum(w**2 * each[2] / a.labelled for w, each, a in zip(weights, found, strata, strict=True))
    census = sum(w**2 * each[2] / a.population for w, each, a in zip(weights, found, strata, strict=True))
    assert alone * n / result.effective - census == pytest.approx(variance)


@pytest.mark.parametrize("strata", SMALL)
@pytest.mark.parametrize(("width", "confidence"), [(0.5, 0.95), (0.6, 0.9), (0.9, 0.95)])
def test_the_labels_needed_are_the_fewest_of_the_width(strata: list[Audit], width: float, confidence: float) -> None:
    needed = labels_needed(strata, width, confidence=confidence)
    n = sum(each.labelled for each in strata)
    wanted = (width / (2 * norm.ppf((1 + confidence) / 2))) ** 2

    def variance(labels: float) -> float:
        return two_phases(strata, [each.labelled * labels / n for each in strata])

    if needed.powered < math.inf:
        assert variance(needed.powered) <= wanted + 1e-12
        assert needed.powered == 1 or variance(needed.powered - 1) > wanted
    else:
        assert variance(1e12) > wanted
    total = sum(each.population for each in strata)
    squares = [(each.population / total) ** 2 * parts(each)[2] for each in strata]

    def alone(labels: float) -> float:
        return sum(
            s * (n / (each.labelled * labels) - 1 / each.population) for s, each in zip(squares, strata, strict=True)
        )

    assert alone(needed.alone) <= wanted + 1e-12
    assert needed.alone == 1 or alone(needed.alone - 1) > wanted


@pytest.mark.parametrize("strata", SMALL)
def test_for_the_width_that_there_is_not_one_label_more_is_asked(strata: list[Audit]) -> None:
    variance = two_phases(strata, [each.labelled for each in strata])
    needed = labels_needed(strata, 2 * float(norm.ppf(0.975)) * math.sqrt(variance))
    assert needed.powered == sum(each.labelled for each in strata)


def test_what_a_stratum_of_one_label_lacks_is_not_made_up() -> None:
    one = Audit(1, 0, 0, 0, 5, 9, 10)
    result = prediction_powered_share([Audit(5, 5, 5, 5, 5, 10, 30), one])
    assert np.isnan([result.share, result.low, result.high, result.effective, *result.tuning]).all()
    assert len(result.tuning) == 2
    assert np.isnan(labels_needed([one], 0.1)).all()
    # two are enough
    assert not math.isnan(prediction_powered_share([Audit(1, 0, 0, 1, 5, 8, 10)]).share)


def test_without_variation_of_the_machine_it_is_not_used() -> None:
    assert prediction_powered_mean([0.0, 1.0], [1.0, 1.0], [1.0, 1.0, 1.0]).tuning == 0
    # nor where it says the contrary, and never more than as it is
    assert prediction_powered_mean([0.0, 1.0, 2.0], [2.0, 1.0, 0.0], [1.0, 2.0]).tuning == 0
    assert prediction_powered_mean([0.0, 10.0, 20.0], [0.0, 1.0, 2.0], [1.0, 2.0]).tuning == 1
    assert prediction_powered_share([Audit(0, 5, 5, 0, 4, 8, 30)]).tuning == (0,)


def test_people_who_have_seen_all_know_all() -> None:
    assert prediction_powered_share([Audit(30, 10, 20, 40, 0, 0, 100)])[:3] == pytest.approx((0.4, 0.4, 0.4))


def test_too_few_labels_give_no_share_and_a_wrong_population_is_refused() -> None:
    assert math.isnan(prediction_powered_share([Audit(1, 0, 0, 0, 5, 9, 10)]).share)
    with pytest.raises(ValueError, match="cannot hold"):
        prediction_powered_share([Audit(5, 5, 5, 5, 5, 10, 29)])


def test_the_labels_needed_give_the_wanted_width() -> None:
    """Ten times the cells at the same proportions: asked for the width that they have, the answer is what there is."""
    audit = Audit(400, 100, 50, 450, 2_000, 4_000, 20_000)
    result = prediction_powered_share([audit])
    needed = labels_needed([audit], result.high - result.low)
    assert needed.powered == pytest.approx(1_000, rel=0.01)
    assert needed.alone == pytest.approx(result.effective, rel=0.01)
    assert labels_needed([audit], 1e-4).powered == math.inf, "the machine has not seen enough"


@given(st.tuples(*[st.integers(0, 40)] * 4), st.integers(0, 60), st.integers(0, 60), st.integers(0, 100))
def test_always_a_share_within_what_is_possible(cells: tuple[int, ...], yes: int, no: int, unseen: int) -> None:
    if sum(cells) < 2:
        return
    population = sum(cells) + yes + no + unseen
    result = prediction_powered_share([Audit(*cells, yes, yes + no, population)])
    people = cells[0] + cells[1]
    least, most = people / population, 1 - (cells[2] + cells[3]) / population
    assert least - 1e-9 <= result.low <= result.share + 1e-9
    assert result.share - 1e-9 <= result.high <= most + 1e-9
    assert result.effective >= 0.97 * sum(cells), "a machine may be of no use, and is then left out"


@pytest.mark.parametrize("accuracy", [0.0, 0.5, 0.9, 1.0])
@pytest.mark.parametrize("share", [0.05, 0.7])
def test_the_interval_holds_the_truth_from_chance_to_perfect(accuracy: float, share: float) -> None:
    """300 populations of 569 with 100 labels by people; 95 % less three standard errors of the simulation are 91 %."""
    generator = np.random.default_rng(7)
    held, width = 0, 0.0
    for _ in range(300):
        truth, (low, high) = powered_case(generator, accuracy=accuracy, share=share)
        held += low - 1e-9 <= truth <= high + 1e-9
        width += high - low
    assert held >= 0.91 * 300
    if accuracy == 1.0:
        blind = wilson_finite(round(100 * share), 100, 569)
        assert width / 300 < 0.7 * (blind.high - blind.low), "a machine that is right must gain something"
