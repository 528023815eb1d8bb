"""What raters return: every way in which a sheet comes back is read, or told with its place; nothing is lost or doubled."""

import json
import shutil
from pathlib import Path

import openpyxl
import pytest
from hypothesis import given
from hypothesis import strategies as st
from openpyxl.comments import Comment

from datapackage.sheets import read_grids
from labelling.labels import DIMENSIONS, resolve
from labelling.project import Project
from labelling.record import read_labels
from tests.conftest import Run
from tests.labelling.conftest import CODEBOOK, ISSUES, LABEL, codes, column, fill
from tests.labelling.libreoffice import convert

EXPECTED = ("crash", "type_problem", "tensor", "export")
SEMICOLONS = (
    "csv:Text - txt - csv (StarCalc):59,34,UTF8,1,,0,false,true,false,false,false,2"  # sheet 2, decimal comma's mark
)


def _touched(book: openpyxl.Workbook):
    return book["Issues"]


def _reorder(book: openpyxl.Workbook) -> None:
    sheet = _touched(book)
    rows = [[cell.value for cell in row] for row in sheet.iter_rows(min_row=2)]
    for number, values in enumerate(reversed(rows), start=2):
        for place, value in enumerate(values, start=1):
            sheet.cell(number, place).value = value


def _hide(book: openpyxl.Workbook) -> None:
    for row in range(2, 9):
        _touched(book).row_dimensions[row].hidden = True


def _delete_columns(book: openpyxl.Workbook) -> None:
    sheet = _touched(book)
    for heading in ("Rationale", "Unsure", "No.", "Time"):
        sheet.delete_cols(column(sheet, heading))


def _insert(book: openpyxl.Workbook) -> None:
    sheet = _touched(book)
    sheet.insert_cols(2)
    sheet.cell(1, 2).value = "My notes"
    sheet.cell(4, 2).value = "look again"
    sheet.insert_rows(1, 2)
    sheet.cell(1, 1).value = "Labels of Ann"


def _without_dropdowns(book: openpyxl.Workbook) -> None:
    _touched(book).data_validations.dataValidation.clear()


def _second_sheet(book: openpyxl.Workbook) -> None:
    book.create_sheet("Scratch").append(["anything", "else"])
    book.copy_worksheet(_touched(book)).title = "Issues (2)"


def _comments(book: openpyxl.Workbook) -> None:
    _touched(book).cell(2, column(_touched(book), "Symptom")).comment = Comment("maybe a hang", "Ann")


def _spellings(book: openpyxl.Workbook) -> None:
    sheet = _touched(book)
    spelt = [("CRASH", "type_problem", " tensor ", "Protobuf"), ("crash ", "TYPE  PROBLEM", "Tensor", "export")]
    for row in range(2, sheet.max_row + 1):
        for heading, text in zip(LABEL, spelt[row % 2], strict=True):
            sheet.cell(row, column(sheet, heading)).value = text


def _urls(book: openpyxl.Workbook) -> None:
    sheet = _touched(book)
    for row in range(2, sheet.max_row + 1):
        cell = sheet.cell(row, column(sheet, "Issue"))
        cell.value = "https://github.com/" + cell.value.replace("#", "/issues/") + "#issuecomment-1"


TOUCHES = {
    each.__name__.strip("_"): each
    for each in (
        _reorder,
        _hide,
        _delete_columns,
        _insert,
        _without_dropdowns,
        _second_sheet,
        _comments,
        _spellings,
        _urls,
    )
}


@pytest.mark.parametrize("touch", TOUCHES)
def test_what_raters_do_to_a_workbook_loses_nothing(touch: str, sheets, project: Project, read) -> None:
    path, _ = sheets()
    result = read(fill(path, touch=TOUCHES[touch]))
    assert result.returncode == 0, result.stderr
    assert "24 new, 0 changed, 0 known, 0 open" in result.stdout
    assert codes(project) == {("ann", issue): EXPECTED for _, issue in ISSUES}
    if touch == "comments":
        assert "maybe a hang" in {label.rationale for label in read_labels(project)}


@pytest.mark.parametrize("form", ["xlsx", SEMICOLONS], ids=["xlsx", "csv"])
def test_a_workbook_saved_by_libreoffice_is_read_alike(
    form: str, sheets, project: Project, read, tmp_path: Path
) -> None:
    path, _ = sheets()
    saved = convert(fill(path), form, tmp_path / "saved")
    result = read(saved)
    assert result.returncode == 0, result.stderr
    assert codes(project) == {("ann", issue): EXPECTED for _, issue in ISSUES}


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16", "utf-16-le", "cp1252"])
@pytest.mark.parametrize("mark", [",", ";", "\t"])
def test_csv_of_any_locale_is_read_alike(  # noqa: PLR0917 - fixtures
    encoding: str, mark: str, sheets, project: Project, read, tmp_path: Path
) -> None:
    path, _ = sheets()
    grid = next(grid for grid in read_grids(fill(path, lambda _: LABEL | {"Rationale": "naïve, größer; „so“"}))
                if grid.place.endswith("[Issues]"))  # fmt: skip
    lines = [mark.join(f'"{cell}"' for cell in row) for row in grid.rows]
    text = ("sep=;\r\n" if mark == ";" else "") + "\r\n".join(lines) + "\r\n"
    returned = tmp_path / "returned.csv"
    returned.write_bytes(text.encode(encoding))
    assert read(returned).returncode == 0
    assert codes(project) == {("ann", issue): EXPECTED for _, issue in ISSUES}
    assert {label.rationale for label in read_labels(project)} == {"naïve, größer; „so“"}


def test_all_faults_are_told_at_once_with_place_value_and_nearest_code(sheets, read, project: Project) -> None:
    def spoil(book: openpyxl.Workbook) -> None:
        sheet = _touched(book)
        place = {heading: column(sheet, heading) for heading in [*LABEL, "Issue", "Unsure"]}
        sheet.cell(2, place["Symptom"]).value = "Crahs"
        sheet.cell(3, place["Detail"]).value = "External"
        sheet.cell(4, place["Root cause"]).value = "Typo"
        sheet.cell(5, place["Location"]).value = None
        sheet.cell(6, place["Unsure"]).value = "a little"
        sheet.cell(7, place["Issue"]).value = "the one about GRU"
        sheet.cell(8, place["Issue"]).value = "pytorch/pytorch#1"
        extra = sheet.max_row + 1
        sheet.cell(extra, place["Issue"]).value = sheet.cell(9, place["Issue"]).value
        sheet.cell(extra, place["Symptom"]).value = "Hang"

    path, other = sheets()
    fill(path, touch=spoil)
    wrong = fill(other, lambda _: LABEL | {"Location": "Nowhere at all"})
    result = read(path, wrong)
    assert result.returncode == 1
    for expected in (
        "main-ann.xlsx[Issues], row 2, column Symptom, value 'Crahs': is no code of Symptom; did you mean Crash?",
        "row 3, column Detail, value 'External': is no code of Type problem",
        "row 4, column Detail, value 'Tensor': Typo has no details",
        "row 5, column Location: Location is not labelled yet",
        "row 6, column Unsure, value 'a little': must be yes, or empty",
        "row 7, column Issue, value 'the one about GRU': is no issue",
        "value 'pytorch/pytorch#1': was not given to ann",
        "is labelled otherwise in",
        "main-bob.xlsx[Issues], rows 2–25 (24 rows), column Location, value 'Nowhere at all'",
    ):
        assert expected in result.stderr, result.stderr
    assert read_labels(project) == []
    assert not (project.folder / "received").exists()


def test_a_needed_column_that_is_gone_is_named(sheets, read) -> None:
    path, _ = sheets()
    result = read(fill(path, touch=lambda book: _touched(book).delete_cols(column(_touched(book), "Location"))))
    assert result.returncode == 1
    assert "column Location: column is missing; restore it" in result.stderr


def test_a_sheet_that_lost_its_name_needs_it(sheets, read, project: Project) -> None:
    path, _ = sheets()
    fill(path, touch=lambda book: _touched(book).delete_cols(column(_touched(book), "Sheet")))
    assert "name --sample, --round and --rater" in read(path).stderr
    assert read("--sample", "autumn", "--round", "main", "--rater", "ann", path).returncode == 0
    assert len(read_labels(project)) == 24
    assert "is of rater bob, not ann" in read("--rater", "ann", fill(path.with_name("main-bob.xlsx"))).stderr


def test_files_that_are_no_sheets_are_told_apart(read, tmp_path: Path) -> None:
    (tmp_path / "old.xls").write_bytes(b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1")
    (tmp_path / "broken.xlsx").write_bytes(b"PK\x03\x04 and nothing")
    (tmp_path / "empty.csv").write_bytes(b"")
    result = read(*(tmp_path / name for name in ("old.xls", "broken.xlsx", "empty.csv", "missing.csv")))
    assert result.returncode == 1
    for expected in (
        "save it as .xlsx without a password",
        "cannot be read as a workbook",
        "empty.csv",
        "file is missing",
    ):
        assert expected in result.stderr


def test_reading_twice_changes_nothing_and_the_original_is_kept(sheets, read, project: Project) -> None:
    path, _ = sheets()
    fill(path)
    assert "24 new" in read(path).stdout
    before = _files(project.folder)
    assert "0 new, 0 changed, 24 known" in read(path).stdout
    assert _files(project.folder) == before
    original = next((project.folder / "received").iterdir())
    assert original.read_bytes() == path.read_bytes()
    line = json.loads(next(project.folder.glob("labels/*")).read_text().splitlines()[0])
    assert original.stem == line["sha256"]


def _files(folder: Path) -> dict[str, bytes]:
    return {str(path): path.read_bytes() for path in sorted(folder.rglob("*")) if path.is_file()}


def test_a_changed_label_is_a_revision_and_an_old_copy_undoes_nothing(
    sheets, read, project: Project, tmp_path: Path
) -> None:
    path, _ = sheets()
    fill(path)
    read(path)
    old = shutil.copy(path, tmp_path / "old.xlsx")
    issue = ISSUES[3][1]
    fill(path, lambda each: {"Symptom": "Hang"} if each == issue else {})
    assert "0 new, 1 changed, 23 known" in read(path).stdout
    assert "0 new, 0 changed, 24 known" in read(old).stdout
    revisions = [(label.revision, label.symptom) for label in read_labels(project) if label.issue == issue]
    assert revisions == [(1, "crash"), (2, "hang")]


def test_an_unfinished_sheet_waits_or_is_taken_in_part(sheets, read, project: Project) -> None:
    half, done = ISSUES[0][1], {issue for _, issue in ISSUES[1:5]}
    path, _ = sheets()
    fill(path, lambda issue: LABEL if issue in done else {"Symptom": "Crash"} if issue == half else {})
    assert read(path).returncode == 1
    assert read_labels(project) == []
    result = read("--partial", path)
    assert result.returncode == 0
    assert "4 new, 0 changed, 0 known, 20 open" in result.stdout
    assert "half labelled, not taken: rows" in result.stdout


def test_a_killed_reading_is_read_again(sheets, read, project: Project, monkeypatch: pytest.MonkeyPatch) -> None:
    """The original is kept before its labels are; dying between the two must not count as read."""
    path, _ = sheets()
    fill(path)
    from labelling import record  # noqa: PLC0415

    write, calls = record.write_atomic, []

    def dying(target: Path, content: bytes | str) -> None:
        calls.append(target)
        if len(calls) == 2:
            raise KeyboardInterrupt
        write(target, content)

    monkeypatch.setattr(record, "write_atomic", dying)
    assert read(path).returncode == 130
    monkeypatch.undo()
    assert "24 new" in read(path).stdout
    assert len(read_labels(project)) == 24


@given(st.sampled_from([(dimension, code) for dimension in ("symptom", "cause", "location") for code in CODEBOOK[dimension].codes]),
       st.data())  # fmt: skip
def test_any_spelling_in_any_case_is_the_code(chosen, data) -> None:
    dimension, code = chosen
    spelling = data.draw(st.sampled_from([code.slug, code.name, *code.aliases]))
    texts = dict.fromkeys(DIMENSIONS, "") | {
        dimension: data.draw(st.sampled_from([str.upper, str.lower, str.title]))(spelling)
    }
    found, problems = resolve(CODEBOOK, texts)
    assert found[dimension] == code.slug
    assert dimension not in {problem.dimension for problem in problems}


@given(st.text(max_size=40))
def test_any_text_is_a_code_or_a_problem(text: str) -> None:
    found, problems = resolve(CODEBOOK, dict.fromkeys(DIMENSIONS, text))
    assert set(found) | {problem.dimension for problem in problems} >= {"symptom", "cause", "location"}


def test_the_rater_names_only_what_the_round_knows(sheets, read, invoke: Run, store: Path) -> None:
    path, _ = sheets()
    fill(path, lambda _: LABEL | {"Sheet": "autumn/main/eve"})
    assert "round main has no such rater; it has ann, bob" in read(path).stderr
