"""ONNX releases with their sizes, the time that each was the newest, and the failures that fall into it."""

from typing import Literal, NamedTuple

import numpy as np
import pandas as pd
from numpy.typing import NDArray

Source = Literal["release_notes", "schema_registry"]
Dates = Literal["earliest", "midpoint", "latest"]
Boundary = Literal["excluded", "new", "old"]
SOURCES: tuple[Source, ...] = ("release_notes", "schema_registry")
DATES: tuple[Dates, ...] = ("earliest", "midpoint", "latest")
NONE = -1  # position of a failure that belongs to no release

Positions = NDArray[np.int64]


class Observation(NamedTuple):
    """First and last day on which a failure of the sample may have been opened."""

    start: pd.Timestamp
    end: pd.Timestamp


def release_table(
    opsets: pd.DataFrame, source: Source = "release_notes", dated_by: Source = "release_notes"
) -> pd.DataFrame:
    """Releases in order of time: operator sets that came out on one day are one release.

    Parameters
    ----------
    opsets : DataFrame
        See `analysis.dataset.load_opsets`.
    source : str
        Where additions and updates are counted.
    dated_by : str
        Whose days of release hold; the other source's where this one has none.

    Returns
    -------
    DataFrame
        One row per release: released, first_opset, last_opset, added, updated, changes (operators; NaN where `source` does
        not reach that far), label (its operator sets, such as ``8`` or ``2–7``).
    """
    days = opsets.drop_duplicates(["source", "opset"]).set_index("opset")
    first, second = (
        days.loc[days["source"] == name, "released"] for name in sorted(SOURCES, key=lambda s: s != dated_by)
    )
    released = first.combine_first(second).sort_index()
    own = opsets[opsets["source"] == source]
    sizes = {name: own.loc[own["change"] == name, "opset"].value_counts() for name in ("added", "updated")}
    known = released.index.isin(own["opset"])
    numbers = released.index.astype(int)
    frame = pd.DataFrame({"released": released, "first_opset": numbers, "last_opset": numbers})
    for name, size in sizes.items():
        frame[name] = size.reindex(released.index, fill_value=0).astype(float).where(known)
    frame["changes"] = frame["added"] + frame["updated"]
    return _grouped(frame, released)


def merge_releases(releases: pd.DataFrame, first: int, last: int) -> pd.DataFrame:
    """Make one release of those whose operator sets lie between `first` and `last`; columns as `release_table`."""
    inside = (releases["first_opset"] >= first) & (releases["last_opset"] <= last)
    start = releases.loc[inside, "released"].min()
    return _grouped(releases, releases["released"].mask(inside, start))


def _grouped(frame: pd.DataFrame, key: pd.Series) -> pd.DataFrame:
    """Combine rows of one key; a row of unknown size makes the combined size unknown."""
    ordered = frame.iloc[np.argsort(key.to_numpy())]
    _, starts = np.unique(np.sort(key.to_numpy()), return_index=True)
    first, last = (ordered[name].to_numpy() for name in ("first_opset", "last_opset"))
    low, high = np.minimum.reduceat(first, starts), np.maximum.reduceat(last, starts)
    columns = {
        "released": np.minimum.reduceat(ordered["released"].to_numpy(), starts),
        "first_opset": low,
        "last_opset": high,
        **{name: np.add.reduceat(ordered[name].to_numpy(float), starts) for name in ("added", "updated", "changes")},
        "label": [str(a) if a == b else f"{a}–{b}" for a, b in zip(low, high, strict=True)],
    }
    return pd.DataFrame(columns)


def observation(failures: pd.DataFrame) -> Observation:
    """Return the days between which the sample's failures were opened, the outermost possible ones."""
    return Observation(failures["created_earliest"].min(), failures["created_latest"].max())


def created(failures: pd.DataFrame, dates: Dates = "midpoint") -> pd.Series:
    """Day on which each failure was opened; where only a range is known, its earliest, middle or latest day."""
    earliest, latest = failures["created_earliest"], failures["created_latest"]
    inexact = {"earliest": earliest, "midpoint": earliest + (latest - earliest) / 2, "latest": latest}[dates]
    return failures["created"].fillna(inexact)


def windows(releases: pd.DataFrame, observed: Observation, lag: int = 0) -> pd.DataFrame:
    """Time in which failures are attributed to each release: from it to the next one, both delayed by `lag`.

    Parameters
    ----------
    releases : DataFrame
        See `release_table`.
    observed : Observation
        When failures could be seen.
    lag : int
        Months by which converters follow a release.

    Returns
    -------
    DataFrame
        Rows of `releases`: start, end (NaT for the last), days (observed, ≥ 0), complete (observed throughout).
    """
    start = releases["released"] + pd.DateOffset(months=lag)
    end = start.shift(-1)
    seen_from = start.where(start > observed.start, observed.start)
    seen_to = end.where(end < observed.end, observed.end)
    return pd.DataFrame(
        {
            "start": start,
            "end": end,
            "days": (seen_to - seen_from).dt.days.clip(lower=0),
            "complete": (start >= observed.start) & (end <= observed.end),
        }
    )


def attribute(opened: pd.Series, starts: pd.Series, boundary: Boundary = "excluded") -> Positions:
    """Position of the newest release before each failure, `NONE` where there is none.

    Parameters
    ----------
    opened : Series of datetime64
        Days on which failures were opened.
    starts : Series of datetime64
        Starts of the windows, ascending.
    boundary : str
        Where a failure of the very day of a start belongs: to the ``new`` release, to the ``old`` one, or to neither
        (``excluded``, as in the study's notebook, which compares strictly at both ends).
    """
    days, edges = opened.to_numpy("datetime64[s]"), starts.to_numpy("datetime64[s]")
    new = np.searchsorted(edges, days, side="right") - 1
    old = np.searchsorted(edges, days, side="left") - 1
    if boundary == "excluded":
        return np.where(new == old, new, NONE)
    return new if boundary == "new" else old
