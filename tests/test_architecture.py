"""The arrows between the rooms hold, and a wrong one would be seen."""

import shutil
from pathlib import Path

import pytest

from docs.architecture import CHAPTERS, EVERYWHERE, ROOMS, imports, main, wrong_imports
from tests.conftest import ROOT


def test_no_import_goes_where_no_arrow_does() -> None:
    assert wrong_imports() == []


def test_the_stored_picture_and_table_are_those_of_the_imports() -> None:
    assert main(["--check"]) == 0, "run python -m docs.architecture and commit"


def test_among_what_no_room_imports_benchmarks_use_test_doubles_and_tests_use_the_rest() -> None:
    used = {
        (found.importing, found.imported)
        for found in imports()
        if found.importing in EVERYWHERE and found.imported in EVERYWHERE
    }
    assert used == {("benchmarks", "tests"), ("tests", "benchmarks"), ("tests", "docs")}


def test_arrows_lead_down_and_never_back() -> None:
    """An order in which every room comes after those that it imports exists only without circles."""
    left = {name: set(room.imports) for name, room in ROOMS.items()}
    while left:
        free = {name for name, wanted in left.items() if not wanted & set(left)}
        assert free, f"a circle among {sorted(left)}"
        left = {name: wanted for name, wanted in left.items() if name not in free}
    assert not any(set(ROOMS[chapter].imports) & set(CHAPTERS) for chapter in CHAPTERS)


@pytest.mark.parametrize(
    ("file", "line", "importing", "imported"),
    [
        ("analysis/survey/answers.py", "from analysis.failures import labels", "analysis.survey", "analysis.failures"),
        ("methods/paired.py", "import datapackage.tables", "methods", "datapackage"),
        ("datapackage/files.py", "def late():\n    from mining.store import Store", "datapackage", "mining"),
        ("analysis/claims/printed.py", "from analysis.report import html", "analysis.claims", "analysis.report"),
        ("mining/funnel.py", "from tests import conftest", "mining", "tests"),
        ("newcomer/__init__.py", "from datapackage import files", "newcomer", "datapackage"),
    ],
)
def test_a_planted_import_is_found(file: str, line: str, importing: str, imported: str, tmp_path: Path) -> None:
    for package in ("analysis", "datapackage", "methods", "mining"):
        shutil.copytree(ROOT / package, tmp_path / package, ignore=shutil.ignore_patterns("__pycache__"))
    (tmp_path / file).parent.mkdir(exist_ok=True)
    with (tmp_path / file).open("a", encoding="utf-8") as stream:
        stream.write(f"\n{line}\n")
    found = wrong_imports(tmp_path)
    assert [(each.file, each.importing, each.imported) for each in found] == [(file, importing, imported)]
