"""Agreement against published examples and other programs."""

import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st
from statsmodels.stats.inter_rater import cohens_kappa

from methods.agreement import agreement, confusion

A = "aabbccdabcabcdaabbcc"
B = "aabbccdabcabddaabbca"
PAIRS = st.lists(st.tuples(st.sampled_from("abcd"), st.sampled_from("abcd")), min_size=2, max_size=60)


def _values(first: str | list[str], second: str | list[str]) -> pd.Series:
    return agreement(list(first), list(second))["value"]


def test_gwet_and_krippendorff_agree_with_irrcac() -> None:
    # irrCAC 0.4.4 (Python): CAC(DataFrame({"a": list(A), "b": list(B)})).gwet() → 0.86806; .krippendorff() → 0.86575
    # krippendorff 0.9.0: alpha(..., level_of_measurement="nominal") → 0.8657487091222031
    values = _values(A, B)
    assert values["ac1"] == pytest.approx(0.86806, abs=5e-6)
    assert values["alpha"] == pytest.approx(0.8657487091222031, abs=1e-12)


def test_krippendorffs_own_example() -> None:
    # Krippendorff (2011), Computing Krippendorff's Alpha-Reliability, section B: two observers, ten units → α = 0.095
    first, second = (
        ["0", "1", "0", "0", "0", "0", "0", "0", "1", "0"],
        ["1", "1", "1", "0", "0", "1", "0", "0", "0", "0"],
    )
    assert _values(first, second)["alpha"] == pytest.approx(0.095, abs=5e-4)


@given(PAIRS)
def test_kappa_agrees_with_statsmodels(pairs: list[tuple[str, str]]) -> None:
    first, second = [a for a, _ in pairs], [b for _, b in pairs]
    with np.errstate(all="ignore"):
        expected = cohens_kappa(confusion(first, second), return_results=False)
    assert _values(first, second)["kappa"] == pytest.approx(expected, nan_ok=True)


@given(PAIRS)
def test_what_holds_for_any_two_raters(pairs: list[tuple[str, str]]) -> None:
    first, second = [a for a, _ in pairs], [b for _, b in pairs]
    one, other = agreement(first, second), agreement(second, first)
    assert one["value"].to_numpy() == pytest.approx(other["value"].to_numpy(), nan_ok=True)
    defined = one.dropna(subset="value")
    assert (defined["value"] <= 1 + 1e-12).all()
    assert one.loc["percent", "low"] <= one.loc["percent", "value"] <= one.loc["percent", "high"]


@given(st.lists(st.sampled_from("ab"), min_size=1, max_size=20))
def test_perfect_agreement_is_one_where_it_is_defined(codes: list[str]) -> None:
    values = _values(codes, codes)
    assert values["percent"] == values["ac1"] == 1
    if len(set(codes)) > 1:
        assert values["kappa"] == pytest.approx(1)
        assert values["alpha"] == pytest.approx(1)
    else:
        assert values[["kappa", "alpha"]].isna().all()


def test_the_interval_of_kappa_is_the_jackknifes() -> None:
    # R 4.2.2, base, k(a, b) being κ of two vectors: j <- sapply(1:n, function(i) k(a[-i], b[-i])), se of the jackknife
    # from sqrt((n-1)/n * sum((j - mean(j))^2)), ends at tanh(atanh(v) + c(-1, 1) * qt(.975, n-1) * se / (1 - v^2)):
    # v 0.86301369863, interval 0.48947520107 0.96894213696
    row = agreement(list(A), list(B)).loc["kappa"]
    assert (row["low"], row["high"]) == pytest.approx((0.48947520107, 0.96894213696), abs=1e-9)


def test_the_interval_agrees_with_the_large_sample_one() -> None:
    # the asymptotic interval of κ (Fleiss, Cohen & Everitt 1969, by statsmodels) on a table large enough for both to agree
    table = np.array([[400, 50], [60, 490]])
    first = ["a"] * 450 + ["b"] * 550
    second = ["a"] * 400 + ["b"] * 50 + ["a"] * 60 + ["b"] * 490
    expected = cohens_kappa(table)
    row = agreement(first, second).loc["kappa"]
    assert (row["low"], row["high"]) == pytest.approx((expected.kappa_low, expected.kappa_upp), abs=0.005)


@given(PAIRS)
def test_an_interval_holds_its_value_and_stays_in_range(pairs: list[tuple[str, str]]) -> None:
    rows = agreement([a for a, _ in pairs], [b for _, b in pairs]).dropna()
    assert (rows["low"] <= rows["value"] + 1e-12).all()
    assert (rows["value"] <= rows["high"] + 1e-12).all()
    assert (rows["high"] <= 1 + 1e-12).all()


def test_raters_of_different_issues_are_refused() -> None:
    with pytest.raises(ValueError, match="got 2 and 1"):
        agreement(["a", "b"], ["a"])
    with pytest.raises(ValueError, match="got 0 and 0"):
        agreement([], [])


def test_one_issue_has_a_coefficient_and_no_interval() -> None:
    table = agreement(["crash"], ["hang"])
    assert table.loc["kappa", "value"] == 0
    assert table.loc["kappa", ["low", "high"]].isna().all()
