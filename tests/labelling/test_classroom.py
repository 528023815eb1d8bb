"""A class's files: agreement of all pairs is right, every fault of every file is told, nothing a student types is a formula."""

import csv
import itertools
import shutil
from pathlib import Path

import numpy as np
import openpyxl
import pytest
from statsmodels.stats.inter_rater import cohens_kappa

from labelling.classroom import read_class
from methods.agreement import confusion
from teaching.example_class import FOLDER
from tests.conftest import Run, edit
from tests.labelling.conftest import CODEBOOK

HEADER = "vignette,symptom,cause,cause_detail,location,rater\n"


def save(path: Path, rows: str, header: str = HEADER) -> Path:
    path.write_text(header + rows, encoding="utf-8")
    return path


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    return Path(shutil.copytree(FOLDER, tmp_path / "class"))


def test_all_pairs_are_compared_and_the_mean_is_that_of_statsmodels(invoke: Run, folder: Path, tmp_path: Path) -> None:
    result = invoke("labelling", "classroom", folder, "--out", tmp_path / "out")
    assert result.returncode == 0, result.stderr
    with (tmp_path / "out" / "pairs.csv").open(encoding="utf-8") as stream:
        pairs = [row for row in csv.DictReader(stream) if row["dimension"] == "symptom"]
    labels = {}
    for path in folder.glob("*.csv"):
        with path.open() as stream:
            labels[path.stem.removeprefix("labels-")] = [row["symptom"] for row in csv.DictReader(stream)]
    expected = {
        pair: cohens_kappa(confusion(labels[pair[0]], labels[pair[1]])).kappa
        for pair in itertools.combinations(sorted(labels), 2)
    }
    assert {(row["first"], row["second"]): pytest.approx(float(row["kappa"])) for row in pairs} == expected
    assert f"Symptom     {np.mean(list(expected.values())):.2f} [" in result.stdout
    assert "of 15 pairs" in result.stdout
    assert (tmp_path / "out" / "agreement.png").read_bytes().startswith(b"\x89PNG")


def test_every_fault_of_every_file_is_told_and_nothing_is_written(invoke: Run, folder: Path, tmp_path: Path) -> None:
    edit(folder / "labels-avocet.csv", "v01,crash,incompatibility,external", "v01,crahs,incompatibility,tensor")
    edit(folder / "labels-bittern.csv", "\nv02,", "\nv01,")
    edit(folder / "labels-curlew.csv", ",location,", ",place,")
    edit(folder / "labels-dunlin.csv", ",dunlin\n", ",egret\n", count=1)
    edit(folder / "labels-egret.csv", "\nv03,", "\n,")
    (folder / "labels-fulmar.csv").write_bytes(b"PK\x03\x04 no workbook")
    (folder / "empty.csv").write_text("")
    result = invoke("labelling", "classroom", folder, tmp_path / "gone.csv", "--out", tmp_path / "out")
    assert result.returncode == 1
    for told in (
        "labels-avocet.csv, row 2, column symptom, value 'crahs': is no code of Symptom; did you mean Crash?",
        "labels-avocet.csv, row 2, column cause_detail, value 'tensor': is no code of",
        "labels-bittern.csv, row 3, column vignette, value 'v01': the report stands twice",
        "labels-curlew.csv, column location: column is missing",
        "labels-dunlin.csv, column rater: the file holds labels of several students: dunlin, egret",
        "labels-egret.csv, row 4, column vignette: the row names no report",
        "labels-fulmar.csv: cannot be read as a workbook",
        "empty.csv, column vignette: column is missing",
        "gone.csv: file is missing",
    ):
        assert told in result.stderr
    assert not (tmp_path / "out").exists()


def test_two_files_of_one_student_are_refused_and_one_student_is_no_class(
    invoke: Run, folder: Path, tmp_path: Path
) -> None:
    copy = tmp_path / "again.csv"
    shutil.copy(folder / "labels-avocet.csv", copy)
    edit(copy, "avocet", "Avocet", count=-1)
    result = invoke("labelling", "classroom", folder, copy)
    assert result.returncode == 1
    assert f"{copy}, column rater, value 'Avocet': is also the name in {folder / 'labels-avocet.csv'}" in result.stderr
    result = invoke("labelling", "classroom", copy)
    assert result.returncode == 1
    assert "agreement needs two" in result.stderr


def test_files_come_back_from_spreadsheet_programs(folder: Path) -> None:
    before = read_class([folder], CODEBOOK)
    path = folder / "labels-avocet.csv"
    rows = [line.split(",") for line in path.read_text().splitlines()]
    book = openpyxl.Workbook()
    sheet = book.worksheets[0]
    for row in [[name.upper() for name in reversed(rows[0])], *(reversed(row) for row in reversed(rows[1:]))]:
        sheet.append([cell or None for cell in row])
    book.save(folder / "labels-avocet.xlsx")
    path.unlink()
    other = folder / "labels-bittern.csv"
    other.write_bytes(("sep=;\r\n" + other.read_text().replace(",", ";").replace("\n", "\r\n")).encode("utf-16"))
    (folder / ".~lock.labels-avocet.xlsx#").write_text("open")
    after = read_class([folder], CODEBOOK)
    assert [(student.name, dict(student.codes)) for student in after] == [
        (student.name, dict(student.codes)) for student in before
    ]


def test_reports_not_labelled_yet_are_left_out_and_said(invoke: Run, tmp_path: Path) -> None:
    one = save(tmp_path / "one.csv", "v01,crash,,,export,ann\nv02,hang,misconfiguration,,,ann\n")
    other = save(tmp_path / "other.csv", "v01,crash,type_problem,,export,\nv2,crash,,,,\n")
    result = invoke("labelling", "classroom", one, other)
    assert result.returncode == 0, result.stderr
    assert "ann: 0 of 3 labelled completely" in result.stdout
    assert "'v2' was labelled by other alone" in result.stdout
    assert "Root cause  undefined" in result.stdout


def test_what_a_student_types_is_no_formula(invoke: Run, folder: Path, tmp_path: Path) -> None:
    edit(folder / "labels-avocet.csv", "avocet", '"=HYPERLINK(""http://evil"")"', count=-1)
    edit(folder / "labels-bittern.csv", ",bittern", ",$x_{$ @bittern", count=-1)
    edit(folder / "labels-curlew.csv", "v01,", "+1+1,")
    result = invoke("labelling", "classroom", folder, "--out", tmp_path / "out")
    assert result.returncode == 0, result.stderr
    book = openpyxl.load_workbook(tmp_path / "out" / "class.xlsx")
    cells = [cell for sheet in book for row in sheet.iter_rows() for cell in row if cell.value is not None]
    assert not [cell.value for cell in cells if cell.data_type == "f" or str(cell.value).startswith(("=", "+", "@"))]
    assert any(str(cell.value).startswith("'=HYPERLINK") for cell in cells)
    assert "'=HYPERLINK" in (tmp_path / "out" / "pairs.csv").read_text()


def test_results_are_never_written_over(invoke: Run, folder: Path, tmp_path: Path) -> None:
    assert invoke("labelling", "classroom", folder, "--out", tmp_path).returncode == 0
    before = (tmp_path / "class.xlsx").read_bytes()
    result = invoke("labelling", "classroom", folder, "--out", tmp_path)
    assert result.returncode == 1
    assert "class.xlsx: exists" in result.stderr
    assert (tmp_path / "class.xlsx").read_bytes() == before


def test_the_sheet_says_who_stands_against_the_commonest_code(invoke: Run, folder: Path, tmp_path: Path) -> None:
    invoke("labelling", "classroom", folder, "--out", tmp_path)
    sheet = openpyxl.load_workbook(tmp_path / "class.xlsx")["Symptom"]
    headings = [cell.value for cell in sheet[1]]
    assert headings == ["Report", "avocet", "bittern", "curlew", "dunlin", "egret", "fulmar", "Commonest", "Share"]
    for row in sheet.iter_rows(min_row=2):
        codes, common, share = [cell.value for cell in row[1:-2]], row[-2].value, row[-1].value
        assert share == pytest.approx(codes.count(common) / len(codes))
        assert codes.count(common) == max(map(codes.count, codes))
        assert [cell.fill.fill_type == "solid" for cell in row[1:-2]] == [code != common for code in codes]
