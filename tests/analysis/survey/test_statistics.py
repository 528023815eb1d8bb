"""Sample size, margins, associations and ranges of the survey, against R and by bounds that must hold."""

from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy import stats

from analysis.dataset import Study
from analysis.survey import associations, sampling, sensitivity
from analysis.survey_data import load_survey
from methods.association import association
from tests.conftest import edit


def test_sample_size_and_margin_against_r() -> None:
    # R 4.2.2: z <- qnorm(.95); cat(z^2/4/.01, ceiling(z^2/4/.01), z*sqrt(.25/92*(1.2e6-92)/(1.2e6-1)))
    # 67.63859 68 0.08574067
    assert sampling.sample_size(0.90, 0.10, 1_200_000) == 68
    assert sampling.margin_of_error(92, 0.90, 1_200_000) == pytest.approx(0.08574067, abs=5e-9)


def test_cochrans_textbook_sample_size() -> None:
    # the usual worked case: 95 %, five points, worst case → 385 of an unlimited population; 278 of 1,000 (Krejcie & Morgan
    # 1970, table 1)
    assert sampling.sample_size(0.95, 0.05) == 385
    assert sampling.sample_size(0.95, 0.05, 1000) == 278


@given(st.floats(0.5, 0.99), st.floats(0.01, 0.3), st.integers(50, 10**7))
def test_the_sample_size_is_the_least_that_keeps_the_margin(confidence: float, margin: float, population: int) -> None:
    n = sampling.sample_size(confidence, margin, population)
    assert 1 <= n <= population
    assert sampling.margin_of_error(n, confidence, population) <= margin + 1e-9
    if n > 1:
        assert sampling.margin_of_error(n - 1, confidence, population) > margin - 1e-9


def test_the_response_rate_counts_all_invitations(study: Study) -> None:
    rate = sampling.response_rate(92, study.survey.questionnaire.plan)
    assert rate == pytest.approx(92 / (228 + 1985))


def test_cross_tests_against_r(study: Study) -> None:
    table = associations.cross_tests(study.survey).set_index(["condition", "outcome"])
    # R 4.2.2: fisher.test(matrix(c(32,4,5,11),2))$p.value and so on
    exact = {
        ("onnx", "deployment"): 6.03941e-05,  # 32 4 5 11
        ("tensorflow", "onnx"): 0.263769,  # 17 16 20 34
        ("tensorflow", "other_tool"): 0.0398327,  # 9 25 5 49
        ("onnx", "problem"): 0.355871,  # 24 12 8 8
    }
    for pair, p in exact.items():
        assert table.loc[pair, "p"] == pytest.approx(p, rel=1e-5)
    # R 4.2.2: d <- read.csv("data/survey/responses.csv", na.strings=""); fisher.test(table(d$Q1, d$Q61))$p.value, Q2, Q5
    for name, p in {"ml_years": 0.748333, "se_years": 0.460361, "org_size": 0.43239}.items():
        row = table.loc[(name, "onnx")]
        assert row["p"] == pytest.approx(p, abs=4 * row["p_error"])
    # Holm: the smallest of ten p-values times ten
    assert table.loc[("onnx", "deployment"), "p_holm"] == pytest.approx(6.03941e-04, rel=1e-5)
    assert (table["p_holm"] >= table["p"]).all()
    row = table.loc[("onnx", "deployment")]
    assert (row["yes_count"], row["yes_n"], row["no_count"], row["no_n"]) == (32, 36, 5, 16)
    assert row["difference"] == pytest.approx(32 / 36 - 5 / 16)


def test_detectable_association_against_r() -> None:
    # R 4.2.2: g <- function(n,df,a,p) sqrt(uniroot(function(l) pchisq(qchisq(a,df,lower=F),df,ncp=l,lower=F)-p,
    #   c(1e-6,200), tol=1e-10)$root/n); cat(g(52,1,.05,.8), g(87,3,.05,.8), g(87,2,.05,.8))
    # 0.3885095 0.3540012 0.3327815
    assert associations.detectable_v(52, 2, 2) == pytest.approx(0.3885095, abs=1e-6)
    assert associations.detectable_v(87, 4, 2) == pytest.approx(0.3540012, abs=1e-6)
    assert associations.detectable_v(87, 3, 2) == pytest.approx(0.3327815, abs=1e-6)


def test_a_test_at_the_detectable_association_has_the_stated_power() -> None:
    """Simulated: two groups of 200 whose shares differ by the detectable V (phi) are told apart in four of five samples."""
    n, v = 400, associations.detectable_v(400, 2, 2)
    shares = (0.5 + v / 2, 0.5 - v / 2)
    rng = stats.binom(n // 2, shares).rvs(size=(400, 2), random_state=7)
    found = sum(
        stats.chi2_contingency([[a, 200 - a], [b, 200 - b]], correction=False).pvalue < 0.05 for a, b in rng.tolist()
    )
    assert found / 400 == pytest.approx(0.8, abs=0.06)


def test_a_question_with_one_answer_yields_no_test(data: Path) -> None:
    text = (data / "survey/responses.csv").read_text()
    (data / "survey/responses.csv").write_text(text.replace(",no\n", ",yes\n"))
    table = associations.cross_tests(load_survey(data)).set_index(["condition", "outcome"])
    assert table.loc[("ml_years", "onnx"), ["p", "p_holm", "v"]].isna().all()
    assert table.loc[("deployment", "problem"), "p_holm"] <= 1


def test_ranges_enclose_the_shares(study: Study) -> None:
    frame = sensitivity.ranges(study.survey).set_index("claim")
    inside = (frame["reading_low"] <= frame["share"]) & (frame["share"] <= frame["reading_high"])
    wider = (frame["bound_low"] <= frame["reading_low"]) & (frame["reading_high"] <= frame["bound_high"] + 1e-12)
    assert inside.all()
    assert wider.all()
    # by hand: 33 with problems, 4 of them also "none"; 2 answers lost; 53 answered of 92
    row = frame.loc["s4.problems.share"]
    expected = [29 / 53, 35 / 53, 29 / 92, (35 + 39) / 92]
    assert row[["reading_low", "reading_high", "bound_low", "bound_high"]].tolist() == pytest.approx(expected)
    assert frame.loc["f1.none.share", "reading_low"] == pytest.approx(34 / 91)


def test_one_contradiction_less_narrows_the_range(data: Path, study: Study) -> None:
    edit(data / "survey/choices.csv", "r11,Q65,none\n", "")
    before, after = (
        sensitivity.ranges(each).set_index("claim").loc["s4.problems.share"]
        for each in (study.survey, load_survey(data))
    )
    assert after["reading_low"] == pytest.approx(before["reading_low"] + 1 / 53)
    assert after["share"] == before["share"]


def test_the_association_is_the_projects_own(study: Study) -> None:
    row = associations.cross_tests(study.survey).iloc[5]
    assert (row["condition"], row["outcome"]) == ("onnx", "deployment")
    assert row["v"] == pytest.approx(association([[11, 5], [4, 32]]).v)
