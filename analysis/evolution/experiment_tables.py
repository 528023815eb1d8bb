"""Tables of RQ3's experiment, as readers see them."""

from collections.abc import Mapping, Sequence

import pandas as pd

from analysis.evolution.experiment import CONVERTED, Experiment
from analysis.evolution.versions import Versions
from analysis.report.chapter import Table
from analysis.report.tables import p_value, percent_interval, styled, with_interval
from datapackage.tables import records

QUESTIONS: Mapping[str, str] = {"converted": "converts", "right": "right outputs"}


def steps(experiments: Sequence[Experiment]) -> Table:
    """Return each operator set against the one before it, within models."""
    rows = [
        [
            found.converter,
            QUESTIONS[row["question"]],
            f"{row['before']} → {row['after']}",
            row["gained"],
            row["lost"],
            f"{100 * row['difference']:+.1f}",
            percent_interval(row["low"], row["high"]),
            p_value(row["p_holm"]),
        ]
        for found in experiments
        for row in records(found.steps[(found.steps["gained"] + found.steps["lost"]) > 0])
    ]
    names = [
        "Exporter",
        "Question",
        "Operator sets",
        "Gained",
        "Lost",
        "Difference (points)",
        "95 % interval",
        "p (Holm)",
    ]
    title = "The same models, one operator set further"
    gt = styled(
        pd.DataFrame(rows, columns=names), title, "rq3-experiment-steps", groups="Exporter", stub="Operator sets"
    )
    return Table("rq3-experiment-steps", gt.cols_align("right", names[3:]).cols_align("left", ["Question"]))


def shares(experiments: Sequence[Experiment]) -> Table:
    """Return the shares by operator set."""
    rows = []
    for found in experiments:
        for opset, part in found.shares.groupby("condition"):
            cells = {row["question"]: with_interval(row["share"], row["low"], row["high"]) for row in records(part)}
            counts = {row["question"]: row["n"] for row in records(part)}
            rows.append(
                [
                    found.converter,
                    opset,
                    cells[CONVERTED],
                    counts[CONVERTED],
                    cells.get("right"),
                    counts.get("right"),
                ]
            )
    names = ["Exporter", "Operator set", "Converts (%)", "of models", "Right outputs (%)", "of expressible"]
    frame = pd.DataFrame(rows, columns=names).astype({"of models": "Int64", "of expressible": "Int64"})
    gt = styled(frame, "Outcomes by operator set", "rq3-experiment", groups="Exporter", stub="Operator set")
    return Table("rq3-experiment", gt.cols_align("right", names[2:]))


def obstacles(frame: pd.DataFrame) -> Table:
    """Return what models fail on where they do not convert; columns of `analysis.evolution.experiment.obstacles` and converter."""
    cells = pd.DataFrame(
        {
            "Exporter": frame["converter"],
            "Operator set": frame["opset"],
            "Error class": frame["error_class"].str.replace("_", " "),
            "Operators named most": frame["operators"],
            "Models": frame["count"],
        }
    )
    title = "What models fail to convert on"
    gt = styled(cells, title, "rq3-experiment-obstacles", groups="Exporter", stub="Operator set")
    return Table("rq3-experiment-obstacles", gt.cols_align("right", ["Models"]))


def versions(compared: Sequence[Versions]) -> Table:
    """Return what an exporter's versions make of the same models, each beside the one before it."""
    rows = []
    for found in compared:
        steps = {(row["question"], row["after"]): row for row in records(found.steps)}
        for question in QUESTIONS:
            for row in records(found.shares[found.shares["question"] == question]):
                step = steps.get((question, row["condition"]))
                moved = (step["gained"], step["lost"], p_value(step["p_holm"])) if step else (None, None, "–")
                share = with_interval(row["share"], row["low"], row["high"])
                rows.append([found.converter, QUESTIONS[question], str(row["condition"]), share, row["n"], *moved])
    names = ["Exporter", "Question", "Version", "Share (%)", "of models", "Gained", "Lost", "p (Holm)"]
    cells = pd.DataFrame(rows, columns=names).astype({"Gained": "Int64", "Lost": "Int64"})
    gt = styled(cells, "The same models, one version of the exporter further", "rq3-versions")
    return Table("rq3-versions", gt.cols_align("right", names[3:]).cols_align("left", names[:3]))
