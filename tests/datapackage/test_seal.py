"""A data folder that passed every check says so, and nothing that changed since passes for checked."""

import json
import shutil
from collections.abc import Callable
from hashlib import sha256
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from analysis.dataset import open_study
from datapackage.commandline import DATA
from datapackage.descriptor import read_descriptor, refresh
from datapackage.errors import InputError
from datapackage.seal import is_sealed, seal
from datapackage.transaction import edited
from tests.conftest import Run, edit

FILES = sorted(
    {entry["path"] for entry in read_descriptor(DATA)["resources"]} | {"codebook.yaml", "survey/questions.yaml"}
)


def test_the_shipped_folder_is_sealed() -> None:
    """Else every command checks all of it again; `python -m analysis describe` seals it."""
    assert is_sealed(DATA)


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(name=st.sampled_from(FILES), place=st.floats(0, 1, exclude_max=True), put=st.sampled_from(b"x0, \n"))
def test_a_changed_byte_breaks_the_seal(data: Path, name: str, place: float, put: int) -> None:
    path = data / name
    before = path.read_bytes()
    position = int(place * len(before))
    after = before[:position] + bytes([put]) + before[position + 1 :]
    path.write_bytes(after)
    try:
        assert is_sealed(data) == (after == before)
    finally:
        path.write_bytes(before)


@pytest.mark.parametrize(
    "change",
    [
        pytest.param(lambda data: (data / "ratings.csv").unlink(), id="a table is gone"),
        pytest.param(lambda data: (data / "codebook.yaml").unlink(), id="the codebook is gone"),
        pytest.param(lambda data: shutil.copy(data / "samples.csv", data / "mine.csv"), id="an undescribed table"),
        pytest.param(
            lambda data: edit(data / "datapackage.json", '"frozenSamples": [', '"frozenSamples": ["mine",'),
            id="a description",
        ),
    ],
)
def test_other_changes_break_it_too(data: Path, change: Callable[[Path], object]) -> None:
    change(data)
    assert not is_sealed(data)


def test_sizes_and_hashes_made_to_fit_do_not_pass_for_checked(data: Path) -> None:
    """Whoever edits the descriptor by hand, or calls `refresh` alone, has checked nothing."""
    edit(data / "ratings.csv", "issta24,drift,onnx/tensorflow-onnx#77", "issta25,drift,onnx/tensorflow-onnx#77")
    descriptor = read_descriptor(data)
    for entry in descriptor["resources"]:
        if entry["path"] == "ratings.csv":
            content = (data / "ratings.csv").read_bytes()
            entry["hash"], entry["bytes"] = f"sha256:{sha256(content).hexdigest()}", len(content)
    (data / "datapackage.json").write_text(json.dumps(descriptor, indent=2), encoding="utf-8")
    assert not is_sealed(data)
    with pytest.raises(InputError, match="issta25"):
        open_study(data)
    refresh(data)
    assert not is_sealed(data)


def test_the_seal_is_one_line_of_the_descriptor(data: Path) -> None:
    """What versions of the data differ in is read line by line."""
    path = data / "datapackage.json"
    sealed = path.read_text(encoding="utf-8").splitlines()
    edit(path, '"checked": "sha256:', '"checked": "sha256:no')
    seal(data)
    assert path.read_text(encoding="utf-8").splitlines() == sealed
    assert [line for line in sealed if '"checked"' in line] == [sealed[-2]]


def test_describing_and_a_checked_change_seal_anew(data: Path, invoke: Run) -> None:
    edit(data / "failures.csv", "crash,shape_problem", "crash,algorithmic_error")
    assert not is_sealed(data)
    assert invoke("analysis", "describe", "--data", data).returncode == 0
    assert is_sealed(data)
    with edited(data) as copy:
        edit(copy / "failures.csv", "crash,algorithmic_error", "crash,shape_problem")
    assert is_sealed(data)


def test_a_sealed_folder_is_read_table_by_table(data: Path) -> None:
    """An answer waits for the tables that it needs alone, however many campaigns the folder has gathered."""
    study = open_study(data)
    for path in (data / "conversions").glob("*.csv"):
        path.unlink()
    assert len(study.failures) == 200


def test_a_folder_that_is_not_sealed_is_read_at_once(data: Path) -> None:
    """Results of an edited folder are all of one state of it, the one that was checked."""
    edit(data / "failures.csv", "crash,shape_problem", "crash,algorithmic_error")
    study = open_study(data)
    (data / "failures.csv").unlink()
    assert len(study.failures) == 200
