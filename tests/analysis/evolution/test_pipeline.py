"""The published test: printed and saved correlations, and the choices behind them."""

import numpy as np
import pandas as pd
import pytest

from analysis.claims.printed import agrees
from analysis.dataset import Study
from analysis.evolution.pipeline import DESCRIBED, Options, ReleaseTables, per_release, rho, variations
from analysis.evolution.readings import chance_match, saved_correlations, search
from analysis.evolution.verdict import verdict, verdict_by_significance
from methods.correlation import Correlation


def test_the_described_test(study: Study) -> None:
    everything, typed = (
        ReleaseTables(study.failures, study.opsets).correlate(options) for options in DESCRIBED.values()
    )
    assert (everything.n, round(everything.rho, 6), everything.exact) == (11, 0.356980, True)
    assert (typed.n, round(typed.rho, 6)) == (11, 0.528606)
    # NumPy 2, 400,000 random permutations of SciPy's ranks, seed 7: 0.2785 and 0.0967
    assert everything.p == pytest.approx(0.2785, abs=0.002)
    assert typed.p == pytest.approx(0.0967, abs=0.002)


def test_the_saved_correlations_are_recomputed(study: Study) -> None:
    saved = saved_correlations(ReleaseTables(study.failures, study.opsets), study.notebook_outputs)
    assert len(saved) == 5
    assert list(saved["recomputed"].round(6)) == list(saved["value"])


def test_each_printed_correlation_comes_from_one_reading_and_no_procedure_gives_both(study: Study) -> None:
    frame = search(ReleaseTables(study.failures, study.opsets))
    whole = frame["outcome"] == "all"
    everything = frame[whole & frame["rho"].map(lambda r: agrees(r, "0.34", "rho"))]
    typed = frame[~whole & frame["rho"].map(lambda r: agrees(r, "0.33", "rho"))]
    procedure = ["change", "merged", "drop_first", "drop_last"]
    assert everything[procedure].to_numpy().tolist() == [["changes", False, True, True]]
    assert typed[[*procedure, "normalisation"]].to_numpy().tolist() == [["changes", True, True, True, "share"]]


def test_options_do_what_they_say(study: Study) -> None:
    failures, opsets = study.failures, study.opsets
    assert per_release(failures, opsets, Options(drop_first=False))["used"].sum() == 12
    assert per_release(failures, opsets, Options(drop_last=False))["used"].sum() == 12
    assert per_release(failures, opsets, Options(merged=False))["used"].sum() == 13
    daily = per_release(failures, opsets, Options(normalisation="per_day"))
    assert np.allclose(daily["value"] * daily["days"], daily["all"])
    share = per_release(failures, opsets, Options("incompatibility_or_type", "share", merged=False))
    assert not share.loc[share["all"] == 0, "used"].any()
    assert rho(failures, opsets, Options(change="added")) == pytest.approx(0.145840, abs=1e-6)


def test_varying_one_choice_at_a_time(study: Study) -> None:
    frame = variations(["tf2onnx", "torch.onnx"], ReleaseTables(study.failures, study.opsets)).set_index(
        ["choice", "value"]
    )
    assert frame["rho"].iloc[0] == pytest.approx(0.357, abs=5e-4)
    assert frame.index.get_level_values("choice").unique().tolist() == [
        "as described", "outcome", "size", "releases", "converter", "lag", "dates",
    ]  # fmt: skip
    expected = {
        ("outcome", "share of incompatibility or type problems"): Options("incompatibility_or_type", "share"),
        ("outcome", "failures per day"): Options(normalisation="per_day"),
        ("size", "operators added"): Options(change="added"),
        ("size", "operators updated"): Options(change="updated"),
        ("releases", "none merged"): Options(merged=False),
        ("releases", "first one kept"): Options(drop_first=False),
        ("releases", "last one kept, per day"): Options(drop_last=False, normalisation="per_day"),
        ("converter", "tf2onnx"): Options(converter="tf2onnx"),
        ("lag", "6 months"): Options(lag=6),
        ("dates", "releases as the registry dates them"): Options(dated_by="schema_registry"),
    }
    for key, options in expected.items():
        assert frame.loc[key, "rho"] == rho(study.failures, study.opsets, options), key
    assert frame.loc[("lag", "6 months"), "rho"] < 0 < frame.loc[("size", "from schema registry"), "rho"]
    assert frame["rho"].between(frame["low"], frame["high"]).all()


def test_readings_hit_as_many_numbers_as_they_round_to() -> None:
    readings = pd.DataFrame({"rho": [0.1, 0.1049, 0.2, -0.1, 0.31, 0.0012]})
    # of 0.00 to 0.20 these are 0.00, 0.10 and 0.20
    assert chance_match(readings, 0.2) == pytest.approx(3 / 21)
    assert chance_match(readings) == pytest.approx(4 / 61)


def _test(rho_: float, low: float, high: float, p: float) -> Correlation:
    return Correlation(11, rho_, low, high, p, exact=True)


@pytest.mark.parametrize(
    ("tests", "expected"),
    [
        ([_test(0.8, 0.4, 0.95, 0.004), _test(0.1, -0.5, 0.6, 0.8)], "supported"),
        ([_test(0.6, 0.1, 0.9, 0.04), _test(0.1, -0.5, 0.6, 0.8)], "undecided"),  # Holm: 0.08
        ([_test(-0.8, -0.95, -0.4, 0.004)], "rejected"),
        ([_test(0.0, -0.2, 0.2, 0.9), _test(0.1, -0.1, 0.29, 0.3)], "rejected"),
        ([_test(0.36, -0.33, 0.80, 0.28)], "undecided"),
    ],
)
def test_the_verdict_needs_evidence_either_way(tests: list[Correlation], expected: str) -> None:
    assert verdict(tests) == expected
    assert verdict_by_significance(tests[-1:]) in {"supported", "rejected"}
