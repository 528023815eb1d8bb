"""``minimise``: the smallest models that still show the faults of a campaign's tasks."""

import argparse
import json
import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from conversion.attribution import ORT_ALL, WRONG, attribute, points
from conversion.bug_reports import report
from conversion.campaign import Executor
from conversion.commands.reproduce import find_task
from conversion.records import Records, Row
from conversion.reproducers import ask, merged, read, reproducer, write
from conversion.tasks import GENERATED_SUITES, TORCH, command_of
from datapackage.commandline import DATA, Command, positive
from datapackage.conversions import AT_FAULT
from datapackage.errors import Fault, InputError, StudyError
from datapackage.files import write_atomic

UNREDUCED = 3


def _options(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("folder", type=Path, metavar="DIR", help="the campaign's folder")
    parser.add_argument(
        "tasks", nargs="*", metavar="ID",
        help="of a task, as in results.jsonl: CONVERTER.OPSET.MODEL (default: every task in which a party is at fault)",
    )  # fmt: skip
    parser.add_argument(
        "--seconds", type=positive, default=120, metavar="S", help="for each search (default: %(default)s)"
    )
    parser.add_argument(
        "--to", type=Path, default=DATA / "conversions", metavar="DIR",
        help="where reproducers.csv and reports/ are (default: data/conversions)",
    )  # fmt: skip


def _minimise(arguments: argparse.Namespace) -> int:
    records = Records(arguments.folder)
    ended = 0
    for row in list(_chosen(records, arguments.tasks)):
        try:
            sys.stdout.write(f"{_minimise_one(records, row, arguments)}\n")
        except StudyError as error:
            sys.stdout.write(f"{row['id']}: {error}\n")
            ended = UNREDUCED
        sys.stdout.flush()
    return ended


def _chosen(records: Records, names: list[str]) -> Iterator[Row]:
    """Yield the rows of the named tasks, or of all in which somebody is at fault.

    Raises
    ------
    InputError
        A named task has no row, or nobody is at fault in it; all such tasks.
    """
    rows = sorted((row for row in records.rows() if not names or row["id"] in names), key=lambda row: str(row["id"]))
    known = {row["id"]: _party(row) for row in rows}
    faults = []
    for name in names:
        if name not in known:
            message = "has no row in this campaign; tasks are named CONVERTER.OPSET.MODEL, see results.jsonl"
            faults.append(Fault(str(records.folder), message, column="ID", value=name))
        elif known[name] not in AT_FAULT:
            message = (
                f"has nobody at fault ({known[name] or 'its outputs were not compared'}), so there is no fault to keep"
            )
            faults.append(Fault(str(records.folder), message, column="ID", value=name))
    if faults:
        raise InputError(faults)
    yield from (row for row in rows if known[row["id"]] in AT_FAULT)


def _party(row: Row) -> str | None:
    found = attribute(row)
    return None if found is None else found.party


def _minimise_one(records: Records, row: Row, arguments: argparse.Namespace) -> str:
    party = _party(row)
    assert party is not None  # noqa: S101 - of `_chosen`
    found = _reduced(records, row, party, arguments.seconds)
    row_of = reproducer(found, party, row, command_of(records.specification()))
    table = arguments.to / "reproducers.csv"
    known = read(table)
    rows = merged(known, row_of)
    told = "" if found["complete"] else " (the time ended; give more with --seconds)"
    if rows != known:
        verdicts = ask(TORCH, "run", {"model": row_of["model"], "feed": found["feed"]}, 60)
        versions = dict(records.versions().get(str(row.get("versions")), {}))
        write_atomic(arguments.to / "reports" / f"{row_of['reproducer']}.md", report(row_of, verdicts, versions))
        write(table, rows)
    return f"{row['id']}: {row_of['reproducer']}: {row_of['steps']}{told}"


def _reduced(records: Records, row: Row, party: str, seconds: int) -> dict[str, Any]:
    """Return what the search finds, kept below the campaign's folder, so that a search that ended is not begun again."""
    task = find_task(records, row["id"])
    kept = records.folder / "minimised"
    result = kept / f"{task['id']}.{party}.json"
    if result.exists():
        found: dict[str, Any] = json.loads(result.read_text(encoding="utf-8"))
        if found["complete"]:
            return found
    request: dict[str, Any] = {"party": party, "seconds": seconds}
    if task["suite"] in GENERATED_SUITES:
        framework = task["framework"]
        request |= {"framework": framework, "task": task, "place": _clearest(row)}
    else:
        framework, request = TORCH, request | _files(task, kept)
    found = ask(framework, "reduce", request, seconds)
    write_atomic(result, json.dumps(found, indent=1) + "\n")
    return found


def _clearest(row: Row) -> int:
    """Return the input of a model on which ONNX Runtime is furthest from the truth, else the one that names the party."""
    wrong = [point for point in points(row) if point.state(ORT_ALL) == WRONG]
    found = attribute(row)
    named = found.point if found is not None else None
    best = max(wrong, key=lambda point: point.ratio) if wrong else named
    return 0 if best is None else best.place


def _files(task: Row, kept: Path) -> dict[str, str]:
    """Return where a task's graph and inputs lie, made by running the task again where they don't."""
    model, inputs = kept / f"{task['id']}.onnx", kept / f"{task['id']}.npz"
    if not (model.exists() and inputs.exists()):
        keep = {"model.onnx": str(model.resolve()), "inputs.npz": str(inputs.resolve())}
        with tempfile.TemporaryDirectory() as folder:
            executor = Executor(Path(folder))
            try:
                executor.run({**task, "keep": keep})
            finally:
                executor.close()
        if not (model.exists() and inputs.exists()):
            raise StudyError(f"{task['id']}: no model came out of running the task again")
    return {"model": str(model.resolve()), "inputs": str(inputs.resolve())}


MINIMISE = Command(
    "minimise",
    "find the smallest models that show the faults of tasks",
    "Reduce a task's model and input by delta debugging while the same party stays at fault; store the smallest model of each "
    "cause in reproducers.csv and draft a bug report. Nothing is sent.",
    _options,
    _minimise,
)
