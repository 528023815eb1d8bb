"""The codebook: which codes exist in each dimension, what they mean, and how older sheets spell them.

A spelling (slug, name or alias) belongs to one code of a dimension; comparison ignores case and surrounding space.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Any

import yaml

from datapackage.errors import Fault, InputError
from datapackage.files import parse_yaml
from datapackage.reasons import Reason
from datapackage.spelling import fold

FILE = "codebook.yaml"
_CODE_KEYS = {"slug", "name", "number", "definition", "rule", "aliases", "details", "becomes"}


@dataclass(frozen=True)
class Code:
    """One code of a dimension.

    Attributes
    ----------
    slug : str
        The code as it stands in the tables.
    name : str
        The code as a reader sees it.
    number : int or None
        The code's number in the study's sheets.
    definition, rule : str
        What it means; how to decide against its neighbours.
    aliases : tuple of str
        Other spellings in older sheets.
    details : tuple of Code
        Finer codes below this one (causes only).
    becomes : tuple of str
        For a retired code, the codes that took its place.
    """

    slug: str
    name: str
    number: int | None
    definition: str
    rule: str
    aliases: tuple[str, ...] = ()
    details: "tuple[Code, ...]" = ()
    becomes: tuple[str, ...] = ()

    @property
    def spellings(self) -> tuple[str, ...]:
        """Slug, name and aliases, folded for comparison."""
        return tuple(dict.fromkeys(fold(text) for text in (self.slug, self.name, *self.aliases)))


@dataclass(frozen=True)
class Dimension:
    """A dimension of the labels (symptom, cause, location) with its codes in codebook order.

    ``retired`` holds codes that no label is given any more, for ratings that were given with them.
    """

    slug: str
    name: str
    definition: str
    codes: tuple[Code, ...]
    retired: tuple[Code, ...] = ()

    @cached_property
    def _by_spelling(self) -> Mapping[str, Code]:
        return {spelling: code for code in self.codes for spelling in code.spellings}

    @cached_property
    def _by_number(self) -> Mapping[int, Code]:
        return {code.number: code for code in self.codes if code.number is not None}

    @property
    def slugs(self) -> tuple[str, ...]:
        """Slugs in codebook order."""
        return tuple(code.slug for code in self.codes)

    def __getitem__(self, slug: str) -> Code:
        return next(code for code in self.codes if code.slug == slug)

    def resolve(self, text: str) -> Code | None:
        """Return the code that `text` spells, or None."""
        return self._by_spelling.get(fold(text))

    def by_number(self, number: int) -> Code | None:
        """Return the code with this number in the study's sheets, or None."""
        return self._by_number.get(number)


@dataclass(frozen=True)
class Codebook:
    """All dimensions, by slug."""

    dimensions: Mapping[str, Dimension]

    def __getitem__(self, dimension: str) -> Dimension:
        return self.dimensions[dimension]

    @cached_property
    def details(self) -> Mapping[str, Dimension]:
        """For each cause that has finer codes, those codes as a dimension of their own, by the cause's slug."""
        return {
            cause.slug: Dimension(cause.slug, cause.name, cause.definition, cause.details)
            for cause in self["cause"].codes
            if cause.details
        }

    def slugs(self, dimension: str) -> tuple[str, ...]:
        """Return a dimension's slugs in codebook order; ``cause_detail`` gives all finer codes of the causes."""
        if dimension == "cause_detail":
            return tuple(dict.fromkeys(code.slug for detail in self.details.values() for code in detail.codes))
        return self[dimension].slugs


def load_codebook(data: Path) -> Codebook:
    """Read and check ``codebook.yaml``.

    Parameters
    ----------
    data : Path
        The data folder.

    Raises
    ------
    InputError
        The file is missing, is not YAML, or holds codes that lack a key, repeat a slug, a number or a spelling;
        all faults together.
    """
    path = data / FILE
    try:
        document = parse_yaml(path.read_text(encoding="utf-8"))
    except FileNotFoundError:
        raise InputError(
            [Fault(str(path), "file is missing; restore it from the repository", reason=Reason.MISSING_FILE)]
        ) from None
    except (yaml.YAMLError, UnicodeDecodeError) as error:
        raise InputError([Fault(str(path), f"not readable as UTF-8 YAML: {error}", reason=Reason.FORMAT)]) from error
    faults: list[Fault] = []
    entries = document.get("dimensions") if isinstance(document, dict) else None
    if not isinstance(entries, dict) or not {"symptom", "cause", "location"} <= set(entries):
        raise InputError([Fault(str(path), "'dimensions' must hold symptom, cause and location", reason=Reason.FORMAT)])
    dimensions = {slug: _read_dimension(path, slug, entry, faults) for slug, entry in entries.items()}
    if faults:
        raise InputError(faults)
    return Codebook(dimensions)


def _read_dimension(path: Path, slug: str, entry: Mapping[str, Any], faults: list[Fault]) -> Dimension:
    codes = tuple(_read_code(path, f"{slug}", code, faults) for code in entry["codes"])
    _check_unique(path, slug, codes, faults)
    for code in codes:
        _check_unique(path, f"{slug}.{code.slug}", code.details, faults)
    retired = tuple(_read_code(path, f"{slug}", code, faults) for code in entry.get("retired", ()))
    known = {code.slug for code in (*codes, *retired)}
    for code in retired:
        if not code.becomes or not set(code.becomes) <= known or code.slug in {each.slug for each in codes}:
            message = "a retired code must name in 'becomes' the codes of its dimension that took its place, and be none of them"
            faults.append(Fault(str(path), message, column=f"{slug}.{code.slug}", reason=Reason.RETIRED_CODE))
    return Dimension(slug, entry["name"], entry["definition"].strip(), codes, retired)


def _read_code(path: Path, where: str, entry: Mapping[str, Any], faults: list[Fault]) -> Code:
    slug = str(entry.get("slug", "?"))
    place = f"{where}.{slug}"
    for key in ("slug", "name", "definition", "rule"):
        if not entry.get(key):
            faults.append(Fault(str(path), f"code lacks {key!r}", column=place, reason=Reason.MISSING_KEY))
    for key in sorted(set(entry) - _CODE_KEYS):
        faults.append(Fault(str(path), f"unknown key {key!r}", column=place, reason=Reason.UNKNOWN_KEY))
    return Code(
        slug=slug,
        name=str(entry.get("name", slug)),
        number=entry.get("number"),
        definition=str(entry.get("definition", "")).strip(),
        rule=str(entry.get("rule", "")).strip(),
        aliases=tuple(str(alias) for alias in entry.get("aliases", ())),
        details=tuple(_read_code(path, place, detail, faults) for detail in entry.get("details", ())),
        becomes=tuple(str(slug) for slug in entry.get("becomes", ())),
    )


def _check_unique(path: Path, where: str, codes: tuple[Code, ...], faults: list[Fault]) -> None:
    seen: dict[str | int, str] = {}
    for code in codes:
        keys: tuple[str | int, ...] = (*code.spellings, *(() if code.number is None else (code.number,)))
        for key in keys:
            if key in seen:
                message = f"belongs to both {seen[key]} and {code.slug}"
                faults.append(Fault(str(path), message, column=where, value=str(key), reason=Reason.AMBIGUOUS_CODE))
            seen.setdefault(key, code.slug)
