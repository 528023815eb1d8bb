"""Failures fall into the release that was the newest; sizes, dates, lag and boundaries are choices."""

from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from analysis.dataset import Study
from analysis.evolution.pipeline import Options, per_release
from analysis.evolution.releases import (
    NONE,
    Observation,
    attribute,
    created,
    merge_releases,
    observation,
    release_table,
    windows,
)
from analysis.evolution.sources import compare_sources, function_operators, unlisted_operators
from tests.conftest import edit


def test_the_notebooks_bins_follow_from_the_issues(study: Study) -> None:
    """Release by release, in all, by incompatibility or type problem, and by converter."""
    saved = study.notebook_opset_bins
    frame = per_release(study.failures, study.opsets, Options(merged=False))
    assert list(frame["released"]) == list(saved["release_date"])
    assert list(frame["size"])[:-1] == list(saved["changes"])[:-1]  # the notebook leaves the last release empty
    for column, name in (("all", "total"), ("incompatibility_or_type", "incompat_or_type")):
        assert list(frame[column])[:-1] == list(saved[name])[:-1], name
    for converter in ("torch.onnx", "tf2onnx"):
        own = per_release(study.failures, study.opsets, Options(merged=False, converter=converter))
        assert list(own["all"])[:-1] == list(saved[f"{converter}_all"])[:-1]
        typed = saved[f"{converter}_incompatibility"] + saved[f"{converter}_type_problem"]
        assert list(own["incompatibility_or_type"])[:-1] == list(typed)[:-1]


def test_every_failure_is_in_one_release_or_before_the_first(study: Study) -> None:
    frame = per_release(study.failures, study.opsets, Options(merged=False))
    before = (study.failures["created"] < frame["released"].min()).sum()
    assert frame["all"].sum() + before == len(study.failures) == 200


def test_releases_are_dated_operator_sets(study: Study) -> None:
    table = release_table(study.opsets)
    assert list(table["label"])[:4] == ["1", "2–5", "6", "7"]
    merged = merge_releases(table, 2, 7)
    assert list(merged["label"])[:3] == ["1", "2–7", "8"]
    assert merged["changes"].sum() == table["changes"].sum() == 149 + 217
    other = release_table(study.opsets, dated_by="schema_registry")
    moved = (other["released"] - table["released"]).dt.days
    assert moved[moved != 0].to_dict() == {5: 1, 7: 1, 11: 1, 13: 1}  # operator sets 9, 11, 15, 17


def test_sizes_beyond_the_notes_are_unknown_not_zero(study: Study) -> None:
    notes, registry = (release_table(study.opsets, source) for source in ("release_notes", "schema_registry"))
    beyond = notes["first_opset"] > 18
    assert notes.loc[beyond, "changes"].isna().all()
    assert registry["changes"].notna().all()
    assert np.isnan(merge_releases(notes, 18, 19)["changes"].iloc[14])


def test_the_notes_leave_out_exactly_the_function_operators(study: Study) -> None:
    assert unlisted_operators(study.opsets) == function_operators(study.opsets)
    table = compare_sources(study.opsets)
    notes = table["notes_added"] + table["notes_updated"]
    registry = table["registry_added"] + table["registry_updated"]
    assert list(registry - table["functions"]) == list(notes)


def test_a_range_of_dates_is_read_by_policy(study: Study) -> None:
    earliest, midpoint, latest = (created(study.failures, policy) for policy in ("earliest", "midpoint", "latest"))  # type: ignore[arg-type]
    assert (earliest <= midpoint).all()
    assert (midpoint <= latest).all()
    assert (midpoint - earliest == latest - midpoint).all()
    exact = study.failures["created"].notna()
    assert (earliest[exact] == latest[exact]).all()


def test_a_failure_of_the_day_of_release_goes_where_the_boundary_says() -> None:
    starts = pd.Series(pd.to_datetime(["2020-01-01", "2020-06-01"]))
    opened = pd.Series(pd.to_datetime(["2019-12-31", "2020-01-01", "2020-05-31", "2020-06-01", "2020-06-02"]))
    assert list(attribute(opened, starts)) == [NONE, NONE, 0, NONE, 1]
    assert list(attribute(opened, starts, "new")) == [NONE, 0, 0, 1, 1]
    assert list(attribute(opened, starts, "old")) == [NONE, NONE, 0, 0, 1]


@given(st.integers(0, 24))
def test_windows_follow_one_another_whatever_the_lag(lag: int) -> None:
    days = pd.to_datetime(["2020-01-31", "2020-02-29", "2020-08-31", "2021-01-31"])
    observed = Observation(pd.Timestamp("2020-01-01"), pd.Timestamp("2021-06-30"))
    frame = windows(pd.DataFrame({"released": days}), observed, lag)
    assert (frame["start"].to_numpy()[1:] == frame["end"].to_numpy()[:-1]).all()
    assert (frame["days"] >= 0).all()
    assert not frame["complete"].iloc[-1]
    whole = (frame["end"] - frame["start"]).dt.days
    assert (frame["days"][frame["complete"]] == whole[frame["complete"]]).all()
    assert windows(pd.DataFrame({"released": days}), observed)["start"].tolist() == list(days), (
        "without a lag, unless asked for"
    )


def test_a_later_failure_lengthens_the_observation(data: Path) -> None:
    newest = observation(Study(data).failures).end
    assert f"{newest:%Y-%m-%d}" == "2023-01-18"
    edit(data / "failures.csv", "2023-01-18,2023-01-18,2023-01-18", "2023-07-01,2023-07-01,2023-07-01")
    study = Study(data)
    frame = per_release(study.failures, study.opsets, Options(source="schema_registry"))
    assert list(frame["label"])[-2:] == ["18", "19"]
    assert list(frame["used"])[-2:] == [True, False]


@pytest.mark.parametrize("lag", [0, 6])
def test_lag_delays_the_windows(study: Study, lag: int) -> None:
    frame = per_release(study.failures, study.opsets, Options(lag=lag))
    assert frame["used"].sum() == {0: 11, 6: 10}[lag]
