"""Exercises of the lab "An audit": three printed tables, one slip behind each; the third table is invented."""

from collections.abc import Callable, Mapping

import pandas as pd

from analysis.dataset import Study
from teaching.checks import near, near_all

# of the paper's Table 11 and §4 (Jajal et al. 2024); the third is invented for this lab
PRINTED_PROBLEMS = {"answered": 54, "with problems": 32, "share with problems": 0.59}
PRINTED_CONVERSIONS = {"conversion failure": 800, "load failure": 757, "mismatch": 220, "success": 43}


def invented_table() -> pd.DataFrame:
    """Return the invented table: node conversion's share by converter, with a slip in it.

    The slip: labels were joined to ratings by issue, so that an issue rated twice counts twice and one not rated is lost.
    """
    study = Study()
    joined = study.failures.merge(study.ratings[["issue", "rater"]], on="issue")
    hits = joined["location"] == "node_conversion"
    table = hits.groupby(joined["converter"], observed=True).agg(["size", "mean"]).reset_index()
    return table.set_axis(["converter", "failures", "share in node conversion"], axis=1)


def recount(answered: int, with_problems: int) -> str | None:
    """Check the survey's counts: who answered the question on problems, and who named one."""
    survey = Study().survey
    n, none = len(survey.answered("Q65")), survey.chose("Q65", "none")
    named = len(survey.chose("Q65", "crash", "performance", "other"))
    if int(answered) == PRINTED_PROBLEMS["answered"]:
        return "That is the printed number; count the distinct respondents in `answers`."
    if int(with_problems) == n - len(none):
        return "Some who ticked 'no common problems' ticked a problem as well; count whoever ticked a problem."
    return near_all(
        (answered, with_problems),
        (n, named),
        ["Those who answered: distinct respondents of Q65.", "Those who ticked crash, performance or other."],
        tolerance=0.1,
    )


def slip_in_the_survey(slip: Callable[[int, int], tuple[int, int, float]]) -> str | None:
    """Check that a supposed slip, applied to counts, yields the printed numbers, and applies to other counts as well."""
    survey = Study().survey
    n, none = len(survey.answered("Q65")), len(survey.chose("Q65", "none"))
    answered, problems, share = slip(n, none)
    wanted = tuple(PRINTED_PROBLEMS.values())
    message = near_all(
        (answered, problems, round(float(share), 2)),
        wanted,
        [
            f"With your slip {answered} answered; 54 are printed. The sheet's second row holds the question's wording.",
            f"With your slip {problems} have problems; 32 are printed. Who is left when 'no common problems' (22) is taken off?",
            f"With your slip the share is {float(share):.3f}; 0.59 is printed.",
        ],
    )
    if message:
        return message
    if slip(100, 40)[0] != 101:
        return "It gives the printed numbers whatever the data are: a mechanism is a computation, not a constant."
    return None


def stages(answer: Mapping[str, int]) -> str | None:
    """Check tf2onnx's exceptions by the stage that raised them."""
    conversions = Study().conversions
    own = conversions[(conversions["converter"] == "tf2onnx") & (conversions["reported"] == "exception")]
    right = own["error_stage"].value_counts()
    for stage, count in right.items():
        if int(answer.get(str(stage), -1)) != int(count):
            return f"Count again for the stage {stage!r} (value_counts of error_stage, exceptions of tf2onnx alone)."
    return None


def slip_in_table_11(slip: Callable[[pd.DataFrame], Mapping[str, int]]) -> str | None:
    """Check that a supposed slip yields Table 11's synthetic column of tf2onnx."""
    conversions = Study().conversions
    own = conversions[conversions["converter"] == "tf2onnx"]
    found = slip(own)
    for name, printed in PRINTED_CONVERSIONS.items():
        if int(found.get(name, -1)) != printed:
            return (
                f"With your slip {name} is {found.get(name)}; {printed} is printed. 757 are all exceptions that ONNX Runtime "
                "raised, while loading and while running: what is then left for a conversion failure?"
            )
    if int(slip(own.iloc[:100])["conversion failure"]) == PRINTED_CONVERSIONS["conversion failure"]:
        return "It gives the printed numbers whatever the data are: a mechanism is a computation, not a constant."
    return None


def truly_failed(answer: int) -> str | None:
    """Check how many of tf2onnx's 800 failed to convert for certain."""
    conversions = Study().conversions
    own = conversions[conversions["converter"] == "tf2onnx"]
    right = int((own["outcome"] == "conversion_failure").sum())
    return near(
        answer,
        right,
        {right + 2: "Two runs were stopped at a stage that nobody recorded: not for certain."},
        tolerance=0.1,
    )


def slip_in_the_third(slip: Callable[[pd.DataFrame, pd.DataFrame], pd.DataFrame]) -> str | None:
    """Check that a supposed slip yields the invented table."""
    study = Study()
    found = slip(study.failures, study.ratings)
    wanted = invented_table()
    if list(found.columns) != list(wanted.columns):
        return f"Give the columns of the printed table: {', '.join(wanted.columns)}."
    found = found.sort_values("converter", ignore_index=True)
    for row, printed in zip(found.itertuples(index=False), wanted.itertuples(index=False), strict=True):
        if row[1] != printed[1]:
            return f"{printed[0]}: {row[1]} failures by your slip, {printed[1]} printed. More rows than issues: why?"
        if abs(float(row[2]) - float(printed[2])) > 1e-6:
            return f"{printed[0]}: the counts fit, the share does not."
    return None


EXERCISES = {
    "recount": recount,
    "slip in the survey": slip_in_the_survey,
    "stages": stages,
    "slip in Table 11": slip_in_table_11,
    "truly failed": truly_failed,
    "slip in the third table": slip_in_the_third,
}
