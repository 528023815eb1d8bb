"""A copy of the published archive's inputs that a test may break."""

import shutil
from collections.abc import Callable, Iterable
from pathlib import Path

import openpyxl
from openpyxl.workbook import Workbook


def copy_inputs(archive: Path, names: Iterable[str], target: Path) -> Path:
    """Copy the named files, writable, into `target`; return it."""
    for name in names:
        (target / name).parent.mkdir(parents=True, exist_ok=True)
        shutil.copy(archive / name, target / name)
        (target / name).chmod(0o644)
    return target


def change_book(path: Path, change: Callable[[Workbook], None]) -> None:
    """Change a workbook in place; its formulas become their stored values."""
    book = openpyxl.load_workbook(path, data_only=True)
    change(book)
    book.save(path)
