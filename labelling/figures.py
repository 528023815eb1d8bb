"""Which codes raters take for which: a confusion matrix for each dimension, as a picture."""

from collections.abc import Sequence

import numpy as np
from matplotlib.axes import Axes
from matplotlib.colors import LinearSegmentedColormap
from matplotlib.figure import Figure

from datapackage.codebook import Codebook
from labelling.agreement import Comparison
from labelling.labels import REQUIRED

_ALIKE = LinearSegmentedColormap.from_list("alike", ["#ffffff", "#2f5d7c"])
_DIFFERENT = LinearSegmentedColormap.from_list("different", ["#ffffff", "#c8553d"])


def confusion_figure(comparison: Comparison, codebook: Codebook) -> Figure:
    """Draw the codes of two raters against each other: blue where they say the same, red where they differ.

    Parameters
    ----------
    comparison : Comparison
        Two raters; codes that neither used are left out.
    codebook : Codebook
        Names and order of the codes.
    """
    sizes = [len(_used(comparison, codebook, name)) for name in REQUIRED]
    figure = Figure(figsize=(11.5, 1.9 + 0.36 * max(sizes)), layout="constrained", dpi=110)
    axes = figure.subplots(1, 3, width_ratios=[max(size, 3) for size in sizes])
    for axis, dimension in zip(axes, REQUIRED, strict=True):
        draw_confusion(axis, comparison, codebook, dimension)
    figure.suptitle(
        f"{comparison.first} and {comparison.second}: {len(comparison.codes)} issues", x=0.01, ha="left", weight="bold"
    )
    return figure


def draw_confusion(axis: Axes, comparison: Comparison, codebook: Codebook, dimension: str) -> None:
    """Draw the matrix of one dimension into `axis`; rows are the first rater's codes."""
    codes = _used(comparison, codebook, dimension)
    place = {code: position for position, code in enumerate(codes)}
    counts = np.zeros((len(codes), len(codes)), dtype=int)
    for one, other in comparison.pairs(dimension):
        counts[place[one], place[other]] += 1
    alike = np.eye(len(codes), dtype=bool)
    top = max(1, int(counts.max(initial=1)))
    axis.imshow(np.ma.masked_array(counts, ~alike), cmap=_ALIKE, vmin=0, vmax=1.4 * top, aspect="equal")
    worst = max(1, int(counts[~alike].max(initial=1)))
    axis.imshow(np.ma.masked_array(counts, alike), cmap=_DIFFERENT, vmin=0, vmax=1.6 * worst, aspect="equal")
    for (row, column), count in np.ndenumerate(counts):
        if count:
            dark = count > 0.75 * (top if row == column else worst) and (row == column or worst > 1)
            axis.text(
                column, row, str(count), ha="center", va="center", fontsize=8, color="white" if dark else "#1f2933"
            )
    names = [codebook[dimension][code].name for code in codes]
    axis.set_xticks(range(len(codes)), names, rotation=55, ha="right", rotation_mode="anchor", fontsize=8)
    axis.set_yticks(range(len(codes)), names, fontsize=8)
    axis.set_title(codebook[dimension].name, loc="left", fontsize=10)
    axis.set_xlabel(comparison.second, fontsize=9)
    axis.set_ylabel(comparison.first, fontsize=9)
    axis.spines[:].set_visible(False)
    axis.tick_params(length=0)
    axis.set_xticks(np.arange(-0.5, len(codes)), minor=True)
    axis.set_yticks(np.arange(-0.5, len(codes)), minor=True)
    axis.grid(which="minor", color="#e4e8ec", linewidth=0.8)
    axis.tick_params(which="minor", length=0)


def _used(comparison: Comparison, codebook: Codebook, dimension: str) -> Sequence[str]:
    used = {code for pair in comparison.pairs(dimension) for code in pair}
    return [slug for slug in codebook[dimension].slugs if slug in used]
