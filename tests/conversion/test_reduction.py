"""Reduction of graphs by planted faults: to the nodes that show them, deterministic, bounded in time; the table of causes."""

import json
import math
from pathlib import Path

import numpy as np
import onnx
import pytest
from hypothesis import given
from hypothesis import strategies as st
from onnx import TensorProto, helper
from onnx.reference import ReferenceEvaluator

from conversion.bug_reports import report, side_by_side
from conversion.reproducers import COLUMNS, find, merged, read, reproducer, write
from conversion.workers.reduction import Feed, as_text, ddmin, part, reduce_graph, smaller_inputs
from datapackage.conversions import CONVERTER, FRAMEWORK, RUNTIME_KERNEL
from datapackage.errors import InputError, StudyError


def chain(*operators: str) -> onnx.ModelProto:
    names = [f"v{place}" for place in range(len(operators) + 1)]
    nodes = [
        helper.make_node(operator, [before, "w"] if operator in {"Add", "Mul"} else [before], [after])
        for operator, before, after in zip(operators, names, names[1:], strict=False)
    ]
    value = helper.make_tensor_value_info
    graph = helper.make_graph(
        nodes,
        "chain",
        [value("v0", TensorProto.FLOAT, [4])],
        [value(names[-1], TensorProto.FLOAT, [4])],
        [helper.make_tensor("w", TensorProto.FLOAT, [4], [1.5, 2.0, 2.5, 3.0])],
    )
    return helper.make_model(graph, opset_imports=[helper.make_opsetid("", 18)], ir_version=8)


FEED = {"v0": np.array([0.123, 0.5, 0.25, 0.75], dtype=np.float32)}


def values_of(model: onnx.ModelProto, feed: Feed) -> dict[str, np.ndarray]:
    copy = onnx.ModelProto()
    copy.CopyFrom(model)
    names = [name for node in model.graph.node for name in node.output]
    del copy.graph.output[:]
    copy.graph.output.extend(onnx.ValueInfoProto(name=name) for name in names)
    return dict(feed) | dict(zip(names, ReferenceEvaluator(copy).run(None, feed), strict=True))


def holds(*operators: str):
    """Return a planted fault: a model shows it if these operators stand one after the other in it, and it runs."""

    def fails(model: onnx.ModelProto, feed: Feed) -> bool:
        onnx.checker.check_model(model)
        ReferenceEvaluator(model).run(None, feed)
        givers = {name: node for node in model.graph.node for name in node.output}
        for node in model.graph.node:
            line, giver = [node.op_type], givers.get(node.input[0])
            while giver is not None:
                line.insert(0, giver.op_type)
                giver = givers.get(giver.input[0])
            if tuple(line[-len(operators) :]) == operators:
                return True
        return False

    return fails


MODEL = chain("Abs", "Neg", "Exp", "Add", "Sqrt", "Mul", "Sin", "Cos", "Tanh")


@pytest.mark.parametrize(
    "fault", [("Sqrt",), ("Tanh",), ("Abs",), ("Add", "Sqrt"), ("Exp", "Add", "Sqrt", "Mul")], ids=" ".join
)
def test_a_fault_is_reduced_to_the_nodes_that_show_it(fault: tuple[str, ...]) -> None:
    found = reduce_graph(MODEL, values_of(MODEL, FEED), holds(*fault), deadline=float("inf"))
    assert [node.op_type for node in found.model.graph.node] == list(fault)
    assert found.complete
    assert holds(*fault)(found.model, found.feed)
    again = reduce_graph(MODEL, values_of(MODEL, FEED), holds(*fault), deadline=float("inf"))
    assert again.model.SerializeToString(deterministic=True) == found.model.SerializeToString(deterministic=True)


def test_a_part_computes_what_the_whole_does() -> None:
    values = values_of(MODEL, FEED)
    smaller, feed = part(MODEL, [3, 4, 5], values)
    assert list(feed) == ["v3"]
    np.testing.assert_array_equal(ReferenceEvaluator(smaller).run(None, feed)[0], values["v6"])


def test_axes_are_cut_and_numbers_rounded_while_the_fault_stays() -> None:
    found = reduce_graph(MODEL, values_of(MODEL, FEED), holds("Abs"), deadline=float("inf"))
    assert found.feed["v0"].tolist() == pytest.approx([0.12])
    assert found.steps == ("9 nodes to 1: Abs", "axes of 4 cut to 0:1", "numbers rounded to 2 digits")
    # a fault that only the last place has is followed there by halves
    last = reduce_graph(
        MODEL, values_of(MODEL, FEED),
        lambda model, feed: holds("Abs")(model, feed) and 0.75 in feed.get("v0", np.zeros(1)), deadline=float("inf"),
    )  # fmt: skip
    assert last.feed["v0"].tolist() == [0.75]
    assert last.steps == ("9 nodes to 1: Abs", "axes of 4 cut to 3:4")
    # a fault that needs the second place keeps it
    second = reduce_graph(
        MODEL, values_of(MODEL, FEED),
        lambda model, feed: holds("Abs")(model, feed) and feed.get("v0", np.zeros(1)).size > 1, deadline=float("inf"),
    )  # fmt: skip
    assert second.feed["v0"].shape == (2,)


def test_an_axis_that_another_of_its_length_keeps_long_is_cut_alone() -> None:
    whole = {"x": np.arange(26 * 26).reshape(26, 26), "y": np.ones(3)}
    feed, steps = smaller_inputs(
        whole, lambda smaller: smaller["x"].shape[1] >= 20 and 129 in smaller["x"], lambda: False
    )
    assert feed["x"].shape == (1, 26)
    assert feed["x"][0, -1] == 129
    assert steps == ("axes of 3 cut to 0:1", "axis 0 of input 0, of 26, cut to 4:5")


@given(st.integers(1, 12).flatmap(lambda n: st.tuples(st.just(n), st.sets(st.integers(0, n - 1), min_size=1))))
def test_of_places_that_show_a_fault_together_none_too_many_is_left(case: tuple[int, set[int]]) -> None:
    count, needed = case
    assert ddmin(list(range(count)), lambda kept: needed <= set(kept), lambda: False) == sorted(needed)


def cut(shows, **shapes: tuple[int, ...]) -> tuple[dict[str, tuple[int, ...]], tuple[str, ...]]:
    feed, steps = smaller_inputs({name: np.zeros(shape) for name, shape in shapes.items()}, shows, lambda: False)
    return {name: value.shape for name, value in feed.items()}, steps


def test_the_longest_axes_are_cut_first_and_each_length_for_itself() -> None:
    assert cut(lambda _: True, a=(3, 5), b=(5,)) == (
        {"a": (1, 1), "b": (1,)}, ("axes of 5 cut to 0:1", "axes of 3 cut to 0:1"),
    )  # fmt: skip
    # what has come to the length of others is left to their turn
    together = cut(lambda feed: len(feed["a"]) > 1 or len(feed["b"]) == 1, a=(4,), b=(2,))
    assert together == ({"a": (1,), "b": (1,)}, ("axes of 4 cut to 0:2", "axes of 2 cut to 0:1"))


def test_an_axis_is_halved_to_where_the_fault_is() -> None:
    assert cut(lambda feed: len(feed["a"]) >= 4, a=(8,)) == ({"a": (4,)}, ("axes of 8 cut to 0:4",))
    numbers = {"a": np.arange(16)}
    feed, steps = smaller_inputs(numbers, lambda smaller: {13, 14} <= set(smaller["a"].tolist()), lambda: False)
    assert (feed["a"].tolist(), steps) == ([12, 13, 14, 15], ("axes of 16 cut to 12:16",))


def test_a_part_keeps_types_functions_and_operator_sets() -> None:
    value = helper.make_tensor_value_info
    twice = helper.make_function(
        "own", "Twice", ["x"], ["y"], [helper.make_node("Add", ["x", "x"], ["y"])], [helper.make_opsetid("", 18)]
    )
    nodes = [helper.make_node("Neg", ["v0"], ["v1"]), helper.make_node("Twice", ["v1"], ["v2"], domain="own")]
    graph = helper.make_graph(nodes, "g", [value("v0", TensorProto.INT64, [2])], [value("v2", TensorProto.INT64, [2])])
    sets = [helper.make_opsetid("", 18), helper.make_opsetid("own", 1)]
    model = helper.make_model(graph, opset_imports=sets, ir_version=9, functions=[twice])
    values = {"v0": np.array([1, 2]), "v1": np.array([-1, -2]), "v2": np.array([-2, -4])}
    smaller, feed = part(model, [1], values)
    onnx.checker.check_model(smaller)
    assert list(feed) == ["v1"]
    kinds = [each.type.tensor_type.elem_type for each in (*smaller.graph.input, *smaller.graph.output)]
    assert kinds == [TensorProto.INT64, TensorProto.INT64]
    assert (list(smaller.functions), list(smaller.opset_import), smaller.ir_version) == ([twice], sets, 9)
    assert ReferenceEvaluator(smaller).run(None, feed)[0].tolist() == [-2, -4]


def test_the_deadline_ends_the_search_with_what_there_is() -> None:
    ticks = iter(range(10_000))
    found = reduce_graph(
        MODEL, values_of(MODEL, FEED), holds("Exp", "Add", "Sqrt", "Mul"), deadline=12, clock=lambda: next(ticks)
    )
    assert not found.complete
    assert holds("Exp", "Add", "Sqrt", "Mul")(found.model, found.feed)


def test_a_model_without_the_fault_is_refused() -> None:
    with pytest.raises(ValueError, match="does not show"):
        reduce_graph(MODEL, values_of(MODEL, FEED), holds("Log"), deadline=float("inf"))


def test_the_text_form_holds_the_weights_and_runs() -> None:
    smaller, feed = part(MODEL, [3], values_of(MODEL, FEED))
    again = onnx.parser.parse_model(" ".join(as_text(smaller).split()))
    np.testing.assert_array_equal(
        ReferenceEvaluator(again).run(None, feed)[0], ReferenceEvaluator(smaller).run(None, feed)[0]
    )


FOUND = {
    "framework_operators": ["ArgMin"],
    "framework_attributes": {"reduce_dim": "1"},
    "first": {"operator": "ArgMin", "types": ["float32"], "attributes": {"reduce_dim": "1"}, "place": "3 of 9"},
    "results": {"framework": [{"dtype": "int64", "shape": [1], "values": [1]}]},
    "nodes": 1,
    "operators": ["ArgMin"],
    "attributes": {"axis": "0"},
    "types": ["float32"],
    "model": "<ir_version: 8>\npart () => () {\n}",
    "feed": {"x": {"dtype": "float32", "shape": [2], "values": ["0x1p+0", "nan"]}},
    "steps": ["9 nodes to 1: ArgMin"],
}


def test_one_cause_has_one_model_the_smallest(tmp_path: Path) -> None:
    task = {"id": "torch.onnx-torchscript.18.15-1", "onnx_nodes": 9, "exporter": "torch.onnx-torchscript"}
    first = reproducer(FOUND, RUNTIME_KERNEL, task, "campaign")
    larger = reproducer({**FOUND, "nodes": 3}, RUNTIME_KERNEL, {**task, "exporter": "torch.onnx-dynamo"}, "campaign")
    same = reproducer({**FOUND, "attributes": {"axis": "1"}}, RUNTIME_KERNEL, task, "campaign")
    other = reproducer({**FOUND, "attributes": {"axis": "0", "keepdims": "0"}}, RUNTIME_KERNEL, task, "campaign")
    assert first["reproducer"] == larger["reproducer"] == same["reproducer"] != other["reproducer"]
    rows = merged(merged(merged([], larger), first), other)
    assert sorted(row["nodes"] for row in rows) == ["1", "1"]
    assert merged(rows, larger) == rows
    write(tmp_path / "reproducers.csv", rows)
    assert read(tmp_path / "reproducers.csv") == rows
    assert find(tmp_path / "reproducers.csv", first["reproducer"]) == first
    with pytest.raises(InputError, match="no such reproducer"):
        find(tmp_path / "reproducers.csv", "unknown")
    (tmp_path / "reproducers.csv").write_text("a,b\n")
    with pytest.raises(InputError, match=f"must have the columns {COLUMNS[0]}"):
        read(tmp_path / "reproducers.csv")


def test_what_is_not_small_is_not_stored() -> None:
    row = reproducer({**FOUND, "model": "x" * 130_000}, RUNTIME_KERNEL, {"id": "t", "exporter": "tf2onnx"}, "campaign")
    with pytest.raises(StudyError, match=r"1 nodes with 13\d kB of text are left, .* --seconds"):
        merged([], row)


def test_a_graph_that_the_exporter_folded_to_a_constant_is_told_so() -> None:
    folded = {**FOUND, "operators": [], "nodes": 0, "attributes": {}}
    row = reproducer(folded, FRAMEWORK, {"id": "t", "exporter": "torch.onnx-dynamo"}, "campaign")
    assert row["reproducer"].startswith("framework-argmin-")
    text = report(row, {"ort_off": {"outputs": [integers(2)]}}, {"onnx": "1"})
    assert "its graph has no operator" in text
    assert "onnx__.html" not in text


def test_a_converters_fault_is_named_by_the_frameworks_operator_and_is_that_converters_alone() -> None:
    rows = [
        reproducer(found, CONVERTER, {"id": "t", "exporter": exporter}, "campaign")
        for exporter in ("torch.onnx-dynamo", "torch.onnx-torchscript")
        for found in (FOUND, {**FOUND, "operators": ["Cast", "ArgMin"]})
    ]
    names = [row["reproducer"] for row in rows]
    assert names[0] == names[1] != names[2] == names[3]
    assert {row["converter"] for row in rows} == {"torch.onnx-dynamo", "torch.onnx-torchscript"}
    assert rows[0]["first_place"] == "3 of 9"


def test_a_drafts_code_runs_as_it_stands() -> None:
    smaller, feed = part(MODEL, [0], values_of(MODEL, FEED))
    stored = {
        "x": {"dtype": "float32", "shape": [4], "values": [float(number).hex() for number in feed["v0"]]},
    }
    row = reproducer(
        {**FOUND, "model": as_text(smaller), "feed": {"v0": stored["x"]}},
        RUNTIME_KERNEL,
        {"id": "t", "exporter": "tf2onnx"},
        "campaign",
    )
    text = report(
        row, {"ort_off": {"outputs": [integers(2)]}, "onnx_reference": {"error": "ValueError"}}, {"onnx": "1"}
    )
    code = text.split("```python\n")[1].split("```")[0]
    lines = [line.replace(", onnxruntime as ort", "") for line in code.splitlines()]
    scope: dict[str, object] = {}
    exec("\n".join(lines[: lines.index(next(line for line in lines if line.startswith("for ")))]), scope)  # noqa: S102 - the code under test
    assert json.loads(row["inputs"])["v0"]["shape"] == [4]
    assert "| framework | 1 |" in text
    assert "| ort_off | 2 |" in text
    assert "| onnx_reference | ValueError |" in text


def integers(*numbers: int) -> dict[str, object]:
    return {"dtype": "int64", "shape": [len(numbers)], "values": list(numbers)}


def test_the_numbers_shown_are_those_in_which_executors_differ() -> None:
    row = {"results": json.dumps({"framework": [integers(*range(30)), integers(4)]})}
    other = [integers(*range(20), 7, *range(21, 29), 0), integers(4)]
    places, told = side_by_side(row, {"ort_all": {"outputs": other}, "ort_off": {"error": "ValueError"}})
    assert places == "numbers 20, 29; 0"
    assert told == {"framework": "20 29; 4", "ort_all": "7 0; 4", "ort_off": "ValueError"}


@given(st.lists(st.floats(allow_nan=True), min_size=1, max_size=40), st.integers(0, 39))
def test_one_number_that_differs_is_always_shown(numbers: list[float], place: int) -> None:
    place %= len(numbers)
    changed = [*numbers]
    changed[place] = 1.0 if math.isnan(numbers[place]) or numbers[place] == 0 else -numbers[place]
    row = {"results": json.dumps({"framework": [{"values": [number.hex() for number in numbers]}]})}
    places, _ = side_by_side(row, {"ort_all": {"outputs": [{"values": [number.hex() for number in changed]}]}})
    assert places == f"numbers {place}"
