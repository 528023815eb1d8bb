"""How figures look, and how they are stored so that the same data gives the same bytes."""

import io
import re
from collections.abc import Iterator
from contextlib import contextmanager
from types import MappingProxyType
from typing import Any

import matplotlib as mpl
from matplotlib.backends.backend_agg import FigureCanvasAgg
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
        "accent-light": "#56B4E9",
        "warning": "#CC79A7",
    }
)
# neutral colours; these and the palette change with the page's mode, see `analysis.report.inline_svg`
INK, QUIET, MUTED, LINE, BAND = "#000000", "#4D4D4D", "#999999", "#E5E5E5", "#ECECEC"
# writing on coloured marks, the same in every mode
ON_DARK, ON_LIGHT = "#FEFEFE", "#111111"
MARKERS = MappingProxyType({"torch.onnx": "o", "tf2onnx": "s", "pooled": "D", "weighted": "D", "reference": "^"})
WIDTH = 7.2  # inches, the text width of a page
DPI = 200  # dots an inch of a PNG
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

# coordinates of an SVG; not the factors of scale(...), which are small
_COORDINATES = re.compile(r' (?:d|x|y|points)="[^"]*"|translate\([^)]*\)')
_LONG = re.compile(r"-?\d+\.\d{3,}")


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
    """Return a figure as PNG and as SVG, both in the PNG's layout."""
    _lay_out(figure)
    return png(figure), svg(figure)


def _lay_out(figure: Figure) -> None:
    """Place the parts of a figure for good.

    As long as a figure has a layout engine, matplotlib draws it once more before each picture that it saves.
    """
    engine = figure.get_layout_engine()
    if engine is None:
        return
    with style():
        FigureCanvasAgg(figure)
        figure.set_dpi(DPI)
        engine.execute(figure)
        mpl.rcParams["figure.constrained_layout.use"] = False
        figure.set_layout_engine(None)


def png(figure: Figure) -> bytes:
    """Return a figure as PNG, without time stamp or version."""
    return _saved(figure, "png", dpi=DPI, metadata={"Software": None})


def svg(figure: Figure) -> bytes:
    """Return a figure as SVG, without time stamp or version, coordinates to a hundredth of a point."""
    text = _saved(figure, "svg", metadata={"Date": None, "Creator": None}).decode("utf-8")
    return _COORDINATES.sub(lambda found: _LONG.sub(_hundredths, found[0]), text).encode("utf-8")


def _hundredths(found: re.Match[str]) -> str:
    return f"{float(found[0]):.2f}".rstrip("0").rstrip(".")


def _saved(figure: Figure, form: str, **options: object) -> bytes:
    stream = io.BytesIO()
    with style():
        # a figure without a layout engine must not get one, see `_lay_out`
        mpl.rcParams["figure.constrained_layout.use"] = False
        figure.savefig(stream, format=form, **options)  # type: ignore[arg-type]
    return stream.getvalue()
