"""A sample's tables as text for a terminal: each estimate with its interval in one cell, shares in percent."""

import pandas as pd

from analysis.report.tables import p_value, ratio, with_interval
from datapackage.tables import records

# estimate → the columns of its interval
_INTERVALS = {
    "share": ("low", "high"),
    "v": ("low", "high"),
    "difference": ("low", "high"),
    "odds_ratio": ("odds_low", "odds_high"),
    "value": ("low", "high"),
}
_FINITE = "low_finite", "high_finite"
_PERCENT = {"share": "share, % [95 %]", "difference": "difference, points [95 %]"}


def table_text(frame: pd.DataFrame) -> str:
    """Return a table of `analysis.samples`, aligned.

    Parameters
    ----------
    frame : DataFrame
        As `analysis.samples.describe_sample` or `analysis.samples.compare_samples` gives it.
    """
    shown = pd.DataFrame(index=frame.index)
    bounds = {bound for estimate, ends in _INTERVALS.items() if estimate in frame.columns for bound in ends}
    rows = list(records(frame))
    for column in frame.columns:
        if column in _INTERVALS:
            low, high = _INTERVALS[column]
            form = with_interval if column == "share" else _points if column == "difference" else _estimate
            title = _PERCENT.get(column, f"{column} [95 %]")
            shown[title] = [form(row[column], row[low], row[high]) for row in rows]
        elif column == _FINITE[0]:
            finite = [with_interval(row["share"], *(row[end] for end in _FINITE)) for row in rows]
            shown["of a finite population"] = [text.partition(" ")[2] or "–" for text in finite]
        elif column in ("p", "p_holm"):
            shown[column] = frame[column].map(p_value)
        elif column not in (*bounds, *_FINITE):
            shown[column] = frame[column]
    return shown.to_string(index=False, float_format="{:.3g}".format, na_rep="–")


def _estimate(value: float, low: float, high: float) -> str:
    return "–" if pd.isna(value) else f"{ratio(value)} [{ratio(low)}, {ratio(high)}]"


def _points(value: float, low: float, high: float) -> str:
    return "–" if pd.isna(value) else f"{100 * value:+.1f} [{100 * low:+.1f}, {100 * high:+.1f}]"
