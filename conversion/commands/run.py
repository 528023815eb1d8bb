"""``plan`` and ``run``."""

import argparse
import datetime as dt
import os
import platform
import signal
import sys
import time
from collections import Counter
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path
from typing import Any

from conversion import progress
from conversion.campaign import run_campaign, run_here
from conversion.catalogue import listed_models
from conversion.commands.specification import read_specification, specification_options
from conversion.environments import interpreter
from conversion.progress import duration
from conversion.records import Records, Row
from conversion.tasks import GENERATED_SUITES, Task, tasks
from datapackage.commandline import Command
from datapackage.errors import Fault, InputError, StudyError

# Processor's seconds a task, generated models of 15 to 100 operators: its outcome alone, and with all executors on ten inputs
SECONDS: Mapping[str, tuple[float, float]] = {
    "torch.onnx-dynamo": (1.3, 5.7),
    "torch.onnx-torchscript": (0.3, 4.1),
    "tf2onnx": (0.6, 4.3),
}
_LISTED_SECONDS = 8.0
_ROW_BYTES = (5_000, 110_000)


def _plan_options(parser: argparse.ArgumentParser) -> None:
    specification_options(parser)
    parser.add_argument("--workers", type=int, default=os.cpu_count() or 1, metavar="N", help="cores (default: all)")


def _plan(arguments: argparse.Namespace) -> int:
    specification = read_specification(arguments)
    planned = list(tasks(specification, listed_models(specification.suite)))
    generated = specification.suite in GENERATED_SUITES
    counts = Counter(task["exporter"] for task in planned)
    examined = int(specification.examine)
    seconds = sum(
        number * (SECONDS[name][examined] if generated else _LISTED_SECONDS) for name, number in counts.items()
    )
    for name, number in counts.items():
        sys.stdout.write(f"{number:7d} tasks  {name}\n")
    sys.stdout.write(
        f"{len(planned):7d} tasks  about {duration(seconds / arguments.workers)} on {arguments.workers} cores "
        f"({duration(seconds)} of one), {len(planned) * _ROW_BYTES[examined] / 1e6:.0f} MB on disk\n"
    )
    for framework in specification.frameworks():
        try:
            interpreter(framework)
        except StudyError as error:
            sys.stdout.write(f"not ready: {error}\n")
    return 0


def _run_options(parser: argparse.ArgumentParser) -> None:
    specification_options(parser)
    parser.add_argument(
        "--out", type=Path, required=True, metavar="DIR", help="the campaign's folder; run again to go on"
    )
    parser.add_argument("--workers", type=int, default=os.cpu_count() or 1, metavar="N", help="here (default: cores)")
    parser.add_argument("--engine", choices=("local", "dask"), default="local", help="where tasks run (default: local)")
    parser.add_argument("--scheduler", metavar="ADDRESS", help="of Dask, such as tcp://10.0.0.1:8786 (engine dask)")


def _run(arguments: argparse.Namespace) -> int:
    specification, records = read_specification(arguments), Records(arguments.out)
    faults = []
    if arguments.workers < 1:
        faults.append(Fault("command line", "must be 1 or more", column="--workers", value=str(arguments.workers)))
    if (arguments.engine == "dask") != (arguments.scheduler is not None):
        faults.append(Fault("command line", "belongs to --engine dask, which needs it", column="--scheduler"))
    if faults:
        raise InputError(faults)
    seen: dict[str, Any] = {}
    signal.signal(signal.SIGTERM, signal.default_int_handler)  # how schedulers of clusters end a job: as Ctrl-C does
    with records.locked():
        records.begin(specification)
        planned = list(tasks(specification, listed_models(specification.suite)))
        done = len(records.done() & {task["id"] for task in planned})
        with _session(records, arguments) as count, progress.shown(len(planned), done) as show:

            def take(row: Row) -> None:
                count(row)
                show(row)

            run_campaign(records, planned, _engine(arguments, seen), take, seen)
    sys.stdout.write(f"all {len(planned)} tasks done; python -m conversion classify {arguments.out}\n")
    return 0


class _session:  # noqa: N801 - used as a function
    """Counts rows, and notes the session however it ends."""

    def __init__(self, records: Records, arguments: argparse.Namespace) -> None:
        self._records, self._arguments = records, arguments
        self._begin, self._started = time.monotonic(), dt.datetime.now(dt.UTC).strftime("%Y-%m-%dT%H:%M:%SZ")
        self._count = 0

    def __enter__(self) -> Callable[[Row], None]:
        return self._take

    def _take(self, _: Row) -> None:
        self._count += 1

    def __exit__(self, *_: object) -> None:
        self._records.note_session(
            {
                "started": self._started,
                "seconds": round(time.monotonic() - self._begin, 1),
                "tasks": self._count,
                "engine": self._arguments.engine,
                "workers": self._arguments.workers,
                "machine": machine_class(),
            }
        )


def _engine(arguments: argparse.Namespace, seen: dict[str, Any]) -> Callable[[list[Task]], Iterator[Row]]:
    if arguments.engine == "dask":
        from conversion.dask_engine import run_on_dask  # noqa: PLC0415 - needs distributed

        return lambda waiting: run_on_dask(waiting, arguments.scheduler, seen)
    return lambda waiting: run_here(waiting, arguments.out / "servers", arguments.workers, seen=seen)


def machine_class() -> dict[str, Any]:
    """Return what is told of the machine: processor family, cores, system; neither its name nor its place."""
    return {"processor": platform.machine(), "cores": os.cpu_count(), "system": platform.system()}


PLAN = Command(
    "plan",
    "tell tasks, minutes and disk of a campaign before it starts",
    "Count the tasks of a campaign, estimate its time and disk, and say what is missing.",
    _plan_options,
    _plan,
)
RUN = Command(
    "run",
    "run a campaign, or go on with it",
    "Run the tasks that have no row yet. Interrupt it as you like; the same command goes on.",
    _run_options,
    _run,
)
