"""The commands of ``python -m analysis``."""

import argparse
import sys
from pathlib import Path

from analysis.article.command import ARTICLE
from analysis.claims.ledger import summary
from analysis.claims_command import CLAIMS
from analysis.conversions.sequence_command import SEQUENCES
from analysis.dataset import left_out, open_study
from analysis.drawing import drawing_process
from analysis.evolution.command import MULTIVERSE
from analysis.samples.command import AUDITED, SAMPLE
from datapackage.commandline import DATA, Command, data_option, require_writable
from datapackage.descriptor import refresh
from datapackage.errors import InputError
from datapackage.seal import seal
from datapackage.validation import EDITED, validate


def _print(text: str = "") -> None:
    sys.stdout.write(f"{text}\n")


def _reproduce_options(parser: argparse.ArgumentParser) -> None:
    data_option(parser)
    parser.add_argument(
        "--out",
        type=Path,
        default=DATA.parent,
        metavar="DIR",
        help="folder for figures/ and paper/ (default: the project)",
    )


def _reproduce(arguments: argparse.Namespace) -> int:
    for folder in ("figures", "paper"):
        require_writable(arguments.out / folder, option="--out")
    with drawing_process() as drawing:
        # imported here: the other commands need neither matplotlib nor great-tables
        from analysis.reproduce import reproduce, write  # noqa: PLC0415

        study = open_study(arguments.data)
        result = reproduce(study, drawing, progress=_progress)
    write(result, arguments.out)
    _print()
    _print(summary(result.ledger.frame, len(result.ledger.frame)))
    for sentence in left_out(study):
        _print(sentence)
    if result.ledger.faults:
        _print(f"  {len(result.ledger.faults):4d}  without an account: see python -m analysis claims")
    _print()
    _print(f"report   {arguments.out / 'paper' / 'report.html'}")
    _print(f"claims   {arguments.out / 'paper' / 'claims.csv'}   (python -m analysis claims --verdict differs)")
    _print(f"tables   {arguments.out / 'paper' / 'tables'}")
    _print(f"figures  {arguments.out / 'figures'}")
    return 0


def _progress(step: str) -> None:
    sys.stderr.write(f"… {step}\n")


def _check_options(parser: argparse.ArgumentParser) -> None:
    data_option(parser)
    parser.add_argument(
        "--out",
        type=Path,
        default=DATA.parent,
        metavar="DIR",
        help="folder with the stored results (default: the project)",
    )


def _check(arguments: argparse.Namespace) -> int:
    with drawing_process() as drawing:
        from analysis.report.comparison import outdated  # noqa: PLC0415
        from analysis.reproduce import reproduce  # noqa: PLC0415

        files = reproduce(open_study(arguments.data), drawing, progress=_progress).files
    for path in (stale := outdated(files, arguments.out)):
        sys.stderr.write(
            f"{arguments.out / path}: is missing or not what the data gives; run python -m analysis reproduce\n"
        )
    if not stale:
        _print(f"{len(files)} stored results are what the data gives")
    return 3 if stale else 0


def _validate(arguments: argparse.Namespace) -> int:
    faults = validate(arguments.data)
    if faults:
        raise InputError(faults)
    _print(f"{arguments.data}: all tables agree with datapackage.json and the codebook")
    return 0


def _describe(arguments: argparse.Namespace) -> int:
    # what describing is for: sizes, hashes and codes are to change
    faults = [fault for fault in validate(arguments.data) if fault.reason not in EDITED]
    if faults:
        raise InputError(faults)
    descriptor = refresh(arguments.data)
    seal(arguments.data)
    _print(f"{arguments.data}: {len(descriptor['resources'])} tables described; data dictionary in README.md")
    return 0


COMMANDS = (
    Command(
        "reproduce",
        "recompute every table, figure and claim, and write the report",
        "Recompute everything from the data folder and write figures/, paper/tables/, paper/numbers.tex, paper/article.json, "
        "paper/claims.csv and paper/report.html. Nothing is written if a table has faults.",
        _reproduce_options,
        _reproduce,
    ),
    Command(
        "check",
        "recompute everything and compare it with the stored results",
        "Recompute everything, write nothing, and compare with the stored figures, tables, claims and report: text to the "
        "letter, pictures within what font rasterisers differ by. Exit code 3 if anything differs.",
        _check_options,
        _check,
    ),
    ARTICLE,
    CLAIMS,
    SAMPLE,
    AUDITED,
    Command(
        "validate",
        "check every table against its description, and list all faults",
        "Check every table of the data folder against datapackage.json (form, types, codes, keys, references, sizes, hashes) "
        "and against the codebook. All faults are listed; exit code 1 if there are any.",
        data_option,
        _validate,
    ),
    Command(
        "describe",
        "bring datapackage.json and the data dictionary up to date with the tables",
        "After an intended edit of a table or of the codebook: write sizes, hashes and allowed codes into datapackage.json, and "
        "the data dictionary (README.md) beside it. Tables with faults are not described.",
        data_option,
        _describe,
    ),
    MULTIVERSE,
    SEQUENCES,
)
