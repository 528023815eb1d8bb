"""The first wrong value, and the least part of a generated model that shows its party at fault, by made networks and judges."""

from collections.abc import Callable, Sequence
from typing import Any

import numpy as np
import onnx
import pytest

from conversion.minimisation.localisation import Trial, first_wrong, localise
from conversion.workers.network import Instruction, Network, compute
from datapackage.conversions import CONVERTER, RUNTIME_KERNEL


class MadeCase:
    """Runs its instructions in numpy; remembers which they are."""

    def __init__(
        self, whole: Network, kept: Sequence[int], takes: Sequence[str], gives: Sequence[str], inputs: list[list[Any]]
    ) -> None:
        self.operators = [whole.instructions[place].operator for place in kept]
        self.kept, self.takes, self.gives, self.inputs = list(kept), takes, gives, inputs
        self.instructions = [whole.instructions[place] for place in kept]

    def executors(self) -> dict[str, Callable[[Sequence[Any]], list[Any]]]:
        return {"framework": self.run}

    def run(self, values: Sequence[Any]) -> list[Any]:
        known = compute(self.instructions, dict(zip(self.takes, values, strict=True)))
        return [known[name] for name in self.gives]


def instruction(operator: str, function: Callable[..., Any], takes: str, gives: str) -> Instruction:
    return Instruction(operator, {"axis": 0}, function, tuple(takes.split()), tuple(gives.split()))


# x -> a = |x| -> b = a + w -> (c = sqrt b, d = -b) -> e = c * d
NETWORK = Network(
    (
        instruction("Constant", lambda: np.float32([2, 3, 4, 5]), "", "w"),
        instruction("Abs", np.abs, "x", "a"),
        instruction("Add", lambda a, w: a + w[: a.size], "a w", "b"),
        instruction("Sqrt", np.sqrt, "b", "c"),
        instruction("Neg", np.negative, "b", "d"),
        instruction("Mul", np.multiply, "c d", "e"),
    ),
    ("x",),
    ("e",),
    [[np.float32([1, 2, 3, 4])], [np.float32([0.5, -1, 2, 0.125])]],
    MadeCase,  # type: ignore[arg-type]
)
FAR = {"max_abs": [1.0], "nan": [0], "infinite": [0]}
NEAR = {"max_abs": [1e-7], "nan": [0], "infinite": [0]}


def judge_by(wrong: Callable[[MadeCase, str], str | None], tried: list[list[str]]) -> Callable[[Any], Trial]:
    """Return a judge: which party, if any, is at fault at an output of a case."""

    def judge(case: MadeCase) -> Trial:
        tried.append(case.operators)
        parties = [wrong(case, name) for name in case.gives]
        places = len(case.inputs)
        found = {
            "float64|framework": [None for _ in parties],
            "framework|ort_all": [FAR if party else None for party in parties],
            "float64|ort_all": [FAR if party else None for party in parties],
            "float64|ort_off": [FAR if party else None for party in parties],
            "float64|onnx_reference": [FAR if party == CONVERTER else None for party in parties],
            "float64|onnx_float64": [FAR if party == CONVERTER else None for party in parties],
        }
        pairs = {
            name: [None if one is None else {key: value * places for key, value in one.items()} for one in outputs]
            for name, outputs in found.items()
        }
        outputs = [{"dtype": "float32", "norm": [2.0] * places} for _ in parties]
        row = {"outputs": outputs, "pairs": pairs, "executors": {"float64": {"status": "ok"}}}
        return Trial(row, onnx.ModelProto(), {"framework": case.run(case.inputs[0])})

    return judge


def sqrt_is_wrong(case: MadeCase, name: str) -> str | None:
    downstream = {"c", "e"} if "Sqrt" in case.operators else set()
    return RUNTIME_KERNEL if name in downstream else None


def test_the_first_wrong_value_is_named_and_its_operator_alone_kept() -> None:
    tried: list[list[str]] = []
    judge = judge_by(sqrt_is_wrong, tried)
    first = first_wrong(NETWORK, judge, RUNTIME_KERNEL)
    assert first is not None
    assert NETWORK.instructions[first.place].operator == "Sqrt"
    found = localise(NETWORK, judge, RUNTIME_KERNEL, 0, lambda: False)
    assert [NETWORK.instructions[place].operator for place in found.kept] == ["Sqrt"]
    assert found.first_types == ("float32",)
    assert found.feed["b"].shape == (1,)  # of the whole's value |x| + w
    assert found.feed["b"][0] == pytest.approx(3.0)
    assert found.steps[0] == "5 operators of the framework's to 1: Sqrt"
    assert found.complete
    again = localise(NETWORK, judge, RUNTIME_KERNEL, 0, lambda: False)
    assert (again.kept, again.steps) == (found.kept, found.steps)


@pytest.mark.parametrize("shown", [0, 1])
def test_the_input_that_shows_the_first_wrong_value_is_told_and_used(shown: int) -> None:
    plain = judge_by(sqrt_is_wrong, [])

    def judge(case: MadeCase) -> Trial:
        trial = plain(case)
        if len(case.inputs) == 2:
            for outputs in trial.row["pairs"].values():
                for found in outputs:
                    for name, value in NEAR.items() if found else ():
                        found[name][1 - shown] = value[0]
        return trial

    first = first_wrong(NETWORK, judge, RUNTIME_KERNEL)
    assert first is not None
    assert (NETWORK.instructions[first.place].operator, first.input) == ("Sqrt", shown)
    found = localise(NETWORK, judge, RUNTIME_KERNEL, 1 - shown, lambda: False)
    # |x| + w at the first place of that input
    assert found.feed["b"].tolist() == [[3.0], [2.5]][shown]


def test_another_partys_fault_is_not_taken_for_it() -> None:
    judge = judge_by(sqrt_is_wrong, [])
    assert first_wrong(NETWORK, judge, CONVERTER) is None
    with pytest.raises(ValueError, match="neither a part of the model nor the whole"):
        localise(NETWORK, judge, CONVERTER, 0, lambda: False)


def test_a_fault_that_needs_its_weight_keeps_the_weight_and_nothing_more() -> None:
    def folded(case: MadeCase, name: str) -> str | None:
        return CONVERTER if {"Constant", "Add"} <= set(case.operators) and name in {"b", "c", "d", "e"} else None

    found = localise(NETWORK, judge_by(folded, []), CONVERTER, 0, lambda: False)
    assert [NETWORK.instructions[place].operator for place in found.kept] == ["Constant", "Add"]


def test_a_fault_that_no_single_value_shows_is_reduced_from_the_whole() -> None:
    def fused(case: MadeCase, name: str) -> str | None:
        return RUNTIME_KERNEL if {"Sqrt", "Mul"} <= set(case.operators) and tuple(case.gives) == ("e",) else None

    found = localise(NETWORK, judge_by(fused, []), RUNTIME_KERNEL, 0, lambda: False)
    assert found.first is None
    assert [NETWORK.instructions[place].operator for place in found.kept] == ["Sqrt", "Mul"]


def test_an_input_on_which_the_operator_alone_shows_the_fault_is_looked_for() -> None:
    def small(case: MadeCase, name: str) -> str | None:
        if name == "c" and len(case.inputs) == 1:
            return RUNTIME_KERNEL if np.min(case.run(case.inputs[0])[-1]) < 1.6 else None
        return sqrt_is_wrong(case, name)

    found = localise(NETWORK, judge_by(small, []), RUNTIME_KERNEL, 0, lambda: False)
    assert len(found.kept) == 1
    assert np.sqrt(found.feed["b"]).min() < 1.6  # |x| + w of the second input


def test_the_deadline_ends_the_search_with_what_there_is() -> None:
    ticks = iter([*[False] * 2, *[True] * 100])
    tried: list[list[str]] = []
    found = localise(NETWORK, judge_by(sqrt_is_wrong, tried), RUNTIME_KERNEL, 0, lambda: next(ticks))
    assert not found.complete
    assert [NETWORK.instructions[place].operator for place in found.kept] == ["Sqrt"]
