"""Every defensible combination of choices at once: the specification curve of RQ3 and its permutation null.

Simonsohn, Simmons & Nelson (2020), Nature Human Behaviour 4:1208-1214. A specification correlates the sizes of releases
with what failed in their time. Under the null hypothesis sizes are exchangeable among releases: they are permuted, the
same permutation for all specifications, so that the specifications' dependence is kept.

Left out: keeping the first release where it has no outcome; counts of releases that were not observed throughout.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from itertools import product
from typing import NamedTuple

import numpy as np
import pandas as pd
from numpy.typing import NDArray
from scipy import stats

from analysis.evolution.pipeline import LAGS, Change, Normalisation, Options, Outcome, counts, outcome, releases_of
from analysis.evolution.releases import DATES, SOURCES
from analysis.statistics.correlation import SEED, ranks, standardised
from datapackage.errors import Fault, InputError

DRAWS = 1_000
ALPHA = 0.05
SCALES = ("rank", "log", "linear")
CHANGES: tuple[Change, ...] = ("changes", "added", "updated")
# (outcome, normalisation, only releases that were observed throughout)
OUTCOMES: tuple[tuple[Outcome, Normalisation, bool], ...] = (
    ("all", "count", True),
    ("all", "per_day", True),
    ("all", "per_day", False),
    ("incompatibility_or_type", "count", True),
    ("incompatibility_or_type", "per_day", True),
    ("incompatibility_or_type", "per_day", False),
    ("incompatibility_or_type", "share", True),
    ("incompatibility_or_type", "share", False),
)
CHOICES = (
    "outcome", "normalisation", "merged", "complete_only", "converter", "lag", "dates", "first", "source", "change", "scale",
)  # fmt: skip
ALL = "all"  # in `Curve.summary`: specifications that drop the first release and those that keep it
_FEWEST = 6  # releases, below which no specification is formed
_CHUNK = 500  # draws at a time, to bound memory

Floats = NDArray[np.float64]


@dataclass(frozen=True)
class Block:
    """Specifications that use the same releases, as two sets of vectors: every size meets every outcome.

    Attributes
    ----------
    group : ndarray, shape (dated releases,)
        Position of each dated release in the (merged) series, -1 where it is not used.
    sizes : DataFrame
        Choices source, change, scale; one row a vector of sizes.
    outcomes : DataFrame
        The other choices; one row a vector of outcomes.
    values : dict of str to ndarray
        Standardised outcomes by scale, shape (outcomes, releases).
    """

    group: NDArray[np.int64]
    sizes: pd.DataFrame
    outcomes: pd.DataFrame
    values: dict[str, Floats]


class Curve(NamedTuple):
    """A specification curve.

    Attributes
    ----------
    specifications : DataFrame
        One row a specification, sorted by effect: the choices, n (releases), r (correlation), p (two-sided, by Student's t).
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
    Sizes are exchanged among all releases that any specification uses, the first too, for every part of the curve.
    Specifications whose outcome or size is constant, or that have fewer than six releases, do not exist.
    """
    table = _sizes(opsets)
    blocks = list(_blocks(failures, opsets, table))
    if not blocks:
        message = "span too few releases of ONNX for any specification (six are needed); add failures or choose another sample"
        raise InputError([Fault("failures", message, reason="too-few-releases")])
    observed = [_correlations(block, table[None])[0] for block in blocks]
    frame = pd.concat([_frame(block, r) for block, r in zip(blocks, observed, strict=True)], ignore_index=True)
    frame = frame.sort_values("r", kind="stable", ignore_index=True)
    null = _null(blocks, table, draws, seed)
    return Curve(frame, _summary(_statistics([r[None] for r in observed], blocks), null), draws)


def drivers(specifications: pd.DataFrame) -> pd.DataFrame:
    """Compare the specifications by each choice, to see which ones drive the sign.

    Parameters
    ----------
    specifications : DataFrame
        See `Curve`.

    Returns
    -------
    DataFrame
        One row a choice and value: choice, value, specifications, median_r, positive and positive_significant (shares).
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


def _sizes(opsets: pd.DataFrame) -> Floats:
    """Sizes of the dated releases, shape (releases, sources × changes); NaN where a source does not reach."""
    return np.column_stack(
        [releases_of(opsets, Options(source=source, merged=False))[list(CHANGES)].to_numpy(float) for source in SOURCES]
    )


def _blocks(failures: pd.DataFrame, opsets: pd.DataFrame, table: Floats) -> Iterator[Block]:
    """Yield the specifications by the releases that they use."""
    dated = releases_of(opsets, Options(merged=False))
    for merged in (True, False):
        releases = releases_of(opsets, Options(merged=merged))
        # which release of this series each dated release belongs to
        member = np.searchsorted(releases["released"], dated["released"], side="right") - 1
        initial = releases["first_opset"].eq(1).to_numpy()
        by_mask: dict[bytes, tuple[NDArray[np.bool_], list[tuple[object, ...]], list[Floats]]] = {}
        for choices, values, usable in _outcomes(failures, releases, merged):
            for first, mask in _first_release(usable, initial):
                kept = values[mask]
                if mask.sum() >= _FEWEST and np.ptp(kept) > 0:
                    entry = by_mask.setdefault(mask.tobytes(), (mask, [], []))
                    entry[1].append((*choices, first))
                    entry[2].append(kept)
        for mask, rows, vectors in by_mask.values():
            group = np.where(mask[member], (np.cumsum(mask) - 1)[member], -1)
            sizes = _size_choices(table[group >= 0], group[group >= 0])
            outcomes = pd.DataFrame(rows, columns=[c for c in CHOICES if c not in sizes.columns])
            if len(sizes):
                yield Block(group, sizes, outcomes, _scaled(np.array(vectors)))


def _first_release(usable: NDArray[np.bool_], initial: NDArray[np.bool_]) -> Iterator[tuple[str, NDArray[np.bool_]]]:
    yield "dropped", usable & ~initial
    if (usable & initial).any():
        yield "kept", usable


def _outcomes(
    failures: pd.DataFrame, releases: pd.DataFrame, merged: bool
) -> Iterator[tuple[tuple[object, ...], Floats, NDArray[np.bool_]]]:
    names = [str(name) for name in failures["converter"].cat.categories]
    converters = ["both", *names] if len(names) > 1 else names
    for converter, lag, dates in product(converters, LAGS, DATES):
        counted = counts(failures, releases, Options(converter=converter, lag=lag, dates=dates))
        observed, complete = counted["days"].to_numpy() > 0, counted["complete"].to_numpy()
        for name, normalisation, complete_only in OUTCOMES:
            values = outcome(counted, name, normalisation)
            usable = np.isfinite(values) & observed & (complete | (not complete_only))
            yield (name, normalisation, merged, complete_only, converter, lag, dates), values, usable


def _size_choices(table: Floats, group: NDArray[np.int64]) -> pd.DataFrame:
    """Choices of size that are known for all of these releases and not constant, with their column in the table."""
    names = list(product(SOURCES, CHANGES))
    sizes = [np.bincount(group, weights=table[:, column]) for column in range(len(names))]
    # a difference to an unknown size is not greater than 0 either
    known = [column for column, size in enumerate(sizes) if np.ptp(size) > 0]
    rows = [(*names[column], scale, column) for scale in SCALES for column in known]
    return pd.DataFrame(rows, columns=["source", "change", "scale", "column"])


def _scaled(values: Floats) -> dict[str, Floats]:
    plain = standardised(values)
    return {"rank": standardised(ranks(values)), "log": plain, "linear": plain}


def _correlations(block: Block, tables: Floats) -> Floats:
    """Correlations of a block for each table of sizes; shape (tables, sizes × outcomes), sizes varying slowest."""
    releases = int(block.group.max()) + 1
    member = (block.group == np.arange(releases)[:, None]).astype(float)
    sizes = np.swapaxes(member @ np.nan_to_num(tables), 1, 2)
    parts = []
    for scale, chosen in block.sizes.groupby("scale", sort=False):
        # a permutation can make the few sizes of a block constant: no association
        x = np.nan_to_num(standardised(_transformed(sizes[:, chosen["column"].to_numpy()], str(scale))))
        parts.append((x @ block.values[str(scale)].T).reshape(len(tables), -1))
    return np.concatenate(parts, axis=1)


def _transformed(sizes: Floats, scale: str) -> Floats:
    if scale == "rank":
        return ranks(sizes)
    return np.log1p(sizes) if scale == "log" else sizes


def _frame(block: Block, r: Floats) -> pd.DataFrame:
    frame = block.sizes.drop(columns="column").merge(block.outcomes, how="cross")[list(CHOICES)]
    n = int(block.group.max()) + 1
    with np.errstate(divide="ignore"):
        t = r * np.sqrt((n - 2) / np.maximum(1 - r**2, 0))
    return frame.assign(n=n, r=r, p=2 * stats.t.sf(np.abs(t), n - 2))


def _critical_r(n: int) -> float:
    t = stats.t.ppf(1 - ALPHA / 2, n - 2)
    return float(t / np.sqrt(n - 2 + t**2))


def _null(blocks: list[Block], table: Floats, draws: int, seed: int) -> pd.DataFrame:
    """Statistics of the curve under random exchange of the sizes among the releases that any specification uses."""
    generator = np.random.default_rng(seed)
    exchanged = np.flatnonzero(np.any([block.group >= 0 for block in blocks], axis=0))
    parts = []
    for start in range(0, draws, _CHUNK):
        number = min(_CHUNK, draws - start)
        orders = generator.permuted(np.broadcast_to(exchanged, (number, len(exchanged))), axis=1)
        tables = np.repeat(table[None], number, axis=0)
        tables[:, exchanged] = table[orders]
        parts.append(_statistics([_correlations(block, tables) for block in blocks], blocks))
    return pd.concat(parts, ignore_index=True)


def _statistics(correlations: list[Floats], blocks: list[Block]) -> pd.DataFrame:
    """Statistics of a curve, a row a draw; columns by part of the curve and statistic, as in `Curve.summary`."""
    r = np.concatenate(correlations, axis=1)
    limits = [_critical_r(int(block.group.max()) + 1) for block in blocks]
    critical = np.repeat(limits, [part.shape[1] for part in correlations])
    first = np.concatenate([np.tile(b.outcomes["first"].to_numpy(str), len(b.sizes)) for b in blocks])
    parts = {ALL: _part(r, critical)}
    parts |= {str(value): _part(r[:, first == value], critical[first == value]) for value in np.unique(first)}
    return pd.concat(parts, axis=1, names=["first", "statistic"])


def _part(r: Floats, critical: Floats) -> pd.DataFrame:
    """Median effect and shares of the specifications of each draw."""
    return pd.DataFrame(
        {
            "median_r": np.median(r, axis=1),
            "positive": (r > 0).mean(axis=1),
            "positive_significant": (r > critical).mean(axis=1),
            "negative_significant": (r < -critical).mean(axis=1),
        }
    )


def _summary(observed: pd.DataFrame, null: pd.DataFrame) -> pd.DataFrame:
    frame = pd.DataFrame({"observed": observed.iloc[0]})
    at_least = (null >= observed.iloc[0] - 1e-12).sum()
    return frame.assign(null_median=null.median(), null_high=null.quantile(0.95), p=(at_least + 1) / (len(null) + 1))
