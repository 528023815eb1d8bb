"""What the validators of others say; run in the environment of `make test-metadata`, which has nothing of the project's own.

``cffconvert`` holds ``CITATION.cff`` against its schema, ``mlcroissant`` reads every set of records of ``data/croissant.json``;
rows and values must be those of the tables. What is printed ends with a count.
"""

import csv
import datetime as dt
import json
import logging
import numbers
import sys
from pathlib import Path
from typing import Any

import mlcroissant
from cffconvert import Citation

_MISSING = ("", "NaN", "nan", "N/A")
ROOT = Path(__file__).resolve().parents[1]


def citation_faults(root: Path) -> list[str]:
    """Return what cffconvert finds wrong with the citation."""
    try:
        Citation((root / "CITATION.cff").read_text(encoding="utf-8")).validate()
    except Exception as error:
        return [f"CITATION.cff: {error}"]
    return []


def croissant_faults(root: Path) -> tuple[int, list[str]]:
    """Return how many rows were read, and each table whose rows or column whose cells are not those of its CSV."""
    file = root / "data" / "croissant.json"
    dataset = mlcroissant.Dataset(jsonld=str(file))
    faults, rows = [], 0
    for entry in json.loads(file.read_text(encoding="utf-8"))["recordSet"]:
        name, path = entry["@id"], entry["field"][0]["source"]["fileObject"]["@id"]
        with (root / "data" / path).open(encoding="utf-8", newline="") as stream:
            wanted = list(csv.DictReader(stream))
        found = list(dataset.records(name))
        rows += len(found)
        if len(found) != len(wanted):
            faults.append(f"{name}: {len(found)} rows read, {len(wanted)} in {path}")
            continue
        for column in wanted[0] if wanted else ():
            pairs = [(row.get(f"{name}/{column}"), cells[column]) for row, cells in zip(found, wanted, strict=True)]
            unlike = [pair for pair in pairs if not _same(*pair)]
            if unlike:
                faults.append(f"{name}, column {column}: {len(unlike)} cells differ, the first {unlike[0]}")
    return rows, faults


def _same(value: Any, text: str) -> bool:
    """Whether a value that was read is that of a cell as the CSV spells it, within what the reader does to any CSV.

    mlcroissant reads through pandas: spellings of "not available" become missing values, and a column of whole numbers with empty
    cells decimals, even where the description says text.
    """
    if value is None or value != value:  # noqa: PLR0124  (NaN, and pandas' missing moment)
        return text in _MISSING
    if isinstance(value, bytes):
        read = value.decode("utf-8")
        return read in (text, f"{text}.0")
    if isinstance(value, dt.date):
        return value.strftime("%Y-%m-%dT%H:%M:%SZ" if "T" in text else "%Y-%m-%d") == text
    if text in ("true", "false"):
        return bool(value) == (text == "true")
    return bool(float(text) == float(value)) if isinstance(value, numbers.Real) else str(value) == text


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
