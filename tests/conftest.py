"""Fixtures that all tests share: the committed data, a copy to edit, the archive where it is at hand."""

import json
import os
import shutil
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import hypothesis
import pytest

import analysis.commands
import labelling.commands
import mining.commands
from analysis.chapters import CHAPTERS
from analysis.claims.ledger import Ledger, build_ledger
from analysis.dataset import Study
from datapackage.commandline import main
from datapackage.descriptor import refresh
from datapackage.validation import validate

ROOT = Path(__file__).resolve().parents[1]
DATA = ROOT / "data"
LABEL_TABLES = ("failures", "ratings", "raters", "samples")

# the same examples in every run: a failure must be one that the author can see, too
hypothesis.settings.register_profile("project", derandomize=True, deadline=None, max_examples=60)
hypothesis.settings.register_profile("few", parent=hypothesis.settings.get_profile("project"), max_examples=15)
hypothesis.settings.load_profile(os.environ.get("HYPOTHESIS_PROFILE", "project"))

Run = Callable[..., "subprocess.CompletedProcess[str]"]


@pytest.fixture
def data(tmp_path: Path) -> Path:
    """A copy of the committed data folder."""
    copy = tmp_path / "data"
    shutil.copytree(DATA, copy)
    return copy


@pytest.fixture(scope="session")
def _small(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("small") / "data"
    (folder / "survey").mkdir(parents=True)
    for name in ("codebook.yaml", "CHANGELOG.md", "survey/questions.yaml"):
        shutil.copy(DATA / name, folder / name)
    descriptor = json.loads((DATA / "datapackage.json").read_text(encoding="utf-8"))
    descriptor["resources"] = [entry for entry in descriptor["resources"] if entry["name"] in LABEL_TABLES]
    descriptor["version"] = "1.4.2"
    (folder / "datapackage.json").write_text(json.dumps(descriptor), encoding="utf-8")
    for name in LABEL_TABLES:
        lines = (DATA / f"{name}.csv").read_text(encoding="utf-8").splitlines(keepends=True)
        (folder / f"{name}.csv").write_text("".join(lines[:5]), encoding="utf-8")
    refresh(folder)
    assert validate(folder) == []
    return folder


@pytest.fixture
def small(tmp_path: Path, _small: Path) -> Path:
    """A data folder with the tables that labels go into, and a few rows of the study in them."""
    return shutil.copytree(_small, tmp_path / "data")


@pytest.fixture(scope="session")
def study() -> Study:
    return Study(DATA)


@pytest.fixture(scope="session")
def ledger(study: Study) -> Ledger:
    return build_ledger(study, [chapter.claims for chapter in CHAPTERS])


@pytest.fixture(scope="session")
def archive() -> Path:
    """The study's published archive: beside the repository, or where ONNX_ARCHIVE says."""
    path = Path(os.environ.get("ONNX_ARCHIVE", ROOT.parent / "shared" / "artifact"))
    if not path.is_dir():
        message = f"no clone of the study's archive at {path}; set ONNX_ARCHIVE to test the importer on it"
        if os.environ.get("CI") == "true":
            pytest.fail(message)
        pytest.skip(message)
    return path


@pytest.fixture
def run() -> Run:
    """Run ``python -m MODULE ARGUMENTS`` as a user does."""

    def call(*arguments: str | Path, **environment: str) -> "subprocess.CompletedProcess[str]":
        return subprocess.run(
            [sys.executable, "-m", *map(str, arguments)],
            cwd=ROOT, env=os.environ | environment, capture_output=True, text=True, encoding="utf-8", check=False,
        )  # fmt: skip

    return call


@pytest.fixture
def invoke(capsys: pytest.CaptureFixture[str]) -> Run:
    """As `run`, without a process of its own: faster, for the many cases of a table."""

    def call(module: str, *arguments: str | Path) -> "subprocess.CompletedProcess[str]":
        commands = {
            "analysis": analysis.commands.COMMANDS,
            "labelling": labelling.commands.COMMANDS,
            "mining": mining.commands.commands(),
        }[module]
        code = main(f"python -m {module}", "", commands, [str(argument) for argument in arguments])
        output, errors = capsys.readouterr()
        return subprocess.CompletedProcess([module], code, output, errors)

    return call


def edit(path: Path, old: str, new: str, count: int = 1) -> None:
    """Replace text in a file; the text must be there."""
    text = path.read_text(encoding="utf-8")
    assert old in text, f"{old!r} is not in {path}"
    path.write_text(text.replace(old, new, count), encoding="utf-8")
