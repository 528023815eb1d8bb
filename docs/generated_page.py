"""The command of a generated page: write it, or compare it with what is stored."""

import argparse
import sys
from pathlib import Path

from datapackage.files import write_atomic


def write_or_check(module: str, page: Path, text: str, argv: list[str] | None) -> int:
    """Write a page, or with ``--check`` compare it with what is stored.

    Parameters
    ----------
    module : str
        As ``python -m`` takes it.
    page : Path
        The page.
    text : str
        What it should hold.
    argv : list of str or None
        The command line.

    Returns
    -------
    int
        Exit code: 3 where the stored page differs.
    """
    parser = argparse.ArgumentParser(prog=f"python -m {module}", description=f"Write {page.name} from the code.")
    parser.add_argument("--check", action="store_true", help="write nothing; exit code 3 where the stored page differs")
    if not parser.parse_args(argv).check:
        write_atomic(page, text)
    elif not page.is_file() or page.read_text(encoding="utf-8") != text:
        sys.stderr.write(f"docs/{page.name}: is missing or not what the code says; run python -m {module}\n")
        return 3
    return 0
