"""Sheets that would be taken for what they are not: another rater's, an older one, cells that only look filled."""

import json
import shutil
from pathlib import Path

import openpyxl
import pytest
from openpyxl.styles import Font

from labelling.project import Project
from labelling.record import read_labels
from tests.conftest import Run
from tests.labelling.conftest import ISSUES, LABEL, column, fill

ISSUE = ISSUES[0][1]
HANG = LABEL | {"Symptom": "Hang"}


def _row(book: openpyxl.Workbook, issue: str) -> int:
    sheet = book["Issues"]
    place = column(sheet, "Issue")
    return next(row for row in range(2, sheet.max_row + 1) if sheet.cell(row, place).value == issue)


def test_a_sheet_named_as_another_raters_is_asked_about(sheets, read, project: Project) -> None:
    first, second = sheets()
    fill(first), fill(second, lambda _: HANG)
    swapped = first.with_name("swap"), first.with_name("swap") / second.name
    swapped[0].mkdir()
    shutil.copy(first, swapped[1])
    result = read(swapped[1])
    assert result.returncode == 1
    assert "column Sheet, value 'ann': holds the sheet of ann, but is named as bob's" in result.stderr
    assert read_labels(project) == []


def test_two_files_in_one_name_must_not_contradict_each_other(sheets, read, project: Project, tmp_path: Path) -> None:
    path, _ = sheets()
    fill(path)
    other = Path(shutil.copy(path, tmp_path / "from bob.xlsx"))
    fill(other, lambda issue: HANG if issue == ISSUE else {})
    row = _row(openpyxl.load_workbook(other), ISSUE)
    result = read(path, other)
    assert result.returncode == 1
    assert (
        f"from bob.xlsx[Issues], row {row}, column Issue, value '{ISSUE}': is labelled otherwise in {path}"
        in result.stderr
    )
    assert read_labels(project) == []


def test_one_file_under_two_names_counts_once(sheets, read, project: Project, tmp_path: Path) -> None:
    path, _ = sheets()
    again = shutil.copy(fill(path), tmp_path / "copy.xlsx")
    result = read(path, again)
    assert result.returncode == 0, result.stderr
    assert "copy.xlsx: autumn/main/ann: 0 new, 0 changed, 24 known" in result.stdout
    assert len(read_labels(project)) == 24


def test_a_file_is_not_read_for_a_second_rater(sheets, read, project: Project) -> None:
    path, _ = sheets()
    fill(path, touch=lambda book: book["Issues"].delete_cols(column(book["Issues"], "Sheet")))
    path = path.rename(path.with_name("returned.xlsx"))
    assert read("--sample", "autumn", "--round", "main", "--rater", "ann", path).returncode == 0
    result = read("--sample", "autumn", "--round", "main", "--rater", "bob", path)
    assert result.returncode == 1
    assert "was read before, as what ann returned in round main" in result.stderr
    assert {label.rater for label in read_labels(project)} == {"ann"}


def test_a_doubled_row_that_says_something_else_is_told(sheets, read) -> None:
    def double(book: openpyxl.Workbook) -> None:
        sheet = book["Issues"]
        for row in (2, 3):
            sheet.append([cell.value for cell in sheet[row]])
        sheet.cell(sheet.max_row, column(sheet, "Rationale")).value = "on second thought"

    path, _ = sheets()
    result = read(fill(path, touch=double))
    assert result.returncode == 1
    assert "row 27, column Issue" in result.stderr
    assert "is labelled otherwise in" in result.stderr
    assert "row 26" not in result.stderr, "a copy that says the same is no fault"


def test_cells_that_only_look_filled_are_told(sheets, read, project: Project) -> None:
    def touch(book: openpyxl.Workbook) -> None:
        sheet = book["Issues"]
        symptom, cause = (column(sheet, heading) for heading in ("Symptom", "Root cause"))
        sheet.merge_cells(start_row=2, end_row=4, start_column=symptom, end_column=symptom)
        sheet.cell(6, cause).value = '=CONCATENATE("Type"," problem")'
        sheet.merge_cells(start_row=8, end_row=9, start_column=20, end_column=21)  # a rater's own columns

    path, _ = sheets()
    result = read(fill(path, touch=touch))
    assert result.returncode == 1
    assert "rows 3–4 (2 rows), column Symptom" in result.stderr
    assert "unmerge them and fill each" in result.stderr
    assert "row 6, column Root cause" in result.stderr
    assert "is a formula that was never computed" in result.stderr
    assert "2 faults" in result.stderr or "3 faults" in result.stderr, result.stderr
    assert read_labels(project) == []


def test_a_cell_touched_in_the_last_row_makes_no_million_rows(sheets, read) -> None:
    path, _ = sheets()
    fill(path, touch=lambda book: setattr(book["Issues"].cell(1_048_576, 30), "font", Font(bold=True)))
    assert "24 new" in read(path).stdout


def test_a_protected_sheet_is_read(sheets, read) -> None:
    path, _ = sheets()
    assert "24 new" in read(fill(path, touch=lambda book: book["Issues"].protection.enable())).stdout


@pytest.mark.parametrize(
    ("identity", "expected"),
    [
        ("winter/main/ann", "no sheets of sample winter were given out from this store"),
        (
            "autumn/adjudication/consensus",
            "holds decisions; read it with `python -m labelling adjudicate --sample autumn",
        ),
    ],
)
def test_a_sheet_of_something_else_says_so(identity: str, expected: str, sheets, read) -> None:
    path, _ = sheets()
    result = read(fill(path, lambda _: LABEL | {"Sheet": identity}))
    assert result.returncode == 1
    assert expected in result.stderr


def test_marks_that_end_lines_elsewhere_stay_within_a_rationale(sheets, read, project: Project) -> None:
    path, _ = sheets()
    text = "one\u2028two\u0085three\u2029four"
    assert read(fill(path, lambda _: LABEL | {"Rationale": text})).returncode == 0
    assert {label.rationale for label in read_labels(project)} == {text}
    assert read(fill(path, lambda issue: {"Symptom": "Hang"} if issue == ISSUE else {})).returncode == 0


def test_what_a_spreadsheet_program_changes_after_the_terminal_is_not_the_terminals(
    sheets, read, project: Project
) -> None:
    stamp = {"Time": "2020-01-01T00:00:00Z", "Tool": "terminal"}
    path, _ = sheets()
    read(fill(path, lambda _: LABEL | stamp))
    read(fill(path, lambda issue: {"Symptom": "Hang"} if issue == ISSUE else {}))
    first, second = (label for label in read_labels(project) if label.issue == ISSUE)
    assert (first.time, first.tool) == ("2020-01-01T00:00:00Z", "terminal")
    assert (second.revision, second.tool) == (2, "sheet")
    assert second.time > first.time


def test_who_decided_is_corrected_like_a_code(sheets, read, invoke: Run, store: Path, tmp_path: Path) -> None:
    first, second = sheets("--n", 1)
    read(fill(first), fill(second, lambda _: HANG))
    path, base = tmp_path / "decide.xlsx", ("labelling", "adjudicate", "--store", store, "--sample", "autumn")
    invoke(*base, "--out", path, "--cache", tmp_path)
    fill(path, lambda _: {"Symptom": "Hang", "Rationale": "rule", "Decided by": "ann"})
    assert "1 decided, 0 changed" in invoke(*base, "--read", path).stdout
    fill(path, lambda _: {"Decided by": "ann and bob"})
    assert "0 decided, 1 changed" in invoke(*base, "--read", path).stdout
    undecided = invoke(*base, "--read", fill(path, lambda _: {"Decided by": ""}))
    assert "decide.xlsx[Issues], row 2, column Decided by: must say who decided" in undecided.stderr


def test_a_machine_keeps_its_name_and_says_one_thing_of_an_issue(
    sheets, invoke: Run, store: Path, tmp_path: Path, project: Project
) -> None:
    codes = {"symptom": "crash", "cause": "type_problem", "cause_detail": "tensor", "location": "export"}
    file = tmp_path / "p.jsonl"
    base = ("labelling", "machine", "import", "--store", store, "--sample", "autumn")

    def take(rater: str, model: str, *symptoms: str):
        file.write_text("".join(json.dumps({"issue": ISSUE} | codes | {"symptom": each}) + "\n" for each in symptoms))
        return invoke(*base, "--rater", rater, "--model", model, file)

    sheets()
    assert "row 2, column issue" in take("robot", "1.0", "crash", "hang").stderr
    assert "is a person who labels this sample" in take("ann", "1.0", "crash").stderr
    assert read_labels(project) == []
    assert take("robot", "1.0", "crash", "crash").returncode == 0
    assert "robot is 1.0 in this sample" in take("robot", "2.0", "hang").stderr
    assert len(read_labels(project)) == 1
