"""``article``: typeset the article from what a run has written, or compare it with what is stored."""

import argparse
import sys
from pathlib import Path

from analysis.article.typeset import ARTICLE as FILE
from analysis.article.typeset import typeset
from datapackage.commandline import DATA, Command, require_writable
from datapackage.files import write_atomic


def _options(parser: argparse.ArgumentParser) -> None:
    parser.add_argument(
        "--out",
        type=Path,
        default=DATA.parent,
        metavar="DIR",
        help="folder with the results of python -m analysis reproduce (default: the project)",
    )
    parser.add_argument("--check", action="store_true", help="write nothing; exit code 3 where the stored file differs")


def _run(arguments: argparse.Namespace) -> int:
    path = arguments.out / FILE
    if not arguments.check:
        require_writable(path.parent, option="--out")
    pdf = typeset(arguments.out)
    if not arguments.check:
        write_atomic(path, pdf)
        sys.stdout.write(f"article  {path}\n")
    elif not path.is_file() or path.read_bytes() != pdf:
        sys.stderr.write(f"{path}: is missing or not what its inputs give; run python -m analysis article\n")
        return 3
    return 0


ARTICLE = Command(
    "article",
    "typeset paper/article.pdf from the results of reproduce",
    "Typeset the article from the values and figures that python -m analysis reproduce has written (paper/article.json, figures/). "
    "The same inputs give the same bytes. Needs typst (make paper installs it).",
    _options,
    _run,
)
