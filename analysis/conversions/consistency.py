"""RQ4: what can be checked where no data is public: printed numbers against each other and against saved outputs.

The real models of Table 11 and the sequences of Tables 12 and 15 exist in print only; the archive's notebooks hold some
saved outputs of the latter.
"""

import math
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass

import pandas as pd

from analysis.claims.printed import agrees
from analysis.dataset import CONVERTERS
from datapackage.tables import records

COLUMNS = ("tf2onnx.real", "tf2onnx.synthetic", "torch.onnx.real", "torch.onnx.synthetic")
ROWS = ("wrapper_failure", "conversion_failure", "load_failure", "mismatch", "success")
Implied = Callable[[pd.Series], float]


@dataclass(frozen=True)
class Identity:
    """Arithmetic that printed numbers must obey.

    Attributes
    ----------
    claim : str
        The printed number that is checked.
    explanation : str
        Why the others imply it.
    implied : callable
        Takes the printed numbers (Series of str, index claim_id), returns what they imply.
    """

    claim: str
    explanation: str
    implied: Implied


def total(*claims: str) -> Implied:
    """Return the sum of printed numbers."""
    return lambda printed: float(sum(float(printed[claim]) for claim in claims))


def percentage(count: Implied, base: Implied) -> Implied:
    """Return one implied number in percent of another."""
    return lambda printed: 100 * count(printed) / base(printed)


def _table_11() -> Iterator[Identity]:
    for column in COLUMNS:
        rows = [row for row in ROWS if not (row == "wrapper_failure" and column.endswith("synthetic"))]
        counts = [f"t11.{row}.{column}" for row in rows]
        yield Identity(f"t11.total.{column}", "The column's rows add up to the total", total(*counts))
        for count in counts:
            share = percentage(total(count), total(f"t11.total.{column}"))
            yield Identity(f"{count}.share", "The printed count is this share of the printed total", share)


def _text() -> Iterator[Identity]:
    both = {kind: tuple(f"t11.{{row}}.{name}.{kind}" for name in CONVERTERS) for kind in ("real", "synthetic")}

    def cells(row: str, kind: str) -> tuple[str, ...]:
        return tuple(name.format(row=row) for name in both[kind])

    synthetic = total(*cells("total", "synthetic"))
    failed, printed_real = total(*cells("conversion_failure", "synthetic")), total("fig3.real.n")
    compared = total(*cells("mismatch", "synthetic"), *cells("success", "synthetic"))
    wrong_real = total(*cells("mismatch", "real"))
    same = "Table 11's cells imply it"
    yield Identity("fig3.synthetic.n", "Table 11's two synthetic totals add up to it", synthetic)
    yield Identity("fig3.real.n", "Table 11 and §6.2.1 give the real models of each column", total("s62.real.total"))
    yield Identity("f8.synthetic.mismatch.n", same, total(*cells("mismatch", "synthetic")))
    yield Identity("f8.synthetic.mismatch.share", same, percentage(total(*cells("mismatch", "synthetic")), synthetic))
    yield Identity("f8.real.mismatch.n", same, wrong_real)
    yield Identity(
        "f8.real.mismatch.share", same + " of the printed 1,605 models", percentage(wrong_real, printed_real)
    )
    affected = total(*cells("conversion_failure", "real"), *cells("mismatch", "real"))
    yield Identity("f8.real.affected", same, percentage(affected, total(*cells("total", "real"))))
    yield Identity("s62.real.conversion_failures", same, total(*cells("conversion_failure", "real")))
    yield Identity("s62.synthetic.conversion_failures", same, failed)
    yield Identity("s62.synthetic.conversion_failures.share", same, percentage(failed, synthetic))
    yield Identity("s62.synthetic.converted", same, lambda printed: synthetic(printed) - failed(printed))
    yield Identity("s62.synthetic.loaded", same, compared)
    yield Identity("s62.synthetic.loaded.share", same, percentage(compared, total("s62.synthetic.converted")))


def _sequences() -> Iterator[Identity]:
    models = total(*(f"t12.models.{name}" for name in CONVERTERS))
    yield Identity("s62.sequences.analysed", "Table 12's mismatched models add up to another number", models)
    only = total(*(f"t12.models_with_mismatch_only.{name}" for name in CONVERTERS))
    yield Identity("s62.sequences.models", "Table 12's two converters add up to it", only)
    tests = total(*(f"t12.shared_with_tests.{name}.unique" for name in CONVERTERS))
    yield Identity("s7.sequences.shared_with_tests", "Table 12's two converters add up to it", tests)
    for name in CONVERTERS:
        for first, second in (
            ("mismatched", "correct"),
            ("correct", "mismatched"),
            ("mismatched", "tests"),
            ("tests", "mismatched"),
        ):
            yield Identity(
                f"t15.{first}_not_{second}.{name}",
                "The printed sizes of the two sets and of the reverse difference leave another number, a negative one where they "
                "cannot all be right",
                _difference_of_sets(f"t15.{first}.{name}", f"t15.{second}.{name}", f"t15.{second}_not_{first}.{name}"),
            )


def _difference_of_sets(first: str, second: str, reverse: str) -> Implied:
    return lambda printed: float(printed[first]) - float(printed[second]) + float(printed[reverse])


IDENTITIES: tuple[Identity, ...] = (*_table_11(), *_text(), *_sequences())

# claim → the saved output of the archive that holds the same quantity
NOTEBOOK_OUTPUTS: Mapping[str, str] = {
    claim: quantity
    for name in CONVERTERS
    for claim, quantity in {
        f"t12.mismatch_shared.{name}.unique": f"{name} mismatch sequences, unique",
        f"t12.mismatch_shared.{name}.reduced": f"{name} mismatch sequences, reduced",
        f"t12.shared_with_correct.{name}.unique": f"{name} mismatch x correct sequences, unique",
        f"t12.shared_with_correct.{name}.reduced": f"{name} mismatch x correct sequences, reduced",
        f"t12.shared_with_tests.{name}.unique": f"{name} mismatch x tests sequences, unique",
        f"t12.mismatch_only.{name}.unique": f"{name} mismatch-only sequences",
        f"t12.mismatch_only.{name}.reduced": f"{name} mismatch-only sequences, reduced",
        f"t12.models_with_mismatch_only.{name}": f"{name} mismatched models with at least one mismatch-only sequence",
        f"t15.mismatched.{name}": f"operator types in {name} mismatched models",
    }.items()
}


def check_identities(claims: pd.DataFrame) -> pd.DataFrame:
    """Check printed numbers against each other.

    Parameters
    ----------
    claims : DataFrame
        See `analysis.dataset.load_claims`.

    Returns
    -------
    DataFrame
        One row per identity: claim_id, where, quantity, printed, implied, agrees, explanation.
    """
    printed = claims.set_index("claim_id")["published"]
    rows = {row["claim_id"]: row for row in records(claims)}
    checked = []
    for identity in IDENTITIES:
        row, implied = rows[identity.claim], identity.implied(printed)
        holds = agrees(implied, row["published"], row["unit"])
        place = (identity.claim, row["where"], row["quantity"])
        checked.append((*place, row["published"], implied, holds, identity.explanation))
    columns = ["claim_id", "where", "quantity", "printed", "implied", "agrees", "explanation"]
    return pd.DataFrame(checked, columns=columns)


def compare_with_notebooks(claims: pd.DataFrame, outputs: pd.DataFrame) -> pd.DataFrame:
    """Set the printed numbers of Tables 12 and 15 beside the outputs saved in the archive.

    Parameters
    ----------
    claims : DataFrame
        See `analysis.dataset.load_claims`.
    outputs : DataFrame
        See `analysis.dataset.load_notebook_outputs`.

    Returns
    -------
    DataFrame
        One row per claim that has a saved output: claim_id, quantity, printed, saved, agrees.
    """
    saved = outputs.set_index("quantity")["value"]
    rows = claims.set_index("claim_id")
    held = [(claim, name) for claim, name in NOTEBOOK_OUTPUTS.items() if name in saved.index]
    frame = pd.DataFrame(
        {
            "claim_id": [claim for claim, _ in held],
            "quantity": [rows.loc[claim, "quantity"] for claim, _ in held],
            "printed": [rows.loc[claim, "published"] for claim, _ in held],
            "saved": [float(saved[name]) for _, name in held],
        }
    )
    frame["agrees"] = [agrees(row["saved"], row["printed"], "count") for row in records(frame)]
    return frame


def operator_sets(claims: pd.DataFrame, outputs: pd.DataFrame) -> pd.DataFrame:
    """Sizes of Table 15's two set differences, from the printed sets and the saved size of their union.

    Returns
    -------
    DataFrame
        Index converter; mismatched_not_correct, correct_not_mismatched; a converter without a saved union is left out.
    """
    printed = claims.set_index("claim_id")["published"]
    saved = outputs.set_index("quantity")["value"]
    rows = {}
    for name in CONVERTERS:
        union = saved.get(f"operator types in {name} mismatched and correct models together", math.nan)
        if not math.isnan(union):
            rows[name] = (
                union - float(printed[f"t15.correct.{name}"]),
                union - float(printed[f"t15.mismatched.{name}"]),
            )
    return pd.DataFrame.from_dict(rows, orient="index", columns=["mismatched_not_correct", "correct_not_mismatched"])
