"""What the validators of others say; run in the environment of `make test-metadata`, which has nothing of the project's own.

``cffconvert`` holds ``CITATION.cff`` against its schema, ``mlcroissant`` reads every set of records of ``data/croissant.json``;
rows and values must be those of the tables. What is printed ends with a count.
"""

import csv
import json
import logging
import math
import sys
from pathlib import Path
from typing import Any

import mlcroissant
from cffconvert import Citation

ROOT = Path(__file__).resolve().parents[1]


def citation_faults(root: Path) -> list[str]:
    """Return what cffconvert finds wrong with the citation."""
    try:
        Citation((root / "CITATION.cff").read_text(encoding="utf-8")).validate()
    except Exception as error:
        return [f"CITATION.cff: {error}"]
    return []


def croissant_faults(root: Path) -> tuple[int, list[str]]:
    """Return how many rows were read, and what is wrong with them: each table's rows and columns, and its first and last row."""
    file = root / "data" / "croissant.json"
    dataset = mlcroissant.Dataset(jsonld=str(file))
    faults, rows = [], 0
    described = json.loads(file.read_text(encoding="utf-8"))["recordSet"]
    for entry in described:
        name, path = entry["@id"], entry["field"][0]["source"]["fileObject"]["@id"]
        with (root / "data" / path).open(encoding="utf-8", newline="") as stream:
            wanted = list(csv.DictReader(stream))
        found = list(dataset.records(name))
        rows += len(found)
        if len(found) != len(wanted):
            faults.append(f"{name}: {len(found)} rows read, {len(wanted)} in {path}")
        for position in {0, len(wanted) - 1} if wanted and len(found) == len(wanted) else ():
            faults += [
                f"{name}, row {position}, column {column}: {found[position].get(f'{name}/{column}')!r} read, {text!r} in {path}"
                for column, text in wanted[position].items()
                if not _same(found[position].get(f"{name}/{column}"), text)
            ]
    return rows, faults


def _same(value: Any, text: str) -> bool:
    if value is None or (isinstance(value, float) and math.isnan(value)):
        return text in ("", "nan")
    if isinstance(value, bytes):
        return value.decode("utf-8") == text
    if isinstance(value, bool) or type(value).__name__ == "bool_":
        return str(bool(value)).lower() == text
    if isinstance(value, (int, float)):
        return float(text) == float(value)
    return str(value)[: len(text)] == text.replace("T", " ").rstrip("Z")[: len(str(value))] or str(value) == text


def main() -> int:
    """Print what the validators say."""
    logging.disable(logging.WARNING)
    rows, faults = croissant_faults(ROOT)
    faults = [*citation_faults(ROOT), *faults]
    sys.stdout.write("".join(f"{fault}\n" for fault in faults))
    sys.stdout.write(f"CITATION.cff and {rows} rows of data/croissant.json read; {len(faults)} faults\n")
    return 1 if faults else 0


if __name__ == "__main__":
    sys.exit(main())
