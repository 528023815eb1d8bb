"""Parts of figures that several chapters draw alike: axes of categories, grids, marks with their intervals."""

from collections.abc import Sequence

import numpy as np
from matplotlib.axes import Axes
from matplotlib.colors import LinearSegmentedColormap
from matplotlib.text import Text

from analysis.report.style import COLOURS, LINE

# none is the ground itself, whatever its colour; the most is a blue just beside the palette's, which in a dark page would turn too
# light for the writing on it
SHADES = LinearSegmentedColormap.from_list("shades", ["#0071b200", "#0071b2ff"])
DARK_SHADE = 0.8  # from here on, writing must be light


def category_axis(axes: Axes, names: Sequence[str], *, grid: bool = True) -> None:
    """Name the rows of a figure from top to bottom, one unit apart."""
    axes.set_yticks(range(len(names)), names)
    axes.set_ylim(len(names) - 0.5, -0.5)
    axes.tick_params(axis="y", length=0, pad=7)
    if grid:
        draw_grid(axes, "x")


def draw_grid(axes: Axes, axis: str) -> None:
    """Draw faint lines at the ticks of an axis (``x`` or ``y``), behind the marks."""
    (axes.xaxis if axis == "x" else axes.yaxis).grid(visible=True, color=LINE, linewidth=0.6)


def interval_marks(
    axes: Axes, x: np.ndarray, low: np.ndarray, high: np.ndarray, y: np.ndarray, *, colour: str, marker: str, label: str
) -> None:
    """Draw points with horizontal intervals."""
    axes.hlines(y, low, high, color=colour, linewidth=1.6)
    axes.plot(x, y, marker, color=colour, label=label, markersize=5, clip_on=False)


def write_values(axes: Axes, x: np.ndarray, y: np.ndarray, texts: Sequence[str], *, size: float = 7.5) -> list[Text]:
    """Write a text right of each place of a figure."""
    return [
        axes.annotate(text, (at, row), (5, 0), textcoords="offset points", va="center", fontsize=size)
        for at, row, text in zip(x, y, texts, strict=True)
    ]


def colour_of(name: str) -> str:
    """Return the colour of a converter or sample; others share one."""
    return COLOURS.get(name, COLOURS["accent"])
