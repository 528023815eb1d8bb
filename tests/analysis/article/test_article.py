"""The article: no number in its source, the same bytes from the same inputs, and another article from other data."""

import json
import re
import shutil
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pandas as pd
import pytest
from great_tables import GT

from analysis.article.table_cells import table_cells
from analysis.article.typeset import ARTICLE, FOLDER, VALUES, typeset
from analysis.article.values import FIGURES, TABLES, article_values
from analysis.chapters import CHAPTERS
from analysis.claims.ledger import Ledger
from analysis.dataset import Study
from analysis.report.findings import findings
from analysis.report.tables import with_relations
from datapackage.errors import StudyError
from datapackage.tables import records
from tests.conftest import ROOT, Run

SOURCE = FOLDER / "article.typ"
# names, identifiers, and what is asked of a value; nothing that data gives
STATED = re.compile(
    r"""\bISSTA\ 2024\b | 10\.1145/3650212\.3680374 | \btf2onnx\b | \bfloat64\b | \b1e-7\b | paper's\ Table\ 11\b
    | \.(?:absolute|close)-1e-[37]-[a-z-]+ | \bfinding\(1\) | @[a-z]+\d{4}\b | \.len\(\)\ >\ 0""",
    re.VERBOSE,
)
NUMBER = re.compile(
    r"\d+|\b(?:four|five|six|seven|eight|nine|ten|eleven|twelve|twice as|half of|third of)\b", re.IGNORECASE
)
VERDICTS = re.compile(
    r"\b(?:(?<!party-)(?<!stay )undecided|rejected|supported|holds with|holds in part|does not hold)\b"
)

Edit = Callable[[dict[str, Any]], None]


def typed(source: str) -> list[str]:
    """Return what looks like a number of the data in a source, with its neighbourhood."""
    rest = STATED.sub("", source)
    return [rest[max(0, found.start() - 30) : found.end() + 20] for found in NUMBER.finditer(rest)]


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """The stored values and figures, to edit."""
    (tmp_path / VALUES.parent).mkdir()
    shutil.copyfile(ROOT / VALUES, tmp_path / VALUES)
    (tmp_path / "figures").mkdir()
    for names in FIGURES.values():
        for name in names:
            shutil.copyfile(ROOT / "figures" / f"{name}.svg", tmp_path / "figures" / f"{name}.svg")
    return tmp_path


def edit(folder: Path, change: Edit) -> None:
    values = json.loads((folder / VALUES).read_text(encoding="utf-8"))
    change(values)
    (folder / VALUES).write_text(json.dumps(values), encoding="utf-8")


def test_no_number_and_no_verdict_is_typed_in_the_source() -> None:
    source = SOURCE.read_text(encoding="utf-8")
    assert typed(source) == [], "take it from the values"
    assert VERDICTS.findall(source) == []


def test_a_typed_number_would_be_found() -> None:
    assert typed("Node conversion holds 74 % of the failures.")
    assert typed("Eleven releases are few.")
    assert not typed("tf2onnx and the paper's Table 11, by #conversion.absolute-1e-7-rounding-share @jajal2024")


def test_the_stored_article_is_what_its_inputs_give_byte_for_byte() -> None:
    first = typeset(ROOT)
    assert first == typeset(ROOT)
    assert (ROOT / ARTICLE).read_bytes() == first, "run python -m analysis article and commit"


def test_it_has_the_four_pages_that_the_readme_promises() -> None:
    assert len(re.findall(rb"/Type ?/Page\b", (ROOT / ARTICLE).read_bytes())) == 4


def test_its_values_are_those_of_a_run(study: Study, ledger: Ledger) -> None:
    chapters = [(chapter, chapter.content(study, ledger)) for chapter in CHAPTERS]
    values = json.loads(article_values(ledger, chapters, records(findings(ledger, chapters)), edited=["failures.csv"]))
    assert values["edited"] == ["failures.csv"]
    assert values["claims"]["all"] == len(ledger.frame)
    assert set(values["figures"]) == {name for names in FIGURES.values() for name in names}
    assert set(values["tables"]) == {name for names in TABLES.values() for name in names}
    for chapter, content in chapters:
        numbers = {name: with_relations(text) for name, text in content.numbers.items()}
        assert values["numbers"][chapter.slug] == numbers


def _another_number(values: dict[str, Any]) -> None:
    values["numbers"]["failures"]["node-conversion"] = "12 % [11, 13]"


def _edited_data(values: dict[str, Any]) -> None:
    values["edited"] = ["failures.csv"]


def _without_campaigns(values: dict[str, Any]) -> None:
    values["figures"], values["tables"] = {}, {}
    for name in ("experiments", "sequence-tests"):
        for numbers in values["numbers"].values():
            if name in numbers:
                numbers[name] = ""
    for name in ("conversion-fault", "planted-faults"):
        values["figures"][name] = {"caption": "c", "alt": "a"}
    values["figures"]["conversion-flow"] = {"caption": "c", "alt": "a"}


def _hostile_words(values: dict[str, Any]) -> None:
    values["findings"][0]["sentence"] = '#panic("run") *x* $y$ <label> @reference \\ //'
    values["differences"][0]["explanation"] = ']] #read("/etc/passwd")'


@pytest.mark.parametrize("change", [_another_number, _edited_data, _without_campaigns, _hostile_words])
def test_other_values_give_another_article(change: Edit, folder: Path) -> None:
    before = typeset(folder)
    edit(folder, change)
    after = typeset(folder)
    assert after.startswith(b"%PDF")
    assert after != before


def test_a_value_that_no_run_gives_is_an_error_that_names_it(folder: Path) -> None:
    edit(folder, lambda values: values["numbers"]["survey"].pop("respondents"))
    with pytest.raises(StudyError, match="respondents"):
        typeset(folder)


def test_a_folder_without_results_is_told_from_one_with(run: Run, tmp_path: Path) -> None:
    done = run("analysis", "article", "--out", str(tmp_path))
    assert done.returncode == 1
    assert "paper/article.json" in done.stderr
    assert "analysis reproduce" in done.stderr
    assert list(tmp_path.iterdir()) == []


def test_check_writes_nothing_and_sees_another_article(run: Run, folder: Path) -> None:
    (folder / ARTICLE).write_bytes(b"another")
    done = run("analysis", "article", "--out", str(folder), "--check")
    assert done.returncode == 3, done.stderr
    assert (folder / ARTICLE).read_bytes() == b"another"
    assert run("analysis", "article", "--out", str(folder)).returncode == 0
    assert run("analysis", "article", "--out", str(folder), "--check").returncode == 0


def test_without_the_compiler_it_says_how_to_get_it(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "typst", None)
    with pytest.raises(StudyError, match="make paper"):
        typeset(ROOT)


def test_a_tables_cells_are_those_of_the_report() -> None:
    frame = pd.DataFrame({"name": ["a & b", "<c>"], "low": ["1", "2"], "high": ["3", ""]})
    table = GT(frame, rowname_col="name").tab_header("Both & more").tab_spanner("range", ["low", "high"])
    cells = table_cells(table.cols_align("right", ["low", "high"]))
    assert cells["title"] == "Both & more"
    assert cells["columns"] == 3
    assert [[cell["text"] for cell in row] for row in cells["body"]] == [["a & b", "1", "3"], ["<c>", "2", ""]]
    assert any(cell["text"] == "range" and cell["across"] == 2 for row in cells["head"] for cell in row)
    assert cells["body"][0][1]["numeric"]
