"""The labs: the teacher's version passes every check, the empty one fails each, and both come from one source."""

from collections.abc import Callable
from pathlib import Path

import matplotlib as mpl
import numpy as np
import pytest

from datapackage.codebook import load_codebook
from datapackage.errors import StudyError
from teaching.checks import UNANSWERED, Lab, open_lab
from teaching.converter_bench import Model, Runs, examine
from teaching.example_class import FOLDER, files
from teaching.exercises_break_a_converter import CASES, difference, differs, fault, recorded_models, verdict
from teaching.lab_notebooks import SOURCES, cells, for_students, for_teachers, main
from tests.conftest import DATA, ROOT

LABS = sorted(SOURCES.glob("*.py"))


def run(source: Path, *, solved: bool, monkeypatch: pytest.MonkeyPatch) -> Lab:
    """Execute a lab's code cells one after the other, as a notebook does, and return its checks."""
    mpl.use("Agg")
    monkeypatch.setenv("CONVERSION_TORCH_PYTHON", "not-there")  # lab 5 shows what was recorded
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


def test_a_converter_is_accused_with_reasons_only() -> None:
    lab = open_lab("break_a_converter")

    def message(exercise: str, *answers: object) -> str:
        return str(lab.check(exercise, *answers).message)

    def blind_to_nan(one: np.ndarray, other: np.ndarray) -> bool:
        return one.shape == other.shape and bool((abs(one - other) > 1e-5 + 1e-3 * abs(one)).any())

    def one_by_one(look: Callable[[int], bool], count: int) -> int:
        return next(length for length in range(1, count + 1) if look(length))

    assert "has this hole" in message("a difference", blind_to_nan)
    assert "the graph is wrong" in message("who is at fault", lambda _: "nobody")
    assert "5 looks at 8 stages: halving needs 3" in message("bisection", one_by_one)
    assert "Stages count from 1" in message("the guilty stage", 7, "Div")
    assert "still differs" in message("right but unstable", "pooling")


def test_the_planted_faults_are_told_apart_by_the_labs_own_rule() -> None:
    assert fault(verdict) is None
    assert difference(differs) is None


def test_without_pytorch_a_model_of_ones_own_says_what_to_do(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("CONVERSION_TORCH_PYTHON", "not-there")
    with pytest.raises(StudyError, match=r"make conversion-env.*only the lab's own models"):
        examine(Model("def model(x):\n    return x", (np.zeros(1),)))
    assert all(examine(model).recorded for model in recorded_models())
    shown = examine(CASES["pooling"])._repr_html_()
    assert "AveragePool (as recorded)" in shown
    assert "&lt;script&gt;" in Runs({}, {"convert": "exception: <script>"}, ())._repr_html_()


def test_the_example_class_is_what_its_seed_gives() -> None:
    made = files(load_codebook(DATA))
    assert {path.name: path.read_text(encoding="utf-8") for path in FOLDER.glob("*.csv")} == made
