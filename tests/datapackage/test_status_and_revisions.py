"""A row of the data is never deleted and a rating never replaced: status, reason and revision keep what was."""

from pathlib import Path

import pandas as pd
import pytest

from analysis.dataset import Study, left_out, load_failures, load_ratings
from datapackage.descriptor import load_descriptor, refresh, resource
from datapackage.errors import InputError
from datapackage.tables import read_table, render_table, write_table
from datapackage.validation import validate
from mining.published_archive.importing import import_archive
from tests.conftest import DATA, Run, edit

FAILURE = (
    "onnx/tensorflow-onnx#7,issta24,tf2onnx,238,2018-04-19,2018-04-19,2018-04-19,crash,shape_problem,,node_conversion"
)
RATING = "issta24,drift,onnx/tensorflow-onnx#77,drift-a,cause,1,others,,,sheet"
DEPRECATED = "deprecated,the fix shows that the report was not about the converter"


def test_deprecated_rows_stay_but_do_not_count(data: Path, invoke: Run) -> None:
    edit(data / "failures.csv", f"{FAILURE},active,", f"{FAILURE},{DEPRECATED}")
    study = Study(data)
    assert len(read_table(data, "failures")) == 200
    assert len(study.failures) == len(load_failures(data)) == 199
    assert list(study.deprecated["issue"]) == ["onnx/tensorflow-onnx#7"]
    assert left_out(study) == ["Of sample issta24 1 deprecated row is not counted; failures.csv says why."]
    shown = invoke("analysis", "sample", "issta24", "--data", data)
    assert shown.returncode == 0, shown.stderr
    assert "1 deprecated row is not counted" in shown.stdout


def test_the_committed_data_has_nothing_to_leave_out(study: Study) -> None:
    assert left_out(study) == []


@pytest.mark.parametrize(("old", "new", "reason"), [
    (f"{FAILURE},active,", f"{FAILURE},deprecated,", "status-reason"),
    (f"{FAILURE},active,", f"{FAILURE},active,because", "status-reason"),
    (f"{FAILURE},active,", f"{FAILURE},gone,", "constraint-error"),
])  # fmt: skip
def test_a_status_without_its_reason_is_a_fault(old: str, new: str, reason: str, data: Path) -> None:
    edit(data / "failures.csv", old, new)
    with pytest.raises(InputError) as caught:
        read_table(data, "failures")
    assert [(fault.row, fault.reason) for fault in caught.value.faults] == [(2, reason)]


def test_a_second_rating_leaves_the_first(data: Path) -> None:
    later = RATING.replace(",1,others,,,", ",2,typo,true,2026-11-02T09:30:00Z,")
    edit(data / "ratings.csv", f"{RATING}\n", f"{RATING}\n{later}\n")
    assert len(read_table(data, "ratings")) == len(read_table(DATA, "ratings")) + 1
    ratings = load_ratings(data)
    assert len(ratings) == len(load_ratings(DATA))
    changed = ratings[(ratings["issue"] == "onnx/tensorflow-onnx#77") & (ratings["rater"] == "drift-a")]
    assert changed.set_index("dimension").loc["cause", ["code", "unsure", "time"]].tolist() == [
        "typo", True, pd.Timestamp("2026-11-02T09:30:00Z"),
    ]  # fmt: skip
    text = render_table(resource(load_descriptor(data), "ratings"), read_table(data, "ratings"))
    assert text == (data / "ratings.csv").read_text()


@pytest.mark.parametrize(("new", "reason"), [
    (RATING.replace(",1,", ",2,"), "revision-order"),
    (f"{RATING}\n{RATING.replace(',1,', ',3,')}", "revision-order"),
    (RATING.replace(",,sheet", ",2026-11-02 09:30,sheet"), "type-error"),
    (RATING.replace("drift-a", "drift-c"), "foreign-key"),
])  # fmt: skip
def test_a_rating_out_of_order_is_a_fault(new: str, reason: str, data: Path) -> None:
    edit(data / "ratings.csv", f"{RATING}\n", f"{new}\n")
    assert reason in {fault.reason for fault in validate(data)}


def test_ratings_of_machines_do_not_count_as_peoples(data: Path) -> None:
    edit(data / "raters.csv", "drift-b,human", "drift-b,machine")
    assert "drift-b" not in set(load_ratings(data)["rater"])


def test_importing_the_archive_again_keeps_what_it_does_not_know(archive: Path, data: Path) -> None:
    edit(data / "failures.csv", f"{FAILURE},active,", f"{FAILURE},{DEPRECATED}")
    more = read_table(data, "ratings").head(1).assign(round="again", rater="ann")
    write_table(data, "ratings", pd.concat([read_table(data, "ratings"), more]))
    raters = read_table(data, "raters")
    write_table(data, "raters", pd.concat([raters, raters.head(1).assign(rater="ann")]))
    refresh(data)
    assert validate(data) == []
    before = {path: path.read_bytes() for path in data.rglob("*.csv")}
    import_archive(archive, data)
    assert {path: path.read_bytes() for path in data.rglob("*.csv")} == before
