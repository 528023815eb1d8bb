"""Agreement against published examples and other programs."""

import itertools
import random

import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy import stats
from statsmodels.stats.inter_rater import cohens_kappa

from methods.agreement import COEFFICIENTS, agreement, coefficients, confusion, jackknife_interval, mean_kappa
from methods.intervals import wilson

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


def test_the_mean_kappa_of_two_raters_is_that_of_their_agreement() -> None:
    draw = random.Random(7)
    for _ in range(20):
        first: list[str | None] = [draw.choice("abc") for _ in range(30)]
        second = [code if draw.random() < 0.7 else draw.choice("abc") for code in first]
        holes = [*first, None, "a"], [*second, "b", None]
        both = agreement(first, second).loc["kappa"]  # type: ignore[arg-type]
        assert mean_kappa(holes)[:3] == pytest.approx((both["value"], both["low"], both["high"]))
        wider, narrower = mean_kappa(holes, confidence=0.99), agreement(first, second, confidence=0.5).loc["kappa"]  # type: ignore[arg-type]
        assert wider.low < both["low"] < narrower["low"] < narrower["high"] < both["high"] < wider.high


def test_the_interval_of_a_mean_kappa_leaves_out_one_issue_of_all_pairs_at_once() -> None:
    draw = random.Random(3)
    raters = [[draw.choice("aab") for _ in range(12)] for _ in range(4)]

    def mean(lists: list[list[str]]) -> float:
        return float(np.mean([cohens_kappa(confusion(*pair)).kappa for pair in itertools.combinations(lists, 2)]))

    without = np.array([mean([codes[:issue] + codes[issue + 1 :] for codes in raters]) for issue in range(12)])
    error = np.sqrt(11 / 12 * ((without - without.mean()) ** 2).sum()) / (1 - mean(raters) ** 2)
    found = mean_kappa(raters)
    assert found.value == pytest.approx(mean(raters))
    assert np.arctanh(found.high) - np.arctanh(found.value) == pytest.approx(
        2.200985 * error, rel=1e-6
    )  # t(11), 97.5 %


def test_pairs_whose_kappa_is_undefined_are_counted_and_not_averaged() -> None:
    found = mean_kappa([["a", "a", "b"], ["a", "b", "b"], ["a", "a", "a"], [None, None, None]])
    assert (found.pairs, found.undefined) == (3, 3)
    alike = mean_kappa([["a", "a", "a"]] * 3)
    assert np.isnan(alike[:3]).all()
    assert (alike.pairs, alike.undefined) == (0, 3)
    with pytest.raises(ValueError, match="two raters"):
        mean_kappa([["a"]])
    with pytest.raises(ValueError, match="two raters"):
        mean_kappa([["a"], ["a", "b"]])
    # a single common issue leaves nothing when it is left out
    assert mean_kappa([["a", "b", None], ["b", None, "a"]])[3:] == (0, 1)
    assert str(found.undefined) == "3", "whole pairs"


def test_raters_who_always_agree_have_a_mean_kappa_of_one_without_width() -> None:
    assert mean_kappa([["a", "b", "a"]] * 3) == (1, 1, 1, 3, 0)


def test_a_kappa_that_an_issue_left_out_makes_undefined_counts_and_has_no_interval() -> None:
    for codes in (["b", "a", "a"], ["a", "a", "b"]):  # without the odd one both use "a" throughout
        found = mean_kappa([codes, ["a"] * 3])
        assert (found.value, found.pairs, found.undefined) == (0, 1, 0)
        assert np.isnan([found.low, found.high]).all()
        assert agreement(codes, ["a"] * 3).loc["kappa", ["low", "high"]].isna().all()


@pytest.mark.parametrize("coefficient", COEFFICIENTS)
@pytest.mark.parametrize("confidence", [0.95, 0.9])
def test_every_interval_leaves_out_one_issue_at_a_time(coefficient: str, confidence: float) -> None:
    pairs = list(zip(A, B, strict=True))

    def value(kept: list[tuple[str, str]]) -> float:
        table = confusion([one for one, _ in kept], [other for _, other in kept])
        return float(coefficients(table[None].astype(float))[coefficient][0])

    # Efron & Stein (1981), issue by issue; Student's t on Fisher's z
    n, whole = len(pairs), value(pairs)
    without = np.array([value(pairs[:issue] + pairs[issue + 1 :]) for issue in range(n)])
    error = np.sqrt((n - 1) / n * ((without - without.mean()) ** 2).sum()) / (1 - whole**2)
    reach = stats.t.ppf((1 + confidence) / 2, n - 1) * error
    expected = (np.tanh(np.arctanh(whole) - reach), np.tanh(np.arctanh(whole) + reach))
    assert jackknife_interval(confusion(A, B), coefficient, confidence=confidence) == pytest.approx(expected, abs=1e-12)


def test_two_issues_have_an_interval_and_one_has_none() -> None:
    # alike in one of two: without either 0 or 1, so that the error is 1/2; Student's t with one degree of freedom
    reach = 12.7062047364 * 0.5 / (1 - 0.25)
    expected = (np.tanh(np.arctanh(0.5) - reach), np.tanh(np.arctanh(0.5) + reach))
    assert jackknife_interval(np.array([[1, 1], [0, 0]]), "percent") == pytest.approx(expected)
    assert np.isnan(jackknife_interval(np.array([[0, 1], [0, 0]]), "kappa")).all()
    # the raters never agree: a point
    assert jackknife_interval(np.array([[0, 3], [3, 0]]), "kappa") == (-1, -1)


def test_one_disagreement_among_very_many_issues_leaves_a_coefficient() -> None:
    """Chance gives nearly everything here, and still not all."""
    found = coefficients(np.array([[[999_999.0, 1.0], [0.0, 0.0]], [[1_000_000.0, 0.0], [0.0, 0.0]]]))
    assert found["kappa"] == pytest.approx([0, np.nan], abs=1e-9, nan_ok=True)
    assert found["alpha"] == pytest.approx([0, np.nan], abs=1e-9, nan_ok=True)
    assert found["percent"].tolist() == [0.999999, 1]


def test_the_table_of_agreement_tells_of_how_many_issues_and_codes_it_is() -> None:
    table = agreement(list(A), list(B))
    assert table.index.tolist() == ["percent", "kappa", "alpha", "ac1"]
    assert table.index.name == "coefficient"
    assert table[["n", "codes"]].drop_duplicates().to_numpy().tolist() == [[20, 4]]
    for confidence in (0.95, 0.9):
        row = agreement(list(A), list(B), confidence=confidence).loc["percent"]
        assert tuple(row[["value", "low", "high"]]) == wilson(18, 20, confidence=confidence)
