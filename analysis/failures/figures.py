"""Figures of RQ2: the stages as the pipeline they are, symptoms against DL compilers, causes by symptoms, agreement."""

from collections.abc import Mapping, Sequence

import numpy as np
import pandas as pd
import seaborn as sns
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.patches import FancyBboxPatch

from analysis.report.axes import DARK_SHADE, SHADES, category_axis, colour_of, interval_marks, write_values
from analysis.report.style import BAND, COLOURS, INK, LINE, MARKERS, MUTED, ON_DARK, new_figure, style
from datapackage.codebook import Codebook, Dimension

_OFFSET = 0.16  # distance between the series of one category, in categories
_BOX = 0.3  # half the height of a stage's box, in categories


def stages(distribution: pd.DataFrame, location: Dimension) -> Figure:
    """Share of failures by converter stage, beside a drawing of the stages in the order a model passes them.

    Parameters
    ----------
    distribution : DataFrame
        See `analysis.failures.labels.distribution`, of the dimension location.
    location : Dimension
        The codebook's stages, in order; the last one (not distinguishable) is no stage and stands apart.
    """
    with style():
        figure = new_figure(3.3)
        flow, axes = figure.subplots(1, 2, sharey=True, width_ratios=[1, 4.2])
        category_axis(axes, [""] * len(location.codes))
        _draw_pipeline(flow, [code.name for code in location.codes])
        groups = [group for group in distribution["group"].unique() if group not in ("pooled", "weighted")]
        for position, group in enumerate(groups):
            rows = _finite(distribution[distribution["group"] == group].set_index("code").loc[list(location.slugs)])
            y = np.arange(len(rows)) + _OFFSET * (position - (len(groups) - 1) / 2) * 2
            _points(axes, y, rows, group, label=f"{group} (n = {rows['n'].iloc[0]})")
            write_values(axes, 100 * rows["high"].to_numpy(), y, [f"{100 * share:.0f} %" for share in rows["share"]])
        axes.set_xlim(0, 100)
        axes.set_xlabel("share of failures (%), 95 % interval")
        axes.legend(loc="lower right", handletextpad=0.2)
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
            _points(axes, y, ordered, group, label=f"{labels.get(group, group)} (n = {n})")
        category_axis(axes, [code.name for code in symptom.codes])
        axes.set_xlabel("share of failures (%), 95 % interval")
        axes.set_xlim(0, 80)
        axes.legend(loc="lower right", handletextpad=0.2)
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
    names = {code.slug: code.name for dimension in (causes, symptoms_) for code in dimension.codes}
    cells = table[(table["cause"] != "total") & (table["symptom"] != "total")]
    top = max(1, cells["count"].max())
    with style():
        figure = new_figure(4.3)
        panels = np.atleast_1d(figure.subplots(1, len(converters), sharey=True))
        for axes, converter in zip(panels, converters, strict=True):
            counts = (
                cells[cells["converter"] == converter]
                .pivot_table(index="cause", columns="symptom", values="count", aggfunc="sum")
                .reindex(index=list(causes.slugs), columns=list(symptoms_.slugs), fill_value=0)
                .astype(int)
                .rename(index=names, columns=names)
            )
            sns.heatmap(
                counts, mask=counts == 0, annot=True, fmt="d", cmap=SHADES, vmin=0, vmax=top, cbar=False, ax=axes
            )
            for text in axes.texts:
                text.set_color(ON_DARK if int(text.get_text()) > DARK_SHADE * top else INK)
                text.set_in_layout(False)
            axes.hlines(range(1, len(counts)), *axes.get_xlim(), color=LINE, linewidth=0.6, zorder=0)
            axes.set_xticklabels(axes.get_xticklabels(), rotation=40, ha="right")
            axes.tick_params(length=0)
            axes.set(title=converter, xlabel="symptom", ylabel="")
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
    shown = {"kappa": ("Cohen's κ", "o", COLOURS["tf2onnx"]), "ac1": ("Gwet's AC1", "s", COLOURS["torch.onnx"])}
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
        category_axis(axes, list(labels.values()))
        axes.set_xlim(0, 1.02)
        axes.set_xlabel("agreement beyond chance, 95 % bootstrap interval")
        axes.legend(loc="lower left")
    return figure


def _finite(rows: pd.DataFrame) -> pd.DataFrame:
    """Prefer the interval with finite-population correction where there is one."""
    low, high = rows["low_finite"].fillna(rows["low"]), rows["high_finite"].fillna(rows["high"])
    return rows.assign(low=low, high=high)


def _points(axes: Axes, y: np.ndarray, rows: pd.DataFrame, group: str, *, label: str) -> None:
    share, low, high = (100 * rows[name].to_numpy(dtype=float) for name in ("share", "low", "high"))
    interval_marks(axes, share, low, high, y, colour=colour_of(group), marker=MARKERS.get(group, "v"), label=label)


def _draw_pipeline(axes: Axes, names: Sequence[str]) -> None:
    """Draw the stages as boxes from top to bottom, level with their rows; the last name is no stage."""
    axes.set_axis_off()
    axes.set_xlim(-1, 1)
    for position, name in enumerate(names):
        outside = position == len(names) - 1
        box = FancyBboxPatch(
            (-1, position - _BOX), 2, 2 * _BOX, boxstyle="round,pad=0,rounding_size=0.08", mutation_aspect=1,
            facecolor=(BAND if outside else COLOURS["tf2onnx"], 0.5 if outside else 0.14), edgecolor=MUTED, linewidth=0.8,
            linestyle=":" if outside else "-", clip_on=False,
        )  # fmt: skip
        axes.add_patch(box)
        axes.text(0, position, name, ha="center", va="center", fontsize=7.5)
        if position + 1 < len(names) - 1:
            arrow = {"arrowstyle": "-|>", "color": MUTED, "linewidth": 1, "shrinkA": 0, "shrinkB": 0}
            axes.annotate("", (0, position + 1 - _BOX), (0, position + _BOX), arrowprops=arrow)
