"""The labels' error: which readings count, and what the study's data gives."""

from pathlib import Path

import pytest

from analysis.dataset import Study
from analysis.failures.label_error import PRIORS, code_strata, corrected_shares, location_retest, thresholds


def test_every_issue_is_read_as_often_as_it_was_labelled(study: Study) -> None:
    readings: dict[int, int] = {}
    for stratum in code_strata(study, "symptom", "crash"):
        for (_, n), cases in stratum.patterns.items():
            readings[n] = readings.get(n, 0) + cases
    # 200 final labels, of which 18 are the drift check's; the pilot's 60 issues, 22 of them in the sample
    assert sum(readings.values()) == 200 + 60 - 22
    assert sum(n * cases for n, cases in readings.items()) == (200 - 18) + 2 * 18 + 2 * 60
    populations = [stratum.population for stratum in code_strata(study, "symptom", "crash")]
    assert sorted(populations) == [0, 0, 242, 327]


def test_location_was_read_twice_in_the_drift_check_alone(study: Study) -> None:
    retest = location_retest(study)
    assert (retest.alike, retest.n) == (18, 18)
    # Clopper & Pearson: 0.025 ** (1 / 18)
    assert retest.low == pytest.approx(0.025 ** (1 / 18), abs=1e-9)


def test_the_headlines_stand_the_usual_error(study: Study) -> None:
    shares = corrected_shares(study, (("location", "node_conversion"), ("symptom", "wrong_model")))
    assert list(shares["prior"]) == 2 * list(PRIORS)
    usual = shares[shares["prior"] == "usual"].set_index("code")
    assert usual.loc["node_conversion", "low"] > 2 / 3
    assert usual.loc["wrong_model", "low"] > 1 / 4
    assert (shares["high"] - shares["low"] > shares["labelled_high"] - shares["labelled_low"]).all()
    tipping = thresholds(shares)
    # (q - t) / (1 - t) at the weighted shares (327·0.78 + 242·0.70) / 569 and (327·0.31 + 242·0.34)… as counted
    assert tipping.loc["node_conversion", "one_sided"] == pytest.approx((0.745975 - 2 / 3) / (1 / 3), abs=1e-5)


def test_a_changed_label_changes_the_correction(study: Study, tmp_path: Path) -> None:
    changed = study.failures.assign(location="export")
    other = Study(tmp_path)
    other.__dict__.update({name: getattr(study, name) for name in ("ratings", "samples")} | {"failures": changed})
    shares = corrected_shares(other, (("location", "node_conversion"),))
    assert shares["share"].max() < 0.1
