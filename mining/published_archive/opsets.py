"""Operators added and updated per ONNX operator set, from the study's reading of the release notes, as rows of ``opsets.csv``."""

import json
import re
from collections.abc import Iterable, Mapping
from datetime import datetime
from pathlib import Path
from typing import Any

import pandas as pd

from datapackage.errors import Fault, InputError
from datapackage.reasons import Reason
from mining.published_archive.inputs import OPSETS_FILE

SOURCE = "release_notes"
_CHANGES = ("added", "updated")
# the notes mark an operator that the same or a later release retires; the mark is no part of its name
_OPERATOR = re.compile(r"([A-Za-z][A-Za-z0-9]*)(?: \(deprecated\))?")

Record = dict[str, object]


def read_opsets(archive: Path, faults: list[Fault]) -> pd.DataFrame:
    """Read the changes of each operator set.

    Parameters
    ----------
    archive : Path
        Root of the archive's clone.
    faults : list of Fault
        Receives unknown keys, names that are no operator's, repeated operators, and dates that are none.

    Returns
    -------
    DataFrame
        Columns of ``opsets.csv``: opset, released, operator, change, source, function (missing: the notes do not tell).

    Raises
    ------
    InputError
        The file is not a JSON object of operator sets.
    """
    path = archive / OPSETS_FILE
    try:
        document = json.loads(path.read_text(encoding="utf-8"))
    except RecursionError:
        raise InputError([Fault(str(path), "is nested beyond reason", reason=Reason.TOO_LARGE)]) from None
    except ValueError as error:
        raise InputError([Fault(str(path), f"not readable as UTF-8 JSON: {error}", reason=Reason.FORMAT)]) from error
    if not isinstance(document, dict) or not all(isinstance(entry, dict) for entry in document.values()):
        message = "must be an object: operator set number to its date, added and updated operators"
        raise InputError([Fault(str(path), message, reason=Reason.FORMAT)])
    rows = [row for number, entry in document.items() for row in _opset(path, number, entry, faults)]
    return pd.DataFrame.from_records(rows)


def _opset(path: Path, number: str, entry: Mapping[str, Any], faults: list[Fault]) -> Iterable[Record]:
    place = f"{path}[opset {number}]"
    faults += [
        Fault(place, "unknown key; expected date, added, updated", column=key, reason=Reason.UNKNOWN_KEY)
        for key in sorted(set(entry) - {"date", *_CHANGES})
    ]
    if not (number.isascii() and number.isdigit() and 0 < int(number[:9]) < 1000):
        faults.append(Fault(place, "operator sets are numbered from 1", value=number, reason=Reason.INVALID_NUMBER))
        return
    released = _date(place, entry.get("date"), faults)
    for change in _CHANGES:
        seen: set[str] = set()
        for text in _list(place, change, entry.get(change, []), faults):
            operator = _operator(place, change, text, seen, faults)
            if operator is not None:
                yield {"opset": int(number), "released": released, "operator": operator, "change": change} | _ORIGIN


def _list(place: str, change: str, value: object, faults: list[Fault]) -> list[object]:
    if isinstance(value, list):
        return value
    faults.append(Fault(place, "must be a list of operator names", column=change, reason=Reason.FORMAT))
    return []


_ORIGIN: Record = {"source": SOURCE, "function": None}


def _date(place: str, text: object, faults: list[Fault]) -> pd.Timestamp | None:
    try:
        return pd.Timestamp(datetime.strptime(str(text), "%Y-%m-%d"))
    except ValueError:
        message = "must be the release's day, as 2018-03-21"
        faults.append(Fault(place, message, column="date", value=str(text), reason=Reason.INVALID_DATE))
        return None


def _operator(place: str, change: str, text: object, seen: set[str], faults: list[Fault]) -> str | None:
    match = _OPERATOR.fullmatch(str(text).strip())
    if match is None:
        message = "is no operator name (letters and digits, optionally followed by '(deprecated)')"
        faults.append(Fault(place, message, column=change, value=str(text), reason=Reason.INVALID_OPERATOR))
        return None
    if match[1] in seen:
        faults.append(
            Fault(place, "stands twice; keep one", column=change, value=match[1], reason=Reason.DUPLICATE_OPERATOR)
        )
        return None
    seen.add(match[1])
    return match[1]
