"""Who is at fault, counted: small tables by hand, and the shipped campaigns."""

import pandas as pd
import pytest

from analysis.conversions import fault
from analysis.conversions.fault_tables import by_criteria, confusion, parties
from analysis.dataset import load_campaigns, load_planted
from datapackage.conversions import NOISE_MULTIPLE


def campaign(*rows: tuple[str | None, str, str, str]) -> pd.DataFrame:
    """Rows of party and the outcomes by the three criteria."""
    frame = pd.DataFrame(rows, columns=["party", *fault.STUDY_CRITERIA])
    frame["converter"] = "tf2onnx"
    for column in ("framework_error", "moved_error", "onnx_error"):
        frame[column] = 1e-7
    return frame.assign(output_size=1.0)


ROUNDED = ("rounding", "mismatch", "success", "success")
FAULTY = ("converter", "mismatch", "mismatch", "mismatch")
TINY = ("converter", "success", "success", "success")  # a fault that no criterion of the study sees
NAN = ("runtime_kernel", "not_compared", "mismatch", "not_compared")
FAILED = (None, "", "", "")
CAMPAIGNS = {"one": campaign(ROUNDED, ROUNDED, FAULTY, FAILED), "other": campaign(TINY, NAN)}


def test_conversions_that_were_not_compared_are_not_counted() -> None:
    found = fault.parties(CAMPAIGNS).set_index(["campaign", "party"])
    assert found.loc[("one", "rounding"), ["count", "n"]].tolist() == [2, 3]
    assert found.loc[("other", "converter"), ["count", "n"]].tolist() == [1, 2]
    assert found.groupby("campaign")["share"].sum().tolist() == pytest.approx([1, 1])


def test_a_criterion_s_mismatches_are_divided_by_party() -> None:
    found = fault.by_study_criteria(CAMPAIGNS).set_index(["criterion", "party"])
    assert found.loc[("absolute_1e_7", "rounding"), "mismatches"] == 2
    assert found.loc[("absolute_1e_7", "converter"), "mismatches"] == 1
    assert found.loc[("absolute_1e_7", "runtime_kernel"), ["mismatches", "not_compared"]].tolist() == [0, 1]
    assert found.loc["close_1e_3", "mismatches"].sum() == 2
    assert set(found["n"]) == {5}
    rounding = fault.rounding_among(found.reset_index(), "absolute_1e_7")
    assert rounding.loc[0, ["rounding", "mismatches"]].tolist() == [2, 3]


def planted(*rows: tuple[str, float | None, bool, str, str]) -> pd.DataFrame:
    return pd.DataFrame(rows, columns=["kind", "effect", "effect_discrete", "as_converter", "as_runtime_kernel"])


def test_only_faults_that_exceed_the_bound_should_be_found() -> None:
    table = planted(
        ("scale", 100.0, False, "converter", "runtime_kernel"),
        ("scale", 17.0, False, "rounding", "converter"),
        ("scale", 2.0, False, "rounding", "rounding"),
        ("operator", None, False, "converter", "runtime_kernel"),  # it turns an element NaN
        ("axis", 0.0, True, "converter", "undecided"),
        ("reordered_reduction", 100.0, False, "converter", "rounding"),
    )
    found = fault.confusion(table).set_index(["made_by", "named"])
    assert found.loc[("converter", "converter"), ["count", "n"]].tolist() == [3, 4]
    assert found.loc[("runtime_kernel", "converter"), "count"] == 1
    alarms = fault.false_alarms(table)
    assert alarms[["kind", "accused", "n"]].to_numpy().tolist() == [["reordered_reduction", 1, 1]]
    curve = fault.detection(table).set_index(["made_by", "least"])
    assert curve.loc[("converter", 64.0), ["found", "n"]].tolist() == [1, 1]
    assert curve.loc[("converter", 16.0), ["found", "n"]].tolist() == [0, 1]
    assert ("converter", 0.0) not in curve.index  # faults that reach integers alone have no multiple


def test_the_noise_is_the_largest_of_its_three() -> None:
    frame = campaign(ROUNDED, ROUNDED, ROUNDED)
    frame["framework_error"], frame["moved_error"], frame["output_size"] = [1e-6, 0.0, 0.0], [1e-7, 1e-5, 0.0], 2.0
    assert fault.errors({"one": frame})["noise"].tolist() == pytest.approx([5e-7, 5e-6, 2.0**-24])


def test_the_attribution_holds_on_the_shipped_held_out_models() -> None:
    """The promise of docs/attribution.md: planted faults beyond the bound are found, re-ordered sums are not."""
    table = load_planted()
    found = fault.confusion(table)
    right = found[found["made_by"] == found["named"]]
    assert right["n"].min() >= 100
    assert right["share"].min() > 0.9
    alarms = fault.false_alarms(table)
    assert alarms["n"].sum() >= 30
    assert alarms["accused"].sum() == 0


def test_shipped_rows_agree_with_the_rule_that_named_them() -> None:
    for name, frame in load_campaigns().items():
        judged = frame[frame["party"].notna()]
        assert not judged["reported"].eq("exception").any(), name
        nobody = judged[judged["party"].astype(str).isin(["rounding", "none"])]
        assert (nobody["error_to_noise"].fillna(0) <= NOISE_MULTIPLE).all(), name
        assert (nobody["discrete_wrong"].fillna(0) == 0).all(), name


def test_tables_are_drawn_where_some_columns_are_empty() -> None:
    blamed, criteria = fault.parties(CAMPAIGNS), fault.by_study_criteria(CAMPAIGNS)
    assert "kernel" in parties(blamed).gt.as_raw_html()
    assert "framework" not in by_criteria(criteria).gt.as_raw_html()
    table = planted(("scale", 100.0, False, "converter", "runtime_kernel"))
    assert "planted" in confusion(fault.confusion(table), fault.false_alarms(table)).gt.as_raw_html()


def test_a_larger_multiple_calls_fewer_conversions_wrong_and_never_frees_what_is_no_number() -> None:
    ratios = [3.0, 5.0, 20.0, 40.0, float("nan"), float("nan"), 0.5]
    parties_ = ["rounding", "rounding", "converter", "converter", "runtime_kernel", "undecided", "converter"]
    frame = campaign(*((party, "mismatch", "mismatch", "mismatch") for party in parties_))
    frame = frame.assign(error_to_noise=ratios, discrete_wrong=[0, 0, 0, 0, 0, 0, 2])
    found = fault.by_multiple({"one": frame}).set_index("multiple")
    # always: the fifth (NaN alone), the last (two wrong integers)
    assert found["count"].to_dict() == {4.0: 5, 8.0: 4, NOISE_MULTIPLE: 4, 32.0: 3, 64.0: 2}
    assert set(found["any_multiple"]) == {2}
    assert set(found["n"]) == {7}
