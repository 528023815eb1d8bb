"""What raters returned: kept as it was, and the labels in it appended, never changed.

Invariants: a file below ``labels/`` is written once, in one step; a label that differs from the rater's last one is a new
revision; what was read before is not read again, so that an old copy of a sheet cannot undo a newer one.
"""

import hashlib
import json
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from datapackage.files import write_atomic
from labelling.labels import Label, from_record, latest, to_record
from labelling.project import Project


@dataclass(frozen=True, slots=True)
class Added:
    """What reading a file added: new labels, changed ones (later revisions), and labels that stood already."""

    new: int
    changed: int
    known: int


def read_labels(project: Project) -> list[Label]:
    """Return every label of a sample, all revisions, in the order in which they were recorded."""
    return [from_record(record) for record in _lines(project)]


def _lines(project: Project) -> Iterator[dict[str, Any]]:
    for path in sorted(project.folder.glob("labels/*.jsonl")):
        for line in path.read_text(encoding="utf-8").split("\n"):  # `splitlines` would cut at marks within rationales
            if line:
                yield json.loads(line)


def read_as(project: Project, digest: str) -> set[tuple[str, str]]:
    """Return the (round, rater) of the labels that were read from a file, by its SHA-256."""
    return {(each["round"], each["rater"]) for each in _lines(project) if each["sha256"] == digest}


def keep(project: Project, source: Path, labels: Sequence[Label], *, read_at: str = "") -> Added:
    """Keep a returned file and append its labels.

    Parameters
    ----------
    project : Project
        The sample's labelling; the caller holds it (`Project.locked`).
    source : Path
        The file that was returned; it is copied before anything else.
    labels : sequence of Label
        Read from it, without revisions.
    read_at : str, optional
        Now (UTC). A label that changed since the terminal stamped it was changed by a program that stamps no times: it gets
        this one.
    """
    content = source.read_bytes()
    digest = hashlib.sha256(content).hexdigest()
    read_before = any(path.stem.endswith(digest[:16]) for path in project.folder.glob("labels/*.jsonl"))
    if read_before:
        return Added(0, 0, len(labels))
    write_atomic(project.folder / "received" / f"{digest}{source.suffix.lower()}", content)
    last = latest(read_labels(project))
    fresh = [label for label in labels if label.key not in last or not label.says_the_same(last[label.key])]
    numbered = [_revision(label, last.get(label.key), read_at) for label in fresh]
    origin = {"file": source.name, "sha256": digest}
    lines = [json.dumps(to_record(label) | origin, ensure_ascii=False) + "\n" for label in numbered]
    number = len(list(project.folder.glob("labels/*.jsonl"))) + 1
    # written even when nothing is new: it marks the file as read
    write_atomic(project.folder / "labels" / f"{number:04d}-{digest[:16]}.jsonl", "".join(lines))
    changed = sum(label.revision > 1 for label in numbered)
    return Added(len(numbered) - changed, changed, len(labels) - len(numbered))


def _revision(label: Label, last: Label | None, read_at: str) -> Label:
    if last is None:
        return replace(label, revision=1)
    if read_at and label.tool == "terminal" and label.time == last.time:
        label = replace(label, time=read_at, tool="sheet")
    return replace(label, revision=last.revision + 1)
