"""The specifications of RQ3's multiverse: every defensible combination of choices, as vectors that can be correlated at once.

Left out: keeping the first release where it has no outcome; counts of releases that were not observed throughout.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from itertools import product
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray
from scipy import stats

from analysis.evolution.pipeline import (
    LAGS,
    Change,
    Normalisation,
    Options,
    Outcome,
    counts_within,
    outcome,
    releases_of,
)
from analysis.evolution.releases import DATES, SOURCES, created, observation, windows
from methods.correlation import ranks, standardised

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
_FEWEST = 6  # releases, below which no specification is formed

Floats = NDArray[np.float64]


@dataclass(frozen=True)
class Block:
    """Specifications that use the same releases, as two sets of vectors: every size meets every outcome.

    Attributes
    ----------
    first : str
        Whether the first release is ``dropped`` or ``kept``.
    group : ndarray, shape (dated releases,)
        Position of each dated release in the (merged) series, -1 where it is not used.
    columns : ndarray, shape (sizes,)
        Columns of the table of sizes that are known for all of these releases and not constant.
    sizes : DataFrame
        Choices source, change, scale; one row per vector of sizes: `columns` on each of the `SCALES`.
    outcomes : DataFrame
        The other choices; one row per vector of outcomes.
    values : dict of str to ndarray
        Standardised outcomes by scale, shape (outcomes, releases).
    """

    first: str
    group: NDArray[np.int64]
    columns: NDArray[np.int64]
    sizes: pd.DataFrame
    outcomes: pd.DataFrame
    values: dict[str, Floats]

    @property
    def releases(self) -> int:
        """Number of releases, n of each correlation."""
        return int(self.group.max()) + 1

    def correlations(self, tables: Floats) -> Floats:
        """Correlate every size with every outcome, sizes varying slowest.

        Parameters
        ----------
        tables : ndarray, shape (tables, dated releases, sources × changes)
            Tables of sizes; see `size_table`. What is unknown there is not used here, but must be a number.

        Returns
        -------
        ndarray, shape (tables, sizes × outcomes)
        """
        member = (self.group == np.arange(self.releases)[:, None]).astype(float)
        sizes = np.swapaxes(member @ tables[:, :, self.columns], 1, 2)
        parts = []
        for scale in SCALES:
            # a permutation can make the few sizes of a block constant: no association
            x = np.nan_to_num(standardised(_transformed(sizes, scale)))
            parts.append((x @ self.values[scale].T).reshape(len(tables), -1))
        return np.concatenate(parts, axis=1)

    def frame(self, r: Floats) -> pd.DataFrame:
        """Put the choices beside one table's correlations; columns of `analysis.evolution.multiverse.Curve`."""
        frame = self.sizes.merge(self.outcomes, how="cross")[list(CHOICES)]
        n = self.releases
        with np.errstate(divide="ignore"):
            t = r * np.sqrt((n - 2) / np.maximum(1 - r**2, 0))
        return frame.assign(n=n, r=r, p=2 * stats.t.sf(np.abs(t), n - 2))


def options_of(choices: Mapping[str, Any]) -> Options:
    """Return the published test's options for a specification (its `CHOICES`); the test knows no other scale than ranks."""
    return Options(
        outcome=choices["outcome"],
        normalisation=choices["normalisation"],
        change=choices["change"],
        source=choices["source"],
        merged=choices["merged"],
        drop_first=choices["first"] == "dropped",
        drop_last=choices["complete_only"],
        converter=choices["converter"],
        lag=choices["lag"],
        dates=choices["dates"],
    )


def size_table(opsets: pd.DataFrame) -> Floats:
    """Sizes of the dated releases, shape (releases, sources × changes); NaN where a source does not reach."""
    return np.column_stack(
        [releases_of(opsets, Options(source=source, merged=False))[list(CHANGES)].to_numpy(float) for source in SOURCES]
    )


def form_blocks(failures: pd.DataFrame, opsets: pd.DataFrame, table: Floats) -> Iterator[Block]:
    """Yield the specifications by the releases that they use.

    Parameters
    ----------
    failures, opsets : DataFrame
        See `analysis.evolution.pipeline.per_release`.
    table : ndarray
        See `size_table`.
    """
    dated = releases_of(opsets, Options(merged=False))
    for merged in (True, False):
        releases = releases_of(opsets, Options(merged=merged))
        # which release of this series each dated release belongs to
        member = np.searchsorted(releases["released"], dated["released"], side="right") - 1
        initial = releases["first_opset"].eq(1).to_numpy()
        alike: dict[tuple[str, bytes], tuple[NDArray[np.bool_], list[tuple[object, ...]], list[Floats]]] = {}
        for choices, values, usable in _outcomes(failures, releases, merged):
            for first, mask in _first_release(usable, initial):
                kept = values[mask]
                if mask.sum() >= _FEWEST and np.ptp(kept) > 0:
                    _, rows, vectors = alike.setdefault((first, mask.tobytes()), (mask, [], []))
                    rows.append((*choices, first))
                    vectors.append(kept)
        for (first, _), (mask, rows, vectors) in alike.items():
            group = np.where(mask[member], (np.cumsum(mask) - 1)[member], -1)
            columns = _usable_sizes(table[group >= 0], group[group >= 0])
            sizes = _size_choices(columns)
            outcomes = pd.DataFrame(rows, columns=[c for c in CHOICES if c not in sizes.columns])
            if len(sizes):
                yield Block(first, group, columns, sizes, outcomes, _scaled(np.array(vectors)))


def _first_release(usable: NDArray[np.bool_], initial: NDArray[np.bool_]) -> Iterator[tuple[str, NDArray[np.bool_]]]:
    yield "dropped", usable & ~initial
    if (usable & initial).any():
        yield "kept", usable


def _outcomes(
    failures: pd.DataFrame, releases: pd.DataFrame, merged: bool
) -> Iterator[tuple[tuple[object, ...], Floats, NDArray[np.bool_]]]:
    names = [str(name) for name in failures["converter"].cat.categories]
    converters = ["both", *names] if len(names) > 1 else names
    period = observation(failures)
    seen = {lag: windows(releases, period, lag) for lag in LAGS}
    opened = {dates: created(failures, dates) for dates in DATES}
    for converter, lag, dates in product(converters, LAGS, DATES):
        options = Options(converter=converter, lag=lag, dates=dates)
        counted = counts_within(failures, releases, seen[lag], opened[dates], options)
        observed, complete = counted["days"].to_numpy() > 0, counted["complete"].to_numpy()
        for name, normalisation, complete_only in OUTCOMES:
            values = outcome(counted, name, normalisation)
            usable = np.isfinite(values) & observed & (complete | (not complete_only))
            yield (name, normalisation, merged, complete_only, converter, lag, dates), values, usable


def _usable_sizes(table: Floats, group: NDArray[np.int64]) -> NDArray[np.int64]:
    """Columns of the table that are known for all of these releases and not constant."""
    sizes = np.array([np.bincount(group, weights=column) for column in table.T])
    # a difference to an unknown size is not greater than 0 either
    return np.flatnonzero(np.ptp(sizes, axis=1) > 0)


def _size_choices(columns: NDArray[np.int64]) -> pd.DataFrame:
    names = list(product(SOURCES, CHANGES))
    rows = [(*names[column], scale) for scale in SCALES for column in columns]
    return pd.DataFrame(rows, columns=["source", "change", "scale"])


def _scaled(values: Floats) -> dict[str, Floats]:
    plain = standardised(values)
    return {"rank": standardised(ranks(values)), "log": plain, "linear": plain}


def _transformed(sizes: Floats, scale: str) -> Floats:
    if scale == "rank":
        return ranks(sizes)
    return np.log1p(sizes) if scale == "log" else sizes
