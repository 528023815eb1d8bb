"""Whether two runs give a reader the same: text to the letter, pictures within what font rasterisers differ by.

On one machine a run repeats byte for byte. Across processors the last bits of floating-point numbers may differ, and with
them the position of a mark by a fraction of a pixel; this is the comparison that continuous integration makes.
"""

import base64
import io
import re
from collections.abc import Mapping
from pathlib import Path

import numpy as np
from PIL import Image

PIXEL_TOLERANCE = 0.5  # mean absolute difference in grey levels of 255
COORDINATE_TOLERANCE = 0.5  # points of an SVG
# in a page, and among a notebook's outputs
_EMBEDDED = re.compile(r"(?:data:image/png;base64,|\"image/png\": \")([A-Za-z0-9+/=\s]+)")
_DRAWING = re.compile(r"<svg\b.*?</svg>", re.DOTALL)
_NUMBER = re.compile(r"(?<![#\w.])-?\d+(?:\.\d+)?(?:e-?\d+)?")  # coordinates, not the digits of colours and names
# matplotlib names clip paths and markers by a hash of their geometry
_NAME = re.compile(r"\b(?:[pm]|image)[0-9a-f]{10}\b")


def outdated(files: Mapping[Path, str | bytes], folder: Path) -> list[str]:
    """Compare the files of a run with those of a folder.

    Parameters
    ----------
    files : mapping of Path to str or bytes
        What a run gives, by path relative to the folder.
    folder : Path
        What is stored.

    Returns
    -------
    list of str
        Paths that are missing or that a reader would see to differ.
    """
    return [
        path.as_posix()
        for path, content in files.items()
        if not (folder / path).is_file() or not same(path.suffix, (folder / path).read_bytes(), _encoded(content))
    ]


def same(suffix: str, one: bytes, two: bytes) -> bool:
    """Whether two files of a kind (``.png``, ``.svg``, ``.html``, ``.ipynb``, else text) are the same to a reader."""
    if one == two:
        return True
    if suffix == ".png":
        return _same_picture(one, two)
    first, second = one.decode("utf-8"), two.decode("utf-8")
    if suffix == ".svg":
        return _same_drawing(first, second)
    if suffix in (".html", ".ipynb"):
        return _same_page(first, second)
    return first == second


def _encoded(content: str | bytes) -> bytes:
    return content.encode("utf-8") if isinstance(content, str) else content


def _same_picture(one: bytes, two: bytes) -> bool:
    first, second = (np.asarray(Image.open(io.BytesIO(data)).convert("L"), dtype=float) for data in (one, two))
    return first.shape == second.shape and float(np.abs(first - second).mean()) <= PIXEL_TOLERANCE


def _same_drawing(one: str, two: str) -> bool:
    if not _same_embedded(one, two):
        return False
    texts = [_NAME.sub("", _EMBEDDED.sub("", text)) for text in (one, two)]
    if _NUMBER.sub("", texts[0]) != _NUMBER.sub("", texts[1]):
        return False
    first, second = (np.array([float(number) for number in _NUMBER.findall(text)]) for text in texts)
    return bool(np.allclose(first, second, rtol=0, atol=COORDINATE_TOLERANCE))


def _same_page(one: str, two: str) -> bool:
    drawings = [_DRAWING.findall(page) for page in (one, two)]
    rests = [_DRAWING.sub("<svg>", page) for page in (one, two)]
    if _EMBEDDED.sub("", rests[0]) != _EMBEDDED.sub("", rests[1]) or not _same_embedded(*rests):
        return False
    return all(a == b or _same_drawing(a, b) for a, b in zip(*drawings, strict=True))


def _same_embedded(one: str, two: str) -> bool:
    """Whether the pictures inside two texts are the same to a reader."""
    first, second = (_EMBEDDED.findall(text) for text in (one, two))
    if len(first) != len(second):
        return False
    pairs = zip(first, second, strict=True)
    return all(a == b or _same_picture(base64.b64decode(a), base64.b64decode(b)) for a, b in pairs)
