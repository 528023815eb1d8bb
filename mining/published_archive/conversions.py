"""The conversion experiment's result files as rows of ``conversions/issta24-synthetic.csv``.

What the script recorded (`reported`) and what the evidence says (`outcome`) stand side by side. No error text is taken
over, only its stage, class and operator (see `error_rules`).
"""

import json
import math
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pandas as pd

from datapackage.conversions import (
    EXCEPTION,
    FINITE,
    INFINITE,
    NAN,
    REPORTED_MATCH,
    REPORTED_MISMATCH,
    UNRECORDED,
    outcome,
)
from datapackage.error_rules import classify
from datapackage.errors import Fault, InputError
from datapackage.reasons import Reason
from mining.published_archive.conversion_inputs import FRAMEWORKS, LOG_DATA, RESULTS_SHA256, results_file

# tf2onnx's script calls outputs equal when the largest absolute difference is not greater than this
TF2ONNX_TOLERANCE = 1e-7
_COLUMNS = (
    "converter",
    "nodes",
    "model",
    "reported",
    "outcome",
    "error_stage",
    "error_class",
    "error_operator",
    "difference",
    "max_abs_diff",
    "max_rel_diff",
    "mismatched_elements",
    "compared_elements",
)
Record = dict[str, object]


@dataclass(frozen=True)
class ResultEntry:
    """One entry of a result file, with its place (`position` counts from 1) for a message."""

    file: str
    position: int
    fields: Mapping[str, Any]

    def fault(self, message: str, field: str, reason: Reason = Reason.INVALID, *, value: object = None) -> Fault:
        """Return a fault at a field of this entry."""
        shown = self.fields.get(field) if value is None else value
        return Fault(self.file, message, row=self.position, column=field, value=str(shown), reason=reason)


def read_conversions(archive: Path, faults: list[Fault]) -> pd.DataFrame:
    """Read the results of all synthetic models.

    Parameters
    ----------
    archive : Path
        Root of the archive's clone.
    faults : list of Fault
        Receives files that are no list of entries, unknown error texts, malformed entries, models that stand twice,
        details of models without a mismatch.

    Returns
    -------
    DataFrame
        Columns of ``conversions/issta24-synthetic.csv``; unusable where `faults` grew.
    """
    records: list[Record] = []
    seen: dict[tuple[str, str], str] = {}
    for converter, nodes in RESULTS_SHA256:
        for entry in _readable(archive / results_file(converter, nodes), faults):
            record = _record(entry, converter, nodes, faults)
            if record is None:
                continue
            key = (converter, str(record["model"]))
            if key in seen:
                faults.append(entry.fault(f"stands in {seen[key]} already; keep one", "model", Reason.DUPLICATE_MODEL))
            seen[key] = entry.file
            records.append(record)
    _add_details(_readable(archive / LOG_DATA, faults, empty=True), records, faults)
    frame = pd.DataFrame.from_records(records, columns=_COLUMNS)
    return frame.astype({"mismatched_elements": "Int64", "compared_elements": "Int64"})


def _record(entry: ResultEntry, converter: str, nodes: int, faults: list[Fault]) -> Record | None:
    """Return an entry as a row, or None with faults."""
    before = len(faults)
    model, error = entry.fields.get("model"), entry.fields.get("error")
    folder = f"/{FRAMEWORKS[converter]}/{nodes}/{model}"
    if not isinstance(model, str) or folder not in str(entry.fields.get("path")):
        message = f"the model's path must hold {folder}: another converter's or size's entry?"
        faults.append(entry.fault(message, "path", Reason.CONTRADICTION))
    result = entry.fields.get("result")
    if result not in (0, 1) or (result == 1) != isinstance(error, str):
        faults.append(entry.fault("must be 1 with an error text, or 0 without", "result"))
    if len(faults) > before:
        return None
    found = _compared(entry, faults) if error is None else _error(entry, str(error), faults)
    if found is None:
        return None
    evidence = outcome(found["reported"], *(found.get(key) for key in ("error_stage", "error_class", "difference")))
    return {"converter": converter, "nodes": nodes, "model": model, "outcome": evidence, **found}


def _error(entry: ResultEntry, text: str, faults: list[Fault]) -> dict[str, Any] | None:
    found = classify(text)
    if found is None:
        message = (
            "no rule knows this error; read it, decide which stage raised it, add a rule to datapackage/error_rules.py"
        )
        faults.append(entry.fault(message, "error", Reason.UNKNOWN_ERROR, value=text[:200]))
        return None
    fields = {"error_stage": found.stage, "error_class": found.error_class, "error_operator": found.operator}
    return {"reported": EXCEPTION, **fields}


def _compared(entry: ResultEntry, faults: list[Fault]) -> dict[str, Any] | None:
    """Read what the script recorded of a comparison: a verdict (torch.onnx) or a largest difference (tf2onnx)."""
    mismatch, largest = entry.fields.get("mismatch"), entry.fields.get("mad")
    if isinstance(mismatch, bool) and largest is None:
        return {"reported": REPORTED_MISMATCH if mismatch else REPORTED_MATCH, "difference": UNRECORDED}
    if mismatch is None and isinstance(largest, int | float) and not largest < 0:
        # NaN is not greater than the tolerance, so the script's condition takes it for a match
        reported = REPORTED_MISMATCH if largest > TF2ONNX_TOLERANCE else REPORTED_MATCH
        return {"reported": reported, **_difference(float(largest))}
    message = "must hold either 'mismatch' (true or false) or 'mad' (a number that is not negative)"
    faults.append(entry.fault(message, "mad"))
    return None


def _difference(value: float) -> dict[str, Any]:
    if math.isnan(value):
        return {"difference": NAN, "max_abs_diff": None}
    return {"difference": FINITE if math.isfinite(value) else INFINITE, "max_abs_diff": value}


def _add_details(log: list[ResultEntry], records: list[Record], faults: list[Fault]) -> None:
    """Put the logged differences of torch.onnx's mismatches into their records, in place."""
    mismatches = {
        str(record["model"]): record
        for record in records
        if record["converter"] == "torch.onnx" and record["reported"] == REPORTED_MISMATCH
    }
    for entry in log:
        record = mismatches.get(str(entry.fields.get("path")).removesuffix(".log"))
        if record is None:
            message = "is no mismatch of the result files; remove the entry"
            faults.append(entry.fault(message, "path", Reason.CONTRADICTION))
            continue
        try:
            record |= dict(_details(entry.fields))
        except (TypeError, ValueError):
            message = "differences must be numbers or null, elements three numbers or null"
            faults.append(entry.fault(message, "mismatched elements"))


def _details(fields: Mapping[str, Any]) -> Iterator[tuple[str, object]]:
    absolute, relative = (fields.get(f"greatest {kind} diff.") for kind in ("abs", "rel"))
    elements = fields.get("mismatched elements")
    if absolute is not None:
        yield from _difference(float(absolute)).items()
    if relative is not None:
        yield "max_rel_diff", float(relative)
    if elements is not None:
        mismatched, compared, _ = elements
        yield "mismatched_elements", int(mismatched)
        yield "compared_elements", int(compared)


def _readable(path: Path, faults: list[Fault], *, empty: bool = False) -> list[ResultEntry]:
    """Return the entries of a file, or none with a fault, so that the other files are looked at all the same."""
    try:
        entries = _entries(path)
    except InputError as error:
        faults += error.faults
        return []
    if not entries and not empty:
        faults.append(Fault(str(path), "is an empty list; take the archive's own file", reason=Reason.EMPTY_FILE))
    return entries


def _entries(path: Path) -> list[ResultEntry]:
    try:
        entries = json.loads(path.read_text(encoding="utf-8"))
    except RecursionError:
        raise InputError([Fault(str(path), "is nested beyond reason", reason=Reason.TOO_LARGE)]) from None
    except ValueError as error:
        raise InputError([Fault(str(path), f"not readable as UTF-8 JSON: {error}", reason=Reason.FORMAT)]) from error
    if not isinstance(entries, list) or not all(isinstance(entry, dict) for entry in entries):
        raise InputError([Fault(str(path), "must be a list of objects, one per model", reason=Reason.FORMAT)])
    file = f"{path.parent.name}/{path.name}"
    return [ResultEntry(file, position, entry) for position, entry in enumerate(entries, start=1)]
