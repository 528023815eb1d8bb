"""Figures of RQ2: the stages as the pipeline they are, symptoms against DL compilers, causes by symptoms, agreement."""

from collections.abc import Mapping, Sequence

import numpy as np
import pandas as pd
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.patches import FancyBboxPatch

from analysis.report.style import COLOURS, MARKERS, new_figure, style
from datapackage.codebook import Codebook, Dimension

_OFFSET = 0.16  # distance between the series of one category, in categories
_BOX = 0.41  # half the width of a stage's box, in categories


def stages(distribution: pd.DataFrame, location: Dimension) -> Figure:
    """Share of failures by converter stage, under a drawing of the stages in the order a model passes them.

    Parameters
    ----------
    distribution : DataFrame
        See `analysis.failures.labels.distribution`, of the dimension location.
    location : Dimension
        The codebook's stages, in order; the last one (not distinguishable) is no stage and stands apart.
    """
    with style():
        figure = new_figure(3.7)
        flow, axes = figure.subplots(2, 1, sharex=True, height_ratios=[1, 3.4])
        _draw_pipeline(flow, [code.name for code in location.codes])
        groups = [group for group in distribution["group"].unique() if group not in ("pooled", "weighted")]
        for position, group in enumerate(groups):
            rows = distribution[distribution["group"] == group].set_index("code").loc[list(location.slugs)]
            x = np.arange(len(rows)) + _OFFSET * (position - (len(groups) - 1) / 2) * 2
            _points(axes, x, _finite(rows), group, label=f"{group} (n = {rows['n'].iloc[0]})")
        axes.set_xticks([])
        axes.set_xlim(-0.6, len(location.codes) - 0.4)
        axes.set_ylabel("share of failures (%)")
        axes.set_ylim(0, 100)
        axes.yaxis.grid(visible=True, color="#E5E5E5", linewidth=0.6)
        axes.legend(loc="upper right")
    return figure


def symptoms(distribution: pd.DataFrame, references: pd.DataFrame, symptom: Dimension) -> Figure:
    """Symptom shares of both converters beside those of DL compilers' front ends.

    Parameters
    ----------
    distribution : DataFrame
        See `analysis.failures.labels.distribution`, of the dimension symptom.
    references : DataFrame
        Columns code, n, share, low, high of the compilers.
    symptom : Dimension
        The codebook's symptoms, in order.
    """
    with style():
        figure = new_figure(3.3)
        axes = figure.subplots()
        groups = [group for group in distribution["group"].unique() if group not in ("pooled", "weighted")]
        series = {group: _finite(distribution[distribution["group"] == group].set_index("code")) for group in groups}
        series["reference"] = references.set_index("code")
        labels = {"reference": "DL compilers, Shen et al."}
        for position, (group, rows) in enumerate(series.items()):
            ordered = rows.reindex(list(symptom.slugs))
            y = np.arange(len(ordered)) + _OFFSET * (position - (len(series) - 1) / 2) * 1.5
            n = int(ordered["n"].dropna().iloc[0])
            _points(axes, y, ordered, group, label=f"{labels.get(group, group)} (n = {n})", horizontal=True)
        _category_axis(axes, [code.name for code in symptom.codes])
        axes.set_xlabel("share of failures (%)")
        axes.set_xlim(0, 80)
        axes.legend(loc="lower right")
    return figure


def cause_symptom_matrix(table: pd.DataFrame, codebook: Codebook) -> Figure:
    """Count of failures by cause and symptom, one panel per converter.

    Parameters
    ----------
    table : DataFrame
        See `analysis.failures.labels.cause_by_symptom`.
    codebook : Codebook
        Names and order.
    """
    converters = [str(name) for name in table["converter"].unique()]
    causes, symptoms_ = codebook["cause"], codebook["symptom"]
    top = table[(table["cause"] != "total") & (table["symptom"] != "total")]["count"].max()
    with style():
        figure = new_figure(4.3)
        panels = np.atleast_1d(figure.subplots(1, len(converters), sharey=True))
        for axes, converter in zip(panels, converters, strict=True):
            counts = (
                table[table["converter"] == converter]
                .pivot_table(index="cause", columns="symptom", values="count", aggfunc="sum")
                .reindex(index=list(causes.slugs), columns=list(symptoms_.slugs), fill_value=0)
                .to_numpy()
            )
            shade = np.ma.masked_equal(counts, 0)  # an empty cell stays white
            axes.imshow(shade, cmap="Blues", vmin=0, vmax=max(1, top), aspect="auto")
            for (row, column), count in np.ndenumerate(counts):
                if count:
                    colour = "white" if count > 0.55 * top else "black"
                    axes.text(column, row, f"{count:.0f}", ha="center", va="center", color=colour)
            axes.set_title(converter)
            axes.set_xticks(
                range(len(symptoms_.codes)), [code.name for code in symptoms_.codes], rotation=40, ha="right"
            )
            axes.set_yticks(range(len(causes.codes)), [code.name for code in causes.codes])
            axes.tick_params(length=0)
            axes.spines[:].set_visible(False)
            axes.grid(visible=False)
            for line in np.arange(0.5, len(causes.codes) - 1):
                axes.axhline(line, color="#EDEDED", linewidth=0.6)
            axes.set_xlabel("symptom")
        panels[0].set_ylabel("root cause")
    return figure


def agreement(frame: pd.DataFrame, labels: Mapping[tuple[str, str, str], str]) -> Figure:
    """Agreement coefficients with intervals: between raters, and of the earlier ratings with the final labels.

    Parameters
    ----------
    frame : DataFrame
        Rows of `analysis.failures.agreement.rater_agreement` and `analysis.failures.agreement.retest_agreement`.
    labels : mapping
        (round, dimension, group) → name on the axis, in the order of the axis; rows that are not named are not drawn.
    """
    shown = {"kappa": ("Cohen's κ", "o", "#0072B2"), "ac1": ("Gwet's AC1", "s", "#D55E00")}
    with style():
        figure = new_figure(0.45 * len(labels) + 1.0)
        axes = figure.subplots()
        for shift, (coefficient, (name, marker, colour)) in zip((-0.13, 0.13), shown.items(), strict=True):
            rows = (
                frame[frame["coefficient"] == coefficient].set_index(["round", "dimension", "group"]).loc[list(labels)]
            )
            y = np.arange(len(rows)) + shift
            axes.hlines(y, rows["low"], rows["high"], color=colour, linewidth=1.4)
            axes.plot(rows["value"], y, marker, color=colour, label=name)
        _category_axis(axes, list(labels.values()))
        axes.set_xlim(0, 1.02)
        axes.set_xlabel("agreement beyond chance, 95 % bootstrap interval")
        axes.legend(loc="lower left")
    return figure


def _finite(rows: pd.DataFrame) -> pd.DataFrame:
    """Prefer the interval with finite-population correction where there is one."""
    low, high = rows["low_finite"].fillna(rows["low"]), rows["high_finite"].fillna(rows["high"])
    return rows.assign(low=low, high=high)


def _points(
    axes: Axes, at: np.ndarray, rows: pd.DataFrame, group: str, *, label: str, horizontal: bool = False
) -> None:
    colour = COLOURS.get(group, COLOURS["accent"])
    draw = axes.hlines if horizontal else axes.vlines
    draw(at, 100 * rows["low"], 100 * rows["high"], color=colour, linewidth=1.6)
    places = (100 * rows["share"], at) if horizontal else (at, 100 * rows["share"])
    axes.plot(*places, MARKERS.get(group, "v"), color=colour, label=label, markersize=5, clip_on=False)


def _category_axis(axes: Axes, names: Sequence[str]) -> None:
    axes.set_yticks(range(len(names)), names)
    axes.set_ylim(len(names) - 0.5, -0.5)
    axes.tick_params(axis="y", length=0)
    axes.xaxis.grid(visible=True, color="#E5E5E5", linewidth=0.6)


def _draw_pipeline(axes: Axes, names: Sequence[str]) -> None:
    axes.set_axis_off()
    axes.set_ylim(-0.5, 0.5)
    for position, name in enumerate(names):
        outside = position == len(names) - 1
        face = "#F4F4F4" if outside else "#E3ECF5"
        box = FancyBboxPatch(
            (position - _BOX, -0.3), 2 * _BOX, 0.6, boxstyle="round,pad=0,rounding_size=0.06",
            facecolor=face, edgecolor="#7A7A7A", linewidth=0.8, linestyle=":" if outside else "-",
        )  # fmt: skip
        axes.add_patch(box)
        axes.text(position, 0, name.replace(" ", "\n"), ha="center", va="center", fontsize=7.5)
        if position + 1 < len(names) - 1:
            arrow = {"arrowstyle": "-|>", "color": "#7A7A7A", "linewidth": 1, "shrinkA": 0, "shrinkB": 0}
            axes.annotate("", (position + 1 - _BOX, 0), (position + _BOX, 0), arrowprops=arrow)
