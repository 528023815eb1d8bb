"""``sequences``: operator sequences of a campaign's graphs."""

import argparse
import sys
from pathlib import Path

from conversion.commands.results import tell_description
from conversion.description import name_faults
from conversion.records import Records
from datapackage.commandline import DATA, Command
from datapackage.errors import Fault, InputError, StudyError

_LONGEST = 10  # the longest of the study's saved output


def _options(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("folder", type=Path, metavar="DIR", help="the campaign's folder")
    parser.add_argument(
        "--longest", type=int, default=_LONGEST, metavar="N", help="operators of a sequence (default: %(default)s)"
    )
    parser.add_argument("--export", metavar="NAME", help="write NAME-graphs.csv, which the analysis reads, as well")
    parser.add_argument(
        "--to", type=Path, default=DATA / "conversions", metavar="DIR", help="for it (default: data/conversions)"
    )


def _sequences(arguments: argparse.Namespace) -> int:
    faults = []
    if arguments.longest < 1:
        faults.append(Fault("command line", "must be 1 or more", column="--longest", value=str(arguments.longest)))
    if arguments.export is not None:
        faults += name_faults(arguments.export, "--export")
    if faults:
        raise InputError(faults)
    try:
        from conversion.sequences import export_graphs, store  # noqa: PLC0415 - needs onnx and pyarrow
    except ImportError as error:
        message = f"{error}; install what `python -m conversion` needs: make conversion-env"
        raise StudyError(message) from error
    records = Records(arguments.folder)
    records.specification()
    graphs, sequences = store(records, arguments.longest)
    sys.stdout.write(
        f"{graphs} graphs, {sequences} sequences of up to {arguments.longest} operators in {arguments.folder}\n"
    )
    if arguments.export is not None:
        sys.stdout.write(f"{export_graphs(records, arguments.to, arguments.export)}\n")
        tell_description(arguments.to, arguments.export)
    return 0


SEQUENCES = Command(
    "sequences",
    "find the operator sequences of a campaign's graphs",
    "Write graphs.parquet (structure, paths, verdicts) and sequences.parquet (distinct operator sequences along edges) into DIR.",
    _options,
    _sequences,
)
