import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra import numpy as hnp
from scipy import stats

from methods.intervals import wilson
from methods.paired import paired_difference
from methods.repeated import cochran_q, mixed_logistic, shares, steps


def by_definition(table: np.ndarray) -> float:
    """Cochran's formula: k(k-1) Σ(C - C̄)² / (kΣR - ΣR²)."""
    k = table.shape[1]
    columns, rows = table.sum(axis=0), table.sum(axis=1)
    return float(k * (k - 1) * ((columns - columns.mean()) ** 2).sum() / (k * rows.sum() - (rows**2).sum()))


@given(hnp.arrays(bool, st.tuples(st.integers(1, 30), st.integers(2, 6))))
def test_q_is_cochran_s_formula(table: np.ndarray) -> None:
    found = cochran_q(table)
    if not found.varying:
        assert found == (0, table.shape[1] - 1, 1, 0, len(table))
        return
    assert found.varying == sum(0 < sum(case) < len(case) for case in table.tolist())
    assert (found.df, found.n) == (table.shape[1] - 1, len(table))
    assert found.statistic == pytest.approx(by_definition(table.astype(int)), abs=1e-9)
    assert found.p == pytest.approx(stats.chi2.sf(found.statistic, table.shape[1] - 1), abs=1e-9)


def test_with_two_conditions_q_is_mcnemar_s_without_correction() -> None:
    table = np.array([[1, 0]] * 12 + [[0, 1]] * 5 + [[1, 1]] * 30 + [[0, 0]] * 3)
    assert cochran_q(table).statistic == pytest.approx((12 - 5) ** 2 / 17)


@given(hnp.arrays(bool, (12, 4)), st.integers(0, 5))
def test_cases_that_are_alike_throughout_say_nothing(table: np.ndarray, more: int) -> None:
    alike = np.vstack([table, np.ones((more, 4), dtype=bool), np.zeros((more, 4), dtype=bool)])
    assert cochran_q(alike).statistic == pytest.approx(cochran_q(table).statistic)


@pytest.mark.parametrize("table", [np.zeros((0, 3)), np.zeros((4, 1)), np.zeros(4)])
def test_too_little_is_refused(table: np.ndarray) -> None:
    with pytest.raises(ValueError, match="cochran_q needs"):
        cochran_q(table)


def test_steps_are_exact_sign_tests_with_holm() -> None:
    table = pd.DataFrame({7: [False] * 20, 8: [True] * 8 + [False] * 12, 9: [True] * 7 + [False] * 13})
    found = steps(table)
    assert found[["before", "after", "gained", "lost"]].to_numpy().tolist() == [[7, 8, 8, 0], [8, 9, 0, 1]]
    assert found["p"].tolist() == pytest.approx([2 * 0.5**8, 1.0])
    assert found["p_holm"].tolist() == pytest.approx([4 * 0.5**8, 1.0])
    assert found["difference"].tolist() == pytest.approx([8 / 20, -1 / 20], abs=0.05)
    assert steps(table.astype(int).astype(object)).equals(found)
    for row, (gained, lost) in zip(found.to_dict("records"), [(8, 0), (0, 1)], strict=True):
        paired = paired_difference(gained, lost, 20)
        told = {name: row[name] for name in ("n", "difference", "low", "high", "p")}
        assert told == {"n": 20, **{name: getattr(paired, name) for name in ("difference", "low", "high", "p")}}
    narrow = paired_difference(8, 0, 20, confidence=0.5)
    assert tuple(steps(table, confidence=0.5).loc[0, ["low", "high"]]) == (narrow.low, narrow.high)
    expected = [
        {"condition": name, "count": count, "n": 20, **wilson(count, 20)._asdict()}
        for name, count in ((7, 0), (8, 8), (9, 7))
    ]
    assert shares(table).to_dict("records") == expected


def test_the_mixed_model_finds_what_was_put_in() -> None:
    """Known truth: an odds ratio of 2 a condition, cases that differ by a standard deviation of 1.5."""
    random = np.random.default_rng(7)
    cases, conditions = np.repeat(np.arange(150), 8), np.tile(np.arange(8.0) - 3.5, 150)
    own = random.normal(scale=1.5, size=150)[cases]
    size = np.repeat(random.uniform(-1, 1, 150), 8)
    outcome = random.random(len(cases)) < 1 / (1 + np.exp(-(own + np.log(2) * conditions + 0.8 * size)))
    found = mixed_logistic(outcome, pd.DataFrame({"condition": conditions, "size": size}), cases).set_index("covariate")
    assert found.loc["condition", "odds_ratio"] == pytest.approx(2, rel=0.15)
    assert found.loc["condition", "low"] > 1.6
    assert found.loc["size", "low"] < np.exp(0.8) < found.loc["size", "high"]
    assert found.loc["spread", "low"] < 1.5 < found.loc["spread", "high"]


def test_the_mixed_model_gives_lme4_s_numbers() -> None:
    """R 4.2.2, lme4 1.1-31: glmer(y ~ condition + (1 | case), family = binomial, nAGQ = 25) on these twelve cases.

    condition 1.742075613 (standard error 0.64144878), standard deviation of the intercepts 2.2373322.
    """
    answers = ["0011", "0111", "0001", "0000", "1111", "0011", "0101", "0111", "0000", "1011", "0001", "0111"]
    outcome = [answer == "1" for case in answers for answer in case]
    covariates = pd.DataFrame({"condition": np.tile([-1.5, -0.5, 0.5, 1.5], len(answers))})
    found = mixed_logistic(outcome, covariates, np.repeat(range(len(answers)), 4)).set_index("covariate")
    assert np.log(found.loc["condition", "odds_ratio"]) == pytest.approx(1.742075613, abs=1e-4)
    assert np.log(found.loc["condition", "high"]) == pytest.approx(1.742075613 + 1.959964 * 0.64144878, abs=1e-3)
    assert found.loc["spread", "odds_ratio"] == pytest.approx(2.2373322, abs=1e-4)
    assert found.index.tolist() == ["condition", "spread"]
    told = mixed_logistic(outcome, covariates, np.repeat(range(len(answers)), 4), nodes=31)
    pd.testing.assert_frame_equal(told.set_index("covariate"), found, check_exact=True)
