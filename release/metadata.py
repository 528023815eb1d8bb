"""``metadata``: write the forms of the catalogues from the facts, or compare them with what is stored."""

import argparse
import json
import sys
from pathlib import Path

from datapackage.commandline import DATA, Command
from datapackage.files import write_atomic
from release.catalogues import codemeta, zenodo
from release.croissant import croissant
from release.facts import facts

ROOT = DATA.parent


def documents(root: Path) -> dict[str, str]:
    """Return the generated files of a checkout by path: ``codemeta.json``, ``.zenodo.json``, ``data/croissant.json``.

    Raises
    ------
    StudyError
        Facts that are stated twice are not the same.
    """
    found = facts(root)
    forms = {"codemeta.json": codemeta(found), ".zenodo.json": zenodo(found), "data/croissant.json": croissant(found)}
    return {path: json.dumps(form, indent=2, ensure_ascii=False) + "\n" for path, form in forms.items()}


def _options(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--check", action="store_true", help="write nothing; exit code 3 where a stored file differs")


def _run(arguments: argparse.Namespace) -> int:
    outdated = 0
    for path, text in documents(ROOT).items():
        file = ROOT / path
        if not arguments.check:
            write_atomic(file, text)
        elif not file.is_file() or file.read_text(encoding="utf-8") != text:
            outdated += 1
            sys.stderr.write(f"{path}: is missing or not what the facts say; run python -m release metadata\n")
    return 3 if outdated else 0


METADATA = Command(
    "metadata",
    "write codemeta.json, .zenodo.json and data/croissant.json",
    "Write the package's metadata in the forms of CodeMeta, Zenodo and Croissant from CITATION.cff and data/datapackage.json.",
    _options,
    _run,
)
