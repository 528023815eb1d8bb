"""RQ4: what the record shows of the synthetic models, and the arithmetic of what is only printed."""

from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from analysis.conversions import consistency, size, text, tolerance
from analysis.conversions import outcomes as conversions
from analysis.dataset import Study, load_conversions
from datapackage.errors import InputError
from tests.conftest import edit

# Table 11 of the paper, synthetic columns
TABLE_11 = {
    "torch.onnx": {"conversion_failure": 2, "load_failure": 741, "mismatch": 100, "success": 881},
    "tf2onnx": {"conversion_failure": 800, "load_failure": 757, "mismatch": 220, "success": 43},
}
# by the stage that raised each exception; NaN is no match
EVIDENCE = {
    "torch.onnx": (2, 733, 8, 0, 100, 0, 881),
    "tf2onnx": (13, 669, 88, 4, 220, 813, 13),
}
ROW = "tf2onnx,15,model_10_3292805089,"
BOOLEAN = ROW + "exception,not_compared,compare,boolean_outputs,,,,,,"


def test_dividing_exceptions_by_origin_gives_table_11(study: Study) -> None:
    frame = study.conversions
    rows = frame.groupby([frame["converter"], conversions.as_table_11_counts(frame)], observed=True).size()
    assert {name: rows[name].to_dict() for name in TABLE_11} == TABLE_11


def test_the_evidence_divides_them_by_stage(study: Study) -> None:
    table = conversions.outcomes(study.conversions)
    found = {name: tuple(part["count"]) for name, part in table.groupby("converter")}
    assert found == EVIDENCE
    assert (table["low"] <= table["share"]).all()
    assert (table["share"] <= table["high"]).all()


def test_the_flow_accounts_for_every_model(study: Study) -> None:
    flow = conversions.flow(study.conversions)
    assert flow["count"].sum() == len(study.conversions) == 3544
    pairs = flow.set_index(["converter", "row", "outcome"])["count"]
    assert pairs["tf2onnx", "conversion_failure", "not_compared"] == 783
    assert pairs["tf2onnx", "success", "not_compared"] == 30
    assert pairs["tf2onnx", "load_failure", "run_failure"] == 88


def test_error_classes_count_every_exception(study: Study) -> None:
    classes = conversions.error_classes(study.conversions)
    assert classes["torch.onnx"].sum() == 743
    assert classes["tf2onnx"].sum() == 1557
    kernel = classes.set_index("error_class").loc["kernel_missing"]
    assert (kernel["torch.onnx"], kernel["tf2onnx"], kernel["operators"]) == (688, 589, "ArgMax, Tan, Cos")


def test_sizes_with_too_few_models_and_repeated_numbers_show(study: Study) -> None:
    table = conversions.generated_models(study.conversions).set_index(["converter", "nodes"])
    assert table.loc[("torch.onnx", 55), "models"] == 25
    assert table.loc[("torch.onnx", 95), "models"] == 99
    assert table["models"].min() == 25
    assert table.loc[("tf2onnx", 15), "repeated_numbers"] == 18
    assert table["repeated_numbers"].sum() == 19


def test_mismatches_by_threshold(study: Study) -> None:
    table = tolerance.mismatches_by_threshold(study.conversions).set_index(["converter", "threshold"])
    assert table.loc[("tf2onnx", 1e-7)].tolist() == [220, 0, 30, 4, 267]
    assert table.loc[("tf2onnx", 1e-3), "exceeding"] == 207
    assert table.loc[("torch.onnx", 1e-7)].tolist() == [76, 24, 881, 0, 981]
    assert table.loc[("torch.onnx", 1e-3), "exceeding"] == 51
    assert tolerance.threshold_of_count(study.conversions, "tf2onnx", 220) == 1e-7
    assert np.isnan(tolerance.threshold_of_count(study.conversions, "tf2onnx", 219))


@given(st.lists(st.floats(min_value=0) | st.just(float("nan")) | st.none(), min_size=1, max_size=30))
def test_fewer_differ_at_a_larger_threshold_and_all_are_accounted_for(largest: list[float | None]) -> None:
    frame = pd.DataFrame(
        {
            "converter": pd.Categorical(["c"] * len(largest)),
            "difference": ["finite"] * len(largest),
            "reported": ["mismatch"] * len(largest),
            "outcome": ["mismatch"] * len(largest),
            "max_abs_diff": pd.Series(largest, dtype=float),
        }
    )
    table = tolerance.mismatches_by_threshold(frame)
    assert table["exceeding"].is_monotonic_decreasing
    assert (table["exceeding"] + table["unknown_mismatch"] + table["unknown_match"] <= len(largest)).all()
    at = tolerance.mismatches_by_threshold(frame, (0.5,)).iloc[0]
    assert at["exceeding"] == sum(value is not None and value > 0.5 for value in largest)


def test_finding_8_under_one_criterion(study: Study) -> None:
    table = tolerance.one_criterion(study.conversions, study.claims)
    table = table.set_index(["basis", "converter", "population"])
    assert table.loc[("printed", "both", "synthetic"), ["least", "n"]].tolist() == [320, 3544]
    assert table.loc[("compared", "tf2onnx", "synthetic"), ["least", "most", "n"]].tolist() == [211, 241, 267]
    assert table.loc[("compared", "torch.onnx", "synthetic"), ["least", "most", "n"]].tolist() == [51, 956, 981]
    assert table.loc[("submitted", "torch.onnx", "real"), ["least", "n"]].tolist() == [11, 1761]
    for converter in ("torch.onnx", "tf2onnx"):
        synthetic, real = (table.loc[("compared", converter, population)] for population in ("synthetic", "real"))
        assert synthetic["low"] > real["high"]


def test_kinds_of_differences(study: Study) -> None:
    table = tolerance.differences(study.conversions).set_index("converter")
    assert table.loc["tf2onnx"].to_dict() == {"finite": 230, "infinite": 3, "nan": 30, "unrecorded": 0, "whole": 63}
    assert table.loc["torch.onnx", "unrecorded"] == 905


# R 4.2.2, counts by size in a file per measure and converter with columns x (nodes), sum, size; where Pearson's phi is 1 or less:
# > m <- glm(cbind(sum, size - sum) ~ I(x / 10), binomial, a)
# > cat(exp(coef(m)[2]), exp(confint(m, 2)), anova(m, test = "LRT")[2, 5],
# +     sum(residuals(m, "pearson")^2) / df.residual(m))
# elsewhere (confint takes a normal quantile, so the level is chosen for which that is Student's):
# > m <- glm(cbind(sum, size - sum) ~ I(x / 10), family = quasibinomial, a)
# > cat(exp(coef(m)[2]), exp(confint(m, 2, level = 2 * pnorm(qt(0.975, df.residual(m))) - 1)), anova(m, test = "F")[2, 6],
# +     summary(m)$dispersion)
R_TRENDS = {
    ("failed", "tf2onnx"): (1.456931, 1.37007, 1.553065, 2.067967e-10, 1.797406),
    ("failed", "torch.onnx"): (1.469865, 1.393019, 1.553845, 1.754377e-11, 1.313203),
    ("not_compared", "tf2onnx"): (1.624192, 1.437313, 1.85763, 4.808613e-08, 1.975966),
    ("wrong_at_1e-3", "tf2onnx"): (2.153358, 1.378359, 3.946787, 9.521102e-05, 0.3066382),
    ("wrong_of_all", "tf2onnx"): (0.554301, 0.4936453, 0.616394, 1.70845e-10, 1.426634),
    ("wrong_of_all", "torch.onnx"): (1.077052, 0.9975093, 1.164413, 0.05796139, 0.6474765),
    ("wrong_of_compared", "tf2onnx"): (1.005909, 0.8080105, 1.295975, 0.9575449, 1.473318),
    ("wrong_of_compared", "torch.onnx"): (1.308742, 1.20345, 1.426518, 2.0383e-10, 0.5185577),
    ("wrong_or_nan", "tf2onnx"): (2.764537, 1.360267, 8.351554, 0.001152776, 0.1937084),
    ("wrong_without_nan", "tf2onnx"): (2.644935, 1.318079, 7.893443, 0.00177693, 0.1809175),
}


@pytest.mark.parametrize(("measure", "converter"), sorted(R_TRENDS))
def test_trends_by_size_are_those_of_r(study: Study, measure: str, converter: str) -> None:
    trends = size.size_trends(study.conversions).set_index(["measure", "converter"])
    row = trends.loc[(measure, converter)]
    found = tuple(row[["odds_ratio", "low", "high", "p", "dispersion"]])
    assert found == pytest.approx(R_TRENDS[measure, converter], rel=1e-3)
    assert row["p_holm"] >= row["p"]


def test_what_size_does_to_wrong_outputs_depends_on_the_reading_of_nan(study: Study) -> None:
    trends = size.size_trends(study.conversions)
    bases = trends[trends["converter"] == "tf2onnx"].set_index("measure")[["events", "n"]].T.to_dict("list")
    assert {measure: bases[measure] for measure in size.READINGS} == {
        "wrong_of_compared": [224, 267],
        "wrong_or_nan": [254, 267],
        "wrong_without_nan": [224, 237],
        "wrong_at_1e-3": [211, 237],
    }
    assert bases["not_compared"] == [781, 1048]
    assert set(trends.loc[trends["converter"] == "torch.onnx", "measure"]) & set(size.READINGS) == {"wrong_of_compared"}
    said = text.wrong_by_size(trends, "tf2onnx")
    assert said.startswith("the answer depends on how 30 models with NaN are read: from 1.01 [0.81, 1.30]")
    assert text.wrong_by_size(trends, "torch.onnx").startswith("larger models are wrong more often (1.31")
    agreeing = text.wrong_by_size(trends.assign(low=1.1, high=9.0), "tf2onnx")
    assert agreeing.startswith("however 30 models with NaN are read, larger models are wrong more often")
    reversed_ = text.wrong_by_size(trends.assign(low=0.1, high=0.9), "torch.onnx")
    assert reversed_.startswith("larger models are wrong less often")


def test_the_direction_of_finding_8_is_said_of_whom_it_holds_for(study: Study) -> None:
    criteria = tolerance.one_criterion(study.conversions, study.claims)
    assert text.direction(criteria) == "the recorded differences keep the direction"
    synthetic = (criteria["population"] == "synthetic") & (criteria["converter"] == "tf2onnx")
    lower = criteria.assign(low=criteria["low"].mask(synthetic, 0.0))
    assert text.direction(lower).endswith("only with torch.onnx")
    assert text.direction(criteria.assign(low=0.0)).endswith("with no converter")


def test_failures_hide_what_size_does_to_mismatches(study: Study) -> None:
    trends = size.size_trends(study.conversions).set_index(["measure", "converter"])
    assert trends.loc[("failed", "tf2onnx"), "low"] > 1
    assert trends.loc[("wrong_of_all", "tf2onnx"), "high"] < 1
    assert np.isnan(trends.loc[("not_compared", "torch.onnx"), "odds_ratio"])
    left = size.left_to_mismatch(study.conversions).set_index("converter")
    assert left.loc["tf2onnx"].tolist() == [1820, 1048, 267, 30, 224]
    assert left.loc["torch.onnx"].tolist() == [1724, 981, 981, 0, 100]


def test_printed_numbers_that_others_contradict(study: Study) -> None:
    checked = consistency.check_identities(study.claims)
    assert len(checked) == 46
    assert set(checked[~checked["agrees"]]["claim_id"]) == {
        "fig3.real.n", "s62.sequences.analysed", "t11.success.tf2onnx.real.share", "t11.success.torch.onnx.real.share",
        "t11.wrapper_failure.torch.onnx.real.share", "t11.conversion_failure.torch.onnx.real.share",
        "t11.conversion_failure.torch.onnx.synthetic.share", "t11.load_failure.torch.onnx.synthetic.share",
        "t15.mismatched_not_correct.torch.onnx", "t15.mismatched_not_correct.tf2onnx",
        "t15.correct_not_mismatched.torch.onnx", "t15.correct_not_mismatched.tf2onnx",
    }  # fmt: skip


def test_printed_numbers_that_the_archive_saved_otherwise(study: Study) -> None:
    compared = consistency.compare_with_notebooks(study.claims, study.notebook_outputs)
    differing = compared[~compared["agrees"]].set_index("claim_id")[["printed", "saved"]]
    assert len(compared) == 18
    assert differing.loc["t12.mismatch_shared.tf2onnx.unique"].tolist() == ["2125", 2155]
    # 96 and 216 models: the saved mapping's length, 100 and 220, counts models with no such sequence as well
    assert not {claim for claim in differing.index if claim.startswith("t12.models_with_mismatch_only")}
    assert len(differing) == 6
    sets = consistency.operator_sets(study.claims, study.notebook_outputs)
    assert sets.loc["tf2onnx"].tolist() == [2, 0]
    assert sets.loc["torch.onnx"].tolist() == [0, 1]


def test_an_outcome_that_contradicts_the_record_is_a_fault(data: Path) -> None:
    table = data / "conversions/issta24-synthetic.csv"
    edit(table, BOOLEAN, BOOLEAN.replace("not_compared", "success"))
    edit(
        table,
        ROW.replace("model_10_3292805089", "model_10_3229391356") + "match,success",
        "tf2onnx,15,model_0,match,mismatch",
    )
    with pytest.raises(InputError) as caught:
        load_conversions(data)
    assert [(fault.column, fault.reason, fault.value) for fault in caught.value.faults] == [
        ("outcome", "outcome-of-evidence", "mismatch"),
        ("outcome", "outcome-of-evidence", "success"),
    ]


@pytest.mark.parametrize(
    ("old", "new", "reason"),
    [
        (",15,", ",fifteen,", "type-error"),
        (",mismatch,mismatch,", ",maybe,mismatch,", "constraint-error"),
        ("1220245.125", "-1", "constraint-error"),
    ],
)
def test_broken_cells_are_named(data: Path, old: str, new: str, reason: str) -> None:
    edit(data / "conversions/issta24-synthetic.csv", old, new)
    with pytest.raises(InputError) as caught:
        load_conversions(data)
    assert caught.value.faults[0].row == 2
    assert caught.value.faults[0].reason == reason


def test_an_unknown_campaign_is_named(data: Path) -> None:
    with pytest.raises(InputError, match="conversions-later"):
        load_conversions(data, campaign="later")
