"""Who is at fault where outputs differ: a pure function of a stored row.

Every executor is measured against the framework's run in float64, the truth, and against the noise: how far rounding alone may
carry an output. An executor is wrong where it lies further from the truth than `NOISE_MULTIPLE` times the noise. Which
executors are wrong, where ONNX Runtime with its optimisations is, names the party (`RULES`).

Noise, per output and input, in max-norm, is the largest of

- the framework's own float32 error |framework - float64|;
- the spread of runs whose last digits are moved at random (Monte Carlo arithmetic: Parker 1997; as a debugger of floating
  point: Denis, de Oliveira Castro and Petit, Verificarlo, ARITH 2016), which sees what one lucky run hides: ill-conditioned
  sums, poles, a floor or an argmax that flips;
- half the spacing of the format at the output's largest element.

The max-norm is the norm in which errors of a sum or a product of matrices are bounded (Higham, Accuracy and Stability of
Numerical Algorithms, 2nd edition, 2002, sections 3.1 and 3.5): a small element beside large ones has no small error to
expect. Integers and booleans have no noise: one is wrong where the framework has another, alike in both precisions and in
every moved run.

Where the noise is more than `BLIND_NOISE` of the output's size, rounding alone exceeds the study's tolerance: that an executor
stays within it says nothing, and the row is undecided.
"""

from collections.abc import Iterator, Mapping
from typing import TYPE_CHECKING, Any, NamedTuple

from datapackage.conversions import (
    BLIND_NOISE,
    CONVERTER,
    DIFFERENCE_NONE,
    FRAMEWORK,
    NOISE_MULTIPLE,
    REFERENCE_EVALUATOR,
    ROUNDING,
    RUNTIME_KERNEL,
    RUNTIME_OPTIMISER,
    UNDECIDED,
)

if TYPE_CHECKING:
    from conversion.records import Row  # its lock is not in the frameworks' environments, where models are reduced

_UNIT_ROUNDOFF = {"float16": 2.0**-11, "bfloat16": 2.0**-8, "float32": 2.0**-24, "float64": 2.0**-53}

ORT_ALL, ORT_OFF, REFERENCE, GRAPH64 = EXECUTORS = ("ort_all", "ort_off", "onnx_reference", "onnx_float64")
RIGHT, WRONG, UNKNOWN = "right", "wrong", "unknown"

# ORT without optimisations, ONNX's reference evaluator in float32, the ONNX graph in float64 → party and reason; None: any.
# Asked where ONNX Runtime with its optimisations is wrong; the first rule that fits decides.
RULES: tuple[tuple[str | None, str | None, str | None, str, str], ...] = (
    (RIGHT, None, None, RUNTIME_OPTIMISER, "optimised_alone"),
    (None, RIGHT, None, RUNTIME_KERNEL, "evaluator_right"),
    (None, UNKNOWN, RIGHT, RUNTIME_KERNEL, "evaluator_right"),
    (None, WRONG, WRONG, CONVERTER, "graph_wrong"),
    (None, UNKNOWN, WRONG, CONVERTER, "graph_wrong"),
    (None, WRONG, UNKNOWN, CONVERTER, "graph_wrong"),
    (None, WRONG, RIGHT, UNDECIDED, "unstable_graph"),
    (None, None, None, UNDECIDED, "no_evaluator"),
)
REASONS: Mapping[str, str] = {
    "optimised_alone": "ONNX Runtime is wrong with its optimisations and right without",
    "evaluator_right": "ONNX Runtime is wrong; the specification's evaluator, in float32 or float64, is right on the same graph",
    "graph_wrong": "ONNX Runtime is wrong, and so is every other executor of the graph that ran",
    "unstable_graph": "every executor of the graph is wrong in float32, and the graph is right in float64",
    "no_evaluator": "ONNX Runtime is wrong, and nothing else could run the graph",
    "framework_astray": "ONNX Runtime keeps to the truth, the framework's float32 run does not",
    "evaluator_wrong": "ONNX Runtime keeps to the truth, the specification's evaluator does not",
    "ill_conditioned": "outputs differ, and rounding alone may exceed the study's tolerance: a pole, a flip, a cancellation",
    "within_noise": "outputs differ by no more than rounding explains",
    "equal": "outputs are equal to the bit",
}


class Point(NamedTuple):
    """One output on one input.

    Attributes
    ----------
    output, place : int
        Which output, which input.
    size : float
        Largest element of the framework's output, in size; 0 for integers and booleans.
    framework, moved : float
        Distance of the framework from the truth, and of its runs with moved last digits from itself; largest element.
    noise : float
        See the module.
    errors : mapping
        Executor → distance from the truth, infinite where one alone is NaN or infinite; executors that can't be compared
        are missing. For integers and booleans, the number of wrong elements, and `noise` is 0.
    differs : bool
        Whether ONNX Runtime and the framework differ at all.
    """

    output: int
    place: int
    size: float
    framework: float
    moved: float
    noise: float
    errors: Mapping[str, float]
    differs: bool

    def state(self, executor: str) -> str:
        """Return whether an executor is right here."""
        if executor not in self.errors:
            return UNKNOWN
        return WRONG if self.errors[executor] > NOISE_MULTIPLE * self.noise else RIGHT

    @property
    def blind(self) -> bool:
        """Whether rounding alone may exceed the study's tolerance."""
        return self.noise > BLIND_NOISE * self.size

    @property
    def ratio(self) -> float:
        """ONNX Runtime's distance from the truth in multiples of the noise."""
        error = self.errors.get(ORT_ALL, 0.0)
        return 0.0 if error == 0 else error / self.noise if self.noise > 0 else float("inf")


class Attribution(NamedTuple):
    """Who is at fault, why (a key of `REASONS`), and the point that says so most clearly (None for integers and booleans alone)."""

    party: str
    reason: str
    point: Point | None


def attribute(row: "Row", output: int | None = None) -> Attribution | None:
    """Name the party at fault.

    Parameters
    ----------
    row : dict
        A stored row.
    output : int, optional
        The only output to go by; all, if left out.

    Returns
    -------
    Attribution or None
        None where outputs were not compared, or the framework has no float64 run.

    Examples
    --------
    A graph that is right in ONNX's reference evaluator, and wrong in ONNX Runtime with and without optimisations:

    >>> far, near = {"max_abs": [1.0], "nan": [0], "infinite": [0]}, {"max_abs": [1e-7], "nan": [0], "infinite": [0]}
    >>> pairs = {"framework|ort_all": far, "float64|ort_all": far, "float64|ort_off": far, "float64|onnx_reference": near}
    >>> row = {
    ...     "status": "done",
    ...     "outputs": [{"dtype": "float32", "norm": [2.0], "nan": [0], "infinite": [0]}],
    ...     "pairs": {name: [found] for name, found in {**pairs, "float64|framework": near}.items()},
    ...     "executors": {"float64": {"status": "ok"}},
    ... }
    >>> attribute(row).party
    'runtime_kernel'
    """
    if row.get("error") is not None or row.get("executors", {}).get("float64", {}).get("status") != "ok":
        return None
    return _of_points([point for point in points(row) if output in (None, point.output)])


def _of_points(found: list[Point]) -> Attribution:
    wrong = [point for point in found if point.state(ORT_ALL) == WRONG]
    clearest = max((point for point in found if point.noise > 0), key=lambda point: point.ratio, default=None)
    if wrong:
        states = {name: _together(point.state(name) for point in wrong) for name in EXECUTORS[1:]}
        party, reason = next(
            (party, reason)
            for *demanded, party, reason in RULES
            if all(want in (None, states[name]) for name, want in zip(EXECUTORS[1:], demanded, strict=True))
        )
        return Attribution(party, reason, max(wrong, key=lambda point: point.ratio))
    astray = [point for point in found if _framework_astray(point)]
    if astray:
        return Attribution(FRAMEWORK, "framework_astray", astray[0])
    if any(point.state(REFERENCE) == WRONG for point in found):
        return Attribution(REFERENCE_EVALUATOR, "evaluator_wrong", clearest)
    differing = [point for point in found if point.differs]
    if not differing:
        return Attribution(DIFFERENCE_NONE, "equal", clearest)
    blind = any(point.blind for point in differing)
    return Attribution(*((UNDECIDED, "ill_conditioned") if blind else (ROUNDING, "within_noise")), clearest)


def _together(states: Iterator[str]) -> str:
    """Return one state for an executor over the points where ONNX Runtime is wrong: wrong if anywhere, right if everywhere."""
    seen = set(states)
    return WRONG if WRONG in seen else UNKNOWN if UNKNOWN in seen else RIGHT


def _framework_astray(point: Point) -> bool:
    """Tell whether the framework errs beyond what moved last digits explain, and ONNX Runtime does not."""
    error = point.errors.get(ORT_ALL, float("inf"))
    return point.framework > NOISE_MULTIPLE * point.moved > 0 and error <= point.moved


def points(row: "Row") -> Iterator[Point]:
    """Yield what each output on each input tells; outputs that can't be compared with the truth yield nothing."""
    for index, output in enumerate(row["outputs"]):
        for place, size in enumerate(output["norm"]):
            point = (
                _of_floating_point(row, index, place, float(size))
                if output["dtype"] in _UNIT_ROUNDOFF
                else _of_discrete(row, index, place)
            )
            if point is not None:
                yield point


def _of_floating_point(row: "Row", index: int, place: int, size: float) -> Point | None:
    framework = _distance(row, "float64|framework", index, place)
    if framework is None or framework == float("inf"):  # float32 overflows where float64 does not
        return None
    moved = _distance(row, "framework|perturbed", index, place)
    unit = _UNIT_ROUNDOFF[row["outputs"][index]["dtype"]]
    errors = {name: _distance(row, f"float64|{name}", index, place) for name in EXECUTORS}
    differs = _distance(row, "framework|ort_all", index, place)
    return Point(
        index,
        place,
        size,
        framework,
        moved or 0.0,
        max(framework, moved or 0.0, unit * size),
        {name: error for name, error in errors.items() if error is not None},
        differs is not None and differs > 0,
    )


def _of_discrete(row: "Row", index: int, place: int) -> Point | None:
    wrong = {
        name: float(counts[index][place])
        for name, counts in row.get("discrete", {}).items()
        if counts[index] is not None and name in EXECUTORS
    }
    differs = _distance(row, "framework|ort_all", index, place)
    if differs is None:
        return None
    unsure = float(differs > 0 and not wrong.get(ORT_ALL, 0.0))  # it differs, but only where rounding decides
    return Point(index, place, 0.0, 0.0, 0.0, unsure, wrong, differs > 0)


def _distance(row: "Row", pair: str, index: int, place: int) -> float | None:
    """Return the largest difference of a pair at one output and input; None where it is not known."""
    outputs: Any = row.get("pairs", {}).get(pair)
    if outputs is None or index >= len(outputs):
        return None
    found = outputs[index]
    if found is None:
        return 0.0
    if not isinstance(found, dict):
        return None
    return float("inf") if found["nan"][place] or found["infinite"][place] else float(found["max_abs"][place])
