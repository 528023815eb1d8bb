"""Which stage of a conversion experiment raised a recorded error, and of what kind the error is.

One table of rules for the study's archive (`classify`: the text tells the stage) and for campaigns (`error_class`: the stage
is known). The study's scripts store the text of whatever a model's run raised, without the stage. The text tells it: ONNX
Runtime says whether it was creating a session or running a node; a failing tf2onnx command line leaves its standard
output as bytes text; the comparison subtracts with a TensorFlow operator called eagerly, which names itself
``[Op:Sub]`` and carries no model's node. Rules apply in order, the first hit wins; a text without a hit is for a person
to read.
"""

import re
from typing import NamedTuple

from datapackage.conversions import (
    CHECK,
    COMPARE,
    CONVERT,
    COUNT_DIFFERS,
    CRASH,
    DTYPE_DIFFERS,
    LOAD,
    OUT_OF_MEMORY,
    RUN,
    SHAPE_DIFFERS,
    TIME_OUT,
    UNKNOWN,
)


class ErrorRule(NamedTuple):
    """A rule: texts in which `pattern` is found were raised in `stage` and are of `error_class`.

    A group ``operator`` in the pattern names the ONNX operator at fault.
    """

    pattern: re.Pattern[str]
    stage: str
    error_class: str


class RecordedError(NamedTuple):
    """What a text says: stage, class, ONNX operator (None where the text names none)."""

    stage: str
    error_class: str
    operator: str | None


def _rule(pattern: str, stage: str, error_class: str) -> ErrorRule:
    return ErrorRule(re.compile(pattern, re.DOTALL), stage, error_class)


# The code and word by which ONNX Runtime's errors begin
_ORT = r"\A\[ONNXRuntimeError\] : \d+ : [A-Z_]+ : "
_RUNNING = _ORT + r"Non-zero status code returned while running (?P<operator>\w+) node\..*Status Message: .*"
_LOADING = _ORT + r"(?:Load model from \S+ failed:)?"
_NODE = r"Node \(\S+\) Op \((?P<operator>\w+)\) "

RULES: tuple[ErrorRule, ...] = (
    # creating a session: the model is read, checked, its types and shapes inferred, a kernel found for each node
    _rule(_ORT + r"Could not find an implementation for (?P<operator>\w+)\(", LOAD, "kernel_missing"),
    _rule(_ORT + r"Failed to find kernel for (?P<operator>\w+)\(", LOAD, "kernel_missing"),
    _rule(
        _LOADING + r"This is an invalid model\. Type Error: .* of operator \((?P<operator>\w+)\) in node .* is invalid",
        LOAD,
        "input_type_invalid",
    ),
    _rule(_LOADING + r"Type Error: .* Optype \((?P<operator>\w+)\) bound to different types", LOAD, "types_conflict"),
    _rule(_LOADING + _NODE + r"\[ShapeInferenceError\]", LOAD, "shape_inference"),
    _rule(_LOADING + _NODE + r"\[TypeInferenceError\]", LOAD, "type_inference"),
    # running a node
    _rule(_RUNNING + r"(?:input_rank == reference_rank|input tensor's rank does not match)", RUN, "rank_differs"),
    _rule(_RUNNING + r"'(?:Linear|Cubic)' mode only support", RUN, "resize_mode_unsupported"),
    _rule(_RUNNING + r"cannot be reshaped to the requested shape", RUN, "reshape_size"),
    _rule(_RUNNING + r"Attempting to broadcast an axis", RUN, "broadcast"),
    _rule(_RUNNING + r"Shape mismatch attempting to re-use buffer", RUN, "buffer_shape"),
    _rule(_RUNNING + r"Can't reduce on dim with value of 0", RUN, "empty_dimension"),
    _rule(
        _RUNNING
        + r"(?:Input channels C is not equal|filter number not equal|kernel_shape is not compatible"
        + r"|num_dims does not match|dimension mismatch|sequence_lens shape must be)",
        RUN,
        "operand_shapes",
    ),
    # the exporter's own writing: verification exports into memory, where a protobuf message ends at 2 GiB
    _rule(r"\AThe serialized model is larger than the 2GiB limit imposed by", CONVERT, "model_too_large"),
    # a failing command line: its standard output, as Python prints bytes
    _rule(r"\Ab(?:'.*'|\".*\")\Z", CONVERT, "command_failed"),
    # the comparison's own eager subtraction
    _rule(r"\AValue for attr 'T' of bool is not in the list .*\[Op:Sub\]", COMPARE, "boolean_outputs"),
    _rule(r"__wrapped__Sub_device_.*Incompatible shapes: .*\[Op:Sub\]", COMPARE, SHAPE_DIFFERS),
    # stopped from outside; the script did not record where it stood
    _rule(r"\ADid not complete\.\Z", UNKNOWN, TIME_OUT),
)


def classify(text: str) -> RecordedError | None:
    """Return what a recorded error's text says, or None where no rule knows the text.

    Parameters
    ----------
    text : str
        The text as the experiment's script stored it.

    Examples
    --------
    >>> classify("b''")
    RecordedError(stage='convert', error_class='command_failed', operator=None)
    """
    for rule in RULES:
        match = rule.pattern.search(text)
        if match is not None:
            return RecordedError(rule.stage, rule.error_class, match.groupdict().get("operator"))
    return None


OTHER = "other"

# What campaigns meet beyond RULES; the first hit of the row's stage wins, over "type: text"
CAMPAIGN_RULES: tuple[ErrorRule, ...] = (
    _rule(r"No Op registered for (?P<operator>\w+) with domain_version", CHECK, "operator_unknown"),
    _rule(r"InferenceError|ShapeInferenceError", CHECK, "shape_inference"),
    _rule(r"ValidationError", CHECK, "model_invalid"),
    _rule(r"Unsupported: ONNX export of operator (?P<operator>\w+)", CONVERT, "operator_unsupported"),
    _rule(r"Exporting the operator 'aten::(?P<operator>\w+)'", CONVERT, "operator_unsupported"),
    _rule(r"UnsupportedOperatorError", CONVERT, "operator_unsupported"),
    # a converter that is older than the onnx package's demand for a type
    _rule(r"Could not infer attribute `\w+` type from empty iterator", CONVERT, "attribute_untyped"),
    _rule(r"No ONNX function found|DispatchError|No decompositions registered", CONVERT, "operator_unsupported"),
    _rule(r"GuardOnDataDependent|data-dependent", CONVERT, "data_dependent"),
    _rule(r"TorchExportError|torch\.export", CONVERT, "tracing_failed"),
    _rule(r"SymbolicValueError", CONVERT, "symbolic_value"),
    _rule(
        r"Opset \d+ is not supported|opset.*(?:not supported|unsupported)|Unsupported ONNX opset",
        CONVERT,
        "opset_unsupported",
    ),
    _rule(r"complex", CONVERT, "complex_type"),
    _rule(r"ConversionError|GraphConstructionError|OnnxExporterError|FlattenError", CONVERT, "exporter_error"),
    _rule(r"No Op registered for (?P<operator>\w+)", LOAD, "operator_unknown"),
    _rule(r"INVALID_GRAPH", LOAD, "model_invalid"),
    _rule(r"Type parameter .* bound to different types", LOAD, "types_conflict"),
    _rule(r"outputs disagree in shape", COMPARE, SHAPE_DIFFERS),
    _rule(r"outputs disagree in dtype", COMPARE, DTYPE_DIFFERS),
    _rule(r"outputs disagree in count", COMPARE, COUNT_DIFFERS),
)
_MEMORY = re.compile(r"MemoryError|bad_alloc|can't allocate memory|Failed to allocate memory|OOM when allocating")


def error_class(status: str, stage: str, kind: str, text: str) -> tuple[str, str | None]:
    """Return class and operator of a campaign's error; its stage is known, so rules of other stages don't apply.

    Parameters
    ----------
    status : str
        How the task ended: ``exception``, ``crash``, ``time_out`` or ``out_of_memory``.
    stage : str
        One of `datapackage.conversions.STAGES`.
    kind, text : str
        Type and text of the exception.

    Returns
    -------
    tuple of str and (str or None)
        Class, `OTHER` where no rule knows the text; ONNX operator, where the text names one.

    Examples
    --------
    >>> error_class("exception", "check", "ValidationError", "No Op registered for Erfc with domain_version of 18")
    ('operator_unknown', 'Erfc')
    >>> error_class("time_out", "generate", "TimeOut", "")
    ('time_out', None)
    """
    if status in {TIME_OUT, CRASH, OUT_OF_MEMORY}:
        return status, None
    if _MEMORY.search(f"{kind}: {text}"):
        return OUT_OF_MEMORY, None
    for rules, searched in ((RULES, text), (CAMPAIGN_RULES, f"{kind}: {text}")):
        for rule in rules:
            match = rule.pattern.search(searched) if rule.stage == stage else None
            if match is not None:
                return rule.error_class, match.groupdict().get("operator")
    return OTHER, None
