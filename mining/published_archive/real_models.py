"""The real models' results (``Theme3/real-models``): a row a model, by class, counted in both ways.

The study counts *entries* of ``file_path`` (files that a traceback names) for conversion and load failures, and rows for
the rest; `class` counts each model once. Where the two part, the tables show both. Error texts are not taken over.
"""

import math
from collections.abc import Iterator, Mapping
from typing import Any

import pandas as pd

from datapackage.errors import Fault, InputError
from datapackage.reasons import Reason
from mining.published_archive.large_files import REAL_TF2ONNX, REAL_TORCH, Source
from mining.published_archive.python_json import begins_with, items, members, number

TOLERANCE = 1e-3
"""A largest absolute difference of at least this is a mismatch."""
OTHER, CONVERSION, LOAD, WRAPPER, MISMATCH, SUCCESS, UNDETERMINED = CLASSES = (
    "other", "conversion_failure", "load_failure", "wrapper_failure", "mismatch", "success", "undetermined",
)  # fmt: skip
CONVERSION_FILES: Mapping[str, str] = {"torch.onnx": "/torch/", "tf2onnx": "/tf2onnx"}
"""What the path of a converter's own file contains."""
LOAD_FILES = "onnxruntime"
FILES: Mapping[str, str] = {
    "torch.onnx": REAL_TORCH.path.rpartition("/")[2],
    "tf2onnx": REAL_TF2ONNX.path.rpartition("/")[2],
}
COLUMNS = (
    "converter", "position", "model", "model_type", "error", "conversion_files", "load_files", "difference",
    "max_abs_diff", "class",
)  # fmt: skip
_USED = ("name", "error", "file_path", "max_abs_diff", "model_type")
_LONGEST_NAME = 300
Row = dict[str, Any]


def read_real_models(sources: Mapping[str, Source], faults: list[Fault]) -> pd.DataFrame | None:
    """Read the results of the real models, of the converters whose file is there.

    Parameters
    ----------
    sources : mapping of str to Source
        See `mining.published_archive.large_files.find_sources`.
    faults : list of Fault
        Receives entries of another form; `row` counts the models from 1.

    Returns
    -------
    DataFrame or None
        Columns `COLUMNS`; None where neither file is there.
    """
    rows: list[Row] = []
    for converter, name in FILES.items():
        if name in sources:
            try:
                rows += _rows(sources[name], converter, faults)
            except InputError as error:
                faults += error.faults
    return pd.DataFrame(rows, columns=list(COLUMNS)) if any(name in sources for name in FILES.values()) else None


def _rows(source: Source, converter: str, faults: list[Fault]) -> Iterator[Row]:
    count = 0
    for position, entry in enumerate(_entries(source)):
        count += 1
        row = _row(source.place, position, entry, converter, faults)
        if row is not None:
            yield row
    if not count:
        faults.append(Fault(source.place, "holds no model; take the archive's own file", reason=Reason.EMPTY_FILE))


def _entries(source: Source) -> Iterator[Any]:
    """Yield the models of a list of objects, or of the other form that pandas reads alike: column → row → value."""
    if begins_with(source.open) == "[":
        with source.open() as stream:
            yield from items(source.place, stream)
        return
    table: dict[str, Row] = {}
    for column in _USED:  # a pass a column: the column of error texts, by far the largest, is never held
        with source.open() as stream:
            for row, value in members(source.place, stream, column):
                table.setdefault(row, {})[column] = value
    yield from table.values()


def _row(place: str, position: int, entry: Any, converter: str, faults: list[Fault]) -> Row | None:
    if not isinstance(entry, dict):
        faults.append(
            Fault(place, "must be an object, one per model", row=position + 1, column="name", reason=Reason.INVALID)
        )
        return None
    fields = {key: number(entry.get(key)) for key in _USED}
    if _is_nan(fields["model_type"]):  # how a table without the value writes it
        fields["model_type"] = None
    found = [
        Fault(place, message, row=position + 1, column=key, value=repr(fields[key])[:100], reason=Reason.INVALID)
        for key, message in _wrong(fields)
    ]
    faults += found
    return None if found else _counted(position, fields, converter)


def _wrong(fields: Row) -> Iterator[tuple[str, str]]:
    """Yield the keys whose value is none that they can have, and what they must hold."""
    error, files, difference = fields["error"], fields["file_path"], fields["max_abs_diff"]
    if not _is_name(fields["name"]):
        yield "name", f"must be the model's name, of at most {_LONGEST_NAME} printable characters"
    if not (fields["model_type"] is None or _is_name(fields["model_type"])):
        yield "model_type", "must be a name or null"
    if isinstance(error, bool) or error not in (0, 1, 2):
        yield "error", "must be 0, 1 or 2"
    if not isinstance(files, list) or not all(isinstance(file, str) for file in files):
        yield "file_path", "must be a list of paths, empty where no file is named"
    if isinstance(difference, bool) or not isinstance(difference, int | float | None) or (difference or 0) < 0:
        yield "max_abs_diff", "must be a number that is not negative, NaN or null"


def _counted(position: int, fields: Row, converter: str) -> Row:
    files, error, difference = fields["file_path"], int(fields["error"]), fields["max_abs_diff"]
    conversion = sum(CONVERSION_FILES[converter] in file for file in files)
    load = sum(LOAD_FILES in file for file in files)
    known = None if difference is None or _is_nan(difference) else float(difference)
    kind = classify(error, conversion, load, known)
    name, model_type = fields["name"], fields["model_type"]
    row = (converter, position, name, model_type, error, conversion, load, _kind(difference), known, kind)
    return dict(zip(COLUMNS, row, strict=True))


def _is_nan(value: object) -> bool:
    return isinstance(value, float) and math.isnan(value)


def classify(error: int, conversion_files: int, load_files: int, difference: float | None) -> str:
    """Return the one class of a model: the first of `CLASSES` that holds.

    Parameters
    ----------
    error : int
        0, 1 (the command failed and left no file) or 2 (the script itself raised).
    conversion_files, load_files : int
        Files of the converter, and of ONNX Runtime, that the traceback names.
    difference : float or None
        Largest absolute difference; None where NaN or unknown.

    Examples
    --------
    >>> classify(0, 0, 0, 1e-3), classify(1, 2, 0, None), classify(0, 0, 0, None)
    ('mismatch', 'conversion_failure', 'undetermined')
    """
    if error == 2:
        return OTHER
    if conversion_files:
        return CONVERSION
    if load_files:
        return LOAD
    if error == 1:
        return WRAPPER
    if difference is None:
        return UNDETERMINED
    return MISMATCH if difference >= TOLERANCE else SUCCESS


def _kind(difference: object) -> str | None:
    if difference is None:
        return None
    return "nan" if _is_nan(difference) else "infinite" if difference == math.inf else "finite"


def _is_name(value: object) -> bool:
    return isinstance(value, str) and 0 < len(value) <= _LONGEST_NAME and value.isprintable()
