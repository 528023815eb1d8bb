"""Finding 9's test: planted structure is found, none is found where there is none, and results follow the data."""

from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from analysis.conversions import sequence_counts, sequence_odds, sequences
from analysis.conversions.sequence_figures import pictures
from analysis.conversions.sequence_results import (
    QUICK,
    SequenceResults,
    compute,
    inputs_hashes,
    keep,
    kept,
    sequence_results,
)
from analysis.conversions.sequence_tables import percent, tables
from analysis.conversions.sequence_text import numbers
from analysis.dataset import Study
from datapackage.errors import InputError

PRINTED = Study().claims.set_index("claim_id")["published"]
OPERATORS = (*(f"Other{number}" for number in range(16)), "Log", "Sqrt", "Tan")


def chains(count: int, seed: int, planted: str | None = None) -> pd.DataFrame:
    """Return chains of random operators, a third of them mismatched; in most mismatched ones a planted sequence."""
    generator = np.random.default_rng(seed)
    rows = []
    for number in range(count):
        nodes = int(generator.choice([15, 20, 25]))
        words = [str(generator.choice(OPERATORS)) for _ in range(nodes)]
        wrong = number % 3 == 0
        if planted and wrong and generator.random() < 0.9:
            words[3 : 3 + len(planted.split())] = planted.split()
        text = " ".join([f"{words[0]}^1", *(f"{word}<1" for word in words[1:-1]), f"{words[-1]}<1$1"])
        verdict = "mismatch" if wrong else "match"
        rows.append(("made", "tf2onnx", nodes, f"{nodes}-{number}", 18, verdict, verdict, "1", text))
    return pd.DataFrame(
        rows,
        columns=[
            "campaign",
            "converter",
            "nodes",
            "model",
            "opset",
            "by_close_1e_3",
            "by_absolute_1e_7",
            "paths",
            "graph",
        ],
    )


def within_bands(frame: pd.DataFrame) -> pd.DataFrame:
    found = sequences.campaign_nulls(frame, draws=199, reduced_draws=9)
    return found[(found["criterion"] == "absolute_1e_7") & (found["bands"] == "15 nodes")].set_index("rule")


def test_a_planted_sequence_is_found_by_both_rules() -> None:
    found = within_bands(chains(45, 1, "Log Sqrt Tan Log"))
    assert (found["p"] == 1 / (found["draws"] + 1)).all()
    assert (found["observed"] >= 12).all()
    assert (found["null_mean"] < found["observed"]).all()


def test_the_seed_alone_decides_the_rearrangements() -> None:
    made = chains(24, 3)
    once, again, other = (sequences.campaign_nulls(made, draws=29, reduced_draws=3, seed=seed) for seed in (1, 1, 2))
    pd.testing.assert_frame_equal(once, again)
    assert (once["observed"] == other["observed"]).all()
    assert (once["distribution"] != other["distribution"]).any()


def test_random_structure_shows_nothing_however_much_is_shared() -> None:
    p = [within_bands(chains(45, seed)).loc["containment", "p"] for seed in range(2, 8)]
    assert min(p) > 0.01
    assert max(p) > 0.2


def test_the_order_of_rows_and_the_run_do_not_matter() -> None:
    frame = chains(30, 1, "Log Sqrt Tan Log")
    first = sequences.campaign_nulls(frame, draws=50, reduced_draws=5)
    pd.testing.assert_frame_equal(first, sequences.campaign_nulls(frame.copy(), draws=50, reduced_draws=5))


def test_models_in_a_band_of_one_kind_are_counted_as_fixed() -> None:
    frame = chains(30, 1).assign(nodes=lambda rows: np.where(rows.index < 4, 90, 15))
    frame.loc[:3, ["by_close_1e_3", "by_absolute_1e_7"]] = "mismatch"
    assert (within_bands(frame)["fixed"] == 4).all()


def test_nan_is_read_both_ways() -> None:
    frame = chains(30, 1)
    frame.loc[[1, 2], "by_absolute_1e_7"] = "not_compared"
    found = sequences.campaign_nulls(frame, draws=20, reduced_draws=2)
    models = found[found["criterion"] == "absolute_1e_7"].groupby("nan")["models"].first()
    assert models.to_dict() == {"nan as match": 30, "nan left out": 28}


def test_the_simulation_has_the_studys_numbers_of_models() -> None:
    frame = pd.concat([chains(700, 3), chains(700, 4).assign(converter="torch.onnx-torchscript")])
    record = Study().conversions
    found = sequences.study_nulls(
        frame, record, {"torch.onnx": 96, "tf2onnx": 216}, samples=2, labellings=10, reduced_draws=4
    )
    assert set(found["converter"]) == {"tf2onnx"}  # of torch.onnx's 981 models only 700 have a graph
    counts = found.drop_duplicates(["converter", "nan"]).set_index(["converter", "nan"])[
        ["mismatched", "models", "observed"]
    ]
    assert tuple(counts.loc[("tf2onnx", "nan as match")]) == (220, 263, 216)
    assert tuple(counts.loc[("tf2onnx", "nan left out")]) == (220, 233, 216)
    assert (found[found["rule"] == "reduced_blocks"]["draws"] == 4).all()


def test_torch_onnx_has_its_row_once_there_are_as_many_graphs_as_the_study_has_models() -> None:
    record = Study().conversions
    nodes, marks = sequences.studys_models(record, "torch.onnx", sequences.NAN_MATCHES)
    assert (len(nodes), int(marks.sum())) == (981, 100)
    graphs = chains(len(nodes), 6).assign(converter="torch.onnx-torchscript")
    shown = {"torch.onnx": 96, "tf2onnx": 216}

    def rows(frame: pd.DataFrame) -> pd.DataFrame:
        return sequences.study_nulls(frame, record, shown, samples=1, labellings=10, reduced_draws=2)

    found = rows(graphs)
    assert rows(graphs.iloc[1:]).empty
    assert set(found["converter"]) == {"torch.onnx"}
    assert set(found["rule"]) == set(sequences.RULES)
    assert set(zip(found["mismatched"], found["models"], found["observed"], strict=True)) == {(100, 981, 96)}
    results = SequenceResults(
        found, *(pd.DataFrame(columns=list(frame.columns)) for frame in sequence_results(Study())[1:])
    )
    texts = numbers(results)
    assert "torch.onnx, 100 mismatched and 881 correct models" in texts["sequence-study"]
    assert "torch.onnx: 96 of 100 mismatched models have a sequence of their own" in texts["sequence-finding"]
    assert [picture.name for picture in pictures(results)] == ["sequence-chance"]


def test_what_tables_12_and_15_count_is_counted_on_campaigns() -> None:
    texts = [
        "Abs^1 Neg<1 Exp<1$1",
        "Abs^1 Neg<1 Exp<1$1",
        "Sin^1 Cos<1 Tan<1$1",
        "Sin^1 Cos<1 Tan<1$1",
        "Log^1 Cos<1$1",
    ]
    frame = chains(5, 1).assign(graph=texts, by_absolute_1e_7=["mismatch"] * 3 + ["match", "not_compared"])
    (row,) = sequence_counts.counts(frame).to_dict("records")
    assert (row["mismatched"], row["correct"]) == (3, 2)
    found = {name: row[name] for name in sequence_counts.COUNTED}
    assert found == {
        "mismatch_shared": 1,  # Abs Neg Exp
        "shared_with_correct": 1,  # Sin Cos Tan
        "mismatch_only": 1,
        "models_with_mismatch_only": 2,
        "operators_mismatched": 6,
        "operators_correct": 4,
        "operators_mismatched_not_correct": 3,
        "operators_correct_not_mismatched": 1,
    }
    assert sequence_counts.counts(frame.assign(by_absolute_1e_7="match")).empty


def test_a_text_that_is_no_graph_is_named(tmp_path: Path) -> None:
    frame = chains(20, 1)
    frame.loc[[3, 5], "graph"] = "Abs<4"
    with pytest.raises(InputError) as caught:
        sequences.read_graphs(frame)
    assert len(caught.value.faults) == 2


def test_odds_prediction_and_held_out_check_find_what_is_planted() -> None:
    frame = chains(120, 5, "Log Sqrt Tan Log")
    found = sequence_odds.odds_ratios(frame)
    first = found[found["criterion"] == "absolute_1e_7"].iloc[0]
    assert set(first["sequence"].split()) <= {"Log", "Sqrt", "Tan"}
    assert first["low"] > 1
    assert first["p_bh"] < 0.001
    confirmed = sequence_odds.held_out(frame)
    assert (confirmed["confirmed"] >= 1).all()
    areas = sequence_odds.prediction(frame).set_index(["criterion", "predictor"])["auc"]
    assert areas["absolute_1e_7", "sequences"] > 0.85 > areas["absolute_1e_7", "size"]


def test_fishers_p_agrees_with_scipy() -> None:
    from scipy import stats  # noqa: PLC0415

    generator = np.random.default_rng(1)
    table, marks = generator.random((40, 15)) < 0.4, generator.random(40) < 0.3
    counts = [
        [[(column == has)[marks == kind].sum() for has in (True, False)] for kind in (True, False)]
        for column in table.T
    ]
    expected = [stats.fisher_exact(each).pvalue for each in counts]
    assert sequence_odds.fisher(table, marks) == pytest.approx(expected)


def test_kept_results_belong_to_their_data(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setattr("analysis.conversions.sequence_results._FOLDER", tmp_path)
    nulls = sequences.campaign_nulls(chains(30, 1), draws=20, reduced_draws=2)
    results = SequenceResults(nulls, nulls, *(pd.DataFrame({"a": [1]}) for _ in range(4)))
    assert kept("campaigns", "one") is None
    keep(dict.fromkeys(SequenceResults._fields, "one") | {"study": "two"}, results)
    assert kept("campaigns", "two") is None
    assert kept("study", "one") is None
    for name, key in (("campaigns", "one"), ("study", "two")):
        found = kept(name, key)
        assert found is not None
        assert found["distribution"].tolist() == nulls["distribution"].tolist()


def test_an_edited_record_is_simulated_anew_and_campaigns_are_not(monkeypatch: pytest.MonkeyPatch) -> None:
    class Edited(Study):
        conversions = Study().conversions.query("nodes < 40")  # type: ignore[assignment]

    def never(*_: object, **__: object) -> None:
        raise AssertionError("what the graphs alone decide is computed again")

    for name in ("campaign_nulls", "_WITHOUT_DRAWS"):
        monkeypatch.setattr(f"analysis.conversions.sequence_results.{name}", never)
    monkeypatch.setattr(
        "analysis.conversions.sequence_results.study_nulls",
        lambda _graphs, record, _shown, **_numbers: pd.DataFrame({"rows": [len(record)]}),
    )
    found = sequence_results(Edited())
    assert found.study["rows"].tolist() == [len(Edited.conversions)]
    pd.testing.assert_frame_equal(found.campaigns, sequence_results(Study()).campaigns)


def test_the_stored_results_are_those_of_the_data() -> None:
    """A graph, a verdict or a rule that changes makes them stale: run `make nulls`."""
    study = Study()
    keys = inputs_hashes(study)
    assert all(kept(name, keys[name]) is not None for name in SequenceResults._fields)
    graphs = study.graphs[study.graphs["campaign"] == "2026-11-small-torchscript"]
    own = sequences.campaign_nulls(graphs[graphs["opset"] == 18], draws=19, reduced_draws=1)
    columns = [
        "population",
        "converter",
        "criterion",
        "nan",
        "bands",
        "rule",
        "models",
        "mismatched",
        "fixed",
        "observed",
    ]
    stored = sequence_results(study).campaigns
    tested = stored[stored["population"] == "2026-11-small-torchscript"]
    pd.testing.assert_frame_equal(tested[columns].reset_index(drop=True), own[columns], check_dtype=False)


def test_without_graphs_the_section_is_left_out() -> None:
    class Bare(Study):
        graphs = Study().graphs.iloc[:0]  # type: ignore[assignment]

    results = compute(Bare(), QUICK)
    assert numbers(results)["sequence-tests"] == ""
    assert tables(results, PRINTED) == ()
    assert pictures(results) == ()


def test_the_report_shows_what_was_found() -> None:
    results = sequence_results(Study())
    texts = numbers(results)
    row = results.nulls[(results.nulls["population"] == "study") & (results.nulls["rule"] == "containment")].iloc[0]
    assert f"counts {row['observed']}, chance {row['null_mean']:.1f}" in texts["sequence-study"]
    assert [table.name for table in tables(results, PRINTED)][:3] == [
        "sequence-study", "sequence-counts", "sequence-campaigns",
    ]  # fmt: skip


@pytest.mark.parametrize(("share", "shown"), [(0.0, "0.0"), (0.0004, "0.04"), (0.034, "3.4"), (1.0, "100")])
def test_shares_of_draws_keep_small_ones_visible(share: float, shown: str) -> None:
    assert percent(share, 0, 1).startswith(shown)
