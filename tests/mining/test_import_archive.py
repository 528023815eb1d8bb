"""The importer gives the committed tables from the published archive, and refuses anything else with all faults."""

from collections.abc import Callable
from pathlib import Path

import openpyxl
import pytest
from openpyxl.workbook import Workbook

from datapackage.errors import InputError
from datapackage.files import JOURNAL
from mining.published_archive.disclosures import BOOK as DISCLOSURES_BOOK
from mining.published_archive.importing import import_archive
from mining.published_archive.inputs import CODING_BOOK, FAILURES_BOOK, PILOT_BOOK, SHA256
from tests.conftest import DATA, Run, edit
from tests.mining.archive_copy import change_book, copy_inputs

TABLES = ["failures.csv", "ratings.csv"]


@pytest.fixture
def copy(archive: Path, tmp_path: Path) -> Path:
    return copy_inputs(archive, SHA256, tmp_path / "archive")


def test_the_committed_tables_are_what_the_archive_gives_twice(archive: Path, data: Path) -> None:
    for name in TABLES:
        (data / name).unlink()
    for first in (True, False):
        assert import_archive(archive, data).rows["failures"] == (None if first else 200, 200)
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
    row = "onnx/tensorflow-onnx#2300,later,tf2onnx,,2024-01-01,2024-01-01,2024-01-01,hang,typo,,export,active,\n"
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


HEADERS: dict[str, tuple[dict[str, Callable[[Workbook], None]], set[str]]] = {
    "headers": (
        {
            FAILURES_BOOK: lambda b: (b["PyTorch"].__setitem__("E1", "Types"), b["PT Drift Testing"].__setitem__("E1", "R B")),
            PILOT_BOOK: lambda b: b["Interrater"].__setitem__("A1", "PyTorch"),
            CODING_BOOK: lambda b: b["Use case"].delete_cols(1),
        },
        {"missing-column"},
    ),
    "rows": (
        {
            FAILURES_BOOK: lambda b: (b["PyTorch"].delete_rows(2, 200), setattr(b["PT Drift Testing"], "title", "Drift")),
            PILOT_BOOK: lambda b: b["Interrater"].__setitem__("XFD1048576", 1),
        },
        {"empty-sheet", "missing-sheet", "too-large"},
    ),
    "an empty sheet, a column twice": (
        {
            FAILURES_BOOK: lambda b: (b["tf2onnx"].__setitem__("P1", "Type"), b["PT Drift Testing"].delete_rows(1, 99)),
            CODING_BOOK: lambda b: b["Use case"].__setitem__("C1", "Raw data"),
        },
        {"missing-column", "repeated-column"},
    ),
}  # fmt: skip


@pytest.mark.parametrize("case", HEADERS)
def test_sheets_that_do_not_fit_are_refused(copy: Path, data: Path, case: str) -> None:
    changes, reasons = HEADERS[case]
    for book, change in changes.items():
        change_book(copy / book, change)
    before = stored(data)
    with pytest.raises(InputError) as caught:
        import_archive(copy, data, allow_changed=True)
    assert {fault.reason for fault in caught.value.faults} == reasons
    assert len({fault.file for fault in caught.value.faults}) >= 3
    assert stored(data) == before


def test_columns_are_found_by_their_headers(copy: Path, data: Path) -> None:
    change_book(copy / FAILURES_BOOK, lambda book: book["PyTorch"].insert_cols(1))
    before = stored(data)
    import_archive(copy, data, allow_changed=True)
    assert stored(data) == before


def test_a_drop_is_told_and_can_be_allowed(copy: Path, data: Path, invoke: Run) -> None:
    change_book(copy / FAILURES_BOOK, lambda book: book["tf2onnx"].delete_rows(5, 3))
    arguments = ("mining", "import-archive", copy, "--data", data, "--allow-changed")
    result = invoke(*arguments)
    assert result.returncode == 1
    assert "has 200 rows of the study, would get 197" in result.stderr
    result = invoke(*arguments, "--allow-fewer-rows")
    assert result.returncode == 0
    assert "failures: 197 rows (200 before)" in result.stdout
    assert "ratings: 364 rows (364 before)\n" in result.stdout
    assert "imported a snapshot" in result.stdout


def test_a_table_that_cannot_be_written_leaves_every_file_as_it_was(archive: Path, data: Path) -> None:
    (data / "failures.csv").unlink()  # so that the import has something to write
    (data / "survey" / ".themes.csv.replacing").mkdir()  # nobody, root included, can write a file there
    before = stored(data)
    with pytest.raises(OSError, match=r"themes\.csv"):
        import_archive(archive, data)
    assert stored(data) == before


def test_an_interrupted_import_is_finished_and_told(archive: Path, data: Path, invoke: Run) -> None:
    (data / ".failures.csv.replacing").write_bytes((data / "failures.csv").read_bytes())
    (data / "failures.csv").write_text("half")
    (data / JOURNAL).write_text('{"replace": ["failures.csv"], "remove": []}')
    result = invoke("mining", "import-archive", archive, "--data", data)
    assert result.returncode == 0
    assert "an earlier import was interrupted" in result.stderr
    assert stored(data) == stored(DATA)


def stored(folder: Path) -> dict[str, bytes]:
    return {path.relative_to(folder).as_posix(): path.read_bytes() for path in folder.rglob("*") if path.is_file()}


def test_disclosures_come_without_titles(archive: Path, data: Path) -> None:
    path = data / "published" / "disclosures.csv"
    path.unlink()
    import_archive(archive, data)
    assert path.read_bytes() == (DATA / "published" / "disclosures.csv").read_bytes()


def test_a_disclosed_issue_without_a_rule_is_named(copy: Path, data: Path) -> None:
    change_book(copy / DISCLOSURES_BOOK, lambda book: book["Sheet1"].__setitem__("B3", "Gremlins"))
    with pytest.raises(InputError, match=r"Sheet1.*Gremlins"):
        import_archive(copy, data, allow_changed=True)


@pytest.mark.parametrize("value", ["Date Opened", "2023", None])
def test_a_disclosed_issue_whose_day_is_no_date_is_named(copy: Path, data: Path, value: object) -> None:
    change_book(copy / DISCLOSURES_BOOK, lambda book: setattr(book["Sheet1"]["A3"], "value", value))
    with pytest.raises(InputError, match=r"Sheet1\], row 3, column A \(Date Opened\).*of the kind date"):
        import_archive(copy, data, allow_changed=True)


def test_disclosures_are_found_by_their_headers(copy: Path, data: Path) -> None:
    before = (data / "published" / "disclosures.csv").read_bytes()
    change_book(copy / DISCLOSURES_BOOK, lambda book: book["Sheet1"].insert_cols(1))
    import_archive(copy, data, allow_changed=True)
    assert (data / "published" / "disclosures.csv").read_bytes() == before
    change_book(copy / DISCLOSURES_BOOK, lambda book: book["Sheet1"].insert_rows(1))
    with pytest.raises(InputError, match="column Date Opened: stands 0 times"):
        import_archive(copy, data, allow_changed=True)
