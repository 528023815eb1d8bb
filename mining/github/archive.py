"""The raw archive: every answer as it came, before anything is derived from it. It is the checkpoint, too.

Layout below the store: ``raw/CONVERTER/ROUND/`` with ``round.json`` (what was asked for), numbered segments
``000001.jsonl.gz`` (one JSON object an answer) and, once the round is finished, ``complete.json`` (the segments'
hashes). A segment appears whole or not at all, and where a round stands follows from its segments alone; so there is no
second record of progress that could disagree with what was received, whenever the process dies.
"""

import gzip
import hashlib
import json
import zlib
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from datapackage.errors import Fault, InputError
from datapackage.files import sha256, write_atomic
from datapackage.reasons import Reason
from mining.github.tokens import Redactor

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
        """Whether everything asked for was received."""
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
            A segment is damaged, missing or, in a complete round, not what was received.
        """
        self._check_numbers()
        for path in self.segments():
            try:
                with gzip.open(path, "rb") as stream:
                    for line in stream:
                        yield json.loads(line)
            except (OSError, EOFError, ValueError, zlib.error) as error:
                message = f"segment is damaged ({type(error).__name__}); remove the folder of its round and fetch again"
                raise InputError([Fault(str(path), message, reason=Reason.DAMAGED_ARCHIVE)]) from error

    def seal(self) -> None:
        """Declare the round complete, with the hash of every segment."""
        hashes = {path.name: sha256(path) for path in self.segments()}
        write_atomic(self.folder / "complete.json", json.dumps(hashes, indent=2) + "\n")

    def check(self) -> None:
        """Compare a complete round's segments with the hashes that were kept.

        Raises
        ------
        InputError
            Lists every segment that is missing, new or changed.
        """
        kept = json.loads((self.folder / "complete.json").read_text(encoding="utf-8"))
        found = {path.name: sha256(path) for path in self.segments()}
        message = "is not what was received; restore it, or remove the folder of its round and fetch again"
        faults = [
            Fault(str(self.folder / name), message, reason=Reason.CHANGED_ARCHIVE)
            for name in sorted(kept.keys() | found.keys())
            if kept.get(name) != found.get(name)
        ]
        if faults:
            raise InputError(faults)

    def _check_numbers(self) -> None:
        for expected, path in enumerate(self.segments(), start=1):
            if int(path.name[:6]) != expected:
                message = f"segment {expected:06} before it is missing; remove the folder of its round and fetch again"
                raise InputError([Fault(str(path), message, reason=Reason.DAMAGED_ARCHIVE)])


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
        document = json.loads(path.read_text(encoding="utf-8"))
        return Round(path.parent, bool(document["full"]), document["question"], document["since"])
    except (ValueError, KeyError) as error:
        message = "is damaged; remove the folder of this round and fetch again"
        raise InputError([Fault(str(path), message, reason=Reason.DAMAGED_ARCHIVE)]) from error
