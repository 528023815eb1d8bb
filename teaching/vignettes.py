"""The invented failure reports of ``vignettes.yaml``, checked against the codebook."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from datapackage.codebook import Codebook
from datapackage.errors import Fault, InputError
from datapackage.files import parse_yaml

FILE = Path(__file__).with_name("vignettes.yaml")
DIMENSIONS = ("symptom", "cause", "location")
_TEXTS = ("id", "title", "report", "fix", "why")


@dataclass(frozen=True)
class Vignette:
    """One invented report with the codes of the reference.

    Attributes
    ----------
    id, title, report, fix : str
        What a student reads.
    symptom, cause, location : str
        Codes of the reference.
    detail : str
        Finer code of the cause; empty where the cause has none.
    why : str
        The reasons of the reference.
    also : mapping of str to tuple of str
        Dimension → codes that can be defended as well; the report is then ambiguous on purpose.
    """

    id: str
    title: str
    report: str
    fix: str
    symptom: str
    cause: str
    location: str
    why: str
    detail: str = ""
    also: Mapping[str, tuple[str, ...]] = field(default_factory=dict)


def load_vignettes(codebook: Codebook, path: Path = FILE) -> tuple[Vignette, ...]:
    """Read the reports.

    Parameters
    ----------
    codebook : Codebook
        Its codes are the allowed ones.
    path : Path
        The file.

    Raises
    ------
    InputError
        A report lacks a text, repeats an id, or uses a code that the codebook does not have; all faults together.
    """
    faults: list[Fault] = []
    entries = parse_yaml(path.read_text(encoding="utf-8"))["vignettes"]
    for position, entry in enumerate(entries, start=1):
        faults += [
            Fault(str(path), "is missing; write it", row=position, column=key) for key in _TEXTS if not entry.get(key)
        ]
        faults += [
            Fault(str(path), "is no code of the codebook", row=position, column=column, value=str(code))
            for column, code, allowed in _codes(entry, codebook)
            if code not in allowed
        ]
    ids = [entry.get("id") for entry in entries]
    faults += [
        Fault(str(path), "stands twice", column="id", value=str(name)) for name in set(ids) if ids.count(name) > 1
    ]
    if faults:
        raise InputError(faults)
    return tuple(_vignette(entry) for entry in entries)


def _codes(entry: Mapping[str, Any], codebook: Codebook) -> list[tuple[str, object, tuple[str, ...]]]:
    """Return column, code and allowed codes of everything that an entry codes."""
    codes = [(name, entry.get(name), codebook.slugs(name)) for name in DIMENSIONS]
    details = codebook.details.get(str(entry.get("cause")))
    if "detail" in entry:
        codes.append(("detail", entry["detail"], details.slugs if details else ()))
    also = entry.get("also", {})
    return codes + [(f"also.{name}", code, codebook.slugs(name)) for name in also for code in also[name]]


def _vignette(entry: Mapping[str, Any]) -> Vignette:
    texts = {key: " ".join(str(entry[key]).split()) for key in _TEXTS}
    also = {name: tuple(codes) for name, codes in entry.get("also", {}).items()}
    codes = {name: entry[name] for name in DIMENSIONS}
    return Vignette(**texts, **codes, detail=entry.get("detail", ""), also=also)
