"""``minimise``: the smallest model that still shows the fault of a task."""

import argparse
import json
import sys
import tempfile
from pathlib import Path

from conversion.campaign import Executor
from conversion.commands.reproduce import find_task
from conversion.records import Records, Row
from conversion.reproducers import PARTIES, ask, merged, outvoted, read, report, reproducer, write
from conversion.tasks import TORCH, command_of
from datapackage.commandline import DATA, Command, positive
from datapackage.errors import Fault, InputError, StudyError
from datapackage.files import write_atomic


def _options(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("folder", type=Path, metavar="DIR", help="the campaign's folder")
    parser.add_argument("task", metavar="ID", help="of the task, as in results.jsonl: CONVERTER.OPSET.MODEL")
    parser.add_argument(
        "--party",
        choices=PARTIES,
        help="whose fault to keep (default: who is outvoted by the others in the task's row)",
    )
    parser.add_argument(
        "--seconds", type=positive, default=120, metavar="S", help="for the search (default: %(default)s)"
    )
    parser.add_argument(
        "--to", type=Path, default=DATA / "conversions", metavar="DIR",
        help="where reproducers.csv and reports/ are (default: data/conversions)",
    )  # fmt: skip


def _minimise(arguments: argparse.Namespace) -> int:
    records = Records(arguments.folder)
    task = find_task(records, arguments.task)
    row = next((known for known in records.rows() if known["id"] == task["id"]), None)
    if row is None:
        raise StudyError(f"{arguments.folder}: {task['id']} has not been run yet; run the campaign first")
    party = arguments.party or outvoted(row)
    if party is None:
        message = "nobody is outvoted in this task's row; name whose fault to look for with --party"
        raise InputError([Fault(str(arguments.folder), message, column="ID", value=task["id"])])
    found = _reduced(records, task, party, arguments.seconds)
    row_of = reproducer(found, party, row, command_of(records.specification()))
    table = arguments.to / "reproducers.csv"
    rows = merged(read(table), row_of)
    verdicts = ask(TORCH, "run", {"model": row_of["model"], "feed": found["feed"]}, 60)
    write(table, rows)
    if row_of in rows:
        versions = dict(records.versions().get(str(row.get("versions")), {}))
        write_atomic(arguments.to / "reports" / f"{row_of['reproducer']}.md", report(row_of, verdicts, versions))
    told = "" if found["complete"] else " (the time ended; give more with --seconds)"
    sys.stdout.write(f"{row_of['reproducer']}: {row_of['steps']}{told}\n")
    return 0


def _reduced(records: Records, task: Row, party: str, seconds: int) -> dict[str, object]:
    """Return what the search finds, kept below the campaign's folder, so that a search that ended is not begun again."""
    kept = records.folder / "minimised"
    result = kept / f"{task['id']}.{party}.json"
    if result.exists():
        found: dict[str, object] = json.loads(result.read_text(encoding="utf-8"))
        if found["complete"]:
            return found
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
    request = {"model": str(model.resolve()), "inputs": str(inputs.resolve()), "party": party, "seconds": seconds}
    found = ask(TORCH, "reduce", request, seconds)
    write_atomic(result, json.dumps(found, indent=1) + "\n")
    return found


MINIMISE = Command(
    "minimise",
    "find the smallest model that shows a task's fault",
    "Reduce a task's ONNX graph and input by delta debugging while the same executors disagree; store the smallest model in "
    "reproducers.csv and draft a bug report. Nothing is sent.",
    _options,
    _minimise,
)
