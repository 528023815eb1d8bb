"""Causes of wrong conversions, each with one smallest model: ``data/conversions/reproducers.csv`` and drafts of bug reports.

A cause is a party at fault, an operator, the types of its inputs and its attributes. Models are ONNX text, inputs are JSON that
gives back every bit; nothing here is binary, and nothing is sent anywhere.
"""

import csv
import hashlib
import io
import json
import re
import subprocess
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from conversion.environments import interpreter
from conversion.records import Row
from datapackage.conversions import ARROW, BEFORE_THE_GRAPH, CONVERTER
from datapackage.errors import Fault, InputError, StudyError
from datapackage.files import write_atomic
from datapackage.reasons import Reason

COLUMNS = (
    "reproducer", "party", "converter", "operator", "types", "attributes", "framework_operator", "framework_attributes",
    "first_operator", "first_types", "first_attributes", "first_place", "nodes", "nodes_before", "task", "campaign", "steps",
    "model", "inputs", "results",
)  # fmt: skip
_SIZES = ("axis", "axes", "dim", "dims", "group", "blocksize")  # integers that follow the shape
_ROOT = Path(__file__).resolve().parents[1]
_LARGEST = 120_000  # characters of a stored reproducer; one that is larger is no small model
_GRACE = 120  # seconds beyond the search's own limit: imports, and the values of all nodes


def ask(framework: str, what: str, request: Mapping[str, Any], seconds: float) -> dict[str, Any]:
    """Put a request to `conversion.minimisation.reproducer` in a framework's environment.

    Raises
    ------
    StudyError
        It failed, or did not answer in time.
    """
    command = [str(interpreter(framework)), "-m", "conversion.minimisation.reproducer", what]
    try:
        ended = subprocess.run(  # noqa: S603 - the project's own interpreter
            command,
            input=json.dumps(request),
            capture_output=True,
            text=True,
            timeout=seconds + _GRACE,
            cwd=_ROOT,
            check=False,
        )
    except subprocess.TimeoutExpired:
        raise StudyError(f"{what} did not end in {seconds + _GRACE:.0f} s; give it more with --seconds") from None
    if ended.returncode != 0:
        lines = ended.stderr.strip().splitlines()
        raise StudyError(f"{what} failed: {lines[-1] if lines else 'without a word'}")
    answer: dict[str, Any] = json.loads(ended.stdout.strip().splitlines()[-1])
    return answer


def reproducer(found: Mapping[str, Any], party: str, row: Row, campaign: str) -> dict[str, str]:
    """Return the table's row of what a reduction found; its name tells the cause, and is the same for the same cause.

    Parameters
    ----------
    found : mapping
        What `conversion.minimisation.reproducer` answers.
    party : str
        One of `datapackage.conversions.AT_FAULT`.
    row : dict
        The task's, of its campaign.
    campaign : str
        The campaign's command line.
    """
    operator, types = ARROW.join(found["operators"]), " ".join(found["types"])
    attributes, of_framework = pattern(found["attributes"]), pattern(found["framework_attributes"])
    inside = ARROW.join(found["framework_operators"])
    # a converter's fault is that converter's alone; the others' are whoever's graph they show in
    converter = row["exporter"] if party == CONVERTER else ""
    named = (inside, of_framework) if party in BEFORE_THE_GRAPH and inside else (operator, attributes)
    digest = hashlib.sha256("/".join((party, converter, named[0], types, named[1])).encode()).hexdigest()[:6]
    word = re.split(r"[ .]", named[0])[-1].lower()  # torch.Linear: linear
    return {
        "reproducer": f"{party}-{word}-{digest}".replace("_", "-"),
        "party": party,
        "converter": converter,
        "operator": operator,
        "types": types,
        "attributes": attributes,
        "framework_operator": inside,
        "framework_attributes": of_framework,
        "first_operator": found["first"].get("operator", ""),
        "first_types": " ".join(found["first"].get("types", ())),
        "first_attributes": pattern(found["first"].get("attributes", {})),
        "first_place": found["first"].get("place", ""),
        "nodes": str(found["nodes"]),
        "nodes_before": str(row.get("onnx_nodes", "")),
        "task": row["id"],
        "campaign": campaign,
        "steps": "; ".join(found["steps"]),
        "model": " ".join(found["model"].split()),
        "inputs": json.dumps(found["feed"], separators=(",", ":")),
        "results": json.dumps(found["results"], separators=(",", ":")) if found["results"] else "",
    }


def pattern(attributes: Mapping[str, str]) -> str:
    """Return attributes as a pattern: words and flags with their values, lists, fractions and sizes by their name alone.

    Examples
    --------
    >>> pattern({"axis": "1", "keepdims": "0", "mode": "edge", "pads": "[0, 1]", "alpha": "0.5"})
    'alpha axis keepdims=0 mode=edge pads'
    """
    return " ".join(
        f"{name}={value}" if name not in _SIZES and re.fullmatch(r"[A-Za-z_]\w*|\d+", value) is not None else name
        for name, value in sorted(attributes.items())
    )


def read(path: Path) -> list[dict[str, str]]:
    """Read the table; empty where it does not exist.

    Raises
    ------
    InputError
        It has other columns.
    """
    if not path.exists():
        return []
    with path.open(encoding="utf-8", newline="") as stream:
        reader = csv.DictReader(stream)
        rows = list(reader)
    if tuple(reader.fieldnames or ()) != COLUMNS:
        raise InputError([Fault(str(path), f"must have the columns {', '.join(COLUMNS)}", reason=Reason.FORMAT)])
    return rows


def merged(known: list[dict[str, str]], new: dict[str, str]) -> list[dict[str, str]]:
    """Return the table with a reproducer: of one cause the smaller model stays, of equal ones the known.

    Raises
    ------
    StudyError
        It is too large to be stored.
    """
    characters = sum(map(len, new.values()))
    if characters > _LARGEST:
        raise StudyError(
            f"{new['nodes']} nodes with {characters / 1000:.0f} kB of text are left, too much to be stored "
            f"(at most {_LARGEST / 1000:.0f} kB); give the search more time with --seconds"
        )
    size = {row["reproducer"]: (int(row["nodes"]), len(row["inputs"])) for row in known}
    name = new["reproducer"]
    if name in size and size[name] <= (int(new["nodes"]), len(new["inputs"])):
        return known
    return sorted([row for row in known if row["reproducer"] != name] + [new], key=lambda row: row["reproducer"])


def write(path: Path, rows: list[dict[str, str]]) -> None:
    """Write the table."""
    stream = io.StringIO()
    writer = csv.DictWriter(stream, COLUMNS, lineterminator="\n")
    writer.writeheader()
    writer.writerows(rows)
    write_atomic(path, stream.getvalue())


def find(path: Path, name: str) -> dict[str, str]:
    """Return a reproducer by its name.

    Raises
    ------
    InputError
        There is none of that name.
    """
    rows = read(path)
    for row in rows:
        if row["reproducer"] == name:
            return row
    known = ", ".join(row["reproducer"] for row in rows) or "none is stored"
    raise InputError([Fault(str(path), f"holds no such reproducer; it has: {known}", column="reproducer", value=name)])
