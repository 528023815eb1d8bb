"""With the full archive's tables every claim whose file is there has its verdict; the made files' answers are known."""

from pathlib import Path

import pandas as pd
import pytest

from analysis.chapters import CHAPTERS
from analysis.claims.ledger import Ledger, build_ledger
from analysis.claims.printed import Bounds, Span
from analysis.conversions.claims import CLAIMS
from analysis.conversions.full_archive import counts_of_entries
from analysis.dataset import Study
from datapackage.validation import validate
from tests.conftest import edit
from tests.mining.full_data import LISTS, make_full_data
from tests.mining.made_archive import BOUNDS, ISSUE_FILES, REAL_ANSWERS, REDUCED_ANSWERS, SEQUENCE_ANSWERS


@pytest.fixture(scope="module")
def full_data(tmp_path_factory: pytest.TempPathFactory) -> Path:
    data = make_full_data(tmp_path_factory.mktemp("full"))
    assert validate(data) == []
    return data


@pytest.fixture(scope="module")
def full_ledger(full_data: Path) -> Ledger:
    return build_ledger(Study(full_data), [chapter.claims for chapter in CHAPTERS])


def test_every_claim_whose_file_is_there_has_its_value(full_data: Path, full_ledger: Ledger, ledger: Ledger) -> None:
    values = CLAIMS.recompute(Study(full_data))
    for converter, answers in REAL_ANSWERS.items():
        for row, (entries, _) in answers.items():
            assert values[f"t11.{row}.{converter}.real"] == entries, (converter, row)
    assert {claim: values[claim] for claim in SEQUENCE_ANSWERS} == SEQUENCE_ANSWERS
    assert {claim: values[claim] for claim in REDUCED_ANSWERS} == {c: Span(*v) for c, v in REDUCED_ANSWERS.items()}
    assert {claim: values[claim] for claim in BOUNDS} == {c: Bounds(*v) for c, v in BOUNDS.items()}
    t5 = ("wrapper_failure", "conversion_failure", "load_failure", "mismatch", "success")
    assert [values[f"s62.t5.{row}"] for row in t5] == [1, 1, 1, 1, 1]
    assert values["s62.real.conversion_failures"] == 6
    assert values["f8.real.mismatch.share"] == pytest.approx(100 * 4 / 20)
    assert values["f8.real.affected"] == pytest.approx(100 * 10 / 20)
    own = full_ledger.frame.set_index("claim_id")
    for converter in ("torch.onnx", "tf2onnx"):
        for step, kind in (("relevant", "all"), ("resolvable", "filtered")):
            expected = str(len(LISTS[ISSUE_FILES[converter, kind]]))
            assert own.loc[f"fig4.{converter}.{step}", "recomputed"] == expected
    assert own.loc["s5.collected.date.fig4", "recomputed"] == "2023-03-03 or later"
    before = ledger.frame.set_index("claim_id")
    newly = own.index[(own["recomputed"] != "") & (before["recomputed"] == "")]
    assert len(newly) == 69
    assert full_ledger.faults == ()


def test_the_ledger_says_which_file_a_claim_needs(ledger: Ledger, full_ledger: Ledger) -> None:
    notes = ledger.frame.set_index("claim_id")["note"]
    assert "data.zip" in notes["fig4.torch.onnx.relevant"]
    assert "pytorch_conv_results.json" in notes["t11.success.tf2onnx.real"]
    assert "parser_results.zip" in notes["t12.mismatch_shared.tf2onnx.unique"]
    assert not notes.str.contains("not in the archive's snapshot").any()
    differing = full_ledger.frame.set_index("claim_id").loc["t12.mismatch_shared.tf2onnx.unique"]
    assert (differing["verdict"], differing["mechanism"]) == ("differs", "unexplained")
    assert "was not at hand" in differing["note"]


def test_a_bound_does_not_ask_for_the_file_that_gave_it(ledger: Ledger, full_ledger: Ledger) -> None:
    bounded = ["t15.correct.tf2onnx", "t15.tests.tf2onnx", "t15.mismatched_not_tests.tf2onnx", "s5.collected.date.t06"]
    before, after = (each.frame.set_index("claim_id").loc[bounded] for each in (ledger, full_ledger))
    assert before["note"].str.contains("Needs").all()
    still_open = after[after["verdict"] == "not_recomputable"]
    assert len(still_open) > 1
    assert not after["note"].str.contains("Needs").any()
    assert still_open["note"].str.contains("bound").all()


def test_a_bound_refutes_and_does_not_confirm(full_ledger: Ledger) -> None:
    own = full_ledger.frame.set_index("claim_id")
    # printed: 59 and 16; known: 12 to 15 and 4 to 13
    assert own.loc["t15.correct.torch.onnx", ["recomputed", "verdict"]].tolist() == ["12 to 15", "differs"]
    # printed 1; known: 0 to 3 (12 types, 9 of them seen in a sequence shared with correct models)
    claim = own.loc["t15.mismatched_not_correct.torch.onnx"]
    assert claim["recomputed"] == "0 to 3"
    assert claim["verdict"] == "internally_inconsistent"
    assert own.loc["t15.mismatched_not_tests.tf2onnx", "recomputed"] == "0 to 144"


def test_rows_with_two_files_count_twice_and_need_no_failed_command() -> None:
    rows = pd.DataFrame(
        [(1, 2, 0, None), (0, 1, 0, None), (1, 0, 0, None), (0, 0, 1, 0.0), (0, 0, 0, 1e-3), (2, 0, 0, None)],
        columns=["error", "conversion_files", "load_files", "max_abs_diff"],
    )
    assert counts_of_entries(rows) == {
        "wrapper_failure": 2 - 3, "conversion_failure": 3, "load_failure": 1, "mismatch": 1, "success": 0,
    }  # fmt: skip


def test_the_saved_outputs_are_recomputed_and_an_edit_moves_them(data: Path) -> None:
    own = build_ledger(Study(data), [CLAIMS]).of("RQ4").set_index("claim_id")
    assert own.loc["t12.mismatch_only.torch.onnx.reduced", "recomputed"] == "131 (129 to 132)"
    assert own.loc["s62.sequences.models", ["recomputed", "verdict"]].tolist() == ["312", "reproduced"]
    edit(data / "published/notebook_models_by_sequences.csv", "tf2onnx,0,11\n", "tf2onnx,0,0\n")
    changed = build_ledger(Study(data), [CLAIMS])
    assert changed.of("RQ4").set_index("claim_id").loc["t12.models_with_mismatch_only.tf2onnx", "recomputed"] == "215"
    # what is shipped must be explained: only what a reader imported may differ without an account
    assert any(fault.startswith("t12.models_with_mismatch_only.tf2onnx:") for fault in changed.faults)
