import pytest
from hypothesis import given
from hypothesis import strategies as st

from conversion.catalogue import ARCHITECTURES, listed_models
from conversion.tasks import EXPORTERS, Specification, command_of, parse_range, tasks
from datapackage.errors import InputError


@given(st.integers(1, 50), st.integers(0, 50), st.integers(1, 9))
def test_a_range_holds_both_ends(first: int, length: int, step: int) -> None:
    assert parse_range(f"{first}:{first + length * step}:{step}") == tuple(first + step * n for n in range(length + 1))


@pytest.mark.parametrize("text", ["", "a", "1:2:3:4", "5:9:0", "-1", "1,,2"])
def test_what_is_no_range_is_refused(text: str) -> None:
    with pytest.raises(ValueError, match=r"list of numbers|step"):
        parse_range(text)


def test_every_model_meets_all_its_exporters_and_opsets_under_one_seed() -> None:
    specification = Specification("synthetic", tuple(EXPORTERS), 7, (15, 20, 25), (17, 18))
    planned = list(tasks(specification))
    assert len(planned) == 7 * 3 * 2
    assert len({task["id"] for task in planned}) == len(planned)
    by_model: dict[str, set[tuple[str, int]]] = {}
    for task in planned:
        by_model.setdefault(f"{task['framework']} {task['model']}", set()).add((task["exporter"], task["opset"]))
    assert sorted(map(len, by_model.values())) == [2] * 7 + [4] * 7
    assert [task["nodes"] for task in planned if task["exporter"] == "tf2onnx" and task["opset"] == 17] == [
        15, 20, 25, 15, 20, 25, 15,
    ]  # fmt: skip


def test_more_models_keep_the_first_ones() -> None:
    few, many = (list(tasks(Specification("synthetic", ("dynamo",), n, (15, 20)))) for n in (5, 9))
    assert many[: len(few)] == few


def test_another_seed_means_other_models() -> None:
    one, other = (
        [task["seed"] for task in tasks(Specification("synthetic", ("dynamo",), 50, (15,), seed=n))] for n in (1, 2)
    )
    assert not set(one) & set(other)
    assert all(0 <= seed < 2**31 for seed in one)


def test_a_listed_suite_has_the_listed_models() -> None:
    specification = Specification("architectures", ("dynamo", "tf2onnx"), len(ARCHITECTURES), (15,))
    planned = list(tasks(specification, listed_models("architectures")))
    assert [task["model"] for task in planned] == list(ARCHITECTURES)
    assert len(ARCHITECTURES) == len(set(ARCHITECTURES)) >= 40


def test_all_faults_of_a_specification_are_told_at_once() -> None:
    with pytest.raises(InputError) as caught:
        Specification("real", ("onnx2torch",), 0, (), opsets=(0,), inputs=0)
    assert [fault.column for fault in caught.value.faults] == [
        "suite",
        "exporters",
        "models",
        "sizes",
        "opsets",
        "inputs",
    ]


def test_a_specification_survives_being_stored() -> None:
    specification = Specification("synthetic", ("dynamo",), 3, (15,), without=("GELU",), limits={"run": 5})
    assert Specification.from_json(specification.as_json()) == specification
    assert "--without GELU" in command_of(specification)
