"""Hourly files into the table of events."""

import csv
import gzip
import json

import pytest

from datapackage.errors import InputError
from datapackage.reasons import Reason
from mining.converters import Converter
from mining.derived_tables import derive
from mining.gharchive import read_hours
from mining.pseudonyms import pseudonym
from mining.records import Event
from tests.mining.conftest import fetch, run


def archived(
    identifier,
    action,
    *,
    repository="onnx/tensorflow-onnx",
    number=5,
    labels=(),
    kind="IssuesEvent",
    created="2020-01-01T00:00:00Z",
    **issue,
):
    payload = {
        "action": action,
        "issue": {"number": number, "title": "Secret title", "labels": [{"name": name} for name in labels], **issue},
    }
    if action in ("labeled", "unlabeled"):
        payload["label"] = {"name": labels[0] if labels else "bug"}
    return {"id": identifier, "type": kind, "actor": {"login": "Somebody"}, "repo": {"name": repository}, "payload": payload,
            "created_at": created, "public": True}  # fmt: skip


def write(path, events):
    path.write_bytes(gzip.compress("".join(json.dumps(event) + "\n" for event in events).encode()))
    return path


def rows(store):
    with (store / "tables" / "gharchive_events.csv").open(encoding="utf-8", newline="") as stream:
        return list(csv.DictReader(stream))


def test_events_of_the_converters_are_taken(store, tmp_path, capsys):
    first = write(tmp_path / "2020-01-01-0.json.gz", [
        archived("2", "closed", state_reason="not_planned", created="2020-01-01T00:30:00Z"),
        archived("1", "labeled"),
        archived("3", "opened"), archived("4", "closed", repository="x/y"), archived("5", "created", kind="IssueCommentEvent"),
        archived("6", "closed", repository="pytorch/pytorch", labels=["bug"]),
        archived("7", "closed", repository="PyTorch/pytorch", labels=["Module: ONNX"]),
        archived("8", "closed", pull_request={"url": "u"}), {"id": "9", "type": "WatchEvent", "repo": {"name": "x/y"}},
    ])  # fmt: skip
    second = write(
        tmp_path / "2020-01-01-1.json.gz",
        [archived("2", "closed"), archived("10", "reopened", created="2020-01-01T01:00:00Z")],
    )
    assert run("gharchive", second, first, "--store", store) == 0
    found = [(row["converter"], row["issue"], row["position"], row["event"]) for row in rows(store)]
    assert found == [
        ("tf2onnx", "onnx/tensorflow-onnx#5", "1", "labeled"),
        ("tf2onnx", "onnx/tensorflow-onnx#5", "2", "closed"),
        ("tf2onnx", "onnx/tensorflow-onnx#5", "3", "reopened"),
        ("torch.onnx", "PyTorch/pytorch#5", "1", "closed"),
    ]
    content = (store / "tables" / "gharchive_events.csv").read_text()
    assert "Somebody" not in content
    assert "Secret" not in content


def test_columns_are_those_of_the_table_of_events(store, tmp_path, serve, small, clock):
    fetch(serve(small), store, clock)
    derive(store)
    run("gharchive", write(tmp_path / "a.json.gz", [archived("1", "closed")]), "--store", store)
    header = [(store / "tables" / name).read_text().splitlines()[0] for name in ("events.csv", "gharchive_events.csv")]
    assert header[0] == header[1]


@pytest.mark.parametrize(
    "spoil",
    [lambda content: content[: len(content) // 2], lambda _: b"nonsense", lambda _: gzip.compress(b'{"id": 1,\n{')],
)
def test_damaged_and_missing_files_are_all_named_and_nothing_is_written(spoil, store, tmp_path, capsys):
    good = write(tmp_path / "good.json.gz", [archived(str(n), "closed", number=n) for n in range(1, 500)])
    bad = tmp_path / "bad.json.gz"
    bad.write_bytes(spoil(good.read_bytes()))
    assert run("gharchive", good, bad, tmp_path / "missing.json.gz", "--store", store) == 1
    message = capsys.readouterr().err
    assert "bad.json.gz" in message
    assert "missing.json.gz" in message
    assert not (store / "tables").exists()


def test_events_are_told_in_the_columns_of_the_table_and_nothing_else_of_them(tmp_path):
    """A label belongs to a labelling, a reason to a closing; who did it is a pseudonym."""
    nobody = archived("5", "reopened", created="2020-01-01T00:04:00Z")
    nobody["actor"] = None
    nobody["payload"]["label"] = {"name": "bug"}  # of no labelling
    path = write(tmp_path / "hour.json.gz", [
        archived("1", "labeled", labels=["bug"], state_reason="completed", created="2020-01-01T00:01:00Z"),
        archived("2", "unlabeled", created="2020-01-01T00:02:00Z"),
        archived("3", "closed", labels=["bug"], state_reason="not_planned", created="2020-01-01T00:03:00Z"),
        nobody,
        archived("6", "closed", created="2020-01-01T00:05:00Z"),
        archived("7", "closed", number=4, created="2020-01-01T00:06:00Z"),
        {**archived("8", "labeled", number=4, created="2020-01-01T00:07:00Z"),
         "payload": {"action": "labeled", "issue": {"number": 4, "labels": [], "state_reason": "completed"}}},
    ])  # fmt: skip
    key = b"k" * 32
    somebody = pseudonym(key, "Somebody")

    def event(number, position, kind, minute, actor=somebody, **more):
        moment = f"2020-01-01T00:0{minute}:00Z"
        return Event("tf2onnx", f"onnx/tensorflow-onnx#{number}", position, kind, moment, actor, **more)

    assert read_hours([path], [Converter("tf2onnx", "onnx/tensorflow-onnx", ())], key) == [
        event(4, 1, "closed", 6), event(4, 2, "labeled", 7),
        event(5, 1, "labeled", 1, label="bug"), event(5, 2, "unlabeled", 2, label="bug"),
        event(5, 3, "closed", 3, state_reason="not_planned"), event(5, 4, "reopened", 4, ""), event(5, 5, "closed", 5),
    ]  # fmt: skip


def test_an_event_that_takes_the_label_off_belongs_to_its_converter(tmp_path):
    """The issue no longer carries it then."""
    event = archived("1", "unlabeled", repository="pytorch/pytorch", labels=["module: ONNX"])
    event["payload"]["issue"]["labels"] = []
    other = archived("2", "unlabeled", repository="pytorch/pytorch", labels=["bug"])
    path = write(tmp_path / "hour.json.gz", [event, other])
    found = read_hours([path], [Converter("torch.onnx", "PyTorch/pytorch", ("Module: ONNX",))], b"k" * 32)
    assert [(each.event, each.label) for each in found] == [("unlabeled", "module: ONNX")]


def test_unreadable_hours_are_faults_of_their_files(tmp_path):
    bad, missing = tmp_path / "bad.json.gz", tmp_path / "missing.json.gz"
    bad.write_bytes(b"nonsense")
    with pytest.raises(InputError) as caught:
        read_hours([bad, missing], [Converter("tf2onnx", "onnx/tensorflow-onnx", ())], b"k" * 32)
    told = [(fault.file, fault.reason) for fault in caught.value.faults]
    assert told == [(str(bad), Reason.DAMAGED_FILE), (str(missing), Reason.DAMAGED_FILE)]


def test_an_issue_of_two_converters_is_counted_from_one_for_each(store, tmp_path):
    """Two converters of one repository, told apart by labels, can share an issue."""
    labels = ["module: onnx", "oncall: exported"]
    one, other = (Converter(name, "pytorch/pytorch", (label,)) for name, label in zip("ab", labels, strict=True))
    path = write(tmp_path / "hour.json.gz", [
        archived("10", "closed", repository="pytorch/pytorch", labels=labels),
        archived("9", "reopened", repository="pytorch/pytorch", labels=labels),
    ])  # fmt: skip
    found = read_hours([path], [one, other], b"k" * 32)
    # events of one moment keep the order of their ids, which are numbers
    assert [(event.converter, event.position, event.event) for event in found] == [
        ("a", 1, "reopened"), ("a", 2, "closed"), ("b", 1, "reopened"), ("b", 2, "closed"),
    ]  # fmt: skip
