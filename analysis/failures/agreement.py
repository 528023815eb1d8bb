"""RQ2: how far the labels can be trusted - the raters' agreement, and the labels' agreement with themselves over time."""

import pandas as pd

from analysis.dataset import Study
from datapackage.errors import Fault, InputError
from datapackage.issues import repositories
from datapackage.reasons import Reason
from methods.agreement import agreement, coefficients, confusion

DIMENSIONS = ("cause", "symptom", "location", "cause_detail")
_INDEX = ["round", "dimension", "group"]


def pairs(ratings: pd.DataFrame, occasion: str, dimension: str) -> pd.DataFrame:
    """Put the ratings of a round's two raters side by side.

    Parameters
    ----------
    ratings : DataFrame
        See `analysis.dataset.load_ratings`.
    occasion, dimension : str
        The round and what was rated.

    Returns
    -------
    DataFrame
        Index issue; two columns, one a rater in order of name; issues that both rated.

    Raises
    ------
    ValueError
        The round has another number of raters than two.
    """
    chosen = ratings[(ratings["round"] == occasion) & (ratings["dimension"] == dimension)]
    wide = chosen.pivot_table(index="issue", columns="rater", values="code", aggfunc="first").dropna()
    if wide.shape[1] != 2:
        raise ValueError(f"round {occasion!r} has {wide.shape[1]} raters for {dimension}, not two")
    return wide


def pooled_kappa(ratings: pd.DataFrame, occasion: str) -> dict[str, float]:
    """Cohen's κ of a round's two raters over all issues, by dimension; `rater_agreement` adds intervals.

    Raises
    ------
    InputError
        Nobody rated anything in this round.
    """
    both = {dimension: pairs(ratings, occasion, dimension) for dimension in _rated(ratings, occasion)}
    tables = {dimension: confusion(list(codes.iloc[:, 0]), list(codes.iloc[:, 1])) for dimension, codes in both.items()}
    return {name: float(coefficients(table[None].astype(float))["kappa"][0]) for name, table in tables.items()}


def _rated(ratings: pd.DataFrame, occasion: str) -> list[str]:
    """Return the dimensions that were rated in a round."""
    present = [name for name in DIMENSIONS if ((ratings["round"] == occasion) & (ratings["dimension"] == name)).any()]
    if not present:
        raise InputError(
            [
                Fault(
                    "ratings", "holds no rating of this round", column="round", value=occasion, reason=Reason.NO_RATINGS
                )
            ]
        )
    return present


def rater_agreement(ratings: pd.DataFrame, failures: pd.DataFrame, occasion: str) -> pd.DataFrame:
    """Agreement of a round's two raters, per dimension, by converter and over all.

    Parameters
    ----------
    ratings : DataFrame
        See `analysis.dataset.load_ratings`.
    failures : DataFrame
        See `analysis.dataset.load_failures`; they tell which converter's issues a repository holds.
    occasion : str
        The round.

    Returns
    -------
    DataFrame
        Columns round, dimension, group (converter, or the repository where no failure tells it; ``pooled``), coefficient,
        value, low, high, n, codes.

    Raises
    ------
    InputError
        Nobody rated anything in this round.
    """
    parts = []
    for dimension in _rated(ratings, occasion):
        both = pairs(ratings, occasion, dimension)
        for group, part in _by_converter(both, failures):
            parts.append(_agreement_rows(part.iloc[:, 0], part.iloc[:, 1], occasion, dimension, group))
    return pd.concat(parts, ignore_index=True)


def retest_agreement(ratings: pd.DataFrame, failures: pd.DataFrame, occasion: str = "pilot") -> pd.DataFrame:
    """Agreement of a round's ratings with the final labels of the same issues.

    The paper does not report it: some issues of the pilot study were labelled again for the main sample.

    Parameters
    ----------
    ratings : DataFrame
        See `analysis.dataset.load_ratings`.
    failures : DataFrame
        Final labels of one sample.
    occasion : str
        Round of the earlier ratings.

    Returns
    -------
    DataFrame
        Columns round (``OCCASION to main``), dimension, group (a rater, or ``agreed`` for issues on which the round's
        raters agreed), coefficient, value, low, high, n, codes.
    """
    final = failures.set_index("issue")
    parts = []
    for dimension in ("cause", "symptom"):
        both = pairs(ratings, occasion, dimension)
        both = both[both.index.isin(final.index)]
        label = final.loc[both.index, dimension].astype(str)
        agreed = both.iloc[:, 0] == both.iloc[:, 1]
        for group, codes in (*both.items(), ("agreed", both.loc[agreed].iloc[:, 0])):
            name = f"{occasion} to main"
            parts.append(_agreement_rows(codes, label[codes.index], name, dimension, str(group)))
    return pd.concat(parts, ignore_index=True)


def study_agreement(study: Study) -> pd.DataFrame:
    """All agreement of the study's raters: pilot, drift check, and pilot against final labels.

    Columns as `rater_agreement`.
    """
    return pd.concat(
        [
            rater_agreement(study.ratings, study.failures, "pilot"),
            rater_agreement(study.ratings, study.failures, "drift"),
            retest_agreement(study.ratings, study.failures),
        ],
        ignore_index=True,
    )


def changed_labels(ratings: pd.DataFrame, failures: pd.DataFrame, occasion: str = "pilot") -> pd.DataFrame:
    """List the issues whose final label is not the one that both raters of a round gave.

    Returns
    -------
    DataFrame
        Columns issue, dimension, earlier, final.
    """
    final = failures.set_index("issue")
    rows = []
    for dimension in ("cause", "symptom"):
        both = pairs(ratings, occasion, dimension)
        both = both[both.index.isin(final.index) & (both.iloc[:, 0] == both.iloc[:, 1])]
        label = final.loc[both.index, dimension].astype(str)
        changed = label[label != both.iloc[:, 0]]
        rows += [(issue, dimension, both.loc[issue].iloc[0], code) for issue, code in changed.items()]
    return pd.DataFrame(rows, columns=["issue", "dimension", "earlier", "final"])


def _by_converter(both: pd.DataFrame, failures: pd.DataFrame) -> list[tuple[str, pd.DataFrame]]:
    known = dict(zip(repositories(failures["issue"]), failures["converter"].astype(str), strict=True))
    groups = repositories(both.index.to_series()).map(lambda name: known.get(name, name))
    parts = [(str(name), both[groups == name]) for name in sorted(set(groups), reverse=True)]
    return [*parts, ("pooled", both)]


def _agreement_rows(first: pd.Series, second: pd.Series, occasion: str, dimension: str, group: str) -> pd.DataFrame:
    frame = agreement(list(first), list(second)).reset_index()
    for position, (name, value) in enumerate(zip(_INDEX, (occasion, dimension, group), strict=True)):
        frame.insert(position, name, value)
    return frame
