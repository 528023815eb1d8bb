"""What is mutated and held by what: the areas, and the slips that may stay unnoticed."""

import csv
import re
import tomllib
from collections.abc import Mapping
from enum import StrEnum
from pathlib import Path
from typing import NamedTuple

FOLDER = Path(__file__).resolve().parent
AREAS_FILE, SURVIVORS_FILE, RESULTS_FILE = FOLDER / "areas.toml", FOLDER / "survivors.csv", FOLDER / "results.csv"
ALLOWED = 0.05
"""Share of an area's slips that may stay unnoticed without a reason, where it guards nothing."""

_LITERAL = re.compile(r"""\"(?:\\.|[^"\\])*\"|'(?:\\.|[^'\\])*'""")
# the case of a codec's name is none, and that files name theirs is tested for the whole project (tests/test_encodings.py)
_CODEC = re.compile(r"""(?:, |\b)encoding=(?:None|"[-\w]+")|(?i:"utf-8(?:-sig)?"|"ascii")""")


class Why(StrEnum):
    """Why a slip may stay unnoticed."""

    EQUIVALENT = "equivalent"  # the same result for every input
    SPEED = "speed"  # the same result, sooner or later
    DEFENSIVE = "defensive"  # guards against what the callers and the type checker exclude
    SYSTEM = "system"  # shows on another system alone, such as one without POSIX


class Area(NamedTuple):
    """Modules that belong together.

    Attributes
    ----------
    name : str
        As the command line takes it.
    modules, tests : tuple of str
        Paths from the project's root; `tests` are those that must notice.
    guards : bool
        Whether secrets, labels or verdicts hang on them, so that no slip may stay unnoticed without a reason.
    """

    name: str
    modules: tuple[str, ...]
    tests: tuple[str, ...]
    guards: bool


class Change(NamedTuple):
    """A slip: the lines of a function that it replaces, and by what.

    Attributes
    ----------
    module, function : str
        Path from the root; name, of a method as ``Class.method``.
    before, after : str
        Lines without their indentation, joined by line feeds.
    """

    module: str
    function: str
    before: str
    after: str


def is_wording(change: Change) -> bool:
    """Tell whether a slip changes the words of a message alone, or names a codec otherwise.

    Tests hold what is said, not each of its words.
    """

    def without(text: str) -> str:
        plain = _LITERAL.sub(lambda literal: '""' if " " in literal[0] else literal[0], text)
        return re.sub(r"[,\s]+(?=\))|(?<=\()[,\s]+", "", _CODEC.sub("", plain))

    return without(change.before) == without(change.after)


def read_areas() -> dict[str, Area]:
    """Return the areas by name."""
    document = tomllib.loads(AREAS_FILE.read_text(encoding="utf-8"))
    return {
        name: Area(name, tuple(entry["modules"]), tuple(entry["tests"]), entry.get("guards", False))
        for name, entry in document.items()
    }


def read_survivors() -> dict[Change, Why]:
    """Return the slips that may stay unnoticed, each with its kind of reason.

    Raises
    ------
    ValueError
        A reason is not one of `Why`.
    """
    with SURVIVORS_FILE.open(encoding="utf-8", newline="") as stream:
        return {
            Change(row["module"], row["function"], row["before"], row["after"]): Why(row["reason"])
            for row in csv.DictReader(stream)
        }


def write_results(rows: Mapping[str, Mapping[str, object]]) -> None:
    """Replace the rows of modules in the table of results.

    Parameters
    ----------
    rows : mapping
        Module → cells by column, all modules with the same columns.
    """
    known: dict[str, Mapping[str, object]] = {}
    if RESULTS_FILE.exists():
        with RESULTS_FILE.open(encoding="utf-8", newline="") as stream:
            known = {row["module"]: row for row in csv.DictReader(stream)}
    known |= rows
    with RESULTS_FILE.open("w", encoding="utf-8", newline="") as stream:
        writer = csv.DictWriter(stream, list(next(iter(known.values()))), lineterminator="\n")
        writer.writeheader()
        writer.writerows(known[module] for module in sorted(known))
