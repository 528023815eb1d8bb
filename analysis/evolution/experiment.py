"""RQ3 by experiment: the same models converted to every operator set that an exporter writes.

Issue counts cannot tell whether a larger release brings more failures; a conversion can: everything but the operator set
stays as it is, and each model is its own control. Two questions are kept apart: whether a model can be expressed at all
(``converted``, the exporter's coverage), and whether what was written gives the right outputs (``right``, of models that convert
to every set that is compared).
"""

from collections import Counter
from collections.abc import Iterator, Mapping
from typing import NamedTuple, cast

import numpy as np
import pandas as pd

from datapackage.conversions import CONVERSION_FAILURE, NOT_COMPARED, NOT_TESTED, SUCCESS
from datapackage.tables import records
from methods.correlation import Correlation, spearman
from methods.repeated import CochranQ, cochran_q, mixed_logistic, shares, steps

CONVERTED, RIGHT = "converted", "right"
EXPRESSIBLE_SHARE = (
    0.8  # of as many models as convert to the set that takes most: a set that takes fewer is not compared
)
_NODES_PER_STEP = 10
_SEPARATED = 0.9  # of models that convert from one set on: beyond, a logistic model has no finite estimate


class Experiment(NamedTuple):
    """What one exporter's campaign shows.

    Attributes
    ----------
    converter : str
        The exporter.
    shares : DataFrame
        question, condition (operator set), count, n, share, low, high (Wilson's interval).
    tests : dict
        Question → Cochran's Q over its operator sets; none where fewer than two sets, or no model, can be compared.
    steps : DataFrame
        question, and columns of `methods.repeated.steps`: each operator set against the one before, within models.
    model : DataFrame or None
        Odds ratios of converting, an operator set and ten nodes up; see `methods.repeated.mixed_logistic`. None where nearly every
        model converts from one set on and to none before: such outcomes have no finite odds ratio, and `first` says all.
    first : DataFrame
        model, nodes, first (the earliest set that the model converts to from there on; NaN where there is none), once (whether it
        converts to none before).
    size : Correlation or None
        Of the change in the share converted with the size of the operator set's change, over steps, as RQ3 words its question.
    """

    converter: str
    shares: pd.DataFrame
    tests: dict[str, CochranQ]
    steps: pd.DataFrame
    model: pd.DataFrame | None
    first: pd.DataFrame
    size: Correlation | None


def experiment(frame: pd.DataFrame, changes: pd.Series) -> Experiment:
    """Analyse a campaign of one converter over operator sets.

    Parameters
    ----------
    frame : DataFrame
        The campaign; see `analysis.dataset.load_campaigns`. Models that were not tested with every operator set are left out.
    changes : Series
        Operators that each operator set adds or updates, by set.

    Returns
    -------
    Experiment
    """
    converted, right = outcomes(frame)
    tables = {CONVERTED: converted, RIGHT: right}
    stepwise = pd.concat([steps(table).assign(question=name) for name, table in tables.items()], ignore_index=True)
    own = stepwise[stepwise["question"] == CONVERTED]
    sizes = changes.reindex(own["after"])
    first = first_sets(converted, frame)
    return Experiment(
        str(frame["converter"].iloc[0]),
        pd.concat([shares(table).assign(question=name) for name, table in tables.items()], ignore_index=True),
        {name: cochran_q(table) for name, table in tables.items() if len(table) and table.shape[1] > 1},
        stepwise,
        _model(converted, frame) if first["once"].mean() < _SEPARATED else None,
        first,
        spearman(sizes.to_numpy(float), own["difference"].to_numpy()) if len(own) > 3 else None,
    )


def outcomes(frame: pd.DataFrame, *, by: str = "opset") -> tuple[pd.DataFrame, pd.DataFrame]:
    """Return two tables, a row a model and a column a condition: whether it converted, and whether its outputs are right.

    The second has the conditions under which about as many models convert as under the best (`EXPRESSIBLE_SHARE`), and the models
    that convert, and are compared, under each of them.

    Parameters
    ----------
    frame : DataFrame
        Rows of campaigns.
    by : str
        The column that holds the condition, in whose order the tables' columns are: the operator set, or a version.
    """
    wide = frame.pivot(index="model", columns=by, values="outcome").astype(object)
    tested = wide[~(wide.isna() | (wide == NOT_TESTED)).any(axis=1)]
    converted = tested != CONVERSION_FAILURE
    counts = converted.sum()
    expressible = list(counts[(counts > 0) & (counts >= EXPRESSIBLE_SHARE * counts.max())].index)
    compared = tested.loc[converted[expressible].all(axis=1), expressible]
    compared = compared[~(compared == NOT_COMPARED).any(axis=1)]
    return converted, compared == SUCCESS


def first_sets(converted: pd.DataFrame, frame: pd.DataFrame) -> pd.DataFrame:
    """Return from which operator set on each model converts.

    Parameters
    ----------
    converted : DataFrame
        See `outcomes`.
    frame : DataFrame
        The campaign.

    Returns
    -------
    DataFrame
        See `Experiment`.
    """
    fails = ~converted.to_numpy()
    sets = np.array([*converted.columns, np.nan])
    last_failure = np.where(fails.any(axis=1), fails.shape[1] - 1 - np.argmax(fails[:, ::-1], axis=1), -1)
    nodes = frame.drop_duplicates("model").set_index("model")["nodes"].reindex(converted.index)
    first = sets[last_failure + 1]
    once = fails.sum(axis=1) == last_failure + 1
    return pd.DataFrame({"model": converted.index, "nodes": nodes.to_numpy(), "first": first, "once": once})


def experiments(campaigns: Mapping[str, pd.DataFrame], opsets: pd.DataFrame) -> list[Experiment]:
    """Analyse every campaign over operator sets, each converter by itself.

    Parameters
    ----------
    campaigns : mapping of str to DataFrame
        See `analysis.dataset.Study.opset_campaigns`.
    opsets : DataFrame
        Changes of ONNX's operator sets; see `analysis.dataset.load_opsets`. The schema registry's are used, which reach furthest.
    """
    registry = opsets[opsets["source"].astype(str) == "schema_registry"]
    changes = registry.groupby("opset").size()
    return [experiment(part, changes) for part in _by_converter(campaigns)]


def obstacles(campaigns: Mapping[str, pd.DataFrame], *, most: int = 3) -> pd.DataFrame:
    """Return, by operator set, what the models that do not convert to it fail on.

    Returns
    -------
    DataFrame
        One row a converter, operator set and error class, the commonest first: converter, opset, error_class, operators (the
        `most` named most often, separated by commas; empty where none is named), count.
    """
    rows = []
    for frame in _by_converter(campaigns):
        failed = frame[frame["outcome"].astype(str) == CONVERSION_FAILURE]
        for key, part in failed.groupby(["opset", failed["error_class"].astype(str)]):
            opset, kind = cast("tuple[int, str]", key)
            named = Counter(part["error_operator"].dropna().astype(str))
            commonest = sorted(named, key=lambda operator: (-named[operator], operator))[:most]
            rows.append((str(frame["converter"].iloc[0]), int(opset), kind, ", ".join(commonest), len(part)))
    found = pd.DataFrame(rows, columns=["converter", "opset", "error_class", "operators", "count"])
    return found.sort_values(["converter", "opset", "count"], ascending=[True, True, False], ignore_index=True)


def _by_converter(campaigns: Mapping[str, pd.DataFrame]) -> Iterator[pd.DataFrame]:
    for frame in campaigns.values():
        for name, part in frame.groupby(frame["converter"].astype(str)):
            yield part.assign(converter=name)


def _model(converted: pd.DataFrame, frame: pd.DataFrame) -> pd.DataFrame:
    """Fit converting on operator set and size; sets to which all models or none convert inform only through the others."""
    nodes = frame.drop_duplicates("model").set_index("model")["nodes"]
    tall = converted.reset_index().melt("model", value_name="converted")
    tall["nodes"] = tall["model"].map(nodes).astype(float) / _NODES_PER_STEP
    covariates = tall[["opset", "nodes"]] - tall[["opset", "nodes"]].mean()
    return mixed_logistic(tall["converted"], covariates, tall["model"])


def largest_steps(found: Experiment, question: str, *, alpha: float = 0.05) -> list[dict[str, object]]:
    """Return the steps of a question that are significant after Holm's correction, the largest first."""
    own = found.steps[(found.steps["question"] == question) & (found.steps["p_holm"] < alpha)]
    return records(own.sort_values("difference", key=abs, ascending=False, kind="stable"))
