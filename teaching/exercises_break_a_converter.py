"""Exercises of the lab "Break a converter": see a difference, say who is at fault, find the operator, find one of your own."""

from collections.abc import Callable, Collection, Mapping, Sequence
from math import ceil, log2

import numpy as np

from teaching.checks import near
from teaching.converter_bench import Model, Runs, examine
from teaching.tensors_as_json import Array

FAULTS = ("nobody", "optimiser", "runtime", "reference evaluator", "converter", "framework", "undecided")
_INF, _NAN = float("inf"), float("nan")
_WAVE = np.linspace(-3, 3, 12, dtype=np.float32).reshape(1, 12)

CASES: Mapping[str, Model] = {
    "smoothing": Model(
        "def model(x):\n    return F.avg_pool2d(torch.tanh(x / 20), 3, stride=2, padding=1)",
        (np.arange(49, dtype=np.float32).reshape(1, 1, 7, 7),),
    ),
    "pooling": Model(
        "def model(x):\n    return F.avg_pool2d(x, 2, divisor_override=3)",
        (np.arange(49, dtype=np.float32).reshape(1, 1, 7, 7),),
    ),
    "largest": Model(
        "def model(x):\n    return x.amax(1)", (np.array([[1, _NAN, 3, -_INF], [1, 2, 3, 4]], dtype=np.float32),)
    ),
    "log-probabilities": Model(
        "def model(x):\n    return F.log_softmax(x, dim=1)", (np.array([[-2e4, -1e4, 0, 1e4]], dtype=np.float32),)
    ),
    "log-sigmoid": Model("def model(x):\n    return F.logsigmoid(x)", (100 * _WAVE[:, ::2],)),
    "top three": Model("def model(x):\n    return torch.topk((x > 0).float(), 3, dim=1)[1]", (_WAVE,)),
}
"""Models whose converted form is to be judged. None is invented: each was found by trying operators at their edges."""

STAGES = (
    "x = F.pad(x, (1, 1, 1, 1), mode='reflect')",
    "x = F.conv2d(x, torch.ones(1, 1, 3, 3) / 9)",
    "x = F.hardswish(x - 20)",
    "x = F.interpolate(x, scale_factor=2.0, mode='bilinear')",
    "x = F.max_pool2d(x, 2)",
    "x = x - x.mean(dim=(2, 3), keepdim=True)",
    "x = torch.round(x).long()",
    "x = x // 4",
    "x = x * 3",
    "x = x.float().transpose(2, 3)",
    "x = torch.tanh(x / 8)",
    "x = x.flatten(1).cumsum(1)",
)
"""A pipeline that TorchScript's exporter converts without a word of warning, and wrongly."""
_GUILTY = 8
_PICTURE = (np.arange(49, dtype=np.float32).reshape(1, 1, 7, 7),)

EXAMPLE = Model(
    "def model(x):\n    return F.cross_entropy(x, torch.tensor([2]), label_smoothing=0.1)", (_WAVE,), "dynamo"
)
"""The teacher's own find."""


def beginning(length: int) -> Model:
    """Return the pipeline's first stages as a model."""
    body = "\n".join(f"    {stage}" for stage in STAGES[:length])
    return Model(f"def model(x):\n{body}\n    return x", _PICTURE, "torchscript")


def recorded_models() -> list[Model]:
    """Return the models that are recorded for those who lack PyTorch's environment."""
    return [*CASES.values(), *(beginning(length) for length in range(1, len(STAGES) + 1)), EXAMPLE]


def differs(expected: Array, actual: Array) -> bool:
    """Tell whether an element lies further from its expected value than 1e-5 + 1e-3 of its size; NaN equals NaN alone."""
    if expected.shape != actual.shape:
        return True
    return not np.allclose(actual.astype(float), expected.astype(float), rtol=1e-3, atol=1e-5, equal_nan=True)


def verdict(outputs: Mapping[str, Array]) -> str:
    """Return who is at fault by who agrees with whom; one of `FAULTS`."""
    truth = outputs["float64"]
    wrong = {name for name, output in outputs.items() if differs(truth, output)}
    if "framework" in wrong:
        return "undecided" if "ort_all" in wrong else "framework"
    if "ort_all" not in wrong:
        return "reference evaluator" if "onnx_reference" in wrong else "nobody"
    if "ort_off" not in wrong:
        return "optimiser"
    if "onnx_reference" not in outputs:
        return "undecided"
    return "converter" if "onnx_reference" in wrong else "runtime"


def difference(function: Callable[[Array, Array], bool]) -> str | None:
    """Check a criterion on pairs of tensors that are easily judged wrongly."""
    one = _row(1, 1e6)
    tries: tuple[tuple[Array, Array, bool, str], ...] = (
        (one, _row(1, 1e6 + 0.0625), False, "One ulp of a million is 0.0625: a tolerance needs a relative part."),
        (one, _row(1.01, 1e6), True, "1.01 is not 1: the relative part is per element, not of the largest."),
        (_row(0, 0), _row(1e-7, 0), False, "1e-7 is not 0, but rounding: a tolerance needs an absolute part."),
        (_row(_NAN), _row(0), True, "NaN against 0 differs, though |NaN - 0| > tolerance is False. The criterion "
         "of the study's tf2onnx experiments has this hole."),
        (_row(1), _row(_NAN), True, "1 against NaN differs as well."),
        (_row(_NAN, 1), _row(_NAN, 1), False, "NaN where NaN is expected is right."),
        (_row(_INF), _row(_INF), False, "Two infinities are equal, though their difference is NaN."),
        (_row(-_INF), _row(_INF), True, "Two infinities of different sign differ."),
        (_row(1, 2)[None], _row(1, 2)[:, None], True, "Other shapes differ; numpy broadcasts them in silence."),
    )  # fmt: skip
    for expected, actual, right, message in tries:
        with np.errstate(invalid="ignore"):
            if bool(function(expected, actual)) is not right:
                return message
    return None


def _row(*values: float) -> Array:
    return np.array(values, dtype=np.float32)


def who_differs(answer: Mapping[str, Collection[str]]) -> str | None:
    """Check for each case which executors differ from PyTorch."""
    for name, model in CASES.items():
        outputs = examine(model).outputs
        right = {other for other, output in outputs.items() if differs(outputs["framework"], output)}
        found = set(answer[name])
        if found != right:
            extra, lacking = sorted(found - right), sorted(right - found)
            return f"{name}: " + "; ".join(
                text
                for text in (
                    f"{', '.join(extra)} does not differ" if extra else "",
                    f"{len(lacking)} more differ" if lacking else "",
                )
                if text
            )
    return None


def fault(function: Callable[[Mapping[str, Array]], str]) -> str | None:
    """Check a rule on outputs with planted faults of every party, then on the lab's cases."""
    for wrong, right, message in _PLANTED:
        found = function(_planted(wrong))
        if found != right:
            return f"Planted: {message}. Your rule says {found!r}."
    without = _planted({"ort_all", "ort_off"})
    del without["onnx_reference"], without["onnx_float64"]
    if function(without) != "undecided":
        return "Where the reference evaluator does not run, nothing tells the runtime's fault from the converter's: 'undecided'."
    for name, model in CASES.items():
        outputs = examine(model).outputs
        if function(outputs) != verdict(outputs):
            return f"The planted faults are told apart, but not the case {name!r}."
    return None


_ONNX = {"ort_all", "ort_off", "onnx_reference"}
_PLANTED: tuple[tuple[Collection[str], str, str], ...] = (
    ((), "nobody", "all agree"),
    (_ONNX, "converter", "all that run the exported graph give the same wrong result: the graph is wrong"),
    (_ONNX | {"onnx_float64"}, "converter", "the graph is wrong in float64, too"),
    ({"ort_all", "ort_off"}, "runtime", "ONNX Runtime alone is wrong, with and without optimisations"),
    ({"ort_all"}, "optimiser", "only the optimised graph is wrong"),
    ({"onnx_reference"}, "reference evaluator", "the reference evaluator is wrong, and ONNX Runtime is not"),
    ({"framework"}, "framework", "PyTorch in float32 is far from its own float64, and ONNX is not"),
    ({"framework", *_ONNX}, "undecided", "everything in float32 is far from the truth: rounding decides, not a party"),
)


def _planted(wrong: Collection[str]) -> dict[str, Array]:
    right = np.array([1.0, 2.0, 3.0])
    names = ("framework", "float64", "ort_off", "ort_all", "onnx_reference", "onnx_float64")
    return {name: right + 1 if name in wrong else right for name in names}


def unstable(answer: str) -> str | None:
    """Check which case has a graph that is right in exact numbers and wrong in float32."""
    outputs = examine(CASES[answer]).outputs
    if verdict(outputs) != "converter":
        return f"The graph of {answer!r} is not what is wrong."
    if differs(outputs["float64"], outputs["onnx_float64"]):
        return f"In float64 the graph of {answer!r} still differs from PyTorch: it computes something else."
    return None


def acquitted(answer: str) -> str | None:
    """Check which case's difference breaks no promise of PyTorch's documentation."""
    if answer == "top three":
        return None
    if answer in CASES and verdict(examine(CASES[answer]).outputs) == "nobody":
        return "There is no difference to acquit anybody of."
    return "Read what the documentation says of equal elements, of NaN, of options: does it promise a result here?"


def bisection(function: Callable[[Callable[[int], bool], int], int]) -> str | None:
    """Check a search for the first guilty stage: right, and with as few looks as halving needs."""
    for count in (1, 2, 3, 8, 12, 33):
        for guilty in range(1, count + 1):
            looks: list[int] = []

            def look(length: int, guilty: int = guilty, looks: list[int] = looks) -> bool:
                looks.append(length)
                return length >= guilty

            found = function(look, count)
            if found != guilty:
                return f"Of {count} stages the {guilty}th is guilty; you found {found}."
            if len(looks) > ceil(log2(count)) + 1:
                return f"{len(looks)} looks at {count} stages: halving needs {ceil(log2(count))}."
    return None


def guilty_stage(answer: int, operator: str) -> str | None:
    """Check the pipeline's guilty stage and the operator that it became."""
    message = near(answer, _GUILTY, {_GUILTY - 1: "Stages count from 1."}, tolerance=0.1)
    if message:
        return message
    before, after = (list(examine(beginning(length)).operators) for length in (_GUILTY - 1, _GUILTY))
    new = set(after[len(before) :]) or set(after) - set(before)
    if operator in new and operator != "Cast":
        return None
    return f"{operator} is not what this stage became; compare the operators of the two beginnings."


def your_own(found: Runs, verdicts: str) -> str | None:
    """Check a find: it converts, it differs, who is at fault is said, and no case of the lab has its operators."""
    if "ort_all" not in found.outputs:
        return "It does not come to an output: a crash is a find of another kind. Look for a silent difference."
    if not any(differs(found.outputs["framework"], output) for output in found.outputs.values()):
        return "All agree. Try options that ONNX does not have, equal elements, NaN, negative whole numbers."
    known: Sequence[tuple[str, ...]] = [examine(model).operators for model in CASES.values()]
    if found.operators in known:
        return "That is a case of this lab; find another operator."
    right = verdict(found.outputs)
    return None if verdicts == right else f"Who agrees with whom says otherwise than {verdicts!r}."


EXERCISES = {
    "a difference": difference,
    "who differs": who_differs,
    "who is at fault": fault,
    "right but unstable": unstable,
    "acquitted": acquitted,
    "bisection": bisection,
    "the guilty stage": guilty_stage,
    "your own": your_own,
}
