"""``python -m mining import-archive``."""

import argparse
import sys
from pathlib import Path

from datapackage.commandline import Command, data_option

# ruff: noqa: PLC0415 - what mines GitHub need not wait for pandas and openpyxl, which the import brings


def _options(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("archive", type=Path, metavar="DIR", help="clone of PurdueDualityLab/issta24-onnx-artifact")
    data_option(parser)
    parser.add_argument("--allow-changed", action="store_true", help="accept files that differ from the published ones")
    parser.add_argument(
        "--allow-fewer-rows",
        action="store_true",
        help="accept that a table gets fewer rows or values than it has, or goes",
    )


def _tell(step: str) -> None:
    sys.stderr.write(f"… {step}\n")


def _run(arguments: argparse.Namespace) -> int:
    from datapackage.transaction import finish
    from mining.published_archive.importing import import_archive

    left = finish(arguments.data)
    if left is not None:
        sys.stderr.write(f"… an earlier import was interrupted while it replaced tables; finished it ({left} files)\n")
    done = import_archive(
        arguments.archive, arguments.data, allow_changed=arguments.allow_changed,
        allow_fewer_rows=arguments.allow_fewer_rows, progress=_tell,
    )  # fmt: skip
    lines = [*done.notices]
    for name, (old, new) in done.rows.items():
        lines.append(f"{name}: {new} rows ({'new table' if old is None else f'{old} before'})")
    lines += [f"{name}: removed" for name in done.removed]
    lines.append(
        "imported the full archive; `python -m analysis describe`, then `python -m analysis claims` shows what it adds"
        if done.full
        else "imported a snapshot of the archive, without its four large files"
    )
    sys.stdout.write("\n".join(lines) + "\n")
    return 0


IMPORT_ARCHIVE = Command(
    "import-archive",
    "read the study's published archive into the data tables",
    "Read the study's published archive (a clone of PurdueDualityLab/issta24-onnx-artifact, commit 3907b01) into the "
    "tables of the data folder. Every input file is checked by SHA-256, the four large ones by git's names; every fault of "
    "every file is reported; nothing is written unless all is well. The large files are read where the clone has them, and "
    "give tables of their own. Titles, bodies and error texts are not taken over.",
    _options,
    _run,
)
