"""JSON as Python's ``json.dump`` writes it, read piece by piece, however large the file.

ijson reads in pieces, but two things keep it from reading these files as they are: it refuses the literals ``NaN``,
``Infinity`` and ``-Infinity``, and on deep nesting its memory grows with the square of the depth. `PlainJson` stands before
it: it passes the bytes on, writes the literals as the texts of `LITERALS`, and stops at `DEEPEST` levels. It knows what is
inside a string, where both may stand as text.
"""

import io
import re
from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import AbstractContextManager
from typing import IO, Any

import ijson
from ijson.common import JSONError
from ijson.utils import sendable_list

from datapackage.errors import Fault, InputError
from datapackage.reasons import Reason

DEEPEST = 64
"""Levels of lists and objects; the archive's files have about ten."""
LONGEST_STRING = 64 * 1024**2
"""Bytes of one string; an issue's body has at most 64 KiB, an error text some MB."""
LITERALS: Mapping[str, float] = {
    "\N{REPLACEMENT CHARACTER}NaN": float("nan"),
    "\N{REPLACEMENT CHARACTER}Infinity": float("inf"),
    "\N{REPLACEMENT CHARACTER}-Infinity": float("-inf"),
}
_MARK = "\N{REPLACEMENT CHARACTER}".encode()
_CHUNK = 256 * 1024
# What needs no look: whole strings, and what stands between them up to the next bracket or literal. Swallowed in one step,
# so that nothing in a string is taken for either.
_PLAIN = rb'(?:[^"\[\]{}NI-]++|"[^"\\]*+(?:\\.[^"\\]*+)*+"|-(?=[0-9]))*+'
_PLAIN_RUN = re.compile(_PLAIN, re.DOTALL)
_TOKEN = re.compile(_PLAIN + rb"([\[\]{}]|-?Infinity|NaN)", re.DOTALL)
_LONGEST_LITERAL = len(b"-Infinity")


class TooDeepError(ValueError):
    """The JSON nests deeper than any file of the archive, or holds a longer string."""


class PlainJson(io.RawIOBase):
    """A stream of Python's JSON as a stream of standard JSON (see the module).

    Parameters
    ----------
    stream : binary file
        UTF-8.
    """

    def __init__(self, stream: IO[bytes]) -> None:
        super().__init__()
        self._stream = stream
        self._held = b""
        self._ready = b""
        self._depth = 0
        self._ended = False

    def readable(self) -> bool:
        """Return True."""
        return True

    def readinto(self, buffer: Any) -> int:
        """Fill `buffer` with what comes next; see `io.RawIOBase`."""
        while not self._ready and not self._ended:
            chunk = self._stream.read(_CHUNK)
            self._ended = not chunk
            self._ready = self._pass_on(self._held + chunk)
        size = min(len(buffer), len(self._ready))
        buffer[:size] = self._ready[:size]
        self._ready = self._ready[size:]
        return size

    def _pass_on(self, data: bytes) -> bytes:
        parts, written, last = [], 0, 0
        while match := _TOKEN.match(data, last):
            last = match.end()
            token = match[1]
            if token in b"[{":
                self._depth += 1
                if self._depth > DEEPEST:
                    raise TooDeepError(f"nests deeper than {DEEPEST} levels")
            elif token in b"]}":
                self._depth -= 1
            else:
                parts += [data[written : match.start(1)], b'"', _MARK, token, b'"']
                written = last
        return b"".join([*parts, data[written : self._hold(data, last)]])

    def _hold(self, data: bytes, last: int) -> int:
        """Keep a string or literal that the next piece may go on with; return where it begins."""
        run = _PLAIN_RUN.match(data, last)
        start = run.end() if run else last
        # neither the beginning of a string nor of a literal: an error, which the parser behind this finds and names
        wrong = len(data) - start >= _LONGEST_LITERAL and data[start : start + 1] != b'"'
        start = len(data) if self._ended or wrong else start
        self._held = data[start:]
        if len(self._held) > LONGEST_STRING:
            raise TooDeepError(f"holds a string of more than {LONGEST_STRING} bytes")
        return start


def number(value: object) -> object:
    """Return the float that a literal stands for, and any other value as it is."""
    return LITERALS.get(value, value) if isinstance(value, str) else value


def items(place: str, stream: IO[bytes]) -> Iterator[Any]:
    """Yield the elements of a list, one at a time.

    Raises
    ------
    InputError
        The stream is no JSON, ends early, nests too deeply, or does not begin with a list.
    """
    yield from _guarded(place, stream, "[", lambda source: ijson.items(source, "item", use_float=True))


def members(place: str, stream: IO[bytes], key: str = "") -> Iterator[tuple[str, Any]]:
    """Yield the members of an object, or of the object that is the value of its member `key` (errors as in `items`)."""
    yield from _guarded(place, stream, "{", lambda source: ijson.kvitems(source, key, use_float=True))


def selected(
    place: str, stream: IO[bytes], keys: Iterable[str], plain: Iterable[str] = ()
) -> Iterator[tuple[str, str, Any]]:
    """Yield, in one reading, the members of those members of an object that are objects themselves.

    Parameters
    ----------
    place : str
        For messages.
    stream : binary file
        See `PlainJson`.
    keys : iterable of str
        Members of the outer object to look into; all others are read over and never held.
    plain : iterable of str
        Members of the outer object to yield whole, with an empty inner key.

    Yields
    ------
    (str, str, object)
        The key, the inner key, the value.
    """
    yield from _guarded(place, stream, "{", lambda source: _selected(source, keys, plain))


def _selected(source: io.BufferedReader, keys: Iterable[str], plain: Iterable[str]) -> Iterator[tuple[str, str, Any]]:
    found: dict[str, Any] = {key: sendable_list() for key in (*keys, *plain)}
    readers = {key: ijson.kvitems_coro(found[key], key, use_float=True) for key in keys}
    readers |= {key: ijson.items_coro(found[key], key, use_float=True) for key in plain}
    while chunk := source.read(_CHUNK):
        for key, reader in readers.items():
            reader.send(chunk)
            for each in found[key]:
                yield (key, "", each) if key in plain else (key, *each)
            found[key].clear()
    for reader in readers.values():
        reader.close()


def begins_with(open_stream: Callable[[], AbstractContextManager[IO[bytes]]]) -> str:
    """Return the first character of a stream that is no space."""
    with open_stream() as stream:
        return stream.read(_CHUNK).lstrip()[:1].decode("utf-8", "replace")


def _guarded(place: str, stream: IO[bytes], opening: str, read: Any) -> Iterator[Any]:
    source = io.BufferedReader(PlainJson(stream), _CHUNK)
    try:
        begins = source.peek(1)[:_CHUNK].lstrip()[:1].decode("utf-8", "replace")
        if begins != opening:
            kind = "a list" if opening == "[" else "an object"
            raise InputError([Fault(place, f"must be JSON, {kind}", value=begins, reason=Reason.FORMAT)])
        yield from read(source)
    except (JSONError, TooDeepError, UnicodeDecodeError, OverflowError) as error:
        said = error.args[0] if error.args else "it ends early"
        first = (said.decode("ascii", "replace") if isinstance(said, bytes) else str(said)).splitlines()[0]
        raise InputError([Fault(place, f"not readable as UTF-8 JSON: {first}", reason=Reason.FORMAT)]) from error
