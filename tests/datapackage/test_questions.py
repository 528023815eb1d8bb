"""The questionnaire: every fault of it is reported, and the survey's tables are checked against it."""

from pathlib import Path

import pytest

from datapackage.errors import InputError
from datapackage.questions import FILE, load_questionnaire
from datapackage.tables import read_table
from datapackage.validation import validate
from tests.conftest import DATA, Run, edit


def test_the_committed_questionnaire_is_sound() -> None:
    questionnaire = load_questionnaire(DATA)
    assert [question.id for question in questionnaire.of_kind("multiple")] == ["Q67", "Q60", "Q62", "Q63", "Q65"]
    assert questionnaire["Q65"].records == ("none", "crash", "performance", "other", "export_artefact")
    assert questionnaire["Q64"].label("inference_speed") == "inference speed"
    assert not set(questionnaire.questions) & set(questionnaire.out_of_scope)


@pytest.mark.parametrize(
    ("old", "new", "reasons"),
    [
        ("slug: lt1, name: under 1 year, ", "slug: lt1, ", {"missing-key"}),
        ("kind: single", "kind: solitary", {"unknown-kind"}),
        ("  - id: Q2\n", "  - id: Q1\n", {"duplicate-question"}),
        ("aliases: [1 - 2 years]", "aliases: [LESS than 1 year]", {"ambiguous-option"}),
        ("slug: 1to2, name: 1 to 2 years", "slug: lt1, name: 1 to 2 years", {"ambiguous-option"}),
        ("  margin: 0.10\n", "", {"missing-key"}),
        ("artefacts: [AnswerDisplayOrder]", "", {"missing-key"}),
        ("plan:", "plan: [", {"format"}),
    ],
)
def test_faults_of_the_questionnaire(data: Path, old: str, new: str, reasons: set[str]) -> None:
    edit(data / FILE, old, new)
    with pytest.raises(InputError) as caught:
        load_questionnaire(data)
    assert {fault.reason for fault in caught.value.faults} == reasons
    assert all("questions.yaml" in fault.file for fault in caught.value.faults)


def test_several_faults_come_together(data: Path) -> None:
    edit(data / FILE, "kind: single", "kind: solitary")
    edit(data / FILE, "slug: web, ", "")
    with pytest.raises(InputError) as caught:
        load_questionnaire(data)
    assert {fault.reason for fault in caught.value.faults} == {"unknown-kind", "missing-key"}


def test_a_missing_questionnaire_is_named(data: Path, invoke: Run) -> None:
    (data / FILE).unlink()
    result = invoke("analysis", "claims", "--data", data)
    assert result.returncode == 1
    assert "questions.yaml: file is missing" in result.stderr


@pytest.mark.parametrize(
    ("table", "old", "new", "reason"),
    [
        ("responses", "r02,3to5", "r02,forever", "constraint-error"),
        ("responses", "r03,", "r02,", "primary-key"),
        ("choices", "r02,Q63,deployment", "r02,Q63,crash", "option-of-question"),
        ("choices", "r02,Q63,", "r02,Q61,", "constraint-error"),
        ("themes", "Q66,community", "Q66,simplicity", "option-of-question"),
        ("coding_sheets", "Q64,106", "Q64,many", "type-error"),
    ],
)
def test_faults_of_the_tables(data: Path, table: str, old: str, new: str, reason: str) -> None:
    edit(data / "survey" / f"{table}.csv", old, new)
    with pytest.raises(InputError) as caught:
        read_table(data, f"survey_{table}")
    assert reason in {fault.reason for fault in caught.value.faults}
    assert all(f"{table}.csv" in fault.file for fault in caught.value.faults)


def test_a_choice_of_nobody_is_found(data: Path) -> None:
    edit(data / "survey/choices.csv", "r02,Q63,deployment", "r777,Q63,deployment")
    faults = [fault for fault in validate(data) if fault.reason == "foreign-key"]
    assert len(faults) == 1
    assert "choices.csv" in faults[0].file
    line = (data / "survey/choices.csv").read_text(encoding="utf-8").splitlines().index("r777,Q63,deployment") + 1
    assert (faults[0].row, faults[0].column, faults[0].value) == (line, "respondent", "r777")
