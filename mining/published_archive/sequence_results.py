"""The operator sequences that models share (``parser_results.zip``): decoded, cleaned, counted, reduced.

A file writes an operator type as one character, another one in each file, and any character can be one: NUL, a line feed, a
comma. So nothing is compared or written before it is decoded into names. Pairs of models count from 0 on both sides; in the
files of correct and of test models the second number is another kind of model.
"""

import re
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any

from datapackage.errors import Fault, InputError
from datapackage.reasons import Reason
from mining.published_archive.large_files import Source
from mining.published_archive.python_json import selected

SETS: Mapping[str, str] = {
    "mismatch": "mismatch_seq_match_results.json",
    "correct": "correct_mismatch_seq_match_results.json",
    "tests": "test_mismatch_seq_match_results.json",
}
PREFIXES: Mapping[str, str] = {"torch.onnx": "torch", "tf2onnx": "tf2onnx"}
MARKERS = ("input", "output")
"""Pseudo-types at the ends of a path; they are in the dictionaries."""
SHORTEST = 3
"""Operators of the shortest sequence that counts."""
_PAIR = re.compile(r"([0-9]{1,9}), ?([0-9]{1,9})")
_OPERATOR = re.compile(r"[A-Za-z_][A-Za-z0-9_.:/-]*")
_TOKENS, _TYPES = "node_type_token_dict", "token_node_type_dict"
_RESULTS, _DECODED, _PATH_PAIRS, _MODELS = (
    "results", "results_decoded", "total_path_pairs_analyzed", "mismatched_path_hash_dict",
)  # fmt: skip
Operators = tuple[str, ...]


@dataclass
class SharedSequences:
    """What one file holds.

    Attributes
    ----------
    types : frozenset of str
        The dictionary's operator types, the two markers included.
    seen : set of str
        Those that occur in a sequence.
    pairs : dict of tuple of str to int
        Cleaned sequence → in how many lists it stands, in each form in which markers surround it.
    models_with : dict of tuple of str to set of int
        Cleaned sequence → mismatched models that have it.
    total : int
        Sequences of all pairs, before anything was removed.
    path_pairs : int or None
        Paths compared, as the file says.
    model_pairs : int
        Pairs of models.
    models : int
        Mismatched models.
    """

    types: frozenset[str] = frozenset()
    seen: set[str] = field(default_factory=set)
    pairs: dict[Operators, int] = field(default_factory=dict)
    models_with: dict[Operators, set[int]] = field(default_factory=dict)
    total: int = 0
    path_pairs: int | None = None
    model_pairs: int = 0
    models: int = 0


def file_name(converter: str, kind: str) -> str:
    """Return the base name of a member."""
    return f"{PREFIXES[converter]}_{SETS[kind]}"


def read_sequences(
    sources: Mapping[str, Source], faults: list[Fault], progress: Callable[[str], None] = lambda _: None
) -> dict[tuple[str, str], SharedSequences] | None:
    """Read the six files.

    Parameters
    ----------
    sources : mapping of str to Source
        See `mining.published_archive.large_files.find_sources`.
    faults : list of Fault
        Receives everything that is wrong in any file.
    progress : callable
        Told of each file.

    Returns
    -------
    dict of (str, str) to SharedSequences, or None
        By converter and set (``mismatch``, ``correct``, ``tests``); None where the files are not there.
    """
    names = {(converter, kind): file_name(converter, kind) for converter in PREFIXES for kind in SETS}
    if not all(name in sources for name in names.values()):
        return None
    found = {}
    for key, name in names.items():
        progress(f"reading {name}")
        try:
            found[key] = _Reader(sources[name], faults, mismatch=key[1] == "mismatch").read()
        except InputError as error:
            faults += error.faults
    return found


class _Reader:
    """Reads one file: the dictionaries first, then everything that they decode, each in one pass."""

    def __init__(self, source: Source, faults: list[Fault], *, mismatch: bool) -> None:
        self._source, self._faults, self._mismatch = source, faults, mismatch
        self._found = SharedSequences()
        self._types: dict[str, str] = {}
        self._pairs: set[tuple[int, int]] = set()
        self._raw: dict[str, tuple[int, set[int]]] = {}
        self._by_pair: dict[str, list[str]] = {}
        self._same: dict[str, str] = {}

    def _fault(self, column: str, message: str, value: object = None, reason: Reason = Reason.INVALID) -> None:
        shown = None if value is None else repr(value)[:100]
        self._faults.append(Fault(self._source.place, message, column=column, value=shown, reason=reason))

    def read(self) -> SharedSequences:
        before = len(self._faults)
        models = self._dictionaries()
        if len(self._faults) == before:
            self._results()
        if len(self._faults) == before:
            self._clean()
        self._found.models = models or len({first for first, _ in self._pairs} | self._seconds())
        return self._found

    def _seconds(self) -> set[int]:
        return {second for _, second in self._pairs} if self._mismatch else set()

    def _selected(self, keys: tuple[str, ...], plain: tuple[str, ...] = ()) -> Iterator[tuple[str, str, Any]]:
        with self._source.open() as stream:
            yield from selected(self._source.place, stream, keys, plain)

    def _dictionaries(self) -> int:
        codes: dict[str, Any] = {}
        models: set[str] = set()
        for key, name, value in self._selected((_TOKENS, _TYPES, _MODELS), (_PATH_PAIRS,)):
            if key == _MODELS:
                models.add(name)
            elif key == _PATH_PAIRS:
                self._take_path_pairs(value)
            elif key == _TYPES:
                if name in self._types:
                    self._fault(_TYPES, "stands twice; keep one", name, Reason.DUPLICATE_KEY)
                self._types[name] = value
            else:
                codes[name] = value
        if not self._types:
            self._fault(_TYPES, "is missing or empty; take the archive's own file", reason=Reason.MISSING_KEY)
        for token, name in self._types.items():
            if len(token) != 1 or not isinstance(name, str) or not _OPERATOR.fullmatch(name):
                self._fault(_TYPES, "must map one character to an operator type", (token, name))
        if {token: name for name, token in codes.items() if isinstance(token, str)} != self._types:
            self._fault(_TOKENS, f"must be the inverse of {_TYPES}", reason=Reason.CONTRADICTION)
        for marker in MARKERS:
            if marker not in self._types.values():
                self._fault(_TYPES, "lacks this pseudo-type", marker, Reason.MISSING_KEY)
        self._found.types = frozenset(str(name) for name in self._types.values())
        return len(models)

    def _take_path_pairs(self, value: Any) -> None:
        if isinstance(value, bool) or not isinstance(value, int) or value < 0:
            self._fault(_PATH_PAIRS, "must be a whole number of 0 or more", value)
        else:
            self._found.path_pairs = value

    def _results(self) -> None:
        """Read the sequences of all pairs, and compare them with their decoded form where the file has it."""
        decoded: dict[str, list[str] | None] = {}
        for key, pair, value in self._selected((_RESULTS, _DECODED)):
            if key == _RESULTS:
                self._take_pair(pair, value)
            else:
                decoded[pair] = self._encoded(value)
            if pair in decoded and pair in self._by_pair and self._by_pair.pop(pair) != decoded.pop(pair):
                self._fault(_DECODED, f"is not what {_RESULTS} says, decoded", pair, Reason.CONTRADICTION)
        if not self._pairs:
            self._fault(_RESULTS, "is missing or empty; take the archive's own file", reason=Reason.MISSING_KEY)
        if decoded:
            self._fault(_DECODED, f"has pairs that {_RESULTS} lacks", min(decoded), Reason.CONTRADICTION)

    def _encoded(self, value: Any) -> list[str] | None:
        codes = {name: token for token, name in self._types.items()}
        try:
            return sorted("".join(codes[name] for name in sequence) for sequence in value)
        except (KeyError, TypeError):
            return None

    def _take_pair(self, pair: str, value: Any) -> None:
        match = _PAIR.fullmatch(pair)
        if match is None:
            self._fault(_RESULTS, "must be named by two models, as 0,1", pair)
            return
        first, second = int(match[1]), int(match[2])
        key = (min(first, second), max(first, second)) if self._mismatch else (first, second)
        if key in self._pairs or (self._mismatch and first == second):
            message = "is one model with itself" if first == second and self._mismatch else "stands twice; keep one"
            self._fault(_RESULTS, message, pair, Reason.DUPLICATE_KEY)
        self._pairs.add(key)
        if not isinstance(value, list) or not all(isinstance(each, str) for each in value):
            self._fault(_RESULTS, "must be a list of texts, one per sequence", pair)
            return
        self._found.total += len(value)
        self._by_pair[pair] = sorted(self._same.setdefault(text, text) for text in value)
        models = key if self._mismatch else (first,)
        for text in set(value):
            count, holders = self._raw.get(text, (0, set()))
            holders.update(models)
            self._raw[text] = (count + 1, holders)

    def _clean(self) -> None:
        """Decode, strip the markers, leave out what is too short; what becomes equal is one sequence."""
        codes = {name: token for token, name in self._types.items()}
        unknown: set[str] = set()
        for text, (count, holders) in self._raw.items():
            unknown |= set(text) - self._types.keys()
            self._found.seen.update(self._types.get(token, "") for token in text)
            bare = text.strip(codes["input"]).strip(codes["output"])
            if len(bare) < SHORTEST or unknown:
                continue
            operators = tuple(self._types[token] for token in bare)
            self._found.pairs[operators] = self._found.pairs.get(operators, 0) + count
            self._found.models_with.setdefault(operators, set()).update(holders)
        for token in sorted(unknown):
            self._fault(_RESULTS, f"has a character that is not in {_TYPES}", token, Reason.UNKNOWN_CODE)
        self._found.model_pairs = len(self._pairs)
        self._raw.clear()
        self._by_pair.clear()
