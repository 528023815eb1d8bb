"""RQ2's claims: Tables 8, 9, 10, 14 and 16, Findings 4 to 6, the agreement of the raters, the sample's origin."""

from collections.abc import Iterator, Mapping

import pandas as pd

from analysis.claims.chapter import ClaimChapter, Contradiction, Mechanism
from analysis.claims.printed import Value
from analysis.dataset import Study
from analysis.failures.agreement import pairs, pooled_kappa
from analysis.failures.labels import (
    POOLED,
    TABLE_10_CAUSES,
    WEIGHTED,
    binned_cause_by_symptom,
    cause_by_symptom,
    cause_details,
    distribution,
    leading_causes,
)
from analysis.failures.populations import populations
from datapackage.issues import repositories
from datapackage.tables import records

Values = Iterator[tuple[str, Value]]


def recompute(study: Study) -> dict[str, Value]:
    """Return the recomputed value of every RQ2 claim that the data can yield, shares in percent."""
    sources = (_tables_8_and_9, _tables_10_and_16, _table_14, _references, _findings, _ratings, _sample, populations)
    return {claim: value for source in sources for claim, value in source(study)}


def _shares(frame: pd.DataFrame, prefix: str) -> Values:
    for row in records(frame[frame["group"] != WEIGHTED]):
        if row["group"] == POOLED:
            yield f"{prefix}.{row['code']}.total", int(row["count"])
            yield f"{prefix}.{row['code']}.share", 100 * row["share"]
        else:
            yield f"{prefix}.{row['code']}.{row['group']}", int(row["count"])


def _tables_8_and_9(study: Study) -> Values:
    for prefix, dimension in (("t08", "location"), ("t09", "symptom")):
        yield from _shares(distribution(study.failures, dimension, study.samples), prefix)


def _tables_10_and_16(study: Study) -> Values:
    unprinted = {"cause": ["concurrency", "documentation"], "symptom": ["hang"]}  # rows and columns without cases
    for prefix, table in (("t10", binned_cause_by_symptom(study.failures)), ("t16", cause_by_symptom(study.failures))):
        for row in records(table):
            empty = row["cause"] in unprinted["cause"] or row["symptom"] in unprinted["symptom"]
            if not (prefix == "t16" and empty):
                yield f"{prefix}.{row['cause']}.{row['symptom']}.{row['converter']}", int(row["count"])


def _table_14(study: Study) -> Values:
    yield from _shares(cause_details(study.failures, study.codebook), "t14")


def _references(study: Study) -> Values:
    tables = {"symptom": "t09", "cause": "t14"}
    for row in records(study.reference_distributions):
        yield f"{tables[row['dimension']]}.{row['code']}.compilers.share", 100 * row["count"] / row["total"]


def _findings(study: Study) -> Values:
    failures = study.failures
    n = len(failures)
    node = percent(failures["location"] == "node_conversion")
    yield "abs.issues.n", n
    for claim in ("abs.node_conversion.share", "s8.node_conversion.share", "f4.node_conversion.share"):
        yield claim, node
    yield "abs.wrong_model.share", percent(failures["symptom"] == "wrong_model")
    yield "f5.crash.share", percent(failures["symptom"] == "crash")
    yield "f5.wrong_model.share", percent(failures["symptom"] == "wrong_model")
    yield "s5.perf_or_build.share", percent(failures["symptom"].isin(["bad_performance", "build_failure"]))
    yield "s5.algorithmic.share", percent(failures["cause"] == "algorithmic_error")
    yield "s5.shape.share", percent(failures["cause"] == "shape_problem")
    groups = {str(name): part for name, part in failures.groupby("converter", observed=True)}
    for name, part in groups.items():
        yield f"s5.node_conversion.share.{name}", percent(part["location"] == "node_conversion")
    yield (
        "s5.crash_or_wrong.min_share",
        min(_either(part, "symptom", "crash", "wrong_model") for part in groups.values()),
    )
    yield (
        "s5.incompat_or_type.min_share",
        min(_either(part, "cause", "incompatibility", "type_problem") for part in groups.values()),
    )
    yield "s5.optimization.ratio", _ratio(groups, "location", "optimization")
    yield "s5.algorithmic.ratio", _ratio(groups, "cause", "algorithmic_error")
    for symptom in ("crash", "wrong_model"):
        yield f"f6.{symptom}.causes", "; ".join(leading_causes(failures, symptom))


def percent(chosen: pd.Series) -> float:
    """Share of true values, in percent."""
    return float(100 * chosen.mean())


def _either(part: pd.DataFrame, dimension: str, *codes: str) -> float:
    return percent(part[dimension].isin(codes))


def _ratio(groups: Mapping[str, pd.DataFrame], dimension: str, code: str) -> float:
    """Failures of tf2onnx over those of torch.onnx; NaN where one has none or is absent."""
    counts = {name: int((part[dimension] == code).sum()) for name, part in groups.items()}
    base = counts.get("torch.onnx", 0)
    return counts.get("tf2onnx", 0) / base if base else float("nan")


def _ratings(study: Study) -> Values:
    pilot, drift = (pooled_kappa(study.ratings, occasion) for occasion in ("pilot", "drift"))
    causes = pairs(study.ratings, "pilot", "cause")
    yield "s5.pilot.n_per_converter", int(repositories(causes.index.to_series()).value_counts().max())
    yield "s5.pilot.kappa.causes", pilot["cause"]
    yield "s5.pilot.kappa.symptoms", pilot["symptom"]
    yield "s5.drift.n", len(pairs(study.ratings, "drift", "cause"))
    yield "s5.drift.kappa", min(drift.values())


def _sample(study: Study) -> Values:
    for name, part in study.failures.groupby("converter", observed=True):
        yield f"fig4.{name}.sampled", len(part)


def _header_row_counted(study: Study) -> dict[str, Value]:
    """One header row more a sheet of the drift check; a sheet per repository."""
    issues = pairs(study.ratings, "drift", "cause").index.to_series()
    return {"s5.drift.n": len(issues) + repositories(issues).nunique()}


def _joint_share(study: Study) -> dict[str, Value]:
    joint = _either(study.failures, "cause", "algorithmic_error", "shape_problem")
    return {"s5.algorithmic.share": joint, "s5.shape.share": joint}


def _remarks(study: Study) -> dict[str, str]:
    """Look for a base of which each of the two causes has the printed share."""
    wrong = study.failures[study.failures["symptom"] == "wrong_model"]
    algorithmic, shape = (percent(wrong["cause"] == cause) for cause in ("algorithmic_error", "shape_problem"))
    remark = (
        f"Another base comes near, too: of the {len(wrong)} wrong models {algorithmic:.1f} % are algorithmic errors and "
        f"{shape:.1f} % shape problems."
    )
    return {"s5.algorithmic.share": remark, "s5.shape.share": remark}


def _pooled_share(study: Study) -> dict[str, Value]:
    return {"s5.incompat_or_type.min_share": _either(study.failures, "cause", "incompatibility", "type_problem")}


def _printed_sum(printed: pd.Series, *claims: str) -> float:
    return float(sum(float(printed[claim]) for claim in claims))


def _printed_minimum(printed: pd.Series) -> float:
    return min(
        _printed_sum(printed, f"t16.incompatibility.total.{name}", f"t16.type_problem.total.{name}")
        for name in ("torch.onnx", "tf2onnx")
    )


_NEEDS_LISTS = "Needs data.zip of the full archive (README: make data), which a snapshot lacks."


def _unseen(study: Study) -> Mapping[str, str]:
    there = study.archive_table("archive_issues") is not None
    text = "Recomputed from data.zip of the full archive, which was not at hand when this was written."
    return dict.fromkeys(("fig4.*", "t06.torch.onnx.closed_at_collection"), text) if there else {}


CLAIMS = ClaimChapter(
    name="RQ2",
    patterns=(
        "abs.issues.n",
        "abs.node_conversion.share",
        "abs.wrong_model.share",
        "fig4.*",
        "t06.*",
        "t08.*",
        "t09.*",
        "t10.*",
        "t14.*",
        "t16.*",
        "f4.*",
        "f5.*",
        "f6.*",
        "s8.*",
        "s5.pytorch.*",
        "s5.filter.*",
        "s5.pilot.*",
        "s5.drift.*",
        "s5.node_conversion.*",
        "s5.optimization.*",
        "s5.crash_or_wrong.*",
        "s5.perf_or_build.*",
        "s5.incompat_or_type.*",
        "s5.algorithmic.*",
        "s5.shape.*",
    ),
    recompute=recompute,
    remarks=_remarks,
    mechanisms=(
        Mechanism(
            "header rows counted",
            "Counting the column-name row of each of the two drift sheets as an issue gives the printed number.",
            _header_row_counted,
        ),
        Mechanism(
            "both in place of each",
            "Algorithmic errors and shape problems together have the share that the sentence gives to each of them.",
            _joint_share,
        ),
        Mechanism(
            "pooled share read as each converter's",
            "The share holds for both converters pooled; in one of them it is exactly the printed bound.",
            _pooled_share,
        ),
    ),
    contradictions=(
        Contradiction(
            "s5.algorithmic.share",
            "Table 14 prints another share of the same 200 cases",
            lambda printed: _printed_sum(printed, "t14.algorithmic_error.share"),
        ),
        Contradiction(
            "s5.shape.share",
            "Table 14 prints another share of the same 200 cases",
            lambda printed: _printed_sum(printed, "t14.shape_problem.share"),
        ),
        Contradiction(
            "s5.incompat_or_type.min_share",
            "The totals of Table 16 add up to exactly the bound in one converter",
            _printed_minimum,
        ),
        Contradiction(
            "t10.total.other.torch.onnx",
            "The cells of its column add up to another number, and with it the row of totals exceeds 100",
            lambda printed: _printed_sum(
                printed, *(f"t10.{cause}.other.torch.onnx" for cause in (*TABLE_10_CAUSES, "other"))
            ),
        ),
    ),
    unseen=_unseen,
    not_recomputable={
        "t09.*.compilers": "A count of Shen et al. (2021), known here only as the study prints it; its share is recomputed.",
        "t14.*.compilers": "A count of Shen et al. (2021), known here only as the study prints it; its share is recomputed.",
        "t06.torch.onnx.closed_at_collection": _NEEDS_LISTS,
        "t06.tf2onnx.closed_at_collection": "No file of the archive holds the list before the script's removals; only its "
        "length was printed then.",
        "t06.*": "GitHub's state on that day; not in the archive, and it cannot be queried for the past.",
        "fig4.*.all": "No file of the archive holds the lists before the script's removals of pull requests and labels.",
        "fig4.*.relevant": _NEEDS_LISTS,
        "fig4.*.resolvable": f"{_NEEDS_LISTS[:-1]}; the sample's ranks stay below this number.",
        "s5.pytorch.*": "The archive's lists hold the issues with the converter's label alone.",
        "s5.filter.*": "The 50 hand-labelled issues per converter are in no file of the archive.",
    },
    decisive=(
        "abs.node_conversion.share",
        "f4.node_conversion.share",
        "abs.wrong_model.share",
        "f5.crash.share",
        "f5.wrong_model.share",
        "f6.crash.causes",
        "f6.wrong_model.causes",
        "s5.pilot.kappa.causes",
        "s5.pilot.kappa.symptoms",
    ),
    notes={
        "s5.incompat_or_type.min_share": "Exactly the bound in place of more than it: a difference, and none "
        "that would change a finding.",
        "s5.drift.kappa": "The least κ over causes, details, symptoms and locations.",
        "s5.pilot.kappa.*": "Both converters pooled.",
        "t06.torch.onnx.closed_at_collection": "Fig. 4 prints the same number as the issues left by its first filter.",
        "t06.tf2onnx.closed_at_collection": "Fig. 4 prints the same number as the issues before any filter.",
    },
)
