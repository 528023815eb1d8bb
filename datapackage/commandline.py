"""What the command lines of all packages share: subcommands, one readable message for an error, exit codes.

Exit codes: 0 done, 1 bad data or a failed run, 2 bad usage, 3 a check that found something, 70 an error that nobody
foresaw (see `datapackage.unforeseen`), 130 interrupted.
"""

import argparse
import sys
import tempfile
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path

from datapackage import unforeseen
from datapackage.errors import StudyError

DATA = Path(__file__).resolve().parents[1] / "data"


@dataclass(frozen=True)
class Command:
    """A subcommand: its name, what it is for, its options and what it does.

    Attributes
    ----------
    name : str
        The word on the command line.
    summary : str
        One line for ``--help``.
    description : str
        The help text of the command itself.
    options : callable
        Adds the command's arguments to its parser.
    run : callable
        Takes the parsed arguments, returns the exit code.
    """

    name: str
    summary: str
    description: str
    options: Callable[[argparse.ArgumentParser], None]
    run: Callable[[argparse.Namespace], int]


def main(program: str, description: str, commands: Sequence[Command], argv: Sequence[str] | None = None) -> int:
    """Parse `argv`, run the command, turn errors into one message and an exit code.

    Parameters
    ----------
    program : str
        As the user types it, such as ``python -m analysis``.
    description : str
        What the program is for.
    commands : sequence of Command
        In the order of the help.
    argv : sequence of str, optional
        Arguments; the process's own by default.

    Returns
    -------
    int
        Exit code.
    """
    parser = argparse.ArgumentParser(prog=program, description=description)
    subparsers = parser.add_subparsers(title="commands", metavar="COMMAND", required=True)
    for command in commands:
        sub = subparsers.add_parser(command.name, help=command.summary, description=command.description)
        command.options(sub)
        sub.set_defaults(run=command.run)
    arguments = parser.parse_args(argv)
    try:
        code: int = arguments.run(arguments)
        sys.stdout.flush()
    except StudyError as error:
        sys.stderr.write(f"{program}: error: {error}\n")
        return 1
    except KeyboardInterrupt:
        sys.stderr.write(f"{program}: interrupted\n")
        return 130
    except BrokenPipeError:  # the reader, such as `head`, has seen enough
        sys.stderr.close()
        return 0
    except OSError as error:
        name = f"{error.filename}: " if error.filename else ""
        sys.stderr.write(
            f"{program}: error: {name}{error.strerror or error}; check the path, its permissions and the space left\n"
        )
        return 1
    except Exception as error:
        given = sys.argv[1:] if argv is None else argv
        sys.stderr.write(f"{unforeseen.report(program, given, error)}\n")
        return unforeseen.EXIT_CODE
    return code


def positive(text: str) -> int:
    """Read an option that must be a whole number of 1 or more."""
    if not text.isascii() or not text.isdigit() or int(text) < 1:
        raise argparse.ArgumentTypeError(f"{text!r} is no whole number of 1 or more")
    return int(text)


def csv_option(parser: argparse.ArgumentParser, what: str) -> None:
    """Add ``--csv FILE``; a folder that is not there is refused before anything is computed."""
    parser.add_argument(
        "--csv", type=_csv_file, metavar="FILE", help=f"write {what} as CSV to FILE, or to standard output with -"
    )


def _csv_file(text: str) -> str:
    existing_parent(text)
    return text


def existing_parent(text: str) -> Path:
    """Read an option that names something to be made in a folder that is there."""
    path = Path(text)
    if not path.parent.is_dir():
        raise argparse.ArgumentTypeError(f"folder {str(path.parent)!r} does not exist; make it first, or name another")
    return path


def require_writable(folder: Path, *, option: str) -> None:
    """Make sure that files can be made in a folder, or in the nearest one above it that exists, before long work.

    Parameters
    ----------
    folder : Path
        Where results are to go.
    option : str
        The option that names another place.

    Raises
    ------
    StudyError
        Nothing can be written there.
    """
    nearest = next(path for path in (folder, *folder.absolute().parents) if path.exists())
    try:
        with tempfile.TemporaryFile(dir=nearest):
            pass
    except OSError as error:
        message = f"{folder}: cannot be written ({error.strerror}); name another folder with {option} DIR"
        raise StudyError(message) from error


def data_option(parser: argparse.ArgumentParser) -> None:
    """Add ``--data DIR``, the folder with datapackage.json."""
    parser.add_argument(
        "--data", type=Path, default=DATA, metavar="DIR", help="data folder (default: the project's own)"
    )
