"""The survey's tables are what the archive gives, hold nobody's own words, and every fault is reported."""

import re
from collections.abc import Iterable, Mapping
from pathlib import Path

import openpyxl
import pandas as pd
import pytest
from openpyxl.workbook import Workbook

from datapackage.errors import Fault
from datapackage.questions import load_questionnaire
from datapackage.spelling import fold
from mining.published_archive.importing import import_archive
from mining.published_archive.inputs import CODING_BOOK, SHA256, SURVEY_BOOK
from mining.published_archive.survey import read_survey
from tests.conftest import DATA, ROOT
from tests.mining.archive_copy import change_book, copy_inputs

TABLES = [f"survey/{name}.csv" for name in ("responses", "choices", "themes", "theme_words", "coding_sheets")]


@pytest.fixture
def copy(archive: Path, tmp_path: Path) -> Path:
    return copy_inputs(archive, SHA256, tmp_path / "archive")


def test_the_committed_tables_are_what_the_archive_gives_twice(archive: Path, data: Path) -> None:
    for name in TABLES:
        (data / name).unlink()
    for _ in range(2):
        assert import_archive(archive, data).rows["survey_responses"][1] == 92
        for name in TABLES:
            assert (data / name).read_bytes() == (DATA / name).read_bytes(), name


def _read(archive: Path) -> tuple[Mapping[str, pd.DataFrame], list[Fault]]:
    faults: list[Fault] = []
    return read_survey(archive, load_questionnaire(DATA), faults), faults


def test_all_faults_are_reported(copy: Path) -> None:
    def spoil_export(book: Workbook) -> None:
        sheet = book["Sheet1"]
        columns = {cell.value: cell.column_letter for cell in sheet[1]}
        sheet[f"{columns['Q1']}10"] = "for ages"
        sheet[f"{columns['Q65']}12"] = "Crashes (e.g., often),Gremlins"
        sheet[f"{columns['Q71']}1"] = "Q999"

    def spoil_coding(book: Workbook) -> None:
        book["Deployment Consideration"]["C9"] = "Vibes"
        book["How to address ONNX issues"]["A35"] = "nobody said this"

    change_book(copy / SURVEY_BOOK, spoil_export)
    change_book(copy / CODING_BOOK, spoil_coding)
    _, faults = _read(copy)
    assert {(fault.file, fault.row, fault.reason) for fault in faults} == {
        ("interopSurvey.xlsx[Sheet1]", 10, "unknown-option"),
        ("interopSurvey.xlsx[Sheet1]", 12, "unknown-option"),
        ("interopSurvey.xlsx[Sheet1]", 1, "missing-column"),
        ("interopSurvey.xlsx[Sheet1]", 1, "unknown-column"),
        ("survey_analysis.xlsx[Deployment Consideration]", 9, "unknown-theme"),
        ("survey_analysis.xlsx[How to address ONNX issues]", 35, "unmatched-answer"),
    }
    assert any("Gremlins" in fault.message for fault in faults)


def test_a_lacking_column_and_an_empty_sheet_are_faults_not_crashes(copy: Path) -> None:
    change_book(copy / SURVEY_BOOK, lambda book: book["Sheet1"].delete_rows(3, 200))
    _, faults = _read(copy)
    assert "empty-sheet" in {fault.reason for fault in faults}


def test_an_answer_is_counted_for_its_respondent(copy: Path) -> None:
    def answer(book: Workbook) -> None:
        sheet = book["Sheet1"]
        columns = {cell.value: cell.column_letter for cell in sheet[1]}
        sheet[f"{columns['Q61']}5"] = "Yes, I use ONNX"
        sheet[f"{columns['Q63']}5"] = "Other (please specify),Model conversion for deployment (a, b)"

    change_book(copy / SURVEY_BOOK, answer)
    tables, faults = _read(copy)
    assert faults == []
    choices = {",".join(row) for row in tables["survey_choices"].itertuples(index=False)}
    assert choices - set((DATA / "survey/choices.csv").read_text().splitlines()) == {
        "r03,Q63,other",
        "r03,Q63,deployment",
    }
    assert tables["survey_responses"].set_index("respondent").loc["r03", "Q61"] == "yes"


def _own_words(archive: Path) -> set[str]:
    """Everything that respondents wrote: the export's text columns and open questions, and the coding sheets."""
    book = openpyxl.load_workbook(archive / SURVEY_BOOK, data_only=True)
    header, _, *body = book["Sheet1"].iter_rows(values_only=True)
    written = [
        i for i, name in enumerate(header) if str(name).endswith("_TEXT") or name in ("Q42", "Q64", "Q66", "Q76", "Q78")
    ]
    texts = {str(row[i]) for row in body for i in written if row[i]}
    coding = openpyxl.load_workbook(archive / CODING_BOOK, data_only=True)
    return texts | {str(row[0]) for sheet in coding for row in sheet.iter_rows(min_row=2, values_only=True) if row[0]}


def _words(text: str) -> list[str]:
    return re.findall(r"[a-z0-9]+", text.replace("&gt;", " ").casefold())


def _plain(text: str) -> str:
    return " ".join(["", *_words(re.sub(r"base64,[^\"\\]+", "", text)), ""])


def _leaks(texts: Mapping[str, str], answers: Iterable[str]) -> set[tuple[str, str]]:
    """Answers of three words or more that stand in a text whole, and runs of six words of longer ones."""
    themes = {fold(a) for q in load_questionnaire(DATA).of_kind("open") for option in q.options for a in option.aliases}
    # an answer that is nothing but the name that the coders then gave their theme
    own = [words for text in answers if fold(text) not in themes and len(words := _words(text)) >= 3]
    runs = {" ".join(["", *words[i : i + 6], ""]) for words in own for i in range(max(1, len(words) - 5))}
    plain = {name: _plain(text) for name, text in texts.items()}
    return {(name, run.strip()) for name, text in plain.items() for run in runs if run in text}


def test_no_respondents_own_words_are_committed(archive: Path) -> None:
    folders = [folder for name in ("data", "paper", "notebooks") if (folder := ROOT / name).is_dir()]
    # the article's words, which its PDF holds compressed, are in analysis/article and paper/article.json
    passed_over = {".pyc", ".pdf"}
    files = [
        path for folder in folders for path in folder.rglob("*") if path.is_file() and path.suffix not in passed_over
    ]
    texts = {str(path): path.read_text(encoding="utf-8") for path in [*files, ROOT / "README.md"]}
    answers = _own_words(archive)
    assert len(answers) > 150
    assert str(DATA / "survey" / "responses.csv") in texts
    assert _leaks(texts, answers) == set()


def test_the_search_for_own_words_finds_one_despite_case_and_punctuation() -> None:
    answer = "It breaks; mostly on Tuesdays, I'd say."
    assert _leaks({"table.csv": 'r01,Q64,"it breaks, mostly on tuesdays"\n'}, [answer]) == set()
    assert _leaks({"table.csv": 'r01,Q64,"HE SAID IT BREAKS MOSTLY ON TUESDAYS I"\n'}, [answer]) != set()
    assert _leaks({"report.html": "<td>On my machine</td>"}, ["on my machine"]) == {("report.html", "on my machine")}


def test_the_tables_hold_known_words_alone() -> None:
    """Short answers ("yes", "simplicity") cannot be told from codes by search: every cell must be of the vocabulary."""
    questionnaire = load_questionnaire(DATA)
    for name in TABLES[:4]:
        frame = pd.read_csv(DATA / name, dtype=str, keep_default_na=False)
        vocabulary = {record for question in questionnaire.questions.values() for record in question.records}
        vocabulary |= set(questionnaire.questions) | {""}
        cells = frame.drop(columns="respondent").to_numpy().ravel()
        assert set(cells) <= vocabulary, name
        assert frame["respondent"].str.fullmatch(r"r\d{2}").all()


def test_the_longest_coding_sheet_follows_an_export_with_one_heading_row_more(archive: Path) -> None:
    """Behind the mechanism for the introduction's number of responses: the sheet runs parallel to the export's start."""
    export = openpyxl.load_workbook(archive / SURVEY_BOOK, data_only=True)["Sheet1"]
    column = [cell.value for cell in export[1]].index("Q78")
    rows = {str(row[column]).strip(): number for number, row in enumerate(export.iter_rows(values_only=True), 1)}
    sheet = openpyxl.load_workbook(archive / CODING_BOOK, data_only=True)["Use case"]
    coded = [(number, str(row[0]).strip()) for number, row in enumerate(sheet.iter_rows(values_only=True), 1)]
    apart = [number - rows[text] for number, text in coded if text in rows and text not in ("", "None")]
    # ids, wording and one row more; the same responses in the same order, then nine more among them, and some after
    assert apart == [1] * 6 + [10]
    assert sheet.max_row - 3 == 108
