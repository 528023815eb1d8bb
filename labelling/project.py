"""The folder in which a sample is labelled, ``store/labelling/SAMPLE``: who labels what, and what came back.

    rounds/ROUND.json        the raters of a round, each with issues in order, and why each issue is there
    sheets/ROUND-RATER.xlsx  what the raters get
    received/SHA256.xlsx     what they returned, as it was
    labels/0001-SHA.jsonl    the labels read from it; a file is written once and never changed

The store is not tracked: rationales and what raters wrote never enter the repository.
"""

import csv
import json
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

from datapackage.errors import Fault, InputError
from datapackage.files import write_atomic
from datapackage.lock import locked
from datapackage.reasons import Reason

STORE = Path(__file__).resolve().parents[1] / "store"
SAMPLE, DRIFT, RETEST = "sample", "drift", "retest"


@dataclass(frozen=True, slots=True)
class SampleIssue:
    """An issue of a drawn sample: issue, converter, position in the population (0 the newest) and day of opening."""

    issue: str
    converter: str
    population_rank: int
    created: str


@dataclass(frozen=True, slots=True)
class Assignment:
    """An issue that a rater gets, and why (``sample``, ``drift``, ``retest``)."""

    issue: str
    role: str


@dataclass(frozen=True, slots=True)
class Round:
    """An occasion of labelling.

    Attributes
    ----------
    name : str
        As in column ``round`` of the data.
    number : int
        1 for the sample's first round.
    seed : int
        Seed of order and choice.
    raters : mapping
        Rater → what the rater gets, in order.
    kind : str
        ``human`` or ``machine``.
    tool : str
        For a machine, the model.
    """

    name: str
    number: int
    seed: int
    raters: Mapping[str, tuple[Assignment, ...]]
    kind: str = "human"
    tool: str = ""

    def assigned(self, rater: str, *roles: str) -> tuple[str, ...]:
        """Issues of a rater, of these roles or of all."""
        return tuple(each.issue for each in self.raters.get(rater, ()) if not roles or each.role in roles)


class Project:
    """The labelling of one sample.

    Parameters
    ----------
    store : Path
        The store that the sample was drawn into.
    sample : str
        The sample's name.
    """

    def __init__(self, store: Path, sample: str) -> None:
        self.store = store
        self.sample = sample
        self.folder = store / "labelling" / sample

    @property
    def _table(self) -> Path:
        return self.store / "samples" / f"{self.sample}.csv"

    def issues(self) -> list[SampleIssue]:
        """Read the sample, in order of drawing.

        Raises
        ------
        InputError
            There is no such sample, or its table has other columns.
        """
        if not self._table.is_file():
            known = sorted(path.stem for path in self._table.parent.glob("*.csv"))
            message = (
                f"no such sample; the store has {', '.join(known) or 'none'}: draw it with `python -m mining sample`"
            )
            raise InputError([Fault(str(self._table), message, reason=Reason.MISSING_FILE)])
        with self._table.open(encoding="utf-8", newline="") as stream:
            rows = list(csv.DictReader(stream))
        needed = SampleIssue.__dataclass_fields__
        if lacking := [name for name in needed if not rows or name not in rows[0]]:
            message = "column is missing; the table is not one of `python -m mining sample`"
            raise InputError(
                [Fault(str(self._table), message, column=name, reason=Reason.MISSING_LABEL) for name in lacking]
            )
        return [
            SampleIssue(row["issue"], row["converter"], int(row["population_rank"]), row["created"]) for row in rows
        ]

    def population_issues(self) -> list[str]:
        """Return all issues of the population that the sample was drawn from.

        Raises
        ------
        InputError
            The list is missing: the sample was drawn before there was one, or made otherwise.
        """
        path = self.store / "populations" / f"{self.sample}.csv"
        if not path.is_file():
            message = "the list of the sample's population is missing; `python -m mining sample` writes it"
            raise InputError([Fault(str(path), message, reason=Reason.MISSING_FILE)])
        with path.open(encoding="utf-8", newline="") as stream:
            return [row["issue"] for row in csv.DictReader(stream)]

    def populations(self) -> dict[str, int]:
        """Return the size of the population behind the sample, by converter, from its manifest."""
        path = self._table.with_suffix(".json")
        if not path.is_file():
            raise InputError(
                [Fault(str(path), "the sample's manifest is missing; restore it", reason=Reason.MISSING_FILE)]
            )
        manifest = json.loads(path.read_text(encoding="utf-8"))
        return {name: int(entry["population"]) for name, entry in manifest["converters"].items()}

    def rounds(self) -> list[Round]:
        """Return the sample's rounds, in order."""
        found = [_round(json.loads(path.read_text(encoding="utf-8"))) for path in self.folder.glob("rounds/*.json")]
        return sorted(found, key=lambda each: each.number)

    def round(self, name: str) -> Round:
        """Return a round.

        Raises
        ------
        InputError
            There is no such round.
        """
        rounds = {each.name: each for each in self.rounds()}
        if name not in rounds:
            message = f"sample {self.sample} has no such round; it has {', '.join(rounds)}"
            if not rounds:
                message = (
                    f"no sheets of sample {self.sample} were given out from this store; name the right file or --store"
                )
            raise InputError([Fault(str(self.folder), message, value=name, reason=Reason.UNKNOWN_ROUND)])
        return rounds[name]

    def add_round(self, added: Round) -> None:
        """Store a round; a round is never written over.

        Raises
        ------
        InputError
            A round of this name exists.
        """
        path = self.folder / "rounds" / f"{added.name}.json"
        if path.exists():
            message = "exists; labels may hang on it: choose another --round"
            raise InputError([Fault(str(path), message, reason=Reason.EXISTS)])
        write_atomic(path, json.dumps(asdict(added), indent=1, ensure_ascii=False) + "\n")

    def sheet(self, round_name: str, rater: str, suffix: str = "xlsx") -> Path:
        """Return where a rater's sheet is written."""
        return self.folder / "sheets" / f"{round_name}-{rater}.{suffix}"

    @contextmanager
    def locked(self) -> Iterator[None]:
        """Hold the project for this process.

        Raises
        ------
        StudyError
            Another process holds it.
        """
        with locked(self.folder, "another command is writing here; wait for it"):
            yield


def _round(document: dict[str, Any]) -> Round:
    raters = {rater: tuple(Assignment(**each) for each in assigned) for rater, assigned in document["raters"].items()}
    return Round(**(document | {"raters": raters}))
