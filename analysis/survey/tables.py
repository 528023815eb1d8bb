"""The tables of the chapter on RQ1."""

from collections.abc import Mapping, Sequence
from typing import Any

import pandas as pd

from analysis.report.chapter import Table
from analysis.report.tables import estimate, p_value, points, styled, with_interval
from analysis.survey.associations import ALPHA, POWER
from datapackage.questions import Questionnaire
from datapackage.tables import records
from methods.association import DRAWS

_CONDITIONS = {
    "ml_years": "experience with machine learning",
    "se_years": "experience with software engineering",
    "org_size": "size of the organisation",
    "onnx": "uses ONNX",
    "other_tool": "uses another tool",
    "tensorflow": "develops with TensorFlow",
    "deployment": "converts for deployment",
    "framework_to_framework": "converts between frameworks",
    "problem": "meets problems with ONNX",
}


def options(shares: Sequence[pd.DataFrame], questionnaire: Questionnaire, name: str, title: str) -> Table:
    """Lay out `analysis.survey.answers.option_shares` of several questions, each under its name."""
    rows = [
        {
            "Question": _sentence_case(questionnaire[row["question"]].name),
            "Option": questionnaire[row["question"]].label(row["option"]),
            "n": row["count"],
            "Answered": row["n"],
            "% of answered": with_interval(row["share"], row["low"], row["high"]),
            "% of all": with_interval(row["share_all"], row["low_all"], row["high_all"]),
        }
        for frame in shares
        for row in records(frame)
    ]
    cells = pd.DataFrame(rows)
    gt = styled(cells, title, name).tab_stub(rowname_col="Option", groupname_col="Question")
    return Table(name, gt.cols_align("right", ["n", "Answered", "% of answered", "% of all"]))


def bases(frame: pd.DataFrame, questionnaire: Questionnaire) -> Table:
    """Lay out `analysis.survey.answers.bases`."""
    cells = pd.DataFrame(
        {
            "Question": frame["question"],
            "Asks": [questionnaire[question].text for question in frame["question"]],
            "Answered": frame["answered"],
            "Named an option or theme": frame["chose"],
        }
    )
    gt = styled(cells, "Who answered what", "answers", stub="Question")
    return Table(
        "answers",
        gt.cols_align("right", ["Answered", "Named an option or theme"]),
        {"respondents": int(frame["respondents"].max())},
    )


def themes(frame: pd.DataFrame, questionnaire: Questionnaire, name: str, title: str) -> Table:
    """Lay out `analysis.survey.answers.theme_shares`."""
    question = questionnaire[str(frame["question"].iloc[0])]
    labels = {slug: question.label(slug) for slug in question.slugs} | {"other": "a theme that the table does not name"}
    cells = pd.DataFrame(
        {
            "Theme": frame["theme"].map(labels),
            "n": frame["count"],
            "% of coded": [with_interval(row["share"], row["low"], row["high"]) for row in records(frame)],
            "% of answers": [
                with_interval(row["share_answered"], row["low_answered"], row["high_answered"])
                for row in records(frame)
            ],
        }
    )
    gt = styled(cells, title, name, stub="Theme").cols_align("right", list(cells.columns[1:]))
    return Table(name, gt, {"coded": frame["n"].iloc[0], "answers": frame["n_answered"].iloc[0]})


def by_use(frame: pd.DataFrame, labels: Mapping[tuple[str, str], str]) -> Table:
    """Lay out `analysis.survey.answers.by_onnx_use`."""
    cell = {(row["question"], row["option"], row["group"]): _of(row) for row in records(frame)}
    cells = pd.DataFrame({"Answer": list(labels.values())})
    for group, title in (("users", "Use ONNX"), ("others", "Do not, or did not say")):
        cells[title] = [cell[question, option, group] for question, option in labels]
    gt = styled(cells, "Purposes and problems, by use of ONNX", "by-use", stub="Answer")
    return Table("by-use", gt.cols_align("right", list(cells.columns[1:])))


def ranges(frame: pd.DataFrame, printed: Mapping[str, str]) -> Table:
    """Lay out `analysis.survey.sensitivity.ranges` beside the printed shares."""
    cells = pd.DataFrame(
        {
            "Respondents": frame["name"],
            "Printed": frame["claim"].map(dict(printed)),
            "n": frame["count"].astype(str) + " of " + frame["n"].astype(str),
            "%": [with_interval(row["share"], row["low"], row["high"]) for row in records(frame)],
            "Readings": [_span(row["reading_low"], row["reading_high"]) for row in records(frame)],
            "Silence": [_span(row["bound_low"], row["bound_high"]) for row in records(frame)],
        }
    )
    gt = styled(cells, "How far the headline shares could move", "ranges", stub="Respondents")
    return Table("ranges", gt.cols_align("right", list(cells.columns[1:])))


def populations(frame: pd.DataFrame) -> Table:
    """Lay out `analysis.survey.populations.population_shares`."""
    cells = pd.DataFrame({"Respondents": frame["name"], "Answered": frame["n"], "Users": frame["users"]})
    kinds = {"": "Who answered", "users_": "Users", "others_": "Others", "post_": "All who told"}
    for prefix, title in kinds.items():
        parts = [f"{prefix}share", f"{prefix}low", f"{prefix}high"]
        cells[f"{title}|%"] = [with_interval(*(row[part] for part in parts)) for row in records(frame)]
    gt = styled(cells, "Of whom the shares on purposes and problems speak", "populations", stub="Respondents")
    columns = [f"{title}|%" for title in kinds.values()]
    gt = gt.tab_spanner("Share (%) of", columns).cols_label({c: c.partition("|")[0].lower() for c in columns})
    gt = gt.cols_label({"Users": "of them users"})
    return Table("populations", gt.cols_align("right", list(cells.columns[1:])))


def cross_tests(frame: pd.DataFrame) -> Table:
    """Lay out `analysis.survey.associations.cross_tests`."""
    rows = records(frame)
    cells = pd.DataFrame(
        {
            "Condition": frame["condition"].map(_CONDITIONS),
            "Outcome": frame["outcome"].map(_CONDITIONS),
            "n": frame["n"],
            "With / without": [_two_shares(row) for row in rows],
            "Difference": [_difference(row) for row in rows],
            "Cramér's V": [_v(row) for row in rows],
            "p": [p_value(row["p"], draws=DRAWS) for row in rows],
            "p (Holm)": [p_value(row["p_holm"], draws=DRAWS) for row in rows],
            "V at 80 %": [f"{row['detectable']:.2f}" for row in rows],
        }
    )
    gt = styled(cells, "Do answers go together?", "cross-tests").cols_align("right", list(cells.columns[2:]))
    return Table("cross-tests", gt, {"draws": f"{DRAWS:,}", "alpha": f"{ALPHA:.0%}", "power": f"{100 * POWER:.0f} %"})


def margins(frame: pd.DataFrame) -> Table:
    """Lay out `analysis.survey.sampling.margins`."""
    columns = [column for column in frame.columns if column.startswith("margin_")]
    cells = frame[["base", "n"]].rename(columns={"base": "Base"})
    for column in columns:
        cells[f"± points at {column.partition('_')[2]} %"] = (100 * frame[column]).map("{:.1f}".format)
    gt = styled(cells, "Margins of error that the numbers of answers give", "margins", stub="Base")
    return Table("margins", gt.cols_align("right", list(cells.columns[1:])))


def _sentence_case(text: str) -> str:
    return text[:1].upper() + text[1:]


def _of(row: Mapping[Any, Any]) -> str:
    return f"{row['count']:.0f} of {row['n']:.0f}: {with_interval(row['share'], row['low'], row['high'])}"


def _span(low: float, high: float) -> str:
    return "–" if pd.isna(low) else f"{100 * low:.0f} to {100 * high:.0f}"


def _two_shares(row: Mapping[str, Any]) -> str:
    if pd.isna(row["yes_n"]):
        return "–"
    return f"{row['yes_count']:.0f}/{row['yes_n']:.0f}, {row['no_count']:.0f}/{row['no_n']:.0f}"


def _difference(row: Mapping[str, Any]) -> str:
    return points(row["difference"], row["difference_low"], row["difference_high"])


def _v(row: Mapping[str, Any]) -> str:
    return estimate(row["v"], row["low"], row["high"])
