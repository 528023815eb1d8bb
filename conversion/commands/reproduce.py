"""``reproduce``: one task again, told stage by stage."""

import argparse
import json
import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path

from conversion.bug_reports import side_by_side
from conversion.campaign import Executor
from conversion.catalogue import listed_models
from conversion.classification import classify
from conversion.criteria import CRITERIA, worst
from conversion.records import Records, Row, reproducible
from conversion.reproducers import ask, find
from conversion.tasks import TORCH, Task, tasks
from datapackage.commandline import DATA, Command
from datapackage.errors import Fault, InputError

DIFFERS = 3


def _options(parser: argparse.ArgumentParser) -> None:
    parser.add_argument(
        "folder",
        nargs="?",
        type=Path,
        metavar="DIR",
        help="the campaign's folder; without it ID is one of reproducers.csv",
    )
    parser.add_argument(
        "task", metavar="ID", help="of the task, as in results.jsonl: CONVERTER.OPSET.MODEL; or a reproducer's"
    )
    parser.add_argument("--keep", type=Path, metavar="FILE", help="keep the ONNX model, weights and all, as this file")


def _reproduce(arguments: argparse.Namespace) -> int:
    if arguments.folder is None:
        return _rerun(arguments.task)
    records = Records(arguments.folder)
    task = find_task(records, arguments.task)
    if arguments.keep is not None:
        task["keep"] = {"model.onnx": str(arguments.keep.resolve())}
    with tempfile.TemporaryDirectory() as folder:
        executor = Executor(Path(folder))
        try:
            row = executor.run(task)
        finally:
            executor.close()
    row.pop("graph", None)
    sys.stdout.write("\n".join(_lines(row)) + "\n")
    stored = next((known for known in records.rows() if known["id"] == task["id"]), None)
    if stored is None:
        sys.stdout.write("the campaign has no row of this task yet\n")
        return 0
    stored.pop("schema", None)
    differing = _differing(stored, row)
    if differing:
        sys.stdout.write(f"differs from the campaign's row in {', '.join(differing)}\n")
        return DIFFERS
    sys.stdout.write("agrees with the campaign's row in everything but times and memory\n")
    return 0


def _rerun(name: str) -> int:
    """Run a stored reproducer in every executor and tell what each makes of it."""
    row = find(DATA / "conversions" / "reproducers.csv", name)
    told = ask(TORCH, "run", {"model": row["model"], "feed": json.loads(row["inputs"])}, 60)
    attributes = " ".join(part for part in (row["types"], row["attributes"]) if part)
    sys.stdout.write(
        f"{name}: {row['operator']} ({attributes})\nat fault: {' '.join((row['party'], row['converter']))}\n"
    )
    if row["framework_operator"]:
        sys.stdout.write(f"in the framework: {row['framework_operator']} {row['framework_attributes']}".rstrip() + "\n")
    places, numbers = side_by_side(row, told)
    for what, text in {"": places, **numbers}.items():
        sys.stdout.write(f"  {what:22s} {text}\n")
    return 0


def find_task(records: Records, name: str) -> Task:
    """Return a campaign's task by its name.

    Raises
    ------
    InputError
        The campaign has no such task.
    """
    specification = records.specification()
    for task in tasks(specification, listed_models(specification.suite)):
        if task["id"] == name:
            return task
    message = "is no task of this campaign; its tasks are named CONVERTER.OPSET.MODEL, see results.jsonl"
    raise InputError([Fault(str(records.folder), message, column="ID", value=name)])


def _differing(stored: Row, row: Row) -> list[str]:
    """Return the fields in which two rows of a task differ, compared as they are stored."""
    first, second = (json.loads(json.dumps(reproducible(side))) for side in (stored, row))
    return sorted(
        name for name in first.keys() | second.keys() if json.dumps(first.get(name)) != json.dumps(second.get(name))
    )


def _lines(row: Row) -> Iterator[str]:
    yield f"{row['id']}: {row['status']}"
    for stage, seconds in row["stages"].items():
        yield f"  {stage:24s} {seconds:8.3f} s"
    if "error" in row:
        text = " ".join(row["error"]["text"].split())[:200]
        yield f"  stopped in {row['error']['stage']}: {row['error']['type']}: {text}"
    for name, found in row.get("executors", {}).items():
        text = " ".join(found.get("text", "").split())[:100]
        yield f"  {name:16s} {found.get('status')} {text}".rstrip()
    for pair in row.get("pairs", {}):
        largest = worst(row, pair, "max_abs")
        relative, ulp = worst(row, pair, "max_rel1"), worst(row, pair, "ulp")
        if largest is not None and relative is not None and ulp is not None:
            yield f"  {pair:28s} absolute {largest:.3g}, relative {relative:.3g}, {ulp:.0f} ulp"
    for by in CRITERIA.values():
        yield f"  by {by.name:16s} {classify(row, by).outcome}"


REPRODUCE = Command(
    "reproduce",
    "run one task again and tell what happens",
    "Run one task of a campaign again: stages, executors, differences, verdicts, and whether it agrees with the stored row.",
    _options,
    _reproduce,
)
