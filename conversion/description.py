"""A campaign's tables in the data package: their entries in ``datapackage.json``, so that nobody writes forty columns by hand.

A table of a kind has the columns of every other of its kind; the texts of the columns come from there.
"""

import copy
import json
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from datapackage.descriptor import FILE, Descriptor, read_descriptor
from datapackage.errors import Fault, InputError
from datapackage.files import write_atomic
from datapackage.reasons import Reason

FOLDER = "conversions"
# end of a table's name → what it holds
_KINDS = {
    "": "One row per task: a model, a converter, an operator set.",
    "-operators": "Operators of the campaign's ONNX graphs. One row per converter, operator and types of its inputs.",
    "-graphs": "Structures of the campaign's ONNX graphs: operators on paths from inputs to outputs, and their edges.",
}
_PLANTED = "Faults planted in graphs, and whom the attribution names. One row per fault."
_NAME = re.compile(r"[a-z0-9]+([-.][a-z0-9]+)*")


def name_faults(name: str, option: str) -> list[Fault]:
    """Return what keeps a campaign's name from naming a table; nothing where it can."""
    if _NAME.fullmatch(name):
        return []
    message = f"must hold small letters and digits, joined by hyphens or points; give one with {option}"
    return [Fault("command line", message, column=option, value=name)]


def describe_campaign(data: Path, name: str) -> list[str]:
    """Describe the tables of an exported campaign in the data package that they were written into.

    Entries that are there keep their description and columns and get the manifest's command as their source.

    Parameters
    ----------
    data : Path
        The data folder; the tables and the manifest stand in its folder ``conversions``.
    name : str
        The campaign's.

    Returns
    -------
    list of str
        Names of the entries that were added; ``python -m analysis describe`` then takes sizes and hashes.

    Raises
    ------
    InputError
        The descriptor has faults, or describes no table of the kind whose columns could be taken over.
    """
    descriptor = read_descriptor(data)
    manifest = json.loads((data / FOLDER / f"{name}.json").read_text(encoding="utf-8"))
    known = {entry["name"]: entry for entry in descriptor["resources"]}
    added = []
    for kind, table in _tables(data, name, planted=bool(manifest["specification"]["inject"])):
        source = _source(name, manifest["command"], kind)
        if table in known:
            known[table]["sources"] = [source]
            continue
        position, like = _last_of_kind(descriptor, table, kind)
        entry = {"name": table, "path": f"{FOLDER}/{name}{kind}.csv", "description": _text(table, manifest, kind)}
        kept = {
            key: copy.deepcopy(like[key]) for key in like.keys() - entry.keys() - {"bytes", "hash", "sources", "title"}
        }
        if kind == "-operators":
            kept["mayBeEmpty"] = True  # nothing may have been converted
        descriptor["resources"].insert(position + 1, {**entry, **kept, "sources": [source]})
        added.append(table)
    write_atomic(data / FILE, json.dumps(descriptor, indent=2, ensure_ascii=False) + "\n")
    return added


def _tables(data: Path, name: str, *, planted: bool) -> Iterator[tuple[str, str]]:
    for kind in _KINDS:
        if (data / FOLDER / f"{name}{kind}.csv").is_file():
            yield kind, f"{'planted' if planted else FOLDER}-{name}{kind}"


def _source(name: str, command: str, kind: str) -> dict[str, str]:
    path = f"{FOLDER}/{name}.json"
    made = (
        f"`{command}`, then `python -m conversion sequences DIR --export {name}`"
        if kind == "-graphs"
        else f"`{command}`"
    )
    return {
        "title": f"This project's campaign ({made}; the manifest `{path}` has versions, seeds, durations)",
        "path": path,
    }


def _text(table: str, manifest: dict[str, Any], kind: str) -> str:
    exporters = ", ".join(manifest["specification"]["exporters"])
    suite = manifest["specification"]["suite"].replace("-", " ")
    return f"A campaign on the suite {suite} ({exporters}). {_PLANTED if table.startswith('planted') else _KINDS[kind]}"


def _last_of_kind(descriptor: Descriptor, table: str, kind: str) -> tuple[int, dict[str, Any]]:
    first = table.partition("-")[0]
    ends = tuple(other for other in _KINDS if other and other != kind)
    found = [
        (position, entry)
        for position, entry in enumerate(descriptor["resources"])
        if re.fullmatch(rf"{first}-\d{{4}}-.*{kind}", entry["name"]) and not entry["name"].endswith(ends)
    ]
    if not found:
        message = f"describes no table whose columns {table} could have; describe it by hand"
        raise InputError([Fault(FILE, message, reason=Reason.UNKNOWN_TABLE)])
    return found[-1]
