"""RQ1: who uses interoperability tools, for what, and with which problems - the survey as the paper's tables.

Every share names its base. ``answered``: who answered the question, in whatever form; ``all``: every respondent, as if who
did not answer had not chosen. A question that takes several choices has shares of respondents, which may add up to more
than one. Whom the survey tool showed a question is not in the export, so a base of those asked cannot be formed.
"""

import pandas as pd

from analysis.survey_data import Respondents, Survey
from methods.intervals import share_frame, wilson

DEMOGRAPHICS = ("Q1", "Q2", "Q5")
# what Tables 4 and 5 name; every other theme is their "other"
NAMED_THEMES = {
    "Q64": ("simplicity", "requirements", "inference_speed", "portability", "direct"),
    "Q66": ("community", "test_runs", "versions"),
}
PROBLEMS = ("crash", "performance", "other")
NO_PROBLEM = "none"


def bases(survey: Survey) -> pd.DataFrame:
    """How many respondents each question has.

    Returns
    -------
    DataFrame
        One row per question in order: question, name, respondents (all), answered, chose (named at least one option or theme;
        fewer than answered where the export keeps only an artefact, or the answer has no theme).
    """
    rows = [
        (
            question.id,
            question.name,
            len(survey.respondents),
            len(survey.answered(question.id)),
            len(survey.chose(question.id)),
        )
        for question in survey.questionnaire.questions.values()
    ]
    return pd.DataFrame(rows, columns=["question", "name", "respondents", "answered", "chose"])


def option_shares(survey: Survey, question: str) -> pd.DataFrame:
    """How many respondents chose each option of a closed question, on both bases (Table 3, §4.2).

    Returns
    -------
    DataFrame
        One row per option in the order of the questionnaire: question, option, count, n, share, low, high (of those who
        answered, Wilson), n_all, share_all, low_all, high_all (of all respondents).
    """
    options = survey.questionnaire[question].slugs
    counts = pd.Series(
        [len(survey.chose(question, option)) for option in options], index=pd.Index(options, name="option")
    )
    answered = share_frame(counts, len(survey.answered(question)))
    everyone = share_frame(counts, len(survey.respondents)).drop(columns="count").add_suffix("_all")
    frame = pd.concat([answered, everyone], axis=1).reset_index()
    frame.insert(0, "question", question)
    return frame


def theme_shares(survey: Survey, question: str) -> pd.DataFrame:
    """How many answers to an open question carry each theme (Tables 4 and 5).

    Returns
    -------
    DataFrame
        The themes that the paper's table names, in its order, then ``other`` (answers with a theme that it does not name):
        question, theme, count, n, share, low, high (of the answers with at least one theme, Wilson), n_answered,
        share_answered, low_answered, high_answered (of all answers to the question). An answer may carry several themes.
    """
    named = NAMED_THEMES[question]
    rest = [theme for theme in survey.questionnaire[question].slugs if theme not in named]
    counts = pd.Series({theme: len(survey.chose(question, theme)) for theme in named}, dtype=int)
    counts["other"] = len(survey.chose(question, *rest)) if rest else 0
    coded = share_frame(counts.rename_axis("theme"), len(survey.chose(question)))
    answered = share_frame(counts, len(survey.answered(question))).drop(columns="count").add_suffix("_answered")
    frame = pd.concat([coded, answered], axis=1).rename_axis("theme").reset_index()
    frame.insert(0, "question", question)
    return frame


def with_problems(survey: Survey) -> Respondents:
    """Return who named at least one problem with ONNX models, whatever else they ticked."""
    return survey.chose("Q65", *PROBLEMS)


def without_tool(survey: Survey) -> Respondents:
    """Return who said not to use ONNX and named no other interoperability tool."""
    return survey.chose("Q61", "no") - survey.chose("Q62")


def skipped_demographics(survey: Survey) -> Respondents:
    """Return who answered none of the questions on experience and organisation."""
    return survey.respondents - survey.answered(*DEMOGRAPHICS)


def contradictory(survey: Survey) -> Respondents:
    """Return who ticked "no common problems" together with a problem."""
    return survey.chose("Q65", NO_PROBLEM) & with_problems(survey)


def by_onnx_use(survey: Survey) -> pd.DataFrame:
    """Purposes and problems of those who use ONNX and of those who say they do not, both of whom were asked.

    Returns
    -------
    DataFrame
        One row per group (``users``, ``others``: said no, or did not say) and option (``any_problem``: named at least one):
        question, option, group, count, n, share, low, high. Base: those of the group who answered the question.
    """
    users = survey.chose("Q61", "yes")
    groups = {"users": users, "others": survey.respondents - users}
    chosen = [("Q63", option, survey.chose("Q63", option)) for option in survey.questionnaire["Q63"].slugs]
    chosen += [("Q65", option, survey.chose("Q65", option)) for option in survey.questionnaire["Q65"].slugs]
    chosen.append(("Q65", "any_problem", with_problems(survey)))
    rows = []
    for question, option, who in chosen:
        for group, members in groups.items():
            count, n = len(who & members), len(survey.answered(question) & members)
            rows.append((question, option, group, count, n, *wilson(count, n)))
    return pd.DataFrame(rows, columns=["question", "option", "group", "count", "n", "share", "low", "high"])
