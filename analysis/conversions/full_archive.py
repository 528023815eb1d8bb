"""RQ4's numbers that only the full archive yields (real models, shared sequences), and those that its notebook saved.

The tables ``archive_*`` exist where the full archive was imported; without them nothing is yielded here but what the saved
outputs tell.
"""

from collections.abc import Iterator, Mapping
from functools import lru_cache

import pandas as pd

from analysis.claims.printed import Bounds, Span, Value
from analysis.dataset import CONVERTERS, Study
from datapackage.tables import records
from methods.sequences import ReducedSizes, Reduction

Values = Iterator[tuple[str, Value]]
ORDERS, SEED = 200, 1
"""Seeded orders of the reduction, as the importer tries them."""
REAL_TOLERANCE = 1e-3
_ROWS: Mapping[str, str] = {
    "mismatch": "mismatch_shared",
    "correct": "shared_with_correct",
    "tests": "shared_with_tests",
    "mismatch_only": "mismatch_only",
}
MARKERS = ("input", "output")
"""Pseudo-types at the ends of a path, which Table 15 counts as operator types."""


def counts_of_entries(rows: pd.DataFrame) -> dict[str, int]:
    """Count real models as the study does: files named in tracebacks for two classes, rows for the others.

    Parameters
    ----------
    rows : DataFrame
        Rows of ``archive_real_models``: error, conversion_files, load_files, max_abs_diff.

    Returns
    -------
    dict of str to int
        By row of Table 11. A row with two files counts twice; one without `error` 1 is taken off the wrapper's all the same.
    """
    conversion, load = int(rows["conversion_files"].sum()), int(rows["load_files"].sum())
    fine = (rows["error"] == 0) & (rows["max_abs_diff"] < REAL_TOLERANCE)
    return {
        "wrapper_failure": int((rows["error"] == 1).sum()) - conversion,
        "conversion_failure": conversion,
        "load_failure": load,
        "mismatch": int((rows["max_abs_diff"] >= REAL_TOLERANCE).sum()),
        "success": int(fine.sum()) - load,
    }


def real_models(study: Study) -> Values:
    """Yield Table 11's real columns, the t5 checkpoints, and what Finding 8 says of real models."""
    frame = study.archive_table("archive_real_models")
    if frame is None:
        return
    groups = {str(name): rows for name, rows in frame.groupby("converter", observed=True) if len(rows)}
    counts = {name: counts_of_entries(rows) for name, rows in groups.items()}
    for name, rows in groups.items():
        yield f"t11.total.{name}.real", len(rows)
        for row, count in counts[name].items():
            yield f"t11.{row}.{name}.real", count
            yield f"t11.{row}.{name}.real.share", 100 * count / len(rows)
    if "tf2onnx" in groups:
        t5 = groups["tf2onnx"]
        yield from _t5(t5[t5["model_type"] == "t5"])
    if len(groups) < len(CONVERTERS):
        return
    totals = {len(rows) for rows in groups.values()}
    yield "s62.real.total", totals.pop() if len(totals) == 1 else " / ".join(str(len(rows)) for rows in groups.values())
    conversion, mismatch = (sum(each[row] for each in counts.values()) for row in ("conversion_failure", "mismatch"))
    yield "s62.real.conversion_failures", conversion
    yield "f8.real.mismatch.n", mismatch
    yield "f8.real.mismatch.share", 100 * mismatch / len(frame)
    yield "f8.real.affected", 100 * (conversion + mismatch) / len(frame)
    yield "s62.real.backbones", frame["model_type"].nunique(dropna=True) + int(frame["model_type"].isna().any())


def _t5(rows: pd.DataFrame) -> Values:
    counts = counts_of_entries(rows)
    counts["load_failure"] = int(rows.loc[rows["conversion_files"] == 0, "load_files"].sum())
    for row, count in counts.items():
        yield f"s62.t5.{row}", count


def saved_sequences(study: Study) -> Values:
    """Yield what the sequences and the mapping that the notebook saved in full tell."""
    saved = study.notebook_sequences
    for converter in CONVERTERS:
        own = saved[(saved["converter"] == converter) & (saved["set"] == "mismatch_only")]
        if not own.empty:
            yield f"t12.mismatch_only.{converter}.unique", len(own)
            sizes = _sizes(tuple(own["sequence"]))
            yield f"t12.mismatch_only.{converter}.reduced", Span(sizes.canonical, sizes.least, sizes.most)
    models = study.notebook_models
    with_any = models[models["mismatch_only_sequences"] > 0]["converter"].value_counts()
    for converter in CONVERTERS:
        yield f"t12.models_with_mismatch_only.{converter}", int(with_any.get(converter, 0))
    yield "s62.sequences.models", int(with_any.sum())


@lru_cache(maxsize=4)
def _sizes(sequences: tuple[str, ...]) -> ReducedSizes:
    return Reduction().sizes([tuple(each.split()) for each in sequences], orders=ORDERS, seed=SEED)


def shared_sequences(study: Study) -> Values:
    """Yield Table 12 and what the text says of shared sequences."""
    reductions, models = (
        study.archive_table("archive_sequence_reductions"),
        study.archive_table("archive_sequence_models"),
    )
    sequences = study.archive_table("archive_sequences")
    if reductions is None or models is None or sequences is None:
        return
    for row in records(reductions):
        claim = f"t12.{_ROWS[row['set']]}.{row['converter']}"
        yield f"{claim}.unique", int(row["unique"])
        yield f"{claim}.reduced", Span(int(row["canonical"]), int(row["least"]), int(row["most"]))
    kept = models.merge(sequences[sequences["reduced_mismatch_only"]], on=["converter", "sequence"])
    having = kept.groupby("converter", observed=True)["model"].nunique()
    sharing = kept.groupby(["converter", "sequence"], observed=True)["model"].nunique()
    for converter in CONVERTERS:
        yield f"t12.models_with_mismatch_only.{converter}", int(having.get(converter, 0))
    yield "s62.sequences.models", int(having.sum())
    for converter, claim in (("torch.onnx", "shared_by_more_than_3"), ("tf2onnx", "max_shared.tf2onnx")):
        own = sharing[sharing.index.get_level_values("converter") == converter]
        value = int((own > 3).sum()) if claim == "shared_by_more_than_3" else int(own.max() if len(own) else 0)
        yield f"s62.sequences.{claim}", value
    yield "s7.sequences.shared_with_tests", int(reductions.loc[reductions["set"] == "tests", "unique"].sum())


def operator_types(study: Study) -> Values:
    """Yield Table 15, markers counted as the study counts them; of correct and test models the union alone is known."""
    frame = study.archive_table("archive_sequence_operators")
    if frame is None:
        return
    for converter, rows in frame.groupby("converter", observed=True):
        mismatched = int(rows["in_mismatch"].sum())
        yield f"t15.mismatched.{converter}", mismatched
        for kind in ("correct", "tests"):
            union = int((rows["in_mismatch"] | rows[f"in_{kind}"]).sum())
            surely = int((rows["in_mismatch"] & rows[f"seen_{kind}"]).sum())
            yield f"t15.{kind}_not_mismatched.{converter}", union - mismatched
            yield f"t15.{kind}.{converter}", Bounds(union - mismatched + surely, union)
            yield f"t15.mismatched_not_{kind}.{converter}", Bounds(0, mismatched - surely)
