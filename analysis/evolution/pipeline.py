"""The published test of RQ3 as a function: each choice behind it is a named option.

As the paper describes it: size of a release = operators added and updated; failures opened until the next release;
first and last release dropped, operator sets 2 to 7 merged; Spearman's ρ. That is `DESCRIBED`.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from functools import cache
from typing import Literal

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from analysis.evolution.releases import (
    DATES,
    SOURCES,
    Boundary,
    Dates,
    Source,
    attribute,
    created,
    merge_releases,
    observation,
    release_table,
    windows,
)
from methods.correlation import Correlation, rank_correlations, spearman

Outcome = Literal["all", "incompatibility_or_type"]
Normalisation = Literal["count", "per_day", "share"]
Change = Literal["changes", "added", "updated"]
CAUSES = ("incompatibility", "type_problem")
MERGED = (2, 7)  # operator sets that the paper treats as one release
LAGS = (0, 3, 6, 9, 12)  # months


@dataclass(frozen=True)
class Options:
    """The choices behind one test.

    Attributes
    ----------
    outcome : str
        ``all`` failures, or those by ``incompatibility_or_type`` problems.
    normalisation : str
        The outcome's ``count``, its number ``per_day``, or its ``share`` of all failures.
    change : str
        Size of a release: ``changes`` (added and updated), ``added`` or ``updated`` operators.
    source : str
        Where the sizes come from.
    merged : bool
        Operator sets `MERGED` are one release.
    drop_first : bool
        Leave out the first release of ONNX, which changed nothing that existed.
    drop_last : bool
        Leave out releases whose time until the next one was not observed throughout.
    converter : str
        One converter, or ``both`` for all of the sample's.
    lag : int
        Months by which converters follow a release.
    dates : str
        Day of failures that are dated by a range.
    boundary : str
        Failures opened on a day of release; see `analysis.evolution.releases.attribute`.
    dated_by : str
        Whose days of release hold.
    """

    outcome: Outcome = "all"
    normalisation: Normalisation = "count"
    change: Change = "changes"
    source: Source = "release_notes"
    merged: bool = True
    drop_first: bool = True
    drop_last: bool = True
    converter: str = "both"
    lag: int = 0
    dates: Dates = "midpoint"
    boundary: Boundary = "excluded"
    dated_by: Source = "release_notes"


DESCRIBED: Mapping[str, Options] = {
    "s61.rho.all": Options(),
    "s61.rho.incompat_type": Options(outcome="incompatibility_or_type"),
}


class ReleaseTables:
    """The releases of one sample as options cut them, with what failed in each; what several options share is counted once.

    Parameters
    ----------
    failures : DataFrame
        See `analysis.dataset.load_failures`, one sample.
    opsets : DataFrame
        See `analysis.dataset.load_opsets`.
    """

    def __init__(self, failures: pd.DataFrame, opsets: pd.DataFrame) -> None:
        self._releases = cache(lambda options: releases_of(opsets, options))
        self._counts = cache(lambda options: counts(failures, self._releases(_cutting(options)), options))

    def __call__(self, options: Options) -> pd.DataFrame:
        """Return the table of `per_release`."""
        return tabulate(self._releases(_cutting(options)), self._counts(_counting(options)), options)

    def rho(self, options: Options) -> float:
        """Spearman's ρ alone."""
        return rho_of(tested(self(options)))

    def correlate(self, options: Options) -> Correlation:
        """Correlate sizes and outcomes of the releases by rank (see `methods.correlation.spearman`)."""
        used = tested(self(options))
        return spearman(used["size"], used["value"])


def _cutting(options: Options) -> Options:
    """Options that differ in nothing but what decides which releases there are, and how large."""
    return Options(source=options.source, merged=options.merged, dated_by=options.dated_by)


def _counting(options: Options) -> Options:
    """Options that differ in nothing but what decides which failures are counted where."""
    cut = _cutting(options)
    return replace(cut, converter=options.converter, lag=options.lag, dates=options.dates, boundary=options.boundary)


def per_release(failures: pd.DataFrame, opsets: pd.DataFrame, options: Options) -> pd.DataFrame:
    """Count the failures of each release.

    Parameters
    ----------
    failures : DataFrame
        See `analysis.dataset.load_failures`, one sample.
    opsets : DataFrame
        See `analysis.dataset.load_opsets`.
    options : Options
        All but ``outcome`` and ``normalisation`` matter here, and decide `value`.

    Returns
    -------
    DataFrame
        One row per release that was out before the sample ends: label, released, days (observed), complete, size (operators),
        all and incompatibility_or_type (failures), value (the chosen outcome, NaN where undefined), used (whether the
        release enters the test).
    """
    return ReleaseTables(failures, opsets)(options)


def releases_of(opsets: pd.DataFrame, options: Options) -> pd.DataFrame:
    """Releases as `options` cut them; see `analysis.evolution.releases.release_table`."""
    releases = release_table(opsets, options.source, options.dated_by)
    return merge_releases(releases, *MERGED) if options.merged else releases


def tabulate(releases: pd.DataFrame, counted: pd.DataFrame, options: Options) -> pd.DataFrame:
    """Put sizes beside counts and choose the outcome; columns as `per_release`."""
    size, value = releases[options.change].to_numpy(float), outcome(counted, options.outcome, options.normalisation)
    known = np.isfinite(value) & np.isfinite(size) & (counted["days"].to_numpy(float) > 0)
    initial, complete = releases["first_opset"].to_numpy() == 1, counted["complete"].to_numpy(bool)
    used = known & ~(initial & options.drop_first) & (complete | (not options.drop_last))
    frame = counted.assign(size=size, value=value, used=used)
    frame.insert(0, "label", releases["label"])
    return frame[frame["begun"]].drop(columns="begun").reset_index(drop=True)


def tested(table: pd.DataFrame) -> pd.DataFrame:
    """Return the releases of `per_release` that enter the test."""
    return table[table["used"]]


def counts(failures: pd.DataFrame, releases: pd.DataFrame, options: Options) -> pd.DataFrame:
    """Count the failures in each release's window.

    Returns
    -------
    DataFrame
        Rows of `releases`: released, begun (whether the release was out before the sample ends), days, complete, all,
        incompatibility_or_type.
    """
    seen = windows(releases, observation(failures), options.lag)
    return counts_within(failures, releases, seen, created(failures, options.dates), options)


def counts_within(
    failures: pd.DataFrame, releases: pd.DataFrame, seen: pd.DataFrame, opened: pd.Series, options: Options
) -> pd.DataFrame:
    """Count as `counts` does, in windows and with days that many options share.

    Parameters
    ----------
    failures, releases, options
        See `counts`.
    seen : DataFrame
        See `analysis.evolution.releases.windows`.
    opened : Series
        See `analysis.evolution.releases.created`.
    """
    chosen = (failures["converter"] == options.converter).to_numpy() | (options.converter == "both")
    position = attribute(opened[chosen], seen["start"], options.boundary)
    inside = position >= 0
    typed = inside & failures["cause"].isin(CAUSES).to_numpy()[chosen]
    return pd.DataFrame(
        {
            "released": releases["released"],
            "begun": releases["released"] <= observation(failures).end,
            "days": seen["days"],
            "complete": seen["complete"],
            "all": np.bincount(position[inside], minlength=len(releases)),
            "incompatibility_or_type": np.bincount(position[typed], minlength=len(releases)),
        }
    )


def outcome(frame: pd.DataFrame, name: Outcome, normalisation: Normalisation) -> NDArray[np.float64]:
    """Chosen outcome of each release of `counts`; NaN where its base (days, failures) is empty."""
    value: NDArray[np.float64] = frame[name].to_numpy(float)
    if normalisation == "count":
        return value
    base = frame["days" if normalisation == "per_day" else "all"].to_numpy(float)
    ratio: NDArray[np.float64] = np.divide(value, base, out=np.full(len(value), np.nan), where=base > 0)
    return ratio


def rho(failures: pd.DataFrame, opsets: pd.DataFrame, options: Options) -> float:
    """Compute ρ once; see `ReleaseTables.rho`."""
    return ReleaseTables(failures, opsets).rho(options)


def rho_of(used: pd.DataFrame) -> float:
    """Spearman's ρ of the rows of `per_release` that enter the test."""
    return float(rank_correlations(used["size"].to_numpy(float)[None], used["value"].to_numpy(float)[None])[0])


def variations(converters: Iterable[str], tables: ReleaseTables, base: Options | None = None) -> pd.DataFrame:
    """Vary one choice at a time.

    Parameters
    ----------
    converters : iterable of str
        The converters of the sample.
    tables : ReleaseTables
        Its releases.
    base : Options, optional
        What is varied; the described test of all failures by default.

    Returns
    -------
    DataFrame
        One row per choice, the unvaried test first: choice, value, and the columns of `Correlation`.
    """
    base = base or Options()
    choices: list[tuple[str, str, Options]] = [("as described", "", base)]
    choices += [("outcome", "incompatibility or type problems", replace(base, outcome="incompatibility_or_type"))]
    share = replace(base, outcome="incompatibility_or_type", normalisation="share")
    choices += [("outcome", "share of incompatibility or type problems", share)]
    choices += [("outcome", "failures per day", replace(base, normalisation="per_day"))]
    choices += [("size", "operators added", replace(base, change="added"))]
    choices += [("size", "operators updated", replace(base, change="updated"))]
    choices += [("size", f"from {name.replace('_', ' ')}", replace(base, source=name)) for name in SOURCES[1:]]
    choices += [("releases", "none merged", replace(base, merged=False))]
    choices += [("releases", "first one kept", replace(base, drop_first=False))]
    open_ended = replace(base, drop_last=False, normalisation="per_day")
    choices += [("releases", "last one kept, per day", open_ended)]
    choices += [("converter", name, replace(base, converter=name)) for name in converters]
    choices += [("lag", f"{lag} months", replace(base, lag=lag)) for lag in LAGS[1:]]
    choices += [("dates", name, replace(base, dates=name)) for name in DATES if name != base.dates]
    choices += [("dates", "releases as the registry dates them", replace(base, dated_by="schema_registry"))]

    rows = [
        {"choice": choice, "value": value} | tables.correlate(options)._asdict() for choice, value, options in choices
    ]
    return pd.DataFrame(rows)
