"""The specification curve: each point is the pipeline's, the null keeps its level, the command shows both."""

from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from scipy import stats

from analysis.dataset import Study
from analysis.evolution.multiverse import KEPT_DRAWS, Curve, drivers, estimand, exchangeable, specification_curve
from analysis.evolution.nulls import EXCHANGED, NULLS, SHIFTED, inputs_hash, keep, kept, rearrangements, summarise
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
    summary = curve.summary.xs("exchanged")
    medians = summary["observed"].xs("median_r", level="statistic")[["all", "dropped", "kept"]].to_dict()
    assert medians == pytest.approx({"all": 0.103, "dropped": 0.182, "kept": 0.033}, abs=5e-4)
    observed = summary["observed"].xs("all")
    assert observed["positive"] == pytest.approx((curve.specifications["r"] > 0).mean())
    significant = (curve.specifications["r"] > 0) & (curve.specifications["p"] < 0.05)
    assert observed["positive_significant"] == pytest.approx(significant.mean())
    p = summary["p"].xs("median_r", level="statistic")
    assert p["dropped"] < 0.03 < p["all"] < 0.16
    assert 0.28 < p["kept"] < 0.46
    assert curve.distinct == 15_684


def test_the_averaged_z_is_stouffers(curve: Curve) -> None:
    rows = curve.specifications
    z = np.sign(rows["r"]) * stats.norm.isf(rows["p"] / 2)
    averaged = curve.summary["observed"].xs("averaged_z", level="statistic").xs("exchanged")
    assert averaged["all"] == pytest.approx(z.sum() / np.sqrt(len(z)), abs=0.02)
    lagged = estimand(rows) == "number, lagged"
    assert averaged["number, lagged"] == pytest.approx(z[lagged].sum() / np.sqrt(lagged.sum()), abs=0.02)


def test_each_part_is_a_summary_of_its_own_specifications(curve: Curve) -> None:
    observed = curve.summary["observed"].xs("shifted")
    for names in (curve.specifications["first"], estimand(curve.specifications)):
        for name, part in curve.specifications.groupby(names):
            assert observed[name, "median_r"] == pytest.approx(part["r"].median())
            assert observed[name, "positive"] == pytest.approx((part["r"] > 0).mean())


def test_fixing_the_first_release_changes_the_answer(curve: Curve) -> None:
    p = curve.summary["p"].xs(("all", "median_r"), level=("part", "statistic"))
    assert p["first_fixed"] < 0.06 < p["exchanged"]
    assert p["shifted"] * 14 == pytest.approx(round(p["shifted"] * 14))


def test_the_shifts_are_counted_as_one_by_one(study: Study, curve: Curve) -> None:
    """Each shift by hand, through the blocks' own correlations."""
    table = np.nan_to_num(size_table(study.opsets))
    blocks = list(form_blocks(study.failures, study.opsets, size_table(study.opsets)))
    medians = []
    for steps in range(14):
        moved = table.copy()
        moved[1:15] = np.roll(table[1:15], steps, axis=0)
        medians.append(np.median(np.concatenate([block.correlations(moved[None])[0] for block in blocks])))
    row = curve.summary.loc["shifted", "all", "median_r"]
    assert row["p"] == pytest.approx(np.mean(np.array(medians) >= medians[0] - 1e-12))
    assert (row["p_error"], row["draws"]) == (0, 14)


@pytest.mark.parametrize("null", NULLS)
def test_rearrangements_keep_what_they_promise(null: str) -> None:
    groups = [np.array([0, 1, 2, 3]), np.array([5, 6])]
    rows = np.concatenate(list(rearrangements(null, groups, 8, 250, np.random.default_rng(1))))
    assert (np.sort(rows, axis=1) == np.arange(8)).all()
    assert (rows[:, [4, 7]] == [4, 7]).all()
    assert set(np.unique(rows[:, 5:7])) == {5, 6}
    assert (rows[:, 0] == 0).all() == (null != EXCHANGED)
    if null == SHIFTED:
        assert len(rows) == len(np.unique(rows, axis=0)) == 3 * 2
        assert rows[0].tolist() == list(range(8))
        assert len(np.concatenate(list(rearrangements(null, groups, 8, 4, np.random.default_rng(1))))) == 4
    else:
        assert len(rows) == 250
        assert len(np.unique(rows, axis=0)) > 5


def test_what_is_kept_is_found_again_by_its_data_and_statistics(
    curve: Curve, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("analysis.evolution.nulls.KEPT", tmp_path / "nulls.csv")
    observed = curve.summary.loc[EXCHANGED, "observed"]
    assert kept("key", observed) is None
    keep("key", curve.summary)
    found = kept("key", observed)
    assert found is not None
    pd.testing.assert_frame_equal(found, curve.summary, check_dtype=False, rtol=1e-8)
    assert kept("another", observed) is None
    changed = observed.copy()
    changed.iloc[0] += 1e-3
    assert kept("key", changed) is None
    text = (tmp_path / "nulls.csv").read_bytes()
    assert text.startswith(b"inputs,null,")
    assert text.count(b"\nkey,") == len(curve.summary)
    assert b"\r" not in text


def test_the_kept_nulls_belong_to_the_data_and_agree_with_fresh_ones(study: Study, curve: Curve) -> None:
    shown = specification_curve(study.failures, study.opsets)
    assert shown.draws == KEPT_DRAWS, "failures, operator sets or specifications changed: run `make nulls`"
    assert list(shown.specifications.index) == list(range(len(shown.specifications)))
    assert shown.specifications["r"].is_monotonic_increasing
    both = shown.summary.join(curve.summary.add_suffix("_fresh"))
    off = (both["p"] - both["p_fresh"]).abs() / np.sqrt(both["p_error"] ** 2 + both["p"] * (1 - both["p"]) / 300 + 1e-6)
    assert (off[both["p_error"] > 0] < 4.5).all()
    assert both.loc["shifted", "p"].to_numpy() == pytest.approx(both.loc["shifted", "p_fresh"].to_numpy())


def test_other_data_gets_a_null_of_its_own(study: Study) -> None:
    failures = study.failures.copy()
    key = inputs_hash(failures, study.opsets)
    assert inputs_hash(failures.sample(frac=1, random_state=1), study.opsets) == key
    failures.loc[0, "cause"] = "typo" if failures.loc[0, "cause"] != "typo" else "testing"
    assert inputs_hash(failures, study.opsets) != key


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


def test_the_observed_order_counts_among_the_rearrangements() -> None:
    """Of m random ones none reaches it: p is 1/(m + 1), not 0; of all there are, the observed one is one."""
    observed = pd.Series({("all", "median_r"): 0.5, ("all", "positive"): 0.2})
    null = pd.DataFrame({("all", "median_r"): [0.1, 0.2, 0.3, 0.4], ("all", "positive"): [0.2 - 1e-15, 0.3, 0.1, 0.0]})
    found = summarise(observed, null, exact=False)
    assert found["p"].tolist() == pytest.approx([1 / 5, 3 / 5], rel=1e-12)
    assert found["p_error"].tolist() == pytest.approx([np.sqrt(0.2 * 0.8 / 4), np.sqrt(0.6 * 0.4 / 4)], rel=1e-12)
    assert found[["observed", "null_median", "null_high", "draws"]].iloc[0].tolist() == pytest.approx(
        [0.5, 0.25, 0.385, 4]
    )
    whole = summarise(observed, null.replace(0.4, 0.5), exact=True)
    assert whole["p"].tolist() == pytest.approx([1 / 4, 2 / 4], rel=1e-12)
    assert (whole["p_error"] == 0).all()


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
    with (data / "samples.csv").open("a") as stream:
        stream.write("tiny,onnx2tf,9\n")
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
    assert set(curve.specifications["converter"]) == {"x2onnx"}  # both would be the same again
    assert set(curve.specifications["first"]) == {"dropped"}  # it came out before the sample begins
    assert set(curve.summary.index.get_level_values("part")) & {"all", "dropped", "kept"} == {"all", "dropped"}


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
    """Append 90 failures of another converter, opened from `first` to 2026, as a sample named later."""
    days = pd.date_range(first, "2026-09-01", periods=90).strftime("%Y-%m-%d")
    with (data / "failures.csv").open("a") as stream:
        for number, day in enumerate(days, start=1):
            stream.write(f"o/r#{number},later,x2onnx,,{day},{day},{day},crash,typo,,export,active,\n")
    return Study(data)
