"""``python -m labelling codebook add|merge|split``."""

import argparse
import importlib.util
from collections.abc import Mapping
from pathlib import Path

from datapackage.commandline import Command, data_option
from datapackage.errors import Fault, InputError, StudyError
from datapackage.files import write_atomic
from datapackage.reasons import Reason
from datapackage.sheets import read_grids
from datapackage.transaction import finish
from labelling.commands.options import now, say
from labelling.labels import REQUIRED

_TEXTS = ("name", "definition", "rule")


def _options(parser: argparse.ArgumentParser) -> None:
    steps = parser.add_subparsers(title="changes", metavar="CHANGE", required=True, dest="step")
    add = steps.add_parser("add", help="a new code; no label changes")
    merging = steps.add_parser("merge", help="one code goes into another")
    split = steps.add_parser("split", help="one code becomes several; without --mapping, write what must be relabelled")
    for step in (add, merging, split):
        data_option(step)
        step.add_argument("dimension", choices=REQUIRED)
        step.add_argument("slug", metavar="CODE", help="the code, as in the tables")
    for text in _TEXTS:
        add.add_argument(f"--{text}", required=True, help=f"the code's {text}")
    merging.add_argument("--into", required=True, metavar="CODE", help="the code that takes its place")
    split.add_argument("--part", action="append", nargs=4, required=True, metavar=("CODE", "NAME", "DEFINITION", "RULE"),
                       help="a new code; give it twice or more")  # fmt: skip
    for step in (merging, split):
        step.add_argument(
            "--proposal", type=Path, metavar="FILE", help="change nothing; write the failures to relabel (CSV)"
        )
    split.add_argument("--mapping", type=Path, metavar="FILE", help="the same table with its column new filled")


def _run(arguments: argparse.Namespace) -> int:
    if importlib.util.find_spec("ruamel") is None:
        raise StudyError("changing the codebook needs a package beyond the core; run `make setup-labelling` once")
    from labelling import codebook_changes as changes  # noqa: PLC0415 - needs the package looked for above

    finish(arguments.data)
    day, dimension, slug = now()[:10], arguments.dimension, arguments.slug
    if getattr(arguments, "proposal", None) is not None:
        into = arguments.into if arguments.step == "merge" else None
        return _propose(arguments.proposal, changes.proposal(arguments.data, dimension, slug, into))
    if arguments.step == "add":
        code = {"slug": slug} | {text: getattr(arguments, text) for text in _TEXTS}
        version = changes.add_code(arguments.data, dimension, code, day)
    elif arguments.step == "merge":
        version = changes.merge_codes(arguments.data, dimension, slug, arguments.into, day)
    elif arguments.mapping is None:
        message = "name the filled table, or --proposal to write it first"
        raise InputError([Fault("--mapping", message, reason=Reason.MISSING_FILE)])
    else:
        parts: list[Mapping[str, str]] = [dict(zip(("slug", *_TEXTS), part, strict=True)) for part in arguments.part]
        version = changes.split_code(
            arguments.data, dimension, slug, parts, labels=_mapping(arguments.mapping), day=day
        )
    say(f"{arguments.data}: the dataset is now version {version}; next: make generated")
    return 0


def _propose(path: Path, table: str) -> int:
    if path.exists():
        raise InputError([Fault(str(path), "exists; name another file", reason=Reason.EXISTS)])
    write_atomic(path, table)
    count = len(table.splitlines()) - 1
    say(f"{count} failures to relabel: {path}; of a split, fill the column new, then give it to --mapping")
    return 0


def _mapping(path: Path) -> dict[tuple[str, str], str]:
    """Return (sample, issue) → new code of a filled proposal, as a spreadsheet program of any locale saves it."""
    grid = read_grids(path)[0]
    header, *rows = grid.rows or ((),)
    if lacking := [name for name in ("sample", "issue", "new") if name not in header]:
        message = "column is missing; fill the table that --proposal wrote"
        raise InputError([Fault(grid.place, message, column=name, reason=Reason.MISSING_LABEL) for name in lacking])
    found: dict[tuple[str, str], str] = {}
    faults = []
    for number, row in enumerate(rows, start=2):
        cells = dict(zip(header, [*row, *[""] * len(header)], strict=False))
        key = (cells["sample"], cells["issue"])
        if any(row) and found.setdefault(key, cells["new"]) != cells["new"]:
            message = "has another new code in an earlier row; keep one of the two"
            faults.append(Fault(grid.place, message, number, "new", cells["new"], Reason.DUPLICATE_ISSUE))
    if faults:
        raise InputError(faults)
    return found


CODEBOOK = Command(
    "codebook",
    "add, merge or split a code; every label keeps a meaning",
    "Change the codebook with all tables that depend on it, in one step. A code that is merged or split is retired: ratings "
    "keep it, failures get the new code, and codebook and changelog record what became of it.",
    _options,
    _run,
)
