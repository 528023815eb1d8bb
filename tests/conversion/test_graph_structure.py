"""Structures of ONNX graphs: constants, bodies, domains; and the command that stores them."""

import csv
from pathlib import Path

import onnx
import pyarrow.parquet as pq
import pytest
from onnx import TensorProto, helper

from conversion.graph_structure import structure
from conversion.records import Records
from conversion.sequences import structured
from datapackage.errors import InputError
from methods.labelled_graphs import LabelledGraph, strings
from tests.conversion.fake_campaign import fake_tasks, specification
from tests.conversion.test_classification import failed, row
from tests.conversion.test_commands import conversion


def value(name: str, kind: int = TensorProto.FLOAT) -> onnx.ValueInfoProto:
    return helper.make_tensor_value_info(name, kind, [2])


def model(
    nodes: list[onnx.NodeProto], inputs: str = "x", outputs: str = "y", initialised: tuple[str, ...] = ()
) -> onnx.ModelProto:
    tensors = [helper.make_tensor(name, TensorProto.FLOAT, [2], [1.0, 2.0]) for name in initialised]
    graph = helper.make_graph(
        nodes, "graph", [value(name) for name in inputs.split()], [value(name) for name in outputs.split()], tensors
    )
    return helper.make_model(graph)


def test_constants_are_no_nodes_however_they_are_written() -> None:
    constant = helper.make_node("Constant", [], ["c"], value_floats=[1.0, 2.0])
    derived = helper.make_node("Neg", ["c"], ["d"])
    add = helper.make_node("Add", ["x", "d"], ["y"])
    as_nodes = structure(model([constant, derived, add]))
    as_initialiser = structure(model([helper.make_node("Add", ["x", "d"], ["y"])], initialised=("d",)))
    assert as_nodes == as_initialiser == LabelledGraph.parse("Add^1$1")


def test_an_input_with_an_initialiser_is_no_input() -> None:
    nodes = [helper.make_node("Neg", ["w"], ["n"]), helper.make_node("Add", ["x", "n"], ["y"])]
    assert structure(model(nodes, inputs="x w", initialised=("w",))).text() == "Add^1$1"


def test_values_taken_twice_make_one_edge_and_other_domains_are_named() -> None:
    nodes = [
        helper.make_node("Abs", ["x"], ["a"]),
        helper.make_node("Scaler", ["a"], ["s"], domain="ai.onnx.ml"),
        helper.make_node("Mul", ["s", "s"], ["y"]),
    ]
    assert structure(model(nodes)).text() == "Abs^1 ai.onnx.ml::Scaler<1 Mul<1$1"


def test_bodies_of_if_are_entered() -> None:
    def body(operator: str, name: str) -> onnx.GraphProto:
        return helper.make_graph([helper.make_node(operator, ["a"], [name])], name, [], [value(name)])

    nodes = [
        helper.make_node("Abs", ["x"], ["a"]),
        helper.make_node("ReduceMax", ["x"], ["m"]),
        helper.make_node("If", ["m"], ["i"], then_branch=body("Neg", "t"), else_branch=body("Exp", "e")),
        helper.make_node("Mul", ["i", "x"], ["y"]),
    ]
    found = structure(model(nodes))
    assert found.text() == "Abs^1 ReduceMax^1 If<1 Exp<3 Neg<4 Mul^1<1,2,3$1"  # attributes are kept by name
    assert strings(found, 3)[2] == {("Abs", "Neg", "Mul"), ("Abs", "Exp", "Mul"), ("ReduceMax", "If", "Mul")}


def test_a_loop_feeds_its_body_and_the_body_its_successors() -> None:
    body = helper.make_graph(
        [helper.make_node("Identity", ["go"], ["on"]), helper.make_node("Add", ["carried", "a"], ["next"])],
        "body",
        [value("count", TensorProto.INT64), value("go", TensorProto.BOOL), value("carried")],
        [value("on", TensorProto.BOOL), value("next")],
    )
    nodes = [
        helper.make_node("Abs", ["x"], ["a"]),
        helper.make_node("Loop", ["", "", "x"], ["l"], body=body),
        helper.make_node("Neg", ["l"], ["y"]),
    ]
    assert structure(model(nodes)).text() == "Abs^1 Loop^1 Add<1,2 Neg<1,2$1"


def test_nodes_out_of_order_are_refused() -> None:
    nodes = [helper.make_node("Neg", ["a"], ["y"]), helper.make_node("Abs", ["x"], ["a"])]
    with pytest.raises(ValueError, match="Neg takes a before any node gives it"):
        structure(model(nodes))


@pytest.fixture
def campaign(tmp_path: Path) -> Path:
    records = Records(tmp_path / "campaign")
    records.begin(specification(3))
    with records.locked():
        for task, made in zip(fake_tasks(3), (row([1], [2]), row([1], [1]), failed("convert")), strict=True):
            records.append({**made, **{name: task[name] for name in ("id", "exporter", "model", "nodes", "opset")}})
    for task, operator in zip(fake_tasks(2), ("Neg", "Exp"), strict=True):
        nodes = [helper.make_node("Abs", ["x"], ["a"]), helper.make_node(operator, ["a"], ["y"])]
        records.graph_path(task["id"]).parent.mkdir(exist_ok=True)
        records.graph_path(task["id"]).write_bytes(model(nodes).SerializeToString())
    return records.folder


def test_sequences_are_stored_and_exported(campaign: Path, capsys: pytest.CaptureFixture[str]) -> None:
    to = campaign.parent
    assert conversion("sequences", str(campaign), "--longest", "2", "--export", "trial", "--to", str(to)) == 0
    assert "2 graphs, 6 sequences" in capsys.readouterr().out
    held = pq.read_table(campaign / "sequences.parquet").to_pylist()
    assert {each["sequence"] for each in held if each["length"] == 2} == {"Abs Neg", "Abs Exp"}
    graphs = {each["task"]: each for each in pq.read_table(campaign / "graphs.parquet").to_pylist()}
    first = fake_tasks(2)[0]
    assert graphs[first["id"]]["by_absolute_1e_7"] == "mismatch"
    assert graphs[first["id"]]["paths"] == "1"
    with (to / "trial-graphs.csv").open(encoding="utf-8") as stream:
        exported = list(csv.DictReader(stream))
    assert {each["graph"] for each in exported} == {"Abs^1 Neg<1$1", "Abs^1 Exp<1$1"}
    before = (to / "trial-graphs.csv").read_bytes()
    assert conversion("sequences", str(campaign), "--export", "trial", "--to", str(to)) == 0
    assert (to / "trial-graphs.csv").read_bytes() == before


def test_all_unreadable_graphs_are_named_and_nothing_is_written(
    campaign: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    records = Records(campaign)
    for task in fake_tasks(2):
        records.graph_path(task["id"]).write_bytes(b"torn")
    with pytest.raises(InputError) as caught:
        list(structured(records))
    assert len(caught.value.faults) == 2
    assert conversion("sequences", str(campaign)) == 1
    assert "is no graph in ONNX's form" in capsys.readouterr().err
    assert not (campaign / "sequences.parquet").exists()


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (["--longest", "0"], "must be 1 or more"),
        (["--export", "../x"], "small letters"),
        (["--nothing"], "unrecognized"),
    ],
)
def test_wrong_options_are_refused(
    arguments: list[str], message: str, campaign: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    try:
        assert conversion("sequences", str(campaign), *arguments) == 1
    except SystemExit as ended:
        assert ended.code == 2
    assert message in capsys.readouterr().err
