"""The same models through an exporter's versions: gains and losses on invented models, and what counts as such a campaign."""

import pandas as pd
import pytest

from analysis.dataset import Study
from analysis.evolution.experiment import CONVERTED, RIGHT
from analysis.evolution.experiment_tables import versions as versions_table
from analysis.evolution.experiment_text import versions_sentence
from analysis.evolution.versions import compare_versions

FAILS, RUNS, WRONG = "conversion_failure", "success", "mismatch"
# outcomes with versions 1.9.1, 1.10.0, 1.16.0
MODELS = (
    [(RUNS, RUNS, RUNS)] * 20 + [(FAILS, RUNS, RUNS)] * 3 + [(RUNS, WRONG, RUNS)] * 2 + [(RUNS, RUNS, "not_tested")]
)


def _campaign(outcomes: list[str]) -> pd.DataFrame:
    rows = [
        ("tf2onnx", f"20-{index}", 20, 18, outcome, "attribute_untyped" if outcome == FAILS else None)
        for index, outcome in enumerate(outcomes)
    ]
    return pd.DataFrame(rows, columns=["converter", "model", "nodes", "opset", "outcome", "error_class"])


def _campaigns(models: list[tuple[str, ...]], versions: tuple[str, ...]) -> dict[tuple[str, str], pd.DataFrame]:
    return {("tf2onnx", name): _campaign([model[place] for model in models]) for place, name in enumerate(versions)}


def test_versions_stand_in_their_order_and_models_are_their_own_controls() -> None:
    made = _campaigns(MODELS, ("1.9.1", "1.10.0", "1.16.0"))
    (found,) = compare_versions(dict(reversed(made.items())))
    assert found.versions == ["1.9.1", "1.10.0", "1.16.0"]  # not as text, where 1.10 stands before 1.9
    converted = found.shares[found.shares["question"] == CONVERTED]
    assert converted["count"].tolist() == [22, 25, 25]
    assert set(converted["n"]) == {25}  # one model was not tested with every version
    steps = found.steps.set_index(["question", "after"])
    assert steps.loc[(CONVERTED, "1.10.0"), ["gained", "lost"]].tolist() == [3, 0]
    assert steps.loc[(RIGHT, "1.10.0"), ["gained", "lost"]].tolist() == [0, 2]
    assert steps.loc[(RIGHT, "1.16.0"), ["gained", "lost"]].tolist() == [2, 0]
    # exact McNemar of 3 against 0: 2 / 2**3
    assert steps.loc[(CONVERTED, "1.10.0"), "p"] == pytest.approx(0.25)
    assert "3 were mended and 0 broken" in versions_sentence(found)
    assert "3 with 1.9.1 (attribute untyped)" in versions_sentence(found)
    assert "1.10.0" in versions_table([found]).gt.as_raw_html()
    # rows are numbered through both questions
    assert found.shares.index.tolist() == list(range(6))
    assert found.steps.index.tolist() == list(range(4))
    assert found.shares["condition"].tolist() == found.versions * 2


def test_what_models_fail_on_is_counted_by_version_the_commonest_first() -> None:
    made = _campaigns([(FAILS, FAILS)] * 3 + [(RUNS, FAILS)] * 2 + [(RUNS, RUNS)], ("1.9.1", "1.10.0"))
    made["tf2onnx", "1.10.0"].loc[4, "error_class"] = "no_operator"
    (found,) = compare_versions(made | {("torch.onnx", "2.5.0"): _campaign([RUNS])})
    assert found.converter == "tf2onnx"
    # with so few models converted the newer version's outputs are compared with nobody's
    assert list(found.tests) == [CONVERTED]
    assert "1.10.0" in versions_sentence(found)
    assert list(found.failures) == ["version", "error_class", "count"]
    assert found.failures.to_numpy().tolist() == [
        ["1.10.0", "attribute_untyped", 4], ["1.9.1", "attribute_untyped", 3], ["1.10.0", "no_operator", 1],
    ]  # fmt: skip


def test_nothing_is_tested_where_no_model_changes() -> None:
    (found,) = compare_versions(_campaigns([(RUNS, RUNS)] * 5, ("1.15.1", "1.16.1")))
    assert found.tests[CONVERTED].varying == 0
    assert "the same ones with every version" in versions_sentence(found)


def test_one_version_is_no_comparison() -> None:
    assert compare_versions(_campaigns([(RUNS,)], ("1.17.0",))) == []


def test_campaigns_of_versions_are_none_of_today() -> None:
    study = Study()
    study.__dict__["_campaigns"] = {
        "2026-11-versions-tf2onnx-1.15.1": _campaign([RUNS]),
        "2026-11-synthetic-tf2onnx": _campaign([RUNS]),
    }
    assert list(study.version_campaigns) == [("tf2onnx", "1.15.1")]
    assert list(study.campaigns) == ["2026-11-synthetic-tf2onnx"]
