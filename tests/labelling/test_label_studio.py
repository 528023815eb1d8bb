"""Label Studio as a door: files that a real one wrote are read, whatever it lets through is checked.

The exports in ``label_studio_exports`` are those of Label Studio 1.23 (`make label-studio` writes them again): four invented issues
labelled through its interface for programs, one of them with a symptom that the interface doesn't have, and one left open.
"""

import json
import xml.etree.ElementTree as ET
from pathlib import Path

import pytest

from labelling.assignment import assign
from labelling.label_studio import interface, read_export, tasks
from labelling.labels import Label
from labelling.project import Project, Round, SampleIssue
from labelling.record import read_labels
from tests.conftest import Run
from tests.labelling.conftest import CODEBOOK, ISSUES
from tests.labelling.label_studio_round_trip import EXPORTS, IDENTITY, LABELS
from tests.labelling.label_studio_round_trip import ISSUES as LABELLED

FILES = [EXPORTS / "json.json", EXPORTS / "json_min.json", EXPORTS / "csv.csv"]
NOW = "2026-11-24T10:00:00Z"


@pytest.mark.parametrize("path", FILES, ids=lambda path: path.stem)
def test_what_label_studio_wrote_is_read(path: Path) -> None:
    returned = read_export(path, CODEBOOK, NOW)
    assert "/".join(returned.identity) == IDENTITY
    assert returned.open == [LABELLED[4]]
    found = {label.issue: label for label in returned.labels}
    assert set(found) == set(LABELLED[:3]), "the label that the interface doesn't have is none"
    for issue, (symptom, cause, location, unsure, rationale) in zip(LABELLED[:3], LABELS, strict=False):
        label = found[issue]
        assert CODEBOOK["symptom"][label.symptom].name == symptom
        details = {detail.slug: detail.name for detail in CODEBOOK["cause"][label.cause].details}
        assert [CODEBOOK["cause"][label.cause].name, *filter(None, [details.get(label.cause_detail)])] == cause
        assert CODEBOOK["location"][label.location].name == location
        assert (label.unsure, label.rationale, label.tool) == (unsure, rationale, "label_studio")
        assert label.time > "2026"
    assert [(fault.value, fault.column) for fault in returned.faults] == [("Explosion", "Symptom")]
    assert LABELLED[3] in str(returned.faults[0])


def test_all_forms_say_the_same() -> None:
    def content(label: Label) -> tuple[object, ...]:
        return (*label.key, *label.codes.items(), label.unsure, label.rationale)

    first, *others = [[content(label) for label in sorted(read_export(path, CODEBOOK, NOW).labels, key=lambda one: one.issue)]
                      for path in FILES]  # fmt: skip
    assert all(other == first for other in others)


def test_the_interface_has_every_code_with_its_rule() -> None:
    view = ET.fromstring(interface(CODEBOOK))  # noqa: S314 - our own
    for name in ("symptom", "cause", "location"):
        choices = next(each for each in view if each.get("name") == name)
        assert [(each.get("value"), each.get("hint")) for each in choices] == [
            (code.name, " ".join(code.rule.split())) for code in CODEBOOK[name].codes
        ]
    cause = next(each for each in view if each.get("name") == "cause")
    assert {each.get("value"): [detail.get("value") for detail in each] for each in cause} == {
        code.name: [detail.name for detail in code.details] for code in CODEBOOK["cause"].codes
    }


@pytest.fixture
def given(project: Project) -> Project:
    """A round of which ann has the issues that were labelled."""
    issues = [SampleIssue(issue, "torch.onnx", rank, "2025-01-15") for rank, issue in enumerate(LABELLED)]
    project.add_round(Round("main", 1, 1, assign(issues, ["ann", "bob"], seed=1)))
    return project


def test_an_export_is_taken_like_a_sheet(given: Project, invoke: Run, store: Path, tmp_path: Path) -> None:
    base = ("labelling", "label-studio", "import", "--store", store)
    refused = invoke(*base, FILES[0])
    assert refused.returncode == 1
    assert "value 'Explosion': is no code of Symptom" in refused.stderr
    assert read_labels(given) == []
    mended = tmp_path / "mended.json"
    mended.write_text(FILES[0].read_text().replace("Explosion", "Crash"))
    assert "4 new, 0 changed, 0 known, 1 open" in invoke(*base, mended).stdout
    # another form of the same labels adds nothing
    other = tmp_path / "mended.csv"
    other.write_text(FILES[2].read_text().replace("Explosion", "Crash"))
    assert "0 new, 0 changed, 4 known, 1 open" in invoke(*base, other).stdout


def test_tasks_are_written_for_each_rater_in_their_order(
    sheets, invoke: Run, store: Path, project: Project, tmp_path: Path
) -> None:
    sheets("--drift", 2)
    export = ("labelling", "label-studio", "export", "--store", store, "--sample", "autumn", "--out", tmp_path / "out")
    assert invoke(*export, "--cache", tmp_path).returncode == 0
    for rater in ("ann", "bob"):
        written = json.loads((tmp_path / "out" / f"main-{rater}.json").read_text())
        assert [task["data"]["issue"] for task in written] == list(project.round("main").assigned(rater))
        assert {task["data"]["sheet"] for task in written} == {f"autumn/main/{rater}"}
        assert "drift" not in json.dumps(written)
    assert invoke(*export).returncode == 1, "nothing is written over"


@pytest.mark.parametrize(
    "text", ["", "{}", "[1]", '[{"data": {}}]', "not JSON", '[{"issue": "a/b#1", "sheet": "no identity"}]']
)
def test_what_is_no_export_is_told(text: str, tmp_path: Path, invoke: Run, store: Path) -> None:
    (tmp_path / "export.json").write_text(text)
    result = invoke("labelling", "label-studio", "import", "--store", store, tmp_path / "export.json")
    assert result.returncode == 1
    assert "export.json" in result.stderr
    assert "Traceback" not in result.stderr


def test_the_last_annotation_counts_and_skipped_ones_do_not(tmp_path: Path) -> None:
    def annotation(number: int, symptom: str, **more: object) -> dict[str, object]:
        parts = [
            ("symptom", {"choices": [symptom]}),
            ("cause", {"taxonomy": [["Typo"]]}),
            ("location", {"choices": ["Export"]}),
        ]
        return {"id": number, "result": [{"from_name": name, "value": value} for name, value in parts]} | more

    task = json.loads(tasks(IDENTITY, [ISSUES[0][1]], {}))[0]
    moments = ["2026-01-02T00:00:00.5Z", "2026-01-01T00:00:00.5Z", "2026-01-03T00:00:00.5Z"]
    found = [annotation(number, symptom, updated_at=moment, was_cancelled=skipped)
             for number, (symptom, moment, skipped) in enumerate(zip(("Hang", "Crash", "Unreported"), moments, (False, False, True),
                                                                     strict=True))]  # fmt: skip
    (tmp_path / "e.json").write_text(json.dumps([task | {"annotations": found}]))
    label = read_export(tmp_path / "e.json", CODEBOOK, NOW).labels[0]
    assert (label.symptom, label.time) == ("hang", "2026-01-02T00:00:00Z")
