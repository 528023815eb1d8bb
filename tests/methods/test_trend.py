"""The logistic trend agrees with R's glm, and behaves as an odds ratio must."""

import math

import pytest
from hypothesis import given
from hypothesis import strategies as st

from methods.trend import logistic_trend

# R 4.2.2:
# > a <- data.frame(x = c(10, 20, 30, 40, 50, 60), k = c(9, 12, 15, 22, 27, 33), n = 40)
# > m <- glm(cbind(k, n - k) ~ I(x / 10), binomial, a); ci <- confint(m)
# > print(c(exp(coef(m)[2]), exp(ci[2, ]), anova(m, test = "LRT")[2, 5],
# +         pchisq(deviance(m), df.residual(m), lower = FALSE)), digits = 9)
# 1.73633366e+00 1.46340077e+00 2.08514211e+00 2.29511692e-11 9.24600708e-01
# confint interpolates the profile; its ends hold to about four digits
X, K, N = [10, 20, 30, 40, 50, 60], [9, 12, 15, 22, 27, 33], [40] * 6


def test_the_trend_is_that_of_r() -> None:
    trend = logistic_trend(X, K, N, per=10)
    assert trend.odds_ratio == pytest.approx(1.73633366, rel=1e-7)
    assert (trend.low, trend.high) == pytest.approx((1.46340077, 2.08514211), rel=2e-4)
    assert trend.p == pytest.approx(2.29511692e-11, rel=1e-5)
    assert trend.fit_p == pytest.approx(0.924600708, rel=1e-6)
    assert (trend.n, trend.events) == (240, 118)
    assert trend.dispersion < 1


# R 4.2.2:
# > a <- data.frame(x = c(10, 20, 30, 40, 50, 60), k = c(9, 5, 21, 14, 30, 26), n = 40)
# > m <- glm(cbind(k, n - k) ~ I(x / 10), family = quasibinomial, a); t <- qt(0.975, df.residual(m))
# > ci <- confint(m, 2, level = 2 * pnorm(t) - 1)  # confint takes qnorm of the level; this makes it t
# > print(c(exp(coef(m)[2]), exp(ci), anova(m, test = "F")[2, 6], summary(m)$dispersion), digits = 9)
# 1.6277044734 1.0326590414 2.7937497217 0.0406733249 3.9974497143
def test_groups_that_scatter_more_than_binomial_counts_widen_the_interval_as_in_r() -> None:
    trend = logistic_trend(X, [9, 5, 21, 14, 30, 26], N, per=10)
    assert trend.odds_ratio == pytest.approx(1.6277044734, rel=1e-7)
    assert (trend.low, trend.high) == pytest.approx((1.0326590414, 2.7937497217), rel=2e-4)
    assert trend.p == pytest.approx(0.0406733249, rel=1e-5)
    assert trend.dispersion == pytest.approx(3.9974497143, rel=1e-5)


# R 4.2.2, few cases at uneven steps. confint's interpolation is too coarse here, so the ends are where R's deviance at a fixed
# slope exceeds the least one by dispersion times t² (times z² where the dispersion is below 1):
# > m <- glm(cbind(k, n - k) ~ x, binomial, a, control = list(epsilon = 1e-14)); b <- coef(m)[2]
# > phi <- summary(glm(cbind(k, n - k) ~ x, quasibinomial, a))$dispersion; q <- qt((1 + level) / 2, df.residual(m))
# > f <- function(s) deviance(glm(cbind(k, n - k) ~ offset(x * s), binomial, a)) - deviance(m) - phi * q^2
# > exp(c(b, uniroot(f, c(b - 4, b), tol = 1e-12)$root, uniroot(f, c(b, b + 4), tol = 1e-12)$root))
# with p from anova (F of the quasibinomial fit, else LRT), and the fit's from pchisq of deviance(m) at df.residual(m)
UNEVEN = ([1, 2, 4, 9, 11], [1, 0, 2, 1, 5], [3, 7, 4, 6, 7])
SCATTERED = ([1, 2, 3, 9], [1, 2, 0, 7], [3, 11, 4, 9])
REGULAR = ([1, 2, 4, 9], [0, 4, 1, 8], [3, 11, 4, 9])


@pytest.mark.parametrize(
    ("data", "confidence", "expected"),
    [
        (UNEVEN, 0.95, (1.22816965126, 0.73847325003, 2.67747770827, 0.2939188484, 0.05504126860, 2.25058371919)),
        (UNEVEN, 0.9, (1.22816965126, 0.84467494379, 2.05019436545, 0.2939188484, 0.05504126860, 2.25058371919)),
        (SCATTERED, 0.95, (1.46564855722, 0.80097215623, 3.91861569628, 0.1161000769, 0.217386731052, 1.22578817655)),
        (SCATTERED, 0.9, (1.46564855722, 0.96724815516, 2.60458438585, 0.1161000769, 0.217386731052, 1.22578817655)),
        (REGULAR, 0.95, (1.5336581839, 1.1561821925, 2.2727810380, 0.001872477956, 0.283070397563, 0.9973774242)),
    ],
)
def test_few_cases_at_uneven_steps_agree_with_rs_deviance(
    data: tuple[list[int], list[int], list[int]], confidence: float, expected: tuple[float, ...]
) -> None:
    trend = logistic_trend(*data, confidence=confidence)
    assert (trend.odds_ratio, trend.low, trend.high) == pytest.approx(expected[:3], rel=1e-6)
    assert (trend.p, trend.fit_p, trend.dispersion) == pytest.approx(expected[3:], rel=2e-5)


def test_two_groups_have_the_odds_ratio_of_their_table_and_no_scatter() -> None:
    # 3 of 10 against 8 of 12; R: anova(glm(...), test = "LRT")[2, 5] → 0.08301566789
    trend = logistic_trend([0, 1], [3, 8], [10, 12])
    assert trend.odds_ratio == pytest.approx((8 / 4) / (3 / 7), rel=1e-6)
    assert trend.p == pytest.approx(0.08301566789, rel=1e-6)
    assert math.isnan(trend.fit_p)
    assert math.isnan(trend.dispersion)


def test_where_nothing_rises_or_falls_the_ratio_is_one() -> None:
    trend = logistic_trend([1, 2, 3], [4, 4, 4], [9, 9, 9])
    assert (trend.odds_ratio, trend.p, trend.fit_p) == pytest.approx((1, 1, 1), abs=1e-6)
    assert trend.low * trend.high == pytest.approx(1)


def test_groups_without_cases_change_nothing() -> None:
    assert logistic_trend([*X, 70], [*K, 0], [*N, 0]) == logistic_trend(X, K, N)


@pytest.mark.parametrize(
    ("x", "events", "totals"),
    [
        ([1, 2], [0, 0], [5, 5]),
        ([1, 2], [5, 5], [5, 5]),
        ([3, 3], [1, 2], [5, 5]),
        ([1, 2], [1, 0], [5, 0]),
        ([], [], []),
    ],
)
def test_what_has_no_trend_is_undefined(x: list[int], events: list[int], totals: list[int]) -> None:
    trend = logistic_trend(x, events, totals)
    assert math.isnan(trend.odds_ratio)
    assert math.isnan(trend.p)
    assert (trend.n, trend.events) == (sum(totals), sum(events))


def test_complete_separation_has_an_open_end() -> None:
    trend = logistic_trend([1, 2, 3, 4], [0, 0, 9, 9], [9] * 4)
    assert trend.high == math.inf
    assert trend.low > 1
    assert trend.dispersion == pytest.approx(0, abs=1e-6)
    assert logistic_trend([1, 2, 3, 4], [9, 9, 0, 0], [9] * 4).low == 0


groups = st.lists(
    st.tuples(st.integers(0, 50), st.integers(1, 30), st.integers(0, 30)).map(lambda g: (g[0], g[1], min(g[1], g[2]))),
    min_size=3,
    max_size=8,
    unique_by=lambda group: group[0],
)


@given(groups)
def test_odds_ratios_invert_scale_and_ignore_order(rows: list[tuple[int, int, int]]) -> None:
    x, n, k = ([row[i] for row in rows] for i in range(3))
    trend = logistic_trend(x, k, n)
    if math.isnan(trend.odds_ratio) or not (trend.low > 0 and trend.high < math.inf):
        return
    assert trend.low <= trend.odds_ratio * (1 + 1e-6)
    assert trend.odds_ratio <= trend.high * (1 + 1e-6)
    assert 0 <= trend.p <= 1
    reverse = logistic_trend(x, [total - count for total, count in zip(n, k, strict=True)], n)
    assert reverse.odds_ratio == pytest.approx(1 / trend.odds_ratio, rel=1e-4)
    assert reverse.low == pytest.approx(1 / trend.high, rel=1e-4)
    again = logistic_trend(x[::-1], k[::-1], n[::-1], per=3)
    assert again.odds_ratio == pytest.approx(trend.odds_ratio**3, rel=1e-4)
    assert again.p == pytest.approx(trend.p, rel=1e-4, abs=1e-9)
    # the interval holds 1 exactly where the test does not reject, both being of the likelihood
    if abs(trend.p - 0.05) > 1e-6:
        assert (trend.low <= 1 <= trend.high) == (trend.p > 0.05)
