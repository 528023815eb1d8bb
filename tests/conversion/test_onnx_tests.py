"""What the onnx package's test models hold, read from made models."""

from onnx import TensorProto, helper

from conversion.onnx_tests import held, table


def made() -> object:
    value = helper.make_tensor_value_info
    nodes = [
        helper.make_node("Abs", ["x"], ["a"]),
        helper.make_node("Cast", ["a"], ["b"], to=TensorProto.INT64),
        helper.make_node("ArgMax", ["b"], ["c"], axis=1, keepdims=0),
    ]
    graph = helper.make_graph(
        nodes, "made", [value("x", TensorProto.FLOAT, [2, 3])], [value("c", TensorProto.INT64, [2])]
    )
    return helper.make_model(graph, opset_imports=[helper.make_opsetid("", 18)])


def test_operators_have_types_and_patterns_and_sequences_follow_edges() -> None:
    assert held(made()) == {  # type: ignore[arg-type]
        ("Abs", "float32", ""),
        ("Cast", "float32", "round_mode=up saturate=1 to=7"),
        ("ArgMax", "int64", "axis keepdims=0 select_last_index=0"),
        ("Abs Cast", "", ""),
        ("Cast ArgMax", "", ""),
        ("Abs Cast ArgMax", "", ""),
    }


def test_tests_are_counted_by_kind() -> None:
    rows = table([("node", made()), ("node", made()), ("light", made())])  # type: ignore[list-item]
    assert ("node", "Abs Cast", "", "", 2) in rows
    assert ("light", "Abs Cast", "", "", 1) in rows
    assert rows == sorted(rows)
