"""How figures look, and how they are stored so that the same data gives the same bytes."""

import io
from collections.abc import Iterator
from contextlib import contextmanager
from types import MappingProxyType
from typing import Any

import matplotlib as mpl
from matplotlib.figure import Figure

# Okabe & Ito (2008), distinguishable with any colour vision and in grey
COLOURS = MappingProxyType(
    {
        "torch.onnx": "#D55E00",
        "tf2onnx": "#0072B2",
        "pooled": "#4D4D4D",
        "weighted": "#4D4D4D",
        "reference": "#999999",
        "accent": "#009E73",
        "warning": "#CC79A7",
    }
)
MARKERS = MappingProxyType({"torch.onnx": "o", "tf2onnx": "s", "pooled": "D", "weighted": "D", "reference": "^"})
WIDTH = 7.2  # inches, the text width of a page
_PARAMETERS: dict[Any, Any] = {
    "font.family": "DejaVu Sans",
    "font.size": 9,
    "axes.titlesize": 10,
    "axes.titlelocation": "left",
    "axes.titleweight": "bold",
    "axes.spines.top": False,
    "axes.spines.right": False,
    "axes.axisbelow": True,
    "axes.grid": False,
    "legend.frameon": False,
    "figure.constrained_layout.use": True,
    "svg.hashsalt": "onnx-converter-failures",
    "svg.fonttype": "path",
}


@contextmanager
def style() -> Iterator[None]:
    """Draw with the project's parameters, whatever the user's own settings are."""
    with mpl.rc_context():
        mpl.rcdefaults()
        mpl.rcParams.update(_PARAMETERS)
        yield


def new_figure(height: float, *, width: float = WIDTH) -> Figure:
    """Return an empty figure (inches) that no window system knows of."""
    return Figure(figsize=(width, height))


def rendered(figure: Figure) -> tuple[bytes, bytes]:
    """Return a figure as PNG and as SVG; the layout, which takes longest, is computed once for both."""
    pixels = png(figure)
    figure.set_layout_engine("none")
    return pixels, svg(figure)


def png(figure: Figure) -> bytes:
    """Return a figure as PNG at 200 dots an inch, without time stamp or version."""
    return _saved(figure, "png", dpi=200, metadata={"Software": None})


def svg(figure: Figure) -> bytes:
    """Return a figure as SVG, without time stamp or version."""
    return _saved(figure, "svg", metadata={"Date": None, "Creator": None})


def _saved(figure: Figure, form: str, **options: object) -> bytes:
    stream = io.BytesIO()
    with style():
        figure.savefig(stream, format=form, **options)  # type: ignore[arg-type]
    return stream.getvalue()
