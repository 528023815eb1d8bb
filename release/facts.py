"""Title, version, authors, licences: read from where each is stated."""

import tomllib
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from datapackage.descriptor import read_descriptor
from datapackage.errors import StudyError
from datapackage.files import parse_yaml

CITATION, PROJECT = "CITATION.cff", "pyproject.toml"


@dataclass(frozen=True)
class Facts:
    """What the package says of itself.

    Attributes
    ----------
    citation : mapping
        ``CITATION.cff``.
    project : mapping
        The table ``project`` of ``pyproject.toml``.
    data : mapping
        ``data/datapackage.json``.
    requirements : tuple of str
        Direct dependencies of the core.
    """

    citation: Mapping[str, Any]
    project: Mapping[str, Any]
    data: Mapping[str, Any]
    requirements: tuple[str, ...]

    @property
    def authors(self) -> list[str]:
        """Names of the software's authors."""
        return [author["name"] for author in self.citation["authors"]]


def facts(root: Path) -> Facts:
    """Read the facts of a checkout.

    Raises
    ------
    StudyError
        Two files that must say the same do not: version and licence of ``CITATION.cff`` and ``pyproject.toml``, or licence,
        keywords and authors of ``CITATION.cff`` and ``data/datapackage.json``; all such together.
    """
    citation = parse_yaml((root / CITATION).read_text(encoding="utf-8"))
    project = tomllib.loads((root / PROJECT).read_text(encoding="utf-8"))["project"]
    data = read_descriptor(root / "data")
    lines = (root / "requirements-core.in").read_text(encoding="utf-8").splitlines()
    requirements = tuple(name for line in lines if (name := line.split("#")[0].strip()))
    found = Facts(citation, project, data, requirements)
    descriptor = "data/datapackage.json"
    pairs = [
        ("version", PROJECT, project["version"], citation["version"]),
        ("licence", PROJECT, project["license"], citation["license"]),
        ("licence", descriptor, data["licenses"][0]["name"], citation["license"]),
        ("keywords", descriptor, data["keywords"], citation["keywords"]),
        ("authors", descriptor, [c["title"] for c in data["contributors"] if c["role"] == "author"], found.authors),
    ]
    unlike = [
        f"{name} in {file} is {other!r}, in {CITATION} {stated!r}; make them the same"
        for name, file, other, stated in pairs
        if other != stated
    ]
    if unlike:
        raise StudyError("; ".join(unlike))
    return found
