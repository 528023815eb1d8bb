"""The paper's tables from the labelled failures, and what goes beyond them."""

import re
from pathlib import Path

import pandas as pd
import pytest

from analysis.dataset import Study, load_failures
from analysis.failures import agreement, labels
from datapackage.errors import InputError
from tests.conftest import Run, edit

# Tables 8 and 9 of the paper: torch.onnx, tf2onnx
TABLE_8 = {
    "load_model": (6, 5), "node_conversion": (78, 70), "optimization": (5, 14), "export": (0, 1), "validation": (3, 0),
    "not_distinguishable": (8, 10),
}  # fmt: skip
TABLE_9 = {
    "crash": (62, 50), "wrong_model": (30, 35), "bad_performance": (1, 2), "build_failure": (2, 3), "hang": (0, 0),
    "unreported": (5, 10),
}  # fmt: skip


@pytest.mark.parametrize(("dimension", "table"), [("location", TABLE_8), ("symptom", TABLE_9)])
def test_distributions_are_the_papers(study: Study, dimension: str, table: dict[str, tuple[int, int]]) -> None:
    frame = labels.distribution(study.failures, dimension, study.samples)
    wide = frame.pivot_table(index="code", columns="group", values="count", observed=False)
    assert {code: (int(row["torch.onnx"]), int(row["tf2onnx"])) for code, row in wide.iterrows()} == table
    assert (frame["low"] <= frame["share"]).all()
    assert (frame["share"] <= frame["high"]).all()


def test_the_weighted_share_weights_with_the_population(study: Study) -> None:
    frame = labels.distribution(study.failures, "location", study.samples).set_index(["code", "group"])
    expected = (327 * 0.78 + 242 * 0.70) / (327 + 242)
    assert frame.loc[("node_conversion", "weighted"), "share"] == pytest.approx(expected)


def test_totals_of_the_cross_table_are_consistent(study: Study) -> None:
    table = labels.cause_by_symptom(study.failures).set_index(["cause", "symptom", "converter"])["count"]
    assert table["total", "total", "torch.onnx"] == table["total", "total", "tf2onnx"] == 100
    cells = table[[key for key in table.index if "total" not in key]]
    for converter in ("torch.onnx", "tf2onnx"):
        assert cells.xs(converter, level="converter").sum() == 100
    binned = labels.binned_cause_by_symptom(study.failures).set_index(["cause", "symptom", "converter"])["count"]
    assert binned["other", "other", "tf2onnx"] == 9
    assert binned["total", "total", "tf2onnx"] == 100


def test_the_pilot_agreed_better_with_itself_than_with_the_final_labels(study: Study) -> None:
    index = ["dimension", "group", "coefficient"]
    pilot = agreement.rater_agreement(study.ratings, study.failures, "pilot").set_index(index)["value"]
    retest = agreement.retest_agreement(study.ratings, study.failures).set_index(index)
    assert pilot["cause", "pooled", "kappa"] == pytest.approx(0.9031, abs=5e-5)
    assert pilot["symptom", "pooled", "kappa"] == pytest.approx(0.9529, abs=5e-5)
    assert retest.loc[("cause", "agreed", "kappa"), "value"] == pytest.approx(0.6965, abs=5e-5)
    assert retest.loc[("cause", "pilot-1", "kappa"), "n"] == 22
    assert len(agreement.changed_labels(study.ratings, study.failures)) == 9


def test_a_single_code_leaves_kappa_undefined_and_the_chapter_standing(data: Path) -> None:
    study = Study(data)
    ratings = study.ratings
    one = ratings.assign(code=ratings["code"].where(ratings["dimension"] != "symptom", "crash"))
    frame = agreement.rater_agreement(one, study.failures, "pilot")
    row = frame[(frame["dimension"] == "symptom") & (frame["group"] == "pooled")].set_index("coefficient")
    assert pd.isna(row.loc["kappa", "value"])
    assert row.loc["ac1", "value"] == 1


def test_any_sample_can_be_analysed_and_compared(data: Path) -> None:
    edit(data / "samples.csv", "population\n", "population\nlater,onnx2tf,50\n")
    with (data / "failures.csv").open("a") as stream:
        for number in range(1, 21):
            stream.write(
                f"o/onnx2tf#{number},later,onnx2tf,,2024-01-01,2024-01-01,2024-01-01,hang,typo,,export,active,\n"
            )
    study = Study(data)
    later = load_failures(data, sample="later")
    frame = labels.distribution(later, "symptom", study.samples)
    assert set(frame["group"]) == {"onnx2tf", "pooled", "weighted"}
    assert frame.set_index(["code", "group"]).loc[("hang", "onnx2tf"), "share"] == 1
    overall, by_code = labels.compare_samples(study.all_failures, "issta24", "later")
    assert (overall["p_holm"] < 0.001).all()
    assert by_code.set_index("code").loc["hang", "second"] == 20
    assert len(study.failures) == 200
    single, none = labels.compare_converters(later)
    assert single["p"].isna().all()
    assert none.empty


def test_the_command_analyses_and_compares_samples(data: Path, invoke: Run, tmp_path: Path) -> None:
    edit(data / "samples.csv", "population\n", "population\nlater,onnx2tf,50\n")
    with (data / "failures.csv").open("a") as stream:
        stream.write("o/onnx2tf#1,later,onnx2tf,,2024-01-01,2024-01-01,2024-01-01,hang,typo,,export,active,\n")
    assert invoke("analysis", "sample", "issta24", "--csv", tmp_path).returncode == 0
    assert (
        pd.read_csv(tmp_path / "location.csv").query("code == 'node_conversion' and group == 'pooled'")["count"].item()
        == 148
    )
    assert len(pd.read_csv(tmp_path / "agreement.csv")) > 40
    shown = invoke("analysis", "sample", "issta24", "--against", "later", "--data", data)
    assert "by_code" in shown.stdout
    printed = invoke("analysis", "sample", "issta24").stdout.split("\n\n")[0]
    assert re.search(r"node_conversion +pooled +148 +200 +74 \[68, 80\] +–", printed)
    assert invoke("analysis", "sample", "nothing").returncode == 1


def test_an_unknown_sample_is_named_with_the_known_ones(data: Path) -> None:
    with pytest.raises(InputError, match=r"issta25.*no such sample; it has: issta24"):
        load_failures(data, sample="issta25")
