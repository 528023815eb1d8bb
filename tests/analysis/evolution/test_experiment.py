"""RQ3's experiment on invented models with known answers, and its words."""

import pandas as pd
import pytest
from scipy import stats

from analysis.evolution.experiment import CONVERTED, RIGHT, experiment, experiments, largest_steps, obstacles, outcomes
from analysis.evolution.experiment_text import experiment_numbers, sentence, short

FAILS, RUNS, WRONG = "conversion_failure", "success", "mismatch"


def campaign(*models: tuple[int, list[str]], first: int = 13) -> pd.DataFrame:
    """A model a row: its nodes, and its outcomes at operator sets 13, 14, …"""
    rows = []
    for index, (nodes, found) in enumerate(models):
        for opset, outcome in enumerate(found, start=first):
            error = ("no_operator", "Gelu") if outcome == FAILS else (None, None)
            rows.append(("tf2onnx", f"{nodes}-{index}", nodes, opset, outcome, *error))
    return pd.DataFrame(
        rows, columns=["converter", "model", "nodes", "opset", "outcome", "error_class", "error_operator"]
    )


CHANGES = pd.Series({13: 5, 14: 40, 15: 2, 16: 9, 17: 1})
LATE = [(20 + index % 3 * 10, [FAILS, FAILS, RUNS, RUNS, RUNS]) for index in range(40)]
ALWAYS = [(20 + index % 3 * 10, [RUNS] * 5) for index in range(30)]
EARLY = [(40, [FAILS, RUNS, RUNS, RUNS, RUNS]), (20, [RUNS, FAILS, RUNS, RUNS, RUNS])] * 5
TURNS_WRONG = [(20, [RUNS, RUNS, RUNS, WRONG, WRONG])] * 20


def test_what_cannot_be_expressed_is_not_called_wrong() -> None:
    converted, right = outcomes(campaign(*LATE, *ALWAYS))
    assert converted.mean().tolist() == pytest.approx([3 / 7, 3 / 7, 1, 1, 1])
    assert list(right.columns) == [15, 16, 17]
    assert right.all(axis=None)


def test_models_that_no_set_takes_do_not_keep_sets_from_being_compared() -> None:
    never = [(30, [FAILS] * 5)] * 60
    converted, right = outcomes(campaign(*LATE, *ALWAYS, *never))
    assert converted.mean().tolist() == pytest.approx([30 / 130, 30 / 130, 70 / 130, 70 / 130, 70 / 130])
    assert (list(right.columns), len(right)) == ([15, 16, 17], 70)
    told = sentence(experiment(campaign(*LATE, *ALWAYS, *never), CHANGES))
    assert "70 of 130 models convert from one set on and to none before, 60 to none" in told


def test_an_exporter_that_converts_nothing_is_told_and_ends_nothing() -> None:
    found = experiment(campaign(*[(30, [FAILS] * 5)] * 4), CHANGES)
    assert RIGHT not in found.tests
    assert "could be compared" in sentence(found)
    assert "too few models convert" in short(found)


def test_a_model_that_was_not_tested_everywhere_is_left_out() -> None:
    converted, _ = outcomes(campaign(*ALWAYS, (20, ["not_tested", RUNS, RUNS, RUNS, RUNS])))
    assert len(converted) == 30


def test_a_step_is_found_where_models_change_and_nowhere_else() -> None:
    found = experiment(campaign(*LATE, *ALWAYS, *TURNS_WRONG, *EARLY), CHANGES)
    (up,) = largest_steps(found, CONVERTED)
    assert (up["before"], up["after"], up["gained"], up["lost"]) == (14, 15, 45, 0)
    (down,) = largest_steps(found, RIGHT)
    assert (down["before"], down["after"], down["gained"], down["lost"]) == (15, 16, 0, 20)
    assert found.tests[RIGHT].varying == 20
    assert found.tests[CONVERTED].p < 1e-9
    assert found.first["once"].sum() == len(found.first) - 5
    assert found.model is None
    assert found.size is not None and found.size.n == 4
    # of the steps to 14, 15, 16 and 17, with 40, 2, 9 and 1 changes, that to 15 alone gains: the second smallest
    assert found.size.rho == pytest.approx(stats.spearmanr([40, 2, 9, 1], [0, 1, 0, 0]).statistic)
    assert found.converter == "tf2onnx"


def test_the_first_set_of_each_model_is_told_with_its_size() -> None:
    frame = campaign((20, [FAILS, RUNS]), (10, [RUNS, RUNS]), (30, [RUNS, FAILS]), (15, [FAILS, FAILS]))
    first = experiment(pd.concat([frame, campaign(*[(50, [RUNS, RUNS])] * 60)]), CHANGES).first
    assert list(first) == ["model", "nodes", "first", "once"]
    told = {row["model"]: (row["nodes"], row["first"], row["once"]) for row in first.to_dict("records")}
    assert {name: told[name] for name in ("20-0", "10-1", "30-2")} == {
        "20-0": (20, 14, True), "10-1": (10, 13, True), "30-2": (30, pytest.approx(float("nan"), nan_ok=True), False),
    }  # fmt: skip
    assert told["15-3"][2] and pd.isna(told["15-3"][1])


def test_where_models_come_and_go_odds_are_told() -> None:
    gaps = [
        (20 + index % 3 * 10, [[FAILS, RUNS][index % 2], FAILS, RUNS, [RUNS, FAILS][index % 5 == 0], RUNS])
        for index in range(40)
    ]
    found = experiment(campaign(*gaps), CHANGES)
    assert found.model is not None
    assert found.model.set_index("covariate").loc["opset", "low"] > 1
    assert "multiplies a model's odds" in sentence(found)


def test_obstacles_name_class_and_operator() -> None:
    found = obstacles({"one": campaign(*LATE)})
    assert found.to_numpy().tolist() == [
        ["tf2onnx", 13, "no_operator", "Gelu", 40],
        ["tf2onnx", 14, "no_operator", "Gelu", 40],
    ]


def test_obstacles_stand_by_exporter_and_set_the_commonest_first() -> None:
    frame = campaign(*[(20, [FAILS, FAILS])] * 9)
    frame.loc[frame["opset"] == 14, "error_operator"] = [
        "Gelu",
        "Abs",
        "Erf",
        "Erf",
        None,
        "Gelu",
        "Tan",
        "Celu",
        "Gelu",
    ]
    frame.loc[(frame["opset"] == 14) & frame["error_operator"].isin(["Tan", "Celu"]), "error_class"] = "no_attribute"
    frame.loc[frame["opset"] == 13, "error_class"] = ["b", "b", "a", "a", "a", "c", "c", "c", "c"]
    other = campaign((20, [FAILS])).assign(converter="another", error_operator=None)
    found = obstacles({"one": frame, "two": other}, most=2)
    assert found.to_dict("records") == [
        {"converter": name, "opset": opset, "error_class": kind, "operators": operators, "count": count}
        for name, opset, kind, operators, count in (
            ("another", 13, "no_operator", "", 1),
            ("tf2onnx", 13, "c", "Gelu", 4), ("tf2onnx", 13, "a", "Gelu", 3), ("tf2onnx", 13, "b", "Gelu", 2),
            ("tf2onnx", 14, "no_operator", "Gelu, Erf", 7), ("tf2onnx", 14, "no_attribute", "Celu, Tan", 2),
        )
    ]  # fmt: skip


def test_the_largest_step_comes_first_in_whichever_direction() -> None:
    mended, broken = [(20, [WRONG, RUNS, RUNS])] * 12, [(20, [RUNS, RUNS, WRONG])] * 25
    found = experiment(campaign(*mended, *broken, *[(20, [RUNS] * 3)] * 40), CHANGES)
    steps = largest_steps(found, RIGHT)
    assert [(step["before"], step["gained"], step["lost"]) for step in steps] == [(14, 0, 25), (13, 12, 0)]
    assert largest_steps(found, RIGHT, alpha=1e-5) == steps[:1]
    assert largest_steps(found, CONVERTED) == []


def test_its_sentence_says_what_was_found() -> None:
    told = sentence(experiment(campaign(*LATE, *ALWAYS, *TURNS_WRONG, *EARLY), CHANGES))
    assert "14 to 15 (+45" in told
    assert "15 to 16" in told
    level = sentence(experiment(campaign(*LATE, *ALWAYS, *EARLY), CHANGES))
    assert "the same models under every set" in level
    assert "no step is significant" not in level


def test_without_a_campaign_over_operator_sets_nothing_is_said() -> None:
    assert experiments({}, pd.DataFrame({"source": [], "opset": []})) == []
    assert experiment_numbers([], [])["experiments"] == ""


def test_the_few_words_name_the_ends() -> None:
    told = short(experiment(campaign(*LATE, *ALWAYS, *TURNS_WRONG, *EARLY), CHANGES))
    assert "the same 100 models" in told
    assert "under 17" in told
