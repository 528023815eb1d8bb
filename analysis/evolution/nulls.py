"""Null hypotheses of RQ3's specification curve: which rearrangements of the releases' sizes count as equally probable.

``exchanged``    any order of the sizes, the first release's too
``first_fixed``  any order of the others; the first release, which founded the operators, keeps its size
``shifted``      the first release keeps its size, and the others' move along in time, the last ones coming first: their serial
                 order stays. All shifts are taken, so that p is exact, and cannot be small with few releases.

Null distributions of many draws are kept in ``nulls.csv`` beside this module, under the hash of the failures and operator sets
that they belong to; `python -m analysis multiverse --keep` makes them again. Other data gets fewer draws on the spot.
"""

import hashlib
from collections.abc import Iterator, Sequence
from itertools import product
from pathlib import Path

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from datapackage.files import write_atomic

EXCHANGED, FIRST_FIXED, SHIFTED = "exchanged", "first_fixed", "shifted"
NULLS = (EXCHANGED, FIRST_FIXED, SHIFTED)
KEPT = Path(__file__).with_name("nulls.csv")
_CHUNK = 100  # rearrangements at a time: few enough for the processor's cache
_FAILURES = ["issue", "converter", "created", "created_earliest", "created_latest", "cause"]
_OPSETS = ["source", "opset", "released", "operator", "change"]
_INDEX = ["null", "part", "statistic"]

Rows = NDArray[np.int64]


def rearrangements(
    null: str, groups: Sequence[Rows], releases: int, draws: int, generator: np.random.Generator
) -> Iterator[Rows]:
    """Yield rearrangements of the sizes under a null hypothesis, some at a time.

    Parameters
    ----------
    null : str
        One of `NULLS`.
    groups : sequence of ndarray
        Releases, in order of time, within which sizes may change places (see `analysis.evolution.multiverse.exchangeable`);
        release 0 is the first of all.
    releases : int
        Number of releases.
    draws : int
        Random rearrangements; of ``shifted``, all there are (no more than `draws`).
    generator : Generator
        Source of the random ones.

    Returns
    -------
    iterator of ndarray, shape (rearrangements, releases)
        Which release's size each release gets.
    """
    free = [group if null == EXCHANGED else group[group > 0] for group in groups]
    if null == SHIFTED:
        shifts = list(product(*(range(max(1, len(group))) for group in free)))[:draws]
        moved = np.tile(np.arange(releases), (len(shifts), 1))
        for number, by in enumerate(shifts):
            for group, steps in zip(free, by, strict=True):
                moved[number, group] = np.roll(group, steps)
        yield from np.array_split(moved, max(1, len(moved) // _CHUNK))
        return
    for start in range(0, draws, _CHUNK):
        moved = np.tile(np.arange(releases), (min(_CHUNK, draws - start), 1))
        for group in free:
            moved[:, group] = generator.permuted(np.broadcast_to(group, (len(moved), len(group))), axis=1)
        yield moved


def summarise(observed: pd.Series, null: pd.DataFrame, *, exact: bool) -> pd.DataFrame:
    """Put the statistics of a curve beside their null distribution.

    Parameters
    ----------
    observed : Series
        Index part and statistic.
    null : DataFrame
        One row per rearrangement; columns as the index of `observed`.
    exact : bool
        Whether the rows are all rearrangements there are, the observed one among them.

    Returns
    -------
    DataFrame
        Index of `observed`; columns observed, null_median, null_high (95th percentile), p (one-sided: as large or larger;
        (b+1)/(m+1) after Davison & Hinkley 1997, §4.2, or the exact share), p_error (Monte-Carlo standard error), draws.
    """
    frame = pd.DataFrame({"observed": observed, "null_median": null.median(), "null_high": null.quantile(0.95)})
    reached, m = (null >= observed - 1e-12).sum(), len(null)
    frame["p"] = reached / m if exact else (reached + 1) / (m + 1)
    frame["p_error"] = 0.0 if exact else np.sqrt(frame["p"] * (1 - frame["p"]) / m)
    return frame.assign(draws=m)


def inputs_hash(failures: pd.DataFrame, opsets: pd.DataFrame) -> str:
    """Return the hash of what a null distribution depends on; the order of rows does not matter."""
    digest = hashlib.sha256()
    for frame, columns in ((failures, _FAILURES), (opsets, _OPSETS)):
        rows = frame[columns].astype(str).sort_values(columns)
        digest.update(rows.to_csv(index=False, lineterminator="\n").encode())
    return digest.hexdigest()


def kept(key: str, observed: pd.Series) -> pd.DataFrame | None:
    """Return the kept summary of this data, or None where there is none for it and for these statistics.

    Parameters
    ----------
    key : str
        See `inputs_hash`.
    observed : Series
        The curve's statistics; a summary with others was made by other code and does not count.
    """
    if not KEPT.exists():
        return None
    rows = pd.read_csv(KEPT)
    frame = rows[rows["inputs"] == key].drop(columns="inputs").set_index(_INDEX)
    for _, part in frame.groupby("null"):
        same = part["observed"].droplevel("null").reindex(observed.index)
        if not np.allclose(same, observed, rtol=0, atol=1e-6):
            return None
    return frame if len(frame) else None


def keep(key: str, summary: pd.DataFrame) -> None:
    """Write a summary to ``nulls.csv``, in place of what stands there."""
    frame = summary.reset_index()
    frame.insert(0, "inputs", key)
    write_atomic(KEPT, frame.to_csv(index=False, lineterminator="\n", float_format="%.9g"))
