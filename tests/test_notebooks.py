"""A notebook finds the project from any folder, says what to do where it cannot, and shows words, not codes."""

import json
import re
import sys
from pathlib import Path
from typing import Any

import pytest

from tests.conftest import ROOT

NOTEBOOKS = sorted((ROOT / "notebooks").glob("*.ipynb"))


def _cells(path: Path, kind: str = "code") -> list[dict[str, Any]]:
    return [cell for cell in json.loads(path.read_text(encoding="utf-8"))["cells"] if cell["cell_type"] == kind]


def _finding() -> str:
    return "".join(_cells(NOTEBOOKS[0])[0]["source"])


def _found(monkeypatch: pytest.MonkeyPatch, folder: Path, variable: Path | None = None) -> str:
    """Run the first cell in a folder; return what it puts first on the path."""
    monkeypatch.chdir(folder)
    monkeypatch.setattr(sys, "path", [])
    monkeypatch.delenv("ONNX_CONVERTER_FAILURES", raising=False)
    if variable is not None:
        monkeypatch.setenv("ONNX_CONVERTER_FAILURES", str(variable))
    exec(compile(_finding(), "first cell", "exec"), {})  # noqa: S102 - our own notebook
    return sys.path[0]


def test_every_notebook_starts_alike() -> None:
    assert len(NOTEBOOKS) >= 4
    for path in NOTEBOOKS:
        assert "".join(_cells(path)[0]["source"]) == _finding(), path


@pytest.mark.parametrize("folder", [".", "notebooks", "analysis/report"])
def test_the_project_is_found_from_any_folder_inside_it(folder: str, monkeypatch: pytest.MonkeyPatch) -> None:
    assert _found(monkeypatch, ROOT / folder) == str(ROOT)


def test_elsewhere_the_variable_decides_and_without_it_the_error_names_it(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    assert _found(monkeypatch, tmp_path, ROOT) == str(ROOT)
    for variable in (None, tmp_path):
        with pytest.raises(FileNotFoundError, match="set ONNX_CONVERTER_FAILURES to its checkout"):
            _found(monkeypatch, tmp_path, variable)


@pytest.mark.parametrize("path", NOTEBOOKS, ids=lambda path: path.stem)
def test_a_notebook_computes_by_hand_and_holds_it_against_the_package(path: Path) -> None:
    checks = [line for cell in _cells(path) for line in cell["source"] if line.lstrip().startswith("assert ")]
    assert len(checks) >= 4
    taught = "".join(line for cell in _cells(path, "markdown") for line in cell["source"])
    assert all(f"**{what}" in taught for what in ("A mechanism", "A picture"))


@pytest.mark.parametrize("path", NOTEBOOKS, ids=lambda path: path.stem)
def test_tables_have_words_for_headings(path: Path) -> None:
    shown = "".join(
        "".join(output["data"]["text/html"])
        for cell in _cells(path)
        for output in cell["outputs"]
        if "study-table" in "".join(output.get("data", {}).get("text/html", ""))
    )
    headings = re.findall(r'<th[^>]*class="gt_(?:row|col|column)[^>]*>(?:<span[^>]*>)?([^<]*)<', shown)
    assert headings
    words = [text.replace("torch.onnx", "") for text in headings]  # a name, as the paper writes it
    assert [text for text in words if re.search(r"[a-z][._][a-z]|^lt\d", text)] == []
