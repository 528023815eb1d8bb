"""Of whom the survey's shares speak: users answer more often, and post-stratifying shows what that does."""

import pytest

from analysis.dataset import Study
from analysis.survey.populations import answering, population_shares


def test_users_answer_more_often(study: Study) -> None:
    counts, test = answering(study.survey)
    assert counts.to_numpy().tolist() == [[36, 3], [16, 35]]
    # R 4.2.2: fisher.test(rbind(c(36, 3), c(16, 35)))$p.value → 2.140637551e-09
    assert test.p == pytest.approx(2.140637551e-09, rel=1e-6)


def test_post_stratified_shares_weight_each_group_with_its_size(study: Study) -> None:
    shares = population_shares(study.survey).set_index("claim")
    assert "f1.onnx.share" not in shares.index
    crash = shares.loc["f3.crash.share"]
    # by hand: 14 of 36 users and 4 of 16 others who answered; 39 users and 51 others told
    assert crash["post_share"] == pytest.approx((39 * 14 / 36 + 51 * 4 / 16) / 90)
    assert crash["users_share"] == pytest.approx(14 / 36)
    assert crash["post_low"] < crash["post_share"] < crash["post_high"]
    performance = shares.loc["f3.perf.share"]
    assert performance["users_share"] == pytest.approx(15 / 36)


def test_a_share_over_all_lies_between_the_groups(study: Study) -> None:
    for _, row in population_shares(study.survey).iterrows():
        low, high = sorted((row["users_share"], row["others_share"]))
        assert low <= row["post_share"] <= high
