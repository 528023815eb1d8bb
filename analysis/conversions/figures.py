"""Figures of RQ4: how Table 11's rows divide into outcomes, mismatches by tolerance, outcomes by size."""

from collections.abc import Mapping, Sequence

import numpy as np
import pandas as pd
from matplotlib.artist import Artist
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.patches import PathPatch, Rectangle
from matplotlib.path import Path
from matplotlib.ticker import NullLocator

from analysis.conversions.outcomes import PRINTED_ROWS
from analysis.report.axes import draw_grid
from analysis.report.style import COLOURS, INK, MARKERS, MUTED, QUIET, new_figure, style
from datapackage.conversions import REAL_TOLERANCE
from datapackage.tables import records

OUTCOME_NAMES: Mapping[str, str] = {
    "conversion_failure": "conversion failed",
    "load_failure": "loading failed",
    "run_failure": "running failed",
    "wrong_shape": "wrong shape",
    "mismatch": "mismatch",
    "not_compared": "no verdict",
    "success": "match",
}
ROW_NAMES: Mapping[str, str] = {
    "conversion_failure": "conversion failure",
    "load_failure": "load failure",
    "mismatch": "mismatch",
    "success": "success",
}
# What campaigns of today tell apart beside
CAMPAIGN_NAMES: Mapping[str, str] = {"not_tested": "not tested", "wrong_dtype": "wrong type"}
# Okabe & Ito; the models without a verdict are grey
_OUTCOME_COLOURS: Mapping[str, str] = {
    "conversion_failure": "#D55E00",
    "load_failure": "#0072B2",
    "run_failure": "#56B4E9",
    "wrong_shape": "#E69F00",
    "mismatch": "#CC79A7",
    "not_compared": MUTED,
    "success": "#009E73",
}
_CAMPAIGN_COLOURS: Mapping[str, str] = {**_OUTCOME_COLOURS, "not_tested": QUIET, "wrong_dtype": "#F0E442"}
# beside the rows of Table 11 that they come from, so that few ribbons cross
_OUTCOME_ORDER = (
    "conversion_failure",
    "wrong_shape",
    "not_compared",
    "load_failure",
    "run_failure",
    "mismatch",
    "success",
)
_BAR, _GAP = 0.16, 0.025  # width of a bar; space between its parts, in shares of the models
_MEASURES: Mapping[str, str] = {
    "failed": "failed to convert, load\nor run (of all models)",
    "wrong_of_all": "wrong output seen\n(of all models)",
    "wrong_of_compared": "wrong output\n(of compared models)",
}
_NEAR_END = 0.05  # of a share from which its base is written
_NAN_WRONG = "wrong_or_nan"  # drawn beside wrong_of_compared


def flow(table: pd.DataFrame) -> Figure:
    """Draw how the rows of Table 11 divide into outcomes, one panel per converter.

    Parameters
    ----------
    table : DataFrame
        See `analysis.conversions.outcomes.flow`.
    """
    converters = list(dict.fromkeys(str(name) for name in table["converter"]))
    with style():
        figure = new_figure(4.3)
        for axes, converter in zip(_panels(figure, len(converters)), converters, strict=True):
            _draw_flow(axes, table[table["converter"] == converter])
            axes.set_title(f"{converter} ({int(table.loc[table['converter'] == converter, 'count'].sum())} models)")
    return figure


def tolerance(table: pd.DataFrame, real: Mapping[str, float]) -> Figure:
    """Draw the share of compared models that differ by more than a threshold, as a range where differences are unknown.

    Parameters
    ----------
    table : DataFrame
        See `analysis.conversions.tolerance.mismatches_by_threshold`.
    real : mapping of str to float
        Share of the compared real models that mismatch, by converter.
    """
    converters = list(dict.fromkeys(str(name) for name in table["converter"]))
    with style():
        figure = new_figure(3.3)
        panels = _panels(figure, len(converters), sharey=True)
        for axes, converter in zip(panels, converters, strict=True):
            rows = table[table["converter"] == converter]
            _draw_tolerance(axes, rows, converter)
            if converter in real:
                axes.plot(
                    REAL_TOLERANCE, 100 * real[converter], "*", color=INK, markersize=9, label="real models, as printed"
                )
            axes.set_title(f"{converter} ({int(rows['compared'].iloc[0])} compared)")
        panels[0].set_ylabel("share of compared models (%)")
        panels[0].set_ylim(-2, 100)
        handles, labels = _legend(panels)
        anchor = (0.0, 0.35)
        panels[-1].legend(
            handles,
            labels,
            loc="center left",
            bbox_to_anchor=anchor,
            fontsize=7.5,
            frameon=True,
            framealpha=1,
            edgecolor="none",
        )
    return figure


def size(shares: pd.DataFrame) -> Figure:
    """Draw outcomes by size: failures, wrong outputs of all models, wrong outputs of the compared ones.

    The last panel has hollow markers where a difference of NaN is counted as wrong, and the number of compared models at
    shares near none or all.

    Parameters
    ----------
    shares : DataFrame
        See `analysis.conversions.size.shares_by_size`.
    """
    with style():
        figure = new_figure(3.5)
        panels = _panels(figure, len(_MEASURES), sharey=True, width_ratios=[1, 1, 1.5])
        for axes, (measure, title) in zip(panels, _MEASURES.items(), strict=True):
            rows = shares[shares["measure"] == measure]
            for offset, (converter, part) in zip((-0.7, 0.7), rows.groupby("converter", sort=False), strict=False):
                _draw_shares(axes, part, str(converter), offset)
                nan = shares[(shares["measure"] == _NAN_WRONG) & (shares["converter"] == converter)]
                if measure == "wrong_of_compared" and len(nan):
                    _draw_shares(axes, nan, f"{converter}, NaN as wrong", offset, colour=str(converter), hollow=True)
                if measure == "wrong_of_compared":
                    _write_bases(axes, part, offset)
            axes.set_title(title, fontsize=8.5)
            axes.set_xlabel("nodes")
            draw_grid(axes, "y")
        panels[0].set_ylabel("share (%), 95 % interval")
        panels[0].set_yticks(range(0, 101, 20))
        panels[0].set_ylim(-12, 114)
        handles, labels = _legend(panels)
        figure.legend(handles, labels, loc="outside lower center", ncols=len(labels), handletextpad=0.2)
    return figure


def campaigns(table: pd.DataFrame) -> Figure:
    """Draw the outcomes of the study's models and of each campaign as a bar of shares.

    Parameters
    ----------
    table : DataFrame
        See `analysis.conversions.campaigns.then_and_now`.
    """
    bars = list(dict.fromkeys(zip(table["campaign"], table["converter"], strict=True)))
    names = {**OUTCOME_NAMES, **CAMPAIGN_NAMES}
    with style():
        figure = new_figure(1.2 + 0.32 * len(bars))
        axes = figure.subplots()
        ends = dict.fromkeys(bars, 0.0)
        for outcome in dict.fromkeys(table["outcome"]):
            rows = table[(table["outcome"] == outcome) & (table["count"] > 0)]
            drawn = [(row["campaign"], row["converter"]) for row in records(rows)]
            widths = [100 * row["share"] for row in records(rows)]
            if drawn:
                places, starts = [bars.index(bar) for bar in drawn], [ends[bar] for bar in drawn]
                axes.barh(
                    places, widths, left=starts, color=_CAMPAIGN_COLOURS[outcome], label=names[outcome], height=0.7
                )
            for bar, width in zip(drawn, widths, strict=True):
                ends[bar] += width
        sizes = table.groupby(["campaign", "converter"], sort=False)["n"].first()
        labels = [f"{campaign}\n{converter} ({sizes[campaign, converter]:,})" for campaign, converter in bars]
        axes.set_yticks(range(len(bars)), labels, fontsize=7.5)
        axes.invert_yaxis()
        axes.set_xlim(0, 100)
        axes.set_xlabel("share of models (%)")
        figure.legend(loc="outside lower center", ncols=5, fontsize=7.5)
    return figure


def _write_bases(axes: Axes, rows: pd.DataFrame, offset: float) -> None:
    """Write how many models a share rests on where it is near none or all: above or below the mark."""
    for row in records(rows):
        if not _NEAR_END < row["share"] < 1 - _NEAR_END:
            y, side = (104, "bottom") if row["share"] > 0.5 else (100 * row["low"] - 2, "top")
            tilt = 90 if row["n"] >= 100 else 0  # as wide as the marks are apart
            axes.text(row["nodes"] + offset, y, f"{row['n']}", ha="center", va=side, fontsize=6.5, rotation=tilt)


def _panels(
    figure: Figure, count: int, *, sharey: bool = False, width_ratios: Sequence[float] | None = None
) -> list[Axes]:
    return list(figure.subplots(1, count, sharey=sharey, squeeze=False, width_ratios=width_ratios)[0])


def _draw_flow(axes: Axes, rows: pd.DataFrame) -> None:
    total = int(rows["count"].sum())
    left = _stack(rows, "row", PRINTED_ROWS, total)
    right = _stack(rows, "outcome", _OUTCOME_ORDER, total)
    _draw_stack(axes, left, total, ROW_NAMES, "right")
    _draw_stack(axes, right, total, OUTCOME_NAMES, "left")
    start = {name: high for name, (_, high) in left.items()}
    end = {name: high for name, (_, high) in right.items()}
    for row in sorted(records(rows), key=lambda row: _OUTCOME_ORDER.index(row["outcome"])):
        height = row["count"] / total
        start[row["row"]] -= height
        end[row["outcome"]] -= height
        ribbon = _ribbon(_BAR, 1 - _BAR, start[row["row"]], end[row["outcome"]], height)
        axes.add_patch(PathPatch(ribbon, facecolor=_OUTCOME_COLOURS[row["outcome"]], alpha=0.45, linewidth=0))
    axes.text(_BAR, 1.12, "in Table 11", ha="right", va="bottom", fontsize=8, style="italic")
    axes.text(1 - _BAR, 1.12, "by evidence", ha="left", va="bottom", fontsize=8, style="italic")
    axes.set_xlim(-0.75, 1.75)
    axes.set_ylim(-0.14, 1.18)
    axes.set_axis_off()


def _stack(rows: pd.DataFrame, column: str, order: Sequence[str], total: int) -> dict[str, tuple[float, float]]:
    """Lower and upper end of each part, the first one on top, in shares of the models with gaps between."""
    counts = rows.groupby(column, observed=True)["count"].sum()
    parts = [(name, int(counts[name]) / total) for name in order if name in counts.index]
    top, ends = 1.0 + _GAP * (len(parts) - 1) / 2, {}
    for name, height in parts:
        ends[name] = (top - height, top)
        top -= height + _GAP
    return ends


def _draw_stack(
    axes: Axes, parts: Mapping[str, tuple[float, float]], total: int, names: Mapping[str, str], side: str
) -> None:
    x = 0.0 if side == "right" else 1 - _BAR
    labels = _spread([(low + high) / 2 for low, high in parts.values()], 0.062)
    for (name, (low, high)), y in zip(parts.items(), labels, strict=True):
        axes.add_patch(Rectangle((x, low), _BAR, high - low, facecolor=_OUTCOME_COLOURS[name], linewidth=0))
        edge = x if side == "right" else x + _BAR
        text = edge - 0.05 if side == "right" else edge + 0.05
        axes.plot([edge, text], [(low + high) / 2, y], color=MUTED, linewidth=0.5)
        count = round((high - low) * total)
        axes.text(text, y, f" {names[name]}, {count} ", ha=side, va="center", fontsize=7.5)


def _spread(positions: Sequence[float], distance: float) -> list[float]:
    """Move labels down until they keep their distance; the order is from top to bottom."""
    placed: list[float] = []
    for position in positions:
        placed.append(min(position, placed[-1] - distance) if placed else position)
    return placed


def _ribbon(x0: float, x1: float, y0: float, y1: float, height: float) -> Path:
    middle = (x0 + x1) / 2
    upper = [(x0, y0 + height), (middle, y0 + height), (middle, y1 + height), (x1, y1 + height)]
    lower = [(x1, y1), (middle, y1), (middle, y0), (x0, y0)]
    curve = [Path.CURVE4] * 3
    return Path([*upper, *lower, upper[0]], [Path.MOVETO, *curve, Path.LINETO, *curve, Path.CLOSEPOLY])


def _draw_tolerance(axes: Axes, rows: pd.DataFrame, converter: str) -> None:
    threshold = rows["threshold"].to_numpy()
    compared = rows["compared"].to_numpy()
    known = 100 * (rows["exceeding"] + rows["wrong_shape"]).to_numpy() / compared
    mismatch = known + 100 * rows["unknown_mismatch"].to_numpy() / compared
    match = mismatch + 100 * rows["unknown_match"].to_numpy() / compared
    colour = COLOURS.get(converter, COLOURS["pooled"])
    axes.plot(threshold, known, color=colour, marker=MARKERS.get(converter, "o"), markersize=3.5)
    if np.any(match > mismatch):
        label = "matches, difference unknown"
        axes.fill_between(threshold, mismatch, match, color=MUTED, alpha=0.25, linewidth=0, label=label)
    if np.any(mismatch > known):
        label = "mismatches, difference unknown"
        axes.fill_between(threshold, known, mismatch, color=QUIET, alpha=0.45, linewidth=0, label=label)
    axes.set_xscale("log")
    axes.xaxis.set_minor_locator(NullLocator())
    axes.set_xlabel("largest absolute difference allowed")
    for value in (1e-7, REAL_TOLERANCE):
        axes.axvline(value, color=QUIET, linewidth=0.8, linestyle=":")


def _legend(panels: Sequence[Axes]) -> tuple[list[Artist], list[str]]:
    """Return one entry per label over all panels."""
    entries: dict[str, Artist] = {}
    for axes in panels:
        for handle, label in zip(*axes.get_legend_handles_labels(), strict=True):
            entries.setdefault(str(label), handle)
    return list(entries.values()), list(entries)


def _draw_shares(
    axes: Axes, rows: pd.DataFrame, label: str, offset: float, *, colour: str | None = None, hollow: bool = False
) -> None:
    name = colour or label
    share, low, high = (100 * rows[name].to_numpy(dtype=float) for name in ("share", "low", "high"))
    axes.errorbar(
        rows["nodes"].to_numpy(dtype=float) + offset,
        share,
        yerr=np.clip([share - low, high - share], 0, None),
        color=COLOURS.get(name, COLOURS["pooled"]),
        marker=MARKERS.get(name, "o"),
        markersize=4.6 if hollow else 3.2,
        markerfacecolor="none" if hollow else None,
        linewidth=0,
        elinewidth=0.5 if hollow else 0.9,
        label=label,
    )
