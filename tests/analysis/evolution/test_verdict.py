"""What the tests let one say: support after Holm, rejection only by a clearly negative correlation."""

import numpy as np
import pytest

from analysis.evolution.verdict import (
    REJECTED,
    SUPPORTED,
    UNDECIDED,
    by_margin,
    rejecting_rho,
    verdict,
    verdict_by_significance,
)
from methods.correlation import Correlation, bonett_wright


def _test(rho: float, p: float, n: int = 11) -> Correlation:
    return Correlation(n, rho, *bonett_wright(rho, n), p, exact=True)


def test_the_bound_of_rejection_is_where_the_interval_ends_at_a_medium_correlation() -> None:
    bound = rejecting_rho(11)
    assert bound == pytest.approx(-0.388, abs=1e-3)
    assert bonett_wright(bound, 11)[1] == pytest.approx(0.3)
    assert verdict([_test(bound - 0.01, 0.2)] * 2) == REJECTED
    assert verdict([_test(bound - 0.01, 0.2), _test(bound + 0.01, 0.2)]) == UNDECIDED
    assert np.isnan(rejecting_rho(3))


def test_support_asks_for_significance_after_holm() -> None:
    assert verdict([_test(0.6, 0.0487), _test(0.4, 0.139)]) == UNDECIDED
    assert verdict([_test(0.6, 0.02), _test(0.4, 0.139)]) == SUPPORTED


def test_significance_alone_supports_by_a_positive_correlation_below_the_level() -> None:
    for rho, p, expected in (
        (0.6, 0.0499, SUPPORTED),
        (0.6, 0.05, REJECTED),
        (-0.6, 0.01, REJECTED),
        (0.0, 0.01, REJECTED),
    ):
        assert verdict_by_significance([_test(rho, p)]) == expected
    assert verdict_by_significance([_test(0.1, 0.9), _test(0.6, 0.01)]) == SUPPORTED


def test_a_significant_fall_is_no_support_and_no_rejection_unless_the_interval_says_so() -> None:
    falling = Correlation(11, -0.5, -0.9, 0.31, 0.01, exact=True)
    assert verdict([falling]) == UNDECIDED
    assert verdict([falling], margin=0.32) == REJECTED
    assert verdict([falling], margin=0.31) == UNDECIDED, "an interval that ends at the margin does not end below it"
    assert verdict([_test(0.6, 0.05)]) == UNDECIDED


def test_the_verdict_changes_at_the_upper_end_of_the_widest_interval() -> None:
    # Bonett & Wright by hand: tanh(atanh(0.36) + 1.959964 * sqrt((1 + 0.36**2 / 2) / 8)) = 0.79758
    frame = by_margin({"all": _test(0.36, 0.3), "typed": _test(0.53, 0.1)}).set_index("outcome")
    assert frame.loc["all", "margin"] == pytest.approx(0.79758, abs=1e-5)
    assert set(frame["below"]) == {UNDECIDED}
    assert set(frame["above"]) == {REJECTED}
    assert frame.loc["all outcomes together", "margin"] == frame["margin"].max()
    risen = by_margin({"all": _test(0.9, 0.001), "typed": _test(-0.2, 0.6)})
    assert risen.to_numpy()[:, [0, 2, 3]].tolist() == [
        ["all", SUPPORTED, SUPPORTED], ["typed", UNDECIDED, REJECTED], ["all outcomes together", SUPPORTED, SUPPORTED],
    ]  # fmt: skip
    assert list(risen) == ["outcome", "margin", "below", "above"]
