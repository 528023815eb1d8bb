"""Every defensible combination of choices at once: the specification curve of RQ3 and its nulls.

Simonsohn, Simmons & Nelson (2020), Nature Human Behaviour 4:1208-1214. A specification correlates the sizes of releases
with what failed in their time. Under a null hypothesis sizes are rearranged among releases (see `analysis.evolution.nulls`),
in the same way for all specifications, so that the specifications' dependence is kept. Of the statistics the median effect,
the share that is significant in the predicted direction and the averaged Z are theirs, the share that is positive is ours.
"""

from collections.abc import Sequence
from itertools import pairwise
from typing import NamedTuple

import numpy as np
import pandas as pd
from numpy.typing import NDArray
from scipy import stats

from analysis.evolution.nulls import NULLS, SHIFTED, inputs_hash, kept, rearrangements, summarise
from analysis.evolution.specifications import CHOICES, Block, Floats, form_blocks, size_table
from datapackage.errors import Fault, InputError
from datapackage.reasons import Reason
from methods.correlation import SEED

DRAWS = 1_000  # where no null is kept; digits follow the error
KEPT_DRAWS = 20_000
ALPHA = 0.05
ALL = "all"  # in `Curve.summary`: every specification
FIRST = ("dropped", "kept")
STATISTICS = ("median_r", "positive", "positive_significant", "negative_significant", "averaged_z")
_Z_POINTS = 20_000
_Z_MOST = 1e-12  # p-value at which Z is cut off: a perfect correlation has none


class Curve(NamedTuple):
    """A specification curve.

    Attributes
    ----------
    specifications : DataFrame
        One row per specification, sorted by effect: the choices, n (releases), r (correlation), p (two-sided, by Student's t).
    summary : DataFrame
        Index null (see `analysis.evolution.nulls`), part (`ALL` specifications, those with the first release dropped or kept,
        or those of one estimand, see `estimand`) and statistic (median_r, positive, positive_significant,
        negative_significant, averaged_z); columns as `analysis.evolution.nulls.summarise`.
    draws : int
        Random rearrangements of the sizes.
    distinct : int
        Different correlations among the specifications.
    """

    specifications: pd.DataFrame
    summary: pd.DataFrame
    draws: int
    distinct: int


def specification_curve(
    failures: pd.DataFrame, opsets: pd.DataFrame, *, draws: int | None = None, seed: int = SEED
) -> Curve:
    """Run all specifications, and again with rearranged sizes.

    Parameters
    ----------
    failures : DataFrame
        See `analysis.dataset.load_failures`, one sample.
    opsets : DataFrame
        See `analysis.dataset.load_opsets`.
    draws : int, optional
        Random rearrangements of the sizes; by default the kept null of this data, or `DRAWS` where there is none.
    seed : int
        Seed of the rearrangements.

    Raises
    ------
    InputError
        No specification exists.

    Notes
    -----
    P-values of single specifications (Student's t with n-2 degrees of freedom) are approximate; the joint test is not
    harmed, as the same rule is applied to the rearranged data. Averaged Z: Stouffer's sum of the specifications' Z over the
    root of their number; without the null it would take them for independent.
    Sizes are rearranged among all releases that any specification uses, for every part of the curve; where a source does not
    reach all of them, among releases whose sizes the same sources know.
    Specifications whose outcome or size is constant, or that have fewer than six releases, do not exist.
    """
    table = size_table(opsets)
    blocks = list(form_blocks(failures, opsets, table))
    if not blocks:
        message = "span too few releases of ONNX for any specification (six are needed); add failures or choose another sample"
        raise InputError([Fault("failures", message, reason=Reason.TOO_FEW_RELEASES)])
    r = [block.correlations(np.nan_to_num(table)[None]) for block in blocks]
    frame = pd.concat([block.frame(part[0]) for block, part in zip(blocks, r, strict=True)], ignore_index=True)
    layout = _Layout.of(blocks, frame)
    observed = pd.Series(layout.statistics(r)[0], layout.columns)
    summary = kept(inputs_hash(failures, opsets), observed) if draws is None else None
    if summary is None:
        draws = draws or DRAWS
        summary = _against_nulls(observed, layout, table, draws, seed)
    distinct = len(np.unique(frame["r"].round(10)))
    frame = frame.sort_values("r", kind="stable", ignore_index=True)
    return Curve(frame, summary, int(summary["draws"].max()), distinct)


def estimand(specifications: pd.DataFrame) -> pd.Series:
    """Return the question that each specification asks: which outcome, right after a release or with a lag."""
    words = {"count": "number", "per_day": "number per day", "share": "share of failures"}
    lag = np.where(specifications["lag"].eq(0), "no lag", "lagged")
    return specifications["normalisation"].map(words) + ", " + lag


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


def _against_nulls(observed: pd.Series, layout: "_Layout", table: Floats, draws: int, seed: int) -> pd.DataFrame:
    """Summaries of the curve under every null."""
    groups = exchangeable(layout.blocks, table)
    known = np.nan_to_num(table)
    summaries = {}
    for null in NULLS:
        moved = rearrangements(null, groups, len(table), draws, np.random.default_rng(seed))
        parts = [layout.statistics([block.correlations(known[rows]) for block in layout.blocks]) for rows in moved]
        drawn = pd.DataFrame(np.concatenate(parts), columns=layout.columns)
        summaries[null] = summarise(observed, drawn, exact=null == SHIFTED)
    return pd.concat(summaries, names=["null"])


class _Layout(NamedTuple):
    """How the blocks' correlations are put into leaves (a value of `first` and an estimand), of which the parts are made.

    `order` sorts specifications by leaf; `leaves` are their places then, `parts` the leaves of each part. `critical` is each
    specification's smallest significant correlation, `z` has a row of Z for each number of releases, laid end to end, and `z_row`
    tells where a specification's begins; both in that order.
    """

    blocks: Sequence[Block]
    order: NDArray[np.int64]
    leaves: list[slice]
    parts: dict[str, list[int]]
    critical: Floats
    z: Floats
    z_row: NDArray[np.int32]

    @classmethod
    def of(cls, blocks: Sequence[Block], frame: pd.DataFrame) -> "_Layout":
        keys = pd.DataFrame({"first": frame["first"], "estimand": estimand(frame)})
        codes = keys.groupby(["first", "estimand"]).ngroup().to_numpy()
        ends = [0, *np.cumsum(np.bincount(codes)).tolist()]
        names = keys.drop_duplicates().sort_values(["first", "estimand"], ignore_index=True)
        parts = {ALL: list(names.index)}
        for column in ("first", "estimand"):
            parts |= {str(name): list(rows.index) for name, rows in names.groupby(column)}
        leaves = [slice(start, end) for start, end in pairwise(ends)]
        sizes = [int(n) for n in sorted(set(frame["n"]))]
        order = np.argsort(codes, kind="stable")
        n = np.searchsorted(sizes, frame["n"].to_numpy()[order])
        critical = np.array([_critical_r(size) for size in sizes])[n]
        z = np.concatenate([_z_values(size) for size in sizes])
        return cls(blocks, order, leaves, parts, critical, z, (n * (_Z_POINTS + 1)).astype(np.int32))

    @property
    def columns(self) -> pd.MultiIndex:
        """Part of the curve and statistic of each column of `statistics`, as in `Curve.summary`."""
        return pd.MultiIndex.from_product([list(self.parts), STATISTICS], names=["part", "statistic"])

    def statistics(self, correlations: Sequence[Floats]) -> Floats:
        """Statistics of a curve, a row per table of sizes; see `columns`."""
        r = np.concatenate(correlations, axis=1)[:, self.order]
        z = self.z[((r + 1) * (_Z_POINTS / 2) + 0.5).astype(np.int32) + self.z_row]
        counts = [self._counts(chosen) for chosen in (r > 0, r > self.critical, r < -self.critical)]
        sums = np.stack([z[:, leaf].sum(axis=1, dtype=float) for leaf in self.leaves])
        columns = []
        for leaves in self.parts.values():
            chosen = np.concatenate([r[:, self.leaves[leaf]] for leaf in leaves], axis=1)
            number = chosen.shape[1]
            shares = [count[leaves].sum(axis=0) / number for count in counts]
            columns += [_medians(chosen), *shares, sums[leaves].sum(axis=0) / np.sqrt(number)]
        return np.column_stack(columns)

    def _counts(self, chosen: NDArray[np.bool_]) -> NDArray[np.int64]:
        # several times faster than counting truth values along an axis
        return np.stack([chosen[:, leaf].view(np.int8).sum(axis=1, dtype=np.int32) for leaf in self.leaves])


def _z_values(n: int) -> Floats:
    """Z of a correlation of `n` releases by its p-value, on a grid of correlations from -1 to 1."""
    grid = np.linspace(-1, 1, _Z_POINTS + 1)
    with np.errstate(divide="ignore"):
        t = np.abs(grid) * np.sqrt((n - 2) / (1 - grid**2))
    z: Floats = np.sign(grid) * stats.norm.isf(np.maximum(stats.t.sf(t, n - 2), _Z_MOST))
    return z


def _medians(r: Floats) -> Floats:
    """Median of each row, which is put in another order; `numpy.median` would look for NaN besides, in three times the time."""
    half = r.shape[1] // 2
    r.partition(half, axis=1)
    upper = r[:, half]
    return upper if r.shape[1] % 2 else (r[:, :half].max(axis=1) + upper) / 2
