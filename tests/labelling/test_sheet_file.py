"""A sheet that is edited in place: each cell goes where its column is, and all else in the file stays."""

from collections.abc import Callable
from pathlib import Path

import openpyxl
import pytest

from datapackage.errors import Fault, InputError, StudyError
from datapackage.reasons import Reason
from labelling.sheet_file import SheetFile

HEADER = ["No.", "My notes", "Issue", "Symptom", "Root cause", "Location", "Rationale"]
ROWS = [
    ["1", "look again", "a/b#1", "", "Typo", "Export", "two\nlines"],
    ["2", "", "", "Crash", "", "", ""],
    ["3", "", " a/b#3 ", "Hang", "", "", ""],
]
CELLS = {
    "number": "1",
    "issue": "a/b#1",
    "symptom": "",
    "cause": "Typo",
    "location": "Export",
    "rationale": "two\nlines",
}


def book(path: Path, rows: list[list[str]], *, above: int = 0) -> Path:
    """Write a workbook: a guide, the issues with titles above their heading, a list of codes."""
    made = openpyxl.Workbook()
    made.worksheets[0].title = "Guide"
    made.worksheets[0]["A1"] = "How to label an issue"
    issues = made.create_sheet("Issues")
    for row in [["Labels of Ann"]] * above + rows:
        issues.append([value or None for value in row])
    made.create_sheet("Codes").append(["Symptom", "Crash"])
    made.save(path)
    return path


def cells(path: Path) -> list[list[object]]:
    return [[cell.value for cell in row] for row in openpyxl.load_workbook(path)["Issues"].iter_rows()]


def csv(path: Path, *, mark: bytes = b"", separator: str = ",", end: str = "\n") -> Path:
    quoted = [[f'"{value}"' if "\n" in value else value for value in row] for row in (HEADER, *ROWS)]
    path.write_bytes(mark + "".join(separator.join(row) + end for row in quoted).encode())
    return path


def faults(action: Callable[[], object]) -> tuple[Fault, ...]:
    with pytest.raises(InputError) as caught:
        action()
    return caught.value.faults


@pytest.mark.parametrize("above", [0, 2])
def test_a_workbooks_rows_are_read_with_their_numbers(above: int, tmp_path: Path) -> None:
    sheet = SheetFile(book(tmp_path / "ann.xlsx", [HEADER, *ROWS], above=above))
    assert sheet.columns == set(CELLS)
    assert [row.number for row in sheet.rows] == [2 + above, 4 + above], "a row without an issue is none"
    assert sheet.rows[0].cells == CELLS
    assert sheet.rows[1].cells == dict.fromkeys(CELLS, "") | {"number": "3", "issue": "a/b#3", "symptom": "Hang"}
    assert sheet.rows[1]["decided_by"] == ""


def test_a_cell_that_a_long_workbook_does_not_hold_is_empty(tmp_path: Path) -> None:
    rows = [["", "", f"a/b#{number}", "", "", "", ""] for number in range(1, 41)]
    sheet = SheetFile(book(tmp_path / "ann.xlsx", [HEADER, *rows]))
    assert [row.number for row in sheet.rows] == list(range(2, 42))
    assert sheet.rows[-1].cells == dict.fromkeys(CELLS, "") | {"issue": "a/b#40"}


@pytest.mark.parametrize("above", [0, 2])
def test_a_workbooks_cell_is_set_on_disk_and_all_else_stays(above: int, tmp_path: Path) -> None:
    path = book(tmp_path / "ann.xlsx", [HEADER, *ROWS], above=above)
    before = cells(path)
    sheet = SheetFile(path)
    sheet.put(sheet.rows[1], {"cause": "Typo", "symptom": ""})
    before[3 + above][3], before[3 + above][4] = None, "Typo"
    assert cells(path) == before
    assert (sheet.rows[1]["cause"], sheet.rows[1]["symptom"]) == ("Typo", "")
    assert openpyxl.load_workbook(path).sheetnames == ["Guide", "Issues", "Codes"]
    # a column that the sheet lacks is added beside the others, with its heading
    sheet.put(sheet.rows[0], {"unsure": "x", "time": "2026-11-02T09:30:00Z"})
    sheet.put(sheet.rows[1], {"unsure": "y"})
    wanted = [[*row, None, None] for row in before]
    wanted[above][-2:] = ["Unsure", "Time"]
    wanted[1 + above][-2:] = ["x", "2026-11-02T09:30:00Z"]
    wanted[3 + above][-2] = "y"
    assert cells(path) == wanted
    assert {"unsure", "time"} <= sheet.columns


def test_what_looks_like_a_formula_is_a_text(tmp_path: Path) -> None:
    path = book(tmp_path / "ann.xlsx", [HEADER, *ROWS])
    sheet = SheetFile(path)
    sheet.put(sheet.rows[0], {"rationale": "=1+1 is not 3"})
    cell = openpyxl.load_workbook(path)["Issues"].cell(2, 7)
    assert (cell.value, cell.data_type) == ("=1+1 is not 3", "s")
    assert SheetFile(path).rows[0]["rationale"] == "=1+1 is not 3"


@pytest.mark.parametrize("separator", [",", ";", "\t"])
@pytest.mark.parametrize("mark", [b"", b"\xef\xbb\xbf"])
def test_a_text_files_separator_and_mark_stay(separator: str, mark: bytes, tmp_path: Path) -> None:
    path = csv(tmp_path / "ann.csv", mark=mark, separator=separator)
    before = path.read_bytes()
    sheet = SheetFile(path)
    assert [row.number for row in sheet.rows] == [2, 4]
    assert sheet.rows[0].cells == CELLS
    sheet.put(sheet.rows[1], {"location": "Export"})
    line = separator.join(["3", "", " a/b#3 ", "Hang", "", "", ""])
    assert path.read_bytes() == before.replace(
        line.encode(), separator.join(["3", "", " a/b#3 ", "Hang", "", "Export", ""]).encode()
    )
    assert sheet.rows[1]["location"] == "Export"
    assert SheetFile(path).rows[1]["location"] == "Export"


def test_a_column_that_a_text_file_lacks_is_added_with_its_heading(tmp_path: Path) -> None:
    path = tmp_path / "ann.csv"
    path.write_text("Issue,Symptom,Root cause,Location\na/b#1,Crash\na/b#2,,,Export\n", encoding="utf-8")
    sheet = SheetFile(path)
    assert sheet.rows[0].cells == {"issue": "a/b#1", "symptom": "Crash"}
    assert sheet.rows[0]["location"] == ""
    sheet.put(sheet.rows[0], {"unsure": "x"})
    sheet.put(sheet.rows[1], {"unsure": "", "symptom": "Hang"})
    assert path.read_text(encoding="utf-8") == (
        "Issue,Symptom,Root cause,Location,Unsure\na/b#1,Crash,,,x\na/b#2,Hang,,Export,\n"
    )


def test_a_header_tells_the_separator_whatever_the_cells_below_hold(tmp_path: Path) -> None:
    path = tmp_path / "ann.csv"
    notes = "X" * 20
    text = f"Issue;Symptom;Root cause;Location;{notes}\na/b#1;a{', b' * 20};;;\na/b#2;;;;\n"
    path.write_text(text, encoding="utf-8")
    sheet = SheetFile(path)
    assert [row["issue"] for row in sheet.rows] == ["a/b#1", "a/b#2"]
    sheet.put(sheet.rows[1], {"symptom": "Hang"})
    assert path.read_text(encoding="utf-8") == text.replace("a/b#2;;", "a/b#2;Hang;")


def test_line_ends_within_a_cell_stay_and_old_line_ends_are_read(tmp_path: Path) -> None:
    path = csv(tmp_path / "ann.csv", end="\r\n")
    path.write_bytes(path.read_bytes().replace(b"two\n", b"two\r\n"))
    sheet = SheetFile(path)
    assert sheet.rows[0]["rationale"] == "two\r\nlines"
    sheet.put(sheet.rows[0], {"symptom": "Hang"})
    assert SheetFile(path).rows[0].cells == CELLS | {"symptom": "Hang", "rationale": "two\r\nlines"}
    old = csv(tmp_path / "bob.csv", end="\r")
    assert [row["issue"] for row in SheetFile(old).rows] == ["a/b#1", "a/b#3"]


def test_a_file_that_changed_meanwhile_is_not_written_over(tmp_path: Path) -> None:
    path = csv(tmp_path / "ann.csv")
    sheet = SheetFile(path)
    changed = path.read_bytes().replace(b"Typo", b"Others")
    path.write_bytes(changed)
    with pytest.raises(StudyError) as caught:
        sheet.put(sheet.rows[0], {"symptom": "Hang"})
    assert str(caught.value).startswith(f"{path}: was changed by another program")
    assert path.read_bytes() == changed


@pytest.mark.parametrize("lock", ["~$ann.xlsx", ".~lock.ann.xlsx#"])
def test_a_file_that_a_spreadsheet_program_has_open_is_not_touched(lock: str, tmp_path: Path) -> None:
    path = book(tmp_path / "ann.xlsx", [HEADER, *ROWS])
    before = path.read_bytes()
    sheet = SheetFile(path)
    (tmp_path / lock).touch()
    message = f"a spreadsheet program has it open ({lock}); close it there first"
    fault = Fault(str(path), message, reason=Reason.OPEN_ELSEWHERE)
    assert faults(lambda: sheet.put(sheet.rows[0], {"symptom": "Hang"})) == (fault,)
    assert faults(lambda: SheetFile(path)) == (fault,)
    assert path.read_bytes() == before


def test_a_file_that_is_no_sheet_says_why(tmp_path: Path) -> None:
    path = tmp_path / "ann.xlsx"
    assert faults(lambda: SheetFile(path)) == (Fault(str(path), "file is missing", reason=Reason.MISSING_FILE),)
    path.write_bytes(b"PK of no archive")
    (fault,) = faults(lambda: SheetFile(path))
    assert (fault.file, fault.reason) == (str(path), Reason.FORMAT)
    assert fault.message.startswith("cannot be read as a workbook: ")
    path.write_bytes(b"Issue,Symptom,Root cause,Location\na/b#1,na\xefve,,\n")
    (fault,) = faults(lambda: SheetFile(path))
    assert fault == Fault(str(path), "is not UTF-8; save it as UTF-8 or as a workbook", reason=Reason.ENCODING_ERROR)


@pytest.mark.parametrize(
    ("write", "lacking"),
    [
        (lambda path: path.write_bytes(b""), ["Issue", "Symptom", "Root cause", "Location"]),
        (lambda path: path.write_text("Issue,Symptom,Location\na/b#1,,\n"), ["Root cause"]),
        (lambda path: book(path, [["Issue", "Root cause", "Location"]]), ["Symptom"]),
    ],
)
def test_every_column_that_is_needed_and_lacks_is_named(
    write: Callable[[Path], object], lacking: list[str], tmp_path: Path
) -> None:
    path = tmp_path / "ann.xlsx"
    write(path)
    found = faults(lambda: SheetFile(path))
    assert [(fault.file, fault.column, fault.reason) for fault in found] == [
        (str(path), column, Reason.MISSING_LABEL) for column in lacking
    ]
