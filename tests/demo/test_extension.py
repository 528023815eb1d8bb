"""The whole way of an extender, from the stand-in for GitHub to a report on two samples, against the truth that was invented."""

import csv
import hashlib
from pathlib import Path

import pandas as pd
import pytest

from analysis.dataset import Study
from analysis.failures.audited import audited_shares
from analysis.failures.labels import DIMENSIONS, WEIGHTED
from datapackage.tables import read_table
from datapackage.validation import validate
from demo.extension import PEOPLE, RATERS, ROBOT, SAMPLE, Example, extend
from demo.github_server import excerpt
from demo.github_server.schema import whole_schema
from demo.raters import kappa
from labelling.project import Project
from labelling.record import read_labels
from tests.conftest import DATA, Run


@pytest.fixture(scope="module")
def example(tmp_path_factory: pytest.TempPathFactory) -> Example:
    before = _hashes(DATA)
    made = extend(tmp_path_factory.mktemp("demo") / "example", lambda _: None)
    assert _hashes(DATA) == before, "the project's own data stays as it was"
    return made


def _hashes(folder: Path) -> dict[str, str]:
    return {str(path): hashlib.sha256(path.read_bytes()).hexdigest() for path in folder.rglob("*") if path.is_file()}


@pytest.mark.xdist_group("demo")
def test_the_raters_agreement_is_what_their_error_model_says(example: Example, invoke: Run, tmp_path: Path) -> None:
    table = tmp_path / "agreement.csv"
    result = invoke(
        "labelling", "agreement", "--store", example.store, "--data", example.data, "--sample", SAMPLE, "--csv", table
    )
    assert result.returncode == 0, result.stderr
    with table.open() as stream:
        rows = [row for row in csv.DictReader(stream) if row["group"] == "pooled" and row["coefficient"] == "kappa"]
    between = {row["dimension"]: row for row in rows if row["comparison"] == "raters"}
    for dimension in DIMENSIONS:
        low, high = (float(between[dimension][name]) for name in ("low", "high"))
        assert low <= kappa(PEOPLE) <= high, dimension


@pytest.mark.xdist_group("demo")
def test_every_issue_has_its_final_label_and_every_rating_is_kept(example: Example) -> None:
    failures = read_table(example.data, "failures")
    added = failures[failures["sample"] == SAMPLE].set_index("issue")
    assert len(added) == 60
    labels = read_labels(Project(example.store, SAMPLE))
    people = {(label.issue, label.rater): label.codes for label in labels if label.rater in RATERS}
    for issue, row in added.iterrows():
        said = [people[str(issue), rater] for rater in RATERS]
        truth = {
            name: code
            for name in ("symptom", "cause", "location")
            if (code := getattr(example.truth[str(issue)], name))
        }
        final = {name: row[name] for name in truth}
        # agreed labels stand, right or wrong; where raters differed the truth was decided
        assert final == ({name: said[0][name] for name in truth} if said[0] == said[1] else truth)
    ratings = read_table(example.data, "ratings")
    mine = ratings[(ratings["sample"] == SAMPLE) & (ratings["dimension"] == "symptom")]
    assert mine["rater"].value_counts().to_dict() == {"robot": 244, "ann": 60, "bob": 60, "consensus": 22}
    assert validate(example.data) == []


@pytest.mark.xdist_group("demo")
def test_the_audited_intervals_hold_the_population_that_was_invented(example: Example) -> None:
    """Seven of the largest codes; with intervals of 95 % one miss in seven is within what chance does, two are not likely."""
    frame = audited_shares(Study(example.data), SAMPLE)
    issues = pd.read_csv(example.store / "populations" / f"{SAMPLE}.csv")["issue"]
    shares = frame[(frame["group"] == WEIGHTED) & (frame["share"] > 0.1)]
    assert len(shares) >= 7
    missed = []
    for row in shares.to_dict("records"):
        true = sum(getattr(example.truth[issue], row["dimension"]) == row["code"] for issue in issues) / len(issues)
        if not row["low"] <= true <= row["high"]:
            missed.append((row["code"], true))
    assert len(missed) <= 1
    large = frame[(frame["group"] == WEIGHTED) & (frame["people"] > 0.2)]
    assert (large["effective"] > 1.3 * large["n"]).all(), (
        f"a machine that knows {ROBOT:.0%} of the codes must gain something"
    )


@pytest.mark.xdist_group("demo")
def test_the_report_has_both_samples(example: Example) -> None:
    page = (example.report / "paper" / "report.html").read_text(encoding="utf-8")
    for expected in ('id="samples-which-findings-hold"', 'id="figure-samples"', 'id="table-samples-audited"'):
        assert expected in page
    assert "Extension: " in (example.report / "paper" / "glance.md").read_text(encoding="utf-8")
    assert (example.report / "figures" / "samples.png").stat().st_size > 10_000
    assert (example.report / "paper" / "tables" / "samples-findings.tex").is_file()
    # the study's own claims are untouched by a second sample
    assert (example.report / "paper" / "claims.csv").read_bytes() == (DATA.parent / "paper" / "claims.csv").read_bytes()


def test_the_excerpt_of_the_schema_is_what_the_queries_touch() -> None:
    assert excerpt.PATH.read_text(encoding="utf-8") == excerpt.excerpt(whole_schema(), excerpt.QUERIES)


def test_a_folder_that_exists_is_left_alone(tmp_path: Path, run: Run) -> None:
    result = run("demo", "--out", tmp_path)
    assert result.returncode == 1
    assert "exists" in result.stderr
    assert list(tmp_path.iterdir()) == []
