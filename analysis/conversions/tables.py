"""RQ4's tables as readers see them."""

from collections.abc import Mapping
from typing import Any

import pandas as pd

from analysis.conversions.figures import CAMPAIGN_NAMES, OUTCOME_NAMES, ROW_NAMES
from analysis.conversions.outcomes import PRINTED_ROWS
from analysis.conversions.size import NODES_PER_STEP
from analysis.conversions.tolerance import CRITERIA
from analysis.report.chapter import Table
from analysis.report.tables import estimate, p_value, styled, with_interval
from datapackage.conversions import OUTCOMES
from datapackage.tables import records

_SESSION, _NODE = "raised while the session was created", "names the node that was running"
_SUBTRACTION = "eager subtraction, of no model's node"
# class of error: what its texts say, in our own words, and why that stage raised it
_CLASSES: Mapping[str, tuple[str, str]] = {
    "command_failed": ("nothing; the command line failed", "stored output of the command line"),
    "model_too_large": ("over 2 GiB, and no file named", "the exporter's check of its own output"),
    "kernel_missing": ("no kernel for these types", _SESSION),
    "input_type_invalid": ("a type that the operator does not allow", _SESSION),
    "types_conflict": ("one type parameter, two types", _SESSION),
    "shape_inference": ("shapes that cannot be inferred together", _SESSION),
    "type_inference": ("an attribute unfit for the input's rank", _SESSION),
    "rank_differs": ("inputs of unlike rank", _NODE),
    "operand_shapes": ("operands of unfit shapes", _NODE),
    "broadcast": ("axes that cannot be broadcast", _NODE),
    "buffer_shape": ("another shape than declared", _NODE),
    "reshape_size": ("a reshape to another number of elements", _NODE),
    "resize_mode_unsupported": ("a resize mode unfit for the rank", _NODE),
    "empty_dimension": ("a reduction over an empty axis", _NODE),
    "boolean_outputs": ("TensorFlow cannot subtract booleans", _SUBTRACTION),
    "shape_differs": ("TensorFlow cannot subtract unlike shapes", _SUBTRACTION),
    "time_out": ("the run was stopped", "no stage recorded"),
}

_MEASURES: Mapping[str, str] = {
    "failed": "failed to convert, load or run, of all",
    "not_compared": "not compared, of those that ran",
    "wrong_of_compared": "wrong, of compared",
    "wrong_or_nan": "… NaN counted as wrong",
    "wrong_without_nan": "… NaN left out",
    "wrong_at_1e-3": "… NaN left out, 1e-3 absolute",
    "wrong_of_all": "wrong, of all",
}


def table_11(flow: pd.DataFrame, outcomes: pd.DataFrame) -> Table:
    """Return Table 11's synthetic columns, as the study counts them and as the evidence says."""
    converters = list(dict.fromkeys(outcomes["converter"]))
    printed = flow.groupby(["converter", "row"], observed=True)["count"].sum()
    evidence = {(row["converter"], row["outcome"]): row for row in records(outcomes)}
    names = {outcome: ROW_NAMES.get(outcome, OUTCOME_NAMES[outcome]) for outcome in OUTCOMES}
    cells = pd.DataFrame({"Outcome": list(names.values())})
    for converter in converters:
        counted = [printed.get((converter, outcome), 0) if outcome in PRINTED_ROWS else pd.NA for outcome in OUTCOMES]
        cells[f"{converter}|in Table 11"] = pd.array(counted, dtype="Int64")
        cells[f"{converter}|evidence"] = [evidence[converter, outcome]["count"] for outcome in OUTCOMES]
        cells[f"{converter}|% [95 %]"] = [
            with_interval(*(evidence[converter, outcome][key] for key in ("share", "low", "high")))
            for outcome in OUTCOMES
        ]
    gt = styled(cells, "Table 11, synthetic models: as counted, and by evidence", "table11", stub="Outcome")
    for converter in converters:
        columns = [f"{converter}|{kind}" for kind in ("in Table 11", "evidence", "% [95 %]")]
        gt = gt.tab_spanner(converter, columns).cols_align("right", columns)
        gt = gt.cols_label({column: column.partition("|")[2] for column in columns})
    return Table("table11", gt)


def error_classes(classes: pd.DataFrame) -> Table:
    """Return the recorded errors by class."""
    converters = [name for name in classes.columns if name not in ("stage", "error_class", "operators")]
    cells = pd.DataFrame(
        {
            "Stage": classes["stage"].astype(str),
            "Class": classes["error_class"].str.replace("_", " "),
            **{name: classes[name] for name in converters},
            "Operators": classes["operators"].replace("", "–"),
        }
    )
    gt = styled(cells, "The recorded errors by stage and class", "error-classes").cols_align("right", converters)
    return Table("error-classes", gt.cols_align("left", ["Stage", "Class", "Operators"]))


def error_evidence(classes: pd.DataFrame) -> Table:
    """Return, for each class of error, what its texts say and why its stage raised it."""
    said = [_CLASSES.get(name, ("–", "–")) for name in classes["error_class"]]
    cells = pd.DataFrame(
        {
            "Class": classes["error_class"].str.replace("_", " "),
            "What the texts say": [what for what, _ in said],
            "Stage": classes["stage"].astype(str),
            "Why this stage": [why for _, why in said],
        }
    )
    gt = styled(cells, "Evidence for the stage of each class", "error-evidence").cols_align("left")
    return Table("error-evidence", gt)


def criteria() -> Table:
    """Return the three criteria of a mismatch."""
    cells = pd.DataFrame([(each.applied_to, each.rule) for each in CRITERIA], columns=["Models", "Mismatch when"])
    return Table(
        "tolerance-criteria", styled(cells, "Three criteria of a mismatch", "tolerance-criteria").cols_align("left")
    )


def one_criterion(frame: pd.DataFrame) -> Table:
    """Return Finding 8 as printed and under one criterion."""
    bases = {"printed": "as printed", "submitted": "1e-3, of all tried", "compared": "1e-3, of compared"}
    cells = pd.DataFrame(
        {
            "Basis": frame["basis"].map(bases),
            "Converter": frame["converter"],
            "Models": frame["population"],
            "Mismatches": [_range(row["least"], row["most"]) for row in records(frame)],
            "n": frame["n"],
            "Share (%)": [
                _range(*(f"{100 * row[key]:.1f}" for key in ("share_least", "share_most"))) for row in records(frame)
            ],
            "95 % bounds": [f"[{100 * row['low']:.1f}, {100 * row['high']:.1f}]" for row in records(frame)],
        }
    )
    gt = styled(cells, "Finding 8 under one criterion", "one-criterion")
    gt = gt.cols_align("right", ["Mismatches", "n", "Share (%)", "95 % bounds"])
    return Table("one-criterion", gt.cols_align("left", ["Basis", "Converter", "Models"]))


def size_trends(trends: pd.DataFrame, left: pd.DataFrame) -> Table:
    """Return odds ratios by size, with the models that are left to show a mismatch."""
    shown = trends[trends["p"].notna()]
    cells = pd.DataFrame(
        {
            "Outcome": shown["measure"].map(_MEASURES),
            "Converter": shown["converter"],
            "n": shown["n"],
            "events": shown["events"],
            f"Odds ratio per {NODES_PER_STEP} nodes": [odds_ratio(row) for row in records(shown)],
            "p (Holm)": [p_value(p) for p in shown["p_holm"]],
            "p of fit": [p_value(p) for p in shown["fit_p"]],
            "φ": [f"{value:.2f}" for value in shown["dispersion"]],
        }
    )
    gt = styled(cells, "Outcome by size of the model", "size-trends").cols_align("right", list(cells.columns[2:]))
    return Table("size-trends", gt.cols_align("left", ["Outcome", "Converter"]), {"left": records(left)})


def saved_outputs(frame: pd.DataFrame) -> Table:
    """Return Tables 12 and 15 beside the outputs saved in the archive."""
    cells = pd.DataFrame(
        {
            "Quantity": frame["quantity"].str.replace("_", " "),
            "Printed": frame["printed"],
            "Saved in the archive": [f"{value:g}" for value in frame["saved"]],
            "Agreement": ["agrees" if agrees else "differs" for agrees in frame["agrees"]],
        }
    )
    gt = styled(cells, "Tables 12 and 15 beside the archive's saved outputs", "saved-outputs")
    return Table("saved-outputs", gt.cols_align("right", ["Printed", "Saved in the archive"]))


def then_and_now(frame: pd.DataFrame) -> Table:
    """Return outcomes of the study's models and of campaigns, a row a converter."""
    names = {**OUTCOME_NAMES, **CAMPAIGN_NAMES}
    used = [
        outcome for outcome in dict.fromkeys(frame["outcome"]) if frame.loc[frame["outcome"] == outcome, "count"].any()
    ]
    rows = []
    for (campaign, converter), part in frame.groupby(["campaign", "converter"], sort=False):
        shares = {row["outcome"]: with_interval(row["share"], row["low"], row["high"]) for row in records(part)}
        rows.append([campaign, converter, int(part["n"].iloc[0]), *(shares[outcome] for outcome in used)])
    cells = pd.DataFrame(rows, columns=["Campaign", "Converter", "n", *(f"{names[outcome]} (%)" for outcome in used)])
    gt = styled(cells, "Outcomes then and now", "then-and-now", stub="Converter", groups="Campaign")
    return Table("then-and-now", gt.cols_align("right", list(cells.columns[2:])))


def operator_coverage(frame: pd.DataFrame) -> Table:
    """Return how many of ONNX's operators the graphs of campaigns hold."""
    cells = pd.DataFrame(
        {
            "Campaign": frame["campaign"],
            "Converter": frame["converter"],
            "Operators": frame["reached"],
            "of the set's": frame["operators"],
            "With types of inputs": frame["types"],
            "Never in a success": frame["unsuccessful_everywhere"],
        }
    )
    gt = styled(cells, "Operators that the campaigns reach", "operator-coverage", stub="Converter", groups="Campaign")
    return Table("operator-coverage", gt.cols_align("right", list(cells.columns[2:])))


def odds_ratio(row: Mapping[str, Any]) -> str:
    """Return an odds ratio with its interval, as ``1.47 [1.41, 1.54]``."""
    return estimate(row["odds_ratio"], row["low"], row["high"])


def _range(low: object, high: object) -> str:
    return f"{low}" if low == high else f"{low} to {high}"
