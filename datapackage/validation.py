"""Checking tables against the descriptor, the codebook and the rules between columns; every fault is reported.

The table checks are the frictionless library's; its findings become `Fault` records with a remedy.
"""

from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

from frictionless import Error, Package, Resource
from frictionless import errors as findings

from datapackage.codebook import load_codebook
from datapackage.descriptor import FILE, Descriptor, load_descriptor, read_descriptor, resource
from datapackage.errors import Fault
from datapackage.rules import RULES

_REMEDIES: Mapping[str, str] = {
    "hash-count": "the file is not the described one; after an intended edit run `python -m analysis describe`",
    "byte-count": "the file is not the described one; after an intended edit run `python -m analysis describe`",
    "encoding-error": "save the file as UTF-8",
    "source-error": "restore the file or write its header row",
    "scheme-error": "restore the file or remove its entry from datapackage.json",
    "missing-label": "add the column",
    "extra-label": "remove the column or describe it in datapackage.json",
    "incorrect-label": "name and order the columns as in datapackage.json",
    "duplicate-label": "keep one of the columns",
    "missing-cell": "give the row all its cells (an unquoted line break or too few commas?)",
    "extra-cell": "remove the cell (an unquoted comma?)",
    "blank-row": "remove the empty row",
    "primary-key": "keep one row per key",
    "foreign-key": "add the row it refers to, or correct the key",
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
    schema = {key: value for key, value in entry["schema"].items() if key != "foreignKeys"}
    bare = {key: value for key, value in entry.items() if key not in ("bytes", "hash")} | {"schema": schema}
    report = Resource.from_descriptor(bare, basepath=str(data)).validate()
    faults = [_fault(data, entry["path"], error) for task in report.tasks for error in task.errors]
    return faults or list(_rule_faults(data, entry))


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
        faults.append(Fault(str(data / FILE), message, reason="descriptor-outdated"))
    described = [entry for entry in descriptor["resources"] if (data / entry["path"]).is_file()]
    for entry in descriptor["resources"]:
        if entry not in described:
            message = "described but missing; restore it or remove its entry"
            faults.append(Fault(str(data / entry["path"]), message, reason="missing-file"))
    faults += _package_faults(data, descriptor | {"resources": described})
    broken = {fault.file for fault in faults if fault.reason not in ("hash-count", "byte-count", "foreign-key")}
    for entry in described:
        if "schema" in entry and str(data / entry["path"]) not in broken:
            faults += _rule_faults(data, entry)
    return faults + list(_undescribed(data, descriptor))


def _package_faults(data: Path, descriptor: Descriptor) -> list[Fault]:
    report = Package.from_descriptor(descriptor, basepath=str(data)).validate()
    return [_fault(data, task.place or task.name, error) for task in report.tasks for error in task.errors]


def _rule_faults(data: Path, entry: Mapping[str, Any]) -> Iterator[Fault]:
    from datapackage.tables import parse_table  # noqa: PLC0415  (tables checks through this module)

    frame = None
    for rule in RULES:
        if rule.table == entry["name"]:
            frame = parse_table(data, entry) if frame is None else frame
            yield from rule.faults(str(data / entry["path"]), frame, load_codebook(data))


def _undescribed(data: Path, descriptor: Descriptor) -> Iterator[Fault]:
    known = {entry["path"] for entry in descriptor["resources"]}
    for path in sorted(data.rglob("*.csv")):
        if path.relative_to(data).as_posix() not in known:
            message = "is not described; add it to datapackage.json or move it elsewhere"
            yield Fault(str(path), message, reason="undescribed-file")


def _fault(data: Path, path: str, error: Error) -> Fault:
    value = getattr(error, "cell", None)
    row = getattr(error, "row_number", None)
    column = getattr(error, "field_name", None) or getattr(error, "label", None) or None
    message = error.message if not isinstance(error, findings.CellError) else error.note
    if column is None and isinstance(error, findings.RowError):
        message = error.note
    remedy = _REMEDIES.get(error.type)
    return Fault(
        str(data / path),
        message if remedy is None else f"{message}; {remedy}",
        row=row,
        column=column,
        value=None if value is None else str(value),
        reason=error.type,
    )
