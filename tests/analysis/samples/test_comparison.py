"""Two samples side by side: what differs is seen, what is alike is said to be, and a finding that fails is told."""

from pathlib import Path

import pandas as pd
import pytest

from analysis.chapters import CHAPTERS, chapters_of
from analysis.dataset import Study
from analysis.failures.audited import audited_shares
from analysis.samples.comparison import by_code, findings, releases, summary
from datapackage.errors import InputError
from datapackage.tables import read_table, write_table
from tests.conftest import Run

OPENED = pd.Timestamp("2024-03-01")


@pytest.fixture
def two(data: Path) -> Path:
    """A copy with a second sample: the study's failures under other numbers, opened later, once more."""
    failures = read_table(data, "failures").astype(object)
    issues = [f"{key.split('#')[0]}#{900_000 + int(key.split('#')[1])}" for key in failures["issue"]]
    days = dict.fromkeys(("created", "created_earliest", "created_latest"), OPENED)
    later = failures.assign(issue=issues, sample="later", **days)
    write_table(data, "failures", pd.concat([failures, later], ignore_index=True))
    sizes = read_table(data, "samples").astype(object)
    write_table(data, "samples", pd.concat([sizes, sizes.assign(sample="later")], ignore_index=True))
    return data


def change(data: Path, **codes: str) -> None:
    failures = read_table(data, "failures").astype(object)
    for column, code in codes.items():
        failures.loc[failures["sample"] == "later", column] = code
    write_table(data, "failures", failures)


def test_a_sample_like_the_study_is_practically_alike_and_agrees_on_every_finding(two: Path) -> None:
    study = Study(two)
    codes, judged = by_code(study, "later", "issta24"), findings(study, "later", "issta24")
    found = summary(codes, judged)
    assert (found["different"], found["alike"]) == (0, found["codes"])
    decided = judged[(judged["sample"] == "later") & (judged["finding"] < 7)]
    assert (decided["verdict"] == decided["study"]).all()
    # 148 of 200 failures sit in node conversion; 65 wrong models against 15 unreported, the most frequent other symptom
    assert decided["value"].iloc[:2].tolist() == pytest.approx([148 / 200, 65 / 80])
    assert [chapter.slug for chapter in chapters_of(study)][-1] == "samples"


def test_a_sample_that_is_unlike_is_told(two: Path) -> None:
    change(two, location="optimization", symptom="hang")
    study = Study(two)
    codes = by_code(study, "later", "issta24").set_index("code")
    assert codes.loc["optimization", "p_holm"] < 0.001
    assert codes.loc["optimization", "equivalent"] == 0
    judged = findings(study, "later")
    assert judged["verdict"].tolist() == ["fails", "fails", "undecided", "undecided", "undecided"]
    assert judged["study"].iloc[0] == "holds"


def test_releases_without_failures_have_no_correlation_and_together_are_more(two: Path) -> None:
    table = releases(Study(two), "later", "issta24").set_index("sample")
    assert pd.isna(table.loc["later", "rho"])
    assert table.loc["issta24", "rho"] == pytest.approx(0.357, abs=0.001)  # paper/claims.csv, s61.rho.all
    assert table.loc["both", "failures"] == 400
    assert table.loc["both", "until"] == OPENED.date()
    assert table.loc["both", "releases"] >= table.loc["issta24", "releases"]


def test_without_a_second_sample_there_is_no_chapter(study: Study) -> None:
    assert chapters_of(study) == CHAPTERS


def test_the_commands_show_a_comparison_and_say_what_an_audit_lacks(two: Path, invoke: Run, tmp_path: Path) -> None:
    result = invoke("analysis", "sample", "later", "--against", "issta24", "--data", two, "--csv", tmp_path / "tables")
    assert result.returncode == 0, result.stderr
    assert {"findings.csv", "by_code.csv", "releases.csv", "tests.csv"} <= {
        path.name for path in (tmp_path / "tables").iterdir()
    }
    refused = invoke("analysis", "audited", "--sample", "later", "--data", two)
    assert refused.returncode == 1
    assert "holds no ratings by a machine of this sample" in refused.stderr


def test_an_audit_of_a_machine_that_is_right_and_of_one_that_always_says_the_same(two: Path) -> None:
    failures = read_table(two, "failures").astype(object)
    own = failures[failures["sample"] == "later"]
    raters = read_table(two, "raters").astype(object)
    machines = pd.DataFrame(
        {"rater": ["right", "stubborn"], "kind": "machine", "training": None, "tool": "1", "since": OPENED}
    )
    write_table(two, "raters", pd.concat([raters, machines.astype(object)], ignore_index=True))
    rows = [
        {"sample": "later", "round": f"machine-{rater}", "issue": issue, "rater": rater, "dimension": name, "revision": 1,
         "code": code if rater == "right" else own[name].iloc[0], "unsure": None, "time": None, "tool": "machine"}
        for rater in ("right", "stubborn")
        for name in ("symptom", "cause", "location")
        for issue, code in zip(own["issue"], own[name], strict=True)
    ]  # fmt: skip
    ratings = read_table(two, "ratings").astype(object)
    write_table(two, "ratings", pd.concat([ratings, pd.DataFrame(rows).astype(object)], ignore_index=True))
    study = Study(two)
    for rater in ("right", "stubborn"):
        frame = audited_shares(study, "later", rater)
        # every issue that the machine saw was read by people, so that it adds nothing
        assert frame["share"].to_numpy() == pytest.approx(frame["people"].to_numpy(), abs=1e-9)
        assert (frame["labelled"] == frame["n"]).all()
    with pytest.raises(InputError, match="name the machine with --rater"):
        audited_shares(study, "later")
