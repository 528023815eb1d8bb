"""Which converters can be mined, and what makes an issue theirs: ``converters.yaml``."""

import datetime as dt
import re
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

import yaml

from datapackage.errors import Fault, InputError
from datapackage.reasons import Reason

CONVERTERS_FILE = Path(__file__).with_name("converters.yaml")
_KEYS = {"name", "repository", "labels", "excluded_labels", "since", "published"}
_NAME = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]*")
_REPOSITORY = re.compile(r"[A-Za-z0-9_-][A-Za-z0-9_.-]*/[A-Za-z0-9_.-]+")


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
    try:
        document = yaml.safe_load(path.read_text(encoding="utf-8"))
    except FileNotFoundError:
        raise InputError(
            [Fault(str(path), "file is missing; name one with --converters", reason=Reason.MISSING_FILE)]
        ) from None
    except (yaml.YAMLError, UnicodeDecodeError) as error:
        raise InputError([Fault(str(path), f"not readable as UTF-8 YAML: {error}", reason=Reason.FORMAT)]) from error
    entries = document.get("converters") if isinstance(document, dict) else None
    if not isinstance(entries, list) or not entries:
        raise InputError([Fault(str(path), "'converters' must be a list of entries", reason=Reason.FORMAT)])
    faults: list[Fault] = []
    found = [_read_entry(path, number, entry, faults) for number, entry in enumerate(entries, start=1)]
    names = [converter.name for converter in found]
    for name in sorted({name for name in names if names.count(name) > 1}):
        faults.append(
            Fault(
                str(path),
                "stands twice; give each entry its own name",
                column="name",
                value=name,
                reason=Reason.REPEATED,
            )
        )
    if faults:
        raise InputError(faults)
    return tuple(found)


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


def _read_entry(path: Path, number: int, entry: Any, faults: list[Fault]) -> Converter:
    if not isinstance(entry, Mapping):
        faults.append(Fault(str(path), "must hold the keys name, repository, ...", row=number, reason=Reason.FORMAT))
        return Converter("?", "?/?")
    values = {key: value for key, value in entry.items() if value is not None}

    def fault(column: str, message: str, reason: Reason) -> None:
        value = str(values[column]) if column in values else None
        faults.append(Fault(f"{path}[entry {number}]", message, column=column, value=value, reason=reason))

    for key in sorted(set(entry) - _KEYS):
        fault(key, f"unknown key; known are {', '.join(sorted(_KEYS))}", Reason.UNKNOWN_KEY)
    if not _NAME.fullmatch(str(values.get("name", ""))):
        fault("name", "needs a name of letters, digits, '.', '_' and '-'", Reason.FORMAT)
    if not _REPOSITORY.fullmatch(str(values.get("repository", ""))):
        fault("repository", "needs a repository as owner/name", Reason.FORMAT)
    for key in ("labels", "excluded_labels"):
        labels = values.get(key, [])
        if not isinstance(labels, list) or not all(isinstance(label, str) and label for label in labels):
            fault(key, "must be a list of label names", Reason.FORMAT)
            values[key] = []
    since = values.get("since", "")
    if since and not isinstance(since, dt.date):
        fault("since", "must be a day, YYYY-MM-DD", Reason.FORMAT)
    if not isinstance(values.get("published", False), bool):
        fault("published", "must be true or false", Reason.FORMAT)
    return Converter(
        name=str(values.get("name", "?")),
        repository=str(values.get("repository", "?/?")),
        labels=tuple(values.get("labels", ())),
        excluded_labels=tuple(values.get("excluded_labels", ())),
        since=f"{since:%Y-%m-%d}" if isinstance(since, dt.date) else "",
        published=values.get("published") is True,
    )
