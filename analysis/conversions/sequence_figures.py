"""Finding 9's figures: the count beside chance's, and the odds ratios of sequences."""

from typing import Any

import numpy as np
import pandas as pd
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.lines import Line2D
from matplotlib.patches import Patch

from analysis.conversions.sequence_results import SequenceResults
from analysis.conversions.sequence_tables import NAN_NAMES, STUDY, by_studys_criterion, told
from analysis.conversions.sequences import CONTAINMENT, MAIN_BANDS, NAN_LEFT_OUT, distribution
from analysis.report.chapter import Picture
from analysis.report.style import COLOURS, INK, MUTED, QUIET, new_figure, style
from datapackage.tables import records

_ROW = 0.42  # inches
_HEIGHT = 0.42  # of a distribution, in rows


def pictures(results: SequenceResults) -> tuple[Picture, ...]:
    """Return the figures of the section, those without data left out."""
    made = []
    if len(main_tests(results.nulls)):
        made.append(Picture("sequence-chance", chance(results.nulls), {"tests": records(main_tests(results.nulls))}))
    if len(results.odds):
        made.append(Picture("sequence-odds-ratios", odds(results.odds)))
    return tuple(made)


def main_tests(nulls: pd.DataFrame) -> pd.DataFrame:
    """Return a row a test: by plain containment and the study's criterion; in campaigns within 15 nodes."""
    if nulls.empty:
        return nulls
    own = nulls[nulls["rule"] == CONTAINMENT]
    own = own[(own["population"] == STUDY) | (own["bands"] == MAIN_BANDS)]
    return by_studys_criterion(own)


def chance(nulls: pd.DataFrame) -> Figure:
    """Draw, a row a test, how many mismatched models have a sequence of their own, and how many would by chance."""
    rows = records(main_tests(nulls))
    with style():
        figure = new_figure(0.95 + _ROW * len(rows))
        axes = figure.subplots()
        for place, row in enumerate(rows):
            _draw_null(axes, row, -place)
        axes.set_yticks([-place for place in range(len(rows))], [_name(row) for row in rows])
        axes.set_ylim(-len(rows) + 0.55, 0.75)
        axes.set_xlabel("mismatched models with a sequence of their own (%)")
        axes.tick_params(axis="y", length=0)
        axes.legend(
            handles=[
                Patch(color=MUTED, alpha=0.6, label="by chance"),
                Line2D([], [], color=INK, linewidth=1.2, label="central 95 % of it"),
                Line2D([], [], color=COLOURS["torch.onnx"], marker="D", linewidth=0, markersize=5, label="found"),
            ],
            loc="lower left",
            bbox_to_anchor=(0, 1),
            ncols=3,
        )
    return figure


def _draw_null(axes: Axes, row: Any, y: float) -> None:
    values, counts = (np.array(each, dtype=float) for each in distribution(row["distribution"]))
    scale = 100 / row["mismatched"]
    heights = _HEIGHT * 2 * counts / counts.max()
    axes.bar(values * scale, heights, width=scale, bottom=y - 0.16, color=MUTED, alpha=0.6, linewidth=0, align="center")
    axes.plot([row["null_low"] * scale, row["null_high"] * scale], [y - 0.24] * 2, color=INK, linewidth=1.2)
    colour = COLOURS.get(row["converter"], COLOURS.get(str(row["converter"]).partition("-")[0], COLOURS["pooled"]))
    axes.plot(row["observed"] * scale, y - 0.08, marker="D", color=colour, markersize=5.5, clip_on=False, zorder=5)


def _name(row: Any) -> str:
    kind = f" (NaN {NAN_NAMES[NAN_LEFT_OUT]})" if row["nan"] == NAN_LEFT_OUT else ""
    counts = f"{row['mismatched']} + {row['models'] - row['mismatched']}"
    place = "study's counts" if row["population"] == STUDY else row["population"]
    return f"{place}\n{row['converter']}, {counts}{kind}"


def odds(frame: pd.DataFrame, most: int = 4) -> Figure:
    """Draw the odds ratios of the sequences with the smallest p, a panel a converter."""
    rows = told(frame, most)
    groups = [(key, part) for key, part in rows.groupby(["population", "converter"], sort=False)]
    with style():
        figure = new_figure(0.9 + 0.24 * len(rows) + 0.35 * len(groups))
        panels: list[Axes] = list(
            np.atleast_1d(
                figure.subplots(
                    max(1, len(groups)), sharex=True, height_ratios=[len(part) for _, part in groups] or [1]
                )
            )
        )
        for axes, (key, part) in zip(panels, groups, strict=False):
            _draw_odds(axes, part, f"{key[1]} ({key[0]})")
        panels[-1].set_xlabel("odds ratio of a mismatch (logarithmic)")
    return figure


def _draw_odds(axes: Axes, rows: pd.DataFrame, title: str) -> None:
    least, most = 0.05, 200.0
    for place, row in enumerate(records(rows)):
        for offset, (value, low, high), colour in (
            (0.12, (row["odds_ratio"], row["low"], row["high"]), INK),
            (-0.12, (row["adjusted_odds_ratio"], row["adjusted_low"], row["adjusted_high"]), QUIET),
        ):
            if pd.isna(value):
                continue
            ends = [min(max(bound, least), most) for bound in (low, high)]
            axes.plot(ends, [-place + offset] * 2, color=colour, linewidth=1)
            axes.plot(min(value, most), -place + offset, marker="o", markersize=3.4, color=colour)
    axes.axvline(1, color=MUTED, linewidth=0.8, linestyle=":")
    axes.set_xscale("log")
    axes.set_xlim(least, most)
    axes.set_yticks([-place for place in range(len(rows))], list(rows["sequence"].str.replace(" ", " → ")))
    axes.set_ylim(-len(rows) + 0.4, 0.6)
    axes.set_title(title, loc="left", fontsize=8.5)
