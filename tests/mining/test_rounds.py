"""Answers are kept as they came, segment by segment, and what isn't an answer of GitHub is told with its file."""

import copy
import gzip
import hashlib
import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from datapackage.errors import Fault, InputError
from datapackage.reasons import Reason
from mining.github.archive import Archive, Round, archive_hash
from mining.github.tokens import Redactor, Token

QUESTION = {"repository": "onnx/tensorflow-onnx", "labels": []}
MOMENT = "2024-05-01T12:00:00Z"
SECRET = "ghp_" + "a" * 36
REDACTOR = Redactor([Token(SECRET, "token 1")])
ISSUE = {
    "id": "I_1", "number": 7, "title": "naïve ☃ \ud83d", "body": "", "state": "CLOSED", "stateReason": None, "createdAt": MOMENT,
    "closedAt": MOMENT, "updatedAt": MOMENT, "author": None, "authorAssociation": "NONE",
    "repository": {"nameWithOwner": "onnx/tensorflow-onnx"}, "labels": {"nodes": []}, "comments": {"totalCount": 0},
    "reactions": {"totalCount": 0},
    "timelineItems": {"totalCount": 0, "pageInfo": {"hasNextPage": False, "endCursor": None}, "nodes": []},
}  # fmt: skip
LISTED = {
    "nameWithOwner": "onnx/tensorflow-onnx", "anyState": {"totalCount": 1},
    "issues": {"totalCount": 1, "pageInfo": {"hasNextPage": False, "endCursor": None}, "nodes": [ISSUE]},
}  # fmt: skip
ISSUES = {"kind": "issues", "variables": {"owner": "onnx"}, "answer": {"data": {"repository": LISTED}}, "fetched": MOMENT,
          "server_date": MOMENT}  # fmt: skip
LONG = {"id": "I_1", "updatedAt": MOMENT, "timelineItems": ISSUE["timelineItems"]}
TIMELINES = ISSUES | {"kind": "timelines", "variables": {"id0": "I_1"}, "answer": {"data": {"i0": LONG}}}


@pytest.fixture
def archive(tmp_path: Path) -> Archive:
    return Archive(tmp_path, "tf2onnx")


@pytest.fixture
def begun(archive: Archive) -> Round:
    return archive.begin(full=True, question=QUESTION, since=None)


def faults(action: Callable[[], object]) -> tuple[Fault, ...]:
    with pytest.raises(InputError) as caught:
        action()
    return caught.value.faults


def damaged(path: Path, message: str) -> tuple[Fault, ...]:
    remedy = "restore it, or remove the folder of its round and fetch again"
    return (Fault(str(path), f"{message}; {remedy}", reason=Reason.DAMAGED_ARCHIVE),)


def test_rounds_are_begun_one_after_the_other_and_read_again(archive: Archive, tmp_path: Path) -> None:
    assert archive.rounds() == []
    first = archive.begin(full=True, question=QUESTION, since=None)
    second = archive.begin(full=False, question=QUESTION | {"labels": ["bug ☃"]}, since=MOMENT)
    assert first == Round(tmp_path / "raw" / "tf2onnx" / "0001", True, QUESTION, None)
    assert second == Round(tmp_path / "raw" / "tf2onnx" / "0002", False, QUESTION | {"labels": ["bug ☃"]}, MOMENT)
    assert [first.number, second.number] == [1, 2]
    assert archive.rounds() == [first, second]
    # as earlier versions wrote it
    assert (second.folder / "round.json").read_text(encoding="utf-8") == (
        '{\n  "full": false,\n  "question": {\n    "repository": "onnx/tensorflow-onnx",\n'
        f'    "labels": [\n      "bug ☃"\n    ]\n  }},\n  "since": "{MOMENT}"\n}}\n'
    )


def test_a_damaged_beginning_is_named(archive: Archive, begun: Round) -> None:
    path = begun.folder / "round.json"
    path.write_text("{", encoding="utf-8")
    message = "is damaged; remove the folder of this round and fetch again"
    assert faults(archive.rounds) == (Fault(str(path), message, reason=Reason.DAMAGED_ARCHIVE),)


def test_answers_are_read_as_they_were_stored_in_numbered_segments(begun: Round) -> None:
    for envelopes in ([ISSUES, TIMELINES], [TIMELINES], [ISSUES]):
        begun.append(envelopes, REDACTOR)
    assert [path.name for path in begun.segments()] == ["000001.jsonl.gz", "000002.jsonl.gz", "000003.jsonl.gz"]
    assert list(begun.envelopes()) == [ISSUES, TIMELINES, TIMELINES, ISSUES]


def test_a_segment_is_the_answers_text_without_tokens_and_without_a_time(begun: Round) -> None:
    spoken = copy.deepcopy(ISSUES)
    spoken["answer"]["data"]["repository"]["issues"]["nodes"][0]["body"] = f"my token is {SECRET}"
    begun.append([spoken, TIMELINES], REDACTOR)
    packed = begun.segments()[0].read_bytes()
    text = gzip.decompress(packed).decode("utf-8", "surrogatepass")
    assert SECRET not in text
    lines = [json.dumps(each, ensure_ascii=False, separators=(",", ":")) for each in (spoken, TIMELINES)]
    assert text == "".join(REDACTOR.clean(line) + "\n" for line in lines)
    assert packed[4:8] == bytes(4), "the same answers make the same file, whenever"


def spoilt(**changes: object) -> dict[str, object]:
    return {name: value for name, value in (ISSUES | changes).items() if value != "left out"}


@pytest.mark.parametrize(
    ("envelope", "told"),
    [
        (["list"], "no object"),
        (spoilt(variables="left out"), "variables or data are missing"),
        (spoilt(variables=[]), "variables or data are missing"),
        (spoilt(answer="left out"), "variables or data are missing"),
        (spoilt(answer=None), "variables or data are missing"),
        (spoilt(answer={"data": None}), "variables or data are missing"),
        (spoilt(fetched="left out"), "its time is missing"),
        (spoilt(server_date="left out"), "its time is missing"),
        (spoilt(server_date="yesterday"), "its time is missing"),
        (spoilt(fetched=5), "its time is missing"),
        (spoilt(kind="left out"), "neither a list of issues nor events"),
        (spoilt(kind="gossip"), "neither a list of issues nor events"),
        (spoilt(answer={"data": {"repository": None}}), "repository: missing"),
        (spoilt(answer={"data": {}}), "repository: missing"),
        (spoilt(answer={"data": {"repository": LISTED | {"anyState": {"totalCount": -1}}}}),
         "repository.anyState.totalCount: Input should be greater than or equal to 0"),
        (TIMELINES | {"answer": {"data": {}}}, "i0: missing"),
        (TIMELINES | {"variables": {"id0": "I_2"}}, "i0.id: another issue than the one asked for"),
    ],
)  # fmt: skip
def test_what_is_no_answer_of_github_is_told_with_its_segment(envelope: Any, told: str, begun: Round) -> None:
    begun.append([TIMELINES], REDACTOR)
    begun.append([ISSUES, envelope], REDACTOR)
    read = begun.envelopes()
    assert [next(read), next(read)] == [TIMELINES, ISSUES]
    wanted = damaged(begun.segments()[1], f"holds an answer that isn't GitHub's: {told}")
    assert faults(lambda: list(begun.envelopes())) == wanted


@pytest.mark.parametrize(
    ("content", "kind"),
    [
        pytest.param(b"no archive", "BadGzipFile", id="no archive"),
        pytest.param(gzip.compress(b"{\n"), "JSONDecodeError", id="no JSON"),
        pytest.param(gzip.compress(b"{}" * 50)[:-9], "EOFError", id="no end"),
    ],
)
def test_a_damaged_segment_is_named(content: bytes, kind: str, begun: Round) -> None:
    begun.append([ISSUES], REDACTOR)
    path = begun.folder / "000002.jsonl.gz"
    path.write_bytes(content)
    assert faults(lambda: list(begun.envelopes())) == damaged(path, f"is damaged ({kind})")


def test_a_segment_that_is_missing_is_told_before_anything_is_read(begun: Round) -> None:
    for _ in range(3):
        begun.append([ISSUES], REDACTOR)
    begun.segments()[1].unlink()
    wanted = damaged(begun.folder / "000003.jsonl.gz", "segment 000002 before it is missing")
    assert faults(lambda: next(begun.envelopes())) == wanted
    begun.append([ISSUES], REDACTOR)
    assert [path.name[:6] for path in begun.segments()] == ["000001", "000003", "000004"], "no segment is written over"


def test_a_fault_of_a_whole_round_names_its_folder(begun: Round) -> None:
    assert (begun.damaged("is odd"),) == damaged(begun.folder, "is odd")


def test_a_finished_round_keeps_its_hashes_and_what_it_lacks(begun: Round) -> None:
    begun.append([ISSUES], REDACTOR)
    begun.append([TIMELINES], REDACTOR)
    assert not begun.complete
    begun.seal(["one issue ☃", "two comments"])
    assert begun.complete
    assert begun.shortfall == ("one issue ☃", "two comments")
    begun.check()
    digests = [hashlib.sha256(path.read_bytes()).hexdigest() for path in begun.segments()]
    # byte for byte: an archive is told from another by the hash of this
    assert (begun.folder / "complete.json").read_text(encoding="utf-8") == (
        f'{{\n  "segments": {{\n    "000001.jsonl.gz": "{digests[0]}",\n    "000002.jsonl.gz": "{digests[1]}"\n  }},\n'
        '  "shortfall": [\n    "one issue ☃",\n    "two comments"\n  ]\n}\n'
    )
    digest = hashlib.sha256((begun.folder / "complete.json").read_bytes()).hexdigest()
    assert archive_hash([begun]) == digest


def test_hashes_that_earlier_versions_kept_alone_are_read(begun: Round) -> None:
    begun.append([ISSUES], REDACTOR)
    digest = hashlib.sha256(begun.segments()[0].read_bytes()).hexdigest()
    (begun.folder / "complete.json").write_text(json.dumps({"000001.jsonl.gz": digest}), encoding="utf-8")
    begun.check()
    assert begun.shortfall == ()


def test_every_segment_that_is_missing_new_or_changed_is_told(begun: Round) -> None:
    for _ in range(4):
        begun.append([ISSUES], REDACTOR)
    begun.seal([])
    one, two, three, _ = begun.segments()
    one.unlink()
    two.write_bytes(b"changed")
    three.rename(begun.folder / "000009.jsonl.gz")
    message = "is not what was received; restore it, or remove the folder of its round and fetch again"
    assert faults(begun.check) == tuple(
        Fault(str(begun.folder / f"{number:06}.jsonl.gz"), message, reason=Reason.CHANGED_ARCHIVE)
        for number in (1, 2, 3, 9)
    )


def test_a_damaged_record_is_named(begun: Round) -> None:
    path = begun.folder / "complete.json"
    path.write_text('{"segments": [], "shortfall": 5}', encoding="utf-8")
    assert faults(begun.check) == faults(lambda: begun.shortfall) == damaged(path, "is damaged")


def test_todays_state_is_the_last_complete_full_round_and_what_came_after_it(archive: Archive) -> None:
    message = "has no complete fetch yet; run `python -m mining fetch` until it says so"
    nothing = (Fault(str(archive.folder), message, reason=Reason.INCOMPLETE_ARCHIVE),)
    assert faults(archive.snapshot) == nothing
    rounds = [
        archive.begin(full=full, question=QUESTION, since=None if full else MOMENT)
        for full in (False, True, False, True, False, False, True)
    ]
    rounds[0].seal([])
    assert faults(archive.snapshot) == nothing, "an update alone is no state"
    rounds[1].seal([])
    assert archive.snapshot() == [rounds[1]]
    for number in (2, 3, 4):
        rounds[number].seal([])
    assert archive.snapshot() == [rounds[3], rounds[4]], "the last full round is still going on"
    whole = hashlib.sha256(b"".join((each.folder / "complete.json").read_bytes() for each in archive.snapshot()))
    assert archive_hash(archive.snapshot()) == whole.hexdigest()
