"""The codebook: which codes exist in each dimension, what they mean, and how older sheets spell them.

A spelling (slug, name or alias) belongs to one code of a dimension; comparison ignores case and surrounding space.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property, lru_cache
from pathlib import Path
from typing import Annotated

from annotated_types import Ge, MinLen

from datapackage.documents import Document, Several, Slug, Text, checked, load_yaml, place, read_text
from datapackage.errors import Fault, InputError
from datapackage.reasons import Reason
from datapackage.spelling import fold

FILE = "codebook.yaml"


class Code(Document):
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
    detail_required : bool
        Whether a label of this cause must name a detail; otherwise one may be left out.
    becomes : tuple of str
        For a retired code, the codes that took its place.
    """

    slug: Slug
    name: Text
    number: Annotated[int, Ge(1)] | None = None
    definition: Text
    rule: Text
    aliases: Several[Text] = ()
    details: "Several[Code]" = ()
    detail_required: bool = False
    becomes: Several[Slug] = ()

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

    def current(self, slug: str) -> str | None:
        """Return the code that a code stands for today: itself, or what took the place of a retired one.

        None for a code that was split, since only a person can say which part an old label would be; and for an unknown one.
        """
        followed = slug
        while followed not in self.slugs:
            becomes = next((code.becomes for code in self.retired if code.slug == followed), ())
            if len(becomes) != 1:
                return None
            followed = becomes[0]
        return followed

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


class DimensionEntry(Document):
    """A dimension as ``codebook.yaml`` holds it."""

    name: Text
    definition: Text
    codes: Annotated[Several[Code], MinLen(1)]
    retired: Several[Code] = ()


class CodebookDocument(Document):
    """The form of ``codebook.yaml``: the dimensions by slug; symptom, cause and location must be among them."""

    dimensions: dict[Slug, DimensionEntry]


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
    return _parse(str(path), read_text(path, "restore it from the repository"))


@lru_cache(maxsize=4)  # every table asks for it
def _parse(file: str, text: str) -> Codebook:
    entries = checked(file, load_yaml(file, text), CodebookDocument).dimensions
    faults: list[Fault] = []
    if lacking := [name for name in ("symptom", "cause", "location") if name not in entries]:
        message = f"must hold symptom, cause and location; it lacks {', '.join(lacking)}"
        faults.append(Fault(file, message, column="dimensions", reason=Reason.MISSING_KEY))
    for slug, entry in entries.items():
        path: list[str | int] = ["dimensions", slug, "codes"]
        faults += _repetitions(file, path, entry.codes)
        for position, code in enumerate(entry.codes):
            faults += _repetitions(file, [*path, position, "details"], code.details)
            if code.detail_required and not code.details:
                message = "has no details that could be required; add some or leave this key out"
                column = place([*path, position, "detail_required"])
                faults.append(Fault(file, message, column=column, value=code.slug, reason=Reason.MISSING_KEY))
            deeper = [number for number, detail in enumerate(code.details) if detail.details]
            for number in deeper:
                column = place([*path, position, "details", number])
                faults.append(Fault(file, "a finer code has no finer ones", column=column, reason=Reason.UNKNOWN_KEY))
        faults += _retirement_faults(file, ["dimensions", slug, "retired"], entry)
    if faults:
        raise InputError(faults)
    return Codebook(
        {
            slug: Dimension(slug, entry.name, entry.definition, entry.codes, entry.retired)
            for slug, entry in entries.items()
        }
    )


def _repetitions(file: str, path: Sequence[str | int], codes: Sequence[Code]) -> Iterator[Fault]:
    seen: dict[str | int, str] = {}
    for code in codes:
        keys: tuple[str | int, ...] = (*code.spellings, *(() if code.number is None else (code.number,)))
        for key in keys:
            if key in seen:
                message = f"belongs to both {seen[key]} and {code.slug}"
                yield Fault(file, message, column=place(path), value=str(key), reason=Reason.AMBIGUOUS_CODE)
            seen.setdefault(key, code.slug)


def _retirement_faults(file: str, path: Sequence[str | int], entry: DimensionEntry) -> Iterator[Fault]:
    current = {code.slug for code in entry.codes}
    known = current | {code.slug for code in entry.retired}
    for position, code in enumerate(entry.retired):
        if not code.becomes or not set(code.becomes) <= known or code.slug in current:
            message = "a retired code must name in 'becomes' the codes of its dimension that took its place, and be none of them"
            column = place([*path, position])
            yield Fault(file, message, column=column, value=code.slug, reason=Reason.RETIRED_CODE)
