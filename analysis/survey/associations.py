"""Do answers go together? Cross-tabulations that the paper hints at, with exact tests and what they could have shown."""

import numpy as np
import pandas as pd
from scipy import stats
from scipy.optimize import brentq

from analysis.survey.answers import NO_PROBLEM, with_problems
from analysis.survey_data import Respondents, Survey
from methods.association import association, holm
from methods.intervals import newcombe
from methods.paired import paired_difference

POWER = 0.8
ALPHA = 0.05


def characteristics(survey: Survey) -> pd.DataFrame:
    """Answers as one row per respondent, missing where the question was not answered.

    Returns
    -------
    DataFrame
        Index respondent; ml_years, se_years, org_size (option); onnx, other_tool, tensorflow, deployment,
        framework_to_framework, problem (``yes`` or ``no``). Who answered on ONNX alone counts as without another tool.
    """
    questions = {"Q1": "ml_years", "Q2": "se_years", "Q5": "org_size", "Q61": "onnx"}
    frame = survey.responses.set_index("respondent")[list(questions)].rename(columns=questions).astype(object)
    chosen: dict[str, tuple[Respondents, Respondents]] = {
        "other_tool": (survey.chose("Q62"), survey.answered("Q61", "Q62")),
        "tensorflow": (survey.chose("Q60", "tensorflow"), survey.answered("Q60")),
        "deployment": (survey.chose("Q63", "deployment"), survey.answered("Q63")),
        "framework_to_framework": (survey.chose("Q63", "framework_to_framework"), survey.answered("Q63")),
        "problem": (with_problems(survey), survey.answered("Q65")),
    }
    for name, (who, base) in chosen.items():
        frame[name] = ["yes" if person in who else "no" if person in base else None for person in frame.index]
    return frame


# condition, outcome: does the outcome depend on the condition?
PAIRS = (
    ("ml_years", "onnx"),
    ("se_years", "onnx"),
    ("org_size", "onnx"),
    ("tensorflow", "onnx"),
    ("tensorflow", "other_tool"),
    ("onnx", "deployment"),
    ("onnx", "framework_to_framework"),
    ("onnx", "problem"),
    ("deployment", "problem"),
    ("framework_to_framework", "problem"),
)


def cross_tests(survey: Survey) -> pd.DataFrame:
    """Test each pair of `PAIRS` for independence.

    Returns
    -------
    DataFrame
        One row per pair: condition, outcome, n (answered both), v, low, high (bias-corrected Cramér's V), p
        (Fisher–Freeman–Halton; exact for two by two), p_error, p_holm (over all pairs), detectable (V that such a table
        shows with 80 % power at the level of Holm's first step); for two by two also yes_count, yes_n, no_count, no_n (outcome
        among those with and without the condition), difference, difference_low, difference_high (Newcombe).

    See Also
    --------
    methods.association.association, detectable_v
    """
    frame = characteristics(survey)
    rows = [{"condition": first, "outcome": second} | _test(frame, first, second) for first, second in PAIRS]
    table = pd.DataFrame(rows)
    return table.assign(p_holm=holm(table["p"]))


def paired_tests(survey: Survey) -> pd.DataFrame:
    """Compare two answers of the same respondents: problems with no problems, one purpose with the other.

    Returns
    -------
    DataFrame
        Index problems, purposes; columns of `methods.paired.PairedDifference`; base: who answered.
    """
    pairs = {
        "problems": ("Q65", with_problems(survey), survey.chose("Q65", NO_PROBLEM)),
        "purposes": ("Q63", survey.chose("Q63", "deployment"), survey.chose("Q63", "framework_to_framework")),
    }
    rows = {
        name: paired_difference(len(first - second), len(second - first), len(survey.answered(question)))._asdict()
        for name, (question, first, second) in pairs.items()
    }
    return pd.DataFrame(rows).T


def detectable_v(n: int, rows: int, columns: int, *, alpha: float = ALPHA, power: float = POWER) -> float:
    """Smallest Cramér's V that a table of this size is likely to show.

    Parameters
    ----------
    n : int
        Cases.
    rows, columns : int
        Shape of the table, both at least 2.
    alpha : float
        Level of the test.
    power : float
        Probability of a significant result.

    Returns
    -------
    float
        Above 1 where no association at all would be shown.

    Notes
    -----
    The χ² test at effect size w = V·√min(r-1, c-1) has noncentrality n·w² (Cohen 1988, Statistical Power Analysis, §7). The
    exact tests used here are somewhat less powerful, so the true value is a little higher.

    Examples
    --------
    >>> f"{detectable_v(88, 2, 2):.3f}"  # Cohen's table 7.3: w = 0.30 takes about 87 cases
    '0.299'
    """
    dof = (rows - 1) * (columns - 1)
    critical = stats.chi2.isf(alpha, dof)

    def lacking(noncentrality: float) -> float:
        return float(stats.ncx2.sf(critical, dof, noncentrality)) - power

    noncentrality = brentq(lacking, 1e-6, 200)
    return float(np.sqrt(noncentrality / (n * min(rows - 1, columns - 1))))


def _test(frame: pd.DataFrame, first: str, second: str) -> dict[str, float]:
    both = frame[[first, second]].dropna()
    table = pd.crosstab(both[first], both[second])
    result = association(table)
    row = {name: getattr(result, name) for name in ("n", "v", "low", "high", "p", "p_error")}
    row["detectable"] = (
        detectable_v(result.n, *table.shape, alpha=ALPHA / len(PAIRS)) if min(table.shape, default=0) > 1 else np.nan
    )
    if list(table.index) == ["no", "yes"] and list(table.columns) == ["no", "yes"]:
        row |= _difference(table)
    return row


def _difference(table: pd.DataFrame) -> dict[str, float]:
    (no_no, no_yes), (yes_no, yes_yes) = table.to_numpy().tolist()
    yes_n, no_n = yes_no + yes_yes, no_no + no_yes
    difference, low, high = newcombe(yes_yes, yes_n, no_yes, no_n)
    return {
        "yes_count": yes_yes,
        "yes_n": yes_n,
        "no_count": no_yes,
        "no_n": no_n,
        "difference": difference,
        "difference_low": low,
        "difference_high": high,
    }
