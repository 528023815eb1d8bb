"""What today's campaigns show beside Table 11's claims: counted from rows, by the study's criterion of each column."""

from dataclasses import dataclass, field

import pandas as pd

from analysis.claims.ledger import Ledger
from analysis.conversions.counterparts import counterparts
from analysis.dataset import Study

TORCH = "torch.onnx-torchscript"


@dataclass
class _Study:
    """As much of a study as counterparts read."""

    campaigns: dict[str, pd.DataFrame] = field(default_factory=dict)


def _campaign(*rows: tuple[str, str, str | None]) -> pd.DataFrame:
    """Rows of converter, outcome and what every criterion of the study says."""
    frame = pd.DataFrame(rows, columns=["converter", "outcome", "criterion"])
    return frame.assign(**dict.fromkeys(("absolute_1e_7", "absolute_1e_3", "close_1e_3"), frame["criterion"]))


def test_each_row_of_the_table_counts_what_the_study_counts_there() -> None:
    rows = [
        ("tf2onnx", "not_tested", None),  # never converted: no model of the table
        ("tf2onnx", "conversion_failure", None),
        ("tf2onnx", "load_failure", None),
        ("tf2onnx", "run_failure", None),
        ("tf2onnx", "success", "mismatch"),  # a success by the campaign's criterion, none by the study's
        ("tf2onnx", "mismatch", "success"),
        ("tf2onnx", "success", "success"),
        ("tf2onnx", "not_compared", "not_compared"),
        ("tf2onnx", "wrong_shape", None),
    ]
    found = counterparts(_Study({"2026-11-synthetic-tf2onnx": _campaign(*rows)}))  # type: ignore[arg-type]
    # Wilson's intervals of 1 and 2 of 8: R 4.2.2, binom::binom.wilson(1:2, 8)
    assert (
        found["t11.conversion_failure.tf2onnx.synthetic.share"]
        == "13 % [2.2, 47] of 8 (tf2onnx, 2026-11-synthetic-tf2onnx)"
    )
    for row in ("load_failure", "success"):
        assert found[f"t11.{row}.tf2onnx.synthetic.share"].startswith("25 % [7.1, 59] of 8 ")
    assert found["f8.synthetic.mismatch.share"].startswith("13 % [2.2, 47] of 8 ")
    assert found["s62.synthetic.converted.share"].startswith("88 % [53, 98] of 8 ")
    assert found["s62.synthetic.loaded.share"].startswith("71 % [36, 92] of 7 ")
    assert not any("torch.onnx" in claim or ".real" in claim for claim in found)


def test_suites_stand_in_their_own_column_and_exporters_side_by_side() -> None:
    one = _campaign((TORCH, "success", "success"), ("torch.onnx-dynamo", "conversion_failure", None))
    found = counterparts(  # type: ignore[arg-type]
        _Study(
            {
                "2026-11-synthetic-torch": one,
                "2026-11-architectures": one,
                "2026-11-synthetic-all-types": one,
                "2026-11-opsets-torchscript": one,
            }
        )
    )
    synthetic = found["t11.success.torch.onnx.synthetic.share"].split("; ")
    assert [text.split(" (")[1] for text in synthetic] == [
        "torch.onnx-dynamo, 2026-11-synthetic-torch)",
        f"{TORCH}, 2026-11-synthetic-torch)",
    ]
    assert "architectures" in found["t11.success.torch.onnx.real.share"]
    assert not any("all-types" in text or "opsets" in text for text in found.values())


def test_a_campaign_without_the_criterion_has_no_counterpart() -> None:
    assert counterparts(_Study({"2026-11-synthetic-tf2onnx": _campaign(("tf2onnx", "mismatch", None))})) == {}  # type: ignore[arg-type]


def test_counterparts_stand_in_the_ledger_and_touch_no_verdict(study: Study, ledger: Ledger) -> None:
    own = ledger.of("RQ4").set_index("claim_id")
    today = counterparts(study)
    assert today
    assert own.loc[list(today), "today"].to_dict() == today
    claim = own.loc["t11.mismatch.torch.onnx.synthetic"]
    assert (claim["verdict"], claim["recomputed"]) == ("reproduced", "100")
