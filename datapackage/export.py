"""``export``: the tables as Parquet beside their CSV, each column with its type, for tools that read no descriptor."""

import argparse
import datetime as dt
import shutil
import sys
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pandas as pd

from datapackage.commandline import Command, data_option
from datapackage.descriptor import load_descriptor
from datapackage.errors import InputError, StudyError
from datapackage.reading import read_cells
from datapackage.validation import validate

if TYPE_CHECKING:
    import pyarrow as pa


# the forms are those of `datapackage.cells.FORMS`; Python reads INF and NaN as they are
_VALUES: Mapping[str, Callable[[str], Any]] = {
    "string": str,
    "integer": int,
    "number": float,
    "boolean": "true".__eq__,
    "date": dt.date.fromisoformat,
    "datetime": lambda text: dt.datetime.fromisoformat(text.replace("Z", "+00:00")),
}


def export(data: Path, out: Path) -> list[Path]:
    """Copy the data folder and write each table as Parquet beside its CSV.

    Text stays text, whole numbers are int64 and numbers float64 with empty cells as null, days are date32, moments are
    milliseconds in UTC (Parquet has no seconds). Columns keep their descriptions, files the data's name, version and licence.

    Parameters
    ----------
    data : Path
        The data folder.
    out : Path
        A folder that does not exist yet, or an empty one.

    Returns
    -------
    list of Path
        The Parquet files.

    Raises
    ------
    StudyError
        pyarrow is not installed, or `out` holds something.
    InputError
        The data has faults; nothing is written.
    """
    try:
        import pyarrow.parquet as pq  # noqa: PLC0415  (not in the core)
    except ImportError as error:
        message = "pyarrow, which writes Parquet, is not installed; run make setup, or pip install -r requirements-conversion.txt"
        raise StudyError(message) from error
    if out.exists() and (not out.is_dir() or any(out.iterdir())):
        raise StudyError(f"{out}: exists and is not empty; name another folder, nothing is overwritten")
    faults = validate(data)
    if faults:
        raise InputError(faults)
    descriptor = load_descriptor(data)
    shutil.copytree(data, out, dirs_exist_ok=True)
    written = []
    for entry in descriptor["resources"]:
        if "schema" not in entry:
            continue
        path = (out / entry["path"]).with_suffix(".parquet")
        cells = read_cells(data / entry["path"], entry).frame
        pq.write_table(arrow_table(cells, entry, descriptor), path, version="2.6")
        written.append(path)
    return written


def arrow_table(cells: pd.DataFrame, entry: Mapping[str, Any], descriptor: Mapping[str, Any]) -> "pa.Table":
    """Return a table of texts (missing cells missing) with the types, descriptions and origin that its description states.

    Texts and not typed frames, in which an empty cell and the number NaN are the same.
    """
    import pyarrow as pa  # noqa: PLC0415

    types = {
        "string": pa.string(),
        "integer": pa.int64(),
        "number": pa.float64(),
        "boolean": pa.bool_(),
        "date": pa.date32(),
        "datetime": pa.timestamp("ms", tz="UTC"),
    }
    fields, columns = [], []
    for field in entry["schema"]["fields"]:
        name, kind = field["name"], field["type"]
        required = bool(field.get("constraints", {}).get("required", False))
        texts = {"description": field["description"]} | ({"unit": field["unit"]} if "unit" in field else {})
        fields.append(pa.field(name, types[kind], nullable=not required, metadata=texts))
        values = [None if pd.isna(cell) else _VALUES[kind](cell) for cell in cells[name].tolist()]
        columns.append(pa.array(values, type=types[kind]))
    about = {"name": f"{descriptor['name']}/{entry['name']}", "description": entry["description"]}
    about |= {"version": descriptor["version"]} if "version" in descriptor else {}
    about |= {"license": descriptor["licenses"][0]["name"]} if descriptor.get("licenses") else {}
    return pa.Table.from_arrays(columns, schema=pa.schema(fields, metadata=about))


def _options(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("out", type=Path, metavar="DIR", help="folder that does not exist yet, or an empty one")
    data_option(parser)


def _run(arguments: argparse.Namespace) -> int:
    written = export(arguments.data, arguments.out)
    sys.stdout.write(f"{len(written)} tables as CSV and Parquet in {arguments.out}\n")
    return 0


EXPORT = Command(
    "export",
    "write the tables as Parquet beside their CSV",
    "Copy the data folder to DIR and write each table as Parquet beside its CSV: types, units, descriptions and empty cells as "
    "datapackage.json states them. Nothing is overwritten. Needs pyarrow (make setup installs it).",
    _options,
    _run,
)
