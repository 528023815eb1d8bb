"""What one table says of another, on tables made for the purpose: rows that are referred to, and ranks within a population."""

from collections.abc import Sequence
from typing import Any

import pandas as pd

from datapackage.errors import Fault
from datapackage.reasons import Reason
from datapackage.references import foreign_key_faults, rank_faults


def entry(fields: Sequence[str], resource: str, targets: Sequence[str]) -> dict[str, Any]:
    """Return a table's description with one reference."""
    return {
        "name": "own",
        "schema": {"foreignKeys": [{"fields": fields, "reference": {"resource": resource, "fields": targets}}]},
    }


def found(frame: pd.DataFrame, description: dict[str, Any], **tables: pd.DataFrame) -> list[Fault]:
    return list(foreign_key_faults("own.csv", frame, description, tables))


def test_every_row_that_refers_to_none_is_a_fault_and_an_empty_cell_refers_to_nothing() -> None:
    frame = pd.DataFrame({"s": ["a", "b", None, "a"], "i": ["1", "1", "9", None]})
    other = pd.DataFrame({"sample": ["a", "b"], "issue": ["1", "2"], "more": ["x", "y"]})
    (fault,) = found(frame, entry(["s", "i"], "other", ["sample", "issue"]), other=other)
    assert fault == Fault("own.csv", fault.message, 3, "s, i", "b, 1", Reason.FOREIGN_KEY)
    assert fault.message.startswith("no such row in other")


def test_a_table_can_refer_to_itself_and_one_that_cannot_be_read_is_not_looked_at() -> None:
    frame = pd.DataFrame({"key": ["a", "b"], "parent": ["b", "c"]})
    for name in ("", "own"):
        (fault,) = found(frame, entry(["parent"], name, ["key"]))
        assert (fault.row, fault.column, fault.value) == (3, "parent", "c")
        assert "no such row in own" in fault.message
    assert found(frame, entry(["parent"], "gone", ["key"])) == []
    assert found(frame, {"name": "own", "schema": {}}) == []
    keys = [
        *entry(["parent"], "gone", ["key"])["schema"]["foreignKeys"],
        *entry(["parent"], "", ["key"])["schema"]["foreignKeys"],
    ]
    assert len(found(frame, {"name": "own", "schema": {"foreignKeys": keys}})) == 1


def test_a_rank_lies_within_its_population() -> None:
    failures = pd.DataFrame(
        [("s", "c", 0), ("s", "c", 4), ("s", "c", 5), ("s", "d", 99), ("s", "c", None), ("t", "c", 7)],
        columns=["sample", "converter", "population_rank"],
    ).assign(issue="x")
    samples = pd.DataFrame([("s", "c", 5), ("t", "c", 3)], columns=["sample", "converter", "population"])
    told = list(rank_faults("failures.csv", failures.astype({"population_rank": "Int64"}), samples))
    assert [(fault.file, fault.row, fault.column, fault.value, fault.reason) for fault in told] == [
        ("failures.csv", 4, "population_rank", "5", Reason.RANK_BEYOND_POPULATION),
        ("failures.csv", 7, "population_rank", "7", Reason.RANK_BEYOND_POPULATION),
    ]
    assert "has 5 issues" in told[0].message
