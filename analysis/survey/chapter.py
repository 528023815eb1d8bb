"""The chapter on RQ1: tables, figures and numbers from `analysis.survey.answers` and its neighbours."""

import pandas as pd

from analysis.claims.ledger import Ledger
from analysis.dataset import Study
from analysis.report.chapter import Chapter, Content, Picture, Table
from analysis.report.tables import estimate, p_value, points, share_text
from analysis.survey import answers, associations, figures, populations, sampling, sensitivity, tables
from analysis.survey.claims import CLAIMS, HEADING_ROW_MECHANISMS
from analysis.survey_data import Survey
from datapackage.tables import records
from methods.association import DRAWS
from methods.intervals import wilson

_LIKERT = {
    "Q1": "years in machine learning",
    "Q2": "years in software engineering",
    "Q5": "size of organisation",
    "Q9": "models used",
    "Q11": "models published",
}
_BY_USE = {
    ("Q63", "deployment"): "conversion for deployment",
    ("Q63", "framework_to_framework"): "conversion between frameworks",
    ("Q65", "none"): "no common problems",
    ("Q65", "any_problem"): "at least one problem",
    ("Q65", "crash"): "crashes",
    ("Q65", "performance"): "performance differences",
    ("Q65", "other"): "other problems",
}


def content(study: Study, ledger: Ledger) -> Content:
    """Compute the chapter.

    Parameters
    ----------
    study : Study
        The data.
    ledger : Ledger
        Verdicts of all claims.
    """
    survey = study.survey
    groups = answers.by_onnx_use(survey)
    ranges = sensitivity.ranges(survey)
    tests = associations.cross_tests(survey)
    printed = study.printed
    return Content(
        tables=_tables(survey, groups, ranges, tests, printed),
        figures=_pictures(survey, groups, ranges, printed, ledger),
        numbers=_numbers(survey, groups, ranges, tests, ledger),
        glance=_glance(groups, ranges, ledger),
    )


def _tables(
    survey: Survey, groups: pd.DataFrame, ranges: pd.DataFrame, tests: pd.DataFrame, printed: pd.Series
) -> tuple[Table, ...]:
    questions = survey.questionnaire
    demographics = [answers.option_shares(survey, question) for question in (*answers.DEMOGRAPHICS, "Q67", "Q9", "Q11")]
    tools = [answers.option_shares(survey, question) for question in ("Q60", "Q61", "Q62", "Q63", "Q65")]
    return (
        tables.bases(answers.bases(survey), questions),
        tables.options(demographics, questions, "table03", "Table 3, and use of model registries: the respondents"),
        tables.options(tools, questions, "tools", "Frameworks, tools, purposes and problems"),
        tables.themes(
            answers.theme_shares(survey, "Q64"),
            questions,
            "table04",
            "Table 4: considerations when choosing a deployment",
        ),
        tables.themes(
            answers.theme_shares(survey, "Q66"), questions, "table05", "Table 5: strategies against problems with ONNX"
        ),
        tables.ranges(ranges, dict(zip(printed.index.astype(str), printed.astype(str), strict=True))),
        tables.populations(populations.population_shares(survey)),
        tables.by_use(groups, _BY_USE),
        tables.cross_tests(tests),
        tables.margins(sampling.margins(survey)),
    )


def differing_shares(ledger: Ledger) -> pd.DataFrame:
    """Rows of the ledger whose printed share of the survey is not the recomputed one."""
    rows = ledger.disputed(CLAIMS.name)
    return rows[rows["claim_id"].str.contains(r"share|framework") & (rows["recomputed"] != "undefined")]


def _pictures(
    survey: Survey, groups: pd.DataFrame, ranges: pd.DataFrame, printed: pd.Series, ledger: Ledger
) -> tuple[Picture, ...]:
    likert = [answers.option_shares(survey, question) for question in _LIKERT]
    headline = {claim: float(printed[claim]) for claim in ranges["claim"] if claim in printed.index}
    return (
        Picture(
            "respondents",
            figures.demographics(likert, survey.questionnaire, _LIKERT),
            {"questions": len(_LIKERT)},
        ),
        Picture("purposes-problems", figures.purposes_and_problems(groups, _BY_USE)),
        Picture("headline-ranges", figures.ranges(ranges, headline)),
        Picture("printed-shares", figures.printed_against_recomputed(differing_shares(ledger))),
    )


def _numbers(
    survey: Survey, groups: pd.DataFrame, ranges: pd.DataFrame, tests: pd.DataFrame, ledger: Ledger
) -> dict[str, str]:
    return (
        _sampling_numbers(survey)
        | _answer_numbers(survey)
        | _range_numbers(ranges, len(survey.respondents))
        | _group_numbers(groups)
        | _population_numbers(survey)
        | _test_numbers(tests)
        | _paired_numbers(survey)
        | {"heading-rows": str(len(_heading_rows(ledger)))}
        | ledger.verdict_numbers(CLAIMS.name)
    )


def _sampling_numbers(survey: Survey) -> dict[str, str]:
    plan, n = survey.questionnaire.plan, len(survey.respondents)
    rate = sampling.response_rate(n, plan)
    return {
        "respondents": str(n),
        "invited": str(sum(plan.invited.values())),
        "response-rate": f"{100 * rate:.1f} %",
        "needed": str(sampling.sample_size(plan.confidence, plan.margin, plan.population)),
        "margin-wanted": f"{100 * plan.margin:.0f}",
        "margin-all": _margin(survey, n),
        "margin-problems": _margin(survey, len(survey.answered("Q65"))),
    }


def _answer_numbers(survey: Survey) -> dict[str, str]:
    users, problems, considerations = survey.chose("Q61", "yes"), survey.answered("Q65"), survey.answered("Q64")
    groups = {
        "both-tools": users & survey.chose("Q62"),
        "contradictory": answers.contradictory(survey),
        "lost-answers": problems - survey.chose("Q65"),
        "answered-problems": problems,
        "others-problems": problems - users,
        "without-tool-purpose": answers.without_tool(survey) & survey.chose("Q63"),
        "uncoded-considerations": considerations - survey.chose("Q64"),
        "answered-considerations": considerations,
    }
    return {name: str(len(who)) for name, who in groups.items()}


def _range_numbers(ranges: pd.DataFrame, respondents: int) -> dict[str, str]:
    numbers = {}
    for row in records(ranges):
        name = row["name"].lower().replace(" ", "-")
        numbers[name] = share_text(row["share"], row["low"], row["high"])
        numbers[f"{name}-of-all"] = share_text(*wilson(row["count"], respondents))
        numbers[f"{name}-readings"] = f"{100 * row['reading_low']:.0f} to {100 * row['reading_high']:.0f} %"
        numbers[f"{name}-silence"] = f"{100 * row['bound_low']:.0f} to {100 * row['bound_high']:.0f} %"
    return numbers


def _group_numbers(groups: pd.DataFrame) -> dict[str, str]:
    return {
        f"{row['option'].replace('_', '-')}-{row['group']}": share_text(row["share"], row["low"], row["high"])
        for row in records(groups)
        if row["option"] in ("deployment", "any_problem")
    }


def _population_numbers(survey: Survey) -> dict[str, str]:
    counts, test = populations.answering(survey)
    numbers = {"answering-p": p_value(test.p)}
    for name, asked in counts.iterrows():
        numbers |= {f"answering-{name}": str(asked["answered"]), f"told-{name}": str(asked.sum())}
    for row in records(populations.population_shares(survey)):
        name = row["name"].replace(" ", "-")
        for kind in (populations.USERS, populations.OTHERS, "post"):
            numbers[f"{name}-of-{kind}"] = share_text(*(row[f"{kind}_{part}"] for part in ("share", "low", "high")))
    return numbers


def _test_numbers(tests: pd.DataFrame) -> dict[str, str]:
    deployment = tests[(tests["condition"] == "onnx") & (tests["outcome"] == "deployment")].iloc[0]
    return {
        "deployment-v": estimate(deployment["v"], deployment["low"], deployment["high"]),
        "deployment-p": p_value(float(deployment["p_holm"]), draws=DRAWS),
        "tests": str(len(tests)),
        "tests-significant": str(int((tests["p_holm"] < associations.ALPHA).sum())),
        "detectable-low": f"{tests['detectable'].min():.2f}",
        "detectable-high": f"{tests['detectable'].max():.2f}",
    }


def _paired_numbers(survey: Survey) -> dict[str, str]:
    numbers: dict[str, str] = {}
    for row in records(associations.paired_tests(survey).reset_index(names="of")):
        difference = points(row["difference"], row["low"], row["high"])
        numbers |= {f"paired-{row['of']}": difference, f"paired-{row['of']}-p": p_value(row["p"])}
    return numbers


def _heading_rows(ledger: Ledger) -> pd.DataFrame:
    own = ledger.of(CLAIMS.name)
    return own[own["mechanism"].isin(HEADING_ROW_MECHANISMS)]


def _margin(survey: Survey, n: int) -> str:
    plan = survey.questionnaire.plan
    return f"{100 * sampling.margin_of_error(n, plan.confidence, plan.population):.1f}" if n else "–"


def _glance(groups: pd.DataFrame, ranges: pd.DataFrame, ledger: Ledger) -> str:
    tool = ranges[ranges["claim"] == "f1.none.share"].iloc[0]
    met = ranges[ranges["claim"] == "s4.problems.share"].iloc[0]
    printed = ledger.frame.set_index("claim_id")["published"]
    problems = groups[(groups["option"] == "any_problem") & (groups["group"] == "users")].iloc[0]
    use = ranges[ranges["claim"] == "f1.onnx.share"].iloc[0]
    return (
        f"Of those who answered {share_text(use['share'], use['low'], use['high'])} use ONNX (printed: {printed[use['claim']]}), "
        f"{share_text(tool['share'], tool['low'], tool['high'])} no interoperability tool at all (printed: "
        f"{printed[tool['claim']]}); {share_text(met['share'], met['low'], met['high'])} commonly meet problems with ONNX models "
        f"(printed: {printed[met['claim']]}), {share_text(problems['share'], problems['low'], problems['high'])} of those who use "
        f"ONNX. "
        f"{len(_heading_rows(ledger))} printed numbers count heading rows of the sheet as respondents."
    )


SURVEY = Chapter(
    slug="survey",
    folder="survey",
    number="RQ1",
    title="Who uses converters, for what, and with which problems",
    question="How do practitioners use interoperability tools, ONNX above all, and what goes wrong for them?",
    claims=CLAIMS,
    content=content,
)
