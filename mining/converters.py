"""Which converters can be mined, and what makes an issue theirs: ``converters.yaml``."""

import datetime as dt
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Annotated, Any

from annotated_types import MinLen
from pydantic import StringConstraints

from datapackage.documents import Document, Several, Text, checked, load_yaml, place, read_text
from datapackage.errors import Fault, InputError
from datapackage.reasons import Reason

CONVERTERS_FILE = Path(__file__).with_name("converters.yaml")


@dataclass(frozen=True, slots=True)
class Converter:
    """One converter.

    Attributes
    ----------
    name : str
        What the tables call it.
    repository : str
        ``owner/name`` on GitHub.
    labels : tuple of str
        An issue must carry one of them; empty takes every issue.
    excluded_labels : tuple of str
        An issue that carries one of them is left out of the population.
    since : str
        First day of opening (``YYYY-MM-DD``, UTC), or empty.
    published : bool
        Whether the study sampled it.
    """

    name: str
    repository: str
    labels: tuple[str, ...] = ()
    excluded_labels: tuple[str, ...] = ()
    since: str = ""
    published: bool = False

    @property
    def owner(self) -> str:
        """First half of the repository's name."""
        return self.repository.partition("/")[0]

    @property
    def repository_name(self) -> str:
        """Second half of the repository's name."""
        return self.repository.partition("/")[2]

    def question(self) -> dict[str, Any]:
        """Return what decides which issues GitHub is asked for; a change of it calls for a full fetch."""
        return {key: value for key, value in asdict(self).items() if key in ("repository", "labels")}


class Entry(Document):
    """A converter as ``converters.yaml`` holds it; what is left out or empty takes its default."""

    name: Annotated[str, StringConstraints(pattern=r"^[A-Za-z0-9][A-Za-z0-9._-]*$")]
    repository: Annotated[str, StringConstraints(pattern=r"^[A-Za-z0-9_-][A-Za-z0-9_.-]*/[A-Za-z0-9_.-]+$")]
    labels: Several[Text] | None = ()
    excluded_labels: Several[Text] | None = ()
    since: dt.date | None = None
    published: bool | None = False

    def converter(self) -> Converter:
        """Return the entry as the rest of the project uses it."""
        since = "" if self.since is None else f"{self.since:%Y-%m-%d}"
        labels, excluded = self.labels or (), self.excluded_labels or ()
        return Converter(self.name, self.repository, labels, excluded, since, bool(self.published))


class ConvertersDocument(Document):
    """The form of ``converters.yaml``."""

    converters: Annotated[Several[Entry], MinLen(1)]


def load_converters(path: Path = CONVERTERS_FILE) -> tuple[Converter, ...]:
    """Read and check the list of converters.

    Parameters
    ----------
    path : Path
        A YAML file of the form of ``converters.yaml``.

    Returns
    -------
    tuple of Converter
        In file order.

    Raises
    ------
    InputError
        The file is missing or malformed; all faults together.
    """
    file = str(path)
    entries = checked(
        file, load_yaml(file, read_text(path, "name one with --converters")), ConvertersDocument
    ).converters
    names = [entry.name for entry in entries]
    repeated = [position for position, name in enumerate(names) if name in names[:position]]
    if repeated:
        message = "stands twice; give each entry its own name"
        columns = [(place(["converters", position, "name"]), names[position]) for position in repeated]
        raise InputError([Fault(file, message, None, column, name, Reason.REPEATED) for column, name in columns])
    return tuple(entry.converter() for entry in entries)


def select(converters: Sequence[Converter], names: Sequence[str]) -> tuple[Converter, ...]:
    """Return the converters of these names, in file order; all of them when no name is given.

    Raises
    ------
    InputError
        A name is unknown.
    """
    known = [converter.name for converter in converters]
    unknown = [name for name in names if name not in known]
    if unknown:
        message = f"no converter of this name; the file has {', '.join(known)}"
        raise InputError(
            [Fault("--converter", message, value=name, reason=Reason.UNKNOWN_CONVERTER) for name in unknown]
        )
    return tuple(converter for converter in converters if not names or converter.name in names)
