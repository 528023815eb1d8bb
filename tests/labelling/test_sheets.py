"""What raters get: a workbook with dropdowns, blind, in an order that can be told again, safe to open."""

import json
import re
import shutil
import subprocess
import zipfile
from collections import Counter
from pathlib import Path

import openpyxl
import pytest
from hypothesis import given
from hypothesis import strategies as st

from labelling.assignment import assign
from labelling.project import Project, SampleIssue
from tests.conftest import Run
from tests.labelling.conftest import CODEBOOK, ISSUES, LABEL, column, fill
from tests.labelling.libreoffice import convert

SAMPLE = [SampleIssue(issue, converter, rank, "2025-01-01") for rank, (converter, issue) in enumerate(ISSUES)]


@given(
    st.integers(0, 24), st.integers(0, 10**6), st.lists(st.sampled_from("abcdef"), min_size=1, max_size=4, unique=True)
)
def test_overlapping_issues_go_to_all_and_the_others_to_one(overlap: int, seed: int, raters: list[str]) -> None:
    shares = assign(SAMPLE, raters, seed=seed, overlap=overlap)
    counts = Counter(each.issue for assigned in shares.values() for each in assigned)
    assert set(counts) == {issue for _, issue in ISSUES}
    expected = {len(raters): overlap} if len(raters) == 1 or overlap else {}
    if len(raters) > 1:
        assert Counter(counts.values()) == Counter(expected) + Counter({1: 24 - overlap})
    sizes = [len(assigned) for assigned in shares.values()]
    assert max(sizes) - min(sizes) <= 1
    common = [issue for issue, count in counts.items() if count == len(raters)]
    torch = sum(issue.startswith("pytorch/") for issue in common)
    assert len(raters) == 1 or abs(2 * torch - overlap) <= 1, "each converter has its share of the overlap"


def test_the_same_seed_gives_the_same_order_and_raters_get_different_ones() -> None:
    first, again = (assign(SAMPLE, ["ann", "bob"], seed=4) for _ in range(2))
    assert first == again
    assert assign(SAMPLE[::-1], ["ann", "bob"], seed=4) == first, "the order of the sample's rows is not looked at"
    assert [each.issue for each in first["ann"]] != [each.issue for each in first["bob"]]
    assert assign(SAMPLE, ["ann"], seed=5)["ann"] != first["ann"]
    # printf '4\norder ann\npytorch/pytorch#9000001' | sha256sum   (coreutils) begins with this
    told = subprocess.run(
        ["sha256sum"], input=b"4\norder ann\npytorch/pytorch#9000001", capture_output=True, check=True
    )
    keys = sorted((_digest(f"4\norder ann\n{issue}"), issue) for _, issue in ISSUES)
    assert told.stdout[:64].decode() in {key for key, _ in keys}
    assert [issue for _, issue in keys] == [each.issue for each in first["ann"]]


def _digest(text: str) -> str:
    return subprocess.run(["sha256sum"], input=text.encode(), capture_output=True, check=True).stdout[:64].decode()


def test_hidden_issues_look_like_the_others(sheets, project: Project, read, invoke: Run) -> None:
    for path in sheets("--n", 8):
        assert read(fill(path)).returncode == 0
    paths = sheets("--drift", 3, "--retest", 2, round_name="second")
    for rater, path in zip(("ann", "bob"), paths, strict=True):
        second = project.round("second")
        roles = Counter(each.role for each in second.raters[rater])
        assert roles == {"sample": 16, "drift": 3, "retest": 2}
        places = [place for place, each in enumerate(second.raters[rater]) if each.role != "sample"]
        assert places not in ([*range(16, 21)], [*range(5)]), "hidden issues stand among the others"
        book = openpyxl.load_workbook(path)
        shown = "\n".join(str(cell.value) for sheet in book for row in sheet.iter_rows() for cell in row if cell.value)
        assert "drift" not in shown.lower()
        assert "retest" not in shown.lower()
        hidden = {each.issue for each in second.raters[rater] if each.role == "drift"}
        examples = {cell.value for row in book["Codebook"].iter_rows(min_col=4) for cell in row}
        assert not hidden & examples, "an issue whose agreed label stands in the codebook would not be blind"


def test_hidden_issues_without_titles_among_titled_ones_are_refused(invoke: Run, store: Path, tmp_path: Path) -> None:
    _cache(tmp_path / "cache", ISSUES[0][1], "Export fails", "It fails.")
    result = invoke("labelling", "sheets", "--sample", "autumn", "--store", store, "--raters", "ann", "--drift", 2, "--cache",
                    tmp_path / "cache")  # fmt: skip
    assert result.returncode == 1
    assert result.stderr.count("not-blind") == 2
    assert not (store / "labelling" / "autumn" / "rounds").exists()


def _cache(cache: Path, issue: str, title: str, body: str) -> None:
    repository, number = issue.split("#")
    path = cache / "issues" / repository / f"{number}.json"
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(json.dumps({"title": title, "body": body}))


@pytest.mark.parametrize(
    "text", ["=1+1", "+1", "-1", "@SUM(A1)", "\t=1", "\r=1", "＝1", "=cmd|' /C calc'!A0", "a" * 70_000]
)
def test_texts_of_strangers_stay_text(text: str, sheets, tmp_path: Path) -> None:
    for _, issue in ISSUES:
        _cache(tmp_path / "cache", issue, text, f"{text}\x00\x0b\n{text}")
    xlsx, _ = sheets()
    sheet = openpyxl.load_workbook(xlsx)["Issues"]
    for row in range(2, sheet.max_row + 1):
        for heading in ("Title", "Excerpt"):
            cell = sheet.cell(row, column(sheet, heading))
            assert cell.data_type == "s"
            assert not re.match(r"[=+\-@\t\r＝]", cell.value)
            assert len(cell.value) <= 800
    table, _ = sheets("--again", round_name="table", kind="csv")
    for line in table.read_text().splitlines()[1:]:
        assert not re.search(r'(^|,)"?[=+\-@\t\r＝]', line)


def test_every_code_is_in_a_dropdown_and_the_detail_follows_the_cause(sheets) -> None:
    path, _ = sheets()
    book = openpyxl.load_workbook(path)
    rules = {
        str(rule.sqref).split(":")[0][:-1]: rule.formula1 for rule in book["Issues"].data_validations.dataValidation
    }
    letters = {
        heading: openpyxl.utils.get_column_letter(column(book["Issues"], heading)) for heading in [*LABEL, "Unsure"]
    }
    for dimension, heading in (("symptom", "Symptom"), ("cause", "Root cause"), ("location", "Location")):
        assert rules[letters[heading]] == f"codes_{dimension}"
        assert _named(book, f"codes_{dimension}") == [code.name for code in CODEBOOK[dimension].codes]
    cause = letters["Root cause"]
    assert rules[letters["Detail"]] == f'INDIRECT("details_"&SUBSTITUTE(${cause}2," ","_"))'
    for code in CODEBOOK["cause"].codes:
        named = _named(book, "details_" + code.name.replace(" ", "_"))
        assert [name for name in named if name != "–"] == [detail.name for detail in code.details]


def _named(book: openpyxl.Workbook, name: str) -> list[str]:
    sheet, _, area = book.defined_names[name].attr_text.partition("!")
    return [row[0].value for row in book[sheet][area]]


def test_a_spreadsheet_program_computes_the_dropdowns(sheets, tmp_path: Path) -> None:
    """LibreOffice evaluates the list behind the detail's dropdown: its first entry, and how many there are."""
    path, _ = sheets()
    book = openpyxl.load_workbook(path)
    sheet = book["Issues"]
    cause = openpyxl.utils.get_column_letter(column(sheet, "Root cause"))
    for row, code in enumerate(CODEBOOK["cause"].codes, start=2):
        sheet[f"{cause}{row}"] = code.name
        listed = f'INDIRECT("details_"&SUBSTITUTE({cause}{row}," ","_"))'
        sheet.cell(row, 30, f"=INDEX({listed},1)")
        sheet.cell(row, 31, f"=ROWS({listed})")
    book.save(tmp_path / "evaluated.xlsx")
    values = openpyxl.load_workbook(convert(tmp_path / "evaluated.xlsx", "xlsx", tmp_path / "out"), data_only=True)[
        "Issues"
    ]
    for row, code in enumerate(CODEBOOK["cause"].codes, start=2):
        names = [detail.name for detail in code.details]
        optional = not names or any(detail.number is None for detail in code.details)
        assert values.cell(row, 30).value == (names or ["–"])[0]
        assert values.cell(row, 31).value == len(names) + optional


def test_a_sheet_is_never_written_over(sheets, invoke: Run, store: Path, project: Project) -> None:
    path, _ = sheets()
    before = path.read_bytes()
    for options in (["--round", "main", "--again"], ["--round", "next"]):
        result = invoke("labelling", "sheets", "--sample", "autumn", "--store", store, "--raters", "ann", *options)
        assert result.returncode == 1
        assert "--again" in result.stderr or "choose another --round" in result.stderr
    assert path.read_bytes() == before
    assert [each.name for each in project.rounds()] == ["main"]


def test_asking_for_more_than_there_is_names_the_option(invoke: Run, store: Path) -> None:
    for option, value in (("--n", 25), ("--overlap", 25), ("--drift", 201), ("--retest", 1)):
        result = invoke(
            "labelling", "sheets", "--sample", "autumn", "--store", store, "--raters", "ann,bob", option, value
        )
        assert result.returncode == 1
        assert option in result.stderr
    assert (
        "no such sample"
        in invoke("labelling", "sheets", "--sample", "spring", "--store", store, "--raters", "a").stderr
    )


def test_the_workbook_is_well_formed(sheets) -> None:
    path, _ = sheets()
    with zipfile.ZipFile(path) as archive:
        assert archive.testzip() is None
    book = openpyxl.load_workbook(path)
    assert book.sheetnames == ["Instructions", "Issues", "Codebook", "Lists"]
    assert book["Lists"].sheet_state == "hidden"
    assert shutil.which("soffice") is None or path.stat().st_size < 60_000
