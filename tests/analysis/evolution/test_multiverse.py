"""The specification curve: each point is the pipeline's, the null keeps its level, the command shows both."""

from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from scipy import stats

from analysis.dataset import Study
from analysis.evolution.multiverse import Curve, drivers, exchangeable, specification_curve
from analysis.evolution.pipeline import Options, per_release
from analysis.evolution.specifications import CHOICES, form_blocks, options_of, size_table
from datapackage.tables import records
from tests.conftest import Run


@pytest.fixture(scope="module")
def curve(study: Study) -> Curve:
    return specification_curve(study.failures, study.opsets, draws=300)


def test_every_specification_is_one_the_pipeline_can_run(curve: Curve, study: Study) -> None:
    for row in records(curve.specifications.sample(40, random_state=1)):
        used = per_release(study.failures, study.opsets, options_of(row)).query("used")
        size = {"rank": stats.rankdata, "log": np.log1p, "linear": np.asarray}[row["scale"]](used["size"])
        value = stats.rankdata(used["value"]) if row["scale"] == "rank" else used["value"]
        expected = stats.pearsonr(size, value)
        assert row["n"] == len(used), row
        assert row["r"] == pytest.approx(expected.statistic), row
        assert row["p"] == pytest.approx(expected.pvalue), row


def test_the_study(curve: Curve) -> None:
    assert curve.specifications["first"].value_counts().to_dict() == {"dropped": 12960, "kept": 12744}
    assert not curve.specifications.duplicated(list(CHOICES)).any()
    assert curve.specifications["r"].is_monotonic_increasing
    medians = curve.summary["observed"].xs("median_r", level="statistic").to_dict()
    assert medians == pytest.approx({"all": 0.103, "dropped": 0.182, "kept": 0.033}, abs=5e-4)
    observed = curve.summary["observed"].xs("all")
    assert observed["positive"] == pytest.approx((curve.specifications["r"] > 0).mean())
    significant = (curve.specifications["r"] > 0) & (curve.specifications["p"] < 0.05)
    assert observed["positive_significant"] == pytest.approx(significant.mean())
    p = curve.summary["p"].xs("median_r", level="statistic")
    assert p["dropped"] < 0.03 < p["all"] < 0.16
    assert 0.28 < p["kept"] < 0.46


def test_keeping_the_first_release_adds_it_alone(curve: Curve) -> None:
    choices = [choice for choice in CHOICES if choice != "first"]
    n = curve.specifications.pivot(index=choices, columns="first", values="n").dropna()
    assert (n["kept"] - n["dropped"] == 1).all()


def test_the_drivers_partition_the_specifications(curve: Curve) -> None:
    frame = drivers(curve.specifications)
    assert (frame.groupby("choice")["specifications"].sum() == len(curve.specifications)).all()
    lags = frame[frame["choice"] == "lag"].set_index("value")["median_r"]
    assert list(lags.index) == ["0", "3", "6", "9", "12"]
    assert lags["6"] < 0 < lags["0"]


def test_the_same_seed_gives_the_same_null(study: Study, curve: Curve) -> None:
    again = specification_curve(study.failures, study.opsets, draws=300)
    pd.testing.assert_frame_equal(again.summary, curve.summary)
    pd.testing.assert_frame_equal(again.specifications, curve.specifications)
    other = specification_curve(study.failures, study.opsets, draws=300, seed=2)
    assert not other.summary["p"].equals(curve.summary["p"])


def test_sizes_that_drive_failures_are_found(study: Study) -> None:
    """Failures moved into the largest releases of the notes, in proportion to their size."""
    table = per_release(study.failures, study.opsets, Options(merged=False)).query("used")
    places = np.repeat(table["released"] + pd.Timedelta(days=10), (table["size"] / 2).astype(int))
    moved = study.failures.iloc[: len(places)].copy()
    for column in ("created", "created_earliest", "created_latest"):
        moved[column] = places.to_numpy()
    ends = study.failures.nsmallest(1, "created_earliest"), study.failures.nlargest(1, "created_latest")
    planted = pd.concat([moved, *ends], ignore_index=True)
    rows = specification_curve(planted, study.opsets, draws=1).specifications
    close = rows.query("lag == 0 and change == 'changes' and converter == 'both' and outcome == 'all' and not merged")
    close = close.query("first == 'dropped'")
    assert close.query("normalisation == 'count'")["r"].min() > 0.8
    assert close["r"].median() > rows["r"].median()


def test_the_command(invoke: Run, tmp_path: Path) -> None:
    result = invoke("analysis", "multiverse", "--draws", "5", "--csv", tmp_path / "curve.csv")
    assert result.returncode == 0
    assert "25704 specifications" in result.stdout
    frame = pd.read_csv(tmp_path / "curve.csv")
    assert list(frame.columns) == [*CHOICES, "n", "r", "p"]
    assert len(frame) == 25704


def test_the_command_names_an_unknown_and_a_too_small_sample(invoke: Run, data: Path) -> None:
    unknown = invoke("analysis", "multiverse", "--sample", "none")
    assert (unknown.returncode, "no such sample" in unknown.stderr) == (1, True)
    with (data / "failures.csv").open("a") as stream:
        stream.write("o/r#1,tiny,onnx2tf,,2024-01-01,2024-01-01,2024-01-01,hang,typo,,export,active,\n")
    small = invoke("analysis", "multiverse", "--sample", "tiny", "--data", data)
    assert (small.returncode, "span too few releases" in small.stderr) == (1, True)


def test_a_sample_after_the_study_uses_the_registry(data: Path) -> None:
    study = _with_later_failures(data, "2022-06-01")
    later = study.all_failures[study.all_failures["sample"] == "later"]
    later = later.assign(converter=later["converter"].cat.remove_unused_categories())
    curve = specification_curve(later, study.opsets, draws=10)
    assert set(curve.specifications["source"]) == {"schema_registry"}
    assert set(curve.specifications["converter"]) == {"torch.onnx"}  # both would be the same again
    assert set(curve.specifications["first"]) == {"dropped"}  # it came out before the sample begins
    assert set(curve.summary.index.get_level_values("first")) == {"all", "dropped"}


def test_sizes_are_exchanged_only_where_the_same_sources_know_them(study: Study, data: Path) -> None:
    table = size_table(study.opsets)
    (group,) = exchangeable(list(form_blocks(study.failures, study.opsets, table)), table)
    assert np.isfinite(table[group]).all()

    # tf2onnx's shares end with the study, so that the notes know all of their releases; torch.onnx's go on
    later = _with_later_failures(data, "2023-06-01")
    blocks = list(form_blocks(later.all_failures, later.opsets, table))
    assert {tuple(block.sizes["source"].unique()) for block in blocks} == {
        ("release_notes", "schema_registry"),
        ("schema_registry",),
    }
    both, registry = sorted(exchangeable(blocks, table), key=lambda rows: int(rows.min()))
    assert np.isfinite(table[both]).all()
    assert np.isnan(table[registry]).any(axis=1).all()
    assert set(both) | set(registry) == {int(row) for block in blocks for row in np.flatnonzero(block.group >= 0)}


def _with_later_failures(data: Path, first: str) -> Study:
    """Append 90 failures of torch.onnx, opened from `first` to 2026, as a sample named later."""
    days = pd.date_range(first, "2026-09-01", periods=90).strftime("%Y-%m-%d")
    with (data / "failures.csv").open("a") as stream:
        for number, day in enumerate(days, start=1):
            stream.write(f"o/r#{number},later,torch.onnx,,{day},{day},{day},crash,typo,,export,active,\n")
    return Study(data)
