"""The further executors, which have no say in the outcome: each in a stage of its own, ``examine:NAME``, whose end is a status."""

from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Any, Protocol

import onnx

from conversion.workers import executors, injection
from conversion.workers.differences import METRICS
from conversion.workers.outputs import (
    EAGER,
    FLOAT64,
    FRAMEWORK,
    Outputs,
    checksum,
    disagreements,
    discrete_wrong,
    pair,
    report_pairs,
)
from conversion.workers.stages import Stages, describe_error

PERTURBED = "perturbed"
DRAWS = 3  # runs with moved last digits
# (expected, actual) of which differences are kept
PAIRS = (
    (FLOAT64, FRAMEWORK),
    (FLOAT64, EAGER),
    (FLOAT64, executors.ORT_ALL),
    (FLOAT64, executors.ORT_OFF),
    (FLOAT64, executors.ONNX_REFERENCE),
    (FLOAT64, executors.ONNX_FLOAT64),
    (executors.ORT_OFF, executors.ORT_ALL),
    (FRAMEWORK, executors.ORT_OFF),
    (FRAMEWORK, executors.ONNX_REFERENCE),
    (executors.ONNX_REFERENCE, executors.ORT_OFF),
)


class ExaminedCase(Protocol):
    """What the examination needs of a model.

    Attributes
    ----------
    inputs : list
        For each input of the model, the list of its arrays in order.
    """

    inputs: list[list[Any]]

    def float64(self) -> Callable[[Sequence[Any]], list[Any]]:
        """Return the model in float64, on the framework itself."""
        ...

    def perturbed(self) -> Callable[[Sequence[Any]], list[Any]]:
        """Return the reference with the last digits of what it rounds moved at random, anew in each call."""
        ...


def examine(case: ExaminedCase, path: Path, outputs: dict[str, Outputs], stages: Stages) -> list[Outputs]:
    """Run the further executors; each reports a status, and the differences that it completes.

    Returns the runs with moved last digits.
    """
    draws = _draw(case, outputs[FRAMEWORK], stages)
    openers: dict[str, Callable[[], Callable[[Sequence[Any]], list[Any]]]] = {FLOAT64: case.float64}
    for name in executors.WITHOUT_EFFECT_ON_OUTCOME:
        openers[name] = lambda name=name: executors.OPENERS[name](path)  # type: ignore[misc]
    for name, opener in openers.items():
        with stages.stage(f"examine:{name}"):
            try:
                run = opener()
                outputs[name] = [run(values) for values in case.inputs]
            except Exception as error:
                stages.report({"fields": {"executors": {name: {"status": "exception", **describe_error(error)}}}})
                continue
            found = disagreements(outputs[FRAMEWORK], outputs[name], any_precision="float64" in name)
            status = {"status": "ok", "sum": checksum(outputs[name])} | ({"disagreements": found} if found else {})
            stages.report({"fields": {"executors": {name: status}}})
            report_pairs(outputs, [pair for pair in PAIRS if name in pair], stages.report)
    if FLOAT64 in outputs:
        wrong = {name: discrete_wrong(outputs, name, draws) for name in executors.OPENERS if name in outputs}
        stages.report({"fields": {"discrete": wrong}})
    return draws


def examine_planted(
    inputs: list[list[Any]], path: Path, outputs: Mapping[str, Outputs], draws: Sequence[Outputs], stages: Stages
) -> None:
    """Run graphs with planted faults on every executor; the row keeps what `conversion.injection` reads.

    Nothing is planted where an executor could not run the right graph, and a spoilt graph that doesn't run is left out.
    """
    with stages.stage("examine:planted"):
        if any(name not in outputs for name in (FLOAT64, *executors.OPENERS)):
            return
        found = []
        for planted in injection.planted(onnx.load(str(path))):
            spoilt_path = path.with_name("spoilt.onnx")
            onnx.save(planted.model, str(spoilt_path))
            try:
                runs = {name: opener(spoilt_path) for name, opener in executors.OPENERS.items()}
                spoilt = {name: [run(values) for values in inputs] for name, run in runs.items()}
            except Exception:  # noqa: S112 - see above
                continue
            spoilt |= {FRAMEWORK: outputs[FRAMEWORK], FLOAT64: outputs[FLOAT64]}
            found.append(
                {"kind": planted.kind, "operator": planted.operator, "size": planted.size}
                | _compare(spoilt, outputs, draws)
            )
        stages.report({"fields": {"injected": found}})


def _compare(spoilt: Mapping[str, Outputs], right: Mapping[str, Outputs], draws: Sequence[Outputs]) -> dict[str, Any]:
    pairs = {f"{FLOAT64}|{name}": pair(spoilt[FLOAT64], spoilt[name]) for name in executors.OPENERS}
    pairs[f"{FRAMEWORK}|{executors.ORT_ALL}"] = pair(spoilt[FRAMEWORK], spoilt[executors.ORT_ALL])
    pairs["right|spoilt"] = pair(right[executors.ONNX_FLOAT64], spoilt[executors.ONNX_FLOAT64])
    return {
        "pairs": {name: [_short(output) for output in found] for name, found in pairs.items()},
        "discrete": {name: discrete_wrong(spoilt, name, draws) for name in executors.OPENERS},
    }


def _short(output: Any) -> Any:
    """Keep of an output's differences what the attribution reads."""
    return {name: output[name] for name in ("max_abs", "nan", "infinite")} if isinstance(output, dict) else output


def _draw(case: ExaminedCase, expected: Outputs, stages: Stages) -> list[Outputs]:
    """Run the reference with its last digits moved; the row keeps the largest of the draws' differences, metric by metric."""
    with stages.stage(f"examine:{PERTURBED}"):
        try:
            run = case.perturbed()
            draws = [[run(values) for values in case.inputs] for _ in range(DRAWS)]
            pairs = [pair(expected, draw) for draw in draws]
        except Exception as error:
            stages.report({"fields": {"executors": {PERTURBED: {"status": "exception", **describe_error(error)}}}})
            return []
        spread = [largest(output) for output in zip(*pairs, strict=True)]
        stages.report(
            {
                "fields": {
                    "executors": {
                        PERTURBED: {"status": "ok", "sum": checksum([values for draw in draws for values in draw])}
                    },
                    "pairs": {f"{FRAMEWORK}|{PERTURBED}": spread},
                }
            }
        )
        return draws


def largest(output: Sequence[Any]) -> Any:
    """Return the elementwise largest of an output's differences, which are None where nothing moved."""
    known = [found for found in output if isinstance(found, dict)]
    if len(known) < sum(found is not None for found in output):
        return "incomparable"
    return (
        {name: [max(values) for values in zip(*(found[name] for found in known), strict=True)] for name in METRICS}
        if known
        else None
    )
