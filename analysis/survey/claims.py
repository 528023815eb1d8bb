"""RQ1's claims: Tables 3, 4 and 5, Findings 1 to 3, the survey's size."""

from collections.abc import Iterator, Mapping

import pandas as pd

from analysis.claims.chapter import ClaimChapter, Contradiction, Mechanism
from analysis.claims.printed import Value
from analysis.dataset import Study
from analysis.survey.answers import (
    NAMED_THEMES,
    NO_PROBLEM,
    option_shares,
    skipped_demographics,
    theme_shares,
    with_problems,
    without_tool,
)
from analysis.survey.sampling import response_rate, sample_size
from analysis.survey_data import Survey
from datapackage.tables import records

Values = Iterator[tuple[str, Value]]

_TABLE_3 = {"Q1": "ml_years", "Q2": "se_years", "Q5": "org_size", "Q67": "environment"}
_THEME_TABLES = {"Q64": "t04", "Q66": "t05"}
# option of Q65: its count, its share among those with problems, its share among all who answered
_PROBLEM_CLAIMS = {
    "crash": ("s4.crash.n", "s4.crash.share_of_problems", "f3.crash.share"),
    "performance": ("s4.perf.n", "s4.perf.share_of_problems", "f3.perf.share"),
    "other": ("s4.other_problem.n", "s4.other_problem.share", None),
}
# ids and wording of the questions stand above the answers in the export
_HEADING_ROWS = 2
_ROUNDED_QUANTILE = 1.65
HEADING_ROW_MECHANISMS = ("question-text row counted", "both heading rows counted")


def recompute(study: Study) -> dict[str, Value]:
    """Return the recomputed value of every RQ1 claim that the data can yield, shares in percent.

    The base of a share is who answered the question, except where the claim itself names all respondents.
    """
    sources = (_sample, _table_3, _frameworks, _tools, _purposes, _problems, _tables_4_and_5)
    return {claim: value for source in sources for claim, value in source(study.survey)}


def percent(count: int, n: int) -> float:
    """Share in percent; NaN where nobody is in the base."""
    return 100 * count / n if n else float("nan")


def _sample(survey: Survey) -> Values:
    plan, n = survey.questionnaire.plan, len(survey.respondents)
    yield "abs.survey.n", n
    yield "intro.survey.n", n
    yield "s4.sampling.needed", sample_size(plan.confidence, plan.margin, plan.population)
    yield "s4.sampling.response_rate", 100 * response_rate(n, plan)
    yield "t03.skipped", len(skipped_demographics(survey))


def _table_3(survey: Survey) -> Values:
    for question, name in _TABLE_3.items():
        for row in records(option_shares(survey, question)):
            yield f"t03.{name}.{row['option']}", int(row["count"])


def _frameworks(survey: Survey) -> Values:
    n = len(survey.answered("Q60"))
    for option in ("pytorch", "tensorflow"):
        yield f"s4.framework.{option}", percent(len(survey.chose("Q60", option)), n)
    yield "s4.framework.rest", percent(len(survey.chose("Q60", "jax", "mlx", "other")), n)


def _tools(survey: Survey) -> Values:
    users, n = survey.chose("Q61", "yes"), len(survey.respondents)
    yield "f1.onnx.users", len(users)
    yield "f1.onnx.share", percent(len(users), n)
    yield "f1.none.share", percent(len(without_tool(survey)), n)
    yield "s4.other_tools", len(survey.chose("Q62"))


def _purposes(survey: Survey) -> Values:
    n = len(survey.answered("Q63"))
    yield "s4.use.denominator", n
    for claim, option in (("deploy", "deployment"), ("f2f", "framework_to_framework")):
        count = len(survey.chose("Q63", option))
        yield f"s4.use.{claim}.n", count
        yield f"s4.use.{claim}.share", percent(count, n)


def _problems(survey: Survey) -> Values:
    n, some, none = len(survey.answered("Q65")), len(with_problems(survey)), len(survey.chose("Q65", NO_PROBLEM))
    yield "s4.problems.denominator", n
    yield "s4.problems.n", some
    yield "s4.problems.share", percent(some, n)
    yield "s4.noproblems.n", none
    yield "s4.noproblems.share", percent(none, n)
    for option, (number, of_problems, of_all) in _PROBLEM_CLAIMS.items():
        count = len(survey.chose("Q65", option))
        yield number, count
        yield of_problems, percent(count, some)
        if of_all is not None:
            yield of_all, percent(count, n)


def _tables_4_and_5(survey: Survey) -> Values:
    for question, table in _THEME_TABLES.items():
        yield f"{table}.denominator", len(survey.chose(question))
        for row in records(theme_shares(survey, question)):
            yield f"{table}.{row['theme']}.n", int(row["count"])
            yield f"{table}.{row['theme']}.share", 100 * row["share"]


def _export_before_exclusion(study: Study) -> Mapping[str, Value]:
    """Responses on the coding sheet whose first rows still match the export's, one more heading row apart."""
    sheets = study.survey.coding_sheets
    intact = sheets[sheets["first_offset"] > _HEADING_ROWS]
    return {"intro.survey.n": int((intact["rows"] - intact["first_offset"]).max())} if len(intact) else {}


def _rounded_quantile(study: Study) -> Mapping[str, Value]:
    plan = study.survey.questionnaire.plan
    return {"s4.sampling.needed": sample_size(plan.confidence, plan.margin, plan.population, z=_ROUNDED_QUANTILE)}


def _heading_rows_counted(study: Study) -> Mapping[str, Value]:
    survey = study.survey
    n = len(survey.respondents) + _HEADING_ROWS
    values = {f"s4.framework.{name}": percent(len(survey.chose("Q60", name)), n) for name in ("pytorch", "tensorflow")}
    mentions = sum(len(survey.chose("Q60", name)) for name in ("jax", "mlx", "other"))
    return values | {"s4.framework.rest": percent(mentions, n)}


def _users_of_both_counted_twice(study: Study) -> Mapping[str, Value]:
    survey = study.survey
    n = len(survey.respondents)
    rest = n - len(survey.chose("Q61", "yes")) - len(survey.chose("Q62"))
    return {"f1.none.share": percent(rest, n)}


def _wording_counted(study: Study) -> Mapping[str, Value]:
    """Count the row with the question's wording as one answer more, and as a problem whatever is not "no problems"."""
    survey = study.survey
    purposes, problems = len(survey.answered("Q63")) + 1, len(survey.answered("Q65")) + 1
    none = len(survey.chose("Q65", NO_PROBLEM))
    some = problems - none
    of_problems = {
        claims[1]: percent(len(survey.chose("Q65", option)), some) for option, claims in _PROBLEM_CLAIMS.items()
    }
    return of_problems | {
        "s4.use.denominator": purposes,
        "s4.use.deploy.share": percent(len(survey.chose("Q63", "deployment")), purposes),
        "s4.use.f2f.share": percent(len(survey.chose("Q63", "framework_to_framework")), purposes),
        "s4.problems.denominator": problems,
        "s4.problems.n": some,
        "s4.problems.share": percent(some, problems),
        "s4.noproblems.share": percent(none, problems),
    }


def _uncoded_in_base(study: Study) -> Mapping[str, Value]:
    """Table 4 over all answers on its coding sheet, those without a theme included."""
    survey = study.survey
    n = len(survey.on_sheet("Q64"))
    shares = {f"t04.{name}.share": percent(len(survey.chose("Q64", name)), n) for name in NAMED_THEMES["Q64"]}
    return {"t04.denominator": n} | shares


def _words_counted(study: Study) -> Mapping[str, Value]:
    """Every cell of the coding sheet that holds a theme's name: the codes, and answers that use the word."""
    survey = study.survey
    n = len(survey.on_sheet("Q64"))
    values: dict[str, Value] = {}
    for theme in NAMED_THEMES["Q64"]:
        words = survey.theme_words
        found = int(((words["question"] == "Q64") & (words["theme"] == theme)).sum()) + len(survey.chose("Q64", theme))
        values |= {f"t04.{theme}.n": found, f"t04.{theme}.share": percent(found, n)}
    return values


def _other_is_the_rest(study: Study) -> Mapping[str, Value]:
    """Answers on the sheet that carry none of the themes that the table names, over each table's own base."""
    survey = study.survey
    own_bases = {"Q64": len(survey.on_sheet("Q64")), "Q66": len(survey.chose("Q66"))}
    values: dict[str, Value] = {}
    for question, table in _THEME_TABLES.items():
        rest = len(survey.on_sheet(question) - survey.chose(question, *NAMED_THEMES[question]))
        values |= {f"{table}.other.n": rest, f"{table}.other.share": percent(rest, own_bases[question])}
    return values


def _base_of_deployment(study: Study) -> Mapping[str, Value]:
    survey = study.survey
    return {"t04.direct.share": percent(len(survey.chose("Q64", "direct")), len(survey.chose("Q63", "deployment")))}


def _printed_direct_share(printed: pd.Series) -> float:
    return 100 * float(printed["t04.direct.n"]) / float(printed["t04.denominator"])


def _remarks(study: Study) -> Mapping[str, str]:
    """Why "ONNX respondents" are those who answered the question on problems with ONNX."""
    survey = study.survey
    answered, users = survey.answered("Q65"), survey.chose("Q61", "yes")
    remarks = {}
    for option, (_, _, claim) in _PROBLEM_CLAIMS.items():
        if claim is not None:
            share = percent(len(survey.chose("Q65", option) & users), len(answered & users))
            remarks[claim] = (
                '"ONNX respondents" are read as those who answered the question on problems with ONNX, since the paper counts '
                f"them as the question's base; {len(answered - users)} of the {len(answered)} do not say that they use ONNX. Of "
                f"the {len(answered & users)} who say so it is {share:.1f} %, which the printed form does not cover."
            )
    return remarks


_NOTES: Mapping[str, str] = {
    "abs.survey.n": "Rows of the export; three of them hold no answer on experience, organisation or framework.",
    "f1.none.share": "Recomputed: respondents who say that they do not use ONNX and name no other tool, of all respondents. The "
    "printed share is also what is left of them without the printed number of respondents to the next question.",
    "t04.direct.share": "Only one of the counts that the paper prints is such a base.",
    "s4.noproblems.n": "Some of them tick a problem as well.",
}

CLAIMS = ClaimChapter(
    name="RQ1",
    patterns=("abs.survey.n", "intro.survey.n", "s4.*", "t03.*", "t04.*", "t05.*", "f1.*", "f2.*", "f3.*"),
    recompute=recompute,
    mechanisms=(
        Mechanism(
            "responses before exclusion",
            "The coding sheet of the reasons for conversion between frameworks (Q78) still follows an export with more responses "
            "than the published one; its rows less its heading rows are the printed number.",
            _export_before_exclusion,
        ),
        Mechanism(
            "quantile rounded to 1.65",
            "With the normal quantile rounded to two decimals the formula rounds up to the printed number.",
            _rounded_quantile,
        ),
        Mechanism(
            HEADING_ROW_MECHANISMS[0],
            "The row that holds the question's wording counts as one answer more. Who has a problem is not counted but left "
            "over, as all answers less those that tick 'no problems': this row is then among them, and whoever ticks 'no "
            "problems' together with a problem is not.",
            _wording_counted,
        ),
        Mechanism(
            HEADING_ROW_MECHANISMS[1],
            "The base is every row of the sheet, question ids and wording included; for the rest, mentions count, not "
            "respondents.",
            _heading_rows_counted,
        ),
        Mechanism(
            "users of both counted twice",
            "All respondents less the users of ONNX less the users of other tools: who uses both is taken off twice.",
            _users_of_both_counted_twice,
        ),
        Mechanism(
            "answers without a theme in the base",
            "The base is every answer on the coding sheet, those that were given no theme included.",
            _uncoded_in_base,
        ),
        Mechanism(
            "theme's name found in answers",
            "A search of the coding sheet for the theme's name also finds an answer that uses the words; shares are over all "
            "answers on the sheet.",
            _words_counted,
        ),
        Mechanism(
            "other: none of the named themes",
            "'Other' counts the answers on the sheet that carry none of the themes that the table names, those without any "
            "theme included.",
            _other_is_the_rest,
        ),
        Mechanism(
            "base of another question",
            "The share is over the respondents who convert models for deployment.",
            _base_of_deployment,
        ),
    ),
    contradictions=(
        Contradiction(
            "intro.survey.n",
            "Abstract, §4.1.2 and Figure 3 print another number of responses",
            lambda printed: int(printed["abs.survey.n"]),
        ),
        Contradiction(
            "t04.direct.share",
            "Table 4's own count over its own base is another share",
            _printed_direct_share,
        ),
    ),
    not_recomputable={
        "s4.sampling.sent.*": "The invitations are not in the archive; the response rate takes them as printed.",
    },
    decisive=("abs.survey.n", "f1.onnx.users", "f1.onnx.share", "f1.none.share", "f3.crash.share", "f3.perf.share"),
    notes=_NOTES,
    remarks=_remarks,
)
