"""Reading the survey's cells: whole labels with their commas, artefacts, and nothing lost silently."""

import hypothesis.strategies as st
import pytest
from hypothesis import given

from datapackage.questions import ARTEFACT, Question, load_questionnaire
from mining.published_archive.survey_answers import read_multiple, read_single
from mining.published_archive.survey_themes import themes_named
from tests.conftest import DATA

QUESTIONNAIRE = load_questionnaire(DATA)
MULTIPLE = QUESTIONNAIRE.of_kind("multiple")
# an explanation as the export gives it after some labels, with commas and dots of its own
EXPLANATIONS = st.text(st.sampled_from("abc ,.=-%/"), max_size=30).map(lambda text: f" (e.g., {text})")


@st.composite
def ticked(draw: st.DrawFn) -> tuple[Question, tuple[str, ...], str]:
    """A question, options chosen in any order, and the cell that the export makes of them."""
    question = draw(st.sampled_from(MULTIPLE))
    options = draw(st.lists(st.sampled_from(question.options), unique=True))
    labels = [draw(st.sampled_from(option.aliases)) + draw(EXPLANATIONS | st.just("")) for option in options]
    return question, tuple(option.slug for option in options), ",".join(labels)


@given(ticked())
def test_any_choice_is_read_back(case: tuple[Question, tuple[str, ...], str]) -> None:
    question, slugs, cell = case
    assert read_multiple(cell, question, QUESTIONNAIRE) == (slugs, ())


@given(ticked(), st.text(st.sampled_from("xyz "), min_size=1).filter(str.strip))
def test_no_unknown_text_is_passed_over(case: tuple[Question, tuple[str, ...], str], extra: str) -> None:
    question, slugs, cell = case
    answer = read_multiple(f"{cell},{extra}" if cell else extra, question, QUESTIONNAIRE)
    assert answer.records == slugs
    assert answer.unknown == (" ".join(extra.split()),)


@given(st.text())
def test_any_text_is_read_or_reported(text: str) -> None:
    for question in MULTIPLE:
        answer = read_multiple(text, question, QUESTIONNAIRE)
        assert bool(answer.records or answer.unknown) == bool(text.strip(" \t\n\r\x0b\x0c") and text.split())
    single = read_single(text, QUESTIONNAIRE["Q61"])
    assert bool(single.records or single.unknown) == bool(text.strip())


@pytest.mark.parametrize(
    ("cell", "records"),
    [
        ("AnswerDisplayOrder", (ARTEFACT,)),
        ("Performance differences (e.g., one, two),AnswerDisplayOrder", ("performance", ARTEFACT)),
        ("Other (please specify)", ("other",)),
        ("crashes,  CRASHES (again, and again)", ("crash",)),
        ("", ()),
    ],
)
def test_artefacts_repetitions_and_spellings(cell: str, records: tuple[str, ...]) -> None:
    assert read_multiple(cell, QUESTIONNAIRE["Q65"], QUESTIONNAIRE) == (records, ())


@pytest.mark.parametrize("cell", ["Crashes and more", "Crash", "Crashes (unclosed", "Crashes;Other"])
def test_a_label_counts_only_whole(cell: str) -> None:
    answer = read_multiple(cell, QUESTIONNAIRE["Q65"], QUESTIONNAIRE)
    assert answer.records == ()
    assert answer.unknown


def test_single_choices_ignore_case_and_spacing_and_nothing_else() -> None:
    assert read_single(" over 5  YEARS ", QUESTIONNAIRE["Q1"]) == (("gt5",), ())
    assert read_single("over 6 years", QUESTIONNAIRE["Q1"]) == ((), ("over 6 years",))


def test_a_theme_is_named_in_any_of_its_spellings() -> None:
    assert themes_named("It is Simplicity, and the Deployment  requirements", QUESTIONNAIRE["Q64"]) == [
        "simplicity",
        "requirements",
    ]
    assert themes_named("simple", QUESTIONNAIRE["Q64"]) == []
