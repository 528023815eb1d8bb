"""RQ4's claims: the synthetic and real models (Fig. 3, Table 11, Findings 8 and 9), the operator sequences (12, 15)."""

import math
from collections.abc import Iterator, Mapping
from itertools import pairwise

import pandas as pd

from analysis.claims.chapter import ClaimChapter, Contradiction, Mechanism
from analysis.claims.printed import Value
from analysis.conversions.consistency import COLUMNS, IDENTITIES, ROWS, operator_sets
from analysis.conversions.counterparts import counterparts
from analysis.conversions.full_archive import operator_types, real_models, saved_sequences, shared_sequences
from analysis.conversions.outcomes import PRINTED_ROWS, as_table_11_counts, error_classes, generated_models
from analysis.conversions.tolerance import threshold_of_count
from analysis.dataset import Study
from datapackage.conversions import CONVERSION_FAILURE, LOAD_FAILURE, MISMATCH, SUCCESS, UNKNOWN

Values = Iterator[tuple[str, Value]]


def recompute(study: Study) -> dict[str, Value]:
    """Return the recomputed value of every RQ4 claim that the data can yield, shares in percent."""
    evidence = study.conversions["outcome"].astype(str)
    sources = (
        _table_11(study.conversions, evidence), _stages(study), _mismatches(study), _design(study),
        real_models(study), saved_sequences(study), shared_sequences(study), operator_types(study),
    )  # fmt: skip
    # a later source takes precedence: the full archive's sequences over those that its notebook saved
    return {claim: value for source in sources for claim, value in source}


def _table_11(conversions: pd.DataFrame, rows: pd.Series) -> Values:
    """Table 11's synthetic columns, each model counted in the row that `rows` gives it."""
    for converter, index in conversions.groupby("converter", observed=True).groups.items():
        column = f"{converter}.synthetic"
        counts = rows.loc[index].value_counts()
        yield f"t11.total.{column}", len(index)
        for row in PRINTED_ROWS:
            count = int(counts.get(row, 0))
            yield f"t11.{row}.{column}", count
            yield f"t11.{row}.{column}.share", 100 * count / len(index)


def _stages(study: Study) -> Values:
    """Yield how far the synthetic models came; one that was stopped from outside has not shown that it converted."""
    conversions = study.conversions
    failed = int((conversions["outcome"] == CONVERSION_FAILURE).sum())
    converted = len(conversions) - failed - int((conversions["error_stage"] == UNKNOWN).sum())
    loaded = converted - int((conversions["outcome"] == LOAD_FAILURE).sum())
    yield from _way(len(conversions), failed, converted, loaded)


def _way(models: int, failed: int, converted: int, loaded: int) -> Values:
    yield "s62.synthetic.conversion_failures", failed
    yield "s62.synthetic.conversion_failures.share", 100 * failed / models
    yield "s62.synthetic.converted", converted
    yield "s62.synthetic.converted.share", 100 * converted / models
    yield "s62.synthetic.loaded", loaded
    yield "s62.synthetic.loaded.share", 100 * loaded / converted if converted else math.nan


def _mismatches(study: Study) -> Values:
    conversions = study.conversions
    mismatch = conversions["outcome"] == MISMATCH
    count = int(mismatch.sum())
    yield "f8.synthetic.mismatch.n", count
    yield "f8.synthetic.mismatch.share", 100 * count / len(conversions)
    yield "s62.sequences.analysed", count
    printed = study.printed
    real, real_models = int(printed["f8.real.mismatch.n"]), int(printed["s62.real.total"])
    yield "s7.mismatch.share", 100 * (count + real) / (len(conversions) + real_models)
    for converter, models in conversions.groupby("converter", observed=True):
        yield f"t12.models.{converter}", int(mismatch[models.index].sum())
    yield "s62.tolerance", threshold_of_count(conversions, "tf2onnx", int(printed["t11.mismatch.tf2onnx.synthetic"]))


def _design(study: Study) -> Values:
    conversions = study.conversions
    sizes = sorted({int(nodes) for nodes in conversions["nodes"]})
    steps = {after - before for before, after in pairwise(sizes)}
    yield "fig3.synthetic.n", len(conversions)
    yield "s62.nodes.min", sizes[0]
    yield "s62.nodes.max", sizes[-1]
    yield "s62.nodes.step", steps.pop() if len(steps) == 1 else math.nan
    yield "s62.per_size.min", int(generated_models(conversions)["models"].min())
    raised = error_classes(conversions)
    yield "s62.unique_ort_errors", int(raised["stage"].isin(["load", "run"]).sum())


def _remarks(study: Study) -> dict[str, str]:
    printed = study.printed
    conversions, wrong = study.conversions, int(printed["f8.real.mismatch.n"])
    count = int((conversions["outcome"] == MISMATCH).sum()) + wrong
    column, figure = int(printed["s62.real.total"]), int(printed["fig3.real.n"])
    shares = [100 * count / (len(conversions) + base) for base in (column, figure)]
    by_runtime = int((study.disclosures["stage"] == "inference").sum())
    return {
        "s7.mismatch.share": f"Both groups' mismatches over the synthetic models and the {column:,} real models of one "
        f"column of Table 11: {shares[0]:.2f} %; over the {figure:,} real models of Fig. 3 it is {shares[1]:.2f} %, which rounds "
        "up. The verdict goes with the base of the table that the mismatches are printed in.",
        "s62.unique_ort_errors": "What makes an error unique is not said, and no count of the recorded errors (by code, stage, "
        "converter, operator or place in the source) gives the printed number; the recomputed one counts the classes of this "
        f"project's rules. Weak: of the {len(study.disclosures)} disclosures only {by_runtime} are about inference, and so "
        "possibly about ONNX Runtime.",
    }


def _open_and_disclosed(study: Study) -> dict[str, Value]:
    return {"s62.unique_ort_errors": _OPEN_ISSUES + len(study.disclosures)}


def _exceptions_by_origin(study: Study) -> dict[str, Value]:
    """Table 11 by the origin of the exception, and what the text derives from it."""
    conversions = study.conversions
    rows = as_table_11_counts(conversions).astype(str)
    failed = int((rows == CONVERSION_FAILURE).sum())
    loaded = int(rows.isin([MISMATCH, SUCCESS]).sum())
    way = _way(len(conversions), failed, len(conversions) - failed, loaded)
    return dict(_table_11(conversions, rows)) | dict(way)


def _planned_models(study: Study) -> dict[str, Value]:
    return {"s62.per_size.min": int(generated_models(study.conversions)["models"].mode().iloc[0])}


def _made_to_add_up(study: Study) -> dict[str, Value]:
    """Shares of at least a quarter, as what the other printed shares of the column leave of 100."""
    printed = pd.to_numeric(study.printed, errors="coerce")
    values: dict[str, Value] = {}
    for column in COLUMNS:
        shares = printed[[f"t11.{row}.{column}.share" for row in ROWS if f"t11.{row}.{column}.share" in printed.index]]
        large = shares[shares >= 25]
        values |= {str(claim): 100 - float(shares.drop(claim).sum()) for claim in large.index}
    return values


def _rounded_up(study: Study) -> dict[str, Value]:
    printed = study.printed
    shares = (
        identity for identity in IDENTITIES if identity.claim.startswith("t11.") and identity.claim.endswith(".share")
    )
    return {identity.claim: math.ceil(identity.implied(printed)) for identity in shares}


def _rows_exchanged(study: Study) -> dict[str, Value]:
    """Table 15's two set differences, each under the other's name."""
    sets = operator_sets(study.claims, study.notebook_outputs)
    values: dict[str, Value] = {}
    for converter, row in sets.iterrows():
        values[f"t15.mismatched_not_correct.{converter}"] = int(row["correct_not_mismatched"])
        values[f"t15.correct_not_mismatched.{converter}"] = int(row["mismatched_not_correct"])
    return values


_OPEN_ISSUES = 6  # of the unique errors, as §6.2.2 says, that corresponded to open issues; the rest were disclosed
_REAL_FILES = "pytorch_conv_results.json and tf2onnx_conv_results.json"
_REAL = f"Needs {_REAL_FILES} of the full archive (README: make data), which a snapshot lacks"
_SEQUENCES = "Needs parser_results.zip of the full archive (README: make data), which a snapshot lacks"
_BOUNDED = (
    "The archive tells the operators of mismatched and other models together only, so that this number is bounded"
)
_BOUNDED_CLAIMS = ("t15.correct.*", "t15.tests.*", "t15.mismatched_not_*")


def _unseen(study: Study) -> Mapping[str, str]:
    text = "Recomputed from {} of the full archive, which was not at hand when this was written."
    unseen: dict[str, str] = {}
    if study.archive_table("archive_real_models") is not None:
        unseen |= dict.fromkeys(
            ("t11.*.real", "t11.*.real.share", "f8.real.*", "s62.real.*", "s62.t5.*"), text.format(_REAL_FILES)
        )
    if study.archive_table("archive_sequences") is not None:
        unseen |= dict.fromkeys(
            ("t12.*", "t15.*", "s62.sequences.*", "s7.sequences.*"), text.format("parser_results.zip")
        )
    return unseen


def _bounded(study: Study) -> Mapping[str, str]:
    there = study.archive_table("archive_sequence_operators") is not None
    text = f"{_BOUNDED}: the printed one lies within, which does not confirm it."
    return dict.fromkeys(_BOUNDED_CLAIMS, text) if there else {}


CLAIMS = ClaimChapter(
    name="RQ4",
    patterns=("fig3.*", "s62.*", "t11.*", "f8.*", "f9.*", "t12.*", "t15.*", "s7.*"),
    recompute=recompute,
    remarks=_remarks,
    counterparts=counterparts,
    mechanisms=(
        Mechanism(
            "open issues and disclosed ones added",
            "The errors that the paper says correspond to open issues and the issues that its authors disclosed add up to the "
            "printed number, which then counts reports, of converters' failures too.",
            _open_and_disclosed,
        ),
        Mechanism(
            "exceptions divided by origin, not by stage",
            "ONNX Runtime's exceptions, those of running included, count as load failures, all others, the comparison's own "
            "included, as conversion failures; a difference of NaN counts as a match.",
            _exceptions_by_origin,
        ),
        Mechanism(
            "planned number given as the least",
            "The commonest number of models per converter and size is the printed one; one size has fewer.",
            _planned_models,
        ),
        Mechanism(
            "column made to add up to 100",
            "The column's printed shares add up to exactly 100; this large share is what the others leave.",
            _made_to_add_up,
        ),
        Mechanism("rounded up", "The share is the next whole percent above.", _rounded_up),
        Mechanism(
            "rows exchanged",
            "With the union that the archive's notebook saved, the two rows hold each other's numbers.",
            _rows_exchanged,
        ),
    ),
    contradictions=tuple(Contradiction(each.claim, each.explanation, each.implied) for each in IDENTITIES),
    unseen=_unseen,
    bounded=_bounded,
    not_recomputable={
        "fig3.real.n": "No file of the archive holds this number of real models; Table 11's files hold one per row.",
        "t11.wrapper_failure.*.synthetic": "Synthetic models have no wrapper; nothing to count.",
        "t11.*.real": f"{_REAL}; the printed cells are checked against each other.",
        "t11.*.real.share": f"{_REAL}; the share is checked against the printed count.",
        "f8.real.*": f"{_REAL}; the printed numbers agree with Table 11's cells.",
        "s62.real.architectures": "The archive's files name one kind of architecture per model; which of the two printed numbers "
        "counts it is not said, and no file holds the other.",
        "s62.real.*": f"{_REAL}.",
        "s62.corpus.models": "The corpus that the real models were taken from is not in the archive.",
        "s62.t5.*": f"{_REAL}.",
        "s62.ops.*": "The generator's operator sets are in no file of the archive.",
        "s62.inputs": "Inputs are not recorded; the archive's script compares tf2onnx models on 10 random inputs.",
        "s62.unique_crash_locations": "The record holds texts, not places in the converters' code.",
        "s62.onnx_operators": "Not a number of the experiment; it depends on the version of the onnx package.",
        "s62.sequences.*": f"{_SEQUENCES}.",
        "s7.sequences.*": f"{_SEQUENCES}; the printed number is the sum of Table 12's cells.",
        "t12.*": f"{_SEQUENCES}; the report sets the printed numbers beside the outputs saved in the archive's notebooks.",
        **dict.fromkeys(_BOUNDED_CLAIMS, f"{_BOUNDED}. {_SEQUENCES}."),
        "t15.*": f"{_SEQUENCES}; the printed sets are checked against each other.",
        "f9.*": "A judgement, not a number: Table 12 counts, and no rate expected by chance is given. The saved outputs agree with "
        "Table 12 on how many mismatched models have a sequence that no correct model shares; but of the tf2onnx models that "
        "serve as correct ones, most were not shown to match (see Table 11).",
    },
    decisive=(
        "f8.synthetic.mismatch.share",
        "f8.real.mismatch.share",
        "f8.real.affected",
        "f9.verdict",
        "s62.synthetic.conversion_failures",
        "s62.synthetic.conversion_failures.share",
        "s62.synthetic.converted.share",
        "s62.synthetic.loaded.share",
        "t11.conversion_failure.tf2onnx.synthetic",
        "t11.success.tf2onnx.synthetic",
        "t11.conversion_failure.tf2onnx.synthetic.share",
        "t11.success.tf2onnx.synthetic.share",
    ),
    notes={
        "t12.mismatch_only.*.reduced": "The reduction depends on the order of a set: the value in lexicographic order, and the "
        "range over 200 seeded orders.",
        "t12.*.reduced": "The reduction depends on the order of a set.",
        "t15.mismatched.*": "Counts the two markers `input` and `output`, which are no operators.",
        "s62.tolerance": "The power of ten that divides tf2onnx's recorded differences as Table 11 does; torch.onnx's verdicts "
        "rest on another criterion, and the real models' on 1e-3.",
        "fig3.real.n": "The printed number lies between the models that one converter's wrapper loaded and all models of a column; "
        "the paper does not say what it counts.",
        "t11.mismatch.tf2onnx.synthetic": "Four further models gave an output of another shape; their exception is counted "
        "among the conversion failures.",
        "t11.success.torch.onnx.synthetic": "Within a relative tolerance of 1e-3; the differences themselves are not recorded.",
        "t11.mismatch.torch.onnx.synthetic": "A lower bound: the checker divides a mismatched model into parts, and an exception "
        "in a part replaces the verdict.",
    },
)
