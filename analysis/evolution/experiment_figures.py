"""The figure of RQ3's experiment: what becomes of the same models, operator set by operator set."""

from collections.abc import Sequence

import numpy as np
import pandas as pd
from matplotlib.figure import Figure

from analysis.evolution.experiment import CONVERTED, RIGHT, Experiment
from analysis.report.axes import draw_grid
from analysis.report.style import COLOURS, MARKERS, new_figure, style

_LABELS = {CONVERTED: "converted, of all models", RIGHT: "right outputs, of models that every such set can express"}


def outcomes_by_opset(experiments: Sequence[Experiment]) -> Figure:
    """Draw the share of models that convert, and of those whose outputs are right, a panel an exporter.

    Parameters
    ----------
    experiments : sequence of Experiment
        See `analysis.evolution.experiment.experiment`.
    """
    with style():
        figure = new_figure(3.2)
        panels = figure.subplots(1, len(experiments), sharey=True, squeeze=False)[0]
        for axes, found in zip(panels, experiments, strict=True):
            base = "tf2onnx" if found.converter == "tf2onnx" else "torch.onnx"
            for question, marker, colour in (
                (CONVERTED, MARKERS[base], COLOURS[base]),
                (RIGHT, "D", COLOURS["pooled"]),
            ):
                rows: pd.DataFrame = found.shares[found.shares["question"] == question]
                share, low, high = (100 * rows[name].to_numpy(float) for name in ("share", "low", "high"))
                axes.errorbar(
                    rows["condition"].to_numpy(float),
                    share,
                    yerr=np.clip([share - low, high - share], 0, None),
                    color=colour,
                    marker=marker,
                    markersize=4,
                    linewidth=0.9,
                    elinewidth=0.9,
                    label=_LABELS[question],
                )
            models = int(found.shares.loc[found.shares["question"] == CONVERTED, "n"].max())
            axes.set_title(f"{found.converter} ({models} models)")
            axes.set_xlabel("operator set asked for")
            axes.set_xticks(range(int(found.shares["condition"].min()), int(found.shares["condition"].max()) + 1, 2))
            axes.set_ylim(0, 103)
            draw_grid(axes, "y")
        panels[0].set_ylabel("share of models (%)")
        handles, labels = panels[0].get_legend_handles_labels()
        figure.legend(handles, labels, loc="outside lower center", ncols=2, fontsize=7.5)
    return figure
