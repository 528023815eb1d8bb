"""Every defensible combination of choices at once: the specification curve of RQ3 and its permutation null.

Simonsohn, Simmons & Nelson (2020), Nature Human Behaviour 4:1208-1214. A specification correlates the sizes of releases
with what failed in their time. Under the null hypothesis sizes are exchangeable among releases: they are permuted, the
same permutation for all specifications, so that the specifications' dependence is kept.
"""

from collections.abc import Sequence
from typing import NamedTuple

import numpy as np
import pandas as pd
from numpy.typing import NDArray
from scipy import stats

from analysis.evolution.specifications import CHOICES, Block, Floats, form_blocks, size_table
from datapackage.errors import Fault, InputError
from datapackage.reasons import Reason
from methods.correlation import SEED

DRAWS = 1_000
ALPHA = 0.05
ALL = "all"  # in `Curve.summary`: specifications that drop the first release and those that keep it
_CHUNK = 100  # draws at a time: few enough for the processor's cache


class Curve(NamedTuple):
    """A specification curve.

    Attributes
    ----------
    specifications : DataFrame
        One row per specification, sorted by effect: the choices, n (releases), r (correlation), p (two-sided, by Student's t).
    summary : DataFrame
        Index first (`ALL` specifications, or those with the first release dropped or kept) and statistic (median_r, positive,
        positive_significant, negative_significant); columns observed, null_median, null_high (95th percentile under the
        null), p (one-sided: as large or larger).
    draws : int
        Permutations.
    """

    specifications: pd.DataFrame
    summary: pd.DataFrame
    draws: int


def specification_curve(failures: pd.DataFrame, opsets: pd.DataFrame, *, draws: int = DRAWS, seed: int = SEED) -> Curve:
    """Run all specifications, and again with permuted sizes.

    Parameters
    ----------
    failures : DataFrame
        See `analysis.dataset.load_failures`, one sample.
    opsets : DataFrame
        See `analysis.dataset.load_opsets`.
    draws : int
        Permutations of the sizes.
    seed : int
        Seed of the permutations.

    Raises
    ------
    InputError
        No specification exists.

    Notes
    -----
    P-values of single specifications (Student's t with n-2 degrees of freedom) are approximate; the joint test is not
    harmed, as the same rule is applied to the permuted data. Its p-value is (b+1)/(m+1) (Davison & Hinkley 1997, §4.2).
    Sizes are exchanged among all releases that any specification uses, the first too, for every part of the curve; where a
    source does not reach all of them, among releases whose sizes the same sources know.
    Specifications whose outcome or size is constant, or that have fewer than six releases, do not exist.
    """
    table = size_table(opsets)
    blocks = sorted(form_blocks(failures, opsets, table), key=lambda block: block.first)
    if not blocks:
        message = "span too few releases of ONNX for any specification (six are needed); add failures or choose another sample"
        raise InputError([Fault("failures", message, reason=Reason.TOO_FEW_RELEASES)])
    observed = [block.correlations(np.nan_to_num(table)[None]) for block in blocks]
    frame = pd.concat([block.frame(r[0]) for block, r in zip(blocks, observed, strict=True)], ignore_index=True)
    frame = frame.sort_values("r", kind="stable", ignore_index=True)
    null = _null(blocks, table, draws, seed)
    return Curve(frame, _summary(_statistics(observed, blocks), null), draws)


def drivers(specifications: pd.DataFrame) -> pd.DataFrame:
    """Compare the specifications by each choice, to see which ones drive the sign.

    Parameters
    ----------
    specifications : DataFrame
        See `Curve`.

    Returns
    -------
    DataFrame
        One row per choice and value: choice, value, specifications, median_r, positive and positive_significant (shares).
    """
    rows = []
    for choice in CHOICES:
        for value, part in specifications.groupby(choice, sort=False):
            rows.append((choice, str(value), len(part), part["r"].median(), *_shares(part)))
    columns = ["choice", "value", "specifications", "median_r", "positive", "positive_significant"]
    frame = pd.DataFrame(rows, columns=columns)
    rank = {choice: position for position, choice in enumerate(CHOICES)}
    return frame.sort_values(["choice", "value"], key=lambda c: c.map(rank) if c.name == "choice" else c.map(_natural))


def _natural(value: str) -> str:
    return value.zfill(3) if value.isdigit() else value


def _shares(part: pd.DataFrame) -> tuple[float, float]:
    positive = part["r"] > 0
    return float(positive.mean()), float((positive & (part["p"] < ALPHA)).mean())


def _critical_r(n: int) -> float:
    t = stats.t.ppf(1 - ALPHA / 2, n - 2)
    return float(t / np.sqrt(n - 2 + t**2))


def exchangeable(blocks: Sequence[Block], table: Floats) -> list[NDArray[np.int64]]:
    """Group the releases that any block uses by the sources that know their sizes; null sizes are exchanged within a group.

    Parameters
    ----------
    blocks, table
        See `analysis.evolution.specifications.form_blocks`.

    Returns
    -------
    list of ndarray
        Rows of `table`; an unknown size thus never takes the place of a known one.
    """
    used = np.any([block.group >= 0 for block in blocks], axis=0)
    _, reach = np.unique(np.isfinite(table), axis=0, return_inverse=True)
    return [np.flatnonzero(used & (reach == value)) for value in np.unique(reach[used])]


def _null(blocks: list[Block], table: Floats, draws: int, seed: int) -> pd.DataFrame:
    """Statistics of the curve under random exchange of the sizes among the releases that any specification uses."""
    generator = np.random.default_rng(seed)
    groups = exchangeable(blocks, table)
    known = np.nan_to_num(table)
    parts = []
    for start in range(0, draws, _CHUNK):
        number = min(_CHUNK, draws - start)
        tables = np.repeat(known[None], number, axis=0)
        for group in groups:
            tables[:, group] = known[generator.permuted(np.broadcast_to(group, (number, len(group))), axis=1)]
        parts.append(_statistics([block.correlations(tables) for block in blocks], blocks))
    return pd.concat(parts, ignore_index=True)


def _statistics(correlations: list[Floats], blocks: list[Block]) -> pd.DataFrame:
    """Statistics of a curve, a row per draw; columns by part of the curve and statistic, as in `Curve.summary`."""
    r = np.concatenate(correlations, axis=1)
    widths = [part.shape[1] for part in correlations]
    critical = np.repeat([_critical_r(block.releases) for block in blocks], widths)
    firsts = np.repeat([block.first for block in blocks], widths)
    spans = {ALL: slice(None)}
    for name, start, number in zip(*np.unique(firsts, return_index=True, return_counts=True), strict=True):
        spans[str(name)] = slice(start, start + number)
    parts = {name: _part(r[:, span], critical[span]) for name, span in spans.items()}
    return pd.concat(parts, axis=1, names=["first", "statistic"])


def _part(r: Floats, critical: Floats) -> pd.DataFrame:
    """Median effect and shares of the specifications of each draw."""
    return pd.DataFrame(
        {
            "median_r": _medians(r),
            "positive": (r > 0).mean(axis=1),
            "positive_significant": (r > critical).mean(axis=1),
            "negative_significant": (r < -critical).mean(axis=1),
        }
    )


def _medians(r: Floats) -> Floats:
    """Median of each row; `numpy.median` would look for NaN besides, in three times the time."""
    half = r.shape[1] // 2
    parted = np.partition(r, half, axis=1)
    upper = parted[:, half]
    return upper if r.shape[1] % 2 else (parted[:, :half].max(axis=1) + upper) / 2


def _summary(observed: pd.DataFrame, null: pd.DataFrame) -> pd.DataFrame:
    frame = pd.DataFrame({"observed": observed.iloc[0]})
    at_least = (null >= observed.iloc[0] - 1e-12).sum()
    return frame.assign(null_median=null.median(), null_high=null.quantile(0.95), p=(at_least + 1) / (len(null) + 1))
