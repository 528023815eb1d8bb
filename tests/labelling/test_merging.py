"""From disagreement to decision to dataset: nothing half done, nothing doubled, every label's story kept."""

from pathlib import Path

import openpyxl
import pandas as pd
import pytest

from analysis.dataset import Study, load_failures, load_ratings
from analysis.failures.samples import describe_sample
from datapackage.tables import read_table
from datapackage.transaction import finish
from datapackage.validation import validate
from labelling.finals import standings
from labelling.merge import merge
from labelling.project import Project
from labelling.record import read_labels
from tests.conftest import DATA, Run
from tests.datapackage.killing import killed_at
from tests.datapackage.test_edited_data import contents
from tests.labelling.conftest import ISSUES, LABEL, column, draw_sample, fill

DISPUTED = {issue for _, issue in ISSUES[:3]}
BOB = {"Symptom": "Hang", "Rationale": "waits for ever"}


@pytest.fixture
def labelled(sheets, read) -> None:
    """Two raters of all issues, who differ on three."""
    first, second = sheets("--drift", 2)
    fill(first)
    fill(second, lambda issue: LABEL | (BOB if issue in DISPUTED else {}))
    assert read(first, second).returncode == 0


@pytest.fixture
def decide(invoke: Run, store: Path, tmp_path: Path):
    """Write the sheet of disagreements, fill it, read it."""

    def run(
        cells=lambda _: {"Symptom": "Hang", "Rationale": "rule on hangs", "Decided by": "ann and bob"}, *options: str
    ):
        sheet = tmp_path / f"decide-{len(list(tmp_path.glob('decide-*')))}.xlsx"
        base = ("labelling", "adjudicate", "--store", store, "--sample", "autumn", "--cache", tmp_path / "cache")
        written = invoke(*base, "--out", sheet)
        assert written.returncode == 0, written.stderr
        return invoke(*base, "--read", fill(sheet, cells), *options), sheet

    return run


@pytest.fixture
def merge_(invoke: Run, store: Path, data: Path):
    return lambda *options: invoke(
        "labelling", "merge", "--store", store, "--data", data, "--sample", "autumn", *options
    )


def test_the_sheet_shows_both_labels_and_what_is_agreed(labelled, decide, project: Project) -> None:
    result, sheet = decide(lambda _: {})
    assert "0 decided" not in result.stdout
    assert result.returncode == 1, "agreed codes stand there already; the symptom is still to be decided"
    rows = openpyxl.load_workbook(sheet)["Issues"]
    assert {rows.cell(row, column(rows, "Issue")).value for row in range(2, rows.max_row + 1)} == DISPUTED
    said = rows.cell(2, column(rows, "Raters say")).value
    assert "ann: Crash · Type problem / Tensor · Export" in said
    assert "bob: Hang" in said
    assert "waits for ever" in said
    assert [rows.cell(2, column(rows, heading)).value for heading in LABEL] == [
        None,
        "Type problem",
        "Tensor",
        "Export",
    ]


def test_a_decision_needs_who_and_why(labelled, decide, project: Project) -> None:
    result, _ = decide(lambda _: {"Symptom": "Hang"})
    assert result.returncode == 1
    assert result.stderr.count("must say who decided") == 3
    assert result.stderr.count("must say why") == 3
    assert not [label for label in read_labels(project) if label.rater == "consensus"]


def test_decisions_become_final_labels(labelled, decide, project: Project) -> None:
    result, _ = decide()
    assert "3 decided" in result.stdout
    assert "0 left to decide" in result.stdout
    finals = {each.issue: (each.state, each.final.symptom) for each in standings(project) if each.final}
    assert {issue for issue, (state, _) in finals.items() if state == "adjudicated"} == DISPUTED
    assert all(finals[issue] == ("adjudicated", "hang") for issue in DISPUTED)
    assert len(finals) == 24


def test_a_label_changed_after_its_decision_is_decided_again(  # noqa: PLR0917 - fixtures
    labelled, decide, sheets, read, store: Path, project: Project
) -> None:
    decide()
    sheet = store / "labelling" / "autumn" / "sheets" / "main-bob.xlsx"
    issue = min(DISPUTED)
    read(fill(sheet, lambda each: {"Symptom": "Unreported"} if each == issue else {}))
    assert {each.issue: each.state for each in standings(project)}[issue] == "stale"
    assert (
        "1 changed"
        in decide(lambda _: {"Symptom": "Unreported", "Rationale": "seen again", "Decided by": "ann"})[0].stdout
    )
    assert {each.issue: each.state for each in standings(project)}[issue] == "adjudicated"


def test_what_is_not_agreed_is_not_merged(labelled, merge_, data: Path, sheets) -> None:
    before = contents(data)
    result = merge_()
    assert result.returncode == 1
    assert result.stderr.count("raters differ; decide it") == 3
    assert contents(data) == before


def test_half_labelled_issues_are_named_with_the_rater(sheets, read, merge_) -> None:
    first, second = sheets()
    fill(second, lambda issue: {} if issue == ISSUES[4][1] else LABEL)
    read("--partial", fill(first), second)
    result = merge_()
    assert result.returncode == 1
    assert f"value '{ISSUES[4][1]}': is not labelled by bob yet" in result.stderr
    assert result.stderr.count("[half-labelled]") == 1


def test_a_merged_sample_is_in_all_tables_and_sound(labelled, decide, merge_, data: Path, project: Project) -> None:
    decide()
    result = merge_()
    assert result.returncode == 0, result.stderr
    assert "version 1.1.0" in result.stdout
    assert validate(data) == []
    failures = load_failures(data, sample="autumn")
    assert len(failures) == 24
    assert set(failures.loc[failures["issue"].isin(DISPUTED), "symptom"]) == {"hang"}
    ratings = read_table(data, "ratings")
    mine = ratings[ratings["sample"] == "autumn"]
    assert len(mine) == 4 * len(read_labels(project)) == 4 * (2 * 26 + 3)
    assert set(mine["tool"].astype(str)) == {"sheet", "adjudication"}
    raters = read_table(data, "raters").set_index("rater")["kind"].astype(str)
    assert raters[["ann", "bob", "consensus", "pilot-1"]].tolist() == ["human", "human", "consensus", "human"]
    samples = read_table(data, "samples").set_index(["sample", "converter"])["population"]
    assert samples["autumn", "tf2onnx"] == 500
    changelog = (data / "CHANGELOG.md").read_text()
    assert changelog.index("## 1.1.0") < changelog.index("## 1.0.0")
    assert "Sample `autumn`: 24 failures" in changelog
    text = "".join(path.read_text() for path in data.rglob("*") if path.is_file())
    assert "waits for ever" not in text, "rationales stay with the sheets"
    assert "ann and bob" not in text
    # the study's rows are untouched
    pd.testing.assert_frame_equal(load_failures(data, sample="issta24"), load_failures(DATA, sample="issta24"))
    agreement = describe_sample(Study(data), "autumn")["agreement"]
    pooled = agreement[(agreement["group"] == "pooled") & (agreement["coefficient"] == "percent")].set_index(
        "dimension"
    )
    assert pooled.loc["symptom", "n"] == 26
    assert set(load_ratings(data).query("sample == 'autumn'")["rater"]) == {"ann", "bob"}


def test_a_sample_is_merged_once_and_an_issue_counts_once(  # noqa: PLR0917 - fixtures
    labelled, decide, merge_, data: Path, store: Path, invoke: Run
) -> None:
    decide()
    merge_()
    before = contents(data)
    assert "samples.csv, value 'autumn': is in the data already, and a sample is merged once" in merge_().stderr
    draw_sample(store, "winter", ISSUES[:2])
    for arguments in (
        ["sheets", "--raters", "ann"],
        ["read", store / "labelling" / "winter" / "sheets" / "main-ann.xlsx"],
    ):
        if arguments[0] == "read":
            fill(arguments[1])
        else:
            arguments += ["--sample", "winter", "--again"]
        assert invoke("labelling", *arguments, "--store", store).returncode == 0
    refused = invoke("labelling", "merge", "--store", store, "--data", data, "--sample", "winter")
    assert refused.stderr.count("stands in the data already (sample autumn)") == 2
    assert contents(data) == before
    assert (
        invoke(
            "labelling", "merge", "--store", store, "--data", data, "--sample", "winter", "--allow-overlap"
        ).returncode
        == 0
    )
    assert validate(data) == []


def test_a_code_that_the_codebook_lost_is_refused(labelled, decide, merge_, data: Path) -> None:
    decide()
    book = data / "codebook.yaml"
    book.write_text(book.read_text().replace("slug: hang\n", "slug: standstill\n"))
    assert merge_().returncode == 1


def test_an_edited_data_folder_is_not_merged_into(labelled, decide, merge_, data: Path) -> None:
    decide()
    with (data / "samples.csv").open("a") as stream:
        stream.write("later,tf2onnx,5\n")
    assert "edited since it was described" in merge_().stderr


def test_a_pseudonym_of_another_kind_is_refused(labelled, decide, merge_, data: Path, invoke: Run) -> None:
    decide()
    with (data / "raters.csv").open("a") as stream:
        stream.write("bob,machine,,m-1,2025-01-01\n")
    rows = (data / "raters.csv").read_text().splitlines()
    (data / "raters.csv").write_text("\n".join([rows[0], *sorted(rows[1:])]) + "\n")
    assert invoke("analysis", "describe", "--data", data).returncode == 0
    assert "is a rater of kind machine there, not human" in merge_().stderr


def test_killed_between_any_two_writes_a_merge_is_done_or_not(
    labelled, decide, project: Project, data: Path, tmp_path: Path
) -> None:
    decide()
    old = contents(data)
    reference = tmp_path / "reference"
    _copy(old, reference)
    merge(project, reference, "2026-11-24")
    new = contents(reference)
    assert new != old
    endings = []
    for step in (20, 30, 40, 45, 50, 55, 60, 70, 10_000):
        folder = tmp_path / f"killed-{step}"
        _copy(old, folder)
        killed = killed_at(step, lambda folder=folder: merge(project, folder, "2026-11-24"))
        finish(folder)
        found = contents(folder)
        assert found in (old, new), f"step {step}"
        endings.append((killed, found == new))
        if not killed:
            break
    assert (True, False) in endings
    assert (True, True) in endings, "some kill must fall between the decision and the end"
    assert endings[-1] == (False, True)


def _copy(files: dict[str, bytes], folder: Path) -> None:
    for name, content in files.items():
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        (folder / name).write_bytes(content)


def test_a_detail_that_is_taken_back_no_longer_counts(sheets, read, merge_, data: Path) -> None:
    first, second = sheets()
    read(fill(first), fill(second))
    issue = ISSUES[0][1]
    typo = {"Root cause": "Typo", "Detail": ""}
    for path in (first, second):
        fill(path, lambda each: typo if each == issue else {})
    assert read(first, second).returncode == 0
    assert merge_().returncode == 0
    ratings = read_table(data, "ratings")
    mine = ratings[(ratings["issue"] == issue) & (ratings["rater"] == "ann")]
    assert mine[["dimension", "revision", "code"]].astype(str).values.tolist() == [
        ["cause", "1", "type_problem"], ["cause", "2", "typo"], ["cause_detail", "1", "tensor"], ["cause_detail", "2", "none"],
        ["location", "1", "export"], ["symptom", "1", "crash"],
    ]  # fmt: skip
    counted = load_ratings(data).query("issue == @issue and rater == 'ann'").set_index("dimension")["code"]
    assert counted.to_dict() == {"cause": "typo", "location": "export", "symptom": "crash"}


def test_deprecating_keeps_the_row_and_tells_why(data: Path, invoke: Run) -> None:
    issue = "onnx/tensorflow-onnx#7"
    missing = invoke("labelling", "deprecate", "a/b#1", "--sample", "issta24", "--reason", "x", "--data", data)
    assert "has no such issue in sample issta24" in missing.stderr
    result = invoke(
        "labelling", "deprecate", issue, "--sample", "issta24", "--reason", "a duplicate of #6", "--data", data
    )
    assert "version 1.0.1" in result.stdout
    assert validate(data) == []
    assert len(load_failures(data)) == 199
    assert len(read_table(data, "failures")) == 200
    told = invoke("labelling", "history", issue, "--data", data, "--store", data).stdout
    assert "deprecated: a duplicate of #6" in told


def test_history_tells_every_label_and_decision(  # noqa: PLR0917 - fixtures
    labelled, decide, merge_, data: Path, store: Path, invoke: Run
) -> None:
    decide()
    merge_()
    issue = min(DISPUTED)
    told = invoke(
        "labelling", "history", issue.upper().replace("PYTORCH", "pytorch"), "--data", data, "--store", store
    ).stdout
    for expected in (
        "data, sample autumn (torch.onnx): hang, type_problem, tensor, export",
        "ann (autumn, main): symptom crash",
        "store, sample autumn: given to bob in round main (sample)",
        "bob (main, sheet): hang, type_problem, tensor, export: waits for ever",
        "decided by ann and bob (adjudication, sheet): hang, type_problem, tensor, export: rule on hangs",
    ):
        assert expected in told, told
    assert "is in no sample" in invoke("labelling", "history", "a/b#1", "--data", data, "--store", store).stderr


def test_relabelling_keeps_the_ratings_and_tells_why(data: Path, invoke: Run) -> None:
    issue, base = (
        "onnx/tensorflow-onnx#7",
        ("--sample", "issta24", "--data", data),
    )  # crash, shape_problem, node_conversion
    before = read_table(data, "ratings")

    def relabel(*options: str, reason: str = "read the fix again"):
        return invoke("labelling", "relabel", issue.upper().replace("ONNX/TENSORFLOW-ONNX", "onnx/tensorflow-onnx"), *base,
                      "--reason", reason, *options)  # fmt: skip

    for options, told in (
        (("--cause", "Type problem"), "is not labelled yet"),
        (("--cause", "typpo"), "did you mean Typo"),
        (("--symptom", "crash"), "has these codes already"),
        (("--cause-detail", "tensor"), "has no details"),
    ):
        refused = relabel(*options)
        assert refused.returncode == 1
        assert told in refused.stderr
    assert invoke("labelling", "relabel", "a/b#1", *base, "--reason", "x", "--symptom", "hang").returncode == 1
    assert relabel("--symptom", "hang", reason=" ").returncode == 1
    pd.testing.assert_frame_equal(read_table(data, "ratings"), before)
    assert relabel("--cause", "Type problem", "--cause-detail", "tensor", "--symptom", "hang").returncode == 0
    assert relabel("--cause", "typo").returncode == 0
    assert validate(data) == []
    row = read_table(data, "failures").set_index("issue").loc[issue]
    assert row[["symptom", "cause", "location"]].tolist() == ["hang", "typo", "node_conversion"]
    assert pd.isna(row["cause_detail"])
    ratings = read_table(data, "ratings")
    added = ratings[ratings["rater"] == "consensus"].astype({"dimension": str}).sort_values(["dimension", "revision"])
    assert list(zip(added["dimension"], added["revision"], added["code"], strict=True)) == [
        ("cause", 1, "type_problem"), ("cause", 2, "typo"), ("cause_detail", 1, "tensor"), ("cause_detail", 2, "none"),
        ("symptom", 1, "hang"),
    ]  # fmt: skip
    assert len(ratings) == len(before) + 5
    changelog = (data / "CHANGELOG.md").read_text()
    assert (
        "symptom crash → hang, cause shape_problem → type_problem, cause detail none → tensor): read the fix again"
        in changelog
    )


def test_machines_that_come_after_the_merge_are_added_once(  # noqa: PLR0917 - fixtures
    labelled, decide, merge_, data: Path, store: Path, invoke: Run, tmp_path: Path
) -> None:
    decide()
    base = ("--store", store, "--data", data, "--sample", "autumn")
    early = invoke("labelling", "merge", "--machines", *base)
    assert "is not in the data yet" in early.stderr
    merge_()
    population = [issue for _, issue in ISSUES] + ["onnx/tensorflow-onnx#9000999"]
    (store / "populations").mkdir()
    lines = "".join(f"tf2onnx,{issue}\n" for issue in population)
    (store / "populations" / "autumn.csv").write_text("converter,issue\n" + lines)
    answers = tmp_path / "answers.jsonl"
    code = '"symptom": "hang", "cause": "typo", "cause_detail": null, "location": "export"'
    answers.write_text("".join(f'{{"issue": "{issue}", {code}}}\n' for issue in population))
    machine = ("labelling", "machine", "import", *base, "--rater", "robot", "--model", "robot 1", answers)
    assert "is not an issue of the sample" in invoke(*machine).stderr
    assert "25 new" in invoke(*machine, "--population").stdout
    result = invoke("labelling", "agreement", *base)
    assert result.returncode == 0, result.stderr
    told = result.stdout
    assert "Machines with the people's final labels" in told
    assert invoke("labelling", "merge", "--machines", *base).returncode == 0
    assert validate(data) == []
    ratings = read_table(data, "ratings")
    assert len(ratings[ratings["rater"] == "robot"]) == 75
    again = invoke("labelling", "merge", "--machines", *base)
    assert "no label of a machine that the data lacks" in again.stderr
    pd.testing.assert_frame_equal(read_table(data, "ratings"), ratings)
