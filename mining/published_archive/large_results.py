"""Results that the archive holds as large files, which a snapshot without Git LFS lacks; read where they are present.

`REAL_RESULTS` (the real models) are taken to be lists of entries as those of the synthetic models: `model`, `result` (1 with
an `error` text, 0 without), and `mismatch` or `mad`. `SEQUENCES` is taken to hold one JSON file a set of models and
converter, a mapping from model to its list of operator sequences (a character an operator). No snapshot with these files
was at hand when this was written: the forms are those that the study's description and its other files suggest, and a file
of another form is a fault, not a guess.
"""

import json
import math
import zipfile
from collections.abc import Mapping
from pathlib import Path, PurePosixPath
from typing import Any

import pandas as pd

from datapackage.error_rules import classify
from datapackage.errors import Fault, InputError
from datapackage.reasons import Reason

REAL_RESULTS: Mapping[str, str] = {"torch.onnx": "pytorch_conv_results.json", "tf2onnx": "tf2onnx_conv_results.json"}
SEQUENCES = "parser_results.zip"
# the real models' criterion: a largest absolute difference of at least this is a mismatch
REAL_TOLERANCE = 1e-3
LARGEST_MEMBER = 2 * 1024**3  # bytes of one unpacked file
LARGEST_TOTAL = 8 * 1024**3  # bytes of all unpacked files
LARGEST_RATIO = 1000  # unpacked to packed; text of repeated sequences stays well below
_CHUNK = 1024**2

REAL_TABLE, SEQUENCES_TABLE = "conversions-issta24-real", "conversions-issta24-sequences"
_FIELDS: Mapping[str, tuple[tuple[str, str, str], ...]] = {
    REAL_TABLE: (
        ("converter", "string", "Converter under test."),
        ("model", "string", "The model's name in the archive."),
        ("reported", "string", "What the script recorded: exception, mismatch (difference at least 1e-3), match."),
        ("error_stage", "string", "Which stage raised the exception."),
        ("error_class", "string", "Kind of the exception, from the importer's table of rules."),
        ("error_operator", "string", "ONNX operator that the exception names."),
        ("max_abs_diff", "number", "Largest absolute difference of the outputs; INF where infinite, empty where NaN."),
    ),
    SEQUENCES_TABLE: (
        ("file", "string", "File of the archive's ZIP: converter and set of models."),
        ("model", "string", "The model that has the sequence."),
        ("sequence", "string", "Operators on a path through the model, a character each."),
    ),
}


def resource_of(name: str) -> dict[str, Any]:
    """Return the description of a table that exists only where the archive has its large files."""
    fields = [{"name": field, "type": kind, "description": meaning} for field, kind, meaning in _FIELDS[name]]
    schema = {"fields": fields} | ({"primaryKey": ["converter", "model"]} if name == REAL_TABLE else {})
    path = f"conversions/{name.removeprefix('conversions-')}.csv"
    return {"name": name, "path": path, "description": "From a large file of the study's archive.", "schema": schema}


def read_large_files(archive: Path) -> dict[str, pd.DataFrame]:
    """Read the large files that a clone of the archive has into tables, by table name; none gives none.

    Parameters
    ----------
    archive : Path
        Root of the clone.

    Raises
    ------
    InputError
        A file is unsafe, or not of the form that this module describes.
    """
    files = find_large_files(archive)
    real = [read_real_results(files[name], converter) for converter, name in REAL_RESULTS.items() if name in files]
    tables = {REAL_TABLE: pd.concat(real, ignore_index=True)} if real else {}
    return tables | ({SEQUENCES_TABLE: read_sequences(files[SEQUENCES])} if SEQUENCES in files else {})


def find_large_files(archive: Path) -> dict[str, Path]:
    """Return the large files that a clone of the archive has, by name.

    Parameters
    ----------
    archive : Path
        Root of the clone.

    Raises
    ------
    InputError
        A name stands in more than one folder.
    """
    found: dict[str, Path] = {}
    faults = []
    for name in (*REAL_RESULTS.values(), SEQUENCES):
        places = [path for path in sorted(archive.rglob(name)) if path.is_file() and not _is_pointer(path)]
        if len(places) > 1:
            message = f"stands in {', '.join(str(path.parent) for path in places)}; keep one"
            faults.append(Fault(name, message, reason=Reason.DUPLICATE_FILE))
        elif places:
            found[name] = places[0]
    if faults:
        raise InputError(faults)
    return found


def _is_pointer(path: Path) -> bool:
    """Whether a file is what Git LFS leaves in place of a large one."""
    with path.open("rb") as stream:
        return stream.read(40).startswith(b"version https://git-lfs.github.com/spec/")


def read_real_results(path: Path, converter: str) -> pd.DataFrame:
    """Read the real models' results of one converter.

    Parameters
    ----------
    path : Path
        One of `REAL_RESULTS`.
    converter : str
        Whose results they are.

    Returns
    -------
    DataFrame
        converter, model, reported (exception, mismatch, match), error_stage, error_class, error_operator, max_abs_diff.

    Raises
    ------
    InputError
        The file is not of the form that this module describes; every fault is listed.
    """
    try:
        entries = json.loads(path.read_text(encoding="utf-8"))
    except (json.JSONDecodeError, UnicodeDecodeError) as error:
        raise InputError([Fault(path.name, f"not readable as UTF-8 JSON: {error}", reason=Reason.FORMAT)]) from error
    if not isinstance(entries, list):
        raise InputError([Fault(path.name, "must be a list of objects, one a model", reason=Reason.FORMAT)])
    faults: list[Fault] = []
    rows = [_real_row(path.name, position, entry, faults) for position, entry in enumerate(entries, start=1)]
    if faults:
        raise InputError(faults)
    columns = ["model", "reported", "error_stage", "error_class", "error_operator", "max_abs_diff"]
    return pd.DataFrame(rows, columns=columns).assign(converter=converter)[["converter", *columns]]


def _real_row(file: str, position: int, entry: Any, faults: list[Fault]) -> tuple[object, ...] | None:
    def fault(message: str, column: str, reason: Reason = Reason.INVALID) -> None:
        value = str(entry.get(column))[:200] if isinstance(entry, dict) else str(entry)[:200]
        faults.append(Fault(file, message, row=position, column=column, value=value, reason=reason))

    if not isinstance(entry, dict) or not isinstance(entry.get("model"), str):
        fault("must be an object with the model's name", "model")
        return None
    model, error, mismatch, largest = (entry.get(name) for name in ("model", "error", "mismatch", "mad"))
    if entry.get("result") not in (0, 1) or (entry["result"] == 1) != isinstance(error, str):
        fault("must be 1 with an error text, or 0 without", "result")
        return None
    found = None if error is None else classify(error)
    if found is not None:
        return model, "exception", *found, None
    if error is not None:
        fault("no rule knows this error; add one to datapackage/error_rules.py", "error", Reason.UNKNOWN_ERROR)
    elif isinstance(mismatch, bool):
        return model, "mismatch" if mismatch else "match", None, None, None, None
    elif isinstance(largest, int | float) and not largest < 0:
        reported = "mismatch" if largest >= REAL_TOLERANCE else "match"
        return model, reported, None, None, None, None if math.isnan(largest) else float(largest)
    else:
        fault("must hold 'mismatch' (true or false) or 'mad' (a number that is not negative)", "mad")
    return None


def read_sequences(path: Path, *, largest: int = LARGEST_MEMBER, total: int = LARGEST_TOTAL) -> pd.DataFrame:
    """Read the operator sequences without unpacking them to disk.

    Parameters
    ----------
    path : Path
        `SEQUENCES`.
    largest, total : int
        Bytes that one file, and all files, may unpack to; counted while reading, whatever the archive declares.

    Returns
    -------
    DataFrame
        file (the JSON file's path in the archive, without suffix), model, sequence; one row a sequence.

    Raises
    ------
    InputError
        The file is no ZIP, a member's path leads out of it, it expands beyond the bounds, is encrypted or a link, or is not
        of the form that this module describes; nothing of it is used then.
    """
    try:
        with zipfile.ZipFile(path) as book:
            members = [member for member in book.infolist() if not member.is_dir()]
            faults = [fault for member in members if (fault := _unsafe(path.name, member))]
            if faults:
                raise InputError(faults)
            rows: list[tuple[str, str, str]] = []
            left = total
            for member in members:
                content = _bounded(book, member, min(largest, left), path.name)
                left -= len(content)
                rows += _sequences(f"{path.name}/{member.filename}", member.filename, content)
    except (zipfile.BadZipFile, NotImplementedError) as error:
        raise InputError([Fault(path.name, f"cannot be read as a ZIP file: {error}", reason=Reason.FORMAT)]) from error
    return pd.DataFrame(rows, columns=["file", "model", "sequence"])


def _unsafe(file: str, member: zipfile.ZipInfo) -> Fault | None:
    """Return a fault where a member's path leads out of the archive, or it is a link, encrypted, or packed beyond reason."""
    name = PurePosixPath(member.filename.replace("\\", "/"))
    if name.is_absolute() or ".." in name.parts or ":" in member.filename:
        return Fault(
            file,
            "path leads out of the archive; do not use this file",
            value=member.filename,
            reason=Reason.UNSAFE_PATH,
        )
    if (member.external_attr >> 16) & 0o170000 == 0o120000:
        return Fault(file, "is a link; do not use this file", value=member.filename, reason=Reason.UNSAFE_PATH)
    if member.flag_bits & 1:
        return Fault(file, "is encrypted", value=member.filename, reason=Reason.FORMAT)
    if member.file_size > LARGEST_RATIO * max(1, member.compress_size) and member.file_size > _CHUNK:
        return Fault(
            file, "expands beyond reason; do not use this file", value=member.filename, reason=Reason.TOO_LARGE
        )
    return None


def _bounded(book: zipfile.ZipFile, member: zipfile.ZipInfo, bound: int, file: str) -> bytes:
    """Return a member's content; reading stops as soon as it exceeds the bound."""
    parts, size = [], 0
    with book.open(member) as stream:
        while chunk := stream.read(_CHUNK):
            size += len(chunk)
            if size > bound:
                message = f"unpacks to more than {bound} bytes; do not use this file"
                raise InputError([Fault(file, message, value=member.filename, reason=Reason.TOO_LARGE)])
            parts.append(chunk)
    return b"".join(parts)


def _sequences(place: str, name: str, content: bytes) -> list[tuple[str, str, str]]:
    try:
        models = json.loads(content.decode("utf-8"))
    except (json.JSONDecodeError, UnicodeDecodeError) as error:
        raise InputError([Fault(place, f"not readable as UTF-8 JSON: {error}", reason=Reason.FORMAT)]) from error
    if not isinstance(models, dict) or not all(
        isinstance(held, list) and all(isinstance(sequence, str) for sequence in held) for held in models.values()
    ):
        message = "must map each model to a list of texts, one a sequence"
        raise InputError([Fault(place, message, reason=Reason.FORMAT)])
    file = str(PurePosixPath(name).with_suffix(""))
    return [(file, str(model), sequence) for model, held in models.items() for sequence in held]
