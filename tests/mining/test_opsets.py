"""Operator changes from the study's reading of the release notes and from ONNX's schemas."""

import json
import sys
from pathlib import Path

import pandas as pd
import pytest

from datapackage.errors import Fault, InputError
from mining.published_archive.inputs import OPSETS_FILE
from mining.published_archive.opsets import read_opsets
from mining.schema_registry import Schema, changes, registered_schemas, update_opsets
from tests.conftest import DATA, Run

DAYS = {1: pd.Timestamp("2017-12-06"), 2: pd.Timestamp("2018-03-21"), 3: pd.Timestamp("2018-05-24")}


def _archive(tmp_path: Path, document: object) -> Path:
    path = tmp_path / OPSETS_FILE
    path.parent.mkdir(parents=True)
    path.write_text(document if isinstance(document, str) else json.dumps(document), encoding="utf-8")
    return tmp_path


def test_notes_become_rows(tmp_path: Path) -> None:
    faults: list[Fault] = []
    entry = {"added": ["Abs", "Upsample (deprecated)"], "updated": ["Cast"], "date": "2018-05-24"}
    frame = read_opsets(_archive(tmp_path, {"7": entry}), faults)
    assert not faults
    assert frame[["opset", "operator", "change"]].to_numpy().tolist() == [
        [7, "Abs", "added"], [7, "Upsample", "added"], [7, "Cast", "updated"],
    ]  # fmt: skip
    assert set(frame["source"]) == {"release_notes"}


def test_all_faults_of_the_notes_are_listed(tmp_path: Path) -> None:
    faults: list[Fault] = []
    entry = {"added": ["Abs", "Abs", "no operator!"], "updated": [], "date": "May 2018", "removed": []}
    read_opsets(_archive(tmp_path, {"7": entry, "eight": {}}), faults)
    assert [fault.reason for fault in faults] == [
        "unknown-key", "invalid-date", "duplicate-operator", "invalid-operator", "invalid-number",
    ]  # fmt: skip
    assert "opset 7" in str(faults[1])
    assert "2018-03-21" in str(faults[1])


@pytest.mark.parametrize("text", ["{", "[]", '{"1": 3}'])
def test_another_form_is_an_error(tmp_path: Path, text: str) -> None:
    with pytest.raises(InputError, match=r"onnx_opset_diff\.json"):
        read_opsets(_archive(tmp_path, text), [])


def test_the_first_version_is_an_addition_and_later_ones_updates_in_any_order() -> None:
    schemas = [Schema("Add", 3, False), Schema("Add", 1, False), Schema("Elu", 2, True)]
    frame = changes(schemas, DAYS)
    assert frame[["operator", "opset", "change"]].to_numpy().tolist() == [
        ["Add", 1, "added"], ["Elu", 2, "added"], ["Add", 3, "updated"],
    ]  # fmt: skip
    assert frame.equals(changes(reversed(schemas), DAYS))


def test_an_undated_operator_set_is_named() -> None:
    with pytest.raises(InputError, match=r"'9'.*onnx_releases\.csv"):
        changes([Schema("Add", 9, False)], DAYS)


def test_the_committed_registry_is_what_the_onnx_package_gives_twice(data: Path) -> None:
    pytest.importorskip("onnx")
    for _ in range(2):
        assert len(update_opsets(data)) > 600
        assert (data / "opsets.csv").read_bytes() == (DATA / "opsets.csv").read_bytes()


def test_upsample_was_experimental_before_operator_set_7() -> None:
    pytest.importorskip("onnx")
    assert min(schema.opset for schema in registered_schemas() if schema.operator == "Upsample") == 7


def test_without_the_onnx_package_the_command_says_what_to_install(
    data: Path, invoke: Run, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(sys.modules, "onnx", None)
    result = invoke("mining", "opsets", "--data", data)
    assert result.returncode == 1
    assert "requirements.txt" in result.stderr
    assert (data / "opsets.csv").read_bytes() == (DATA / "opsets.csv").read_bytes()


def test_the_import_keeps_the_registrys_rows_and_restores_the_notes(archive: Path, data: Path, invoke: Run) -> None:
    path = data / "opsets.csv"
    lines = path.read_text(encoding="utf-8").splitlines(keepends=True)
    path.write_text("".join(line for line in lines if ",Abs," not in line or "registry" in line), encoding="utf-8")
    assert invoke("mining", "import-archive", archive, "--data", data).returncode == 0
    assert path.read_bytes() == (DATA / "opsets.csv").read_bytes()
