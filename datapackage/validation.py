"""Checking tables against the descriptor, the codebook and the rules between columns; every fault is reported.

Whoever reads a table (`datapackage.tables.read_table`) and whoever checks the folder (`validate`) goes through `examine`.
"""

from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any, NamedTuple

import pandas as pd

from datapackage.codebook import Codebook, load_codebook
from datapackage.constraints import cell_faults
from datapackage.descriptor import FILE, Descriptor, load_descriptor, read_descriptor, resource
from datapackage.errors import Fault
from datapackage.files import sha256
from datapackage.questions import load_questionnaire, record_faults
from datapackage.reading import as_typed, read_cells
from datapackage.reasons import Reason
from datapackage.references import foreign_key_faults, rank_faults
from datapackage.rules import RULES
from datapackage.unforeseen import reading

EDITED = (Reason.HASH_COUNT, Reason.DESCRIPTOR_OUTDATED)
"""What an intended edit leads to, until it is described."""


class Examined(NamedTuple):
    """A table that was read and checked by itself.

    Attributes
    ----------
    cells : DataFrame of str or None
        Its cells as text; None where the file's form is broken.
    table : DataFrame or None
        Its cells as the types of their columns; None where a cell or the form is broken.
    faults : list of Fault
        What is wrong with it.
    """

    cells: pd.DataFrame | None
    table: pd.DataFrame | None
    faults: list[Fault]


class ExaminedFolder(NamedTuple):
    """A data folder that was read and checked as a whole.

    Attributes
    ----------
    path : Path
        The folder.
    tables : mapping of str to DataFrame
        Its tables as they were then, by name; those with faults are left out.
    faults : list of Fault
        What is wrong with the folder.
    """

    path: Path
    tables: Mapping[str, pd.DataFrame]
    faults: list[Fault]


def examine(data: Path, entry: Mapping[str, Any], codebook: Codebook) -> Examined:
    """Read one table and check it by itself: form, types, codes, key and rules, not hash and not references.

    Parameters
    ----------
    data : Path
        The data folder.
    entry : mapping
        The table's description, its allowed codes filled in (see `load_descriptor`).
    codebook : Codebook
        The codes.

    Returns
    -------
    Examined
        The table and its faults.
    """
    path = data / entry["path"]
    with reading(path):
        cells, form = read_cells(path, entry)
        if form:
            return Examined(None, None, list(form))
        faults = list(cell_faults(str(path), cells, entry))
        if faults:
            return Examined(cells, None, faults)
        table = as_typed(cells, entry)
        return Examined(cells, table, list(_rule_faults(data, entry, table, codebook)))


def validate(data: Path) -> list[Fault]:
    """Check the whole data folder: every table with hash and references, the codebook, undescribed files.

    Returns
    -------
    list of Fault
        All faults of all files, in the descriptor's order.

    Raises
    ------
    InputError
        The descriptor, the codebook or the questions themselves have faults.
    """
    return examine_folder(data).faults


def examine_folder(data: Path) -> ExaminedFolder:
    """Check as `validate` does, and keep the tables that were read for it.

    Raises
    ------
    InputError
        See `validate`.
    """
    descriptor, codebook = load_descriptor(data), load_codebook(data)
    faults: list[Fault] = []
    if descriptor != read_descriptor(data):
        message = "allowed codes differ from the codebook's; run `python -m analysis describe`"
        faults.append(Fault(str(data / FILE), message, reason=Reason.DESCRIPTOR_OUTDATED))
    entries = [entry for entry in descriptor["resources"] if "schema" in entry]
    examined = {entry["name"]: examine(data, entry, codebook) for entry in entries}
    # what another table refers to is there even where a rule is broken
    cells = {name: found.cells for name, found in examined.items() if found.cells is not None}
    for entry in descriptor["resources"]:
        file, name = str(data / entry["path"]), entry["name"]
        faults += edited_file_faults(data, entry)
        faults += examined[name].faults if name in examined else ()
        if name in cells:
            faults += foreign_key_faults(file, cells[name], entry, cells)
    tables = {name: found.table for name, found in examined.items() if found.table is not None and not found.faults}
    faults += [
        *_ranks(data, descriptor, examined),
        *_frozen(data, descriptor, cells),
        *undescribed_file_faults(data, descriptor),
    ]
    return ExaminedFolder(data, tables, faults)


def edited_file_faults(data: Path, entry: Mapping[str, Any]) -> Iterator[Fault]:
    """Yield a fault if a described file is not the one that was described, or, without a schema, is missing.

    A table that is missing is a fault of its form; see `datapackage.reading.read_cells`.
    """
    path = data / entry["path"]
    if not path.is_file():
        if "schema" not in entry:
            yield Fault(str(path), "described but missing; restore it", reason=Reason.MISSING_FILE)
    elif (entry.get("bytes"), entry.get("hash")) != (path.stat().st_size, f"sha256:{sha256(path)}"):
        message = "edited since it was described; run `python -m analysis describe`"
        yield Fault(str(path), message, reason=Reason.HASH_COUNT)


def _ranks(data: Path, descriptor: Descriptor, examined: Mapping[str, Examined]) -> Iterator[Fault]:
    tables = [examined[name].table if name in examined else None for name in ("failures", "samples")]
    if tables[0] is not None and tables[1] is not None:
        file = str(data / resource(descriptor, "failures")["path"])
        yield from rank_faults(file, tables[0], tables[1][["sample", "converter", "population"]])


def _frozen(data: Path, descriptor: Descriptor, cells: Mapping[str, pd.DataFrame]) -> Iterator[Fault]:
    """Yield samples that the descriptor calls frozen and that no row has."""
    if "samples" in cells and "sample" in cells["samples"]:
        known = set(cells["samples"]["sample"])
        for name in descriptor.get("frozenSamples", ()):
            if name not in known:
                message = "is no sample of samples.csv; correct the name"
                yield Fault(str(data / FILE), message, None, "frozenSamples", name, Reason.FOREIGN_KEY)


def _rule_faults(data: Path, entry: Mapping[str, Any], table: pd.DataFrame, codebook: Codebook) -> Iterator[Fault]:
    file = str(data / entry["path"])
    for rule in RULES:
        if rule.applies_to(entry["name"]):
            yield from rule.faults(file, table, codebook)
    records = entry["schema"].get("records")
    if records is not None:
        yield from record_faults(file, table, load_questionnaire(data), records)


def undescribed_file_faults(data: Path, descriptor: Descriptor) -> Iterator[Fault]:
    """Yield a fault for every CSV file of the folder that the descriptor passes over."""
    known = {entry["path"] for entry in descriptor["resources"]}
    for path in sorted(data.rglob("*.csv")):
        if path.relative_to(data).as_posix() not in known:
            message = "is not described; add it to datapackage.json or move it elsewhere"
            yield Fault(str(path), message, reason=Reason.UNDESCRIBED_FILE)
