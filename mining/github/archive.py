"""The raw archive: every answer as it came, before anything is derived from it. It is the checkpoint, too.

Layout below the store: ``raw/CONVERTER/ROUND/`` with ``round.json`` (what was asked for), numbered segments
``000001.jsonl.gz`` (one JSON object an answer) and, once the round is finished, ``complete.json`` (the segments'
hashes, and what GitHub counts but didn't hand out). A segment appears whole or not at all, and where a round stands
follows from its segments alone; so there is no second record of progress that could disagree with what was received,
whenever the process dies.
"""

import gzip
import hashlib
import json
import zlib
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from pydantic import BaseModel, ConfigDict, TypeAdapter, ValidationError

from datapackage.errors import Fault, InputError
from datapackage.files import sha256, write_atomic
from datapackage.reasons import Reason
from mining.github.answers import BadAnswer, Moment, check_issues, check_timelines
from mining.github.queries import asked_timelines
from mining.github.tokens import Redactor
from mining.records import is_moment

Envelope = dict[str, Any]


@dataclass(frozen=True)
class Round:
    """One pass over a converter's issues.

    Attributes
    ----------
    folder : Path
        Where its files are.
    full : bool
        Whether it asks for all closed issues; otherwise for those of any state updated since `since`.
    question : mapping
        Repository and labels asked for.
    since : str or None
        Moment (UTC) from which updates are asked for.
    """

    folder: Path
    full: bool
    question: Mapping[str, Any]
    since: str | None

    @property
    def number(self) -> int:
        """Position among the converter's rounds, from 1."""
        return int(self.folder.name)

    @property
    def complete(self) -> bool:
        """Whether it is finished: everything was received that GitHub handed out."""
        return (self.folder / "complete.json").is_file()

    def segments(self) -> list[Path]:
        """Return the paths of the segments in order."""
        return sorted(self.folder.glob("[0-9]*.jsonl.gz"))

    def append(self, envelopes: Sequence[Envelope], redactor: Redactor) -> None:
        """Store answers as the next segment, tokens removed, in one step."""
        text = "".join(json.dumps(envelope, ensure_ascii=False, separators=(",", ":")) + "\n" for envelope in envelopes)
        existing = self.segments()
        number = int(existing[-1].name[:6]) + 1 if existing else 1
        packed = gzip.compress(redactor.clean(text).encode("utf-8", "surrogatepass"), compresslevel=6, mtime=0)
        write_atomic(self.folder / f"{number:06}.jsonl.gz", packed)

    def envelopes(self) -> Iterator[Envelope]:
        """Yield the stored answers in order.

        Raises
        ------
        InputError
            A segment is damaged, missing or holds what no fetch would have stored.
        """
        self._check_numbers()
        for path in self.segments():
            try:
                with gzip.open(path, "rb") as stream:
                    for line in stream:
                        yield _checked(json.loads(line))
            except BadAnswer as bad:
                raise InputError([self.damaged(f"holds an answer that isn't GitHub's: {bad}", path)]) from None
            except (OSError, EOFError, ValueError, RecursionError, zlib.error) as error:
                raise InputError([self.damaged(f"is damaged ({type(error).__name__})", path)]) from error

    def damaged(self, message: str, path: Path | None = None) -> Fault:
        """Return the fault of a file of this round that can't be used."""
        remedy = "restore it, or remove the folder of its round and fetch again"
        return Fault(str(path or self.folder), f"{message}; {remedy}", reason=Reason.DAMAGED_ARCHIVE)

    def seal(self, shortfall: Sequence[str]) -> None:
        """Declare the round finished.

        Parameters
        ----------
        shortfall : sequence of str
            What GitHub counts but didn't hand out, in words; empty where everything was received.
        """
        document = {"segments": {path.name: sha256(path) for path in self.segments()}, "shortfall": list(shortfall)}
        write_atomic(self.folder / "complete.json", json.dumps(document, indent=2, ensure_ascii=False) + "\n")

    @property
    def shortfall(self) -> tuple[str, ...]:
        """What a finished round lacks, in words (`InputError` if its record is damaged)."""
        return self._record()[1]

    def check(self) -> None:
        """Compare a complete round's segments with the hashes that were kept.

        Raises
        ------
        InputError
            Lists every segment that is missing, new or changed.
        """
        kept, _ = self._record()
        found = {path.name: sha256(path) for path in self.segments()}
        message = "is not what was received; restore it, or remove the folder of its round and fetch again"
        faults = [
            Fault(str(self.folder / name), message, reason=Reason.CHANGED_ARCHIVE)
            for name in sorted(kept.keys() | found.keys())
            if kept.get(name) != found.get(name)
        ]
        if faults:
            raise InputError(faults)

    def _record(self) -> tuple[dict[str, str], tuple[str, ...]]:
        path = self.folder / "complete.json"
        try:
            record = _RECORD.validate_json(path.read_bytes())
        except ValidationError as error:
            raise InputError([self.damaged("is damaged", path)]) from error
        # earlier versions kept the hashes alone
        return (record.segments, tuple(record.shortfall)) if isinstance(record, _Record) else (record, ())

    def _check_numbers(self) -> None:
        for expected, path in enumerate(self.segments(), start=1):
            if int(path.name[:6]) != expected:
                raise InputError([self.damaged(f"segment {expected:06} before it is missing", path)])


class Archive:
    """The rounds of one converter.

    Parameters
    ----------
    store : Path
        The store's folder.
    converter : str
        The converter's name.
    """

    def __init__(self, store: Path, converter: str) -> None:
        self.folder = store / "raw" / converter

    def rounds(self) -> list[Round]:
        """Return the rounds that were begun, oldest first."""
        # a folder without round.json is one whose beginning was cut off; nothing was asked for yet
        return [_read_round(path) for path in sorted(self.folder.glob("[0-9][0-9][0-9][0-9]/round.json"))]

    def begin(self, *, full: bool, question: Mapping[str, Any], since: str | None) -> Round:
        """Begin the next round."""
        rounds = self.rounds()
        folder = self.folder / f"{rounds[-1].number + 1 if rounds else 1:04}"
        document = {"full": full, "question": dict(question), "since": since}
        write_atomic(folder / "round.json", json.dumps(document, indent=2, ensure_ascii=False) + "\n")
        return _read_round(folder / "round.json")

    def snapshot(self) -> list[Round]:
        """Return the complete rounds that make up today's state: the last full one and what came after it.

        Raises
        ------
        InputError
            No full round is complete.
        """
        complete = [entry for entry in self.rounds() if entry.complete]
        starts = [position for position, entry in enumerate(complete) if entry.full]
        if not starts:
            message = "has no complete fetch yet; run `python -m mining fetch` until it says so"
            raise InputError([Fault(str(self.folder), message, reason=Reason.INCOMPLETE_ARCHIVE)])
        return complete[starts[-1] :]


def archive_hash(rounds: Sequence[Round]) -> str:
    """Return the SHA-256 over the lists of segment hashes of some complete rounds, in order."""
    digest = hashlib.sha256()
    for entry in rounds:
        digest.update((entry.folder / "complete.json").read_bytes())
    return digest.hexdigest()


def _read_round(path: Path) -> Round:
    try:
        document = _Asked.model_validate_json(path.read_bytes())
    except ValidationError as error:
        message = "is damaged; remove the folder of this round and fetch again"
        raise InputError([Fault(str(path), message, reason=Reason.DAMAGED_ARCHIVE)]) from error
    return Round(path.parent, document.full, document.question.model_dump(), document.since)


class _Question(BaseModel):
    model_config = ConfigDict(strict=True)

    repository: str
    labels: list[str]


class _Asked(BaseModel):
    """``round.json``."""

    model_config = ConfigDict(strict=True)

    full: bool
    question: _Question
    since: Moment | None


class _Record(BaseModel):
    """``complete.json``."""

    model_config = ConfigDict(strict=True)

    segments: dict[str, str]
    shortfall: list[str]


_RECORD: TypeAdapter[_Record | dict[str, str]] = TypeAdapter(_Record | dict[str, str])


def _checked(envelope: Any) -> Envelope:
    """Return an envelope that has the form of one (`BadAnswer` otherwise)."""
    if not isinstance(envelope, dict):
        raise BadAnswer("no object")
    variables, answer = envelope.get("variables"), envelope.get("answer")
    if not isinstance(variables, dict) or not isinstance(answer, dict) or not isinstance(answer.get("data"), dict):
        raise BadAnswer("variables or data are missing")
    dates = [envelope.get("fetched"), envelope.get("server_date")]
    if not all(isinstance(date, str) and is_moment(date) for date in dates):
        raise BadAnswer("its time is missing")
    if envelope.get("kind") == "issues":
        if answer["data"].get("repository") is None:
            raise BadAnswer("repository: missing")
        check_issues(answer)
    elif envelope.get("kind") == "timelines":
        check_timelines(answer, asked_timelines(variables))
    else:
        raise BadAnswer("neither a list of issues nor events")
    return envelope
