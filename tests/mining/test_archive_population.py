"""The study's own issue lists as a store: the same commands filter and count them, and say what they cannot compute."""

import csv
from pathlib import Path

import pytest

from tests.mining.conftest import run
from tests.mining.full_data import LISTS, make_full_data
from tests.mining.made_archive import ISSUE_FILES


@pytest.fixture(scope="module")
def full_data(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return make_full_data(tmp_path_factory.mktemp("full"))


def test_the_filter_keeps_what_the_study_kept(
    full_data: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    store = tmp_path / "store"
    assert run("archive-population", "--store", store, "--data", full_data) == 0
    assert run("filter", "--store", store, "--filter", "archive") == 0
    with (store / "tables" / "decisions.csv").open(encoding="utf-8", newline="") as stream:
        rows = list(csv.DictReader(stream))
    assert {row["filter"] for row in rows} == {"population", "archive"}
    for converter, repository in (("torch.onnx", "pytorch/pytorch"), ("tf2onnx", "onnx/tensorflow-onnx")):
        kept = {
            row["issue"]
            for row in rows
            if row["converter"] == converter and row["filter"] == "archive" and row["kept"] == "true"
        }
        assert kept == {f"{repository}#{each['number']}" for each in LISTS[ISSUE_FILES[converter, "filtered"]]}
    capsys.readouterr()
    assert run("funnel", "--store", store, "--data", full_data) == 0
    shown = capsys.readouterr().out
    assert "kept by filter 'archive'" in shown
    assert "paper: 327" in shown
    for absent in ("issues of any state", "pull request linked", "'strict'"):
        assert absent not in shown


def test_filters_that_need_more_are_refused_by_name(
    full_data: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert run("archive-population", "--store", tmp_path / "s", "--data", full_data) == 0
    capsys.readouterr()
    assert run("filter", "--store", tmp_path / "s", "--filter", "paper", "--filter", "strict") == 1
    said = capsys.readouterr().err
    assert "'paper'" in said
    assert "'strict'" in said
    assert "REST's timelines" in said


def test_data_of_a_snapshot_and_a_store_with_fetched_issues_are_refused(
    data: Path, full_data: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert run("archive-population", "--store", tmp_path / "s", "--data", data) == 1
    assert "data.zip" in capsys.readouterr().err
    (tmp_path / "used" / "raw").mkdir(parents=True)
    assert run("archive-population", "--store", tmp_path / "used", "--data", full_data) == 1
    assert "holds fetched issues" in capsys.readouterr().err


@pytest.mark.parametrize(
    "command", [("fetch", "--converter", "tf2onnx", "--api-url", "http://127.0.0.1:9"), ("derive",)]
)
def test_nothing_is_fetched_or_derived_over_the_studys_population(
    command: tuple[str, ...], full_data: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    store = tmp_path / "store"
    assert run("archive-population", "--store", store, "--data", full_data) == 0
    held = {path: path.read_bytes() for path in store.rglob("*") if path.is_file()}
    capsys.readouterr()
    assert run(command[0], "--store", store, *command[1:]) == 1
    said = capsys.readouterr().err
    assert "issta24-archive" in said
    assert "name another store with --store" in said
    assert {path: path.read_bytes() for path in store.rglob("*") if path.is_file()} == held
