"""Checking tables against the descriptor, the codebook and the rules between columns; every fault is reported.

The table checks are the frictionless library's; its findings become `Fault` records with a remedy.
"""

import re
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

from frictionless import Error, Package, Resource

from datapackage.codebook import load_codebook
from datapackage.descriptor import FILE, Descriptor, load_descriptor, read_descriptor, resource
from datapackage.errors import Fault
from datapackage.parsing import parse_table
from datapackage.questions import load_questionnaire, record_faults
from datapackage.reasons import Reason
from datapackage.rules import RULES

# frictionless would otherwise guess the separator, and accept what `read_table` does not read
_COMMAS = {"dialect": {"csv": {"delimiter": ","}}}
_TYPES: Mapping[str, str] = {
    "date": "must be a date, as 2024-01-31",
    "datetime": "must be a moment in UTC, as 2024-01-31T12:00:00Z",
    "integer": "must be a whole number",
    "number": "must be a number, with a decimal point",
    "boolean": "must be true or false",
}
_CONSTRAINTS: Mapping[str, str] = {
    "enum": "must be one of: {}",
    "required": "must not be empty",
    "minimum": "must be at least {}",
    "maximum": "must be at most {}",
    "pattern": "must match {}",
    "unique": "must not repeat",
}
_REMEDIES: Mapping[Reason, str] = {
    Reason.SOURCE_ERROR: "restore the file or write its header row",
    Reason.MISSING_LABEL: "add the column",
    Reason.EXTRA_LABEL: "remove the column or describe it in datapackage.json",
    Reason.INCORRECT_LABEL: "name and order the columns as in datapackage.json",
    Reason.DUPLICATE_LABEL: "keep one of the columns",
    Reason.MISSING_CELL: "give the row all its cells (an unquoted line break or too few commas?)",
    Reason.EXTRA_CELL: "remove the cell (an unquoted comma?)",
    Reason.BLANK_ROW: "remove the empty row",
    Reason.PRIMARY_KEY: "keep one row per key",
    Reason.FOREIGN_KEY: "add the row it refers to, or correct the key",
}


def check_table(data: Path, name: str) -> list[Fault]:
    """Check one table by itself: form, types, codes, key and rules, not hash and not references to other tables.

    Parameters
    ----------
    data : Path
        The data folder.
    name : str
        The table's name in the descriptor.

    Returns
    -------
    list of Fault
        Empty when the table can be used.
    """
    entry = resource(load_descriptor(data), name)
    if fault := missing_fault(data / entry["path"]) or encoding_fault(data / entry["path"]):
        return [fault]
    schema = {key: value for key, value in entry["schema"].items() if key != "foreignKeys"}
    bare = {key: value for key, value in entry.items() if key not in ("bytes", "hash")} | {"schema": schema} | _COMMAS
    report = Resource.from_descriptor(bare, basepath=str(data)).validate()
    faults = [_fault(data, entry["path"], error) for task in report.tasks for error in task.errors]
    return _without_followers(faults) or list(_rule_faults(data, entry))


def validate(data: Path) -> list[Fault]:
    """Check the whole data folder: every table with hash and references, the codebook, undescribed files.

    Returns
    -------
    list of Fault
        All faults of all files, in the descriptor's order.

    Raises
    ------
    InputError
        The descriptor or the codebook itself cannot be read.
    """
    codebook = load_codebook(data)
    descriptor = load_descriptor(data, codebook)
    faults: list[Fault] = []
    if descriptor != read_descriptor(data):
        message = "allowed codes differ from the codebook's; run `python -m analysis describe`"
        faults.append(Fault(str(data / FILE), message, reason=Reason.DESCRIPTOR_OUTDATED))
    missing = {
        entry["path"]: fault for entry in descriptor["resources"] if (fault := missing_fault(data / entry["path"]))
    }
    faults += missing.values()
    described = [entry for entry in descriptor["resources"] if entry["path"] not in missing]
    undecoded = {entry["path"]: fault for entry in described if (fault := encoding_fault(data / entry["path"]))}
    faults += undecoded.values()
    readable = [entry | (_COMMAS if "schema" in entry else {}) for entry in described if entry["path"] not in undecoded]
    faults += _package_faults(data, descriptor | {"resources": readable})
    broken = {fault.file for fault in faults if fault.reason not in (Reason.HASH_COUNT, Reason.FOREIGN_KEY)}
    for entry in described:
        if "schema" in entry and str(data / entry["path"]) not in broken:
            faults += _rule_faults(data, entry)
    return _without_followers(faults) + list(_undescribed(data, descriptor))


def missing_fault(path: Path) -> Fault | None:
    """Return that a described file is missing, or None."""
    message = "described but missing; restore it, or remove its entry from datapackage.json"
    return None if path.is_file() else Fault(str(path), message, reason=Reason.MISSING_FILE)


def encoding_fault(path: Path) -> Fault | None:
    """Return where a file stops being UTF-8, or None.

    The frictionless library decodes in pieces and passes over a broken character at the end of a file.
    """
    try:
        content = path.read_bytes()
        content.decode("utf-8")
    except UnicodeDecodeError as error:
        row = content.count(b"\n", 0, error.start) + 1
        value = repr(content[error.start : error.end])[2:-1]
        return Fault(
            str(path), "is not UTF-8; save the file as UTF-8", row=row, value=value, reason=Reason.ENCODING_ERROR
        )
    return None


def _package_faults(data: Path, descriptor: Descriptor) -> list[Fault]:
    report = Package.from_descriptor(descriptor, basepath=str(data)).validate()
    found = [(task.place or task.name, error) for task in report.tasks for error in task.errors]
    # an edit changes size and hash alike: one message is enough
    return [_fault(data, place, error) for place, error in found if error.type != "byte-count"]


def _rule_faults(data: Path, entry: Mapping[str, Any]) -> Iterator[Fault]:
    rules = [rule for rule in RULES if rule.applies_to(entry["name"])]
    records = entry["schema"].get("records")
    if not rules and records is None:
        return
    file, frame = str(data / entry["path"]), parse_table(data, entry)
    for rule in rules:
        yield from rule.faults(file, frame, load_codebook(data))
    if records is not None:
        yield from record_faults(file, frame, load_questionnaire(data), records)


def _undescribed(data: Path, descriptor: Descriptor) -> Iterator[Fault]:
    known = {entry["path"] for entry in descriptor["resources"]}
    for path in sorted(data.rglob("*.csv")):
        if path.relative_to(data).as_posix() not in known:
            message = "is not described; add it to datapackage.json or move it elsewhere"
            yield Fault(str(path), message, reason=Reason.UNDESCRIBED_FILE)


def _without_followers(faults: list[Fault]) -> list[Fault]:
    """Leave out the cells that are too many or too few only because a column of the header is."""
    broken = {
        fault.file
        for fault in faults
        if fault.reason in (Reason.MISSING_LABEL, Reason.EXTRA_LABEL, Reason.DUPLICATE_LABEL)
    }
    return [
        fault
        for fault in faults
        if not (fault.file in broken and fault.reason in (Reason.MISSING_CELL, Reason.EXTRA_CELL))
    ]


def _cell_message(note: str) -> str:
    """Say what a cell must hold, from frictionless's note of the violated type or constraint."""
    if match := re.fullmatch(r'type is "(\w+)/\w+"', note):
        return _TYPES.get(match[1], f"must be of type {match[1]}")
    match = re.fullmatch(r'constraint "(\w+)" is "(.*)"', note, flags=re.DOTALL)
    return _CONSTRAINTS.get(match[1], "must meet {}").format(_listed(match[2])) if match else ""


def _listed(text: str) -> str:
    return text[1:-1].replace("'", "") if text.startswith("['") else text


def _fault(data: Path, path: str, error: Error) -> Fault:
    value = getattr(error, "cell", None)
    row = getattr(error, "row_number", None)
    column = getattr(error, "field_name", None) or getattr(error, "label", None) or None
    if error.type == "hash-count":
        return Fault(
            str(data / path),
            "edited since it was described; run `python -m analysis describe`",
            reason=Reason.HASH_COUNT,
        )
    message = _cell_message(error.note) or error.note or error.message
    reason = _reason(error.type)
    remedy = _REMEDIES.get(reason)
    return Fault(
        str(data / path),
        message if remedy is None else f"{message}; {remedy}",
        row=row,
        column=column,
        value=None if value is None else str(value),
        reason=reason,
    )


def _reason(kind: str) -> Reason:
    """Return frictionless's kind of error as ours, which has the same code."""
    return Reason(kind) if kind in set(Reason) else Reason.SOURCE_ERROR
