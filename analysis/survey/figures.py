"""Figures of RQ1: who answered, purposes and problems, what silence could hide, printed shares against recomputed ones."""

from collections.abc import Mapping, Sequence

import numpy as np
import pandas as pd
from matplotlib import colormaps
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.lines import Line2D
from matplotlib.patches import Patch

from analysis.report.axes import category_axis, draw_grid, interval_marks
from analysis.report.style import BAND, COLOURS, INK, ON_DARK, ON_LIGHT, QUIET, new_figure, style
from datapackage.questions import Questionnaire
from datapackage.tables import records

_GROUPS: Mapping[str, tuple[str, str, str]] = {
    "users": ("use ONNX", "o", COLOURS["tf2onnx"]),
    "others": ("do not, or did not say", "s", COLOURS["torch.onnx"]),
}


def demographics(shares: Sequence[pd.DataFrame], questionnaire: Questionnaire, labels: Mapping[str, str]) -> Figure:
    """One bar per question, split into the shares of its ordered options, of those who answered.

    Parameters
    ----------
    shares : sequence of DataFrame
        See `analysis.survey.answers.option_shares`, of single-choice questions.
    questionnaire : Questionnaire
        Names of the options.
    labels : mapping of str to str
        Name of each question on the axis.
    """
    with style():
        figure = new_figure(0.62 * len(shares) + 0.6)
        axes = figure.subplots()
        names = [f"{labels[str(frame['question'].iloc[0])]}\n(n = {frame['n'].iloc[0]})" for frame in shares]
        category_axis(axes, names, grid=False)
        for row, frame in enumerate(shares):
            _stacked(axes, row, frame, questionnaire)
        axes.set_xlim(0, 100)
        axes.set_xlabel("share of those who answered (%)")
    return figure


def purposes_and_problems(groups: pd.DataFrame, labels: Mapping[tuple[str, str], str]) -> Figure:
    """Shares with intervals of users of ONNX and of the others who answered, for purposes and for problems.

    Parameters
    ----------
    groups : DataFrame
        See `analysis.survey.answers.by_onnx_use`.
    labels : mapping
        (question, option) → name on the axis, in order; others are not drawn.
    """
    with style():
        figure = new_figure(0.42 * len(labels) + 1.0)
        axes = figure.subplots()
        for shift, (group, (name, marker, colour)) in zip((-0.14, 0.14), _GROUPS.items(), strict=True):
            rows = groups[groups["group"] == group].set_index(["question", "option"]).loc[list(labels)]
            y = np.arange(len(rows)) + shift
            share, low, high = (100 * rows[column].to_numpy(dtype=float) for column in ("share", "low", "high"))
            interval_marks(
                axes, share, low, high, y, colour=colour, marker=marker, label=f"{name} (n = {rows['n'].max()})"
            )
        category_axis(axes, list(labels.values()))
        axes.set_xlim(0, 100)
        axes.set_xlabel("share of the group's answers (%), with 95 % interval")
        figure.legend(loc="outside upper center", ncols=2, handletextpad=0.2)
    return figure


def ranges(frame: pd.DataFrame, printed: Mapping[str, float]) -> Figure:
    """Draw each headline share with its interval, over the span that silence and readings leave, beside the printed share.

    Parameters
    ----------
    frame : DataFrame
        See `analysis.survey.sensitivity.ranges`.
    printed : mapping of str to float
        Printed share in percent, by claim.
    """
    blue = COLOURS["tf2onnx"]
    with style():
        figure = new_figure(0.36 * len(frame) + 1.2)
        axes = figure.subplots()
        category_axis(axes, [f"{row['name']} (n = {row['n']})" for row in records(frame)])
        y = np.arange(len(frame))
        width = 100 * (frame["bound_high"] - frame["bound_low"])
        axes.barh(y, width, left=100 * frame["bound_low"], height=0.66, color=BAND)
        width = 100 * (frame["reading_high"] - frame["reading_low"])
        axes.barh(y, width, left=100 * frame["reading_low"], height=0.4, color=blue, alpha=0.35)
        axes.hlines(y, 100 * frame["low"], 100 * frame["high"], color=INK, linewidth=1.1)
        axes.plot(100 * frame["share"], y, "o", color=INK, markersize=4.5)
        claims = [printed.get(claim, np.nan) for claim in frame["claim"]]
        axes.plot(claims, y, "x", color=COLOURS["torch.onnx"], markersize=7, markeredgewidth=1.8)
        axes.set_xlim(0, 100)
        axes.set_xlabel("share of respondents (%)")
        handles = [
            Line2D([], [], color=INK, marker="o", markersize=4.5, linewidth=1.1, label="recomputed, 95 % interval"),
            Line2D([], [], color=COLOURS["torch.onnx"], marker="x", markeredgewidth=1.8, linewidth=0, label="printed"),
            Patch(facecolor=blue, alpha=0.35, label="contradictory and lost answers read either way"),
            Patch(color=BAND, label="silence counted either way, too"),
        ]
        figure.legend(handles=handles, loc="outside upper center", ncols=2)
    return figure


def printed_against_recomputed(rows: pd.DataFrame) -> Figure:
    """Draw by how much each printed share differs from the recomputed one, grouped by the mechanism behind the difference.

    Parameters
    ----------
    rows : DataFrame
        Rows of the ledger with shares in percent.
    """
    ordered = rows.sort_values("mechanism", key=lambda names: names.map(_first_seen(names)), kind="stable")
    at, groups = _grouped_positions(ordered["mechanism"].tolist())
    printed, recomputed = ordered["published"].astype(float), ordered["recomputed"].astype(float)
    difference = (printed - recomputed).to_numpy()
    reach = 1.15 * max([1.0, *np.abs(difference)])
    with style():
        figure = new_figure(0.19 * (len(at) + 1.4 * len(groups)) + 0.7)
        axes = figure.subplots()
        axes.axvline(0, color=QUIET, linewidth=0.8)
        for sign, (marker, colour) in {1: (">", COLOURS["torch.onnx"]), -1: ("<", COLOURS["tf2onnx"])}.items():
            own = difference * sign > 0
            axes.hlines(np.array(at)[own], 0, difference[own], color=colour, linewidth=2)
            axes.plot(difference[own], np.array(at)[own], marker, color=colour, markersize=5)
        names = ordered["quantity"].str.replace("_", " ").str.removesuffix(", share").tolist()
        tops = list(groups.values())
        axes.set_yticks([*at, *tops], [*names, *(name or "no mechanism" for name in groups)], fontsize=8)
        for label in axes.get_yticklabels()[len(at) :]:
            label.set_fontweight("bold")
        axes.set_ylim(max(at, default=0) + 0.8, -0.8)
        axes.tick_params(axis="y", length=0)
        both = [f"{p:.0f} → {r:.0f} %" for p, r in zip(printed, recomputed, strict=True)]
        for y, text in zip([*tops[:1], *at], ["paper → data", *both] if both else [], strict=True):
            axes.text(1.02, y, text, transform=axes.get_yaxis_transform(), va="center", fontsize=8)
        draw_grid(axes, "x")
        axes.set_xlim(-reach, reach)
        axes.set_xlabel("printed less recomputed share (percentage points)")
    return figure


def _stacked(axes: Axes, row: int, frame: pd.DataFrame, questionnaire: Questionnaire) -> None:
    """Draw the bar of a question; what does not fit into its segment stands below it."""
    question, left, free = questionnaire[str(frame["question"].iloc[0])], 0.0, 0.0
    shades = colormaps["cividis"](np.linspace(0.95, 0.1, len(frame)))
    for shade, cells in zip(shades, records(frame), strict=True):
        width = 100 * cells["share"]
        if not width > 0:
            continue
        axes.barh(row - 0.1, width, left=left, height=0.56, color=shade, edgecolor="white", linewidth=0.8)
        ink = ON_DARK if np.dot(shade[:3], (0.299, 0.587, 0.114)) < 0.5 else ON_LIGHT
        name = question.label(cells["option"]).partition(" (")[0]
        if width > 0.95 * max(len(name), 4):  # about a percent of the axis per letter
            axes.text(
                left + width / 2, row - 0.1, f"{name}\n{width:.0f} %", ha="center", va="center", fontsize=7, color=ink
            )
        else:
            # not over a name that already stands there
            free = max(free, left)
            axes.text(free + 0.4, row + 0.2, f"{name}: {width:.0f} %", ha="left", va="top", fontsize=7)
            free += 1.15 * (len(name) + 5)
        left += width


def _first_seen(names: pd.Series) -> dict[str, int]:
    return {str(name): position for position, name in enumerate(dict.fromkeys(names))}


def _grouped_positions(names: Sequence[str]) -> tuple[list[float], dict[str, float]]:
    """Place the rows one below the other, each group below its name."""
    at: list[float] = []
    groups: dict[str, float] = {}
    below = -1.0
    for name in names:
        if name not in groups:
            below += 1.4
            groups[name] = below
        below += 1.0
        at.append(below)
    return at, groups
