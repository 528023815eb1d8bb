"""The figure of samples side by side."""

from collections.abc import Mapping

import numpy as np
import pandas as pd
from matplotlib.figure import Figure

from analysis.dataset import SAMPLE
from analysis.failures.labels import DIMENSIONS, POOLED
from analysis.report.axes import category_axis, interval_marks
from analysis.report.style import COLOURS, new_figure, style
from datapackage.codebook import Codebook

_MARKS = (("s", COLOURS["accent"]), ("D", COLOURS["torch.onnx"]), ("^", COLOURS["accent-light"]))
_SPREAD = 0.5  # of a row that the samples' marks take up


def distributions(tables: Mapping[str, Mapping[str, pd.DataFrame]], codebook: Codebook) -> Figure:
    """Shares of every code in use, sample beside sample, a panel per dimension.

    Parameters
    ----------
    tables : mapping
        Sample → dimension → its distribution (`analysis.failures.labels.distribution`).
    codebook : Codebook
        Names and order.
    """
    used = {
        name: [
            code
            for code in codebook[name].codes
            if any(bool((_pooled(parts[name]).loc[[code.slug], "count"] > 0).all()) for parts in tables.values())
        ]
        for name in DIMENSIONS
    }
    with style():
        figure = new_figure(1.3 + 0.27 * sum(map(len, used.values())))
        panels = figure.subplots(3, 1, sharex=True, height_ratios=[len(codes) for codes in used.values()])
        for axes, (name, codes) in zip(panels, used.items(), strict=True):
            for position, (sample, parts) in enumerate(tables.items()):
                rows = _pooled(parts[name]).loc[[code.slug for code in codes]]
                y = np.arange(len(rows)) + _SPREAD * (position / max(1, len(tables) - 1) - 0.5)
                marker, colour = _mark(sample, position)
                share, low, high = (100 * rows[column].to_numpy(dtype=float) for column in ("share", "low", "high"))
                label = f"{sample} (n = {rows['n'].iloc[0]})"
                interval_marks(axes, share, low, high, y, colour=colour, marker=marker, label=label)
            category_axis(axes, [code.name for code in codes])
            axes.set_title(codebook[name].name, loc="left")
            axes.set_xlim(0, 100)
        panels[-1].set_xlabel("share of failures (%), 95 % interval")
        panels[0].legend(loc="lower right", handletextpad=0.2)
    return figure


def _mark(sample: str, position: int) -> tuple[str, str]:
    if sample == SAMPLE:
        return "o", COLOURS["tf2onnx"]
    return _MARKS[(position - 1) % len(_MARKS)] if position else _MARKS[0]


def _pooled(frame: pd.DataFrame) -> pd.DataFrame:
    return frame[frame["group"] == POOLED].assign(code=frame["code"].astype(str)).set_index("code")
