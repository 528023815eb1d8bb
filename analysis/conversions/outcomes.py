"""RQ4: what became of the synthetic models, as the study's table counts it and as the evidence says.

The experiment's scripts recorded an exception whichever stage raised it. Table 11 divides the exceptions by their origin:
ONNX Runtime's are load failures, all others conversion failures. The evidence (`outcome`) divides them by stage.
"""

import pandas as pd

from datapackage.conversions import (
    CONVERSION_FAILURE,
    EXCEPTION,
    FAILED,
    LOAD,
    LOAD_FAILURE,
    MISMATCH,
    OUTCOMES,
    REPORTED_MATCH,
    REPORTED_MISMATCH,
    RUN,
    SUCCESS,
    UNKNOWN,
    WRONG_SHAPE,
)
from methods.intervals import wilson

PRINTED_ROWS = (CONVERSION_FAILURE, LOAD_FAILURE, MISMATCH, SUCCESS)


def as_table_11_counts(conversions: pd.DataFrame) -> pd.Series:
    """Return each model's row in Table 11, by the rule that yields the printed numbers.

    Every exception that ONNX Runtime raised, while loading or running, is a load failure; every other exception, the
    comparison's own included, a conversion failure; a model without one is what the script's condition made of it, which
    takes a difference of NaN for a match.

    Parameters
    ----------
    conversions : DataFrame
        See `analysis.dataset.load_conversions`.

    Returns
    -------
    Series
        Categorical over `PRINTED_ROWS`, index of `conversions`.
    """
    rows = (
        conversions["reported"]
        .astype(str)
        .map({REPORTED_MISMATCH: MISMATCH, REPORTED_MATCH: SUCCESS, EXCEPTION: CONVERSION_FAILURE})
    )
    rows = rows.mask(conversions["error_stage"].isin([LOAD, RUN]), LOAD_FAILURE)
    return pd.Series(pd.Categorical(rows, PRINTED_ROWS), index=conversions.index, name="row")


def compared(conversions: pd.DataFrame) -> pd.Series:
    """Tell which models' outputs were compared: a difference was computed, NaN included, or their shapes were unlike.

    Neither boolean outputs, which the script could not subtract, nor stopped runs, nor failures were compared.

    Parameters
    ----------
    conversions : DataFrame
        See `analysis.dataset.load_conversions`.

    Returns
    -------
    Series of bool
        Index of `conversions`.
    """
    return conversions["difference"].notna() | (conversions["outcome"] == WRONG_SHAPE)


def ran(conversions: pd.DataFrame) -> pd.Series:
    """Tell which models were converted, loaded and run; a run stopped at an unknown stage has not shown it."""
    return ~conversions["outcome"].isin(FAILED) & (conversions["error_stage"] != UNKNOWN)


def outcomes(conversions: pd.DataFrame) -> pd.DataFrame:
    """Count outcomes by converter, with Wilson's interval.

    Returns
    -------
    DataFrame
        One row per converter and outcome, in order, unused ones included: converter, outcome, count, n, share, low, high.
        `n` counts all models of the converter.

    Notes
    -----
    The interval takes the models as independent draws from the generator; it says nothing of models unlike generated ones.
    """
    rows = []
    for converter, models in conversions.groupby("converter", observed=True):
        counts = models["outcome"].value_counts()
        for outcome in OUTCOMES:
            count = int(counts.get(outcome, 0))
            rows.append((str(converter), outcome, count, len(models), *wilson(count, len(models))))
    return pd.DataFrame(rows, columns=["converter", "outcome", "count", "n", "share", "low", "high"])


def flow(conversions: pd.DataFrame) -> pd.DataFrame:
    """Count how the rows of Table 11 divide into outcomes.

    Returns
    -------
    DataFrame
        Occupied pairs, in order: converter, row (of Table 11), outcome, count.
    """
    frame = conversions.assign(row=as_table_11_counts(conversions))
    frame["outcome"] = pd.Categorical(frame["outcome"].astype(str), OUTCOMES)
    counts = frame.groupby(["converter", "row", "outcome"], observed=True).size().rename("count")
    return counts.reset_index().sort_values(["converter", "row", "outcome"], ignore_index=True)


def error_classes(conversions: pd.DataFrame) -> pd.DataFrame:
    """Count the recorded exceptions by class.

    Returns
    -------
    DataFrame
        One row per stage and class, by stage, then most frequent first: stage, error_class, one column of counts a converter,
        operators (the three most named, most frequent first).
    """
    errors = conversions[conversions["error_stage"].notna()]
    keys = ["error_stage", "error_class"]
    wide = errors.pivot_table(
        index=keys, columns="converter", values="model", aggfunc="count", observed=True, fill_value=0
    )
    wide.columns = [str(name) for name in wide.columns]
    wide["operators"] = errors.groupby(keys, observed=True)["error_operator"].agg(_leading)
    total = wide.drop(columns="operators").sum(axis=1)
    order = wide.assign(total=total).reset_index().sort_values(["error_stage", "total"], ascending=[True, False])
    return order.drop(columns="total").rename(columns={"error_stage": "stage"}).reset_index(drop=True)


def generated_models(conversions: pd.DataFrame) -> pd.DataFrame:
    """Count models by size, and the generator's numbers that more than one of them bears.

    Returns
    -------
    DataFrame
        converter, nodes, models, repeated_numbers.
    """
    numbers = conversions["model"].str.extract(r"_(\d+)_", expand=False)
    groups = conversions.assign(number=numbers).groupby(["converter", "nodes"], observed=True)["number"]
    return groups.agg(models="size", repeated_numbers=lambda held: int(held.duplicated().sum())).reset_index()


def _leading(operators: pd.Series) -> str:
    counts = operators.dropna().value_counts().rename_axis("operator").reset_index(name="n")
    ordered = counts.sort_values(["n", "operator"], ascending=[False, True])["operator"]
    return ", ".join(ordered.head(3))
