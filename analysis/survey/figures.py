"""Figures of RQ1: who answered, purposes and problems, what silence could hide, printed shares against recomputed ones."""

from collections.abc import Mapping, Sequence

import numpy as np
import pandas as pd
from matplotlib import colormaps
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.lines import Line2D
from matplotlib.patches import Patch

from analysis.report.style import COLOURS, new_figure, style
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
        figure = new_figure(0.5 * len(shares) + 0.7)
        axes = figure.subplots()
        for row, frame in enumerate(shares):
            _stacked(axes, row, frame, questionnaire)
        names = [f"{labels[str(frame['question'].iloc[0])]}\n(n = {frame['n'].iloc[0]})" for frame in shares]
        _category_axis(axes, names)
        axes.xaxis.grid(visible=False)
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
            axes.hlines(y, 100 * rows["low"], 100 * rows["high"], color=colour, linewidth=1.6)
            axes.plot(
                100 * rows["share"], y, marker, color=colour, label=f"{name} (n = {rows['n'].max()})", markersize=5
            )
        _category_axis(axes, list(labels.values()))
        axes.set_xlim(0, 100)
        axes.set_xlabel("share of the group's answers (%), with 95 % interval")
        axes.legend(loc="upper center", bbox_to_anchor=(0.5, 1.14), ncols=2)
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
    with style():
        figure = new_figure(0.38 * len(frame) + 1.2)
        axes = figure.subplots()
        y = np.arange(len(frame))
        width = 100 * (frame["bound_high"] - frame["bound_low"])
        axes.barh(y, width, left=100 * frame["bound_low"], height=0.62, color="#ECECEC")
        width = 100 * (frame["reading_high"] - frame["reading_low"])
        axes.barh(y, width, left=100 * frame["reading_low"], height=0.36, color="#A9CDE6")
        axes.hlines(y, 100 * frame["low"], 100 * frame["high"], color="black", linewidth=1.1)
        axes.plot(100 * frame["share"], y, "o", color="black", markersize=4.5)
        claims = [printed.get(claim, np.nan) for claim in frame["claim"]]
        axes.plot(claims, y, "x", color=COLOURS["torch.onnx"], markersize=7, markeredgewidth=1.8)
        _category_axis(axes, [f"{row['name']} (n = {row['n']})" for row in records(frame)])
        axes.set_xlim(0, 100)
        axes.set_xlabel("share of respondents (%)")
        handles = [
            Line2D([], [], color="black", marker="o", markersize=4.5, linewidth=1.1, label="recomputed, 95 % interval"),
            Line2D([], [], color=COLOURS["torch.onnx"], marker="x", markeredgewidth=1.8, linewidth=0, label="printed"),
            Patch(color="#A9CDE6", label="readings of the answers"),
            Patch(color="#ECECEC", label="silence counted either way"),
        ]
        axes.legend(handles=handles, loc="upper center", bbox_to_anchor=(0.35, 1.26), ncols=2)
    return figure


def printed_against_recomputed(rows: pd.DataFrame) -> Figure:
    """Draw each printed share that differs beside the recomputed one, grouped by the mechanism behind the difference.

    Parameters
    ----------
    rows : DataFrame
        Rows of the ledger with shares in percent.
    """
    ordered = rows.sort_values("mechanism", key=lambda names: names.map(_first_seen(names)), kind="stable")
    at, groups = _grouped_positions(ordered["mechanism"].tolist())
    printed, recomputed = ordered["published"].astype(float), ordered["recomputed"].astype(float)
    with style():
        figure = new_figure(0.2 * (len(at) + 2 * len(groups)) + 0.8)
        axes = figure.subplots()
        axes.hlines(at, printed, recomputed, color="#9A9A9A", linewidth=1.4)
        axes.plot(recomputed, at, "o", color=COLOURS["tf2onnx"], markersize=5, label="recomputed")
        axes.plot(printed, at, "x", color=COLOURS["torch.onnx"], markersize=6, markeredgewidth=1.6, label="printed")
        axes.set_yticks(at, ordered["quantity"].str.replace("_", " ").tolist(), fontsize=8)
        axes.set_ylim(max(at, default=0) + 0.8, -1.4)
        for name, top in groups.items():
            axes.text(1, top, name or "no mechanism", fontsize=8, fontweight="bold", va="center", color="#333333")
        axes.tick_params(axis="y", length=0)
        _grid(axes)
        axes.set_xlim(0, 100)
        axes.set_xlabel("share (%)")
        axes.legend(loc="lower right")
    return figure


def _stacked(axes: Axes, row: int, frame: pd.DataFrame, questionnaire: Questionnaire) -> None:
    question, left = questionnaire[str(frame["question"].iloc[0])], 0.0
    shades = colormaps["cividis"](np.linspace(0.95, 0.1, len(frame)))
    for shade, cells in zip(shades, records(frame), strict=True):
        width = 100 * cells["share"]
        if not width > 0:
            continue
        axes.barh(row, width, left=left, height=0.78, color=shade, edgecolor="white", linewidth=0.8)
        ink = "white" if np.dot(shade[:3], (0.299, 0.587, 0.114)) < 0.5 else "black"
        if width >= 3:
            name = question.label(cells["option"]).partition(" (")[0]
            fits = width > 0.95 * max(len(name), 4)  # about a percent of the axis a letter
            text = f"{name}\n{width:.0f} %" if fits else f"{width:.0f}"
            axes.text(left + width / 2, row, text, ha="center", va="center", fontsize=7, color=ink)
        left += width


def _category_axis(axes: Axes, names: Sequence[str]) -> None:
    axes.set_yticks(range(len(names)), names)
    axes.set_ylim(len(names) - 0.5, -0.5)
    axes.tick_params(axis="y", length=0)
    _grid(axes)


def _grid(axes: Axes) -> None:
    axes.xaxis.grid(visible=True, color="#E5E5E5", linewidth=0.6)


def _first_seen(names: pd.Series) -> dict[str, int]:
    return {str(name): position for position, name in enumerate(dict.fromkeys(names))}


def _grouped_positions(names: Sequence[str]) -> tuple[list[float], dict[str, float]]:
    """Place the rows one below the other, with two rows of room above each group for its name."""
    at: list[float] = []
    groups: dict[str, float] = {}
    below = -1.0
    for name in names:
        if name not in groups:
            groups[name] = below + 1.2
            below = groups[name] + 0.2
        below += 1.0
        at.append(below)
    return at, groups
