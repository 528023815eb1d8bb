"""Figures of RQ3: operator sets, failures over time, failures per day by a release's size, the specification curve."""

import numpy as np
import pandas as pd
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.lines import Line2D
from matplotlib.patches import Patch
from matplotlib.ticker import FixedLocator, NullLocator

from analysis.evolution.multiverse import ALL, ALPHA, Curve
from analysis.evolution.nulls import EXCHANGED, FIRST_FIXED, SHIFTED
from analysis.evolution.rates import RATE_DAYS
from analysis.evolution.releases import DATES, created
from analysis.evolution.specifications import CHOICES
from analysis.report.axes import SHADES, draw_grid
from analysis.report.style import COLOURS, MARKERS, MUTED, QUIET, new_figure, style

_SOURCES = {"release_notes": "release notes (study)", "schema_registry": "schema registry"}
_AREA = 0.4  # square points per day that a release stayed the newest
_STRETCHES = 40  # of the curve
_CHANGES = {"added": "added", "updated": "updated"}
_SHADES = {"added": COLOURS["accent"], "updated": COLOURS["accent-light"]}
_NULLS = {EXCHANGED: "exchanged", FIRST_FIXED: "exchanged, first fixed", SHIFTED: "shifted in time"}
_WORDS = {"incompatibility_or_type": "incompatibility or type", "per_day": "per day", "changes": "added and updated"}


def opset_changes(opsets: pd.DataFrame, last: int) -> Figure:
    """Operators added and updated by each operator set, by both sources (Fig. 5 and beyond it).

    Parameters
    ----------
    opsets : DataFrame
        See `analysis.dataset.load_opsets`.
    last : int
        Newest operator set of the study; a line stands behind it.
    """
    with style():
        figure = new_figure(4.4)
        panels = figure.subplots(2, 1, sharex=True, sharey=True)
        for axes, (source, title) in zip(panels, _SOURCES.items(), strict=True):
            own = opsets[opsets["source"] == source]
            table = pd.crosstab(own["opset"], own["change"]).reindex(columns=list(_CHANGES), fill_value=0)
            table.index = table.index.astype(int)
            bottom = np.zeros(len(table))
            for change, name in _CHANGES.items():
                axes.bar(table.index, table[change], bottom=bottom, color=_SHADES[change], label=name, width=0.75)
                bottom += table[change].to_numpy()
            for opset, total in zip(table.index, bottom, strict=True):
                # out of the layout, which has no need of texts inside a panel and takes its time for each
                axes.text(opset, total + 1, f"{total:.0f}", ha="center", fontsize=7, in_layout=False)
            axes.set_title(title)
            axes.set_ylabel("operators")
        panels[1].axvline(last + 0.5, color=COLOURS["pooled"], linewidth=0.8, linestyle="--")
        panels[1].annotate(
            "after the study", (last + 0.5, 1), (4, -8), xycoords=("data", "axes fraction"), textcoords="offset points",
            fontsize=8, color=COLOURS["pooled"],
        )  # fmt: skip
        panels[0].set_ylim(top=1.12 * panels[0].get_ylim()[1])
        panels[0].legend(loc="upper right", ncols=2)
        panels[1].set_xlabel("operator set")
        panels[1].xaxis.set_major_locator(FixedLocator(sorted({int(o) for o in opsets["opset"]})))
    return figure


def failures_over_time(failures: pd.DataFrame, releases: pd.DataFrame) -> Figure:
    """Cumulative failures by quarter and converter, with the releases marked (Fig. 6).

    Parameters
    ----------
    failures : DataFrame
        See `analysis.dataset.load_failures`.
    releases : DataFrame
        See `analysis.evolution.releases.release_table`; those after the last failure are left out.
    """
    with style():
        figure = new_figure(3.2)
        axes = figure.subplots()
        opened = created(failures)
        quarters = pd.period_range(opened.min(), opened.max(), freq="Q")
        for name, part in opened.groupby(failures["converter"], observed=True):
            counted = part.dt.to_period("Q").value_counts().reindex(quarters, fill_value=0).cumsum()
            colour, marker = _look(str(name))
            label = f"{name} (n = {len(part)})"
            axes.plot(quarters.end_time, counted, color=colour, marker=marker, markersize=3.5, label=label)
        for row in releases[releases["released"] <= opened.max()].itertuples():
            axes.axvline(row.released, color=COLOURS["reference"], linewidth=0.7, linestyle=":", zorder=0)
            axes.annotate(
                row.label, (row.released, 1), (2 if "–" in str(row.label) else 0, 2), xycoords=("data", "axes fraction"),
                textcoords="offset points", ha="right" if "–" in str(row.label) else "center", fontsize=7,
                color=COLOURS["pooled"],
            )  # fmt: skip
        axes.set_ylabel("failures, cumulative")
        axes.set_xlabel("end of quarter; dotted: release of an operator set", labelpad=6)
        axes.set_ylim(0)
        # opaque, so that no dotted line runs through the text
        axes.legend(loc="lower right", frameon=True, framealpha=1, edgecolor="none")
    return figure


def rate_by_size(table: pd.DataFrame, fitted: pd.DataFrame, ratio: str) -> Figure:
    """Failures per 30 days against the size of the release, with the fitted rate.

    Parameters
    ----------
    table : DataFrame
        See `analysis.evolution.pipeline.per_release`.
    fitted : DataFrame
        See `analysis.evolution.rates.fitted_rates`.
    ratio : str
        Rate ratio per doubling with its interval, as it is shown.
    """
    used = table[table["used"]]
    rate = RATE_DAYS * used["all"] / used["days"]
    with style():
        figure = new_figure(3.4)
        axes = figure.subplots()
        axes.fill_between(
            fitted["size"], fitted["low"], fitted["high"], color=COLOURS["reference"], alpha=0.22, linewidth=0
        )
        axes.plot(fitted["size"], fitted["rate"], color=QUIET, linewidth=1.2)
        axes.scatter(used["size"], rate, s=used["days"] * _AREA, color=COLOURS["tf2onnx"], alpha=0.75, linewidth=0)
        for row, y in zip(used.itertuples(), rate, strict=True):
            axes.annotate(str(row.label), (row.size, y), (0, 7), textcoords="offset points", ha="center", fontsize=7.5)
        axes.set_xscale("log", base=2)
        axes.xaxis.set_major_locator(FixedLocator([4, 8, 16, 32, 64]))
        axes.xaxis.set_major_formatter("{x:.0f}")
        axes.xaxis.set_minor_locator(NullLocator())
        axes.set_xlim(right=used["size"].max() * 1.35)
        axes.set_ylim(0, max(rate.max() * 1.15, fitted["high"].max() * 1.03))
        axes.set_xlabel("operators added and updated (log scale)")
        axes.set_ylabel(f"failures per {RATE_DAYS} days")
        draw_grid(axes, "y")
        figure.legend(handles=_rate_key(used["days"], ratio), loc="outside upper center", ncols=3, handletextpad=0.4)
    return figure


def specification_curve(curve: Curve, described: tuple[float, ...]) -> Figure:
    """All specifications by their correlation, and how each choice spreads over them, the most influential choice first.

    Parameters
    ----------
    curve : Curve
        See `analysis.evolution.multiverse.specification_curve`.
    described : tuple of float
        Correlations of the described tests, marked on the curve.
    """
    rows = curve.specifications
    with style():
        figure = new_figure(7.2)
        top, bottom = figure.subplots(2, 1, sharex=True, height_ratios=[1.2, 2])
        position = np.arange(len(rows))
        significant = (rows["p"] < ALPHA).to_numpy()
        looks = {
            "not significant": (~significant, COLOURS["reference"], 1.6),
            f"p < {ALPHA:g}": (significant, COLOURS["torch.onnx"], 2.4),
        }
        for chosen, colour, size in looks.values():
            top.plot(position[chosen], rows["r"].to_numpy()[chosen], ".", color=colour, markersize=size, markeredgewidth=0,
                     rasterized=True)  # fmt: skip
        places = np.searchsorted(rows["r"], described)
        top.plot(places, described, "D", markersize=6, color=COLOURS["tf2onnx"])
        top.axhline(0, color=QUIET, linewidth=0.8)
        top.set_ylabel("correlation")
        top.set_ylim(-1, 1)
        handles = [Line2D([], [], color=colour, linewidth=3, label=name) for name, (_, colour, _) in looks.items()]
        handles.append(
            Line2D(
                [],
                [],
                color=COLOURS["tf2onnx"],
                marker="D",
                linewidth=0,
                markersize=6,
                label="as described in the paper",
            )
        )
        top.legend(handles=handles, loc="upper left")
        top.annotate(
            _null_text(curve), (0.42, 1), (0, -10), xycoords="axes fraction", textcoords="offset points", va="top",
            fontsize=8, linespacing=1.5,
        )  # fmt: skip
        _choices(bottom, rows)
        _shade_key(top)
        bottom.set_xlabel(f"specifications, sorted by correlation (n = {len(rows):,})")
    return figure


def _null_text(curve: Curve) -> str:
    """Tell the median and how often it is reached under each null."""
    rows = curve.summary.xs((ALL, "median_r"), level=("part", "statistic"))
    lines = [f"median {rows['observed'].iloc[0]:.2f}; as large or larger, if sizes are"]
    for null, row in rows.iterrows():
        lines.append(f"{_NULLS[str(null)]}: {100 * row['p']:.0f} % of {row['draws']:,.0f}")
    return "\n".join(lines)


def _rate_key(days: pd.Series, ratio: str) -> list[Line2D | Patch]:
    """Return the key of the figure of rates: what line and band are, how long three areas stand for."""
    shown = np.unique(np.linspace(days.min(), days.max(), 3).round(-1).astype(int))
    # a marker's size is its diameter, a scatter's its square
    sizes = [
        Line2D([], [], color=COLOURS["tf2onnx"], alpha=0.75, marker="o", linewidth=0, markeredgewidth=0,
               markersize=float(np.sqrt(each * _AREA)), label=f"{each} days the newest")
        for each in shown
    ]  # fmt: skip
    line = Line2D([], [], color=QUIET, linewidth=1.2, label=f"× {ratio} per doubling")
    band = Patch(color=COLOURS["reference"], alpha=0.22, linewidth=0, label="95 % interval of the rate")
    return [line, band, *sizes]


def _choices(axes: Axes, rows: pd.DataFrame) -> None:
    """Draw where the specifications of each choice lie: darker where a stretch of the curve has more of them."""
    edges = np.linspace(0, len(rows), min(_STRETCHES, len(rows)) + 1).astype(int)
    labels, shades, between = [], [], []
    for choice in _by_influence(rows):
        order = DATES if choice == "dates" else sorted(rows[choice].unique())
        for value in [value for value in order if (rows[choice] == value).any()]:
            chosen = (rows[choice] == value).to_numpy()
            share = np.add.reduceat(chosen, edges[:-1]) / np.diff(edges)
            shades.append(np.clip(share / chosen.mean() / 2, 0, 1))  # 0.5: as frequent as in the whole curve
            labels.append(_choice_text(choice, value))
        between.append(len(labels) - 0.5)
    extent = (0, len(rows), len(labels) - 0.5, -0.5)
    axes.imshow(np.array(shades), extent=extent, aspect="auto", vmin=0, vmax=1, cmap=SHADES, interpolation="nearest")
    axes.hlines(np.arange(len(labels) + 1) - 0.5, 0, len(rows), color="white", linewidth=1.5)
    axes.hlines(between[:-1], 0, len(rows), color=QUIET, linewidth=0.8)
    axes.set_yticks(range(len(labels)), labels, fontsize=7)
    axes.tick_params(axis="y", length=0)


def _by_influence(rows: pd.DataFrame) -> list[str]:
    """Return the choices, first those whose values differ most in their median correlation."""
    reach = {choice: np.ptp(rows.groupby(choice)["r"].median()) for choice in CHOICES}
    return sorted(CHOICES, key=lambda choice: -reach[choice])


def _shade_key(axes: Axes) -> None:
    """Draw the key of the shades of the choices into the free corner of the curve's panel."""
    key = axes.inset_axes((0.56, 0.14, 0.36, 0.06))
    key.imshow(np.linspace(0, 1, 64)[None, :], extent=(0, 2, 0, 1), aspect="auto", vmin=0, vmax=1, cmap=SHADES)
    key.set_title(
        "below: specifications with the choice,\nagainst its share of all",
        fontsize=7.5,
        fontweight="normal",
        loc="center",
    )
    key.set_xticks([0, 1, 2], ["none", "as many", "twice as many"], fontsize=7)
    key.set_yticks([])
    key.spines[:].set_visible(True)
    key.spines[:].set_color(MUTED)
    key.tick_params(axis="x", color=MUTED, length=2)


def _choice_text(choice: str, value: object) -> str:
    special = {
        ("merged", True): "opsets 2–7 merged",
        ("merged", False): "opsets 2–7 apart",
        ("complete_only", True): "complete periods only",
        ("complete_only", False): "last period kept",
        ("outcome", "all"): "outcome: all failures",
        ("first", "dropped"): "first release dropped",
        ("first", "kept"): "first release kept",
    }
    shape = {"lag": "lag {} months", "change": "size: {}", "source": "size from {}"}.get(choice, f"{choice}: {{}}")
    return special.get((choice, value)) or shape.format(_WORDS.get(str(value), str(value).replace("_", " ")))


def _look(name: str) -> tuple[str, str]:
    return COLOURS.get(name, COLOURS["accent"]), MARKERS.get(name, "v")
