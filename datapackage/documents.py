"""Documents that people write by hand, YAML and JSON: read within bounds, checked by a model, every fault with its path.

A document is bounded before it becomes objects: its size, how deeply it is nested, how often an anchor is repeated, and that
no key of a mapping stands twice, which YAML and JSON readers pass over in silence.
"""

import json
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Annotated, Any, TypeVar

import yaml
from pydantic import BaseModel, ConfigDict, Strict, StringConstraints, ValidationError

from datapackage.errors import Fault, InputError
from datapackage.files import parse_yaml
from datapackage.reasons import Reason
from datapackage.unforeseen import reading

LARGEST = 4_000_000  # bytes; the largest document of the project has under 100,000
DEEPEST = 40
MOST_NODES = 200_000  # after the repetition of anchors

T = TypeVar("T")
M = TypeVar("M", bound=BaseModel)
Text = Annotated[str, StringConstraints(strip_whitespace=True, min_length=1, pattern=r"^[^\x00-\x08\x0b-\x1f\x7f]*$")]
Slug = Annotated[str, StringConstraints(pattern=r"^[A-Za-z0-9][A-Za-z0-9_.-]*$")]
Several = Annotated[tuple[T, ...], Strict(False)]

_MESSAGES = {
    "missing": "is missing",
    "extra_forbidden": "is not a key that can stand here",
    "string_type": "must be text; put it in quotes",
    "string_too_short": "must not be empty",
    "string_pattern_mismatch": "must match {pattern}",
    "int_type": "must be a whole number",
    "float_type": "must be a number",
    "bool_type": "must be true or false",
    "tuple_type": "must be a list",
    "list_type": "must be a list",
    "dict_type": "must hold keys and values",
    "model_type": "must hold keys and values",
    "date_type": "must be a day, as 2024-01-31, without quotes",
    "too_short": "must hold at least {min_length}",
    "literal_error": "must be {expected}",
    "greater_than": "must be greater than {gt:g}",
    "greater_than_equal": "must be at least {ge:g}",
    "less_than": "must be less than {lt:g}",
    "less_than_equal": "must be at most {le:g}",
}
_REASONS = {
    "missing": Reason.MISSING_KEY,
    "extra_forbidden": Reason.UNKNOWN_KEY,
    "string_too_short": Reason.MISSING_KEY,
    "literal_error": Reason.UNKNOWN_KIND,
}


class Document(BaseModel):
    """Base of the models: no value is taken for another type's, no key is passed over."""

    model_config = ConfigDict(strict=True, extra="forbid", frozen=True)


def read_text(path: Path, remedy: str) -> str:
    """Return a document's text.

    Parameters
    ----------
    path : Path
        The file.
    remedy : str
        What to do when it is missing.

    Raises
    ------
    InputError
        The file is missing, too large, or not UTF-8.
    """
    try:
        if path.stat().st_size > LARGEST:
            raise InputError([Fault(str(path), f"has more than {LARGEST:,} bytes", reason=Reason.TOO_LARGE)])
        return path.read_text(encoding="utf-8")
    except FileNotFoundError:
        raise InputError([Fault(str(path), f"file is missing; {remedy}", reason=Reason.MISSING_FILE)]) from None
    except UnicodeDecodeError as error:
        raise InputError([Fault(str(path), f"not readable as UTF-8: {error}", reason=Reason.FORMAT)]) from error


def load_yaml(file: str, text: str) -> Any:
    """Return the value of a YAML document.

    Raises
    ------
    InputError
        The text is no YAML, is nested or repeated beyond reason, or gives a key twice.
    """
    try:
        faults = list(_yaml_faults(file, text))
        if faults:
            raise InputError(faults)
        return parse_yaml(text)
    # a date or number of an impossible value is a ValueError, a list as a key a TypeError
    except (yaml.YAMLError, ValueError, TypeError) as error:
        raise InputError([Fault(file, f"not readable as UTF-8 YAML: {error}", reason=Reason.FORMAT)]) from error


@dataclass
class _Open:
    """A list or mapping of which the end is not read yet."""

    anchor: str | None
    nodes_before: int
    keys: set[str] | None  # of a mapping
    key_next: bool = True

    def keys_to_extend(self) -> set[str] | None:
        """Return the keys so far if the next node is one, else None; and pass on to the node after it."""
        is_key, self.key_next = self.key_next, not self.key_next
        return self.keys if is_key else None


def _yaml_faults(file: str, text: str) -> Iterator[Fault]:
    """Yield what is wrong with a YAML text, from its events: nothing is built and nothing recurses."""
    sizes: dict[str, int] = {}  # nodes below each anchor, repetitions counted
    stack: list[_Open] = []
    nodes = 0
    for event in yaml.parse(text, Loader=getattr(yaml, "CSafeLoader", yaml.SafeLoader)):
        if isinstance(event, yaml.CollectionEndEvent):
            ended = stack.pop()
            if ended.anchor is not None:
                sizes[ended.anchor] = nodes - ended.nodes_before
        if not isinstance(event, yaml.NodeEvent):
            continue
        row = None if event.start_mark is None else event.start_mark.line + 1
        nodes += sizes.get(event.anchor or "", 1) if isinstance(event, yaml.AliasEvent) else 1
        keys = stack[-1].keys_to_extend() if stack else None
        if keys is not None and isinstance(event, yaml.ScalarEvent):
            if event.value in keys:
                yield Fault(file, "key stands twice; keep one", row, value=event.value, reason=Reason.REPEATED)
            keys |= {event.value} - {"<<"}
        if isinstance(event, yaml.CollectionStartEvent):
            stack.append(_Open(event.anchor, nodes, set() if isinstance(event, yaml.MappingStartEvent) else None))
        elif isinstance(event, yaml.ScalarEvent) and event.anchor is not None:
            sizes[event.anchor] = 1
        if len(stack) > DEEPEST or nodes > MOST_NODES:
            bound = f"{DEEPEST} levels" if len(stack) > DEEPEST else f"{MOST_NODES:,} values, anchors repeated"
            yield Fault(file, f"holds more than {bound}; no such document is read", row, reason=Reason.TOO_LARGE)
            return


def load_json(file: str, text: str) -> Any:
    """Return the value of a JSON document.

    Raises
    ------
    InputError
        The text is no JSON, is nested beyond reason, or gives a key twice.
    """
    faults: list[Fault] = []

    def once(pairs: Sequence[tuple[str, Any]]) -> dict[str, Any]:
        found: dict[str, Any] = {}
        for key, value in pairs:
            if key in found:
                faults.append(Fault(file, "key stands twice; keep one", value=key, reason=Reason.REPEATED))
            found[key] = value
        return found

    def number(text: str) -> Any:
        raise ValueError(f"{text} is no JSON number")

    try:
        value = json.loads(text, object_pairs_hook=once, parse_constant=number)
    except RecursionError:
        raise InputError([Fault(file, "is nested beyond reason", reason=Reason.TOO_LARGE)]) from None
    except ValueError as error:
        raise InputError([Fault(file, f"not readable as UTF-8 JSON: {error}", reason=Reason.FORMAT)]) from error
    if faults:
        raise InputError(faults)
    return value


def checked(file: str, value: Any, model: type[M]) -> M:
    """Return a document's value as its model.

    Parameters
    ----------
    file : str
        For messages.
    value : object
        What the document holds.
    model : type
        A `Document`.

    Raises
    ------
    InputError
        The value is not of the model; every fault, with the path within the document as its column.
    """
    try:
        with reading(file):
            return model.model_validate(value)
    except ValidationError as error:
        details = error.errors(include_url=False, include_context=True)
        wrong = [detail["loc"] for detail in details if detail["type"] != "too_short"]
        # a list of which no entry is sound is reported as empty, too
        told = [
            d for d in details if d["type"] != "too_short" or not any(w[: len(d["loc"])] == d["loc"] for w in wrong)
        ]
        raise InputError([_fault(file, dict(detail)) for detail in told]) from None


def place(path: Sequence[str | int]) -> str:
    """Return a path within a document as a reader writes it, entries of lists counted from 1.

    Examples
    --------
    >>> place(["questions", 2, "options", 0, "slug"])
    'questions[3].options[1].slug'
    """
    text = "".join(f"[{part + 1}]" if isinstance(part, int) else f".{part}" for part in path)
    return text.removeprefix(".")


def _fault(file: str, detail: dict[str, Any]) -> Fault:
    kind, context = detail["type"], detail.get("ctx") or {}
    template = _MESSAGES.get(kind)
    message = detail["msg"] if template is None else template.format(**context)
    value = detail["input"]
    shown = value if isinstance(value, str | int | float | bool) else None
    return Fault(
        file,
        message,
        column=place(detail["loc"]) or None,
        value=None if shown is None or kind == "missing" else str(shown)[:200],
        reason=Reason(kind) if kind in set(Reason) else _REASONS.get(kind, Reason.FORMAT),
    )
