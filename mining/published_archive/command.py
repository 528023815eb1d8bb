"""``python -m mining import-archive``: the published archive into ``data/``, all tables or none."""

import argparse
import json
from collections.abc import Iterable, Mapping
from pathlib import Path

import pandas as pd

from datapackage.codebook import load_codebook
from datapackage.commandline import Command, data_option
from datapackage.descriptor import FILE, Descriptor, load_descriptor, resource
from datapackage.errors import Fault, InputError
from datapackage.files import write_atomic
from datapackage.questions import load_questionnaire
from datapackage.tables import read_table, render_table
from mining.published_archive.conversions import read_conversions
from mining.published_archive.disclosures import read_disclosures
from mining.published_archive.failures import read_failures
from mining.published_archive.inputs import check_inputs
from mining.published_archive.large_results import read_large_files, resource_of
from mining.published_archive.opsets import read_opsets
from mining.published_archive.ratings import read_ratings
from mining.published_archive.survey import read_survey

# columns that tell whose rows a table holds; the import replaces its own
_ORIGINS = ("sample", "source")


def read_archive(archive: Path, data: Path) -> dict[str, pd.DataFrame]:
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
        **read_survey(archive, load_questionnaire(data), faults),
        "opsets": read_opsets(archive, faults),
        "conversions-issta24-synthetic": read_conversions(archive, faults),
        "disclosures": read_disclosures(archive, faults),
    }
    if faults:
        raise InputError(faults)
    return tables


def import_archive(archive: Path, data: Path, *, allow_changed: bool = False) -> Mapping[str, int]:
    """Import the archive: check the files, read all sheets, then write all tables.

    Rows of other samples and sources in existing tables are kept.
    Rows of other samples in existing tables are kept. Large files that the clone has (see `large_results`) become tables of
    their own, described in ``datapackage.json``.

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
        Rows of the study, by table.

    Raises
    ------
    InputError
        Missing, changed or faulty inputs; nothing is written then.
    """
    check_inputs(archive, allow_changed=allow_changed)
    tables = read_archive(archive, data)
    large = read_large_files(archive)
    descriptor = _describing(load_descriptor(data), large)
    texts = {data / FILE: json.dumps(descriptor, indent=2, ensure_ascii=False) + "\n"} if large else {}
    for name, frame in (tables | large).items():
        entry = resource(descriptor, name)
        texts[data / entry["path"]] = render_table(entry, _with_other_rows(data, name, entry, frame))
    for path, text in texts.items():
        write_atomic(path, text)
    return {name: len(frame) for name, frame in (tables | large).items()}


def _describing(descriptor: Descriptor, names: Iterable[str]) -> Descriptor:
    """Return the descriptor with an entry for each of the tables that exist only where the archive has large files."""
    known = {entry["name"] for entry in descriptor["resources"]}
    return descriptor | {
        "resources": [*descriptor["resources"], *(resource_of(name) for name in names if name not in known)]
    }


def _with_other_rows(data: Path, name: str, entry: Mapping[str, object], frame: pd.DataFrame) -> pd.DataFrame:
    column = next((column for column in _ORIGINS if column in frame.columns), None)
    if column is None or not (data / str(entry["path"])).exists():
        return frame
    old = read_table(data, name)
    others = old[~old[column].isin(set(frame[column]))]
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
