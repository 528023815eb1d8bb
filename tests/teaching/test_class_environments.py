"""Binder's and the dev container's files name what the project has; `.ci/plain-jupyter` takes their steps in a clean folder."""

import json
import os
import re
import subprocess
import tomllib

from packaging.specifiers import SpecifierSet

from tests.conftest import ROOT

BINDER, CONTAINER = ROOT / ".binder", ROOT / ".devcontainer" / "devcontainer.json"
SUPPORTED = SpecifierSet(tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]["requires-python"])


def test_binder_installs_a_students_lock_on_a_python_that_the_project_supports() -> None:
    (included,) = re.findall(r"^-r (.+)$", (BINDER / "requirements.txt").read_text(), re.MULTILINE)
    assert (BINDER / included).resolve() == ROOT / "requirements.txt"
    assert (BINDER / "runtime.txt").read_text().strip().removeprefix("python-") in SUPPORTED


def test_binders_last_step_runs_commands_that_exist() -> None:
    step = BINDER / "postBuild"
    assert os.access(step, os.X_OK)
    assert subprocess.run(["bash", "-n", str(step)], check=False).returncode == 0
    (lab,) = re.findall(r"execute (\S+\.ipynb)", step.read_text())
    assert (ROOT / "notebooks" / "teaching" / lab).is_file()


def test_the_dev_container_makes_a_target_and_uses_the_interpreter_that_it_makes() -> None:
    found = json.loads(CONTAINER.read_text())
    make, target = found["postCreateCommand"].split()
    assert make == "make"
    told = subprocess.run(["make", "-n", target], cwd=ROOT, capture_output=True, text=True, check=False)
    assert told.returncode == 0, told.stderr
    assert re.fullmatch(r"python:(\S+)-bookworm", found["image"])[1] in SUPPORTED  # type: ignore[index]
    interpreter = found["customizations"]["vscode"]["settings"]["python.defaultInterpreterPath"]
    assert interpreter.removeprefix("${containerWorkspaceFolder}/") == ".venv/bin/python"
    assert "VENV := .venv\n" in (ROOT / "Makefile").read_text()
