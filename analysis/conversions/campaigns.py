"""RQ4 today: the study's record of generated models beside campaigns on today's converters, by outcome."""

from collections.abc import Mapping, Sequence

import pandas as pd

from datapackage.conversions import CAMPAIGN_OUTCOMES
from datapackage.tables import records
from methods.intervals import wilson

THEN = "issta24"


def then_and_now(then: pd.DataFrame, campaigns: Mapping[str, pd.DataFrame]) -> pd.DataFrame:
    """Count outcomes of the study's record and of campaigns, each converter by itself.

    Parameters
    ----------
    then : DataFrame
        The study's; see `analysis.dataset.load_conversions`.
    campaigns : mapping of str to DataFrame
        Today's by name, likewise.

    Returns
    -------
    DataFrame
        One row a campaign, converter and outcome of `CAMPAIGN_OUTCOMES`, unused ones included: campaign, converter, outcome,
        count, n, share, low, high (Wilson's interval). `n` counts the converter's models in the campaign; a model that is
        converted to several operator sets counts once each.

    Notes
    -----
    Rows of several campaigns are not one experiment: generator, its data types, its operators, operator set and criterion
    differ. Shares within a campaign can be compared, of one suite between campaigns of today as well.
    """
    return shares_of("outcome", CAMPAIGN_OUTCOMES, {THEN: then, **campaigns})


def shares_of(column: str, values: Sequence[str], campaigns: Mapping[str, pd.DataFrame]) -> pd.DataFrame:
    """Count a column's values, each campaign and converter by itself.

    Parameters
    ----------
    column : str
        A column of every campaign's table.
    values : sequence of str
        What it may hold, unused values included.
    campaigns : mapping of str to DataFrame
        Tables by the campaign's name; every row counts.

    Returns
    -------
    DataFrame
        One row a campaign, converter and value: campaign, converter, `column`, count, n, share, low, high (Wilson's interval).
    """
    rows = []
    for campaign, frame in campaigns.items():
        for converter, models in frame.assign(converter=frame["converter"].astype(str)).groupby("converter"):
            counts = models[column].astype(str).value_counts()
            for value in values:
                count = int(counts.get(value, 0))
                rows.append((campaign, converter, value, count, len(models), *wilson(count, len(models))))
    return pd.DataFrame(rows, columns=["campaign", "converter", column, "count", "n", "share", "low", "high"])


def operator_coverage(operators: Mapping[str, pd.DataFrame], opsets: pd.DataFrame, opset: int) -> pd.DataFrame:
    """Count ONNX's operators that the graphs of campaigns hold, of those that an operator set has.

    Parameters
    ----------
    operators : mapping of str to DataFrame
        Tables ``conversions-*-operators`` by campaign.
    opsets : DataFrame
        Operators by set; see `analysis.dataset.load_opsets`. Rows of the schema registry are used.
    opset : int
        The set.

    Returns
    -------
    DataFrame
        One row a campaign and converter: campaign, converter, reached, types (pairs of an operator and the types of its
        inputs), unsuccessful_everywhere (operators that no graph with a success holds), operators (of the set).
    """
    registry = opsets[(opsets["source"].astype(str) == "schema_registry") & (opsets["opset"] <= opset)]
    known = set(registry["operator"].astype(str))
    rows = []
    for campaign, frame in operators.items():
        own = frame[frame["operator"].isin(known)]
        for converter, held in own.groupby("converter"):
            by_operator = held.groupby("operator")[["graphs", "unsuccessful"]].sum()
            never = int((by_operator["graphs"] == by_operator["unsuccessful"]).sum())
            rows.append((campaign, str(converter), len(by_operator), len(held), never, len(known)))
    columns = ["campaign", "converter", "reached", "types", "unsuccessful_everywhere", "operators"]
    return pd.DataFrame(rows, columns=columns)


def node_tests(table: pd.DataFrame) -> dict[str, int]:
    """Count what ONNX Runtime and the reference evaluator make of the onnx package's node tests.

    Returns
    -------
    dict
        tests, and by side and result, such as ``onnx_runtime-differs``.
    """
    counts = {"tests": len(table)}
    for side in ("onnx_runtime", "reference_evaluator"):
        for row in records(table[side].astype(str).value_counts().rename_axis("result").reset_index(name="n")):
            counts[f"{side}-{row['result']}"] = int(row["n"])
    return counts
