"""The folder of a campaign: its specification, one row a task in JSON lines, graphs, and who ran what when.

Invariants: a row that is read is complete (a torn last line is cut off before anything is appended); a task has one row; a
row's graph is on disk before the row; the specification and the versions do not change under a campaign.
"""

import base64
import hashlib
import json
import os
import zlib
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from conversion.tasks import SCHEMA, Specification
from datapackage.errors import Fault, InputError
from datapackage.files import write_atomic
from datapackage.lock import locked
from datapackage.reasons import Reason

Row = dict[str, Any]
_ROWS, _SPECIFICATION = "results.jsonl", "campaign.json"
_SESSIONS, _VERSIONS = "sessions.jsonl", "versions.json"


class Records:
    """A campaign's folder, to read or, under `locked`, to write.

    Parameters
    ----------
    folder : Path
        Made when it is missing and written to.
    """

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self._stream: int | None = None

    def specification(self) -> Specification:
        """Read the campaign's specification.

        Raises
        ------
        InputError
            The folder holds no campaign, or one of another schema.
        """
        path = self.folder / _SPECIFICATION
        try:
            stored = json.loads(path.read_text(encoding="utf-8"))
        except FileNotFoundError:
            message = "holds no campaign; start one with `python -m conversion run --out`"
            raise InputError([Fault(str(self.folder), message, reason=Reason.MISSING_FILE)]) from None
        except json.JSONDecodeError as error:
            raise InputError([Fault(str(path), f"is not JSON: {error}", reason=Reason.FORMAT)]) from error
        if stored.get("schema") != SCHEMA:
            message = f"must be {SCHEMA}; run this campaign with the version of the project that began it"
            raise InputError([Fault(str(path), message, column="schema", value=str(stored.get("schema")))])
        return Specification.from_json(stored)

    def begin(self, specification: Specification) -> None:
        """Store the specification, or check it against the stored one; more models than before are welcome.

        Raises
        ------
        InputError
            The stored campaign is another one; all differences are listed.
        """
        path = self.folder / _SPECIFICATION
        if path.exists():
            old, new = self.specification().as_json(), json.loads(json.dumps(specification.as_json()))
            old = json.loads(json.dumps(old))
            faults = [
                Fault(str(path), f"this run asks for {new[name]!r}; name another folder with --out, or the stored value",
                      column=name, value=repr(old[name]))
                for name in old
                if old[name] != new[name] and not (name == "models" and new[name] > old[name])
            ]  # fmt: skip
            if faults:
                raise InputError(faults)
        write_atomic(path, json.dumps(specification.as_json(), indent=1) + "\n")

    @contextmanager
    def locked(self) -> Iterator[None]:
        """Hold the folder for this process, cut off a torn last row, and open it for appending.

        Raises
        ------
        StudyError
            Another process holds it.
        """
        with locked(self.folder, "another run of this campaign is under way; wait for it"):
            for leftover in self.folder.glob("**/.*.tmp"):
                leftover.unlink()
            self._stream = os.open(self.folder / _ROWS, os.O_RDWR | os.O_CREAT | os.O_APPEND, 0o666)
            try:
                _cut_torn_line(self._stream)
                yield
            finally:
                os.close(self._stream)
                self._stream = None

    def append(self, row: Row) -> None:
        """Store a row, its graph first; after an error the file ends with a complete row all the same.

        Raises
        ------
        OSError
            The disk is full, say; the row is not stored, and its task will be run again.
        """
        assert self._stream is not None, "append under locked()"  # noqa: S101
        row = dict(row)
        graph = row.pop("graph", None)
        if graph is not None:
            write_atomic(self.graph_path(row["id"]), zlib.decompress(base64.b64decode(graph)))
        data = (json.dumps({"schema": SCHEMA, **row}) + "\n").encode()
        end = os.lseek(self._stream, 0, os.SEEK_END)
        try:
            written = 0
            while written < len(data):
                written += os.write(self._stream, data[written:])
            os.fsync(self._stream)
        except OSError as error:
            os.ftruncate(self._stream, end)
            error.filename = str(self.folder / _ROWS)
            raise

    def rows(self) -> Iterator[Row]:
        """Yield the stored rows in the order of their ends; a torn last line is left out.

        Raises
        ------
        InputError
            A line before the last is no row.
        """
        path = self.folder / _ROWS
        if not path.exists():
            return
        with path.open("rb") as stream:
            for number, line in enumerate(stream, start=1):
                if not line.endswith(b"\n"):
                    return
                try:
                    yield json.loads(line)
                except json.JSONDecodeError as error:
                    message = f"is no row of a campaign: {error}; remove the line, its task will be run again"
                    raise InputError([Fault(str(path), message, row=number, reason=Reason.FORMAT)]) from error

    def done(self) -> set[str]:
        """Return the names of the tasks that have a row."""
        return {row["id"] for row in self.rows()}

    def graph_path(self, task: str) -> Path:
        """Where the graph of a task lies, without its weights."""
        return self.folder / "graphs" / f"{task}.onnx"

    def note_versions(self, versions: Mapping[str, Any]) -> None:
        """Store a framework's versions under the name that rows give them."""
        known = self.versions()
        if versions_key(versions) not in known:
            known[versions_key(versions)] = versions
            write_atomic(self.folder / _VERSIONS, json.dumps(known, indent=1, sort_keys=True) + "\n")

    def versions(self) -> dict[str, Mapping[str, Any]]:
        """Return the versions that rows name."""
        path = self.folder / _VERSIONS
        return json.loads(path.read_text(encoding="utf-8")) if path.exists() else {}

    def note_session(self, session: Mapping[str, Any]) -> None:
        """Append what one run of the campaign did: when, on what, with which versions."""
        path = self.folder / _SESSIONS
        old = path.read_text(encoding="utf-8") if path.exists() else ""
        write_atomic(path, old + json.dumps(session) + "\n")

    def sessions(self) -> list[dict[str, Any]]:
        """Return what the runs of the campaign did, in order."""
        path = self.folder / _SESSIONS
        return [json.loads(line) for line in path.read_text(encoding="utf-8").splitlines()] if path.exists() else []


def _cut_torn_line(stream: int) -> None:
    """Cut a file after its last line end."""
    end = os.lseek(stream, 0, os.SEEK_END)
    position = end
    while position > 0:
        start = max(0, position - 65536)
        block = os.pread(stream, position - start, start)
        found = block.rfind(b"\n")
        if found >= 0:
            position = start + found + 1
            break
        position = start
    if position < end:
        os.ftruncate(stream, position)


# tf2onnx numbers names in the order of a set, so the file's length changes by a few digits
VOLATILE = ("stages", "seconds", "cpu_seconds", "peak_mb", "onnx_bytes")


def reproducible(row: Row) -> Row:
    """Return a row without what differs from run to run: times, memory, the length of the file."""
    return {name: value for name, value in row.items() if name not in VOLATILE}


def versions_key(versions: Mapping[str, Any]) -> str:
    """Return a short name of a set of versions, which rows carry."""
    return hashlib.sha256(json.dumps(versions, sort_keys=True).encode()).hexdigest()[:12]
