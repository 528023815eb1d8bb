"""A sample's tables as text for a terminal: each estimate with its interval in one cell, shares in percent."""

from collections.abc import Callable, Mapping
from functools import partial

import pandas as pd

from analysis.report.tables import p_value, percent_interval, points, ratio_estimate, with_interval
from datapackage.tables import records

# estimate → title, columns of its interval, form
_ESTIMATES: Mapping[str, tuple[str, str, str, Callable[[float, float, float], str]]] = {
    "share": ("share, % [95 %]", "low", "high", with_interval),
    "v": ("v [95 %]", "low", "high", ratio_estimate),
    "difference": ("difference, points [95 %]", "low", "high", partial(points, decimals=1)),
    "odds_ratio": ("odds_ratio [95 %]", "odds_low", "odds_high", ratio_estimate),
    "value": ("value [95 %]", "low", "high", ratio_estimate),
}


def table_text(frame: pd.DataFrame) -> str:
    """Return a table of `analysis.failures.samples`, aligned.

    Parameters
    ----------
    frame : DataFrame
        As `analysis.failures.samples.describe_sample` or `analysis.failures.samples.compare_samples` gives it.
    """
    shown = pd.DataFrame(index=frame.index)
    rows = list(records(frame))
    for column in frame.columns:
        if column in _ESTIMATES:
            title, low, high, form = _ESTIMATES[column]
            shown[title] = [form(row[column], row[low], row[high]) for row in rows]
        elif column == "low_finite":
            shown["of a finite population"] = [percent_interval(row[column], row["high_finite"]) for row in rows]
        elif column in ("p", "p_holm"):
            shown[column] = frame[column].map(p_value)
        elif not column.startswith(("low", "high", "odds_")):
            shown[column] = frame[column]
    return shown.to_string(index=False, float_format="{:.3g}".format, na_rep="–")
