"""``python -m labelling code``: label in the terminal."""

import argparse
import importlib.util
import sys
from pathlib import Path

from datapackage.codebook import load_codebook
from datapackage.commandline import Command, data_option
from datapackage.errors import StudyError
from labelling.commands.options import now, say


def _options(parser: argparse.ArgumentParser) -> None:
    data_option(parser)
    parser.add_argument(
        "sheet", type=Path, metavar="SHEET", help="a rater's sheet, or one of `adjudicate`: .xlsx or .csv"
    )


def _code(arguments: argparse.Namespace) -> int:
    if importlib.util.find_spec("textual") is None:
        raise StudyError("labelling in the terminal needs a package beyond the core; run `make setup-labelling` once")
    if not sys.stdin.isatty() or not sys.stdout.isatty():
        raise StudyError("labelling needs a terminal; open the sheet with a spreadsheet program instead")
    # imported here: the other commands need nothing beyond the core
    from labelling.session import Session  # noqa: PLC0415
    from labelling.sheet_file import SheetFile  # noqa: PLC0415
    from labelling.terminal import Labeller  # noqa: PLC0415

    session = Session(SheetFile(arguments.sheet), load_codebook(arguments.data), now)
    Labeller(session).run()
    say(f"{arguments.sheet}: {session.progress()}; return it with `python -m labelling read {arguments.sheet}`")
    return 0


CODE = Command(
    "code",
    "label a sheet in the terminal, a key a code",
    "One issue a screen: a key gives symptom, cause, detail and location, Enter goes to the next issue. Rules stand beside "
    "the codes. The sheet is saved after every key; it stays the same sheet, and a spreadsheet program can go on with it.",
    _options,
    _code,
)
