"""The survey as the paper's tables: counts, bases, and respondents who are counted once."""

from dataclasses import replace
from pathlib import Path

import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from analysis.dataset import Study
from analysis.survey import answers
from analysis.survey_data import Survey, load_survey
from datapackage.questions import NOT_ON_SHEET, WITHOUT_THEME, load_questionnaire
from tests.conftest import DATA, edit

QUESTIONNAIRE = load_questionnaire(DATA)
# Table 3 of the paper
TABLE_3 = {
    "Q1": {"lt1": 8, "1to2": 17, "3to5": 32, "gt5": 32},
    "Q2": {"lt1": 4, "1to2": 12, "3to5": 20, "gt5": 53},
    "Q5": {"small": 48, "medium": 17, "large": 24},
    "Q67": {"web": 59, "cloud": 52, "desktop": 19, "mobile": 14, "iot": 14, "other": 4},
}


@pytest.mark.parametrize(("question", "counts"), TABLE_3.items())
def test_table_3_is_the_papers(study: Study, question: str, counts: dict[str, int]) -> None:
    frame = answers.option_shares(study.survey, question).set_index("option")
    assert frame["count"].to_dict() == counts
    assert set(frame["n"]) == {89}
    assert set(frame["n_all"]) == {92}
    assert (frame["share_all"] < frame["share"]).all()


def test_every_base_is_told_apart(study: Study) -> None:
    frame = answers.bases(study.survey).set_index("question")
    assert set(frame["respondents"]) == {92}
    assert (frame["chose"] <= frame["answered"]).all()
    # counted by hand in the export: non-empty cells, and those with an option
    assert frame.loc["Q65", ["answered", "chose"]].tolist() == [53, 51]
    assert frame.loc["Q63", ["answered", "chose"]].tolist() == [53, 53]
    assert frame.loc["Q64", ["answered", "chose"]].tolist() == [40, 30]
    assert frame.loc["Q66", ["answered", "chose"]].tolist() == [20, 16]


def test_problems_are_counted_by_respondent(study: Study) -> None:
    assert len(answers.with_problems(study.survey)) == 33
    assert answers.contradictory(study.survey) == {"r11", "r45", "r53", "r85"}
    assert len(answers.without_tool(study.survey)) == 45
    assert answers.skipped_demographics(study.survey) == {"r01", "r03", "r04"}


def test_themes_are_counted_by_answer(study: Study) -> None:
    frame = answers.theme_shares(study.survey, "Q64").set_index("theme")
    assert frame["count"].to_dict() == {
        "simplicity": 7, "requirements": 7, "inference_speed": 4, "portability": 4, "direct": 13, "other": 3,
    }  # fmt: skip
    assert set(frame["n"]) == {30}
    frame = answers.theme_shares(study.survey, "Q66").set_index("theme")
    assert frame["count"].to_dict() == {"community": 7, "test_runs": 5, "versions": 3, "other": 5}


def test_users_and_others_add_up_to_all(study: Study) -> None:
    groups = answers.by_onnx_use(study.survey)
    for question in ("Q63", "Q65"):
        whole = answers.option_shares(study.survey, question).set_index("option")
        part = groups[(groups["question"] == question) & (groups["option"] != "any_problem")]
        sums = part.groupby("option")[["count", "n"]].sum()
        assert sums["count"].to_dict() == whole["count"].to_dict()
        assert set(sums["n"]) == {53}


def test_a_new_answer_moves_its_option_and_its_base_alone(data: Path, study: Study) -> None:
    with (data / "survey/choices.csv").open("a") as stream:
        stream.write("r03,Q63,deployment\n")
    changed = load_survey(data)
    before, after = (answers.option_shares(each, "Q63").set_index("option") for each in (study.survey, changed))
    assert (after["count"] - before["count"]).to_dict() == {"deployment": 1, "framework_to_framework": 0, "other": 0}
    assert set(after["n"]) == {54}
    for question in ("Q60", "Q65", "Q67"):
        pd.testing.assert_frame_equal(
            answers.option_shares(study.survey, question), answers.option_shares(changed, question)
        )


def test_the_survey_can_grow(data: Path) -> None:
    edit(data / "survey/responses.csv", "r92,", "r100,gt5,gt5,small,1to5,none,yes\nr92,")
    grown = load_survey(data)
    assert len(grown.respondents) == 93
    assert answers.option_shares(grown, "Q1").set_index("option")["count"]["gt5"] == 33


def _survey(choices: list[tuple[str, str]]) -> Survey:
    people = [f"r{number:02}" for number in range(1, 7)]
    columns = [question.id for question in QUESTIONNAIRE.of_kind("single")]
    nothing = pd.DataFrame(columns=["respondent", "question", "theme"])
    return Survey(
        questionnaire=QUESTIONNAIRE,
        responses=pd.DataFrame({"respondent": people} | dict.fromkeys(columns)),
        choices=pd.DataFrame(
            [(who, "Q65", what) for who, what in choices], columns=["respondent", "question", "option"]
        ),
        themes=nothing,
        theme_words=nothing,
        coding_sheets=pd.DataFrame(columns=["question", "rows", "answers", "first_offset"]),
    )


TICKS = st.lists(
    st.tuples(st.sampled_from([f"r{n:02}" for n in range(1, 7)]), st.sampled_from(QUESTIONNAIRE["Q65"].records)),
    unique=True,
)


@given(TICKS)
def test_shares_are_of_respondents_not_of_ticks(ticks: list[tuple[str, str]]) -> None:
    made = _survey(ticks)
    frame = answers.option_shares(made, "Q65").set_index("option")
    assert frame["count"].to_dict() == {option: sum(what == option for _, what in ticks) for option in frame.index}
    assert set(frame["n"]) == {len({who for who, _ in ticks})}
    some = answers.with_problems(made)
    assert frame["count"][list(answers.PROBLEMS)].max() <= len(some) <= frame["count"][list(answers.PROBLEMS)].sum()
    assert answers.contradictory(made) <= some


def test_answers_without_a_theme_are_no_coded_answers() -> None:
    themes = pd.DataFrame(
        [
            ("r01", "Q64", "simplicity"),
            ("r01", "Q64", "stability"),
            ("r02", "Q64", WITHOUT_THEME),
            ("r03", "Q64", NOT_ON_SHEET),
        ],
        columns=["respondent", "question", "theme"],
    )
    made = replace(_survey([]), themes=themes)
    frame = answers.theme_shares(made, "Q64").set_index("theme")
    assert frame.loc["simplicity", ["count", "n", "n_answered"]].tolist() == [1, 1, 3]
    assert frame.loc["other", "count"] == 1
    assert made.on_sheet("Q64") == {"r01", "r02"}
