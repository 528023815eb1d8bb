"""Cells: validator and loader read each type alike, and a second library agrees on what is written."""

from pathlib import Path

import frictionless
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from datapackage.cells import malformed, typed
from datapackage.errors import InputError
from datapackage.tables import read_table
from datapackage.validation import validate
from tests.conftest import DATA, Run, edit

SPELT = {
    "integer": (["0", "7", "-7", "123456789012345678"], ["1_000", "１２", "007", "+3", " 4", "1.0", "-0", "9" * 19, "٣"]),
    "number": (["0.5", "-1e-05", "INF", "-INF", "NaN", "3"], ["1_0.5", ".5", "5.", "1,5", "inf", "nan", "0x1p3", "１.5"]),
    "date": (["2018-04-19", "2020-02-29"], ["2018-4-19", "2019-02-29", "2018-04-31", "２０１８-04-19", "0000-01-01"]),
    "boolean": (["true", "false"], ["TRUE", "True", "1", "yes", "true "]),
}  # fmt: skip


@pytest.mark.parametrize("kind", SPELT)
def test_one_form_of_each_type(kind: str) -> None:
    good, bad = SPELT[kind]
    assert malformed([*good, *bad], kind) == set(bad)
    values = typed(pd.Series(good, dtype="str"), {"type": kind})
    assert values.notna().sum() == len([text for text in good if text != "NaN"])


@given(st.text(alphabet="0123456789-+._eETRUtruefalsINFN １٣", max_size=12), st.sampled_from(sorted(SPELT)))
def test_what_passes_can_be_read_and_is_not_lost(text: str, kind: str) -> None:
    cells = pd.Series([text], dtype="str")
    if not malformed(cells, kind):
        assert typed(cells, {"type": kind}).notna().all() or text == "NaN"
        assert text.isascii()


@pytest.mark.parametrize(
    ("file", "old", "new", "column"),
    [
        ("opsets.csv", "Abs,added,", "Abs,added,TRUE", "function"),
        ("failures.csv", "tf2onnx,238,", "tf2onnx,２３８,", "population_rank"),
        ("failures.csv", "238,2018-04-19", "238,2018-4-19", "created"),
        ("samples.csv", "tf2onnx,242", "tf2onnx,1_242", "population"),
    ],
)
def test_validator_and_loader_refuse_alike(data: Path, file: str, old: str, new: str, column: str) -> None:
    edit(data / file, old, new)
    told = [fault for fault in validate(data) if fault.reason == "type-error"]
    with pytest.raises(InputError) as caught:
        read_table(data, file.removesuffix(".csv"))
    assert list(caught.value.faults) == told
    assert [fault.column for fault in told] == [column]


def test_a_second_library_finds_nothing_wrong_with_the_committed_tables() -> None:
    """Oracle: frictionless, the reference implementation of the Data Package standard."""
    report = frictionless.Package(str(DATA / "datapackage.json")).validate()
    assert report.flatten(["rowNumber", "fieldName", "type", "note"]) == []


@pytest.mark.parametrize("cell", ["a\0b", "\x1b[31mred", "\u202egnp.exe", "bell\x07"])
def test_cells_hold_nothing_unseen(data: Path, cell: str) -> None:
    edit(data / "published/claims.csv", "valid survey responses", cell)
    assert [(fault.reason, fault.column) for fault in validate(data) if fault.row == 2] == [
        ("hidden-character", "quantity")
    ]


@pytest.mark.parametrize(
    ("file", "old", "new", "column", "reason"),
    [
        ("failures.csv", "onnx/tensorflow-onnx#7,", "onnx/tensorflow-onnx#007,", "issue", "constraint-error"),
        ("failures.csv", "onnx/tensorflow-onnx#7,", "pytorch/pytorch#700000,", "issue", "repository-of-converter"),
        ("failures.csv", "tf2onnx,238,", "tf2onnx,242,", "population_rank", "rank-beyond-population"),
        (
            "failures.csv",
            "238,2018-04-19,2018-04-19,2018-04-19",
            "238,2021-04-19,2021-04-19,2021-04-19",
            "created_earliest",
            "date-order",
        ),
        (
            "failures.csv",
            "238,2018-04-19,2018-04-19,2018-04-19",
            "238,2016-04-19,2016-04-19,2016-04-19",
            "created_earliest",
            "date-order",
        ),
        (
            "ratings.csv",
            "issta24,drift,onnx/tensorflow-onnx#77,drift-a,cause",
            "issta25,drift,onnx/tensorflow-onnx#77,drift-a,cause",
            "sample",
            "foreign-key",
        ),
        (
            "conversions/issta24-synthetic.csv",
            "match,success,,,,finite,0.0",
            "match,success,,,,finite,1e30",
            "max_abs_diff",
            "difference-of-evidence",
        ),
        (
            "conversions/issta24-synthetic.csv",
            "match,success,,,,finite,0.0",
            "match,success,,,,finite,INF",
            "max_abs_diff",
            "difference-of-evidence",
        ),
        (
            "conversions/2026-11-synthetic-torch.csv",
            "match,success,,,,finite,5.96046448e-08,1.15874318e-07",
            "match,success,,,,finite,,1.15874318e-07",
            "max_abs_diff",
            "difference-of-evidence",
        ),
        (
            "conversions/2026-11-synthetic-torch.csv",
            "mismatch,mismatch,,,,infinite,0.0107498169",
            "mismatch,mismatch,,,,infinite,INF",
            "max_abs_diff",
            "difference-of-evidence",
        ),
        (
            "conversions/issta24-synthetic.csv",
            "finite,1220245.125,,,",
            "finite,1220245.125,,9,8",
            "mismatched_elements",
            "part-of-total",
        ),
    ],
)
def test_rules(  # noqa: PLR0917
    data: Path, file: str, old: str, new: str, column: str, reason: str
) -> None:
    written = (data / file).read_text(encoding="utf-8")
    edit(data / file, old, new)
    row = 1 + written[: written.index(old)].count("\n")
    assert (row, column, reason) in {(fault.row, fault.column, fault.reason) for fault in validate(data)}


def test_a_table_without_rows_is_a_fault(data: Path) -> None:
    edit(data / "samples.csv", "issta24,tf2onnx,242\nissta24,torch.onnx,327\n", "")
    assert (None, None, "empty-table") in {(fault.row, fault.column, fault.reason) for fault in validate(data)}


def test_what_computes_says_first_that_a_table_was_edited(data: Path, invoke: Run) -> None:
    edit(data / "failures.csv", "crash,shape_problem", "hang,shape_problem")
    told = invoke("analysis", "sample", "issta24", "--data", data)
    assert told.returncode == 0
    assert told.stderr.startswith("note: ")
    assert "failures.csv: edited since it was described" in told.stderr
    edit(data / "survey/choices.csv", "r02,Q63,deployment", "r777,Q63,deployment")
    refused = invoke("analysis", "claims", "--data", data)
    assert (refused.returncode, refused.stdout) == (1, "")
    assert "value 'r777'" in refused.stderr
