"""How far the headline shares depend on silence, on contradictory answers and on answers that the export does not tell."""

from collections.abc import Iterator
from typing import NamedTuple

import pandas as pd

from analysis.survey.answers import NO_PROBLEM, contradictory, with_problems, without_tool
from analysis.survey_data import Respondents, Survey
from datapackage.questions import ARTEFACT
from methods.intervals import wilson


class Headline(NamedTuple):
    """A share that the paper's findings rest on, as sets of respondents.

    Attributes
    ----------
    name : str
        For a reader.
    claim : str
        The printed share.
    counted : frozenset of str
        Who counts on the plain reading of the answers.
    certain, possible : frozenset of str
        Who counts on every, and on some defensible reading.
    answered : frozenset of str
        The base.
    """

    name: str
    claim: str
    counted: Respondents
    certain: Respondents
    possible: Respondents
    answered: Respondents


def headlines(survey: Survey) -> Iterator[Headline]:
    """Yield the headline shares of §4.2.

    A respondent who ticked "no common problems" and a problem counts for both on the plain reading and for neither on the
    strict one; one whose answer the export lost may have chosen anything. Who says not to use ONNX, names no other tool, and
    yet gives a purpose for such tools counts as without a tool on the plain reading alone.
    """
    use = survey.answered("Q61", "Q62")
    purpose, problems = survey.answered("Q63"), survey.answered("Q65")
    lost = survey.chose("Q65", ARTEFACT)
    only_lost = lost - survey.chose("Q65")
    both = contradictory(survey)
    users, none = survey.chose("Q61", "yes"), without_tool(survey)
    yield Headline("uses ONNX", "f1.onnx.share", users, users, users, survey.answered("Q61"))
    yield Headline("uses no such tool", "f1.none.share", none, none - survey.chose("Q63"), none, use)
    for name, option, claim in (
        ("converts for deployment", "deployment", "s4.use.deploy.share"),
        ("converts between frameworks", "framework_to_framework", "s4.use.f2f.share"),
    ):
        chose = survey.chose("Q63", option)
        yield Headline(name, claim, chose, chose, chose, purpose)
    some = with_problems(survey)
    yield Headline("meets problems", "s4.problems.share", some, some - both, some | only_lost, problems)
    no = survey.chose("Q65", NO_PROBLEM)
    yield Headline("meets no problems", "s4.noproblems.share", no, no - both, no | only_lost, problems)
    for name, option, claim in (
        ("meets crashes", "crash", "f3.crash.share"),
        ("meets performance differences", "performance", "f3.perf.share"),
    ):
        chose = survey.chose("Q65", option)
        yield Headline(name, claim, chose, chose - both, chose | lost, problems)


def ranges(survey: Survey) -> pd.DataFrame:
    """Every headline share with its interval and its worst and best cases.

    Returns
    -------
    DataFrame
        One row per headline: name, claim, count, n, share, low, high (Wilson, of those who answered); reading_low,
        reading_high (over the readings of contradictory and lost answers); bound_low, bound_high (all respondents as base:
        nobody, or everybody, of those who did not answer would have counted).

    Notes
    -----
    The bounds assume nothing of those who did not answer: Manski (1989), Journal of Human Resources 24:343-360. They hold
    for the respondents, not for the population.
    """
    rows = []
    for item in headlines(survey):
        n, everyone = len(item.answered), len(survey.respondents)
        reading = (len(item.certain) / n, len(item.possible) / n) if n else (float("nan"), float("nan"))
        bound = (len(item.certain) / everyone, (len(item.possible) + everyone - n) / everyone)
        rows.append((item.name, item.claim, len(item.counted), n, *wilson(len(item.counted), n), *reading, *bound))
    columns = [
        "name",
        "claim",
        "count",
        "n",
        "share",
        "low",
        "high",
        "reading_low",
        "reading_high",
        "bound_low",
        "bound_high",
    ]
    return pd.DataFrame(rows, columns=columns)
