"""Which stage raised a recorded error, from its text; the texts here are made, the archive's are checked in whole."""

import json
from collections import Counter
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from datapackage.conversions import STAGES
from datapackage.error_rules import RecordedError, classify
from mining.published_archive.conversion_inputs import RESULTS_SHA256, results_file

_SESSION = "[ONNXRuntimeError] : 9 : NOT_IMPLEMENTED : "
_RUN = "[ONNXRuntimeError] : 6 : RUNTIME_EXCEPTION : Non-zero status code returned while running {} node. Name:'n' Status Message: "


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        (
            _SESSION + "Could not find an implementation for Foo(13) node with name 'f'",
            ("load", "kernel_missing", "Foo"),
        ),
        (_SESSION + "Failed to find kernel for Foo(1) (node f).", ("load", "kernel_missing", "Foo")),
        (
            "[ONNXRuntimeError] : 10 : INVALID_GRAPH : Load model from a/b.onnx failed:This is an invalid model. Type Error: "
            "Type 'tensor(int8)' of input parameter (v) of operator (Bar) in node (b) is invalid.",
            ("load", "input_type_invalid", "Bar"),
        ),
        (
            "[ONNXRuntimeError] : 1 : FAIL : Type Error: Type parameter (T) of Optype (Baz) bound to different types (a and b)",
            ("load", "types_conflict", "Baz"),
        ),
        (
            "[ONNXRuntimeError] : 1 : FAIL : Load model from m.onnx failed:Node (n) Op (Qux) [ShapeInferenceError] no",
            ("load", "shape_inference", "Qux"),
        ),
        (
            "[ONNXRuntimeError] : 1 : FAIL : Node (n) Op (Qux) [TypeInferenceError] no",
            ("load", "type_inference", "Qux"),
        ),
        (_RUN.format("Concat") + "x.cc:1 input_rank == reference_rank was false.", ("run", "rank_differs", "Concat")),
        (_RUN.format("Resize") + "'Cubic' mode only support 2-D", ("run", "resize_mode_unsupported", "Resize")),
        (_RUN.format("Reshape") + "cannot be reshaped to the requested shape", ("run", "reshape_size", "Reshape")),
        (_RUN.format("Div") + "Attempting to broadcast an axis", ("run", "broadcast", "Div")),
        (_RUN.format("Tan") + "Shape mismatch attempting to re-use buffer.", ("run", "buffer_shape", "Tan")),
        (_RUN.format("ReduceProd") + "Can't reduce on dim with value of 0", ("run", "empty_dimension", "ReduceProd")),
        (_RUN.format("Conv") + "Input channels C is not equal to C", ("run", "operand_shapes", "Conv")),
        ("The serialized model is larger than the 2GiB limit imposed by x", ("convert", "model_too_large", None)),
        ("b''", ("convert", "command_failed", None)),
        ("b'a trace\\nof lines'", ("convert", "command_failed", None)),
        (
            "Value for attr 'T' of bool is not in the list of allowed values: half\n\t; [Op:Sub] name: ",
            ("compare", "boolean_outputs", None),
        ),
        (
            "{{function_node __wrapped__Sub_device_/cpu:0}} Incompatible shapes: [2,1,3] vs. [2,4] [Op:Sub] name: ",
            ("compare", "shape_differs", None),
        ),
        ("Did not complete.", ("unknown", "time_out", None)),
    ],
)
def test_the_text_tells_the_stage(text: str, expected: tuple[str, str, str | None]) -> None:
    assert classify(text) == RecordedError(*expected)


@pytest.mark.parametrize(
    "text",
    [
        "",
        "b",
        "b'unfinished",
        # a subtraction inside a model, not the comparison's eager one
        "Value for attr 'T' of bool is not in the list of allowed values: half [Op:Mul]",
        "Graph execution error: Incompatible shapes: [2] vs. [3]",
        _RUN.format("Concat") + "something new",
        "[ONNXRuntimeError] : 2 : INVALID_ARGUMENT : something new",
        "a remark that quotes [ONNXRuntimeError] : 9 : NOT_IMPLEMENTED : Could not find an implementation for Foo(13)",
    ],
)
def test_a_text_that_no_rule_knows_stays_unknown(text: str) -> None:
    assert classify(text) is None


@given(st.text(max_size=80))
def test_any_text_is_classified_or_left(text: str) -> None:
    found = classify(text)
    assert found is None or found.stage in STAGES


def test_every_recorded_text_is_known(archive: Path) -> None:
    stages: Counter[tuple[str, str]] = Counter()
    for converter, nodes in RESULTS_SHA256:
        for entry in json.loads((archive / results_file(converter, nodes)).read_text(encoding="utf-8")):
            if entry["error"] is not None:
                found = classify(entry["error"])
                assert found is not None, entry["error"]
                assert entry["error"].startswith("[ONNXRuntimeError]") == (found.stage in ("load", "run"))
                stages[converter, found.stage] += 1
    assert stages == {
        ("torch.onnx", "convert"): 2, ("torch.onnx", "load"): 733, ("torch.onnx", "run"): 8, ("tf2onnx", "convert"): 13,
        ("tf2onnx", "load"): 669, ("tf2onnx", "run"): 88, ("tf2onnx", "compare"): 785, ("tf2onnx", "unknown"): 2,
    }  # fmt: skip
