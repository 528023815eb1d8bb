"""Figures of who is at fault: errors beside the noise, the study's criteria by party, and how small a fault is found."""

from collections.abc import Mapping

import numpy as np
import pandas as pd
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from analysis.conversions.fault import STUDY_CRITERIA
from analysis.report.axes import draw_grid
from analysis.report.style import INK, MUTED, QUIET, new_figure, style
from datapackage.conversions import BLIND_NOISE, NOISE_MULTIPLE, PARTIES
from datapackage.tables import records

PARTY_NAMES: Mapping[str, str] = {
    "converter": "converter",
    "runtime_kernel": "runtime's kernel",
    "runtime_optimiser": "runtime's optimiser",
    "framework": "framework",
    "reference": "reference evaluator",
    "undecided": "undecided",
    "rounding": "rounding",
    "none": "equal to the bit",
}
# Okabe & Ito; nobody's fault is grey
PARTY_COLOURS: Mapping[str, str] = {
    "converter": "#D55E00",
    "runtime_kernel": "#0072B2",
    "runtime_optimiser": "#56B4E9",
    "framework": "#E69F00",
    "reference": "#CC79A7",
    "undecided": "#F0E442",
    "rounding": MUTED,
    "none": QUIET,
}
_MARKS: Mapping[str, str] = {
    "converter": "X",
    "runtime_kernel": "s",
    "runtime_optimiser": "D",
    "framework": "v",
    "reference": "P",
    "undecided": "^",
}
_SMALLEST = 1e-9  # of an error relative to the output's size; smaller ones are drawn there


def errors(table: pd.DataFrame, parties: pd.DataFrame) -> Figure:
    """Draw ONNX Runtime's error against the noise, both relative to the output's size, a panel a framework.

    Parameters
    ----------
    table : DataFrame
        See `analysis.conversions.fault.errors`.
    parties : DataFrame
        See `analysis.conversions.fault.parties`; names those that occur.
    """
    frameworks = [("PyTorch", "torch.onnx"), ("TensorFlow", "tf2onnx")]
    used = [
        party for party in PARTIES if (parties.loc[parties["party"] == party, "count"] > 0).any() and party != "none"
    ]
    with style():
        figure = new_figure(3.9)
        panels = figure.subplots(1, 2, sharex=True, sharey=True)
        for axes, (title, prefix) in zip(panels, frameworks, strict=True):
            rows = table[table["converter"].str.startswith(prefix)]
            _draw_bounds(axes)
            for party in reversed(used):
                _draw_errors(axes, rows[rows["party"] == party], party)
            axes.set_title(f"{title} ({len(rows):,} conversions)")
            axes.set_xlabel("noise (relative to the output)")
        panels[0].set_ylabel("ONNX Runtime's error\n(relative to the output)")
        handles, labels = panels[0].get_legend_handles_labels()
        figure.legend(
            handles[::-1], labels[::-1], loc="outside lower center", ncols=len(labels), fontsize=7.5, columnspacing=1.2
        )
    return figure


def _draw_bounds(axes: Axes) -> None:
    noise = np.logspace(-9, 1, 2)
    axes.set(xscale="log", yscale="log", xlim=(3e-8, 3), ylim=(_SMALLEST / 2, 3))
    axes.plot(noise, NOISE_MULTIPLE * noise, color=INK, linewidth=1)
    axes.axvline(BLIND_NOISE, color=INK, linewidth=0.8, linestyle=":")
    # where the bound leaves the picture no conversion lies
    axes.text(2.8, 0.25, f"{NOISE_MULTIPLE:.0f} × noise", fontsize=7.5, ha="right", va="center")
    axes.text(BLIND_NOISE * 1.3, _SMALLEST, "undecided", fontsize=7.5)


def _draw_errors(axes: Axes, rows: pd.DataFrame, party: str) -> None:
    axes.plot(
        rows["noise"].to_numpy(dtype=float),
        np.clip(rows["error"].to_numpy(dtype=float), _SMALLEST, None),
        _MARKS.get(party, "."),
        color=PARTY_COLOURS[party],
        markersize=5 if party in _MARKS else 2.5,
        markeredgewidth=0.3,
        markeredgecolor=INK if party in _MARKS else PARTY_COLOURS[party],
        label=PARTY_NAMES[party],
    )


def by_criteria(table: pd.DataFrame, parties: pd.DataFrame) -> Figure:
    """Draw what each of the study's criteria calls a mismatch, and what the attribution blames somebody for, by party.

    Parameters
    ----------
    table : DataFrame
        See `analysis.conversions.fault.by_study_criteria`.
    parties : DataFrame
        See `analysis.conversions.fault.parties`.
    """
    converters = list(dict.fromkeys(table["converter"]))
    bars = [(converter, criterion) for converter in converters for criterion in (*STUDY_CRITERIA, "")]
    counts = {(row["converter"], row["criterion"], row["party"]): row["mismatches"] for row in records(table)}
    sizes = table.groupby("converter")["n"].first()
    for row in records(parties[~parties["party"].isin(["rounding", "none"])]):
        key = (row["converter"], "", row["party"])
        counts[key] = counts.get(key, 0) + row["count"]
    with style():
        figure = new_figure(1.2 + 0.29 * len(bars))
        axes = figure.subplots()
        starts = np.zeros(len(bars))
        places = np.array([place + 0.9 * (place // (len(STUDY_CRITERIA) + 1)) for place in range(len(bars))])
        for party in PARTIES:
            widths = np.array([100 * counts.get((*bar, party), 0) / sizes[bar[0]] for bar in bars])
            if widths.any():
                axes.barh(
                    places, widths, left=starts, height=0.75, color=PARTY_COLOURS[party], label=PARTY_NAMES[party]
                )
            starts += widths
        names = {**STUDY_CRITERIA, "": "beyond rounding"}
        axes.set_yticks(places, [names[criterion] for _, criterion in bars], fontsize=7.5)
        for converter in converters:
            first = places[bars.index((converter, next(iter(STUDY_CRITERIA))))]
            axes.text(0, first - 0.62, f"{converter} ({sizes[converter]:,})", fontsize=8, weight="bold", va="bottom")
        axes.set_ylim(places[-1] + 0.6, -1.2)
        axes.set_xlabel("share of compared conversions (%)")
        draw_grid(axes, "x")
        figure.legend(loc="outside lower center", ncols=4, fontsize=7.5)
    return figure


def detection(table: pd.DataFrame) -> Figure:
    """Draw how often the right party is named, by how far a planted fault carries an output.

    Parameters
    ----------
    table : DataFrame
        See `analysis.conversions.fault.detection`.
    """
    with style():
        figure = new_figure(3.1)
        axes = figure.subplots()
        for offset, (party, rows) in enumerate(table.groupby("made_by", sort=False)):
            least = rows["least"].to_numpy(dtype=float)
            middle = np.where(least > 0, least * 2, rows["most"].to_numpy(dtype=float) / 2) * (
                1 + 0.12 * (offset - 1.5)
            )
            share, low, high = (100 * rows[name].to_numpy(dtype=float) for name in ("share", "low", "high"))
            axes.errorbar(
                middle,
                share,
                yerr=np.clip([share - low, high - share], 0, None),
                color=PARTY_COLOURS[str(party)],
                marker=_MARKS[str(party)],
                markersize=4.5,
                linewidth=0.8,
                elinewidth=0.8,
                label=PARTY_NAMES[str(party)],
            )
        axes.axvline(NOISE_MULTIPLE, color=INK, linewidth=0.8, linestyle=":")
        axes.set(xscale="log", ylim=(-3, 103), ylabel="right party named (%)")
        axes.set_xlabel("how far the planted fault carries an output (multiples of the noise)")
        draw_grid(axes, "y")
        axes.legend(
            title="fault made by", loc="center left", bbox_to_anchor=(1.0, 0.5), fontsize=7.5, title_fontsize=7.5
        )
    return figure
