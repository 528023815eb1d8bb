"""The importer gives the committed tables from the published archive, and refuses anything else with all faults."""

from pathlib import Path

import openpyxl
import pytest
from openpyxl.workbook import Workbook

from datapackage.errors import InputError
from mining.published_archive.command import import_archive
from mining.published_archive.disclosures import BOOK as DISCLOSURES_BOOK
from mining.published_archive.inputs import FAILURES_BOOK, PILOT_BOOK, SHA256
from tests.conftest import DATA, Run, edit
from tests.mining.archive_copy import change_book, copy_inputs

TABLES = ["failures.csv", "ratings.csv"]


@pytest.fixture
def copy(archive: Path, tmp_path: Path) -> Path:
    return copy_inputs(archive, SHA256, tmp_path / "archive")


def test_the_committed_tables_are_what_the_archive_gives_twice(archive: Path, data: Path) -> None:
    for name in TABLES:
        (data / name).unlink()
    for _ in range(2):
        assert import_archive(archive, data)["failures"] == 200
        for name in TABLES:
            assert (data / name).read_bytes() == (DATA / name).read_bytes(), name


def test_a_changed_input_is_named_and_can_be_allowed(copy: Path, data: Path, invoke: Run) -> None:
    change_book(copy / FAILURES_BOOK, lambda book: book["PyTorch"].__setitem__("Q200", "a remark"))
    result = invoke("mining", "import-archive", copy, "--data", data)
    assert result.returncode == 1
    assert "FailureAnalysis.xlsx" in result.stderr
    assert "--allow-changed" in result.stderr
    assert invoke("mining", "import-archive", copy, "--data", data, "--allow-changed").returncode == 0
    for name in TABLES:
        assert (data / name).read_bytes() == (DATA / name).read_bytes(), name


def test_a_missing_input_is_named(copy: Path, data: Path) -> None:
    (copy / PILOT_BOOK).unlink()
    with pytest.raises(InputError, match=r"PilotStudy\.xlsx: is missing"):
        import_archive(copy, data)


def test_all_faults_of_all_sheets_are_reported_and_nothing_written(copy: Path, data: Path) -> None:
    def spoil(book: Workbook) -> None:
        torch, tf = book["PyTorch"], book["tf2onnx"]
        torch["E2"] = 99  # unknown number
        torch["F3"] = "Gremlins"  # unknown name
        torch["F4"] = "Typo"  # contradicts its number
        torch["C5"].hyperlink = None
        torch["C5"].value = None  # no URL
        torch["C6"] = torch["C7"].value  # the same issue twice
        tf["C2"] = "https://github.com/pytorch/pytorch/issues/1"  # another repository
        tf["I3"] = None  # no location
        tf["K5"] = 1  # a detail of another cause
        book["PT Drift Testing"]["E3"] = "ten"

    def disagree(book: Workbook) -> None:
        book["Interrater"]["B3"] = 5

    change_book(copy / FAILURES_BOOK, spoil)
    change_book(copy / PILOT_BOOK, disagree)
    before = {name: (data / name).read_bytes() for name in TABLES}
    with pytest.raises(InputError) as caught:
        import_archive(copy, data, allow_changed=True)
    found = {(fault.file, fault.row, (fault.column or "")[0], fault.reason) for fault in caught.value.faults}
    book = "FailureAnalysis.xlsx"
    assert found >= {
        (f"{book}[PyTorch]", 2, "E", "unknown-code"),
        (f"{book}[PyTorch]", 3, "F", "unknown-code"),
        (f"{book}[PyTorch]", 4, "F", "contradiction"),
        (f"{book}[PyTorch]", 5, "C", "missing-url"),
        (f"{book}[PyTorch]", 7, "C", "duplicate-issue"),
        (f"{book}[tf2onnx]", 2, "C", "wrong-repository"),
        (f"{book}[tf2onnx]", 3, "I", "missing-code"),
        (f"{book}[tf2onnx]", 5, "K", "contradiction"),
        (f"{book}[PT Drift Testing]", 3, "E", "unknown-code"),
        ("PilotStudy.xlsx[tf2onnx Issues - R1]", 2, "E", "contradiction"),
    }
    assert {name: (data / name).read_bytes() for name in TABLES} == before


def test_rows_of_other_samples_survive_an_import(archive: Path, data: Path) -> None:
    edit(data / "samples.csv", "population\n", "population\nlater,tf2onnx,50\n")
    row = "onnx/tensorflow-onnx#2300,later,tf2onnx,,2024-01-01,2024-01-01,2024-01-01,hang,typo,,export\n"
    with (data / "failures.csv").open("a") as stream:
        stream.write(row)
    import_archive(archive, data)
    text = (data / "failures.csv").read_text()
    assert row in text
    assert text.replace(row, "") == (DATA / "failures.csv").read_text()


def test_no_title_of_an_issue_is_committed(archive: Path) -> None:
    book = openpyxl.load_workbook(archive / FAILURES_BOOK, data_only=True)
    titles = {
        str(row[1]) for sheet in ("PyTorch", "tf2onnx") for row in book[sheet].iter_rows(2, 101, values_only=True)
    }
    committed = "\n".join(path.read_text(encoding="utf-8") for path in DATA.rglob("*") if path.is_file())
    assert len(titles) > 190
    assert [title for title in titles if len(title) > 12 and title in committed] == []


def test_disclosures_come_without_titles(archive: Path, data: Path) -> None:
    path = data / "published" / "disclosures.csv"
    path.unlink()
    import_archive(archive, data)
    assert path.read_bytes() == (DATA / "published" / "disclosures.csv").read_bytes()


def test_a_disclosed_issue_without_a_rule_is_named(copy: Path, data: Path) -> None:
    change_book(copy / DISCLOSURES_BOOK, lambda book: book["Sheet1"].__setitem__("B3", "Gremlins"))
    with pytest.raises(InputError, match=r"Sheet1.*Gremlins"):
        import_archive(copy, data, allow_changed=True)
