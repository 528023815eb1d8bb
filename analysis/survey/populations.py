"""RQ1: of whom the headline shares speak - most who answered on purposes and problems use ONNX, most respondents don't.

A share "of those who answered" is a share of ONNX's users with some others among them. Three shares say of whom they speak:
that of the users; that of all respondents who tell whether they use ONNX, if silence has nothing to do with the answer within
users and others (post-stratified); and the bounds of `analysis.survey.sensitivity`, which assume nothing.
"""

from collections.abc import Mapping

import pandas as pd

from analysis.survey.sensitivity import headlines
from analysis.survey_data import Respondents, Survey
from methods.association import Association, association
from methods.intervals import stratified_share, wilson

USERS, OTHERS = "users", "others"


def groups(survey: Survey) -> Mapping[str, Respondents]:
    """Return who uses ONNX and who says not to; who does not tell is in neither."""
    return {USERS: survey.chose("Q61", "yes"), OTHERS: survey.chose("Q61", "no")}


def answering(survey: Survey, question: str = "Q65") -> tuple[pd.DataFrame, Association]:
    """Compare how often users and others answer a question.

    Returns
    -------
    counts : DataFrame
        Index group; columns answered, silent.
    test : Association
        See `methods.association.association`.
    """
    answered = survey.answered(question)
    rows = {name: (len(who & answered), len(who - answered)) for name, who in groups(survey).items()}
    counts = pd.DataFrame.from_dict(rows, orient="index", columns=["answered", "silent"])
    return counts, association(counts.to_numpy())


def population_shares(survey: Survey) -> pd.DataFrame:
    """Return the headline shares that rest on those who answered, for each population that they can speak of.

    Returns
    -------
    DataFrame
        One row per headline on purposes or problems: name, claim, n (who answered), users (of them), share, low, high (of those
        who answered, Wilson), users_share, users_low, users_high, others_share, others_low, others_high (of each group's
        answers, Wilson), post_share, post_low, post_high (post-stratified to all who tell whether they use ONNX).

    Notes
    -----
    Post-stratification: Little (1993), JASA 88:1001-1012, with the groups' sizes among the respondents as known; the interval is
    about these respondents (see `methods.intervals.stratified_share`), not about practitioners at large.
    """
    told = groups(survey)
    rows = []
    for item in headlines(survey):
        if item.answered >= told[OTHERS]:
            continue  # everybody who is asked has answered: the question on use itself
        n, count = len(item.answered), len(item.counted)
        row = {"name": item.name, "claim": item.claim, "n": n, "users": len(item.answered & told[USERS])}
        row |= dict(zip(("share", "low", "high"), wilson(count, n), strict=True))
        inside = {name: (len(item.counted & who), len(item.answered & who)) for name, who in told.items()}
        for name, (chosen, base) in inside.items():
            row |= dict(zip((f"{name}_share", f"{name}_low", f"{name}_high"), wilson(chosen, base), strict=True))
        counts, bases = zip(*inside.values(), strict=True)
        post = stratified_share(counts, bases, [len(who) for who in told.values()])
        rows.append(row | dict(zip(("post_share", "post_low", "post_high"), post, strict=True)))
    return pd.DataFrame(rows)
