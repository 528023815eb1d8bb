"""RQ4: how many outputs differ, as a function of the difference that is allowed.

The paper names one threshold; its scripts use three criteria (`CRITERIA`). tf2onnx's script kept the largest absolute
difference of every model it compared. torch.onnx's kept a verdict; differences are known for part of its mismatches, from
a log, and there for the first output that failed. What is not known is carried as a range.
"""

from typing import NamedTuple

import numpy as np
import pandas as pd

from analysis.conversions.outcomes import compared as was_compared
from datapackage.conversions import DIFFERENCES, MISMATCH, REAL_TOLERANCE, WRONG_SHAPE
from datapackage.tables import records
from methods.intervals import wilson

THRESHOLDS = tuple(float(f"1e{exponent}") for exponent in range(-9, 4))
_BASES = ["printed", "submitted", "compared"]


class Criterion(NamedTuple):
    """When two outputs count as unlike: applied to whom, allowed difference in words."""

    applied_to: str
    rule: str


CRITERIA = (
    Criterion("tf2onnx, synthetic models", "largest absolute difference greater than 1e-7; NaN is not greater"),
    Criterion("torch.onnx, synthetic models", "an element beyond 1e-7 + 1e-3 × its expected size (PyTorch's checker)"),
    Criterion("both converters, real models", "largest absolute difference at least 1e-3"),
)


def mismatches_by_threshold(conversions: pd.DataFrame, thresholds: tuple[float, ...] = THRESHOLDS) -> pd.DataFrame:
    """Count the compared models whose largest absolute difference exceeds each threshold.

    Parameters
    ----------
    conversions : DataFrame
        See `analysis.dataset.load_conversions`.
    thresholds : tuple of float
        Allowed absolute differences.

    Returns
    -------
    DataFrame
        One row per converter and threshold: converter, threshold, exceeding (known differences above it, infinite ones
        included), unknown_mismatch (the script's mismatches without a usable difference), unknown_match (its matches without
        one: unrecorded or NaN), wrong_shape (outputs of unlike shape, which differ at any threshold), compared (all of these
        and the known differences below; see `analysis.conversions.outcomes.compared`). At least `exceeding` and
        `wrong_shape`, at most these and both unknowns, differ by more than the threshold.
    """
    compared = conversions[was_compared(conversions)]
    rows = []
    for converter, models in compared.groupby("converter", observed=True):
        shape = models["outcome"] == WRONG_SHAPE
        known = models["max_abs_diff"].notna()
        largest = models.loc[known, "max_abs_diff"].to_numpy()
        unknown = models.loc[~known & ~shape, "reported"].astype(str).value_counts()
        mismatch, match = int(unknown.get("mismatch", 0)), int(unknown.get("match", 0))
        for threshold in thresholds:
            exceeding = int(np.sum(largest > threshold))
            rows.append((str(converter), threshold, exceeding, mismatch, match, int(shape.sum()), len(models)))
    columns = ["converter", "threshold", "exceeding", "unknown_mismatch", "unknown_match", "wrong_shape", "compared"]
    return pd.DataFrame(rows, columns=columns)


def threshold_of_count(conversions: pd.DataFrame, converter: str, count: int) -> float:
    """Return the power of ten above which exactly `count` known differences of a converter lie, NaN where none has it."""
    table = mismatches_by_threshold(conversions)
    fits = table[(table["converter"] == converter) & (table["exceeding"] == count)]["threshold"]
    return float(fits.iloc[0]) if len(fits) == 1 else float("nan")


def one_criterion(conversions: pd.DataFrame, claims: pd.DataFrame) -> pd.DataFrame:
    """Compare synthetic with real models as Finding 8 does, and under the real models' criterion on both sides.

    Parameters
    ----------
    conversions : DataFrame
        See `analysis.dataset.load_conversions`.
    claims : DataFrame
        The printed numbers; the real models are known as aggregates only.

    Returns
    -------
    DataFrame
        One row per basis, converter and population: basis (``printed``: criteria and bases of the study; ``submitted`` and
        ``compared``: 1e-3 absolute on both sides, of all conversions tried, of those whose outputs were compared; unlike
        shapes count as differing), converter, population (synthetic, real), least, most (mismatches), n, share_least, low,
        share_most, high. `low` is the lower Wilson bound of the least share, `high` the upper one of the most, so the range
        holds missing differences and chance alike.
    """
    printed = pd.to_numeric(claims.set_index("claim_id")["published"], errors="coerce")
    mismatches = int((conversions["outcome"] == MISMATCH).sum())
    rows = [
        ("printed", "both", "synthetic", mismatches, mismatches, len(conversions)),
        ("printed", "both", "real", *[int(printed["f8.real.mismatch.n"])] * 2, int(printed["fig3.real.n"])),
    ]
    submitted = conversions["converter"].value_counts()
    for row in records(mismatches_by_threshold(conversions, (REAL_TOLERANCE,))):
        converter, least = row["converter"], row["exceeding"] + row["wrong_shape"]
        most = least + row["unknown_mismatch"] + row["unknown_match"]
        if f"t11.mismatch.{converter}.real" not in printed:  # a converter that the study did not try on real models
            continue
        real, matches, tried = (
            int(printed[f"t11.{kind}.{converter}.real"]) for kind in ("mismatch", "success", "total")
        )
        bases = {"submitted": (int(submitted[converter]), tried), "compared": (row["compared"], real + matches)}
        for basis, (synthetic_n, real_n) in bases.items():
            rows.append((basis, converter, "synthetic", least, most, synthetic_n))
            rows.append((basis, converter, "real", real, real, real_n))
    frame = pd.DataFrame(rows, columns=["basis", "converter", "population", "least", "most", "n"])
    lower = [wilson(row["least"], row["n"]) for row in records(frame)]
    upper = [wilson(row["most"], row["n"]) for row in records(frame)]
    return frame.assign(
        share_least=[share.share for share in lower],
        low=[share.low for share in lower],
        share_most=[share.share for share in upper],
        high=[share.high for share in upper],
    ).sort_values("basis", key=lambda names: names.map(_BASES.index), kind="stable", ignore_index=True)


def differences(conversions: pd.DataFrame) -> pd.DataFrame:
    """Describe the recorded differences of each converter.

    Returns
    -------
    DataFrame
        converter, then counts of compared models of equal shape: finite, infinite, nan, unrecorded, and whole (finite
        differences of 1 or more that are whole numbers, as outputs of integer types have).
    """
    measured = conversions[conversions["difference"].notna()]
    kinds = pd.crosstab(measured["converter"], measured["difference"].astype(str))
    kinds = kinds.reindex(columns=list(DIFFERENCES), fill_value=0)
    finite = measured[measured["difference"] == "finite"]
    whole = (finite["max_abs_diff"] >= 1) & (finite["max_abs_diff"] % 1 == 0)
    kinds["whole"] = whole.groupby(finite["converter"], observed=True).sum().reindex(kinds.index, fill_value=0)
    return kinds.rename_axis(columns=None).reset_index()
