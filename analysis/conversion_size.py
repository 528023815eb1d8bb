"""RQ4: what a model's size does to its outcome, and who is left to show a mismatch.

A mismatch can be seen only in a model that reaches a comparison. Larger models reach it less often, so the share of all
models that mismatch and the share of compared models that do answer different questions; both are given.
"""

from collections.abc import Mapping

import pandas as pd

from analysis.conversions import FAILED, NOT_COMPARED, WRONG
from analysis.statistics.association import holm
from analysis.statistics.intervals import wilson
from analysis.statistics.trend import Trend, logistic_trend

NODES_PER_STEP = 10
# measure: (outcomes that count, outcomes left out of the base)
MEASURES: Mapping[str, tuple[tuple[str, ...], tuple[str, ...]]] = {
    "failed": (FAILED, ()),
    "not_compared": ((NOT_COMPARED,), FAILED),
    "wrong_of_compared": (WRONG, (*FAILED, NOT_COMPARED)),
    "wrong_of_all": (WRONG, ()),
}


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
        models), ``not_compared`` (of those that ran), ``wrong_of_compared`` (mismatch or wrong shape, of those with a
        verdict), ``wrong_of_all`` (the same, of all models).
    """
    rows = []
    for measure, (counted, left_out) in MEASURES.items():
        base = conversions[~conversions["outcome"].isin(left_out)]
        hits = base["outcome"].isin(counted)
        groups = hits.groupby([base["converter"], base["nodes"].astype(int)], observed=True).agg(["sum", "size"])
        for (converter, nodes), (count, n) in zip(groups.index, groups.to_numpy(), strict=True):
            rows.append((measure, str(converter), int(nodes), int(count), int(n), *wilson(int(count), int(n))))
    return pd.DataFrame(rows, columns=["measure", "converter", "nodes", "count", "n", "share", "low", "high"])


def size_trends(conversions: pd.DataFrame) -> pd.DataFrame:
    """Odds ratio per ten nodes of each measure and converter.

    Returns
    -------
    DataFrame
        measure, converter, then the fields of `analysis.statistics.trend.Trend`, and p_holm.

    Notes
    -----
    See `analysis.statistics.trend.logistic_trend`; Holm's correction (1979, Scandinavian Journal of Statistics 6:65-70)
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
        converter, submitted, ran (converted, loaded and run, as far as known), compared (a verdict on the outputs), wrong
        (mismatch or wrong shape).
    """
    outcome = conversions["outcome"].astype(str)
    steps = {
        "submitted": outcome.notna(),
        "ran": ~outcome.isin(FAILED) & (conversions["error_stage"] != "unknown"),
        "compared": ~outcome.isin([*FAILED, NOT_COMPARED]),
        "wrong": outcome.isin(WRONG),
    }
    return pd.DataFrame(steps).groupby(conversions["converter"], observed=True).sum().astype(int).reset_index()
