"""How many responses the survey needed, what precision it reached, and how many of those invited responded."""

from math import ceil, inf, sqrt

import pandas as pd
from scipy.stats import norm

from analysis.survey_data import Survey
from datapackage.questions import Plan


def sample_size(confidence: float, margin: float, population: float = inf, *, z: float | None = None) -> int:
    """Responses that estimate any share to within a margin of error.

    Parameters
    ----------
    confidence : float
        Confidence level.
    margin : float
        Half the width of the interval, as a share.
    population : float
        Persons whom the sample stands for.
    z : float, optional
        Quantile to use instead of the normal distribution's exact one.

    Notes
    -----
    n₀ = z²·p(1-p)/d² at the worst case p = ½, then n = n₀/(1 + (n₀-1)/N), rounded up: Cochran (1977), Sampling Techniques,
    §4.4. Assumes a simple random sample that everybody answers.

    Examples
    --------
    >>> sample_size(0.95, 0.05), sample_size(0.95, 0.05, 1000)
    (385, 278)
    """
    quantile = quantile_of(confidence) if z is None else z
    unlimited = quantile**2 / 4 / margin**2
    return ceil(unlimited / (1 + (unlimited - 1) / population))


def quantile_of(confidence: float) -> float:
    """Two-sided quantile of the normal distribution."""
    return float(norm.ppf((1 + confidence) / 2))


def margin_of_error(n: int, confidence: float, population: float = inf) -> float:
    """Largest half-width of a share's interval that n responses give; the inverse of `sample_size`.

    Parameters
    ----------
    n : int
        Responses, at least 1.
    confidence : float
        Confidence level.
    population : float
        Persons whom the sample stands for.
    """
    finite = 1.0 if population == inf else (population - n) / (population - 1)
    return quantile_of(confidence) * sqrt(0.25 / n * finite)


def margins(survey: Survey, *, confidences: tuple[float, ...] = (0.90, 0.95)) -> pd.DataFrame:
    """Margin of error of every base that the paper's shares rest on.

    Returns
    -------
    DataFrame
        One row per base: base, n, and a column ``margin_<percent>`` for each confidence level. It holds for a random sample;
        for volunteers it is a lower bound of the uncertainty.
    """
    sizes = {
        "all respondents": len(survey.respondents),
        "purposes (Q63)": len(survey.answered("Q63")),
        "problems (Q65)": len(survey.answered("Q65")),
        "coded considerations (Q64)": len(survey.chose("Q64")),
        "coded strategies (Q66)": len(survey.chose("Q66")),
    }
    population = survey.questionnaire.plan.population
    rows = [
        {"base": base, "n": n}
        | {
            f"margin_{100 * level:.0f}": margin_of_error(n, level, population) if n else float("nan")
            for level in confidences
        }
        for base, n in sizes.items()
    ]
    return pd.DataFrame(rows)


def response_rate(responses: int, plan: Plan) -> float:
    """Responses per invitation sent. Every invitation is counted, so that no interval belongs to it."""
    return responses / sum(plan.invited.values())
