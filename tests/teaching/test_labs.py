"""The labs: the teacher's version passes every check, the empty one fails each, and both come from one source."""

from pathlib import Path

import matplotlib as mpl
import pytest

from datapackage.codebook import load_codebook
from teaching.checks import UNANSWERED, Lab, open_lab
from teaching.example_class import FOLDER, files
from teaching.lab_notebooks import SOURCES, cells, for_students, for_teachers, main
from tests.conftest import DATA, ROOT

LABS = sorted(SOURCES.glob("*.py"))


def run(source: Path, *, solved: bool, monkeypatch: pytest.MonkeyPatch) -> Lab:
    """Execute a lab's code cells one after the other, as a notebook does, and return its checks."""
    mpl.use("Agg")
    monkeypatch.chdir(ROOT / "notebooks" / "teaching")
    variables: dict[str, object] = {"__name__": "__main__"}
    for kind, text in cells(source.read_text(encoding="utf-8")):
        if kind == "code":
            code = for_teachers(text) if solved else for_students(text)
            try:
                exec(compile(code, source.name, "exec"), variables)  # noqa: S102
            except Exception as error:
                # a figure or table of answers that are not there yet
                if solved or "lab" not in variables:
                    raise AssertionError(f"{source.name}: {error}\n{code}") from error
    lab = variables["lab"]
    assert isinstance(lab, Lab)
    return lab


@pytest.mark.parametrize("source", LABS, ids=lambda path: path.stem)
def test_the_teachers_version_passes_every_check(source: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    lab = run(source, solved=True, monkeypatch=monkeypatch)
    assert set(lab.verdicts) == set(lab.exercises)
    assert [verdict for verdict in lab.verdicts.values() if not verdict.passed] == []


@pytest.mark.parametrize("source", LABS, ids=lambda path: path.stem)
def test_the_empty_version_fails_each_check_and_says_so(source: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    lab = run(source, solved=False, monkeypatch=monkeypatch)
    assert set(lab.verdicts) == set(lab.exercises)
    assert not any(verdict.passed for verdict in lab.verdicts.values())


def test_the_stored_notebooks_are_current() -> None:
    assert main(["--check"]) == 0, "run python -m teaching.lab_notebooks and commit"


def test_no_solution_reaches_the_students() -> None:
    for source in LABS:
        for kind, text in cells(source.read_text(encoding="utf-8")):
            if kind == "code":
                assert "SOLUTION" not in for_students(text) + for_teachers(text), source.name


def test_well_known_wrong_answers_are_told_why() -> None:
    lab = open_lab("how_sure_are_we")
    assert "percentage" in str(lab.check("share", 74).message)
    assert "torch.onnx alone" in str(lab.check("share", 0.78).message)
    assert "one standard error" in str(lab.check("textbook interval", (0.709, 0.771)).message)
    assert "infinite" in str(lab.check("finite population", (0.689, 0.850)).message)
    assert lab.check("share", ...).message == UNANSWERED
    assert "Has it the form" in str(lab.check("textbook interval", 0.7).message)
    assert lab.progress().startswith("0 of 8 exercises are done.")


def test_the_example_class_is_what_its_seed_gives() -> None:
    made = files(load_codebook(DATA))
    assert {path.name: path.read_text(encoding="utf-8") for path in FOLDER.glob("*.csv")} == made
