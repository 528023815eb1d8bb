"""The nine findings: every decisive claim touches one, and their verdicts follow the data."""

import re
from collections.abc import Sequence
from pathlib import Path

import pytest

from analysis.chapters import CHAPTERS
from analysis.claims import findings as judged
from analysis.claims.findings import FINDINGS, findings_of, touching, verdict
from analysis.claims.ledger import Ledger, build_ledger
from analysis.dataset import Study
from analysis.report.captions import text_block
from analysis.report.chapter import Chapter, Content
from analysis.report.findings import HEADINGS, findings
from datapackage.tables import records
from tests.conftest import ROOT, edit


@pytest.fixture(scope="module")
def chapters(study: Study, ledger: Ledger) -> list[tuple[Chapter, Content]]:
    return [(chapter, chapter.content(study, ledger)) for chapter in CHAPTERS]


def verdicts(ledger: Ledger) -> dict[int, str]:
    return {finding.number: verdict(finding, ledger) for finding in FINDINGS}


def of_edited(data: Path) -> dict[int, str]:
    return verdicts(build_ledger(Study(data), [chapter.claims for chapter in CHAPTERS]))


def test_every_finding_has_a_row_with_all_its_words(
    ledger: Ledger, chapters: Sequence[tuple[Chapter, Content]]
) -> None:
    frame = findings(ledger, chapters)
    assert list(frame.columns) == list(HEADINGS)
    assert frame["finding"].tolist() == list(range(1, 10))
    assert (frame != "").to_numpy().all()
    assert frame.drop(columns="verdict").stack().astype(str).str.contains("_").sum() == 0  # words, not codes


def test_every_printed_number_of_a_finding_is_shown(
    ledger: Ledger, chapters: Sequence[tuple[Chapter, Content]]
) -> None:
    shown = findings(ledger, chapters).set_index("finding")["printed"]
    for row in records(ledger.frame[ledger.frame["claim_id"].str.match(r"f\d\.")]):
        number = int(row["claim_id"][1])
        if row["claim_id"] != "f1.onnx.users":  # the count behind a share that is shown
            assert row["published"].partition(";")[0].replace("_", " ") in shown[number], row["claim_id"]


def test_every_decisive_claim_touches_a_finding_of_its_chapter(ledger: Ledger) -> None:
    where = ledger.frame.set_index("claim_id")["where"]
    of_chapter = {finding.number: finding.chapter for finding in FINDINGS}
    for chapter in CHAPTERS:
        for claim in chapter.claims.decisive:
            numbers = findings_of(claim, where[claim])
            assert numbers, claim
            assert {of_chapter[number] for number in numbers} == {chapter.claims.name}


def test_what_a_finding_rests_on_exists(ledger: Ledger) -> None:
    claims = ledger.frame["claim_id"].tolist()
    for finding in FINDINGS:
        for pattern in finding.rests_on:
            assert any(judged.matches(claim, (pattern,)) for claim in claims), pattern


def test_the_published_data_gives_these_verdicts(ledger: Ledger) -> None:
    assert verdicts(ledger) == {
        1: "holds in part",  # 49 % use no tool, 41 % are printed
        2: "holds with other numbers",
        3: "holds with other numbers",
        4: "holds",
        5: "holds",
        6: "holds",
        7: "undecided, not rejected",
        8: "holds as far as the data is public; 8 numbers that it rests on differ",
        9: "cannot be recomputed",
    }
    rows = touching(ledger)
    assert rows["claim_id"].is_unique
    assert (rows["findings"] != "").all()
    assert set(rows["claim_id"]) == set(ledger.frame.loc[ledger.frame["decision"], "claim_id"])


def test_moved_labels_overturn_the_finding_that_they_concern_and_no_other(data: Path, ledger: Ledger) -> None:
    path = data / "failures.csv"
    path.write_text(path.read_text("utf-8").replace(",node_conversion,", ",export,"), "utf-8")
    changed = of_edited(data)
    assert changed.pop(4) == judged.FAILS
    before = verdicts(ledger)
    del before[4]
    assert changed == before


def test_one_of_two_printed_shares_overturned_leaves_a_part(data: Path) -> None:
    path = data / "failures.csv"
    path.write_text(path.read_text("utf-8").replace(",wrong_model,", ",hang,"), "utf-8")
    changed = of_edited(data)
    assert changed[5] == judged.HOLDS_IN_PART
    assert changed[4] == judged.HOLDS


def test_another_printed_number_is_shown_as_printed(data: Path) -> None:
    edit(
        data / "published" / "claims.csv", "share located in node conversion,74", "share located in node conversion,64"
    )
    ledger = build_ledger(Study(data), [chapter.claims for chapter in CHAPTERS])
    assert verdicts(ledger)[4] == judged.FAILS
    assert "4" in touching(ledger)["findings"].tolist()


def test_every_block_of_the_words_belongs_to_a_finding_of_its_chapter() -> None:
    for chapter in CHAPTERS:
        own = {str(finding.number) for finding in FINDINGS if finding.chapter == chapter.number}
        text = (ROOT / "analysis" / chapter.folder / "findings.txt.j2").read_text("utf-8")
        assert {number for _, number in re.findall(r"block ([a-z_]+)_(\d)", text)} == own


def test_a_block_that_a_template_does_not_have_is_none() -> None:
    assert text_block("failures/findings.txt.j2", "sentence_1", {}) is None


@pytest.mark.parametrize("kind", ["tables", "figures"])
def test_no_two_tables_or_figures_have_one_name(chapters: list[tuple[Chapter, Content]], kind: str) -> None:
    names = [each.name for _, content in chapters for each in getattr(content, kind)]
    assert sorted(names) == sorted(set(names)), "one would be written over the other"
