"""RQ4: what a model's size does to its outcome, and who is left to show a mismatch.

A mismatch can be seen only in a model that reaches a comparison. Larger models reach it less often, so the share of all
models that mismatch and the share of compared models that do answer different questions; both are given.

Some compared models have a largest difference of NaN, which is neither a match nor a difference of known size. What they
are taken for decides the trend of wrong outputs, so every reading is given.
"""

import pandas as pd

from analysis.conversions.outcomes import compared, ran
from datapackage.conversions import FAILED, NAN, REAL_TOLERANCE, WRONG, WRONG_SHAPE
from methods.association import holm
from methods.intervals import wilson
from methods.trend import Trend, logistic_trend

NODES_PER_STEP = 10
# readings of a difference of NaN, for converters that have some; the first is that of the study's script
READINGS = ("wrong_of_compared", "wrong_or_nan", "wrong_without_nan", "wrong_at_1e-3")


def shares_by_size(conversions: pd.DataFrame) -> pd.DataFrame:
    """Share of each measure by size.

    Parameters
    ----------
    conversions : DataFrame
        See `analysis.dataset.load_conversions`.

    Returns
    -------
    DataFrame
        measure, converter, nodes, count, n, share, low, high (Wilson). Measures: ``failed`` (to convert, load or run, of all
        models), ``not_compared`` (of those that ran), ``wrong_of_compared`` (mismatch or wrong shape, of the compared ones,
        NaN being no mismatch), ``wrong_or_nan`` (NaN counted as wrong), ``wrong_without_nan`` (NaN left out),
        ``wrong_at_1e-3`` (NaN left out, a mismatch from 1e-3 on), ``wrong_of_all`` (wrong, of all models). The three readings
        between are given for converters that have NaN.
    """
    rows = []
    for measure, (hits, base) in _measures(conversions).items():
        keys = [conversions.loc[base, "converter"], conversions.loc[base, "nodes"].astype(int)]
        groups = hits[base].groupby(keys, observed=True).agg(["sum", "size"])
        for (converter, nodes), (count, n) in zip(groups.index, groups.to_numpy(), strict=True):
            rows.append((measure, str(converter), int(nodes), int(count), int(n), *wilson(int(count), int(n))))
    return pd.DataFrame(rows, columns=["measure", "converter", "nodes", "count", "n", "share", "low", "high"])


def _measures(conversions: pd.DataFrame) -> dict[str, tuple[pd.Series, pd.Series]]:
    """Return of each measure the models that count and the models of its base."""
    outcome, everyone = conversions["outcome"], conversions["outcome"].notna()
    reached, wrong = compared(conversions), outcome.isin(WRONG)
    nan = conversions["difference"] == NAN
    read = reached & conversions["converter"].isin(conversions.loc[nan, "converter"].unique())
    large = (outcome == WRONG_SHAPE) | (conversions["max_abs_diff"] > REAL_TOLERANCE)
    return {
        "failed": (outcome.isin(FAILED), everyone),
        "not_compared": (~reached, ran(conversions)),
        "wrong_of_compared": (wrong, reached),
        "wrong_or_nan": (wrong | nan, read),
        "wrong_without_nan": (wrong, read & ~nan),
        "wrong_at_1e-3": (large, read & ~nan),
        "wrong_of_all": (wrong, everyone),
    }


def size_trends(conversions: pd.DataFrame) -> pd.DataFrame:
    """Odds ratio per ten nodes of each measure and converter.

    Returns
    -------
    DataFrame
        measure, converter, then the fields of `methods.trend.Trend`, and p_holm.

    Notes
    -----
    See `methods.trend.logistic_trend`; Holm's correction (1979, Scandinavian Journal of Statistics 6:65-70)
    over all rows that could be fitted. How to read it: an odds ratio of 1.4 multiplies the odds by 1.4 with every ten nodes.
    """
    shares = shares_by_size(conversions)
    rows = [
        (measure, converter, *logistic_trend(part["nodes"], part["count"], part["n"], per=NODES_PER_STEP))
        for (measure, converter), part in shares.groupby(["measure", "converter"], sort=False)
    ]
    frame = pd.DataFrame(rows, columns=["measure", "converter", *Trend._fields])
    return frame.assign(p_holm=holm(frame["p"]))


def left_to_mismatch(conversions: pd.DataFrame) -> pd.DataFrame:
    """Count the models of each converter on their way to a verdict.

    Returns
    -------
    DataFrame
        converter, submitted, ran (converted, loaded and run, as far as known), compared (see
        `analysis.conversions.outcomes.compared`), nan (a largest difference of NaN), wrong (mismatch or wrong shape).
    """
    steps = {
        "submitted": conversions["outcome"].notna(),
        "ran": ran(conversions),
        "compared": compared(conversions),
        "nan": conversions["difference"] == NAN,
        "wrong": conversions["outcome"].isin(WRONG),
    }
    return pd.DataFrame(steps).groupby(conversions["converter"], observed=True).sum().astype(int).reset_index()
