"""Typesetting the article: the same inputs give the same bytes, on every machine."""

import json
import shutil
import tempfile
from collections.abc import Sequence
from pathlib import Path

from datapackage.errors import StudyError

FOLDER = Path(__file__).resolve().parent
SOURCES = ("article.typ", "layout.typ", "references.yml")
VALUES, ARTICLE = Path("paper/article.json"), Path("paper/article.pdf")
_CITATION = FOLDER.parents[1] / "CITATION.cff"
# a PDF dates itself; a fixed day keeps its bytes the same
_TIMESTAMP = 1_704_067_200  # 2024-01-01 UTC, seconds


def typeset(folder: Path) -> bytes:
    """Return the article as PDF.

    Fonts are those of the compiler alone, so that the page does not depend on what a machine has installed.

    Parameters
    ----------
    folder : Path
        Where a run has written ``paper/article.json`` and ``figures/``.

    Raises
    ------
    StudyError
        The compiler is not installed, or what the article takes from a run is missing there.
    """
    try:
        import typst  # noqa: PLC0415  (not in the core: the report is made without it)
    except ImportError as error:
        message = "typst, which typesets the article, is not installed; run make paper, or pip install -r requirements-paper.txt"
        raise StudyError(message) from error
    _require(folder, [VALUES])
    figures = [
        Path("figures") / f"{name}.svg" for name in json.loads((folder / VALUES).read_text(encoding="utf-8"))["figures"]
    ]
    _require(folder, figures)
    with tempfile.TemporaryDirectory() as place:
        root = Path(place)
        (root / "figures").mkdir()
        for name in SOURCES:
            shutil.copyfile(FOLDER / name, root / name)
        shutil.copyfile(_CITATION, root / "CITATION.cff")
        shutil.copyfile(folder / VALUES, root / VALUES.name)
        for path in figures:
            shutil.copyfile(folder / path, root / path)
        try:
            pdf: bytes = typst.compile(
                str(root / "article.typ"), root=str(root), ignore_system_fonts=True, timestamp=_TIMESTAMP, format="pdf"
            )
        except RuntimeError as error:  # typst's errors are of this class
            raise StudyError(f"the article does not compile: {error}") from error
    return pdf


def _require(folder: Path, paths: Sequence[Path]) -> None:
    missing = [path.as_posix() for path in paths if not (folder / path).is_file()]
    if missing:
        raise StudyError(f"{folder}: has no {', '.join(missing)}; run python -m analysis reproduce first")
