"""``datapackage.json``: the one schema of all tables, and what is generated from it and from the files.

Columns, types, keys and texts are written by hand in the descriptor; sizes, hashes and the allowed codes (from the
codebook) are filled in by `refresh`; the data dictionary is `dictionary`.
"""

import json
from collections.abc import Callable, Mapping
from functools import lru_cache, partial
from pathlib import Path
from typing import Any, TypeVar

from datapackage.codebook import Codebook, load_codebook
from datapackage.description import DescriptorDocument, description_faults, vocabulary_faults
from datapackage.documents import checked, load_json, read_text
from datapackage.errors import Fault, InputError
from datapackage.files import JOURNAL, sha256, write_atomic
from datapackage.questions import Question, Questionnaire, load_questionnaire
from datapackage.reasons import Reason

FILE = "datapackage.json"
Descriptor = dict[str, Any]
T = TypeVar("T")


def load_descriptor(data: Path, codebook: Codebook | None = None) -> Descriptor:
    """Read the descriptor and set the allowed codes of each coded column from the codebook or questionnaire beside it.

    Parameters
    ----------
    data : Path
        The data folder.
    codebook : Codebook, optional
        Already loaded; read from `data` otherwise.

    Raises
    ------
    InputError
        The descriptor or the codebook is missing or malformed.
    """
    faults: list[Fault] = []
    descriptor = _attempt(partial(read_descriptor, data), faults)
    codebook = codebook or _attempt(partial(load_codebook, data), faults)
    fields = [field for entry in (descriptor or {}).get("resources", ()) for field in _fields(entry)]
    asks = descriptor is None or any("options" in field for field in fields)
    questionnaire = _attempt(partial(load_questionnaire, data), faults) if asks else None
    if descriptor is None or codebook is None or faults:
        raise InputError(faults)
    faults += vocabulary_faults(str(data / FILE), fields, codebook, questionnaire)
    if faults:
        raise InputError(faults)
    for field in fields:
        if "codes" in field:
            field.setdefault("constraints", {})["enum"] = list(codebook.slugs(field["codes"]))
        if "options" in field and questionnaire is not None:
            field.setdefault("constraints", {})["enum"] = list(questionnaire[field["options"]].slugs)
    return descriptor


def read_descriptor(data: Path) -> Descriptor:
    """Read the descriptor exactly as it is stored.

    Raises
    ------
    InputError
        It is missing, is no JSON, or is not of the form that `datapackage.description` states; all faults together.
    """
    path = data / FILE
    if (data / JOURNAL).is_file():
        message = "a change of several tables was interrupted; finish it with `python -m labelling recover`"
        raise InputError([Fault(str(data), message, reason=Reason.INTERRUPTED)])
    text = read_text(path, "name a data folder that has one (--data)")
    _check(str(path), text)
    descriptor: Descriptor = json.loads(text)  # anew, since callers fill in allowed codes
    return descriptor


@lru_cache(maxsize=4)  # every table asks for it
def _check(file: str, text: str) -> None:
    faults = list(description_faults(file, checked(file, load_json(file, text), DescriptorDocument)))
    if faults:
        raise InputError(faults)


def _attempt(load: Callable[[], T], faults: list[Fault]) -> T | None:
    try:
        return load()
    except InputError as error:
        faults += error.faults
        return None


def _fields(entry: Mapping[str, Any]) -> list[dict[str, Any]]:
    return list(entry.get("schema", {}).get("fields", ()))


def resource(descriptor: Descriptor, name: str) -> dict[str, Any]:
    """Return the description of one table.

    Raises
    ------
    InputError
        No table of that name is described.
    """
    for entry in descriptor["resources"]:
        if entry["name"] == name:
            return dict(entry)
    known = ", ".join(entry["name"] for entry in descriptor["resources"])
    raise InputError([Fault(FILE, f"describes no table {name!r}; it has {known}", reason=Reason.UNKNOWN_TABLE)])


def refresh(data: Path) -> Descriptor:
    """Write sizes, hashes and allowed codes into the descriptor, and the data dictionary beside it.

    Whether the tables are sound is not looked at here; see `datapackage.validation.validate`.

    Returns
    -------
    dict
        The descriptor as written.

    Raises
    ------
    FileNotFoundError
        A described file is missing; nothing is written.
    """
    descriptor = load_descriptor(data)
    for entry in descriptor["resources"]:
        path = data / entry["path"]
        entry["bytes"] = path.stat().st_size
        entry["hash"] = f"sha256:{sha256(path)}"
    write_descriptor(data, descriptor)
    write_atomic(data / "README.md", dictionary(descriptor, load_codebook(data), load_questionnaire(data)))
    return descriptor


def write_descriptor(data: Path, descriptor: Descriptor) -> None:
    """Replace the descriptor of a data folder."""
    write_atomic(data / FILE, json.dumps(descriptor, indent=2, ensure_ascii=False) + "\n")


def dictionary(descriptor: Mapping[str, Any], codebook: Codebook, questionnaire: Questionnaire) -> str:
    """Return the data dictionary (Markdown): every table with its columns, every code, every question."""
    lines = [f"# {descriptor['title']}", "", descriptor["description"], "", *_edition(descriptor)]
    lines += [
        "Generated from `datapackage.json`, `codebook.yaml` and `survey/questions.yaml` by `python -m analysis describe`.",
        "",
    ]
    for entry in descriptor["resources"]:
        lines += [f"## {entry['path']}", "", entry["description"], ""]
        for source in entry.get("sources", ()):
            lines += [f"Source: {source['title']}.", ""]
        schema = entry.get("schema")
        if schema:
            lines += [*_key_lines(schema), "| column | type | meaning |", "| --- | --- | --- |"]
            lines += [
                f"| `{field['name']}` | {_type(field)} | {_cell(_meaning(field))} |" for field in schema["fields"]
            ]
            lines.append("")
    lines += ["## The codes", ""]
    for dimension in codebook.dimensions.values():
        lines += [f"### {dimension.name}", "", dimension.definition, ""]
        lines += ["| code | name | definition | decision rule |", "| --- | --- | --- | --- |"]
        for code in dimension.codes:
            lines.append(_code_row(code.slug, code))
            lines += [_code_row(f"{code.slug}.{detail.slug}", detail) for detail in code.details]
        lines.append("")
        for code in dimension.retired:
            became = ", ".join(f"`{slug}`" for slug in code.becomes)
            lines += [f"Retired: `{code.slug}` ({code.name}), now {became}. Older ratings have it.", ""]
    lines += [
        "## The survey's questions",
        "",
        "In our own words, from `survey/questions.yaml`; `open` questions have themes.",
        "",
    ]
    lines += ["| question | asks | kind | options or themes |", "| --- | --- | --- | --- |"]
    lines += [_question_row(question) for question in questionnaire.questions.values()]
    return "\n".join(lines).rstrip() + "\n"


def _key_lines(schema: Mapping[str, Any]) -> list[str]:
    lines = []
    if "primaryKey" in schema:
        lines.append("Key: " + ", ".join(f"`{name}`" for name in schema["primaryKey"]) + ".")
    for key in schema.get("foreignKeys", ()):
        fields = ", ".join(f"`{name}`" for name in key["fields"])
        reference = key["reference"]
        target = ", ".join(f"`{name}`" for name in reference["fields"])
        lines.append(
            f"{fields} refer{'s' if len(key['fields']) == 1 else ''} to {target} of `{reference['resource']}`."
        )
    return [*lines, ""] if lines else []


def _edition(descriptor: Mapping[str, Any]) -> list[str]:
    """Return version and licence, and which samples stay as they are."""
    lines = [f"- Licence: {entry.get('title', entry['name'])}." for entry in descriptor.get("licenses", ())]
    if "version" in descriptor:
        lines.insert(0, f"- Version {descriptor['version']} ([changes](CHANGELOG.md)).")
    frozen = ", ".join(f"`{name}`" for name in descriptor.get("frozenSamples", ()))
    if frozen:
        lines.append(
            f"- Frozen, as published: the sample {frozen}. Any other may still grow: name the version that you used."
        )
    return [*lines, ""] if lines else []


def _type(field: Mapping[str, Any]) -> str:
    return f"{field['type']}, {field['unit']}" if "unit" in field else str(field["type"])


def _meaning(field: Mapping[str, Any]) -> str:
    if "codes" in field:
        return f"{field['description']} A code of the codebook's {field['codes'].replace('_', ' ')}."
    enum = field.get("constraints", {}).get("enum")
    suffix = "" if enum is None else " One of: " + ", ".join(f"`{value}`" for value in enum) + "."
    return f"{field['description']}{suffix}"


def _code_row(slug: str, code: Any) -> str:
    rule = f"{code.rule} Always with a detail." if code.detail_required else code.rule
    return f"| `{slug}` | {code.name} | {_cell(code.definition)} | {_cell(rule)} |"


def _question_row(question: Question) -> str:
    options = ", ".join(f"`{option.slug}` {option.name}" for option in question.options) or "none coded"
    return f"| `{question.id}` | {_cell(question.text)} | {question.kind} | {_cell(options)} |"


def _cell(text: str) -> str:
    return " ".join(text.split()).replace("|", "\\|")
