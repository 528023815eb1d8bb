"""Named criteria: whether the outputs of a stored row differ; pure functions of the row.

The study used three, one a converter and kind of model; they stand here under names that say what they do.
"""

import math
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from conversion.records import Row
from datapackage.conversions import FINITE, INFINITE, NAN
from datapackage.errors import Fault, InputError

DECIDING_PAIR = "framework|ort_all"
INCOMPARABLE = "incomparable"


@dataclass(frozen=True)
class Criterion:
    """When outputs differ.

    Attributes
    ----------
    name : str
        As the command line takes it.
    description : str
        In words.
    exceeds : callable
        Takes the metrics of one output on one input (see `conversion.workers.differences`), tells whether they differ.
    nan_is_equal : bool
        Whether two NaN, or two equal infinities, are equal; otherwise, as in a plain subtraction, their difference is NaN.
    """

    name: str
    description: str
    exceeds: Callable[[Mapping[str, float]], bool]
    nan_is_equal: bool = True


_ONE_SIDED = ("nan", "infinite")
CRITERIA: Mapping[str, Criterion] = {
    criterion.name: criterion
    for criterion in (
        Criterion(
            "absolute-1e-7",
            "the largest absolute difference is greater than 1e-7; NaN is not greater (the study's, tf2onnx, synthetic models)",
            lambda found: found["max_abs"] > 1e-7 or found["infinite"] > 0,
            nan_is_equal=False,
        ),
        Criterion(
            "close-1e-3",
            "an element is further from its expected value than 1e-7 + 1e-3 of its size "
            "(the study's, torch.onnx, synthetic models)",
            lambda found: found["beyond_torch"] > 0,
        ),
        Criterion(
            "absolute-1e-3",
            "the largest absolute difference is at least 1e-3; NaN is not (the study's, real models)",
            lambda found: found["max_abs"] >= 1e-3 or found["infinite"] > 0,
            nan_is_equal=False,
        ),
        Criterion(
            "relative-1e-3",
            "an element is further from its expected value than 1e-3 of 1 + its size",
            lambda found: found["max_rel1"] > 1e-3,
        ),
    )
}
DEFAULT = "close-1e-3"


def criterion(name: str) -> Criterion:
    """Return a criterion by its name.

    Raises
    ------
    InputError
        There is none of that name.
    """
    try:
        return CRITERIA[name]
    except KeyError:
        message = f"is no criterion; choose from {', '.join(CRITERIA)}"
        raise InputError([Fault("command line", message, column="--criterion", value=name)]) from None


def judge(row: Row, by: Criterion) -> tuple[bool, str]:
    """Return whether the compared outputs of a row differ, and what is known of their difference.

    Parameters
    ----------
    row : dict
        Of a task whose outputs were compared.
    by : Criterion
        The criterion.

    Returns
    -------
    tuple of bool and str
        Whether they differ; one of `datapackage.conversions.DIFFERENCES`: ``finite``; ``infinite``, where an element is
        infinite or NaN on one side alone; ``nan``, where the criterion takes no notice of NaN and there is one, or where
        there is nothing but NaN.
    """
    metrics = list(metric_sets(row, DECIDING_PAIR))
    one_sided = any(found[name] > 0 for found in metrics for name in _ONE_SIDED)
    if not by.nan_is_equal:
        if _holds(row, "nan") or _holds(row, "infinite") or any(found["nan"] > 0 for found in metrics):
            return False, NAN
        return any(by.exceeds(found) for found in metrics), INFINITE if one_sided else FINITE
    if one_sided:
        return True, INFINITE
    if _nothing_but_nan(row):
        return False, NAN
    return any(by.exceeds(found) for found in metrics), FINITE


def metric_sets(row: Row, pair: str) -> Iterator[dict[str, float]]:
    """Yield the metrics of a pair, one set an output and input; outputs that agree to the bit, or can't be compared, yield none."""
    for output in row.get("pairs", {}).get(pair, ()):
        if isinstance(output, dict):
            for place in range(len(output["max_abs"])):
                yield {name: values[place] for name, values in output.items()}


def worst(row: Row, pair: str, metric: str) -> float | None:
    """Return the largest value of a metric over outputs and inputs; 0 where all agree, None where the pair was not compared.

    An output that could not be compared is left out; a pair of none but such is None.
    """
    outputs = row.get("pairs", {}).get(pair)
    if outputs is None or (outputs and all(output == INCOMPARABLE for output in outputs)):
        return None
    return max((found[metric] for found in metric_sets(row, pair)), default=0)


def elements(row: Row) -> int:
    """Return how many elements the outputs have, over all inputs."""
    return sum(math.prod(output["shape"]) * len(output["norm"]) for output in row.get("outputs", ()))


def vacuous(row: Row) -> bool:
    """Tell whether no output hangs on the input: a pass that says nothing of the computation."""
    outputs: list[dict[str, Any]] = row.get("outputs", [])
    return all(output["constant"] for output in outputs)


def _holds(row: Row, kind: str) -> bool:
    return any(count > 0 for output in row.get("outputs", ()) for count in output[kind])


def _nothing_but_nan(row: Row) -> bool:
    outputs = row.get("outputs", [])
    return bool(outputs) and all(
        count == math.prod(output["shape"]) > 0 for output in outputs for count in output["nan"]
    )
