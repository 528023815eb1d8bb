"""What raters returned is kept as it came, once, and each label with its story."""

import hashlib
import json
from dataclasses import replace
from pathlib import Path

import pytest

from labelling.labels import Label
from labelling.project import Project
from labelling.record import Added, keep, read_as, read_labels

LABEL = Label("autumn", "main", "a/b#1", "ann", "crash", "type_problem", "tensor", "export", unsure=False, rationale="so it says",
              time="2026-11-02T09:30:00Z", tool="terminal")  # fmt: skip
OTHER = replace(LABEL, issue="a/b#2", symptom="hang", rationale="naïve ☃\u2028second line")


@pytest.fixture
def project(tmp_path: Path) -> Project:
    return Project(tmp_path / "store", "autumn")


def file(project: Project, text: str) -> Path:
    project.store.mkdir(exist_ok=True)
    path = project.store / f"{text}.XLSX"
    path.write_text(text, encoding="utf-8")
    return path


def returned(project: Project, text: str, *labels: Label, read_at: str = "") -> Added:
    return keep(project, file(project, text), labels, read_at=read_at)


def test_labels_are_read_as_they_were_kept_in_the_order_of_reading(project: Project) -> None:
    assert read_labels(project) == []
    assert returned(project, "first", LABEL, OTHER) == Added(2, 0, 0)
    changed = replace(LABEL, symptom="hang")
    assert returned(project, "second", changed, OTHER) == Added(0, 1, 1)
    third = replace(LABEL, issue="a/b#3")
    assert returned(project, "third", third, replace(changed, cause="typo", cause_detail="")) == Added(1, 1, 0)
    assert read_labels(project) == [
        replace(LABEL, revision=1), replace(OTHER, revision=1), replace(changed, revision=2), replace(third, revision=1),
        replace(changed, cause="typo", cause_detail="", revision=3),
    ]  # fmt: skip


def test_a_returned_file_is_kept_as_it_was_and_its_labels_beside_it(project: Project) -> None:
    returned(project, "first", LABEL, OTHER)
    returned(project, "second", OTHER)
    digests = [hashlib.sha256(text.encode()).hexdigest() for text in ("first", "second")]
    kept = {path.name: path.read_text(encoding="utf-8") for path in (project.folder / "received").iterdir()}
    assert kept == {f"{digests[0]}.xlsx": "first", f"{digests[1]}.xlsx": "second"}
    names = sorted(path.name for path in (project.folder / "labels").iterdir())
    assert names == [f"{number:04d}-{digest[:16]}.jsonl" for number, digest in enumerate(digests, start=1)]
    text = (project.folder / "labels" / names[0]).read_text(encoding="utf-8")
    assert "naïve ☃" in text, "a person reads it, too"
    told = [json.loads(line) for line in text.split("\n")[:-1]]
    assert [(each["file"], each["sha256"]) for each in told] == [("first.XLSX", digests[0])] * 2
    assert (project.folder / "labels" / names[1]).read_text(encoding="utf-8") == "", "it says that the file was read"


def test_an_old_copy_does_not_undo_a_newer_one(project: Project) -> None:
    returned(project, "old", LABEL)
    returned(project, "new", replace(LABEL, symptom="hang"))
    assert returned(project, "old", LABEL, OTHER) == Added(0, 0, 2)
    assert [label.symptom for label in read_labels(project)] == ["crash", "hang"]
    assert len(list(project.folder.glob("labels/*"))) == 2


def test_whose_labels_a_file_held_is_known_by_its_content(project: Project) -> None:
    returned(project, "first", LABEL, replace(LABEL, rater="bob"))
    returned(project, "second", replace(LABEL, round="retest"))
    digest = hashlib.sha256(b"first").hexdigest()
    assert read_as(project, digest) == {("main", "ann"), ("main", "bob")}
    assert read_as(project, hashlib.sha256(b"third").hexdigest()) == set()


NOW = "2026-11-20T10:00:00Z"
HANG = replace(LABEL, symptom="hang")


@pytest.mark.parametrize(
    ("changed", "read_at", "kept"),
    [
        # the time is the one of the label before: whatever changed it stamps no times
        (HANG, NOW, replace(HANG, time=NOW, tool="sheet")),
        (HANG, "", HANG),
        (replace(HANG, time="2026-11-03T00:00:00Z"), NOW, replace(HANG, time="2026-11-03T00:00:00Z")),
        (replace(HANG, tool="sheet"), NOW, replace(HANG, tool="sheet")),
        (replace(HANG, tool="sheet", time="2026-11-03T00:00:00Z"), NOW, replace(HANG, tool="sheet", time="2026-11-03T00:00:00Z")),
    ],
)  # fmt: skip
def test_a_label_that_changed_after_its_stamp_gets_the_time_of_reading(
    changed: Label, read_at: str, kept: Label, project: Project
) -> None:
    returned(project, "first", LABEL, read_at="2026-11-10T00:00:00Z")
    assert read_labels(project) == [replace(LABEL, revision=1)], "a first label has the time of its stamp"
    returned(project, "second", changed, read_at=read_at)
    assert read_labels(project)[1:] == [replace(kept, revision=2)]


def test_nobody_reads_a_time_of_reading_that_was_not_given(project: Project) -> None:
    keep(project, file(project, "first"), [LABEL])
    keep(project, file(project, "second"), [HANG])
    assert read_labels(project)[1] == replace(HANG, revision=2)
