"""Causes of wrong conversions: what the onnx package's tests reach of them, and what a reader is told."""

import pandas as pd
import pytest

from analysis.conversions import cause_report
from analysis.conversions.causes import ATTRIBUTES, OPERATORS, REACHES, SEQUENCE, TYPES, causes, reached
from analysis.dataset import Study
from datapackage.commandline import DATA

COLUMNS = [
    "reproducer", "party", "converter", "operator", "types", "attributes", "framework_operator", "framework_attributes",
    "first_operator", "first_types", "first_attributes", "first_place", "nodes", "nodes_before",
]  # fmt: skip


def made(*rows: dict[str, object]) -> pd.DataFrame:
    standard = {
        "reproducer": "runtime-kernel-argmin-000000", "party": "runtime_kernel", "operator": "ArgMin", "types": "float32",
        "attributes": "axis keepdims=0", "framework_operator": "ArgMin", "first_operator": "ArgMin", "first_place": "3 of 9",
        "nodes": 1, "nodes_before": 30,
    }  # fmt: skip
    return pd.DataFrame([standard | row for row in rows], columns=COLUMNS)


TESTS = pd.DataFrame(
    [
        ("node", "ArgMin", "float32", "axis keepdims=1", 3),
        ("node", "Pow", "float32 int64", None, 1),
        ("node", "Cast", "float32", "to=7", 1),
        ("light", "Cast Pow", None, None, 2),
    ],
    columns=["kind", "sequence", "types", "attributes", "tests"],
)


@pytest.mark.parametrize(
    ("row", "held"),
    [
        ({}, {OPERATORS, SEQUENCE, TYPES}),
        ({"attributes": "axis keepdims=1"}, set(REACHES)),
        ({"types": "int64"}, {OPERATORS, SEQUENCE}),
        ({"operator": "Cast → Pow", "types": "int64", "attributes": None}, set(REACHES)),
        ({"operator": "Pow → Cast", "attributes": "to=7"}, {OPERATORS, TYPES, ATTRIBUTES}),
        ({"operator": "Cast → Mod"}, set()),
        # no part of a word, nor of a sequence, is an operator
        ({"operator": "Arg"}, set()),
    ],
)
def test_a_test_reaches_a_cause_as_far_as_it_holds_it(row: dict[str, object], held: set[str]) -> None:
    (found,) = causes(made(row), TESTS).to_dict("records")
    assert {reach for reach in REACHES if found[reach]} == held


def test_a_fault_before_the_graph_is_named_by_the_frameworks_operator() -> None:
    rows = made(
        {"reproducer": "a"},
        {"reproducer": "b", "party": "converter", "converter": "tf2onnx", "framework_operator": "Round"},
    )
    found = causes(rows, TESTS)
    assert list(zip(found["party"], found["name"], strict=True)) == [
        ("converter", "Round"),
        ("runtime_kernel", "ArgMin"),
    ]
    counts = reached(found).set_index("reach")
    assert counts["count"].to_dict() == {OPERATORS: 2, SEQUENCE: 2, TYPES: 2, ATTRIBUTES: 0}
    told = cause_report.numbers(found)
    assert told["causes"] == "2"
    assert told["causes-parties"] == "1 the converter, 1 the runtime's kernel"
    assert told["causes-single"] == "2"
    assert [table.name for table in cause_report.tables(found)] == ["fault-causes", "causes-reached"]
    assert [picture.name for picture in cause_report.pictures(found)] == ["causes-by-party"]


def test_causes_of_one_operator_are_told_apart_by_an_attribute() -> None:
    resize = {"operator": "Resize", "framework_operator": "Resize"}
    found = causes(
        made(
            {"reproducer": "a"},
            resize | {"reproducer": "b", "attributes": "antialias=0 mode=cubic nearest_mode=floor"},
            resize | {"reproducer": "c", "attributes": "antialias=0 mode=linear nearest_mode=floor"},
            resize | {"reproducer": "d", "attributes": None},
        ),
        TESTS,
    )
    told = dict(zip(found["reproducer"], cause_report.labels(found), strict=True))
    assert told == {
        "a": "ArgMin (float32)", "b": "Resize (float32), mode=cubic", "c": "Resize (float32), mode=linear", "d": "Resize (float32)",
    }  # fmt: skip


def test_without_causes_nothing_is_told() -> None:
    found = causes(made(), TESTS)
    assert cause_report.tables(found) == ()
    assert cause_report.pictures(found) == ()
    assert cause_report.numbers(found) == {"causes": ""}


def test_every_stored_cause_has_its_model_its_draft_and_its_own_name() -> None:
    rows = Study(DATA).reproducers
    drafts = {path.stem for path in (DATA / "conversions" / "reports").glob("*.md")}
    assert set(rows["reproducer"]) == drafts
    assert len(rows)
    assert (rows["nodes"] <= rows["nodes_before"]).all()
