"""What the labelling tests share: a sample of invented issues, raters' sheets, and raters who fill them."""

import csv
import json
from collections.abc import Callable, Mapping
from pathlib import Path

import openpyxl
import pytest
from openpyxl.worksheet.worksheet import Worksheet

from datapackage.codebook import load_codebook
from labelling.project import Project
from labelling.record import read_labels
from tests.conftest import DATA, Run

CODEBOOK = load_codebook(DATA)
REPOSITORIES = {"torch.onnx": "pytorch/pytorch", "tf2onnx": "onnx/tensorflow-onnx"}
# invented: numbers that no issue has
ISSUES = [(name, f"{REPOSITORIES[name]}#{9_000_000 + number}") for name in REPOSITORIES for number in range(1, 13)]
LABEL = {"Symptom": "Crash", "Root cause": "Type problem", "Detail": "Tensor", "Location": "Export"}


def draw_sample(store: Path, name: str, issues: list[tuple[str, str]], population: int = 500) -> None:
    """Write a sample as `python -m mining sample` does."""
    folder = store / "samples"
    folder.mkdir(parents=True, exist_ok=True)
    with (folder / f"{name}.csv").open("w", newline="") as stream:
        writer = csv.writer(stream, lineterminator="\n")
        writer.writerow(["sample", "issue", "converter", "population_rank", "created", "stratum", "draw"])
        for rank, (converter, issue) in enumerate(issues):
            writer.writerow([name, issue, converter, rank, f"2025-{1 + rank % 12:02d}-15", "", rank + 1])
    converters = {converter: {"population": population} for converter, _ in issues}
    (folder / f"{name}.json").write_text(json.dumps({"sample": name, "converters": converters}))


@pytest.fixture
def store(tmp_path: Path) -> Path:
    """A store with the sample ``autumn``: twelve issues a converter."""
    draw_sample(tmp_path / "store", "autumn", ISSUES)
    return tmp_path / "store"


@pytest.fixture
def project(store: Path) -> Project:
    return Project(store, "autumn")


@pytest.fixture
def sheets(invoke: Run, store: Path, tmp_path: Path) -> Callable[..., list[Path]]:
    """Write raters' sheets; return their paths, in order of the raters."""

    def write(*options: object, raters: str = "ann,bob", round_name: str = "main", kind: str = "xlsx") -> list[Path]:
        result = invoke(
            "labelling", "sheets", "--sample", "autumn", "--store", store, "--cache", tmp_path / "cache",
            "--raters", raters, "--round", round_name, "--format", kind, *options,
        )  # fmt: skip
        assert result.returncode == 0, result.stderr
        return [
            store / "labelling" / "autumn" / "sheets" / f"{round_name}-{rater}.{kind}" for rater in raters.split(",")
        ]

    return write


def column(sheet: Worksheet, heading: str) -> int:
    return next(cell.column for cell in sheet[1] if cell.value == heading)


def fill(
    path: Path,
    label: Callable[[str], Mapping[str, str]] = lambda _: LABEL,
    touch: Callable[[openpyxl.Workbook], None] = lambda _: None,
) -> Path:
    """Fill a workbook as a rater does: `label` gives the cells for an issue, `touch` does what else raters do."""
    book = openpyxl.load_workbook(path)
    sheet = book["Issues"]
    for row in range(2, sheet.max_row + 1):
        for heading, text in label(sheet.cell(row, column(sheet, "Issue")).value).items():
            sheet.cell(row, column(sheet, heading)).value = text or None
    touch(book)
    book.save(path)
    return path


@pytest.fixture
def read(invoke: Run, store: Path) -> Callable[..., object]:
    return lambda *arguments: invoke("labelling", "read", "--store", store, *arguments)


def codes(project: Project) -> dict[tuple[str, str], tuple[str, ...]]:
    """(rater, issue) → codes, of the last label recorded."""
    return {(label.rater, label.issue): tuple(label.codes.values()) for label in read_labels(project)}
