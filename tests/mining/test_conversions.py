"""The result files of the conversion experiment become the committed table; anything unexpected is a fault."""

import json
import re
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from datapackage.errors import Fault
from mining.published_archive.conversion_inputs import LOG_DATA, RESULTS_SHA256, results_file
from mining.published_archive.conversions import outcome, read_conversions
from mining.published_archive.importing import import_archive
from tests.conftest import DATA

TABLE = "conversions/issta24-synthetic.csv"
Entries = list[dict[str, Any]]


@pytest.fixture(scope="module")
def texts(archive: Path) -> set[str]:
    """Every distinct recorded error text."""
    files = [archive / results_file(*key) for key in RESULTS_SHA256]
    entries = [entry for file in files for entry in json.loads(file.read_text(encoding="utf-8"))]
    return {entry["error"] for entry in entries if entry["error"] is not None}


@pytest.fixture
def small(tmp_path: Path) -> Path:
    """An archive of the published form with one made entry a file."""
    for number, (converter, nodes) in enumerate(RESULTS_SHA256):
        folder = "torch" if converter == "torch.onnx" else "tensorflow"
        model = f"model_{number}_{number}"
        measured = {"mismatch": False} if folder == "torch" else {"mad": 0.5}
        entry = {"model": model, "path": f"made/{folder}/{nodes}/{model}/x", "result": 0, "error": None, **measured}
        _write(tmp_path / results_file(converter, nodes), [entry])
    _write(tmp_path / LOG_DATA, [])
    return tmp_path


def _write(path: Path, entries: object) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(json.dumps(entries), encoding="utf-8")


def _edit(archive: Path, change: Callable[[Entries], None], file: str = results_file("tf2onnx", 15)) -> None:
    entries = json.loads((archive / file).read_text(encoding="utf-8"))
    change(entries)
    _write(archive / file, entries)


def test_the_committed_table_is_what_the_archive_gives_twice(archive: Path, data: Path) -> None:
    (data / TABLE).unlink()
    for _ in range(2):
        assert import_archive(archive, data).rows["conversions-issta24-synthetic"][1] == 3544
        assert (data / TABLE).read_bytes() == (DATA / TABLE).read_bytes()


def test_no_error_text_enters_the_data(texts: set[str]) -> None:
    committed = "\n".join(path.read_text(encoding="utf-8") for path in DATA.rglob("*") if path.is_file())
    words = [re.findall(r"[A-Za-z]+", text) for text in texts]
    windows = {" ".join(each[start : start + 4]) for each in words for start in range(len(each) - 3)}
    plain = " ".join(re.findall(r"[A-Za-z]+", committed))
    assert len(windows) > 300
    assert [window for window in sorted(windows) if window in plain] == []


def test_a_made_archive_is_read(small: Path) -> None:
    _edit(small, lambda entries: entries[0].update(mad=float("nan")))
    _edit(small, lambda entries: entries[0].update(mad=float("inf")), results_file("tf2onnx", 20))
    _edit(small, lambda entries: entries[0].update(mad=1e-7), results_file("tf2onnx", 25))
    _edit(small, lambda entries: entries[0].update(mismatch=True), results_file("torch.onnx", 15))
    log = {
        "path": "model_0_0.log",
        "greatest abs diff.": "2.5",
        "greatest rel diff.": None,
        "mismatched elements": [3, 4, 75.0],
    }
    _write(small / LOG_DATA, [log])
    faults: list[Fault] = []
    frame = read_conversions(small, faults).set_index(["converter", "nodes"])
    assert faults == []
    columns = ["reported", "outcome", "difference", "max_abs_diff"]
    assert frame.loc[("tf2onnx", 15), columns[:3]].tolist() == ["match", "not_compared", "nan"]
    assert frame.loc[("tf2onnx", 20), columns].tolist() == ["mismatch", "mismatch", "infinite", float("inf")]
    assert frame.loc[("tf2onnx", 25), columns].tolist() == ["match", "success", "finite", 1e-7]
    assert frame.loc[("tf2onnx", 30), columns].tolist() == ["mismatch", "mismatch", "finite", 0.5]
    assert frame.loc[("torch.onnx", 15), columns].tolist() == ["mismatch", "mismatch", "finite", 2.5]
    assert frame.loc[("torch.onnx", 15), ["mismatched_elements", "compared_elements"]].tolist() == [3, 4]
    assert frame.loc[("torch.onnx", 20), columns[:3]].tolist() == ["match", "success", "unrecorded"]


@pytest.mark.parametrize(
    ("change", "column", "reason"),
    [
        (lambda entries: entries[0].update(result=1, error="a new kind of error"), "error", "unknown-error"),
        (lambda entries: entries[0].update(path="made/tensorflow/20/x"), "path", "contradiction"),
        (lambda entries: entries[0].update(model=7), "path", "contradiction"),
        (lambda entries: entries[0].update(result=2), "result", "invalid"),
        (lambda entries: entries[0].update(result=1), "result", "invalid"),
        (lambda entries: entries[0].update(error="b''"), "result", "invalid"),
        (lambda entries: entries[0].update(mad=-1), "mad", "invalid"),
        (lambda entries: entries[0].update(mad="much"), "mad", "invalid"),
        (lambda entries: entries[0].pop("mad"), "mad", "invalid"),
        (lambda entries: entries[0].update(mismatch=True), "mad", "invalid"),
        (lambda entries: entries.append(dict(entries[0])), "model", "duplicate-model"),
    ],
)
def test_an_unexpected_entry_is_a_fault(
    small: Path, change: Callable[[Entries], None], column: str, reason: str
) -> None:
    _edit(small, change)
    faults: list[Fault] = []
    read_conversions(small, faults)
    assert [(fault.column, fault.reason) for fault in faults] == [(column, reason)]
    assert faults[0].file.endswith("_16_15.json")
    assert faults[0].row in (1, 2)


@pytest.mark.parametrize(
    ("entry", "reason"),
    [
        ({"path": "model_99_99.log"}, "contradiction"),
        ({"path": "model_0_0.log", "greatest abs diff.": "large"}, "invalid"),
        ({"path": "model_0_0.log", "mismatched elements": [1, 2]}, "invalid"),
    ],
)
def test_a_log_that_does_not_fit_is_a_fault(small: Path, entry: dict[str, object], reason: str) -> None:
    _edit(small, lambda entries: entries[0].update(mismatch=True), results_file("torch.onnx", 15))
    _write(small / LOG_DATA, [entry])
    faults: list[Fault] = []
    read_conversions(small, faults)
    assert [fault.reason for fault in faults] == [reason]


def test_all_faults_are_reported_together(small: Path) -> None:
    for nodes in (15, 20, 25):
        _edit(small, lambda entries: entries[0].update(mad=-1), results_file("tf2onnx", nodes))
    faults: list[Fault] = []
    read_conversions(small, faults)
    assert len(faults) == 3


@pytest.mark.parametrize("content", ["{", "{}", "[1]", "[" * 100_000])
def test_a_file_of_another_form_is_named(small: Path, content: str) -> None:
    (small / results_file("tf2onnx", 15)).write_text(content, encoding="utf-8")
    (small / results_file("torch.onnx", 20)).write_text("[]", encoding="utf-8")
    faults: list[Fault] = []
    read_conversions(small, faults)
    assert [Path(fault.file).name for fault in faults] == [
        "torch_symbolic-cinit_opset_16_20.json", "tensorflow_symbolic-cinit_opset_16_15.json",
    ]  # fmt: skip


@pytest.mark.parametrize(
    ("evidence", "expected"),
    [
        (("exception", "convert", "command_failed", None), "conversion_failure"),
        (("exception", "load", "kernel_missing", None), "load_failure"),
        (("exception", "run", "broadcast", None), "run_failure"),
        (("exception", "compare", "shape_differs", None), "wrong_shape"),
        (("exception", "compare", "boolean_outputs", None), "not_compared"),
        (("exception", "unknown", "time_out", None), "not_compared"),
        (("mismatch", None, None, "infinite"), "mismatch"),
        (("match", None, None, "nan"), "not_compared"),
        (("match", None, None, "unrecorded"), "success"),
    ],
)
def test_the_outcome_follows_from_the_evidence(
    evidence: tuple[str, str | None, str | None, str | None], expected: str
) -> None:
    assert outcome(*evidence) == expected
