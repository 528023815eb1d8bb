"""``python -m mining import-archive``: the published archive into ``data/``, all tables or none."""

import argparse
from collections.abc import Mapping
from pathlib import Path

import pandas as pd

from datapackage.codebook import load_codebook
from datapackage.commandline import Command, data_option
from datapackage.descriptor import load_descriptor, resource
from datapackage.errors import Fault, InputError
from datapackage.files import write_atomic
from datapackage.tables import read_table, render_table
from mining.published_archive.failures import SAMPLE, read_failures
from mining.published_archive.inputs import check_inputs
from mining.published_archive.ratings import read_ratings


def read_archive(archive: Path, data: Path) -> Mapping[str, pd.DataFrame]:
    """Read the archive into tables, by table name.

    Parameters
    ----------
    archive : Path
        Root of a clone of the study's archive.
    data : Path
        Data folder with the codebook, the descriptor and the creation dates.

    Raises
    ------
    InputError
        Everything that is wrong in any sheet, together.
    """
    codebook = load_codebook(data)
    faults: list[Fault] = []
    tables = {
        "failures": read_failures(archive, codebook, read_table(data, "issue_dates"), faults),
        "ratings": read_ratings(archive, codebook, faults),
    }
    if faults:
        raise InputError(faults)
    return tables


def import_archive(archive: Path, data: Path, *, allow_changed: bool = False) -> Mapping[str, int]:
    """Import the archive: check the files, read all sheets, then write all tables.

    Rows of other samples in existing tables are kept.

    Parameters
    ----------
    archive : Path
        Root of a clone of the study's archive.
    data : Path
        Data folder; tables are replaced only after everything was read without a fault.
    allow_changed : bool
        Accept input files whose SHA-256 is not the published one.

    Returns
    -------
    mapping
        Rows of the study's sample, by table.

    Raises
    ------
    InputError
        Missing, changed or faulty inputs; nothing is written then.
    """
    check_inputs(archive, allow_changed=allow_changed)
    tables = read_archive(archive, data)
    descriptor = load_descriptor(data)
    texts = {}
    for name, frame in tables.items():
        entry = resource(descriptor, name)
        texts[data / entry["path"]] = render_table(entry, _with_other_samples(data, name, entry, frame))
    for path, text in texts.items():
        write_atomic(path, text)
    return {name: len(frame) for name, frame in tables.items()}


def _with_other_samples(data: Path, name: str, entry: Mapping[str, object], frame: pd.DataFrame) -> pd.DataFrame:
    if "sample" not in frame.columns or not (data / str(entry["path"])).exists():
        return frame
    old = read_table(data, name)
    others = old[old["sample"] != SAMPLE]
    return frame if others.empty else pd.concat([others.astype(object), frame.astype(object)], ignore_index=True)


def _options(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("archive", type=Path, metavar="DIR", help="clone of PurdueDualityLab/issta24-onnx-artifact")
    data_option(parser)
    parser.add_argument("--allow-changed", action="store_true", help="accept files that differ from the published ones")


def _run(arguments: argparse.Namespace) -> int:
    counts = import_archive(arguments.archive, arguments.data, allow_changed=arguments.allow_changed)
    for name, count in counts.items():
        print(f"{name}: {count} rows")  # noqa: T201
    return 0


IMPORT_ARCHIVE = Command(
    "import-archive",
    "read the study's published archive into the data tables",
    "Read the study's published archive (a clone of PurdueDualityLab/issta24-onnx-artifact, commit 3907b01) into the "
    "tables of the data folder. Every input file is checked by SHA-256; every fault of every sheet is reported; "
    "nothing is written unless all is well. Titles, bodies and error texts are not taken over.",
    _options,
    _run,
)
