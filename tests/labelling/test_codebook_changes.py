"""The codebook changes and every label keeps a meaning: nothing is relabelled silently, nothing lost."""

import csv
from pathlib import Path

import pytest

from analysis.dataset import load_failures
from datapackage.codebook import load_codebook
from datapackage.tables import read_table
from datapackage.validation import validate
from labelling.labels import resolve
from tests.conftest import DATA, Run
from tests.datapackage.test_edited_data import contents

PARTS = [
    [
        "--part",
        "crash_in_conversion",
        "Crash in conversion",
        "The converter stops.",
        "Choose it before a model is written.",
    ],
    ["--part", "crash_on_load", "Crash on load", "The loader stops.", "Choose it after a model is written."],
]


def test_an_added_code_is_everywhere_and_changes_no_label(data: Path, invoke: Run) -> None:
    before = (data / "codebook.yaml").read_text()
    result = invoke("labelling", "codebook", "add", "symptom", "flaky", "--name", "Flaky", "--definition", "Now and then.",
                    "--rule", "Only if a second run differs.", "--data", data)  # fmt: skip
    assert result.returncode == 0, result.stderr
    assert "version 2.0.0" in result.stdout
    assert load_codebook(data)["symptom"]["flaky"].rule == "Only if a second run differs."
    assert (data / "failures.csv").read_bytes() == (DATA / "failures.csv").read_bytes()
    assert "`flaky`" in (data / "README.md").read_text()
    comment = before.splitlines()[0]
    assert (data / "codebook.yaml").read_text().startswith(comment), "comments stay"
    assert validate(data) == []


def test_a_merged_code_is_retired_and_its_ratings_keep_it(data: Path, invoke: Run, tmp_path: Path) -> None:
    old = read_table(data, "failures")
    moved = set(old.loc[old["cause"] == "typo", "issue"])
    ratings, before = (data / "ratings.csv").read_bytes(), contents(data)
    base = ("labelling", "codebook", "merge", "cause", "typo", "--into", "incorrect_assignment", "--data", data)
    assert invoke(*base, "--proposal", tmp_path / "proposed.csv").returncode == 0
    proposed = list(csv.DictReader((tmp_path / "proposed.csv").read_text(encoding="utf-8").splitlines()))
    assert {row["issue"] for row in proposed} == moved
    assert {(row["old"], row["new"]) for row in proposed} == {("typo", "incorrect_assignment")}
    assert contents(data) == before
    result = invoke(*base)
    assert result.returncode == 0, result.stderr
    new = read_table(data, "failures")
    assert moved
    assert set(new.loc[new["issue"].isin(moved), "cause"]) == {"incorrect_assignment"}
    assert (
        new.loc[~new["issue"].isin(moved)]
        .drop(columns="cause")
        .equals(old.loc[~old["issue"].isin(moved)].drop(columns="cause"))
    )
    assert (data / "ratings.csv").read_bytes() == ratings
    assert b",typo," in ratings
    book = load_codebook(data)["cause"]
    assert "typo" not in book.slugs
    assert [(code.slug, code.becomes) for code in book.retired] == [("typo", ("incorrect_assignment",))]
    assert book.resolve("Typo").slug == "incorrect_assignment", "an old sheet is still read"
    assert f"{len(moved)} failures relabelled" in (data / "CHANGELOG.md").read_text()
    assert "Retired: `typo`" in (data / "README.md").read_text()
    assert validate(data) == []


def test_a_split_asks_for_every_label(data: Path, invoke: Run, tmp_path: Path) -> None:
    base = ["labelling", "codebook", "split", "symptom", "crash", "--data", data, *PARTS[0], *PARTS[1]]
    proposal = tmp_path / "crashes.csv"
    assert "--proposal" in invoke(*base).stderr
    assert invoke(*base, "--proposal", proposal).returncode == 0
    before = contents(data)
    refused = invoke(*base, "--mapping", proposal)
    count = int((load_failures(data)["symptom"] == "crash").sum())
    assert refused.returncode == 1
    assert f"{count} faults found" in refused.stderr
    assert contents(data) == before
    with proposal.open(newline="") as stream:
        rows = list(csv.DictReader(stream))
    filled = [row | {"new": PARTS[place % 2][1]} for place, row in enumerate(rows)]
    other = load_failures(data).query("symptom != 'crash'").iloc[0]
    _save(proposal, [*filled, filled[0] | {"sample": other["sample"], "issue": other["issue"]}])
    refused = invoke(*base, "--mapping", proposal)
    assert f"value '{other['issue']} ({other['sample']})': does not have the code crash" in refused.stderr
    assert contents(data) == before
    _save(proposal, filled)
    result = invoke(*base, "--mapping", proposal)
    assert result.returncode == 0, result.stderr
    _, problems = resolve(load_codebook(data), {"symptom": "CRASH", "cause": "Typo", "location": "Export"})
    assert [each.message for each in problems] == [
        f"is no code of Symptom any more; it became {PARTS[0][2]}, {PARTS[1][2]}: choose one"
    ], "a sheet of the older codebook is told what became of its code"
    symptoms = load_failures(data)["symptom"].value_counts()
    assert symptoms["crash_in_conversion"] + symptoms["crash_on_load"] == count
    assert load_codebook(data)["symptom"].slugs[:2] == ("crash_in_conversion", "crash_on_load")
    assert validate(data) == []


def _save(path: Path, rows: list[dict[str, str]]) -> None:
    """Write a table as a spreadsheet program with a decimal comma does."""
    with path.open("w", newline="", encoding="utf-16") as stream:
        writer = csv.DictWriter(stream, rows[0], delimiter=";")
        writer.writeheader()
        writer.writerows(rows)


@pytest.mark.parametrize(
    ("arguments", "expected"),
    [
        (["merge", "symptom", "crush", "--into", "hang"], "is no code of symptom"),
        (["merge", "symptom", "hang", "--into", "hang"], "cannot be merged into itself"),
        (["merge", "cause", "type_problem", "--into", "others"], "details, which would be lost"),
        (["add", "cause", "Typo", "--name", "T", "--definition", "d", "--rule", "r"], "must be a to z"),
        (["add", "cause", "incorrect_code_logic", "--name", "Incorrect code logic", "--definition", "d", "--rule", "r"],
         "belongs to both algorithmic_error and incorrect_code_logic"),
    ],
)  # fmt: skip
def test_what_would_leave_a_label_without_meaning_is_refused(
    arguments: list[str], expected: str, data: Path, invoke: Run
) -> None:
    before = contents(data)
    result = invoke("labelling", "codebook", *arguments, "--data", data)
    assert result.returncode == 1
    assert expected in result.stderr
    assert contents(data) == before
