"""The chapter on RQ4: tables, figures and numbers from the modules ``analysis.conversion*``."""

import pandas as pd

from analysis.claims.ledger import Ledger
from analysis.conversions import (
    campaigns,
    cause_report,
    causes,
    consistency,
    fault,
    fault_figures,
    fault_tables,
    figures,
    outcomes,
    sequence_figures,
    sequence_tables,
    sequence_text,
    size,
    tables,
    text,
    tolerance,
)
from analysis.conversions.claims import CLAIMS
from analysis.conversions.sequence_results import sequence_results
from analysis.conversions.text import slug
from analysis.dataset import Study
from analysis.report.chapter import Chapter, Content, Picture
from analysis.report.tables import share_text, with_interval
from datapackage.conversions import CONVERSION_FAILURE, LOAD_FAILURE, MISMATCH, RUN_FAILURE, SUCCESS, UNKNOWN
from datapackage.tables import records
from methods.intervals import wilson

_CAMPAIGN_OPSET = 18  # that the campaigns ask for
# numbers of the text that the paper prints
_PRINTED = {
    "real-models": "s62.real.total",
    "printed-real-models": "fig3.real.n",
    "printed-mismatches": "f8.synthetic.mismatch.n",
    "printed-real-mismatches": "f8.real.mismatch.n",
    "printed-synthetic": "f8.synthetic.mismatch.share",
    "printed-real": "f8.real.mismatch.share",
    "printed-tf-success": "t11.success.tf2onnx.synthetic",
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
    frame = study.conversions
    counts = outcomes.outcomes(frame)
    flow = outcomes.flow(frame)
    classes = outcomes.error_classes(frame)
    thresholds = tolerance.mismatches_by_threshold(frame)
    criteria = tolerance.one_criterion(frame, study.claims)
    shares = size.shares_by_size(frame)
    trends = size.size_trends(frame)
    identities = consistency.check_identities(study.claims)
    saved = consistency.compare_with_notebooks(study.claims, study.notebook_outputs)
    now = campaigns.then_and_now(frame, study.campaigns)
    sequences = sequence_results(study)
    reduced = causes.read(study)
    printed = study.printed
    coverage = campaigns.operator_coverage(study.campaign_operators, study.opsets, _CAMPAIGN_OPSET)
    blamed = fault.parties(study.campaigns)
    by_criteria = fault.by_study_criteria(study.campaigns)
    found, alarms = fault.confusion(study.planted), fault.false_alarms(study.planted)
    real = criteria[(criteria["basis"] == "compared") & (criteria["population"] == "real")]
    return Content(
        tables=(
            tables.table_11(flow, counts),
            tables.error_classes(classes),
            tables.error_evidence(classes),
            tables.criteria(),
            tables.one_criterion(criteria),
            tables.size_trends(trends, size.left_to_mismatch(frame)),
            tables.saved_outputs(saved),
            tables.then_and_now(now),
            tables.operator_coverage(coverage),
            fault_tables.parties(blamed),
            fault_tables.by_criteria(by_criteria),
            fault_tables.multiples(fault.by_multiple(study.campaigns)),
            fault_tables.confusion(found, alarms),
            *sequence_tables.tables(sequences, {str(claim): value for claim, value in printed.items()}),
            *cause_report.tables(reduced),
        ),
        figures=(
            *_pictures(flow, thresholds, real, shares, trends),
            Picture("conversion-campaigns", figures.campaigns(now)),
            Picture("conversion-errors", fault_figures.errors(fault.errors(study.campaigns), blamed)),
            Picture("conversion-fault", fault_figures.by_criteria(by_criteria, blamed)),
            Picture("planted-faults", fault_figures.detection(fault.detection(study.planted))),
            *sequence_figures.pictures(sequences),
            *cause_report.pictures(reduced),
        ),
        numbers=_numbers(study, counts, criteria, ledger)
        | {"sequences-here": "yes" if study.archive_table("archive_sequences") is not None else ""}
        | text.phrases(frame, criteria, trends)
        | _checks(identities, saved)
        | text.campaign_numbers(now, study.node_tests)
        | text.fault_numbers(blamed, by_criteria, found, alarms)
        | sequence_text.numbers(sequences)
        | cause_report.numbers(reduced),
        glance=_glance(study, counts),
    )


def _pictures(
    flow: pd.DataFrame, thresholds: pd.DataFrame, real: pd.DataFrame, shares: pd.DataFrame, trends: pd.DataFrame
) -> tuple[Picture, ...]:
    printed = {row["converter"]: row["share_least"] for row in records(real)}
    counted = flow.groupby(["converter", "row", "outcome"], observed=True)["count"].sum()
    failures = counted.get(("tf2onnx", CONVERSION_FAILURE), pd.Series(dtype=int))
    by_size = [(name, text.wrong_by_size(trends, name)) for name in trends["converter"].unique()]
    return (
        Picture(
            "conversion-flow",
            figures.flow(flow),
            {"counted": int(failures.sum()), "failed": int(failures.get(CONVERSION_FAILURE, 0))},
        ),
        Picture(
            "conversion-tolerance", figures.tolerance(thresholds, printed), {"known": text.known_shares(thresholds)}
        ),
        Picture(
            "conversion-size",
            figures.size(shares),
            {"trends": by_size, "failed": text.failures_at_ends(shares), "step": size.NODES_PER_STEP},
        ),
    )


def _numbers(study: Study, counts: pd.DataFrame, criteria: pd.DataFrame, ledger: Ledger) -> dict[str, str]:
    frame = study.conversions
    classes = frame["error_class"].value_counts()
    kinds = tolerance.differences(frame).set_index("converter")
    left = size.left_to_mismatch(frame).set_index("converter")
    failed = int((frame["outcome"] == CONVERSION_FAILURE).sum())
    stopped = int((frame["error_stage"] == UNKNOWN).sum())
    numbers = {
        "models": f"{len(frame):,}",
        "failed": str(failed),
        "failed-most": str(failed + stopped),
        "failed-share": f"{100 * failed / len(frame):.1f} %",
        "boolean": str(classes.get("boolean_outputs", 0)),
        "shape": str(classes.get("shape_differs", 0)),
        "stopped": str(stopped),
        "run-failures": str(int((frame["outcome"] == RUN_FAILURE).sum())),
        "ran": f"{int(left['ran'].sum()):,}",
        "nodes-least": str(frame["nodes"].min()),
        "nodes-most": str(frame["nodes"].max()),
        "nodes-per-step": str(size.NODES_PER_STEP),
    }
    for converter in left.index:
        name = slug(str(converter))
        numbers |= {f"{name}-{step}": str(left.loc[converter, step]) for step in left.columns}
        numbers |= {f"{name}-{kind}": str(kinds.loc[converter, kind]) for kind in kinds.columns}
    for row in records(counts):
        numbers[f"{slug(row['converter'])}-{row['outcome'].replace('_', '-')}"] = str(row["count"])
    for row in records(criteria):
        name = f"{row['basis']}-{slug(row['converter'])}-{row['population']}"
        numbers[f"{name}-least"] = with_interval(row["share_least"], float("nan"), float("nan")) + " %"
        numbers[f"{name}-most"] = with_interval(row["share_most"], float("nan"), float("nan")) + " %"
    above_one = tolerance.mismatches_by_threshold(frame, (1.0,)).set_index("converter")
    numbers["tf-above-one"] = str(above_one.loc["tf2onnx", "exceeding"])
    numbers["load-failures"] = f"{int((frame['outcome'] == LOAD_FAILURE).sum()):,}"
    numbers["kernel-missing"] = f"{int(classes.get('kernel_missing', 0)):,}"
    mismatches = int((frame["outcome"] == MISMATCH).sum())
    numbers["mismatches"] = str(mismatches)
    numbers["mismatch-share"] = share_text(*wilson(mismatches, len(frame)))
    printed = study.printed
    numbers |= {name: f"{int(printed[claim]):,}" for name, claim in _PRINTED.items()}
    return numbers | ledger.verdict_numbers(CLAIMS.name)


def _checks(identities: pd.DataFrame, saved: pd.DataFrame) -> dict[str, str]:
    return {
        "identities": str(len(identities)),
        "identities-broken": str(int((~identities["agrees"]).sum())),
        "saved": str(len(saved)),
        "saved-other": str(int((~saved["agrees"]).sum())),
    }


def _glance(study: Study, counts: pd.DataFrame) -> str:
    frame = study.conversions
    mismatches = int((frame["outcome"] == MISMATCH).sum())
    paper = study.printed["f8.synthetic.mismatch.n"]
    failed = int((frame["outcome"] == CONVERSION_FAILURE).sum())
    printed = outcomes.as_table_11_counts(frame)
    tf = counts[counts["converter"] == "tf2onnx"].set_index("outcome")["count"]
    return (
        f"Of {int((printed == CONVERSION_FAILURE).sum())} synthetic models counted as conversion failures "
        f"{failed} failed to convert; most of the others ran, and the comparison of their "
        f"boolean outputs raised the error. Of tf2onnx's successes {tf.get(SUCCESS, 0)} were shown to match. The "
        f"record holds {mismatches} mismatches, the paper prints {paper}."
    )


CONVERSION = Chapter(
    slug="conversion",
    folder="conversions",
    number="RQ4",
    title="What the conversion experiments show",
    question="Do converters fail on, or change the behaviour of, real and generated models, and does structure explain it?",
    claims=CLAIMS,
    content=content,
)
